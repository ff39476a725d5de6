"""What a trader can set: leverage, margin type, position mode, isolated margin."""

from perpbox.engine.adl import rank_again
from perpbox.engine.collateral import available_balance
from perpbox.engine.commands import (
    AdjustIsolatedMargin,
    ChangeLeverage,
    ChangeMarginType,
    ChangePositionMode,
)
from perpbox.engine.events import (
    IsolatedMarginMoved,
    LeverageChanged,
    MarginTypeChanged,
    PositionModeChanged,
    Rejected,
)
from perpbox.engine.margin import (
    LegRisk,
    asset_risk,
    is_active,
    leg_notional,
    max_isolated_remove,
)
from perpbox.engine.position import Holding, Leg
from perpbox.engine.rejects import Reject
from perpbox.engine.settlement import set_isolated_wallet, tell_position
from perpbox.engine.state import Account, Market
from perpbox.engine.symbol import max_notional
from perpbox.engine.turn import Turn, refuse
from perpbox.engine.types import PositionSide
from perpbox.money import Amount


def _find(turn: Turn, account_id: int, symbol: str) -> tuple[Account, Market] | Rejected:
    market = turn.state.markets.get(symbol)
    if market is None:
        return refuse(Reject.SYMBOL_UNKNOWN)
    account = turn.state.accounts.get(account_id)
    if account is None:
        return refuse(Reject.ACCOUNT_UNKNOWN)
    return account, market


def change_leverage(turn: Turn, command: ChangeLeverage) -> Rejected | None:
    """Set the leverage of a symbol; the present value again succeeds."""
    found = _find(turn, command.account_id, command.symbol)
    if isinstance(found, Rejected):
        return found
    account, market = found
    instrument = market.instrument
    leverage = command.leverage
    if not 1 <= leverage <= account.peek(instrument).brackets[0].initial_leverage:
        return refuse(Reject.LEVERAGE_INVALID, leverage)
    holding = account.peek(instrument)
    refused = _leverage_refusal(turn, account, market, holding, leverage)
    if refused is not None:
        return refused
    account.holdings[command.symbol] = holding
    account.version += 1
    holding.set_leverage(leverage)
    cap = holding.max_notional
    turn.emit(LeverageChanged(account.account_id, command.symbol, leverage, cap, turn.at_ms))
    return None


def _leverage_refusal(
    turn: Turn, account: Account, market: Market, holding: Holding, leverage: int
) -> Rejected | None:
    legs = [leg for leg in holding.legs(account.hedge) if is_active(leg)]
    has_position = any(leg.quantity for leg in legs)
    if holding.is_isolated and has_position and leverage < holding.leverage:
        return refuse(Reject.LEVERAGE_ISOLATED_REDUCTION)
    cap = max_notional(holding.brackets, leverage)
    for leg in legs:
        value = leg_notional(leg, market.mark)
        if max(value + leg.bid_notional, leg.ask_notional - value) > cap:
            return refuse(Reject.POSITION_ABOVE_BRACKET_CAP)
    needed = _margin_change(turn, market, holding, legs, leverage)
    if needed > 0:
        asset = market.instrument.margin_asset
        if needed > available_balance(turn.state, account, asset):
            return refuse(Reject.LEVERAGE_MARGIN_INSUFFICIENT)
    return None


def _margin_change(
    turn: Turn, market: Market, holding: Holding, legs: list[Leg], leverage: int
) -> Amount:
    """Initial margin at the new leverage less that at the present one."""
    rounds_up = turn.state.rules.initial_margin_rounds_up
    trial = Holding(market.instrument)
    trial.set_terms(market.instrument, holding.notional_coefficient)
    trial.set_leverage(leverage)
    trial.is_isolated = holding.is_isolated
    total = 0
    for leg in legs:
        after = LegRisk(trial, leg, market.mark, rounds_up)
        before = LegRisk(holding, leg, market.mark, rounds_up)
        if holding.is_isolated:
            # Margin of an isolated position is set aside already; only its orders count.
            total += after.open_order_initial - before.open_order_initial
        else:
            total += after.initial - before.initial
    return Amount(total)


