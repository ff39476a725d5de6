"""Prints taken in runs come to what prints taken one by one come to, whatever is in their way."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perpbox.engine import commands as c
from perpbox.engine import liquidation, runs, triggers
from perpbox.engine.price_watch import PriceWatch, Trail
from perpbox.engine.prints import Prints
from perpbox.engine.types import (
    AlgoType,
    ClockMotion,
    MarkForm,
    OrderType,
    PositionSide,
    Side,
    TimeInForce,
    WorkingType,
)
from perpbox.money import SCALE, Amount, Price, Qty
from perpbox.views.bounds import ViewBounds
from tests.property.run_twins import Twins
from tests.unit.engine.board import START_MS, SYMBOL, contract, price, qty

BOUNDS = ViewBounds(trades_per_symbol=20, aggregates_per_symbol=30, aggregate_age_ms=200_000)
TICK = SCALE // 10
NEAR = st.integers(985, 1015).map(lambda tenths: Price(tenths * TICK))
GAPS = st.sampled_from((0, 0, 0, 1, 40, 99, 100, 101, 7_000, 61_000, 150_000))
accounts = st.integers(1, 3)
sides = st.sampled_from(Side)
lots = st.integers(2, 400).map(lambda number: Qty(number * qty("0.01")))
names = st.uuids().map(lambda each: each.hex)


def twins(bounds: ViewBounds = BOUNDS) -> Twins:
    """Three accounts, 10,000 USDT each, around a price of 100."""
    both = Twins(bounds, START_MS)
    both.send(c.OpenExchange(c.Rules(liquidates=True)))
    listed = contract(max_num_orders=200, max_price=Price(0), min_price=Price(0), takes_rpi=True)
    both.send(c.ListInstrument(listed))
    for number in range(1, 4):
        both.send(c.CreateAccount(f"key {number}", hedge=number == 3))
        both.send(c.Deposit(number, "USDT", Amount(10_000 * SCALE)))
    both.send(c.SetPrices(SYMBOL, price("100")))
    return both


@st.composite
def orders(draw: st.DrawFn) -> c.PlaceOrder:
    account = draw(accounts)
    side = draw(sides)
    is_limit = draw(st.booleans())
    leg = PositionSide.BOTH
    if account == 3:
        leg = draw(st.sampled_from((PositionSide.LONG, PositionSide.SHORT)))
    tifs = st.sampled_from((TimeInForce.GTC, TimeInForce.GTX, TimeInForce.RPI))
    return c.PlaceOrder(
        account,
        SYMBOL,
        side,
        leg,
        OrderType.LIMIT if is_limit else OrderType.MARKET,
        draw(tifs) if is_limit else TimeInForce.GTC,
        draw(lots),
        draw(NEAR) if is_limit else Price(0),
        account != 3 and draw(st.integers(0, 4)) == 0,
        draw(names),
    )


@st.composite
def conditions(draw: st.DrawFn) -> c.PlaceAlgoOrder:
    account, kind = draw(accounts), draw(st.sampled_from(AlgoType))
    trails = kind is AlgoType.TRAILING_STOP_MARKET
    is_limit = kind in {AlgoType.STOP, AlgoType.TAKE_PROFIT}
    leg = PositionSide.BOTH
    if account == 3:
        leg = draw(st.sampled_from((PositionSide.LONG, PositionSide.SHORT)))
    return c.PlaceAlgoOrder(
        account,
        SYMBOL,
        draw(sides),
        leg,
        kind,
        TimeInForce.GTC,
        draw(lots),
        draw(NEAR) if is_limit else Price(0),
        Price(0) if trails else draw(NEAR),
        draw(names),
        draw(st.sampled_from((WorkingType.CONTRACT_PRICE,) * 3 + (WorkingType.MARK_PRICE,))),
        price_protect=draw(st.booleans()),
        activate_price=draw(st.one_of(st.just(Price(0)), NEAR)) if trails else Price(0),
        callback_percent=draw(st.sampled_from((10, 50, 100))) * SCALE // 100 if trails else 0,
    )


@st.composite
def depths(draw: st.DrawFn) -> c.SetDepth:
    middle, size = draw(NEAR), draw(lots)
    bids = tuple((Price(middle - n * TICK), size) for n in range(1, 5))
    asks = tuple((Price(middle + n * TICK), size) for n in range(1, 5))
    return c.SetDepth(SYMBOL, bids, asks, replace=draw(st.booleans()))


Part = tuple[int, Price, Qty, bool]
Story = list[c.Command | list[Part]]
parts = st.tuples(GAPS, NEAR, lots, st.booleans())
calm = st.tuples(GAPS, st.sampled_from((price("100"), price("100.1"))), lots, st.booleans())
tapes = st.one_of(
    st.lists(parts, min_size=1, max_size=30),
    st.lists(calm, min_size=1, max_size=80),
    st.lists(st.one_of(calm, calm, calm, calm, parts), min_size=20, max_size=80),
)
settings_of_market = st.one_of(
    st.builds(c.SetPrices, st.just(SYMBOL), NEAR, NEAR),
    st.builds(c.SetPrices, st.just(SYMBOL), NEAR, st.just(Price(0)), st.just(True)),
    st.builds(c.SetMarkForm, st.just(SYMBOL), st.sampled_from(MarkForm)),
    st.builds(
        c.PinPrices,
        st.just(SYMBOL),
        st.just(None),
        st.sampled_from((None, Price(0))),
        st.sampled_from((None, Price(0), price("100"))),
    ),
    st.builds(c.HoldClock, st.sampled_from(ClockMotion)),
    st.builds(c.ChangeLeverage, accounts, st.just(SYMBOL), st.just(50)),
    st.builds(c.Deposit, accounts, st.just("USDT"), st.just(Amount(-8_000 * SCALE))),
)
steps = st.lists(
    st.one_of(orders(), conditions(), conditions(), depths(), settings_of_market, tapes, tapes),
    min_size=1,
    max_size=30,
)


def prints_of(both: Twins, tape: list[Part], from_lab: bool = False) -> Prints:
    """A tape that begins at the time that was reached."""
    times_ms, at_ms = [], both.now_ms
    for gap_ms, *_ in tape:
        at_ms += gap_ms
        times_ms.append(at_ms)
    _, prices, quantities, makers = zip(*tape, strict=True)
    return Prints(SYMBOL, prices, quantities, makers, times_ms, from_lab)


def story(both: Twins, told: Story, from_lab: bool = False) -> None:
    for step in told:
        if isinstance(step, list):
            both.play(prints_of(both, step, from_lab))
        else:
            both.send(step)
    both.compare(SYMBOL)


@settings(max_examples=200, deadline=None)
@given(steps, st.booleans())
def test_runs_come_to_what_single_prints_come_to(told: Story, from_lab: bool) -> None:
    """MAT-030: the same events, state and answers, among orders, conditions, marks and clocks."""
    story(twins(), told, from_lab)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(tapes, st.lists(calm, min_size=300, max_size=400)), max_size=6))
def test_nothing_in_the_way_is_one_command(told: list[list[Part]]) -> None:
    """MAT-030: a tape that nobody waits for is taken whole."""
    both = twins()
    story(both, [*told])
    assert both.commands == len(told)


STEADY: list[Part] = [(10, price("100"), qty("1"), True)] * 40


def through(text: str, by_maker: bool = True) -> list[Part]:
    """A tape in the middle of which one print is at another price."""
    return [*STEADY, (10, price(text), qty("1"), by_maker), *STEADY]


def limit(side: Side, at: str, tif: TimeInForce = TimeInForce.GTC, size: str = "1") -> c.PlaceOrder:
    return c.PlaceOrder(
        1,
        SYMBOL,
        side,
        PositionSide.BOTH,
        OrderType.LIMIT,
        tif,
        qty(size),
        price(at),
        False,
        f"{side.name}{at}",
    )


def stop(kind: AlgoType, side: Side, level: str = "0", callback: int = 0) -> c.PlaceAlgoOrder:
    return c.PlaceAlgoOrder(
        2,
        SYMBOL,
        side,
        PositionSide.BOTH,
        kind,
        TimeInForce.GTC,
        qty("1"),
        Price(0),
        price(level),
        f"{kind.name}{side.name}{level}",
        callback_percent=callback,
    )


def hold(account: int, side: Side) -> c.PlaceOrder:
    """A position from the street's depth."""
    return c.PlaceOrder(
        account,
        SYMBOL,
        side,
        PositionSide.BOTH,
        OrderType.MARKET,
        TimeInForce.GTC,
        qty("100"),
        Price(0),
        False,
        f"hold {account}",
    )


