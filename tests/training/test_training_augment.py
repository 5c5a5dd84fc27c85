# SPDX-License-Identifier: GPL-3.0-or-later
"""Each disturbance does what its name says, and a seed decides all of it."""

import numpy as np
import pytest

from voicevault.data.fbank import BANDS, FLOOR, kaldi_fbank
from voicevault.training.augment import (
    Chances,
    clear,
    coloured,
    disturb,
    mix,
    narrow,
    pace,
    reverberate,
    spec_augment,
    stretch,
    throat,
    warp,
)

SPEECH = np.random.default_rng(0).normal(-8.0, 2.0, (300, BANDS)).astype(np.float32)
NOISES = [np.random.default_rng(1).normal(-9.0, 1.0, (120, BANDS)).astype(np.float32)]


def generator() -> np.random.Generator:
    return np.random.default_rng(7)


def test_a_seed_decides_everything() -> None:
    first, again = (disturb(SPEECH, NOISES, Chances(), generator()) for _ in range(2))
    np.testing.assert_array_equal(first.features, again.features)
    other = disturb(SPEECH, NOISES, Chances(), np.random.default_rng(8))
    assert other.features.shape != first.features.shape or np.any(other.features != first.features)
    assert first.features.dtype == np.float32
    assert first.features.min() >= FLOOR


def test_time_maps_back() -> None:
    marked = np.full((200, BANDS), -12.0, np.float32)
    marked[100:104] = 0.0
    quiet = Chances(noise=0, room=0, colour=0, narrow=0)
    for seed in range(8):
        heard = disturb(marked, (), quiet, np.random.default_rng(seed))
        at = int(heard.features.mean(1).argmax())
        assert heard.at[at - heard.lead] == pytest.approx(101.5, abs=2)


def test_the_pace_sways_about_one_tempo() -> None:
    random = generator()
    steady = Chances(tempo=(1.25, 1.25), sway=0.0)
    at = pace(300, steady, random)
    assert len(at) == 240
    np.testing.assert_allclose(np.diff(at), 1.25, atol=1e-3)
    np.testing.assert_array_equal(pace(300, Chances(tempo=(1, 1), sway=0), random), np.arange(300))
    swaying = Chances(tempo=(1.25, 1.25))
    drawn = [pace(300, swaying, random) for _ in range(100)]
    assert np.mean([len(one) for one in drawn]) == pytest.approx(240, rel=0.03)
    steps = np.concatenate([np.diff(one) for one in drawn])
    assert (steps > 0).all()
    # Drawn at the knots with a spread of 0.15; straight lines between them take a fifth away.
    assert np.std(np.log(steps[steps > 0.2])) == pytest.approx(0.12, abs=0.03)
    for short in (1, 2, 31):
        assert len(pace(short, Chances(), random)) >= 1


def test_stretch_changes_length_not_level() -> None:
    at = pace(300, Chances(tempo=(0.5, 0.5), sway=0), generator())
    ramp = np.repeat(np.linspace(0, 1, 300, dtype=np.float32)[:, None], BANDS, 1)
    np.testing.assert_allclose(stretch(ramp, at)[::2].mean(), ramp.mean(), atol=0.01)
    np.testing.assert_array_equal(stretch(SPEECH, np.arange(300, dtype=np.float32)), SPEECH)


def test_a_shorter_throat_raises_formants() -> None:
    formant = np.full((1, BANDS), -10.0, np.float32)
    formant[0, 40] = 0.0
    assert warp(formant, 1.1).argmax() > 41
    assert warp(formant, 0.9).argmax() < 39
    np.testing.assert_allclose(warp(SPEECH, 1.0), SPEECH, atol=1e-3)


