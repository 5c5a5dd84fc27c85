# SPDX-License-Identifier: GPL-3.0-or-later
"""Which recipes are offered: those that have something to start from."""

import pytest

from voicevault import lessons
from voicevault.errors import TrainingFailed


def test_without_a_shipped_recogniser_none_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise TrainingFailed("there is no recogniser to start from")

    monkeypatch.setattr(lessons, "need_recogniser", missing)
    assert list(lessons.possible_recipes()) == ["tts_quick", "tts_standard"]
    assert "asr_quick" in lessons.recipes()


def test_with_one_they_come_behind_the_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons, "need_recogniser", lambda: None)
    assert list(lessons.possible_recipes()) == [
        "tts_quick", "tts_standard", "asr_quick", "asr_standard",
    ]  # fmt: skip
