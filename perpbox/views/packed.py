"""Bounded rows of whole numbers: the newest as plain numbers, those before them in packed blocks.

What is asked for is nearly always new, and what is kept is nearly always old: so the old rows may
cost a moment to read, and little memory. A block holds its columns one after another, each number
as the difference to the one above it, deflated.
"""

import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import accumulate, chain
from typing import Final, TypeAlias

_SLACK_SHARE: Final = 8
"""A table grows by one eighth beyond its bound before it is cut: one cut for many rows."""
BLOCK_ROWS: Final = 64
_PLAIN_ROWS_MAX: Final = 2 * BLOCK_ROWS
_UNPACKED_MAX: Final = 64
"""Blocks of all tables that stay unpacked for the next reader."""
_SEARCHED: Final = 2
"""Columns that can be searched: the first ones."""

Numbers: TypeAlias = "array[int] | list[int]"


class PackedRows:
    """Rows of ``width`` numbers, the oldest first.

    At least ``rows_max`` rows stay and never more than an eighth above that. Numbers beyond 64
    bits are as exact as others, and their rows are not packed.
    """

    __slots__ = ("_blocks", "_cut_rows", "_firsts", "_forgotten", "_kept_rows", "plain", "width")

    def __init__(self, width: int, rows_max: int) -> None:
        self.width = width
        self.plain: Numbers = array("q")
        """The newest rows, one after another; the last one may be changed."""
        self._blocks: list[bytes | list[int]] = []
        self._firsts: list[tuple[int, ...]] = []
        """What the searched columns of each block begin with."""
        self._forgotten = 0
        """Rows at the start of the first block that are no longer there."""
        self._kept_rows = rows_max
        self._cut_rows = rows_max + rows_max // _SLACK_SHARE + 1

    def __len__(self) -> int:
        return len(self._blocks) * BLOCK_ROWS - self._forgotten + len(self.plain) // self.width

    def append(self, row: tuple[int, ...]) -> None:
        """Add the newest row."""
        plain, width = self.plain, self.width
        length = len(plain)
        try:
            plain.extend(row)
        except OverflowError:
            # What fitted before the number that did not is taken out again.
            self.plain = [*plain[:length], *row]
        length += width
        if length >= _PLAIN_ROWS_MAX * width:
            self._pack()
            length = len(self.plain)
        # The length of all, without a call in Python.
        count = len(self._blocks) * BLOCK_ROWS - self._forgotten + length // width
        if count >= self._cut_rows:
            self.forget(count - self._kept_rows)

    def extend(self, rows_from: Callable[[int], Iterable[tuple[int, ...]]], count: int) -> None:
        """Add ``count`` rows, oldest first: what stays is what adding them one by one leaves.

        ``rows_from`` is asked for them without the first few, which would be forgotten again
        before the last one comes.
        """
        spare = self._cut_rows - self._kept_rows
        before, after = len(self), len(self) + count
        if after >= self._cut_rows:
            after = self._kept_rows + (after - self._cut_rows) % spare
        passed_over = max(0, count - after)
        if after <= count:
            self.forget(before)
        for row in rows_from(passed_over):
            self.append(row)

    def forget(self, count: int) -> None:
        """Drop the oldest rows."""
        self._forgotten += count
        while self._blocks and self._forgotten >= BLOCK_ROWS:
            del self._blocks[0], self._firsts[0]
            self._forgotten -= BLOCK_ROWS
        if not self._blocks:
            del self.plain[: self._forgotten * self.width]
            self._forgotten = 0

    def row(self, place: int) -> tuple[int, ...]:
        """One row; a place below 0 counts from the newest."""
        place += len(self) if place < 0 else 0
        return next(self.rows(place, place + 1))

    def rows(self, low: int, high: int) -> Iterator[tuple[int, ...]]:
        """The rows from one place up to another, which is not among them."""
        numbers = chain.from_iterable(self._pieces(low, high))
        return zip(*(numbers,) * self.width, strict=True)

    def column(self, column: int, low: int, high: int) -> list[int]:
        """The numbers of a column from one place up to another."""
        return [n for piece in self._pieces(low, high) for n in piece[column :: self.width]]

    def first_at_least(self, column: int, number: int) -> int:
        """The place of the first row with at least this number, in a column that ascends."""
        return self._search(bisect_left, column, number)

    def first_above(self, column: int, number: int) -> int:
        """The place of the first row with more than this number, in a column that ascends."""
        return self._search(bisect_right, column, number)

    def _search(self, bisect: Callable[..., int], column: int, number: int) -> int:
        assert column < _SEARCHED
        block = max(0, bisect(self._firsts, number, key=lambda first: first[column]) - 1)
        numbers = self.plain
        if self._blocks:
            numbers = self._unpacked(block)
            place = bisect(numbers[column :: self.width], number)
            if place < BLOCK_ROWS or block + 1 < len(self._blocks):
                return max(0, block * BLOCK_ROWS + place - self._forgotten)
            numbers = self.plain
        before = len(self) - len(self.plain) // self.width
        return before + bisect(numbers[column :: self.width], number)

    def _pieces(self, low: int, high: int) -> Iterator[Numbers]:
        """The numbers of some rows, piece by piece."""
        low, high = low + self._forgotten, high + self._forgotten
        packed = len(self._blocks) * BLOCK_ROWS
        for block in range(low // BLOCK_ROWS, -(-min(high, packed) // BLOCK_ROWS)):
            start = block * BLOCK_ROWS
            first = max(0, low - start) * self.width
            yield self._unpacked(block)[first : (high - start) * self.width]
        if high > packed:
            yield self.plain[max(0, low - packed) * self.width : (high - packed) * self.width]

    def _pack(self) -> None:
        """Put the oldest plain rows into a block."""
        length = BLOCK_ROWS * self.width
        oldest = self.plain[:length]
        self._firsts.append(tuple(oldest[:_SEARCHED]))
        self.plain = self.plain[length:]
        try:
            self._blocks.append(_packed(oldest, self.width))
        except OverflowError:
            self._blocks.append(list(oldest))
        if isinstance(self.plain, list) and all(-(2**63) <= n < 2**63 for n in self.plain):
            self.plain = array("q", self.plain)

    def _unpacked(self, block: int) -> Numbers:
        content = self._blocks[block]
        return content if isinstance(content, list) else _unpacked(content, self.width)


def _packed(numbers: Numbers, width: int) -> bytes:
    """Deflate the differences of each column.

    Raises:
        OverflowError: a number or difference is beyond 64 bits.
    """
    columns = array("q")
    for column in range(width):
        above = 0
        for number in numbers[column::width]:
            columns.append(number - above)
            above = number
    return zlib.compress(columns.tobytes(), 6)


@lru_cache(_UNPACKED_MAX)
def _unpacked(packed: bytes, width: int) -> "array[int]":
    columns = array("q")
    columns.frombytes(zlib.decompress(packed))
    height = len(columns) // width
    numbers = array("q", bytes(len(columns) * columns.itemsize))
    for column in range(width):
        summed = accumulate(columns[column * height : (column + 1) * height])
        numbers[column::width] = array("q", summed)
    return numbers
