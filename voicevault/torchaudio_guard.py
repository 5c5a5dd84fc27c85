# SPDX-License-Identifier: GPL-3.0-or-later
"""The only door to torchaudio: ``from voicevault.torchaudio_guard import torchaudio``.

The wheel on PyPI is built for CUDA. Beside a CPU build of torch its import dies on a missing
``libc10_cuda.so``, although transforms and functional are pure Python. Where torch has no CUDA,
the loader of the compiled part is therefore replaced by a stub that says "not compiled" before
torchaudio is imported. What needs the compiled part (``forced_align``, ``rir``) stays unavailable
on every machine: nothing here may depend on it.
"""

import importlib
import sys
import types
from typing import Any

import torch

_LOADER = "torchaudio._extension"


def _no_align(function: Any) -> Any:
    """Stands in for torchaudio's decorator: the function exists and says why it does not run."""

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError(f"{function.__name__} needs torchaudio's compiled part")

    return refuse


def load_torchaudio() -> Any:
    """torchaudio, without its compiled part where torch is a CPU build."""
    if torch.version.cuda is None and "torchaudio" not in sys.modules:
        stub = types.ModuleType(_LOADER, "stands in for the CUDA build's loader")
        stub.__dict__.update(
            _IS_TORCHAUDIO_EXT_AVAILABLE=False,
            _IS_ALIGN_AVAILABLE=False,
            _check_cuda_version=lambda: None,
            fail_if_no_align=_no_align,
        )
        sys.modules.setdefault(_LOADER, stub)
    return importlib.import_module("torchaudio")


torchaudio: Any = load_torchaudio()
