"""The one writer: stamps, what is due first, bounds, and the log that is the box."""

from collections.abc import Iterator, Sequence

import pytest

from perpbox.engine.commands import (
    AdvanceTime,
    Command,
    CreateAccount,
    Deposit,
    ListInstrument,
    OpenExchange,
    Rules,
    SetPrices,
)
from perpbox.engine.events import Event, FundingFixed, Rejected
from perpbox.engine.exchange import Exchange
from perpbox.engine.hashing import state_hash
from perpbox.engine.symbol import Bracket, Instrument
from perpbox.gateway.sequencer import DUE_COMMANDS_MAX, LogFull, Sequencer, replay
from perpbox.market.ladder import LadderShape
from perpbox.market.source import NoSource, Source
from perpbox.money import SCALE, Amount, Price, Qty, Rate
from perpbox.views import Views

HOUR_MS = 3_600_000
START_MS = 1_700_000_000_000 - 1_700_000_000_000 % (8 * HOUR_MS)


class Hand:
    """A clock whose hand is moved by the test."""

    def __init__(self, now_ms: int) -> None:
        self.at_ms = now_ms

    def now_ms(self) -> int:
        return self.at_ms


class Script(NoSource):
    """A market source that plays a list."""

    def __init__(self, lines: Sequence[tuple[int, Command]]) -> None:
        self.lines = list(lines)

    def open(self, now_ms: int) -> Iterator[Command]:
        assert now_ms
        return iter(())

    def expect(self, until_ms: int) -> None:
        assert until_ms >= 0

    def due(self, until_ms: int) -> Iterator[tuple[int, Command]]:
        while self.lines and self.lines[0][0] <= until_ms:
            yield self.lines.pop(0)

    def next_ms(self) -> int | None:
        return self.lines[0][0] if self.lines else None

    def street_shape(self, symbol: str) -> None:
        assert symbol

    def shape_street(self, symbol: str, shape: LadderShape) -> None:
        raise AssertionError((symbol, shape))


