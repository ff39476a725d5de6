"""Fills of accounts, one row a side."""

from bisect import bisect_left
from operator import attrgetter

from perpbox.engine.events import OrderTraded
from perpbox.views.bounds import ViewBounds
from perpbox.views.history import History, first_or_last

_AT_MS = attrgetter("at_ms")
_TRADE_ID = attrgetter("trade_id")


class UserTrades:
    """Fold of ``OrderTraded``; the rows are the events themselves."""

    __slots__ = ("_bounds", "_histories")

    def __init__(self, bounds: ViewBounds) -> None:
        self._bounds = bounds
        self._histories: dict[tuple[int, str], History[OrderTraded]] = {}

    def traded(self, event: OrderTraded) -> None:
        """Remember a fill."""
        key = (event.account_id, event.symbol)
        history = self._histories.get(key)
        if history is None:
            bounds = self._bounds
            history = self._histories[key] = History(
                bounds.user_trades_per_symbol, _AT_MS, bounds.user_trade_age_ms
            )
        history.append(event, event.at_ms)

    def query(
        self,
        account_id: int,
        symbol: str,
        order_id: int | None,
        from_id: int | None,
        start_ms: int | None,
        end_ms: int | None,
        limit: int,
        now_ms: int = 0,
    ) -> list[OrderTraded]:
        """Fills in one symbol, ascending.

        With ``from_id`` (a trade id, inclusive) or ``start_ms`` the first ``limit`` from there
        on, else the newest. Both ends of the time are inclusive.
        """
        history = self._histories.get((account_id, symbol))
        if history is None:
            return []
        rows = history.between(start_ms, end_ms, now_ms)
        if from_id is not None:
            rows = rows[bisect_left(rows, from_id, key=_TRADE_ID) :]
        if order_id is not None:
            rows = [row for row in rows if row.order_id == order_id]
        return first_or_last(rows, start_ms if from_id is None else from_id, limit)
