# SPDX-License-Identifier: GPL-3.0-or-later
"""German is whole, true to the sources, and what is committed is what the sources compile to."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QLocale
from PySide6.QtWidgets import QApplication

from gui import language, reading_bar, verdicts, wording
from gui.pages import carry_words
from gui.translations import update
from voicevault.errors import VaultAccessError
from voicevault.records import ReadingProgress, Reason, Verdict

FILES = sorted(language.FOLDER.glob("*_de.ts"))
FIELD = re.compile(r"\{\w*\}")


@pytest.fixture
def german(qapp: QApplication) -> Iterator[None]:
    assert language.use(qapp, "de")
    yield
    language.use(qapp, "en")
    QLocale.setDefault(QLocale.c())


def messages(path: Path) -> list[tuple[str, ET.Element]]:
    found = []
    for one in ET.parse(path).getroot().iter("message"):
        translation = one.find("translation")
        assert translation is not None
        found.append((one.findtext("source") or "", translation))
    return found


def test_each_page_has_its_file() -> None:
    assert {path.stem for path in FILES} == {f"{part}_de" for part in update.parts()}


@pytest.mark.parametrize("path", FILES, ids=lambda one: one.stem)
def test_every_text_is_translated_with_its_fields(path: Path) -> None:
    for source, translation in messages(path):
        assert translation.get("type") is None, f"not finished: {source}"
        text = translation.text or ""
        assert text, source
        assert sorted(FIELD.findall(text)) == sorted(FIELD.findall(source)), source
        assert text[-1] == source[-1] or source[-1] not in ".:!?", source


@pytest.mark.parametrize("path", FILES, ids=lambda one: one.stem)
def test_every_text_has_the_context_it_is_asked_with(path: Path) -> None:
    """A function of our own around translate() hides it from lupdate."""
    for context in ET.parse(path).getroot().iter("context"):
        assert context.findtext("name"), path.name


@pytest.mark.parametrize("part", update.parts())
def test_the_files_are_what_the_sources_say(part: str, tmp_path: Path) -> None:
    """make translations puts it right."""
    kept = language.FOLDER / f"{part}_de.ts"
    copy = tmp_path / kept.name
    copy.write_bytes(kept.read_bytes())
    update.update(part, "de", copy)
    assert [source for source, _ in messages(copy)] == [source for source, _ in messages(kept)]
    compiled = tmp_path / "x.qm"
    update.compile_ts(kept, compiled)
    assert compiled.read_bytes() == kept.with_suffix(".qm").read_bytes()


def test_german_is_spoken(german: None) -> None:
    assert QCoreApplication.translate("Pages", "Settings") == "Einstellungen"
    assert QCoreApplication.translate("QPlatformTheme", "Cancel") == "Abbrechen"
    assert wording.time_left(61) == "noch etwa 1 min"
    assert carry_words.app_title("other") == "Etwas anderes"
    read = ReadingProgress(37, 120, 660.0, 200.0, 37)
    assert reading_bar.sentence(read) == "37 von 120, noch etwa 11 Minuten"
    verdict = Verdict("redo", Reason.CLIPPED, Reason.CLIPPED.advice, {"clip_at_ms": 2100})
    assert verdicts.sentence(verdict).startswith(
        "Bitte neu aufnehmen: übersteuert bei 2.1 s. Rücke"
    )


def test_english_needs_no_file(qapp: QApplication) -> None:
    language.use(qapp, "en")
    assert QCoreApplication.translate("Pages", "Settings") == "Settings"
    assert wording.told(VaultAccessError("shut", hint="try --keychain")).hint == ""


def test_a_language_nobody_translated_is_english(qapp: QApplication) -> None:
    language.use(qapp, "xx")
    assert QCoreApplication.translate("Pages", "Settings") == "Settings"
    language.use(qapp, "en")
