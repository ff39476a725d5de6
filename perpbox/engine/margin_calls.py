"""The warning of an account: once when its margin ratio rises, with how things stood then."""

from perpbox.engine.assets import asset_rates
from perpbox.engine.collateral import account_assets
from perpbox.engine.events import CalledLeg, MarginCalled
from perpbox.engine.margin import (
    cross_wallet_balance,
    leg_maintenance,
    leg_notional,
    leg_unrealized,
)
from perpbox.engine.scopes import holdings_of
from perpbox.engine.state import Account, Scope, State
from perpbox.engine.turn import Turn
from perpbox.money import Amount


def call_margin(turn: Turn, account: Account, scope: Scope) -> None:
    """Tell an account that a scope of it is near its maintenance margin."""
    turn.emit(
        MarginCalled(
            scope.account_id,
            scope.asset,
            scope.symbol,
            scope.side,
            _cross_wallet(turn.state, account, scope.asset),
            tuple(_legs(turn.state, account, scope)),
            turn.at_ms,
        )
    )


def _cross_wallet(state: State, account: Account, asset: str) -> Amount:
    """The wallet behind cross positions; in multi-assets mode all wallets in dollars."""
    if not account.multi_assets:
        return cross_wallet_balance(state, account, asset)
    return Amount(
        sum(
            asset_rates(state, each).value(cross_wallet_balance(state, account, each))
            for each in account_assets(account)
        )
    )


def _legs(state: State, account: Account, scope: Scope) -> list[CalledLeg]:
    """The positions of a scope, in the order in which the account lists them."""
    legs = []
    for holding in holdings_of(account, scope):
        symbol = holding.instrument.symbol
        mark = state.markets[symbol].mark
        for leg in holding.legs(account.hedge):
            if not leg.quantity or (scope.is_isolated and leg.side is not scope.side):
                continue
            legs.append(
                CalledLeg(
                    symbol,
                    leg.side,
                    leg.quantity,
                    holding.is_isolated,
                    leg.isolated_wallet,
                    mark,
                    leg_unrealized(leg, mark),
                    leg_maintenance(holding.brackets, leg_notional(leg, mark)),
                )
            )
    return legs
