"""Our HTTP edge with a handler that does no more than the barest server: the cost of the edge."""

import hmac
import sys
from collections.abc import Mapping

from bench.barest import SEPARATOR
from perpbox.gateway.handler import Handler, Reply
from perpbox.gateway.http import HttpServer
from perpbox.gateway.serving import Serving


def handler(secret: bytes, body_bytes: int) -> Handler:
    answer = b'"' + b"x" * (body_bytes - 2) + b'"'

    def handle(
        method: str, path: str, query: bytes, headers: Mapping[bytes, bytes], body: bytes, peer: str
    ) -> Reply:
        del method, path, headers, body, peer
        signed, _, signature = query.partition(SEPARATOR)
        digest = hmac.digest(secret, signed, "sha256").hex().encode()
        if hmac.compare_digest(digest, signature):
            return 200, b"X-MBX-USED-WEIGHT-1M: 5\r\n", answer
        return 400, b"", b"{}"

    return handle


def main() -> None:
    """``python -m bench.trivial SECRET BODY_BYTES`` prints its port and serves until ended."""
    secret, body_bytes = sys.argv[1:]
    serving = Serving(HttpServer(handler(secret.encode(), int(body_bytes))))
    serving.run(lambda: print(serving.port, flush=True))


if __name__ == "__main__":
    main()
