"""Timers are data: what falls due next, and what happens then."""

from heapq import heappop
from typing import Final

from perpbox.engine.adl import refresh_market
from perpbox.engine.commands import AdvanceTime
from perpbox.engine.events import Rejected
from perpbox.engine.funding import settle_funding
from perpbox.engine.resting import end_resting
from perpbox.engine.state import Market, State
from perpbox.engine.symbol import Instrument
from perpbox.engine.turn import Turn
from perpbox.engine.types import EndReason, OrderStatus

HOUR_MS: Final = 3_600_000


def next_funding_ms(instrument: Instrument, after_ms: int) -> int:
    """First funding boundary after a time; boundaries count from 00:00 UTC."""
    interval_ms = instrument.funding_interval_hours * HOUR_MS
    return (after_ms // interval_ms + 1) * interval_ms


def next_deadline_ms(state: State) -> int | None:
    """Box time at which something falls due next."""
    due_ms = state.next_funding_ms
    if state.next_adl_ms and (not due_ms or state.next_adl_ms < due_ms):
        due_ms = state.next_adl_ms
    if state.good_till and (not due_ms or state.good_till[0][0] < due_ms):
        due_ms = state.good_till[0][0]
    return due_ms or None


def recount_funding(state: State) -> None:
    """Find the earliest funding boundary again."""
    state.next_funding_ms = min(market.funding_next_ms for market in state.markets.values())


def advance_time(turn: Turn, command: AdvanceTime) -> Rejected | None:  # noqa: ARG001
    """Everything that fell due up to now happens, in order of its time."""
    state = turn.state
    while state.markets and state.next_funding_ms <= turn.at_ms:
        due_ms = state.next_funding_ms
        for market in state.markets.values():
            if market.funding_next_ms == due_ms:
                _pass_boundary(turn, market)
        recount_funding(state)
    if state.next_adl_ms and state.next_adl_ms <= turn.at_ms:
        _rank(turn)
    while state.good_till and state.good_till[0][0] <= turn.at_ms:
        _, order_id, account_id = heappop(state.good_till)
        account = state.accounts[account_id]
        order = account.open_orders.get(order_id)
        if order is not None:
            market = state.markets[order.symbol]
            turn.touch(market)
            end_resting(turn, market, account, order, OrderStatus.EXPIRED, EndReason.DATE)
    return None


def _rank(turn: Turn) -> None:
    """Take the deleveraging ranks anew; they stand until something moves again."""
    state = turn.state
    for market in state.markets.values():
        if market.holders:
            refresh_market(state, market)
    state.next_adl_ms = 0


def _pass_boundary(turn: Turn, market: Market) -> None:
    """Funding is settled, and the next boundary stands."""
    settle_funding(turn, market)
    market.funding_next_ms = next_funding_ms(market.instrument, market.funding_next_ms)
