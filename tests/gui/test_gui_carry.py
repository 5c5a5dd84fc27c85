# SPDX-License-Identifier: GPL-3.0-or-later
"""Take it with you: from a finished run to a file on the disk and at a link, by keys alone."""

from __future__ import annotations

import http.client
import io
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QColor, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QWidget
from pytestqt.qtbot import QtBot

from gui.desk import Desk
from gui.pages import carry, carry_send, carry_words
from gui.pages.carry import CarryPage
from gui.pages.carry_send import CodeView
from voicevault import bundle, qr
from voicevault.errors import Refused, VoiceVaultError
from voicevault.events import Progress
from voicevault.export.verify import FolderReport, ManifestCheck, RuntimeResult
from voicevault.records import Bundle, Interface, Run
from voicevault.service import Studio

sys.path.append(str(Path(__file__).resolve().parent.parent / "sending"))
from sent_voices import NAME, exported

HERE = Interface("lo", "127.0.0.1")
RUNS = [
    Run("1", "20260101-000000-tts_quick", "tts_quick", status="done", created=1767225600),
    Run("2", "20260102-000000-tts_standard", "tts_standard", status="done", created=1767312000),
    Run("3", "20260103-000000-tts_quick", "tts_quick", status="failed", created=1767398400),
]
SPOKEN = FolderReport(
    NAME,
    ManifestCheck("ok", ""),
    (
        RuntimeResult("piper", "ok", version="1.8.0"),
        RuntimeResult("sherpa-1", "ok", version="1.13.8"),
        RuntimeResult("sherpa-2", "skipped", message="sherpa-2 is not installed; add it: pip ..."),
    ),
)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What was asked of the Studio; the export itself has tests of its own."""
    asked: list[tuple[str, str]] = []

    def make(
        self: Studio, name: str, *, voice_name: str = "", on_event: Callable[[Any], None]
    ) -> Bundle:
        asked.append((name, voice_name))
        on_event(Progress("check", 0, 0))
        return bundle.from_files(exported(), SPOKEN)

    monkeypatch.setattr(Studio, "runs", lambda self: list(RUNS))
    monkeypatch.setattr(Studio, "bundle", make)
    monkeypatch.setattr(carry_send, "interfaces", lambda: [HERE])
    return asked


@pytest.fixture
def page(qtbot: QtBot, desk: Desk, made: list[tuple[str, str]]) -> Iterator[CarryPage]:
    one = CarryPage(desk)
    qtbot.addWidget(one)
    one.resize(900, 1200)
    one.show()
    one.refresh()
    qtbot.waitUntil(lambda: one.run.count() == 2)
    yield one
    one.leave()
    qtbot.waitUntil(lambda: not desk.jobs.name)


@pytest.fixture
def ready(qtbot: QtBot, page: CarryPage) -> CarryPage:
    """The file is made and the person agreed."""
    press(qtbot, page.make)
    qtbot.waitUntil(lambda: page.bundle is not None)
    press(qtbot, page.agree)
    return page


def press(qtbot: QtBot, widget: QWidget) -> None:
    """By the keyboard: what cannot take the focus cannot be pressed."""
    assert widget.isEnabled()
    assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    widget.setFocus()
    qtbot.keyClick(widget, Qt.Key.Key_Space)


def offer(qtbot: QtBot, page: CarryPage) -> str:
    """The link, with its code on the screen."""
    press(qtbot, page.send)
    qtbot.waitUntil(page.sending.start.isEnabled)
    press(qtbot, page.sending.start)
    qtbot.waitUntil(lambda: bool(page.sending.link.text()))
    return page.sending.link.text()


def fetch(url: str) -> bytes:
    _, _, host, path = url.split("/")
    line = http.client.HTTPConnection(host, timeout=5)
    line.request("GET", f"/{path}")
    data = line.getresponse().read()
    line.close()
    return data


def drawn(code: CodeView, modules: int) -> list[list[bool]]:
    """What is on the screen, a square at a time."""
    image: QImage = code.grab().toImage()
    side = min(image.width(), image.height()) // (modules + 2 * qr.QUIET)
    left, top = ((one - side * modules) // 2 for one in (image.width(), image.height()))
    half = side // 2
    return [
        [
            image.pixelColor(left + x * side + half, top + y * side + half) == QColor("#000000")
            for x in range(modules)
        ]
        for y in range(modules)
    ]


def test_without_a_voice_it_says_what_comes_first(
    qtbot: QtBot, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Studio, "runs", lambda self: RUNS[2:])
    one = CarryPage(desk)
    qtbot.addWidget(one)
    one.show()
    with qtbot.waitSignal(desk.page_wanted) as wanted:
        press(qtbot, one.to_training)
    assert wanted.args == ["train"]
    assert not one.make.isVisible()


def test_the_newest_voice_is_made_under_the_name_that_was_typed(
    qtbot: QtBot, page: CarryPage, made: list[tuple[str, str]]
) -> None:
    page.name.selectAll()
    qtbot.keyClicks(page.name, "../al ex-2")
    assert page.name.text() == "alex2", "only what a file name may hold"
    assert not page.check.isVisible()
    qtbot.keyClick(page.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.bundle is not None)
    assert made == [("20260102-000000-tts_standard", "en_US-alex2-medium")]
    page.name.clear()
    assert not page.make.isEnabled()


def test_the_check_is_one_line(qtbot: QtBot, ready: CarryPage) -> None:
    text = ready.check.text()
    assert text.startswith("Checked with 2 engines: Piper 1.8.0, sherpa-onnx 1.13.8; ")
    assert text.endswith(" kB.")
    assert ready.missing.text() == "Not installed here: sherpa-2."


def test_what_was_not_tried_is_not_called_checked() -> None:
    none = carry_words.checked_in_words(None, 4_300_000)
    assert none.text.startswith("Not tried: ")
    assert "4.3 MB" in none.text
    skipped = FolderReport(NAME, ManifestCheck("ok", ""), (RuntimeResult("piper", "skipped"),))
    told = carry_words.checked_in_words(skipped, 4_300_000)
    assert told.text.startswith("Not tried: no speech engine")
    assert (none.tone, told.tone) == ("warn", "warn")


def test_nothing_leaves_before_a_yes(qtbot: QtBot, page: CarryPage) -> None:
    press(qtbot, page.make)
    qtbot.waitUntil(lambda: page.bundle is not None)
    assert page.agree.hasFocus()
    assert not page.save.isEnabled()
    assert not page.send.isEnabled()
    said = " ".join(one.text() for one in page.findChildren(QLabel) if one.isVisible())
    assert "Anyone with this file can make your voice say anything" in said
    press(qtbot, page.agree)
    assert page.save.isEnabled()
    assert page.send.isEnabled()


def test_it_is_saved_where_the_person_says(
    qtbot: QtBot, ready: CarryPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goal = tmp_path / "stick" / f"{NAME}.zip"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(goal), ""))
    press(qtbot, ready.save)
    qtbot.waitUntil(lambda: "Saved as" in ready.told.text())
    with zipfile.ZipFile(io.BytesIO(goal.read_bytes())) as archive:
        assert {one: archive.read(one) for one in archive.namelist()} == exported()


def test_the_phone_fetches_it_once(qtbot: QtBot, ready: CarryPage, desk: Desk) -> None:
    url = offer(qtbot, ready)
    code = qr.squares(url)
    assert tuple(map(tuple, drawn(ready.sending.code, len(code)))) == code
    assert ready.sending.left.text().startswith("It works for ")
    assert ready.sending.stop.hasFocus()
    assert desk.jobs.name == "send"
    got: list[bytes] = []
    desk.run_task(lambda: fetch(url), got.append)
    qtbot.waitUntil(lambda: "It has arrived" in ready.sending.state.text())
    qtbot.waitUntil(lambda: bool(got))
    assert got[0] == bundle.from_files(exported()).zipped()
    assert desk.jobs.name == ""
    assert ready.sending.link.text() == ""
    assert "Type eng" in " ".join(one.text() for one in ready.steps.findChildren(QLabel))
    with pytest.raises(OSError, match="refused"):
        fetch(url)


def test_stop_ends_it(qtbot: QtBot, ready: CarryPage, desk: Desk) -> None:
    url = offer(qtbot, ready)
    press(qtbot, ready.sending.stop)
    qtbot.waitUntil(lambda: not desk.jobs.name)
    assert "Stopped" in ready.sending.state.text()
    with pytest.raises(OSError, match="refused"):
        fetch(url)
    assert offer(qtbot, ready) != url


@pytest.mark.parametrize("how", ["page", "consent", "name"])
def test_the_link_dies_with_the_page_the_yes_and_the_name(
    how: str, qtbot: QtBot, ready: CarryPage, desk: Desk
) -> None:
    url = offer(qtbot, ready)
    if how == "page":
        ready.leave()
    elif how == "consent":
        press(qtbot, ready.agree)
    else:
        ready.name.setText("other")
    qtbot.waitUntil(lambda: not desk.jobs.name)
    with pytest.raises(OSError, match="refused"):
        fetch(url)
    assert not ready.sending.isVisible()
    assert (ready.bundle is None) == (how != "consent")


def test_nobody_came(qtbot: QtBot, ready: CarryPage, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = carry_send.Offer
    monkeypatch.setattr(carry_send, "Offer", lambda *given: whole(*given, seconds=0.3))
    offer(qtbot, ready)
    qtbot.waitUntil(lambda: "Nobody fetched it in time" in ready.sending.state.text())
    assert "firewall" in ready.sending.state.text()
    assert ready.sending.start.isVisible()


def test_without_a_network_it_says_so(
    qtbot: QtBot, ready: CarryPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carry_send, "interfaces", list)
    press(qtbot, ready.send)
    qtbot.waitUntil(lambda: "no home network" in ready.sending.state.text())
    assert not ready.sending.start.isEnabled()


def test_of_two_networks_one_is_chosen(
    qtbot: QtBot, ready: CarryPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [Interface("wlan0", "192.168.255.254"), HERE]
    monkeypatch.setattr(carry_send, "interfaces", lambda: found)
    press(qtbot, ready.send)
    qtbot.waitUntil(lambda: ready.sending.network.count() == 2)
    assert ready.sending.network.isVisible()
    ready.sending.network.setCurrentIndex(1)
    press(qtbot, ready.sending.start)
    qtbot.waitUntil(lambda: ready.sending.link.text().startswith("http://127.0.0.1:"))


def test_errors_are_shown(
    qtbot: QtBot, page: CarryPage, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Studio, name: str, **_: object) -> Bundle:
        raise Refused("nobody consented to this voice", hint="record a consent")

    monkeypatch.setattr(Studio, "bundle", refuse)
    with qtbot.waitSignal(desk.failed) as told:
        press(qtbot, page.make)
    assert isinstance(told.args[0], VoiceVaultError)
    assert page.bundle is None
    assert page.make.isEnabled()


def test_while_something_else_runs_it_waits(qtbot: QtBot, ready: CarryPage, desk: Desk) -> None:
    busy: list[bool] = [True]

    def long(on_event: object) -> None:
        while busy:
            pass

    assert desk.jobs.start("train", long, cancel=busy.clear)
    assert not ready.make.isEnabled()
    with qtbot.waitSignal(desk.failed) as told:
        press(qtbot, ready.send)
        qtbot.waitUntil(ready.sending.start.isEnabled)
        press(qtbot, ready.sending.start)
    assert "something else is running" in str(told.args[0])
    assert ready.sending.link.text() == ""
    desk.jobs.cancel()
    qtbot.waitUntil(lambda: not desk.jobs.name)
    assert ready.make.isEnabled()


def test_a_file_that_comes_after_the_page_went_is_not_kept(
    qtbot: QtBot, page: CarryPage, desk: Desk
) -> None:
    with qtbot.waitSignal(desk.jobs.job_ended):
        press(qtbot, page.make)
        page.hide()
        page.leave()
    assert page.bundle is None


def test_the_record_says_whose_it_is(
    qtbot: QtBot, ready: CarryPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = ready.record.text.toPlainText()
    record = bundle.from_files(exported()).ownership
    for part in (NAME, record.key, record.consent, record.base_sha256, record.licence):
        assert part in text
    assert all(f"{one.sha256}  {one.name}" in text for one in record.files)
    press(qtbot, ready.record.copy)
    assert QGuiApplication.clipboard().text() == text
    goal = tmp_path / "record.txt"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(goal), ""))
    press(qtbot, ready.record.keep)
    qtbot.waitUntil(goal.exists)
    qtbot.waitUntil(lambda: "record.txt" in ready.told.text())
    assert goal.read_text() == text + "\n"


@pytest.mark.parametrize("app", carry_words.APPS)
def test_every_app_has_steps_with_the_files_of_this_voice(
    app: str, qtbot: QtBot, ready: CarryPage
) -> None:
    ready.app.setCurrentIndex(ready.app.findData(app))
    press(qtbot, ready.how)
    said = [one.text() for one in ready.steps.findChildren(QLabel)]
    numbered = [one for one in said if one[:1].isdigit()]
    assert [int(one.split(".")[0]) for one in numbered] == list(range(1, len(numbered) + 1))
    assert 3 <= len(numbered) <= 6
    assert f"{NAME}.onnx" in " ".join(numbered)
    assert "{" not in " ".join(said)


def test_everything_that_takes_the_focus_has_a_name(qtbot: QtBot, ready: CarryPage) -> None:
    offer(qtbot, ready)
    press(qtbot, ready.how)
    nameless = []
    for one in ready.findChildren(QWidget):
        if one.isVisible() and one.focusPolicy() & Qt.FocusPolicy.TabFocus:
            seen = QAccessible.queryAccessibleInterface(one)
            if not seen.text(QAccessible.Text.Name):
                nameless.append(type(one).__name__)
    assert nameless == []
    assert ready.sending.code.accessibleName()


def test_the_code_is_black_on_white_in_the_dark(
    qtbot: QtBot, qapp: QApplication, ready: CarryPage, desk: Desk
) -> None:
    desk.preferences.theme = "contrast-dark"
    desk.theme.apply()
    url = offer(qtbot, ready)
    code = qr.squares(url)
    assert tuple(map(tuple, drawn(ready.sending.code, len(code)))) == code
    assert ready.sending.code.grab().toImage().pixelColor(2, 2) == QColor("#ffffff")


def test_its_parts_are_in_the_registry() -> None:
    from gui import registry

    spec = next(one for one in registry.pages() if one.name == "carry")
    assert spec.module == carry.__name__
