# SPDX-License-Identifier: GPL-3.0-or-later
"""A voice is made to speak, and everything measurable is measured: the report card.

What the voice says: fixed texts nobody records (``sets``), and sentences of the owner that training
did not see, so that voice and owner can be compared on the same words. Each measure is taken by
something that had no part in training. What cannot be measured here is named with its reason.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from voicevault.audio.files import resample
from voicevault.data.dataset import Utterance
from voicevault.data.features import RATE_HZ, FloatArray
from voicevault.errors import Cancelled, VoiceVaultError
from voicevault.evaluation import figures as fig
from voicevault.evaluation import gain, judge, mos, prosody, sets, similarity, speed, weighing
from voicevault.evaluation.card import Exhibit, Figure, Party, Report
from voicevault.evaluation.figures import Spoken
from voicevault.evaluation.weighing import Earlier
from voicevault.events import Metric, Progress, Warned
from voicevault.text.prompts import prompts
from voicevault.training.context import Context

SPEED_TEXTS = (
    "Good morning, and thank you for calling; please stay on the line, we will be with you soon.",
    "The weather is changing.",
    "Every voice has a history, and this one belongs to the person who recorded it at home.",
)


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured."""

    seed: int = 0
    """Draws the texts and the bootstrap."""
    counts: Mapping[str, int] = field(default_factory=lambda: dict(sets.FULL))
    """Texts of each set; ``sets.QUICK`` is a quarter of the work."""
    owner_limit: int = 30
    """At most so many sentences of the owner are spoken again."""
    pool: tuple[str, ...] = ()
    """More texts for the harder judge, beside prompts and everything judged."""
    dnsmos: str | None = None
    """Folder of the MOS model; the environment's when None."""
    exhibits: int = 6
    """Sentences with sound in the page."""
    speed: bool = True
    """Measure speed and memory in a process of its own."""


def evaluate(
    voice: speed.Speaker,
    size_bytes: int,
    owner: Sequence[Utterance],
    ctx: Context,
    *,
    options: Options | None = None,
    run: Mapping[str, Any] | None = None,
    voice_bytes: bytes | None = None,
    earlier: Earlier | None = None,
) -> Report:
    """Measure a voice.

    Args:
        voice: anything with ``speak(text)`` and ``rate_hz``.
        size_bytes: of the voice file.
        owner: the owner's recordings; those split "test" serve the comparison, "validation" where
            there are none, "train" as the last resort, and the report says which.
        ctx: gets Progress, Metric and Warned events.
        run: what to print on the card: "run", "recipe", "overrides" and "result", as
            ``Run.public`` gives them.
        voice_bytes: the voice file, for speed and memory in a process of its own, and for its
            place beside base and teachers.
        earlier: reports of the runs that taught it, and of the one without teachers.

    Raises:
        Cancelled: the context asked to stop.
    """
    options = options or Options()
    session = _Session(voice, list(owner), ctx, options)
    session.speak_all()
    session.judge()
    session.compare_speakers()
    session.rate()
    session.compare_prosody()
    measured = session.measure_speed(voice_bytes)
    found = fig.collect(session.spoken, session.likeness, options.seed)
    found |= fig.of_speed(measured, size_bytes)
    for name, one in found.items():
        ctx.emit(Metric(name, 0, one.value))
    about, earlier = run or {}, earlier or Earlier()
    rows = tuple(one.row() for one in session.spoken)
    mark = gain.basis(rows, session.owner, options.seed)
    real = session.likeness.real if session.likeness else float("nan")
    return Report(
        run=str(about.get("run", "")),
        recipe=str(about.get("recipe", "")),
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        seed=options.seed,
        owner_split=session.split,
        figures=found,
        rows=rows,
        speed=measured,
        notes=tuple(session.notes),
        exhibits=session.exhibits(),
        parties=session.weigh(voice_bytes, measured, found, about, earlier),
        gain=gain.gained(rows, about, earlier, mark, real, options.seed),
        training=training_of(about),
        basis=mark,
        missing=dict(session.missing),
    )


