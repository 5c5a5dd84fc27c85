# SPDX-License-Identifier: GPL-3.0-or-later
"""The spoken consent: a sentence drawn now, said now, without which nothing becomes a voice."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMessageBox

from gui import wording
from gui.declaration import DeclarationForm
from gui.desk import Desk
from gui.ears import Ears, Hearing
from gui.flow import Flow
from gui.job_panel import JobPanel
from gui.one_sentence import OneSentence
from gui.page import Page
from gui.prompt_view import PromptView
from gui.style import Space
from gui.widgets import Card, IconButton, IconLabel, button, row, set_tone, text_label
from voicevault.errors import Refused, UsageError, VoiceVaultError
from voicevault.records import OWN, Challenge, Consent, Level, Prompt, Withdrawal

JOB = "consent"


class ConsentPage(Page):
    """What is consented to, and the way there: declare, draw, say."""

    def __init__(self, desk: Desk, hearing: Hearing | None = None) -> None:
        super().__init__(desk)
        self.challenge: Challenge | None = None
        self.kept: Consent | None = None
        self._takes = 0
        self.state_icon = IconLabel(desk.theme, "info", "muted", 28)
        self.state = text_label("", "heading")
        self.state_text = text_label("", tone="muted")
        self.withdraw = button(self.tr("Withdraw…"), "danger")
        self.form = DeclarationForm()
        self.draw = IconButton(desk.theme, "shield", self.tr("Show the sentence"), "primary")
        self.ears = Ears(desk, hearing)
        self.sentence = PromptView(desk.theme)
        self.say = IconButton(desk.theme, "record", self.tr("Record (Space)"), "primary")
        self.another = button(self.tr("Another sentence"))
        self.back = button(self.tr("Back"), "quiet")
        self.verdict = text_label("")
        self.saying = OneSentence(desk, self)
        self.job = JobPanel(desk, [JOB])
        self.set_title(self.tr("Consent"), self.tr("Without it nothing becomes a voice."))
        self._lay_out()
        self._connect()
        self.start_over()

    @property
    def own(self) -> object:
        """The choice of one's own voice."""
        return self.form.own

    @property
    def bank(self) -> object:
        """The choice of somebody else's."""
        return self.form.bank

    def refresh(self) -> None:
        """Read what is consented to."""
        studio = self.desk.studio
        self.desk.run_task(lambda: (studio.consent.current(), len(studio.takes())), self._read)

    def leave(self) -> None:
        self.saying.drop()
        self.ears.stop()
        self.start_over()

    def start_over(self) -> None:
        """Back to the declaration; a sentence that was drawn is not said."""
        self.saying.drop()
        self.challenge = None
        self._show_step()

    def ask(self) -> None:
        """Draw a sentence with today's date and three words."""
        try:
            declaration = self.form.declaration()
        except UsageError:
            self.desk.show_error(
                UsageError(
                    self.tr("name the person and what they are to you"),
                    hint=self.tr("both are part of the sentence, up to 60 letters"),
                )
            )
            return
        studio = self.desk.studio
        self.ears.look()
        self.desk.run_task(lambda: studio.consent.ask(declaration), self._drawn)

    def press(self) -> None:
        """Space: begin to record the sentence, or end it."""
        if self.challenge is None or self.desk.jobs.name:
            return
        if self.saying.running:
            self.saying.finish()
        else:
            self._tell("", "")
            self.say.setEnabled(False)
            self.saying.begin(self.ears.device())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Esc, where no button took them."""
        if self.challenge is not None and event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self.press()
        elif self.challenge is not None and event.key() == Qt.Key.Key_Escape:
            if self.saying.running:
                self.saying.drop()
                self._ready()
            else:
                self.start_over()
        else:
            super().keyPressEvent(event)

    def _read(self, found: tuple[Consent | None, int]) -> None:
        self.kept, self._takes = found
        kept = self.kept
        self.withdraw.setVisible(kept is not None)
        self.state_icon.set_icon(*(("good", "good") if kept else ("info", "muted")))
        if kept is None:
            self.state.setText(self.tr("Nobody has consented yet"))
            self.state_text.setText(
                self.tr("Record some sentences first: your voice is compared with them.")
                if not self._takes
                else self.tr("Say one sentence, and a voice can be made from these recordings.")
            )
        else:
            declared = kept.challenge.declaration
            self.state.setText(
                self.tr("Consent for your own voice, {day}").format(day=kept.challenge.day)
                if kept.case == OWN
                else self.tr("Declared for {whose}, {day}").format(
                    whose=declared.whose, day=kept.challenge.day
                )
            )
            self.state_text.setText(kept.text)
        self.draw.setEnabled(self._takes > 0)
        self.draw.set_icon(
            "shield", self.tr("Say a new one") if kept else self.tr("Show the sentence")
        )

    def _drawn(self, challenge: Challenge) -> None:
        self.challenge = challenge
        self.sentence.show_prompt(Prompt("consent", challenge.text), None)
        self._show_step()
        self._ready()
        self.desk.announce(self.tr("Read the sentence aloud."))

    def _ready(self) -> None:
        self.say.setEnabled(True)
        self.say.set_icon("record", self.tr("Record (Space)"))
        self.sentence.show_state(
            self.tr("Read this aloud within 15 minutes. Press Space to begin."), "muted"
        )
        self.sentence.setFocus()

    def _opened(self) -> None:
        self.say.setEnabled(True)
        self.say.set_icon("stop", self.tr("Done (Space)"))
        self.sentence.show_state(self.tr("Speak now"), "accent")

    def _heard(self, level: Level) -> None:
        self.ears.show_level(level, "" if self.saying.running else " ")

    def _said(self, flac: bytes) -> None:
        if not flac:
            self._ready()
            self._tell(self.tr("Nothing was heard. Check the microphone and say it again."), "bad")
            return
        self.say.setEnabled(False)
        self.sentence.show_state(self.tr("Comparing words and voice…"), "muted")
        studio = self.desk.studio
        began = self.desk.jobs.start(
            JOB,
            lambda on_event: studio.consent.record(flac, on_event),
            cancel=studio.cancel,
            then=self._consented,
            failed=self._refused,
        )
        if not began:
            self._refused(
                UsageError(
                    self.tr("something else is running"),
                    hint=self.tr("wait for it, then say the sentence again"),
                )
            )

    def _consented(self, kept: Consent) -> None:
        words = self.tr("Thank you. A voice may be made from these recordings.")
        self.start_over()
        self.desk.announce(words)
        self.desk.consent_changed.emit()

    def _refused(self, error: Exception) -> None:
        """A refusal is about what was said; anything else is not the speaker's doing."""
        self._ready()
        if isinstance(error, (Refused, VoiceVaultError)):
            told = wording.told(error)
            self._tell(f"{told.message} {told.hint}".strip(), "bad")
        else:
            self.desk.show_error(error)

    def _broke(self, error: Exception) -> None:
        self._ready()
        self.desk.show_error(error)

    def _tell(self, words: str, tone: str) -> None:
        self.verdict.setText(words)
        self.verdict.setVisible(bool(words))
        set_tone(self.verdict, tone)
        if words:
            self.desk.announce(words)

    def _ask_withdraw(self) -> None:
        ask = QMessageBox(self)
        ask.setWindowTitle(self.tr("Withdraw the consent?"))
        ask.setText(
            self.tr(
                "From then on nothing is trained or exported. Recordings and voices in the vault "
                "stay until you delete them. Files that were exported are out of reach."
            )
        )
        yes = ask.addButton(self.tr("Withdraw"), QMessageBox.ButtonRole.DestructiveRole)
        ask.addButton(self.tr("Keep it"), QMessageBox.ButtonRole.RejectRole)
        ask.exec()
        if ask.clickedButton() is yes:
            self.take_back()

    def take_back(self) -> None:
        """Withdraw the consent."""
        studio = self.desk.studio

        def withdraw() -> Withdrawal:  # `studio.consent` itself reads the vault
            return studio.consent.withdraw()

        self.desk.run_task(withdraw, self._withdrawn)

    def _withdrawn(self, done: Withdrawal) -> None:
        words = self.tr("Withdrawn. Nothing is trained or exported from now on.")
        if done.voices:
            words += " " + self.tr("Still in the vault: {voices}.").format(
                voices=", ".join(done.voices)
            )
        self.desk.announce(words)
        self.desk.consent_changed.emit()

    def _show_step(self) -> None:
        drawn = self.challenge is not None
        self._state_card.setVisible(not drawn)
        self._form_card.setVisible(not drawn)
        self._allows_card.setVisible(not drawn)
        for one in (self.ears, self.sentence, self.say, self.another, self.back):
            one.setVisible(drawn)
        self._tell("", "")

    def _lay_out(self) -> None:
        self._state_card = Card()
        words = row(self.state_icon, self.state, stretch="none", spacing=Space.M)
        words.setStretch(1, 1)
        words.addWidget(self.withdraw)
        self._state_card.body.addLayout(words)
        self._state_card.body.addWidget(self.state_text)
        self._form_card = Card(self.tr("Whose voice is it?"))
        self._form_card.body.addWidget(self.form)
        self._form_card.body.addLayout(row(self.draw))
        self._allows_card = Card(self.tr("What it allows, and what not"))
        for text in (
            self.tr("It allows voices to be trained and exported from the recordings in here."),
            self.tr(
                "You say a sentence with today's date and three words that nobody could foresee. "
                "Its words and its voice are compared, now and again with every training."
            ),
            self.tr(
                "It is kept in the vault with its sound. Its kind, date and hash travel with every "
                "exported voice; the sound does not."
            ),
            self.tr("You can withdraw it at any time, here. What was exported is out of reach."),
        ):
            self._allows_card.body.addWidget(text_label(text))
        for part in (self._state_card, self._form_card, self._allows_card, self.ears):
            self.body.addWidget(part)
        self.body.addWidget(self.sentence, 1)
        self.body.addWidget(self.verdict)
        self.body.addWidget(self.job)
        for one in (self.say, self.another, self.back):
            one.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.body.addLayout(Flow(self.say, self.another, self.back))
        self.body.addStretch(0)
        self.withdraw.hide()

    def _connect(self) -> None:
        self.draw.clicked.connect(self.ask)
        self.another.clicked.connect(self.ask)
        self.back.clicked.connect(self.start_over)
        self.say.clicked.connect(self.press)
        self.withdraw.clicked.connect(self._ask_withdraw)
        self.saying.opened.connect(self._opened)
        self.saying.heard.connect(self._heard)
        self.saying.said.connect(self._said)
        self.saying.broke.connect(self._broke)
        self.desk.consent_changed.connect(self.refresh_if_seen)
        self.desk.takes_changed.connect(self.refresh_if_seen)
