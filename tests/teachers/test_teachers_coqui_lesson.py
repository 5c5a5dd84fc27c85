# SPDX-License-Identifier: GPL-3.0-or-later
"""A lesson: progress, an end on request, going on, what cannot be done, and memory that ends."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from voicevault.errors import BadAudio, Cancelled, UsageError
from voicevault.events import Event, Progress, Warned
from voicevault.teachers.adapters.lesson import Item, OutOfMemory, Taught, lesson


class Parent:
    """Keeps what it is told and wants to stop after a number of batches."""

    def __init__(self, patience: int = 1000) -> None:
        self.told: list[Event] = []
        self.patience = patience

    def emit(self, event: Event) -> None:
        self.told.append(event)

    def stopping(self) -> bool:
        self.patience -= 1
        return self.patience < 0


def items(count: int) -> list[Item[str]]:
    return [Item(f"id{n}", f"text {n}") for n in range(count)]


def shout(texts: Sequence[str]) -> list[str]:
    return [text.upper() for text in texts]


def keep(kept: dict[str, str | None], taught: Iterable[Taught[str]]) -> None:
    for one in taught:
        kept[one.id] = one.result


@pytest.mark.parametrize("batch_size", [1, 2, 3, 7, 50])
def test_every_item_is_taught_once_and_in_order(batch_size: int) -> None:
    parent = Parent()
    taught = list(lesson(items(7), shout, parent, stage="say", batch_size=batch_size))
    assert taught == [Taught(f"id{n}", f"TEXT {n}") for n in range(7)]
    told = [one for one in parent.told if isinstance(one, Progress)]
    assert (told[0].done, told[-1].done, told[-1].total) == (0, 7, 7)
    assert told[0].eta_s is None
    assert told[-1].eta_s == 0
    assert [one.done for one in told] == sorted({one.done for one in told})


def test_stopping_keeps_what_is_whole_and_the_rest_can_be_taught_later() -> None:
    kept: dict[str, str | None] = {}
    with pytest.raises(Cancelled, match="4 of 7"):
        keep(kept, lesson(items(7), shout, Parent(patience=2), stage="say", batch_size=2))
    assert list(kept) == ["id0", "id1", "id2", "id3"]
    asked: list[str] = []

    def listen(texts: Sequence[str]) -> list[str]:
        asked.extend(texts)
        return shout(texts)

    parent = Parent()
    keep(kept, lesson(items(7), listen, parent, stage="say", done=kept, batch_size=2))
    assert asked == ["text 4", "text 5", "text 6"], "nothing is taught twice"
    assert kept == {f"id{n}": f"TEXT {n}" for n in range(7)}
    assert isinstance(parent.told[0], Progress)
    assert (parent.told[0].done, parent.told[0].total) == (4, 7)


def test_one_bad_item_does_not_end_the_lesson() -> None:
    def strict(texts: Sequence[str]) -> list[str]:
        if "text 2" in texts:
            raise BadAudio("silence")
        return shout(texts)

    taught = list(lesson(items(5), strict, Parent(), stage="hear", batch_size=4))
    assert [one.id for one in taught] == [f"id{n}" for n in range(5)]
    assert [one.result is None for one in taught] == [False, False, True, False, False]
    assert taught[2].refused == "silence"


def test_a_batch_that_does_not_fit_is_halved_and_stays_halved() -> None:
    sizes: list[int] = []

    def small(texts: Sequence[str]) -> list[str]:
        sizes.append(len(texts))
        if len(texts) > 2:
            raise OutOfMemory("too much")
        return shout(texts)

    parent = Parent()
    taught = list(lesson(items(9), small, parent, stage="say", batch_size=8))
    assert [one.id for one in taught] == [f"id{n}" for n in range(9)]
    assert sizes == [8, 4, 2, 2, 2, 2, 1]
    assert len([one for one in parent.told if isinstance(one, Warned)]) == 2


def test_a_single_item_that_does_not_fit_ends_it() -> None:
    def never(texts: Sequence[str]) -> list[str]:
        raise OutOfMemory("too much")

    with pytest.raises(OutOfMemory):
        list(lesson(items(4), never, Parent(), stage="say", batch_size=4))


def test_bad_requests_are_refused() -> None:
    with pytest.raises(UsageError, match="same id"):
        list(lesson([Item("a", "x"), Item("a", "y")], shout, Parent(), stage="say"))
    with pytest.raises(UsageError, match="0 items"):
        list(lesson(items(1), shout, Parent(), stage="say", batch_size=0))
    with pytest.raises(ValueError, match="zip"):
        list(lesson(items(2), lambda texts: ["one"], Parent(), stage="say", batch_size=2))
