"""What a waiting order does once the price has come to its trigger.

The price is taken there at once, by the commands that a lab would give: the street quotes around
the trigger, and index, mark and last are that price. Whatever rests or waits on the way is met.
"""

from collections.abc import Sequence
from typing import Final

from perpbox.engine.algo_orders import level_of
from perpbox.engine.collateral import available_balance
from perpbox.engine.commands import PinPrices, SetDepth
from perpbox.engine.entry import draft_order
from perpbox.engine.events import AlgoChanged, Event
from perpbox.engine.position import Leg
from perpbox.engine.precheck import Draft
from perpbox.engine.shock import jump
from perpbox.engine.state import Account
from perpbox.engine.triggers import child_order
from perpbox.engine.turn import Turn
from perpbox.engine.types import AlgoStatus, AlgoType, Side
from perpbox.money import Price, Qty, plain
from perpbox.wire.answers.common import instrument_of, submit
from perpbox.wire.errors import reject_error
from perpbox.wire.fork_desk import ForkDesk
from perpbox.wire.preview_figures import Answer, after, traded, wanted

ENDS: Final = (AlgoStatus.TRIGGERED, AlgoStatus.FINISHED, AlgoStatus.REJECTED)
STREET_LEVELS: Final = 5
"""Levels a side: as deep as a price match looks."""


def at_trigger(desk: ForkDesk, account: Account, placed: Sequence[Event]) -> Answer:
    """``{"atTrigger": …}`` of an order that was just placed in a fork, whose prices move for it.

    Nothing where the price is not known beforehand (a trailing order) or nothing has a price yet.
    """
    opened = placed[0]
    assert isinstance(opened, AlgoChanged), opened
    order, price = opened.order, level_of(opened.order)
    market = desk.state.markets[order.symbol]
    if order.kind is AlgoType.TRAILING_STOP_MARKET or not market.mark:
        return {}
    asset = market.instrument.margin_asset
    quantity = Qty(order.quantity + sum(abs(leg.quantity) for leg in _legs(account, order.symbol)))
    passed = submit(desk, _street(desk, order.symbol, order.side, price, quantity))
    jump(desk.state, market, price)
    before = available_balance(desk.state, account, asset)
    child = child_order(account, market, order)
    draft = draft_order(Turn(desk.state, desk.now_ms()), child)
    cost = wanted(draft) if isinstance(draft, Draft) else {}
    events = [*passed, *submit(desk, PinPrices(order.symbol, price, price, price))]
    told: Answer = {"triggerPrice": plain(price)}
    end = _end(events, opened.algo_id)
    if end is None:
        return {}
    if end.refused is not None:
        error = reject_error(end.refused.reason, end.refused.bound, market.instrument)
        return {"atTrigger": {**told, "ok": False, "code": error.code, "msg": error.msg}}
    outcome = traded(desk, account.account_id, order.symbol, end.order_id, events)
    told |= {"ok": True, "status": outcome["status"], **cost, **outcome}
    side = order.position_side
    told |= after(desk, account.account_id, order.symbol, side, asset, before)
    return {"atTrigger": told}


def _street(desk: ForkDesk, symbol: str, side: Side, price: Price, quantity: Qty) -> SetDepth:
    """Quotes around a price; the best one opposite of ``side`` is that price, and enough."""
    tick = instrument_of(desk, symbol).tick_size
    bid, ask = (price, Price(price + tick)) if side is Side.SELL else (Price(price - tick), price)
    steps = [step * tick for step in range(STREET_LEVELS)]
    bids = tuple((Price(bid - step), quantity) for step in steps if bid > step)
    asks = tuple((Price(ask + step), quantity) for step in steps)
    return SetDepth(symbol, bids, asks, replace=True, from_lab=True)


def _legs(account: Account, symbol: str) -> tuple[Leg, ...]:
    holding = account.holdings.get(symbol)
    return holding.legs(account.hedge) if holding is not None else ()


def _end(events: Sequence[Event], algo_id: int) -> AlgoChanged | None:
    """The last that was told of a conditional order; nothing where it still waits or expired."""
    told = [e for e in events if isinstance(e, AlgoChanged) and e.algo_id == algo_id]
    final = told[-1] if told else None
    return final if final is not None and final.status in ENDS else None
