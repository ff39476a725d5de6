"""Liquidation: what happens to a scope that has fallen to its maintenance margin.

In this order: its open orders go, automatic margin is drawn on, its positions are reduced
bracket by bracket through the book at the bankruptcy price, what the book does not take goes to
the insurance fund at that price, and what the fund cannot bear is set off against the highest
deleveraging ranks. A negative wallet is refilled from the fund.
"""

from typing import Final

from perpbox import rounding
from perpbox.engine.adl import ranked_against
from perpbox.engine.alarms import arm, disarm, holdings_of, ring, scopes_of
from perpbox.engine.collateral import CrossPool
from perpbox.engine.events import (
    IsolatedMarginMoved,
    OrderAccepted,
    ScopeLiquidated,
)
from perpbox.engine.ledger import CLEARING, INSURANCE
from perpbox.engine.margin import (
    LegRisk,
    asset_risk,
    cross_wallet_balance,
    leg_maintenance,
    leg_notional,
    leg_unrealized,
)
from perpbox.engine.margin_calls import call_margin
from perpbox.engine.matching import take
from perpbox.engine.orders import Order
from perpbox.engine.position import Holding, Leg
from perpbox.engine.resting import end_resting, tell_end
from perpbox.engine.settlement import set_isolated_wallet, settle_fill, tell_position
from perpbox.engine.state import Account, Market, Scope, State
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
from perpbox.money import Amount, Price, Qty, Rate

SCOPES_PER_COMMAND_MAX: Final = 100_000
"""Scopes worked out in one command; whoever is left over comes first in the next one."""
STEPS_PER_SCOPE_MAX: Final = 512
"""Forced orders of one liquidation; brackets times positions is far below."""
WARNING_RATIO: Final = Rate(80_000_000)
"""Margin ratio from which an account is warned (our choice)."""


def standing(state: State, account: Account, scope: Scope) -> tuple[Amount, Amount]:
    """(margin balance, maintenance margin) of a scope, in its margin asset."""
    if scope.is_isolated:
        holding = account.holdings[scope.symbol]
        leg = holding.leg(scope.side)
        mark = state.markets[scope.symbol].mark
        balance = leg.isolated_wallet + leg_unrealized(leg, mark)
        return Amount(balance), leg_maintenance(holding.brackets, leg_notional(leg, mark))
    return CrossPool(state, account).standing(scope.asset)


def watch(turn: Turn) -> None:
    """Look at every scope that a command may have brought to its maintenance margin."""
    state = turn.state
    waiting: dict[Scope, None] = dict.fromkeys(state.alarms_waiting)
    state.alarms_waiting.clear()
    for market in turn.moved:
        waiting.update(dict.fromkeys(ring(state, market)))
    if turn.moved:
        for account_id in state.multi_assets_accounts:
            turn.margin_touched[account_id] = None
    looked = 0
    while waiting or turn.margin_touched:
        for account_id in turn.margin_touched:
            account = state.accounts[account_id]
            waiting.update(dict.fromkeys(scopes_of(account)))
        turn.margin_touched.clear()
        if not waiting:
            return
        scope = next(iter(waiting))
        del waiting[scope]
        looked += 1
        if looked > SCOPES_PER_COMMAND_MAX:
            state.alarms_waiting.extend((scope, *waiting))
            return
        _look(turn, scope)


def _look(turn: Turn, scope: Scope) -> None:
    """Work a scope out exactly; liquidate it, or band it anew."""
    state = turn.state
    account = state.accounts[scope.account_id]
    if scope not in scopes_of(account):
        disarm(state, scope)
        state.warned.pop(scope, None)
        return
    balance, maintenance = standing(state, account, scope)
    if balance <= maintenance:
        _warn(turn, scope, balance, maintenance)
        disarm(state, scope)
        _liquidate(turn, account, scope)
        return
    _warn(turn, scope, balance, maintenance)
    limit = balance
    if scope not in state.warned:
        # The warning comes first, so the band is that of the warning.
        limit = rounding.share_of_balance(balance, WARNING_RATIO)
    arm(state, account, scope, Amount(max(0, limit - maintenance)))


def _warn(turn: Turn, scope: Scope, balance: Amount, maintenance: Amount) -> None:
    """Tell an account once when its margin ratio rises to the warning ratio."""
    warned = turn.state.warned
    if maintenance < rounding.share_of_balance(balance, WARNING_RATIO):
        warned.pop(scope, None)
    elif scope not in warned:
        warned[scope] = None
        call_margin(turn, turn.state.accounts[scope.account_id], scope)


