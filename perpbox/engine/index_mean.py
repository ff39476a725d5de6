"""The average of an index over a window, one sample a second, added up between its changes."""

from typing import Final

from perpbox import rounding
from perpbox.money import Price

SECOND_MS: Final = 1_000


class IndexMean:
    """Samples at each full second after the window's beginning, up to and at its end.

    A sample is the index that stood when its second came: what changes in the same millisecond
    counts from the next one on. An index that was never set has no samples.
    """

    __slots__ = ("end_ms", "next_ms", "samples", "total")

    def __init__(self) -> None:
        self.next_ms = 0
        """When the next sample falls due; 0 while no window is open."""
        self.end_ms = 0
        self.samples = 0
        self.total = 0

    def open(self, start_ms: int, end_ms: int) -> None:
        """Begin a window."""
        self.next_ms = start_ms + SECOND_MS
        self.end_ms = end_ms
        self.samples = self.total = 0

    def close(self) -> None:
        """Forget the window."""
        self.next_ms = self.end_ms = self.samples = self.total = 0

    def take(self, index: Price, until_ms: int) -> None:
        """Take every sample that fell due up to a time, from the index that stands."""
        count = self._due(until_ms)
        if count:
            self.next_ms += count * SECOND_MS
            if index:
                self.samples += count
                self.total += count * index

    def value(self, index: Price, until_ms: int) -> Price:
        """The average so far, later samples of a standing index included; changes nothing.

        Before the first sample it is the index itself.
        """
        count = self._due(until_ms) if index else 0
        if not self.samples + count:
            return index
        return rounding.mean_price(self.total + count * index, self.samples + count)

    def _due(self, until_ms: int) -> int:
        until_ms = min(until_ms, self.end_ms)
        if not self.next_ms or until_ms < self.next_ms:
            return 0
        return (until_ms - self.next_ms) // SECOND_MS + 1
