"""Timers are data: what falls due next, and what happens then."""

from heapq import heappop
from typing import Final

from perpbox.engine.adl import refresh_market
from perpbox.engine.calendar import next_funding_ms
from perpbox.engine.commands import AdvanceTime
from perpbox.engine.delivery import recount_deliveries, take_delivery_step
from perpbox.engine.events import Rejected
from perpbox.engine.funding import settle_funding
from perpbox.engine.orders import Order
from perpbox.engine.resting import end_resting
from perpbox.engine.state import Account, Market, State
from perpbox.engine.turn import Turn
from perpbox.engine.types import EndReason, OrderStatus

ORDER_LIFE_MS: Final = 365 * 86_400_000
"""How long an order without a date may rest (documented: one year)."""


def next_deadline_ms(state: State) -> int | None:
    """Box time at which something falls due next."""
    due_ms = _next_step_ms(state)
    if state.next_adl_ms and (not due_ms or state.next_adl_ms < due_ms):
        due_ms = state.next_adl_ms
    if state.good_till and (not due_ms or state.good_till[0][0] < due_ms):
        due_ms = state.good_till[0][0]
    return due_ms or None


def recount_funding(state: State) -> None:
    """Find the earliest funding boundary again."""
    due = (market.funding_next_ms for market in state.markets.values() if market.funding_next_ms)
    state.next_funding_ms = min(due, default=0)


def _next_step_ms(state: State) -> int:
    """When funding is settled or a delivery comes closer, whichever is first; 0: never."""
    funding_ms, delivery_ms = state.next_funding_ms, state.next_delivery_ms
    return min(funding_ms, delivery_ms) if funding_ms and delivery_ms else funding_ms or delivery_ms


def advance_time(turn: Turn, command: AdvanceTime) -> Rejected | None:  # noqa: ARG001
    """Everything that fell due up to now happens, in order of its time."""
    state = turn.state
    while 0 < (due_ms := _next_step_ms(state)) <= turn.at_ms:
        for market in state.markets.values():
            if market.funding_next_ms == due_ms:
                _pass_boundary(turn, market)
        # Whoever is settled at a funding time pays that funding first.
        for market in state.markets.values():
            if market.phase_next_ms == due_ms:
                take_delivery_step(turn, market)
        recount_funding(state)
        recount_deliveries(state)
        _let_lapse(turn, due_ms)
    if state.next_adl_ms and state.next_adl_ms <= turn.at_ms:
        _rank(turn)
    while state.good_till and state.good_till[0][0] <= turn.at_ms:
        _, order_id, account_id = heappop(state.good_till)
        account = state.accounts[account_id]
        order = account.open_orders.get(order_id)
        if order is not None:
            _expire(turn, account, order)
    return None


def _let_lapse(turn: Turn, due_ms: int) -> None:
    """Expire the orders without a date that rest for a year, looked at when funding is settled."""
    state = turn.state
    marks = state.order_marks
    if not marks or marks[-1][1] != state.next_order_id:
        marks.append((due_ms, state.next_order_id))
    before_id = 0
    while marks and marks[0][0] <= due_ms - ORDER_LIFE_MS:
        _, before_id = marks.popleft()
    if not before_id:
        return
    for account in state.accounts.values():
        for order in list(account.open_orders.values()):
            if order.order_id < before_id and not order.good_till_ms:
                _expire(turn, account, order)


def _expire(turn: Turn, account: Account, order: Order) -> None:
    market = turn.state.markets[order.symbol]
    turn.touch(market)
    end_resting(turn, market, account, order, OrderStatus.EXPIRED, EndReason.DATE)


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
