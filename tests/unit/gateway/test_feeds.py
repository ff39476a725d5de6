"""When market streams push: on the grid while time runs, with the command where it stands."""

from fractions import Fraction
from typing import Any

import msgspec
import pytest

from perpbox.engine import commands as c
from perpbox.engine.types import ClockMotion, Side
from perpbox.gateway.clock import PACES, Mode, Pace
from perpbox.money import SCALE, Amount, Price, Qty, Rate
from tests.unit.gateway.feed_box import (
    EVERY_STREAM,
    FROZEN,
    JUMPING,
    NOW_MS,
    REAL,
    FeedBox,
    units,
)

MINUTE_MS = 60_000


def ends(box: FeedBox, name: str) -> list[int]:
    """Event times of a stream, counted from the start."""
    return [row["E"] - NOW_MS for row in box.payloads(name)]


def quiet(pace: Pace = REAL) -> FeedBox:
    """A box with a book, a mark and one trade, before anybody listens."""
    box = FeedBox(pace)
    box.set_mark(60_000)
    box.set_depth(59_999.9, 60_000.1)
    box.print_trade(60_000)
    return box


# Time that runs: windows on the grid


def test_windows_end_on_the_grid_and_only_with_changes() -> None:
    """STR-010 STR-011"""
    box = quiet()
    box.want("btcusdt@depth@100ms", "btcusdt@depth", "btcusdt@depth@500ms", "btcusdt@depth5")
    box.pass_wall(130)
    box.set_depth(59_999.8, 60_000.1)
    box.pass_wall(20)
    box.set_depth(59_999.7, 60_000.1)
    assert box.take() == []
    box.pass_wall(850)
    assert [(name, frame["E"] - NOW_MS) for name, frame in box.take()] == [
        ("btcusdt@depth@100ms", 200),
        ("btcusdt@depth", 250),
        ("btcusdt@depth5", 250),
        ("btcusdt@depth@500ms", 500),
    ]


def test_a_command_on_the_edge_belongs_to_the_next_window() -> None:
    """STR-011"""
    box = quiet()
    box.want("btcusdt@depth@100ms")
    box.pass_wall(99)
    box.set_depth(59_999.8, 60_000.1)
    box.wall_ms += 1
    box.set_depth(59_999.7, 60_000.1)
    assert ends(box, "btcusdt@depth@100ms") == [100]
    box.pass_wall(100)
    first, second = box.payloads("btcusdt@depth@100ms")
    assert (first["T"] - NOW_MS, second["T"] - NOW_MS) == (99, 100)
    assert second["E"] - NOW_MS == 200


def test_a_late_look_pushes_the_same_as_many_looks() -> None:
    """STR-010"""
    often, late = quiet(), quiet()
    for box in (often, late):
        box.want(*EVERY_STREAM)
        box.pass_wall(120)
        box.set_depth(59_999.5, 60_000.1)
        box.print_trade(60_000.1)
    often.pass_wall(9_000)
    late.wall_ms += 9_000
    late.desk.tick()
    assert often.hub.frames == late.hub.frames
    assert ends(often, "btcusdt@markPrice@1s") == [1000 * n for n in range(1, 10)]


def test_marks_repeat_while_time_runs() -> None:
    """STR-012"""
    box = quiet()
    box.want("btcusdt@markPrice", "btcusdt@markPrice@1s", "!markPrice@arr", "btcusd@assetIndex")
    box.pass_wall(6_100)
    assert ends(box, "btcusdt@markPrice") == [3000, 6000]
    assert ends(box, "btcusdt@markPrice@1s") == [1000 * n for n in range(1, 7)]
    assert [rows[0]["E"] - NOW_MS for rows in box.payloads("!markPrice@arr")] == [3000, 6000]
    assert len(box.payloads("btcusd@assetIndex")) == 6


def test_marks_that_were_never_set_are_not_told() -> None:
    """STR-012"""
    box = FeedBox(REAL)
    box.want("btcusdt@markPrice@1s", "!markPrice@arr@1s")
    box.pass_wall(2_000)
    assert box.take() == []


