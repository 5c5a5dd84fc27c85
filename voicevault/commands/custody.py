# SPDX-License-Identifier: GPL-3.0-or-later
"""vault check, repair, passwd, slots, backup, restore, rotate, erase, for a worried person."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from encrypted_store.care.report import CheckReport, RepairReport
from voicevault import custody
from voicevault.commands.session import Session
from voicevault.commands.vault import JsonFlag
from voicevault.errors import Refused, UsageError, VaultCorrupt
from voicevault.terminal import duration, show_facts, show_json, show_table, size

SHOWN = 20
YesFlag = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
NewFd = Annotated[
    int | None,
    typer.Option(min=0, help="Read the new passphrase as one line from this descriptor."),
]


def check(
    context: typer.Context,
    full: Annotated[
        bool, typer.Option("--full", help="Decrypt everything, not only what lists it.")
    ] = False,
    backup: Annotated[
        Path | None, typer.Option(help="Check this backup (a folder or .tar) in the vault's place.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Say whether the vault is whole. Changes nothing.

    Without --full it looks at the headers, the catalogue and that every file is there: a moment.
    With --full every byte is decrypted and compared. Exit code 4 means that something is damaged;
    what is not named is whole.
    """
    session: Session = context.obj
    path, key = backup or session.path, session.key()
    try:
        report = custody.check(path, key, full=full, on_event=session.teller)
    finally:
        session.teller.done()
    if as_json:
        show_json({"vault": str(path), **report.to_json()})
    else:
        _show_check(path, report)
    if not report.ok:
        raise VaultCorrupt(
            _verdict(report), hint="voicevault vault repair shows what it would do; it deletes "
            "nothing" if backup is None else "make a new backup"
        )  # fmt: skip


