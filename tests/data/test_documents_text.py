# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents as people have them: encodings, markup, office files, and what is refused."""

import io
import os
import zipfile
from pathlib import Path

import pytest

from voicevault.data import document_text
from voicevault.data.document_text import load_document, plain_text
from voicevault.errors import BadDocument

TEXT = "Dear Zoë,\nthe quince jam is ready.\n"
WORD = (
    '<w:document xmlns:w="x"><w:body><w:p><w:r><w:t>Dear Zoë,</w:t></w:r></w:p>'
    "<w:p><w:instrText>HYPERLINK secret</w:instrText><w:r><w:t>the quince</w:t></w:r><w:tab/>"
    "<w:r><w:t>jam</w:t></w:r></w:p></w:body></w:document>"
)
OPEN = (
    '<office:document-content xmlns:office="o" xmlns:text="t"><style>Helvetica</style>'
    "<office:text><text:h>Dear Zoë</text:h><text:p>the<text:s/>quince jam</text:p></office:text>"
    "</office:document-content>"
)


def archive(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in members.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), body)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("ë", "e\u0308").encode(),
        b"\n\n" + TEXT.replace("quince", "quin\u200bce").encode() + b"\n\n",
    ],
)
def test_every_encoding_gives_the_same_text(data: bytes) -> None:
    assert plain_text(data, "letter.txt") == TEXT


def test_markdown_is_read_as_it_is_shown() -> None:
    source = (
        "---\ntitle: hidden\n---\n# Quince **jam**\n\n- see [the _old_ recipe](https://x.example)"
        "\n- ![a picture](p.png)\n\n```sh\nrm everything\n```\n> with `sugar` & snake_case\n\n"
        "| a | b |\n|---|---|\n\n[1]: https://hidden.example\n***\nDone<br>."
    )
    text = plain_text(source.encode(), "NOTES.MD")
    shown = "Quince jam see the old recipe a picture with sugar & snake_case a b Done ."
    assert " ".join(text.split()) == shown
    assert "**" in plain_text(source.encode(), "notes.txt"), "only Markdown is Markdown"


def test_a_page_without_its_markup() -> None:
    page = (
        "<!DOCTYPE html><html><head><title>no</title><script>var no = 1 < 2;</script></head>"
        "<body><h1>Quince</h1><p>ja<b>m</b> &amp; bread<br>twice</p><style>no {}</style></body>"
    )
    assert plain_text(page.encode(), "page").split() == ["Quince", "jam", "&", "bread", "twice"]


def test_office_files() -> None:
    word = plain_text(archive(word__document_xml=WORD, word__styles_xml="<no/>"), "a.docx")
    assert word == "Dear Zoë,\n\nthe quince jam\n"
    assert plain_text(archive(content_xml=OPEN), "a.odt") == "Dear Zoë\n\nthe quince jam\n"


DAMAGED = bytearray(archive(word__document_xml=WORD * 9))
DAMAGED[80] ^= 0xFF


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "is empty"),
        (b" \n\t ", "is empty"),
        (b"1 2 3 \xe2\x82\xac", "there are no words"),
        ("\U0001f3a4 \u200b \u202e".encode(), "there are no words"),
        (b"caf\xe9 au lait", "no UTF-8 text (byte 3)"),
        (b"\xff\xfea", "no UTF-16 text"),
        (b"%PDF-1.7 text", "is PDF"),
        (os.urandom(64) + bytes(range(256)) * 20, "no text|no UTF-8"),
        (b"text " * 100 + bytes(40), "is no text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "no text|no UTF-8"),
        (archive(other="x"), "an archive, no document"),
        (bytes(DAMAGED), "damaged"),
        (archive(word__document_xml=WORD)[:90], "damaged"),
        (archive(word__document_xml=WORD[:-9]), "damaged"),
        (archive(content_xml='<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), "declares entities"),
    ],
)
def test_what_is_no_document_is_refused_with_a_reason(data: bytes, told: str) -> None:
    with pytest.raises(BadDocument, match=told.replace("(", r"\(").replace(")", r"\)")) as caught:
        plain_text(data, "odd\u202e.txt")
    assert "\u202e" not in caught.value.message
    assert caught.value.hint or "declares" in told


def test_too_large_is_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_text, "MAX_BYTES", 1000)
    (tmp_path / "fits.txt").write_bytes(b"word " * 200)
    assert len(load_document(tmp_path / "fits.txt")) == 1000
    (tmp_path / "long.txt").write_bytes(b"word " * 200 + b".")
    with pytest.raises(BadDocument, match="larger than"):
        load_document(tmp_path / "long.txt")
    bomb = archive(word__document_xml=f"<w:t>{'a' * 6000}</w:t>")
    assert len(bomb) < 1000
    with pytest.raises(BadDocument, match="larger than"):
        plain_text(bomb, "bomb.docx")
    with pytest.raises(BadDocument, match="is no file"):
        load_document(tmp_path)
