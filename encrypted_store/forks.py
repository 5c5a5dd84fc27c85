# SPDX-License-Identifier: GPL-3.0-or-later
"""What an object must give up in a forked child, which gets a copy of everything it held."""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable


def in_child(give_up: Callable[[], None]) -> None:
    """Have the bound method `give_up` called in every forked child while its object lives."""
    if hasattr(os, "register_at_fork"):  # pragma: no branch  Windows cannot fork
        mine = weakref.WeakMethod(give_up)

        def call() -> None:
            method = mine()
            if method is not None:
                method()

        os.register_at_fork(after_in_child=call)