TRAILING = AlgoType.TRAILING_STOP_MARKET
DEPTH = c.SetDepth(SYMBOL, ((price("99.9"), qty("500")),), ((price("100.1"), qty("500")),), True)
STORIES: dict[str, Story] = {
    "a bid is hit": [limit(Side.BUY, "99"), through("99")],
    "an ask is taken": [limit(Side.SELL, "101"), through("101.2", by_maker=False)],
    "a bid for retail": [limit(Side.BUY, "99", TimeInForce.RPI), through("99")],
    "a stop is met": [STEADY, stop(AlgoType.STOP_MARKET, Side.BUY, "101"), through("101")],
    "a profit is taken": [
        STEADY,
        stop(AlgoType.TAKE_PROFIT_MARKET, Side.BUY, "99"),
        through("98"),
    ],
    "a trailing stop begins": [STEADY, stop(TRAILING, Side.SELL, "101", SCALE), through("101")],
    "a trailing stop follows": [STEADY, stop(TRAILING, Side.SELL, callback=SCALE), through("102")],
    "a trailing stop fires": [STEADY, stop(TRAILING, Side.SELL, callback=SCALE), through("99")],
    "a mark follows": [
        c.SetMarkForm(SYMBOL, MarkForm.LAST),
        DEPTH,
        hold(1, Side.BUY),
        through("103"),
        c.SetMarkForm(SYMBOL, MarkForm.MEDIAN),
        STEADY,
    ],
    "conditions are left over": [
        STEADY,
        *(stop(AlgoType.STOP_MARKET, Side.BUY, level) for level in ("101", "101.1", "101.2")),
        through("102"),
    ],
    "scopes are left over": [
        DEPTH,
        hold(1, Side.SELL),
        hold(2, Side.SELL),
        c.SetPrices(SYMBOL, price("250")),
        STEADY,
    ],
}
LOOSENED: dict[str, tuple[object, str, object]] = {
    "orders": (runs, "_reaches", lambda *_: False),
    "levels": (PriceWatch, "between", lambda _, floor, ceiling: (floor, ceiling)),
    "trails": (Trail, "between", lambda _, floor, ceiling: (floor, ceiling)),
    "marks": (runs, "_moves_marks", lambda *_: False),
    "left over": (runs, "_is_pending", lambda *_: False),
}


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Commands trigger one condition each and look at one scope."""
    monkeypatch.setattr(triggers, "TRIGGERS_PER_COMMAND_MAX", 1)
    monkeypatch.setattr(liquidation, "SCOPES_PER_COMMAND_MAX", 1)
    return monkeypatch


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.usefixtures("tight")
def test_a_story(name: str) -> None:
    """MAT-030, MAT-031: each thing that ends a run, and the runs around it."""
    both = twins()
    story(both, STORIES[name])
    prints = sum(len(step) for step in STORIES[name] if isinstance(step, list))
    assert 1 < both.commands < prints, "all prints went the same way"


@pytest.mark.parametrize(
    ("guard", "name"),
    [
        ("orders", "a bid is hit"),
        ("orders", "an ask is taken"),
        ("orders", "a bid for retail"),
        ("levels", "a stop is met"),
        ("levels", "a profit is taken"),
        ("levels", "a trailing stop begins"),
        ("trails", "a trailing stop follows"),
        ("trails", "a trailing stop fires"),
        ("marks", "a mark follows"),
        ("left over", "conditions are left over"),
        ("left over", "scopes are left over"),
    ],
)
def test_a_loosened_guard_is_found_out(tight: pytest.MonkeyPatch, guard: str, name: str) -> None:
    """MAT-031: without any one of the guards a story ends otherwise."""
    tight.setattr(*LOOSENED[guard])
    with pytest.raises(AssertionError):
        story(twins(), STORIES[name])
