# SPDX-License-Identifier: GPL-3.0-or-later
"""Opus files whose clock has gaps, mended in memory.

Programs that cut or record streams leave Ogg pages whose time stamp (granule position) is ahead of
the sound in them and falls back later. Players take no notice; libsndfile calls the file malformed
in mid-sentence. Here each page gets the time of the packets in it, and a new checksum.
Layout: RFC 3533, RFC 7845; packet lengths: RFC 6716, 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass

_LAST_PAGE = 4  # bit of a page's flags
_NO_PACKET_ENDS = (1 << 64) - 1
_POLYNOMIAL = 0x04C11DB7
# Samples at 48 kHz of one frame by the configuration number: SILK, hybrid, CELT.
_FRAME = (480, 960, 1920, 2880) * 3 + (480, 960) * 2 + (120, 240, 480, 960) * 4


@dataclass(slots=True)
class _Page:
    start: int
    body: int
    end: int
    clock: int
    last: bool
    segments: bytes


def mended(data: bytes) -> bytes | None:
    """`data` with a clock that agrees with its packets; None if it is no single Opus stream."""
    pages = _pages(data)
    if pages is None or len(pages) < 3 or data[pages[0].body :][:8] != b"OpusHead":
        return None
    if len({data[page.start + 14 : page.start + 18] for page in pages}) != 1:
        return None  # several streams: nothing that a recorder makes
    out = bytearray(data)
    table = _table()
    clock = before = 0
    packet = b""  # of a packet that began on an earlier page
    sound = (n for n, page in enumerate(pages) if page.clock not in (0, _NO_PACKET_ENDS))
    for page in pages[next(sound, len(pages)) :]:  # after OpusHead and OpusTags, whose clock is 0
        samples, packet, ended = _samples(data, page, packet)
        if ended:
            # The last page may end earlier than its packets: that is how padding is cut off.
            clock += min(samples, max(0, page.clock - before)) if page.last else samples
            before = page.clock
            out[page.start + 6 : page.start + 14] = clock.to_bytes(8, "little")
            out[page.start + 22 : page.start + 26] = bytes(4)
            checksum = _checksum(memoryview(out)[page.start : page.end], table)
            out[page.start + 22 : page.start + 26] = checksum.to_bytes(4, "little")
    return bytes(out)


def _pages(data: bytes) -> list[_Page] | None:
    """All pages; None where one does not follow the other."""
    pages: list[_Page] = []
    at = 0
    while at < len(data):
        if data[at : at + 4] != b"OggS" or at + 27 > len(data):
            return None
        body = at + 27 + data[at + 26]
        segments = data[at + 27 : body]
        end = body + sum(segments)
        if end > len(data):
            return None
        clock = int.from_bytes(data[at + 6 : at + 14], "little")
        pages.append(_Page(at, body, end, clock, bool(data[at + 5] & _LAST_PAGE), segments))
        at = end
    return pages


def _samples(data: bytes, page: _Page, packet: bytes) -> tuple[int, bytes, bool]:
    """Samples of the packets that end on a page, what is left over, and whether any ends."""
    samples, at, ended = 0, page.body, False
    for size in page.segments:
        packet += data[at : at + size]
        at += size
        if size < 255:
            samples += _packet_samples(packet)
            packet, ended = b"", True
    return samples, packet, ended and page.clock != _NO_PACKET_ENDS


def _packet_samples(packet: bytes) -> int:
    if not packet:
        return 0
    code = packet[0] & 3
    frames = (1, 2, 2, packet[1] & 63 if len(packet) > 1 else 0)[code]
    return frames * _FRAME[packet[0] >> 3]


def _table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1) ^ (_POLYNOMIAL if value & 1 << 31 else 0)
        table.append(value & 0xFFFFFFFF)
    return table


def _checksum(page: memoryview, table: list[int]) -> int:
    """Ogg's CRC-32: not reflected, starting at 0, the checksum's own bytes as zeros."""
    value = 0
    for byte in page:
        value = (value << 8 & 0xFFFFFFFF) ^ table[value >> 24 ^ byte]
    return value