class _Session:
    """One evaluation in the making."""

    def __init__(
        self, voice: speed.Speaker, owner: list[Utterance], ctx: Context, options: Options
    ) -> None:
        self.voice, self.ctx, self.options = voice, ctx, options
        self.missing: dict[str, str] = {}
        self.notes: list[str] = []
        self.likeness: similarity.Similarity | None = None
        self.owner = [one for one in owner if len(one.samples)]
        self.split, chosen = comparable(self.owner, options.owner_limit)
        if self.split == "train":
            self.notes.append(
                "the owner's sentences below were trained on: all takes were needed for training"
            )
        if not chosen:
            self.missing["comparison with the owner"] = "there are no recordings of the owner"
        self.spoken = [
            Spoken(one.id, one.set, one.text) for one in sets.chosen(options.counts, options.seed)
        ]
        self.spoken += [Spoken(one.id, "owner", one.text, real=_at_16k(one)) for one in chosen]

    def step(self, stage: str, done: int, total: int) -> None:
        """Tell how far it is; stop where somebody asked for it."""
        if self.ctx.stopping():
            raise Cancelled("the evaluation was stopped", hint="evaluate again: it keeps nothing")
        self.ctx.emit(Progress(stage, done, total))

    def lacks(self, name: str, reason: str) -> bool:
        """Note a measure that cannot be taken; True when there is a reason."""
        if reason:
            self.missing[name] = reason
            self.ctx.emit(Warned(f"not measured: {name}", reason))
        return bool(reason)

    def speak_all(self) -> None:
        """Every text once. A text that cannot be said is a result, not the end."""
        for number, one in enumerate(self.spoken):
            self.step("speaking", number, len(self.spoken))
            try:
                samples = self.voice.speak(one.text)
            except VoiceVaultError as error:
                one.problems.append(f"could not be said: {error.message}")
                continue
            one.samples, one.rate_hz = samples, self.voice.rate_hz
            one.wave = resample(samples, self.voice.rate_hz, RATE_HZ)
        fig.mark_lengths(self.spoken)

    def judge(self) -> None:
        """Word errors, of the voice and of the owner's recordings of the same sentences."""
        if self.lacks("word error rate", judge.unavailable()):
            return
        fixed = [one.text for one in self.spoken if one.set != "owner"]
        owned = [one.text for one in self.spoken if one.set == "owner"]
        pool = [*fixed, *owned, *(one.text for one in prompts()), *self.options.pool]
        listener = judge.Judge(fixed or owned, {"owner": owned or fixed, "harder": pool})
        for number, one in enumerate(self.spoken):
            self.step("listening", number, len(self.spoken))
            level = "owner" if one.set == "owner" else "closed"
            one.heard = listener.judge(one.text, one.wave, level=level)
            one.heard_harder = listener.judge(one.text, one.wave, level="harder")
            if one.real is not None:
                one.real_heard = listener.judge(one.text, one.real, level=level)
                one.real_heard_harder = listener.judge(one.text, one.real, level="harder")

    def compare_speakers(self) -> None:
        """Likeness to the owner."""
        reason = similarity.unavailable()
        if not reason and len(self.owner) < similarity.MIN_REAL:
            reason = f"{len(self.owner)} recordings; at least {similarity.MIN_REAL} are needed"
        if self.lacks("similarity", reason):
            return
        encoder = similarity.SpeakerEncoder.load()
        self.step("likeness", 0, 2)
        real = encoder.embed_all([_at_16k(one) for one in spread(self.owner, 40)])
        self.step("likeness", 1, 2)
        # Single words are too short for the encoder, which was trained on 1.6 s.
        judged = [one for one in self.spoken if one.set != "word"]
        known = [one for one in real if one is not None]
        if len(known) < similarity.MIN_REAL:
            self.lacks("similarity", "too few recordings with speech in them")
            return
        found = similarity.similarity(encoder.embed_all([one.wave for one in judged]), known)
        self.likeness = found
        for one, cosine in zip(judged, found.rows, strict=True):
            one.similarity = cosine

    def rate(self) -> None:
        """Predicted opinion scores."""
        if self.lacks("MOS proxy", mos.unavailable(self.options.dnsmos)):
            return
        proxy = mos.MosProxy(self.options.dnsmos)
        judged = [one for one in self.spoken if one.set in ("unseen", "owner")]
        for number, one in enumerate(judged):
            self.step("rating", number, len(judged))
            one.mos = proxy.score(one.wave)
            one.real_mos = None if one.real is None else proxy.score(one.real)

    def compare_prosody(self) -> None:
        """Pitch, pace and periodicity against the owner's recordings of the same sentences."""
        if self.lacks("pitch and duration", prosody.unavailable()):
            return
        pairs = [one for one in self.spoken if one.real is not None]
        for number, one in enumerate(pairs):
            self.step("melody", number, len(pairs))
            assert one.real is not None
            one.tune, one.real_tune = (
                prosody.tune(one.wave, RATE_HZ),
                prosody.tune(one.real, RATE_HZ),
            )
            if one.tune is not None and one.real_tune is not None:
                one.prosody = prosody.compare(one.tune, one.real_tune)
        for one in self.spoken:
            if one.tune is None and one.set == "unseen":
                one.tune = prosody.tune(one.wave, RATE_HZ)

    def measure_speed(self, voice_bytes: bytes | None) -> speed.Speed | None:
        """In a process of its own; needs the voice file."""
        if not self.options.speed:
            return None
        if voice_bytes is None:
            self.lacks("speed", "only a voice file can be measured, and none was given")
            return None
        self.step("speed", 0, 1)
        try:
            return speed.measure(voice_bytes, None, list(SPEED_TEXTS))
        except VoiceVaultError as error:
            self.lacks("speed", error.message)
            return None

    def weigh(
        self,
        voice_bytes: bytes | None,
        measured: speed.Speed | None,
        found: Mapping[str, Figure],
        run: Mapping[str, Any],
        earlier: Earlier,
    ) -> tuple[Party, ...]:
        """Student, base and teachers side by side; needs the voice file."""
        if voice_bytes is None:
            return ()
        self.step("weighing", 0, 1)
        try:
            return tuple(weighing.parties(voice_bytes, measured, found, run, earlier, SPEED_TEXTS))
        except VoiceVaultError as error:
            self.lacks("teacher against student", error.message)
            return ()

    def exhibits(self) -> tuple[Exhibit, ...]:
        """A few unseen sentences, the worst among them, then pairs of voice and owner."""
        fixed = [one for one in self.spoken if one.set == "unseen" and len(one.samples)]
        fixed = sorted(fixed, key=Spoken.badness, reverse=True)[:1] + fixed
        fixed = list(dict.fromkeys(fixed))[: self.options.exhibits]
        pairs = [one for one in self.spoken if one.real_tune is not None and one.tune is not None]
        return tuple(
            Exhibit(one.id, one.text, one.samples, one.rate_hz, one.tune, one.real_tune)
            for one in [*fixed, *pairs[: max(1, self.options.exhibits // 3)]]
        )


def comparable(owner: Sequence[Utterance], limit: int) -> tuple[str, list[Utterance]]:
    """The owner's sentences to be said again, and the split they are from: unseen ones first."""
    for split in ("test", "validation", "train"):
        rows = [one for one in owner if one.split == split]
        if rows:
            return split, spread(rows, limit)
    return "none", []


def training_of(run: Mapping[str, Any]) -> dict[str, Any]:
    """What the training of a run took, as its record says."""
    result = run.get("result", {})
    found = {key: result[key] for key in ("energy_wh", "energy") if key in result}
    return found or {"energy": "not recorded"}


def spread(rows: Sequence[Utterance], limit: int) -> list[Utterance]:
    """At most ``limit`` of them, evenly over the list: sessions sound different."""
    if len(rows) <= limit:
        return list(rows)
    return [rows[number * len(rows) // limit] for number in range(limit)]


def _at_16k(one: Utterance) -> FloatArray:
    return resample(one.samples, one.rate_hz, RATE_HZ)
