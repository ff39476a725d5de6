"""What streams tell adds up to what REST answers, and a log tells it again byte for byte."""

from fractions import Fraction
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from perpbox.engine import commands as c
from perpbox.engine.types import OrderType, PositionSide, Side, TimeInForce
from perpbox.gateway.clock import Mode, Pace
from perpbox.money import SCALE, Price, Qty, fixed, parse
from perpbox.wire.desk import Desk
from perpbox.wire.params import Params
from perpbox.wire.render_market import depth, klines, ticker_24hr
from tests.unit.gateway.feed_box import (
    BOARD,
    EVERY_STREAM,
    FROZEN,
    JUMPING,
    NOW_MS,
    REAL,
    FeedBox,
)

SYMBOL = "BTCUSDT"
TICK = SCALE // 10
MIDDLE = 60_000 * SCALE
DIFFS = ("depth@0ms", "depth@100ms", "depth", "depth@500ms", "rpiDepth@500ms")
LIMIT = 1000
SOME_TIME_MS = 1000

prices = st.integers(-12, 12).map(lambda n: Price(MIDDLE + n * TICK))
quantities = st.integers(1, 30).map(lambda n: Qty(n * SCALE // 1000))
levels = st.lists(st.tuples(prices, st.integers(0, 20).map(lambda n: Qty(n * SCALE // 1000))))
sides = st.sampled_from(Side)


@st.composite
def depth_commands(draw: st.DrawFn) -> c.SetDepth:
    return c.SetDepth(
        SYMBOL,
        tuple((price, qty) for price, qty in draw(levels) if price <= MIDDLE),
        tuple((price, qty) for price, qty in draw(levels) if price > MIDDLE),
        replace=draw(st.booleans()),
        update_id=draw(st.sampled_from((0, 0, 7, 50, 400))),
    )


@st.composite
def orders(draw: st.DrawFn) -> c.PlaceOrder:
    is_market = draw(st.integers(0, 4)) == 0
    return c.PlaceOrder(
        account_id=draw(st.integers(1, 2)),
        symbol=SYMBOL,
        side=draw(sides),
        position_side=PositionSide.BOTH,
        order_type=OrderType.MARKET if is_market else OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        quantity=draw(quantities),
        price=Price(0) if is_market else draw(prices),
        reduce_only=False,
        client_order_id=draw(st.sampled_from("abcdef")),
    )


commands = st.one_of(
    depth_commands(),
    orders(),
    orders(),
    st.builds(c.StreetTrade, st.just(SYMBOL), prices, quantities, st.booleans()),
    st.builds(c.CancelAllOrders, st.integers(1, 2), st.just(SYMBOL)),
    st.builds(c.SetPrices, st.just(SYMBOL), prices),
)
pauses_ms = st.sampled_from((0, 0, 1, 40, 99, 250, 700, 5_000, 61_000))
steps = st.lists(st.tuples(commands, pauses_ms), min_size=1, max_size=30)
paces = st.sampled_from((REAL, FROZEN, JUMPING, Pace(Mode.SCALED, Fraction(7, 2))))


def let_pass(box: FeedBox, ms: int) -> None:
    """Time goes on as the clock goes: looked at often or once, by an advance, or by a jump."""
    mode = box.desk.clock.mode
    if mode is Mode.JUMPING:
        box.pass_wall(min(ms, 60))
    elif mode is Mode.FROZEN or (mode is Mode.SCALED and ms >= SOME_TIME_MS):
        box.desk.advance_to(box.desk.now_ms() + ms)
    elif ms < SOME_TIME_MS:
        box.pass_wall(ms)
    else:
        box.wall_ms += ms
        box.desk.tick()


def play(box: FeedBox, sent: list[tuple[c.Command, int]]) -> None:
    for command, pause_ms in sent:
        box.desk.submit(command)
        let_pass(box, pause_ms)


def rest(desk: Desk, answer: Any, **params: object) -> Any:
    return orjson.loads(answer(desk, None, Params({"symbol": SYMBOL, **params})))


# Depth


class LocalBook:
    """A client's book, kept by the documented procedure.

    Take a snapshot, drop what ends before it; the first push must reach over it (or follow it at
    once), each later one must follow the push before.
    """

    def __init__(self, snapshot: Any) -> None:
        self.last_id: int = snapshot["lastUpdateId"]
        self.is_first = True
        self.sides = {
            "b": {parse(price): parse(qty) for price, qty in snapshot["bids"]},
            "a": {parse(price): parse(qty) for price, qty in snapshot["asks"]},
        }

    def take(self, push: Any) -> bool:
        """Apply a push; ``False`` for one that is older than the snapshot."""
        if self.is_first:
            if push["u"] < self.last_id:
                return False
            assert push["U"] <= self.last_id <= push["u"] or push["pu"] == self.last_id
        else:
            assert push["pu"] == self.last_id
        self.is_first = False
        self.last_id = push["u"]
        for side, known in self.sides.items():
            for price, qty in push[side]:
                known[parse(price)] = parse(qty)
                if not parse(qty):
                    del known[parse(price)]
        return True

    def shown(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        bids = sorted(self.sides["b"].items(), reverse=True)
        return bids, sorted(self.sides["a"].items())


@settings(max_examples=60, deadline=None)
@given(steps, paces, st.integers(0, 29), st.integers(0, 29))
def test_diff_depth_on_a_snapshot_is_the_book(
    sent: list[tuple[c.Command, int]], pace: Pace, subscribe_at: int, snapshot_at: int
) -> None:
    """STR-040 STR-041"""
    box = FeedBox(pace)
    books: dict[int, object] = {}
    snapshot: Any = None
    for place, (command, pause_ms) in enumerate(sent):
        if place == min(subscribe_at, len(sent) - 1):
            box.want(*(f"btcusdt@{name}" for name in DIFFS))
        box.desk.submit(command)
        book = box.desk.state.markets[SYMBOL].book
        books[book.update_id] = book.depth(LIMIT)
        if place >= subscribe_at and place >= snapshot_at and snapshot is None:
            snapshot = rest(box.desk, depth, limit=LIMIT)
        let_pass(box, pause_ms)
    let_pass(box, 1_000)
    snapshot = snapshot or rest(box.desk, depth, limit=LIMIT)
    for name in DIFFS:
        local = LocalBook(snapshot)
        for push in box.payloads(f"btcusdt@{name}"):
            if local.take(push):
                assert local.shown() == books[push["u"]], name
        if not local.is_first:
            assert local.shown() == box.desk.state.markets[SYMBOL].book.depth(LIMIT)


@settings(max_examples=40, deadline=None)
@given(steps, paces)
def test_every_change_of_the_book_has_its_push(
    sent: list[tuple[c.Command, int]], pace: Pace
) -> None:
    """STR-041 STR-042"""
    box = FeedBox(pace)
    box.want("btcusdt@depth@0ms", "btcusdt@depth@100ms", "btcusdt@depth5@100ms")
    ids = [box.desk.state.markets[SYMBOL].book.update_id]
    tops: dict[int, object] = {}

    def note(_seq: int, _at_ms: int, _command: c.Command, events: Any) -> None:
        book = box.desk.state.markets[SYMBOL].book
        tops[book.update_id] = book.depth(5)
        ids.extend(each.update_id for each in events if type(each).__name__ == "BookChanged")

    box.desk.observers.append(note)
    play(box, sent)
    let_pass(box, 1_000)
    told = box.payloads("btcusdt@depth@0ms")
    assert [push["u"] for push in told] == ids[1:]
    for name in ("btcusdt@depth@0ms", "btcusdt@depth@100ms", "btcusdt@depth5@100ms"):
        chain = box.payloads(name)
        assert [push["pu"] for push in chain[1:]] == [push["u"] for push in chain[:-1]]
        assert all(push["pu"] < push["U"] <= push["u"] for push in chain)
    for push in box.payloads("btcusdt@depth5@100ms"):
        shown = tuple(
            [(parse(price), parse(qty)) for price, qty in push[side]] for side in ("b", "a")
        )
        assert shown == tops[push["u"]]


# The tape


@settings(max_examples=40, deadline=None)
@given(steps, paces)
def test_trades_of_streams_add_up_to_the_day(sent: list[tuple[c.Command, int]], pace: Pace) -> None:
    """STR-035"""
    box = FeedBox(pace)
    box.want("btcusdt@trade", "btcusdt@aggTrade", "btcusdt@ticker", "btcusdt@miniTicker")
    play(box, sent)
    let_pass(box, 4_000)
    trades = box.payloads("btcusdt@trade")
    aggregates = box.payloads("btcusdt@aggTrade")
    for rows in (trades, aggregates):
        volume = sum(parse(row["q"]) for row in rows)
        if box.desk.now_ms() - NOW_MS < 86_400_000:
            day = rest(box.desk, ticker_24hr)
            assert fixed(volume, 3) == day["volume"]
    assert [row["t"] for row in trades] == list(range(1, len(trades) + 1))
    assert [row["a"] for row in aggregates] == list(range(1, len(aggregates) + 1))
    spans = [(row["f"], row["l"]) for row in aggregates]
    assert [first for first, _ in spans] == [1, *(last + 1 for _, last in spans)][: len(spans)]
    if trades:
        for name in ("btcusdt@ticker", "btcusdt@miniTicker"):
            assert box.payloads(name)[-1]["c"] == trades[-1]["p"]


@settings(max_examples=30, deadline=None)
@given(steps, paces, st.sampled_from(("1m", "3m", "1h", "1w")))
def test_candles_of_the_stream_are_those_of_rest(
    sent: list[tuple[c.Command, int]], pace: Pace, interval: str
) -> None:
    """STR-033 STR-035"""
    box = FeedBox(pace)
    name = f"btcusdt@kline_{interval}"
    box.want(name, f"btcusdt_perpetual@continuousKline_{interval}")
    play(box, sent)
    let_pass(box, 61_000)
    told = {push["k"]["t"]: push["k"] for push in box.payloads(name)}
    rows = rest(box.desk, klines, interval=interval, limit=LIMIT)
    keys = ("t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q", "B")
    for row in rows:
        candle = told.pop(row[0], None)
        if candle is None:
            assert row[8] == 0
        else:
            assert [candle[key] for key in keys] == row
            assert candle["x"] is (row[6] < box.desk.now_ms())
    # After a jump the answer begins later than the stream.
    assert all(rows and open_ms < rows[0][0] for open_ms in told)
    same = box.payloads(f"btcusdt_perpetual@continuousKline_{interval}")
    both = [[push["k"][key] for key in keys] for push in (*box.payloads(name), *same)]
    assert both[: len(same)] == both[len(same) :]


# Replay


@settings(max_examples=25, deadline=None)
@given(
    steps,
    paces,
    st.lists(st.tuples(st.integers(0, 29), st.sampled_from(EVERY_STREAM), st.booleans())),
)
def test_a_log_tells_the_same_frames_again(
    sent: list[tuple[c.Command, int]], pace: Pace, coming_and_going: list[tuple[int, str, bool]]
) -> None:
    """STR-010"""
    box = FeedBox(pace)
    read: set[str] = set()
    for place, (command, pause_ms) in enumerate(sent):
        for at, name, comes in coming_and_going:
            if at == place and comes and name not in read:
                box.want(name)
                read.add(name)
            elif at == place and not comes and name in read:
                box.unwant(name)
                read.remove(name)
        box.desk.submit(command)
        let_pass(box, pause_ms)
    assert box.replayed() == box.hub.frames


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32), paces, st.lists(orders(), min_size=3, max_size=8))
def test_a_simulated_market_tells_the_same_frames_again(
    seed: int, pace: Pace, placed: list[c.PlaceOrder]
) -> None:
    """STR-010"""
    box = FeedBox(pace, BOARD, seed=seed)
    box.want(*EVERY_STREAM[: len(EVERY_STREAM) // 2])
    for order in placed:
        let_pass(box, 1_030)
        box.desk.submit(order)
    box.want(*EVERY_STREAM[len(EVERY_STREAM) // 2 :])
    let_pass(box, 3_000)
    assert box.hub.frames
    assert box.replayed() == box.hub.frames
