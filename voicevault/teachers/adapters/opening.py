# SPDX-License-Identifier: GPL-3.0-or-later
"""From a teacher's name to what can be asked of it: its folder checked, its adapter loaded."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from voicevault.errors import UsageError
from voicevault.teachers import registry
from voicevault.teachers.protocols import (
    AsrTeacher,
    OpenedTeacher,
    Recording,
    TeacherCard,
    TtsTeacher,
    VoiceConverter,
)

_ADAPTERS: Mapping[str, str] = {
    "xtts": "coqui_xtts:XttsTeacher",
    "openvoice": "coqui_vc:OpenVoiceConverter",
    "freevc": "coqui_vc:FreeVcConverter",
    "knnvc": "coqui_vc:KnnVcConverter",
    "whisper-ct2": "whisper:WhisperTeacher",
}
"""Family to adapter. A VITS is not here: it speaks with voices of its own, not the owner's."""


class Converted:
    """A TtsTeacher of two: one speaks the text, the other gives it the owner's voice."""

    def __init__(self, speaker: TtsTeacher, converter: VoiceConverter) -> None:
        self._speaker, self._converter = speaker, converter
        self.card: TeacherCard = converter.card

    def synthesise(self, text: str, reference: Sequence[Recording]) -> Recording:
        """``text`` as the first says it, in the voice of the reference recordings."""
        spoken = self._converter.convert(self._speaker.synthesise(text, reference), reference)
        return Recording(spoken.samples, spoken.rate_hz, text)


def open_tts(name: str, speaker: TtsTeacher | None = None, root: Path | None = None) -> TtsTeacher:
    """The teacher ``name`` as something that speaks texts.

    Args:
        speaker: what speaks where the teacher only converts voices.

    Raises:
        UsageError: it does neither, or converts and nobody speaks.
        MissingExtra, Refused, OutOfMemory, VoiceVaultError: as the registry and the adapter say.
    """
    opened = registry.open_teacher(name, root=root)
    if opened.card.kind == "asr":
        raise UsageError(f"{name} writes down what it hears; it does not speak")
    made: Any = _load(opened, registry.find(name, root).family)
    if opened.card.kind == "tts":
        tts: TtsTeacher = made
        return tts
    if speaker is None:
        raise UsageError(
            f"{name} turns one voice into another and needs somebody who speaks",
            hint="train a first voice: voicevault train tts_quick",
        )
    return Converted(speaker, made)


def open_asr(name: str, root: Path | None = None) -> AsrTeacher:
    """The teacher ``name`` as something that listens.

    Raises:
        UsageError: it does not.
        MissingExtra, Refused, OutOfMemory, VoiceVaultError: as the registry and the adapter say.
    """
    opened = registry.open_teacher(name, root=root)
    if opened.card.kind != "asr":
        raise UsageError(f"{name} speaks; to listen, a teacher such as whisper-tiny is needed")
    made: AsrTeacher = _load(opened, registry.find(name, root).family)
    return made


def _load(opened: OpenedTeacher, family: str) -> Any:
    where = _ADAPTERS.get(family)
    if where is None:
        raise UsageError(
            f"{opened.card.name} is of family {family}, which cannot speak as the owner; "
            f"{', '.join(_ADAPTERS)} can teach"
        )
    module, _, name = where.partition(":")
    adapter = getattr(importlib.import_module(f"voicevault.teachers.adapters.{module}"), name)
    return adapter(opened)
