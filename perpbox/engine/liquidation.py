"""Liquidation: what happens to a scope that has fallen to its maintenance margin.

In this order: its open orders go, automatic margin is drawn on, its positions are reduced
bracket by bracket (see ``forced``) until the margin suffices, and a wallet that is left negative
is refilled from the insurance fund.
"""

from typing import Final

from perpbox import rounding
from perpbox.engine.alarms import arm, disarm, ring
from perpbox.engine.auto_exchange import exchange_debts
from perpbox.engine.events import IsolatedMarginMoved, ScopeLiquidated
from perpbox.engine.forced import reduce_leg, refill
from perpbox.engine.margin import asset_risk, leg_maintenance, leg_notional, leg_unrealized
from perpbox.engine.margin_calls import call_margin
from perpbox.engine.position import Holding, Leg
from perpbox.engine.resting import end_resting
from perpbox.engine.scopes import (
    holdings_of,
    is_distressed,
    scopes_of,
    scopes_to_look_at,
    standing,
    standing_and_distress,
)
from perpbox.engine.settlement import set_isolated_wallet, tell_position
from perpbox.engine.state import Account, Scope, State
from perpbox.engine.turn import Turn
from perpbox.engine.types import EndReason, OrderStatus
from perpbox.money import Amount

SCOPES_PER_COMMAND_MAX = 100_000
"""Scopes worked out in one command; whoever is left over comes first in the next one. Not final:
the tests lower it, and a compiled core would not look."""
STEPS_PER_SCOPE_MAX: Final = 512
"""Forced orders of one liquidation; brackets times positions is far below."""


def watch(turn: Turn) -> None:
    """Look at every scope that a command may have brought to its maintenance margin."""
    _look_around(turn)
    while exchange_debts(turn):
        # Each account exchanges once a command, so this ends.
        _look_around(turn)
    refill(turn)


def _look_around(turn: Turn) -> None:
    """In rounds: what a round's liquidations did to others is looked at in the next one."""
    state = turn.state
    waiting: dict[Scope, None] = dict.fromkeys(state.alarms_waiting)
    state.alarms_waiting.clear()
    for market in turn.moved:
        waiting.update(dict.fromkeys(ring(state, market)))
    if turn.moved:
        turn.margin_touched.update(state.multi_assets_accounts)
    looked = 0
    while waiting or turn.margin_touched:
        waiting.update(_touched_scopes(turn))
        batch = list(waiting)
        waiting = {}
        room = SCOPES_PER_COMMAND_MAX - looked
        for scope in batch[:room]:
            _look(turn, scope)
        looked += len(batch)
        if looked > SCOPES_PER_COMMAND_MAX:
            late = dict.fromkeys(batch[room:])
            late.update(_touched_scopes(turn))
            state.alarms_waiting.extend(late)
            return


def _touched_scopes(turn: Turn) -> dict[Scope, None]:
    """Scopes of the accounts whose margin was touched since the last time this was asked."""
    scopes: dict[Scope, None] = {}
    for account_id in turn.margin_touched:
        account = turn.state.accounts[account_id]
        if account.multi_assets:
            turn.in_cascade().pooled[account_id] = None
        scopes.update(scopes_to_look_at(turn.state, account))
    turn.margin_touched.clear()
    return scopes


def _look(turn: Turn, scope: Scope) -> None:
    """Work a scope out exactly; liquidate it, or band it anew."""
    state = turn.state
    account = state.accounts[scope.account_id]
    if scope not in scopes_of(account):
        disarm(state, scope)
        state.warned.pop(scope, None)
        return
    balance, maintenance, is_due = standing_and_distress(state, account, scope)
    warning = rounding.share_of_balance(balance, state.rules.margin_call_ratio)
    if is_due:
        _warn(turn, scope)
        disarm(state, scope)
        _liquidate(turn, account, scope)
        return
    if maintenance < warning:
        state.warned.pop(scope, None)
        surplus, relief = Amount(warning - maintenance), None
    else:
        _warn(turn, scope)
        surplus, relief = Amount(balance - maintenance), Amount(maintenance - warning)
    if not account.multi_assets:
        # Those are looked at whenever a mark or an index moves: every price is in their sums.
        arm(state, account, scope, surplus, relief)


def _warn(turn: Turn, scope: Scope) -> None:
    """Tell an account once when its margin ratio rises to the warning ratio."""
    warned = turn.state.warned
    if scope not in warned:
        warned[scope] = None
        call_margin(turn, turn.state.accounts[scope.account_id], scope)


def _liquidate(turn: Turn, account: Account, scope: Scope) -> None:
    state = turn.state
    turn.margin_touched[account.account_id] = None
    turn.in_cascade().liquidated[account.account_id] = None
    _cancel_orders(turn, account, scope)
    if scope.is_isolated and _draw_on_cross(turn, account, scope):
        return
    turn.emit(ScopeLiquidated(account.account_id, scope.asset, scope.symbol, turn.at_ms))
    for _ in range(STEPS_PER_SCOPE_MAX):
        found = _worst_leg(state, account, scope)
        if found is None:
            return
        reduce_leg(turn, account, scope, *found)
        if scope in scopes_of(account) and not is_distressed(state, account, scope):
            return


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
    """The leg with the highest maintenance margin; in a bankrupt scope the one that lost most.

    What a bankrupt scope lacks is in the price of the leg that goes first: so it meets those who
    gained what was lost, and not who stands against a leg that lost nothing (our choice).
    """
    balance, _ = standing(state, account, scope)
    worst: tuple[int, Holding, Leg] | None = None
    for holding in holdings_of(account, scope):
        mark = state.markets[holding.instrument.symbol].mark
        for leg in holding.legs(account.hedge):
            if not leg.quantity or (scope.is_isolated and leg.side is not scope.side):
                continue
            weight = int(leg_maintenance(holding.brackets, leg_notional(leg, mark)))
            if balance < 0:
                weight = -leg_unrealized(leg, mark)
            if worst is None or weight > worst[0]:
                worst = (weight, holding, leg)
    return None if worst is None else (worst[1], worst[2])
