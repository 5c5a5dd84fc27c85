# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed and memory of a voice, taken in a process that holds nothing else."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from toy_voices import BLOCK, HeavyVoice, export

from voicevault.errors import VoiceVaultError
from voicevault.evaluation import speed
from voicevault.export import piper
from voicevault.export.info import VoiceInfo

TEXTS = ["A word, and then another one.", "The end."]


@pytest.fixture(scope="module")
def voice() -> bytes:
    return piper.with_metadata(export(HeavyVoice()), VoiceInfo(name="toy"))


def test_a_voice_is_measured_by_itself(voice: bytes) -> None:
    ballast = np.ones(60_000_000)  # 480 MB of ours must not count as the voice's
    found = speed.measure(voice, None, TEXTS)
    assert ballast.any()
    assert found.size_bytes == len(voice)
    assert 0 < found.rtf < 10
    assert found.speech_s > 5 * BLOCK / 16_000
    assert 0 < found.first_audio_ms < 10_000
    if sys.platform == "linux":
        assert 1_000_000 < found.process_bytes < 300_000_000
        assert 0 < found.memory_bytes < found.process_bytes


def test_passes_count_processor_time_a_second_of_speech() -> None:
    class Busy:
        rate_hz = 1_000

        def speak(self, text: str) -> np.ndarray:
            sum(range(400_000))
            return np.zeros(1_000 * len(text), np.float32)

    one, clock, seconds = speed.passes(Busy(), ["a"], repeats=3)
    assert seconds == 1.0
    assert 0 < one <= clock * 1.5
    ten, _, longer = speed.passes(Busy(), ["a" * 10], repeats=3)
    assert longer == 10.0
    assert ten < one / 3  # the same work for ten times the speech


def test_a_file_that_is_no_voice_is_an_error_not_a_crash() -> None:
    with pytest.raises(VoiceVaultError, match="could not be measured"):
        speed.measure(b"no voice at all", None, TEXTS)


def test_the_process_does_not_load_torch() -> None:
    code = "import sys, voicevault.evaluation.speed; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
