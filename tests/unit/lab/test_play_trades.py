"""Trades of a file played against a box: what rests there, what falls due, and who reads."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import orjson
import pytest

from perpbox.box import Box
from perpbox.engine import commands as c
from perpbox.engine.hashing import state_hash
from perpbox.engine.types import AlgoType, ClockMotion, OrderType, PositionSide, Side, TimeInForce
from perpbox.gateway.feeds import Feeds
from perpbox.lab.errors import LabError
from perpbox.lab.tape import TRADES_PER_TURN, TradeRow, play
from perpbox.lab.watch import LEVELS_KEPT_MAX
from perpbox.money import SCALE, NotADecimal, Price, Qty
from tests.unit.gateway.feed_box import FROZEN, FeedBox, Recorder, Replay

SYMBOL = "BTCUSDT"
MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


SEDATE = {"step_ms": 60_000, "trades_per_minute": 1, "catch_up_steps_max": 10_000}
"""A simulated market that steps once a minute: the tests play half a day."""


def boxed(market: str = "none") -> Box:
    box = Box(market=market, clock="frozen", symbols=[SYMBOL], seed=3, record=True, sim=SEDATE)
    box.account(usdt=1_000_000)
    if market == "none":
        box.set_price(SYMBOL, 60_000)
    return box


def limit(account: int, side: Side, price: int, good_till_ms: int = 0) -> c.PlaceOrder:
    return c.PlaceOrder(
        account,
        SYMBOL,
        side,
        PositionSide.BOTH,
        OrderType.LIMIT,
        TimeInForce.GTD if good_till_ms else TimeInForce.GTC,
        Qty(SCALE // 10),
        Price(price * SCALE),
        reduce_only=False,
        client_order_id=f"at{price}",
        good_till_ms=good_till_ms,
    )


def stop(account: int, side: Side, price: int) -> c.PlaceAlgoOrder:
    return c.PlaceAlgoOrder(
        account,
        SYMBOL,
        side,
        PositionSide.BOTH,
        AlgoType.STOP_MARKET,
        TimeInForce.GTC,
        Qty(SCALE // 20),
        Price(0),
        Price(price * SCALE),
        f"stop{price}",
    )


def wave(count: int, step_ms: int, begin_ms: int = 1_000) -> list[TradeRow]:
    """Prices that go down and up again by 20 dollars."""
    return [
        (begin_ms + n * step_ms, 60_000 - abs(n % 200 - 100) // 5, "0.01", n % 3 == 0)
        for n in range(count)
    ]


def told(box: Box) -> list[object]:
    """What anybody may ask about trades and the account's part in them."""
    paths = {
        "trades": "limit=1000",
        "aggTrades": "limit=1000",
        "klines": "interval=1m&limit=500",
        "ticker/24hr": "",
        "premiumIndexKlines": "interval=1m&limit=500",
    }
    market = [
        box.handle("GET", f"/fapi/v1/{path}", f"symbol={SYMBOL}&{query}".encode())
        for path, query in paths.items()
    ]
    fills = [
        (fill.trade_id, fill.order_id, fill.price, fill.quantity, fill.at_ms)
        for number in box.state.accounts
        for fill in box.views.user_trades.query(number, SYMBOL, None, None, None, None, 1_000)
    ]
    return [*market, fills]


@pytest.mark.parametrize("market", ["none", "sim"])
def test_runs_and_single_trades_leave_the_same_box(market: str) -> None:
    """LAB-140: orders, a stop, good-till dates, funding and the market's own steps in between."""
    boxes = []
    for singly in (False, True):
        box = boxed(market)
        box.desk.watch.reads_trades = partial(bool, singly)
        now_ms = box.desk.now_ms()
        account = next(iter(box.state.accounts))
        box.submit(limit(account, Side.BUY, 59_990))
        box.submit(limit(account, Side.BUY, 59_985, now_ms + 30 * MINUTE_MS))
        box.submit(stop(account, Side.SELL, 59_983))
        box.play_trades(SYMBOL, wave(900, 40_000))
        box.play_trades(SYMBOL, wave(300, 7))
        box.desk.sequencer.exchange.state.seq = 0
        boxes.append(box)
    runs, singles = boxes
    assert any(isinstance(command, c.StreetTrades) for _, command in runs.log)
    assert not any(isinstance(command, c.StreetTrades) for _, command in singles.log)
    assert runs.desk.now_ms() == singles.desk.now_ms()
    assert told(runs) == told(singles)
    assert state_hash(runs.state) == state_hash(singles.state)


def test_trades_happen_now_and_at_their_distances_over_several_turns() -> None:
    """LAB-140: the first happens now; box time goes along."""
    box = boxed()
    now_ms = box.desk.now_ms()
    count = TRADES_PER_TURN + 10
    box.play_trades(SYMBOL, ((n, 60_000, "0.001", n % 2 == 0) for n in range(count)))
    assert box.desk.now_ms() == now_ms + count - 1
    assert [row.at_ms for row in box.views.trades.recent(SYMBOL, 3)] == [
        now_ms + count - 3,
        now_ms + count - 2,
        now_ms + count - 1,
    ]
    assert sum(isinstance(command, c.StreetTrades) for _, command in box.log) <= 2 + count // 5_000


