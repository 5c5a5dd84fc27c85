# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes vectors.json: a small vault, and several hundred ways in which it can be wrong.

    python tests/encrypted_store/store_vectors.py        writes the file beside this one

Enough to test another implementation of FORMAT.md with, without anything else from here:

    secrets   passphrase; recovery: the recovery code's 20 bytes, hex
    least     the lowest Argon2id cost to accept, instead of the format's, unless a vector names one
    base      the files of a whole vault by name, base64 (URL-safe, unpadded); `anchor` is the file
              outside the folder, the other names are paths in it
    vectors   each changes some files of the base and says what has to come of it

    id, layer, what   a name; the part that is concerned; the fault in words
    files     by name: null (the file is absent), or a list of pieces to be joined; a piece is
              base64, or [name, start, end]: these bytes of that file of the base
    with      optional: `use: "recovery"` opens with the recovery code; `passphrase`, `recovery`
              and `least` take the place of the file's own
    expect    `content`: opens, and SHA-256 of the canonical JSON of the list of
              [id, kind, hex SHA-256 of the payload, metadata] for each entry in order, is this; or
              `error`: the name of the error. With `object`, opening succeeds, reading that object
              fails so (in `segment`, if named), and every other object is as in the base. Without,
              opening fails so (at record `seq`, if named). Nothing of the payload is given out.

Every negative vector has one fault. Faults below a tag or MAC are sealed with the right keys.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import store_vectors_header
import store_vectors_log
import store_vectors_object
import store_vectors_ops
from store_sealer import MASTER, PASSPHRASE, RECOVERY, b64
from store_world import Writer

VECTORS = Path(__file__).with_name("vectors.json")
LEAST = {"m": 64, "t": 1, "p": 1}


def collect() -> Writer:
    writer = Writer()
    for part in (
        store_vectors_header,
        store_vectors_log,
        store_vectors_ops,
        store_vectors_object,
    ):
        part.write(writer)
    return writer


def text() -> str:
    """The whole file: one vector a line, so that a difference can be read."""
    writer = collect()

    def line(value: Any) -> str:
        return json.dumps(value, sort_keys=True, separators=(",", ":"))

    head = {
        "about": "vectors of the vault format voicevault/1; layout: see store_vectors.py",
        "base": {name: b64(data) for name, data in sorted(writer.base.items())},
        "least": LEAST,
        "secrets": {
            "master_key": MASTER.hex(),
            "passphrase": PASSPHRASE,
            "recovery": RECOVERY.hex(),
        },
    }
    parts = [f"{json.dumps(name)}: {line(value)},\n" for name, value in head.items()]
    rows = ",\n".join(line(vector) for vector in writer.vectors)
    return "{\n" + "".join(parts) + '"vectors": [\n' + rows + "\n]\n}\n"


if __name__ == "__main__":
    VECTORS.write_text(text(), encoding="ascii")
