"""The last requests: what was asked, what it cost, what came of it. Never what was signed.

A ring in memory. Queries and bodies are not kept: keys and signatures are in them.
"""

from collections import deque
from typing import Final, TypeAlias

from perpbox.wire.errors import WireError

REQUESTS_KEPT_MAX: Final = 1_000
PATH_KEPT_MAX: Final = 200
"""Letters of a path that no route has; the others are short."""
_NS_PER_MICRO: Final = 1_000


Request: TypeAlias = tuple[int, str, str, int, bool, int, int, WireError | None]
"""Wall time in ms, method (``WS`` on the WebSocket API), path, account (0: nobody's), whether a
page of the box asked, weight, nanoseconds that the answer took, error. A bare tuple: one is made
for every request."""


def request_row(request: Request) -> dict[str, object]:
    """A request as the lab tells it."""
    at_ms, method, path, account_id, in_session, weight, took_ns, error = request
    said = {} if error is None else {"code": error.code, "msg": error.msg}
    return {
        "at": at_ms,
        "method": method,
        "path": path,
        "account": account_id or None,
        "session": in_session,
        "status": 200 if error is None else error.status,
        **said,
        "weight": weight,
        "tookMicros": took_ns // _NS_PER_MICRO,
    }


class RequestLog:
    """The newest ``REQUESTS_KEPT_MAX`` requests; ``total`` counts all since the start."""

    __slots__ = ("kept", "total")

    def __init__(self) -> None:
        self.kept: Final[deque[Request]] = deque(maxlen=REQUESTS_KEPT_MAX)
        self.total = 0

    def add(self, request: Request) -> None:
        """Keep a request."""
        self.kept.append(request)
        self.total += 1

    def newest(self, limit: int) -> list[Request]:
        """The last requests, newest first."""
        kept = self.kept
        return [kept[-1 - back] for back in range(min(limit, len(kept)))]
