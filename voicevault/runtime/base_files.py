# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the shipped base, checked by hash before they are used; and their index."""

import hashlib
import json
from importlib import resources
from typing import Any

from voicevault.errors import VoiceVaultError

INDEX = "base.json"
_AGAIN = "install voicevault again"


def base_index() -> dict[str, Any]:
    """``voicevault/base/base.json``: hashes, and constants that belong to the files.

    Raises:
        VoiceVaultError: it is missing or no JSON.
    """
    try:
        text = resources.files("voicevault.base").joinpath(INDEX).read_text("utf-8")
        found: dict[str, Any] = json.loads(text)
    except (OSError, ValueError) as error:
        raise VoiceVaultError("the shipped base has no index", hint=_AGAIN) from error
    return found


def base_file(name: str) -> bytes:
    """Content of a file of the base.

    Raises:
        VoiceVaultError: it is missing, or not the one that the index names.
    """
    wanted = base_index().get("sha256", {}).get(name)
    path = resources.files("voicevault.base").joinpath(name)
    try:
        data = path.read_bytes() if wanted else b""
    except OSError:
        data = b""
    if not data:
        raise VoiceVaultError(f"the shipped base has no {name}", hint=_AGAIN)
    digest = hashlib.sha256(data).hexdigest()
    if digest != wanted:
        raise VoiceVaultError(
            f"{name} is damaged: SHA-256 {digest[:12]}..., {wanted[:12]}... expected", hint=_AGAIN
        )
    return data
