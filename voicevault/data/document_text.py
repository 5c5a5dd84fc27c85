# SPDX-License-Identifier: GPL-3.0-or-later
"""The plain text in a person's documents: text, Markdown, HTML, Word (.docx), OpenDocument (.odt).

What a file is follows from its bytes; only Markdown is told by its name. Everything happens in
memory, with the standard library, and nothing that a document names is opened.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from html.parser import HTMLParser
from pathlib import Path
from xml.parsers import expat

from voicevault.audio.files import named
from voicevault.errors import BadDocument

MAX_BYTES = 20 << 20
"""Of a file, and of the text in it: some twenty novels."""
_SAVE_HINT = "save it as plain text (UTF-8), Markdown, HTML, .docx or .odt"
_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32"),  # before UTF-16, whose mark it begins with
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_MARKDOWN = (".md", ".markdown", ".mdown", ".mkd")
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html)\b", re.I | re.S
)


def load_document(path: Path) -> bytes:
    """The bytes of a document, unless it is no file, empty or too large.

    Raises:
        BadDocument: see above.
        OSError: it cannot be read.
    """
    who = named(path.name)
    if not path.is_file():
        raise BadDocument(f"{named(str(path))} is no file", hint="name a document")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise _too_large(who)
    return data


def plain_text(data: bytes, name: str) -> str:
    """The text of a document, without its markup.

    Raises:
        BadDocument: empty, binary, damaged, too large, or of a kind that is not read.
    """
    who = named(name)
    if not data.strip():
        raise BadDocument(f"{who} is empty", hint="name a document with text in it")
    if data[:4] == b"PK\x03\x04":
        text = _office(data, who)
    else:
        text = _decoded(data, who)
        if _HTML.match(text[:2000]):
            text = _from_html(text)
        elif Path(name).suffix.lower() in _MARKDOWN:
            text = _from_markdown(text)
    text = _tidy(text)
    if not any(one.isalpha() for one in text):
        raise BadDocument(f"there are no words in {who}", hint=_SAVE_HINT)
    return text


def _decoded(data: bytes, who: str) -> str:
    if data[:5] == b"%PDF-":
        raise BadDocument(f"{who} is PDF, which is not read", hint=_SAVE_HINT)
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), "") or _guess(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        if b"\0" in data[:4096] and not encoding.startswith("utf-16"):
            raise BadDocument(f"{who} is no text", hint=_SAVE_HINT) from error
        raise BadDocument(
            f"{who} is no {encoding.removesuffix('-sig').upper()} text (byte {error.start})",
            hint="save it as UTF-8",
        ) from error
    if (
        len(_CONTROL.findall(text)) > len(text) // 1000
    ):  # a stray form feed or escape does not matter
        raise BadDocument(f"{who} is no text", hint=_SAVE_HINT)
    return text


def _guess(data: bytes) -> str:
    """UTF-16 without its mark: every second byte of Latin text is 0. Otherwise UTF-8."""
    head = data[:4096]
    half = max(1, len(head) // 2)
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros, others = head[first::2].count(0), head[1 - first :: 2].count(0)
        if zeros > 0.7 * half and others < 0.05 * half:
            return encoding
    return "utf-8"


def _tidy(text: str) -> str:
    """NFC, line feeds only, no trailing spaces, at most one empty line, nothing unprintable."""
    text = unicodedata.normalize("NFC", text.removeprefix("\ufeff"))
    lines = [_printable(line.replace("\t", " ")).rstrip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


def _printable(line: str) -> str:
    return line if line.isprintable() else "".join(one for one in line if one.isprintable())


def _from_markdown(text: str) -> str:
    """What a reader of the rendered page would see; code is left out."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text.replace("\r\n", "\n"), count=1, flags=re.S)
    text = re.sub(r"^(```|~~~).*?^\1\s*$", "\n", text, flags=re.M | re.S)
    text = re.sub(r"^\[[^\]\n]+\]:\s.*$", "", text, flags=re.M)
    text = re.sub(r"!?\[([^\]\n]*)\](?:\([^)\n]*\)|\[[^\]\n]*\])", r"\1", text)
    text = re.sub(r"<[^>\n]{1,200}>", " ", text)
    text = re.sub(r"^[ \t]*(?:#{1,6}|>|[-*+]|\d+[.)])[ \t]+", "", text, flags=re.M)
    text = re.sub(r"^[ \t]*(?:[-*_=][ \t]*){3,}$|^[ \t]*\|?[-:| ]+\|?[ \t]*$", "", text, flags=re.M)
    return re.sub(r"(?<!\w)[*_~`]+|[*_~`]+(?!\w)", "", text.replace("|", " "))


class _Page(HTMLParser):
    """Collects what a page shows. All but what stands within a line ends it."""

    _UNSEEN = frozenset(("script", "style", "template", "noscript", "title"))
    _IN_LINE = frozenset(
        ("a", "abbr", "b", "cite", "code", "em", "i", "mark", "q", "s", "small", "span", "strong",
         "sub", "sup", "u", "wbr", "font", "bdi", "bdo", "kbd", "tt")
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._UNSEEN and not self._unseen:
            self._unseen = tag
        elif tag not in self._IN_LINE:
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = ""
        elif tag not in self._IN_LINE:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.parts.append(data)


def _from_html(text: str) -> str:
    page = _Page()
    page.feed(text)
    page.close()
    return "".join(page.parts)


_OFFICE = {  # member -> elements whose text counts, elements that end a paragraph
    "word/document.xml": (("w:t",), ("w:p", "w:br", "w:tab")),
    "content.xml": (("office:text",), ("text:p", "text:h", "text:line-break", "text:tab")),
}


def _office(data: bytes, who: str) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            member = next((one for one in _OFFICE if one in archive.namelist()), "")
            if not member:
                raise BadDocument(f"{who} is an archive, no document", hint=_SAVE_HINT)
            with archive.open(member) as file:
                xml = file.read(5 * MAX_BYTES + 1)  # never more, whatever the archive promises
            if len(xml) > 5 * MAX_BYTES:
                raise _too_large(who)
    except (zipfile.BadZipFile, RuntimeError, OSError, EOFError, zlib.error, ValueError) as error:
        raise BadDocument(f"{who} is damaged or locked", hint=_SAVE_HINT) from error
    text = _from_xml(xml, *_OFFICE[member], who)
    if len(text) > MAX_BYTES:
        raise _too_large(who)
    return text


def _from_xml(xml: bytes, inside: tuple[str, ...], ends: tuple[str, ...], who: str) -> str:
    parts: list[str] = []
    depth = 0

    def start(name: str, attributes: object) -> None:
        nonlocal depth
        depth += name in inside
        if name == "text:s":
            parts.append(" ")

    def end(name: str) -> None:
        nonlocal depth
        depth -= name in inside
        if name in ends:
            parts.append("\n\n" if name in ("w:p", "text:p", "text:h") else " ")

    def data(text: str) -> None:
        if depth:
            parts.append(text)

    def doctype(*declared: object) -> None:
        raise BadDocument(f"{who} declares entities, which no office program does")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = data, doctype
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise BadDocument(f"{who} is damaged", hint=_SAVE_HINT) from error
    return "".join(parts)


def _too_large(who: str) -> BadDocument:
    return BadDocument(
        f"{who} is larger than {MAX_BYTES >> 20} MiB", hint="split it, or leave out what is no text"
    )
