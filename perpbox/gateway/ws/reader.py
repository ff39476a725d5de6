"""From bytes to frames and messages of one client, on websockets' sans-I/O frame parser.

A parser and its buffer live only while a frame is incomplete, so that an idle connection holds
neither.
"""

from collections.abc import Generator
from typing import Final

from websockets.exceptions import PayloadTooBig, ProtocolError
from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from perpbox.gateway.ws.bounds import WsBounds

try:
    from websockets.speedups import apply_mask
except ImportError:  # a platform without the wheel's C extension
    from websockets.utils import apply_mask

PROTOCOL_ERROR: Final = 1002
INVALID_DATA: Final = 1007
POLICY_VIOLATION: Final = 1008
TOO_BIG: Final = 1009

_WHOLE_TEXT: Final = 0x81
_MASKED: Final = 0x80
_LENGTH_BITS: Final = 0x7F
_MIDDLE_LENGTH: Final = 126
"""Says that two octets with the length follow; 127 would be eight of them."""
_MASK_BYTES: Final = 4
_SHORT_HEAD: Final = 2 + _MASK_BYTES
_MIDDLE_HEAD: Final = 4 + _MASK_BYTES


class Refused(Exception):
    """What came in cannot be taken; the connection closes with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class FrameReader:
    """Takes bytes, gives whole frames; ``join`` makes messages of data frames."""

    __slots__ = ("_bounds", "_fragments", "_inflate", "_message", "_parser", "_source")

    def __init__(self, bounds: WsBounds, inflate: PerMessageDeflate | None = None) -> None:
        self._bounds = bounds
        self._inflate = inflate
        self._source: StreamReader | None = None
        self._parser: Generator[None, None, Frame] | None = None
        self._message: bytearray | None = None
        self._fragments = 0

    def whole_text(self, data: bytes) -> str | None:
        """The text that a read holds whole, as nearly every message comes; None for all else.

        One text frame, neither a part of a message nor compressed, and nothing behind it. What is
        not that is fed to the parser, which also knows what is wrong with it.

        Raises:
            Refused: the text is not UTF-8.
        """
        if self._source is not None or self._message is not None or len(data) < _SHORT_HEAD:
            return None
        length, head = data[1] & _LENGTH_BITS, _SHORT_HEAD
        if length == _MIDDLE_LENGTH:
            length, head = int.from_bytes(data[2:4], "big"), _MIDDLE_HEAD
        if (
            data[0] != _WHOLE_TEXT
            or data[1] < _MASKED
            or len(data) != head + length
            or length > self._bounds.message_bytes_max
        ):
            return None
        return _decode(apply_mask(data[head:], data[head - _MASK_BYTES : head]))

    def feed(self, data: bytes) -> None:
        """Take bytes as they came."""
        if self._source is None:
            self._source = StreamReader()
        self._source.feed_data(data)

    def next(self) -> Frame | None:
        """The next whole frame; None when more bytes are needed.

        Raises:
            Refused: the bytes are no frame that a client may send.
        """
        source = self._source
        if source is None:
            return None
        if self._parser is None:
            if not source.buffer:
                self._source = None
                return None
            self._parser = self._parse(source)
        try:
            next(self._parser)
        except StopIteration as stop:
            self._parser = None
            frame: Frame = stop.value
            return frame
        except PayloadTooBig:
            raise Refused(TOO_BIG, "Message too big") from None
        except ProtocolError as error:
            raise Refused(PROTOCOL_ERROR, _sentence(str(error))) from None
        return None

    def _parse(self, source: StreamReader) -> Generator[None, None, Frame]:
        taken = 0 if self._message is None else len(self._message)
        return Frame.parse(
            source.read_exact,
            mask=True,
            # Never 0: to the inflater that would mean without bound. join() sees the excess.
            max_size=max(1, self._bounds.message_bytes_max - taken),
            extensions=None if self._inflate is None else [self._inflate],
        )

    def join(self, frame: Frame) -> str | None:
        """The text of the message that a data frame ends; None while it goes on.

        Raises:
            Refused: fragments out of turn, too many of them, or text that is not UTF-8.
        """
        is_first = frame.opcode is not Opcode.CONT
        if is_first is (self._message is not None):
            wanted = "a continuation frame" if is_first else "the first frame of a message"
            raise Refused(PROTOCOL_ERROR, f"Expected {wanted}")
        if is_first and frame.fin:
            return _decode(bytes(frame.data))
        if self._message is None:
            self._message = bytearray()
            self._fragments = 0
        self._fragments += 1
        if self._fragments > self._bounds.fragments_max:
            raise Refused(POLICY_VIOLATION, "Too many fragments")
        self._message += frame.data
        if len(self._message) > self._bounds.message_bytes_max:
            raise Refused(TOO_BIG, "Message too big")
        if not frame.fin:
            return None
        whole, self._message = bytes(self._message), None
        return _decode(whole)


def _decode(data: bytes | bytearray) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Refused(INVALID_DATA, "Invalid UTF-8") from None


def _sentence(reason: str) -> str:
    return reason[:1].upper() + reason[1:]
