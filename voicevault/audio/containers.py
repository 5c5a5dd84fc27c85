# SPDX-License-Identifier: GPL-3.0-or-later
"""Audio containers by their bytes: which one it is, and whether its end is there."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator

_STDERR_FD = 2
_redirecting = threading.Lock()


def sniff(data: bytes) -> str:
    """WAV, AIFF, FLAC, OGG or MP3; MP4, WebM or text for what is known and not read; or ''."""
    head = data[:12]
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return "WAV"
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "AIFF"
    if head[:4] in (b"fLaC", b"OggS"):
        return "FLAC" if head[:4] == b"fLaC" else "OGG"
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0):
        return "MP3"
    if head[4:8] == b"ftyp" or head[:4] == b"\x1aE\xdf\xa3":
        return "MP4" if head[4:8] == b"ftyp" else "WebM"
    return "text" if _is_text(data[:512]) else ""


def cut_off(data: bytes, container: str) -> bool:
    """Whether the container itself says that bytes are missing at its end.

    FLAC is not here: its decoder loses sync at the cut and says so. MP3 tells only when it
    carries a Xing or Info header; one without may end anywhere.
    """
    if container == "WAV":
        return _wav_cut_off(data)
    if container == "OGG":
        return _ogg_cut_off(data)
    return container == "MP3" and _mp3_cut_off(data)


@contextlib.contextmanager
def quiet(container: str) -> Iterator[None]:
    """Keep the MP3 decoder from writing to the process's standard error while it decodes.

    libmpg123 prints a line of its own for every frame it finds odd (hundreds for 40 kbit/s
    audiobooks), libsndfile offers no switch, and our messages promise one clear line. The
    descriptor is changed for the milliseconds of one decode; what another thread writes to it
    meanwhile is lost, which is why no other container does this.
    """
    if container != "MP3":
        yield
        return
    with _redirecting:
        try:
            kept = os.dup(_STDERR_FD)
        except OSError:  # no standard error at all
            yield
            return
        try:
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, _STDERR_FD)
            os.close(null)
            yield
        finally:
            os.dup2(kept, _STDERR_FD)
            os.close(kept)


def _is_text(head: bytes) -> bool:
    """Printable UTF-8; a character cut in two at the end of `head` does not matter."""
    text = head.decode("utf-8", errors="replace").rstrip("\ufffd")
    return bool(text) and all(one.isprintable() or one in "\r\n\t\ufeff" for one in text)


def _wav_cut_off(data: bytes) -> bool:
    """Whether the data chunk promises more bytes than follow."""
    at = 12
    while at + 8 <= len(data):
        chunk, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if chunk == b"data":
            # Recorders that write into a pipe leave the size at its largest value: no promise.
            return size < 0x7FFF_0000 and at + 8 + size > len(data)
        at += 8 + size + (size & 1)
    return True


def _ogg_cut_off(data: bytes) -> bool:
    """Whether the last page is incomplete or not marked as the last of its stream."""
    at = data.rfind(b"OggS")
    if at < 0 or at + 27 > len(data):
        return True
    segments = data[at + 26]
    body = data[at + 27 : at + 27 + segments]
    end = at + 27 + segments + sum(body)
    return len(body) < segments or end > len(data) or not data[at + 5] & 4


def _mp3_cut_off(data: bytes) -> bool:
    """Whether the Xing or Info header of the first frame counts more bytes than there are."""
    at = 0
    if data[:3] == b"ID3" and len(data) > 10:
        size = 0
        for one in data[6:10]:
            size = size << 7 | one & 0x7F
        at = 10 + size
    if at >= len(data):
        return True
    window = data[at : at + 256]
    tag = max(window.find(b"Xing"), window.find(b"Info"))
    if tag < 0 or len(window) < tag + 16:
        return len(window) < 96  # no frame of any use fits
    flags = int.from_bytes(window[tag + 4 : tag + 8], "big")
    if not flags & 2:
        return False
    at_bytes = tag + (12 if flags & 1 else 8)
    promised = int.from_bytes(window[at_bytes : at_bytes + 4], "big")
    return promised > len(data) - at + 1
