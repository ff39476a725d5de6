"""Every rounding decision of the exchange on one page.

Inputs and results are integers at scale 1e-8 unless a name says otherwise. Three ways occur:
**T8** toward zero at 8 decimals, **H8** half up at 8 decimals, **C8** away from zero at 8
decimals. Each function names the way it takes and the evidence for it; recorded rows of the
real venue decide, and a decision without a record is marked "our choice".
"""

from typing import Final

from perpbox.money import SCALE, Amount, Price, Qty, Rate

_E8: Final = SCALE
_E12: Final = 10**12
_E16: Final = 10**16
ENTRY_SCALE: Final = 10**20
"""Entry prices are kept at 20 decimals: enough for 17 significant digits of any price."""


def _toward_zero(numerator: int, denominator: int) -> int:
    return numerator // denominator if numerator >= 0 else -(-numerator // denominator)


def _away_from_zero(numerator: int, denominator: int) -> int:
    return -(-numerator // denominator) if numerator >= 0 else numerator // denominator


def _half_up(numerator: int, denominator: int) -> int:
    """Half away from zero; ``denominator`` is positive."""
    if numerator >= 0:
        return (2 * numerator + denominator) // (2 * denominator)
    return -((-2 * numerator + denominator) // (2 * denominator))


def quote_value(price: Price, quantity: Qty) -> Amount:
    """Quote value of a fill, T8 (recorded: cumQuote and quoteQty never need more)."""
    return Amount(price * quantity // _E8)


def notional(quantity: Qty, mark: Price) -> Amount:
    """Signed value of a position at mark, T8 (recorded in 60 of 60 rows)."""
    product = quantity * mark
    return Amount(product // _E8 if product >= 0 else -(-product // _E8))


def unrealized_profit(quantity: Qty, mark: Price, entry: Price) -> Amount:
    """``quantity * (mark - entry)`` with the entry cut to 8 decimals, T8 (58 of 62 rows)."""
    product = quantity * (mark - entry)
    return Amount(product // _E8 if product >= 0 else -(-product // _E8))


def commission(price: Price, quantity: Qty, rate: Rate) -> Amount:
    """Fee of a fill, T8 (recorded in 11 of 12 fills); a rebate (negative rate) likewise."""
    return Amount(_toward_zero(price * quantity * rate, _E16))


def margin_rate(leverage: int) -> Rate:
    """``1 / leverage`` rounded up at 8 decimals (recorded: 6 -> 0.16666667)."""
    return Rate(-(-_E8 // leverage))


def initial_margin(value: Amount, rate: Rate, rounds_up: bool) -> Amount:
    """Initial margin of a notional: C8 since mid-2025 (19 of 20 rows), T8 before (19 of 20)."""
    product = value * rate
    return Amount(-(-product // _E8) if rounds_up else product // _E8)


def maintenance_margin(value: Amount, rate: Rate, cum: Amount) -> Amount:
    """``value * rate - cum`` of an unsigned notional, T8 (recorded in 40 of 40 rows)."""
    return Amount(_toward_zero(value * rate - cum * _E8, _E8))


def cost_share(cost: Amount, closed: Qty, held: Qty) -> Amount:
    """Part of a signed cost that a close takes out, rounded down; the rest stays.

    Recorded on both sides: a long's two closes (AVAX, the second gets the remainder) and a
    short's (13 ARB bought back at 0.8086 realize -0.05514166).
    """
    return Amount(cost * closed // held)


def isolated_share(wallet: Amount, closed: Qty, held: Qty) -> Amount:
    """Part of an isolated wallet that a close releases, T8 (our choice)."""
    return Amount(_toward_zero(wallet * closed, held))


def average_entry_e20(
    held: Qty, entry_e20: int, added: Qty, price: Price, significant_digits: int
) -> int:
    """Entry price after adding, at 20 decimals; all quantities unsigned.

    ``significant_digits`` > 0 keeps that many, half up (13 before 2026, recorded in 54 of 57
    rows); 0 keeps the quotient as far as 20 decimals go.
    """
    if not held:
        return price * _E12
    average = _half_up(held * entry_e20 + added * price * _E12, held + added)
    surplus = len(str(average)) - significant_digits
    if significant_digits and surplus > 0:
        average = _half_up(average, 10**surplus) * 10**surplus
    return average


def entry_cut(entry_e20: int) -> Price:
    """The entry price the engine prices with, T8 (22 of 23 isolated liquidation prices)."""
    return Price(entry_e20 // _E12)


def break_even_e20(cost: Amount, net_fees: Amount, quantity: Qty) -> int:
    """Break-even price at 20 decimals, half up: ``(cost + side * net_fees) / |quantity|``.

    ``cost`` is unsigned, ``net_fees`` fees paid less profit realized since flat, ``quantity``
    signed (recorded in 50 of 50 rows).
    """
    numerator = cost + net_fees if quantity > 0 else cost - net_fees
    return _half_up(numerator * ENTRY_SCALE, abs(quantity))


def liquidation_price(equity_e16: int, slope_e16: int) -> Price:
    """``equity / slope``, H8 (recorded in 25 of 26 isolated rows)."""
    if slope_e16 < 0:
        equity_e16, slope_e16 = -equity_e16, -slope_e16
    return Price(_half_up(equity_e16 * _E8, slope_e16))


def open_loss(quantity: Qty, adverse: Price) -> Amount:
    """What an order loses at once against the mark, T8; ``adverse`` is unsigned."""
    return Amount(quantity * adverse // _E8)


def price_band(mark: Price, multiplier: Rate) -> Price:
    """Bound of a price band around the mark, T8 (recorded bound text; direction our choice)."""
    return Price(mark * multiplier // _E8)


def average_price(quote: Amount, executed: Qty) -> Price:
    """Average fill price of an order, T8."""
    return Price(quote * _E8 // executed) if executed else Price(0)


def raised(price: Price, rate: Rate) -> Price:
    """``price * (1 + rate)``, T8; used for assumed prices of market orders."""
    return Price(price * (_E8 + rate) // _E8)


def lowered(price: Price, rate: Rate) -> Price:
    """``price * (1 - rate)``, T8."""
    return Price(price * (_E8 - rate) // _E8)


def percent_change(change: Price, opening: Price) -> int:
    """``change / opening`` in percent at 3 decimals (an integer of 1e-3), half up."""
    return _half_up(change * 100_000, opening) if opening else 0


def street_steps(value: Amount, price: Price, step: Qty) -> int:
    """How many whole quantity steps a value buys at a price, cut (our choice)."""
    return value * _E8 // (price * step)


def premium_price(index: Price, rate: Rate, left_ms: int, interval_ms: int) -> Price:
    """``index * (1 + rate * left / interval)``, T8: the funding leg of a mark price (page)."""
    premium = _toward_zero(index * rate * left_ms, _E8 * interval_ms)
    return Price(index + premium)


def basis_price(index: Price, doubled_basis: int, samples: int) -> Price:
    """``index`` plus the mean basis, T8: the book leg of a mark price (page).

    ``doubled_basis`` is the sum over the samples of bid + ask - 2 * index.
    """
    return Price(index + _toward_zero(doubled_basis, 2 * samples))
