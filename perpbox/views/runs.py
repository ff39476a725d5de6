"""Runs of trades that reached nothing, as the views take them in: columns, and where they part."""

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate, compress
from operator import ne, not_, or_

from perpbox import rounding
from perpbox.engine.events import TradePrinted, TradesPrinted
from perpbox.engine.types import TradeSource
from perpbox.money import Amount

Sums = list[int]
"""Sums of a column from its beginning up to each place, which is not among them."""


class TradeRun:
    """The trades of a ``TradesPrinted``, the oldest first: a column of each of their parts."""

    __slots__ = (
        "buyer_is_maker",
        "count",
        "first_id",
        "prices",
        "quantities",
        "quotes",
        "symbol",
        "times_ms",
    )

    def __init__(self, event: TradesPrinted) -> None:
        run = event.run
        self.symbol = event.symbol
        self.first_id = event.first_id
        self.count = len(run.prices)
        self.prices = run.prices
        self.quantities = run.quantities
        self.buyer_is_maker = run.buyer_is_maker
        self.times_ms = run.times_ms
        self.quotes = rounding.quote_values(run.prices, run.quantities)

    def trade(self, place: int) -> TradePrinted:
        """One of the trades."""
        return TradePrinted(
            self.symbol,
            self.first_id + place,
            self.prices[place],
            self.quantities[place],
            Amount(self.quotes[place]),
            self.buyer_is_maker[place],
            TradeSource.STREET,
            self.times_ms[place],
        )

    def parts(self, width_ms: int) -> Iterator[tuple[int, int]]:
        """From which place up to which each stretch of time of that width has trades."""
        low = 0
        while low < self.count:
            at_ms = self.times_ms[low]
            high = bisect_left(self.times_ms, at_ms - at_ms % width_ms + width_ms, low)
            yield low, high
            low = high

    def bought_by_takers(self, column: "tuple[int, ...] | list[int]", low: int, high: int) -> int:
        """Sum of a column over the trades in which the taker bought."""
        takers_buy = map(not_, self.buyer_is_maker[low:high])
        return sum(compress(column[low:high], takers_buy))

    def breaks(self, width_ms: int, first_ms: int | None) -> list[int]:
        """Places of trades that begin anew: another price, another side, or too late.

        Too late is ``width_ms`` after the trade that began. With ``first_ms`` the first trade
        goes on with what began then.
        """
        times_ms = self.times_ms
        found: list[int] = []
        low = 0
        began_ms = first_ms
        for high in (*self._changes(), self.count):
            if began_ms is None:
                found.append(low)
                began_ms = times_ms[low]
            while times_ms[high - 1] - began_ms >= width_ms:
                low = bisect_left(times_ms, began_ms + width_ms, low, high)
                found.append(low)
                began_ms = times_ms[low]
            low, began_ms = high, None
        return found

    def _changes(self) -> Iterator[int]:
        """Places of trades at another price, or of another side, than the one before."""
        others = map(ne, self.prices, self.prices[1:])
        sides = map(ne, self.buyer_is_maker, self.buyer_is_maker[1:])
        return compress(range(1, self.count), map(or_, others, sides))


def each_trade(event: TradesPrinted) -> list[TradePrinted]:
    """The trades of a run, as if each had been told by itself."""
    run = TradeRun(event)
    return list(map(run.trade, range(run.count)))


def sums_of(column: "tuple[int, ...] | list[int]") -> Sums:
    """Sums of a column, so that the sum of any stretch is a difference of two."""
    return list(accumulate(column, initial=0))
