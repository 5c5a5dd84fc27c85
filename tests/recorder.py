# SPDX-License-Identifier: GPL-3.0-or-later
"""A training's context that remembers what it was told, and stops when told to."""

from typing import Any

from voicevault.events import Event, Metric


class Recorder:
    """Events and blobs in order; `stop_after` is a step."""

    def __init__(self, stop_after: int | None = None) -> None:
        self.events: list[Event] = []
        self.blobs: list[tuple[str, bytes, dict[str, Any]]] = []
        self.stop_after = stop_after

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def put_blob(self, name: str, data: bytes, meta: dict[str, Any]) -> None:
        self.blobs.append((name, data, meta))

    def stopping(self) -> bool:
        steps = [e.step for e in self.events if isinstance(e, Metric)]
        return self.stop_after is not None and bool(steps) and steps[-1] >= self.stop_after
