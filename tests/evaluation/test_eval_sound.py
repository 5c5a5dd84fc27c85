# SPDX-License-Identifier: GPL-3.0-or-later
"""Likeness, MOS proxy and prosody on sounds whose answer is known."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import numpy as np
import pytest

from voicevault.errors import MissingExtra
from voicevault.evaluation import mos, prosody, similarity

RATE_HZ = 16_000


def buzz(
    f0_hz: float, seconds: float = 2.0, *, noise: float = 0.0, glide: float = 0.0
) -> np.ndarray:
    """A vowel-like pulse train with a pause at both ends; glide in octaves over its length."""
    n = int(seconds * RATE_HZ)
    pitch = f0_hz * 2.0 ** (glide * (np.arange(n) / n - 0.5))
    phase = np.cumsum(pitch / RATE_HZ)
    tops = [h for h in range(1, 40) if h * pitch.max() < 7_000]
    tone = sum(np.sin(2 * np.pi * h * phase) / h for h in tops)
    rng = np.random.default_rng(1)
    voice = 0.1 * tone + noise * rng.normal(0, 1, n)
    edge = rng.normal(0, 1e-4, RATE_HZ // 2)
    return np.concatenate([edge, voice, edge]).astype(np.float32)


# likeness


def needs_weights() -> None:
    if similarity.unavailable():
        pytest.skip(similarity.unavailable())


@pytest.fixture(scope="module")
def encoder() -> similarity.SpeakerEncoder:
    needs_weights()
    return similarity.SpeakerEncoder.load()


def test_the_ratio_is_as_defined() -> None:
    a, b, c = np.eye(3, dtype=np.float32)
    found = similarity.similarity([a, None], [a, b, c])
    assert found.student == pytest.approx(1 / np.sqrt(3))
    assert found.real == pytest.approx(0.0)
    near = [np.float32([1, 0.1 * k, 0]) / np.hypot(1, 0.1 * k) for k in range(4)]
    same = similarity.similarity(near, near)
    centre = np.mean(near, axis=0)
    centre /= np.linalg.norm(centre)
    assert same.student == pytest.approx(float(np.mean([one @ centre for one in near])))
    rest = np.sum(near, axis=0) - near[0]
    assert same.real_rows[0] == pytest.approx(float(near[0] @ (rest / np.linalg.norm(rest))))
    assert same.ratio == pytest.approx(same.student / same.real)
    with pytest.raises(ValueError, match="at least 3"):
        similarity.similarity(near, near[:2])


def test_embeddings_are_unit_and_blind_to_level(encoder: similarity.SpeakerEncoder) -> None:
    low, high = buzz(110), buzz(230)
    one, quiet, other = encoder.embed_all([low, low * 0.1, high])
    assert one is not None
    assert quiet is not None
    assert other is not None
    assert float(np.linalg.norm(one)) == pytest.approx(1.0, abs=1e-4)
    assert float(one @ quiet) > 0.999
    assert float(one @ other) < 0.9
    assert encoder.embed(np.zeros(RATE_HZ, np.float32)) is None


def test_long_pauses_are_cut() -> None:
    voice, pause = buzz(120, 1.0), np.zeros(5 * RATE_HZ, np.float32)
    pause += np.random.default_rng(0).normal(0, 1e-5, len(pause)).astype(np.float32)
    joined = similarity.condense(np.concatenate([voice, pause, voice]), RATE_HZ)
    assert len(joined) < 4.0 * RATE_HZ


def test_the_wheel_is_read_and_not_imported(encoder: similarity.SpeakerEncoder) -> None:
    loaded = {name for name in sys.modules if name.partition(".")[0] == "resemblyzer"}
    assert loaded == set() or "webrtcvad" in sys.modules  # only the parity test below imports it


def test_the_encoder_is_the_published_one(
    encoder: similarity.SpeakerEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("librosa")
    if "webrtcvad" not in sys.modules:  # its import needs pkg_resources, and parity does not
        monkeypatch.setitem(sys.modules, "webrtcvad", types.ModuleType("webrtcvad"))
    import scipy.ndimage

    old = types.ModuleType("scipy.ndimage.morphology")
    old.__dict__["binary_dilation"] = scipy.ndimage.binary_dilation
    monkeypatch.setitem(sys.modules, "scipy.ndimage.morphology", old)
    resemblyzer = pytest.importorskip("resemblyzer")
    theirs = resemblyzer.VoiceEncoder("cpu", verbose=False)
    for wave in (buzz(110, 0.7), buzz(200, 3.1, noise=0.02)):
        voice = wave[RATE_HZ // 2 : -RATE_HZ // 2]  # sound up to the edges: padding matters
        condensed = similarity.condense(voice, RATE_HZ)
        ours = encoder.embed_condensed(condensed)
        assert np.abs(ours - theirs.embed_utterance(condensed)).max() < 1e-4


# MOS proxy


@pytest.fixture
def dnsmos(tmp_path: Path) -> Path:
    """A model of the right shape whose raw scores are 3, 4, 3 for any sound."""
    onnx = pytest.importorskip("onnx")
    helper = onnx.helper
    nodes = [
        helper.make_node("ReduceMean", ["input_1"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Add", ["nothing", "raw"], ["out"]),
    ]
    floats = onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("input_1", floats, ["n", 144_160])],
        [helper.make_tensor_value_info("out", floats, ["n", 3])],
        [
            helper.make_tensor("zero", floats, [1], [0.0]),
            helper.make_tensor("raw", floats, [1, 3], [3.0, 4.0, 3.0]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    (tmp_path / "sig_bak_ovr.onnx").write_bytes(model.SerializeToString())
    return tmp_path


def test_raw_scores_pass_the_published_polynomials(dnsmos: Path) -> None:
    for seconds in (1.0, 12.0):
        score = mos.MosProxy(dnsmos).score(buzz(120, seconds))
        assert score is not None
        # np.poly1d of dnsmos_local.py at 3, 4 and 3
        assert score.signal == pytest.approx(2.912007, abs=1e-4)
        assert score.background == pytest.approx(3.933885, abs=1e-4)
        assert score.overall == pytest.approx(2.783455, abs=1e-4)


def test_silence_has_no_score(dnsmos: Path) -> None:
    proxy = mos.MosProxy(dnsmos)
    assert proxy.score(np.zeros(RATE_HZ, np.float32)) is None
    assert proxy.score(np.full(RATE_HZ, np.nan, np.float32)) is None


def test_the_folder_comes_from_the_caller_or_the_environment(
    dnsmos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(mos.FOLDER_VARIABLE, raising=False)
    assert mos.FOLDER_VARIABLE in mos.unavailable()
    with pytest.raises(MissingExtra, match="not shipped"):
        mos.MosProxy()
    assert "no sig_bak_ovr.onnx" in mos.unavailable(tmp_path / "elsewhere")
    monkeypatch.setenv(mos.FOLDER_VARIABLE, str(dnsmos))
    assert mos.unavailable() == ""


# prosody


def needs_praat() -> None:
    if prosody.unavailable():
        pytest.skip(prosody.unavailable())


def tuned(wave: np.ndarray) -> prosody.Tune:
    needs_praat()
    found = prosody.tune(wave, RATE_HZ)
    assert found is not None
    return found


def test_pitch_is_found() -> None:
    found = tuned(buzz(120))
    assert found.median_hz == pytest.approx(120, rel=0.02)
    assert found.spread_semitones < 0.5
    assert found.voiced_share > 0.9
    assert tuned(buzz(120, glide=0.5)).spread_semitones > 1.0


def test_equal_renditions_have_no_error() -> None:
    same = prosody.compare(tuned(buzz(150, glide=0.4)), tuned(buzz(150, glide=0.4)))
    assert same.f0_rmse_semitones == pytest.approx(0.0, abs=1e-3)
    assert same.voicing_error == 0.0
    assert same.duration_ratio == pytest.approx(1.0)


def test_register_pace_melody_and_noise_are_told_apart() -> None:
    real = tuned(buzz(110, glide=0.4))
    assert prosody.compare(tuned(buzz(220, glide=0.4)), real).f0_shift_semitones == pytest.approx(
        12.0, abs=0.3
    )
    slow = prosody.compare(tuned(buzz(110, 3.0, glide=0.4)), real)
    assert slow.duration_ratio == pytest.approx(1.5, abs=0.05)
    falling = prosody.compare(tuned(buzz(110, glide=-0.4)), real)
    assert falling.f0_rmse_semitones > 1.0
    assert slow.f0_rmse_semitones < 0.6 < falling.f0_rmse_semitones
    noisy = prosody.compare(tuned(buzz(110, glide=0.4, noise=0.05)), real)
    assert noisy.hnr_difference_db < -5.0


def test_no_speech_has_no_tune() -> None:
    needs_praat()
    assert prosody.tune(np.zeros(RATE_HZ, np.float32), RATE_HZ) is None


def test_the_warp_is_monotonic_and_whole() -> None:
    rng = np.random.default_rng(2)
    left = rng.normal(size=(30, 8)).astype(np.float32)
    right = np.repeat(left, 2, axis=0)
    path = prosody.warp(left, right)
    assert tuple(path[0]) == (0, 0)
    assert tuple(path[-1]) == (29, 59)
    assert (np.diff(path, axis=0) >= 0).all()
    assert (path[:, 0] == path[:, 1] // 2).mean() > 0.95
