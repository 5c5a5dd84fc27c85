# SPDX-License-Identifier: GPL-3.0-or-later
"""The one definition of what the students see of a recording: waveform, log-mel, energy.

numpy and scipy only, because the recorder and the aligner use it without torch. The filter bank is
Slaney's, equal to ``torchaudio.functional.melscale_fbanks(norm="slaney", mel_scale="slaney")``.

Shapes: S samples, F frames, M mel bins.
"""

import functools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.signal
import soxr

FloatArray = npt.NDArray[np.float32]

RATE_HZ = 16_000
HOP = 200  # samples a frame: 12.5 ms
N_FFT = 800  # 50 ms analysis window
N_MELS = 80
LOG_FLOOR = 1e-4
SPEECH_RMS = 0.06
"""Level of active speech after preparation: about -24 dBFS, which leaves 24 dB for peaks."""

EDGE_S = 0.12
"""Silence kept at both ends of a prepared take."""

_HIGH_PASS_HZ = 50.0
_SILENT_RMS = 3e-4  # -70 dBFS: below that nobody spoke, whatever the rest of the take is like


def frame_count(samples: int) -> int:
    """Frames of a waveform of ``samples`` samples: hop-centred, so S = F * HOP exactly."""
    return samples // HOP


@functools.lru_cache(maxsize=4)
def mel_filters(rate_hz: int = RATE_HZ, n_fft: int = N_FFT, n_mels: int = N_MELS) -> FloatArray:
    """Slaney mel filter bank, [n_fft // 2 + 1, M], area-normalised, 0 Hz to half the rate."""

    def to_mel(hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.where(
            hz < 1000.0,
            3.0 * hz / 200.0,
            15.0 + 27.0 * np.log(np.maximum(hz, 1e-9) / 1e3) / np.log(6.4),
        )

    def to_hz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.where(
            mel < 15.0, 200.0 * mel / 3.0, 1e3 * np.exp((mel - 15.0) * np.log(6.4) / 27.0)
        )

    edges_mel = to_mel(np.array([0.0, rate_hz / 2]))
    edges_hz = to_hz(np.linspace(edges_mel[0], edges_mel[1], n_mels + 2))
    bins_hz = np.arange(n_fft // 2 + 1) * (rate_hz / n_fft)
    rise = (bins_hz[:, None] - edges_hz[None, :-2]) / np.diff(edges_hz)[None, :-1]
    fall = (edges_hz[None, 2:] - bins_hz[:, None]) / np.diff(edges_hz)[None, 1:]
    area = 2.0 / (edges_hz[2:] - edges_hz[:-2])
    filters: FloatArray = (np.clip(np.minimum(rise, fall), 0.0, None) * area).astype(np.float32)
    filters.setflags(write=False)
    return filters


@functools.lru_cache(maxsize=4)
def window(n_fft: int = N_FFT) -> FloatArray:
    """Periodic Hann window, [n_fft]."""
    hann: FloatArray = scipy.signal.get_window("hann", n_fft).astype(np.float32)
    hann.setflags(write=False)
    return hann


def log_mel(wave: FloatArray) -> FloatArray:
    """Natural-log mel magnitudes, [F, M], of a prepared waveform [S].

    Frame f is centred on sample f * HOP + HOP / 2. Magnitudes (not powers) floored at 1e-4, as
    HiFi-GAN and its descendants do.
    """
    frames = frame_count(len(wave))
    left = (N_FFT - HOP) // 2
    padded = np.pad(wave[: frames * HOP], (left, N_FFT - HOP - left), mode="reflect")
    # [F, N_FFT] view on the padded waveform, one row a hop
    rows = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP][:frames]
    out = np.empty((frames, N_MELS), np.float32)
    for start in range(0, frames, 512):  # bounds memory: 512 rows are 1.6 MB
        spectrum = np.abs(scipy.fft.rfft(rows[start : start + 512] * window(), axis=1))
        out[start : start + 512] = np.log(np.maximum(spectrum @ mel_filters(), LOG_FLOOR))
    return out


def _frame_rms(wave: FloatArray) -> FloatArray:
    frames = frame_count(len(wave))
    blocks = wave[: frames * HOP].reshape(frames, HOP)  # [F, HOP]
    rms: FloatArray = np.sqrt((blocks.astype(np.float64) ** 2).mean(1) + 1e-12).astype(np.float32)
    return rms


def active_frames(wave: FloatArray) -> npt.NDArray[np.bool_]:
    """Frames [F] that hold speech: within 35 dB of the loud ones, 6 dB above the quiet ones."""
    rms = _frame_rms(wave)
    if not len(rms):
        return np.zeros(0, bool)
    loud, quiet = float(np.percentile(rms, 95)), float(np.percentile(rms, 5))
    threshold = max(loud * 10 ** (-35 / 20), min(quiet * 2.0, loud * 10 ** (-12 / 20)), _SILENT_RMS)
    active: npt.NDArray[np.bool_] = rms > threshold
    return active


@dataclass(frozen=True, slots=True)
class Cut:
    """What preparation did to a take at 16 kHz, so that the take at another rate can follow it."""

    first: int
    """Frame that became frame 0."""
    last: int
    """Frame after the last one kept."""
    gain: float


def prepare(samples: FloatArray, rate_hz: int) -> FloatArray:
    """Raw mono take -> what training sees: 16 kHz, 50 Hz high-pass, levelled, edges at 0.12 s.

    Args:
        samples: [S] float32 in [-1, 1] at ``rate_hz``.
        rate_hz: its rate.

    Returns:
        [F * HOP] float32 at 16 kHz; empty when there is no speech in it. No denoising: its
        artefacts would be learnt.
    """
    return prepare_cut(samples, rate_hz)[0]


def prepare_cut(samples: FloatArray, rate_hz: int) -> tuple[FloatArray, Cut | None]:
    """:func:`prepare`, and what it did; None when there is no speech."""
    wave = samples if rate_hz == RATE_HZ else soxr.resample(samples, rate_hz, RATE_HZ, quality="HQ")
    if len(wave) < N_FFT:
        return np.zeros(0, np.float32), None
    high_pass = scipy.signal.butter(2, _HIGH_PASS_HZ, "highpass", fs=RATE_HZ, output="sos")
    wave = scipy.signal.sosfiltfilt(high_pass, wave).astype(np.float32)
    active = active_frames(wave)
    # A click is no speech: the ends are where two active frames follow each other.
    steady = np.flatnonzero(active[:-1] & active[1:]) if len(active) > 1 else np.zeros(0, np.intp)
    if len(steady) < 4:
        return np.zeros(0, np.float32), None
    edge = round(EDGE_S * RATE_HZ / HOP)
    first, last = max(0, int(steady[0]) - edge), min(len(active), int(steady[-1]) + 2 + edge)
    level = float(np.sqrt((_frame_rms(wave)[active] ** 2).mean()))
    gain = SPEECH_RMS / max(level, 1e-5)
    wave = wave[first * HOP : last * HOP] * gain
    peak = float(np.abs(wave).max())
    if peak > 0.98:
        wave = wave * (0.98 / peak)
        gain *= 0.98 / peak
    return np.ascontiguousarray(wave, np.float32), Cut(first, last, gain)
