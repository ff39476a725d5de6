"""Conversions that happened, by their numbers."""

from perpbox.engine.events import AssetsConverted
from perpbox.views.bounds import ViewBounds


class ConversionHistory:
    """Fold of ``AssetsConverted``; the rows are the events themselves."""

    __slots__ = ("_by_order", "_by_quote", "_rows_max")

    def __init__(self, bounds: ViewBounds) -> None:
        self._rows_max = bounds.conversions
        self._by_order: dict[int, AssetsConverted] = {}
        self._by_quote: dict[int, AssetsConverted] = {}

    def converted(self, event: AssetsConverted) -> None:
        """Remember a conversion; the oldest gives way."""
        self._by_order[event.order_id] = self._by_quote[event.quote_id] = event
        if len(self._by_order) > self._rows_max:
            oldest = self._by_order.pop(next(iter(self._by_order)))
            del self._by_quote[oldest.quote_id]

    def by_order(self, account_id: int, order_id: int) -> AssetsConverted | None:
        """An account's conversion by its own number."""
        return _of(account_id, self._by_order.get(order_id))

    def by_quote(self, account_id: int, quote_id: int) -> AssetsConverted | None:
        """An account's conversion by the number of its quote."""
        return _of(account_id, self._by_quote.get(quote_id))


def _of(account_id: int, found: AssetsConverted | None) -> AssetsConverted | None:
    return found if found is not None and found.account_id == account_id else None
