"""HTTP/1.x on a plain protocol: bytes in, ``handle``, bytes out.

A request costs here what httptools and one ``write`` cost; everything unusual is kept off the
road. Requests of one connection are answered in order, and a batch that came in one read leaves
in one write (NET-004).
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, cast

from httptools import HttpParserCallbackError, HttpParserError, HttpParserUpgrade

from perpbox.gateway import response
from perpbox.gateway.handler import Reply
from perpbox.gateway.logs import new_request_id
from perpbox.gateway.reader import Reader
from perpbox.gateway.upgrade import Upgrade, UpgradeRequest

if TYPE_CHECKING:
    from perpbox.gateway.http import HttpServer

logger = logging.getLogger(__name__)

_PIECES: Final = 4
"""Parts of the answer on the fast road: head, extra lines, length, body."""


class Connection(asyncio.Protocol):
    """One client.

    ``take`` calls ``handle`` and puts the answer into ``_out``; ``flush`` writes what is there.
    The two are apart, so that answers can be held back until what they report is durable.
    """

    __slots__ = (
        "_backlog",
        "_closing",
        "_gate",
        "_handle",
        "_heads",
        "_lingers",
        "_lingers_since_ms",
        "_made_ms",
        "_out",
        "_out_max",
        "_peer",
        "_read_max",
        "_reader",
        "_refusal",
        "_server",
        "_touched_ms",
        "_transport",
        "_unsent_bytes",
        "_writable",
    )

    def __init__(self, server: "HttpServer") -> None:
        bounds = server.bounds
        self._server = server
        self._handle = server.handle
        self._refusal = server.refusal
        self._gate = server.gate
        self._heads = server.heads
        self._transport: asyncio.Transport
        self._peer = ""
        self._reader = Reader(self, bounds)
        # No head or URL in one read is longer than allowed: only the others need a closer look.
        self._read_max = min(bounds.head_bytes_max, bounds.url_bytes_max)
        self._out: list[bytes] = []
        self._out_max = bounds.pipelined_max * _PIECES
        self._backlog: deque[Callable[[], None]] = deque()
        self._writable = True
        self._closing = False
        self._lingers = False
        self._lingers_since_ms = 0
        self._unsent_bytes = 0
        self._made_ms = server.now_ms
        self._touched_ms = 0
        """When it last sent or read; 0 before its first byte."""

    # --- the transport calls these ---------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the socket, or refuse it when there are too many (NET-015)."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self._peer = peer[0] if isinstance(peer, tuple) else ""
        self._server.taken += 1
        if self._server.crowded():
            self._server.refused += 1
            self._transport.abort()
        elif not self._server.admit(self):
            self._turn_away(response.OVERLOADED)
        elif not self._server.rate.allows(self._peer, self._server.now_ms):
            self._turn_away(response.TOO_FAST)

    def _turn_away(self, reply: Reply) -> None:
        self._server.refused += 1
        self.end(reply)
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Forget everything that was not answered."""
        self._backlog.clear()
        self._out.clear()
        self._server.connections.discard(self)
        self._reader.forget()

    def data_received(self, data: bytes) -> None:
        """Parse, answer what is whole, write once."""
        reader = self._reader
        if reader.ended:
            return
        self._touched_ms = self._server.now_ms
        if len(data) > self._read_max:
            self._receive_slices(data)
            return
        try:
            reader.feed(data)
        except HttpParserUpgrade as upgraded:
            self._switch(data[upgraded.args[0] :])
            self.flush()
            return
        except HttpParserError as error:
            self._malformed(error)
        out = self._out
        if reader.url or not out:
            self._unfinished(len(data))
        if out:
            self.flush()

    def _receive_slices(self, data: bytes) -> None:
        for start in range(0, len(data), self._read_max):
            self.data_received(data[start : start + self._read_max])

    def eof_received(self) -> bool:
        """The client will send no more; what it asked for is still answered (NET-012)."""
        self._reader.ended = True
        self._closing = True
        self._lingers = False
        return bool(self._backlog or self._out)

    def pause_writing(self) -> None:
        """The client does not read: do not read either (NET-014)."""
        self._writable = False
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """The client has read: go on where we stopped."""
        self._writable = True
        self._touched_ms = self._server.now_ms
        if self._backlog:
            self._server.soon(self._answer_backlog)
        elif not self._transport.is_closing():
            self._transport.resume_reading()

    # --- answers ---------------------------------------------------------------------------

    def take(
        self,
        keep: bool,
        method: str,
        path: str,
        query: bytes,
        headers: Mapping[bytes, bytes],
        body: bytes,
    ) -> None:
        """Answer a whole request now, or when those before it are answered."""
        if self._backlog or len(self._out) >= self._out_max:
            self._in_turn(partial(self._answer, keep, method, path, query, headers, body))
        else:
            self._answer(keep, method, path, query, headers, body)

    def refuse(self, reply: Reply, *, keep: bool, with_body: bool) -> None:
        """Answer a request that is whole, but beyond a bound."""
        self._in_turn(partial(self._put, reply, keep=keep, with_body=with_body))

    def end(self, reply: Reply) -> None:
        """Give the last answer of this connection, in the middle of what it sends."""
        self._reader.ended = True
        self._lingers = True
        self._in_turn(partial(self._put, reply, keep=False))

    def _answer(
        self,
        keep: bool,
        method: str,
        path: str,
        query: bytes,
        headers: Mapping[bytes, bytes],
        body: bytes,
    ) -> None:
        head_only = method == "HEAD"
        try:
            status, extra, answer = self._refusal(headers) or self._handle(
                "GET" if head_only else method, path, query, headers, body, self._peer
            )
        except Exception:  # the one boundary: a bug of ours must not end the box (NET-013)
            status, extra, answer = response.CRASHED
            request_id = new_request_id()
            extra = b"X-Request-Id: %s\r\n" % request_id.encode()
            about = {"request": request_id, "method": method, "path": path, "peer": self._peer}
            logger.exception("a request crashed", extra=about)
        if keep and answer and not head_only and b"Content-Type:" not in extra:
            length = b"Content-Length: %d\r\n\r\n" % len(answer)
            self._out += (self._heads[status], extra, length, answer)
        else:
            self._put((status, extra, answer), keep=keep, with_body=not head_only)

    def _put(self, reply: Reply, *, keep: bool, with_body: bool = True) -> None:
        self._out.append(self._heads.assemble(reply, keep=keep, with_body=with_body))
        if not keep:
            self._closing = True

    def _in_turn(self, step: Callable[[], None]) -> None:
        """Do it now, or after what came before it has been answered (NET-005)."""
        if not self._backlog and len(self._out) < self._out_max:
            step()
            return
        if not self._backlog:
            self._transport.pause_reading()
            self._server.soon(self._answer_backlog)
        self._backlog.append(step)

    def _answer_backlog(self) -> None:
        backlog = self._backlog
        while backlog and self._writable and len(self._out) < self._out_max:
            backlog.popleft()()
        self.flush()
        if not self._writable or self._transport.is_closing():
            return
        if backlog:
            self._server.soon(self._answer_backlog)
            return
        self._transport.resume_reading()
        if self._reader.url:
            self._unfinished(0)
            self.flush()

    def flush(self) -> None:
        """Write the answers that are there, in one piece, once what they report is durable."""
        if self._gate.holds:
            self._gate.hold(self.flush)
            return
        out = self._out
        if out:
            batch = b"".join(out)
            out.clear()
            self._transport.write(batch)
        if self._closing and not self._backlog:
            self._hang_up()

    def _hang_up(self) -> None:
        """Close; one that is still sending first sees its answer, then the end (NET-008)."""
        transport = self._transport
        if self._lingers and transport.can_write_eof() and not transport.is_closing():
            self._lingers = False
            self._lingers_since_ms = self._server.now_ms
            transport.write_eof()
        else:
            transport.close()

    # --- what is not usual -----------------------------------------------------------------

    def _unfinished(self, read_bytes: int) -> None:
        if not self._backlog:
            out = self._out
            said = self._reader.unfinished(read_bytes, self._server.now_ms, answered=bool(out))
            if said:
                out.append(said)

    def _malformed(self, error: HttpParserError) -> None:
        if self._reader.ended:
            return
        if isinstance(error, HttpParserCallbackError):
            logger.error("the HTTP edge crashed", exc_info=error, extra={"peer": self._peer})
            self.end(response.CRASHED)
        else:
            self.end(response.BAD_REQUEST)

    def _switch(self, rest: bytes) -> None:
        """The parser met the end of HTTP: hand over, or go on without the upgrade (NET-016)."""
        reader = self._reader
        if reader.ended:
            return
        upgrade = self._server.upgrade
        asked, reader.websocket = reader.websocket, None
        if asked is not None and upgrade is not None:
            reader.renew()
            asked = replace(asked, peer=self._peer)
            self._in_turn(partial(self._hand_over, upgrade, asked, rest))
            return
        head = reader.without_upgrade()
        if head is None:
            self.end(response.BAD_REQUEST)
        else:
            reader.feed(head)
            if rest:
                self.data_received(rest)

    def _hand_over(self, upgrade: Upgrade, asked: UpgradeRequest, rest: bytes) -> None:
        taken = self._refusal(asked.headers) or upgrade(asked)
        if isinstance(taken, tuple):
            self._put(taken, keep=True)
            if rest:
                self.data_received(rest)
            return
        self._gate.open()
        self.flush()
        self._server.connections.discard(self)
        self._reader.forget()
        transport = self._transport
        transport.set_protocol(taken)
        taken.connection_made(transport)
        if rest:
            taken.data_received(rest)

    def sweep(self, now_ms: int, *, is_crowded: bool) -> None:
        """Cut off who is silent, slow or does not read (NET-011, NET-026)."""
        bounds, reader = self._server.bounds, self._reader
        unsent = self._transport.get_write_buffer_size()
        if unsent != self._unsent_bytes:
            self._unsent_bytes = unsent
            self._touched_ms = now_ms
        if unsent:
            if now_ms - self._touched_ms > bounds.stall_ms:
                self._transport.abort()
        elif self._backlog or self._out:  # what is there waits for its turn, or for the gate
            return
        elif self._closing:
            if now_ms - self._lingers_since_ms > bounds.linger_ms:
                self._transport.abort()
        elif reader.since_ms:
            late_ms = bounds.head_ms if reader.headers is None else bounds.request_ms
            if now_ms - reader.since_ms > (bounds.crowded_ms if is_crowded else late_ms):
                self._give_up()
        else:
            patience_ms = bounds.idle_ms if self._touched_ms else bounds.first_ms
            if is_crowded:
                patience_ms = min(patience_ms, bounds.crowded_ms)
            if now_ms - (self._touched_ms or self._made_ms) > patience_ms:
                self._transport.close()

    def _give_up(self) -> None:
        if self._reader.url:
            self.end(response.TIMED_OUT)
            self.flush()
        else:  # not one word of a request: an answer could be taken for that to the next one
            self._transport.close()

    def cut(self) -> None:
        """End it without a word."""
        self._transport.abort()

    def stop(self) -> None:
        """Close after the answers that are there."""
        self._reader.ended = True
        self._closing = True
        self._gate.open()
        self.flush()
        self._transport.close()
