# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions read from a fuzzer's bytes, and JSON values changed by such decisions."""

from __future__ import annotations

import copy
import json
from typing import Any

from encrypted_store import canon

# What tends to break readers: other types, edges of ranges, text that looks like something else.
SCALARS: tuple[Any, ...] = (
    None, True, False, 0, 1, -1, 2, 7, 8, 15, 64, 255, 2**20, 2**21, 2**32 - 1, 2**53 - 1, 2**53,
    -(2**53) + 1, 2**64, 10**30, 0.5, 1e308, "", "\0", "a", "A" * 16, "AA", "A" * 22, "A" * 43,
    "voicevault/1", "voicevault/2", "passphrase", "recovery", "keychain", "fido2", "argon2id",
    "hkdf-sha256", "open", "put", "upd", "del", "note", "tomb", "ab" * 16, "AB" * 16, "0" * 64,
    "\ud800", "é", "e\u0301", [], {}, [[]], {"": ""}, {"must": False},
)  # fmt: skip


class Draw:
    """A stream of small decisions. When the bytes run out every decision is 0."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def spent(self) -> bool:
        return self._at >= len(self._data)

    def take(self, size: int) -> bytes:
        part = self._data[self._at : self._at + size]
        self._at += size
        return part + bytes(size - len(part))

    def below(self, limit: int) -> int:
        """0 <= result < limit."""
        width = 1 if limit <= 256 else 8
        return int.from_bytes(self.take(width), "big") % limit

    def pick(self, items: Any) -> Any:
        return items[self.below(len(items))]

    def rest(self) -> bytes:
        part = self._data[self._at :]
        self._at = len(self._data)
        return part


def mutated(value: Any, draw: Draw) -> Any:
    """A copy of a JSON value with up to four changes; none when `draw` has nothing left."""
    holder = {"": copy.deepcopy(value)}
    for _ in range(4):
        if draw.spent:
            break
        _change(holder, draw)
    if draw.below(8) == 1:  # last: what is nested this deep can hardly be handled any more
        parent, key = _somewhere(holder, draw)
        depth, as_list = draw.pick((2, 60, 63, 64, 65, 70, 300, 900)), draw.below(2)
        for _ in range(depth):
            parent[key] = [parent[key]] if as_list else {"a": parent[key]}
    return holder[""]


def encoded(value: Any, draw: Draw) -> bytes:
    """Usually canonical; sometimes the same value in another spelling."""
    style = draw.below(8)
    try:
        if style == 1:
            return json.dumps(value).encode()
        if style == 2:
            return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
        return canon.encode(value)
    except (ValueError, TypeError, RecursionError):
        return b"{}"


def garbled(data: bytes, draw: Draw) -> bytes:
    """Bytes with up to four of: a bit turned, a piece cut, doubled, zeroed or put in."""
    out = bytearray(data)
    for _ in range(4):
        if draw.spent:
            break
        action, at = draw.below(6), draw.below(len(out) + 1)
        size = 1 + draw.below(64)
        if action == 0 and out:
            out[at % len(out)] ^= 1 << draw.below(8)
        elif action == 1:
            del out[at : at + size]
        elif action == 2:
            out[at:at] = out[at : at + size]
        elif action == 3:
            out[at : at + size] = bytes(len(out[at : at + size]))
        elif action == 4:
            out[at:at] = draw.take(size)
        else:
            del out[at:]
    return bytes(out)


def _change(holder: dict[str, Any], draw: Draw) -> None:
    parent, key = _somewhere(holder, draw)
    value = parent[key]
    action = draw.below(8)
    if action == 0:
        parent[key] = copy.deepcopy(draw.pick(SCALARS))
    elif action == 1 and isinstance(parent, dict) and key:
        del parent[key]
    elif action == 2 and isinstance(value, dict):
        value[draw.pick(("x", "op", "must", "id", "\ud800", "recovered"))] = draw.pick(SCALARS)
    elif action == 3 and isinstance(value, list):
        value.extend(copy.deepcopy(value[: 1 + draw.below(20)]) * (1 + draw.below(20)))
    elif action == 4 and isinstance(value, int) and not isinstance(value, bool):
        parent[key] = value + draw.pick((1, -1, 2, 256, -256, 2**31))
    elif action == 5 and isinstance(value, str):
        at = draw.below(len(value) + 1)
        parent[key] = value[:at] + draw.pick("AaZz09_-=\n é") + value[at + 1 :]
    elif action == 6 and isinstance(value, str):
        parent[key] = draw.pick((value.upper(), value[:-1], value + "A", value + "=", value * 2))
    else:
        other, place = _somewhere(holder, draw)
        parent[key] = copy.deepcopy(other[place])


def _somewhere(holder: dict[str, Any], draw: Draw) -> tuple[Any, Any]:
    """A place in the tree: its container and the key there."""
    parent: Any = holder
    key: Any = ""
    for _ in range(6):
        value = parent[key]
        if not isinstance(value, (dict, list)) or not value or draw.below(4) == 0:
            break
        parent = value
        key = draw.pick(sorted(value)) if isinstance(value, dict) else draw.below(len(value))
    return parent, key
