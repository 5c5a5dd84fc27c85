# SPDX-License-Identifier: GPL-3.0-or-later
"""record: read sentences aloud, one after the other, into the vault."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from voicevault.audio.endpoint import PAUSE_S
from voicevault.audio.microphones import microphones
from voicevault.audio.playback import Loudspeaker
from voicevault.audio.qc import describe
from voicevault.commands.keys import QUIT, Keyboard, keyboard
from voicevault.commands.session import Session as Options
from voicevault.commands.stage import Stage
from voicevault.commands.vault import JsonFlag
from voicevault.errors import BadAudio, UsageError, VoiceVaultError
from voicevault.recording.happenings import Kind
from voicevault.recording.session import Phase, Session, Settings
from voicevault.recording.sounds import Sounds
from voicevault.terminal import duration, show_json, show_table
from voicevault.text.own_prompts import read_prompts

TICK_S = 1 / 30
KEYS = (
    "Space   record, stop, and go on: it alone is enough\n"
    "Enter   keep the take, next sentence\n"
    "Backspace (B)  the same sentence again\n"
    "Esc     drop the take in progress\n"
    "S       skip, comes back at the end\n"
    "R       hear the take\n"
    "K       keep it against the verdict\n"
    "E       correct the text to what was said\n"
    "U, Ctrl+Z  undo the last decision\n"
    "C       check the room\n"
    "I       figures behind the verdict\n"
    "Q       quit; every kept take is safe already\n"
    "H       this list"
)


def record(
    context: typer.Context,
    prompts: Annotated[
        Path | None,
        typer.Option(help="Your own sentences: a text file, one a line, or id<TAB>sentence."),
    ] = None,
    device: Annotated[str, typer.Option(help="The microphone's name, or a part of it.")] = "",
    continuous: Annotated[
        bool, typer.Option("--continuous", help="Go on by itself after a good take.")
    ] = False,
    pause: Annotated[
        float, typer.Option(help="Seconds of silence that end a take; 0: only a key does.")
    ] = PAUSE_S,
    mute: Annotated[bool, typer.Option("--mute", help="No tones with the verdicts.")] = False,
    list_devices: Annotated[
        bool, typer.Option("--list-devices", help="Say which microphones there are, and stop.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Read sentences aloud into the vault. Quit at any time: what was kept is safe.

    A sentence is shown; press Space, read it, and it ends by itself when you are silent. A verdict
    says at once whether to keep it. Sentences that were recorded before are not asked again.
    """
    if list_devices:
        _list(as_json)
        return
    if as_json:
        raise UsageError(
            "--json goes with --list-devices", hint="voicevault takes list --json lists the takes"
        )
    settings = Settings(continuous, pause or None).checked()
    own = read_prompts(prompts) if prompts is not None else ()
    options: Options = context.obj
    with options.studio() as studio:
        session = studio.recorder.session(own, device, settings)
        sounds = Sounds(Loudspeaker(), signals=not (mute or continuous))
        with keyboard() as keys:
            sit(session, keys, Stage(single=keys.single), sounds)
        progress = session.progress
        print(f"recorded: {progress.sentence()}; {duration(progress.spoken_s)} of usable speech")
    options.teller.say(f"Next: voicevault --vault {options.path} consent record")


def sit(session: Session, keys: Keyboard, stage: Stage, sounds: Sounds) -> None:
    """One sitting: until everything is read or somebody quits.

    Raises:
        MissingExtra, BadAudio: there is no microphone to begin with.
    """
    try:
        session.open()
        stage.welcome(session)
        session.check_room()
        shown: tuple[object, ...] = ()
        while session.phase is not Phase.FINISHED:
            for happening in session.tick():
                stage.tell(happening)
                if happening.kind is Kind.JUDGED:
                    sounds.verdict(session.attempt)
            now = (session.prompt, session.phase is Phase.READY)
            if now != shown and session.phase is Phase.READY:
                stage.prompt(session)
            shown = now
            stage.meter(session)
            key = keys.pressed(TICK_S)
            if key == QUIT:
                return
            if key:
                _act(session, key, keys, stage, sounds)
        for happening in session.tick():
            stage.tell(happening)
    except KeyboardInterrupt:
        pass  # as Q: nothing is lost but the take in progress
    finally:
        stage.done()
        sounds.stop()
        session.close()


def _act(session: Session, key: str, keys: Keyboard, stage: Stage, sounds: Sounds) -> None:
    sounds.stop()
    doing = {
        "space": session.press,
        "enter": session.accept if session.phase is Phase.VERDICT else session.press,
        "backspace": session.redo,
        "b": session.redo,
        "escape": session.escape,
        "x": session.escape,
        "s": session.skip,
        "k": session.keep_anyway,
        "u": session.undo,
        "undo": session.undo,
        "c": session.check_room,
    }
    try:
        if key in doing:
            doing[key]()
        elif key == "r":
            stage.say(sounds.replay(session.hearable))
        elif key == "e" and session.phase is Phase.VERDICT:
            stage.done()
            if said := keys.line("What was said instead? "):
                session.edit(said)
        elif key == "i" and session.attempt and session.attempt.verdict:
            stage.say(describe(session.attempt.verdict.measures))
        elif key in ("h", "?"):
            stage.say(KEYS)
    except VoiceVaultError as error:  # a full disk, an empty text: the take is still here
        stage.say(f"{error.message}. {error.hint}".rstrip(" ."))


def _list(as_json: bool) -> None:
    found = microphones()
    if as_json:
        show_json(
            [{"name": one.name, "rate_hz": one.rate_hz, "default": one.is_default} for one in found]
        )
        return
    if not found:
        raise BadAudio("there is no microphone", hint="connect one and try again")
    show_table(
        ("microphone", "rate", "chosen"),
        [
            (one.name, f"{one.rate_hz} Hz", "by the system" if one.is_default else "")
            for one in found
        ],
    )
