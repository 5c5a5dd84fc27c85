# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing readable reaches the disk, no nonce repeats, and a worker's ticket opens one object."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from store_box import PASSPHRASE, Box, new_box
from store_decoder import Reader

from encrypted_store import Kind, Vault, VaultError, log, read_object

CANARY = bytes(range(7, 199)) * 3
TEXT = "the quick canary transcript"


def test_no_plaintext_key_or_secret_on_disk(tmp_path: Path, on_disk: Callable[..., Vault]) -> None:
    with on_disk() as vault:
        object_id = vault.put(Kind.SAMPLE, CANARY * 200, {"text": TEXT})
        vault.update(object_id, {"text": TEXT + " edited"})
        gone = vault.put(Kind.SAMPLE, CANARY, {"text": TEXT})
        vault.delete(gone)
        vault.get(object_id)
    with on_disk() as vault:
        assert vault.get(object_id) == CANARY * 200
        ticket = vault.ticket(object_id)
    reader = Reader((tmp_path / "vault" / "vault.json").read_bytes(), passphrase=PASSPHRASE)
    secrets = [CANARY[:16], TEXT.encode(), PASSPHRASE.encode(), reader.master, ticket.key]
    secrets += [reader.key(label) for label in (b"object", b"catalogue", b"head-mac")]
    needles = [
        form
        for secret in secrets
        for form in (secret, secret.hex().encode(), base64.b64encode(secret).rstrip(b"=")[:-1])
    ]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 7
    for path in files:
        data = path.read_bytes()
        assert not any(needle in data for needle in needles), path
        assert not any(part in str(path) for part in ("sample", "canary"))


class Recording:
    """AES-GCM that remembers every (key, nonce) it sealed with."""

    seen: set[tuple[bytes, bytes]]
    repeats: int

    def __init__(self, key: Any) -> None:
        self.key = bytes(key)
        self.real = AESGCM(self.key)

    def encrypt(self, nonce: bytes, data: Any, associated: Any) -> bytes:
        pair = (self.key, bytes(nonce))
        Recording.repeats += pair in Recording.seen
        Recording.seen.add(pair)
        return self.real.encrypt(nonce, data, associated)

    def decrypt(self, *args: Any) -> bytes:
        return self.real.decrypt(*args)

    def decrypt_into(self, *args: Any) -> int:
        return self.real.decrypt_into(*args)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> type[Recording]:
    Recording.seen, Recording.repeats = set(), 0
    for module in ("stream", "slots", "judging"):
        monkeypatch.setattr(f"encrypted_store.{module}.AESGCM", Recording)
    return Recording


def troubled_history() -> None:
    """Crashes, cuts and restored backups: the same place in the log is written many times."""
    box, vault = new_box()
    ids = [vault.put(Kind.SAMPLE, b"x" * 200_000, {}) for _ in range(3)]
    vault.close()
    backup = box.disk.copy()
    for round_ in range(6):
        disk = backup.copy()  # a restored backup, the same log end every time
        disk.write(box.anchor, box.disk.read(box.anchor))
        with box.open(disk, accept_rollback=True) as vault:
            vault.update(ids[0], {"round": round_})
            vault.put(Kind.SAMPLE, b"y" * 300, {})
            crashed = disk.copy()
        data = crashed.read(box.log)
        crashed.write(box.log, data[:-40])  # torn, cut at recovery, appended again
        with box.open(crashed, accept_rollback=True) as vault:
            vault.update(ids[1], {"round": round_})


def test_nonces_never_repeat(recorded: type[Recording]) -> None:
    troubled_history()
    assert len(recorded.seen) > 40
    assert recorded.repeats == 0


def test_the_nonce_test_notices_a_counter(
    recorded: type[Recording], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = log.encode_record

    def counted(aead: Any, nonce: bytes, seq: int, previous: bytes, op: Any) -> bytes:
        return real(aead, seq.to_bytes(12), seq, previous, op)

    monkeypatch.setattr(log, "encode_record", counted)
    troubled_history()
    assert recorded.repeats > 5


def test_a_ticket_holds_one_key_and_no_other(box: Box) -> None:
    with box.open() as vault:
        one = vault.put(Kind.SAMPLE, b"one", {})
        two = vault.put(Kind.SAMPLE, b"two", {})
        ticket, other = vault.ticket(one), vault.ticket(two)
    reader = Reader(box.disk.read(vault.path / "vault.json"), passphrase=PASSPHRASE)
    held = json.dumps(json.loads(ticket.to_json()))
    for key in (reader.master, reader.key(b"object"), reader.key(b"catalogue"), other.key):
        assert base64.urlsafe_b64encode(key).decode().rstrip("=") not in held
    assert read_object(ticket, io=box.disk) == ({}, b"one")
    for wrong in (
        replace(ticket, path=other.path),
        replace(ticket, key=other.key),
        replace(ticket, kind=Kind.MODEL),
        replace(ticket, path="/mem/v/obj/none"),
    ):
        with pytest.raises(VaultError):
            read_object(wrong, io=box.disk)
