"""Scopes: what is liquidated together, and how it stands.

A scope is one isolated leg, or the cross positions of an account in one margin asset; in
multi-assets mode all cross positions of the account, counted in dollars.
"""

from collections.abc import Iterator

from perpbox import rounding
from perpbox.engine.assets import DOLLAR_ASSET
from perpbox.engine.collateral import CrossPool
from perpbox.engine.margin import (
    is_isolated_below_maintenance,
    leg_maintenance,
    leg_notional,
    leg_unrealized,
)
from perpbox.engine.position import Holding, Leg
from perpbox.engine.state import Account, Scope, State
from perpbox.money import Amount, Price
from perpbox.units import as_amount, as_price


def _scopes(account: Account) -> Iterator[tuple[Scope, Leg]]:
    """The scope that each leg would be in if it held a position."""
    account_id = account.account_id
    for symbol, holding in account.holdings.items():
        asset = DOLLAR_ASSET if account.multi_assets else holding.instrument.margin_asset
        for leg in holding.legs(account.hedge):
            if holding.is_isolated:
                yield Scope(account_id, asset, symbol, leg.side), leg
            else:
                yield Scope(account_id, asset), leg


def scopes_of(account: Account) -> list[Scope]:
    """Every scope of an account in which a position is held."""
    return list(dict.fromkeys(scope for scope, leg in _scopes(account) if leg.quantity))


def scopes_to_look_at(state: State, account: Account) -> dict[Scope, None]:
    """Scopes with a position, and those without one that are still banded or warned."""
    serials, warned = state.alarm_serials, state.warned
    return {
        scope: None
        for scope, leg in _scopes(account)
        if leg.quantity or scope in serials or scope in warned
    }


def holdings_of(account: Account, scope: Scope) -> list[Holding]:
    """The holdings in which a scope has positions."""
    if scope.is_isolated:
        return [account.holdings[scope.symbol]]
    return [
        holding
        for holding in account.holdings.values()
        if not holding.is_isolated
        and (account.multi_assets or holding.instrument.margin_asset == scope.asset)
        and any(leg.quantity for leg in holding.legs(account.hedge))
    ]


def standing(
    state: State, account: Account, scope: Scope, asset: str = ""
) -> tuple[Amount, Amount]:
    """(margin balance, maintenance margin) of a scope, in its own asset or in another one."""
    if scope.is_isolated:
        holding = account.holdings[scope.symbol]
        leg = holding.leg(scope.side)
        mark = state.markets[scope.symbol].mark
        balance = leg.isolated_wallet + leg_unrealized(leg, mark)
        return as_amount(balance), leg_maintenance(holding.brackets, leg_notional(leg, mark))
    return CrossPool(state, account).standing(asset or scope.asset)


def is_distressed(state: State, account: Account, scope: Scope) -> bool:
    """Whether a scope has fallen to its maintenance margin: by the printed formulas."""
    if scope.is_isolated:
        holding = account.holdings[scope.symbol]
        mark = state.markets[scope.symbol].mark
        return is_isolated_below_maintenance(holding, holding.leg(scope.side), mark)
    return CrossPool(state, account).is_below_maintenance(scope.asset)


def standing_and_distress(
    state: State, account: Account, scope: Scope
) -> tuple[Amount, Amount, bool]:
    """``standing`` and ``is_distressed``, from the same sums."""
    if scope.is_isolated:
        return *standing(state, account, scope), is_distressed(state, account, scope)
    pool = CrossPool(state, account)
    return *pool.standing(scope.asset), pool.is_below_maintenance(scope.asset)


def bankruptcy_price(state: State, account: Account, scope: Scope, leg: Leg, symbol: str) -> Price:
    """Price at which closing this leg leaves its scope with nothing, at the price precision.

    ``entry -+ equity / |quantity|``: an isolated leg's own wallet, else the scope's equity with
    the other positions at their marks.
    """
    market = state.markets[symbol]
    instrument = market.instrument
    balance, _ = standing(state, account, scope, instrument.margin_asset)
    equity = balance - leg_unrealized(leg, market.mark)
    exact = rounding.bankruptcy_price(
        leg.entry8, as_amount(equity), leg.quantity, instrument.price_precision
    )
    return as_price(max(instrument.tick_size, exact))
