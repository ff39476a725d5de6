"""Changes of resting orders: what was before, and what came after."""

from operator import attrgetter

import msgspec

from perpbox.engine.events import OrderAmended
from perpbox.money import Price, Qty
from perpbox.views.bounds import ViewBounds
from perpbox.views.history import History
from perpbox.views.orders import Orders

_AT_MS = attrgetter("at_ms")


class Amendment(msgspec.Struct, frozen=True, gc=False):
    """One change. ``count`` says the how manieth of its order it is."""

    amendment_id: int
    order_id: int
    symbol: str
    client_order_id: str
    price_before: Price
    price_after: Price
    quantity_before: Qty
    quantity_after: Qty
    count: int
    modify_id: int | None
    at_ms: int


class Amendments:
    """Fold of ``OrderAmended``, told before the orders themselves take it in."""

    __slots__ = ("_bounds", "_histories", "_last_id", "_orders")

    def __init__(self, bounds: ViewBounds, orders: Orders) -> None:
        self._bounds = bounds
        self._orders = orders
        self._last_id = 0
        self._histories: dict[int, History[Amendment]] = {}

    def amended(self, event: OrderAmended) -> None:
        """Remember a change."""
        account_id = event.account_id
        order = self._orders.get(account_id, event.order_id)
        assert order is not None, event.order_id
        history = self._histories.get(account_id)
        if history is None:
            bounds = self._bounds
            history = self._histories[account_id] = History(
                bounds.amendments_per_account, _AT_MS, bounds.amendment_age_ms
            )
        self._last_id += 1
        amendment = Amendment(
            amendment_id=self._last_id,
            order_id=event.order_id,
            symbol=event.symbol,
            client_order_id=order.client_order_id,
            price_before=order.price,
            price_after=event.price,
            quantity_before=order.quantity,
            quantity_after=event.quantity,
            count=event.count,
            modify_id=event.modify_id,
            at_ms=event.at_ms,
        )
        history.append(amendment, event.at_ms)

    def query(
        self,
        account_id: int,
        order_id: int,
        start_ms: int,
        end_ms: int,
        limit: int,
        now_ms: int = 0,
    ) -> list[Amendment]:
        """The newest changes of an order in a span of time, newest first."""
        history = self._histories.get(account_id)
        if history is None:
            return []
        spanned = history.between(start_ms, end_ms, now_ms)
        rows = [row for row in spanned if row.order_id == order_id]
        return rows[: -limit - 1 : -1]
