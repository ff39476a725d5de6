"""Conditional orders against a checker that looks at every one of them at every price."""

from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from perpbox.engine.types import AlgoType, Side, WorkingType
from perpbox.money import SCALE, Price, plain
from tests.unit.engine.algo_board import (
    LAST,
    MARK,
    STOP_MARKET,
    TAKE_MARKET,
    TRAILING,
    AlgoBoard,
)
from tests.unit.engine.board import BUY, SELL, contract, price

TICKS = st.integers(900, 1100).map(lambda tenths: plain(tenths * SCALE // 10))
WORKINGS = st.sampled_from((LAST, MARK))


class Place(NamedTuple):
    side: Side
    kind: AlgoType
    level: str
    callback: str
    working: WorkingType


class Move(NamedTuple):
    working: WorkingType
    to: str


class Cancel(NamedTuple):
    which: int


STEPS = st.lists(
    st.one_of(
        st.builds(
            Place,
            st.sampled_from((BUY, SELL)),
            st.sampled_from((STOP_MARKET, TAKE_MARKET, TRAILING)),
            st.one_of(TICKS, st.just("0")),
            st.sampled_from(("0.1", "0.5", "1", "2.25", "5")),
            WORKINGS,
        ),
        st.builds(Move, WORKINGS, TICKS),
        st.builds(Move, WORKINGS, TICKS),
        st.builds(Cancel, st.integers(0, 40)),
    ),
    max_size=60,
)


class Naive:
    """One order and the rule of its type, word for word."""

    def __init__(self, order: Place, level: Price, at: Price) -> None:
        self.order = order
        self.level = level
        self.extreme: Price | None = None
        if order.kind is TRAILING and not level:
            self.extreme = at

    def sees(self, at: Price) -> bool:
        """Whether this price triggers it."""
        order, buys = self.order, self.order.side is BUY
        if order.kind is not TRAILING:
            rises = buys is (order.kind is STOP_MARKET)
            return at >= self.level if rises else at <= self.level
        if self.extreme is None:
            if at <= self.level if buys else at >= self.level:
                self.extreme = at
            return False
        self.extreme = min(self.extreme, at) if buys else max(self.extreme, at)
        whole = 100 * SCALE
        back = price(order.callback)
        if buys:
            return at * whole >= self.extreme * (whole + back)
        return at * whole <= self.extreme * (whole - back)


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_who_triggers_is_who_a_naive_checker_says(steps: list[Place | Move | Cancel]) -> None:
    """ALG-016: over prints, marks, placements and cancels, whatever the heaps hold."""
    board = AlgoBoard(contract(max_num_orders=200), wallet="100000000", depth=False).prepare()
    board.depth([("50", "50000")], [("148", "50000")])
    naive: dict[int, Naive] = {}
    now = {LAST: price("100"), MARK: price("100")}
    for step in steps:
        if isinstance(step, Move):
            now[step.working] = price(step.to)
            hit = [
                algo_id
                for algo_id, each in naive.items()
                if each.order.working is step.working and each.sees(price(step.to))
            ]
            for algo_id in hit:
                del naive[algo_id]
            if step.working is LAST:
                board.trade(step.to)
                assert board.market.last == price(step.to)
            else:
                board.mark(step.to)
        elif isinstance(step, Cancel):
            if naive:
                algo_id = list(naive)[step.which % len(naive)]
                board.cancel_algo(algo_id)
                del naive[algo_id]
        else:
            trails = step.kind is TRAILING
            command = board.algo(
                step.side,
                step.kind,
                "0" if trails else step.level,
                activate=step.level if trails else "0",
                callback=step.callback if trails else "0",
                working=step.working,
            )
            before = set(board.waiting)
            board.send(command)
            for algo_id in set(board.waiting) - before:
                naive[algo_id] = Naive(step, price(step.level), now[step.working])
        assert board.waiting == list(naive)
