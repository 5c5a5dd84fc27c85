# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys a process holds, seen from outside: all its memory, through all that a vault does.

Not looked for, because Python cannot wipe them: the passphrase and the recovery code as text, the
bytes made of them, and the one key inside a ticket, which is the caller's. Nor what was read: a
payload is the caller's too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from store_box import PASSPHRASE
from store_memory import LABELS, Child, Scan, keys_of, scan, stretched

from encrypted_store import recovery

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/PID/mem")

START = """
import gc, os
from pathlib import Path
from encrypted_store import KdfParams, Kind, Vault, VaultError, read_object
from encrypted_store.autolock import AutoLock
from encrypted_store.keys import KeyName
root, anchors, how = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
options = dict(anchors=anchors, min_kdf=KdfParams.for_tests())
secret = sys.stdin.readline().rstrip("\\n")
if how == "create":
    vault, code = Vault.create(root, secret, kdf=KdfParams.for_tests(), anchors=anchors)
    print(code, flush=True)
else:
    vault = Vault.open(root, **{how: secret}, **options)
one = vault.put(Kind.SAMPLE, b"x" * 200_000, {"n": 1})
"""
PLAIN = """
vault.update(one, {"n": 2})
assert len(vault.get(one)) == sum(map(len, vault.stream_read(one)))
pause("open")
vault.close() if how != "recovery_code" else AutoLock(vault).lock_now()
pause("closed")
"""

