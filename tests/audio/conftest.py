# SPDX-License-Identifier: GPL-3.0-or-later
"""The made-up speaker of these tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from toy_speaker import speak


@pytest.fixture(scope="session")
def spoken() -> Callable[..., np.ndarray]:
    """A take of given length, rate, peak, noise and edges."""
    return speak
