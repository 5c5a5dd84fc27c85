# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a public clip is fit for base training, and how high its real sound reaches.

Shapes: S samples, F frames, K bands.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft

from voicevault.audio.qc import CLIP_LEVEL, MIN_SPEECH_MS, judge
from voicevault.data.features import FloatArray
from voicevault.training.rejects import Fault

BAND_HZ = 250
_FRAME_S = 0.02
_BRIGHT_ABOVE_HZ = 2_000  # s, f and bursts tell how high a recording reaches; vowels do not
_BELOW_PEAK_DB = -50.0
_ABOVE_ROOM_DB = 6.0
_STEADY_DB = 10.0  # loud and quiet frames nearer than this: nothing is known of the room


@dataclass(frozen=True, slots=True)
class Limits:
    """What a clip must keep to. How high the sources reach is told in DECISIONS.md."""

    shortest_s: float = 0.6
    longest_s: float = 17.0
    least_snr_db: float = 10.0
    most_clipped: float = 1e-3
    """Share of the samples that may stand at full scale."""
    narrow_hz: float = 5_000.0
    drop_narrow: bool = True
    """False keeps clips with less bandwidth; their records say ``narrow`` then."""


def bandwidth_hz(samples: FloatArray, rate_hz: int) -> int:
    """Upper edge of the highest band of 250 Hz that holds sound of the speaker; 0 when none does.

    Read in the brightest tenth of the frames: a band counts with its lower neighbour when both lie
    less than 50 dB under the strongest and 6 dB above the quietest tenth of the frames. One band
    alone is a whistle of the equipment.
    """
    size = round(_FRAME_S * rate_hz)
    if len(samples) < 4 * size:
        return 0
    rows = np.lib.stride_tricks.sliding_window_view(samples, size)[:: size // 2]  # [F, size]
    window = np.hanning(size).astype(np.float32)
    power = np.abs(scipy.fft.rfft(rows * window, axis=1)) ** 2
    bins = max(1, round(BAND_HZ * size / rate_hz))
    count = power.shape[1] // bins
    bands = power[:, : count * bins].reshape(len(power), count, bins).sum(2)  # [F, K]
    tenth = max(3, len(bands) // 10)
    by_brightness = np.argsort(bands[:, _BRIGHT_ABOVE_HZ // BAND_HZ :].sum(1), kind="stable")
    bright = bands[by_brightness[-tenth:]].mean(0)
    quiet = bands[np.argsort(bands.sum(1), kind="stable")[:tenth]].mean(0)
    if bright.max() < 1e-9:
        return 0
    real: npt.NDArray[np.bool_] = bright > bright.max() * 10 ** (_BELOW_PEAK_DB / 10)
    if bright.sum() > quiet.sum() * 10 ** (_STEADY_DB / 10):
        real &= bright > quiet * 10 ** (_ABOVE_ROOM_DB / 10)
    found = np.flatnonzero(real[1:] & real[:-1])
    return min((int(found[-1]) + 2) * BAND_HZ, rate_hz // 2) if len(found) else 0


def fault_of_sound(
    samples: FloatArray, rate_hz: int, reach_hz: int, limits: Limits
) -> tuple[Fault, float, float] | None:
    """What is wrong with a decoded clip [S], its measure and the limit; None when it is sound.

    ``reach_hz`` is the clip's :func:`bandwidth_hz`.
    """
    clipped = float((np.abs(samples) >= CLIP_LEVEL).mean()) if len(samples) else 0.0
    measures = judge(samples, rate_hz).measures
    snr_db = measures["snr_mdb"] / 1000
    if measures["speech_ms"] < MIN_SPEECH_MS:
        return Fault.SILENT, measures["speech_ms"] / 1000, MIN_SPEECH_MS / 1000
    if clipped > limits.most_clipped:
        return Fault.CLIPPED, clipped, limits.most_clipped
    if snr_db < limits.least_snr_db:
        return Fault.NOISY, snr_db, limits.least_snr_db
    if limits.drop_narrow and reach_hz < limits.narrow_hz:
        return Fault.NARROW, float(reach_hz), limits.narrow_hz
    return None
