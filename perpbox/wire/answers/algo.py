"""Conditional orders: algoOrder, algoOpenOrders, openAlgoOrders, allAlgoOrders."""

from typing import TYPE_CHECKING, Final

from perpbox.engine.algo_orders import LIMIT_KINDS
from perpbox.engine.commands import CancelAlgoOrder, CancelAllAlgoOrders, PlaceAlgoOrder
from perpbox.engine.events import AlgoChanged
from perpbox.engine.state import Account
from perpbox.engine.types import (
    AlgoType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
    WorkingType,
)
from perpbox.money import SCALE, Amount, Price, Qty
from perpbox.wire.answers.common import dumps, instrument_of, price_match, submit, time_window
from perpbox.wire.changes import Change
from perpbox.wire.client_ids import made_up_id
from perpbox.wire.desk import Desk
from perpbox.wire.errors import invalid, mandatory, not_required, one_of_two, wire_error
from perpbox.wire.params import Params
from perpbox.wire.render_algo import algo_full, algo_placed, algo_waiting
from perpbox.wire.render_orders import Row

if TYPE_CHECKING:
    from perpbox.views.algo_orders import AlgoRecord

ALL_CANCELED: Final = b'{"code":200,"msg":"The operation of cancel all open order is done."}'
CALLBACK_PERCENT_MIN: Final = SCALE // 10
CALLBACK_PERCENT_MAX: Final = 20 * SCALE
OLD_PERCENT_MAX: Final = 10 * SCALE
"""Before 2026-10-23."""
TRAILING: Final = AlgoType.TRAILING_STOP_MARKET


def _check_presence(params: Params, kind: AlgoType, match: PriceMatch) -> None:
    """What each type needs."""
    if kind is TRAILING:
        if not params.has("callbackRate"):
            raise mandatory("callbackrate")
    elif not params.has("triggerPrice"):
        raise mandatory("triggerprice")
    if not params.has("quantity") and not params.flag("closePosition"):
        raise mandatory("quantity")
    if kind in LIMIT_KINDS and not params.has("price") and match is PriceMatch.NONE:
        raise mandatory("price")


def _check_conflicts(account: Account, params: Params, kind: AlgoType, match: PriceMatch) -> None:
    """What the type, closePosition or the position mode rules out."""
    if kind is TRAILING:
        unfit: tuple[str, ...] = ("price", "triggerPrice")
    elif kind in LIMIT_KINDS:
        unfit = ("activatePrice", "callbackRate")
    else:
        unfit = ("price", "activatePrice", "callbackRate")
    for name in unfit:
        if params.has(name):
            raise not_required(name.lower())
    if account.hedge and params.has("reduceOnly"):
        raise not_required("reduceonly")
    if params.flag("closePosition"):
        _check_closing(params, kind)
    if match is not PriceMatch.NONE:
        if kind not in LIMIT_KINDS:
            raise wire_error(-5038)
        if params.has("price"):
            raise wire_error(-5037)
    if params.number_or_none("goodTillDate"):
        raise not_required("goodtilldate")


def _check_closing(params: Params, kind: AlgoType) -> None:
    if kind in LIMIT_KINDS or kind is TRAILING:
        raise wire_error(-4136, kind.value, "true")
    if params.number_or_none("quantity"):
        raise wire_error(-4137)
    if params.has("reduceOnly"):
        raise not_required("reduceonly")
    side = params.choice("side", Side)
    position_side = params.choice("positionSide", PositionSide)
    opens = PositionSide.LONG if side is Side.BUY else PositionSide.SHORT
    if position_side is opens:
        raise wire_error(-4136, kind.value, "true")


def _callback(desk: Desk, params: Params) -> int:
    percent = params.number_or_none("callbackRate")
    if percent is None:
        return 0
    most = CALLBACK_PERCENT_MAX if desk.vintage.has(Change.CALLBACK_RATE_20) else OLD_PERCENT_MAX
    if not CALLBACK_PERCENT_MIN <= percent <= most:
        raise invalid("callbackrate")
    return percent


def compose(desk: Desk, account: Account, params: Params) -> PlaceAlgoOrder:
    """The command that a placement asks for.

    Raises:
        WireError: a parameter is missing for the type, or not allowed for it.
    """
    kind = params.choice("type", AlgoType)
    match = price_match(desk, params)
    _check_presence(params, kind, match)
    _check_conflicts(account, params, kind, match)
    return PlaceAlgoOrder(
        account_id=account.account_id,
        symbol=params.text("symbol"),
        side=params.choice("side", Side),
        position_side=params.choice("positionSide", PositionSide),
        kind=kind,
        time_in_force=params.choice("timeInForce", TimeInForce),
        quantity=Qty(params.number_or_none("quantity") or 0),
        price=Price(params.number_or_none("price") or 0),
        trigger_price=Price(params.number_or_none("triggerPrice") or 0),
        client_algo_id=params.text_or_none("clientAlgoId") or made_up_id(desk.state.seq),
        working_type=params.choice("workingType", WorkingType),
        price_match=match,
        close_position=params.flag("closePosition"),
        price_protect=params.flag("priceProtect"),
        reduce_only=params.flag("reduceOnly"),
        activate_price=_activate_price(params),
        callback_percent=_callback(desk, params),
        self_trade_prevention=params.choice("selfTradePreventionMode", SelfTradePrevention),
    )


