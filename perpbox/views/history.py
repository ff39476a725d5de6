"""A bounded list of rows in time order, and the windows that clients ask of it."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from typing import Final, Generic, TypeVar

Row = TypeVar("Row")

_SLACK_SHARE: Final = 8
"""A history grows by one eighth beyond its bound before it is cut: one cut for many appends."""


class History(Generic[Row]):
    """Rows of which each is no older than the one before.

    At least ``rows_max`` rows stay (unless they are older than ``age_ms``, where one is given),
    and never more than an eighth above that.
    """

    __slots__ = ("_age_ms", "_at_ms", "_cut_length", "_oldest_ms", "_rows_max", "rows")

    def __init__(
        self, rows_max: int, at_ms: Callable[[Row], int], age_ms: int | None = None
    ) -> None:
        self.rows: list[Row] = []
        self._rows_max = rows_max
        self._cut_length = rows_max + rows_max // _SLACK_SHARE + 1
        self._at_ms = at_ms
        self._age_ms = age_ms
        self._oldest_ms = 0

    def append(self, row: Row, at_ms: int) -> None:
        """Add the newest row and forget what the bounds no longer allow."""
        rows = self.rows
        if not rows:
            self._oldest_ms = at_ms
        rows.append(row)
        if len(rows) >= self._cut_length or (
            self._age_ms is not None and at_ms - self._oldest_ms > self._age_ms
        ):
            self._cut(at_ms)

    def _cut(self, now_ms: int) -> None:
        rows = self.rows
        surplus = max(0, len(rows) - self._rows_max)
        if self._age_ms is not None:
            surplus = max(surplus, bisect_left(rows, now_ms - self._age_ms, key=self._at_ms))
        del rows[:surplus]
        self._oldest_ms = self._at_ms(rows[0])

    def between(self, start_ms: int | None, end_ms: int | None, now_ms: int = 0) -> list[Row]:
        """All rows of a span of time, both ends inclusive.

        ``now_ms`` lets the age count from the clock instead of the last row.
        """
        rows = self.rows
        if self._age_ms is not None and now_ms > self._age_ms:
            start_ms = max(start_ms or 0, now_ms - self._age_ms)
        low = 0 if start_ms is None else bisect_left(rows, start_ms, key=self._at_ms)
        high = len(rows) if end_ms is None else bisect_right(rows, end_ms, key=self._at_ms)
        return rows[low:high]

    def window(self, start_ms: int | None, end_ms: int | None, limit: int) -> list[Row]:
        """At most ``limit`` rows of a span of time: see :func:`first_or_last`."""
        return first_or_last(self.between(start_ms, end_ms), start_ms, limit)


def first_or_last(rows: list[Row], start_ms: int | None, limit: int) -> list[Row]:
    """The first ``limit`` rows when the caller named a start, else the newest ones.

    Both ascend: a client walks forward from a start, and without one wants what is new.
    """
    if start_ms is not None:
        return rows[:limit]
    return rows[max(0, len(rows) - limit) :]
