# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON notes beside a training on public speech: whole or not at all, whoever reads meanwhile."""

import json
import os
from pathlib import Path
from typing import Any


def write_json(path: Path, value: Any, *, indent: int | None = None) -> None:
    """Put ``value`` at ``path``; a kill leaves what was there before, and perhaps ``.part``."""
    part = path.with_suffix(".part")
    part.write_text(json.dumps(value, indent=indent), "utf-8")
    os.replace(part, path)
