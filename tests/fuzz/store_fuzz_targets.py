# SPDX-License-Identifier: GPL-3.0-or-later
"""Fuzz targets without a key: raw bytes in the place of each file, and text that people type.

A target takes bytes and returns, whatever they are. It lets only the documented errors pass by,
and asserts that nothing altered is taken for genuine where a key protects it.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable

from store_fuzz_draw import Draw, encoded, garbled, mutated
from store_fuzz_ground import HEAD, HEADERS, LOG, Ground, ground, open_vault
from store_memfs import MemFs

from encrypted_store import (
    HeaderDamaged,
    NewerVersion,
    ObjectDamaged,
    ObjectTicket,
    RecoveryCodeMistyped,
    Vault,
    VaultError,
    VaultTampered,
    canon,
    header,
    read_object,
    recovery,
)

Target = Callable[[bytes], None]


def fuzz_header(data: bytes) -> None:
    """Both copies of the header, then one."""
    found = ground()
    try:
        copy = header.decode(data)
        assert copy.header.body() == copy.body
    except (HeaderDamaged, NewerVersion):
        pass
    genuine = found.genuine(HEADERS[0])
    try_header(found, data, genuine_mac=data == genuine)


def fuzz_header_rehashed(data: bytes) -> None:
    """The header's JSON changed, its checksum right again, its MAC old, right or a guess."""
    found, draw = ground(), Draw(data)
    mode = draw.below(3)
    body = encoded(mutated(found.reader.header, draw), draw)
    tag = (
        found.genuine(HEADERS[0]).split(b"\n")[2],
        found.mac(b"header-mac", body),
        draw.take(32).hex().encode(),
    )[mode]
    forged = b"\n".join((body, hashlib.sha256(body).hexdigest().encode(), tag, b""))
    try_header(found, forged, genuine_mac=tag == found.mac(b"header-mac", body))


def try_header(found: Ground, data: bytes, *, genuine_mac: bool) -> None:
    with_code = {"passphrase": None, "recovery_code": found.code}
    for copies, secret in ((HEADERS, {}), (HEADERS[:1], with_code), (HEADERS[1:], {})):
        disk = found.disk()
        for path in copies:
            disk.write(path, data)
        try:
            vault = open_vault(disk, **secret)
        except VaultError:
            assert data != found.genuine(HEADERS[0])
            continue
        with vault:
            # One forged copy is healed from the other; two may only pass with a right MAC.
            assert genuine_mac or copies != HEADERS
            holds_only_truth(found, vault, complete=True)


def fuzz_head(data: bytes) -> None:
    found = ground()
    disk = found.disk()
    disk.write(HEAD, data)
    try:
        with open_vault(disk) as vault:
            assert data == found.genuine(HEAD)
            holds_only_truth(found, vault, complete=True)
            return
    except VaultTampered:
        assert data != found.genuine(HEAD)
    with open_vault(disk, accept_rollback=True) as vault:
        holds_only_truth(found, vault, complete=True)


def fuzz_anchor(data: bytes) -> None:
    found = ground()
    disk = found.disk()
    disk.write(found.anchor, data)
    with open_vault(disk) as vault:
        codes = [notice.code for notice in vault.notices]
        assert codes == ([] if data == found.genuine(found.anchor) else ["anchor-damaged"])
        holds_only_truth(found, vault, complete=True)


def fuzz_object(data: bytes) -> None:
    """An object's file: read listed, by ticket, and found unlisted."""
    found = ground()
    path = found.object_path(found.sample)
    disk = found.disk()
    with open_vault(disk) as vault:
        ticket = vault.ticket(found.sample)
        disk.write(path, data)
        genuine = data == found.genuine(path)
        # A ticket brings the key that the salt gave when it was made; the salt is not read again.
        same_but_salt = data[:9] + found.genuine(path)[9:41] + data[41:] == found.genuine(path)
        for read, sound in (
            (lambda: vault.get(found.sample), genuine),
            (lambda: b"".join(vault.stream_read(found.sample)), genuine),
            (lambda: read_object(ticket, io=disk)[1], same_but_salt),
            (lambda: read_object(vault.ticket(found.sample), io=disk)[1], genuine),
        ):
            try:
                assert read() == b"one"
                assert sound
            except ObjectDamaged:
                assert not sound
        stray = "0f" * 16
        disk.write(found.object_path(stray), data)
    with open_vault(disk) as vault:  # the id is part of every object's key
        assert stray not in {entry.id for entry in vault.list()}


def fuzz_object_sizes(data: bytes) -> None:
    """A file that claims to be long: nothing may be reserved before a segment has verified."""
    found, draw = ground(), Draw(data)
    path = found.object_path(found.sample)
    disk = found.disk()
    claimed = draw.below(2**48)
    sealed = garbled(found.genuine(path), draw)
    longest = 0

    def read_at(fd: int, offset: int, size: int) -> bytes:
        nonlocal longest
        longest = max(longest, size)
        return MemFs.read_at(disk, fd, offset, min(size, 2**20))

    with open_vault(disk) as vault:
        disk.write(path, sealed)
        disk.size = lambda fd: claimed  # type: ignore[method-assign]
        disk.read_at = read_at  # type: ignore[method-assign]
        try:
            assert vault.get(found.sample) == b"one"
            assert claimed == len(found.genuine(path))
        except ObjectDamaged:
            pass
        finally:
            del disk.size, disk.read_at
    assert longest <= 65_536


