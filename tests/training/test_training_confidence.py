# SPDX-License-Identifier: GPL-3.0-or-later
"""Sureness of an alignment, and which utterances of a corpus are held out, at which weight."""

import argparse
import json
import types
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from voicevault.runtime.align import Alignment
from voicevault.students.aligner import AlignerNet
from voicevault.text.symbols import SYMBOLS, framed_ids
from voicevault.training.base import alignment
from voicevault.training.base.alignment import confidence, fault_of_alignment
from voicevault.training.base.sampling import groups, split, weights_of
from voicevault.training.corpus import Corpus
from voicevault.training.rejects import Fault, Rejection, reject_table, write_rejects


def aligned(scores: dict[str, float], silence: int = 2) -> Alignment:
    """Every word (a key) has letters of one score, three frames each; ``silence`` at each end."""
    phonemes = list(" ".join(scores))
    ids = framed_ids(phonemes)
    words = [s for word, s in scores.items() for _ in (*word, " ")][:-1]
    durations = [silence, *(0 if p == " " else 3 for p in phonemes), silence]
    token = [0.0, *(0.0 if p == " " else s for p, s in zip(phonemes, words, strict=True)), 0.0]
    mean = float(np.mean([t for t in token if t]))
    return Alignment(tuple(ids), tuple(durations), tuple(token), mean)


def test_a_good_alignment_is_kept() -> None:
    sure = confidence(aligned({"ðə": -2.0, "kat": -2.4, "sat": -2.5}))
    assert sure.missing == 0.0
    assert sure.worst_word == ""
    assert sure.silence == round(4 / 28, 4)
    assert fault_of_alignment(sure) is None


def test_the_word_that_is_not_heard_is_named() -> None:
    sure = confidence(aligned({"ðə": -2.0, "mantən": -4.5, "iz": -4.0, "hiɹ": -2.0}))
    assert sure.worst_word == "mantən"
    assert sure.missing == 12.0  # six letters, 2 nats each
    fault = fault_of_alignment(sure)
    assert fault is not None
    assert fault[0] is Fault.WORD
    assert "mantən" in fault[3]


def test_the_last_word_counts_and_one_odd_letter_does_not() -> None:
    assert confidence(aligned({"ðə": -2.0, "mantən": -4.5})).worst_word == "mantən"
    assert fault_of_alignment(confidence(aligned({"ə": -8.0, "mantən": -2.0}))) is None


def test_other_words_and_long_silence_are_faults() -> None:
    other = fault_of_alignment(confidence(aligned({"kat": -3.9, "sat": -3.7})))
    assert other is not None
    assert other[0] is Fault.UNSURE
    silent = fault_of_alignment(confidence(aligned({"kat": -2.0}, silence=20)))
    assert silent is not None
    assert silent[0] is Fault.PAUSES


def test_stages_keep_each_other_s_rejections(tmp_path: Path) -> None:
    first = Rejection("a/1", "a", "Hm.", Fault.NARROW, 3500.0, 5000.0)
    worse = Rejection("a/2", "a", "Hm.", Fault.NARROW, 3000.0, 5000.0)
    write_rejects(tmp_path, "prepare", 10, [first, worse])
    write_rejects(tmp_path, "align", 8, [Rejection("a/3", "a", "Hm.", Fault.UNSURE, -5.0, -3.5)])
    table = reject_table(tmp_path).splitlines()
    assert "20.0%" in table[1]
    assert "(a/2)" in table[1]  # the worst one
    assert table[3].split()[:3] == ["align", "alignment-unsure", "1"]
    assert table[4].split() == ["align", "kept", "7"]


def records(*rows: tuple[str, str, str]) -> Corpus:
    """A stand-in with (clip, speaker, text) records; an empty clip is the first layout."""
    made: list[dict[str, Any]] = []
    for clip, speaker, text in rows:
        made.append({"speaker": speaker, "text": text} | ({"clip": clip} if clip else {}))
    return cast(Corpus, types.SimpleNamespace(records=made))


