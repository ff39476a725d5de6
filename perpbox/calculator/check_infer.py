"""Inputs that a printed row keeps to itself, found from what it does print.

Everything found here is an assumption and is named in the verdict: a mark from a notional, a
bracket or a fee rate from a short list, an equity from a liquidation price.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import msgspec

from perpbox import rounding
from perpbox.engine.commands import Rules
from perpbox.engine.symbol import Bracket
from perpbox.money import PLACES, SCALE, Amount, Price, Qty, Rate, parse, plain
from perpbox.wire.doubles import entry_text
from perpbox.wire.vintage import Vintage

MAINTENANCE_RATES: Final = (
    "0.004",
    "0.005",
    "0.006",
    "0.0065",
    "0.01",
    "0.015",
    "0.02",
    "0.025",
    "0.03",
    "0.035",
    "0.04",
    "0.045",
    "0.05",
    "0.1",
)
"""Rates that occur as the lowest one of a contract."""
FEE_RATES: Final = ("0.0005", "0.00045", "0.0004", "0.00036", "0.0002", "0.00018", "0")
"""Taker, maker, with the discount of fees paid in BNB, and of other dates and places."""
FILLS_MAX: Final = 16
"""Fees of one position are cut once a fill: so many units may be missing from the sum."""
_E12: Final = 10**12
_E20_PLACES: Final = 20


def flat_bracket(leverage: int, cap: Amount, rate: Rate, cum: Amount) -> tuple[Bracket, ...]:
    """One bracket that holds everywhere."""
    return (Bracket(1, leverage, Amount(0), cap, rate, cum),)


def to_e20(text: str) -> int:
    """A decimal text at 20 decimals; what is beyond is cut."""
    return int(Decimal(text).scaleb(_E20_PLACES))


def places_of(text: str) -> int:
    """Decimals that a text shows, at most 8: ``"-15.0"`` -> 1."""
    return min(PLACES, len(text.partition(".")[2]))


def marks_of_notional(quantity: Qty, notional: Amount) -> tuple[int, int]:
    """First and last mark (scale 1e-8) that print this notional; empty when first > last."""
    held, value = abs(quantity), abs(notional)
    first = -(-value * SCALE // held)
    last = ((value + 1) * SCALE - 1) // held
    return first, last


def infer_mark(
    quantity: Qty, notional: Amount, unrealized: Amount | None, entry: Price | None
) -> Price | None:
    """A mark that prints the notional and, where there is one, the unrealized profit too.

    ``None`` when no mark prints the notional; any of those that do when none prints the profit.
    """
    first, last = marks_of_notional(quantity, notional)
    if first > last:
        return None
    if unrealized is None or entry is None:
        return Price(first)
    low, high = first, last
    while low < high:
        middle = (low + high) // 2
        profit = rounding.unrealized_profit(quantity, Price(middle), entry)
        is_short_of = profit < unrealized if quantity > 0 else profit > unrealized
        low, high = (middle + 1, high) if is_short_of else (low, middle)
    return Price(low)


class Entry(msgspec.Struct, frozen=True):
    """An entry price at 20 decimals and where it comes from.

    ``grid``: a price of the contract; ``average``: reproduced by fills at such prices;
    ``near``: such fills give ``text``, which is not what was printed; ``printed``: as printed.
    The engine prices with ``entry_e20``, which prints as it was printed but for ``near``.
    """

    entry_e20: int
    precision: int
    source: str
    text: str = ""


def infer_entry(
    text: str, quantity: Qty, precision: int | None, step: Qty, vintage: Vintage
) -> Entry:
    """The entry price behind a printed text.

    A price on the grid of the contract (``precision`` decimals, any number where it is not
    known), whose double may have been printed; else an average of fills, looked for as two fills
    at neighbouring grid prices; else the digits as printed.
    """
    value = to_e20(text)
    for places in range(PLACES + 1) if precision is None else (precision,):
        grid = 10 ** (_E20_PLACES - places)
        nearest = (2 * value + grid) // (2 * grid) * grid
        if entry_text(nearest, places, vintage) == text and abs(nearest - value) < _E12:
            return Entry(nearest, places, "grid")
    if precision is None or not vintage.entry_as_double:
        return Entry(value, PLACES if precision is None else precision, "printed")
    found = _two_fills(value, quantity, precision, step, vintage.rules())
    if found is None:
        return Entry(value, precision, "printed")
    computed = entry_text(found, precision, vintage)
    if computed == text:
        return Entry(found, precision, "average")
    return Entry(value, precision, "near", computed)


def _two_fills(value: int, quantity: Qty, precision: int, step: Qty, rules: Rules) -> int | None:
    """The average of two fills at the grid prices around ``value``, or ``None``."""
    held = abs(quantity)
    tick = 10 ** (_E20_PLACES - precision)
    below = value // tick * tick
    upper = (2 * held * (value - below) + tick * step) // (2 * tick * step) * step
    if not 0 < upper < held:
        return None
    return rounding.average_entry_e20(
        Qty(held - upper),
        below,
        Qty(upper),
        Price((below + tick) // _E12),
        rules.entry_price_digits,
    )


def entry_cost(entry_e20: int, quantity: Qty) -> Amount:
    """Unsigned cost behind an entry price, to the nearest unit."""
    scale = 10**_E20_PLACES
    return Amount((2 * abs(quantity) * entry_e20 + scale) // (2 * scale))


def fee_candidates(cost: Amount) -> Iterator[tuple[str, Amount]]:
    """(what is assumed, fees of opening) in the order of likelihood."""
    for rate in FEE_RATES:
        yield f"fee rate {rate}", _fees(cost, rate)
    for rate in FEE_RATES[:-1]:
        for cut in range(1, FILLS_MAX + 1):
            yield f"fee rate {rate}, cut {cut} more times", Amount(_fees(cost, rate) - cut)


def _fees(cost: Amount, rate: str) -> Amount:
    return rounding.commission(Price(cost), Qty(SCALE), Rate(parse(rate)))


def infer_leverage(notional: Amount, initial: Amount) -> int:
    """The leverage nearest to a notional over its initial margin."""
    value = abs(notional)
    return max(1, (2 * value + initial) // (2 * initial)) if initial else 1


def infer_entry_of_profit(quantity: Qty, mark: Price, unrealized: Amount) -> Price:
    """An entry price (8 decimals) that prints this unrealized profit, or nearly."""
    return Price(mark - (unrealized * SCALE) // quantity)


def infer_open_notional(initial: Amount, rate: Rate, value: Amount) -> Amount:
    """Order notional that brings a position of that unsigned value to an initial margin."""
    return Amount(initial * SCALE // rate - value)


def infer_net_fees(break_even_e20: int, cost: Amount, quantity: Qty) -> Amount:
    """Fees less realized profit that give a break-even price, to the nearest unit."""
    scale = 10**_E20_PLACES
    total = (2 * break_even_e20 * abs(quantity) + scale) // (2 * scale)
    return Amount(total - cost if quantity > 0 else cost - total)


def infer_equity(price: Price, quantity: Qty, entry: Price, bracket: Bracket) -> Amount:
    """The equity to which a cross liquidation price leads back, to the nearest unit."""
    slope = abs(quantity) * bracket.maint_margin_rate - quantity * SCALE
    exact_e24 = price * slope + (quantity * entry - bracket.cum * SCALE) * SCALE
    return Amount((2 * exact_e24 + SCALE**2) // (2 * SCALE**2))


def bracket_note(bracket: Bracket) -> str:
    """A bracket as an assumption reads."""
    rate, cum = plain(bracket.maint_margin_rate), plain(bracket.cum)
    return f"rate {rate}" + (f", cum {cum}" if bracket.cum else "")