def test_marks_of_other_markets_have_an_array_of_their_own() -> None:
    """STR-023"""
    box = FeedBox(FROZEN, ("BTCUSDT", "XAUUSDT", "ETHUSDT"))
    for symbol in ("BTCUSDT", "XAUUSDT"):
        box.set_mark(1000, symbol)
    box.want("!markPrice@arr")
    box.set_mark(2000, "ETHUSDT")
    assert [[row["s"] for row in rows] for rows in box.payloads("!markPrice@arr")] == [
        ["BTCUSDT", "ETHUSDT"],
        ["XAUUSDT"],
    ]


def test_scaled_time_keeps_the_grid_of_box_time() -> None:
    """STR-010"""
    box = quiet(Pace(Mode.SCALED, Fraction(60)))
    box.want("btcusdt@markPrice@1s", "btcusdt@depth@100ms")
    box.wall_ms += 1
    box.set_depth(59_999.5, 60_000.1)
    box.pass_wall(99)
    assert ends(box, "btcusdt@markPrice@1s") == [1000, 2000, 3000, 4000, 5000, 6000]
    assert ends(box, "btcusdt@depth@100ms") == [100]


def test_a_very_fast_clock_tells_only_what_changed() -> None:
    """STR-014"""
    box = quiet(Pace(Mode.SCALED, Fraction(1_000_000)))
    box.want("btcusdt@markPrice@1s", "btcusdt@kline_1m")
    box.pass_wall(1_000)
    told = [name for name, _ in box.take()]
    assert told.count("btcusdt@kline_1m") == 1
    assert told.count("btcusdt@markPrice@1s") == 1_000_000 // (8 * 3_600)  # at each funding
    box.set_mark(60_001)
    box.pass_wall(1)
    assert len(box.payloads("btcusdt@markPrice@1s")) == 1


def test_a_machine_that_slept_tells_only_what_changed() -> None:
    """STR-014"""
    box = quiet()
    box.want("btcusdt@markPrice@1s")
    box.pass_wall(1_000)
    box.wall_ms += 7 * 60 * MINUTE_MS
    box.desk.tick()
    box.pass_wall(2_000)
    assert ends(box, "btcusdt@markPrice@1s") == [1_000, 25_202_000, 25_203_000]


# Time that stands: windows end with the command


def test_where_time_stands_windows_end_with_the_command() -> None:
    """STR-013"""
    box = quiet(FROZEN)
    box.want("!bookTicker", "btcusdt@depth@500ms", "btcusdt@ticker", "btcusdt@markPrice")
    box.set_depth(59_999.5, 60_000.1)
    assert [name for name, _ in box.take()] == ["!bookTicker", "btcusdt@depth@500ms"]
    box.print_trade(60_000.1)
    assert [(name, frame["E"]) for name, frame in box.take()] == [("btcusdt@ticker", NOW_MS)]
    box.set_mark(60_002)
    assert [(name, frame["p"]) for name, frame in box.take()] == [
        ("btcusdt@markPrice", "60002.00000000")
    ]
    box.pass_wall(60_000)
    assert box.take() == []


def test_a_window_is_ended_when_time_comes_to_stand() -> None:
    """STR-013"""
    box = quiet()
    box.pass_wall(120)
    box.want("btcusdt@depth@500ms", "btcusdt@aggTrade")
    box.set_depth(59_999.5, 60_000.1)
    box.print_trade(60_000.1)
    box.desk.set_clock(PACES[Mode.FROZEN], None)
    assert [(name, frame["E"] - NOW_MS) for name, frame in box.take()] == [
        ("btcusdt@aggTrade", 120),
        ("btcusdt@depth@500ms", 120),
    ]


def test_marks_repeat_again_when_time_runs_again() -> None:
    """STR-012"""
    box = quiet(FROZEN)
    box.want("btcusdt@markPrice@1s", "btcusdt@kline_1m")
    box.pass_wall(5_000)
    assert box.take() == []
    box.desk.set_clock(Pace(Mode.SCALED, Fraction(1)), None)
    box.pass_wall(2_000)
    assert ends(box, "btcusdt@markPrice@1s") == [1000, 2000]