def test_formants_and_movements_stand_out_more_or_less() -> None:
    sound = np.full((60, BANDS), -10.0, np.float32)
    sound[:, 40] += 4.0  # a formant
    sound[30] += 4.0  # a burst
    peak, burst = (10, 40), (30, 10)
    assert clear(sound, 0.5, 0.0)[peak] > sound[peak] + 1.0
    assert clear(sound, -0.5, 0.0)[peak] < sound[peak] - 1.0
    np.testing.assert_allclose(clear(sound, 0.5, 0.0)[burst], sound[burst], atol=1e-4)
    assert clear(sound, 0.0, 0.5)[burst] > sound[burst] + 1.0
    np.testing.assert_allclose(clear(sound, 0.0, 0.5)[peak], sound[peak], atol=1e-4)
    np.testing.assert_array_equal(clear(SPEECH, 0.0, 0.0), SPEECH)
    assert clear(SPEECH, 0.5, 0.5).dtype == np.float32
    plain = {"noise": 0, "room": 0, "colour": 0, "narrow": 0, "pad_frames": 0}
    drawn, same = (
        disturb(SPEECH, (), Chances(**plain, clarity=by), generator()) for by in (0.4, 0.0)
    )
    np.testing.assert_array_equal(drawn.at, same.at)  # what else was drawn is the same
    assert np.abs(np.diff(drawn.features - same.features, axis=1)).max() > 0.1


def test_no_two_throats_are_alike_and_formants_part() -> None:
    random = generator()
    drawn = np.log(np.array([throat(Chances(), random) for _ in range(400)]))
    overall = drawn.mean(1)
    assert np.exp(overall.min()) < 0.9
    assert np.exp(overall.max()) > 1.13
    parted = drawn[:, 20] - drawn[:, 60]  # what one factor for all bands could not do
    assert 0.03 < parted.std() < 0.07
    assert np.abs(np.diff(drawn, axis=1)).max() < 0.02  # no formant jumps over its neighbour
    alike = Chances(throat=(1.1, 1.1), bend=0.0)
    np.testing.assert_allclose(throat(alike, random), 1.1)
    moved = warp(SPEECH, throat(alike, random))
    np.testing.assert_allclose(moved, warp(SPEECH, 1.1), atol=1e-4)


def test_features_of_a_faster_sound_are_those_of_a_warped_one() -> None:
    # A tone moved from 1000 to 1100 Hz in the waveform, and by the warp: the same band.
    time = np.arange(8000) / 16_000
    low, high = (
        kaldi_fbank((0.1 * np.sin(2 * np.pi * hz * time)).astype(np.float32)).mean(0)
        for hz in (1000, 1100)
    )
    assert abs(int(warp(low[None], 1.1).argmax()) - int(high.argmax())) <= 1


def test_an_echo_falls_by_sixty_decibels_in_its_time() -> None:
    click = np.full((120, BANDS), FLOOR, np.float32)
    click[10] = 10.0
    wet = reverberate(click, 0.5, 0.0, generator()).mean(1)
    assert wet[9] == pytest.approx(FLOOR + 0.64, abs=0.2)  # the floor echoes too
    fall_db = (wet[15] - wet[55]) / 0.2302585  # over 0.4 s; high bands fall faster
    assert 40 < fall_db < 75


@pytest.mark.parametrize("snr_db", [0.0, 10.0, 20.0])
def test_the_ratio_is_what_was_asked_for(snr_db: float) -> None:
    noise = coloured(300, generator())
    mixed = mix(SPEECH, noise, snr_db)
    added = np.exp(mixed).sum() - np.exp(SPEECH).sum()
    assert 10 * np.log10(np.exp(SPEECH).sum() / added) == pytest.approx(snr_db, abs=0.1)
    assert (mixed >= SPEECH - 1e-5).all()


def test_narrow_band_takes_the_top_and_leaves_the_middle() -> None:
    x = narrow(SPEECH, generator())
    np.testing.assert_array_equal(x[:, 10:54], SPEECH[:, 10:54])
    assert x[:, 79].mean() < SPEECH[:, 79].mean() - 2


def test_spec_augment_hides_some_and_keeps_most() -> None:
    x = spec_augment(SPEECH, generator())
    hidden = (x != SPEECH).mean()
    assert 0.02 < hidden < 0.7
    np.testing.assert_array_equal(x, spec_augment(SPEECH, generator()))
