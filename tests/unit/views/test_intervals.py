from datetime import UTC, datetime, timedelta

import pytest

from perpbox.views.intervals import INTERVALS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ms(when: datetime) -> int:
    return (when - EPOCH) // timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("name", "inside", "opening", "following"),
    [
        ("1m", (2026, 10, 7, 14, 22, 59), (2026, 10, 7, 14, 22), (2026, 10, 7, 14, 23)),
        ("30m", (2026, 10, 7, 14, 22), (2026, 10, 7, 14, 0), (2026, 10, 7, 14, 30)),
        ("8h", (2026, 10, 7, 14, 22), (2026, 10, 7, 8, 0), (2026, 10, 7, 16, 0)),
        ("1d", (2026, 10, 7, 14, 22), (2026, 10, 7), (2026, 10, 8)),
        ("3d", (2019, 9, 10, 23, 59), (2019, 9, 8), (2019, 9, 11)),
        ("1w", (2026, 10, 11, 23, 59), (2026, 10, 5), (2026, 10, 12)),
        ("1w", (2026, 10, 12), (2026, 10, 12), (2026, 10, 19)),
        ("1M", (2024, 2, 29, 23, 59), (2024, 2, 1), (2024, 3, 1)),
        ("1M", (2026, 12, 31, 23, 59), (2026, 12, 1), (2027, 1, 1)),
        ("1M", (2100, 2, 28), (2100, 2, 1), (2100, 3, 1)),
    ],
)
def test_periods_begin_where_the_calendar_says(
    name: str, inside: tuple[int, ...], opening: tuple[int, ...], following: tuple[int, ...]
) -> None:
    """VIE-014"""

    def at(parts: tuple[int, ...]) -> int:
        year, month, day, *rest = parts
        hour, minute, second = [*rest, 0, 0, 0][:3]
        return ms(datetime(year, month, day, hour, minute, second, tzinfo=UTC))

    interval = INTERVALS[name]
    index = interval.index_of(at(inside))
    assert interval.open_of(index) == at(opening)
    assert interval.open_of(index + 1) == at(following)


def test_every_month_of_two_centuries_begins_on_its_first() -> None:
    """VIE-014"""
    months = INTERVALS["1M"]
    for index in range(-120, 2400):
        year, month = divmod(index, 12)
        first = ms(datetime(1970 + year, month + 1, 1, tzinfo=UTC))
        assert months.open_of(index) == first
        assert months.index_of(first) == index
        assert months.index_of(first - 1) == index - 1


def test_intervals_are_those_of_the_venue() -> None:
    """VIE-014"""
    names = "1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w 1M"
    assert " ".join(INTERVALS) == names