def fuzz_log(data: bytes) -> None:
    """The catalogue's segment, raw."""
    found = ground()
    genuine = found.genuine(LOG)
    disk = found.disk()
    disk.write(LOG, data)
    try:
        with open_vault(disk) as vault:
            # More than the genuine bytes is an unfinished write, less is a rollback.
            assert data.startswith(genuine)
            holds_only_truth(found, vault, complete=True)
    except VaultError:
        assert data != genuine
    for anchored in (True, False):
        disk = found.disk()
        disk.write(LOG, data)
        if not anchored:
            disk.remove(found.anchor)
        try:
            with open_vault(disk, accept_rollback=True) as vault:
                holds_only_truth(found, vault)
        except VaultError:
            pass


def fuzz_log_spliced(data: bytes) -> None:
    """Whole records left out, doubled, moved or cut: the pieces are genuine, the order is not."""
    found, draw = ground(), Draw(data)
    genuine = found.genuine(LOG)
    frames, at = [genuine[:48]], 48
    while at < len(genuine):
        size = 8 + int.from_bytes(genuine[at : at + 4], "big")
        frames.append(genuine[at : at + size])
        at += size
    for _ in range(3):
        if draw.spent or not frames:
            break
        action, here = draw.below(5), draw.below(len(frames))
        if action == 0:
            del frames[here]
        elif action == 1:
            frames.insert(draw.below(len(frames)), frames[here])
        elif action == 2:
            frames[here] = garbled(frames[here], draw)
        elif action == 3:
            del frames[here:]
        else:
            frames.append(draw.take(draw.below(600)))
    fuzz_log(b"".join(frames))


def fuzz_ticket(data: bytes) -> None:
    """A ticket's text, changed: it comes over a pipe from the process that made it."""
    found, draw = ground(), Draw(data)
    disk = found.disk()
    with open_vault(disk) as vault:
        good = canon.decode(vault.ticket(found.sample).to_json().replace(": ", ":").replace(
            ", ", ",").encode())  # fmt: skip
    try:
        text = encoded(mutated(good, draw), draw).decode("utf-8", "replace")
        ticket = ObjectTicket.from_json(text if draw.below(8) else garbled(
            text.encode(), draw).decode("utf-8", "replace"))  # fmt: skip
    except ValueError:
        return
    with contextlib.suppress(VaultError):
        assert read_object(ticket, io=disk)[1] == b"one"


def fuzz_recovery_code(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    try:
        secret = recovery.from_code(text)
    except RecoveryCodeMistyped:
        return
    assert recovery.from_code(recovery.to_code(secret)) == secret


def fuzz_canon(data: bytes) -> None:
    """NotCanonical is the one error; what passes is plain and has these bytes alone."""
    try:
        value = canon.decode(data)
    except canon.NotCanonical:
        return
    assert canon.encode(value) == data
    assert canon.plain(value) == canon.clone(value) == value


def holds_only_truth(found: Ground, vault: Vault, *, complete: bool = False) -> None:
    """Every line was true once, every payload is genuine; `complete`: and it is all still there."""
    entries = vault.list()
    assert len({entry.id for entry in entries}) == len(entries)
    for entry in entries:
        assert (entry.id, repr(entry.meta)) in found.versions
        try:
            assert vault.get(entry.id) == found.payloads[entry.id]
        except VaultError:
            assert not complete
    if complete:
        assert [entry.id for entry in entries] == [found.sample, found.long]
        assert [entry.meta for entry in entries][1] == {"ms": 4200}


RAW: dict[str, tuple[Target, Callable[[], list[bytes]]]] = {
    "header": (fuzz_header, lambda: [ground().genuine(HEADERS[0])]),
    "header-rehashed": (fuzz_header_rehashed, list),
    "head": (fuzz_head, lambda: [ground().genuine(HEAD), ground().genuine(ground().anchor)]),
    "anchor": (fuzz_anchor, lambda: [ground().genuine(ground().anchor), ground().genuine(HEAD)]),
    "object": (fuzz_object, lambda: [ground().genuine(ground().object_path(ground().sample))]),
    "object-sizes": (fuzz_object_sizes, list),
    "log": (fuzz_log, lambda: [ground().genuine(LOG), ground().genuine(LOG)[:48]]),
    "log-spliced": (fuzz_log_spliced, list),
    "ticket": (fuzz_ticket, list),
    "recovery-code": (fuzz_recovery_code, lambda: [ground().code.encode()]),
    "canon": (fuzz_canon, lambda: [canon.encode(op) for op in ground().ops]),
}
"""Name: the target, and what makes its seeds. Targets that read decisions start from nothing."""
