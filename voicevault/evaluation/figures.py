# SPDX-License-Identifier: GPL-3.0-or-later
"""From what was measured on each sentence to the figures of the card."""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from voicevault.data.features import RATE_HZ, FloatArray
from voicevault.evaluation.bootstrap import mean_interval, ratio_interval
from voicevault.evaluation.card import Figure, Row
from voicevault.evaluation.judge import Heard
from voicevault.evaluation.mos import Mos
from voicevault.evaluation.prosody import ProsodyError, Tune
from voicevault.evaluation.similarity import Similarity
from voicevault.evaluation.speed import Speed

_SET_TITLES = (
    ("unseen", "unseen sentences"),
    ("numbers", "numbers and money"),
    ("names", "names, foreign words"),
    ("paragraph", "long paragraphs"),
    ("word", "single words"),
)
_SILENT = 1e-3
_TOO_SHORT, _TOO_LONG = 0.6, 1.7
"""Of the voice's own usual time a letter: outside, words were skipped or drawn out."""

_MANY_ERRORS = 0.34


@dataclass(eq=False, slots=True)
class Spoken:
    """One text on its way through the measures; the only mutable thing of an evaluation."""

    id: str
    set: str
    text: str
    real: FloatArray | None = None
    """[S] the owner's recording of it, 16 kHz."""
    samples: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))
    rate_hz: int = RATE_HZ
    wave: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))
    """[S] at 16 kHz."""
    heard: Heard | None = None
    heard_harder: Heard | None = None
    real_heard: Heard | None = None
    real_heard_harder: Heard | None = None
    similarity: float | None = None
    mos: Mos | None = None
    real_mos: Mos | None = None
    tune: Tune | None = None
    real_tune: Tune | None = None
    prosody: ProsodyError | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return len(self.wave) / RATE_HZ

    def badness(self) -> float:
        """Errors a word, harder judge; a problem weighs more than any error."""
        errors = 0.0 if self.heard_harder is None else self.heard_harder.wer
        return len(self.problems) * 10.0 + errors

    def row(self) -> Row:
        """What the report keeps of it."""
        heard, harder, change = self.heard, self.heard_harder, self.prosody
        problems = list(self.problems)
        if heard is not None and heard.words > 1 and heard.wer >= _MANY_ERRORS:
            problems.append(f"{heard.errors} of {heard.words} words not understood")
        return Row(
            id=self.id,
            set=self.set,
            text=self.text,
            seconds=self.seconds,
            heard=heard.heard if heard else None,
            heard_harder=harder.heard if harder else None,
            words=heard.words if heard else None,
            errors=heard.errors if heard else None,
            errors_harder=harder.errors if harder else None,
            real_errors=self.real_heard.errors if self.real_heard else None,
            real_errors_harder=self.real_heard_harder.errors if self.real_heard_harder else None,
            similarity=self.similarity,
            mos=self.mos.overall if self.mos else None,
            real_mos=self.real_mos.overall if self.real_mos else None,
            f0_rmse_semitones=change.f0_rmse_semitones if change else None,
            duration_ratio=change.duration_ratio if change else None,
            hnr_difference_db=change.hnr_difference_db if change else None,
            voicing_error=change.voicing_error if change else None,
            f0_shift_semitones=change.f0_shift_semitones if change else None,
            problems=tuple(problems),
        )


def mark_lengths(spoken: Sequence[Spoken]) -> None:
    """Note silence, and speech far shorter or longer than this voice needs for so many letters."""
    sentences = [one for one in spoken if one.set != "word" and one.seconds > 0]
    paces = [one.seconds / max(len(one.text), 1) for one in sentences]
    usual = statistics.median(paces) if paces else math.nan
    for one in spoken:
        if len(one.wave) and float(np.abs(one.wave).max()) < _SILENT:
            one.problems.append("silent")
        elif one in sentences and not paces[sentences.index(one)] / usual >= _TOO_SHORT:
            one.problems.append("much too short: words may be missing")
        elif one in sentences and paces[sentences.index(one)] / usual > _TOO_LONG:
            one.problems.append("much too long: words may be repeated or drawn out")


def _wer(title: str, rows: Sequence[Heard], seed: int, real: Sequence[Heard] = ()) -> Figure:
    errors, words = [row.errors for row in rows], [row.words for row in rows]
    low, high = ratio_interval(errors, words, seed)
    own = math.nan
    if real:
        own = 100 * sum(r.errors for r in real) / max(sum(r.words for r in real), 1)
    value = 100 * sum(errors) / max(sum(words), 1)
    return Figure(title, value, "%", "lower", len(rows), 100 * low, 100 * high, own)


def _excess(student: Sequence[Heard], real: Sequence[Heard], seed: int) -> Figure:
    """WER of the voice minus WER of the recordings, the same sentences drawn in both (paired)."""
    extra = [s.errors - r.errors for s, r in zip(student, real, strict=True)]
    words = [s.words for s in student]
    low, high = ratio_interval(extra, words, seed)
    value = 100 * sum(extra) / max(sum(words), 1)
    note = "not distinguishable from the recordings" if low <= 0 <= high else ""
    return Figure(
        "WER above owner's (points, harder)", value, "", "zero", len(words), 100 * low, 100 * high,
        note=note,
    )  # fmt: skip