def test_an_advance_keeps_the_grid_and_repeats_nothing() -> None:
    """STR-014"""
    box = FeedBox(FROZEN, ("BTCUSDT", "ETHUSDT"), seed=3)
    box.want("btcusdt@markPrice@1s", "btcusdt@depth@100ms", "!bookTicker")
    box.desk.advance_to(NOW_MS + 61_730)
    depth = ends(box, "btcusdt@depth@100ms")
    marks = ends(box, "btcusdt@markPrice@1s")
    assert len(depth) > 50
    assert all(end % 100 == 0 for end in depth[:-1])
    assert all(end % 1000 == 0 for end in marks[:-1])
    assert max(depth[-1], marks[-1]) <= 61_730
    assert box.desk.state.clock is ClockMotion.STANDS
    quiet_box = quiet(FROZEN)
    quiet_box.want("btcusdt@markPrice@1s")
    quiet_box.desk.advance_to(NOW_MS + 3_600_000)
    assert quiet_box.take() == []


def test_a_jumping_clock_stands_between_its_jumps() -> None:
    """STR-013"""
    box = quiet(JUMPING)
    box.want("btcusdt@depth@500ms", "btcusdt@markPrice@1s")
    box.set_depth(59_999.5, 60_000.1)
    assert ends(box, "btcusdt@depth@500ms") == [0]
    box.pass_wall(50)
    assert box.desk.now_ms() == NOW_MS + 8 * 60 * MINUTE_MS
    assert box.payloads("btcusdt@markPrice@1s")[-1]["T"] == NOW_MS + 16 * 60 * MINUTE_MS


def test_the_log_says_how_time_goes() -> None:
    """STR-014"""

    def motions(box: FeedBox) -> list[str]:
        log = box.desk.sequencer.log
        assert log is not None
        return [command.motion.value for _, command in log if isinstance(command, c.HoldClock)]

    box = quiet(FROZEN)
    box.desk.advance_to(NOW_MS + 100)
    box.desk.set_clock(Pace(Mode.SCALED, Fraction(101)), None)
    box.desk.set_clock(Pace(Mode.SCALED, Fraction(100)), None)
    box.desk.set_clock(PACES[Mode.JUMPING], NOW_MS + 500)
    box.desk.set_clock(PACES[Mode.REAL], None)
    assert motions(box) == [
        *("stands", "leaps", "stands"),
        *("leaps", "runs"),
        *("leaps", "stands"),
        "runs",
    ]
    assert motions(quiet(REAL)) == ["runs"]


# What is told at once


def test_the_top_of_the_book_is_told_when_it_moves() -> None:
    """STR-030"""
    box = quiet()
    box.want("btcusdt@bookTicker")
    box.place(1, Side.BUY, 59_990, 0.1)
    assert box.take() == []
    box.place(1, Side.BUY, 59_999.9, 0.1)
    box.place(2, Side.SELL, 60_000.0, 0.2)
    rows = [frame for _, frame in box.take()]
    assert [(row["b"], row["B"], row["a"], row["A"]) for row in rows] == [
        ("59999.90", "1.100", "60000.10", "1.000"),
        ("59999.90", "1.100", "60000.00", "0.200"),
    ]
    assert rows[-1]["u"] == box.desk.state.markets["BTCUSDT"].book.update_id


def test_an_empty_side_of_the_book_has_zeros() -> None:
    """STR-030"""
    box = quiet(FROZEN)
    box.want("btcusdt@bookTicker")
    best = ((Price(units(60_000.1)), Qty(0)),)
    box.desk.submit(c.SetDepth("BTCUSDT", (), best, replace=False))
    row = box.payloads("btcusdt@bookTicker")[-1]
    assert (row["a"], row["A"], row["b"]) == ("0.00", "0.000", "59999.90")


