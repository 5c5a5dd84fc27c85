# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that several pages share: errors, lengths of time, sizes. All of them translatable."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QDateTime, QLocale

from voicevault.errors import VoiceVaultError

_COMMAND = re.compile(r"\bvoicevault [a-z-]|(?<!\w)--[a-z]|\bpip install\b")


@dataclass(frozen=True, slots=True)
class Told:
    """An error in words."""

    message: str
    hint: str = ""


def is_rollback(error: Exception) -> bool:
    """Whether the vault was refused because it is older than what was seen of it."""
    return type(error.__cause__).__name__ == "RollbackDetected"


def told(error: Exception) -> Told:
    """What to show of an error. One of ours speaks for itself; another is a fault of the program,
    and its text may quote what a person typed, so only its kind is told.

    A hint that is a command for a shell is left out: nobody here has one.
    """
    known = _store_error(type(error.__cause__).__name__)
    if known is not None:
        return known
    if isinstance(error, VoiceVaultError):
        hint = "" if _COMMAND.search(error.hint) else _sentence(error.hint)
        return Told(_sentence(error.message), hint)
    return Told(
        QCoreApplication.translate("Wording", "This should not have happened: {kind}.").format(
            kind=type(error).__name__
        ),
        QCoreApplication.translate(
            "Wording", "Nothing was lost that was kept before. Please report it."
        ),
    )


def _store_error(kind: str) -> Told | None:
    """What the store refuses most, in words for somebody who knows nothing of slots and headers."""
    translate = QCoreApplication.translate
    return {
        "WrongPassphrase": Told(
            translate("Wording", "This passphrase does not open the vault."),
            translate("Wording", "Capital letters and spaces count. Is Caps Lock on?"),
        ),
        "WrongRecoveryCode": Told(
            translate("Wording", "This recovery code does not open the vault."),
            translate("Wording", "It may be the code of another vault, or one that was replaced."),
        ),
        "VaultBusy": Told(
            translate("Wording", "The vault is open already, in another window or program."),
            translate(
                "Wording",
                "Close it there first. If a training goes on there without its window, the vault "
                "closes by itself when that has ended.",
            ),
        ),
        "NotAVault": Told(
            translate("Wording", "There is no vault in this folder."),
            translate("Wording", "Choose the folder that was named when the vault was made."),
        ),
        "VaultExists": Told(
            translate("Wording", "There is something in this folder already."),
            translate("Wording", "Name a new or empty folder."),
        ),
        "RollbackDetected": Told(
            translate("Wording", "This vault is older than the one that was open here last."),
            translate("Wording", "Nothing was changed."),
        ),
        "VaultLocked": Told(translate("Wording", "The vault was closed meanwhile.")),
    }.get(kind)


def counted(count: int, one: str, many: str) -> str:
    """`one`, or `many` with its {n}: two forms do for the languages there are."""
    return one if count == 1 else many.format(n=count)


def duration(seconds: float) -> str:
    """A length of time as people say it: 8 s, 1 min 20 s, 2 h 5 min."""
    whole = round(seconds)
    if whole < 60:
        return QCoreApplication.translate("Wording", "{s} s").format(s=whole)
    if whole < 600:
        if whole % 60 == 0:
            return QCoreApplication.translate("Wording", "{min} min").format(min=whole // 60)
        return QCoreApplication.translate("Wording", "{min} min {s} s").format(
            min=whole // 60, s=whole % 60
        )
    if whole < 3600:
        return QCoreApplication.translate("Wording", "{min} min").format(min=round(whole / 60))
    return QCoreApplication.translate("Wording", "{h} h {min} min").format(
        h=whole // 3600, min=whole % 3600 // 60
    )


def time_left(seconds: float) -> str:
    """An estimate, rounded to what it is worth."""
    step = 1 if seconds < 10 else 5 if seconds < 60 else 10
    return QCoreApplication.translate("Wording", "about {time} left").format(
        time=duration(max(step, round(seconds / step) * step))
    )


def energy(watt_hours: float) -> str:
    """Watt-hours with two digits, or all before the point, in the person's way of writing them."""
    places = max(0, min(3, 1 - math.floor(math.log10(max(watt_hours, 1e-3)))))
    number = QLocale().toString(watt_hours, "f", places)
    return QCoreApplication.translate("Wording", "{n} Wh of energy").format(n=number)


def day(t_s: int) -> str:
    """A day in the past, in the person's way of writing it."""
    return QLocale().toString(
        QDateTime.fromSecsSinceEpoch(t_s).date(), QLocale.FormatType.ShortFormat
    )


def moment(t_s: int) -> str:
    """Day and time in the past, in the person's way of writing them."""
    return QLocale().toString(QDateTime.fromSecsSinceEpoch(t_s), QLocale.FormatType.ShortFormat)


def size(count: int) -> str:
    """Bytes for people."""
    if count < 1_000_000:
        return QCoreApplication.translate("Wording", "{n} kB").format(n=max(1, round(count / 1e3)))
    return QCoreApplication.translate("Wording", "{n} MB").format(n=f"{count / 1e6:.1f}")


def _sentence(text: str) -> str:
    """Core messages start small and have no full stop, as a terminal wants them."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?:" else ".")
