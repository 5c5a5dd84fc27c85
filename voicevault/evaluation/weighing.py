# SPDX-License-Identifier: GPL-3.0-or-later
"""Teacher against student: how much each is, does and takes, and what it is worth.

Three kinds of figures stand side by side and say which they are. The student and the shipped base
are counted and run here, in the same evaluation. A teacher that was a student of this vault brings
the figures of its own report. A teacher from elsewhere did not run: it has what was published
(``teachers/catalogue.toml``) and nothing else, and no quality.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from voicevault.data.taught import EMBEDDED
from voicevault.evaluation import arithmetic, speed
from voicevault.evaluation.card import Figure, Party
from voicevault.evaluation.energy import Energy, times_less
from voicevault.export import onnx as onnx_export
from voicevault.export import piper
from voicevault.export.info import VoiceInfo
from voicevault.runtime.base_files import base_file
from voicevault.students.shipped import WEIGHTS, load_base
from voicevault.teachers import catalogue

HERE = "counted and measured here"
PUBLISHED = "published, not measured here"
UNKNOWN = "not measured here, and nothing is published"
WER, SIMILARITY = "wer_unseen_harder", "similarity"
"""The figures of a report that stand for quality."""
_EARLIER = "from its own report"


@dataclass(frozen=True, slots=True)
class Earlier:
    """What this evaluation may know of other runs of the vault."""

    plain: str = ""
    """The run of the same takes and settings that no teacher taught; empty: there is none."""
    reports: Mapping[str, Mapping[str, Any]] | None = None
    """Run -> its report, as ``Report.to_dict`` made it."""

    def report(self, run: str) -> Mapping[str, Any] | None:
        """Of one run; None where it was not evaluated."""
        return (self.reports or {}).get(run)


def parties(
    voice: bytes,
    measured: speed.Speed | None,
    figures: Mapping[str, Figure],
    run: Mapping[str, Any],
    earlier: Earlier,
    texts: Sequence[str],
) -> list[Party]:
    """The student, the base it came from, and each teacher of its ledger.

    Args:
        voice: the student's file.
        measured: its speed, where it was taken.
        figures: of the report in the making.
        run: as ``Run.public`` gives it; ``result.teachers`` is the ledger.
        texts: for the base's speed, as for the student's.

    Raises:
        VoiceVaultError: the graph cannot be counted.
    """
    ledger = run.get("result", {}).get("teachers", [])
    out = [student(voice, measured, figures, str(run.get("run", "")))]
    out.append(base(texts if measured is not None else ()))
    return out + [teacher(one, earlier) for one in ledger]


def student(
    voice: bytes, measured: speed.Speed | None, figures: Mapping[str, Figure], run: str
) -> Party:
    """The voice that is evaluated."""
    work = arithmetic.work_of(voice)
    return Party(
        f"student {run}".strip(),
        "student",
        HERE,
        work.parameters,
        work.bytes,
        work.gflop_per_s,
        *_running(measured),
        wer=_value(figures, WER),
        similarity=_value(figures, SIMILARITY),
    )


def base(texts: Sequence[str]) -> Party:
    """The shipped base in the middle of its voices, unpersonalised; its quality is not asked here.

    Raises:
        VoiceVaultError: a file of the base is missing, or its speed could not be measured.
    """
    shipped = load_base()
    network = shipped.speaking()
    learnt = sum(one.numel() for one in shipped.student.parameters())
    network.fold(shipped.speakers.mean(0))
    info = VoiceInfo("base", sample_rate_hz=network.rate_hz, hop_length=network.hop)
    graph = piper.with_metadata(onnx_export.voice_onnx(network.eval(), {}), info)
    work = arithmetic.work_of(graph)
    measured = speed.measure(graph, None, list(texts)) if texts else None
    size = len(base_file(WEIGHTS))
    name, running = "the base, before anybody's voice", _running(measured)
    return Party(name, "base", HERE, learnt, size, work.gflop_per_s, *running)


def teacher(card: Mapping[str, Any], earlier: Earlier) -> Party:
    """One teacher of a run's ledger (``data.taught.ledger``)."""
    name, version = str(card.get("name", "")), str(card.get("version", ""))
    if name == EMBEDDED:
        return _former(version.rpartition(" ")[2], earlier)
    known = next((one for one in catalogue.load() if one.version == version), None)
    if known is None:
        return Party(f"{name} ({version})", "teacher", UNKNOWN, energy="it did not run here")
    return Party(
        f"{name} ({known.version})",
        "teacher",
        f"{PUBLISHED}: {known.parameters_source or 'sizes of its files'}",
        known.parameters or None,
        None if known.unsized else known.bytes,
        known.gflop_per_s or math.nan,
        energy="it did not run here",
    )


