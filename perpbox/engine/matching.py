"""Matching: price first, then time, over orders of accounts and street depth."""

from typing import Final

from perpbox import rounding
from perpbox.engine.book import BookSide, Level
from perpbox.engine.commands import PlaceOrder
from perpbox.engine.events import TradePrinted
from perpbox.engine.orders import Order
from perpbox.engine.resting import (
    end_resting,
    forget,
    knock_out_reducing,
    order_margin_notional,
    reducible,
)
from perpbox.engine.settlement import restate_order_margin, settle_fill
from perpbox.engine.state import Account, Market
from perpbox.engine.turn import Turn
from perpbox.engine.types import (
    BUY,
    EndReason,
    OrderStatus,
    PositionSide,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TradeSource,
)
from perpbox.money import Price, Qty
from perpbox.units import as_qty

_FILLED: Final = OrderStatus.FILLED
_EXPIRED_IN_MATCH: Final = OrderStatus.EXPIRED_IN_MATCH
_NOT_PREVENTED: Final = SelfTradePrevention.NONE
_ACCOUNTS: Final = TradeSource.ACCOUNTS
_RETAIL: Final = TradeSource.RPI

_GUARDED = frozenset((TimeInForce.GTC, TimeInForce.IOC, TimeInForce.GTD, TimeInForce.GTE_GTC))
"""Times in force for which self-trade prevention works."""


def crosses(side: Side, limit: Price, price: Price) -> bool:
    """Whether an order with that limit takes from a level at ``price``."""
    return limit >= price if side is BUY else limit <= price


def print_trade(
    turn: Turn,
    market: Market,
    price: Price,
    quantity: Qty,
    buyer_is_maker: bool,
    source: TradeSource,
) -> int:
    """Number and publish a trade; returns its id."""
    trade_id = market.next_trade_id
    market.next_trade_id = trade_id + 1
    market.last = price
    turn.events.append(
        TradePrinted(
            market.instrument.symbol,
            trade_id,
            price,
            quantity,
            rounding.quote_value(price, quantity),
            buyer_is_maker,
            source,
            turn.at_ms,
        )
    )
    return trade_id


def street_fill(
    turn: Turn,
    market: Market,
    account: Account,
    order: Order,
    price: Price,
    quantity: Qty,
    is_maker: bool,
) -> None:
    """Fill an account's order against the street."""
    buyer_is_maker = is_maker == (order.side is BUY)
    source = _RETAIL if order.time_in_force is TimeInForce.RPI else _ACCOUNTS
    trade_id = print_trade(turn, market, price, quantity, buyer_is_maker, source)
    sign = int(order.side)
    quote = rounding.quote_value(price, quantity)
    market.street_quantity = as_qty(market.street_quantity - sign * quantity)
    market.street_cost = type(quote)(market.street_cost - sign * quote)
    settle_fill(turn, market, account, order, price, quantity, trade_id, is_maker)


def maker_filled(
    turn: Turn, market: Market, side: BookSide, level: Level, maker: Order, quantity: Qty
) -> None:
    """Bring book and account up to date after a resting order was filled by ``quantity``."""
    level.own = as_qty(level.own - quantity)
    side.touched.add(level.price)
    account = turn.state.accounts[maker.account_id]
    holding = account.holdings[maker.symbol]
    leg = holding.leg(maker.position_side)
    if maker.status is _FILLED:
        del level.orders[maker.order_id]
        forget(account, maker)
        side.drop_if_empty(level)
    else:
        restate_order_margin(leg, maker, order_margin_notional(maker))
    knock_out_reducing(turn, market, account, holding, leg)


def maker_quantity(turn: Turn, maker: Order) -> Qty:
    """How much of a resting order can be filled now."""
    remaining = as_qty(maker.quantity - maker.executed)
    if not maker.reduces:
        return remaining
    account = turn.state.accounts[maker.account_id]
    leg = account.holdings[maker.symbol].leg(maker.position_side)
    return as_qty(min(remaining, reducible(leg, maker.side)))


def _take_street(
    turn: Turn, market: Market, account: Account, taker: Order, level: Level, quantity: Qty
) -> None:
    """Take street quantity of a level; it stays gone until a new depth names the level."""
    level.street = as_qty(level.street - quantity)
    for order in level.orders.values():
        order.street_ahead = as_qty(max(0, order.street_ahead - quantity))
    market.book.opposite(taker.side).touched.add(level.price)
    street_fill(turn, market, account, taker, level.price, quantity, is_maker=False)


def _prevent_self_trade(
    turn: Turn, market: Market, account: Account, taker: Order, maker: Order
) -> bool:
    """End what self-trade prevention ends; True when the taker is among it."""
    mode = taker.self_trade_prevention
    if mode is not SelfTradePrevention.EXPIRE_TAKER:
        end_resting(turn, market, account, maker, _EXPIRED_IN_MATCH, EndReason.SELF_TRADE)
    if mode is SelfTradePrevention.EXPIRE_MAKER:
        return False
    taker.status = _EXPIRED_IN_MATCH
    return True


