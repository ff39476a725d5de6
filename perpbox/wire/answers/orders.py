"""Looking orders up: GET order, openOrder, openOrders, allOrders."""

from perpbox.engine.state import Account
from perpbox.wire.answers.common import dumps, find_record, instrument_of, time_window
from perpbox.wire.changes import Change
from perpbox.wire.desk import Desk
from perpbox.wire.errors import mandatory, wire_error
from perpbox.wire.params import Params
from perpbox.wire.render_orders import order_full, order_history, order_open


def order(desk: Desk, account: Account, params: Params) -> bytes:
    """GET order: open or finished."""
    record = find_record(desk, account, params)
    return dumps(order_full(record, instrument_of(desk, record.symbol), desk.vintage))


def open_order(desk: Desk, account: Account, params: Params) -> bytes:
    """GET openOrder: a finished order does not exist here."""
    record = find_record(desk, account, params)
    if not record.is_open:
        raise wire_error(-2013)
    return dumps(order_full(record, instrument_of(desk, record.symbol), desk.vintage))


def open_orders(desk: Desk, account: Account, params: Params) -> bytes:
    """GET openOrders, oldest first, of one symbol or of all."""
    records = desk.views.orders.open(account.account_id, params.text_or_none("symbol"))
    return dumps(
        [order_open(each, instrument_of(desk, each.symbol), desk.vintage) for each in records]
    )


def all_orders(desk: Desk, account: Account, params: Params) -> bytes:
    """GET allOrders: ids from orderId on, or a window of at most seven days."""
    symbol = params.text_or_none("symbol")
    if symbol is None and not desk.vintage.has(Change.ALL_ORDERS_WITHOUT_SYMBOL):
        raise mandatory("symbol")
    from_id = params.number_or_none("orderId")
    start_ms, end_ms = (0, None) if from_id is not None else time_window(desk, params)
    records = desk.views.orders.history(
        account.account_id,
        symbol,
        from_id,
        # Without a start the newest are wanted; the window cuts them below.
        start_ms if params.has("startTime") else None,
        end_ms,
        params.number("limit"),
        desk.now_ms(),
    )
    return dumps(
        [
            order_history(each, instrument_of(desk, each.symbol), desk.vintage)
            for each in records
            if each.time_ms >= start_ms
        ]
    )
