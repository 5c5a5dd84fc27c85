# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what a teacher said is good enough to learn from, and if not, why.

Asked in this order; the first that fails is the reason:

    clipped     a cut top anywhere
    silent      no speech, or a pause within it longer than 1.5 s
    words       the aligner does not find the text in the sound (``audio.wording``), or a
                recogniser's characters differ in more than 5 %
    pace        seconds a letter, against the owner's own takes: |z| >= 2.5
    likeness    cosine with the owner's centroid under 0.9 x the median of the takes' own

What cannot be asked (no embedding, no recogniser, too few takes) is not asked and not counted as
passed: ``asked`` names what was. Whoever judges a finished voice must not be one of these.

Shapes: S samples, D embedding.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from voicevault.audio import qc
from voicevault.audio.qc import TextCheck
from voicevault.audio.reasons import Reason
from voicevault.data.features import HOP, RATE_HZ, active_frames, prepare
from voicevault.errors import BadAudio
from voicevault.teachers.misread import character_errors
from voicevault.teachers.protocols import AsrTeacher, FloatArray, Recording

CHARACTERS_WRONG = 0.05
LIKENESS = 0.9
PACE_Z = 2.5
PAUSE_S = 1.5
LEAST_REAL = 3
"""Takes that a mean or a centroid needs."""
_STEADIEST = 0.05
"""Least relative deviation of the pace: few takes may agree by chance."""
_WORDS = (Reason.WORDS, Reason.HURRIED, Reason.WORDS_UNSURE)

Embed = Callable[[FloatArray, int], FloatArray | None]
"""Samples [S] and their rate to a unit vector [D], None where there is too little sound."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """What became of one utterance."""

    reason: str = ""
    """Why it is no material, its first word from the list above; empty where it is."""
    figures: dict[str, int] = field(default_factory=dict)
    """In thousandths of what their name says."""


class Admission:
    """Judges what a teacher said, against the takes of the one it should sound like."""

    def __init__(
        self,
        real: Sequence[Recording],
        *,
        check: TextCheck | None = None,
        embed: Embed | None = None,
        listener: AsrTeacher | None = None,
    ) -> None:
        """Learn what is usual from ``real``: takes with their texts."""
        self._check, self._embed, self._listener = check, embed, listener
        paces = [one for one in map(pace, real) if one is not None]
        self._pace: tuple[float, float] | None = None
        if len(paces) >= LEAST_REAL:
            mean = float(np.mean(paces))
            self._pace = mean, max(float(np.std(paces, ddof=1)), _STEADIEST * mean)
        self._centre: FloatArray | None = None
        self._least = 0.0
        known = [] if embed is None else [embed(one.samples, one.rate_hz) for one in real]
        vectors = [one for one in known if one is not None]
        if len(vectors) >= LEAST_REAL:
            total = np.sum(vectors, axis=0)
            self._centre = _unit(total)
            others = [float(one @ _unit(total - one)) for one in vectors]
            self._least = LIKENESS * float(np.median(others))

    @property
    def asked(self) -> tuple[str, ...]:
        """What can be asked here, by the names above."""
        words = self._check is not None or self._listener is not None
        asked = {"words": words, "pace": self._pace, "likeness": self._centre is not None}
        return ("clipped", "silent", *(name for name, known in asked.items() if known))

    def judge(self, said: Recording) -> Admitted:
        """Whether ``said``, with the text it should say, is material."""
        figures: dict[str, int] = {}
        peak = float(np.abs(said.samples).max(initial=0.0))
        if not np.isfinite(said.samples).all() or peak > 1.0:
            return Admitted("clipped: samples beyond full scale", figures)
        verdict = qc.judge(said.samples, said.rate_hz, said.text, check=self._check)
        figures |= {k: v for k, v in verdict.measures.items() if k.startswith("align")}
        if verdict.measures.get("clips"):
            return Admitted(f"clipped: {verdict.measures['clips']} cut tops", figures)
        if reason := _silence(said):
            return Admitted(reason, figures)
        if verdict.reason in _WORDS or verdict.status == "redo":
            name = "words" if verdict.reason in _WORDS else verdict.reason.value
            return Admitted(f"{name}: {verdict.reason.text}", figures)
        reason = self._misheard(said, figures) or self._hurried(said, figures)
        return Admitted(reason or self._unlike(said, figures), figures)

    def _misheard(self, said: Recording, figures: dict[str, int]) -> str:
        if self._listener is None:
            return ""
        try:
            heard = self._listener.label(Recording(said.samples, said.rate_hz))
        except BadAudio as error:
            return f"words: {error.message}"
        wrong = character_errors(said.text, heard.text)
        figures["cer_m"] = round(1000 * wrong)
        return "" if wrong <= CHARACTERS_WRONG else f"words: {100 * wrong:.0f} % of the letters"

    def _hurried(self, said: Recording, figures: dict[str, int]) -> str:
        found = pace(said)
        if self._pace is None or found is None:
            return ""
        mean, deviation = self._pace
        z = (found - mean) / deviation
        figures["pace_z_m"] = round(1000 * z)
        return "" if abs(z) < PACE_Z else f"pace: {z:+.1f} deviations from the takes"

    def _unlike(self, said: Recording, figures: dict[str, int]) -> str:
        if self._centre is None or self._embed is None:
            return ""
        vector = self._embed(said.samples, said.rate_hz)
        cosine = -1.0 if vector is None else float(vector @ self._centre)
        figures["likeness_m"] = round(1000 * cosine)
        return "" if cosine >= self._least else f"likeness: {cosine:.2f} of {self._least:.2f}"


def pace(said: Recording) -> float | None:
    """Seconds of speech a letter; None where there is no text or no speech."""
    letters = sum(one.isalnum() for one in said.text)
    wave = prepare(said.samples, said.rate_hz)
    return len(wave) / RATE_HZ / letters if letters and len(wave) else None


def _silence(said: Recording) -> str:
    wave = prepare(said.samples, said.rate_hz)
    if not len(wave):
        return "silent: no speech was found"
    spoken = np.flatnonzero(active_frames(wave))
    pause_s = float(np.diff(spoken).max(initial=1) - 1) * HOP / RATE_HZ
    return f"silent: a pause of {pause_s:.1f} s" if pause_s > PAUSE_S else ""


def _unit(vector: FloatArray) -> FloatArray:
    unit: FloatArray = vector / max(float(np.linalg.norm(vector)), 1e-9)
    return unit
