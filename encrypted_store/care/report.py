# SPDX-License-Identifier: GPL-3.0-or-later
"""What checking and repairing a vault report: plain values, in a stable order."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    code: str
    """Stable; `check` lists them."""
    level: str
    """ok; note: harmless; bad: damage, the rest works; fatal: it does not open for work so."""
    subject: str
    """An object's id, a file's name inside the vault, "catalogue", "anchor" or "vault"."""
    message: str
    advice: str = ""
    """What is safe and what to do next."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much was looked at."""

    objects: int = 0
    """Listed."""
    whole: int = 0
    """Listed and found whole, as far as the check went."""
    damaged: int = 0
    missing: int = 0
    unlisted: int = 0
    """Files of objects that no entry names."""
    bytes_verified: int = 0
    """Sealed bytes of listed objects that were decrypted."""
    records: int = 0
    """Good ones in the live segment."""
    tombstones: int = 0


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The state of a vault."""

    findings: tuple[Finding, ...]
    counts: Counts
    full: bool
    seconds: float

    @property
    def ok(self) -> bool:
        """Nothing is damaged, missing or older than what was seen."""
        return not any(one.level in ("bad", "fatal") for one in self.findings)

    def to_json(self) -> dict[str, Any]:
        fields = asdict(self)
        fields["findings"] = list(fields["findings"])
        return {"ok": self.ok, **fields}


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that repair does, or in a dry run would do."""

    code: str
    subject: str
    """As in `Finding`."""
    message: str


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that repair cannot bring back."""

    code: str
    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What was wrong, what was or would be done about it, and what stays lost."""

    actions: tuple[Action, ...]
    applied: bool
    """False for a dry run, when there was nothing to do, and when consent is missing."""
    lost: tuple[Loss, ...]
    check: CheckReport | None = None
    """A quick check of the result; None when nothing was written."""

    def to_json(self) -> dict[str, Any]:
        return {
            "actions": [asdict(one) for one in self.actions],
            "applied": self.applied,
            "lost": [asdict(one) for one in self.lost],
            "check": None if self.check is None else self.check.to_json(),
        }
