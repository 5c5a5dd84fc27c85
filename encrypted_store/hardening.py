# SPDX-License-Identifier: GPL-3.0-or-later
"""Start-up hardening: memory that ends up in no core file, and a word about swap."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from dataclasses import dataclass

from encrypted_store.fsio import Fsio
from encrypted_store.swap import SwapKind, swap_kind

_PR_GET_DUMPABLE = 3
_PR_SET_DUMPABLE = 4
_PT_DENY_ATTACH = 31


@dataclass(frozen=True, slots=True)
class Hardening:
    """What holds for this process now."""

    no_core: bool
    """The limit for core files is zero and only an administrator can raise it again."""
    not_dumpable: bool
    """Linux: no core dump of any sort, and no reading or tracing by other programs of the same
    user. macOS: no debugger attaches."""
    swap: SwapKind
    """"none", "encrypted", "compressed-memory" (zram), "plain", or "unknown"."""


def harden(io: Fsio | None = None) -> Hardening:
    """Forbid core dumps and foreign eyes for this process, and look how memory is swapped.

    Call it at a program's start, before there is a secret. It sets RLIMIT_CORE to 0, soft and hard,
    and on Linux PR_SET_DUMPABLE to 0 (which also covers core dumps that the system pipes into a
    collector: the limit alone does not), on macOS PT_DENY_ATTACH. It reads /proc/swaps and what
    /sys/block says of those devices. It may be called again; it never raises and writes no file.

    The limit passes to children. Being not dumpable passes to forks and ends with exec, so each
    program calls this for itself. Root is not kept out, memory is not locked (only the key page
    is, see keys.py), swap is not changed, and nothing is done on Windows.
    """
    return Hardening(_forbid_core_files(), _forbid_reading(), swap_kind(io or Fsio()))


def _forbid_core_files() -> bool:
    try:
        import resource
    except ImportError:  # Windows
        return False
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)


def _forbid_reading() -> bool:
    if sys.platform not in ("linux", "darwin"):
        return False
    try:
        library = ctypes.CDLL(None)
        if sys.platform == "darwin":
            return bool(library.ptrace(_PT_DENY_ATTACH, 0, None, 0) == 0)
        zero = ctypes.c_ulong(0)
        library.prctl(_PR_SET_DUMPABLE, zero, zero, zero, zero)
        return bool(library.prctl(_PR_GET_DUMPABLE, zero, zero, zero, zero) == 0)
    except (OSError, AttributeError):  # a C library without it
        return False
