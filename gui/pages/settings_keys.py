# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can open the vault: passphrases, the recovery code, the keychain; each can be changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from gui.desk import Desk
from gui.flow import Flow
from gui.notices import Banner
from gui.pages.welcome_code import CodeForm
from gui.pages.welcome_create import PassphraseTwice
from gui.style import Space
from gui.widgets import Card, IconButton, button, field, framed, row, secret_input, text_label
from voicevault.records import Key, SlotInfo


class KeysCard(Card):
    """Lists the ways in and leads to the dialogs that change them."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.body.addWidget(text_label(self.tr("Keys"), "heading"))
        self.ways = text_label("")
        self.ways.setAccessibleName(self.tr("What opens this vault"))
        self.passphrase = IconButton(desk.theme, "key", self.tr("Change the passphrase…"))
        self.recovery = IconButton(desk.theme, "shield", self.tr("New recovery code…"))
        self.keychain = button(self.tr("Use this computer's keychain…"))
        self._has_keychain = False
        self.body.addWidget(self.ways)
        self.body.addLayout(Flow(self.passphrase, self.recovery, self.keychain))
        self.passphrase.clicked.connect(self._change_passphrase)
        self.recovery.clicked.connect(self._new_code)
        self.keychain.clicked.connect(self._turn_keychain)

    def refresh(self) -> None:
        """Read the slots again."""
        self._desk.run_task(self._desk.studio.custody.slots, self._show)

    def _show(self, slots: Sequence[SlotInfo]) -> None:
        counts = Counter(one.type for one in slots)
        names = {
            "passphrase": (self.tr("a passphrase"), self.tr("{n} passphrases")),
            "recovery": (self.tr("a recovery code"), self.tr("{n} recovery codes")),
            "keychain": (self.tr("this computer's keychain"), self.tr("{n} keychains")),
        }
        shown = [
            one if counts[kind] == 1 else many.format(n=counts[kind])
            for kind, (one, many) in names.items()
            if counts[kind]
        ]
        self.ways.setText(self.tr("This vault opens with: {ways}.").format(ways=", ".join(shown)))
        self._has_keychain = bool(counts["keychain"])
        words = (
            self.tr("Stop using the keychain…")
            if self._has_keychain
            else self.tr("Use this computer's keychain…")
        )
        self.keychain.setText(words)
        self.keychain.setAccessibleName(words)

    def _change_passphrase(self) -> None:
        PassphraseDialog(self._desk, self).exec()
        self.refresh()

    def _new_code(self) -> None:
        CodeDialog(self._desk, self).exec()
        self.refresh()

    def _turn_keychain(self) -> None:
        KeychainDialog(self._desk, not self._has_keychain, self).exec()
        self.refresh()


class KeyDialog(QDialog):
    """Asks for the present passphrase, then does one thing with it, which takes a second.

    A wrong passphrase is said in the dialog; typing it again is all that is needed.
    """

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setMinimumWidth(round(480 * desk.theme.body_pt / 10.5))
        self.banner = Banner(desk.theme)
        self.title, self.words = text_label("", "title"), text_label("", tone="muted")
        self.present = secret_input()
        self.act = button("", "primary")
        self.cancel = button(self.tr("Cancel"))
        self.body = QVBoxLayout()
        self.body.setSpacing(Space.L)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self._content = QWidget()
        outer.addWidget(self._content)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(Space.XL, Space.XL, Space.XL, Space.XL)
        column.setSpacing(Space.L)
        for part in (self.title, self.words, self.banner):
            column.addWidget(part)
        self.asked = framed(field(self.tr("Present passphrase"), self.present))
        column.addWidget(self.asked)
        column.addLayout(self.body)
        column.addLayout(row(self.cancel, self.act, stretch="before"))
        self.act.clicked.connect(self._wish)
        self.cancel.clicked.connect(self.reject)
        self.present.textChanged.connect(self.check)
        self.act.setEnabled(False)
        self.present.setFocus()

    def describe(self, title: str, words: str, action: str) -> None:
        """What it is for."""
        self.setWindowTitle(title)
        self.title.setText(title)
        self.words.setText(words)
        self.act.setText(action)
        self.act.setAccessibleName(action)

    def ready(self) -> bool:
        """Whether everything that is needed was typed."""
        return bool(self.present.text())

    def check(self) -> None:
        """Let the person go on as soon as they can."""
        self.act.setEnabled(self.ready())

    def work(self, key: Key) -> Callable[[], object]:
        """What is done off the GUI thread."""
        raise NotImplementedError

    def done_with(self, answer: object) -> None:
        """It worked."""
        self.accept()

    def done(self, result: int) -> None:
        for line in self.findChildren(type(self.present)):
            line.clear()
        super().done(result)

    def _wish(self) -> None:
        self._content.setEnabled(False)
        self.banner.hide()
        work = self.work(Key(passphrase=self.present.text()))
        self.desk.run_task(work, self._worked, self._refused)

    def _worked(self, answer: object) -> None:
        self._content.setEnabled(True)
        self.done_with(answer)

    def _refused(self, error: Exception) -> None:
        self._content.setEnabled(True)
        self.banner.show_error(error)
        self.present.setFocus()
        self.present.selectAll()


class PassphraseDialog(KeyDialog):
    """Puts a new passphrase in place of the present one."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(desk, parent)
        self.describe(
            self.tr("Change the passphrase"),
            self.tr(
                "The old one does not open this vault any more. Backups made before still open "
                "with it."
            ),
            self.tr("Change it"),
        )
        self.pair = PassphraseTwice(desk.tools)
        self.body.addWidget(self.pair)
        self.pair.changed.connect(self.check)

    def ready(self) -> bool:
        return bool(self.present.text() and self.pair.passphrase)

    def work(self, key: Key) -> Callable[[], object]:
        keeper, new = self.desk.studio.custody, self.pair.passphrase
        return lambda: keeper.change_passphrase(key, new)

    def done_with(self, answer: object) -> None:
        self.desk.announce(self.tr("The passphrase is changed."))
        self.accept()