def _activate_price(params: Params) -> Price:
    """0 stands for none, so a 0 that was sent is refused here."""
    price = params.number_or_none("activatePrice")
    if price is None:
        return Price(0)
    if price <= 0:
        raise wire_error(-4135)
    return Price(price)


def algo_place(desk: Desk, account: Account, params: Params) -> bytes:
    """POST algoOrder."""
    command = compose(desk, account, params)
    instrument = instrument_of(desk, command.symbol)
    placed = submit(desk, command, instrument)[0]
    assert isinstance(placed, AlgoChanged), placed
    record = desk.views.algo_orders.find(account.account_id, placed.algo_id, "", desk.now_ms())
    assert record is not None, placed.algo_id
    return dumps(algo_placed(record, instrument))


def _ids(params: Params) -> tuple[int, str]:
    """(id or 0, client id or empty); the id wins when both were sent."""
    algo_id = params.number_or_none("algoId")
    client_id = params.text_or_none("clientAlgoId")
    if algo_id is None and client_id is None:
        raise one_of_two("algoid", "clientalgoid")
    # No order has the id -1, and 0 would mean the client id.
    return (algo_id or -1, "") if algo_id is not None else (0, client_id or "")


def algo_cancel(desk: Desk, account: Account, params: Params) -> bytes:
    """DELETE algoOrder; the code of the answer is a text."""
    algo_id, client_id = _ids(params)
    canceled = submit(desk, CancelAlgoOrder(account.account_id, algo_id, client_id))[0]
    assert isinstance(canceled, AlgoChanged), canceled
    return dumps(
        {
            "algoId": canceled.algo_id,
            "clientAlgoId": canceled.order.client_algo_id,
            "code": "200",
            "msg": "success",
        }
    )


def algo_cancel_all(desk: Desk, account: Account, params: Params) -> bytes:
    """DELETE algoOpenOrders; the same answer when nothing was open."""
    submit(desk, CancelAllAlgoOrders(account.account_id, params.text("symbol")))
    return ALL_CANCELED


def _full(desk: Desk, record: "AlgoRecord", *, in_history: bool = False) -> Row:
    """The row with what its child has filled by now."""
    last = record.last
    executed, cum_quote = last.executed, last.cum_quote
    child = desk.views.orders.get(last.account_id, last.order_id) if last.order_id else None
    if child is not None:
        executed, cum_quote = child.executed, Amount(child.cum_quote)
    instrument = instrument_of(desk, record.order.symbol)
    return algo_full(record, executed, cum_quote, instrument, desk.vintage, in_history=in_history)


def algo_order(desk: Desk, account: Account, params: Params) -> bytes:
    """GET algoOrder."""
    algo_id, client_id = _ids(params)
    record = desk.views.algo_orders.find(account.account_id, algo_id, client_id, desk.now_ms())
    if record is None:
        raise wire_error(-2013)
    return dumps(_full(desk, record))


def open_algo_orders(desk: Desk, account: Account, params: Params) -> bytes:
    """GET openAlgoOrders: those that wait, oldest first."""
    algo_id = params.number_or_none("algoId")
    records = desk.views.algo_orders.waiting(account.account_id, params.text_or_none("symbol"))
    return dumps(
        [
            algo_waiting(record)
            for record in records
            if algo_id is None or record.last.algo_id == algo_id
        ]
    )


def all_algo_orders(desk: Desk, account: Account, params: Params) -> bytes:
    """GET allAlgoOrders: ids from algoId on, or a window of at most seven days."""
    from_id = params.number_or_none("algoId")
    start_ms, end_ms = (0, None) if from_id is not None else time_window(desk, params)
    records = desk.views.algo_orders.history(
        account.account_id,
        params.text("symbol"),
        from_id,
        # Without a start the newest are wanted; the window cuts them below.
        start_ms if params.has("startTime") else None,
        end_ms,
        params.number("limit"),
        desk.now_ms(),
    )
    return dumps(
        [_full(desk, record, in_history=True) for record in records if record.time_ms >= start_ms]
    )
