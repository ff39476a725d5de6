from perpbox.money import SCALE
from perpbox.views import Views
from perpbox.views.bounds import DAY_MS
from perpbox.views.tickers import window_start_ms
from tests.unit.views.view_events import printed

T0 = 1_791_360_000_000


def test_the_window_opens_on_the_full_minute_a_day_ago() -> None:
    """VIE-018"""
    assert window_start_ms(1_791_382_979_530) == 1_791_296_520_000
    assert window_start_ms(1_791_382_993_519) == 1_791_296_580_000


def test_the_day_in_numbers() -> None:
    """VIE-019"""
    views = Views()
    views.fold(
        [
            printed(1, T0, price=50, quantity=9),
            printed(2, T0 + 60_000, price=100, quantity=1),
            printed(3, T0 + DAY_MS // 2, price=130, quantity=2),
            printed(4, T0 + DAY_MS, price=97, quantity=5),
        ]
    )
    now_ms = T0 + DAY_MS + 60_000
    day = views.tickers.day("BTCUSDT", now_ms)
    assert day is not None
    assert (day.change, day.change_percent) == (-3 * SCALE, -3000)
    assert [x // SCALE for x in (day.open, day.high, day.low, day.last)] == [100, 130, 97, 97]
    assert (day.volume, day.last_quantity) == (8 * SCALE, 5 * SCALE)
    assert day.quote == (100 + 260 + 485) * SCALE
    assert day.weighted_average == day.quote // 8
    assert (day.open_ms, day.close_ms) == (T0 + 60_000, now_ms)
    assert (day.first_id, day.last_id, day.count) == (2, 4, 3)


def test_a_percentage_is_rounded_to_three_decimals() -> None:
    """VIE-019"""
    views = Views()
    views.fold([printed(1, T0, price=86_071), printed(2, T0 + 1, price=83_085)])
    day = views.tickers.day("BTCUSDT", T0 + 1)
    assert day is not None
    assert day.change_percent == -3469  # -3.46922


def test_a_day_without_trades_is_flat_at_the_last_price() -> None:
    """VIE-020"""
    views = Views()
    assert views.tickers.day("BTCUSDT", T0) is None
    views.fold([printed(1, T0, price=100, quantity=3)])
    day = views.tickers.day("BTCUSDT", T0 + 2 * DAY_MS)
    assert day is not None
    assert {day.open, day.high, day.low, day.last, day.weighted_average} == {100 * SCALE}
    assert (day.volume, day.quote, day.count, day.first_id, day.last_id) == (0, 0, 0, 0, 0)
    assert (day.change, day.change_percent, day.last_quantity) == (0, 0, 3 * SCALE)
