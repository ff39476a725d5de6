"""Shocks happening: each goes through the engine, margin by its command, fills by settlement."""

from collections.abc import Sequence
from typing import assert_never

from perpbox import money, rounding
from perpbox.calculator.build import paper_order
from perpbox.calculator.desk import PaperDesk
from perpbox.calculator.document import OrderTerms
from perpbox.calculator.errors import ShockError
from perpbox.calculator.shocks import ADD_MARGIN, FILL, MOVE, AddMargin, Fill, Move, Shock
from perpbox.engine.commands import AdjustIsolatedMargin, PlaceOrder
from perpbox.engine.events import Rejected
from perpbox.engine.matching import maker_filled
from perpbox.engine.orders import Order
from perpbox.engine.precheck import Draft, check_margin
from perpbox.engine.resting import knock_out_reducing, reducible
from perpbox.engine.settlement import settle_fill
from perpbox.engine.shock import jump
from perpbox.engine.state import Account, Market
from perpbox.engine.turn import Turn
from perpbox.engine.types import OrderType, PositionSide, TimeInForce
from perpbox.wire.errors import reject_error


def apply_shocks(desk: PaperDesk, shocks: Sequence[Shock]) -> tuple[str, ...]:
    """Let shocks happen to an account; returns notes on what they leave out.

    Raises:
        ShockError: one cannot happen, with the exchange's own words where it is the exchange
            that refuses.
    """
    notes: list[str] = []
    for shock in shocks:
        match shock:
            case Move():
                notes += _apply_move(desk, shock)
            case AddMargin():
                _apply_margin(desk, shock)
            case Fill():
                notes += _apply_fill(desk, shock)
            case unreachable:
                assert_never(unreachable)
    return tuple(notes)


def _market(desk: PaperDesk, option: str, text: str, symbol: str) -> Market:
    market = desk.state.markets.get(symbol)
    if market is None:
        known = ", ".join(list(desk.state.markets)[:5]) or "none"
        problem = f"{symbol[:40]} is not under symbols of the account file; there are {known}"
        raise ShockError(option, text, problem)
    return market


def _apply_move(desk: PaperDesk, shock: Move) -> list[str]:
    """Move mark and last of a contract, and the asset that it prices."""
    market = _market(desk, MOVE, shock.text, shock.symbol)
    before = market.mark
    mark = rounding.raised(before, shock.change) if shock.price is None else shock.price
    if mark <= 0:
        raise ShockError(MOVE, shock.text, "leaves a price of 0 at 8 decimals")
    jump(desk.state, market, mark)
    reached = sum(
        (order.price - mark) * order.side >= 0
        for order in desk.account.open_orders.values()
        if order.symbol == shock.symbol
    )
    if not reached:
        return []
    words = (
        "1 resting order beyond the new mark stays"
        if reached == 1
        else (f"{reached} resting orders beyond the new mark stay")
    )
    return [f"{MOVE} {shock.text}: {words} unfilled"]


def _apply_margin(desk: PaperDesk, shock: AddMargin) -> None:
    _market(desk, ADD_MARGIN, shock.text, shock.symbol)
    _check_side(desk, ADD_MARGIN, shock.text, shock.side)
    events = desk.submit(
        AdjustIsolatedMargin(desk.account.account_id, shock.symbol, shock.side, shock.amount)
    )
    if isinstance(events[0], Rejected):
        error = reject_error(events[0].reason, events[0].bound)
        problem = f"the exchange would refuse it: {error.code}, {error.msg}"
        raise ShockError(ADD_MARGIN, shock.text, problem)


def _check_side(desk: PaperDesk, option: str, text: str, side: PositionSide) -> None:
    if desk.account.hedge and side is PositionSide.BOTH:
        raise ShockError(option, text, "the account is in hedge mode; add LONG or SHORT")
    if not desk.account.hedge and side is not PositionSide.BOTH:
        raise ShockError(option, text, f"the account is in one-way mode; leave {side.name} out")


def _apply_fill(desk: PaperDesk, shock: Fill) -> list[str]:
    """Settle a fill: of the resting order it names as maker, else of an order of its own."""
    terms = shock.terms
    market = _market(desk, FILL, shock.text, terms.symbol)
    _check_side(desk, FILL, shock.text, terms.position_side)
    places = market.instrument.quantity_precision
    if money.decimals(terms.quantity) > places:
        problem = f"{terms.symbol} has {places} decimals of quantity; cut it"
        raise ShockError(FILL, shock.text, problem)
    order = _resting(desk, terms) if shock.is_maker else None
    notes = [] if order else _margin_note(desk, market, shock)
    is_resting = order is not None
    order = order or paper_order(desk.state, terms)
    holding = desk.account.holdings[terms.symbol]
    leg = holding.leg(terms.position_side)
    room = reducible(leg, terms.side)
    if order.reduces and terms.quantity > room:
        side = terms.position_side.name
        problem = f"closes more than the {money.plain(room)} held {side}; lower it"
        raise ShockError(FILL, shock.text, problem)
    turn = Turn(desk.state, desk.now_ms())
    _settle(turn, market, desk.account, order, shock)
    if is_resting:
        book_side = market.book.side(order.side)
        level = book_side.at(order.price)
        assert level is not None, "a resting order has a level"
        maker_filled(turn, market, book_side, level, order, terms.quantity)
    else:
        knock_out_reducing(turn, market, desk.account, holding, leg)
    return notes


def _settle(turn: Turn, market: Market, account: Account, order: Order, shock: Fill) -> None:
    """The engine's settlement of one print."""
    terms = shock.terms
    trade_id = market.next_trade_id
    market.next_trade_id = trade_id + 1
    if market.last:
        # A fill is a print. A file that leaves last out wants no gap between last and mark.
        market.last = terms.price
    settle_fill(
        turn,
        market,
        account,
        order,
        terms.price,
        terms.quantity,
        trade_id,
        is_maker=shock.is_maker,
    )


def _margin_note(desk: PaperDesk, market: Market, shock: Fill) -> list[str]:
    """What the exchange would say to the order's margin, if it would refuse it."""
    terms = shock.terms
    command = PlaceOrder(
        desk.account.account_id,
        terms.symbol,
        terms.side,
        terms.position_side,
        OrderType.LIMIT,
        TimeInForce.GTC,
        terms.quantity,
        terms.price,
        reduce_only=False,
        client_order_id="",
    )
    refused = check_margin(Draft(desk.state, command, desk.account, market, terms.price))
    if refused is None:
        return []
    error = reject_error(refused.reason, refused.bound, market.instrument)
    text = f"{FILL} {shock.text}: the exchange would refuse the order ({error.code}, {error.msg})"
    return [f"{text}; computed all the same"]


def _resting(desk: PaperDesk, terms: OrderTerms) -> Order | None:
    """The first resting order that such a maker fill would be of."""
    for order in desk.account.open_orders.values():
        if (
            order.symbol == terms.symbol
            and order.side is terms.side
            and order.position_side is terms.position_side
            and order.price == terms.price
            and order.remaining >= terms.quantity
        ):
            return order
    return None
