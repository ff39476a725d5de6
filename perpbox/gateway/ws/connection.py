"""One WebSocket: bytes to messages, a queue of frames with a bound, and an orderly end.

What is sent waits in ``_out`` until the loop's next turn and leaves in one write. While the
client does not read, frames wait there up to a bound; then the connection is closed: nothing
waits for a reader, and nothing grows (WSS-030).
"""

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, cast

from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

from perpbox.gateway.ws.framing import (
    CLOSE,
    PING,
    PONG,
    close_frame,
    deflated_frame,
    frame,
)
from perpbox.gateway.ws.hub import DEFLATED
from perpbox.gateway.ws.reader import (
    POLICY_VIOLATION,
    PROTOCOL_ERROR,
    FrameReader,
    Refused,
)

if TYPE_CHECKING:
    from perpbox.gateway.ws.server import WsServer

logger = logging.getLogger(__name__)

NORMAL: Final = 1000
GOING_AWAY: Final = 1001
INTERNAL_ERROR: Final = 1011
_CODE_BYTES: Final = 2
_CODES: Final = frozenset((*range(1000, 1004), *range(1007, 1015)))
"""Codes that may stand in a close frame, with those from 3000 to 4999."""


class Session(Protocol):
    """What is spoken on a connection once it is open."""

    counts_messages: bool
    """Whether every message counts against the limit, or only pings and pongs."""
    kind: str
    """What is spoken, for people."""

    def opened(self, connection: "WsConnection") -> None:
        """The handshake is answered; events may be sent from here on."""

    def receive(self, connection: "WsConnection", text: str) -> None:
        """Take a message."""

    def closed(self, connection: "WsConnection") -> None:
        """Nothing is sent any more. Called once."""


