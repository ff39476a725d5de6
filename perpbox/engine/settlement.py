"""What a fill does to an account: position, isolated wallet, profit, commission."""

from typing import Final

from perpbox import rounding
from perpbox.engine.adl import rank_again
from perpbox.engine.events import IsolatedMarginMoved, OrderTraded, PositionChanged
from perpbox.engine.fees import fee_of, share_of
from perpbox.engine.ledger import CLEARING, FEES
from perpbox.engine.orders import Order
from perpbox.engine.position import Holding, Leg
from perpbox.engine.state import Account, Market
from perpbox.engine.turn import Turn
from perpbox.engine.types import Forced, LedgerKind, OrderStatus, TimeInForce
from perpbox.engine.values import Fee
from perpbox.money import Amount, Price, Qty
from perpbox.units import as_amount, as_price, as_qty

_FILLED: Final = OrderStatus.FILLED
_PARTIALLY_FILLED: Final = OrderStatus.PARTIALLY_FILLED
_REALIZED_PNL: Final = LedgerKind.REALIZED_PNL
_COMMISSION: Final = LedgerKind.COMMISSION

_FREE_OF_COMMISSION: Final = (Forced.LIQUIDATION, Forced.DELEVERAGING)
"""Recorded; liquidation has a clearance fee instead. A delivery costs what a taker pays (page)."""


def set_isolated_wallet(
    turn: Turn, account: Account, holding: Holding, leg: Leg, change: Amount
) -> None:
    """Set margin aside for a leg (positive) or give it back to the cross wallet."""
    asset = holding.instrument.margin_asset
    leg.isolated_wallet = as_amount(leg.isolated_wallet + change)
    account.isolated_total[asset] = as_amount(account.isolated_total.get(asset, 0) + change)
    account.asset_updated_ms[asset] = turn.at_ms
    account.version += 1


def tell_position(turn: Turn, account: Account, symbol: str, leg: Leg) -> None:
    """Say what a leg has come to."""
    turn.events.append(
        PositionChanged(
            account.account_id,
            symbol,
            leg.side,
            leg.quantity,
            leg.isolated_wallet,
            leg.entry_e20,
            leg.cost,
            leg.fees_paid,
            leg.realized,
            leg.lifetime_realized,
            turn.at_ms,
        )
    )


def restate_order_margin(leg: Leg, order: Order, value: Amount) -> None:
    """Make ``value`` what the order adds to the open-order notional of its leg."""
    change = value - order.margin_notional
    if change:
        order.margin_notional = value
        if order.side > 0:
            leg.bid_notional = as_amount(leg.bid_notional + change)
        else:
            leg.ask_notional = as_amount(leg.ask_notional + change)
        leg.version += 1


def _close(leg: Leg, price: Price, closed: Qty) -> tuple[Amount, Amount]:
    """Take ``closed`` out of a leg; returns (realized profit, isolated margin released)."""
    held = abs(leg.quantity)
    sign = 1 if leg.quantity > 0 else -1
    proceeds = rounding.quote_value(price, closed)
    share = rounding.cost_share(leg.cost, closed, as_qty(held))
    released = rounding.isolated_share(leg.isolated_wallet, closed, as_qty(held))
    realized = as_amount(sign * proceeds - share)
    leg.cost = as_amount(leg.cost - share)
    leg.quantity = as_qty(leg.quantity - sign * closed)
    leg.lifetime_realized = as_amount(leg.lifetime_realized + realized)
    if leg.quantity:
        leg.realized = as_amount(leg.realized + realized)
        return realized, released
    released = leg.isolated_wallet
    leg.entry_e20 = 0
    leg.entry8 = as_price(0)
    leg.fees_paid = as_amount(0)
    leg.realized = as_amount(0)
    return realized, released


