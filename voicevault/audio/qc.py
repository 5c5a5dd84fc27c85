# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict on a take: keep, keep but know this, or redo, with one reason and one advice.

A take to redo is stored like any other and left out of training by default. The limits were set on
five readers (four of them 40 kbit/s MP3) as recorded and with noise mixed in at 20 to 0 dB; each is
a named constant beside its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
import scipy.fft

from voicevault.audio import vad
from voicevault.audio.files import Samples, resample, span
from voicevault.audio.reasons import Reason
from voicevault.audio.wording import TextCheck as TextCheck
from voicevault.audio.wording import compare

Status: TypeAlias = Literal["keep", "keep_but", "redo"]

CLIP_LEVEL = 0.999
CLIP_RUN = 3  # so many samples in a row at the limit are a cut top, not a peak
CLIPS_KEPT = 3  # cut tops in a take that is still kept
FLAT_TOPS = 8  # tops cut by something before the file, below its full scale
HOT_DBFS = -3.0  # peak
QUIET_DBFS = -24.0  # peak
FAINT_DBFS = -42.0  # peak; 16 bits leave little voice above their own steps there
ROOM_DBFS = -50.0  # noise floor ...
ROOM_SNR_DB = 30.0  # ... that matters while the voice is not this far above it
SNR_DB = 20.0
SNR_REDO_DB = 6.0
DROWNS_DBFS = -35.0  # noise floor; a voice as loud as this is not told from the noise
MIN_SPEECH_MS = 200
LENGTHY_MS = 30_000
LONG_MS = 60_000  # training and alignment work on sentences; a minute is past both
CUT_MS = 20
CUT_BELOW_SPEECH_DB = 10.0
NARROW_HZ = 4_000
NARROW_DB = -48.0  # 4.3 to 7 kHz against 0.3 to 3.4 kHz, in the bright frames
SLOW_CPS, FAST_CPS = 8.0, 25.0  # characters a second, from the first word to the last
HURRIED_CPS = 32.0  # nobody reads that fast: part of the text is not there
MIN_PACE_CHARS = 12  # pace says nothing about "Yes."
KEEP_EDGE_MS = 300  # silence kept at both ends when trimming; the recording itself stays whole


@dataclass(frozen=True, slots=True)
class Verdict:
    """One reason, the worst there is. Measures are whole: _mdb is 1/1000 dB, _mcps 1/1000 a s."""

    status: Status
    reason: Reason
    advice: str
    measures: dict[str, int] = field(default_factory=dict)

    def sentence(self) -> str:
        """One line for people: 'Please redo: clipped at 2.1 s. Move back ...'."""
        text = self.reason.text
        if self.reason in (Reason.CLIPPED, Reason.CLIPS):
            text += f" at {self.measures.get('clip_at_ms', 0) / 1000:.1f} s"
        if self.status == "keep":
            return f"Keep: {text}."
        start = "Please redo" if self.status == "redo" else "Keep, but"
        return f"{start}: {text}. {self.advice}".rstrip()

    def to_meta(self) -> dict[str, Any]:
        """JSON without floats, for the vault."""
        return {"status": self.status, "reason": self.reason.value, "measures": self.measures}

    @classmethod
    def from_meta(cls, meta: dict[str, Any]) -> Verdict:
        """Back from the vault.

        A reason or status that a newer version wrote becomes 'keep_but' or FINE: never lost.
        """
        known = {one.value: one for one in Reason}
        reason = known.get(meta.get("reason", ""), Reason.FINE)
        status: Status = meta["status"] if meta.get("status") in get_args(Status) else "keep_but"
        return cls(status, reason, reason.advice, dict(meta.get("measures", {})))


def judge(
    samples: Samples,
    rate_hz: int,
    text: str = "",
    *,
    check: TextCheck | None = None,
    samples_lost: bool = False,
) -> Verdict:
    """The verdict on mono `samples` [S] in [-1, 1] that should say `text`.

    Without `text` there is no pace rule, without `check` no comparison of the words.
    `samples_lost` is what the recorder saw of input overflow.
    """
    voice = vad.detect(samples, rate_hz)
    measures = _measure(samples, rate_hz, voice)
    measures |= _pace(text, voice)
    found = _level_reasons(measures) + _time_reasons(measures)
    if samples_lost:
        found.append((Reason.LOST, "redo"))
    heard = measures["speech_ms"] >= MIN_SPEECH_MS
    if check is not None and text and heard and measures["duration_ms"] <= LONG_MS:
        found += _word_reasons(samples, rate_hz, text, check, measures)
    if not found:
        return Verdict("keep", Reason.FINE, "", measures)
    # A take to redo names what makes it so, even if a milder reason stands higher in the list.
    reason, status = min(found, key=lambda one: (one[1] != "redo", one[0].rank))
    return Verdict(status, reason, reason.advice, measures)


