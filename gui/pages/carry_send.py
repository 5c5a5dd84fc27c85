# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending to the phone: a QR code, how long it still counts, and a way to stop."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QLineEdit,
    QProgressBar,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gui import wording
from gui.desk import Desk
from gui.flow import Flow
from gui.style import Space
from gui.widgets import (
    Choice,
    FittingStack,
    button,
    field,
    framed,
    into_view,
    set_tone,
    text_label,
)
from voicevault.errors import Cancelled, UsageError
from voicevault.events import Progress
from voicevault.records import Delivery, Interface, Offer, Squares, interfaces, squares

JOB = "send"
QUIET = 4
SMALLEST_PX, USUAL_PX = 220, 370


class CodeView(QWidget):
    """A QR code, black on white in every theme: scanners do not read the other way round."""

    def __init__(self) -> None:
        super().__init__()
        self._code: Squares = ()
        self.setMinimumSize(SMALLEST_PX, SMALLEST_PX)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("QR code of the link"))

    def show_code(self, code: Squares) -> None:
        """Draw these squares; none: draw nothing."""
        self._code = code
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(USUAL_PX, USUAL_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.white)
        if not self._code:
            return
        ratio = self.devicePixelRatioF()
        count = len(self._code) + 2 * QUIET
        # Whole pixels of the screen a square: uneven ones are what scanners stumble over.
        side = max(1, int(min(self.width(), self.height()) * ratio) // count) / ratio
        left = (self.width() - side * count) / 2 + side * QUIET
        top = (self.height() - side * count) / 2 + side * QUIET
        for y, line in enumerate(self._code):
            for x, dark in enumerate(line):
                if dark:
                    painter.fillRect(
                        QRectF(left + x * side, top + y * side, side, side),
                        Qt.GlobalColor.black,
                    )


class SendPanel(QWidget):
    """Offers one file, which it is given, to a phone in the home network."""

    delivered = Signal()

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._data, self._name = b"", ""
        self._offer: Offer | None = None
        self.network = Choice()
        self.start = button(self.tr("Show the code"), "primary")
        self.state = text_label("")
        self.code = CodeView()
        self.link = QLineEdit()
        self.link.setReadOnly(True)
        self.left = text_label("", "heading")
        self.bar = QProgressBar()
        self.bar.setAccessibleName(self.tr("Sending to the phone"))
        self.bar.setTextVisible(False)
        self.stop = button(self.tr("Stop"))
        self._parts = FittingStack()
        self._lay_out()
        self._connect()

    def give(self, data: bytes, name: str) -> None:
        """What is offered from now on; nothing is, until the person asks."""
        self._data, self._name = data, name

    def ask(self) -> None:
        """Show the panel as it is before an offer, with the networks there are now."""
        self.start.setEnabled(False)
        self._desk.run_task(interfaces, self._show_networks)

    def end(self) -> None:
        """Offer nothing any more, and forget the file."""
        self._data = b""
        if self._desk.jobs.name == JOB:
            self._desk.jobs.cancel()

    def _lay_out(self) -> None:
        before = QVBoxLayout()
        before.setSpacing(Space.M)
        before.addWidget(
            text_label(
                self.tr(
                    "The phone has to be in the same network. The file goes over it as plain HTTP, "
                    "not encrypted: do this at home and not in a café. It can be fetched once, "
                    "within five minutes, by whoever has the code."
                ),
                tone="muted",
            )
        )
        self._networks = framed(field(self.tr("Network"), self.network))
        before.addWidget(self._networks)
        before.addWidget(self.state)
        before.addLayout(Flow(self.start))
        during = QVBoxLayout()
        during.setSpacing(Space.M)
        during.addWidget(
            text_label(self.tr("Point the phone's camera at the code and open the link."))
        )
        during.addWidget(self.code)
        during.addWidget(self.left)
        during.addWidget(self.bar)
        during.addLayout(field(self.tr("The link, if the phone has no camera"), self.link))
        during.addLayout(Flow(self.stop))
        self._before, self._during = framed(before), framed(during)
        self._parts.add(self._before)
        self._parts.add(self._during)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._parts)
        for one in (self.state, self._networks):
            one.hide()

    def _connect(self) -> None:
        self.start.clicked.connect(self._begin)
        self.stop.clicked.connect(self._desk.jobs.cancel)
        self._desk.jobs.job_told.connect(self._told)

    def _show_networks(self, found: list[Interface]) -> None:
        self.network.clear()
        for one in found:
            self.network.addItem(f"{one.address} ({one.name})", one.address)
        self._networks.setVisible(len(found) > 1)
        self.start.setEnabled(bool(found))
        if found:
            self.state.hide()
            self.start.setFocus()
        else:
            self._say(
                self.tr(
                    "This computer is in no home network now. Connect it to the phone's Wi-Fi, or "
                    "save the file."
                ),
                "warn",
            )

    def _begin(self) -> None:
        data, name, address = self._data, self._name, self.network.currentData()
        self.start.setEnabled(False)

        def prepare() -> tuple[Offer, Squares]:
            offer = Offer(data, name, address)
            try:
                return offer, squares(offer.url)
            except BaseException:
                offer.close()
                raise

        self._desk.run_task(prepare, self._offered, self._refused)

    def _offered(self, made: tuple[Offer, Squares]) -> None:
        offer, code = made
        studio, self._offer = self._desk.studio, offer
        started = bool(self._data) and self._desk.jobs.start(
            JOB,
            lambda on_event: studio.send(offer, on_event=on_event),
            cancel=studio.cancel,
            then=self._ended,
            failed=self._broke,
        )
        if not started:
            offer.close()
            self._offer = None
            if self._data:
                self._refused(
                    UsageError(
                        self.tr("something else is running"),
                        hint=self.tr("wait until it has ended, or stop it first"),
                    )
                )
            return
        self.code.show_code(code)
        self.link.setText(offer.url)
        self.link.setCursorPosition(0)
        self._wait(offer.left_s)
        self._parts.show_part(self._during)
        self.stop.setFocus()
        into_view(self._during)
        self._desk.announce(self.tr("The phone can fetch it now."))

    def _told(self, name: str, event: object) -> None:
        if name != JOB or not isinstance(event, Progress):
            return
        if event.stage == "wait":
            self._wait(event.eta_s or 0.0)
        else:
            self.bar.show()
            self.bar.setRange(0, event.total)
            self.bar.setValue(event.done)
            self.left.setText(self.tr("Sending…"))

    def _wait(self, left_s: float) -> None:
        self.bar.hide()
        self.left.setText(
            self.tr("It works for {time} more.").format(time=wording.duration(left_s))
        )

    def _ended(self, how: Delivery) -> None:
        self._close()
        if how.done:
            self._say(self.tr("It has arrived. The link is dead now."), "good")
            self.delivered.emit()
            return
        text = self.tr("Nobody fetched it in time.")
        if how.broken:
            text = self.tr("It was begun and did not arrive.")
        self._say(
            text + " " + self.tr("Is the phone in the same Wi-Fi, and does a firewall let it in?"),
            "warn",
        )

    def _broke(self, error: Exception) -> None:
        self._close()
        if isinstance(error, Cancelled):
            self._say(self.tr("Stopped. The link is dead now."), "muted")
        else:
            self._desk.show_error(error)

    def _refused(self, error: Exception) -> None:
        self.start.setEnabled(True)
        self._desk.show_error(error)

    def _close(self) -> None:
        self._offer = None
        self.code.show_code(())
        self.link.clear()
        self.start.setEnabled(True)
        self._parts.show_part(self._before)

    def _say(self, text: str, tone: str) -> None:
        self.state.setText(text)
        set_tone(self.state, tone)
        self.state.show()
        self._desk.announce(text)