def repair(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be done.")
    ] = False,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from", help="Put damaged and missing recordings back from this backup, too."
        ),
    ] = None,
    forget: Annotated[
        bool,
        typer.Option(
            "--forget",
            help="Also take what is damaged or missing off the list. It can then not be put back "
            "from a backup.",
        ),
    ] = False,
    yes: YesFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Bring a damaged vault back to work. Nothing is deleted: what does not fit is set aside.

    First it shows what it would do, then it asks. With --from it then looks at every recording and
    replaces a bad one by the backup's, which has to verify. Before a repair, a copy of the whole
    folder does no harm.
    """
    session: Session = context.obj
    key = session.key()

    def run(dry: bool) -> RepairReport:
        try:
            return custody.repair(
                session.path,
                key,
                dry_run=dry,
                forget=forget,
                accept_rollback=session.accept_rollback,
                on_event=session.teller,
            )
        finally:
            session.teller.done()

    plan = run(dry=True)
    if dry_run or not plan.actions:
        _show_repair(plan, as_json)
        if source is not None and not dry_run:
            _put_back(session, source, as_json)
        return
    if not yes:
        _show_repair(plan, as_json=False, file_is_stderr=True)
        if not typer.confirm("Do this?", err=True):
            raise Refused("nothing was changed", hint="add --yes to repair without a question")
    done = run(dry=False)
    _show_repair(done, as_json)
    if not done.applied:
        raise Refused("nothing was changed", hint=plan.actions[0].message)
    if source is not None:
        _put_back(session, source, as_json)


def _put_back(session: Session, source: Path, as_json: bool) -> None:
    with session.studio() as studio:
        try:
            report = studio.custody.put_back(source, on_event=session.teller)
        finally:
            session.teller.done()
    if as_json:
        show_json(report.to_json())
        return
    print(f"put back {len(report.put_back)} objects from {source}")
    for one in report.still_bad[:SHOWN]:
        print(f"not in {source} either: {one}")


def passwd(
    context: typer.Context,
    new_passphrase_fd: NewFd = None,
) -> None:
    """Change the passphrase. The old one is dead at once.

    With --recovery-fd before the verb it replaces a forgotten passphrase. Backups made earlier
    still open with the old one: if somebody else may know it, use vault rotate, then make new
    backups.
    """
    session: Session = context.obj
    with session.studio() as studio:
        new = session.new_passphrase(new_passphrase_fd, "--new-passphrase-fd")
        studio.custody.change_passphrase(session.key(), new)
    session.teller.say("the passphrase is changed; the recovery code stays as it was")


def slots(
    context: typer.Context,
    add_passphrase: Annotated[
        bool, typer.Option("--add-passphrase", help="Let a second passphrase open the vault.")
    ] = False,
    new_passphrase_fd: NewFd = None,
    new_recovery_code: Annotated[
        bool, typer.Option("--new-recovery-code", help="Replace the recovery code; prints it.")
    ] = False,
    remove: Annotated[str, typer.Option(metavar="ID", help="Shut this way in.")] = "",
    keychain: Annotated[
        bool | None,
        typer.Option(
            "--keychain/--no-keychain",
            help="Let this computer's keychain open the vault, or not any more. Any program that "
            "runs as you may then be able to open it.",
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """The ways into the vault: list them, add one, shut one."""
    session: Session = context.obj
    code = ""
    with session.studio() as studio:
        keeper = studio.custody
        if add_passphrase:
            new = session.new_passphrase(new_passphrase_fd, "--new-passphrase-fd")
            keeper.add_passphrase(session.key(), new)
        if new_recovery_code:
            code = keeper.new_recovery_code(session.key())
        if remove:
            keeper.remove_slot(session.key(), _slot(keeper, remove))
        if keychain is not None:
            keeper.use_keychain(session.key(), keychain)
        found = keeper.slots()
    if as_json:
        listed = [
            {"id": one.id, "type": one.type, "memory_kib": one.memory_kib, "passes": one.passes}
            for one in found
        ]
        show_json({"slots": listed, **({"recovery_code": code} if code else {})})
        return
    rows = [
        (one.id, one.type, f"{one.memory_kib // 1024} MiB a guess" if one.memory_kib else "random")
        for one in found
    ]
    show_table(("slot", "opens with", "strength"), rows)
    if code:
        print(f"recovery code: {code}")
        session.teller.say("Write it on paper now; the old one does not open the vault any more.")


def backup(
    context: typer.Context,
    target: Annotated[
        Path, typer.Argument(help="A folder (new, or an earlier backup), or a name ending in .tar.")
    ],
    as_json: JsonFlag = False,
) -> None:
    """Copy the vault, sealed as it is, and prove the copy by decrypting it.

    An earlier backup of the same vault is brought up to date; what was deleted here is erased
    there. The passphrase of now opens it.
    """
    session: Session = context.obj
    with session.studio(stoppable=True) as studio:
        try:
            report = studio.backup(target, on_event=session.teller)
        finally:
            session.teller.done()
    if as_json:
        show_json({"target": str(target), **report.to_json()})
    else:
        print(
            f"backed up {report.objects} objects, {size(report.bytes)}, to {target}: "
            f"{report.copied} copied, {report.reused} there already, {report.removed} erased"
        )
    if report.damaged:
        names = ", ".join(one[:8] for one in report.damaged[:SHOWN])
        session.teller.say(f"voicevault: warning: damaged in the vault itself: {names}")
    if not report.verified:
        raise VaultCorrupt(
            f"the copy in {target} does not verify: {', '.join(report.faults[:3])}",
            hint="the disk may be failing: back up to another one",
        )
    if not as_json:
        print("every byte of the copy was read back and verified")


def restore(
    context: typer.Context,
    source: Annotated[Path, typer.Argument(help="A backup: a folder or a .tar.")],
    as_json: JsonFlag = False,
) -> None:
    """Make a vault from a backup, at the place --vault names. The passphrase is the backup's.

    The place must be new or empty. Nothing is a vault there before everything has verified.
    """
    session: Session = context.obj
    try:
        report = custody.restore(source, session.path, session.key(), on_event=session.teller)
    finally:
        session.teller.done()
    if as_json:
        show_json({"vault": str(session.path), **report.to_json()})
        return
    print(
        f"restored {report.objects} objects, {size(report.bytes)}, to {session.path}; "
        "all of them verified"
    )
    if report.absent:
        names = ", ".join(one[:8] for one in report.absent[:SHOWN])
        session.teller.say(f"voicevault: warning: the backup lists and does not hold: {names}")


def rotate(
    context: typer.Context,
    new_passphrase_fd: NewFd = None,
    as_json: JsonFlag = False,
) -> None:
    """Give the vault a new master key, passphrase and recovery code. For when one was stolen.

    Everything is sealed again beside the vault and verified, then takes its place: that needs as
    much free space as the vault has. Old backups still open with the old passphrase; make new
    ones and erase them.
    """
    session: Session = context.obj
    new = session.new_passphrase(new_passphrase_fd, "--new-passphrase-fd")
    try:
        code, report = custody.rotate(session.path, session.key(), new, on_event=session.teller)
    finally:
        session.teller.done()
    if as_json:
        show_json({"recovery_code": code, **report.to_json()})
        return
    print(f"sealed {report.objects} objects, {size(report.bytes)}, under a new key")
    print(f"recovery code: {code}")
    session.teller.say("Write the new recovery code on paper; the old one opens nothing now.")
    if not report.old_erased:
        session.teller.say("voicevault: warning: the old vault beside it is not erased yet")


def erase(
    context: typer.Context,
    yes: YesFlag = False,
    as_json: JsonFlag = False,
) -> None:
    """Destroy the vault with everything in it. There is no way back, and no secret is asked for."""
    session: Session = context.obj
    if not yes:
        if not sys.stdin.isatty():
            raise Refused("nothing was erased", hint="add --yes to erase without a question")
        name = session.path.name
        answer = typer.prompt(f"Type the folder's name, {name}, to erase it for good", err=True)
        if answer != name:
            raise Refused("nothing was erased", hint="the name has to be typed exactly")
    try:
        report = custody.erase(session.path, on_event=session.teller)
    finally:
        session.teller.done()
    if as_json:
        show_json(report.to_json())
        return
    print(f"erased {report.objects} objects and {report.headers} headers, {size(report.bytes)}")
    for caveat in report.caveats:
        print(f"not promised: {caveat}")
    for name in report.foreign[:SHOWN]:
        print(f"left, not the vault's: {name}")


def _slot(keeper: custody.Custody, beginning: str) -> str:
    found = [one.id for one in keeper.slots() if one.id.startswith(beginning)]
    if len(found) != 1:
        raise UsageError(f"no slot, or several, begin with {beginning!r}", hint="vault slots")
    return found[0]


def _verdict(report: CheckReport) -> str:
    kinds = Counter(one.code for one in report.findings if one.level in ("bad", "fatal"))
    return ", ".join(f"{count} x {code}" for code, count in sorted(kinds.items()))


def _show_check(path: Path, report: CheckReport) -> None:
    counts = report.counts
    shown = [one for one in report.findings if one.level != "ok"]
    for one in shown[:SHOWN]:
        print(f"{one.level:<5} {one.subject}: {one.message}")
        if one.advice:
            print(f"      {one.advice}")
    if len(shown) > SHOWN:
        print(f"... and {len(shown) - SHOWN} more; --json lists all")
    looked = "decrypted and compared" if report.full else "looked at"
    facts = [
        ("vault", str(path)),
        ("objects", f"{counts.whole} of {counts.objects} whole, {looked}"),
        ("catalogue", f"{counts.records} records"),
        ("took", duration(report.seconds)),
        ("verdict", "whole" if report.ok else "damaged: " + _verdict(report)),
    ]
    show_facts(facts)


def _show_repair(report: RepairReport, as_json: bool, *, file_is_stderr: bool = False) -> None:
    if as_json:
        show_json(report.to_json())
        return
    out = sys.stderr if file_is_stderr else sys.stdout
    verb = "did" if report.applied else "would"
    for one in report.actions[:SHOWN]:
        print(f"{verb:<5} {one.subject}: {one.message}", file=out)
    if len(report.actions) > SHOWN:
        print(f"... and {len(report.actions) - SHOWN} more; --json lists all", file=out)
    for loss in report.lost[:SHOWN]:
        print(f"lost  {loss.subject}: {loss.message}", file=out)
    if not report.actions:
        print("nothing to repair", file=out)
    if report.check is not None:
        print(f"now   {'whole' if report.check.ok else _verdict(report.check)}", file=out)
