# SPDX-License-Identifier: GPL-3.0-or-later
"""vault create, vault status, import, takes list, takes rm."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from encrypted_store import KdfParams
from voicevault.audio.files import AUDIO_SUFFIXES
from voicevault.commands.session import Session
from voicevault.data.importer import ImportSummary
from voicevault.data.ljspeech import METADATA
from voicevault.data.takes import Take
from voicevault.errors import BadDataset, Refused, UsageError
from voicevault.service import Studio
from voicevault.terminal import duration, show_facts, show_json, show_table, size

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
SHOWN_PROBLEMS = 20


def create(
    context: typer.Context,
    passphrase_fd: Annotated[
        int | None, typer.Option(help="Read the passphrase as one line from this descriptor.")
    ] = None,
    kdf_memory: Annotated[
        int | None,
        typer.Option(
            help="MiB that one guess at the passphrase has to cost. Default: what this machine "
            "does in half a second. Less (64 at least) opens quicker and is guessed quicker.",
            metavar="MIB",
            min=64,
            max=2048,
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a new vault and print its recovery code, once.

    The recovery code opens the vault when the passphrase is lost. Write it on paper: it is not
    kept anywhere, and without both the recordings are gone.
    """
    session: Session = context.obj
    # Before anybody types. The store takes a folder with the remains of a creation cut off.
    if session.path.is_file() or (session.path / "vault.json").exists():
        raise UsageError(f"{session.path} is there already", hint="name a new or empty folder")
    kdf = None if kdf_memory is None else KdfParams(kdf_memory * 1024, t=3, p=4)
    studio, code = Studio.create(session.path, session.new_passphrase(passphrase_fd), kdf=kdf)
    with studio:
        if as_json:
            show_json({"vault": str(session.path), "recovery_code": code})
            return
        print(f"vault: {session.path}")
        print(f"recovery code: {code}")
        session.teller.say(
            "Write the recovery code on paper now; it is shown only this once.\n"
            f"Next: voicevault --vault {session.path} import FOLDER"
        )


def status(context: typer.Context, as_json: JsonFlag = False) -> None:
    """What the vault holds: takes, minutes of speech, runs; who opens it; the last backup."""
    session: Session = context.obj
    with session.studio() as studio:
        takes, runs = studio.takes(), studio.runs()
        ways = sorted({one.type for one in studio.custody.slots()})
        backed_up_s = studio.custody.last_backup_s()
    usable = [take for take in takes if take.usable]
    seconds = sum(take.duration_ms for take in usable) / 1000
    facts = {
        "vault": str(session.path),
        "takes": len(takes),
        "usable": len(usable),
        "usable_seconds": round(seconds, 1),
        "runs": len(runs),
        "finished_runs": sum(run.status == "done" for run in runs),
        "opens_with": ways,
        "last_backup": None if backed_up_s is None else _when(backed_up_s),
    }
    if as_json:
        show_json(facts)
        return
    show_facts(
        [
            ("vault", str(session.path)),
            ("takes", f"{len(takes)}, {len(usable)} of them usable"),
            ("speech", duration(seconds)),
            ("runs", f"{len(runs)}, {facts['finished_runs']} of them finished"),
            ("opens with", ", ".join(ways)),
            ("backup", _ago(backed_up_s)),
        ]
    )


