# SPDX-License-Identifier: GPL-3.0-or-later
"""Inputs that once broke a target, each with what it was."""

from __future__ import annotations

REGRESSIONS: list[tuple[str, bytes]] = [
    # Nesting that decoding took and everything after it could not: RecursionError.
    ("canon", b'{"a":' * 500 + b"1" + b"}" * 500),
    # Metadata at the deepest level that `put` admits lies one deeper in its record.
    ("object-resealed", bytes.fromhex("00000102010304050607080000000201038a05060713141a1b272829")),
    # A first record whose prev_seq is text, judged before its schema was: TypeError.
    (
        "records-resealed",
        bytes.fromhex("0100000103001800040000040000040000" + 14 * "00" + "000002"),
    ),
    # A segment without one record, and a rollback that is accepted: IndexError.
    ("log-spliced", bytes.fromhex("ada10e")),
    # Text that is no ticket: TypeError.
    ("ticket", bytes.fromhex("cae01284bc")),
]
