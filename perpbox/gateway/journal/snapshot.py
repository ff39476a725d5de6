"""A snapshot: what a journal came to at a sequence number, as one file.

    magic (8), format version (u32), length (u32), checksum (u32), JSON, body

The JSON names the journal, the sequence number and the chain there, so that a snapshot is taken
for no other; the body is the packed state, compressed, and the JSON has its digest.
"""

import zlib
from collections.abc import Mapping
from hashlib import blake2b
from struct import Struct
from typing import Final, TypeAlias, cast

import msgspec

from perpbox.engine.state import State
from perpbox.gateway.journal.entries import ClockSet
from perpbox.gateway.journal.pickling import Layouts, NotReadable, layouts, pack, unpack
from perpbox.market.source import Memory
from perpbox.views import Views

MAGIC: Final = b"PERPBOXS"
FORMAT: Final = 1
"""Version of this format. A reader refuses any that it does not know."""
FOLDER: Final = "snapshots"
SUFFIX: Final = ".snapshot"
UNFINISHED: Final = ".unfinished"
_DIGITS: Final = 20
_DIGEST_BYTES: Final = 16
_COMPRESSION: Final = 1
_HEAD = Struct("<8sIII")
_Parts: TypeAlias = tuple[
    State, Views, Memory, tuple[str, int, int, int, int], int, dict[tuple[int, str], int]
]


class SnapshotHeader(msgspec.Struct, frozen=True, kw_only=True):
    """What a snapshot says of itself."""

    journal: str
    seq: int
    chain: str
    engine: str
    hash: str
    """Hash of the state."""
    size: int
    """Bytes of the body."""
    digest: str
    layouts: Layouts


class Standing(msgspec.Struct, frozen=True):
    """What a journal came to. Times are box times, in epoch milliseconds."""

    state: State
    views: Views
    market: Memory
    clock: ClockSet
    reached_ms: int
    countdowns: Mapping[tuple[int, str], int]


class SnapshotUnreadable(ValueError):
    """Not a snapshot that this version can use; the text says why."""


class SnapshotFormatUnknown(SnapshotUnreadable):
    """Of another version of the format."""


def snapshot_name(seq: int) -> str:
    """File name of the snapshot at this number."""
    return f"{seq:0{_DIGITS}}{SUFFIX}"


def snapshot_seqs(names: list[str]) -> list[int]:
    """Sequence numbers of the snapshots among these names, ascending."""
    stems = (name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX))
    return sorted(int(stem) for stem in stems if len(stem) == _DIGITS and stem.isdecimal())


def encode_snapshot(
    standing: Standing, *, journal: str, seq: int, chain: bytes, engine: str, state_hash: str
) -> bytes:
    """The whole file."""
    clock = msgspec.structs.astuple(standing.clock)
    parts = (
        standing.state,
        standing.views,
        dict(standing.market),
        clock,
        standing.reached_ms,
        dict(standing.countdowns),
    )
    body = zlib.compress(pack(parts), _COMPRESSION)
    header = SnapshotHeader(
        journal=journal,
        seq=seq,
        chain=chain.hex(),
        engine=engine,
        hash=state_hash,
        size=len(body),
        digest=_digest(body),
        layouts=layouts(),
    )
    text = msgspec.json.encode(header)
    return b"".join((_HEAD.pack(MAGIC, FORMAT, len(text), zlib.crc32(text)), text, body))


def decode_header(data: bytes) -> tuple[SnapshotHeader, int]:
    """Header and the place where the body begins.

    Raises:
        SnapshotUnreadable: damaged, cut off, or of another format.
    """
    if len(data) < _HEAD.size:
        raise SnapshotUnreadable("it is cut off")
    magic, version, length, checksum = _HEAD.unpack_from(data)
    if magic != MAGIC:
        raise SnapshotUnreadable("it is not a snapshot")
    if version != FORMAT:
        raise SnapshotFormatUnknown(f"it has format version {version}")
    start = _HEAD.size + length
    text = data[_HEAD.size : start]
    if len(text) < length or zlib.crc32(text) != checksum:
        raise SnapshotUnreadable("its header is damaged or cut off")
    try:
        return msgspec.json.decode(text, type=SnapshotHeader), start
    except msgspec.MsgspecError as error:
        raise SnapshotUnreadable(f"its header cannot be read: {error}") from None


def decode_body(data: bytes, header: SnapshotHeader, start: int) -> Standing:
    """What the journal came to.

    Raises:
        SnapshotUnreadable: damaged, or written where a class was another.
    """
    body = data[start:]
    if len(body) != header.size or _digest(body) != header.digest:
        raise SnapshotUnreadable("it is damaged or cut off")
    try:
        parts = unpack(zlib.decompress(body), header.layouts)
    except (NotReadable, zlib.error) as error:
        raise SnapshotUnreadable(str(error)) from None
    state, views, market, clock, reached_ms, countdowns = cast(_Parts, parts)
    return Standing(state, views, market, ClockSet(*clock), reached_ms, countdowns)


def _digest(body: bytes) -> str:
    return blake2b(body, digest_size=_DIGEST_BYTES).hexdigest()
