# SPDX-License-Identifier: GPL-3.0-or-later
"""What a recording holds above 8 kHz, frame by frame beside ``features.log_mel``.

At 24 kHz a hop of 300 and a window of 1200 samples give the very frames and the 20 Hz bins of
16 kHz, 200 and 800: a full-band spectrum is the narrow one with 200 bins more. They are described
by eight bands of 500 Hz, because what is up there is noise of the breath with a smooth envelope.

Shapes: S samples, F frames, H = BANDS.
"""

import numpy as np
import numpy.typing as npt
import scipy.fft
import soxr

from voicevault.data import features
from voicevault.data.features import Cut, FloatArray

RATE_HZ = 24_000
HOP = features.HOP * 3 // 2  # 300: 12.5 ms
N_FFT = features.N_FFT * 3 // 2  # 1200: 50 ms
LOW_BINS = features.N_FFT // 2 + 1  # 401, 0 to 8 kHz: the narrow voice's
BINS = N_FFT // 2 + 1  # 601
BANDS = 8
BINS_A_BAND = (BINS - LOW_BINS) // BANDS  # 25 of 20 Hz
LEAST_RATE_HZ = 22_000
"""22.05 kHz reaches to 11 kHz; below that there is too little above 8."""

LOG_FLOOR = 1e-5
"""Magnitude of a band in which there is nothing; digital silence would be minus infinity."""

_JUDGED_BANDS = 4  # 8 to 10 kHz
_ABOVE_PAUSES_DB = 10.0
_BELOW_MIDDLE_DB = 40.0
_MIDDLE_BINS = slice(200, 375)  # 4 to 7.5 kHz
_BLOCK = 512


def band_centres() -> npt.NDArray[np.float64]:
    """[H] middle of each band in bins above the narrow voice's last one, counted from 0."""
    return (np.arange(BANDS, dtype=np.float64) + 0.5) * BINS_A_BAND - 0.5


def powers(wave: FloatArray) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean power of a bin, of each band [F, H] and of 4 to 7.5 kHz [F], of [F * HOP] at 24 kHz.

    Frames, window and scale are those of :func:`features.log_mel`.
    """
    frames = len(wave) // HOP
    left = (N_FFT - HOP) // 2
    padded = np.pad(wave[: frames * HOP], (left, N_FFT - HOP - left), mode="reflect")
    rows = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP][:frames]
    high, middle = np.empty((frames, BANDS)), np.empty(frames)
    for start in range(0, frames, _BLOCK):  # bounds memory
        part = slice(start, start + _BLOCK)
        spectrum = scipy.fft.rfft(rows[part] * features.window(N_FFT), axis=1)
        power = spectrum.real**2 + spectrum.imag**2  # [F, BINS]
        high[part] = power[:, LOW_BINS:].reshape(-1, BANDS, BINS_A_BAND).mean(2)
        middle[part] = power[:, _MIDDLE_BINS].mean(1)
    return high, middle


def prepared_wide(samples: FloatArray, rate_hz: int, cut: Cut) -> FloatArray:
    """A raw take [S] at 24 kHz, cut and levelled as ``cut`` says its 16 kHz copy was.

    Returns:
        [F * HOP]. Without the 50 Hz high-pass, which does not reach up here.
    """
    wide = soxr.resample(samples, rate_hz, RATE_HZ, quality="HQ")[cut.first * HOP : cut.last * HOP]
    missing = (cut.last - cut.first) * HOP - len(wide)  # rounding of the two lengths
    return (np.pad(wide, (0, max(missing, 0))) * cut.gain).astype(np.float32)


def high_band(
    samples: FloatArray, rate_hz: int, cut: Cut, speech: npt.NDArray[np.bool_]
) -> FloatArray | None:
    """Log magnitudes [F, H] of a raw take's bands, frame by frame beside its log-mel.

    A band in which its speech does not stand out is silent throughout (log of ``LOG_FLOOR``): there
    is the end of a codec or of the rate. None when 8 to 10 kHz are not all there: then the take has
    nothing to teach up here.

    Args:
        samples: [S] float32 as recorded.
        rate_hz: its rate; below 22 kHz the answer is None.
        cut: from :func:`features.prepare_cut` of the same take.
        speech: [F] from :func:`features.active_frames` of the prepared take.
    """
    if rate_hz < LEAST_RATE_HZ:
        return None
    power, middle = powers(prepared_wide(samples, rate_hz, cut))
    there = bands_there(power, middle, speech)
    if not there[:_JUDGED_BANDS].all():
        return None
    power[:, ~there] = 0.0
    log: FloatArray = (0.5 * np.log(np.maximum(power, LOG_FLOOR**2))).astype(np.float32)
    return log


def bands_there(
    power: npt.NDArray[np.float64],
    middle: npt.NDArray[np.float64],
    speech: npt.NDArray[np.bool_],
) -> npt.NDArray[np.bool_]:
    """Bands [H] that hold speech: 10 dB above the pauses, and not a cliff below 4 to 7.5 kHz.

    Beyond a codec's or a resampler's cliff are rounding errors only, and they too follow speech.

    Args:
        power: [F, H] from :func:`powers`, and ``middle`` [F].
        middle: see there.
        speech: [F] frames in which somebody speaks.
    """
    if not speech.any():
        return np.zeros(BANDS, bool)
    loud = power[speech].mean(0)
    quiet = np.percentile(power[~speech], 20, axis=0) if (~speech).any() else np.zeros(BANDS)
    cliff = middle[speech].mean() * 10 ** (-_BELOW_MIDDLE_DB / 10)
    there: npt.NDArray[np.bool_] = (loud > quiet * 10 ** (_ABOVE_PAUSES_DB / 10)) & (loud > cliff)
    # Nothing comes back above a cliff: what is there is noise of its own.
    return np.logical_and.accumulate(there)
