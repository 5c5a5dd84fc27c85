# SPDX-License-Identifier: GPL-3.0-or-later
"""The recogniser around a tiny exported network: text, times, confidence, refusals."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import tiny_recogniser

from voicevault.data.fbank import kaldi_fbank
from voicevault.errors import UsageError, VoiceVaultError
from voicevault.runtime import base_files
from voicevault.runtime.base_files import base_file
from voicevault.runtime.beam import greedy, place
from voicevault.runtime.recognise import LONGEST_S, Calibration, Recogniser
from voicevault.runtime.words import Bigram

SOUND = np.random.default_rng(0).normal(0, 0.1, 48_000).astype(np.float32)


@pytest.fixture(scope="module")
def tiny() -> tuple[bytes, str]:
    return tiny_recogniser.exported()


def test_text_times_and_confidence(tiny: tuple[bytes, str]) -> None:
    recogniser = Recogniser(*tiny)
    found = recogniser.recognise(SOUND)
    log_probs = recogniser.log_probs(kaldi_fbank(SOUND))
    assert found.text == recogniser.pieces.decode(greedy(log_probs))
    assert found.text == " ".join(word.text for word in found.words)
    assert len(found.words) > 3
    starts = [word.start_ms for word in found.words]
    assert starts == sorted(starts)
    places = place(log_probs, greedy(log_probs)) * 40
    assert starts[0] == places[0, 0]
    assert starts[-1] in places[:, 0]
    assert found.words[-1].end_ms == places[-1, 1] + 40
    for word in found.words:
        assert 0 <= word.start_ms < word.end_ms <= 3000 + 40
        assert 0.0 < word.confidence < 1.0
        assert max(word.chances) <= 0.0


def test_other_rates_are_resampled(tiny: tuple[bytes, str]) -> None:
    import soxr

    recogniser = Recogniser(*tiny)
    low = soxr.resample(SOUND, 48_000, 16_000)  # the sound, three times as high
    at_48k = recogniser.recognise(SOUND, 48_000)
    assert at_48k == recogniser.recognise(low.astype(np.float32), 16_000)
    assert at_48k != recogniser.recognise(SOUND, 16_000)


def test_words_change_what_is_heard(tiny: tuple[bytes, str]) -> None:
    free = Recogniser(*tiny).recognise(SOUND)
    likely = Bigram({"a": -0.5}, {}, {})
    assert Recogniser(*tiny, words=likely).recognise(SOUND).text != free.text


def test_confidence_follows_the_pieces() -> None:
    sure = Calibration(1.0, 2.0, 0.5)
    assert sure.confidence([0.0, 0.0]) == pytest.approx(1 / (1 + np.exp(-1.0)))
    assert sure.confidence([-0.1, -0.1]) > sure.confidence([-0.1, -0.9]) > 0.0
    assert sure.confidence([-1e9]) >= 0.0


def test_nothing_and_too_much(tiny: tuple[bytes, str]) -> None:
    recogniser = Recogniser(*tiny)
    assert recogniser.recognise(SOUND[:0]).text == ""
    assert recogniser.recognise(SOUND[:100]).words == recogniser.recognise(SOUND[:100]).words
    with pytest.raises(UsageError, match="180 s"):
        recogniser.recognise(np.zeros(int((LONGEST_S + 1) * 8000), np.float32), 8000)


def test_tokens_of_another_model_are_refused(tiny: tuple[bytes, str]) -> None:
    model, tokens = tiny
    shorter = "\n".join(tokens.splitlines()[:-1]) + "\n"
    with pytest.raises(UsageError, match=r"tokens\.txt has"):
        Recogniser(model, shorter)


def test_a_changed_file_of_the_base_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one.bin").write_bytes(b"weights")
    digest = hashlib.sha256(b"weights").hexdigest()
    index = {"sha256": {"one.bin": digest, "gone.bin": digest}}
    (tmp_path / "base.json").write_text(json.dumps(index), "utf-8")
    monkeypatch.setattr(base_files.resources, "files", lambda _: tmp_path)
    assert base_file("one.bin") == b"weights"
    (tmp_path / "one.bin").write_bytes(b"weightz")
    with pytest.raises(VoiceVaultError, match="damaged"):
        base_file("one.bin")
    for name in ("gone.bin", "never.bin"):
        with pytest.raises(VoiceVaultError, match="has no"):
            base_file(name)
    (tmp_path / "base.json").unlink()
    with pytest.raises(VoiceVaultError, match="no index"):
        base_file("one.bin")
