"""Placing orders: POST order, order/test and batchOrders."""

from typing import Final

from perpbox.engine.commands import PlaceOrder
from perpbox.engine.entry import check_order
from perpbox.engine.events import OrderAccepted
from perpbox.engine.state import Account
from perpbox.engine.turn import Turn
from perpbox.engine.types import (
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from perpbox.units import as_price, as_qty
from perpbox.wire.answers.batch import element_answers
from perpbox.wire.answers.common import dumps, instrument_of, price_match, submit
from perpbox.wire.changes import Change
from perpbox.wire.client_ids import made_up_id
from perpbox.wire.desk import Desk
from perpbox.wire.errors import mandatory, not_required, reject_error, wire_error
from perpbox.wire.order_params import PLACE, RespType
from perpbox.wire.params import Params
from perpbox.wire.render_orders import Row, order_ack, order_tested

SECOND_MS: Final = 1000
_LIMIT: Final = OrderType.LIMIT
_GTC: Final = TimeInForce.GTC
_GTD: Final = TimeInForce.GTD
_RPI: Final = TimeInForce.RPI
_NO_MATCH: Final = PriceMatch.NONE


def _check_presence(
    params: Params, order_type: OrderType, time_in_force: TimeInForce | None, match: PriceMatch
) -> None:
    """What each type needs, and what it must not carry."""
    if order_type is _LIMIT:
        if time_in_force is None:
            raise mandatory("timeInForce")
        if not params.has("quantity"):
            raise mandatory("quantity")
        if not params.has("price") and match is _NO_MATCH:
            raise mandatory("price")
        if time_in_force is _GTD and not params.has("goodTillDate"):
            raise mandatory("goodTillDate")
    else:
        if not params.has("quantity"):
            raise mandatory("quantity")
        if time_in_force is not None:
            raise not_required("timeinforce")
        if params.has("price"):
            raise not_required("price")


def _check_conflicts(
    account: Account,
    params: Params,
    order_type: OrderType,
    time_in_force: TimeInForce | None,
    match: PriceMatch,
) -> None:
    """Parameters that the type or the position mode rules out (before any number)."""
    if params.flag("closePosition"):
        raise wire_error(-4136, order_type.value, "true")
    if account.hedge and params.has("reduceOnly"):
        raise not_required("reduceonly")
    if match is not _NO_MATCH:
        if order_type is not _LIMIT:
            raise wire_error(-5038)
        if params.has("price"):
            raise wire_error(-5037)
    if time_in_force is not _GTD and params.has("goodTillDate"):
        raise not_required("goodtilldate")


def compose(desk: Desk, account: Account, params: Params) -> PlaceOrder:
    """The command that a placement asks for.

    Raises:
        WireError: a parameter is missing for the type, or not allowed for it.
    """
    order_type = params.values["type"]
    if not isinstance(order_type, OrderType):
        raise wire_error(-4120)
    time_in_force = params.choice_or_none("timeInForce", TimeInForce)
    if time_in_force is _RPI and not desk.vintage.has(Change.RPI_TRADES):
        raise wire_error(-1115)
    match = price_match(desk, params)
    _check_presence(params, order_type, time_in_force, match)
    _check_conflicts(account, params, order_type, time_in_force, match)
    good_till_ms = params.number_or_none("goodTillDate") or 0
    return PlaceOrder(
        account_id=account.account_id,
        symbol=params.text("symbol"),
        side=params.choice("side", Side),
        position_side=params.choice("positionSide", PositionSide),
        order_type=order_type,
        # GTC is what a MARKET order shows (recorded).
        time_in_force=time_in_force or _GTC,
        quantity=as_qty(params.number("quantity")),
        price=as_price(params.number_or_none("price") or 0),
        reduce_only=params.flag("reduceOnly"),
        client_order_id=params.text_or_none("newClientOrderId") or made_up_id(desk.state.seq),
        self_trade_prevention=params.choice("selfTradePreventionMode", SelfTradePrevention),
        price_match=match,
        good_till_ms=good_till_ms - good_till_ms % SECOND_MS,
    )


def _place(desk: Desk, account: Account, params: Params) -> Row:
    command = compose(desk, account, params)
    instrument = instrument_of(desk, command.symbol)
    events = submit(desk, command, instrument)
    accepted = events[0]
    assert isinstance(accepted, OrderAccepted), accepted
    record = desk.views.orders.remembered(account.account_id, accepted.order_id)
    assert record is not None, accepted.order_id
    as_entered = params.choice("newOrderRespType", RespType) is RespType.ACK
    return order_ack(record, instrument, desk.vintage, as_entered=as_entered)


def order_place(desk: Desk, account: Account, params: Params) -> bytes:
    """POST order."""
    return dumps(_place(desk, account, params))


def order_test(desk: Desk, account: Account, params: Params) -> bytes:
    """POST order/test: every refusal of the real thing, and no order."""
    command = compose(desk, account, params)
    refused = check_order(Turn(desk.state, desk.now_ms()), command)
    if refused is not None:
        instrument = instrument_of(desk, command.symbol)
        raise reject_error(refused.reason, refused.bound, instrument)
    return dumps(order_tested(desk.vintage))


def orders_place(desk: Desk, account: Account, params: Params) -> bytes:
    """POST batchOrders: each element on its own, errors in their places."""
    return element_answers(desk, account, params, PLACE, _place)