def test_a_real_clock_goes_on_from_the_last_trade() -> None:
    """LAB-140"""
    box = Box(market="none", clock="real", symbols=[SYMBOL])
    box.play_trades(SYMBOL, [(0, 60_000, 1, True)])
    before_ms = box.desk.now_ms()
    box.play_trades(SYMBOL, [(0, 60_000, 1, True), (HOUR_MS, 60_001, 1, True)])
    newest = box.views.trades.last(SYMBOL)
    assert newest is not None
    assert before_ms + HOUR_MS <= newest.at_ms <= box.desk.now_ms() < before_ms + 2 * HOUR_MS
    assert box.state.clock is ClockMotion.RUNS


@pytest.mark.parametrize(
    ("symbol", "rows", "error"),
    [
        ("NONE", [(0, 1, 1, True)], LabError),
        (SYMBOL, [(0, 0, 1, True)], ValueError),
        (SYMBOL, [(0, 1, "-1", True)], ValueError),
        (SYMBOL, [(5, 1, 1, True), (0, 1, 1, True)], ValueError),
        (SYMBOL, [(0, "much", 1, True)], NotADecimal),
    ],
)
def test_trades_that_cannot_be_played(
    symbol: str, rows: list[TradeRow], error: type[Exception]
) -> None:
    """LAB-141: nothing has happened then."""
    box = boxed()
    before = state_hash(box.state)
    with pytest.raises(error):
        box.play_trades(symbol, rows)
    assert state_hash(box.state) == before


def test_a_contract_that_ends_ends_the_playing() -> None:
    """LAB-141: trades up to its delivery are played, later ones are refused."""
    box = boxed()
    box.submit(c.ScheduleDelivery(SYMBOL, box.desk.now_ms() + 90 * MINUTE_MS))
    with pytest.raises(LabError, match="symbol over"):
        box.play_trades(SYMBOL, wave(200, MINUTE_MS))
    assert box.state.markets[SYMBOL].is_over
    assert len(box.views.trades.recent(SYMBOL, 500)) > 80


def test_a_long_run_is_put_into_words_where_commands_are_looked_at() -> None:
    """LAB-142: the last commands of a box hold no trades of a file."""
    box = boxed()
    box.play_trades(SYMBOL, wave(LEVELS_KEPT_MAX + 1, 1))
    rows = [row for row in box.desk.watch.commands if isinstance(row, dict)]
    assert [(row["command"], row["events"]) for row in rows] == [
        ("StreetTrades", ["TradesPrinted"])
    ]


def test_a_journal_comes_to_the_box_that_played(tmp_path: Path) -> None:
    """LAB-140: runs are records like others."""
    with Box(market="none", clock="frozen", symbols=[SYMBOL], data=tmp_path) as box:
        account = box.account()
        box.set_price(SYMBOL, 60_000)
        box.submit(limit(account.account_id, Side.BUY, 59_990))
        box.play_trades(SYMBOL, wave(500, 40_000))
        left, answers = state_hash(box.state), told(box)
    with Box(data=tmp_path) as again:
        assert state_hash(again.state) == left
        assert told(again) == answers


READ = ("btcusdt@trade", "btcusdt@aggTrade", "btcusdt@kline_1m", "btcusdt@ticker")


def played(names: Sequence[str]) -> FeedBox:
    box = FeedBox(FROZEN)
    box.desk.watch.reads_trades = box.feeds.reads_trades
    box.want(*names)
    play(box.desk, SYMBOL, wave(120, 900), None)
    return box


def test_who_reads_trades_is_told_each_when_it_happens() -> None:
    """STR-036: and a replay of the log tells the same."""
    box = played(READ)
    times = [row["T"] for row in box.payloads("btcusdt@trade")]
    assert times == [row.at_ms for row in box.desk.views.trades.recent(SYMBOL, 500)]
    assert [row["E"] for row in box.payloads("btcusdt@trade")] == times
    assert box.hub.frames == box.replayed()


def test_who_reads_books_and_marks_only_does_not_hold_runs_up() -> None:
    """STR-036: what they are told is the same in runs and singly."""
    quiet = ("btcusdt@depth@100ms", "btcusdt@markPrice@1s", "btcusdt@bookTicker")
    box = played(quiet)
    log = box.desk.sequencer.log
    assert log is not None
    assert any(isinstance(command, c.StreetTrades) for _, command in log)
    reading = played((*quiet, "btcusdt@trade"))
    assert box.hub.frames == [frame for frame in reading.hub.frames if frame[0] != "btcusdt@trade"]
    assert box.hub.frames == box.replayed()


def test_who_reads_a_replay_is_told_every_trade_of_a_run() -> None:
    """STR-036: at the end of the run, with the times at which they happened."""
    box = played(())
    log = box.desk.sequencer.log
    assert log is not None
    desk, hub = Replay(box.specs, box.desk.vintage), Recorder()
    desk.play(log, [(0, 0, "btcusdt@trade", True)], Feeds(desk, hub), box.desk.now_ms())
    rows = [orjson.loads(payload) for _, payload in hub.frames]
    assert [row["T"] for row in rows] == [
        row.at_ms for row in box.desk.views.trades.recent(SYMBOL, 500)
    ]
