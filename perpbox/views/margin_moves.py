"""Margin that went into and out of isolated legs."""

from operator import attrgetter

from perpbox.engine.events import IsolatedMarginMoved
from perpbox.views.bounds import ViewBounds
from perpbox.views.history import History, first_or_last

_AT_MS = attrgetter("at_ms")


class MarginMoves:
    """Fold of ``IsolatedMarginMoved``; the rows are the events themselves."""

    __slots__ = ("_bounds", "_histories")

    def __init__(self, bounds: ViewBounds) -> None:
        self._bounds = bounds
        self._histories: dict[int, History[IsolatedMarginMoved]] = {}

    def moved(self, event: IsolatedMarginMoved) -> None:
        """Remember a move."""
        history = self._histories.get(event.account_id)
        if history is None:
            bounds = self._bounds
            history = self._histories[event.account_id] = History(
                bounds.margin_moves_per_account, _AT_MS, bounds.margin_move_age_ms
            )
        history.append(event, event.at_ms)

    def query(
        self,
        account_id: int,
        symbol: str,
        direction: int | None,
        start_ms: int | None,
        end_ms: int | None,
        limit: int,
        now_ms: int = 0,
    ) -> list[IsolatedMarginMoved]:
        """Moves in one symbol, ascending. ``direction`` 1 is into the leg, 2 out of it."""
        history = self._histories.get(account_id)
        if history is None:
            return []
        rows = [
            row
            for row in history.between(start_ms, end_ms, now_ms)
            if row.symbol == symbol and (direction is None or (direction == 1) == (row.amount > 0))
        ]
        return first_or_last(rows, start_ms, limit)
