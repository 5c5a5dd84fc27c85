# SPDX-License-Identifier: GPL-3.0-or-later
"""What a corpus left out and why: ``rejected.json`` beside it, and the same as a table."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from voicevault.training.notes import write_json

FILE = "rejected.json"
_WORST = 5


class Fault(StrEnum):
    """Why a clip is left out; the values are read by machines and stay as they are."""

    UNREADABLE = "unreadable"
    NO_WORDS = "no-words"
    SILENT = "silent"
    SHORT = "too-short"
    LONG = "too-long"
    CLIPPED = "clipped"
    NOISY = "noisy"
    NARROW = "narrow"
    UNSURE = "alignment-unsure"
    WORD = "word-unheard"
    PAUSES = "mostly-silence"


UNITS = {
    Fault.UNREADABLE: "",
    Fault.NO_WORDS: "letters",
    Fault.SILENT: "s of speech",
    Fault.SHORT: "s",
    Fault.LONG: "s",
    Fault.CLIPPED: "of the samples",
    Fault.NOISY: "dB above noise",
    Fault.NARROW: "Hz",
    Fault.UNSURE: "nats a letter",
    Fault.WORD: "nats of a word",
    Fault.PAUSES: "of the time",
}


@dataclass(frozen=True, slots=True)
class Rejection:
    """One clip that was left out: its measure and the limit that it did not keep."""

    clip: str
    speaker: str
    text: str
    fault: Fault
    value: float = 0.0
    limit: float = 0.0
    note: str = ""

    @property
    def excess(self) -> float:
        """How far past the limit."""
        return abs(self.value - self.limit)


def write_rejects(folder: Path, stage: str, total: int, rejects: Sequence[Rejection]) -> None:
    """Note what ``stage`` rejected of ``total`` clips; other stages' notes stay."""
    path = folder / FILE
    notes: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    faults = [fault for fault in Fault if any(r.fault is fault for r in rejects)]
    notes[stage] = {
        "of": total,
        "counts": {fault: sum(r.fault is fault for r in rejects) for fault in faults},
        "worst": {fault: [asdict(r) for r in _worst(rejects, fault)] for fault in faults},
        "items": [[r.clip, r.speaker, r.fault] for r in rejects],
    }
    write_json(path, notes, indent=1)


def _worst(rejects: Sequence[Rejection], fault: Fault) -> list[Rejection]:
    of_fault = [r for r in rejects if r.fault is fault]
    return sorted(of_fault, key=lambda r: (-r.excess, r.clip, r.speaker))[:_WORST]


def reject_table(folder: Path) -> str:
    """``rejected.json`` for people: stage, reason, count, share, and the worst clip of each."""
    path = folder / FILE
    notes: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    lines = [f"{'stage':<8} {'reason':<17} {'clips':>6} {'share':>6}  worst"]
    for stage, note in notes.items():
        for fault, count in note["counts"].items():
            worst = note["worst"][fault][0]
            figure = f"{worst['value']:.4g} {UNITS[Fault(fault)]}".strip()
            what = worst["note"] or figure
            share = count / max(note["of"], 1)
            lines.append(
                f"{stage:<8} {fault:<17} {count:>6} {share:>6.1%}  {what} ({worst['clip']})"
            )
        lines.append(f"{stage:<8} {'kept':<17} {note['of'] - len(note['items']):>6}")
    return "\n".join(lines)