def test_all_tops_are_told_every_five_seconds_one_by_one() -> None:
    """STR-030"""
    box = quiet()
    box.want("!bookTicker")
    box.set_depth(59_999.5, 60_000.1)
    box.set_depth(59_999.4, 60_000.1)
    box.pass_wall(5_000)
    box.set_depth(59_999.3, 60_000.1)
    box.set_depth(59_999.4, 60_000.1)
    box.pass_wall(5_000)
    assert [(row["E"] - NOW_MS, row["b"]) for row in box.payloads("!bookTicker")] == [
        (5000, "59999.40")
    ]


def test_trades_are_told_one_by_one() -> None:
    """STR-031"""
    box = quiet()
    box.want("btcusdt@trade")
    box.print_trade(60_000, 0.5)
    box.print_trade(60_000, 0.25, sold=True)
    rows = [frame for _, frame in box.take()]
    assert [(row["t"], row["q"], row["m"]) for row in rows] == [
        (2, "0.500", False),
        (3, "0.250", True),
    ]


# Aggregates


def test_aggregates_are_told_once_and_whole() -> None:
    """STR-032"""
    box = quiet()
    box.pass_wall(200)
    box.want("btcusdt@aggTrade")
    box.pass_wall(70)
    box.print_trade(60_000, 0.5)
    box.pass_wall(60)
    box.print_trade(60_000, 0.25)
    box.print_trade(60_001, 1.0)
    box.pass_wall(1_000)
    rows = box.payloads("btcusdt@aggTrade")
    assert [(row["a"], row["q"], row["f"], row["l"]) for row in rows] == [
        (2, "0.750", 2, 3),
        (3, "1.000", 4, 4),
    ]
    assert [row["E"] - NOW_MS for row in rows] == [400, 500]
    assert all(row["E"] - row["T"] >= 100 for row in rows)


def test_an_aggregate_that_grows_is_told_to_who_comes_in_the_middle() -> None:
    """STR-032"""
    box = FeedBox(REAL)
    box.print_trade(60_000, 0.5)
    box.pass_wall(50)
    box.want("btcusdt@aggTrade")
    box.print_trade(60_000, 0.5)
    box.pass_wall(300)
    assert [row["q"] for row in box.payloads("btcusdt@aggTrade")] == ["1.000"]


