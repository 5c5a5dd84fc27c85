# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the base training: ``recipes/base_tts.toml`` as frozen dataclasses."""

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DataSettings:
    """What the corpus is made of."""

    speeds: dict[str, list[float]]
    weights: dict[str, float]
    processes: int
    limits: dict[str, float]
    """What a clip must keep to, by the names of ``soundness.Limits``; what is not named stays."""


@dataclass(frozen=True, slots=True)
class AlignerSettings:
    """Bootstrapping the aligner."""

    batch_frames: int
    learning_rate: float
    ctc_share: float
    silence_penalty: float
    frame_silence_penalty: float


@dataclass(frozen=True, slots=True)
class AcousticSettings:
    """Base training of the acoustic model."""

    batch_frames: int
    learning_rate: float
    final_learning_rate: float
    planned_minutes: float
    ema: float


@dataclass(frozen=True, slots=True)
class VocoderSettings:
    """Base training of the vocoder on real mels."""

    batch_size: int
    crop_frames: int
    learning_rate: float
    final_learning_rate: float
    planned_minutes: float
    ema: float


@dataclass(frozen=True, slots=True)
class JointSettings:
    """Vocoder on predicted mels."""

    predicted_share: float
    learning_rate: float
    final_learning_rate: float
    planned_minutes: float


@dataclass(frozen=True, slots=True)
class PolishSettings:
    """Vocoder against critics, on predicted and real mels."""

    critics: bool
    weights: dict[str, float]
    predicted_share: float
    batch_size: int
    crop_frames: int
    learning_rate: float
    final_learning_rate: float
    critic_learning_rate: float
    critic_warm_up: int
    deceiving_weight: float
    feature_weight: float
    faith_weight: float
    planned_minutes: float
    ema: float


@dataclass(frozen=True, slots=True)
class BaseSettings:
    """All of it."""

    data: DataSettings
    aligner: AlignerSettings
    acoustic: AcousticSettings
    vocoder: VocoderSettings
    joint: JointSettings
    polish: PolishSettings


def load_settings(path: Path) -> BaseSettings:
    """Read and check a base recipe; a missing or unknown key is a TypeError that names it."""
    raw = tomllib.loads(path.read_text("utf-8"))
    return BaseSettings(
        DataSettings(**raw["data"]),
        AlignerSettings(**raw["aligner"]),
        AcousticSettings(**raw["acoustic"]),
        VocoderSettings(**raw["vocoder"]),
        JointSettings(**raw["joint"]),
        PolishSettings(**raw["polish"]),
    )
