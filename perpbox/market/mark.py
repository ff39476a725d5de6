"""The mark price by formula, for recordings that carry none."""

from collections import deque
from typing import Final

from perpbox.money import Price, Rate
from perpbox.rounding import basis_price, premium_price

BASIS_SAMPLES_MAX: Final = 30
BASIS_EVERY_MS: Final = 5_000


class MarkFormula:
    """``median(P1, P2, contract price)`` from an index, a best bid and ask, and prints.

    P1 is the index with the funding rate for the time that is left; P2 the index plus the mean
    of up to 30 samples, one every 5 s, of (bid + ask) / 2 - index. The median of all three
    keeps the mark near the contract's own price when one leg runs away.
    """

    __slots__ = (
        "_doubled_basis",
        "_interval_ms",
        "_next_sample_ms",
        "_rate",
        "doubled_mid",
        "index",
        "last",
    )

    def __init__(self, rate: Rate, interval_ms: int) -> None:
        """``interval_ms``: length of a funding interval; boundaries are its multiples."""
        self._rate = rate
        self._interval_ms = interval_ms
        self._doubled_basis: deque[int] = deque(maxlen=BASIS_SAMPLES_MAX)
        self._next_sample_ms = 0
        self.index = Price(0)
        self.last = Price(0)
        self.doubled_mid = 0
        """Best bid plus best ask."""

    @property
    def is_ready(self) -> bool:
        """Whether all three inputs are there."""
        return bool(self.index and self.last and self.doubled_mid)

    def mark(self, at_ms: int) -> Price:
        """The mark price at ``at_ms``, which never goes back; takes a sample when one is due."""
        if at_ms >= self._next_sample_ms:
            self._doubled_basis.append(self.doubled_mid - 2 * self.index)
            self._next_sample_ms = at_ms + BASIS_EVERY_MS
        left_ms = self._interval_ms - at_ms % self._interval_ms
        funding_leg = premium_price(self.index, self._rate, left_ms, self._interval_ms)
        samples = self._doubled_basis
        book_leg = basis_price(self.index, sum(samples), len(samples))
        return sorted((funding_leg, book_leg, self.last))[1]