def test_where_time_stands_each_command_has_its_own_aggregates() -> None:
    """STR-032"""
    box = FeedBox(FROZEN)
    box.want("btcusdt@aggTrade")
    box.print_trade(60_000, 0.5)
    box.print_trade(60_000, 0.5)
    box.desk.advance_to(NOW_MS + 10)
    box.print_trade(60_000, 0.5)
    assert [(row["a"], row["q"]) for row in box.payloads("btcusdt@aggTrade")] == [
        (1, "0.500"),
        (2, "0.500"),
        (3, "0.500"),
    ]
    kept = box.desk.views.trades.aggregated("BTCUSDT", None, None, None, 10)
    assert [row.quantity for row in kept] == [SCALE // 2] * 3


# Candles


def test_candles_end_on_time_also_without_trades() -> None:
    """STR-033"""
    box = quiet()
    box.want("btcusdt@kline_1m")
    box.pass_wall(30_000)
    box.print_trade(60_001)
    box.pass_wall(3 * MINUTE_MS)
    rows = [
        (row["E"] - NOW_MS, row["k"]["t"] - NOW_MS, row["k"]["n"], row["k"]["x"])
        for row in box.payloads("btcusdt@kline_1m")
    ]
    assert rows == [
        (30_250, 0, 2, False),
        (60_000, 0, 2, True),
        (120_000, 60_000, 0, True),
        (180_000, 120_000, 0, True),
    ]
    flat = box.payloads("btcusdt@kline_1m")[-1]["k"]
    assert (flat["f"], flat["L"], flat["o"], flat["v"]) == (-1, -1, "60001.00", "0.000")


def test_an_advance_ends_candles_with_trades() -> None:
    """STR-033"""
    box = quiet(FROZEN)
    box.want("btcusdt@kline_1m", "btcusdt@kline_1M", "btcusdt_perpetual@continuousKline_1m")
    box.desk.advance_to(NOW_MS + 600_000)
    assert [(name, frame["E"] - NOW_MS, frame["k"]["x"]) for name, frame in box.take()] == [
        ("btcusdt@kline_1m", 60_000, True),
        ("btcusdt_perpetual@continuousKline_1m", 60_000, True),
    ]


def test_continuous_candles_are_of_the_type_named() -> None:
    """STR-033"""
    box = quiet(FROZEN)
    box.want(
        "btcusdt_perpetual@continuousKline_1m",
        "btcusdt_current_quarter@continuousKline_1m",
        "btcusdt_tradifi_perpetual@continuousKline_1m",
    )
    box.set_depth(59_999.5, 60_000.1)
    box.print_trade(60_000)
    ((name, frame),) = box.take()
    assert name == "btcusdt_perpetual@continuousKline_1m"
    assert (frame["ps"], frame["ct"]) == ("BTCUSDT", "PERPETUAL")
    assert frame["k"]["f"] <= frame["k"]["L"] == box.desk.state.markets["BTCUSDT"].book.update_id


# Days


def test_day_tickers_are_told_after_trades_only() -> None:
    """STR-034"""
    box = FeedBox(REAL, ("BTCUSDT", "ETHUSDT"))
    box.want("btcusdt@ticker", "btcusdt@miniTicker", "!ticker@arr", "!miniTicker@arr")
    box.pass_wall(2_500)
    assert box.take() == []
    box.print_trade(60_000)
    box.pass_wall(5_000)
    told: list[tuple[str, Any]] = [
        (name, frame if isinstance(frame, dict) else frame[0]) for name, frame in box.take()
    ]
    assert [(name, row["E"] - NOW_MS, row["s"]) for name, row in told] == [
        ("!miniTicker@arr", 3000, "BTCUSDT"),
        ("!ticker@arr", 3000, "BTCUSDT"),
        ("btcusdt@miniTicker", 4000, "BTCUSDT"),
        ("btcusdt@ticker", 4000, "BTCUSDT"),
    ]


# Contracts, liquidations, sessions, assets


def test_contract_info_tells_listings_and_new_brackets() -> None:
    """STR-027"""
    box = FeedBox(FROZEN)
    box.want("!contractInfo")
    instrument = box.desk.state.markets["BTCUSDT"].instrument
    box.desk.submit(c.ListInstrument(instrument))
    first, *rest = instrument.brackets
    smaller = msgspec.structs.replace(first, initial_leverage=100)
    box.desk.submit(
        c.ListInstrument(msgspec.structs.replace(instrument, brackets=(smaller, *rest)))
    )
    same, changed = box.payloads("!contractInfo")
    assert (same["s"], same["ct"], same["cs"], same["bks"]) == (
        "BTCUSDT",
        "PERPETUAL",
        "TRADING",
        [],
    )
    assert len(changed["bks"]) == len(instrument.brackets)
    assert (changed["bks"][0]["ma"], changed["bks"][0]["bs"]) == (100, 1)


def test_a_contract_listed_later_is_told_from_then_on() -> None:
    """STR-003"""
    box = FeedBox(FROZEN)
    box.want("ethusdt@bookTicker", "!contractInfo")
    eth = FeedBox(FROZEN, ("ETHUSDT",)).desk.state.markets["ETHUSDT"].instrument
    box.specs.instruments["ETHUSDT"] = eth
    box.desk.submit(c.ListInstrument(eth))
    one = ((Price(units(2000)), Qty(SCALE)),)
    box.desk.submit(c.SetDepth("ETHUSDT", one, (), replace=True))
    assert [(name, frame["s"]) for name, frame in box.take()] == [
        ("!contractInfo", "ETHUSDT"),
        ("ethusdt@bookTicker", "ETHUSDT"),
    ]


def about_to_fall(api_date: str, *quantities: float) -> FeedBox:
    """Isolated longs bought at 60,000: the first account's at 100x falls first, then one at 75x."""
    box = FeedBox(REAL, api_date=api_date)
    state = box.desk.state
    rules = msgspec.structs.replace(state.rules, liquidates=True)
    box.desk.submit(c.OpenExchange(rules, state.fee_tiers))
    box.set_mark(60_000)
    box.set_depth(59_999.9, 60_000, 100)
    for account_id, quantity in enumerate(quantities, 1):
        box.desk.submit(c.ChangeMarginType(account_id, "BTCUSDT", isolated=True))
        box.desk.submit(c.ChangeLeverage(account_id, "BTCUSDT", 125 - 25 * account_id))
        box.place(account_id, Side.BUY, 60_000, quantity)
    box.set_depth(59_400, 59_400.1, 100)
    return box


@pytest.mark.parametrize(("api_date", "told"), [("2026-11-01", "2.000"), ("2026-04-13", "1.000")])
def test_the_largest_liquidation_of_a_second_is_told(api_date: str, told: str) -> None:
    """STR-029"""
    box = about_to_fall(api_date, 2.0, 1.0)
    box.want("btcusdt@forceOrder", "!forceOrder@arr")
    box.place(1, Side.SELL, 70_000, 0.1)
    assert box.take() == []
    box.set_mark(59_500)
    box.pass_wall(500)
    box.set_mark(59_300)
    box.pass_wall(1_000)
    first, second = box.take()
    assert first[1]["E"] == NOW_MS + 1_000
    assert (first[0], second[0]) == ("!forceOrder@arr", "btcusdt@forceOrder")
    assert first[1] == second[1]
    order = first[1]["o"]
    assert (order["s"], order["S"], order["o"], order["f"]) == ("BTCUSDT", "SELL", "LIMIT", "IOC")
    assert (order["q"], order["z"], order["X"]) == (told, told, "FILLED")
    assert ("st" in order) is (api_date == "2026-11-01")
    box.set_mark(59_200)
    box.pass_wall(1_000)
    assert box.take() == []


def test_sessions_are_told_every_second_or_when_they_begin() -> None:
    """STR-028"""
    running, still = FeedBox(REAL), FeedBox(FROZEN)
    for box in (running, still):
        box.want("tradingSession")
    running.pass_wall(2_000)
    assert len(running.take()) == 2 * 6
    still.pass_wall(2_000)
    assert still.take() == []
    still.desk.advance_to(NOW_MS + 48 * 60 * MINUTE_MS)
    told = still.take()
    assert {frame["e"] for _, frame in told} == {
        "EquityUpdate",
        "CommodityUpdate",
        "KR_EquityUpdate",
        "HK_EquityUpdate",
        "CN_EquityUpdate",
        "FXUpdate",
    }


def test_asset_indexes_follow_contracts_and_the_lab() -> None:
    """STR-026"""
    box = quiet(FROZEN)
    box.want("btcusd@assetIndex", "!assetIndex@arr")
    box.set_mark(50_000)
    ((_, rows), (_, row)) = box.take()
    assert (row["s"], row["i"]) == ("BTCUSD", "50000.00000000")
    assert row in rows
    box.desk.submit(c.SetAssetIndex("BTC", Price(units(40_000))))
    assert box.payloads("btcusd@assetIndex")[-1]["i"] == "40000.00000000"


def test_composite_indexes_are_those_of_contracts_on_an_index() -> None:
    """STR-026"""
    box = FeedBox(FROZEN, overlay={"BTCUSDT": {"underlyingType": "INDEX"}})
    box.want("btcusdt@compositeIndex")
    box.set_mark(859.62638381)
    ((_, frame),) = box.take()
    assert frame == {
        "e": "compositeIndex",
        "E": NOW_MS,
        "s": "BTCUSDT",
        "p": "859.62638381",
        "C": "baseAsset",
        "c": [],
    }
    other = quiet(FROZEN)
    other.want("btcusdt@compositeIndex")
    other.set_mark(1)
    assert other.take() == []


# Listeners


def test_streams_nobody_reads_are_no_work() -> None:
    """STR-015"""
    box = quiet()
    box.want(*EVERY_STREAM)
    for name in EVERY_STREAM:
        box.unwant(name)
    box.hub.frames.clear()
    box.set_depth(59_999.5, 60_000.1)
    box.print_trade(60_000.1)
    box.pass_wall(5_000)
    assert box.take() == []


def test_unknown_names_and_keys_are_no_business_of_the_feeds() -> None:
    """STR-003"""
    box = quiet()
    box.want("BTCUSDT@trade", "x" * 64, "nousdt@trade", "btcusdt@nothing")
    box.print_trade(60_000.1)
    box.pass_wall(5_000)
    box.unwant("x" * 64)
    assert box.take() == []


def test_a_reset_begins_every_stream_anew() -> None:
    """STR-016"""
    box = FeedBox(FROZEN, ("BTCUSDT",), seed=3)
    box.want("btcusdt@depth@0ms", "btcusdt@markPrice@1s", "btcusdt@aggTrade")
    box.desk.advance_to(NOW_MS + 10_000)
    before = box.payloads("btcusdt@depth@0ms")
    box.take()
    box.wall_ms = NOW_MS
    box.desk.reset()
    box.desk.advance_to(NOW_MS + 10_000)
    after = box.payloads("btcusdt@depth@0ms")
    assert after[0]["pu"] == 0
    assert after[-len(before) :] == before
    assert all(row["E"] >= NOW_MS for row in box.payloads("btcusdt@markPrice@1s"))


def test_a_listener_who_leaves_in_the_middle_does_no_harm() -> None:
    """STR-015"""
    box = quiet()
    box.want("btcusdt@trade", "btcusdt@aggTrade", "btcusdt@ticker")
    box.pass_wall(200)
    box.take()
    box.hub.then = box.feeds.unwant
    box.print_trade(60_000.1)
    box.print_trade(60_000.1)
    box.pass_wall(5_000)
    assert [name for name, _ in box.take()] == [
        "btcusdt@trade",
        "btcusdt@aggTrade",
        "btcusdt@ticker",
    ]


@pytest.mark.parametrize(
    ("api_date", "keys"),
    [
        ("2025-12-30", ["e", "E", "a", "s", "p", "q", "f", "l", "T", "m"]),
        ("2025-12-31", ["e", "E", "a", "s", "p", "q", "nq", "f", "l", "T", "m"]),
        ("2026-06-30", ["e", "E", "a", "s", "p", "q", "nq", "f", "l", "T", "m", "st"]),
    ],
)
def test_keys_come_with_their_date(api_date: str, keys: list[str]) -> None:
    """STR-021"""
    box = FeedBox(FROZEN, api_date=api_date)
    box.want("btcusdt@aggTrade")
    box.print_trade(60_000)
    assert [list(row) for row in box.payloads("btcusdt@aggTrade")] == [keys]


def test_a_symbol_outside_ascii_is_utf_8() -> None:
    """STR-002"""
    symbol = "币安人生USDT"
    box = FeedBox(FROZEN)
    instrument = msgspec.structs.replace(box.specs.instruments["BTCUSDT"], symbol=symbol)
    box.want("币安人生usdt@bookTicker")
    box.desk.submit(c.ListInstrument(instrument))
    one = ((Price(units(2000)), Qty(SCALE)),)
    box.desk.submit(c.SetDepth(symbol, one, (), replace=True))
    ((name, payload),) = box.hub.frames
    assert name == "币安人生usdt@bookTicker"
    assert '"s":"币安人生USDT"'.encode() in payload


def test_rates_and_funding_move_the_mark_stream() -> None:
    """STR-012"""
    box = quiet(FROZEN)
    box.want("btcusdt@markPrice")
    box.desk.submit(c.SetFundingRate("BTCUSDT", Rate(10_000)))
    assert [frame["r"] for _, frame in box.take()] == ["0.00010000"]
    box.desk.advance_to(NOW_MS + 8 * 60 * MINUTE_MS)
    assert [frame["T"] for _, frame in box.take()] == [NOW_MS + 16 * 60 * MINUTE_MS]


def test_money_that_moves_is_no_market_data() -> None:
    """STR-015"""
    box = quiet(FROZEN)
    box.want(*EVERY_STREAM)
    box.desk.submit(c.Deposit(1, "USDT", Amount(SCALE)))
    assert box.take() == []
