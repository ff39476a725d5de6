"""Prints of the street to be played: columns, checked once, with the extremes of each stretch."""

from collections.abc import Iterable
from typing import Final

from perpbox.engine.commands import StreetTrade, StreetTrades
from perpbox.money import Price, Qty

_STRETCH_BITS: Final = 8
STRETCH: Final = 1 << _STRETCH_BITS
"""Prints of which the lowest and the highest price are kept."""


class PrintsBroken(ValueError):
    """Prints that cannot be: columns of several lengths, nothing traded, or times that go back."""


class Prints:
    """Prints of one contract, the oldest first. Prices and quantities at scale 1e-8, times in ms.

    Raises:
        PrintsBroken: the columns are uneven, a number is not above 0, or the time goes back.
    """

    __slots__ = (
        "_highest",
        "_lowest",
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
        if len({len(column) for column in columns}) > 1:
            raise PrintsBroken("the columns are not of one length")
        for name, column in (("price", self.prices), ("quantity", self.quantities)):
            if column and min(column) <= 0:
                raise PrintsBroken(f"a {name} is not above 0")
        if sorted(self.times_ms) != list(self.times_ms):
            raise PrintsBroken("the time goes back")
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
