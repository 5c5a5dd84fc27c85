# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences a person brings: one a line, or `id<TAB>sentence`, read in the order of the file.

No path is ever made from an id, and one that could be taken for a path is refused all the same: ids
travel into takes and lists that others may turn into file names.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from voicevault.errors import BadDataset, UsageError
from voicevault.text.prompts import Prompt
from voicevault.text.tidy import clean_text

MAX_FILE_BYTES = 1 << 20
MAX_CHARS = 400  # half a minute; a take of more than a minute is refused
_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")
_COMMENT = "#"


def read_prompts(path: Path) -> tuple[Prompt, ...]:
    """The sentences of a file.

    Raises:
        UsageError: no such file.
        BadDataset: it is too large, no text, or one of its lines is wrong; the line is named.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"the sentences cannot be read: {error.strerror}",
            hint="name a text file with one sentence a line",
        ) from error
    return parse_prompts(data)


def parse_prompts(data: bytes) -> tuple[Prompt, ...]:
    """The sentences in a file's bytes. Raises BadDataset."""
    if len(data) > MAX_FILE_BYTES:
        raise BadDataset(
            f"the file of sentences has more than {MAX_FILE_BYTES >> 20} MiB",
            hint="is this the right file?",
        )
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        lines = data.decode(encoding).splitlines()
    except UnicodeDecodeError as error:
        raise BadDataset("the file of sentences is no text", hint="save it as UTF-8") from error
    found: dict[str, Prompt] = {}
    said: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith(_COMMENT):
            continue
        one = _prompt(line, number)
        key = one.text.casefold()
        if key in said:
            raise BadDataset(
                f"line {number} says the same as line {said[key]}", hint="leave one of them out"
            )
        if one.id in found:
            raise BadDataset(f"line {number}: the id {one.id} was used before", hint="change it")
        found[one.id], said[key] = one, number
    if not found:
        raise BadDataset("there is no sentence in the file", hint="write one a line")
    return tuple(found.values())


def _prompt(line: str, number: int) -> Prompt:
    name, tab, text = line.partition("\t")
    text = clean_text(text if tab else line)
    if not any(one.isalnum() for one in text):
        raise BadDataset(f"line {number} says nothing", hint="write a sentence, or leave it out")
    if len(text) > MAX_CHARS:
        raise BadDataset(
            f"line {number} has {len(text)} characters; at most {MAX_CHARS} are read at once",
            hint="split it into sentences",
        )
    if not tab:
        digest = hashlib.sha256(text.casefold().encode()).hexdigest()
        return Prompt(f"own-{digest[:12]}", text)  # the line may move; its words name it
    name = name.strip()
    if not _ID.fullmatch(name):
        raise BadDataset(
            f"line {number}: its id may have letters, digits and . _ - inside, and 64 of them",
            hint="write id, tab, sentence; or sentences alone",
        )
    return Prompt(name, text)