def _mean(
    title: str, values: Sequence[float | None], unit: str, better: str, seed: int
) -> Figure | None:
    known = [one for one in values if one is not None and math.isfinite(one)]
    if not known:
        return None
    low, high = mean_interval(known, seed)
    return Figure(title, float(np.mean(known)), unit, better, len(known), low, high)


def _of_words(spoken: Sequence[Spoken], seed: int) -> dict[str, Figure]:
    out: dict[str, Figure] = {}
    owned = [one for one in spoken if one.set == "owner" and one.heard and one.real_heard]
    for name, title, said, own in (
        ("wer", "WER, owner's sentences", "heard", "real_heard"),
        ("wer_harder", "WER, same, harder judge", "heard_harder", "real_heard_harder"),
    ):
        student, real = [getattr(o, said) for o in owned], [getattr(o, own) for o in owned]
        if owned:
            out[name] = _wer(title, student, seed, real)
            if name == "wer_harder":
                out["wer_excess"] = _excess(student, real, seed)
    for kind, title in _SET_TITLES:
        rows = [one.heard for one in spoken if one.set == kind and one.heard]
        if rows:
            out[f"wer_{kind}"] = _wer(f"WER, {title}", rows, seed)
        harder = [one.heard_harder for one in spoken if one.set == kind and one.heard_harder]
        if kind == "unseen" and harder:
            out["wer_unseen_harder"] = _wer("WER, same, harder judge", harder, seed)
    return out


def collect(spoken: Sequence[Spoken], likeness: Similarity | None, seed: int) -> dict[str, Figure]:
    """All figures that have values, in the order of the card."""
    out = _of_words(spoken, seed)
    if likeness is not None:
        rows = [row / likeness.real for row in likeness.rows if math.isfinite(row)]
        low, high = mean_interval(rows, seed)
        out["similarity"] = Figure(
            "similarity to the owner (ratio)", likeness.ratio, "", "higher", len(rows), low, high,
            1.0, f"cosine {likeness.student:.3f}, the owner's own {likeness.real:.3f}",
        )  # fmt: skip
    optional: list[tuple[str, Figure | None]] = []
    for kind, title in (("unseen", "MOS proxy, unseen sentences"), ("owner", "MOS proxy, owner's")):
        scores = [one.mos.overall for one in spoken if one.set == kind and one.mos]
        optional.append((f"mos_{kind}", _mean(title, scores, "", "higher", seed)))
    real_mos = [one.real_mos.overall for one in spoken if one.real_mos]
    for name, title, unit, better, read in _PROSODY:
        values = [read(one.prosody) for one in spoken if one.prosody is not None]
        optional.append((name, _mean(title, values, unit, better, seed)))
    out |= {name: figure for name, figure in optional if figure is not None}
    if real_mos and "mos_owner" in out:
        owner = out["mos_owner"]
        out["mos_owner"] = Figure(
            owner.title, owner.value, owner.unit, owner.better, owner.count, owner.low, owner.high,
            float(np.mean(real_mos)),
        )  # fmt: skip
    return out | _tunes(spoken)


_PROSODY: tuple[tuple[str, str, str, str, Callable[[ProsodyError], float]], ...] = (
    ("f0_rmse", "melody error", "semitones", "zero", lambda e: e.f0_rmse_semitones),
    ("f0_shift", "register shift", "semitones", "zero", lambda e: e.f0_shift_semitones),
    ("voicing_error", "voicing error", "%", "zero", lambda e: 100 * e.voicing_error),
    (
        "hnr_difference",
        "periodicity above owner",
        "dB",
        "zero",
        lambda e: e.hnr_difference_db,
    ),
    ("duration_ratio", "length against the owner", "", "one", lambda e: e.duration_ratio),
)


def _tunes(spoken: Sequence[Spoken]) -> dict[str, Figure]:
    """Pitch statistics of voice and owner over the compared sentences."""
    pairs = [(o.tune, o.real_tune) for o in spoken if o.tune and o.real_tune]
    out: dict[str, Figure] = {}
    reads: tuple[tuple[str, str, str, Callable[[Tune], float]], ...] = (
        ("f0_median", "median pitch", "Hz", lambda t: t.median_hz),
        ("f0_spread", "liveliness of pitch", "semitones", lambda t: t.spread_semitones),
    )
    for name, title, unit, read in reads:
        own = [read(real) for _, real in pairs if math.isfinite(read(real))]
        said = [read(tune) for tune, _ in pairs if math.isfinite(read(tune))]
        if own and said:
            value, real = float(np.mean(said)), float(np.mean(own))
            out[name] = Figure(title, value, unit, "one", len(said), real=real)
    return out


def of_speed(measured: Speed | None, size_bytes: int) -> dict[str, Figure]:
    """Size always; speed where it was measured."""
    out = {"size": Figure("voice file", size_bytes / 1e6, "MB", "lower")}
    if measured is not None:
        out["rtf"] = Figure("real-time factor, one core", measured.rtf, "", "lower")
        out["first_audio"] = Figure("first sound after", measured.first_audio_ms, "ms", "lower")
        if measured.memory_bytes:
            out["memory"] = Figure(
                "peak memory of the voice", measured.memory_bytes / 1e6, "MB", "lower"
            )
    return out
