# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences that a person brings: what is read, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicevault.errors import BadDataset, UsageError
from voicevault.text.own_prompts import MAX_CHARS, parse_prompts, read_prompts
from voicevault.text.prompts import Prompt


def test_ids_or_lines_alone() -> None:
    found = parse_prompts(b"# for us\r\na.1\tOne  line.\n\n\nNo id here.\n")
    assert found[0] == Prompt("a.1", "One line.")
    assert found[1].text == "No id here."
    moved = parse_prompts(b"No id  here.\nOne line.\n")
    assert moved[0] == found[1], "a line keeps its id wherever it stands"
    assert len({one.id for one in moved}) == 2


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
def test_what_editors_write(codec: str) -> None:
    assert parse_prompts("é\tCafé, please.\n".replace("é\t", "e\t").encode(codec))[0].text == (
        "Café, please."
    )


@pytest.mark.parametrize(
    "name", ["../x", "a/b", ".hidden", "", " ", "a b", "x" * 65, "nul\x00", "end.", "C:"]
)
def test_ids_that_could_be_paths_are_refused(name: str) -> None:
    with pytest.raises(BadDataset, match="line 1: its id") as caught:
        parse_prompts(f"{name}\tSomething is said.\n".encode())
    assert caught.value.hint


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no sentence"),
        (b"# only a comment\n", "no sentence"),
        (b"Fine.\n...\n", "line 2 says nothing"),
        (b"Fine.\nx\t\n", "line 2 says nothing"),
        (b"Same.\nOther.\nsame.\n", "line 3 says the same as line 1"),
        (b"a\tOne.\na\tTwo.\n", "line 2: the id a was used before"),
        (b"x" * (MAX_CHARS + 1), "line 1 has 401 characters"),
        (b"\xff\xfe\x00", "is no text"),
        (b"caf\xe9", "is no text"),
        (b"x\n" * (1 << 20), "more than 1 MiB"),
    ],
)
def test_what_is_wrong_is_named(data: bytes, message: str) -> None:
    with pytest.raises(BadDataset, match=message) as caught:
        parse_prompts(data)
    assert caught.value.hint


def test_files(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("Hello there.\n")
    assert read_prompts(tmp_path / "own.txt")[0].text == "Hello there."
    for path in (tmp_path, tmp_path / "nowhere.txt"):
        with pytest.raises(UsageError, match="cannot be read"):
            read_prompts(path)
