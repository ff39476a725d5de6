"""Who is connected over WebSockets, as the lab tells it. Names that are secrets are not shown."""

from collections.abc import Callable
from itertools import islice

from perpbox.gateway.sessions import Sessions
from perpbox.gateway.ws.connection import WsConnection
from perpbox.gateway.ws.server import WsServer
from perpbox.gateway.ws.sessions import ApiSession
from perpbox.wire.streams.listen_keys import ListenKeys
from perpbox.wire.streams.names import parse

OwnerOf = Callable[[str], int | None]
"""Name of a stream -> the account whose user events it carries."""


def stream_owners(sessions: Sessions, listen_keys: ListenKeys) -> OwnerOf:
    """Tells whose user events go out under a name: a listen key, or a session's token."""
    owners = listen_keys.owners()
    return lambda name: sessions.account_of(name) or owners.get(name)


def connection_rows(
    server: WsServer, owner_of: OwnerOf, limit: int, from_id: int
) -> list[dict[str, object]]:
    """At most ``limit`` connections from a number on, in the order in which they came."""
    wanted = (each for each in server.connections if each.number >= from_id)
    return [_row(server, owner_of, each) for each in islice(wanted, limit)]


def _row(server: WsServer, owner_of: OwnerOf, connection: WsConnection) -> dict[str, object]:
    streams: list[str] = []
    account_id = None
    for name in server.hub.names_of(connection):
        if parse(name) is not None:
            streams.append(name)
            continue
        # A listen key or a token of a session, whole or with the kind of its events.
        key, at, kind = name.partition("@")
        owner = owner_of(key)
        streams.append(("userData" if owner else "unknown") + (at + kind if owner else ""))
        account_id = owner or account_id
    session = connection.session
    if isinstance(session, ApiSession):
        account_id = session.account_id or None
    return {
        "id": connection.number,
        "peer": connection.peer,
        "kind": session.kind,
        "account": account_id,
        "since": connection.since_ms,
        "streams": streams,
        "sentFrames": connection.sent_frames,
        "queuedBytes": connection.unread_bytes,
    }