def _is_self_trade(taker: Order, maker: Order) -> bool:
    return (
        maker.account_id == taker.account_id
        and taker.self_trade_prevention is not _NOT_PREVENTED
        and taker.time_in_force in _GUARDED
    )


def _trade_with(
    turn: Turn,
    market: Market,
    account: Account,
    taker: Order,
    level: Level,
    maker: Order,
    quantity: Qty,
) -> None:
    """One fill between two accounts."""
    side = market.book.side(maker.side)
    trade_id = print_trade(turn, market, level.price, quantity, maker.side is BUY, _ACCOUNTS)
    settle_fill(turn, market, account, taker, level.price, quantity, trade_id, is_maker=False)
    maker_account = turn.state.accounts[maker.account_id]
    settle_fill(turn, market, maker_account, maker, level.price, quantity, trade_id, is_maker=True)
    maker_filled(turn, market, side, level, maker, quantity)


def _take_level(turn: Turn, market: Market, account: Account, taker: Order, level: Level) -> None:
    """Match a taker against one level, in time priority, until either is used up."""
    for maker in list(level.orders.values()):
        if maker.order_id not in level.orders:
            continue
        if maker.street_ahead:
            ahead = as_qty(min(maker.street_ahead, taker_wants(account, taker)))
            if ahead:
                _take_street(turn, market, account, taker, level, ahead)
        wanted = taker_wants(account, taker)
        if not wanted:
            return
        if _is_self_trade(taker, maker):
            if _prevent_self_trade(turn, market, account, taker, maker):
                return
            continue
        quantity = as_qty(min(wanted, maker_quantity(turn, maker)))
        while quantity:
            _trade_with(turn, market, account, taker, level, maker, quantity)
            if maker.order_id not in level.orders:
                break
            # A reducing order on the taker's own leg may have more to reduce after each fill.
            quantity = as_qty(min(taker_wants(account, taker), maker_quantity(turn, maker)))
        if maker.order_id in level.orders and maker_quantity(turn, maker) == 0:
            owner = turn.state.accounts[maker.account_id]
            end_resting(turn, market, owner, maker, OrderStatus.EXPIRED, EndReason.REDUCE_ONLY)
    quantity = as_qty(min(level.street, taker_wants(account, taker)))
    if quantity:
        _take_street(turn, market, account, taker, level, quantity)
        market.book.opposite(taker.side).drop_if_empty(level)


def taker_wants(account: Account, taker: Order) -> Qty:
    """What an incoming order still wants; a reducing one no more than there is to reduce."""
    remaining = as_qty(taker.quantity - taker.executed)
    if taker.status is _EXPIRED_IN_MATCH:
        return as_qty(0)
    if not taker.reduces:
        return remaining
    leg = account.holdings[taker.symbol].leg(taker.position_side)
    return as_qty(min(remaining, reducible(leg, taker.side)))


def take(turn: Turn, market: Market, account: Account, taker: Order, limit: Price) -> None:
    """Match an incoming order as far as ``limit`` allows."""
    opposite = market.book.opposite(taker.side)
    side = taker.side
    filled_before = taker.executed
    while taker.status is not _EXPIRED_IN_MATCH:
        level = opposite.best()
        if level is None or not crosses(side, limit, level.price):
            break
        if not taker_wants(account, taker):
            break
        _take_level(turn, market, account, taker, level)
    if taker.executed != filled_before:
        holding = account.holdings[taker.symbol]
        knock_out_reducing(turn, market, account, holding, holding.leg(taker.position_side))


def fillable(turn: Turn, market: Market, command: PlaceOrder, limit: Price, wanted: Qty) -> Qty:
    """Dry walk: how much an order could fill at once, at most ``wanted``. Changes nothing.

    Legs are followed along the way, for an order that only reduces fills no more than its leg
    still holds when the walk comes to it. A trade with the own leg leaves that leg as it was.
    """
    side = command.side
    opposite = market.book.opposite(side)
    incoming = (command.account_id, command.position_side)
    moved: dict[tuple[int, PositionSide], int] = {}
    found = 0
    for key in reversed(opposite.keys):
        level = opposite.levels[key]
        if not crosses(side, limit, level.price):
            break
        served = 0
        for maker in level.orders.values():
            found += maker.street_ahead - served
            served = maker.street_ahead
            if found >= wanted:
                return wanted
            quantity = min(maker.quantity - maker.executed, wanted - found)
            leg_key = (maker.account_id, maker.position_side)
            if maker.reduces and leg_key != incoming:
                holding = turn.state.accounts[maker.account_id].holdings[maker.symbol]
                held = holding.leg(maker.position_side).quantity + moved.get(leg_key, 0)
                quantity = min(quantity, max(0, -maker.side * held))
            moved[leg_key] = moved.get(leg_key, 0) + maker.side * quantity
            found += quantity
        found += level.street - served
        if found >= wanted:
            return wanted
    return as_qty(found)
