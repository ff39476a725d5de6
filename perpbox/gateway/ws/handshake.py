"""The opening handshake (RFC 6455 §4.2): headers in, a 101 answer or a refusal out."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from websockets.exceptions import InvalidHandshake
from websockets.extensions.permessage_deflate import (
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.headers import build_extension, parse_extension
from websockets.utils import accept_key

from perpbox.gateway.handler import Reply
from perpbox.gateway.ws.framing import DEFLATE_WINDOW_BITS

VERSION: Final = b"13"
KEY_BYTES: Final = 16
UPGRADE_REQUIRED: Final[Reply] = (
    426,
    b"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
    b'{"code":-1000,"msg":"This path is a WebSocket: send a handshake of version 13."}',
)
BAD_KEY: Final[Reply] = (
    400,
    b"",
    b'{"code":-1000,"msg":"The WebSocket handshake needs a Sec-WebSocket-Key of 16 bytes."}',
)
BAD_EXTENSIONS: Final[Reply] = (
    400,
    b"",
    b'{"code":-1000,"msg":"Sec-WebSocket-Extensions of the handshake is malformed."}',
)

_DEFLATE: Final = ServerPerMessageDeflateFactory(
    server_no_context_takeover=True,
    client_no_context_takeover=True,
    server_max_window_bits=DEFLATE_WINDOW_BITS,
)


@dataclass(frozen=True, slots=True)
class Opening:
    """A handshake that is taken: the answer, and how the client's messages are inflated."""

    answer: bytes
    inflate: PerMessageDeflate | None


def open_websocket(headers: Mapping[bytes, bytes], *, deflate: bool) -> Opening | Reply:
    """Check a handshake; with ``deflate`` an offer to compress messages is accepted."""
    if headers.get(b"sec-websocket-version", b"").strip() != VERSION:
        return UPGRADE_REQUIRED
    key = headers.get(b"sec-websocket-key", b"").strip()
    try:
        is_key = len(base64.b64decode(key, validate=True)) == KEY_BYTES
    except (binascii.Error, ValueError):
        is_key = False
    if not is_key:
        return BAD_KEY
    offered = headers.get(b"sec-websocket-extensions")
    inflate, line = None, ""
    if deflate and offered is not None:
        try:
            inflate, line = _agree(offered.decode("latin-1"))
        except InvalidHandshake:
            return BAD_EXTENSIONS
    answer = (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_key(key.decode())}\r\n{line}\r\n"
    )
    return Opening(answer.encode(), inflate)


def _agree(offered: str) -> tuple[PerMessageDeflate | None, str]:
    """Take the first offer of permessage-deflate that can be served.

    All clients are to read the same compressed bytes, so each message stands alone and the
    server's window is the one of ``framing``.
    """
    for name, asked in parse_extension(offered):
        if name != _DEFLATE.name:
            continue
        try:
            agreed, extension = _DEFLATE.process_request_params(asked, [])
        except InvalidHandshake:
            continue
        if extension.local_max_window_bits == DEFLATE_WINDOW_BITS:
            return extension, f"Sec-WebSocket-Extensions: {build_extension([(name, agreed)])}\r\n"
    return None, ""
