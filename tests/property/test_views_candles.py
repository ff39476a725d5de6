"""Candles and day tickers against a slow and obvious recomputation from all trades."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from perpbox.engine.events import TradePrinted
from perpbox.engine.types import TradeSource
from perpbox.money import SCALE, Amount, Price, Qty
from perpbox.views import Views
from perpbox.views.bounds import DAY_MS
from perpbox.views.intervals import INTERVALS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WIDTHS = {"m": 60_000, "h": 3_600_000, "d": DAY_MS, "w": 7 * DAY_MS}
SYMBOL = "BTCUSDT"
T0 = 1_709_164_000_000  # 2024-02-28, a day before a leap day

steps = st.one_of(
    st.integers(0, 90_000),
    st.integers(0, 5 * 3_600_000),
    st.integers(0, 20 * DAY_MS),
)
trade_parts = st.tuples(
    steps, st.integers(1, 30), st.integers(1, 9), st.booleans(), st.sampled_from(TradeSource)
)


Parts = tuple[int, int, int, bool, TradeSource]


def tape(parts: list[Parts], step_max: int = 20 * DAY_MS, prices: int = 30) -> list[TradePrinted]:
    trades = []
    at_ms = T0
    for trade_id, (step, level, quantity, buyer_is_maker, source) in enumerate(parts, 1):
        at_ms += step % step_max
        price = level % prices + 1
        trades.append(
            TradePrinted(
                symbol=SYMBOL,
                trade_id=trade_id,
                price=Price(price * SCALE),
                quantity=Qty(quantity * 1000),
                quote=Amount(price * quantity * 1000),
                buyer_is_maker=buyer_is_maker,
                source=source,
                at_ms=at_ms,
            )
        )
    return trades


def naive_open_ms(interval: str, at_ms: int) -> int:
    """Opening of the period around a time, by the calendar of the standard library."""
    when = EPOCH + timedelta(milliseconds=at_ms)
    if interval == "1M":
        first = when.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return (first - EPOCH) // timedelta(milliseconds=1)
    if interval == "1w":
        midnight = when.replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight - timedelta(days=when.weekday()) - EPOCH) // timedelta(milliseconds=1)
    width = int(interval[:-1]) * WIDTHS[interval[-1]]
    return at_ms - at_ms % width


Row = tuple[int, int, int, int, int, int, int, int, int, int]


def summed(trades: list[TradePrinted], open_ms: int) -> Row:
    prices = [trade.price for trade in trades]
    bought = [trade for trade in trades if not trade.buyer_is_maker]
    return (
        open_ms,
        prices[0],
        max(prices),
        min(prices),
        prices[-1],
        sum(trade.quantity for trade in trades),
        sum(trade.quote for trade in trades),
        len(trades),
        sum(trade.quantity for trade in bought),
        sum(trade.quote for trade in bought),
    )


def naive_candles(interval: str, trades: list[TradePrinted], now_ms: int) -> list[Row]:
    periods: dict[int, list[TradePrinted]] = {}
    for trade in trades:
        periods.setdefault(naive_open_ms(interval, trade.at_ms), []).append(trade)
    rows: list[Row] = []
    open_ms = min(periods)
    while open_ms <= now_ms:
        if open_ms in periods:
            rows.append(summed(periods[open_ms], open_ms))
        else:
            close = rows[-1][4]
            rows.append((open_ms, close, close, close, close, 0, 0, 0, 0, 0))
        following = open_ms + 1
        while naive_open_ms(interval, following) == open_ms:
            following += 60_000 if interval in ("1m", "3m", "5m") else 900_000
        open_ms = naive_open_ms(interval, following)
    return rows


@settings(max_examples=25, deadline=None)
@given(
    st.lists(trade_parts, min_size=1, max_size=40),
    st.sampled_from(sorted(INTERVALS)),
    st.integers(0, 3 * DAY_MS),
    st.integers(1, 60),
    st.integers(0, 50),
)
def test_candles_equal_a_recomputation_from_all_trades(
    parts: list[Parts],
    interval: str,
    wait_ms: int,
    limit: int,
    skipped: int,
) -> None:
    """VIE-015 VIE-016 VIE-017"""
    is_short = interval in ("1m", "3m", "5m", "15m", "30m")
    trades = tape(parts, step_max=3_600_000 if is_short else 20 * DAY_MS)
    if is_short:
        wait_ms %= 3_600_000
    now_ms = trades[-1].at_ms + wait_ms
    expected = naive_candles(interval, trades, now_ms)
    views = Views()
    views.fold(trades)

    def rows(start_ms: int | None, end_ms: int | None, limit: int) -> list[Row]:
        found = views.klines.query(SYMBOL, interval, start_ms, end_ms, limit, now_ms)
        for row, later in pairwise(found):
            assert row.close_ms + 1 == later.open_ms
        return [
            (
                row.open_ms,
                row.open,
                row.high,
                row.low,
                row.close,
                row.volume,
                row.quote,
                row.count,
                row.taker_buy_volume,
                row.taker_buy_quote,
            )
            for row in found
        ]

    assert rows(None, None, len(expected)) == expected
    assert rows(None, None, limit) == expected[-limit:]
    start_ms = expected[min(skipped, len(expected) - 1)][0]
    assert rows(start_ms, None, limit) == [row for row in expected if row[0] >= start_ms][:limit]
    assert rows(None, start_ms, limit) == [row for row in expected if row[0] <= start_ms][-limit:]


@settings(max_examples=60, deadline=None)
@given(st.lists(trade_parts, min_size=1, max_size=60), st.integers(0, 2 * DAY_MS))
def test_the_day_ticker_equals_a_sum_over_its_trades(parts: list[Parts], wait_ms: int) -> None:
    """VIE-018 VIE-019 VIE-020"""
    trades = tape(parts, step_max=3 * 3_600_000)
    now_ms = trades[-1].at_ms + wait_ms
    views = Views()
    views.fold(trades)
    day = views.tickers.day(SYMBOL, now_ms)
    assert day is not None
    window_ms = (now_ms - DAY_MS) // 60_000 * 60_000
    inside = [trade for trade in trades if trade.at_ms >= window_ms]
    assert day.count == len(inside)
    assert day.volume == sum(trade.quantity for trade in inside)
    assert day.quote == sum(trade.quote for trade in inside)
    if inside:
        assert day.open == inside[0].price
        assert day.high == max(trade.price for trade in inside)
        assert day.low == min(trade.price for trade in inside)
        assert (day.first_id, day.last_id) == (inside[0].trade_id, inside[-1].trade_id)


@settings(max_examples=60, deadline=None)
@given(st.lists(trade_parts, min_size=1, max_size=80))
def test_aggregates_lose_no_trade(
    parts: list[Parts],
) -> None:
    """VIE-013"""
    trades = tape(parts, step_max=150, prices=2)
    views = Views()
    views.fold(trades)
    rows = views.trades.aggregated(SYMBOL, None, None, None, 1000)
    covered = [n for row in rows for n in range(row.first_id, row.last_id + 1)]
    assert covered == [trade.trade_id for trade in trades]
    assert sum(row.quantity for row in rows) == sum(trade.quantity for trade in trades)
    for row in rows:
        run = trades[row.first_id - 1 : row.last_id]
        assert {(trade.price, trade.buyer_is_maker) for trade in run} == {
            (row.price, row.buyer_is_maker)
        }
        assert run[-1].at_ms - row.at_ms < 100
