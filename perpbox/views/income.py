"""Money movements of accounts."""

from operator import attrgetter

from perpbox.engine.events import LedgerPosted
from perpbox.engine.types import LedgerKind
from perpbox.views.bounds import ViewBounds
from perpbox.views.history import History, first_or_last

_AT_MS = attrgetter("at_ms")


class Income:
    """Fold of ``LedgerPosted``; the rows are the events themselves."""

    __slots__ = ("_bounds", "_histories")

    def __init__(self, bounds: ViewBounds) -> None:
        self._bounds = bounds
        self._histories: dict[int, History[LedgerPosted]] = {}

    def posted(self, event: LedgerPosted) -> None:
        """Remember a movement."""
        history = self._histories.get(event.account_id)
        if history is None:
            bounds = self._bounds
            history = self._histories[event.account_id] = History(
                bounds.income_per_account, _AT_MS, bounds.income_age_ms
            )
        history.append(event, event.at_ms)

    def query(
        self,
        account_id: int,
        symbol: str | None,
        kind: LedgerKind | None,
        start_ms: int | None,
        end_ms: int | None,
        limit: int,
        page: int | None = None,
        now_ms: int = 0,
    ) -> list[LedgerPosted]:
        """Movements, ascending, of one symbol and kind or of all.

        ``page`` counts from 1, in steps of ``limit`` from the start; without a page and a start
        the newest rows are given.
        """
        history = self._histories.get(account_id)
        if history is None:
            return []
        rows = history.between(start_ms, end_ms, now_ms)
        if symbol is not None or kind is not None:
            rows = [
                row
                for row in rows
                if (symbol is None or row.symbol == symbol) and (kind is None or row.kind is kind)
            ]
        if page is not None:
            return rows[(page - 1) * limit : page * limit]
        return first_or_last(rows, start_ms, limit)
