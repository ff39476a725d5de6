"""Funding rates that were settled."""

from heapq import merge
from operator import attrgetter

from perpbox.engine.events import FundingFixed
from perpbox.views.bounds import ViewBounds
from perpbox.views.history import History, first_or_last

_FUNDING_MS = attrgetter("funding_ms")


class Funding:
    """Fold of ``FundingFixed``; the rows are the events themselves."""

    __slots__ = ("_bounds", "_histories")

    def __init__(self, bounds: ViewBounds) -> None:
        self._bounds = bounds
        self._histories: dict[str, History[FundingFixed]] = {}

    def fixed(self, event: FundingFixed) -> None:
        """Remember a settled rate."""
        history = self._histories.get(event.symbol)
        if history is None:
            history = self._histories[event.symbol] = History(
                self._bounds.funding_rates_per_symbol, _FUNDING_MS
            )
        history.append(event, event.funding_ms)

    def history(
        self, symbol: str | None, start_ms: int | None, end_ms: int | None, limit: int
    ) -> list[FundingFixed]:
        """Settled rates of a symbol or of all, ascending by time (inclusive at both ends)."""
        if symbol is not None:
            found = self._histories.get(symbol)
            return found.window(start_ms, end_ms, limit) if found else []
        parts = [each.between(start_ms, end_ms) for each in self._histories.values()]
        return first_or_last(list(merge(*parts, key=_FUNDING_MS)), start_ms, limit)
