"""The format of a segment: a header and records, as bytes. No files here.

    header = magic (8), format version (u32), length (u32), checksum (u32), JSON
    record = marker (4), length (u32), checksum (u32), chain (16), payload

Numbers are little-endian. A checksum is the CRC-32 of everything beside it. The chain of a record
is the BLAKE2b of the chain before it and its payload; the first one of a segment goes on from the
chain that its header names, over the header itself. So a record proves all that came before. The
marker holds a byte that no JSON text holds: a reader that is lost finds the next record by it.
"""

from collections.abc import Callable, Iterator
from hashlib import blake2b
from struct import Struct
from typing import Final
from zlib import crc32

import msgspec

MAGIC: Final = b"PERPBOXJ"
FORMAT: Final = 1
"""Version of this format. A reader refuses any that it does not know."""
MARKER: Final = b"\xf5rec"
CHAIN_BYTES: Final = 16
PAYLOAD_BYTES_MAX: Final = 16_000_000
"""Longest record; a street of every price level an exchange allows is far below."""
HEADER_BYTES_MAX: Final = 64_000_000
"""Longest header: it holds the specifications that a box was given."""

_HEADER = Struct("<8sIII")
_RECORD = Struct("<4sII16s")
_LINK = Struct("<I16s")
RECORD_HEAD_BYTES: Final = _RECORD.size
NO_CHAIN: Final = bytes(CHAIN_BYTES)


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a segment says of itself."""

    journal: str
    """Identity of the journal, the same in all its segments."""
    first_seq: int
    """Sequence number of its first record."""
    before: int
    """First sequence number of the segment before it; 0: there was none."""
    chain: str
    """Chain of the record before it, in hex."""
    engine: str
    """Version of perpbox that wrote it."""
    founding: msgspec.Raw
    """Settings that the box was founded with, as JSON."""


class Unreadable(ValueError):
    """Bytes that are no header of ours."""


class UnknownFormat(ValueError):
    """A header of another version of the format."""

    def __init__(self, version: int) -> None:
        self.version = version
        super().__init__(f"format version {version}")


class Record(msgspec.Struct, frozen=True, gc=False):
    """One whole record: where it begins, its payload, its chain and where the next begins."""

    offset: int
    payload: bytes
    chain: bytes
    end: int


def link(chain: bytes, payload: bytes) -> bytes:
    """The chain after a payload."""
    return blake2b(chain + payload, digest_size=CHAIN_BYTES).digest()


def encode_header(header: Header) -> bytes:
    """The first bytes of a segment."""
    body = msgspec.json.encode(header)
    return _HEADER.pack(MAGIC, FORMAT, len(body), crc32(body)) + body


def decode_header(data: bytes) -> tuple[Header, bytes, int]:
    """Header of a segment, the chain its first record goes on from, and where that begins.

    Raises:
        UnknownFormat: written by a version that this one does not know.
        Unreadable: cut off, or not a segment at all.
    """
    if len(data) < _HEADER.size:
        raise Unreadable("the header is cut off")
    magic, version, length, checksum = _HEADER.unpack_from(data)
    if magic != MAGIC:
        raise Unreadable("it is not a segment of a journal")
    if version != FORMAT:
        raise UnknownFormat(version)
    end = _HEADER.size + length
    body = data[_HEADER.size : end]
    if length > HEADER_BYTES_MAX or len(body) < length or crc32(body) != checksum:
        raise Unreadable("the header is cut off or damaged")
    try:
        header = msgspec.json.decode(body, type=Header)
        before = bytes.fromhex(header.chain)
    except ValueError as error:
        raise Unreadable(f"the header cannot be read: {error}") from None
    return header, link(before, body), end


def read_header(read: Callable[[int], bytes]) -> Header:
    """Header of a segment of which ``read`` gives the first bytes.

    Raises:
        UnknownFormat: written by a version that this one does not know.
        Unreadable: cut off, or not a segment at all.
    """
    start = read(_HEADER.size)
    if len(start) < _HEADER.size:
        raise Unreadable("the header is cut off")
    length = min(_HEADER.unpack(start)[2], HEADER_BYTES_MAX)
    return decode_header(read(_HEADER.size + length))[0]


def encode_record(chain: bytes, payload: bytes) -> tuple[bytes, bytes]:
    """A record and its chain."""
    length = len(payload)
    after = link(chain, payload)
    checksum = crc32(payload, crc32(_LINK.pack(length, after)))
    return _RECORD.pack(MARKER, length, checksum, after) + payload, after


def record_at(data: bytes, offset: int) -> Record | None:
    """The record that begins there, if it is whole. Its chain is not held against others."""
    if len(data) - offset < _RECORD.size:
        return None
    marker, length, checksum, chain = _RECORD.unpack_from(data, offset)
    start = offset + _RECORD.size
    end = start + length
    if marker != MARKER or length > PAYLOAD_BYTES_MAX or end > len(data):
        return None
    payload = data[start:end]
    if crc32(payload, crc32(_LINK.pack(length, chain))) != checksum:
        return None
    return Record(offset, payload, chain, end)


def records(data: bytes, offset: int, chain: bytes) -> Iterator[Record]:
    """Whole records in a row, each linked to the one before; ends before the first bad one."""
    while (found := record_at(data, offset)) is not None:
        chain = link(chain, found.payload)
        if found.chain != chain:
            return
        yield found
        offset = found.end


def whole_after(data: bytes, offset: int) -> Record | None:
    """The first whole record that begins after ``offset``, wherever it is."""
    while (offset := data.find(MARKER, offset + 1)) >= 0:
        found = record_at(data, offset)
        if found is not None:
            return found
    return None
