# SPDX-License-Identifier: GPL-3.0-or-later
"""The takes: a table of thousands, sound from memory, a deletion that is really late, an import."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gui_helpers import LIMIT_MS, FakePlayer, Steady
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QInputDialog
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot
from toy_speaker import speak

from gui import verdicts
from gui.desk import Desk, Tools
from gui.main_window import MainWindow
from gui.pages.takes import TakesPage
from gui.takes_model import LENGTH, TEXT, VERDICT, TakesModel
from gui.waveform import Waveform, columns
from voicevault import service
from voicevault.audio.files import encode_wav
from voicevault.errors import BadAudio
from voicevault.records import Reason, Take, Verdict
from voicevault.service import Studio

WAIT_MS = 15_000
TEXTS = ("Olive trees stand here.", "Tractors go slowly.", "A rainbow, once more.")


def invented(count: int) -> list[Take]:
    status = ("keep", "keep_but", "redo")
    return [
        Take(
            id=f"{number:032x}",
            prompt_id=f"p-{number}",
            text=f"{TEXTS[number % 3]} {number}",
            duration_ms=1000 + number * 37 % 5000,
            rate_hz=48_000,
            format="FLAC",
            sha256="",
            verdict=Verdict(status[number % 3], Reason.FINE, ""),  # type: ignore[arg-type]
            split="train",
            created=1_700_000_000 + number,
            source="import",
        )
        for number in range(count)
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three recordings with their texts; the aligner would find no words in them."""
    monkeypatch.setattr(service, "text_check", lambda: None)
    made = tmp_path / "recordings"
    made.mkdir()
    for number in range(len(TEXTS)):
        (made / f"r{number}.wav").write_bytes(encode_wav(speak(2.0, seed=number), 16_000))
    lines = [f"r{number}|{text}\n" for number, text in enumerate(TEXTS)]
    (made / "metadata.csv").write_text("".join(lines))
    return made


@pytest.fixture
def page(qtbot: QtBot, desk: Desk) -> TakesPage:
    made = TakesPage(desk)
    qtbot.addWidget(made)
    made.resize(900, 700)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


@pytest.fixture
def full(qtbot: QtBot, page: TakesPage, folder: Path) -> TakesPage:
    page.desk.studio.import_path(folder)
    page.refresh()
    qtbot.waitUntil(lambda: page.model.rowCount() == 3, timeout=WAIT_MS)
    return page


def test_the_model_keeps_qts_rules(tools: Tools, qtmodeltester: ModelTester) -> None:
    model = TakesModel(tools.theme)
    model.set_takes(invented(20))
    qtmodeltester.check(model)
    model.search("tractors")
    model.sort(LENGTH, Qt.SortOrder.DescendingOrder)
    qtmodeltester.check(model)


def test_search_and_status_and_order(tools: Tools) -> None:
    model = TakesModel(tools.theme)
    model.set_takes(invented(30))
    model.search("  TRACTORS slowly ")
    assert model.rowCount() == 10
    model.search("tractors", "keep")
    assert model.rowCount() == 0
    model.search("", "redo")
    assert {take.verdict.status for take in map(model.take, range(10)) if take} == {"redo"}
    model.search("")
    model.sort(LENGTH, Qt.SortOrder.DescendingOrder)
    lengths = [take.duration_ms for take in map(model.take, range(30)) if take]
    assert lengths == sorted(lengths, reverse=True)
    model.sort(VERDICT)
    shown = model.take(0)
    assert shown is not None
    assert shown.verdict.status == "redo"
    assert model.data(model.index(0, VERDICT)) == "Record again"


