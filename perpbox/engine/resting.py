"""The life of an order between its entry and its end."""

from heapq import heappush

from perpbox import rounding
from perpbox.engine.events import OrderEnded
from perpbox.engine.orders import Order
from perpbox.engine.position import Holding, Leg
from perpbox.engine.settlement import restate_order_margin
from perpbox.engine.state import Account, Market
from perpbox.engine.turn import Turn
from perpbox.engine.types import EndReason, OrderStatus, Side
from perpbox.money import Amount, Qty
from perpbox.units import as_amount, as_qty


def reducible(leg: Leg, side: Side) -> Qty:
    """How much of a leg an order of that direction can close."""
    return as_qty(abs(leg.quantity)) if leg.quantity * side < 0 else as_qty(0)


def order_margin_notional(order: Order) -> Amount:
    """What a resting order adds to the notional shown for its side; reduce-only ones nothing.

    A closing order of hedge mode counts (recorded: a LONG leg with askNotional 3737), but the
    netting of its leg takes no margin for it.
    """
    if order.reduce_only:
        return as_amount(0)
    return rounding.quote_value(order.price, order.remaining)


def rest(turn: Turn, market: Market, account: Account, order: Order) -> None:
    """Put what remains of an order into the book and on its account."""
    market.book_of(order).side(order.side).add(order)
    holding = account.holdings[order.symbol]
    account.open_orders[order.order_id] = order
    account.client_order_ids[order.client_order_id] = order.order_id
    holding.open_orders += 1
    account.version += 1
    if order.reduces:
        holding.reducing_orders += 1
    restate_order_margin(holding.leg(order.position_side), order, order_margin_notional(order))
    if order.good_till_ms:
        heappush(turn.state.good_till, (order.good_till_ms, order.order_id, account.account_id))


def forget(account: Account, order: Order) -> None:
    """Take an order off its account (it is already out of the book)."""
    holding: Holding = account.holdings[order.symbol]
    del account.open_orders[order.order_id]
    del account.client_order_ids[order.client_order_id]
    holding.open_orders -= 1
    account.version += 1
    if order.reduces:
        holding.reducing_orders -= 1
    restate_order_margin(holding.leg(order.position_side), order, as_amount(0))


def tell_end(turn: Turn, order: Order, status: OrderStatus, reason: EndReason) -> None:
    """Say that an order ended unfilled."""
    order.status = status
    turn.events.append(
        OrderEnded(order.account_id, order.order_id, order.symbol, status, reason, turn.at_ms)
    )


def end_resting(
    turn: Turn,
    market: Market,
    account: Account,
    order: Order,
    status: OrderStatus,
    reason: EndReason,
) -> None:
    """Take a resting order out of the book, off its account, and say so."""
    market.book_of(order).side(order.side).remove(order)
    forget(account, order)
    if account.multi_assets:
        # An account without orders may have a debt to exchange.
        turn.margin_touched[account.account_id] = None
    tell_end(turn, order, status, reason)


def knock_out_reducing(
    turn: Turn, market: Market, account: Account, holding: Holding, leg: Leg
) -> None:
    """Expire resting orders that can only reduce a leg which has nothing left for them."""
    if not holding.reducing_orders:
        return
    doomed = [
        order
        for order in account.open_orders.values()
        if order.symbol == market.instrument.symbol
        and order.position_side is leg.side
        and order.reduces
        and not reducible(leg, order.side)
    ]
    for order in doomed:
        end_resting(turn, market, account, order, OrderStatus.EXPIRED, EndReason.REDUCE_ONLY)