def describe(measures: dict[str, int]) -> str:
    """The figures behind a verdict, on one line for a disclosure or a log."""
    shown = [span(measures["duration_ms"] / 1000)]
    for key, name, unit in (
        ("peak_mdbfs", "peak", "dBFS"),
        ("noise_mdbfs", "room", "dBFS"),
        ("snr_mdb", "voice above noise", "dB"),
    ):
        if key in measures:
            shown.append(f"{name} {measures[key] / 1000:.0f} {unit}")
    return ", ".join(shown)


_Found: TypeAlias = list[tuple[Reason, Status]]


def _measure(samples: Samples, rate_hz: int, voice: vad.Activity) -> dict[str, int]:
    duration_ms = len(samples) * 1000 // rate_hz
    peak = float(np.abs(samples).max()) if len(samples) else 0.0
    speech_power, noise_power = 10 ** (voice.speech_dbfs / 10), 10 ** (voice.noise_dbfs / 10)
    # Frames with speech hold the noise too: it is taken off before the two are compared.
    snr_db = 10 * np.log10(max(speech_power - noise_power, noise_power * 0.01) / noise_power)
    clips, first_clip = _clips(samples, CLIP_LEVEL, CLIP_RUN)
    tops, first_top = _flat_tops(samples, rate_hz, peak)
    spoken = voice.speech_ms > 0
    end_ms = voice.end_ms if spoken else duration_ms
    start_ms = voice.start_ms if spoken else 0
    return {
        "duration_ms": duration_ms,
        "speech_ms": voice.speech_ms,
        "start_ms": start_ms,
        "end_ms": end_ms,
        "trim_start_ms": max(0, start_ms - KEEP_EDGE_MS),
        "trim_end_ms": min(duration_ms, end_ms + KEEP_EDGE_MS),
        "peak_mdbfs": round(1000 * max(20 * np.log10(peak + 1e-9), vad.FLOOR_DBFS)),
        "speech_mdbfs": round(1000 * voice.speech_dbfs),
        "noise_mdbfs": round(1000 * voice.noise_dbfs),
        "snr_mdb": round(1000 * float(snr_db)) if spoken else 0,
        "clips": clips,
        "flat_tops": tops,
        "clip_at_ms": (first_clip if clips else first_top) * 1000 // rate_hz,
        "edge_mdb": round(1000 * _edge_db(voice)),
        "high_mdb": round(1000 * _high_band_db(samples, rate_hz, voice)),
    }


def _runs(mask: npt.NDArray[np.bool_], at_least: int) -> npt.NDArray[np.intp]:
    """[N, 2] starts and ends of the stretches of at least so many."""
    if not mask.any():
        return np.zeros((0, 2), np.intp)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], mask, [False])).view(np.int8)))
    pairs = edges.reshape(-1, 2)
    return pairs[pairs[:, 1] - pairs[:, 0] >= at_least]


def _clips(samples: Samples, level: float, run: int) -> tuple[int, int]:
    """How many tops are cut at `level`, and the sample where the first one is."""
    pairs = _runs(np.abs(samples) >= level, run)
    return len(pairs), int(pairs[0, 0]) if len(pairs) else 0


