"""The paths of WebSockets: what a handshake asks for."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from perpbox.wire.errors import WireError
from perpbox.wire.streams.control import STREAMS_MAX, TOO_MANY, is_name
from perpbox.wire.streams.routing import ROUTES

API_PATH: Final = "/ws-fapi/v1"
PREFIXES: Final = ("/ws", "/stream", *(f"/{route}/" for route in ROUTES))
"""How every path of a WebSocket begins; others may too."""


class NotAStream(ValueError):
    """There is no WebSocket at this path."""


@dataclass(frozen=True, slots=True)
class StreamTarget:
    """A connection to streams: its route (``""`` without one), form and first names."""

    route: str
    combined: bool
    names: tuple[str, ...]
    session: str = ""
    """Token of a session whose account's events are asked for; it is among the names."""


@dataclass(frozen=True, slots=True)
class ApiTarget:
    """A connection to the WebSocket API."""


def is_websocket_path(path: str) -> bool:
    """Whether a handshake at this path may be taken."""
    try:
        parse_target(path, b"")
    except (NotAStream, WireError):
        return False
    return True


def parse_target(path: str, query: bytes, names_max: int = STREAMS_MAX) -> StreamTarget | ApiTarget:
    """Read path and raw query of a handshake (WSS-020, WSS-022, WSS-023).

    Raises:
        NotAStream: no WebSocket is served at the path.
        WireError: it is, but the names cannot be used; then the handshake fails.
    """
    if path.rstrip("/") == API_PATH:
        return ApiTarget()
    route, place, rest = _split(_decoded(path))
    names: list[str] = []
    if place == "ws":
        # Some clients number their connections here; such an element is no name.
        names += (name for name in rest if name and not name.isdecimal())
    elif any(rest):
        raise NotAStream(path)
    asked, session = _asked(query, with_streams=place == "stream")
    names += asked
    names = list(dict.fromkeys(names))
    if len(names) > names_max:
        raise WireError(400, TOO_MANY[0], TOO_MANY[1])
    if not all(is_name(name) and "," not in name for name in names):
        raise WireError(400, 2, "Invalid request: stream names are separated by /")
    return StreamTarget(route, place == "stream", tuple(names), session)


def _split(path: str) -> tuple[str, str, list[str]]:
    """``/public/ws/a/b`` -> ``("public", "ws", ["a", "b"])``."""
    parts = path.split("/")[1:]
    route = ""
    if parts and parts[0] in ROUTES:
        route = parts.pop(0)
    if not parts or parts[0] not in ("ws", "stream"):
        raise NotAStream(path)
    return route, parts[0], parts[1:]


def _asked(query: bytes, *, with_streams: bool) -> tuple[list[str], str]:
    """Names in the query: ``streams=a/b``, ``listenKey=k`` with the ``events=`` behind it.

    Beside them the token of ``session=``, which is a name too.
    """
    names: list[str] = []
    key = session = ""
    for pair in query.decode("latin-1").split("&"):
        name, _, value = pair.partition("=")
        text = _decoded(value)
        if name == "streams" and with_streams:
            names += filter(None, text.split("/"))
        elif name == "listenKey" and text:
            key = text
            names.append(key)
        elif name == "session" and text:
            session = text
            names.append(session)
        elif name == "events" and text and key in names:
            names.remove(key)
            names += (f"{key}@{event}" for event in text.split("/") if event)
    return names, session


def _decoded(text: str) -> str:
    try:
        return unquote_to_bytes(text.encode("latin-1")).decode()
    except UnicodeDecodeError:
        raise WireError(400, 2, "Invalid request: stream names are UTF-8") from None
