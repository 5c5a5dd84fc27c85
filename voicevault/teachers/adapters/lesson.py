# SPDX-License-Identifier: GPL-3.0-or-later
"""One item after another through a teacher: progress, an end on request, and a way to go on.

Nothing is kept here: what was taught is handed out as it comes, and the caller puts it into the
vault. To go on after a break, the caller names the ids that it already has.
"""

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from voicevault.errors import BadAudio, Cancelled, TrainingFailed, UsageError
from voicevault.events import Event, Progress, Warned

T = TypeVar("T")
R = TypeVar("R")


class Listener(Protocol):
    """The part of a job's context that a lesson needs."""

    def emit(self, event: Event) -> None: ...

    def stopping(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """Something to teach about."""

    id: str
    what: T
    """A text or a recording."""


@dataclass(frozen=True, slots=True)
class Taught(Generic[R]):
    """What a teacher made of one item."""

    id: str
    result: R | None
    """None where the teacher could not do this one."""
    refused: str = ""
    """Why there is no result."""


class OutOfMemory(TrainingFailed):
    """A teacher needs more memory than there is."""


def lesson(
    items: Sequence[Item[T]],
    teach: Callable[[Sequence[T]], Sequence[R]],
    listener: Listener,
    *,
    stage: str,
    done: Collection[str] = (),
    batch_size: int = 1,
) -> Iterator[Taught[R]]:
    """Teach every item that is not in ``done``, in order.

    Args:
        items: each id once.
        teach: as many results as it was given items. It may raise BadAudio or UsageError for what
            it cannot do, and OutOfMemory.
        listener: told the progress after each batch, asked before each batch whether to stop.
        stage: the name in the progress events.
        done: ids that were taught before; they count as done and are not yielded again.
        batch_size: items for one call of ``teach``. A batch that does not fit into memory is
            halved, and the halves stay halves for the rest of the lesson.

    Yields:
        One Taught for each item. An item that the teacher cannot do has a reason and no result,
        and the lesson goes on.

    Raises:
        Cancelled: the listener wants to stop; everything yielded so far is whole.
        OutOfMemory: a single item does not fit.
        UsageError: two items have the same id, or the batch size is no number of items.
    """
    if batch_size < 1:
        raise UsageError(f"a batch of {batch_size} items", hint="give 1 or more")
    if len({item.id for item in items}) != len(items):
        raise UsageError("two items of a lesson have the same id", hint="give each its own")
    left = [item for item in items if item.id not in done]
    clock = _Clock(stage, total=len(items), before=len(items) - len(left))
    listener.emit(clock.progress(0))
    at = 0
    while at < len(left):
        if listener.stopping():
            raise Cancelled(f"{stage}: stopped after {clock.before + at} of {len(items)}")
        batch = left[at : at + batch_size]
        try:
            taught = _teach(batch, teach)
        except OutOfMemory:
            if len(batch) == 1:
                raise
            batch_size = (len(batch) + 1) // 2
            listener.emit(Warned(f"{stage}: memory for {batch_size} at a time, not {len(batch)}"))
            continue
        yield from taught
        at += len(batch)
        listener.emit(clock.progress(at))


def _teach(
    batch: Sequence[Item[T]], teach: Callable[[Sequence[T]], Sequence[R]]
) -> list[Taught[R]]:
    """One batch; item by item when the teacher cannot do it as a whole."""
    try:
        results = teach([item.what for item in batch])
    except (BadAudio, UsageError) as error:
        if len(batch) == 1:
            return [Taught(batch[0].id, None, error.message)]
        return [one for item in batch for one in _teach([item], teach)]
    return [Taught(item.id, result) for item, result in zip(batch, results, strict=True)]


class _Clock:
    """Progress with the time that is left, by the mean of this lesson's own items."""

    def __init__(self, stage: str, total: int, before: int) -> None:
        self.before = before
        self._stage = stage
        self._total = total
        self._start_s = time.monotonic()

    def progress(self, taught: int) -> Progress:
        left = self._total - self.before - taught
        eta_s = (time.monotonic() - self._start_s) / taught * left if taught else None
        return Progress(self._stage, self.before + taught, self._total, eta_s)
