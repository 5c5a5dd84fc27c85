# SPDX-License-Identifier: GPL-3.0-or-later
"""What an evaluation says: figures with intervals, a row a sentence, what was not measured."""

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from voicevault.data.features import FloatArray
from voicevault.evaluation.prosody import Tune
from voicevault.evaluation.speed import Speed

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure. nan where it could not be taken."""

    title: str
    value: float
    unit: str
    """"%", "", "semitones", "dB", "ms", "MB": ready for printing."""
    better: str
    """"higher", "lower", "one", "zero": where a good value lies."""
    count: int = 0
    """Utterances behind it."""
    low: float = math.nan
    high: float = math.nan
    """95 % bootstrap interval over sentences."""
    real: float = math.nan
    """The same measure of the owner's own recordings, where it has a meaning."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One sentence that the voice said. None: not measured."""

    id: str
    set: str
    text: str
    seconds: float
    heard: str | None = None
    heard_harder: str | None = None
    words: int | None = None
    errors: int | None = None
    errors_harder: int | None = None
    real_errors: int | None = None
    """The owner's own recording of the sentence, same judge."""
    real_errors_harder: int | None = None
    similarity: float | None = None
    """Cosine with the centroid of the owner's recordings."""
    mos: float | None = None
    real_mos: float | None = None
    f0_rmse_semitones: float | None = None
    duration_ratio: float | None = None
    hnr_difference_db: float | None = None
    voicing_error: float | None = None
    f0_shift_semitones: float | None = None
    problems: tuple[str, ...] = ()
    """In words: what went wrong here."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A sentence to look at and listen to in the page; not part of the JSON."""

    id: str
    text: str
    samples: FloatArray
    """[S] as the voice gave it."""
    rate_hz: int
    tune: Tune | None
    real: Tune | None = None
    """The owner's recording of the same text."""


@dataclass(frozen=True, slots=True)
class Party:
    """A student, its base or a teacher, beside each other (``weighing``). None, nan: unknown."""

    name: str
    role: str
    """"student", "base" or "teacher"."""
    source: str
    """Where its figures are from."""
    parameters: int | None = None
    bytes: int | None = None
    gflop_per_s: float = math.nan
    """Thousand millions of operations for a second of speech."""
    rtf: float = math.nan
    joules_a_minute: float = math.nan
    energy: str = ""
    """Method of the energy, or why there is none."""
    wer: float = math.nan
    """Per cent of the unseen sentences, harder judge."""
    similarity: float = math.nan


@dataclass(frozen=True, slots=True)
class Gain:
    """What teachers changed (``gain``): differences to a run of the recordings alone."""

    plain: str = ""
    """The run without teachers."""
    figures: tuple[Figure, ...] = ()
    missing: str = ""
    """Why there are none, and what would measure them."""


@dataclass(frozen=True, slots=True)
class Report:
    """A whole evaluation. ``to_dict`` is what the vault keeps."""

    run: str
    recipe: str
    created: str
    """UTC, ISO 8601."""
    seed: int
    owner_split: str
    """Which of the owner's sentences were spoken again: "test", "validation", "train" or "none"."""
    figures: dict[str, Figure]
    rows: tuple[Row, ...]
    speed: Speed | None
    missing: dict[str, str]
    """Measure -> why it was not taken."""
    notes: tuple[str, ...] = ()
    exhibits: tuple[Exhibit, ...] = field(default=(), repr=False)
    parties: tuple[Party, ...] = ()
    gain: Gain = field(default_factory=Gain)
    training: dict[str, Any] = field(default_factory=dict)
    """What making the voice took: "energy_wh" where it was counted, "energy" (how, or why not)."""
    basis: str = ""
    """Reports with the same mark asked the same (``gain.basis``)."""

    def failing(self, limit: int = 10) -> list[Row]:
        """Sentences where the voice fails, worst first."""
        bad = [row for row in self.rows if row.problems or row.errors or row.errors_harder]

        def badness(row: Row) -> tuple[float, float]:
            words = max(row.words or 1, 1)
            return (len(row.problems), ((row.errors or 0) + (row.errors_harder or 0) / 2) / words)

        return sorted(bad, key=badness, reverse=True)[:limit]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; a figure that is not finite becomes null."""
        body = {
            "format": FORMAT,
            "run": self.run,
            "recipe": self.recipe,
            "created": self.created,
            "seed": self.seed,
            "owner_split": self.owner_split,
            "figures": {name: asdict(figure) for name, figure in self.figures.items()},
            "speed": None if self.speed is None else asdict(self.speed),
            "failing": [row.id for row in self.failing()],
            "rows": [asdict(row) for row in self.rows],
            "missing": dict(self.missing),
            "notes": list(self.notes),
            "parties": [asdict(one) for one in self.parties],
            "gain": asdict(self.gain),
            "training": dict(self.training),
            "basis": self.basis,
        }
        plain: dict[str, Any] = _plain(body)
        return plain


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
