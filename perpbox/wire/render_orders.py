"""Orders as JSON objects. Key order and text forms are those of recorded answers."""

from typing import TYPE_CHECKING

from perpbox.engine.symbol import Instrument, pair_of
from perpbox.engine.types import OrderStatus
from perpbox.money import Amount, Qty, fixed
from perpbox.rounding import average_price
from perpbox.wire.vintage import Vintage

if TYPE_CHECKING:
    from perpbox.views.orders import OrderRecord

Row = dict[str, object]


def average_text(quote: Amount, executed: Qty, instrument: Instrument, vintage: Vintage) -> str:
    """Average fill price: price and quantity decimals together; zero by the date's scale."""
    places = instrument.price_precision + instrument.quantity_precision
    if not executed and vintage.zero_average_short:
        places = instrument.price_precision
    return fixed(average_price(quote, executed), min(places, 8))


def _quote(value: Amount, instrument: Instrument) -> str:
    return fixed(value, min(instrument.price_precision + instrument.quantity_precision, 8))


def _terms(
    record: "OrderRecord", row: Row, instrument: Instrument, vintage: Vintage, stop_price: str
) -> None:
    """The part that every form of an order shares, from timeInForce on.

    ``stop_price`` is what an order without a condition shows.
    """
    places = instrument.price_precision
    row["timeInForce"] = record.time_in_force.text
    row["type"] = record.order_type.text
    row["reduceOnly"] = record.reduce_only
    algo = record.algo
    row["closePosition"] = algo is not None and algo.close_position
    row["side"] = record.side.text
    row["positionSide"] = record.position_side.text
    row["stopPrice"] = stop_price if algo is None else fixed(algo.trigger_price, places)
    row["workingType"] = "CONTRACT_PRICE" if algo is None else algo.working_type.text
    row["priceProtect"] = algo is not None and algo.price_protect
    row["origType"] = record.order_type.text if algo is None else algo.kind.text
    if vintage.has_match_fields:
        row["priceMatch"] = record.price_match.text
        row["selfTradePreventionMode"] = record.self_trade_prevention.text
        row["goodTillDate"] = record.good_till_ms


def order_ack(
    record: "OrderRecord",
    instrument: Instrument,
    vintage: Vintage,
    *,
    as_entered: bool = False,
    modify_id: int | None = None,
) -> Row:
    """Answer to placing, modifying or canceling an order.

    ``as_entered`` shows it NEW and unfilled, whatever has happened since: that is what ACK is.
    """
    quantity_places = instrument.quantity_precision
    executed = Qty(0) if as_entered else record.executed
    cum_quote = Amount(0) if as_entered else record.cum_quote
    status = OrderStatus.NEW if as_entered else record.status
    row: Row = {
        "orderId": record.order_id,
        "symbol": record.symbol,
        "status": status.text,
        "clientOrderId": record.client_order_id,
    }
    if modify_id is not None:
        row["modifyId"] = modify_id
    row["price"] = fixed(record.price, instrument.price_precision)
    if not vintage.acks_without_average:
        row["avgPrice"] = average_text(cum_quote, executed, instrument, vintage)
    row["origQty"] = fixed(record.quantity, quantity_places)
    row["executedQty"] = row["cumQty"] = fixed(executed, quantity_places)
    if not vintage.acks_without_average:
        row["cumQuote"] = _quote(cum_quote, instrument)
    _terms(record, row, instrument, vintage, fixed(0, instrument.price_precision))
    row["updateTime"] = record.time_ms if as_entered else record.updated_ms
    return row


def order_full(record: "OrderRecord", instrument: Instrument, vintage: Vintage) -> Row:
    """An order as GET order, openOrder and allOrders tell it."""
    row: Row = {
        "orderId": record.order_id,
        "symbol": record.symbol,
        "status": record.status.text,
        "clientOrderId": record.client_order_id,
        "price": fixed(record.price, instrument.price_precision),
        "avgPrice": average_text(record.cum_quote, record.executed, instrument, vintage),
        "origQty": fixed(record.quantity, instrument.quantity_precision),
        "executedQty": fixed(record.executed, instrument.quantity_precision),
        "cumQuote": _quote(record.cum_quote, instrument),
    }
    _terms(record, row, instrument, vintage, fixed(0, instrument.price_precision))
    row["time"] = record.time_ms
    row["updateTime"] = record.updated_ms
    return row


def order_open(record: "OrderRecord", instrument: Instrument, vintage: Vintage) -> Row:
    """An order as openOrders tells it: zeros of three fields print as ``0``."""
    executed = record.executed
    average = average_text(record.cum_quote, executed, instrument, vintage) if executed else "0"
    row: Row = {
        "orderId": record.order_id,
        "symbol": record.symbol,
        "status": record.status.text,
        "clientOrderId": record.client_order_id,
        "price": fixed(record.price, instrument.price_precision),
        "avgPrice": average,
        "origQty": fixed(record.quantity, instrument.quantity_precision),
        "executedQty": fixed(executed, instrument.quantity_precision) if executed else "0",
        "cumQuote": _quote(record.cum_quote, instrument),
    }
    _terms(record, row, instrument, vintage, "0")
    row["time"] = record.time_ms
    if vintage.open_orders_with_strategy:
        row["strategyType"] = ""
    row["updateTime"] = record.updated_ms
    return row


def order_history(record: "OrderRecord", instrument: Instrument, vintage: Vintage) -> Row:
    """An order as allOrders tells it."""
    row = order_full(record, instrument, vintage)
    if vintage.trades_with_pair:
        row["cumBase"] = "0"
        row["pair"] = pair_of(record.symbol)
    return row


def order_tested(vintage: Vintage) -> Row:
    """Answer of order/test: an order object of zeros and empty texts."""
    zero: Row = {"orderId": 0, "symbol": "", "status": "", "clientOrderId": "", "price": "0"}
    if not vintage.acks_without_average:
        zero["avgPrice"] = "0"
    zero |= {"origQty": "0", "executedQty": "0", "cumQty": "0"}
    if not vintage.acks_without_average:
        zero["cumQuote"] = "0"
    zero |= {
        "timeInForce": "",
        "type": "",
        "reduceOnly": False,
        "closePosition": False,
        "side": "",
        "positionSide": "",
        "stopPrice": "0",
        "workingType": "",
        "priceProtect": False,
        "origType": "",
    }
    if vintage.has_match_fields:
        zero |= {"priceMatch": "", "selfTradePreventionMode": "", "goodTillDate": 0}
    zero["updateTime"] = 0
    return zero
