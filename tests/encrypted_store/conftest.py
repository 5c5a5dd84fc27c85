# SPDX-License-Identifier: GPL-3.0-or-later
"""Vaults to test with: on a disk in memory (fast, can fail) or in a temporary folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from store_box import PASSPHRASE, Box, new_box

from encrypted_store import KdfParams, Vault


@pytest.fixture
def box() -> Box:
    """An empty, closed vault in memory."""
    made, vault = new_box()
    vault.close()
    return made


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
