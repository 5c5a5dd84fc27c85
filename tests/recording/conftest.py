# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault and somebody who sits before a scripted microphone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_microphone import Sitting, vault_at

from encrypted_store import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    with vault_at(tmp_path / "v") as made:
        yield made


@pytest.fixture
def sitting(vault: Vault) -> Sitting:
    made = Sitting(vault)
    made.session.open()
    made.tick(1.0)
    return made