def change_margin_type(turn: Turn, command: ChangeMarginType) -> Rejected | None:
    """Set a symbol to isolated or cross; only without orders and position."""
    found = _find(turn, command.account_id, command.symbol)
    if isinstance(found, Rejected):
        return found
    account, market = found
    holding = account.peek(market.instrument)
    if holding.is_isolated is command.isolated:
        return refuse(Reject.MARGIN_TYPE_SAME)
    if command.isolated and account.multi_assets:
        return refuse(Reject.MARGIN_TYPE_MULTI_ASSETS)
    if holding.open_orders:
        return refuse(Reject.MARGIN_TYPE_HAS_ORDERS)
    if any(leg.quantity for leg in holding.legs(account.hedge)):
        return refuse(Reject.MARGIN_TYPE_HAS_POSITION)
    account.holdings[command.symbol] = holding
    account.version += 1
    holding.set_isolated(command.isolated)
    turn.emit(MarginTypeChanged(account.account_id, command.symbol, command.isolated, turn.at_ms))
    return None


def change_position_mode(turn: Turn, command: ChangePositionMode) -> Rejected | None:
    """Set hedge or one-way mode; only without orders and positions anywhere."""
    account = turn.state.accounts.get(command.account_id)
    if account is None:
        return refuse(Reject.ACCOUNT_UNKNOWN)
    if account.hedge is command.hedge:
        return refuse(Reject.POSITION_MODE_SAME)
    if account.open_orders:
        return refuse(Reject.POSITION_MODE_HAS_ORDERS)
    for holding in account.holdings.values():
        if any(leg.quantity for leg in holding.legs(account.hedge)):
            return refuse(Reject.POSITION_MODE_HAS_POSITION)
    account.hedge = command.hedge
    account.version += 1
    for holding in account.holdings.values():
        holding.version += 1
    turn.emit(PositionModeChanged(account.account_id, command.hedge, turn.at_ms))
    return None


def adjust_isolated_margin(turn: Turn, command: AdjustIsolatedMargin) -> Rejected | None:
    """Add to or take from the wallet of an isolated leg, within the documented bounds."""
    found = _find(turn, command.account_id, command.symbol)
    if isinstance(found, Rejected):
        return found
    account, market = found
    holding = account.peek(market.instrument)
    leg = holding.leg(command.position_side)
    refused = _adjust_refusal(turn, account, market, holding, leg, command.amount)
    if refused is not None:
        return refused
    set_isolated_wallet(turn, account, holding, leg, command.amount)
    turn.margin_touched[account.account_id] = None
    leg.version += 1
    rank_again(turn.state, turn.at_ms)
    asset = market.instrument.margin_asset
    side: PositionSide = command.position_side
    turn.emit(
        IsolatedMarginMoved(
            account.account_id, command.symbol, side, asset, command.amount, True, turn.at_ms
        )
    )
    tell_position(turn, account, command.symbol, leg)
    return None


def _adjust_refusal(
    turn: Turn, account: Account, market: Market, holding: Holding, leg: Leg, amount: Amount
) -> Rejected | None:
    if not amount:
        return refuse(Reject.MARGIN_AMOUNT_NOT_POSITIVE)
    if not leg.quantity:
        adding = amount > 0
        return refuse(Reject.MARGIN_NO_POSITION if adding else Reject.MARGIN_ISOLATED_INSUFFICIENT)
    if not holding.is_isolated:
        return refuse(Reject.MARGIN_NOT_ISOLATED)
    if amount > 0:
        asset = market.instrument.margin_asset
        if amount > asset_risk(turn.state, account, asset).max_withdraw:
            return refuse(Reject.MARGIN_CROSS_INSUFFICIENT)
        return None
    rounds_up = turn.state.rules.initial_margin_rounds_up
    if -amount > max_isolated_remove(holding, leg, market.mark, rounds_up):
        return refuse(Reject.MARGIN_ISOLATED_INSUFFICIENT)
    return None
