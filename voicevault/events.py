# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job tells while it runs: frozen dataclasses, and one JSON line for each."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeAlias

MAX_LINE_BYTES = 1 << 20  # an event is a sentence, not a payload; payloads are Blobs
PREVIEW = "preview"
"""The name of a Blob that is handed on as a `Preview` and never kept."""


@dataclass(frozen=True, slots=True)
class Started:
    """A job began: where it runs and why there."""

    job: str
    run_id: str = ""
    device: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` units of `stage`; `eta_s` is the time left for the whole job, if known."""

    stage: str
    done: int
    total: int
    eta_s: float | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured number. A value that is not finite travels as null and comes back as nan."""

    name: str
    step: int
    value: float


@dataclass(frozen=True, slots=True)
class EnergyUsed:
    """What the job took so far, in watt-hours; nan where nothing can tell, and then why."""

    wh: float
    method: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something a person should know; the job goes on."""

    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Finished:
    """The job is done; `result` holds plain JSON values."""

    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """The job ended with an error of class `kind` (a name in voicevault.errors)."""

    kind: str
    message: str
    hint: str = ""
    exit_code: int = 1


@dataclass(frozen=True, slots=True)
class CancelledAt:
    """Stopped on request after `step` steps."""

    step: int
    resumable: bool = True


@dataclass(frozen=True, slots=True)
class Blob:
    """`size` raw bytes follow this line on the stream."""

    name: str
    size: int
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Preview:
    """How a voice in training sounds after `step` of `steps` steps: to be heard, never kept.

    It has no line of its own on the stream: the parent makes it of a Blob.
    """

    step: int
    steps: int
    stage: str
    rate_hz: int
    pcm: bytes = field(repr=False)
    """int16, little-endian, mono."""

    @classmethod
    def of(cls, data: bytes, meta: dict[str, Any]) -> Preview:
        """From a Blob's bytes and meta."""
        step, steps, rate_hz = (int(meta[name]) for name in ("step", "steps", "rate_hz"))
        return cls(step, steps, str(meta["stage"]), rate_hz, data)


Event: TypeAlias = (
    Started | Progress | Metric | EnergyUsed | Warned | Finished | Failed | CancelledAt | Blob
)
_KINDS: dict[str, type[Any]] = {
    one.__name__: one
    for one in (
        Started, Progress, Metric, EnergyUsed, Warned, Finished, Failed, CancelledAt, Blob
    )
}  # fmt: skip
_MAY_BE_NAN = {Metric: "value", EnergyUsed: "wh"}


def _finite(value: Any) -> Any:
    """JSON has no nan: a value that is not finite becomes null, at any depth."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def encode(event: Event) -> str:
    """One line of JSON, without the line feed."""
    body = {"event": type(event).__name__, **_finite(asdict(event))}
    return json.dumps(body, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def decode(line: str | bytes) -> Event:
    """The event of one line.

    Raises:
        ValueError: the line is no event. Fields a newer worker added are left out, so that an
            older front end can still follow it.
    """
    body = json.loads(line)
    if not isinstance(body, dict) or body.get("event") not in _KINDS:
        raise ValueError(f"not an event line: {str(line)[:80]!r}")
    kind = _KINDS[body["event"]]
    known = {one.name: body[one.name] for one in fields(kind) if one.name in body}
    number = _MAY_BE_NAN.get(kind)
    if number is not None and known.get(number) is None:
        known[number] = math.nan
    try:
        event: Event = kind(**known)
    except TypeError as error:
        raise ValueError(f"incomplete {body['event']} event") from error
    if isinstance(event, Blob) and not (type(event.size) is int and event.size >= 0):
        raise ValueError(f"blob of size {event.size!r}; it is a count of bytes, 0 or more")
    return event