class CodeDialog(KeyDialog):
    """Replaces the recovery code, and shows the new one until it is on paper."""

    def __init__(self, desk: Desk, parent: QWidget) -> None:
        super().__init__(desk, parent)
        self.describe(
            self.tr("A new recovery code"),
            self.tr("The old code does not open this vault any more."),
            self.tr("Replace the code"),
        )
        self.code = CodeForm(desk.tools)
        self.code.hide()
        self.body.addWidget(self.code)
        self.code.confirmed.connect(self.accept)

    def work(self, key: Key) -> Callable[[], object]:
        keeper = self.desk.studio.custody
        return lambda: keeper.new_recovery_code(key)

    def done_with(self, answer: object) -> None:
        for part in (self.title, self.words, self.asked, self.act, self.cancel):
            part.hide()
        self.code.show_code(str(answer), self.desk.studio.path)
        self.code.show()
        self.code.first.setFocus()

    def reject(self) -> None:
        """Escape does not lose a code that nobody has written down."""
        if self.code.isHidden():
            super().reject()


class KeychainDialog(KeyDialog):
    """Lets this computer's keychain open the vault, or not any more."""

    def __init__(self, desk: Desk, wanted: bool, parent: QWidget) -> None:
        super().__init__(desk, parent)
        self._wanted = wanted
        if wanted:
            self.describe(
                self.tr("Open with the keychain"),
                self.tr(
                    "Whoever is logged in as you can then open the vault without the passphrase, "
                    "other programs too. The passphrase keeps working."
                ),
                self.tr("Use the keychain"),
            )
        else:
            self.describe(
                self.tr("Stop using the keychain"),
                self.tr("The vault will open with the passphrase or the recovery code only."),
                self.tr("Stop using it"),
            )

    def work(self, key: Key) -> Callable[[], object]:
        keeper, wanted = self.desk.studio.custody, self._wanted
        return lambda: keeper.use_keychain(key, wanted)
