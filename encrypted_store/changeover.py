# SPDX-License-Identifier: GPL-3.0-or-later
"""Putting a finished sibling folder in a vault's place, and finishing that after a crash.

    <name>.rotating          the new vault, complete and verified before the swap begins
    <name>.before-rotation   the old one, from the first rename until it is erased

No system renames two folders as one step everywhere. Between the two renames the vault's own name
is free, which is how a crash is recognised: the sibling then takes it.
"""

from __future__ import annotations

from pathlib import Path

from encrypted_store.fsio import Fsio
from encrypted_store.paths import VaultPaths


def rotating(root: Path) -> Path:
    """Where the new vault is built."""
    return root.with_name(root.name + ".rotating")


def before_rotation(root: Path) -> Path:
    """Where the old vault waits for its end."""
    return root.with_name(root.name + ".before-rotation")


def swap(io: Fsio, root: Path) -> None:
    """Move the old vault away and the new one into its place. Raises OSError."""
    io.replace(root, before_rotation(root))
    io.durable_dir(root.parent)
    finish_swap(io, root)


def finish_swap(io: Fsio, root: Path) -> bool:
    """Do the second rename where a crash left it undone; whether there was one to do.

    Raises:
        OSError.
    """
    both = has_header(io, rotating(root)) and has_header(io, before_rotation(root))
    if io.exists(root) or not both:
        return False
    io.replace(rotating(root), root)
    io.durable_dir(root.parent)
    return True


def has_header(io: Fsio, root: Path) -> bool:
    """Whether a folder is a vault by the look of it."""
    return any(io.exists(path) for path in VaultPaths(root).headers)
