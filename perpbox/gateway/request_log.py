"""The last requests: what was asked, what it cost, what came of it. Never what was signed.

A ring in memory. Queries and bodies are not kept: keys and signatures are in them.
"""

from collections import deque
from typing import Final, NamedTuple

from perpbox.wire.errors import WireError

REQUESTS_KEPT_MAX: Final = 1_000
PATH_KEPT_MAX: Final = 200
"""Letters of a path that no route has; the others are short."""
_NS_PER_MICRO: Final = 1_000


class Request(NamedTuple):
    """One answered request."""

    at_ms: int
    """Wall clock."""
    method: str
    """``WS`` for a request of the WebSocket API; its method is the path."""
    path: str
    account_id: int
    """0 for nobody's."""
    in_session: bool
    """Whether a page of the box asked."""
    weight: int
    took_ns: int
    error: WireError | None

    def row(self) -> dict[str, object]:
        """As the lab tells it."""
        error = self.error
        said = {} if error is None else {"code": error.code, "msg": error.msg}
        return {
            "at": self.at_ms,
            "method": self.method,
            "path": self.path,
            "account": self.account_id or None,
            "session": self.in_session,
            "status": 200 if error is None else error.status,
            **said,
            "weight": self.weight,
            "tookMicros": self.took_ns // _NS_PER_MICRO,
        }


class RequestLog:
    """The newest ``REQUESTS_KEPT_MAX`` requests; ``total`` counts all since the start."""

    __slots__ = ("kept", "total")

    def __init__(self) -> None:
        self.kept: deque[Request] = deque(maxlen=REQUESTS_KEPT_MAX)
        self.total = 0

    def add(self, request: Request) -> None:
        """Keep a request."""
        self.kept.append(request)
        self.total += 1

    def newest(self, limit: int) -> list[Request]:
        """The last requests, newest first."""
        kept = self.kept
        return [kept[-1 - back] for back in range(min(limit, len(kept)))]