Start = Callable[..., tuple[Child, str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Runs START and a script on the vault of this test; gives the child and the recovery code."""
    children: list[Child] = []

    def begin(script: str, how: str = "create", secret: str = PASSPHRASE) -> tuple[Child, str]:
        child = Child(START + script, str(tmp_path / "v"), str(tmp_path / "a"), how)
        children.append(child)
        child.go(secret)
        assert child.process.stdout
        code = child.process.stdout.readline().strip() if how == "create" else ""
        return child, code

    yield begin
    for child in children:
        child.end()


def look(child_pid: int, keys: dict[str, bytes]) -> Scan:
    try:
        found = scan(child_pid, keys)
    except PermissionError:
        pytest.skip("reading another process's memory is not allowed here")
    assert found.bytes_read > 10 * 2**20  # an interpreter with its libraries is more
    assert found.bytes_refused < 2**20
    return found


def present(found: Scan) -> dict[str, int]:
    """Halves of keys seen, by name of key."""
    return {name: count for name, count in found.seen.items() if count}


def require_only_working_keys(found: Scan, segment: str = "segment 00000001") -> None:
    """Each working key is in its page and nowhere else; the segment's also in its open cipher."""
    seen = present(found)
    assert seen.pop(segment) >= 2
    assert seen == dict.fromkeys(LABELS, 2)


@pytest.mark.parametrize("how", ["create", "passphrase", "recovery_code"])
def test_open_holds_the_working_keys_once_and_closed_none(
    how: str, start: Start, tmp_path: Path
) -> None:
    """In particular never, not even while open: the master key, a slot's, a single object's."""
    child, code = start(PLAIN)
    child.until("open")
    if how != "create":
        child.end()
        child, _ = start(PLAIN, how, PASSPHRASE if how == "passphrase" else code)
        child.until("open")
    keys = keys_of(tmp_path / "v", PASSPHRASE, recovery.from_code(code))
    assert {"master", "stretched", "slot passphrase", "slot recovery"} < keys.keys()
    assert len(keys) == 15 + (2 if how == "create" else 4)
    require_only_working_keys(look(child.pid, keys))
    child.go()
    child.until("closed")
    assert present(look(child.pid, keys)) == {}


LIFE = """
two = vault.put(Kind.SAMPLE, b"y" * 200_000, {})
reading = vault.stream_read(one)
next(reading)
pause("reading")
ticket = vault.ticket(two)
read_object(ticket)
vault.close()
pause("lent")
vault = Vault.open(root, passphrase=secret, **options)
vault.change_passphrase("second", passphrase=secret, kdf=KdfParams.for_tests())
vault.new_recovery_code(passphrase="second")
vault.delete(two)
pause("changed")
vault.compact()
pause("compacted")
vault.close()
failures = []
try:
    Vault.open(root, passphrase="wrong horse", **options)
except VaultError as error:
    failures.append(error)
assert len(failures) == 1
pause("refused")
vault = Vault.open(root, passphrase="second", **options)
del vault
gc.collect()
pause("dropped")
"""


def test_a_whole_life_leaves_nothing_but_what_a_ticket_took(start: Start, tmp_path: Path) -> None:
    """Reading, lending, changing secrets, deleting, compacting, dropping, a wrong passphrase."""
    child, code = start(LIFE)
    root = tmp_path / "v"
    child.until("reading")
    keys = keys_of(root, PASSPHRASE, recovery.from_code(code))
    one, two = (name for name in keys if name.startswith("single "))
    during = look(child.pid, keys).seen
    assert min(during[one], during[two]) == 0  # only the one being read
    assert max(during[one], during[two]) >= 2
    child.go()
    child.until("lent")
    lent = present(look(child.pid, keys))  # the stream was still open when the vault closed
    assert lent in ({one: 2}, {two: 2})
    for name in lent:
        del keys[name]
    child.go()
    child.until("changed")
    fresh = keys_of(root, "second", bytes(20))  # the new recovery code is not known here
    keys |= {f"new {name}": fresh[name] for name in ("stretched", "slot passphrase")}
    require_only_working_keys(look(child.pid, keys))
    child.go()
    child.until("compacted")
    fresh = keys_of(root, "second", bytes(20))
    keys |= {name: key for name, key in fresh.items() if "segment" in name}
    assert "segment 00000001" in keys
    require_only_working_keys(look(child.pid, keys), "segment 00000002")
    child.go()
    header = json.loads((root / "vault.json").read_bytes().splitlines()[0])
    cost = next(slot["kdf"] for slot in header["slots"] if slot["type"] == "passphrase")
    keys["wrong"] = stretched(cost, "wrong horse")
    for word in ("refused", "dropped"):
        child.until(word)
        assert present(look(child.pid, keys)) == {}
        child.go()


FORK = """
pid = os.fork()
if pid == 0:
    page = vault._session.keys
    assert not any(any(page.view(name)) for name in KeyName)
    assert vault._session.writer._aead is None
    pause(f"forked {os.getpid()}")
    os._exit(0)
os.waitpid(pid, 0)
assert vault.get(one)
"""


def test_a_fork_has_no_key(start: Start, tmp_path: Path) -> None:
    """The page is zeros there, and the open cipher, which is not in the page, is dropped."""
    child, code = start(FORK)
    assert child.process.stdout
    word, pid = child.process.stdout.readline().split()
    assert word == "forked"
    keys = keys_of(tmp_path / "v", PASSPHRASE, recovery.from_code(code))
    assert present(look(int(pid), keys)) == {}
    require_only_working_keys(look(child.pid, keys))


DAMAGED = """
path = root / "obj" / one[:2] / (one + ".vvo")
data = bytearray(path.read_bytes())
data[-1] ^= 1
path.write_bytes(data)
failures = []
for attempt in (lambda: vault.get(one), lambda: list(vault.stream_read(one))):
    try:
        attempt()
    except VaultError as error:
        failures.append(error)
assert len(failures) == 2
vault.close()
pause("kept")
failures.clear()
pause("forgotten")
"""


@pytest.mark.parametrize(
    "word",
    [
        "kept",
        "forgotten",
    ],
)
def test_an_error_does_not_keep_an_objects_key(word: str, start: Start, tmp_path: Path) -> None:
    child, code = start(DAMAGED)
    child.until("kept")
    if word == "forgotten":
        child.go()
        child.until(word)
    keys = keys_of(tmp_path / "v", PASSPHRASE, recovery.from_code(code))
    assert present(look(child.pid, keys)) == {}


HOARD = """
forgotten = bytes(vault._session.keys.view(KeyName.OBJECT))
vault.close()
pause("closed")
"""


def test_the_scan_sees_one_forgotten_copy(start: Start, tmp_path: Path) -> None:
    child, code = start(HOARD)
    child.until("closed")
    keys = keys_of(tmp_path / "v", PASSPHRASE, recovery.from_code(code))
    assert present(look(child.pid, keys)) == {"object": 2}
