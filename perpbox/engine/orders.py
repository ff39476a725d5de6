"""A resting or incoming order, as the engine keeps it while it lives."""

from typing import Final

from perpbox.engine.types import (
    BUY,
    LONG,
    SELL,
    SHORT,
    Forced,
    OrderStatus,
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from perpbox.money import Price, Qty
from perpbox.units import as_amount, as_qty

_NEW: Final = OrderStatus.NEW
_NOT_FORCED: Final = Forced.NO


def is_reducing(side: Side, position_side: PositionSide, reduce_only: bool) -> bool:
    """Whether an order can only make its leg smaller."""
    if reduce_only:
        return True
    if position_side is LONG:
        return side is SELL
    return position_side is SHORT and side is BUY


class Order:
    """An order. ``street_ahead`` is the street quantity that is served before it at its level."""

    __slots__ = (
        "account_id",
        "amendments",
        "client_order_id",
        "cum_quote",
        "executed",
        "forced",
        "good_till_ms",
        "margin_notional",
        "order_id",
        "order_type",
        "position_side",
        "price",
        "price_match",
        "quantity",
        "reduce_only",
        "reduces",
        "self_trade_prevention",
        "side",
        "status",
        "street_ahead",
        "symbol",
        "time_in_force",
    )

    def __init__(
        self,
        order_id: int,
        account_id: int,
        symbol: str,
        client_order_id: str,
        side: Side,
        position_side: PositionSide,
        order_type: OrderType,
        time_in_force: TimeInForce,
        quantity: Qty,
        price: Price,
        reduce_only: bool,
        self_trade_prevention: SelfTradePrevention,
        price_match: PriceMatch,
        good_till_ms: int,
    ) -> None:
        self.order_id = order_id
        self.account_id = account_id
        self.symbol = symbol
        self.client_order_id = client_order_id
        self.side = side
        self.position_side = position_side
        self.order_type = order_type
        self.time_in_force = time_in_force
        self.quantity = quantity
        self.price = price
        self.reduce_only = reduce_only
        self.reduces = is_reducing(side, position_side, reduce_only)
        """Whether it can only make its leg smaller."""
        self.self_trade_prevention = self_trade_prevention
        self.price_match = price_match
        self.good_till_ms = good_till_ms
        self.executed = as_qty(0)
        self.cum_quote = as_amount(0)
        self.status = _NEW
        self.street_ahead = as_qty(0)
        self.amendments = 0
        self.forced = _NOT_FORCED
        self.margin_notional = as_amount(0)
        """What this order adds to its leg's bid or ask notional now (0 when it only reduces)."""

    @property
    def remaining(self) -> Qty:
        """Quantity still to be filled."""
        return as_qty(self.quantity - self.executed)
