# SPDX-License-Identifier: GPL-3.0-or-later
"""What a recording holds above 8 kHz: the same frames as its mel, and cliffs told from speech."""

import numpy as np
import pytest
import scipy.signal
import soxr
from toy_speaker import speak

from voicevault.data import features, highband
from voicevault.data.features import Cut, active_frames, log_mel, prepare_cut
from voicevault.data.highband import BANDS, LOG_FLOOR, high_band

WIDE_HZ = 48_000


def heard(samples: np.ndarray, rate_hz: int) -> np.ndarray | None:
    """[F, H] of a raw take, as training hears it."""
    wave, cut = prepare_cut(samples, rate_hz)
    assert cut is not None
    return high_band(samples, rate_hz, cut, active_frames(wave))


def low_passed(samples: np.ndarray, edge_hz: float) -> np.ndarray:
    """A codec's cliff at ``edge_hz``, and its rounding errors beyond."""
    taps = scipy.signal.firwin(801, edge_hz, fs=WIDE_HZ)
    cut: np.ndarray = np.convolve(samples, taps, "same")
    return (np.round(cut * 32768) / 32768).astype(np.float32)


def test_frames_are_those_of_the_mel() -> None:
    samples = speak(2.0, WIDE_HZ)
    wave, cut = prepare_cut(samples, WIDE_HZ)
    assert cut is not None
    found = high_band(samples, WIDE_HZ, cut, active_frames(wave))
    assert found is not None
    assert found.shape == (len(log_mel(wave)), BANDS)
    click = np.zeros(highband.HOP * 40, np.float32)
    click[highband.HOP * 20 + highband.HOP // 2] = 1.0  # at the centre of frame 20
    power, middle = highband.powers(click)
    assert int(power[:, 0].argmax()) == int(middle.argmax()) == 20
    assert power[20] == pytest.approx(np.ones(BANDS), rel=0.01)  # a click has every bin alike


@pytest.mark.parametrize("burst", [0.0, 60.0], ids=["plain", "a peak that lowers the level"])
def test_level_is_that_of_the_prepared_take(burst: float) -> None:
    """The same gain and the same beginning as the 16 kHz copy: what is below 8 kHz agrees."""
    samples = 0.3 * np.concatenate((np.zeros(WIDE_HZ // 2), speak(2.0, WIDE_HZ))).astype(np.float32)
    place = slice(round(1.5 * WIDE_HZ), round(1.5 * WIDE_HZ) + 48)
    samples[place] += burst * 0.3 * np.hanning(48).astype(np.float32)
    wave, cut = prepare_cut(samples, WIDE_HZ)
    assert cut is not None
    assert cut.first > 20
    assert (float(np.abs(wave).max()) > 0.97) == (burst > 0)
    wide = highband.prepared_wide(samples, WIDE_HZ, cut)
    assert len(wide) * 2 == len(wave) * 3
    again = soxr.resample(wide, highband.RATE_HZ, features.RATE_HZ, quality="HQ")
    spectrum, other = np.fft.rfft(wave[2000:-2000]), np.fft.rfft(again[2000:-2000])
    below = slice(len(spectrum) // 40, len(spectrum) * 7 // 8)  # beside high-pass and resampler
    away = np.abs(spectrum[below] - other[below])
    assert (away**2).mean() < 1e-4 * (np.abs(spectrum[below]) ** 2).mean()


def test_a_take_shorter_than_its_copy_is_filled_up() -> None:
    cut = Cut(0, 10, 2.0)
    wide = highband.prepared_wide(np.ones(2_900, np.float32), highband.RATE_HZ, cut)
    assert len(wide) == 3_000
    assert (wide[2_900:] == 0).all()
    assert wide[100] == pytest.approx(2.0)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 21_999])
def test_low_rates_have_nothing_to_say(rate_hz: int) -> None:
    assert heard(speak(2.0, rate_hz), rate_hz) is None


def test_a_narrow_recording_saved_wide_is_narrow() -> None:
    assert heard(soxr.resample(speak(2.0), 16_000, WIDE_HZ, quality="HQ"), WIDE_HZ) is None


@pytest.mark.parametrize("edge_hz", [7_000, 8_000, 9_200])
def test_a_codecs_cliff_is_narrow(edge_hz: int) -> None:
    assert heard(low_passed(speak(2.0, WIDE_HZ), edge_hz), WIDE_HZ) is None


def test_beyond_a_higher_cliff_it_is_silent() -> None:
    found = heard(low_passed(speak(2.0, WIDE_HZ), 10_750), WIDE_HZ)
    assert found is not None
    assert found[:, :5].max(0).min() > np.log(LOG_FLOOR) + 3
    assert found[:, 6:].max() == pytest.approx(np.log(LOG_FLOOR))


def test_half_of_2205_khz_is_the_end() -> None:
    found = heard(speak(2.0, 22_050), 22_050)
    assert found is not None
    assert (found[:, 6:] == np.float32(np.log(LOG_FLOOR))).all()


def test_hiss_of_the_room_is_no_speech() -> None:
    """Microphone noise reaches to 24 kHz too; it does not follow the voice."""
    quiet = soxr.resample(speak(3.0, noise_dbfs=-200), 16_000, WIDE_HZ, quality="HQ")
    noise = 0.003 * np.random.default_rng(0).standard_normal(len(quiet))
    assert heard((quiet + noise).astype(np.float32), WIDE_HZ) is None


def test_without_speech_nothing_is_there() -> None:
    assert not highband.bands_there(np.ones((5, BANDS)), np.ones(5), np.zeros(5, bool)).any()
