# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the recogniser's base training: ``recipes/base_asr.toml`` as frozen dataclasses."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SpeechSettings:
    """What it hears."""

    held_out: list[str]
    shares: dict[str, float]
    shelves: int
    pitched_shelves: dict[str, int]
    spliced: list[str]
    spliced_shelves: int
    noise_folds: list[str]


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Size of the network; the rest is ``students.recogniser.RecogniserConfig``'s default."""

    pieces: int
    channels: int
    blocks: int
    kernel: int
    expansion: int


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How it learns."""

    batch_seconds: float
    learning_rate: float
    final_learning_rate: float
    planned_minutes: float
    ema: float
    phoneme_share: tuple[float, float]
    disturb_after: float
    mask_after: float


@dataclass(frozen=True, slots=True)
class RecognitionSettings:
    """All of it."""

    data: SpeechSettings
    network: NetworkSettings
    training: TrainingSettings

    def held(self, speaker: str) -> bool:
        """Whether a voice, or a faster copy of it, is kept for choices."""
        return speaker.split("*")[0] in self.data.held_out


def load_recognition_settings(path: Path) -> RecognitionSettings:
    """Read a recipe; a missing or unknown key is a TypeError that names it."""
    raw = tomllib.loads(path.read_text("utf-8"))
    training = dict(raw["training"])
    training["phoneme_share"] = tuple(training["phoneme_share"])
    return RecognitionSettings(
        SpeechSettings(**raw["data"]),
        NetworkSettings(**raw["network"]),
        TrainingSettings(**training),
    )
