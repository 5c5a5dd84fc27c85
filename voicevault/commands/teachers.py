# SPDX-License-Identifier: GPL-3.0-or-later
"""teachers list, add, fetch, rm: the large models that make material for the small ones."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from voicevault.commands.custody import YesFlag
from voicevault.commands.session import Session
from voicevault.commands.vault import JsonFlag
from voicevault.teachers import catalogue, registry
from voicevault.teachers import fetch as fetching
from voicevault.teachers.catalogue import Known
from voicevault.teachers.manifest import Entry
from voicevault.terminal import confirm, show_facts, show_json, show_table, size

KINDS = {"tts": "speaks", "vc": "converts", "asr": "hears"}
AcceptOption = Annotated[
    str,
    typer.Option(
        metavar="LICENCE",
        help="Accept this licence, by its name, where it does not allow every use. It follows "
        "every voice that the teacher taught.",
    ),
]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="As teachers list shows it.")]


def teachers_list(context: typer.Context, as_json: JsonFlag = False) -> None:
    """The teachers on this computer, and those that can be fetched by name.

    A teacher hears (asr), speaks (tts) or turns one voice into another (vc). Memory is what it
    needs on a CPU. --json says where each figure comes from.
    """
    session: Session = context.obj
    here, damaged = registry.entries()
    listed = catalogue.load()
    if as_json:
        known = [{**_known(one), "files": len(one.files)} for one in listed]
        show_json({"here": [_entry(one) for one in here], "damaged": damaged, "known": known})
        return
    names = {one.name for one in here}
    rows = [
        (one.name, KINDS[one.kind], "here", _use(one.terms.licence, one.terms.commercial),
         size(one.bytes), "")
        for one in here
    ] + [
        (one.name, KINDS[one.kind], "", _use(one.licence, one.commercial),
         _weight(one), f"{one.memory_mb} MB")
        for one in listed
        if one.name not in names
    ]  # fmt: skip
    show_table(("teacher", "does", "", "licence", "size", "memory"), rows)
    for name, why in damaged.items():
        session.teller.say(f"voicevault: warning: {name}: {why}")
    if not here:
        session.teller.say("none is here yet: voicevault teachers fetch whisper-tiny")


def add(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The teacher's folder; it is copied.")],
    name: Annotated[str, typer.Option(help="What to call it; default: as its folder.")] = "",
    licence: Annotated[
        str, typer.Option(help="Its licence (SPDX), where VoiceVault cannot know it.")
    ] = "",
    accept_licence: AcceptOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Take in a teacher that is on this computer already. No network is used.

    The folder's files say what it is:

    - Whisper for faster-whisper: model.bin, config.json, tokenizer.json, vocabulary.json or .txt

    - XTTS: model.pth, config.json, vocab.json

    - VITS: model_file.pth, config.json

    - OpenVoice: checkpoint.pth, config.json

    - FreeVC: model.pth, config.json, WavLM-Large.pt, speaker_encoder.pt

    - kNN-VC: model.pth, config.json, WavLM-Large.pt

    Every file is hashed as it comes, and again before each use.
    """
    session: Session = context.obj
    try:
        entry = registry.add(
            folder, name=name, licence=licence, accepted=accept_licence, on_event=session.teller
        )
    finally:
        session.teller.done()
    _show(session, entry, as_json)


def fetch(
    context: typer.Context,
    name: NameArgument,
    yes: YesFlag = False,
    accept_licence: AcceptOption = "",
    as_json: JsonFlag = False,
) -> None:
    """Load a known teacher over the network; only this verb and send use one.

    First it says how much it would load, from where and under which licence, and asks. Ctrl-C
    stops (exit code 75); the same command goes on from there. --yes answers the question, but
    accepts no licence: exit code 5.
    """
    session: Session = context.obj
    known = catalogue.known(name)
    stop = threading.Event()
    try:
        with _stopped_by_signals(stop):
            entry = fetching.fetch(
                known,
                ask=lambda offer: _ask(session, offer, yes),
                accepted=accept_licence,
                on_event=session.teller,
                stop=stop.is_set,
            )
    finally:
        session.teller.done()
    _show(session, entry, as_json)
    seen = [file for file, mark in entry.files.items() if not mark.published]
    if seen:
        session.teller.say(
            "nobody published a hash of " + ", ".join(seen) + ": what came is recorded, "
            "and compared with from now on"
        )


def remove(
    context: typer.Context,
    name: NameArgument,
    yes: YesFlag = False,
) -> None:
    """Take a teacher off this computer. Voices that it taught stay as they are."""
    session: Session = context.obj
    here, damaged = registry.entries()
    if name in damaged or any(one.name == name for one in here):
        confirm(f"Remove the teacher {name}?", yes)
    freed = registry.remove(name)
    session.teller.say(f"removed {name}: {size(freed)}")


def _ask(session: Session, offer: fetching.Offer, yes: bool) -> bool:
    known = offer.known
    session.teller.say(
        f"{known.name}: {size(offer.bytes)} from {' and '.join(offer.hosts)}"
        + (f", {size(offer.here)} of it here already" if offer.here else "")
    )
    session.teller.say(f"licence: {_use(known.licence, known.commercial)}")
    session.teller.say(f"to: {offer.folder}")
    confirm("Load it?", yes)
    return True


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """The first Ctrl-C stops after the piece under way; the second at once."""

    def asked(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before: dict[int, Callable[[int, FrameType | None], Any] | int | None] = {
        kind: signal.signal(kind, asked) for kind in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _show(session: Session, entry: Entry, as_json: bool) -> None:
    if as_json:
        show_json(_entry(entry))
        return
    show_facts(
        [
            ("teacher", entry.name),
            ("does", KINDS[entry.kind]),
            ("version", entry.version),
            ("licence", _use(entry.terms.licence, entry.terms.commercial)),
            ("size", size(entry.bytes)),
        ]
    )


def _use(licence: str, commercial: bool) -> str:
    return licence if commercial else f"{licence}, not commercial"


def _weight(known: Known) -> str:
    return f"{size(known.bytes)} and more" if known.unsized else size(known.bytes)


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "kind": entry.kind,
        "family": entry.family,
        "version": entry.version,
        "licence": entry.terms.licence,
        "commercial": entry.terms.commercial,
        "bytes": entry.bytes,
        "files": {
            name: {"bytes": mark.bytes, "sha256": mark.sha256, "published": mark.published}
            for name, mark in entry.files.items()
        },
    }


def _known(known: Known) -> dict[str, Any]:
    return {
        "name": known.name,
        "kind": known.kind,
        "family": known.family,
        "version": known.version,
        "licence": known.licence,
        "commercial": known.commercial,
        "licence_source": known.licence_source,
        "bytes": known.bytes,
        "sizes_unknown": [one.name for one in known.unsized],
        "hashes_unknown": [one.name for one in known.unhashed],
        "memory_mb": known.memory_mb,
        "memory_how": known.memory_how,
        "speed": known.speed,
        "speed_how": known.speed_how,
    }
