"""Who has to be looked at when a mark moves: guard bands instead of visiting every position.

While every mark of its symbols stays inside its band, a scope provably keeps its margin: the
surplus is shared out over its symbols, and within its share no symbol can lose more. Crossing a
band only means that the scope is worked out exactly and banded anew, so that a tick costs one
look at the top of a heap, whatever the number of positions.

A scope that was warned has a second band on the other side, inside which its margin ratio
provably stays at the warning ratio: behind it a new warning may be due some day.
"""

from heapq import heappop, heappush
from typing import Final, NamedTuple

from perpbox import rounding
from perpbox.engine.position import Holding
from perpbox.engine.scopes import holdings_of
from perpbox.engine.state import Account, Market, Scope, State
from perpbox.money import SCALE, Amount, Price

SLACK: Final = 16
"""Units of 1e-8 by which a share is smaller than it could be: what rounding may take."""
STALE_MIN: Final = 64
"""A heap is not cleaned below this many entries."""


class Slopes(NamedTuple):
    """Most that a scope's surplus over maintenance can change in a symbol by one unit of price.

    At scale 1e-16: what falling or rising prices can cost, and what they can bring.
    """

    falling_costs: int
    rising_costs: int
    falling_brings: int
    rising_brings: int


def _slopes(account: Account, holding: Holding, scope: Scope) -> Slopes:
    """Longs move by their quantity, shorts by it and the highest maintenance rate on it.

    What the other leg of the symbol does to the contrary is left out.
    """
    longs = shorts = 0
    steepest = SCALE + holding.brackets[-1].maint_margin_rate
    for leg in holding.legs(account.hedge):
        if scope.is_isolated and leg.side is not scope.side:
            continue
        if leg.quantity > 0:
            longs += leg.quantity * SCALE
        elif leg.quantity < 0:
            shorts += -leg.quantity * steepest
    return Slopes(longs, shorts, shorts, longs)


def disarm(state: State, scope: Scope) -> None:
    """Forget the bands of a scope."""
    state.alarm_serials.pop(scope, None)


def arm(
    state: State, account: Account, scope: Scope, surplus: Amount, relief: Amount | None = None
) -> None:
    """Band a scope by what it can lose and, once warned, by what it has to gain (``relief``)."""
    state.next_alarm_serial += 1
    serial = state.alarm_serials[scope] = state.next_alarm_serial
    holdings = holdings_of(account, scope)
    loss = _share(surplus, len(holdings))
    gain = None if relief is None else _share(relief, len(holdings))
    for holding in holdings:
        market = state.markets[holding.instrument.symbol]
        slopes = _slopes(account, holding, scope)
        low = _width(loss, slopes.falling_costs, gain, slopes.falling_brings)
        high = _width(loss, slopes.rising_costs, gain, slopes.rising_brings)
        if low is not None:
            heappush(market.low_alarms, (low - market.mark, serial, scope))
        if high is not None:
            heappush(market.high_alarms, (market.mark + high, serial, scope))
        _clean(state, market)


def _share(amount: Amount, count: int) -> int:
    return max(0, rounding.share_of_surplus(amount, count) - SLACK)


def _width(loss: int, costs: int, gain: int | None, brings: int) -> Price | None:
    """How far the mark may go one way; None when that way nothing can happen."""
    widths = []
    if costs:
        widths.append(rounding.band_width(loss, costs))
    if gain is not None and brings:
        widths.append(rounding.band_width(gain, brings))
    return min(widths) if widths else None


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