def _open(leg: Leg, sign: int, price: Price, opened: Qty, quote: Amount, digits: int) -> None:
    """Add ``opened`` to a leg at ``price``."""
    leg.entry_e20 = rounding.average_entry_e20(
        as_qty(abs(leg.quantity)), leg.entry_e20, opened, price, digits
    )
    leg.entry8 = rounding.entry_cut(leg.entry_e20)
    leg.quantity = as_qty(leg.quantity + sign * opened)
    leg.cost = as_amount(leg.cost + sign * quote)


def settle_fill(
    turn: Turn,
    market: Market,
    account: Account,
    order: Order,
    price: Price,
    quantity: Qty,
    trade_id: int,
    is_maker: bool,
) -> None:
    """Apply one fill of ``order`` to its account and tell it."""
    instrument = market.instrument
    asset = instrument.margin_asset
    holding = account.holdings[order.symbol]
    leg = holding.leg(order.position_side)
    sign = int(order.side)
    is_rpi = order.time_in_force is TimeInForce.RPI
    fee = fee_of(turn.state, account, instrument, price, quantity, is_maker, is_rpi)
    if order.forced in _FREE_OF_COMMISSION:
        fee = Fee(asset, as_amount(0), as_amount(0))
    quote = rounding.quote_value(price, quantity)

    closed = as_qty(0)
    realized = as_amount(0)
    margin_moved = as_amount(0)
    if leg.quantity * sign < 0:
        closed = as_qty(min(quantity, abs(leg.quantity)))
        leg.fees_paid = as_amount(leg.fees_paid + fee.in_quote)
        realized, released = _close(leg, price, closed)
        margin_moved = as_amount(-released)
    opened = as_qty(quantity - closed)
    if opened:
        opening_fee = share_of(fee, opened, quantity) if closed else fee.in_quote
        opening_quote = as_amount(quote - rounding.quote_value(price, closed)) if closed else quote
        _open(leg, sign, price, opened, opening_quote, turn.state.rules.entry_price_digits)
        leg.fees_paid = as_amount(leg.fees_paid + opening_fee)
        if holding.is_isolated:
            taken = rounding.initial_margin(
                opening_quote, holding.rate, turn.state.rules.initial_margin_rounds_up
            )
            if not is_maker:
                adverse = as_price(max(0, sign * (price - market.mark)))
                taken = as_amount(taken + rounding.open_loss(opened, adverse))
            if fee.asset == asset:
                taken = as_amount(taken - opening_fee)
            margin_moved = as_amount(margin_moved + taken)
    if holding.is_isolated and margin_moved:
        set_isolated_wallet(turn, account, holding, leg, margin_moved)
    leg.updated_ms = turn.at_ms
    leg.version += 1
    market.hold(account.account_id, leg)
    rank_again(turn.state, turn.at_ms)
    account.updated_ms = turn.at_ms
    account.version += 1
    turn.margin_touched[account.account_id] = None

    order.executed = as_qty(order.executed + quantity)
    order.cum_quote = as_amount(order.cum_quote + quote)
    done = order.executed == order.quantity
    order.status = _FILLED if done else _PARTIALLY_FILLED
    turn.events.append(
        OrderTraded(
            account.account_id,
            order.order_id,
            order.symbol,
            trade_id,
            order.side,
            order.position_side,
            price,
            quantity,
            quote,
            is_maker,
            realized,
            fee.amount,
            asset,
            fee.asset,
            order.executed,
            order.cum_quote,
            order.status,
            turn.at_ms,
        )
    )
    if realized:
        kind = _REALIZED_PNL
        if order.forced is Forced.SETTLEMENT:
            kind = LedgerKind.DELIVERED_SETTLEMENT
        turn.post(account, kind, CLEARING, asset, realized, order.symbol, trade_id)
    if fee.amount:
        turn.post(
            account,
            _COMMISSION,
            FEES,
            fee.asset,
            as_amount(-fee.amount),
            order.symbol,
            trade_id,
        )
    tell_position(turn, account, order.symbol, leg)
    if holding.is_isolated and margin_moved:
        turn.events.append(
            IsolatedMarginMoved(
                account.account_id,
                order.symbol,
                order.position_side,
                asset,
                margin_moved,
                False,
                turn.at_ms,
            )
        )
