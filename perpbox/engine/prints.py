"""Prints of the street to be played: columns, checked once, with the extremes of each stretch."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from perpbox.engine.commands import RUN_MAX, StreetTrade, StreetTrades
from perpbox.money import Price, Qty

_STRETCH_BITS: Final = 8
_RUN_BITS: Final = RUN_MAX.bit_length() - 1
STRETCH: Final = 1 << _STRETCH_BITS
"""Prints of which the lowest and the highest price are kept."""


class Prints:
    """Prints of one contract, the oldest first. Prices and quantities at scale 1e-8, times in ms.

    They lie in pieces, each a run as long as one may be.

    Raises:
        ValueError: the columns are uneven, a number is not above 0, or the time goes back.
    """

    __slots__ = (
        "_highest",
        "_lowest",
        "_pieces",
        "buyer_is_maker",
        "from_lab",
        "prices",
        "quantities",
        "symbol",
        "times_ms",
    )

    def __init__(
        self,
        symbol: str,
        prices: Iterable[Price],
        quantities: Iterable[Qty],
        buyer_is_maker: Iterable[bool],
        times_ms: Iterable[int],
        from_lab: bool = False,
    ) -> None:
        self.symbol = symbol
        self.prices = tuple(prices)
        self.quantities = tuple(quantities)
        self.buyer_is_maker = tuple(buyer_is_maker)
        self.times_ms = tuple(times_ms)
        self.from_lab = from_lab
        columns = (self.prices, self.quantities, self.buyer_is_maker, self.times_ms)
        longest = max(map(len, columns))
        self._pieces = [self.run(low, low + RUN_MAX) for low in range(0, longest, RUN_MAX)]
        if any(one.times_ms[-1] > other.times_ms[0] for one, other in pairwise(self._pieces)):
            raise ValueError("the time goes back")
        starts = range(0, len(self.prices), STRETCH)
        self._lowest = [min(self.prices[at : at + STRETCH]) for at in starts]
        self._highest = [max(self.prices[at : at + STRETCH]) for at in starts]

    def __len__(self) -> int:
        return len(self.prices)

    def extremes(self, low: int, high: int) -> tuple[Price, Price]:
        """Lowest and highest price of the prints from one place up to another, not empty."""
        first, last = -(-low >> _STRETCH_BITS), high >> _STRETCH_BITS
        if first >= last:
            prices = self.prices[low:high]
            return min(prices), max(prices)
        edges = self.prices[low : first * STRETCH] + self.prices[last * STRETCH : high]
        lowest, highest = self._lowest[first:last], self._highest[first:last]
        return min((*lowest, *edges)), max((*highest, *edges))

    def piece(self, place: int, stop: int) -> StreetTrades | None:
        """The piece that begins at a place, if one does and no print of it is from ``stop`` on."""
        begins = place == place >> _RUN_BITS << _RUN_BITS
        return (
            self._pieces[place >> _RUN_BITS] if begins and self.piece_end(place) <= stop else None
        )

    def piece_end(self, place: int) -> int:
        """Where the piece ends that a place is in."""
        return min(((place >> _RUN_BITS) + 1) << _RUN_BITS, len(self.prices))

    def one(self, place: int) -> StreetTrade:
        """One print as a command of its own."""
        return StreetTrade(
            self.symbol,
            self.prices[place],
            self.quantities[place],
            self.buyer_is_maker[place],
            self.from_lab,
        )

    def run(self, low: int, high: int) -> StreetTrades:
        """The prints from one place up to another as one command."""
        return StreetTrades(
            self.symbol,
            self.prices[low:high],
            self.quantities[low:high],
            self.buyer_is_maker[low:high],
            self.times_ms[low:high],
            self.from_lab,
        )
