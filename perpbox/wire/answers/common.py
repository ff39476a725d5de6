"""What many answers share: events that refuse, the two ids of an order, windows of time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import orjson

from perpbox.engine.commands import Command
from perpbox.engine.events import Event, Rejected
from perpbox.engine.state import Account
from perpbox.engine.symbol import Instrument
from perpbox.engine.types import PriceMatch
from perpbox.wire.changes import Change
from perpbox.wire.desk import Desk
from perpbox.wire.errors import one_of_two, reject_error, wire_error
from perpbox.wire.params import Params

if TYPE_CHECKING:
    from perpbox.views.orders import OrderRecord

DAY_MS: Final = 86_400_000
WINDOW_DAYS_MAX: Final = 7
WITHDRAWN_MATCHES: Final = frozenset((PriceMatch.OPPONENT_10, PriceMatch.OPPONENT_20))
SUCCESS: Final = b'{"code":200,"msg":"success"}'


def instrument_of(desk: Desk, symbol: str) -> Instrument:
    """The contract of a symbol that the parameters have checked."""
    return desk.state.markets[symbol].instrument


def submit(
    desk: Desk, command: Command, instrument: Instrument | None = None, *, modify: bool = False
) -> Sequence[Event]:
    """Apply a command; a refusal becomes the error that the caller gets."""
    events = desk.submit(command)
    if events and isinstance(events[0], Rejected):
        refused = events[0]
        raise reject_error(refused.reason, refused.bound, instrument, modify=modify)
    return events


def order_ids(params: Params) -> tuple[int, str]:
    """(order id or 0, client id or empty); the order id wins when both were sent."""
    order_id = params.number_or_none("orderId")
    client_id = params.text_or_none("origClientOrderId")
    if order_id is None and client_id is None:
        raise one_of_two("origClientOrderId", "orderId")
    return (order_id, "") if order_id is not None else (0, client_id or "")


def price_match(desk: Desk, params: Params) -> PriceMatch:
    """How the book chooses the price; ``NONE`` where it does not.

    Raises:
        WireError: -5037 for a way that was withdrawn on 2025-10-23.
    """
    match = params.choice_or_none("priceMatch", PriceMatch) or PriceMatch.NONE
    if match in WITHDRAWN_MATCHES and desk.vintage.has(Change.NO_OPPONENT_10):
        raise wire_error(-5037)
    return match


def find_record(desk: Desk, account: Account, params: Params) -> "OrderRecord":
    """The order that a request names, open or remembered.

    Raises:
        WireError: -2013 when there is none (any more), -1102 when none is named.
    """
    order_id, client_id = order_ids(params)
    symbol = params.text("symbol")
    now_ms = desk.now_ms()
    orders = desk.views.orders
    if client_id:
        found = orders.by_client_id(account.account_id, symbol, client_id, now_ms)
    else:
        found = orders.get(account.account_id, order_id, now_ms)
    if found is None or found.symbol != symbol:
        raise wire_error(-2013)
    return found


def time_window(desk: Desk, params: Params, days_max: int = WINDOW_DAYS_MAX) -> tuple[int, int]:
    """(start, end) of a query in ms, both inclusive: the last days unless the caller says.

    Raises:
        WireError: -4165 when the two are too far apart.
    """
    span_ms = days_max * DAY_MS
    start_ms = params.number_or_none("startTime")
    end_ms = params.number_or_none("endTime")
    if start_ms is None:
        end_ms = desk.now_ms() if end_ms is None else end_ms
        return max(0, end_ms - span_ms), end_ms
    if end_ms is None:
        return start_ms, start_ms + span_ms
    if end_ms - start_ms > span_ms:
        raise wire_error(-4165, str(days_max))
    return start_ms, end_ms


def dumps(value: object) -> bytes:
    """JSON without blanks, UTF-8."""
    return orjson.dumps(value)