def _liquidate(turn: Turn, account: Account, scope: Scope) -> None:
    _cancel_orders(turn, account, scope)
    if scope.is_isolated and _draw_on_cross(turn, account, scope):
        turn.margin_touched[account.account_id] = None
        return
    turn.emit(ScopeLiquidated(account.account_id, scope.asset, scope.symbol, turn.at_ms))
    for _ in range(STEPS_PER_SCOPE_MAX):
        found = _worst_leg(turn.state, account, scope)
        if found is None:
            break
        _reduce(turn, account, scope, *found)
        balance, maintenance = standing(turn.state, account, scope)
        if balance > maintenance:
            break
    _refill(turn, account, scope)
    turn.state.warned.pop(scope, None)
    turn.margin_touched[account.account_id] = None


def _cancel_orders(turn: Turn, account: Account, scope: Scope) -> None:
    """Take out the open orders of the scope; an isolated leg only those of its symbol."""
    for order in list(account.open_orders.values()):
        holding = account.holdings[order.symbol]
        if scope.is_isolated:
            is_hit = order.symbol == scope.symbol
        else:
            is_hit = not holding.is_isolated and (
                holding.instrument.margin_asset == scope.asset or account.multi_assets
            )
        if is_hit:
            market = turn.state.markets[order.symbol]
            turn.touch(market)
            end_resting(turn, market, account, order, OrderStatus.CANCELED, EndReason.LIQUIDATION)


def _draw_on_cross(turn: Turn, account: Account, scope: Scope) -> bool:
    """Automatic margin: add what is missing from the cross wallet; True when that is enough."""
    holding = account.holdings[scope.symbol]
    if not holding.is_auto_add:
        return False
    balance, maintenance = standing(turn.state, account, scope)
    missing = Amount(maintenance - balance + 1)
    free = asset_risk(turn.state, account, scope.asset).max_withdraw
    added = Amount(min(missing, free))
    if added <= 0:
        return False
    leg = holding.leg(scope.side)
    set_isolated_wallet(turn, account, holding, leg, added)
    leg.version += 1
    turn.emit(
        IsolatedMarginMoved(
            account.account_id, scope.symbol, scope.side, scope.asset, added, False, turn.at_ms
        )
    )
    tell_position(turn, account, scope.symbol, leg)
    return added == missing


def _worst_leg(state: State, account: Account, scope: Scope) -> tuple[Holding, Leg] | None:
    """The leg of a scope with the highest maintenance margin."""
    worst: tuple[int, Holding, Leg] | None = None
    for holding in holdings_of(account, scope):
        mark = state.markets[holding.instrument.symbol].mark
        for leg in holding.legs(account.hedge):
            if not leg.quantity or (scope.is_isolated and leg.side is not scope.side):
                continue
            needed = leg_maintenance(holding.brackets, leg_notional(leg, mark))
            if worst is None or needed > worst[0]:
                worst = (needed, holding, leg)
    return None if worst is None else (worst[1], worst[2])


def bankruptcy_price(state: State, account: Account, scope: Scope, leg: Leg, symbol: str) -> Price:
    """Price at which closing this leg leaves its scope with nothing, at the price precision.

    ``entry -+ equity / |quantity|``: an isolated leg's own wallet, else the scope's equity with
    the other positions at their marks.
    """
    market = state.markets[symbol]
    balance, _ = standing(state, account, scope)
    equity = balance - leg_unrealized(leg, market.mark)
    exact = rounding.bankruptcy_price(
        leg.entry8, Amount(equity), leg.quantity, market.instrument.price_precision
    )
    return Price(max(market.instrument.tick_size, exact))


def _step_quantity(market: Market, holding: Holding, leg: Leg) -> Qty:
    """How much to close so that the leg falls into the bracket below; all of it in the lowest."""
    risk = LegRisk(holding, leg, market.mark, rounds_up=True)
    held = Qty(abs(leg.quantity))
    floor = risk.bracket.notional_floor
    if floor <= 0:
        return held
    kept = rounding.base_value(floor, market.mark)
    reduced = rounding.stepped_up(held - kept, market.instrument.step_size)
    return Qty(min(held, max(reduced, market.instrument.step_size)))


def _forced_order(
    turn: Turn, account: Account, leg: Leg, symbol: str, quantity: Qty, price: Price, forced: Forced
) -> Order:
    """Enter a forced order and tell it."""
    side = Side.SELL if leg.quantity > 0 else Side.BUY
    order_id = turn.state.next_order_id
    turn.state.next_order_id += 1
    name = (
        "adl_autoclose"
        if forced is Forced.DELEVERAGING
        else f"autoclose-{turn.at_ms:013d}{order_id % 1_000_000:06d}"
    )
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


