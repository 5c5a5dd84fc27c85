# SPDX-License-Identifier: GPL-3.0-or-later
"""Vaults to test with: on a disk in memory (fast, can fail) or in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from store_box import PASSPHRASE, Box, new_box

from encrypted_store import KdfParams, Kind, Vault


@pytest.fixture
def box() -> Box:
    """An empty, closed vault in memory."""
    made, vault = new_box()
    vault.close()
    return made


@pytest.fixture
def filled() -> tuple[Box, list[str]]:
    """Three small objects, one updated; closed."""
    box, vault = new_box()
    with vault:
        ids = [vault.put(Kind.SAMPLE, b"one", {"n": 1}), vault.put(Kind.CONSENT, b"two", {})]
        vault.update(ids[0], {"n": 2})
        ids.append(vault.put(Kind.SAMPLE, b"three", {}))
    return box, ids


@pytest.fixture
def vault_box() -> tuple[Box, Vault]:
    """An empty, open vault in memory."""
    return new_box()


@pytest.fixture
def on_disk(tmp_path: Path) -> Callable[..., Vault]:
    """Creates the vault in a real folder at the first call, opens it at later ones."""

    def open_or_create(**options: Any) -> Vault:
        root, anchors = tmp_path / "vault", tmp_path / "anchors"
        if not root.exists():
            return Vault.create(
                root, PASSPHRASE, kdf=KdfParams.for_tests(), anchors=anchors, **options
            )[0]
        return Vault.open(
            root, passphrase=PASSPHRASE, min_kdf=KdfParams.for_tests(), anchors=anchors, **options
        )

    return open_or_create
