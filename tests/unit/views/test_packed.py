"""Packed rows against plain ones."""

import pytest

from perpbox.views.bounds import ViewBounds
from perpbox.views.desk import Views
from perpbox.views.packed import PackedRows
from tests.unit.views.view_events import printed

ROWS = [(n, n * n, -n) for n in range(50)]
HUGE = 2**63


def filled(rows: list[tuple[int, ...]], rows_max: int = 100) -> PackedRows:
    table = PackedRows(3, rows_max)
    for row in rows:
        table.append(row)
    return table


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(ROWS, id="64 bits"),
        pytest.param([*ROWS[:20], (20, HUGE, -HUGE - 1), *ROWS[21:]], id="beyond 64 bits"),
    ],
)
def test_rows_come_out_as_they_went_in(rows: list[tuple[int, ...]]) -> None:
    """VIE-007: candles and trades would be other numbers than were told."""
    table = filled(rows)
    assert len(table) == len(rows)
    assert list(table.rows(0, len(rows))) == rows
    assert list(table.rows(3, 7)) == rows[3:7]
    assert list(table.rows(7, 3)) == []
    assert table.row(20) == rows[20]
    assert table.row(-1) == rows[-1]
    assert list(table.column(1, 10, 30)) == [row[1] for row in rows[10:30]]
    for number in (-1, 0, 25, 49, 50):
        assert table.first_at_least(0, number) == sum(row[0] < number for row in rows)
        assert table.first_above(0, number) == sum(row[0] <= number for row in rows)
    table.forget(10)
    assert list(table.rows(0, 40)) == rows[10:]


def test_rows_are_bounded() -> None:
    """VIE-007: at least the bound, at most an eighth more."""
    for count in range(1, 100):
        table = filled([(n, 0, 0) for n in range(count)], 16)
        assert min(count, 16) <= len(table) <= 18
        assert table.row(-1)[0] == count - 1


def test_aggregates_that_are_too_old_are_forgotten() -> None:
    """VIE-007: a quiet contract would keep the trades of last week for ever."""
    views = Views(ViewBounds(aggregate_age_ms=200_000))
    views.fold([printed(n, n * 50_000) for n in range(1, 20)])
    kept = views.trades.aggregated("BTCUSDT", None, None, None, 99)
    assert kept[-1].aggregate_id == 19
    assert kept[0].at_ms >= 19 * 50_000 - 200_000 - 60_000
