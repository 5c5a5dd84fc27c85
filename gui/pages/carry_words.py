# SPDX-License-Identifier: GPL-3.0-or-later
"""What the page "Take it with you" says: apps and their steps, the check in a line, whose voice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from gui import wording
from voicevault.records import Bundle, FolderReport, Ownership

translate = QCoreApplication.translate  # under this name its texts are found

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
        "piper": translate("Carry", "Piper on a computer"),
        "other": translate("Carry", "Something else"),
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
            translate(
                "Carry",
                "Not tried: there is no folder in memory here, and none on the disk was used. "
                "{size}.",
            ).format(size=size),
            "warn",
        )
    spoke = [one for one in found.runtimes if one.status == "ok"]
    names = ", ".join(f"{_ENGINES.get(one.runtime, one.runtime)} {one.version}" for one in spoke)
    absent = [one.runtime for one in found.runtimes if one.status == "skipped"]
    missing = (
        translate("Carry", "Not installed here: {names}.").format(names=", ".join(absent))
        if absent
        else ""
    )
    if not spoke:
        return Checked(
            translate("Carry", "Not tried: no speech engine is installed here. {size}.").format(
                size=size
            ),
            "warn",
            missing,
        )
    counted = wording.counted(
        len(spoke),
        translate("Carry", "Checked with 1 engine"),
        translate("Carry", "Checked with {n} engines"),
    )
    return Checked(f"{counted}: {names}; {size}.", "good", missing)


def ownership_text(bundle: Bundle) -> str:
    """The record as plain text, to be read, copied or kept."""
    record = bundle.ownership
    lines = [f"{name}: {value}" for name, value in _facts(record)]
    lines.append("")
    lines.append(translate("Carry", "Files (SHA-256):"))
    lines += [f"  {one.sha256}  {one.name}" for one in record.files]
    return "\n".join(lines)


def _facts(record: Ownership) -> list[tuple[str, str]]:
    unknown = translate("Carry", "not recorded")
    commercial = (
        translate("Carry", "as the owner says")
        if record.commercial
        else translate("Carry", "no: the licence of a teacher forbids it")
    )
    return [
        (translate("Carry", "Voice"), record.voice),
        (translate("Carry", "Owner's key"), record.key or translate("Carry", "nobody signed")),
        (translate("Carry", "Made"), record.created or unknown),
        (translate("Carry", "Consent"), record.consent),
        (translate("Carry", "Licence"), record.licence or unknown),
        (translate("Carry", "Speech used"), wording.duration(record.seconds_of_speech)),
        (translate("Carry", "Teachers"), ", ".join(record.teachers) or translate("Carry", "none")),
        (translate("Carry", "Commercial use"), commercial),
        (translate("Carry", "Run"), f"{record.run or unknown} ({record.recipe or unknown})"),
        (translate("Carry", "Base (SHA-256)"), record.base_sha256 or unknown),
    ]


def _sherpatts(voice: str) -> list[str]:
    return [
        translate("Carry", "On the phone, open the file in the app for files and unpack it."),
        translate(
            "Carry", "Open SherpaTTS, go to Manage languages and choose Install from SD card."
        ),
        translate("Carry", "Type eng as the language, and any name."),
        translate(
            "Carry", "As the model choose {voice}.onnx, as the tokens tokens.txt; then OK."
        ).format(voice=voice),
        translate("Carry", "In Android's settings, under text-to-speech output, choose SherpaTTS."),
        _try_it(),
    ]


def _voxsherpa(voice: str) -> list[str]:
    return [
        translate("Carry", "On the phone, open the file in the app for files and unpack it."),
        translate(
            "Carry", "Open VoxSherpa, go to its models and import a local one for Piper / VITS."
        ),
        translate("Carry", "Choose {voice}.onnx, and tokens.txt where it asks for it.").format(
            voice=voice
        ),
        translate("Carry", "In Android's settings, under text-to-speech output, choose VoxSherpa."),
        _try_it(),
    ]


def _home_assistant(voice: str) -> list[str]:
    return [
        translate("Carry", "Unpack the file on a computer."),
        translate(
            "Carry",
            "Copy {voice}.onnx and {voice}.onnx.json into the folder piper of Home Assistant's "
            "share, for example with the Samba add-on.",
        ).format(voice=voice),
        translate("Carry", "Restart the Piper add-on and reload the Wyoming integration."),
        translate(
            "Carry",
            "Under Settings, Voice assistants, choose English (US) and the voice. The add-on's own "
            "list does not show it.",
        ),
        _try_it(),
    ]


def _piper(voice: str) -> list[str]:
    return [
        translate("Carry", "Copy the file to the computer and unpack it."),
        translate("Carry", "Install Piper there: pip install piper-tts"),
        translate(
            "Carry", 'Let it speak: echo "Hello." | piper -m {voice}.onnx -f hello.wav'
        ).format(voice=voice),
    ]


def _other(voice: str) -> list[str]:
    return [
        translate("Carry", "Unpack the file where the other program can read it."),
        translate(
            "Carry", "Programs that load Piper voices take {voice}.onnx and {voice}.onnx.json."
        ).format(voice=voice),
        translate(
            "Carry", "Programs on sherpa-onnx take {voice}.onnx, tokens.txt and lexicon.txt."
        ).format(voice=voice),
        translate("Carry", "VOICE_CARD.md says what the voice is and what others may do with it."),
    ]


def _try_it() -> str:
    return translate("Carry", "Try it with a sentence of your own.")