def _reduce(turn: Turn, account: Account, scope: Scope, holding: Holding, leg: Leg) -> None:
    """One forced order: through the book, then to the fund, then against the ranks."""
    market = turn.state.markets[holding.instrument.symbol]
    symbol = market.instrument.symbol
    price = bankruptcy_price(turn.state, account, scope, leg, symbol)
    quantity = _step_quantity(market, holding, leg)
    order = _forced_order(turn, account, leg, symbol, quantity, price, Forced.LIQUIDATION)
    turn.touch(market)
    take(turn, market, account, order, price)
    _charge_clearance(turn, account, scope, market, order)
    left = order.remaining
    if left:
        left = _deleverage_or_take_over(turn, market, account, order, price, left)
    if order.status is not OrderStatus.FILLED:
        tell_end(turn, order, OrderStatus.EXPIRED, EndReason.TIME_IN_FORCE)


def _charge_clearance(
    turn: Turn, account: Account, scope: Scope, market: Market, order: Order
) -> None:
    """The clearance fee on what the book took, as far as there is margin left for it."""
    fee = rounding.discounted(order.cum_quote, market.instrument.liquidation_fee)
    balance, _ = standing(turn.state, account, scope)
    charged = Amount(min(fee, max(0, balance)))
    if not charged:
        return
    holding = account.holdings[order.symbol]
    leg = holding.leg(order.position_side)
    if scope.is_isolated and leg.quantity:
        set_isolated_wallet(turn, account, holding, leg, Amount(-charged))
        leg.version += 1
    turn.post(
        account,
        LedgerKind.INSURANCE_CLEAR,
        INSURANCE,
        scope.asset,
        Amount(-charged),
        order.symbol,
    )
    if scope.is_isolated and leg.quantity:
        tell_position(turn, account, order.symbol, leg)


def _deleverage_or_take_over(
    turn: Turn, market: Market, account: Account, order: Order, price: Price, quantity: Qty
) -> Qty:
    """The fund takes the rest at the bankruptcy price while it can bear the loss at mark."""
    asset = market.instrument.margin_asset
    sign = -int(order.side)
    loss = sign * (
        rounding.quote_value(price, quantity) - rounding.quote_value(market.mark, quantity)
    )
    if loss <= turn.state.ledger.balance(INSURANCE, asset):
        _take_over(turn, market, account, order, price, quantity, Amount(-loss))
        return Qty(0)
    left = quantity
    for account_id, side in ranked_against(turn.state, market, order.side):
        if not left:
            return left
        left = _deleverage(turn, market, account, order, price, left, account_id, side)
    if left:
        # Nobody is left on the other side but the street, and it takes what remains.
        _take_over(turn, market, account, order, price, left, None)
    return Qty(0)


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
    quantity: Qty,
    fund_result: Amount | None,
) -> None:
    """Close at the bankruptcy price against the fund, which is out of it at the mark at once.

    Without a ``fund_result`` the street bears it: the position passes on at ``price``.
    """
    sign = -int(order.side)
    passed_at = price if fund_result is None else market.mark
    trade_id = _next_trade_id(market)
    settle_fill(turn, market, account, order, price, quantity, trade_id, is_maker=False)
    market.street_quantity = Qty(market.street_quantity + sign * quantity)
    quote = rounding.quote_value(passed_at, quantity)
    market.street_cost = Amount(market.street_cost + sign * quote)
    if fund_result:
        turn.state.ledger.post(CLEARING, INSURANCE, market.instrument.margin_asset, fund_result)


def _deleverage(
    turn: Turn,
    market: Market,
    account: Account,
    order: Order,
    price: Price,
    wanted: Qty,
    other_id: int,
    side: PositionSide,
) -> Qty:
    """Set a bankrupt rest off against one ranked position; returns what is left of it."""
    other = turn.state.accounts[other_id]
    holding = other.holdings[market.instrument.symbol]
    leg = next(each for each in holding.legs(other.hedge) if each.side is side)
    quantity = Qty(min(wanted, abs(leg.quantity)))
    for resting in list(other.open_orders.values()):
        if resting.symbol == market.instrument.symbol:
            turn.touch(market)
            end_resting(turn, market, other, resting, OrderStatus.CANCELED, EndReason.LIQUIDATION)
    counter = _forced_order(
        turn, other, leg, market.instrument.symbol, quantity, price, Forced.DELEVERAGING
    )
    trade_id = _next_trade_id(market)
    settle_fill(turn, market, account, order, price, quantity, trade_id, is_maker=False)
    settle_fill(turn, market, other, counter, price, quantity, trade_id, is_maker=False)
    return Qty(wanted - quantity)


def _refill(turn: Turn, account: Account, scope: Scope) -> None:
    """Bring a negative cross wallet of a scope without positions back to zero from the fund."""
    if scope in scopes_of(account):
        return
    state = turn.state
    owed = -cross_wallet_balance(state, account, scope.asset)
    if owed <= 0 or account.multi_assets:
        return
    paid = Amount(min(owed, max(0, state.ledger.balance(INSURANCE, scope.asset))))
    if paid:
        turn.post(account, LedgerKind.INSURANCE_CLEAR, INSURANCE, scope.asset, paid)