def contract() -> Instrument:
    bracket = Bracket(1, 20, Amount(0), Amount(10**6 * SCALE), Rate(SCALE // 100), Amount(0))
    return Instrument(
        symbol="BTCUSDT",
        margin_asset="USDT",
        price_precision=2,
        quantity_precision=3,
        tick_size=Price(SCALE // 10),
        min_price=Price(SCALE),
        max_price=Price(10**6 * SCALE),
        step_size=Qty(SCALE // 1000),
        min_qty=Qty(SCALE // 1000),
        max_qty=Qty(1000 * SCALE),
        market_step_size=Qty(SCALE // 1000),
        market_min_qty=Qty(SCALE // 1000),
        market_max_qty=Qty(100 * SCALE),
        min_notional=Amount(5 * SCALE),
        multiplier_up=Rate(2 * SCALE),
        multiplier_down=Rate(SCALE // 2),
        market_take_bound=Rate(SCALE // 20),
        max_num_orders=200,
        maker_fee=Rate(0),
        taker_fee=Rate(0),
        brackets=(bracket,),
    )


def price(value: int) -> SetPrices:
    return SetPrices("BTCUSDT", Price(value * SCALE))


def opened(clock: Hand, source: Source | None = None) -> Sequencer:
    sequencer = Sequencer(Exchange(), Views(), clock, source or NoSource(), record=True)
    sequencer.submit(OpenExchange(Rules()))
    sequencer.submit(ListInstrument(contract()))
    sequencer.submit(price(100))
    return sequencer


def log_of(sequencer: Sequencer) -> list[tuple[int, Command]]:
    assert sequencer.log is not None
    return sequencer.log


def test_stamps_never_go_back() -> None:
    """LAB-040: a clock that is set back does not take the box with it."""
    clock = Hand(START_MS)
    sequencer = opened(clock)
    clock.at_ms -= 5_000
    sequencer.submit(CreateAccount("first"))
    clock.at_ms += 6_000
    sequencer.submit(CreateAccount("second"))
    assert [at_ms - START_MS for at_ms, _ in log_of(sequencer)] == [0, 0, 0, 0, 1_000]
    assert sequencer.seq == 5


def test_what_is_due_happens_first() -> None:
    """LAB-041: before a command, market and deadlines up to its stamp, in time order.

    At one stamp the deadline goes first: funding is fixed at the price before it.
    """
    clock = Hand(START_MS)
    boundary_ms = START_MS + 8 * HOUR_MS
    lines = [(boundary_ms - 1, price(101)), (boundary_ms, price(102)), (boundary_ms + 9, price(1))]
    sequencer = opened(clock, Script(lines))
    clock.at_ms = boundary_ms + 5
    fixed: list[Event] = []
    sequencer.observers.append(lambda _seq, _at, _command, events: fixed.extend(events))
    sequencer.submit(CreateAccount("late"))
    assert [(at - boundary_ms, type(command)) for at, command in log_of(sequencer)[3:]] == [
        (-1, SetPrices),
        (0, AdvanceTime),
        (0, SetPrices),
        (5, CreateAccount),
    ]
    marks = [event.mark for event in fixed if isinstance(event, FundingFixed)]
    assert marks == [Price(101 * SCALE)]


def test_observers_see_each_command_once() -> None:
    """LAB-042: an observer is told number, stamp, command and events, in order."""
    clock = Hand(START_MS)
    sequencer = opened(clock)
    seen: list[tuple[int, int, str, int]] = []
    sequencer.observers.append(
        lambda seq, at, command, events: seen.append((seq, at, type(command).__name__, len(events)))
    )
    sequencer.submit(CreateAccount("one"))
    sequencer.submit(CreateAccount("one"))
    assert seen == [(4, START_MS, "CreateAccount", 1), (5, START_MS, "CreateAccount", 1)]


def test_stamps_are_told_before_and_time_that_passed_after() -> None:
    """LAB-090: who listens hears a stamp before its command, and when a span is over."""
    clock = Hand(START_MS)
    sequencer = opened(clock, Script([(START_MS + 5, price(5))]))
    told: list[tuple[str, int, int]] = []
    sequencer.before.append(lambda at: told.append(("before", at - START_MS, sequencer.seq)))
    sequencer.passed.append(lambda at: told.append(("passed", at - START_MS, sequencer.seq)))
    clock.at_ms += 10
    assert sequencer.tick()
    assert told == [("before", 5, 3), ("passed", 10, 4)]


def test_no_stamp_lies_in_a_time_that_is_over() -> None:
    """LAB-090: after a span was told to be over, a clock that is set back changes nothing."""
    clock = Hand(START_MS + 100)
    sequencer = opened(clock)
    clock.at_ms = START_MS + 200
    sequencer.tick()
    clock.at_ms = START_MS + 150
    sequencer.submit(CreateAccount("late"))
    sequencer.note(CreateAccount("later"))
    assert sequencer.reached_ms == sequencer.stamp_ms == START_MS + 200


def test_refusal_comes_back() -> None:
    """LAB-042: the events of the command itself are what submit gives, without what was due."""
    clock = Hand(START_MS)
    sequencer = opened(clock, Script([(START_MS + 1, price(5))]))
    clock.at_ms += 10
    events = sequencer.submit(Deposit(7, "USDT", Amount(1)))
    assert [type(event) for event in events] == [Rejected]


def test_advance_brings_every_consequence() -> None:
    """LAB-043: after advancing a day all three funding boundaries have passed."""
    clock = Hand(START_MS)
    sequencer = opened(clock)
    sequencer.advance_to(START_MS + 24 * HOUR_MS)
    views = sequencer.views
    assert isinstance(views, Views)
    assert len(views.funding.history("BTCUSDT", None, None, 100)) == 3
    assert sequencer.exchange.state.now_ms == START_MS + 24 * HOUR_MS
    sequencer.advance_to(START_MS)
    assert sequencer.stamp_ms == START_MS + 24 * HOUR_MS


def test_tick_is_bounded_and_loses_nothing() -> None:
    """LAB-044: a long sleep is caught up in pieces; requests in between are not starved."""
    clock = Hand(START_MS)
    count = 2 * DUE_COMMANDS_MAX + 500
    sequencer = opened(clock, Script([(START_MS + 1 + at, price(100)) for at in range(count)]))
    clock.at_ms += 10 * count
    assert not sequencer.tick()
    assert sequencer.seq == 3 + DUE_COMMANDS_MAX
    sequencer.submit(CreateAccount("in the middle"))
    assert sequencer.seq == 4 + 2 * DUE_COMMANDS_MAX
    at_ms, command = log_of(sequencer)[-1]
    assert (at_ms, type(command)) == (START_MS + 2 * DUE_COMMANDS_MAX, CreateAccount)
    assert sequencer.tick()
    assert sequencer.seq == 4 + count
    stamps = [at for at, _ in log_of(sequencer)]
    assert stamps == sorted(stamps)


def test_tick_without_anything_due_writes_nothing() -> None:
    """LAB-044: time that passes without consequence is not in the log."""
    clock = Hand(START_MS)
    sequencer = opened(clock)
    clock.at_ms += 1_000
    assert sequencer.tick()
    assert sequencer.seq == 3


def test_next_due() -> None:
    """LAB-045: what comes next is the earlier of deadline and market."""
    clock = Hand(START_MS)
    sequencer = opened(clock, Script([(START_MS + 7, price(5))]))
    assert sequencer.next_due_ms() == START_MS + 7
    clock.at_ms += 7
    sequencer.tick()
    assert sequencer.next_due_ms() == START_MS + 8 * HOUR_MS


def test_replay_gives_the_same_state() -> None:
    """LAB-030: the log folded again gives the same hash."""
    clock = Hand(START_MS)
    sequencer = opened(clock, Script([(START_MS + 7, price(5))]))
    clock.at_ms += HOUR_MS * 9
    sequencer.submit(CreateAccount("alice"))
    sequencer.submit(Deposit(1, "USDT", Amount(77)))
    sequencer.submit(Deposit(9, "USDT", Amount(77)))
    again = Exchange()
    replay(log_of(sequencer), again, Views())
    assert state_hash(again.state) == state_hash(sequencer.exchange.state)


def test_log_in_memory_is_bounded() -> None:
    """LAB-046: a recorded log that is full refuses the command before it is applied."""
    sequencer = Sequencer(Exchange(), Views(), Hand(1), NoSource(), record=True, log_entries_max=2)
    sequencer.submit(OpenExchange(Rules()))
    sequencer.submit(CreateAccount("one"))
    with pytest.raises(LogFull, match="2 commands at most"):
        sequencer.submit(CreateAccount("two"))
    assert list(sequencer.exchange.state.accounts_by_key) == ["one"]
