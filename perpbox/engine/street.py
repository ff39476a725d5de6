"""The street: depth and prints of the outside venue meeting orders of accounts."""

from typing import Final

from perpbox.engine.book import BookSide, Level
from perpbox.engine.commands import Levels, SetDepth, StreetTrade
from perpbox.engine.events import Rejected
from perpbox.engine.matching import (
    crosses,
    maker_filled,
    maker_quantity,
    print_trade,
    street_fill,
)
from perpbox.engine.orders import Order
from perpbox.engine.rejects import Reject
from perpbox.engine.resting import end_resting
from perpbox.engine.state import Market
from perpbox.engine.turn import Turn, refuse
from perpbox.engine.types import BUY, SELL, EndReason, OrderStatus, Side, TradeSource
from perpbox.money import Price, Qty

_STREET: Final = TradeSource.STREET


def set_depth(turn: Turn, command: SetDepth) -> Rejected | None:
    """Set street levels; what crosses a resting order fills it first."""
    market = turn.state.markets.get(command.symbol)
    if market is None:
        return refuse(Reject.SYMBOL_UNKNOWN)
    if market.is_over:
        return refuse(Reject.SYMBOL_OVER) if command.from_lab else None
    if market.depth_from_lab and not command.from_lab:
        return None
    if command.from_lab:
        market.depth_from_lab = True
    turn.touch(market)
    book = market.book
    if command.replace:
        _clear_missing(book.bids, command.bids)
        _clear_missing(book.asks, command.asks)
    else:
        _clear_zeros(book.bids, command.bids)
        _clear_zeros(book.asks, command.asks)
    _set_side(turn, market, BUY, command.bids)
    _set_side(turn, market, SELL, command.asks)
    if command.update_id > book.update_id:
        # Where something changed, the flush at the end of the turn counts one on.
        book.update_id = command.update_id - book.is_touched()
    return None


def _clear_missing(side: BookSide, levels: Levels) -> None:
    named = {price for price, quantity in levels if quantity}
    for price in side.street_prices():
        if price not in named:
            side.set_street(price, Qty(0))


def _clear_zeros(side: BookSide, levels: Levels) -> None:
    for price, quantity in levels:
        if not quantity:
            side.set_street(price, quantity)


def _set_side(turn: Turn, market: Market, side: Side, levels: Levels) -> None:
    own = market.book.side(side)
    opposite = market.book.opposite(side)
    for price, quantity in levels:
        if not quantity:
            continue
        best = opposite.best()
        left = quantity
        if best is not None and crosses(side, price, best.price):
            left = _cross(turn, market, side, price, quantity)
        own.set_street(price, left)


def _cross(turn: Turn, market: Market, side: Side, price: Price, quantity: Qty) -> Qty:
    """Let a new street level take what it crosses; returns what is left of it.

    Orders of accounts are filled at their own price. Street quantity in the way is stale: the
    newer word wins and it goes.
    """
    opposite = market.book.opposite(side)
    left = quantity
    while True:
        level = opposite.best()
        if level is None or not crosses(side, price, level.price):
            return left
        opposite.set_street(level.price, Qty(0))
        for maker in list(level.orders.values()):
            if maker.order_id in level.orders:
                left = _fill_maker(turn, market, opposite, level, maker, left)
        if level.orders:
            return Qty(0)


def _fill_maker(
    turn: Turn, market: Market, side: BookSide, level: Level, maker: Order, offered: Qty
) -> Qty:
    """Fill a resting order against the street; returns what is left of the offer."""
    account = turn.state.accounts[maker.account_id]
    quantity = Qty(min(offered, maker_quantity(turn, maker)))
    if quantity:
        street_fill(turn, market, account, maker, level.price, quantity, is_maker=True)
        maker_filled(turn, market, side, level, maker, quantity)
    if maker.order_id in level.orders and not maker_quantity(turn, maker):
        end_resting(turn, market, account, maker, OrderStatus.EXPIRED, EndReason.REDUCE_ONLY)
    return Qty(offered - quantity)


def street_trade(turn: Turn, command: StreetTrade) -> Rejected | None:
    """A print: it fills orders it reaches, and what is left is a trade of the street."""
    market = turn.state.markets.get(command.symbol)
    if market is None:
        return refuse(Reject.SYMBOL_UNKNOWN)
    if market.is_over:
        return refuse(Reject.SYMBOL_OVER) if command.from_lab else None
    if market.pinned_last and not command.from_lab:
        return None
    if command.price <= 0:
        return refuse(Reject.PRICE_NOT_POSITIVE)
    if command.quantity <= 0:
        return refuse(Reject.QUANTITY_NOT_POSITIVE)
    turn.touch(market)
    left = _serve_print(turn, market, command)
    rpi = market.rpi
    if rpi.bids.keys or rpi.asks.keys:
        left = _serve_rpi(turn, market, command, left)
    if left:
        print_trade(turn, market, command.price, left, command.buyer_is_maker, _STREET)
    return None


def _serve_print(turn: Turn, market: Market, command: StreetTrade) -> Qty:
    """Fill resting orders on the maker side of a print; returns what is left of it.

    Orders at a better price than the print were passed through, so nothing is ahead of them
    any more; at the print's own price the street quantity ahead is used up first.
    """
    maker_side = BUY if command.buyer_is_maker else SELL
    taker_side = SELL if command.buyer_is_maker else BUY
    side = market.book.side(maker_side)
    left = command.quantity
    best = side.best()
    if best is None or not crosses(taker_side, command.price, best.price):
        return left
    for level in _levels_reached(side, taker_side, command.price):
        at_print = level.price == command.price
        served = Qty(0)
        for maker in list(level.orders.values()):
            if not left:
                break
            if maker.order_id not in level.orders:
                continue
            ahead = Qty(max(0, maker.street_ahead - served))
            used = Qty(min(ahead, left)) if at_print else ahead
            served = Qty(served + used)
            if at_print:
                left = Qty(left - used)
            if left:
                left = _fill_maker(turn, market, side, level, maker, left)
        for maker in level.orders.values():
            maker.street_ahead = Qty(max(0, maker.street_ahead - served))
        if at_print:
            return Qty(left + served)
    return left


def _serve_rpi(turn: Turn, market: Market, command: StreetTrade, left: Qty) -> Qty:
    """Fill orders for retail price improvement, behind all others; returns what is left.

    The street's prints are the only retail flow that a box has (our choice).
    """
    side = market.rpi.side(BUY if command.buyer_is_maker else SELL)
    if not side.keys:
        return left
    taker_side = SELL if command.buyer_is_maker else BUY
    for level in _levels_reached(side, taker_side, command.price):
        for maker in list(level.orders.values()):
            if left and maker.order_id in level.orders:
                left = _fill_maker(turn, market, side, level, maker, left)
    return left


def _levels_reached(side: BookSide, taker_side: Side, price: Price) -> list[Level]:
    """Levels with orders that a print at ``price`` reaches, best first."""
    reached = []
    for key in reversed(side.keys):
        level = side.levels[key]
        if not crosses(taker_side, price, level.price):
            break
        if level.orders:
            reached.append(level)
    return reached
