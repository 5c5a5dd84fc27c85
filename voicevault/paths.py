# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things are: shipped files, the person's default folders, and the offline switches."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import platformdirs

APP_NAME = "voicevault"
RUNTIMES_ENV = "VOICEVAULT_RUNTIMES"  # folder of extra sherpa-onnx versions for the export check

# Libraries that would look for updates, send statistics or keep caches are told not to, before
# they are imported. The audit hook of the worker refuses sockets anyway; this avoids the attempt.
OFFLINE_SWITCHES: Mapping[str, str] = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "ORT_DISABLE_TELEMETRY": "1",  # see voicevault/__init__.py
    "ORT_TELEMETRY_DISABLED": "1",
    "TORCH_COMPILE_DISABLE": "1",  # a compiled kernel would land in a cache on disk
}


def package_dir() -> Path:
    """The folder of the installed voicevault package."""
    return Path(__file__).resolve().parent


def recipes_dir() -> Path:
    """The shipped recipes: inside an installed wheel, or beside the package in a checkout.

    Raises:
        FileNotFoundError: neither is there, so the installation is incomplete.
    """
    inside = package_dir() / "_recipes"
    beside = package_dir().parent / "recipes"
    for folder in (inside, beside):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"no recipes in {inside} nor in {beside}; reinstall voicevault")


def base_dir() -> Path:
    """The shipped base weights and their model card."""
    return package_dir() / "base"


def data_dir() -> Path:
    """The person's own folder for VoiceVault; named only, never made by this module."""
    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))


def default_vault() -> Path:
    """Where a vault goes when nobody says otherwise."""
    return data_dir() / "voice.vault"


def runtimes_dir() -> Path | None:
    """The folder of extra runtimes, from VOICEVAULT_RUNTIMES; None when it is not set."""
    named = os.environ.get(RUNTIMES_ENV, "")
    return Path(named) if named else None


def offline_environment(base: Mapping[str, str] | None = None) -> dict[str, str]:
    """A copy of the environment with every offline switch set."""
    return {**(os.environ if base is None else base), **OFFLINE_SWITCHES}
