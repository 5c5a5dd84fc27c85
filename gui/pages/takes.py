# SPDX-License-Identifier: GPL-3.0-or-later
"""Every recording: find it, hear it, see what is wrong with it, bring more in, delete for good."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHeaderView,
    QInputDialog,
    QLineEdit,
    QMenu,
    QTableView,
)

from gui import wording
from gui.desk import Desk
from gui.job_panel import JobPanel
from gui.page import Page
from gui.take_detail import TakeDetail
from gui.take_notes import Note
from gui.takes_model import CAME, LENGTH, TEXT, VERDICT, TakesModel
from gui.widgets import Choice, Empty, FittingStack, IconButton, row
from voicevault.errors import Cancelled, UsageError
from voicevault.records import ImportSummary, Receipt, Take

WAIT_MS = 120
"""After the last key before the search is done."""
SOUNDS = "*.wav *.flac *.mp3 *.opus *.ogg *.oga *.aif *.aiff"


ROWS = 5
"""That are seen at least; where the window has no room for them the page scrolls."""
TEXT_LETTERS = 36
_LETTERS = {VERDICT: 18, LENGTH: 11, CAME: 14}


class TakesPage(Page):
    """A table with a search, and the chosen take below it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.model = TakesModel(desk.theme, self)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search the texts (Ctrl+F)"))
        self.search.setAccessibleName(self.tr("Search the texts"))
        self.search.setClearButtonEnabled(True)
        self.status = Choice()
        self.status.setAccessibleName(self.tr("Which takes are shown"))
        for text, value in (
            (self.tr("All"), ""),
            (self.tr("Good"), "keep"),
            (self.tr("Usable"), "keep_but"),
            (self.tr("To record again"), "redo"),
        ):
            self.status.addItem(text, value)
        self.table = _table(self.model, self.tr("Takes"))
        self.detail = TakeDetail(desk)
        self.note = Note(desk.theme)
        self.job = JobPanel(desk, ["import"])
        self.add = IconButton(desk.theme, "add", self.tr("Import"))
        menu = QMenu(self)
        menu.addAction(self.tr("A folder with metadata.csv…"), self._choose_folder)
        menu.addAction(self.tr("One recording…"), self._choose_file)
        self.add.setMenu(menu)
        self.record = IconButton(desk.theme, "record", self.tr("Record"), "primary")
        self.empty = Empty(
            desk.theme,
            "takes",
            self.tr("No takes yet"),
            self.tr(
                "Record sentences here, or drop a folder of recordings with a metadata.csv onto "
                "this page. Ten sentences are enough for a first impression."
            ),
            [self.record],
        )
        self._reading = False
        self._doomed: list[str] = []
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(WAIT_MS)
        self.setAcceptDrops(True)
        self.set_title(self.tr("Takes"), " ")
        self._lay_out()
        self._connect()
        self._fit()

    def refresh(self) -> None:
        """Read the list again."""
        if not self._reading:
            self._reading = True
            self.desk.run_task(self.desk.studio.takes, self._listed, self._not_listed)

    def leave(self) -> None:
        self.detail.forget()
        self.table.clearSelection()

    def chosen(self) -> list[Take]:
        """The takes that are selected, in the table's order."""
        rows = sorted(one.row() for one in self.table.selectionModel().selectedRows())
        return [take for take in map(self.model.take, rows) if take is not None]

    def bring_in(self, path: Path) -> None:
        """Import a folder, its metadata.csv, or one recording whose text is asked for."""
        if path.name == "metadata.csv" or path.is_dir():
            studio, folder = self.desk.studio, path if path.is_dir() else path.parent
            self._start(lambda on_event: studio.import_path(folder, on_event=on_event))
            return
        text, agreed = QInputDialog.getMultiLineText(
            self,
            self.tr("What is said in it?"),
            self.tr("The words of {name}").format(name=path.name),
        )
        if agreed:
            self.desk.run_task(lambda: self.desk.studio.import_file(path, text), self._one_came)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(one.isLocalFile() for one in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(one.toLocalFile()) for one in event.mimeData().urls() if one.isLocalFile()]
        event.acceptProposedAction()
        if len(paths) == 1:
            self.bring_in(paths[0])
        elif paths:
            self.desk.show_error(
                UsageError(
                    self.tr("{n} things were dropped at once").format(n=len(paths)),
                    hint=self.tr("drop one folder with a metadata.csv, or one recording"),
                )
            )

    def _lay_out(self) -> None:
        self.buttons.addWidget(self.add)
        self.body.addWidget(self.job)
        self.body.addWidget(self.note)
        self.tools = row(self.search, self.status, stretch="none")
        self.body.addLayout(self.tools)
        self.stack = FittingStack()
        self.stack.add(self.table)
        self.stack.add(self.empty)
        self.body.addWidget(self.stack, 1)
        self.body.addWidget(self.detail)
        self.detail.hide()

    def _connect(self) -> None:
        self.search.textChanged.connect(self._wait.start)
        self.search.returnPressed.connect(self._to_table)
        self._wait.timeout.connect(self._search)
        self.status.currentIndexChanged.connect(self._search)
        self.table.selectionModel().selectionChanged.connect(self._select)
        self.detail.delete_wanted.connect(self._delete)
        self.record.clicked.connect(self._wish_record)
        self.desk.takes_changed.connect(self.refresh_if_seen)
        self.desk.theme.changed.connect(self._fit)
        for keys, slot in (
            (QKeySequence(Qt.Key.Key_Delete), self._delete),
            (QKeySequence(Qt.Key.Key_Space), self.detail.toggle),
        ):
            short = QShortcut(keys, self.table)
            short.setContext(Qt.ShortcutContext.WidgetShortcut)
            short.activated.connect(slot)
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.activated.connect(self._find)

    # what is shown

    def _fit(self) -> None:
        """Rows and columns for the size of the text in force."""
        letter = self.table.fontMetrics().horizontalAdvance("n")
        line = self.table.fontMetrics().lineSpacing()
        self.table.verticalHeader().setDefaultSectionSize(round(line * 2.1))
        self.table.setIconSize(QSize(line, line))
        for column, letters in _LETTERS.items():
            self.table.setColumnWidth(column, letters * letter)
        self.table.setMinimumHeight(line * ROWS * 2 + self.table.horizontalHeader().height())
        self._fit_columns()

    def _fit_columns(self) -> None:
        """The text comes first: where it gets too narrow, other columns give way."""
        letter = max(1, self.table.fontMetrics().horizontalAdvance("n"))
        left = self.width() // letter - _LETTERS[VERDICT] - TEXT_LETTERS
        for column in (LENGTH, CAME):
            left -= _LETTERS[column]
            self.table.setColumnHidden(column, left < 0)

    def _listed(self, takes: list[Take]) -> None:
        self._reading = False
        kept = [one.id for one in self.chosen()]
        self.model.set_takes(takes)
        self._again(kept)
        self._count()

    def _not_listed(self, error: Exception) -> None:
        self._reading = False
        self.desk.show_error(error)

    def _count(self) -> None:
        takes = self.model.all
        usable = [one for one in takes if one.usable]
        self.stack.show_part(self.table if takes else self.empty)
        self.search.setVisible(bool(takes))
        self.status.setVisible(bool(takes))
        speech = wording.duration(sum(one.duration_ms for one in usable) / 1000)
        self.set_title(
            self.tr("Takes"),
            self.tr("{n} takes, {usable} usable, {speech} of speech").format(
                n=len(takes), usable=len(usable), speech=speech
            )
            if takes
            else self.tr("Nothing recorded yet"),
        )

    def _search(self) -> None:
        kept = [one.id for one in self.chosen()]
        self.model.search(self.search.text(), str(self.status.currentData()))
        self._again(kept)
        self.desk.announce(self.tr("{n} takes shown").format(n=self.model.rowCount()))

    def _again(self, ids: list[str]) -> None:
        """Select again what was selected, where it is still shown."""
        row_number = self.model.row_of(ids[0]) if ids else -1
        if row_number >= 0:
            self.table.selectRow(row_number)
        else:
            self._select()

    def _select(self) -> None:
        chosen = self.chosen()
        self.detail.show_take(chosen[0] if chosen else None, len(chosen))

    def _find(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _to_table(self) -> None:
        self.table.setFocus()
        if self.model.rowCount() and not self.chosen():
            self.table.selectRow(0)

    def _wish_record(self) -> None:
        self.desk.page_wanted.emit("record")

    # in

    def _choose_folder(self) -> None:
        named = QFileDialog.getExistingDirectory(self, self.tr("A folder with metadata.csv"))
        if named:
            self.bring_in(Path(named))

    def _choose_file(self) -> None:
        named, _ = QFileDialog.getOpenFileName(
            self, self.tr("A recording"), "", self.tr("Recordings ({kinds})").format(kinds=SOUNDS)
        )
        if named:
            self.bring_in(Path(named))

    def _start(self, call: object) -> None:
        began = self.desk.jobs.start(
            "import",
            call,  # type: ignore[arg-type]  # made two lines above its use
            cancel=self.desk.studio.cancel,
            then=self._imported,
            failed=self._not_imported,
        )
        if not began:
            self.desk.show_error(
                UsageError(
                    self.tr("something else is running"), hint=self.tr("wait for it, or stop it")
                )
            )

    def _imported(self, done: ImportSummary) -> None:
        self.note.show_import(done)
        self.desk.announce(self.note.title.text())
        self.desk.takes_changed.emit()

    def _not_imported(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            self.desk.announce(wording.told(error).message)
        else:
            self.desk.show_error(error)
        self.desk.takes_changed.emit()

    def _one_came(self, take: Take) -> None:
        self.desk.announce(self.tr("Imported: {text}").format(text=take.text))
        self.desk.takes_changed.emit()

    # out

    def _delete(self) -> None:
        doomed = self.chosen()
        if not doomed:
            return
        ids, studio = [one.id for one in doomed], self.desk.studio
        self._doomed = ids
        self.model.hide(ids)
        self._select()
        self._count()
        text = wording.counted(
            len(ids),
            self.tr("1 take will be deleted for good."),
            self.tr("{n} takes will be deleted for good."),
        )
        self.desk.offer_undo(
            text,
            work=lambda: [studio.remove_take(one) for one in ids],
            then=self._deleted,
            undo=self._keep,
        )

    def _keep(self) -> None:
        self.model.hide(self._doomed, False)
        self._count()
        self.desk.announce(self.tr("Nothing was deleted."))

    def _deleted(self, receipts: list[Receipt]) -> None:
        self.model.hide([one.take_id for one in receipts], False)
        self.model.drop([one.take_id for one in receipts])
        self.note.show_receipts(receipts)
        self.desk.announce(self.note.title.text())
        self.desk.takes_changed.emit()


def _table(model: TakesModel, name: str) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName(name)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setWordWrap(False)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setCornerButtonEnabled(False)
    table.verticalHeader().hide()
    table.setSortingEnabled(True)
    head = table.horizontalHeader()
    head.setHighlightSections(False)
    head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    head.setSectionResizeMode(TEXT, QHeaderView.ResizeMode.Stretch)
    for column in (VERDICT, LENGTH, CAME):
        head.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
    table.sortByColumn(CAME, Qt.SortOrder.AscendingOrder)
    return table
