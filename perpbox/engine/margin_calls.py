"""The warning of an account: once when its margin ratio rises, with how things stood then."""

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


def call_margin(turn: Turn, account: Account, scope: Scope) -> None:
    """Tell an account that a scope of it is near its maintenance margin."""
    turn.emit(
        MarginCalled(
            scope.account_id,
            scope.asset,
            scope.symbol,
            scope.side,
            cross_wallet_balance(turn.state, account, scope.asset),
            tuple(_legs(turn.state, account, scope)),
            turn.at_ms,
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
