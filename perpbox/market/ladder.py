"""A ladder of street levels around a price: what the simulated market and the lab show."""

from typing import Final

import msgspec

from perpbox.engine.commands import Levels
from perpbox.engine.symbol import Instrument
from perpbox.money import SCALE, Amount, Price, Qty
from perpbox.rounding import street_steps

LEVELS_MAX: Final = 1_000
"""Levels a side: as many as a depth answer shows."""
TICKS_MAX: Final = 1_000_000
"""Widest spread and widest gap between two levels, in ticks."""
LEVEL_NOTIONAL_MAX: Final = Amount(10**12 * SCALE)
SIZE_BITS: Final = 7
"""A size byte counts in 1/128: 128 gives a level ``level_notional``, 255 nearly twice that."""
_EVEN: Final = bytes([1 << SIZE_BITS])


class LadderShape(msgspec.Struct, frozen=True):
    """How a ladder looks. A level is worth about ``level_notional`` in the quote asset."""

    levels: int = 20
    spread_ticks: int = 1
    gap_ticks: int = 1
    level_notional: Amount = Amount(50_000 * SCALE)

    def __post_init__(self) -> None:
        """Hold the bounds.

        Raises:
            ValueError: a number is outside its bound.
        """
        if not 1 <= self.levels <= LEVELS_MAX:
            raise ValueError(f"levels must be 1..{LEVELS_MAX}, not {self.levels}")
        if not 1 <= self.spread_ticks <= TICKS_MAX:
            raise ValueError(f"spread_ticks must be 1..{TICKS_MAX}, not {self.spread_ticks}")
        if not 1 <= self.gap_ticks <= TICKS_MAX:
            raise ValueError(f"gap_ticks must be 1..{TICKS_MAX}, not {self.gap_ticks}")
        if not 1 <= self.level_notional <= LEVEL_NOTIONAL_MAX:
            raise ValueError(f"level_notional must be 1..{LEVEL_NOTIONAL_MAX} at 1e-8")


def price_bounds(instrument: Instrument) -> tuple[Price, Price]:
    """Lowest and highest price on the tick grid that the contract allows."""
    tick = instrument.tick_size
    lowest = instrument.min_price + -instrument.min_price % tick
    return Price(max(tick, lowest)), Price(instrument.max_price - instrument.max_price % tick)


def best_prices(instrument: Instrument, price: Price, spread_ticks: int) -> tuple[Price, Price]:
    """Best bid and best ask around ``price``, on the tick grid and inside the price bounds.

    With a spread of one tick the bid is the last tick at or below the price; a wider spread is
    laid half below it.
    """
    tick = instrument.tick_size
    lowest, highest = price_bounds(instrument)
    bid = price - price % tick - (spread_ticks - 1 >> 1) * tick
    bid = max(lowest, min(bid, highest - spread_ticks * tick))
    return Price(bid), Price(min(bid + spread_ticks * tick, highest))


def ladder(
    instrument: Instrument, price: Price, shape: LadderShape, sizes: bytes = b""
) -> tuple[Levels, Levels]:
    """(bids, asks) around a price, best first, never crossing.

    ``sizes`` holds a byte for each bid and then each ask: the level's worth in 1/128 of
    ``shape.level_notional``; without it all levels are even. Quantities are on the step, at
    least one step. Levels that would lie outside the price bounds are left out.
    """
    bid, ask = best_prices(instrument, price, shape.spread_ticks)
    lowest, highest = price_bounds(instrument)
    count = shape.levels
    gap = shape.gap_ticks * instrument.tick_size
    step = instrument.step_size
    steps = street_steps(shape.level_notional, bid, step)
    weights = sizes or _EVEN * (2 * count)
    bid_prices = range(bid, max(bid - count * gap, lowest - 1), -gap)
    ask_prices = range(ask, min(ask + count * gap, highest + 1), gap)
    bids = [
        (Price(at), Qty((weight * steps >> SIZE_BITS or 1) * step))
        for at, weight in zip(bid_prices, weights, strict=False)
    ]
    asks = [
        (Price(at), Qty((weight * steps >> SIZE_BITS or 1) * step))
        for at, weight in zip(ask_prices, weights[count:], strict=False)
    ]
    return tuple(bids), tuple(asks)
