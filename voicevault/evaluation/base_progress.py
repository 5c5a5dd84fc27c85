# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a base training has come, measured on people it never hears; a stage of its recipe.

    python recipes/train_base.py --work WORK --data DIR judge

DIR holds users/NAME/metadata.csv with recordings; DIR/models/dnsmos, if it is there, gives the MOS
proxy. Every call adds one row to WORK/judged.json and draws all rows anew as judged.svg. What is
measured comes from ``training.base.judged``.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from voicevault.data.features import RATE_HZ, FloatArray
from voicevault.evaluation import prosody
from voicevault.evaluation.curves import Curve, Panel, svg
from voicevault.evaluation.quick import Scorer
from voicevault.evaluation.words import normalise
from voicevault.runtime.align import Aligner
from voicevault.text.prompts import prompts
from voicevault.training.base import judged
from voicevault.training.base.judged import Person
from voicevault.training.base.settings import BaseSettings
from voicevault.training.items import Item
from voicevault.training.notes import write_json

_MANNERS = ("copied", "fitted")


@dataclass(slots=True)
class Tally:
    """Sums over people of one manner of speaking."""

    words: list[int] = field(default_factory=list)
    parts: dict[str, list[float]] = field(default_factory=dict)

    def add(self, words: int, values: Mapping[str, float]) -> None:
        """One person's figures."""
        self.words.append(words)
        for name, value in values.items():
            self.parts.setdefault(name, []).append(value)

    def figures(self) -> dict[str, float]:
        """WER pooled over words, the rest as the mean over people."""
        out = {}
        for name, values in self.parts.items():
            weights = self.words if name.startswith("wer") else [1] * len(values)
            out[name] = float(np.average(values, weights=weights))
        return out


def people(data: Path, aligner: Aligner) -> list[Person]:
    """Everybody below ``data``/users.

    Raises:
        SystemExit: there is nobody.
    """
    folders = sorted(path.parent for path in (data / "users").glob("*/metadata.csv"))
    if not folders:
        raise SystemExit(f"judge needs --data: {data} has no users/NAME/metadata.csv")
    return [judged.held_out(folder, aligner) for folder in folders]


def measure(
    scorer: Scorer, person: Person, waves: Sequence[FloatArray], own: Sequence[FloatArray]
) -> dict[str, float]:
    """Figures of one person's renditions [S] beside the recordings; ``own`` are embeddings."""
    items = list(zip(person.texts, waves, strict=True))
    out = scorer.score(items, [], real_embeddings=own)
    errors, periodicity = [], []
    for wave, recording in zip(waves, _recordings(person.judged), strict=True):
        made, real = prosody.tune(wave, RATE_HZ), prosody.tune(recording, RATE_HZ)
        if made is not None and real is not None:
            found = prosody.compare(made, real)
            errors.append(found.f0_rmse_semitones)
            periodicity.append(found.hnr_difference_db)
    out["f0_error_semitones"] = _mean(errors)
    out["hnr_difference_db"] = _mean(periodicity)
    return out


def _recordings(items: Sequence[Item]) -> list[FloatArray]:
    return [np.asarray(item.wave, np.float32) for item in items]


def _mean(values: Sequence[float]) -> float:
    known = [one for one in values if np.isfinite(one)]
    return float(np.mean(known)) if known else float("nan")


def row_of(work: Path, group: Sequence[Person], dnsmos: str | None) -> dict[str, Any]:
    """Measure the newest checkpoint: one row for ``judged.json``."""
    checkpoint = judged.load_checkpoint(work)
    texts = [text for person in group for text in person.texts]
    scorer = Scorer(texts, [one.text for one in prompts()], dnsmos=dnsmos)
    tallies = {manner: Tally() for manner in ("real", *_MANNERS)}
    for person in group:
        own = scorer.embed_real(_recordings([*person.judged, *person.fitted]))
        words = sum(len(normalise(text)) for text in person.texts)
        said = list(zip(person.texts, _recordings(person.judged), strict=True))
        real = scorer.score(said, [], real_embeddings=own)
        tallies["real"].add(words, real)
        if checkpoint.own_vocoder:
            waves = judged.copied(checkpoint, person.judged)
            tallies["copied"].add(words, measure(scorer, person, waves, own))
        if checkpoint.acoustic is not None:
            waves = judged.fitted(checkpoint, person)
            tallies["fitted"].add(words, measure(scorer, person, waves, own))
    found = {manner: tally.figures() for manner, tally in tallies.items() if tally.words}
    for manner in found.keys() - {"real"}:
        found[manner] |= _beside(found[manner], found["real"])
    return {
        "stage": checkpoint.stage,
        "step": checkpoint.step,
        "minutes": round(checkpoint.minutes, 2),
        "people": [person.name for person in group],
        "sentences": len(texts),
        **{manner: _rounded(values) for manner, values in found.items()},
        "missing": scorer.reasons,
    }


def _beside(made: Mapping[str, float], real: Mapping[str, float]) -> dict[str, float]:
    """What is only known beside the recordings' own figures."""
    out = {}
    if real.get("wer_hard"):
        out["wer_ratio"] = made["wer_hard"] / real["wer_hard"]
    if "dnsmos" in made:
        out["mos_gap"] = real["dnsmos"] - made["dnsmos"]
    return out


def _rounded(values: Mapping[str, float]) -> dict[str, float | None]:
    return {k: round(v, 4) if np.isfinite(v) else None for k, v in values.items()}


def panels(rows: Sequence[Mapping[str, Any]]) -> list[Panel]:
    """The rows as curves over minutes of training."""
    shown = (
        ("Words wrong against the recordings' (harder judge)", "wer_ratio", 1.0),
        ("Similarity to the person (ratio)", "similarity", 1.0),
        ("MOS proxy below the recordings", "mos_gap", 0.0),
        ("Error of voiced pitch, semitones", "f0_error_semitones", 0.0),
        ("Periodicity above the recordings, dB", "hnr_difference_db", 0.0),
    )
    out = []
    for title, name, ideal in shown:
        curves = []
        for manner in _MANNERS:
            points = [(row["minutes"], row[manner][name]) for row in rows
                      if row.get(manner, {}).get(name) is not None]  # fmt: skip
            curves.append(Curve(manner, tuple(sorted(points))))
        out.append(Panel(title, "minutes of training", tuple(curves), ideal))
    return out


def judge(settings: BaseSettings, arguments: argparse.Namespace) -> None:
    """Stage "judge": one row more in ``judged.json``, and the picture of all."""
    del settings  # what is judged is fixed, so that rows of other recipes compare
    if arguments.data is None:
        raise SystemExit("judge needs --data: a folder with users/NAME/metadata.csv")
    torch.set_num_threads(arguments.threads or 1)
    dnsmos = arguments.data / "models" / "dnsmos"
    group = people(arguments.data, Aligner.load())
    row = row_of(arguments.work, group, str(dnsmos) if dnsmos.is_dir() else None)
    path = arguments.work / "judged.json"
    rows = json.loads(path.read_text("utf-8")) if path.exists() else []
    rows.append(row)
    write_json(path, rows, indent=1)
    (arguments.work / "judged.svg").write_text(svg(panels(rows)), "utf-8")
    print(json.dumps(row), flush=True)
