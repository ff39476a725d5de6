"""What is spoken on a connection: the control protocol of streams, or the WebSocket API."""

from typing import Protocol

from perpbox.gateway.ws.bounds import WsBounds
from perpbox.gateway.ws.connection import WsConnection
from perpbox.gateway.ws.hub import Hub
from perpbox.gateway.ws.reader import POLICY_VIOLATION, Refused
from perpbox.wire.streams.control import Control
from perpbox.wire.streams.paths import StreamTarget
from perpbox.wire.streams.routing import PUBLIC, delivers


class StreamSession:
    """A connection to streams: keeps its list of names, and the hub in step with it.

    A name that the route does not serve is in the list like any other, and silent (WSS-024).
    """

    counts_messages = True

    __slots__ = ("_control", "_hub", "_route", "_subscriptions_max", "kind")

    def __init__(
        self, hub: Hub, target: StreamTarget, *, unrouted_is_public: bool, bounds: WsBounds
    ) -> None:
        self._hub = hub
        self.kind = target.route or "all"
        self._subscriptions_max = bounds.subscriptions_max
        self._control = Control(
            target.names, combined=target.combined, names_max=bounds.streams_max
        )
        self._route = PUBLIC if unrouted_is_public and not target.route else target.route

    def opened(self, connection: WsConnection) -> None:
        """Subscribe what the path names."""
        self._hub.combine(connection, combined=self._control.combined)
        self._subscribe(connection, tuple(self._control.names))

    def receive(self, connection: WsConnection, text: str) -> None:
        """Carry out a control message; its answer leaves before what it subscribes to."""
        outcome = self._control.handle(text)
        connection.send(outcome.reply)
        if outcome.close is not None:
            connection.end(*outcome.close)
            return
        for name in outcome.removed:
            self._hub.unsubscribe(connection, name)
        self._hub.combine(connection, combined=self._control.combined)
        self._subscribe(connection, outcome.added)

    def closed(self, connection: WsConnection) -> None:
        """Unsubscribe everything."""
        self._hub.drop(connection)

    def _subscribe(self, connection: WsConnection, names: tuple[str, ...]) -> None:
        if self._hub.subscriptions + len(names) > self._subscriptions_max:
            raise Refused(POLICY_VIOLATION, "The box has too many subscriptions")
        for name in names:
            if delivers(self._route, name):
                self._hub.subscribe(connection, name)


class Answering(Protocol):
    """Speaks the WebSocket API on one connection."""

    @property
    def account_id(self) -> int:
        """Whose key it has logged on with; 0 before that."""
        ...

    def handle(self, text: str) -> bytes:
        """Answer one request."""


class ApiSession:
    """A connection to the WebSocket API."""

    counts_messages = False
    kind = "ws-api"

    __slots__ = ("_door",)

    def __init__(self, door: Answering) -> None:
        self._door = door

    @property
    def account_id(self) -> int:
        """Whose session it is; 0 before anybody has logged on."""
        return self._door.account_id

    def opened(self, connection: WsConnection) -> None:
        """Nothing is said before the first request."""

    def receive(self, connection: WsConnection, text: str) -> None:
        """Answer a request."""
        connection.send(self._door.handle(text))

    def closed(self, connection: WsConnection) -> None:
        """The session ends with its connection."""
