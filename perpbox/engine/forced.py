"""Forced orders: closing a leg that its owner may not keep.

Through the book at the bankruptcy price first; what the book does not take goes to the
insurance fund at that price, as long as the fund can bear the loss at mark; what the fund cannot
bear is set off against the highest deleveraging ranks.
"""

from collections import deque

from perpbox import rounding
from perpbox.engine import calendar
from perpbox.engine.adl import ranked_against
from perpbox.engine.assets import asset_rates
from perpbox.engine.collateral import account_assets
from perpbox.engine.events import OrderAccepted
from perpbox.engine.ledger import CLEARING, INSURANCE
from perpbox.engine.margin import LegRisk, cross_wallet_balance
from perpbox.engine.matching import take
from perpbox.engine.orders import Order
from perpbox.engine.position import Holding, Leg
from perpbox.engine.resting import end_resting
from perpbox.engine.scopes import bankruptcy_price, scopes_of, standing
from perpbox.engine.settlement import set_isolated_wallet, settle_fill, tell_position
from perpbox.engine.state import Account, Market, Scope
from perpbox.engine.turn import Turn
from perpbox.engine.types import (
    EndReason,
    Forced,
    LedgerKind,
    OrderStatus,
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from perpbox.money import Amount, Price, Qty


def reduce_leg(turn: Turn, account: Account, scope: Scope, holding: Holding, leg: Leg) -> None:
    """One forced order: through the book, then to the fund or against the ranks; then the fee."""
    state = turn.state
    market = state.markets[holding.instrument.symbol]
    asset = market.instrument.margin_asset
    price = bankruptcy_price(state, account, scope, leg, market.instrument.symbol)
    is_winding_up = calendar.is_winding_up(market.instrument, turn.at_ms)
    quantity = _step_quantity(market, holding, leg, whole=is_winding_up)
    cross_before = cross_wallet_balance(state, account, asset)
    order = _forced_order(turn, account, leg, market, quantity, price, Forced.LIQUIDATION)
    turn.touch(market)
    take(turn, market, account, order, price)
    traded = order.cum_quote
    if order.remaining:
        _pass_on(turn, market, account, order, price)
    if traded:
        _charge_clearance(turn, account, scope, holding, leg, traded, cross_before)


def settle_leg(
    turn: Turn, market: Market, account: Account, side: PositionSide, price: Price
) -> None:
    """Close a leg whole at the price of its contract's delivery."""
    leg = account.holdings[market.instrument.symbol].leg(side)
    quantity = Qty(abs(leg.quantity))
    order = _forced_order(turn, account, leg, market, quantity, price, Forced.SETTLEMENT)
    _take_over(turn, market, account, order, price, None)


def _step_quantity(market: Market, holding: Holding, leg: Leg, *, whole: bool) -> Qty:
    """How much to close so that the leg falls into the bracket below; all of it in the lowest.

    Before a delisting it is one order for the whole leg (announcements).
    """
    held = Qty(abs(leg.quantity))
    if whole:
        return held
    risk = LegRisk(holding, leg, market.mark, rounds_up=True)
    floor = risk.bracket.notional_floor
    if floor <= 0:
        return held
    kept = rounding.base_value(floor, market.mark)
    reduced = rounding.stepped_up(held - kept, market.instrument.step_size)
    return Qty(min(held, max(reduced, market.instrument.step_size)))


def _forced_order(
    turn: Turn,
    account: Account,
    leg: Leg,
    market: Market,
    quantity: Qty,
    price: Price,
    forced: Forced,
) -> Order:
    """Enter a forced order and tell it."""
    side = Side.SELL if leg.quantity > 0 else Side.BUY
    symbol = market.instrument.symbol
    order_id = turn.state.next_order_id
    turn.state.next_order_id += 1
    name = _client_order_id(forced, turn.at_ms, order_id)
    order = Order(
        order_id,
        account.account_id,
        symbol,
        name,
        side,
        leg.side,
        OrderType.LIMIT,
        TimeInForce.IOC,
        quantity,
        price,
        False,
        SelfTradePrevention.NONE,
        PriceMatch.NONE,
        0,
    )
    order.forced = forced
    turn.in_cascade().forced[account.account_id] = None
    turn.emit(
        OrderAccepted(
            order.account_id,
            order_id,
            symbol,
            name,
            side,
            leg.side,
            order.order_type,
            order.time_in_force,
            quantity,
            price,
            False,
            order.self_trade_prevention,
            order.price_match,
            0,
            turn.at_ms,
            forced,
        )
    )
    return order


def _client_order_id(forced: Forced, at_ms: int, order_id: int) -> str:
    """The special names by which clients know whose order it is (page)."""
    if forced is Forced.DELEVERAGING:
        return "adl_autoclose"
    prefix = "settlement_" if forced is Forced.SETTLEMENT else ""
    return f"{prefix}autoclose-{at_ms:013d}{order_id % 1_000_000:06d}"


def _pass_on(turn: Turn, market: Market, account: Account, order: Order, price: Price) -> None:
    """What the book did not take: to the fund, or against the ranks, or to the street."""
    asset = market.instrument.margin_asset
    sign = -int(order.side)
    loss = sign * (
        rounding.quote_value(price, order.remaining)
        - rounding.quote_value(market.mark, order.remaining)
    )
    fund_helps = not calendar.is_winding_up(market.instrument, turn.at_ms)
    if fund_helps and loss <= turn.state.ledger.balance(INSURANCE, asset):
        _take_over(turn, market, account, order, price, Amount(-loss))
        return
    _deleverage(turn, market, account, order, price)
    if order.remaining:
        # Nobody is left on the other side but the street, and it takes what remains.
        _take_over(turn, market, account, order, price, None)


def _next_trade_id(market: Market) -> int:
    """Number a fill outside of the book; the public tape shows a gap there."""
    trade_id = market.next_trade_id
    market.next_trade_id = trade_id + 1
    return trade_id


def _take_over(
    turn: Turn,
    market: Market,
    account: Account,
    order: Order,
    price: Price,
    fund_result: Amount | None,
) -> None:
    """Close at the bankruptcy price against the fund, which is out of it at the mark at once.

    Without a ``fund_result`` the street bears it: the position passes on at ``price``.
    """
    sign = -int(order.side)
    quantity = order.remaining
    passed_at = price if fund_result is None else market.mark
    trade_id = _next_trade_id(market)
    settle_fill(turn, market, account, order, price, quantity, trade_id, is_maker=False)
    market.street_quantity = Qty(market.street_quantity + sign * quantity)
    quote = rounding.quote_value(passed_at, quantity)
    market.street_cost = Amount(market.street_cost + sign * quote)
    if fund_result:
        turn.state.ledger.post(CLEARING, INSURANCE, market.instrument.margin_asset, fund_result)


def _deleverage(turn: Turn, market: Market, account: Account, order: Order, price: Price) -> None:
    """Set a bankrupt rest off against the ranks, highest first.

    The ranks are taken once a command, when they are first needed (our choice), so that a
    cascade costs one ranking and not one for each order.
    """
    key = (market.instrument.symbol, order.side)
    known = turn.in_cascade().ranks
    ranks = known.get(key)
    if ranks is None:
        ranks = known[key] = deque(ranked_against(turn.state, market, order.side))
    while order.remaining and ranks:
        other = turn.state.accounts[ranks[0][0]]
        leg = other.holdings[market.instrument.symbol].leg(ranks[0][1])
        if leg.quantity * order.side <= 0:
            ranks.popleft()
            continue
        _set_off(turn, market, account, order, price, other, leg)


def _set_off(
    turn: Turn,
    market: Market,
    account: Account,
    order: Order,
    price: Price,
    other: Account,
    leg: Leg,
) -> None:
    """Close as much of a ranked leg as the bankrupt rest needs; its owner's orders there go."""
    for resting in list(other.open_orders.values()):
        if resting.symbol == market.instrument.symbol:
            turn.touch(market)
            end_resting(turn, market, other, resting, OrderStatus.CANCELED, EndReason.LIQUIDATION)
    quantity = Qty(min(order.remaining, abs(leg.quantity)))
    counter = _forced_order(turn, other, leg, market, quantity, price, Forced.DELEVERAGING)
    trade_id = _next_trade_id(market)
    settle_fill(turn, market, account, order, price, quantity, trade_id, is_maker=False)
    settle_fill(turn, market, other, counter, price, quantity, trade_id, is_maker=False)


def _charge_clearance(
    turn: Turn,
    account: Account,
    scope: Scope,
    holding: Holding,
    leg: Leg,
    traded: Amount,
    cross_before: Amount,
) -> None:
    """The clearance fee on what the book took, as far as the scope has margin left for it.

    An isolated leg pays from what its close gave to the cross wallet, then from what is set
    aside for it, and never from the rest of the cross wallet.
    """
    state, instrument = turn.state, holding.instrument
    asset = instrument.margin_asset
    fee = rounding.discounted(traded, instrument.liquidation_fee)
    left, _ = standing(state, account, scope, asset)
    from_leg = Amount(0)
    charged = Amount(min(fee, max(0, left)))
    if scope.is_isolated:
        given = max(0, cross_wallet_balance(state, account, asset) - cross_before)
        from_leg = Amount(min(max(0, fee - given), max(0, left))) if leg.quantity else Amount(0)
        charged = Amount(min(fee, given) + from_leg)
    if not charged:
        return
    if from_leg:
        set_isolated_wallet(turn, account, holding, leg, Amount(-from_leg))
        leg.version += 1
    turn.post(
        account,
        LedgerKind.INSURANCE_CLEAR,
        INSURANCE,
        asset,
        Amount(-charged),
        instrument.symbol,
    )
    if from_leg:
        tell_position(turn, account, instrument.symbol, leg)


def refill(turn: Turn) -> None:
    """Bring what forced orders left owing back to zero, as far as the fund goes.

    While an account has cross positions a negative wallet may be covered by their profit. In
    multi-assets mode only what all its wallets together do not cover is owed.
    """
    if turn.cascade is None:
        return
    for account_id in turn.cascade.forced:
        account = turn.state.accounts[account_id]
        scopes = scopes_of(account)
        for asset in account_assets(account):
            if account.multi_assets:
                if not scopes:
                    _refill_in_dollars(turn, account, asset)
            elif Scope(account_id, asset) not in scopes:
                owed = -cross_wallet_balance(turn.state, account, asset)
                _pay_from_fund(turn, account, asset, Amount(owed))


def _refill_in_dollars(turn: Turn, account: Account, asset: str) -> None:
    """Pay a negative wallet of an account whose wallets are worth less than nothing."""
    state = turn.state
    worth = sum(
        asset_rates(state, each).value(cross_wallet_balance(state, account, each))
        for each in account_assets(account)
    )
    owed = -cross_wallet_balance(state, account, asset)
    short = rounding.shortfall(Amount(-worth), asset_rates(state, asset).ask)
    _pay_from_fund(turn, account, asset, Amount(min(owed, short)))


def _pay_from_fund(turn: Turn, account: Account, asset: str, owed: Amount) -> None:
    paid = Amount(min(owed, turn.state.ledger.balance(INSURANCE, asset)))
    if paid > 0:
        turn.post(account, LedgerKind.INSURANCE_CLEAR, INSURANCE, asset, paid)
