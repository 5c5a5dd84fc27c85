# SPDX-License-Identifier: GPL-3.0-or-later
"""transcribe, dictate: speech to text, from a file or a microphone."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from voicevault import egress
from voicevault.audio import capture, live, stream
from voicevault.commands.session import Session
from voicevault.dictation import Dictation
from voicevault.errors import BadAudio, MissingExtra, UsageError
from voicevault.events import Event
from voicevault.listening import Listener, open_recogniser
from voicevault.runtime import transcript
from voicevault.runtime.recognise import UNSURE, HeardWord

FORMATS = ("text", "srt", "vtt", "json")
_Run = Annotated[
    str,
    typer.Option(metavar="RUN", help="A recogniser in the vault; default: the newest good one."),
]
_Base = Annotated[
    bool, typer.Option("--base", help="The shipped recogniser; needs no vault, knows no words.")
]


def transcribe(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A recording: WAV, FLAC, MP3, Opus, Ogg, AIFF.")],
    run: _Run = "",
    base: _Base = False,
    form: Annotated[
        str, typer.Option("--format", help="text, srt, vtt or json; default: as --out is called.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option(help="A file to write; without it the text is printed.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file of --out.")] = False,
    unsure: Annotated[
        float,
        typer.Option(min=0, max=1, help="json marks words less sure than this as unsure."),
    ] = UNSURE,
) -> None:
    """Write down what is said in a recording of any length.

    It is heard piece by piece, cut at pauses, so that hours need no more memory than minutes. srt
    and vtt are subtitles; json has the time and the confidence of each word.

    Example: voicevault transcribe talk.mp3 --out talk.srt
    """
    session: Session = context.obj
    form = _form(form, out)
    if out is not None:
        egress.check_place(out)
        egress.check_free(out.parent, [out.name], force=force)
    with stream.opened(file) as recording:
        sheet = _Sheet(form, _listener(session, run, base), recording, unsure)
        text = _heard(sheet, session, show=out is None)
    if out is not None:
        egress.write_file(out, text.encode())
        session.teller.say(str(out))
    if not recording.complete:
        session.teller.say(
            f"voicevault: warning: {recording.name} is cut off: what is there was written down"
        )
    if not sheet.words:
        session.teller.say("no words were heard")


def _heard(sheet: _Sheet, session: Session, *, show: bool) -> str:
    """The whole transcript; with `show` each part is printed as it comes, and nothing is kept."""
    kept: list[str] = []
    try:
        for part in sheet.parts(session.teller):
            if show:
                session.teller.done()
                print(part, end="", flush=True)
            else:
                kept.append(part)
    finally:
        session.teller.done()
    return "".join(kept)


class _Sheet:
    """One transcript in one of the formats, part by part."""

    def __init__(
        self, form: str, listener: Listener, recording: stream.Recording, unsure: float
    ) -> None:
        self._form, self._listener, self._recording = form, listener, recording
        self._unsure = unsure
        self.words = 0

    def parts(self, on_event: Callable[[Event], None]) -> Iterator[str]:
        """Text to be printed or written, in order, as it is recognised."""
        heard = transcript.transcribe(
            self._recording.blocks(),
            self._listener.recogniser,
            total_s=self._recording.duration_s,
            on_event=on_event,
        )
        everything: list[HeardWord] = []
        number = 0
        if self._form == "vtt":
            yield "WEBVTT\n\n"
        for words in heard:
            self.words += len(words)
            if self._form == "json":
                everything += words
            elif self._form == "text":
                yield "".join(f"{line}\n" for line in transcript.lines(words))
            else:
                for cue in transcript.cues(words):
                    number += 1
                    srt = self._form == "srt"
                    yield transcript.srt(cue, number) if srt else transcript.vtt(cue)
        if self._form == "json":
            yield self._json(everything)

    def _json(self, words: list[HeardWord]) -> str:
        facts = {
            "file": self._recording.name,
            "duration_s": round(self._recording.duration_s, 2),
            "complete": self._recording.complete,
            "recogniser": self._listener.name,
            "unsure_below": self._unsure,
            "text": " ".join(word.text for word in words),
            "words": [
                {
                    "word": word.text,
                    "start_s": word.start_ms / 1000,
                    "end_s": word.end_ms / 1000,
                    "confidence": round(word.confidence, 3),
                    "unsure": word.confidence < self._unsure,
                }
                for word in words
            ],
        }
        return json.dumps(facts, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def dictate(
    context: typer.Context,
    run: _Run = "",
    base: _Base = False,
    out: Annotated[
        Path | None, typer.Option(help="Also append each phrase to this file, as a line.")
    ] = None,
) -> None:
    """Write down what you say into the microphone, phrase by phrase; Ctrl-C ends.

    A pause ends a phrase, which is printed then; on a terminal its words show while you speak.
    The sound is kept nowhere.

    Example: voicevault dictate --out notes.txt
    """
    session: Session = context.obj
    if out is not None:
        egress.check_place(out)
    listener = _listener(session, run, base)
    dictation = Dictation(listener.recogniser)
    count = 0
    try:
        with _stopped() as stop, closing(capture.Microphone().open()) as microphone:
            session.teller.say("listening: speak; Ctrl-C ends")
            sound = live.blocks(microphone, lambda: bool(stop))
            for phrase in dictation.listen(sound, lambda: bool(stop)):
                if not phrase.final:
                    session.teller.live(phrase.text)
                    continue
                session.teller.done()
                if not phrase.words:
                    continue
                print(phrase.text, flush=True)
                count += len(phrase.words)
                if out is not None:
                    egress.append_line(out, phrase.text)
    except (BadAudio, MissingExtra) as error:
        hint = "check the microphone and begin again; what was said is written down"
        if isinstance(error, MissingExtra) or not count:
            hint = "connect a microphone, or give a recording: voicevault transcribe FILE"
        raise type(error)(error.message, hint=hint) from error
    finally:
        session.teller.done()
    session.teller.say(f"{count} word{'' if count == 1 else 's'}")


@contextmanager
def _stopped() -> Iterator[list[int]]:
    """Empty until Ctrl-C or SIGTERM; a second one ends the program at once."""
    came: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        if came:
            raise KeyboardInterrupt
        came.append(number)

    before = {kind: signal.signal(kind, stop) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield came
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _form(form: str, out: Path | None) -> str:
    named = out.suffix.lower().removeprefix(".") if out is not None else ""
    form = form or (named if named in FORMATS else "text")
    if form not in FORMATS:
        raise UsageError(f"--format {form}: {', '.join(FORMATS)} are possible")
    return form


def _listener(session: Session, run: str, base: bool) -> Listener:
    """The recogniser; the vault is closed again before anything is heard."""
    if base and run:
        raise UsageError("--base and --run name two recognisers", hint="leave one of them out")
    if base:
        listener = open_recogniser()
    elif not session.path.is_dir():
        raise UsageError(
            f"there is no vault at {session.path}",
            hint="name it with --vault, or take the shipped recogniser with --base",
        )
    else:
        with session.studio() as studio:
            listener = studio.listening.open(run or None)
    if listener.note:
        session.teller.say(f"voicevault: note: {listener.note}")
    known = ""
    if listener.own_words or listener.hotwords:
        known = f", with {listener.own_words} words of yours, {listener.hotwords} listened for"
    session.teller.say(f"recogniser: {listener.name}{known}")
    return listener
