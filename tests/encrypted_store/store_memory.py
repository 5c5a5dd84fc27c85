# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking for keys in another process's whole memory, with keys derived by the second reader."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
import sys
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from store_decoder import P, Reader, hkdf, unb64

LABELS = ("header-mac", "object", "catalogue", "head-mac", "anchor-mac", "dedup")
_CHUNK = 2**22
_HALF = 16
_KERNELS = (["[vvar]"], ["[vvar_vclock]"], ["[vsyscall]"], ["[vdso]"])


def keys_of(root: Path, passphrase: str, recovery: bytes) -> dict[str, bytes]:
    """Every key of a vault by name, and every HKDF's inner key, which is as good as its outputs.

    Not among them: what a caller holds in immutable text or bytes and nobody can wipe (the
    passphrase, the recovery code and its 20 bytes), and commitments, which the header shows.
    """
    reader = Reader((root / "vault.json").read_bytes(), passphrase=passphrase)
    keys = {"master": reader.master, "inner master": _inner(reader.vault_id, reader.master)}
    keys |= {label: reader.key(label.encode()) for label in LABELS}
    for slot in reader.header["slots"]:
        salt = unb64(slot["kdf"]["salt"], 16)
        ikm = recovery
        if slot["type"] == "passphrase":
            ikm = keys["stretched"] = stretched(slot["kdf"], passphrase)
        info = P + b"slot\0" + reader.vault_id + unb64(slot["id"], 8) + slot["type"].encode()
        keys[f"slot {slot['type']}"] = hkdf(ikm, salt, info, 32)
        keys[f"inner slot {slot['type']}"] = _inner(salt, ikm)
    for path in sorted((root / "cat").iterdir()):
        head = path.read_bytes()[:48]
        info = P + b"cat\0" + reader.vault_id + head[:16]
        keys[f"segment {path.stem}"] = hkdf(keys["catalogue"], head[16:], info, 32)
        keys[f"inner segment {path.stem}"] = _inner(head[16:], keys["catalogue"])
    for path in sorted((root / "obj").glob("*/*.vvo")):
        data = path.read_bytes()[:48]
        info = P + b"obj\0" + reader.vault_id + bytes.fromhex(path.stem) + data[4:5] + b"\0\1"
        keys[f"single {path.stem}"] = hkdf(keys["object"], data[9:41], info, 32)
        keys[f"inner single {path.stem}"] = _inner(data[9:41], keys["object"])
    return keys


@dataclass
class Scan:
    """How often each key was seen, and how much memory was looked at."""

    seen: Counter[str] = field(default_factory=Counter)
    bytes_read: int = 0
    bytes_refused: int = 0


def scan(pid: int, keys: dict[str, bytes]) -> Scan:
    """Look through all that a process can have written to: not its libraries' own pages.

    Each half of a key is looked for alone: an allocator writes its own pointers over the first
    bytes of what was freed, and half a key is too much.

    Raises:
        PermissionError: this process may not look.
    """
    found = Scan()
    halves = [(name, key[at : at + _HALF]) for name, key in keys.items() for at in (0, _HALF)]
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, _, _, inode, *name = line.split()
            if "r" not in rights or (inode != "0" and "w" not in rights) or name[:1] in _KERNELS:
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            tail = b""
            while start < end:
                try:
                    memory.seek(start)
                    data = memory.read(min(_CHUNK, end - start))
                except OSError:
                    data = b""
                if not data:  # a page past the end of a mapped file
                    found.bytes_refused += 4096
                    start, tail = start + 4096, b""
                    continue
                window = tail + data
                for name, half in halves:
                    found.seen[name] += window.count(half)
                tail = data[-_HALF + 1 :]
                start += len(data)
                found.bytes_read += len(data)
    return found


class Child:
    """A Python program that stops at each `pause(word)` until it is told to go on."""

    PREAMBLE = """
import sys
def pause(word):
    print(word, flush=True)
    if not sys.stdin.readline():
        sys.exit(1)
"""

    def __init__(self, script: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", self.PREAMBLE + script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    @property
    def pid(self) -> int:
        return self.process.pid

    def until(self, word: str) -> None:
        """Wait for a pause."""
        assert self.process.stdout
        assert self.process.stdout.readline() == word + "\n"

    def go(self, line: str = "") -> None:
        """Let it go on, with a line for `pause` or whoever reads."""
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self) -> None:
        """Let it run out. Safe to call twice."""
        if self.process.returncode is None:
            self.process.communicate("\n" * 9, timeout=30)


def _inner(salt: bytes, ikm: bytes) -> bytes:
    return hmac.new(salt, ikm, hashlib.sha256).digest()


def stretched(kdf: dict[str, int | str], passphrase: str) -> bytes:
    """What Argon2id makes of a passphrase under a slot's salt and cost."""
    return Argon2id(
        salt=unb64(str(kdf["salt"]), 16),
        length=32,
        iterations=int(kdf["t"]),
        lanes=int(kdf["p"]),
        memory_cost=int(kdf["m"]),
    ).derive(unicodedata.normalize("NFC", passphrase).encode())