def import_(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A folder with metadata.csv, or one audio file.")],
    text: Annotated[str, typer.Option(help="What is said, when PATH is one audio file.")] = "",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Take only the first N lines of metadata.csv.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Bring recordings with their texts into the vault.

    FOLDER has the LJSpeech layout: metadata.csv with lines "id|text", and id.wav (or FLAC, MP3,
    Opus) beside it or in wavs/. Every take is judged, kept byte for byte and encrypted; the files
    in FOLDER stay as they are. Importing again adds only what is new.
    """
    session: Session = context.obj
    with session.studio(stoppable=True) as studio:
        if path.is_file() and path.name != METADATA:
            if not text and path.suffix.lower() not in AUDIO_SUFFIXES:
                raise UsageError(
                    f"{path} is neither a folder nor a recording",
                    hint=f"name a folder with {METADATA}, or a recording and its --text",
                )
            if not text:
                raise UsageError(
                    f"{path} is one recording; its text is missing",
                    hint='add --text "what is said in it"',
                )
            _show_take(studio.import_file(path, text), as_json)
            return
        if text:
            raise UsageError("--text goes with one audio file, not with a folder")
        try:
            summary = studio.import_path(path, limit=limit, on_event=session.teller)
        finally:
            session.teller.done()
        in_all = studio.takes()
    if as_json:
        show_json(_summary(summary))
    else:
        _show_summary(summary, in_all)
    if summary.failed and not summary.stored and not summary.duplicates:
        raise BadDataset(f"none of {len(summary.failed)} recordings could be used")


def _summary(summary: ImportSummary) -> dict[str, object]:
    return {
        "keep": summary.kept,
        "keep_but": summary.kept_but,
        "redo": summary.redo,
        "duplicates": summary.duplicates,
        "minutes": round(summary.minutes, 2),
        "failed": [{"name": one.name, "reason": one.message, "hint": one.hint}
                   for one in summary.failed],
        "to_redo": [{"name": name, "verdict": verdict} for name, verdict in summary.to_redo],
    }  # fmt: skip


def _show_summary(summary: ImportSummary, in_all: list[Take]) -> None:
    for one in summary.failed[:SHOWN_PROBLEMS]:
        what = one.message.removeprefix(f"{one.name} ")  # most messages name the file themselves
        print(f"not used  {one.name}: {what}" + (f"; {one.hint}" if one.hint else ""))
    for name, verdict in summary.to_redo[:SHOWN_PROBLEMS]:
        print(f"redo      {name}: {verdict}")
    hidden = max(0, len(summary.failed) - SHOWN_PROBLEMS)
    hidden += max(0, len(summary.to_redo) - SHOWN_PROBLEMS)
    if hidden:
        print(f"... and {hidden} more; --json lists all")
    speech = duration(sum(take.duration_ms for take in in_all if take.usable) / 1000)
    print(
        f"imported {summary.stored}: {summary.kept} good, {summary.kept_but} usable with a remark, "
        f"{summary.redo} to record again; {summary.duplicates} known already, "
        f"{len(summary.failed)} not usable"
    )
    print(f"the vault now holds {len(in_all)} takes with {speech} of usable speech")


def takes_list(context: typer.Context, as_json: JsonFlag = False) -> None:
    """Every take with its verdict."""
    session: Session = context.obj
    with session.studio() as studio:
        takes = studio.takes()
    if as_json:
        show_json([_take(take) for take in takes])
        return
    rows = [
        (
            take.id[:8],
            take.prompt_id,
            f"{take.duration_ms / 1000:.1f} s",
            take.verdict.status.replace("_", ", "),
            take.verdict.reason.text if take.verdict.status != "keep" else "",
            take.text if len(take.text) <= 48 else take.text[:47] + "…",
        )
        for take in takes
    ]
    show_table(("take", "prompt", "length", "verdict", "reason", "text"), rows)
    if not takes:
        session.teller.say("no takes yet: voicevault import FOLDER")


def takes_rm(
    context: typer.Context,
    take: Annotated[list[str], typer.Argument(help="Ids, or their first 8 letters.")],
    with_voices: Annotated[
        bool,
        typer.Option("--with-voices", help="Also destroy the voices that learned from them."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Delete takes for good, and say what was destroyed.

    A take's key is overwritten, so what a disk may still hold of it cannot be read. What was
    derived from it, features and unfinished training, goes with it.
    """
    session: Session = context.obj
    with session.studio() as studio:
        known = studio.takes()
        chosen = [_find(known, one) for one in take]
        if not yes and not typer.confirm(f"Delete {len(chosen)} takes for good?", err=True):
            raise Refused("nothing was deleted", hint="add --yes to delete without a question")
        receipts = [studio.remove_take(one.id, with_voices=with_voices) for one in chosen]
    if as_json:
        show_json([receipt.to_json() for receipt in receipts])
        return
    for one, receipt in zip(chosen, receipts, strict=True):
        print(f"destroyed {one.id[:8]}  {one.prompt_id}")
        for item in receipt.destroyed[1:]:
            print(f"  and its {item.what} {item.id[:8]}, {size(item.bytes)}")
    voices = sorted({name for receipt in receipts for name in receipt.voices})
    if voices:
        print(f"still there, with what they learned from it: {', '.join(voices)}")
    for caveat in receipts[0].caveats:
        print(f"not promised: {caveat}")


def _find(takes: list[Take], beginning: str) -> Take:
    found = [one for one in takes if len(beginning) >= 4 and one.id.startswith(beginning)]
    if len(found) != 1:
        what = f"{len(found)} takes begin" if found else "no take begins"
        raise UsageError(f"{what} with {beginning!r}", hint="voicevault takes list")
    return found[0]


def _when(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def _ago(seconds: int | None) -> str:
    if seconds is None:
        return "never: voicevault vault backup FOLDER"
    days = int(max(0.0, time.time() - seconds) // 86_400)
    return "today" if days == 0 else f"{days} day{'s' if days > 1 else ''} ago"


def _take(take: Take) -> dict[str, object]:
    return {
        "take": take.id,
        "prompt_id": take.prompt_id,
        "text": take.text,
        "duration_ms": take.duration_ms,
        "rate_hz": take.rate_hz,
        "format": take.format,
        "split": take.split,
        "created": _when(take.created),
        "source": take.source,
        "verdict": {**take.verdict.to_meta(), "advice": take.verdict.advice},
    }


def _show_take(take: Take, as_json: bool) -> None:
    if as_json:
        show_json(_take(take))
    else:
        print(f"{take.id[:8]}  {take.duration_ms / 1000:.1f} s  {take.verdict.sentence()}")
