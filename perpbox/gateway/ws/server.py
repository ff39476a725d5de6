"""All WebSockets of a box: who may open one, and the watch over pings, pongs and lifetimes."""

from collections.abc import Callable
from typing import Final

from perpbox.gateway.clock import wall_clock_ms
from perpbox.gateway.gate import Gate
from perpbox.gateway.handler import Reply
from perpbox.gateway.response import OVERLOADED
from perpbox.gateway.sessions import session_unknown
from perpbox.gateway.upgrade import UpgradeRequest
from perpbox.gateway.ws.bounds import WsBounds
from perpbox.gateway.ws.connection import GOING_AWAY, Session, WsConnection
from perpbox.gateway.ws.handshake import Opening, open_websocket
from perpbox.gateway.ws.hub import Hub
from perpbox.gateway.ws.reader import POLICY_VIOLATION
from perpbox.gateway.ws.sessions import Answering, ApiSession, StreamSession
from perpbox.gateway.ws.wheel import Wheel
from perpbox.wire.errors import WireError, wire_error
from perpbox.wire.streams.paths import ApiTarget, NotAStream, StreamTarget, parse_target

PATH_SHOWN_MAX: Final = 200
_DEFAULT_BOUNDS: Final = WsBounds()


def _nobodys(token: str) -> bool:  # noqa: ARG001
    """Where there are no sessions."""
    return False


OwnSession = Callable[[UpgradeRequest], Session | Reply]
"""Opens what is spoken on a connection, or refuses it."""
OpenApi = Callable[[bytes, str], Answering | Reply]
"""Raw query of the handshake and peer address -> what answers on the connection, or a refusal."""


class WsServer:
    """Opens connections over ``hub``; ``upgrade`` is the hook of the HTTP server.

    ``unrouted_is_public`` gives paths without a route the streams of ``/public`` only.
    ``open_api`` opens the WebSocket API; without it, its path is unknown. ``knows_session`` tells
    whether a handshake's ``session=`` is the token of one that is open. ``wall_ms`` is the wall
    clock, on which all limits count; ``tick`` has to be called every now and then.
    """

    def __init__(
        self,
        hub: Hub,
        bounds: WsBounds = _DEFAULT_BOUNDS,
        *,
        unrouted_is_public: bool = False,
        deflate: bool = False,
        limits_messages: bool = True,
        open_api: OpenApi | None = None,
        knows_session: Callable[[str], bool] = _nobodys,
        wall_ms: Callable[[], int] = wall_clock_ms,
        gate: Gate | None = None,
    ) -> None:
        self.gate: Final = gate or Gate()
        self.hub: Final = hub
        self.bounds: Final = bounds
        self.limits_messages: Final = limits_messages
        self.wall_ms: Final = wall_ms
        self.open_api = open_api
        self.knows_session: Final = knows_session
        self.connections: Final[dict[WsConnection, None]] = {}
        """In the order in which they came."""
        self.own: Final[dict[str, OwnSession]] = {}
        """Paths of the box's own, beside those of the venue, and what opens a session there."""
        self.opened = 0
        """Connections since the start."""
        self._unrouted_is_public = unrouted_is_public
        self._deflate = deflate
        self._wheel: Final[Wheel[WsConnection]] = Wheel(bounds.slot_ms)

    def upgrade(self, asked: UpgradeRequest) -> WsConnection | Reply:
        """Answer a handshake: with a connection, or with a refusal."""
        opens = self.own.get(asked.path)
        if opens is not None:
            return self._open(asked, opens)
        try:
            target = parse_target(asked.path, asked.query, self.bounds.streams_max)
            if isinstance(target, ApiTarget) and self.open_api is None:
                return _refusal(_unknown(asked.path))
        except NotAStream:
            return _refusal(_unknown(asked.path))
        except WireError as error:
            return _refusal(error)
        token = target.session if isinstance(target, StreamTarget) else ""
        if token and not self.knows_session(token):
            return _refusal(session_unknown())
        return self._open(asked, lambda asked: self._session(target, asked))

    def _open(self, asked: UpgradeRequest, opens: OwnSession) -> WsConnection | Reply:
        """Take the connection, if there is room and the handshake is right."""
        if len(self.connections) >= self.bounds.connections_max:
            return OVERLOADED
        opening = open_websocket(asked.headers, deflate=self._deflate)
        if not isinstance(opening, Opening):
            return opening
        session = opens(asked)
        if isinstance(session, tuple):
            return session
        return WsConnection(self, session, opening.answer, opening.inflate)

    def _session(self, target: StreamTarget | ApiTarget, asked: UpgradeRequest) -> Session | Reply:
        if isinstance(target, StreamTarget):
            return StreamSession(
                self.hub,
                target,
                unrouted_is_public=self._unrouted_is_public,
                bounds=self.bounds,
            )
        assert self.open_api is not None
        opened = self.open_api(asked.query, asked.peer)
        return opened if isinstance(opened, tuple) else ApiSession(opened)

    def tick(self) -> None:
        """Ping, cut off and close what is due by the wall clock."""
        now_ms = self.wall_ms()
        for connection in self._wheel.due(now_ms):
            self._look_at(connection, now_ms)

    def _look_at(self, connection: WsConnection, now_ms: int) -> None:
        pong_due_ms = connection.pong_due_ms
        if connection.is_ending:
            connection.cut()
        elif now_ms >= connection.over_ms:
            connection.end(GOING_AWAY, "The connection has reached its lifetime")
        elif pong_due_ms is not None and now_ms >= pong_due_ms:
            connection.end(POLICY_VIOLATION, "Pong timeout")
        else:
            if now_ms >= connection.ping_due_ms:
                connection.ping(now_ms)
            self._watch(connection)

    def _watch(self, connection: WsConnection) -> None:
        next_ms = min(connection.ping_due_ms, connection.over_ms)
        if connection.pong_due_ms is not None:
            next_ms = min(next_ms, connection.pong_due_ms)
        self._wheel.put(connection, next_ms)

    # --- connections call these ------------------------------------------------------------

    def admit(self, connection: WsConnection) -> None:
        """A connection is open."""
        now_ms = self.wall_ms()
        connection.over_ms = now_ms + self.bounds.lifetime_ms
        connection.ping_due_ms = now_ms + self.bounds.ping_ms
        self.opened += 1
        connection.number, connection.since_ms = self.opened, now_ms
        self.connections[connection] = None
        self._watch(connection)

    def watch_end(self, connection: WsConnection) -> None:
        """A connection was told that it is over: it has a while to read that."""
        self._wheel.put(connection, self.wall_ms() + self.bounds.close_ms)

    def end_readers(self, name: str, reason: str) -> None:
        """Close the connections that read a stream: there is no more of it."""
        for reader in self.hub.readers(name):
            if isinstance(reader, WsConnection):
                reader.end(POLICY_VIOLATION, reason)

    def forget(self, connection: WsConnection) -> None:
        """A connection is gone."""
        self.connections.pop(connection, None)
        self._wheel.remove(connection)

    def stop(self) -> None:
        """Close every connection."""
        for connection in tuple(self.connections):
            connection.hang_up()


def _unknown(path: str) -> WireError:
    return wire_error(-5000, path[:PATH_SHOWN_MAX], "GET")


def _refusal(error: WireError) -> Reply:
    return error.status, b"", error.body()
