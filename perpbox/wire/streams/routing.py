"""Which route delivers which stream (WSS-024)."""

from typing import Final

from perpbox.wire.streams.names import parse

PUBLIC: Final = "public"
PRIVATE: Final = "private"
ROUTES: Final = (PUBLIC, "market", PRIVATE)


def route_of(name: str) -> str:
    """The route of a stream. What is no market stream is taken for a listen key."""
    stream = parse(name)
    return PRIVATE if stream is None else stream.route.value.removeprefix("/")


def delivers(route: str, name: str) -> bool:
    """Whether a connection on this route gets the stream; ``""`` is a path without a route."""
    return not route or route_of(name) == route
