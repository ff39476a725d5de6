"""Outgoing frames, encoded once for all who get them (RFC 6455 §5; RFC 7692 §7.2.1)."""

import zlib
from typing import Final

TEXT: Final = 0x81
CLOSE: Final = 0x88
PING: Final = 0x89
PONG: Final = 0x8A
DEFLATED: Final = 0x40
"""The bit of the first octet that says: this message is compressed."""

DEFLATE_WINDOW_BITS: Final = 12
"""Window of what the server compresses; each message stands alone, so all get the same bytes."""
_DEFLATE_MEMORY: Final = 5
_FLUSH_TAIL: Final = 4
"""Octets that end a flushed block and are not sent: 00 00 ff ff."""

_SHORT_MAX: Final = 125
_MIDDLE_MAX: Final = 0xFFFF
REASON_BYTES_MAX: Final = 123


def frame(payload: bytes, first: int = TEXT) -> bytes:
    """A whole, unmasked frame; ``first`` is its first octet."""
    size = len(payload)
    if size <= _SHORT_MAX:
        return bytes((first, size)) + payload
    if size <= _MIDDLE_MAX:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload


def deflated_frame(payload: bytes) -> bytes:
    """A compressed text frame that needs no other message to be read."""
    packer = zlib.compressobj(wbits=-DEFLATE_WINDOW_BITS, memLevel=_DEFLATE_MEMORY)
    packed = packer.compress(payload) + packer.flush(zlib.Z_SYNC_FLUSH)
    return frame(packed[:-_FLUSH_TAIL], TEXT | DEFLATED)


def close_frame(code: int, reason: str = "") -> bytes:
    """A close frame; a reason that is too long is cut."""
    said = reason.encode()[:REASON_BYTES_MAX].decode(errors="ignore").encode()
    return frame(code.to_bytes(2, "big") + said, CLOSE)
