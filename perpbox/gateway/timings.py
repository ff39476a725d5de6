"""How long answers took, by endpoint, and what was refused: counts that only grow."""

from bisect import bisect_right
from collections.abc import Iterable
from typing import Final, TypeAlias

BOUNDS_US: Final = (50, 100, 200, 400, 800, 1_600, 3_200, 10_000, 50_000, 250_000, 1_000_000)
"""Upper bounds of the buckets in microseconds, inclusive; one more has no bound."""
UNKNOWN_PATH: Final = -5000
"""Code of the error for a path or method that is not there; its path is anybody's text."""
ELSEWHERE: Final = ("", "")
"""Stands for all paths that are not there."""
_BOUNDS_NS: Final = tuple(bound * 1_000 for bound in BOUNDS_US)


Fault: TypeAlias = tuple[int, int, str]
"""HTTP status, code and text of an error. Never the exception: its traceback holds the request."""
Request: TypeAlias = tuple[int, str, str, int, bool, int, int, Fault | None]
"""Wall time in ms, method (``WS`` on the WebSocket API), path, account (0: nobody's), whether a
page of the box asked, weight, nanoseconds that the answer took, error. A bare tuple: one is made
for every request."""


class Timing:
    """Answers of one endpoint: how many took how long, and nanoseconds in all."""

    __slots__ = ("buckets", "total_ns")

    def __init__(self) -> None:
        self.buckets = [0] * (len(BOUNDS_US) + 1)
        """Not summed up: each answer counts in one of them."""
        self.total_ns = 0

    def add(self, took_ns: list[int]) -> None:
        """Count answers."""
        took_ns.sort()
        self.total_ns += sum(took_ns)
        counted = 0
        for place, bound_ns in enumerate(_BOUNDS_NS):
            upto = bisect_right(took_ns, bound_ns)
            self.buckets[place] += upto - counted
            counted = upto
        self.buckets[-1] += len(took_ns) - counted


class Timings:
    """Every endpoint that was asked, by method and path."""

    __slots__ = ("by_endpoint", "refusals")

    def __init__(self) -> None:
        self.by_endpoint: dict[tuple[str, str], Timing] = {}
        self.refusals: dict[int, int] = {}
        """Answers that say no, by their code."""

    def add(self, requests: Iterable[Request]) -> None:
        """Count answers."""
        took: dict[tuple[str, str], list[int]] = {}
        for _, method, path, _, _, _, took_ns, fault in requests:
            endpoint = (method, path)
            if fault is not None:
                code = fault[1]
                self.refusals[code] = self.refusals.get(code, 0) + 1
                if code == UNKNOWN_PATH:
                    endpoint = ELSEWHERE
            of_endpoint = took.get(endpoint)
            if of_endpoint is None:
                took[endpoint] = [took_ns]
            else:
                of_endpoint.append(took_ns)
        for endpoint, of_endpoint in took.items():
            self.by_endpoint.setdefault(endpoint, Timing()).add(of_endpoint)
