# SPDX-License-Identifier: GPL-3.0-or-later
"""A process to be killed: forks one child for each job and does to a vault what the job says.

Run as `python store_child.py FD`, where FD is a socket. Forking from a process that has imported
everything costs a millisecond; starting Python for each of thousands of jobs would cost minutes.
A child says `ready`, waits for one byte (a tracer attaches meanwhile), acts, and reports each
thing at the moment it has happened: what was said before the child died was acknowledged.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from encrypted_store import IoError, KdfParams, Kind, Vault, VaultError
from encrypted_store.care.backup import backup

OLD, NEW = "correct horse", "battery staple"
PAYLOAD = b"new" * 50_000  # three segments of the stream
META = {"n": "changed", "notes": "x" * 9000}  # three blocks of a file system
AFTER = b"afterwards"
NOT_WHOLE = "the copy is not whole"
TESTS_ONLY = KdfParams.for_tests()


def open_vault(base: Path, passphrase: str = OLD, **options: Any) -> Vault:
    """The vault of a test's folder."""
    anchors = options.pop("anchors", base / "anchors")
    root = options.pop("root", base / "vault")
    return Vault.open(
        root, passphrase=passphrase, anchors=anchors, min_kdf=TESTS_ONLY, **options
    )  # fmt: skip


def create_vault(base: Path, passphrase: str = OLD) -> Vault:
    return Vault.create(base / "vault", passphrase, kdf=TESTS_ONLY, anchors=base / "anchors")[0]


def content(vault: Vault) -> dict[str, list[Any]]:
    """All that a vault holds, by id; reading also proves that what is listed verifies."""
    return {
        entry.id: [hashlib.sha256(vault.get(entry.id)).hexdigest(), entry.meta]
        for entry in vault.list()
    }


def back_up(base: Path, vault: Vault) -> None:
    """Into base/copy. Only a proved copy of everything counts as done."""
    report = backup(vault, base / "copy")
    if report.damaged or not report.verified:
        raise IoError(NOT_WHOLE)


# By name: what is done between `ready` and `done`. The folder, the open vault, the ids in it.
Operation = Callable[[Path, Vault, list[str]], Any]
OPERATIONS: dict[str, Operation] = {
    "put": lambda base, vault, ids: vault.put(Kind.SAMPLE, PAYLOAD, {"n": "new"}),
    "update": lambda base, vault, ids: vault.update(ids[0], META),
    "delete": lambda base, vault, ids: vault.delete(ids[1]),
    "close": lambda base, vault, ids: vault.close(),
    "compact": lambda base, vault, ids: vault.compact(),
    "passphrase": lambda base, vault, ids: vault.change_passphrase(
        NEW, passphrase=OLD, kdf=TESTS_ONLY
    ),
    "backup": lambda base, vault, ids: back_up(base, vault),
    "backup again": lambda base, vault, ids: back_up(base, vault),
    "close after delete": lambda base, vault, ids: vault.close(),
}
# What the session has done before, so that closing has something to do.
BEFOREHAND = {"close": "update", "close after delete": "delete"}
OPENING: dict[str, Callable[[Path, str], Vault]] = {"create": create_vault, "open": open_vault}


def attempt(action: Callable[[], Any]) -> tuple[dict[str, Any], Any]:
    """What to report of an action, and what it returned."""
    try:
        value = action()
    except VaultError as error:
        return {"error": error.code, "message": str(error)}, None
    except Exception as error:
        return {"untyped": repr(error)}, None
    return {"ok": value if isinstance(value, str | dict) else True}, value


@contextmanager
def limited(size: int | None) -> Iterator[None]:
    """No file may be written beyond `size` bytes. Python ignores the signal that comes with it."""
    if size is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def act(job: dict[str, Any], channel: int) -> None:
    """One job, in its own process."""

    def say(what: str, outcome: dict[str, Any]) -> None:
        os.write(channel, json.dumps({what: outcome}).encode() + b"\n")

    base, name = Path(job["base"]), job["op"]
    vault = None if name in OPENING else open_vault(base)
    ids = [entry.id for entry in vault.list()] if vault else []
    if vault and name in BEFOREHAND:
        OPERATIONS[BEFOREHAND[name]](base, vault, ids)
    say("ready", {"pid": os.getpid()})
    os.read(channel, 1)
    with limited(job.get("limit")):
        if vault is None:
            outcome, vault = attempt(lambda: OPENING[name](base, job.get("passphrase", OLD)))
        else:
            outcome, _ = attempt(lambda: OPERATIONS[name](base, vault, ids))
    say("done", outcome)
    if job.get("repeat") and "error" in outcome and vault is not None and not vault.locked:
        say("repeat", attempt(lambda: OPERATIONS[name](base, vault, ids))[0])
    if vault is not None and not vault.locked:
        say("again", attempt(lambda: vault.put(Kind.SETTINGS, AFTER, {}))[0])
        say("content", attempt(lambda: content(vault))[0])
        say("closed", attempt(vault.close)[0])


def serve(control: socket.socket) -> None:
    """One forked child for each job that comes with the socket to report on."""
    while True:
        data, fds, _, _ = socket.recv_fds(control, 65_536, 1)
        if not data:
            return
        pid = os.fork()
        if pid == 0:
            try:
                control.close()
                act(json.loads(data), fds[0])
            except BaseException as error:
                print(f"the child failed outside its job: {error!r}", file=sys.stderr, flush=True)
            finally:
                os._exit(0)
        os.close(fds[0])
        control.send(str(os.waitpid(pid, 0)[1]).encode())


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
