"""GET orderAmendment: how a resting order was changed."""

from typing import Final

from perpbox.engine.state import Account
from perpbox.engine.symbol import pair_of
from perpbox.money import plain
from perpbox.views.amendments import Amendment
from perpbox.wire.answers.common import dumps, find_record, time_window
from perpbox.wire.desk import Desk
from perpbox.wire.params import Params
from perpbox.wire.render_orders import Row

AMENDMENT_DAYS_MAX: Final = 90


def amendment_row(amendment: Amendment) -> Row:
    """One change; ``modifyId`` is there when the caller gave one."""
    change: Row = {
        "price": {"before": plain(amendment.price_before), "after": plain(amendment.price_after)},
        "origQty": {
            "before": plain(amendment.quantity_before),
            "after": plain(amendment.quantity_after),
        },
        "count": amendment.count,
    }
    if amendment.modify_id is not None:
        change["modifyId"] = amendment.modify_id
    return {
        "amendmentId": amendment.amendment_id,
        "symbol": amendment.symbol,
        "pair": pair_of(amendment.symbol),
        "orderId": amendment.order_id,
        "clientOrderId": amendment.client_order_id,
        "time": amendment.at_ms,
        "amendment": change,
    }


def order_amendments(desk: Desk, account: Account, params: Params) -> bytes:
    """GET orderAmendment: changes of one order, newest first."""
    record = find_record(desk, account, params)
    start_ms, end_ms = time_window(desk, params, AMENDMENT_DAYS_MAX)
    rows = desk.views.amendments.query(
        account.account_id, record.order_id, start_ms, end_ms, params.number("limit"), desk.now_ms()
    )
    return dumps([amendment_row(row) for row in rows])
