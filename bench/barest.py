"""The barest Python server: a protocol, httptools, an HMAC check, a constant body.

It is the yardstick: nothing that answers a signed request over HTTP in Python does less. It
searches the signature in the query, compares it with the HMAC-SHA256 of the rest, and writes the
same answer to everyone. No bounds, no errors, no limits, no clock.
"""

import asyncio
import hmac
import sys
from collections.abc import Callable
from typing import cast

from httptools import HttpRequestParser

from perpbox.gateway.serving import new_event_loop

SEPARATOR = b"&signature="


class Barest(asyncio.Protocol):
    def __init__(self, secret: bytes, answer: bytes) -> None:
        self._secret = secret
        self._answer = answer
        self._url = b""
        self._transport: asyncio.Transport
        self._parser = HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_url(self, url: bytes) -> None:
        self._url = url

    def on_message_complete(self) -> None:
        query = self._url.partition(b"?")[2]
        signed, _, signature = query.partition(SEPARATOR)
        digest = hmac.digest(self._secret, signed, "sha256").hex().encode()
        if hmac.compare_digest(digest, signature):
            self._transport.write(self._answer)
        else:
            self._transport.close()


def factory(secret: bytes, body_bytes: int) -> Callable[[], Barest]:
    """Serve a JSON string of ``body_bytes`` bytes in all."""
    body = b'"' + b"x" * (body_bytes - 2) + b'"'
    answer = (
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        % (len(body), body)
    )
    return lambda: Barest(secret, answer)


async def serve(secret: bytes, body_bytes: int) -> None:
    loop = asyncio.get_running_loop()
    listening = await loop.create_server(factory(secret, body_bytes), "127.0.0.1", 0)
    print(listening.sockets[0].getsockname()[1], flush=True)
    await listening.serve_forever()


def main() -> None:
    """``python -m bench.barest SECRET BODY_BYTES`` prints its port and serves until it is ended."""
    secret, body_bytes = sys.argv[1:]
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(serve(secret.encode(), int(body_bytes)))


if __name__ == "__main__":
    main()
