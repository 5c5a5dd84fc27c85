# SPDX-License-Identifier: GPL-3.0-or-later
"""The fuzz targets share the store tests' disk in memory and second decoder."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "encrypted_store"))
