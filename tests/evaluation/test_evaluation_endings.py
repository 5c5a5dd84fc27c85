# SPDX-License-Identifier: GPL-3.0-or-later
"""A rising end is told from a falling one, in semitones."""

from __future__ import annotations

import numpy as np
import pytest

from voicevault.evaluation.endings import final_rise_semitones

FRAMES = 80


def line(semitones: float) -> tuple[np.ndarray, np.ndarray]:
    """One second at 120 Hz of which the last 24 frames go up in a straight line."""
    steps = np.concatenate([np.zeros(FRAMES - 24), np.linspace(0, semitones, 24)])
    return (np.log(120.0) + steps * np.log(2.0) / 12).astype(np.float32), np.ones(FRAMES)


@pytest.mark.parametrize("semitones", [6.0, -4.0])
def test_a_straight_line(semitones: float) -> None:
    # Medians of the outer thirds of a line are 16 / 23 of its height apart.
    assert final_rise_semitones(*line(semitones)) == pytest.approx(semitones * 16 / 23, abs=0.01)


def test_silence_after_the_end_does_not_count() -> None:
    log_f0, voiced = line(6.0)
    longer = np.concatenate([log_f0, np.full(40, np.log(300.0), np.float32)])
    found = final_rise_semitones(longer, np.concatenate([voiced, np.zeros(40)]))
    assert found == pytest.approx(final_rise_semitones(log_f0, voiced))


def test_too_little_voice_has_no_end() -> None:
    log_f0, voiced = line(6.0)
    voiced[:60] = 0
    assert np.isnan(final_rise_semitones(log_f0, voiced))
