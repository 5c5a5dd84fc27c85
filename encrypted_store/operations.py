# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations a record can hold: how they are made, and what makes one well formed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from encrypted_store import canon
from encrypted_store.errors import NewerVersion
from encrypted_store.kinds import Kind

_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class BadOperation(ValueError):
    """A record that verifies and makes no sense here: a writer's mistake, or a splice."""


def put_op(
    object_id: str, kind: int, size: int, sha256: str, meta: dict[str, Any], recovered: bool = False
) -> dict[str, Any]:
    op: dict[str, Any] = {
        "op": "put", "id": object_id, "kind": int(kind), "size": size, "sha256": sha256,
        "meta": meta,
    }  # fmt: skip
    return {**op, "recovered": True} if recovered else op


def open_op(
    epoch: int, prev_epoch: int, prev_seq: int, prev_tag: bytes, tombstones: list[str]
) -> dict[str, Any]:
    return {
        "op": "open", "epoch": epoch, "prev_epoch": prev_epoch, "prev_seq": prev_seq,
        "prev_tag": canon.b64(prev_tag), "tombstones": tombstones,
    }  # fmt: skip


def require_well_formed(op: Mapping[str, Any]) -> bool:
    """Whether to take it in: False for one that this version may skip.

    Raises:
        BadOperation: fields missing, too many, or of another type.
        NewerVersion: an operation this version does not know and may not skip.
    """
    name = op.get("op")
    if not isinstance(name, str) or name not in _SCHEMA:
        if op.get("must") is False:
            return False
        raise NewerVersion(
            f"the catalogue uses the operation {name!r}, unknown to this version", found=str(name)
        )
    required, optional = _SCHEMA[name]
    for field, test in required.items():
        if field not in op:
            raise BadOperation(f"{name} lacks {field}")
        if not test(op[field]):
            raise BadOperation(f"{name} has a malformed {field}")
    if len(op) > len(required) + 1:  # most have nothing more, and there are many of them
        _require_optional(op, name, required, optional)
    if name == "open" and op["epoch"] == 1 and dict(op) != _first(op["tombstones"]):
        raise BadOperation("the first epoch comes from nowhere")
    return True


def _require_optional(
    op: Mapping[str, Any], name: str, required: _Fields, optional: _Fields
) -> None:
    for field in op.keys() - required.keys() - {"op"}:
        if field not in optional:
            raise BadOperation(f"{name} has the unknown field {field}")
        if not optional[field](op[field]):
            raise BadOperation(f"{name} has a malformed {field}")


def _first(tombstones: list[str]) -> dict[str, Any]:
    return open_op(1, 0, 0, bytes(16), tombstones)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _is_digest(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_kind(value: object) -> bool:
    return _is_count(value) and value in Kind._value2member_map_


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_true(value: object) -> bool:
    return value is True


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _are_ids(value: object) -> bool:
    return isinstance(value, list) and all(_is_id(item) for item in value)


def _is_tag(value: object) -> bool:
    try:
        canon.unb64(value, 16)
    except canon.NotCanonical:
        return False
    return True


_Fields = Mapping[str, Callable[[object], bool]]
_SCHEMA: Mapping[str, tuple[_Fields, _Fields]] = {
    # operation: (required, optional)
    "open": (
        {
            "epoch": _is_count,
            "prev_epoch": _is_count,
            "prev_seq": _is_count,
            "prev_tag": _is_tag,
            "tombstones": _are_ids,
        },
        {},
    ),
    "put": (
        {
            "id": _is_id,
            "kind": _is_kind,
            "size": _is_count,
            "sha256": _is_digest,
            "meta": _is_object,
        },
        {"recovered": _is_true},
    ),
    "upd": ({"id": _is_id, "meta": _is_object}, {}),
    "del": ({"id": _is_id, "t": _is_count}, {}),
    "tomb": ({"ids": _are_ids}, {}),
    "note": ({"event": _is_text, "t": _is_count}, {"detail": _is_text}),
}
