# SPDX-License-Identifier: GPL-3.0-or-later
"""The recovery code: 160 random bits on paper, with a group that catches typing mistakes."""

from __future__ import annotations

import hashlib

from encrypted_store.errors import RecoveryCodeMistyped
from encrypted_store.paths import PREFIX

SECRET_SIZE = 20
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})
_GROUP = 4
_BODY = SECRET_SIZE * 8 // 5


def to_code(secret: bytes) -> str:
    """Eight groups of four characters and a ninth that checks them."""
    text = _base32(int.from_bytes(secret, "big"), _BODY) + _check_group(secret)
    return "-".join(text[i : i + _GROUP] for i in range(0, len(text), _GROUP))


def from_code(code: str) -> bytes:
    """The 20 secret bytes.

    Case, spaces and hyphens do not matter; I and L are read as 1, O as 0.

    Raises:
        RecoveryCodeMistyped: wrong length or character, or the check group disagrees.
    """
    text = "".join(c for c in code.upper() if not c.isspace() and c != "-").translate(_READ_AS)
    if len(text) != _BODY + _GROUP:
        raise RecoveryCodeMistyped(
            f"the recovery code has {len(text)} characters, {_BODY + _GROUP} are needed"
        )
    number = 0
    for place, character in enumerate(text):
        digit = _ALPHABET.find(character)
        if digit < 0:
            group = place // _GROUP + 1
            raise RecoveryCodeMistyped(f"group {group} holds {character!r}, not a code character")
        if place < _BODY:
            number = number * 32 + digit
    secret = number.to_bytes(SECRET_SIZE, "big")
    if _check_group(secret) != text[_BODY:]:
        raise RecoveryCodeMistyped("the check group does not match: a character is mistyped")
    return secret


def _check_group(secret: bytes) -> str:
    digest = hashlib.sha256(PREFIX + b"recovery-check" + secret).digest()
    return _base32(int.from_bytes(digest[:3], "big") >> 4, _GROUP)  # 20 bits


def _base32(number: int, characters: int) -> str:
    return "".join(_ALPHABET[number >> (5 * i) & 31] for i in reversed(range(characters)))
