# SPDX-License-Identifier: GPL-3.0-or-later
"""What teachers gained: the voice against that of a run of the owner's recordings alone.

Both said the same sentences, and the same judges heard them: the difference is taken sentence by
sentence, and its interval draws sentences. Where there is no such run, or it said something else,
nothing is claimed; the card says by which commands it can be measured.
"""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from voicevault.data.dataset import Utterance
from voicevault.evaluation.bootstrap import mean_interval, ratio_interval
from voicevault.evaluation.card import Figure, Gain, Row
from voicevault.evaluation.weighing import Earlier

_ALIKE = "both with --quick or both without"


def basis(rows: Iterable[Row], owner: Iterable[Utterance], seed: int) -> str:
    """A mark of what was asked: texts, seed, and the recordings that likeness is measured against.

    Two reports with the same mark may be compared row by row.
    """
    asked = [[row.id, row.text] for row in rows]
    heard = [[one.id, len(one.samples)] for one in owner]
    return hashlib.sha256(json.dumps([seed, asked, heard]).encode()).hexdigest()


def gained(
    rows: Sequence[Row],
    run: Mapping[str, Any],
    earlier: Earlier,
    mark: str,
    real: float,
    seed: int,
) -> Gain:
    """What the teachers of ``run`` changed, or why nobody can say.

    Args:
        run: as ``Run.public`` gives it.
        mark: this report's ``basis``.
        real: cosine of the owner's recordings among each other; nan without likeness.
    """
    name = str(run.get("run", ""))
    if not run.get("result", {}).get("teachers"):
        return Gain(missing="no teacher taught this voice")
    again = f"voicevault evaluate {name} once more, {_ALIKE}"
    if not earlier.plain:
        return Gain(
            missing="not measured: no run of the same takes and settings without teachers; "
            f"{_training(run)}, voicevault evaluate latest, then {again}"
        )
    plain = earlier.report(earlier.plain)
    if plain is None or plain.get("basis") != mark:
        why = "was not evaluated" if plain is None else "said other texts or met other takes"
        return Gain(
            earlier.plain,
            missing=f"not measured: run {earlier.plain}, without teachers, {why}; "
            f"voicevault evaluate {earlier.plain}, then {again}",
        )
    return Gain(earlier.plain, tuple(_differences(rows, plain["rows"], real, seed)))


def _training(run: Mapping[str, Any]) -> str:
    """The command that trains the same voice from the recordings alone."""
    kept = [
        f"{key}={value}"
        for key, value in run.get("overrides", {}).items()
        if not key.startswith("mix.")
    ]
    settings = " ".join(["mix.real=1", "mix.taught=0", "mix.replay=0", *kept])
    return f"voicevault train {run.get('recipe', '')} {settings}"


def _differences(
    rows: Sequence[Row], plain: Sequence[Mapping[str, Any]], real: float, seed: int
) -> list[Figure]:
    """With teachers minus without, of what both reports measured."""
    pairs = list(zip(rows, plain, strict=True))
    out = []
    judged = [
        (row.errors_harder - other["errors_harder"], row.words)
        for row, other in pairs
        if row.errors_harder is not None and row.words and other["errors_harder"] is not None
    ]
    if judged:
        extra, words = [one for one, _ in judged], [one for _, one in judged]
        low, high = ratio_interval(extra, words, seed)
        out.append(
            Figure(
                "WER, harder judge (points)", 100 * sum(extra) / sum(words), "", "lower",
                len(judged), 100 * low, 100 * high, note=verdict(low, high),
            )
        )  # fmt: skip
    nearer = [
        (row.similarity - other["similarity"]) / real
        for row, other in pairs
        if row.similarity is not None and other["similarity"] is not None
    ]
    nearer = [one for one in nearer if math.isfinite(one)]
    if nearer:
        low, high = mean_interval(nearer, seed)
        mean = sum(nearer) / len(nearer)
        out.append(
            Figure(
                "similarity (ratio)", mean, "", "higher", len(nearer), low, high,
                note=verdict(low, high),
            )
        )  # fmt: skip
    return out


def verdict(low: float, high: float) -> str:
    """In words, whether the interval holds zero."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return "too few sentences"
    return "no difference that can be told" if low <= 0 <= high else ""
