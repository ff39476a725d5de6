"""The hook through which a WebSocket takes a connection over from HTTP."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from perpbox.gateway.handler import Reply


@dataclass(frozen=True, slots=True)
class UpgradeRequest:
    """A bodiless GET of HTTP/1.1 with ``Connection: Upgrade`` and ``Upgrade: websocket``."""

    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    peer: str = ""
    """Address of the client, host part only."""


Upgrade: TypeAlias = Callable[[UpgradeRequest], asyncio.Protocol | Reply]
"""A protocol takes the connection: its ``connection_made(transport)`` writes the 101 answer, then
``data_received`` gets what the client sent meanwhile. It no longer counts as a connection of the
HTTP server. A reply refuses; the connection goes on as HTTP."""
