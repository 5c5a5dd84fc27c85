# SPDX-License-Identifier: GPL-3.0-or-later
"""consent ask, consent record, consent show, consent withdraw."""

from __future__ import annotations

import select
import sys
from pathlib import Path
from typing import Annotated

import typer

from voicevault.audio import capture, files
from voicevault.commands.session import Session
from voicevault.commands.vault import JsonFlag
from voicevault.consents.record import VALID_S, Challenge, Consent
from voicevault.consents.sentence import BANK, OWN, Declaration
from voicevault.errors import BadAudio, UsageError
from voicevault.terminal import confirm, show_facts, show_json

Bank = Annotated[
    bool,
    typer.Option(
        "--bank",
        help="The recordings are of a person who can no longer speak; you declare it for them.",
    ),
]
Whose = Annotated[str, typer.Option(help="With --bank: whose voice it is, for example Anna Berg.")]
Relation = Annotated[str, typer.Option(help="With --bank: what they are to you: mother, client.")]
Ground = Annotated[
    str, typer.Option(help='With --bank: "agreed" (they did) or "decide" (you may, for them).')
]


def ask(
    context: typer.Context,
    bank: Bank = False,
    whose: Whose = "",
    relation: Relation = "",
    ground: Ground = "",
    as_json: JsonFlag = False,
) -> None:
    """Draw the sentence to say, with today's date and three random words.

    Record it within 15 minutes with any recorder, then: voicevault consent record --file FILE.
    """
    session: Session = context.obj
    declaration = Declaration(BANK if bank else OWN, whose, relation, ground).checked()
    with session.studio() as studio:
        challenge = studio.consent.ask(declaration)
    if as_json:
        show_json(_challenge(challenge))
        return
    print(challenge.text)
    session.teller.say(
        f"Say exactly this within {VALID_S // 60} minutes and record it.\n"
        f"Next: voicevault --vault {session.path} consent record --file FILE"
    )


def record(
    context: typer.Context,
    file: Annotated[
        Path | None,
        typer.Option(help="A recording of the sentence that `consent ask` drew just now."),
    ] = None,
    bank: Bank = False,
    whose: Whose = "",
    relation: Relation = "",
    ground: Ground = "",
    as_json: JsonFlag = False,
) -> None:
    """Say the sentence that allows a voice; without it nothing is trained or exported.

    Without --file the microphone is used: the sentence is shown, read it aloud, then press Enter.
    It has to be the voice of the recordings; with --bank it is yours, about somebody else's.
    """
    session: Session = context.obj
    declaration = Declaration(BANK if bank else OWN, whose, relation, ground).checked()
    if file is not None and declaration != Declaration():
        raise UsageError("what is declared is in the sentence already", hint="leave out --bank")
    data = _read(file) if file is not None else None
    with session.studio(stoppable=True) as studio:
        if data is None:
            data = _spoken(studio.consent.ask(declaration), session)
        try:
            kept = studio.consent.record(data, session.teller)
        finally:
            session.teller.done()
    if as_json:
        show_json(_consent(kept))
        return
    print(f"consent: kept ({_case(kept)}, {kept.challenge.day})")
    session.teller.say(f"Next: voicevault --vault {session.path} train tts_quick")


def show(context: typer.Context, as_json: JsonFlag = False) -> None:
    """The consent that the vault holds: case, date, text."""
    session: Session = context.obj
    with session.studio() as studio:
        kept = studio.consent.current()
    if as_json:
        show_json(None if kept is None else _consent(kept))
        return
    if kept is None:
        print("consent: none")
        session.teller.say("say one: voicevault consent record")
        return
    show_facts(
        [
            ("consent", _case(kept)),
            ("date", kept.challenge.day),
            ("text", kept.text),
            ("sha256", kept.sha256),
        ]
    )


def withdraw(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Destroy the consent. From then on nothing is trained or exported from this vault.

    Recordings and voices stay until they are deleted (takes rm --with-voices, vault erase).
    """
    session: Session = context.obj
    with session.studio() as studio:
        confirm("Withdraw the consent for good?", yes)
        done = studio.consent.withdraw()
    if as_json:
        show_json({"withdrawn": done.withdrawn, "voices": list(done.voices)})
        return
    print("consent: withdrawn" if done.withdrawn else "consent: there was none")
    if done.voices:
        print(f"still in the vault, not to be exported: {', '.join(done.voices)}")
    print("not promised: voice files that were exported before are out of reach")


def _spoken(challenge: Challenge, session: Session) -> bytes:
    """FLAC of what the microphone hears until Enter is pressed."""
    if not sys.stdin.isatty():
        raise UsageError(
            "nobody can press Enter here",
            hint="voicevault consent ask, then consent record --file FILE",
        )
    print(challenge.text, flush=True)
    session.teller.say("recording: read this aloud, then press Enter")
    said = capture.capture(_entered)
    return files.encode_flac(said.samples, said.rate_hz)


def _entered() -> bool:
    ready, _, _ = select.select([sys.stdin], [], [], 0)
    if ready:
        sys.stdin.readline()
    return bool(ready)


def _read(file: Path) -> bytes:
    if not file.is_file():
        raise UsageError(f"{file} is no file", hint="name the recording of the sentence")
    try:
        return files.load(file)
    except OSError as error:
        raise BadAudio(
            f"{files.named(file.name)} cannot be read: {error.strerror}",
            hint="check its permissions",
        ) from error


def _case(kept: Consent) -> str:
    declared = kept.challenge.declaration
    if kept.case == OWN:
        return "own voice"
    return f"bank: {declared.whose}, {declared.relation}; {declared.ground}"


def _challenge(challenge: Challenge) -> dict[str, object]:
    return {
        "text": challenge.text,
        "case": challenge.declaration.case,
        "valid_s": VALID_S,
    }


def _consent(kept: Consent) -> dict[str, object]:
    declared = kept.challenge.declaration
    facts: dict[str, object] = {
        "case": kept.case,
        "day": kept.challenge.day,
        "text": kept.text,
        "sha256": kept.sha256,
    }
    if kept.case == BANK:
        facts |= {"whose": declared.whose, "relation": declared.relation}
        facts["ground"] = declared.ground
    return facts
