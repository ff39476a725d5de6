"""The HTTP server: what all its connections share, and the sweep over them."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from typing import Final, Protocol

from perpbox.gateway.bounds import HttpBounds
from perpbox.gateway.callers import Refusal
from perpbox.gateway.connection import Connection
from perpbox.gateway.gate import Gate
from perpbox.gateway.handler import Handler
from perpbox.gateway.rate import ConnectRate
from perpbox.gateway.response import Heads
from perpbox.gateway.upgrade import Upgrade

_DEFAULT_BOUNDS: Final = HttpBounds()


def everybody(headers: Mapping[bytes, bytes]) -> None:
    """Refuse nobody (a ``Refusal``)."""


class Guest(Protocol):
    """A connection that speaks something else by now."""

    def cut(self) -> None:
        """End it without a word."""


class Guests(Protocol):
    """Who takes connections over from HTTP."""

    @property
    def connections(self) -> Collection[Guest]:
        """Those that are open."""

    def stop(self) -> None:
        """Begin to close them."""


class HttpServer:
    """Serves ``handle`` on the connections that a listening socket hands to ``connect``.

    Everything runs on one event loop's thread. Without an ``upgrade`` hook a WebSocket handshake
    is an ordinary request, answered by ``handle``. ``refusal`` is asked first, for requests and
    handshakes alike. ``wall`` gives the Unix seconds of the ``Date`` lines; ``elapsed`` are
    seconds that never go back: all patience is measured in them.
    """

    def __init__(
        self,
        handle: Handler,
        bounds: HttpBounds = _DEFAULT_BOUNDS,
        *,
        upgrade: Upgrade | None = None,
        refusal: Refusal = everybody,
        wall: Callable[[], float] = time.time,
        elapsed: Callable[[], float] = time.monotonic,
        gate: Gate | None = None,
    ) -> None:
        self.handle: Final = handle
        self.bounds: Final = bounds
        self.upgrade: Final = upgrade
        self.refusal: Final = refusal
        self.gate: Final = gate or Gate()
        self.heads: Final = Heads(wall)
        self.connections: Final[set[Connection]] = set()
        self.now_ms = 1
        """The time at the last sweep: coarse, and free to read."""
        self.rate: Final = ConnectRate(bounds.connects_per_s, bounds.connects_burst_max)
        self._elapsed = elapsed
        self.taken = 0
        """Connections since the start, and below those of them that were turned away."""
        self.refused = 0
        self.guests: Final[list[Guests]] = []
        """Who took connections over."""
        self._loop: asyncio.AbstractEventLoop
        self._timer: asyncio.TimerHandle | None = None

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to watch over connections. Call it on the loop's thread, before listening."""
        self._loop = loop
        self._watch()

    def connect(self) -> Connection:
        """Make the protocol of one new connection."""
        return Connection(self)

    def admit(self, connection: Connection) -> bool:
        """Whether one more is served. One that is not still has to be answered and closed."""
        self.connections.add(connection)
        return len(self.connections) <= self.bounds.connections_max

    def crowded(self) -> bool:
        """Whether even refusing takes too many sockets: those that linger count as well."""
        return len(self.connections) >= self.bounds.connections_max + self.bounds.refused_max

    def soon(self, step: Callable[[], None]) -> None:
        """Call it in the loop's next turn."""
        self._loop.call_soon(step)

    def stop(self) -> None:
        """Close every connection once its answers have left."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for connection in tuple(self.connections):
            connection.stop()
        for guests in self.guests:
            guests.stop()

    def open_count(self) -> int:
        """Connections that are not gone yet, those that were taken over too."""
        return len(self.connections) + sum(len(guests.connections) for guests in self.guests)

    def cut(self) -> None:
        """End every connection without waiting for anything."""
        for connection in tuple(self.connections):
            connection.cut()
        for guests in self.guests:
            for guest in tuple(guests.connections):
                guest.cut()

    def sweep(self) -> None:
        """Look at the time, and at every connection that has had enough of it."""
        self.heads.tick()
        self.now_ms = int(self._elapsed() * 1000) + 1
        is_crowded = len(self.connections) > self.bounds.crowded_max
        for connection in tuple(self.connections):
            connection.sweep(self.now_ms, is_crowded=is_crowded)

    def _watch(self) -> None:
        self._timer = self._loop.call_later(self.bounds.sweep_ms / 1000, self._watch)
        self.sweep()