def test_the_held_out_texts_do_not_move_when_a_clip_goes() -> None:
    rows = [(f"a/{n}", "a*1.2" if n % 3 == 0 else "a", f"sentence {n // 2}") for n in range(1200)]
    corpus, fewer = records(*rows), records(*rows[1:])
    train, held = split(corpus, range(1200))
    train_fewer, held_fewer = split(fewer, range(1199))
    texts = {corpus.records[n]["text"] for n in held}
    assert 4 < len(texts) < 20
    assert texts == {fewer.records[n]["text"] for n in held_fewer}
    assert not any("*" in corpus.records[n]["speaker"] for n in held)
    for some, numbers in ((corpus, train), (fewer, train_fewer)):
        assert not texts & {some.records[n]["text"] for n in numbers}


def test_a_corpus_of_the_first_layout_keeps_its_rule() -> None:
    """Goes with the branch of ``sampling`` that says when."""
    corpus = records(*(("", "a", f"sentence {n}") for n in range(130)))
    assert split(corpus, range(130))[1] == [0, 60, 120]


def test_pseudo_speakers_can_weigh_less() -> None:
    corpus = records(("1", "libri-1", "x"), ("2", "libri-1*1.2", "x"), ("3", "so762-2", "x"))
    weights = weights_of(corpus, range(3), {"libri-": 1.0, "so762-": 0.3, "*": 0.5})
    assert np.allclose(weights / weights[0], (1.0, 0.5, 0.3))


def test_groups_keep_to_their_size_and_to_the_chances() -> None:
    lengths = np.array([100, 900, 110, 120, 130, 800])
    weights = np.array([0.3, 0.2, 0.3, 0.1, 0.1, 0.0])
    made = groups(lengths, weights, 1000.0, np.random.default_rng(0))
    seen = [next(made) for _ in range(200)]
    assert {i for group in seen for i in group} == {0, 1, 2, 3, 4}
    for group in seen:
        assert len(group) * lengths[group].max() <= 1000
        assert list(lengths[group]) == sorted(lengths[group])
    assert np.mean([len(group) for group in seen if 1 not in group]) > 7


def test_aligning_a_corpus_writes_scores_and_reasons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An aligner that hears "kat" in everything, in a corpus whose second text is another."""
    frames, texts = 30, ("kat", "sɪdni")
    rows = [
        {"clip": f"a/{n}", "speaker": "a", "text": text, "ids": framed_ids(list(text)),
         "start": n * frames, "frames": frames}
        for n, text in enumerate(texts)
    ]  # fmt: skip
    (tmp_path / "index.json").write_text(json.dumps(rows), "utf-8")
    np.zeros(2 * frames * 200, "<i2").tofile(tmp_path / "wave.i16")
    np.zeros(2 * frames * 80, "<f2").tofile(tmp_path / "mel.f16")
    np.zeros(2 * frames * 2, "<f2").tofile(tmp_path / "pitch.f16")
    heard = np.full((frames, len(SYMBOLS)), -9.0, np.float32)
    for number, symbol in enumerate(" kat "):
        heard[6 * number : 6 * number + 6, SYMBOLS[symbol]] = -0.1
    monkeypatch.setattr(alignment, "trained", lambda arguments: AlignerNet())
    monkeypatch.setattr(alignment, "posteriors", lambda *arguments: heard.copy())
    flat = np.full(len(SYMBOLS), -5.0, np.float32)
    monkeypatch.setattr(alignment, "log_prior_of", lambda *arguments: flat.copy())
    settings = cast(
        Any, types.SimpleNamespace(aligner=types.SimpleNamespace(frame_silence_penalty=1.5))
    )
    alignment.align_corpus(settings, argparse.Namespace(work=tmp_path, threads=1))
    assert json.loads((tmp_path / "align.json").read_text()) == [[6, 6, 6, 6, 6], None]
    scores = json.loads((tmp_path / "align_scores.json").read_text())
    assert scores[0]["score"] == pytest.approx(-0.1)
    assert scores[0]["silence"] == pytest.approx(0.4)
    assert scores[1]["worst_word"] == "sɪdni"
    note = json.loads((tmp_path / "rejected.json").read_text())["align"]
    assert note["counts"] == {"alignment-unsure": 1}
    assert list(Corpus(tmp_path).usable()) == [0]
