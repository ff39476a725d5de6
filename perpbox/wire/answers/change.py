"""Changing and canceling orders: PUT and DELETE of order and batchOrders, allOpenOrders."""

import re
from typing import Final

from perpbox.engine.commands import CancelAllOrders, CancelOrder, ModifyOrder
from perpbox.engine.entry import find_open
from perpbox.engine.events import OrderAmended, OrderEnded
from perpbox.engine.state import Account
from perpbox.engine.types import PriceMatch, Side
from perpbox.money import Price, Qty
from perpbox.wire.answers.batch import element_answers
from perpbox.wire.answers.common import dumps, instrument_of, order_ids, price_match, submit
from perpbox.wire.changes import Change
from perpbox.wire.desk import Desk
from perpbox.wire.errors import (
    WireError,
    invalid,
    mandatory,
    not_required,
    one_of_two,
    wire_error,
)
from perpbox.wire.order_params import MODIFY
from perpbox.wire.params import Params
from perpbox.wire.render_orders import Row, order_ack

ALL_CANCELED: Final = b'{"code":200,"msg":"The operation of cancel all open order is done."}'
_ORDER_ID = re.compile(r"\d{1,19}", re.ASCII)


def _check_reduce_only(account: Account, params: Params, order_id: int, client_id: str) -> None:
    if not params.has("reduceOnly"):
        return
    if account.hedge:
        raise not_required("reduceonly")
    order = find_open(account, params.text("symbol"), order_id, client_id)
    if params.flag("reduceOnly") and order is not None and not order.reduce_only:
        raise wire_error(-5047)


def _price_match(desk: Desk, params: Params) -> PriceMatch:
    """How the book chooses the new price, if it does.

    Before the API date knows priceMatch, it is as good as not sent. While a price had to be sent
    beside it, priceMatch won (our choice).
    """
    match = price_match(desk, params)
    if not desk.vintage.has(Change.MODIFY_PRICE_MATCH):
        match = PriceMatch.NONE
    is_exclusive = desk.vintage.has(Change.MODIFY_WITHOUT_PRICE)
    is_matched = match is not PriceMatch.NONE
    if not params.has("price") and not (is_matched and is_exclusive):
        raise mandatory("price")
    if params.has("price") and is_matched and is_exclusive:
        raise wire_error(-5037)
    return match


def _modify_id(desk: Desk, params: Params) -> int | None:
    return params.number_or_none("modifyId") if desk.vintage.has(Change.MODIFY_ID) else None


def _modify(desk: Desk, account: Account, params: Params) -> Row:
    order_id, client_id = order_ids(params)
    match = _price_match(desk, params)
    if desk.vintage.has(Change.MODIFY_REDUCE_ONLY):
        _check_reduce_only(account, params, order_id, client_id)
    symbol = params.text("symbol")
    modify_id = _modify_id(desk, params)
    command = ModifyOrder(
        account_id=account.account_id,
        symbol=symbol,
        order_id=order_id,
        client_order_id=client_id,
        side=params.choice("side", Side),
        quantity=Qty(params.number("quantity")),
        price=Price(0 if match is not PriceMatch.NONE else params.number("price")),
        price_match=match,
        modify_id=modify_id,
    )
    instrument = instrument_of(desk, symbol)
    changed = submit(desk, command, instrument, modify=True)[0]
    assert isinstance(changed, OrderAmended | OrderEnded), changed
    record = desk.views.orders.get(account.account_id, changed.order_id)
    assert record is not None, changed.order_id
    return order_ack(record, instrument, desk.vintage, modify_id=modify_id)


def order_modify(desk: Desk, account: Account, params: Params) -> bytes:
    """PUT order."""
    return dumps(_modify(desk, account, params))


def orders_modify(desk: Desk, account: Account, params: Params) -> bytes:
    """PUT batchOrders."""
    return element_answers(desk, account, params, MODIFY, _modify)


def _cancel(desk: Desk, account: Account, symbol: str, order_id: int, client_id: str) -> Row:
    events = submit(desk, CancelOrder(account.account_id, symbol, order_id, client_id))
    ended = next(event for event in events if isinstance(event, OrderEnded))
    record = desk.views.orders.get(account.account_id, ended.order_id)
    assert record is not None, ended.order_id
    return order_ack(record, instrument_of(desk, symbol), desk.vintage)


def order_cancel(desk: Desk, account: Account, params: Params) -> bytes:
    """DELETE order."""
    order_id, client_id = order_ids(params)
    return dumps(_cancel(desk, account, params.text("symbol"), order_id, client_id))


def _named_orders(params: Params) -> list[tuple[int, str]]:
    """(order id or 0, client id or empty) of each order that a batch cancel names."""
    numbers = params.elements("orderIdList")
    texts = params.elements("origClientOrderIdList")
    if not numbers and not texts:
        raise one_of_two("orderIdList", "origClientOrderIdList")
    named: list[tuple[int, str]] = []
    for number in numbers:
        if not isinstance(number, str) or _ORDER_ID.fullmatch(number) is None:
            raise invalid("orderidlist")
        named.append((int(number), ""))
    if not named:
        for text in texts:
            if not isinstance(text, str):
                raise invalid("origclientorderidlist")
            named.append((0, text))
    return named


def orders_cancel(desk: Desk, account: Account, params: Params) -> bytes:
    """DELETE batchOrders: by order ids, or by client ids when no order id is given."""
    symbol = params.text("symbol")
    rows: list[Row] = []
    for order_id, client_id in _named_orders(params):
        try:
            rows.append(_cancel(desk, account, symbol, order_id, client_id))
        except WireError as error:
            rows.append({"code": error.code, "msg": error.msg})
    return dumps(rows)


def orders_cancel_all(desk: Desk, account: Account, params: Params) -> bytes:
    """DELETE allOpenOrders; the same answer when nothing was open."""
    submit(desk, CancelAllOrders(account.account_id, params.text("symbol")))
    return ALL_CANCELED
