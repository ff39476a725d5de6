"""Bounded rows of whole numbers, packed: 8 bytes a number instead of an object each."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import Final

_SLACK_SHARE: Final = 8
"""A table grows by one eighth beyond its bound before it is cut: one cut for many rows."""


class PackedRows:
    """Rows of ``width`` numbers, the oldest first.

    At least ``rows_max`` rows stay and never more than an eighth above that. A number beyond 64
    bits makes the table an ordinary list of numbers: larger, and as exact.
    """

    __slots__ = ("_cut_length", "_kept_length", "numbers", "width")

    def __init__(self, width: int, rows_max: int) -> None:
        self.width = width
        self.numbers: array[int] | list[int] = array("q")
        self._kept_length = rows_max * width
        self._cut_length = (rows_max + rows_max // _SLACK_SHARE + 1) * width

    def __len__(self) -> int:
        return len(self.numbers) // self.width

    def append(self, row: tuple[int, ...]) -> None:
        """Add the newest row."""
        length = len(self.numbers)
        try:
            self.numbers.extend(row)
        except OverflowError:
            # What fitted before the number that did not is taken out again.
            self.numbers = [*self.numbers[:length], *row]
        if length + self.width >= self._cut_length:
            del self.numbers[: length + self.width - self._kept_length]

    def forget(self, count: int) -> None:
        """Drop the oldest rows."""
        del self.numbers[: count * self.width]

    def row(self, place: int) -> tuple[int, ...]:
        """One row; a place below 0 counts from the newest."""
        start = (place + len(self) if place < 0 else place) * self.width
        return tuple(self.numbers[start : start + self.width])

    def rows(self, low: int, high: int) -> Iterator[tuple[int, ...]]:
        """The rows from one place up to another, which is not among them."""
        width = self.width
        numbers = iter(self.numbers[low * width : high * width])
        return zip(*(numbers,) * width, strict=True)

    def column(self, column: int, low: int, high: int) -> "array[int] | list[int]":
        """The numbers of a column from one place up to another."""
        return self.numbers[low * self.width + column : high * self.width : self.width]

    def first_at_least(self, column: int, number: int) -> int:
        """The place of the first row with at least this number, in a column that ascends."""
        numbers, width = self.numbers, self.width
        return bisect_left(range(len(self)), number, key=lambda i: numbers[i * width + column])

    def first_above(self, column: int, number: int) -> int:
        """The place of the first row with more than this number, in a column that ascends."""
        numbers, width = self.numbers, self.width
        return bisect_right(range(len(self)), number, key=lambda i: numbers[i * width + column])
