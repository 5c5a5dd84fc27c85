# SPDX-License-Identifier: GPL-3.0-or-later
"""The owner's words in a vault: kept once, found, removed, and never in plain on the disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from encrypted_store import KdfParams, Vault
from voicevault.data.documents import DOCUMENT, HOTWORD, Documents, lesson_text
from voicevault.errors import BadDocument, UsageError

SECRET = "Zwetschgendatschi mit Grossmutter Philomena in Oberammergau"


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Vault]:
    opened, _ = Vault.create(
        tmp_path / "V", "words", kdf=KdfParams.for_tests(), anchors=tmp_path / "anchors"
    )
    with opened:
        yield opened


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    (folder / name).write_text(text, encoding)
    return folder / name


def test_the_same_text_is_one_record(vault: Vault, tmp_path: Path) -> None:
    documents = Documents(vault)
    first = documents.add_file(written(tmp_path, "a.txt", SECRET))
    again = documents.add_file(written(tmp_path, "b.txt", SECRET + "\n", "utf-16"))
    other = documents.add_file(written(tmp_path, "a.txt", SECRET + " again"))
    assert (first.new, again.new, other.new) == (True, False, True)
    assert first.id == again.id != other.id
    assert (first.kind, first.name, first.words) == (DOCUMENT, "a.txt", 6)
    assert documents.text(first) == SECRET + "\n"
    assert len(documents.all()) == len(documents.texts()) == 2


def test_single_words(vault: Vault) -> None:
    documents = Documents(vault)
    first = documents.add_word("  Anna   Lindqvist ")
    assert (first.kind, first.name, first.words) == (HOTWORD, "Anna Lindqvist", 2)
    assert not documents.add_word("anna lindqvist").new
    assert documents.add_word("Jörg").new
    assert not documents.add_word("jorg").new
    assert documents.hotwords() == ["Anna Lindqvist", "Jörg"]
    for wrong in ("", "  ", "42", "B52", "\u0416", "x" * 81, "a b c d e f g", "\U0001f3a4"):
        with pytest.raises(UsageError, match="no word that can be recognised"):
            documents.add_word(wrong)


def test_find_and_remove(vault: Vault, tmp_path: Path) -> None:
    documents = Documents(vault)
    one = documents.add_file(written(tmp_path, "same.txt", "first text"))
    documents.add_file(written(tmp_path, "same.txt", "second text"))
    word = documents.add_word("Anna")
    assert documents.find(one.id[:8]).id == documents.find(one.id).id == one.id
    assert documents.find("Anna").id == word.id
    for wrong, why in (("same.txt", "2 records"), ("nothing", "no document"), ("", "no document")):
        with pytest.raises(UsageError, match=why):
            documents.find(wrong)
    documents.remove(one)
    documents.remove(word)
    assert documents.texts() == ["second text\n"]
    assert documents.hotwords() == []


def test_nothing_of_it_lies_on_the_disk_in_plain(vault: Vault, tmp_path: Path) -> None:
    documents = Documents(vault)
    kept = documents.add_file(written(tmp_path, "Philomenas Brief.txt", SECRET * 50))
    documents.add_word("Philomena")
    (tmp_path / "Philomenas Brief.txt").unlink()
    assert documents.text(kept).startswith("Zwetschgen")
    needles = [
        word.encode(code)
        for word in (*SECRET.split(), "philomena", "hotword")
        for code in ("utf-8", "utf-16-le")
        if len(word) > 4
    ]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 4
    for path in files:
        assert "Philomena" not in str(path)
        data = path.read_bytes()
        assert [needle for needle in needles if needle in data] == [], path


def test_a_document_of_other_letters_is_refused(vault: Vault, tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match=r"no word of r\.txt can be recognised"):
        Documents(vault).add_file(written(tmp_path, "r.txt", "Привет, мир"))
    assert Documents(vault).all() == []


def test_what_teachers_may_read_is_the_newest_and_bounded() -> None:
    assert lesson_text(["old", "new"]) == "new\nold"
    assert lesson_text(["a\n" * 50, "b\n" * 10], 60) == "b\n" * 10 + "\n" + "a\n" * 18 + "a"
    assert lesson_text([], 60) == ""
