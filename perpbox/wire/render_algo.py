"""Conditional orders as JSON objects. Key order and text forms are those of recorded answers."""

from typing import TYPE_CHECKING

from perpbox.engine.algo_orders import child_type
from perpbox.engine.commands import PlaceAlgoOrder
from perpbox.engine.orders import is_reducing
from perpbox.engine.symbol import Instrument
from perpbox.engine.types import AlgoType, PositionSide
from perpbox.money import PLACES, Amount, Qty, fixed, plain
from perpbox.rounding import average_price
from perpbox.wire.changes import Change
from perpbox.wire.doubles import whole_double_text
from perpbox.wire.render_orders import Row
from perpbox.wire.vintage import Vintage

if TYPE_CHECKING:
    from perpbox.views.algo_orders import AlgoRecord

CONDITIONAL = "CONDITIONAL"


def shows_reduce_only(order: PlaceAlgoOrder) -> bool:
    """What closes a position shows as reduce-only, and so does what closes in hedge mode."""
    if order.position_side is not PositionSide.BOTH:
        return is_reducing(order.side, order.position_side, order.reduce_only)
    return order.reduce_only or order.close_position


def _head(record: "AlgoRecord", quantity: str) -> Row:
    order = record.order
    return {
        "algoId": record.last.algo_id,
        "clientAlgoId": order.client_algo_id,
        "algoType": CONDITIONAL,
        "orderType": order.kind.value,
        "symbol": order.symbol,
        "side": order.side.name,
        "positionSide": order.position_side.name,
        "timeInForce": order.time_in_force.value,
        "quantity": quantity,
        "algoStatus": record.last.status.value,
    }


def _tail(record: "AlgoRecord") -> Row:
    order = record.order
    row: Row = {
        "selfTradePreventionMode": order.self_trade_prevention.value,
        "workingType": order.working_type.value,
        "priceMatch": order.price_match.value,
        "closePosition": order.close_position,
        "priceProtect": order.price_protect,
        "reduceOnly": shows_reduce_only(order),
    }
    if order.kind is AlgoType.TRAILING_STOP_MARKET:
        row["activatePrice"] = plain(order.activate_price)
        row["callbackRate"] = plain(order.callback_percent)
    row["createTime"] = record.time_ms
    row["updateTime"] = record.last.at_ms
    row["triggerTime"] = record.last.trigger_ms
    row["goodTillDate"] = 0
    return row


def _prices(order: PlaceAlgoOrder, instrument: Instrument) -> Row:
    places = instrument.price_precision
    return {
        "triggerPrice": fixed(order.trigger_price, places),
        "price": fixed(order.price, places),
        "icebergQuantity": None,
    }


def algo_placed(record: "AlgoRecord", instrument: Instrument) -> Row:
    """Answer to a placement: nothing of a child."""
    quantity = fixed(record.order.quantity, instrument.quantity_precision)
    return _head(record, quantity) | _prices(record.order, instrument) | _tail(record)


def algo_full(
    record: "AlgoRecord",
    executed: Qty,
    cum_quote: Amount,
    instrument: Instrument,
    vintage: Vintage,
    *,
    in_history: bool = False,
) -> Row:
    """A conditional order as GET algoOrder tells it; allAlgoOrders adds four prices, always 0."""
    order, last = record.order, record.last
    places = min(instrument.price_precision + instrument.quantity_precision, PLACES)
    row = _head(record, fixed(order.quantity, instrument.quantity_precision))
    row["actualOrderId"] = str(last.order_id) if last.order_id else ""
    row["actualPrice"] = fixed(average_price(cum_quote, executed), places)
    if last.order_id and vintage.has(Change.ALGO_ACTUAL):
        row["actualType"] = child_type(order.kind).value
        row["actualQty"] = fixed(executed, instrument.quantity_precision)
    row |= _prices(order, instrument)
    if in_history or not vintage.has(Change.ALGO_ACTUAL):
        zero = fixed(0, instrument.price_precision)
        row |= {"tpTriggerPrice": zero, "tpPrice": zero, "slTriggerPrice": zero, "slPrice": zero}
    row["tpOrderType"] = ""
    return row | _tail(record)


def algo_waiting(record: "AlgoRecord") -> Row:
    """A conditional order as openAlgoOrders tells it: numbers are printed from doubles."""
    order = record.order
    row = _head(record, whole_double_text(order.quantity))
    row["actualOrderId"] = ""
    row["actualQty"] = "0.0"
    row["triggerPrice"] = whole_double_text(order.trigger_price)
    row["price"] = whole_double_text(order.price)
    row["icebergQuantity"] = None
    return row | _tail(record)
