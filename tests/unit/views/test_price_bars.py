"""Candles of prices against a list of all values, searched the slow way."""

from array import array
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from perpbox.views.intervals import INTERVALS, MINUTE_MS
from perpbox.views.price_bars import KEPT_MAX, Bar, PriceBars

START_MS = 1_793_491_200_000
Values = list[tuple[int, int]]


def slow(values: Values, interval: str, now_ms: int) -> list[Bar]:
    """All candles, by looking through all values for each."""
    periods = INTERVALS[interval]
    rows: list[Bar] = []
    for index in range(periods.index_of(values[0][0]), periods.index_of(now_ms) + 1):
        opens, ends = periods.open_of(index), periods.open_of(index + 1)
        inside = [value for at_ms, value in values if opens <= at_ms < ends]
        inside = inside or [rows[-1].close]
        rows.append(Bar(opens, ends - 1, inside[0], max(inside), min(inside), inside[-1]))
    return rows


def drawn(values: Values, rows_max: int = 1_000) -> PriceBars:
    bars = PriceBars(rows_max)
    for at_ms, value in values:
        bars.add(at_ms, value)
    return bars


walks = st.lists(
    st.tuples(st.integers(0, 40 * MINUTE_MS), st.integers(-(10**6), 10**6)), min_size=1, max_size=40
).map(
    lambda steps: [
        (START_MS + sum(wait for wait, _ in steps[: n + 1]), value)
        for n, (_, value) in enumerate(steps)
    ]
)


@settings(max_examples=60)
@given(
    walks,
    st.sampled_from(["1m", "3m", "1h", "1d", "1w"]),
    st.integers(0, 90 * MINUTE_MS),
    st.booleans(),
)
def test_candles_are_those_of_the_whole_list(
    values: Values, interval: str, later_ms: int, last_is_pending: bool
) -> None:
    """WIR-308, WIR-309."""
    now_ms = values[-1][0] + later_ms
    kept, pending = (values[:-1], values[-1]) if last_is_pending else (values, None)
    bars = drawn(kept)
    expected = slow(values, interval, now_ms)
    assert bars.query(interval, None, None, 10**6, now_ms, pending) == expected
    assert bars.query(interval, None, None, 3, now_ms, pending) == expected[-3:]
    start_ms = expected[len(expected) // 2].open_ms
    since = [row for row in expected if row.open_ms >= start_ms]
    assert bars.query(interval, start_ms, None, 2, now_ms, pending) == since[:2]
    before = [row for row in expected if row.open_ms <= start_ms]
    assert bars.query(interval, None, start_ms, 2, now_ms, pending) == before[-2:]
    assert bars.query(interval, start_ms + 1, start_ms, 9, now_ms, pending) == []


def test_only_so_many_candles_are_kept() -> None:
    """WIR-309."""
    bars = drawn([(START_MS + n * MINUTE_MS, n) for n in range(1_000)], rows_max=16)
    rows = bars.query("1m", None, None, 10_000, START_MS + 999 * MINUTE_MS)
    assert rows[-1].close == 999
    assert 17 <= len(rows) <= 19
    assert all(later.open == earlier.close + 1 for earlier, later in pairwise(rows))


def test_nothing_is_known_before_the_first_value() -> None:
    """WIR-309."""
    assert PriceBars(9).query("1m", None, None, 5, START_MS) == []
    rows = PriceBars(9).query("1m", None, None, 5, START_MS, (START_MS, 7))
    assert [(row.open, row.close) for row in rows] == [(7, 7)]


def test_a_price_beyond_what_is_kept_does_no_harm() -> None:
    """WIR-309."""
    bars = drawn([(START_MS + n * MINUTE_MS, 10**23) for n in range(3)])
    rows = bars.query("1m", None, None, 5, START_MS + 2 * MINUTE_MS)
    assert {row.high for row in rows} == {KEPT_MAX}
    assert array("q", [KEPT_MAX])
