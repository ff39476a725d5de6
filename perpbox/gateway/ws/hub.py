"""Who listens to what: an event is encoded and framed once, whoever gets it.

Everything here runs on the loop's thread. Frames wait in the connections' queues until the
loop's next turn; then each connection writes what it has in one piece.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

import orjson

from perpbox.gateway.ws.framing import deflated_frame, frame
from perpbox.wire.streams.user import KINDS

COMBINED: Final = 1
DEFLATED: Final = 2
FORMS: Final = 4
"""Forms of a frame, by the sum of the flags: raw, combined, and both compressed."""


class Subscriber(Protocol):
    """A connection, as the hub sees it."""

    form: int
    """Sum of ``COMBINED`` and ``DEFLATED``; while anything is subscribed, the hub changes it."""

    def put(self, ready: bytes) -> bool:
        """Queue a whole frame; True when the queue was empty, so that it has to be flushed."""

    def flush(self) -> None:
        """Write what is queued."""


class Channel:
    """The listeners of one stream, by the form in which they get it."""

    __slots__ = ("listeners", "opening")

    def __init__(self, name: str) -> None:
        self.listeners: tuple[dict[Subscriber, None], ...] = tuple({} for _ in range(FORMS))
        key, _, kind = name.partition("@")
        # A choice of user events still goes by the name of its key.
        shown = key if kind in KINDS else name
        self.opening: Final = b'{"stream":%s,"data":' % orjson.dumps(shown)

    def frame(self, form: int, payload: bytes) -> bytes:
        """An event as the listeners of this form get it."""
        text = self.opening + payload + b"}" if form & COMBINED else payload
        return deflated_frame(text) if form & DEFLATED else frame(text)

    def is_empty(self) -> bool:
        """Whether nobody listens."""
        return not any(self.listeners)


def _nobody_cares(name: str) -> None:
    """The hook before somebody sets it."""


def _next_turn(step: Callable[[], None]) -> None:
    asyncio.get_running_loop().call_soon(step)


class Hub:
    """Streams and their listeners.

    ``wanted`` is called when the first listener of a stream has come, ``unwanted`` when the last
    one has left: no work is done for streams that nobody reads. ``soon`` calls a function in the
    loop's next turn.
    """

    def __init__(self, soon: Callable[[Callable[[], None]], None] = _next_turn) -> None:
        self.wanted: Callable[[str], None] = _nobody_cares
        self.unwanted: Callable[[str], None] = _nobody_cares
        self._channels: dict[str, Channel] = {}
        self._names: dict[Subscriber, dict[str, None]] = {}
        self._waiting: list[Subscriber] = []
        self.subscriptions = 0
        """Pairs of a connection and a stream that it listens to."""
        self.changes = 0
        """Counts who came to a stream and who left one."""
        self._soon = soon

    def has(self, name: str) -> bool:
        """Whether anybody listens to the stream."""
        return name in self._channels

    def names(self) -> tuple[str, ...]:
        """Streams that somebody listens to."""
        return tuple(self._channels)

    def names_of(self, connection: Subscriber) -> tuple[str, ...]:
        """Streams that a connection listens to."""
        return tuple(self._names.get(connection, ()))

    def readers(self, name: str) -> tuple[Subscriber, ...]:
        """Who listens to the stream."""
        channel = self._channels.get(name)
        if channel is None:
            return ()
        return tuple(reader for listeners in channel.listeners for reader in listeners)

    def subscribe(self, connection: Subscriber, name: str) -> None:
        """Let a connection have what is published under the name from now on."""
        channel = self._channels.get(name)
        is_first = channel is None
        if channel is None:
            channel = self._channels[name] = Channel(name)
        channel.listeners[connection.form][connection] = None
        names = self._names.setdefault(connection, {})
        self.subscriptions += name not in names
        names[name] = None
        self.changes += 1
        if is_first:
            self.wanted(name)

    def unsubscribe(self, connection: Subscriber, name: str) -> None:
        """Stop that; no matter if it was not subscribed."""
        names = self._names.get(connection)
        if names is None or name not in names:
            return
        del names[name]
        self.subscriptions -= 1
        if not names:
            del self._names[connection]
        self.changes += 1
        channel = self._channels[name]
        del channel.listeners[connection.form][connection]
        if channel.is_empty():
            del self._channels[name]
            self.unwanted(name)

    def drop(self, connection: Subscriber) -> None:
        """Forget a connection."""
        for name in tuple(self._names.get(connection, ())):
            self.unsubscribe(connection, name)

    def combine(self, connection: Subscriber, *, combined: bool) -> None:
        """Choose whether a connection gets events wrapped; streams go on without a gap."""
        form = (connection.form & ~COMBINED) | (COMBINED if combined else 0)
        if form == connection.form:
            return
        for name in self._names.get(connection, ()):
            listeners = self._channels[name].listeners
            del listeners[connection.form][connection]
            listeners[form][connection] = None
        connection.form = form

    def publish(self, name: str, payload: bytes) -> None:
        """Send an event, as raw JSON, to all who listen to the stream."""
        channel = self._channels.get(name)
        if channel is None:
            return
        waiting = self._waiting
        is_idle = not waiting
        for form, listeners in enumerate(channel.listeners):
            if listeners:
                ready = channel.frame(form, payload)
                # A listener that is too slow leaves while we go through them.
                for listener in tuple(listeners):
                    if listener.put(ready):
                        waiting.append(listener)
        if is_idle and waiting:
            self._soon(self._flush)

    def publish_event(self, key: str, kind: str, payload: bytes) -> None:
        """Send a user event to who listens to the key, or to events of its kind only."""
        self.publish(key, payload)
        self.publish(f"{key}@{kind}", payload)

    def hurry(self, key: str) -> None:
        """Write now what waits for the listeners to a key's user events.

        An event that an order caused is on its way before the order's own answer.
        """
        for name in (key, *(f"{key}@{kind}" for kind in KINDS)):
            channel = self._channels.get(name)
            if channel is not None:
                for listeners in channel.listeners:
                    for listener in listeners:
                        listener.flush()

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        for connection in waiting:
            connection.flush()
