# SPDX-License-Identifier: GPL-3.0-or-later
"""Vault folders as a crash may leave them, made with the real thing and a knife."""

from __future__ import annotations

from pathlib import Path

from store_child import back_up, create_vault, open_vault
from store_strace import Tree, read_tree, write_tree

from encrypted_store import Kind


def filled(base: Path) -> Tree:
    """Two live objects, one deleted; closed."""
    with create_vault(base) as vault:
        ids = [vault.put(Kind.SAMPLE, b"%d" % n * 700, {"n": n}) for n in range(3)]
        vault.delete(ids.pop())
    return read_tree(base)


def backed_up(base: Path, tree: Tree) -> Tree:
    """A backup in base/copy, and a vault that has changed since."""
    write_tree(base, tree)
    with open_vault(base) as vault:
        back_up(base, vault)
        vault.delete(vault.list()[0].id)
        vault.put(Kind.CONSENT, b"since then", {})
        vault.update(vault.list()[0].id, {"n": "since then"})
    return read_tree(base)


def _objects(tree: Tree) -> set[str]:
    return {name for name in tree if name.endswith(".vvo")}


def _log(tree: Tree) -> str:
    return max(name for name in tree if name.endswith(".vvlog"))


def _bytes(tree: Tree, name: str) -> bytes:
    data = tree[name]
    assert data is not None
    return data


def crashed(base: Path, tree: Tree) -> dict[str, Tree]:
    """By name; each is `tree` and the traces of one death. "everything" has them all at once."""
    write_tree(base, tree)
    with open_vault(base) as vault:
        victim = vault.list()[1].id
        vault.put(Kind.SAMPLE, b"unlisted" * 20_000, {"n": "unlisted"})
        unlisted = {name: data for name, data in read_tree(base).items() if name not in tree}
    write_tree(base, tree)
    with open_vault(base) as vault:
        vault.delete(victim)
        deleted = read_tree(base)  # before HEAD is written
        before = len(_bytes(deleted, _log(deleted)))
        vault.update(vault.list()[0].id, {"n": "never acknowledged"})
        record = _bytes(read_tree(base), _log(deleted))[before:]
    erased = next(iter(_objects(tree) - _objects(deleted)))
    whole = _bytes(tree, erased)

    def torn(state: Tree) -> Tree:
        return state | {_log(state): _bytes(state, _log(state)) + record[: len(record) // 2]}

    header = _bytes(tree, "vault/vault.json.2")
    anchor = next(name for name in tree if name.startswith("anchors/"))
    extra: dict[str, Tree] = {
        "unlisted object": unlisted,
        "object of garbage": {"vault/obj/5f/" + "5f" * 16 + ".vvo": b"VVO1" + bytes(900)},
        "stale header copy": {"vault/vault.json.2": header[:-9] + b"damaged\n"},
        "leftovers": {"vault/tmp/HEAD.00.tmp": b"x", anchor + ".00.tmp": b"x"},
        "foreign file": {"vault/obj/00/readme.txt": b"hello", "vault/cat/notes": b"x"},
    }
    states = {name: tree | files for name, files in extra.items()}
    states["torn tail"] = torn(tree)
    states["unfinished deletion"] = deleted | {erased: whole}
    states["half erased"] = deleted | {erased: bytes(len(whole))}
    empty = [name for name in ("vault/quarantine", "vault/obj/01") if not _inside(tree, name)]
    states["lost folders"] = {name: data for name, data in tree.items() if name not in empty}
    everything = torn(deleted) | {erased: whole}
    for files in extra.values():
        everything |= files
    states["everything"] = everything
    return states


def _inside(tree: Tree, folder: str) -> bool:
    return any(name.startswith(folder + "/") for name in tree)
