# SPDX-License-Identifier: GPL-3.0-or-later
"""A recording session: keys go in, what happened comes out, and `tick` lets time pass.

Whoever shows it calls `tick` some thirty times a second, reads `phase`, `prompt`, `listener.level`
and so on, and tells what `tick` returned. Nothing here waits: judging is on a thread of its own.
The one moment of a few milliseconds is keeping, after which a take survives whatever happens.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable
from dataclasses import dataclass

from voicevault.audio.capture import Device, Microphone
from voicevault.audio.endpoint import PAUSE_S
from voicevault.audio.room import Room
from voicevault.errors import UsageError, VoiceVaultError
from voicevault.recording.attempt import Attempt
from voicevault.recording.deciding import Keeper, Outcomes
from voicevault.recording.happenings import Happening, Kind
from voicevault.recording.judge import Judge, Judgement
from voicevault.recording.listening import Listener
from voicevault.recording.script import Progress, Script
from voicevault.text.prompts import Prompt

WORDS_WAIT_S = 0.22
"""The words may take so long before a good sound verdict is shown without them."""
RETRY_S = 2.5  # continuous: time to read why a take is to be redone
RETRIES = 2  # continuous: so many redos in a row, then it waits for a person
BREAK_S = 25 * 60.0
REST_S = 180.0  # so long without a take is a break already taken


class Phase(enum.Enum):
    """What a session is doing."""

    READY = "ready"
    ROOM = "room"  # listening to the room
    LEAD_IN = "lead-in"  # the take runs, nobody should speak yet
    RECORDING = "recording"
    JUDGING = "judging"
    VERDICT = "verdict"  # a take waits for a decision
    FINISHED = "finished"  # nothing is left to read


@dataclass(frozen=True, slots=True)
class Settings:
    """How a person likes to record."""

    continuous: bool = False
    pause_s: float | None = PAUSE_S

    def checked(self) -> Settings:
        """Itself. Raises UsageError for a pause that nobody can record with."""
        if self.pause_s is not None and not 0.4 <= self.pause_s <= 10.0:
            raise UsageError(
                f"a pause of {self.pause_s:g} s; 0.4 to 10 s can end a take",
                hint="0.8 is usual; more for a person who speaks with pauses",
            )
        if self.continuous and self.pause_s is None:
            raise UsageError(
                "continuous recording needs a pause that ends a take",
                hint="0.8 s is usual; more for a person who speaks with pauses",
            )
        return self


class Session:
    """One sitting. `open` it, `tick` it, press its keys, `close` it; quit anywhere."""

    def __init__(
        self,
        keeper: Keeper,
        script: Script,
        device: Device,
        settings: Settings,
        judge: Judge,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings.checked()
        self.script = script
        self.phase = Phase.READY if script.current else Phase.FINISHED
        self.attempt: Attempt | None = None
        self.room: Room | None = None
        self._listener = Listener(device)
        self._judge = judge
        self._judgement: Judgement | None = None
        self._clock = clock
        self._happened: list[Happening] = []
        self._outcomes = Outcomes(keeper, script, clock, self._tell)
        self._retries = 0
        self._go_on_at_s: float | None = None
        self._by_hand = False  # something came back by undo: nothing goes on by itself
        self._began_s = self._rested_s = self._active_s = clock()

    # what there is to show

    @property
    def prompt(self) -> Prompt | None:
        """What to read now."""
        return self.script.current

    @property
    def following(self) -> Prompt | None:
        """What comes next."""
        return self.script.following

    @property
    def progress(self) -> Progress:
        """How far."""
        return self.script.progress()

    @property
    def spent_s(self) -> float:
        """Since the session began."""
        return self._clock() - self._began_s

    @property
    def listener(self) -> Listener:
        """The microphone and its level."""
        return self._listener

    @property
    def hearable(self) -> Attempt | None:
        """What a replay plays: the take that waits, or the last one that was kept."""
        return self.attempt or self._outcomes.last_kept

    # the session itself

    def open(self) -> None:
        """Listen. Raises MissingExtra or BadAudio; the session stays and can be opened again."""
        self._listener.open()
        self._tell(Kind.LISTENING, "Listening. Nothing is kept until you record.")

    def choose(self, device: Device | str) -> None:
        """Another microphone, or the same one again. Only between takes."""
        if self.phase in (Phase.LEAD_IN, Phase.RECORDING):
            self.escape()
        if self.phase is Phase.ROOM:
            self.phase = Phase.READY
        self._listener.close()
        self._listener = Listener(Microphone(device) if isinstance(device, str) else device)
        self.open()

    def close(self) -> None:
        """Give the microphone back and finish what was judged; a take in progress is lost."""
        self._listener.close()
        self._judge.close()
        self._outcomes.settle()

    def tick(self) -> list[Happening]:
        """Let time pass; what happened since the last call."""
        self._hear()
        self._settle()
        self._outcomes.settle()
        self._watch_the_clock()
        happened, self._happened = self._happened, []
        return happened

    # keys

    def check_room(self) -> None:
        """Listen to the room for three seconds."""
        if self.phase in (Phase.READY, Phase.FINISHED) and self._listening():
            self._listener.begin_room()
            self.phase = Phase.ROOM

    def press(self) -> None:
        """Space: begin, end, or go on. It alone is enough for a whole session."""
        if self.phase in (Phase.LEAD_IN, Phase.RECORDING):
            self._end()
        elif self.phase is Phase.READY:
            self._start()
        elif self.phase is Phase.VERDICT and self.attempt is not None:
            (self.accept if self.attempt.good else self.redo)()
            self._start()

    def escape(self) -> None:
        """Esc: drop the take in progress, and only that; undo brings it back."""
        self._go_on_at_s = None
        if self.phase is Phase.ROOM:
            self._listener.end()
            self._rest()
        elif self.phase in (Phase.LEAD_IN, Phase.RECORDING):
            attempt = self._attempt()
            self._outcomes.discard(attempt, "Dropped. Undo brings it back.")
            self._rest()

    def accept(self) -> None:
        """Enter: keep the take, unless it is to be recorded again."""
        if self.phase is not Phase.VERDICT or self.attempt is None:
            return
        if not self.attempt.good:
            more = " K keeps it anyway." if self.attempt.can_be_kept else ""
            self._tell(Kind.REFUSED, f"Not kept. Backspace records it again, S skips it.{more}")
            return
        self._keep()

    def keep_anyway(self) -> None:
        """K: keep it against the verdict, for training too. Where there is no speech: no."""
        if self.phase is not Phase.VERDICT or self.attempt is None:
            return
        if not self.attempt.can_be_kept:
            self._tell(Kind.REFUSED, "Nothing in this take could be used.")
            return
        self._keep()

    def redo(self) -> None:
        """Backspace: the same sentence again."""
        if self.phase is Phase.VERDICT and self.attempt is not None:
            self._outcomes.discard(self.attempt, "Again.")
            self._rest()

    def skip(self) -> None:
        """S: another time; the sentence comes back at the end."""
        prompt = self.prompt
        if prompt is not None and self.phase in (Phase.READY, Phase.VERDICT):
            self._outcomes.skip(prompt, self.attempt)
            self._rest()

    def undo(self) -> None:
        """Ctrl+Z: take the last decision back. A take that was kept is destroyed in the vault."""
        if self.phase not in (Phase.READY, Phase.VERDICT, Phase.FINISHED):
            return
        waiting, self._go_on_at_s, self._by_hand = self.attempt, None, True
        back = self._outcomes.undo(waiting)
        if back is None:
            self._tell(Kind.REFUSED, "There is nothing to undo.")
            return
        self._judgement = None
        self._rest(back.attempt)

    def edit(self, text: str) -> None:
        """What was said instead. The take is judged again, against these words.

        Raises:
            BadDataset: there is nothing to say in `text`, or too much.
        """
        if self.phase is Phase.VERDICT and self.attempt is not None:
            self._outcomes.correct(self.attempt, text)
            self._go_on_at_s, self._by_hand = None, True
            self._submit(self.attempt)

    # inside

    def _tell(self, kind: Kind, text: str) -> None:
        self._happened.append(Happening(kind, text))

    def _listening(self) -> bool:
        """Whether a microphone is open; tries to open it where none is."""
        if self._listener.open_now:
            return True
        try:
            self.open()
        except VoiceVaultError as error:
            self._tell(Kind.REFUSED, f"{error.message[0].upper()}{error.message[1:]}. {error.hint}")
            return False
        return True

    def _start(self) -> None:
        if self.phase is not Phase.READY or self.prompt is None or not self._listening():
            return
        self.attempt = self._judgement = self._go_on_at_s = None
        self._by_hand = False
        self._listener.begin(self.settings.pause_s)
        self._judge.warm_up()  # meanwhile; whoever only looks does without its 40 MB
        self.phase = Phase.LEAD_IN

    def _hear(self) -> None:
        """The microphone, and what follows from it."""
        listener = self._listener
        was_open = listener.open_now
        listener.hear()
        if self.phase is Phase.ROOM and (room := listener.room()) is not None:
            self.room = room
            self._rest()
            self._tell(Kind.ROOM_CHECKED, room.sentence())
        if self.phase is Phase.LEAD_IN and listener.led_in:
            self.phase = Phase.RECORDING
            self._tell(Kind.SPEAK, "Speak now.")
        gone = was_open and not listener.open_now
        if self.phase in (Phase.LEAD_IN, Phase.RECORDING) and (listener.take_ended or gone):
            self._end()
        if gone:
            if self.phase is Phase.ROOM:
                self._rest()
            self._go_on_at_s = None
            self._tell(Kind.UNPLUGGED, "Microphone unplugged. What was recorded so far is here.")

    def _attempt(self) -> Attempt:
        assert self.prompt is not None
        recorded = self._listener.end()
        return Attempt(
            self.prompt, self.prompt.text, recorded.samples, recorded.rate_hz, recorded.lost,
            self._clock(),
        )  # fmt: skip

    def _end(self) -> None:
        self._submit(self._attempt())

    def _submit(self, attempt: Attempt) -> None:
        attempt.verdict, attempt.settled, attempt.ended_s = None, False, self._clock()
        self.attempt, self.phase = attempt, Phase.JUDGING
        self._judgement = self._judge.submit(attempt)

    def _settle(self) -> None:
        """The verdict, as soon as there is one; the words may change it later."""
        attempt, found = self.attempt, self._judgement
        if attempt is None or found is None:
            return
        waited_s = self._clock() - attempt.ended_s
        if found.words.done():
            verdict = found.words.result()
            news = attempt.verdict is None or attempt.verdict.reason is not verdict.reason
            attempt.verdict, attempt.settled, self._judgement = verdict, True, None
            self._outcomes.learned_flac(attempt, found)
        elif attempt.verdict is None and found.sound.done():
            sound = found.sound.result()
            news = sound.status == "redo" or waited_s > WORDS_WAIT_S
            attempt.verdict = sound if news else None
        else:
            return
        if news:
            self._show(attempt, waited_s)

    def _show(self, attempt: Attempt, waited_s: float) -> None:
        assert attempt.verdict is not None
        if self.phase is Phase.JUDGING:
            attempt.verdict_ms = round(waited_s * 1000)
        self.phase = Phase.VERDICT
        self._tell(Kind.JUDGED, attempt.verdict.sentence())
        if not self.settings.continuous or self._by_hand:
            return
        if attempt.good:
            self._retries, self._go_on_at_s = 0, self._clock()
            return
        self._retries += 1
        if self._retries > RETRIES or not attempt.can_be_kept or not self._listener.open_now:
            self._retries, self._go_on_at_s = 0, None
            self._tell(Kind.PAUSED, "Paused. Space goes on.")
        else:
            self._go_on_at_s = self._clock() + RETRY_S

    def _keep(self) -> None:
        attempt = self.attempt
        assert attempt is not None
        self._outcomes.keep(attempt, self._judgement)
        self._judgement = None
        self._rest()

    def _rest(self, attempt: Attempt | None = None) -> None:
        """Wait for the next key, with the next sentence or with a take that came back."""
        self.attempt = attempt or self._outcomes.parked()
        if self.attempt is None:
            self.phase = Phase.READY if self.prompt else Phase.FINISHED
            if self.phase is Phase.FINISHED:
                self._tell(Kind.FINISHED, "Every sentence is recorded. Thank you.")
        elif self.attempt.settled:
            self.phase = Phase.VERDICT
        else:
            self._submit(self.attempt)

    def _watch_the_clock(self) -> None:
        now_s = self._clock()
        if self.phase in (Phase.LEAD_IN, Phase.RECORDING):
            self._active_s = now_s
        elif now_s - self._active_s > REST_S:
            self._rested_s = self._active_s = now_s
        elif self.phase is not Phase.JUDGING and now_s - self._rested_s > BREAK_S:
            self._rested_s, self._go_on_at_s = now_s, None
            self._tell(
                Kind.BREAK_DUE, "25 minutes. A rested voice is a better one: drink some water."
            )
        if self._go_on_at_s is not None and now_s >= self._go_on_at_s:
            self._go_on_at_s = None
            self.press()
