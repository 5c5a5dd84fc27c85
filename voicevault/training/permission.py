# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate: nobody's voice is trained or exported without a consent that holds, heard again here.

Nothing in a record is believed that can be heard: its words and its voice are compared anew, with
the very takes that are to be learnt from. So a record that somebody wrote by hand needs what a
true one needs: the person, saying today's words.

Shapes: S samples, D = 256 speaker embedding.
"""

from collections.abc import Sequence

import numpy as np
import torch

from voicevault.consents.hearing import listen
from voicevault.consents.record import ASK, Consent, PublishedSpeech, Stamp
from voicevault.consents.sentence import BANK, OWN
from voicevault.data.dataset import Utterance
from voicevault.data.features import FloatArray
from voicevault.errors import Cancelled, MissingExtra, Refused
from voicevault.events import Progress, Warned
from voicevault.runtime.align import Aligner
from voicevault.students.speaker_encoder import SpeakerEncoder, unavailable
from voicevault.training.context import Context

SAME_VOICE = 0.80
"""Least cosine between the sentence and the middle of the takes; figures in DECISIONS.md."""
SAME_TAKE = 0.65
"""Least cosine between the sentence and one take of some seconds; below, the take is left out."""
LEAST_TAKES = 3
_UNIT = 10_000  # a record keeps the voice in whole numbers


def require(
    consent: object, takes: Sequence[Utterance], ctx: Context
) -> tuple[Stamp, list[Utterance]]:
    """The consent's stamp, and the takes that it covers.

    Takes of another voice are left out with a warning: a vault is one person's.

    Raises:
        Refused: there is no consent, or it does not hold for these takes.
        MissingExtra: voices cannot be compared here.
    """
    if isinstance(consent, PublishedSpeech):
        return consent.stamp(), list(takes)
    if not isinstance(consent, Consent):
        raise Refused("nobody consented to this voice", hint="voicevault consent record")
    consent.check()
    samples, rate_hz = listen(consent.audio, consent.challenge, Aligner.load())
    encoder = speaker_encoder()
    if consent.case == OWN:
        voice = spoken(encoder, samples, rate_hz)
    else:
        voice = _unit(np.array(consent.voice, np.float32))
    return consent.stamp(), covered(voice, takes, encoder, ctx)


def covered(
    voice: FloatArray, takes: Sequence[Utterance], encoder: SpeakerEncoder, ctx: Context
) -> list[Utterance]:
    """The takes that a voice [D] speaks; each other one is named in a warning.

    Raises:
        Refused: they are another person's, or most of them are.
    """
    kept, rows, others = [], [], []
    for done, take in enumerate(takes):
        if ctx.stopping():
            raise Cancelled("stopped while comparing voices", hint="run the same command again")
        if done % 10 == 0:
            ctx.emit(Progress("consent", done, len(takes)))
        if take.source != "real":
            kept.append(take)  # a teacher's: not the person, and asked for with this consent
            continue
        row = embed(encoder, take.samples, take.rate_hz)
        if row is None:
            kept.append(take)  # no sound to compare, and none to learn from
        elif float(row @ voice) < SAME_TAKE:
            others.append(take)
        else:
            kept.append(take)
            rows.append(row)
    likeness = float(_unit(np.mean(rows, axis=0)) @ voice) if rows else 0.0
    if len(others) > len(rows) or likeness < SAME_VOICE:
        raise Refused(
            f"the consent is not of the voice in the takes ({likeness:.2f} alike, "
            f"{SAME_VOICE} is needed; {len(others)} of {len(takes)} takes are another voice's)",
            hint="the person in the recordings has to say the sentence, in the same way and place",
        )
    for take in others:
        ctx.emit(Warned(f"left out take {take.id[:8]}: it is not the voice that consented"))
    return kept


def voice_of(takes: Sequence[Utterance], encoder: SpeakerEncoder) -> tuple[int, ...]:
    """The middle of the takes in 1/10,000, [256], for the declaration about a bank.

    Raises:
        Refused: too few takes have a voice.
    """
    rows = [embed(encoder, take.samples, take.rate_hz) for take in takes]
    heard = [row for row in rows if row is not None]
    if len(heard) < LEAST_TAKES:
        raise Refused(
            f"{len(heard)} takes have a voice; {LEAST_TAKES} are needed to know whose it is",
            hint="voicevault import FOLDER",
        )
    return tuple(round(_UNIT * float(one)) for one in _unit(np.mean(heard, axis=0)))


def examine(consent: Consent, takes: Sequence[Utterance], ctx: Context) -> Consent:
    """A consent that was said just now, finished, if it holds for these takes.

    Raises:
        Refused: with one reason and one piece of advice.
        MissingExtra: voices cannot be compared here.
    """
    if len(takes) < LEAST_TAKES:
        raise Refused(
            f"{len(takes)} takes to compare with; {LEAST_TAKES} are needed to know whose they are",
            hint="voicevault import FOLDER",
        )
    if consent.case == BANK:
        consent = with_voice(consent, voice_of(takes, speaker_encoder()))
    require(consent, takes, ctx)
    return consent


def with_voice(consent: Consent, voice: tuple[int, ...]) -> Consent:
    """The same record, about recordings of this voice."""
    return Consent(
        consent.challenge,
        consent.text,
        consent.recorded,
        consent.audio,
        consent.audio_sha256,
        voice,
    )


def speaker_encoder() -> SpeakerEncoder:
    """What tells voices apart.

    Raises:
        MissingExtra: it is not installed. There is no consent without it, and no silent one.
    """
    reason = unavailable()
    if reason:
        raise MissingExtra(
            f"a consent cannot be compared with the takes: {reason}",
            hint="pip install 'voicevault[train]' && pip install --no-deps resemblyzer",
        )
    return SpeakerEncoder.load()


def spoken(encoder: SpeakerEncoder, samples: FloatArray, rate_hz: int) -> FloatArray:
    """The voice [D] of a recording of the sentence. Raises Refused when there is none."""
    row = embed(encoder, samples, rate_hz)
    if row is None:
        raise Refused("not a consent: no voice is heard", hint=ASK)
    return row


def embed(encoder: SpeakerEncoder, samples: FloatArray, rate_hz: int) -> FloatArray | None:
    """[S] -> [D], on one thread; None without a voice."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return encoder.embed(samples, rate_hz)
    finally:
        torch.set_num_threads(threads)


def _unit(vector: FloatArray) -> FloatArray:
    unit: FloatArray = vector / max(float(np.linalg.norm(vector)), 1e-9)
    return unit
