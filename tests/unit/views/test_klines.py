import pytest

from perpbox.money import SCALE
from perpbox.views import ViewBounds, Views
from perpbox.views.intervals import MINUTE_MS
from perpbox.views.klines import DAY_WINDOW_MINUTES
from tests.unit.views.view_events import printed

T0 = 1_791_360_000_000  # 2026-10-07 08:00 UTC


def closes(
    views: Views,
    interval: str,
    now_ms: int,
    start_ms: int | None = None,
    end_ms: int | None = None,
    limit: int = 500,
) -> list[tuple[int, int, int]]:
    """(minutes after T0, close, count) of each candle."""
    rows = views.klines.query("BTCUSDT", interval, start_ms, end_ms, limit, now_ms)
    return [((row.open_ms - T0) // MINUTE_MS, row.close // SCALE, row.count) for row in rows]


def test_a_candle_sums_its_trades() -> None:
    """VIE-015"""
    views = Views()
    views.fold(
        [
            printed(7, T0, price=100, quantity=1),
            printed(8, T0 + 5, price=103, quantity=2, buyer_is_maker=True),
            printed(9, T0 + 59_999, price=99, quantity=4),
        ]
    )
    (row,) = views.klines.query("BTCUSDT", "1m", None, None, 500, T0 + 59_999)
    assert (row.open_ms, row.close_ms) == (T0, T0 + 59_999)
    assert [x // SCALE for x in (row.open, row.high, row.low, row.close)] == [100, 103, 99, 99]
    assert (row.volume, row.quote) == (7 * SCALE, (100 + 206 + 396) * SCALE)
    assert (row.taker_buy_volume, row.taker_buy_quote) == (5 * SCALE, 496 * SCALE)
    assert (row.count, row.first_id, row.last_id) == (3, 7, 9)


def test_periods_without_trades_are_flat_at_the_last_close() -> None:
    """VIE-016"""
    views = Views()
    views.fold([printed(1, T0, price=100), printed(2, T0 + 3 * MINUTE_MS, price=104)])
    now_ms = T0 + 5 * MINUTE_MS
    assert closes(views, "1m", now_ms) == [
        (0, 100, 1),
        (1, 100, 0),
        (2, 100, 0),
        (3, 104, 1),
        (4, 104, 0),
        (5, 104, 0),
    ]
    assert closes(views, "1m", now_ms, start_ms=T0 + 1) == closes(views, "1m", now_ms)[1:]
    assert closes(views, "1m", now_ms, start_ms=T0 + 5 * MINUTE_MS) == [(5, 104, 0)]
    (row,) = views.klines.query("BTCUSDT", "1m", T0 + 1, None, 1, now_ms)
    assert row.open == row.high == row.low == row.close == 100 * SCALE
    assert (row.volume, row.quote, row.taker_buy_volume, row.taker_buy_quote) == (0, 0, 0, 0)


def test_a_start_walks_forward_and_no_start_gives_the_newest() -> None:
    """VIE-017"""
    views = Views()
    views.fold([printed(n, T0 + n * MINUTE_MS, price=100 + n) for n in range(10)])
    now_ms = T0 + 9 * MINUTE_MS

    def minutes(start: int | None, end: int | None, limit: int) -> list[int]:
        start_ms = None if start is None else T0 + start * MINUTE_MS
        end_ms = None if end is None else T0 + end * MINUTE_MS
        return [row[0] for row in closes(views, "1m", now_ms, start_ms, end_ms, limit)]

    assert minutes(None, None, 2) == [8, 9]
    assert minutes(3, None, 2) == [3, 4]
    assert minutes(3, 4, 9) == [3, 4]
    assert minutes(None, 4, 2) == [3, 4]
    assert minutes(10, None, 9) == []
    assert minutes(5, 4, 9) == []
    assert minutes(None, -1, 9) == []


def test_long_candles_hold_the_newest_minute_at_once() -> None:
    """VIE-015"""
    views = Views()
    views.fold([printed(n, T0 + n * MINUTE_MS, price=100 + n) for n in range(4)])
    now_ms = T0 + 3 * MINUTE_MS
    assert closes(views, "1h", now_ms) == [(0, 103, 4)]
    assert closes(views, "3m", now_ms) == [(0, 102, 3), (3, 103, 1)]
    before = views.klines.query("BTCUSDT", "1h", None, None, 1, now_ms)
    views.fold([printed(9, T0 + 4 * MINUTE_MS, price=200)])
    assert before[0].count == 4
    assert closes(views, "1h", now_ms) == [(0, 200, 5)]


def test_no_candles_without_trades() -> None:
    """VIE-016"""
    assert closes(Views(), "1m", T0) == []


@pytest.mark.parametrize("interval", ["3m", "5m"])
def test_candles_are_bounded(interval: str) -> None:
    """VIE-007"""
    views = Views(ViewBounds(candles=10))
    views.fold([printed(n, T0 + n * MINUTE_MS) for n in range(200)])
    assert 10 <= len(closes(views, interval, T0 + 199 * MINUTE_MS)) <= 12


def test_minutes_of_a_rolling_day_are_kept_whatever_the_bound() -> None:
    """VIE-018"""
    views = Views(ViewBounds(candles=10))
    count = DAY_WINDOW_MINUTES + 50
    views.fold([printed(n, T0 + n * MINUTE_MS) for n in range(count)])
    day = views.tickers.day("BTCUSDT", T0 + (count - 1) * MINUTE_MS)
    assert day is not None
    assert day.count == DAY_WINDOW_MINUTES
