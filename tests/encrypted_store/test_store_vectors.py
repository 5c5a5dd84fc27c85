# SPDX-License-Identifier: GPL-3.0-or-later
"""vectors.json through the product and through the second reader: each fault by its name."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from functools import cache
from typing import Any

import pytest
import store_vectors
from store_box import ANCHORS, ROOT
from store_decoder import Rejected
from store_memfs import MemFs
from store_referee import Referee
from store_sealer import VAULT_ID, cj, layout, rnd, sealed_object
from store_world import KIND, LONG, META, PAYLOAD, A, content_hash, path, put_together

from encrypted_store import KdfParams, Vault, VaultError, recovery

LAYERS = {
    "header", "slot", "head", "anchor", "object", "segment", "record", "catalogue-op",
    "plaintext-layout", "folder",
}  # fmt: skip
Files = dict[str, bytes]
Json = dict[str, Any]


@cache
def kept() -> Json:
    data: Json = json.loads(store_vectors.VECTORS.read_text(encoding="ascii"))
    return data


@cache
def base() -> Files:
    return {
        name: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        for name, text in kept()["base"].items()
    }


def files_of(vector: Json) -> Files:
    files: dict[str, bytes | None] = dict(base())
    for name, pieces in vector["files"].items():
        files[name] = put_together(pieces, base())
    return {name: data for name, data in files.items() if data is not None}


def options_of(vector: Json) -> Json:
    """passphrase, recovery (20 bytes) and least, for both readers."""
    given = kept()["secrets"] | {"least": kept()["least"]} | vector.get("with", {})
    cost = given["least"]
    options: Json = {"least": (cost["m"], cost["t"], cost["p"])}
    if given.get("use") == "recovery":
        return options | {"recovery": bytes.fromhex(given["recovery"])}
    return options | {"passphrase": given["passphrase"]}


def disk_of(files: Files) -> MemFs:
    disk = MemFs()
    for folder in (ROOT, ROOT / "cat", ANCHORS):
        disk.make_dir(folder)
    for name, data in files.items():
        target = ANCHORS / VAULT_ID.hex() if name == "anchor" else ROOT / name
        disk.make_dir(target.parent)
        disk.write(target, data)
    return disk


def product(files: Files, options: Json) -> Vault:
    secret: Json = {"passphrase": options.get("passphrase")}
    if "recovery" in options:
        secret = {"recovery_code": recovery.to_code(options["recovery"])}
    return Vault.open(
        ROOT, io=disk_of(files), anchors=ANCHORS, min_kdf=KdfParams(*options["least"]), **secret
    )


def named(vector: Json) -> str:
    return str(vector["id"])


def vectors(good: bool) -> list[Json]:
    return [one for one in kept()["vectors"] if ("content" in one["expect"]) == good]


def test_the_file_is_what_the_generator_writes() -> None:
    assert store_vectors.VECTORS.read_text(encoding="ascii") == store_vectors.text()
    assert store_vectors.VECTORS.stat().st_size < 700_000


def test_there_are_enough_of_each() -> None:
    bad, good = vectors(good=False), vectors(good=True)
    assert len(bad) >= 500
    assert len(good) >= 80
    assert {one["layer"] for one in bad} == LAYERS
    assert len({one["id"] for one in bad + good}) == len(bad + good)
    faults = Counter(json.dumps([one["files"], one.get("with")]) for one in bad)
    assert max(faults.values()) == 1


@pytest.mark.parametrize("vector", vectors(good=True), ids=named)
def test_positive(vector: Json) -> None:
    files, options = files_of(vector), options_of(vector)
    with product(files, options) as vault:
        held = [
            [one.id, int(one.kind), hashlib.sha256(vault.get(one.id)).hexdigest(), one.meta]
            for one in vault.list()
        ]
    assert content_hash(held) == vector["expect"]["content"], vector["what"]
    referee = Referee(files, **options)
    held = [
        [one, entry["kind"], hashlib.sha256(referee.read(one)).hexdigest(), entry["meta"]]
        for one, entry in referee.entries.items()
    ]
    assert content_hash(held) == vector["expect"]["content"], vector["what"]


@pytest.mark.parametrize("vector", vectors(good=False), ids=named)
def test_negative(vector: Json) -> None:
    files, options, expect = files_of(vector), options_of(vector), vector["expect"]
    released: list[object] = []
    with pytest.raises(VaultError) as caught:
        product_reads(files, options, expect, released)
    error = caught.value
    assert error.code == expect["error"], (vector["what"], str(error))
    if "seq" in expect:
        assert getattr(error, "seq", None) == expect["seq"], (vector["what"], str(error))
    if "segment" in expect:
        assert getattr(error, "segment", None) == expect["segment"], (vector["what"], str(error))
    assert released == [], "something was given out before the error"
    with pytest.raises(Rejected) as refused:
        Referee(files, **options).read(expect.get("object", ""))
    assert refused.value.error == expect["error"], (vector["what"], str(refused.value))
    for place in ("seq", "segment"):
        if place in expect:
            assert refused.value.place == expect[place], (vector["what"], str(refused.value))


def product_reads(files: Files, options: Json, expect: Json, released: list[object]) -> None:
    """Open, and read the object that is in question; the others must be as they are in the base."""
    with product(files, options) as vault:
        if "object" not in expect:
            released.append(vault.list())
            return
        for entry in vault.list():
            if entry.id != expect["object"]:
                assert vault.get(entry.id) == PAYLOAD[entry.id]
        released.append(vault.get(expect["object"]))


BIG_META = cj({"n": "x" * (2**20 - 8)})  # 2^20 bytes as JSON, the most there may be
LONG_PLAIN = layout(cj(META[LONG]), PAYLOAD[LONG])


@pytest.mark.parametrize(
    ("object_id", "data", "segment"),
    [
        (A, sealed_object(A, layout(BIG_META.replace(b"xx", b"xxx", 1), PAYLOAD[A])), 0),
        (LONG, sealed_object(LONG, LONG_PLAIN, kind=KIND[LONG], flags={1: 1}), 1),
        (LONG, sealed_object(LONG, LONG_PLAIN, kind=KIND[LONG], prefixes={2: rnd("p", 7)}), 2),
    ],
    ids=["metadata-beyond-1-MiB", "two-last-segments", "a-segment-under-another-prefix"],
)
def test_negatives_too_large_to_keep(object_id: str, data: bytes, segment: int) -> None:
    files = base() | {path(object_id): data}
    options = options_of({})
    with product(files, options) as vault, pytest.raises(VaultError) as caught:
        vault.get(object_id)
    assert (caught.value.code, getattr(caught.value, "segment", None)) == ("ObjectDamaged", segment)
    with pytest.raises(Rejected, match="ObjectDamaged"):
        Referee(files, **options).read(object_id)


def test_metadata_of_1_mib_is_the_most() -> None:
    assert len(BIG_META) == 2**20
    files = base() | {path(A): sealed_object(A, layout(BIG_META, PAYLOAD[A]))}
    with product(files, options_of({})) as vault:
        assert vault.get(A) == PAYLOAD[A]
    assert Referee(files, **options_of({})).read(A) == PAYLOAD[A]