class WsConnection(asyncio.Protocol):
    """One client. ``answer`` is the end of its handshake."""

    __slots__ = (
        "_answer",
        "_bounds",
        "_deflates",
        "_full_ms",
        "_gate",
        "_is_ending",
        "_is_flushing",
        "_out",
        "_out_bytes",
        "_pings",
        "_reader",
        "_server",
        "_session",
        "_transport",
        "_unread_bytes",
        "_writable",
        "form",
        "number",
        "over_ms",
        "peer",
        "ping_due_ms",
        "pong_due_ms",
        "sent_frames",
        "since_ms",
    )

    def __init__(
        self,
        server: "WsServer",
        session: Session,
        answer: bytes,
        inflate: PerMessageDeflate | None,
    ) -> None:
        self._server = server
        self._bounds = server.bounds
        self._gate = server.gate
        self._session = session
        self._answer = answer
        self._deflates = inflate is not None
        self._reader = FrameReader(server.bounds, inflate)
        self._transport: asyncio.Transport
        self._out: list[bytes] = []
        self._out_bytes = 0
        self._is_flushing = False
        self._writable = True
        self._unread_bytes = 0
        self._is_ending = False
        self._pings: tuple[bytes, ...] = ()
        self._full_ms = 0
        self.form = DEFLATED if self._deflates else 0
        """The form of frames that the hub gives it."""
        self.peer = ""
        self.number = 0
        """Which connection of the server this is."""
        self.since_ms = 0
        self.sent_frames = 0
        self.over_ms = 0
        """When it has lived long enough, by the wall clock."""
        self.ping_due_ms = 0
        self.pong_due_ms: int | None = None
        """Until when one of the pings that are under way has to be answered."""

    @property
    def session(self) -> Session:
        """What is spoken on it."""
        return self._session

    @property
    def unread_bytes(self) -> int:
        """What was sent and has not left this process yet."""
        return self._out_bytes + self._transport.get_write_buffer_size()

    # --- the transport calls these ---------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Answer the handshake and begin."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self.peer = peer[0] if isinstance(peer, tuple) else ""
        self._transport.set_write_buffer_limits(high=self._bounds.high_water_bytes)
        self._transport.write(self._answer)
        self._answer = b""
        self._server.admit(self)
        self._guard(self._open)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Forget everything that was not sent."""
        self._leave()
        self._server.forget(self)

    def data_received(self, data: bytes) -> None:
        """Take frames; what is said in return leaves in one write."""
        if self._is_ending:
            if not self._transport.can_write_eof():  # over TLS its farewell is all that tells us
                self._transport.close()
            return
        self._guard(partial(self._take_data, data))

    def eof_received(self) -> bool:
        """The client has hung up."""
        return False

    def pause_writing(self) -> None:
        """The client does not read: frames wait here from now on, up to the bound."""
        self._writable = False
        self._unread_bytes = self._transport.get_write_buffer_size()

    def resume_writing(self) -> None:
        """The client has read: go on."""
        self._writable = True
        self._unread_bytes = 0
        self._write()

    # --- what comes in ---------------------------------------------------------------------

    def _guard(self, step: Callable[[], None]) -> None:
        """Do it; what cannot be taken ends this connection and no other."""
        # What is said meanwhile leaves in the one write below: no flush has to be asked for.
        self._is_flushing = True
        try:
            step()
        except Refused as refused:
            self.end(refused.code, refused.reason)
        except Exception:  # the one boundary: a bug of ours must not end the box (WSS-017)
            logger.exception("a WebSocket message crashed", extra={"peer": self.peer})
            self.end(INTERNAL_ERROR, "Internal error")
        self.flush()

    def _open(self) -> None:
        self._session.opened(self)

    def _take_data(self, data: bytes) -> None:
        text = self._reader.whole_text(data)
        if text is not None:
            self._hear(text)
        else:
            self._reader.feed(data)
            self._take()

    def _take(self) -> None:
        """Take a few frames; the rest comes in the next turn, after the other connections."""
        for _ in range(self._bounds.messages_turn_max):
            taken = self._reader.next()
            if taken is None:
                return
            self._take_frame(taken)
            if self._is_ending:
                return
        self._transport.pause_reading()
        asyncio.get_running_loop().call_soon(self._take_more)

    def _take_more(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()
            if not self._is_ending:
                self._guard(self._take)

    def _take_frame(self, taken: Frame) -> None:
        opcode = taken.opcode
        if opcode is Opcode.CLOSE:
            self._closed_by_client(bytes(taken.data))
            return
        if opcode is Opcode.PING or opcode is Opcode.PONG:
            self._count()
            if opcode is Opcode.PING:
                self.put_now(frame(bytes(taken.data), PONG))
            elif bytes(taken.data) in self._pings:
                self._pings = ()
                self.pong_due_ms = None
            return
        text = self._reader.join(taken)
        if text is not None:
            self._hear(text)

    def _hear(self, text: str) -> None:
        session = self._session
        if session.counts_messages:
            self._count()
        session.receive(self, text)

    def _count(self) -> None:
        """One message more: a bucket that runs empty after a burst, and fills with time."""
        bounds = self._bounds
        if not self._server.limits_messages:
            return
        per_s, burst = bounds.messages_per_s, bounds.messages_burst_max
        if not self._session.counts_messages:
            per_s = burst = bounds.api_pings_per_s
        cost_ms = 1000 // per_s
        now_ms = self._server.wall_ms()
        # Until the bucket is full again. Never longer than a burst takes, unless the clock went
        # back; then the past is forgotten.
        missing_ms = self._full_ms - now_ms
        if not 0 <= missing_ms <= burst * cost_ms:
            missing_ms = 0
        missing_ms += cost_ms
        if missing_ms > burst * cost_ms:
            raise Refused(POLICY_VIOLATION, "Too many requests")
        self._full_ms = now_ms + missing_ms

    def _closed_by_client(self, payload: bytes) -> None:
        if payload:
            code = int.from_bytes(payload[:_CODE_BYTES], "big")
            if len(payload) < _CODE_BYTES or not (code in _CODES or 3000 <= code < 5000):
                raise Refused(PROTOCOL_ERROR, "Invalid close frame")
            try:
                payload[_CODE_BYTES:].decode()
            except UnicodeDecodeError:
                raise Refused(PROTOCOL_ERROR, "Invalid close frame") from None
            self._finish(close_frame(code))
        else:
            self._finish(frame(b"", CLOSE))
        self._transport.close()

    # --- what goes out ---------------------------------------------------------------------

    def put(self, ready: bytes) -> bool:
        """Queue a whole frame; True when it has to be flushed. Closes a reader too slow."""
        if self._is_ending:
            return False
        self._out.append(ready)
        self._out_bytes += len(ready)
        self.sent_frames += 1
        if self._out_bytes > self._bounds.high_water_bytes:
            self._relieve()
        if self._is_flushing or not self._writable or not self._out:
            return False
        self._is_flushing = True
        return True

    def put_now(self, ready: bytes) -> None:
        """Queue a frame and see to it that it leaves."""
        if self.put(ready):
            asyncio.get_running_loop().call_soon(self.flush)

    def send(self, text: bytes) -> None:
        """Queue a message, in the connection's own form."""
        self.put_now(deflated_frame(text) if self._deflates else frame(text))

    def flush(self) -> None:
        """Write what is queued, in one piece."""
        self._is_flushing = False
        self._write()

    def _relieve(self) -> None:
        """Much is waiting within one turn: write it now, or see that the client is too slow."""
        self._gate.open()
        self._write()
        if self._out_bytes + self._unread_bytes > self._bounds.out_bytes_max:
            # What waits here is dropped: a reader who comes back meets the reason sooner.
            self._out.clear()
            self.end(POLICY_VIOLATION, "Slow reader: too much is waiting to be read")

    def _write(self) -> None:
        out = self._out
        if not out or not self._writable or self._is_ending:
            return
        if self._gate.holds:
            self._gate.hold(self._write)
            return
        batch = out[0] if len(out) == 1 else b"".join(out)
        out.clear()
        self._out_bytes = 0
        self._transport.write(batch)

    def ping(self, now_ms: int) -> None:
        """Send a ping; only a pong with its text, the time in milliseconds, answers it."""
        text = b"%d" % now_ms
        if not self._pings:
            self.pong_due_ms = now_ms + self._bounds.pong_ms
        self._pings = (*self._pings, text)
        self.ping_due_ms = now_ms + self._bounds.ping_ms
        self.put_now(frame(text, PING))

    # --- the end ---------------------------------------------------------------------------

    def end(self, code: int, reason: str) -> None:
        """Close; what the client still sends is not looked at, so that it sees the code."""
        if self._is_ending:
            return
        self._finish(close_frame(code, reason))
        if self._transport.can_write_eof():
            self._transport.write_eof()

    def cut(self) -> None:
        """End it without a word: it was told, and did not hang up."""
        self._transport.abort()

    def hang_up(self) -> None:
        """Close for the end of the server."""
        self.end(GOING_AWAY, "Going away")

    @property
    def is_ending(self) -> bool:
        """Whether the close frame is on its way."""
        return self._is_ending

    def _finish(self, last: bytes) -> None:
        self._gate.open()
        out = b"" if self._gate.holds else b"".join(self._out)
        self._is_ending = True
        if not self._transport.is_closing():
            self._transport.write(out + last)
        self._leave()
        self._server.watch_end(self)

    def _leave(self) -> None:
        self._is_ending = True
        self._out.clear()
        self._out_bytes = 0
        session, self._session = self._session, _SILENCE
        session.closed(self)


class _Silence:
    """The session of a connection that is over."""

    counts_messages = True
    kind = "closed"

    def opened(self, connection: WsConnection) -> None:
        """Nothing is opened."""

    def receive(self, connection: WsConnection, text: str) -> None:
        """Nothing is heard."""

    def closed(self, connection: WsConnection) -> None:
        """It is closed already."""


_SILENCE: Final = _Silence()