def test_five_thousand_takes_are_smooth(
    qtbot: QtBot, page: TakesPage, steady: Steady, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = invented(5000)
    monkeypatch.setattr(page.desk.studio, "takes", lambda: many)
    monkeypatch.setattr(page.desk.studio, "sound", lambda take_id: pytest.fail("nobody chose one"))
    page.refresh()
    qtbot.waitUntil(lambda: page.model.rowCount() == 5000)
    bar = page.table.verticalScrollBar()
    with steady.watching():
        for step in range(0, bar.maximum(), max(1, bar.maximum() // 25)):
            bar.setValue(step)
            qtbot.wait(10)
        page.search.setText("rainbow")
        qtbot.waitUntil(lambda: page.model.rowCount() == 1666)
        page.table.sortByColumn(TEXT, Qt.SortOrder.DescendingOrder)
        qtbot.wait(50)
    assert steady.worst_ms < LIMIT_MS


def test_an_empty_vault_says_what_to_do(qtbot: QtBot, page: TakesPage) -> None:
    page.refresh()
    qtbot.waitUntil(lambda: page.stack.shown is page.empty)
    with qtbot.waitSignal(page.desk.page_wanted) as wanted:
        page.record.click()
    assert wanted.args == ["record"]


def test_a_chosen_take_is_shown_and_heard(
    qtbot: QtBot, full: TakesPage, player: FakePlayer
) -> None:
    full.table.selectRow(1)
    detail = full.detail
    qtbot.waitUntil(detail.play.isEnabled, timeout=WAIT_MS)
    assert detail.text.text() == TEXTS[1]
    full.table.setFocus()
    qtbot.keyClick(full.table, Qt.Key.Key_Space)
    assert player.played == [(32_000, 16_000)]
    assert detail.play.accessibleName() == "Stop"
    player.position_s = 1.0
    qtbot.waitUntil(lambda: detail.wave._played == 0.5)
    player.playing = False
    qtbot.waitUntil(lambda: detail.play.accessibleName() == "Play")
    player.failure = BadAudio("no loudspeaker", hint="connect one")
    with qtbot.waitSignal(full.desk.failed):
        detail.play.click()


def test_leaving_forgets_the_sound(qtbot: QtBot, full: TakesPage, player: FakePlayer) -> None:
    full.table.selectRow(0)
    qtbot.waitUntil(full.detail.play.isEnabled, timeout=WAIT_MS)
    full.detail.toggle()
    full.leave()
    assert not player.playing
    assert full.detail._clip is None
    assert full.detail.wave._samples is None


def test_late_sound_of_another_take_is_not_shown(qtbot: QtBot, full: TakesPage) -> None:
    full.table.selectRow(0)
    first = full.detail.take
    assert first is not None
    clip = full.desk.studio.sound(first.id)
    full.table.selectRow(1)
    full.detail.forget()
    full.detail._decoded((first.id, clip))
    assert full.detail._clip is None


Enter = Callable[[], MainWindow]


def entered(qtbot: QtBot, open_window: Enter) -> tuple[MainWindow, TakesPage]:
    window = open_window()
    assert window.workspace is not None
    window.workspace.show_page("takes")
    page = window.workspace.page("takes")
    assert isinstance(page, TakesPage)
    qtbot.waitUntil(lambda: page.model.rowCount() == 3, timeout=WAIT_MS)
    return window, page


def test_a_deletion_waits_and_then_shows_its_receipt(
    qtbot: QtBot, folder: Path, studio: Studio, open_window: Enter
) -> None:
    studio.import_path(folder)
    window, page = entered(qtbot, open_window)
    assert window.workspace is not None
    page.table.setFocus()
    page.table.selectRow(1)
    qtbot.keyClick(page.table, Qt.Key.Key_Delete)
    assert page.model.rowCount() == 2
    qtbot.wait(300)
    assert len(studio.takes()) == 3, "nothing is destroyed while it can be taken back"
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert page.model.rowCount() == 3

    page.table.selectRow(1)
    page.detail.delete.click()
    window.workspace.toast.flush()
    qtbot.waitUntil(page.note.isVisible, timeout=WAIT_MS)
    assert "Deleted for good: 1 take;" in page.note.title.text()
    assert "Backups" in page.note.lines.text()
    assert len(studio.takes()) == 2
    qtbot.waitUntil(lambda: page.model.rowCount() == 2)


def test_a_deletion_that_fails_is_said_and_undone(
    qtbot: QtBot,
    folder: Path,
    studio: Studio,
    open_window: Enter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    studio.import_path(folder)
    window, page = entered(qtbot, open_window)
    assert window.workspace is not None

    def broken(take_id: str) -> None:
        raise BadAudio("the disk is full")

    monkeypatch.setattr(studio, "remove_take", broken)
    page.table.selectRow(0)
    page.detail.delete.click()
    window.workspace.toast.flush()
    qtbot.waitUntil(window.workspace.banner.isVisible)
    assert page.model.rowCount() == 3


def drop(page: TakesPage, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    both = (data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, *both)
    page.dragEnterEvent(enter)
    assert enter.isAccepted()
    page.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, *both))


def test_a_dropped_folder_is_imported(qtbot: QtBot, page: TakesPage, folder: Path) -> None:
    with qtbot.waitSignal(page.desk.jobs.job_ended, timeout=WAIT_MS):
        drop(page, folder)
        assert page.job.isVisible()
    assert not page.job.isVisible()
    qtbot.waitUntil(lambda: page.model.rowCount() == 3)
    assert "Imported 3 recordings" in page.note.title.text()
    with qtbot.waitSignal(page.desk.jobs.job_ended, timeout=WAIT_MS):
        drop(page, folder / "metadata.csv")
    assert "3 known already" in page.note.title.text()


def test_an_import_can_be_stopped(
    qtbot: QtBot, page: TakesPage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow() -> None:
        time.sleep(0.4)

    monkeypatch.setattr(service, "text_check", slow)
    with qtbot.waitSignal(page.desk.jobs.job_ended, timeout=WAIT_MS):
        drop(page, folder)
        qtbot.wait(50)
        page.job.stop.click()
        assert page.job.stop.text() == "Stopping…"
    assert len(page.desk.studio.takes()) == 0


def test_one_recording_needs_its_words(
    qtbot: QtBot, page: TakesPage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QInputDialog, "getMultiLineText", lambda *words: (TEXTS[0], True))
    drop(page, folder / "r0.wav")
    qtbot.waitUntil(lambda: page.model.rowCount() == 1, timeout=WAIT_MS)
    with qtbot.waitSignal(page.desk.failed):
        drop(page, folder / "r0.wav", folder / "r1.wav")


def test_columns_hold_every_extreme() -> None:
    samples = np.zeros(10_000, dtype=np.float32)
    samples[1234], samples[9999] = 0.9, -0.8
    found = columns(samples, 100)
    assert found.shape == (100, 2)
    assert found[12].tolist() == pytest.approx([0.0, 0.9])
    assert found[99].tolist() == pytest.approx([-0.8, 0.0])
    assert columns(samples[:3], 100).shape == (100, 2)


def test_a_picture_of_silence_and_of_nothing(qtbot: QtBot) -> None:
    wave = Waveform()
    qtbot.addWidget(wave)
    wave.resize(200, 60)
    nothing = wave.grab().toImage()
    wave.show_samples(speak(2.0), 16_000)
    assert wave.grab().toImage() != nothing
    wave.clear()
    assert wave.grab().toImage() == nothing
    wave.show_samples(np.zeros(0, dtype=np.float32), 16_000)
    wave.grab()


def test_every_reason_can_be_translated() -> None:
    words = {text for one in Reason for text in (one.text, one.advice) if text}
    assert set(verdicts.REASONS) == words
