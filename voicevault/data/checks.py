# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison of a recording with its text, as this installation can make it."""

from __future__ import annotations

from voicevault import paths
from voicevault.audio.qc import TextCheck
from voicevault.data import features
from voicevault.runtime.align import Aligner
from voicevault.text.frontend import utterance_phonemes


def text_check() -> TextCheck | None:
    """What compares a recording with its text; None where the aligner is not installed."""
    if not (paths.base_dir() / "aligner.onnx").is_file():
        return None
    return TextCheck(Aligner.load(), utterance_phonemes, features.prepare)
