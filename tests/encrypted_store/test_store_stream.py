# SPDX-License-Identifier: GPL-3.0-or-later
"""The object stream: Tink reads ours, we read Tink's, and nothing cut or moved is accepted."""

from __future__ import annotations

import io
import os
from typing import Any

import pytest

from encrypted_store.objects import padme
from encrypted_store.stream import (
    FIRST_PLAIN,
    HEADER_SIZE,
    NEXT_PLAIN,
    Opener,
    SegmentError,
    StreamHeader,
    plain_size_of,
    seal,
    segment_count,
    stream_size,
)

EDGES = [0, *(FIRST_PLAIN + full * NEXT_PLAIN for full in range(4))]  # after 0 to 4 segments
SIZES = sorted({max(0, edge + d) for edge in EDGES for d in (-1, 0, 1)} | {17, 4096})
KEY = bytes(range(32))


def ours(data: bytes, associated: bytes) -> bytes:
    header = StreamHeader.new(os.urandom)
    key = bytearray(32)
    header.derive_key(KEY, associated, key)
    middle = len(data) // 3
    return b"".join(seal(header, key, [data[:middle], b"", data[middle:]]))


def read(stream: bytes, associated: bytes) -> bytes:
    header = StreamHeader.decode(stream[:HEADER_SIZE])
    size = plain_size_of(len(stream))
    if header is None or size is None:
        raise SegmentError(-1)
    key = bytearray(32)
    header.derive_key(KEY, associated, key)
    opener = Opener(header, key, size)
    plain = memoryview(bytearray(size))
    for index in range(opener.count):
        offset, length = opener.cipher_span(index)
        opener.open_into(index, stream[offset : offset + length], plain)
    return bytes(plain)


@pytest.fixture(scope="module")
def tink_primitive() -> Any:
    """Google's implementation with our key and parameters."""
    pytest.importorskip("tink")
    from tink import cleartext_keyset_handle, streaming_aead
    from tink.proto import aes_gcm_hkdf_streaming_pb2 as pb
    from tink.proto import common_pb2, tink_pb2

    streaming_aead.register()
    key = pb.AesGcmHkdfStreamingKey(
        version=0,
        key_value=KEY,
        params=pb.AesGcmHkdfStreamingParams(
            ciphertext_segment_size=65_536,
            derived_key_size=32,
            hkdf_hash_type=common_pb2.SHA256,
        ),
    )
    keyset = tink_pb2.Keyset(primary_key_id=1)
    keyset.key.add(
        key_data=tink_pb2.KeyData(
            type_url="type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey",
            value=key.SerializeToString(),
            key_material_type=tink_pb2.KeyData.SYMMETRIC,
        ),
        status=tink_pb2.ENABLED,
        key_id=1,
        output_prefix_type=tink_pb2.RAW,
    )
    handle = cleartext_keyset_handle.from_keyset(keyset)
    return handle.primitive(streaming_aead.StreamingAead)


class Kept(io.BytesIO):
    """Keeps its bytes after close, which Tink's writer calls."""

    kept = b""

    def close(self) -> None:
        self.kept = self.getvalue()
        super().close()


@pytest.mark.parametrize("size", SIZES)
def test_tink_reads_ours(tink_primitive: Any, size: int) -> None:
    data = os.urandom(size)
    source = io.BytesIO(ours(data, b"label"))
    with tink_primitive.new_decrypting_stream(source, b"label") as stream:
        assert stream.read() == data


@pytest.mark.parametrize("size", SIZES)
def test_we_read_tinks(tink_primitive: Any, size: int) -> None:
    data = os.urandom(size)
    sink = Kept()
    with tink_primitive.new_encrypting_stream(sink, b"label") as stream:
        stream.write(data)
    assert read(sink.kept, b"label") == data


@pytest.mark.parametrize("size", SIZES)
def test_sizes_are_predicted_both_ways(size: int) -> None:
    stream = ours(bytes(size), b"")
    assert len(stream) == stream_size(size)
    assert plain_size_of(len(stream)) == size
    assert read(stream, b"") == bytes(size)


def test_stream_sizes_that_no_plaintext_gives() -> None:
    possible = {stream_size(size) for size in range(FIRST_PLAIN + 200)}
    for size in [*range(100), *range(65_400, 65_700)]:
        found = plain_size_of(size)
        assert (found is not None) == (size in possible)


def test_segments_cannot_be_dropped_swapped_or_repeated() -> None:
    data = os.urandom(FIRST_PLAIN + 2 * NEXT_PLAIN + 100)
    stream = ours(data, b"a")
    head, body = stream[:HEADER_SIZE], stream[HEADER_SIZE:]
    first, body = body[: 65_536 - HEADER_SIZE], body[65_536 - HEADER_SIZE :]
    second, third, last = body[:65_536], body[65_536:131_072], body[131_072:]
    forged = [
        [first, second, third],
        [first, second, last],
        [first, third, second, last],
        [first, second, second, third, last],
        [first],
        [last],
        [first, second, third, last, last],
    ]
    for parts in forged:
        with pytest.raises(SegmentError):
            read(head + b"".join(parts), b"a")
    with pytest.raises(SegmentError):
        read(stream, b"b")
    assert read(stream, b"a") == data


def test_segment_count_agrees_with_counting() -> None:
    for size in SIZES:
        rest, count = size - FIRST_PLAIN, 1
        while rest > 0:
            rest -= NEXT_PLAIN
            count += 1
        assert segment_count(size) == count


def test_padme_values() -> None:
    # Worked by hand from the definition: keep bit_length(bit_length - 1) leading bits after E.
    assert [padme(n) for n in (0, 1, 512, 513, 1000)] == [512, 512, 512, 544, 1024]
    assert padme(400_000) == 401_408
    for size in range(512, 40_000, 7):
        padded = padme(size)
        assert size <= padded <= size * 1.063
        assert padme(padded) == padded
    assert len({padme(size) for size in range(4_000, 400_000)}) < 160
