# SPDX-License-Identifier: GPL-3.0-or-later
"""words add, words list, words show, words rm."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from voicevault.commands.session import Session
from voicevault.commands.vault import JsonFlag
from voicevault.data.documents import Documents, Kept
from voicevault.errors import BadDocument, UsageError
from voicevault.terminal import show_json, show_table

Name = Annotated[str, typer.Argument(metavar="ID", help="Of a document or word: see words list.")]


def add(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE]...", help="Text, Markdown, HTML, .docx or .odt."),
    ] = None,
    word: Annotated[
        list[str] | None,
        typer.Option(metavar="WORD", help="A name or a word to listen for; can be repeated."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Bring in texts of yours, so that transcribe and dictate expect the words you use.

    Letters, notes, a glossary: names and terms in them are listened for, and which words follow
    which is learnt. The plain text is kept encrypted in the vault; the file stays as it is.
    Adding the same again changes nothing.

    Example: voicevault words add letters.docx notes.md --word "Anna Lindqvist"
    """
    session: Session = context.obj
    if not files and not word:
        raise UsageError("nothing to add", hint='voicevault words add FILE, or --word "Anna"')
    kept: list[Kept] = []
    failed: list[BadDocument] = []
    with session.studio() as studio:
        documents = studio.listening.documents
        kept += [documents.add_word(one) for one in word or []]
        for path in files or []:
            try:
                kept.append(documents.add_file(path))
            except BadDocument as error:
                failed.append(error)
    if as_json:
        bad = [{"message": one.message, "hint": one.hint} for one in failed]
        rows = [{**_facts(one), "new": one.new} for one in kept]
        show_json({"kept": rows, "failed": bad})
    else:
        for one in kept:
            print(f"{'added' if one.new else 'known'}  {one.id[:8]}  {one.name}  {_count(one)}")
        for bad_one in failed if kept else []:
            print(f"not added  {bad_one.message}; {bad_one.hint}")
    if failed and not kept:
        raise failed[0]


def list_(context: typer.Context, as_json: JsonFlag = False) -> None:
    """Every document and every word, with the id that show and rm take."""
    session: Session = context.obj
    with session.studio() as studio:
        held = studio.listening.documents.all()
    if as_json:
        show_json([_facts(one) for one in held])
        return
    rows = [(one.id[:8], one.kind, one.name, str(one.words), _day(one)) for one in held]
    show_table(("id", "what", "name", "words", "added"), rows)
    if not held:
        session.teller.say("no words yet: voicevault words add FILE")


def show(context: typer.Context, name: Name, as_json: JsonFlag = False) -> None:
    """The text that is kept of a document, as the recogniser learns from it."""
    session: Session = context.obj
    with session.studio() as studio:
        documents: Documents = studio.listening.documents
        found = documents.find(name)
        text = documents.text(found)
    if as_json:
        show_json({**_facts(found), "text": text})
        return
    print(text.rstrip("\n"))


def remove(
    context: typer.Context,
    names: Annotated[list[str], typer.Argument(metavar="ID...", help="From words list.")],
    as_json: JsonFlag = False,
) -> None:
    """Destroy documents and words. From then on they are not expected any more."""
    session: Session = context.obj
    with session.studio() as studio:
        documents: Documents = studio.listening.documents
        found = list(dict.fromkeys(documents.find(one) for one in names))  # all, before any goes
        for one in found:
            documents.remove(one)
    if as_json:
        show_json([_facts(one) for one in found])
        return
    for one in found:
        print(f"removed  {one.id[:8]}  {one.name}")


def _facts(one: Kept) -> dict[str, object]:
    return {
        "id": one.id,
        "kind": one.kind,
        "name": one.name,
        "words": one.words,
        "added": one.created,
    }


def _count(one: Kept) -> str:
    return f"{one.words} word{'' if one.words == 1 else 's'}"


def _day(one: Kept) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(one.created))
