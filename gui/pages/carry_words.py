# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page "Take it with you" says: apps and their steps, the check in a line, whose voice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from gui import wording
from voicevault.records import Bundle, FolderReport, Ownership

APPS = ("sherpatts", "voxsherpa", "homeassistant", "piper", "other")
_ENGINES = {"piper": "Piper", "sherpa-1": "sherpa-onnx", "sherpa-2": "sherpa-onnx"}


@dataclass(frozen=True, slots=True)
class Checked:
    """How an export was tried, in words, with the tone of a label."""

    text: str
    tone: str
    missing: str = ""
    """What could not be tried here."""


def app_title(app: str) -> str:
    """An app as people know it."""
    return {
        "sherpatts": "SherpaTTS (Android)",
        "voxsherpa": "VoxSherpa (Android)",
        "homeassistant": "Home Assistant",
        "piper": _tr("Piper on a computer"),
        "other": _tr("Something else"),
    }[app]


def steps(app: str, voice: str) -> list[str]:
    """What to do in `app` with the zip of a voice, in order."""
    made: Callable[[str], list[str]] = {
        "sherpatts": _sherpatts,
        "voxsherpa": _voxsherpa,
        "homeassistant": _home_assistant,
        "piper": _piper,
        "other": _other,
    }[app]
    return made(voice)


def checked_in_words(found: FolderReport | None, zip_bytes: int) -> Checked:
    """One line: who spoke with it, and how large it is."""
    size = wording.size(zip_bytes)
    if found is None:
        return Checked(
            _tr(
                "Not tried: there is no folder in memory here, and none on the disk was used. "
                "{size}."
            ).format(size=size),
            "warn",
        )
    spoke = [one for one in found.runtimes if one.status == "ok"]
    names = ", ".join(f"{_ENGINES.get(one.runtime, one.runtime)} {one.version}" for one in spoke)
    absent = [one.runtime for one in found.runtimes if one.status == "skipped"]
    missing = _tr("Not installed here: {names}.").format(names=", ".join(absent)) if absent else ""
    if not spoke:
        return Checked(
            _tr("Not tried: no speech engine is installed here. {size}.").format(size=size),
            "warn",
            missing,
        )
    counted = wording.counted(
        len(spoke), _tr("Checked with 1 engine"), _tr("Checked with {n} engines")
    )
    return Checked(f"{counted}: {names}; {size}.", "good", missing)


def ownership_text(bundle: Bundle) -> str:
    """The record as plain text, to be read, copied or kept."""
    record = bundle.ownership
    lines = [f"{name}: {value}" for name, value in _facts(record)]
    lines.append("")
    lines.append(_tr("Files (SHA-256):"))
    lines += [f"  {one.sha256}  {one.name}" for one in record.files]
    return "\n".join(lines)


def _facts(record: Ownership) -> list[tuple[str, str]]:
    unknown = _tr("not recorded")
    commercial = (
        _tr("as the owner says")
        if record.commercial
        else _tr("no: the licence of a teacher forbids it")
    )
    return [
        (_tr("Voice"), record.voice),
        (_tr("Owner's key"), record.key or _tr("nobody signed")),
        (_tr("Made"), record.created or unknown),
        (_tr("Consent"), record.consent),
        (_tr("Licence"), record.licence or unknown),
        (_tr("Speech used"), wording.duration(record.seconds_of_speech)),
        (_tr("Teachers"), ", ".join(record.teachers) or _tr("none")),
        (_tr("Commercial use"), commercial),
        (_tr("Run"), f"{record.run or unknown} ({record.recipe or unknown})"),
        (_tr("Base (SHA-256)"), record.base_sha256 or unknown),
    ]


def _sherpatts(voice: str) -> list[str]:
    return [
        _tr("On the phone, open the file in the app for files and unpack it."),
        _tr("Open SherpaTTS, go to Manage languages and choose Install from SD card."),
        _tr("Type eng as the language, and any name."),
        _tr("As the model choose {voice}.onnx, as the tokens tokens.txt; then OK.").format(
            voice=voice
        ),
        _tr("In Android's settings, under text-to-speech output, choose SherpaTTS."),
        _try_it(),
    ]


def _voxsherpa(voice: str) -> list[str]:
    return [
        _tr("On the phone, open the file in the app for files and unpack it."),
        _tr("Open VoxSherpa, go to its models and import a local one for Piper / VITS."),
        _tr("Choose {voice}.onnx, and tokens.txt where it asks for it.").format(voice=voice),
        _tr("In Android's settings, under text-to-speech output, choose VoxSherpa."),
        _try_it(),
    ]


def _home_assistant(voice: str) -> list[str]:
    return [
        _tr("Unpack the file on a computer."),
        _tr(
            "Copy {voice}.onnx and {voice}.onnx.json into the folder piper of Home Assistant's "
            "share, for example with the Samba add-on."
        ).format(voice=voice),
        _tr("Restart the Piper add-on and reload the Wyoming integration."),
        _tr(
            "Under Settings, Voice assistants, choose English (US) and the voice. The add-on's own "
            "list does not show it."
        ),
        _try_it(),
    ]


def _piper(voice: str) -> list[str]:
    return [
        _tr("Copy the file to the computer and unpack it."),
        _tr("Install Piper there: pip install piper-tts"),
        _tr('Let it speak: echo "Hello." | piper -m {voice}.onnx -f hello.wav').format(voice=voice),
    ]


def _other(voice: str) -> list[str]:
    return [
        _tr("Unpack the file where the other program can read it."),
        _tr("Programs that load Piper voices take {voice}.onnx and {voice}.onnx.json.").format(
            voice=voice
        ),
        _tr("Programs on sherpa-onnx take {voice}.onnx, tokens.txt and lexicon.txt.").format(
            voice=voice
        ),
        _tr("VOICE_CARD.md says what the voice is and what others may do with it."),
    ]


def _try_it() -> str:
    return _tr("Try it with a sentence of your own.")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Carry", text)