def _flat_tops(samples: Samples, rate_hz: int, peak: float) -> tuple[int, int]:
    """Tops cut at one level below full scale: a limiter or converter before the file.

    A voice reaches its very peak once or twice; many flat stretches at exactly that level, on
    either side of zero, are a ceiling. A lossy codec afterwards bends them: not found then.
    """
    if peak < 0.02 or peak >= CLIP_LEVEL:
        return 0, 0
    run = max(CLIP_RUN, rate_hz // 16_000 + 2)
    best = (0, 0)
    for side in (samples, -samples):
        top = float(side.max())
        pairs = _runs(side >= top - 1.5 / 32768, run)
        if top > 0.02 and len(pairs) > best[0]:
            best = (len(pairs), int(pairs[0, 0]))
    return best


def _edge_db(voice: vad.Activity) -> float:
    """How far the louder of the two ends lies under the voice; 0 is as loud as speech."""
    frames = CUT_MS // vad.FRAME_MS
    if voice.speech_ms == 0 or len(voice.level_dbfs) < 4 * frames:
        return vad.FLOOR_DBFS
    level = voice.level_dbfs
    edge = max(float(level[:frames].mean()), float(level[-frames:].mean()))
    return max(edge - voice.speech_dbfs, vad.FLOOR_DBFS)


def _high_band_db(samples: Samples, rate_hz: int, voice: vad.Activity) -> float:
    """Brightness: what s and f leave above 4.3 kHz, against the voice band, in loud frames."""
    if rate_hz <= 2 * NARROW_HZ:
        return vad.FLOOR_DBFS
    if voice.speech_ms < MIN_SPEECH_MS:
        return 0.0
    wave = resample(samples, rate_hz, vad.RATE_HZ)
    size = vad.RATE_HZ // 50  # 20 ms
    rows = wave[: len(wave) // size * size].reshape(-1, size)
    power = np.abs(scipy.fft.rfft(rows * np.hanning(size).astype(np.float32), axis=1)) ** 2
    step_hz = vad.RATE_HZ / size
    high = power[:, int(4_300 / step_hz) : int(7_000 / step_hz)].sum(axis=1)
    middle = power[:, int(300 / step_hz) : int(3_400 / step_hz)].sum(axis=1)
    bright = float(np.percentile(high, 98)) + 1e-12
    return max(10 * float(np.log10(bright / (float(np.percentile(middle, 98)) + 1e-9))), -96.0)


def _pace(text: str, voice: vad.Activity) -> dict[str, int]:
    """Characters a second from the first sound to the last."""
    characters = sum(one.isalnum() for one in text) + text.strip().count(" ")
    spoken_ms = voice.end_ms - voice.start_ms
    if characters < MIN_PACE_CHARS or spoken_ms < MIN_SPEECH_MS:
        return {}
    return {"pace_mcps": characters * 1_000_000 // spoken_ms}


def _level_reasons(measures: dict[str, int]) -> _Found:
    found: _Found = []
    peak_db, snr_db = measures["peak_mdbfs"] / 1000, measures["snr_mdb"] / 1000
    cut = max(measures["clips"] - CLIPS_KEPT, measures["flat_tops"] - FLAT_TOPS)
    if measures["speech_ms"] < MIN_SPEECH_MS:
        # In such a noise nobody is sent to look for a muted microphone: it hears too much.
        drowned = measures["noise_mdbfs"] > 1000 * DROWNS_DBFS
        found.append((Reason.NOISY if drowned else Reason.SILENT, "redo"))
    elif snr_db < SNR_REDO_DB:
        found.append((Reason.NOISY, "redo"))
    elif snr_db < SNR_DB:
        found.append((Reason.NOISE, "keep_but"))
    elif measures["noise_mdbfs"] > 1000 * ROOM_DBFS and snr_db < ROOM_SNR_DB:
        found.append((Reason.ROOM, "keep_but"))
    if cut > 0:
        found.append((Reason.CLIPPED, "redo"))
    elif measures["clips"]:
        found.append((Reason.CLIPS, "keep_but"))
    elif peak_db > HOT_DBFS:
        found.append((Reason.HOT, "keep_but"))
    if peak_db < FAINT_DBFS:
        found.append((Reason.FAINT, "redo"))
    elif peak_db < QUIET_DBFS:
        found.append((Reason.QUIET, "keep_but"))
    if measures["high_mdb"] < 1000 * NARROW_DB:
        found.append((Reason.NARROW, "keep_but"))
    return found


def _time_reasons(measures: dict[str, int]) -> _Found:
    found: _Found = []
    if measures["duration_ms"] > LONG_MS:
        found.append((Reason.LONG, "redo"))
    elif measures["duration_ms"] > LENGTHY_MS:
        found.append((Reason.LENGTHY, "keep_but"))
    if measures["edge_mdb"] > -1000 * CUT_BELOW_SPEECH_DB:
        found.append((Reason.CUT, "keep_but"))
    pace = measures.get("pace_mcps")
    # Where noise hides half of a sentence, the little that is found looks hurried.
    if pace is not None and measures["snr_mdb"] >= 1000 * SNR_REDO_DB:
        if pace > 1000 * HURRIED_CPS:
            found.append((Reason.HURRIED, "redo"))
        elif pace > 1000 * FAST_CPS:
            found.append((Reason.FAST, "keep_but"))
        elif pace < 1000 * SLOW_CPS:
            found.append((Reason.SLOW, "keep_but"))
    return found


def _word_reasons(
    samples: Samples, rate_hz: int, text: str, check: TextCheck, measures: dict[str, int]
) -> _Found:
    """The comparison of sound and text; adds its figures to `measures`."""
    finding, figures = compare(samples, rate_hz, text, check)
    measures |= figures
    if finding == "differ":
        return [(Reason.WORDS, "redo")]
    return [(Reason.WORDS_UNSURE, "keep_but")] if finding == "unsure" else []
