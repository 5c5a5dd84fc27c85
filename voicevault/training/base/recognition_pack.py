# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn a trained recogniser into the shipped files: graph, pieces, word pairs, calibration."""

import argparse
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from voicevault.data.features import FloatArray
from voicevault.export.ctc import recogniser_int8
from voicevault.runtime.base_files import INDEX
from voicevault.runtime.beam import Search
from voicevault.runtime.recognise import MODEL, TOKENS, WORDS, Calibration, Recogniser
from voicevault.runtime.words import read_words
from voicevault.text.pieces import words_of
from voicevault.training.base import recognition, word_model
from voicevault.training.base.clock import load_average
from voicevault.training.base.listening import Shelves
from voicevault.training.base.recognition_settings import RecognitionSettings
from voicevault.training.base.word_errors import compare_words
from voicevault.training.base.word_mixture import read_arpa
from voicevault.training.corpus import Corpus

NOTE = "word pairs: LibriSpeech, VCTK texts, speechocean762; single words: wordfreq, CC BY-SA 4.0"


@dataclass(frozen=True, slots=True)
class Trial:
    """One utterance of a reader kept out."""

    words: list[str]
    features: FloatArray  # [T, 80]


def pack(settings: RecognitionSettings, arguments: argparse.Namespace) -> None:
    """Write ``asr.onnx`` (int8), ``asr_tokens.txt``, ``asr_words.txt.gz``; update the index."""
    work: Path = arguments.work
    checkpoints = arguments.start or [work / recognition.CHECKPOINT]
    network = load_average(recognition.network(settings), *checkpoints)
    sentences = recognition.texts(settings, Corpus(arguments.corpus))
    files = {
        MODEL: recogniser_int8(network),
        TOKENS: (work / recognition.TOKENS).read_bytes(),
        WORDS: word_pairs(sentences, arguments.background),
    }
    judged = files[MODEL]
    if arguments.confidence:
        own = load_average(recognition.network(settings), *arguments.confidence)
        judged = recogniser_int8(own)
    heard = Recogniser(judged, files[TOKENS].decode(), words=read_words(files[WORDS]))
    calibration = calibrate(heard, list(trials(settings, work)))
    constants = [calibration.constant, calibration.mean, calibration.worst]
    index = {"calibration": [round(x, 4) for x in constants], "network": asdict(network.config)}
    write_files(arguments.out, files, index)


def word_pairs(sentences: Sequence[str], background: Path | None) -> bytes:
    """The file of word pairs, mixed with those of an ARPA file where one is named."""
    common = word_model.frequencies()
    if background is None:
        return word_model.make(sentences, common, NOTE)
    note = f"{NOTE}; pairs of {background.stem}"
    return word_model.make(sentences, common, note, read_arpa(background))


def write_files(target: Path, files: dict[str, bytes], constants: dict[str, Any]) -> None:
    """Put files into the base and their hashes into its index; other files' entries stay."""
    for name, data in files.items():
        (target / name).write_bytes(data)
        print(f"{name}: {len(data) / 1e6:.2f} MB")
    path = target / INDEX
    index = json.loads(path.read_text("utf-8")) if path.exists() else {"sha256": {}}
    index["recogniser"] = constants
    index["sha256"] |= {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    path.write_text(json.dumps(index, indent=2) + "\n", "utf-8")


def trials(settings: RecognitionSettings, work: Path) -> Iterator[Trial]:
    """What calibration hears: readers kept out, clean and with the noises of training."""
    shelves = Shelves([work / "real"])
    noises = recognition.load_noises(work)
    _, numbers = recognition.divide(settings, shelves)
    for number in numbers:
        words, sound = words_of(shelves.records[number].text), shelves.features(number)
        yield Trial(words, sound)
        if noises:
            yield Trial(words, recognition.in_noise(sound, noises, number))


def calibrate(
    recogniser: Recogniser, heard: Sequence[Trial], search: Search | None = None
) -> Calibration:
    """Fit confidence to being right, by logistic regression on the words of ``heard``."""
    rows, right = [], []
    for trial in heard:
        found = recogniser.recognise_features(trial.features, search=search)
        _, correct = compare_words(trial.words, [word.text for word in found.words])
        for word, is_right in zip(found.words, correct, strict=True):
            rows.append([1.0, sum(word.chances) / len(word.chances), min(word.chances)])
            right.append(is_right)
    return Calibration(*(float(x) for x in logistic(np.array(rows), np.array(right, float))))


def logistic(rows: np.ndarray, right: np.ndarray, steps: int = 30) -> np.ndarray:
    """Weights [K] of a logistic regression on ``rows`` [N, K], by Newton's method, ridge 0.001."""
    weights = np.zeros(rows.shape[1])
    ridge = 1e-3 * np.eye(rows.shape[1])
    for _ in range(steps):
        chance = 1.0 / (1.0 + np.exp(-np.clip(rows @ weights, -30, 30)))
        slope = rows.T @ (right - chance) - ridge @ weights
        bend = (rows * (chance * (1 - chance))[:, None]).T @ rows + ridge
        weights += np.linalg.solve(bend, slope)
    return weights
