"""Who has to be looked at when a mark moves: guard bands instead of visiting every position.

A scope is what is liquidated together: the cross positions of an account in one margin asset, or
one isolated leg. While every mark of its symbols stays inside its band, a scope provably keeps
its margin: the surplus is shared out over its symbols, and within its share no symbol can lose
more. Crossing a band only means that the scope is worked out exactly and banded anew, so that a
tick costs one look at the top of a heap, whatever the number of positions.
"""

from heapq import heappop, heappush
from typing import Final

from perpbox import rounding
from perpbox.engine.position import Holding
from perpbox.engine.state import Account, Market, Scope, State
from perpbox.money import SCALE, Amount, Price

SLACK: Final = 4
"""Units of 1e-8 by which a band is narrower than it could be: what rounding may take."""
STALE_MIN: Final = 64
"""A heap is not cleaned below this many entries."""


def scopes_of(account: Account) -> list[Scope]:
    """Every scope of an account in which a position is held."""
    scopes: dict[Scope, None] = {}
    for symbol, holding in account.holdings.items():
        asset = holding.instrument.margin_asset
        for leg in holding.legs(account.hedge):
            if leg.quantity:
                if holding.is_isolated:
                    scopes[Scope(account.account_id, asset, symbol, leg.side)] = None
                else:
                    scopes[Scope(account.account_id, asset)] = None
    return list(scopes)


def holdings_of(account: Account, scope: Scope) -> list[Holding]:
    """The holdings in which a scope has positions."""
    if scope.is_isolated:
        return [account.holdings[scope.symbol]]
    return [
        holding
        for holding in account.holdings.values()
        if not holding.is_isolated
        and holding.instrument.margin_asset == scope.asset
        and any(leg.quantity for leg in holding.legs(account.hedge))
    ]


def _slopes(account: Account, holding: Holding, scope: Scope) -> tuple[int, int]:
    """Most that a symbol can lose by one unit of price, (down, up), at scale 1e-16.

    Falling prices cost longs their quantity; rising ones cost shorts their quantity and the
    highest maintenance rate on it. What the other leg gains is left out.
    """
    down = up = 0
    steepest = SCALE + holding.brackets[-1].maint_margin_rate
    for leg in holding.legs(account.hedge):
        if scope.is_isolated and leg.side is not scope.side:
            continue
        if leg.quantity > 0:
            down += leg.quantity * SCALE
        elif leg.quantity < 0:
            up += -leg.quantity * steepest
    return down, up


def disarm(state: State, scope: Scope) -> None:
    """Forget the bands of a scope."""
    state.alarm_serials.pop(scope, None)


def arm(state: State, account: Account, scope: Scope, surplus: Amount) -> None:
    """Band a scope by its surplus of margin over maintenance (above zero)."""
    state.next_alarm_serial += 1
    serial = state.alarm_serials[scope] = state.next_alarm_serial
    holdings = holdings_of(account, scope)
    share = max(0, rounding.share_of_surplus(surplus, len(holdings)) - SLACK)
    for holding in holdings:
        market = state.markets[holding.instrument.symbol]
        down, up = _slopes(account, holding, scope)
        if down:
            low = market.mark - rounding.band_width(share, down)
            heappush(market.low_alarms, (-low, serial, scope))
        if up:
            high = market.mark + rounding.band_width(share, up)
            heappush(market.high_alarms, (high, serial, scope))
        _clean(state, market)


def _clean(state: State, market: Market) -> None:
    """Rebuild a heap of which more than half is stale."""
    alive = 2 * len(state.alarm_serials) + STALE_MIN
    for heap in (market.low_alarms, market.high_alarms):
        if len(heap) > 2 * alive:
            serials = state.alarm_serials
            heap[:] = sorted(entry for entry in heap if serials.get(entry[2]) == entry[1])


def ring(state: State, market: Market) -> list[Scope]:
    """Take every scope whose band the mark has left out of the heaps."""
    rung: dict[Scope, None] = {}
    mark: Price = market.mark
    while market.low_alarms and -market.low_alarms[0][0] >= mark:
        _take(state, rung, heappop(market.low_alarms))
    while market.high_alarms and market.high_alarms[0][0] <= mark:
        _take(state, rung, heappop(market.high_alarms))
    return list(rung)


def _take(state: State, rung: dict[Scope, None], entry: tuple[int, int, Scope]) -> None:
    _, serial, scope = entry
    if state.alarm_serials.get(scope) == serial:
        rung[scope] = None
