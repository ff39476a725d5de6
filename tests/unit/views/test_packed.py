"""Packed rows against plain ones."""

from bisect import bisect_left, bisect_right

import pytest

from perpbox.views.bounds import ViewBounds
from perpbox.views.desk import Views
from perpbox.views.packed import BLOCK_ROWS, PackedRows
from tests.unit.views.view_events import printed

COUNT = 8 * BLOCK_ROWS
ROWS = [(n, n * n, -(n % 7)) for n in range(COUNT)]
HUGE = 2**63
PLACES = (0, 1, 20, BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 1, COUNT - 300, COUNT - 1, COUNT)


def filled(rows: list[tuple[int, ...]], rows_max: int = 2 * COUNT) -> PackedRows:
    table = PackedRows(3, rows_max)
    for row in rows:
        table.append(row)
    return table


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(ROWS, id="64 bits"),
        pytest.param([*ROWS[:20], (20, 400, -HUGE - 1), *ROWS[21:]], id="beyond 64 bits"),
        pytest.param([*ROWS[:-9], (COUNT - 9, (COUNT - 9) ** 2, HUGE), *ROWS[-8:]], id="of late"),
        pytest.param([*ROWS[:20], (20, 400, -HUGE), (21, 441, HUGE - 1), *ROWS[22:]], id="a leap"),
    ],
)
@pytest.mark.parametrize("forgotten", [0, 10, BLOCK_ROWS, BLOCK_ROWS + 30, COUNT - 100])
def test_rows_come_out_as_they_went_in(rows: list[tuple[int, ...]], forgotten: int) -> None:
    """VIE-007: candles and trades would be other numbers than were told."""
    table = filled(rows)
    table.forget(forgotten)
    rows = rows[forgotten:]
    assert len(table) == len(rows)
    assert list(table.rows(0, len(rows))) == rows
    assert table.row(-1) == rows[-1]
    for low in PLACES:
        for high in PLACES:
            if high <= len(rows):
                assert list(table.rows(low, high)) == rows[low:high]
                assert table.column(1, low, high) == [row[1] for row in rows[low:high]]
    for number in (-1, *PLACES, COUNT + 1):
        assert table.first_at_least(0, number) == sum(row[0] < number for row in rows)
        assert table.first_above(0, number) == sum(row[0] <= number for row in rows)
        squared = number * abs(number)
        assert table.first_at_least(1, squared) == sum(row[1] < squared for row in rows)


@pytest.mark.parametrize("rows_max", [1, 16, BLOCK_ROWS, 300])
def test_rows_are_bounded(rows_max: int) -> None:
    """VIE-007: at least the bound, at most an eighth more."""
    table = PackedRows(3, rows_max)
    for count, row in enumerate(ROWS, 1):
        table.append(row)
        assert min(count, rows_max) <= len(table) <= rows_max + rows_max // 8
        assert table.row(-1) == row
    assert list(table.rows(0, len(table))) == ROWS[-len(table) :]


def test_equal_numbers_are_found_by_their_first_and_last() -> None:
    """VIE-007: trades of one millisecond would be left out of a window."""
    times = sorted(n // 90 for n in range(COUNT))
    table = filled([(at, n, 0) for n, at in enumerate(times)])
    for at in range(-1, COUNT // 90 + 2):
        assert table.first_at_least(0, at) == bisect_left(times, at)
        assert table.first_above(0, at) == bisect_right(times, at)


def test_old_rows_are_small() -> None:
    """VIE-007: a week of candles for every contract has to fit into memory."""
    table = PackedRows(12, 10_000)
    price = 6_000_000_000_000
    for n in range(5 * BLOCK_ROWS):
        price += (n * 7919 % 201 - 100) * 10_000_000
        volume = (n * 104_729 % 9_973) * 100_000
        table.append((n, price, price, price, price, volume, volume, n, volume, volume, n, n))
    assert sum(len(block) for block in table._blocks) < 5 * BLOCK_ROWS * 12 * 8 / 3


def test_aggregates_that_are_too_old_are_forgotten() -> None:
    """VIE-007: a quiet contract would keep the trades of last week for ever."""
    views = Views(ViewBounds(aggregate_age_ms=200_000))
    views.fold([printed(n, n * 50_000) for n in range(1, 20)])
    kept = views.trades.aggregated("BTCUSDT", None, None, None, 99)
    assert kept[-1].aggregate_id == 19
    assert kept[0].at_ms >= 19 * 50_000 - 200_000 - 60_000
