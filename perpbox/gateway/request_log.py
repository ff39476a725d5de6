"""The last requests: what was asked, what it cost, what came of it. Never what was signed.

A ring in memory. Queries and bodies are not kept: keys and signatures are in them.
"""

from collections import deque
from itertools import islice
from typing import Final

from perpbox.gateway.timings import Fault, Request, Timings
from perpbox.wire.errors import WireError

REQUESTS_KEPT_MAX: Final = 1_000
COUNTED_TOGETHER: Final = 250
"""Requests that are counted at once, less than are kept."""
PATH_KEPT_MAX: Final = 200
"""Letters of a path that no route has; the others are short."""
TEXT_KEPT_MAX: Final = 500
"""Letters of an error's text; some repeat what was sent."""
_NS_PER_MICRO: Final = 1_000


def fault_of(error: WireError) -> Fault:
    """What is kept of an error."""
    return error.status, error.code, error.msg[:TEXT_KEPT_MAX]


def request_row(request: Request) -> dict[str, object]:
    """A request as the lab tells it."""
    at_ms, method, path, account_id, in_session, weight, took_ns, fault = request
    status = 200
    said: dict[str, object] = {}
    if fault is not None:
        status, code, msg = fault
        said = {"code": code, "msg": msg}
    return {
        "at": at_ms,
        "method": method,
        "path": path,
        "account": account_id or None,
        "session": in_session,
        "status": status,
        **said,
        "weight": weight,
        "tookMicros": took_ns // _NS_PER_MICRO,
    }


class RequestLog:
    """The newest ``REQUESTS_KEPT_MAX`` requests; ``total`` counts all since the start."""

    __slots__ = ("_count_at", "_timings", "kept", "total")

    def __init__(self) -> None:
        self.kept: Final[deque[Request]] = deque(maxlen=REQUESTS_KEPT_MAX)
        self.total = 0
        self._timings: Final = Timings()
        self._count_at = COUNTED_TOGETHER

    def add(self, request: Request) -> None:
        """Keep a request."""
        self.kept.append(request)
        self.total += 1
        if self.total >= self._count_at:
            self._count()

    @property
    def timings(self) -> Timings:
        """How long answers took, all requests counted."""
        self._count()
        return self._timings

    def _count(self) -> None:
        """Count the requests that came since the last time: many together cost less."""
        kept = self.kept
        new = self.total - (self._count_at - COUNTED_TOGETHER)
        self._count_at = self.total + COUNTED_TOGETHER
        self._timings.add(islice(kept, len(kept) - new, None))

    def newest(self, limit: int) -> list[Request]:
        """The last requests, newest first."""
        kept = self.kept
        return [kept[-1 - back] for back in range(min(limit, len(kept)))]
