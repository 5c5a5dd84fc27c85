# SPDX-License-Identifier: GPL-3.0-or-later
"""How a text is kept, whoever typed it."""

import unicodedata


def clean_text(text: str) -> str:
    """One line, NFC, without control characters or doubled spaces."""
    kept = (one if unicodedata.category(one)[0] != "C" else " " for one in text)
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())