def _former(run: str, earlier: Earlier) -> Party:
    """A teacher that was a student of this vault: what its own report says of it."""
    name = f"embedded teacher, run {run}"
    report = earlier.report(run)
    rows = (report or {}).get("parties", [])
    own = next((one for one in rows if one["role"] == "student"), None)
    if own is None:
        todo = f"not measured: voicevault evaluate {run}, then this run once more"
        return Party(name, "teacher", todo, energy="not measured")
    names = {one.name for one in fields(Party)}
    said = {key: value for key, value in own.items() if value is not None and key in names}
    return Party(**{**said, "name": name, "role": "teacher", "source": _EARLIER})


def _running(measured: speed.Speed | None) -> tuple[float, float, str]:
    """Real-time factor, joules a minute, and how they were told or why not."""
    if measured is None:
        return math.nan, math.nan, "not measured"
    used = measured.energy
    return measured.rtf, used.joules, used.method or used.missing


def _value(figures: Mapping[str, Figure], name: str) -> float:
    return figures[name].value if name in figures else math.nan


def times(student: Party, other: Party) -> dict[str, float]:
    """How many times the student's is each figure of another; nan where one is unknown.

    Speed and energy only of what ran in the same evaluation, energy by the same method.
    """
    together = {student.source, other.source} == {HERE}
    used = math.nan
    if together and math.isfinite(student.joules_a_minute + other.joules_a_minute):
        used = times_less(
            Energy(student.joules_a_minute, method=student.energy),
            Energy(other.joules_a_minute, method=other.energy),
        )
    return {
        "parameters": _ratio(other.parameters, student.parameters),
        "bytes": _ratio(other.bytes, student.bytes),
        "gflop_per_s": _ratio(other.gflop_per_s, student.gflop_per_s),
        "rtf": _ratio(other.rtf, student.rtf) if together else math.nan,
        "joules_a_minute": used,
    }


def _ratio(one: float | None, other: float | None) -> float:
    return one / other if one and other else math.nan


HEAD = (
    "",
    "parameters",
    "MB",
    "GFLOP a second",
    "J a minute",
    "RTF, one core",
    "WER, unseen, harder",
    "similarity",
)


def cells(found: Sequence[Party]) -> list[tuple[str, ...]]:
    """The rows of the table as texts, with how many times the student's in brackets."""
    own = next((one for one in found if one.role == "student"), None)
    return [_cells(one, times(own, one) if own and own is not one else {}) for one in found]


def _cells(one: Party, more: Mapping[str, float]) -> tuple[str, ...]:
    def cell(text: str, key: str) -> str:
        factor = more.get(key, math.nan)
        return f"{text} ({factor:.3g} x)" if math.isfinite(factor) else text

    return (
        one.name,
        cell(f"{one.parameters / 1e6:.1f} M" if one.parameters else "unknown", "parameters"),
        cell(f"{one.bytes / 1e6:.1f}" if one.bytes else "unknown", "bytes"),
        cell(_said(one.gflop_per_s, ".2f", "unknown"), "gflop_per_s"),
        cell(_said(one.joules_a_minute, ".1f", "not measured"), "joules_a_minute"),
        cell(_said(one.rtf, ".4f", "not measured"), "rtf"),
        _said(one.wer, ".1f", "not measured", " %"),
        _said(one.similarity, ".3f", "not measured"),
    )


def remarks(found: Sequence[Party]) -> list[str]:
    """Where each row's figures are from, and how its energy was told."""
    return [f"{one.name}: {one.source}; energy: {one.energy}" for one in found]


def _said(value: float, form: str, otherwise: str, unit: str = "") -> str:
    return f"{value:{form}}{unit}" if math.isfinite(value) else otherwise
