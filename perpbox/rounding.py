"""Every rounding decision of the exchange on one page.

Inputs and results are integers at scale 1e-8 unless a name says otherwise. Three ways occur:
**T8** toward zero at 8 decimals, **H8** half up at 8 decimals, **C8** away from zero at 8
decimals. Each function names the way it takes and the evidence for it; recorded rows of the
real venue decide, and a decision without a record is marked "our choice".
"""

from collections.abc import Sequence
from itertools import repeat
from operator import floordiv, mul
from typing import Final

from perpbox.money import SCALE, Amount, Price, Qty, Rate
from perpbox.units import as_amount, as_price, as_qty, as_rate

_E8: Final = SCALE
_E4: Final = 10**4
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
        return (numerator + (denominator >> 1)) // denominator
    return -((-numerator + (denominator >> 1)) // denominator)


def quote_value(price: Price, quantity: Qty) -> Amount:
    """Quote value of a fill, T8 (recorded: cumQuote and quoteQty never need more)."""
    return as_amount(price * quantity // _E8)


def quote_values(prices: Sequence[Price], quantities: Sequence[Qty]) -> list[int]:
    """The same of many fills, one by one."""
    return list(map(floordiv, map(mul, prices, quantities), repeat(_E8)))


def notional(quantity: Qty, mark: Price) -> Amount:
    """Signed value of a position at mark, T8 (recorded in 60 of 60 rows)."""
    product = quantity * mark
    return as_amount(product // _E8 if product >= 0 else -(-product // _E8))


def unrealized_profit(quantity: Qty, mark: Price, entry: Price) -> Amount:
    """``quantity * (mark - entry)`` with the entry cut to 8 decimals, T8 (58 of 62 rows)."""
    product = quantity * (mark - entry)
    return as_amount(product // _E8 if product >= 0 else -(-product // _E8))


def commission(price: Price, quantity: Qty, rate: Rate) -> Amount:
    """Fee of a fill, T8 (recorded in 11 of 12 fills); a rebate (negative rate) likewise."""
    return as_amount(_toward_zero(price * quantity * rate, _E16))


def margin_rate(leverage: int) -> Rate:
    """``1 / leverage`` rounded up at 8 decimals (recorded: 6 -> 0.16666667)."""
    return as_rate(-(-_E8 // leverage))


def initial_margin(value: Amount, rate: Rate, rounds_up: bool) -> Amount:
    """Initial margin of a notional: C8 since mid-2025 (19 of 20 rows), T8 before (19 of 20)."""
    product = value * rate
    return as_amount(-(-product // _E8) if rounds_up else product // _E8)


def maintenance_margin(value: Amount, rate: Rate, cum: Amount) -> Amount:
    """``value * rate - cum`` of an unsigned notional, T8 (recorded in 40 of 40 rows)."""
    product = value * rate - cum * _E8
    return as_amount(product // _E8 if product >= 0 else -(-product // _E8))


def cost_share(cost: Amount, closed: Qty, held: Qty) -> Amount:
    """Part of a signed cost that a close takes out, rounded down; the rest stays.

    Recorded on both sides: a long's two closes (AVAX, the second gets the remainder) and a
    short's (13 ARB bought back at 0.8086 realize -0.05514166).
    """
    return as_amount(cost * closed // held)


def isolated_share(wallet: Amount, closed: Qty, held: Qty) -> Amount:
    """Part of an isolated wallet that a close releases, T8 (our choice)."""
    return as_amount(_toward_zero(wallet * closed, held))


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
    return as_price(entry_e20 // _E12)


def break_even_e20(cost: Amount, net_fees: Amount, quantity: Qty) -> int:
    """Break-even price at 20 decimals, half up: ``(cost + side * net_fees) / |quantity|``.

    ``cost`` is unsigned, ``net_fees`` fees paid less profit realized since flat, ``quantity``
    signed (recorded in 50 of 50 rows).
    """
    numerator = cost + net_fees if quantity > 0 else cost - net_fees
    return _half_up(numerator * ENTRY_SCALE, abs(quantity))


def entry_pushed(entry_e20: int) -> Price:
    """The entry price as account events print it, H8 (recorded: 33.466 / 87 is 0.38466667)."""
    return as_price(_half_up(entry_e20, _E12))


def break_even_pushed_e20(price_e20: int) -> int:
    """The break-even price as account events print it: 13 significant digits, half up.

    Recorded: 0.3845974266667, and 2317.3 where position risk would print the raw double.
    """
    surplus = len(str(abs(price_e20))) - 13
    return _half_up(price_e20, 10**surplus) * 10**surplus if surplus > 0 else price_e20


def liquidation_price(equity_e16: int, slope_e16: int) -> Price:
    """``equity / slope``, H8 (recorded in 25 of 26 isolated rows)."""
    if slope_e16 < 0:
        equity_e16, slope_e16 = -equity_e16, -slope_e16
    return as_price(_half_up(equity_e16 * _E8, slope_e16))


def open_loss(quantity: Qty, adverse: Price) -> Amount:
    """What an order loses at once against the mark, T8; ``adverse`` is unsigned."""
    return as_amount(quantity * adverse // _E8)


def price_band(mark: Price, multiplier: Rate) -> Price:
    """Bound of a price band around the mark, T8 (recorded bound text; direction our choice)."""
    return as_price(mark * multiplier // _E8)


def average_price(quote: Amount, executed: Qty) -> Price:
    """Average fill price of an order, T8."""
    return as_price(quote * _E8 // executed) if executed else as_price(0)


def raised(price: Price, rate: Rate) -> Price:
    """``price * (1 + rate)``, T8; used for assumed prices of market orders."""
    return as_price(price * (_E8 + rate) // _E8)


def lowered(price: Price, rate: Rate) -> Price:
    """``price * (1 - rate)``, T8."""
    return as_price(price * (_E8 - rate) // _E8)


def rebound_up(low: Price, percent_e8: int) -> Price:
    """First price at or above ``low * (1 + percent / 100)``, C8 (never too early)."""
    return as_price(-(-low * (100 * _E8 + percent_e8) // (100 * _E8)))


def rebound_down(high: Price, percent_e8: int) -> Price:
    """First price at or below ``high * (1 - percent / 100)``, T8 (never too early)."""
    return as_price(high * (100 * _E8 - percent_e8) // (100 * _E8))


def percent_change(change: Price, opening: Price) -> int:
    """``change / opening`` in percent at 3 decimals (an integer of 1e-3), half up."""
    return _half_up(change * 100_000, opening) if opening else 0


def street_steps(value: Amount, price: Price, step: Qty) -> int:
    """How many whole quantity steps a value buys at a price, cut (our choice)."""
    return value * _E8 // (price * step)


def premium_price(index: Price, rate: Rate, left_ms: int, interval_ms: int) -> Price:
    """``index * (1 + rate * left / interval)``, T8: the funding leg of a mark price (page)."""
    premium = _toward_zero(index * rate * left_ms, _E8 * interval_ms)
    return as_price(index + premium)


def basis_price(index: Price, doubled_basis: int, samples: int) -> Price:
    """``index`` plus the mean basis, T8: the book leg of a mark price (page).

    ``doubled_basis`` is the sum over the samples of bid + ask - 2 * index.
    """
    return as_price(index + _toward_zero(doubled_basis, 2 * samples))


def scaled_notional(value: Amount, coefficient: Rate) -> Amount:
    """A bracket's cap, floor or cum times an account's notional coefficient, T8."""
    return as_amount(value * coefficient // _E8)


def collateral_value(amount: Amount, rate: Price) -> Amount:
    """An amount of an asset in US dollars at a conversion rate, T8 (recorded in 2 of 2 rows)."""
    return as_amount(_toward_zero(amount * rate, _E8))


def from_dollars(value: Amount, rate: Price) -> Amount:
    """US dollars as an amount of an asset at a conversion rate, T8 (recorded in 9 of 9 rows)."""
    return as_amount(_toward_zero(value * _E8, rate)) if rate else as_amount(0)


def equity_from_dollars(value_e16: int, rate: Price) -> Amount:
    """US dollars at 16 decimals as equity in a margin asset, H8 (our choice)."""
    return as_amount(_half_up(value_e16, rate)) if rate else as_amount(0)


def asset_bid_rate(index: Price, buffer: Rate) -> Price:
    """``index * (1 - buffer)``, T8 (recorded: 1.9295737 at 0.1 gives 1.73661633)."""
    return as_price(index * (_E8 - buffer) // _E8)


def asset_ask_rate(index: Price, buffer: Rate) -> Price:
    """``index * (1 + buffer)``, T8 (page: 1.9295737 at 0.05 gives 2.02605238)."""
    return as_price(index * (_E8 + buffer) // _E8)


def shortfall(dollars: Amount, rate: Price) -> Amount:
    """What an account lacks in US dollars as an amount of an asset, C8: all of it (our choice)."""
    return Amount(_away_from_zero(dollars * _E8, rate)) if rate else Amount(0)


def dollars_for_debt(debt: Amount, rate: Price) -> Amount:
    """What it costs in US dollars to pay a debt by automatic exchange, C8 (our choice)."""
    return Amount(_away_from_zero(debt * rate, _E8))


def share_of_debt(wallet: Amount, needed: Amount, worth: Amount) -> Amount:
    """Part of a wallet that pays for a debt, C8: never too little (our choice).

    ``needed`` of the ``worth`` of all wallets goes, of each the same share (page).
    """
    return Amount(min(wallet, _away_from_zero(wallet * needed, worth)))


def conversion_ratio(from_index: Price, to_index: Price) -> Price:
    """What one unit of an asset gives of another, T8 (our choice)."""
    return as_price(_toward_zero(from_index * SCALE, to_index))


def converted(amount: Amount, from_index: Price, to_index: Price) -> Amount:
    """An amount of one asset as an amount of another, T8: never too much (our choice)."""
    return as_amount(_toward_zero(amount * from_index, to_index))


def needed_to_convert(amount: Amount, from_index: Price, to_index: Price) -> Amount:
    """What has to be given to get an amount of another asset, C8: never too little (our choice)."""
    return as_amount(_away_from_zero(amount * to_index, from_index))


def asset_index(price: Price, quote_index: Price) -> Price:
    """Dollar index of an asset from its price in another one, T8 (our choice)."""
    return as_price(price * quote_index // _E8)


def discounted(commission_in_quote: Amount, factor: Rate) -> Amount:
    """A commission in quote after the discount for paying it in another asset, T8."""
    return as_amount(_toward_zero(commission_in_quote * factor, _E8))


def commission_in_asset(commission_in_quote: Amount, price: Price) -> Amount:
    """A commission in quote as an amount of the asset it is paid in, T8 (our choice)."""
    return as_amount(_toward_zero(commission_in_quote * _E8, price))


def ratio_e8(part: Amount, whole: Amount) -> Rate:
    """``part / whole`` of two amounts that are not negative, T8; 0 without a whole."""
    return as_rate(part * _E8 // whole) if whole > 0 else as_rate(0)


def fifth(rank: int, count: int) -> int:
    """Which fifth of ``count`` a rank from 0 falls into, 0 to 4 (equal fifths: our choice)."""
    return 5 * rank // count


def cost_of_entry(
    quantity: Qty, entry_e20: int, *, digits: int = 13, was_reduced: bool = False
) -> Amount:
    """Signed cost of a position of which only the entry price is known (our choice).

    ``digits`` of the entry are good, so half up gives back the sum of the fills: 65457 at
    0.4281605481461 cost 28026.105. After a close the cost is what ``cost_share`` left, which
    rounds up, unless an amount of 8 decimals is as near as the digits tell.
    """
    product = quantity * entry_e20
    nearest = _half_up(product, ENTRY_SCALE)
    if was_reduced:
        doubt = abs(quantity) * 10 ** max(0, len(str(entry_e20)) - digits)
        if abs(product - nearest * ENTRY_SCALE) > doubt:
            return as_amount(-(-product // ENTRY_SCALE))
    return as_amount(nearest)


def entry_read_e20(entry_e40: int) -> int:
    """An entry price read from a text, cut to the 20 decimals it is kept at."""
    return _toward_zero(entry_e40, ENTRY_SCALE)


def in_proportion(value: Price, moved_to: Price, moved_from: Price) -> Price:
    """A price that moves with another one, T8 (our choice)."""
    return as_price(value * moved_to // moved_from)


def percent_of(part: Amount, whole: Amount) -> int:
    """``part / whole`` in percent at 2 decimals (an integer of 1e-2), half up; for people."""
    return _half_up(part * 10_000, whole)


def base_value(quote: Amount, price: Price) -> int:
    """Base quantity that a quote amount buys at a price, T8 (impact prices only)."""
    return quote * _E8 // price


def impact_price(quote: Amount, base: int) -> Price:
    """Average price of a quote amount over a base quantity, T8 (our choice)."""
    return as_price(quote * _E8 // base)


def premium_index(difference: int, index: Price) -> Rate:
    """Premium of the impact prices over the index as a rate, T8 (rounding our choice)."""
    return as_rate(_toward_zero(difference * _E8, index))


def triangle(count: int) -> int:
    """``1 + 2 + … + count``: the weights of that many premium samples."""
    return count * (count + 1) // 2


def average_premium(weighted: int, weights: int) -> Rate:
    """Weighted average of premium samples, T8; 0 without samples (rounding our choice)."""
    return as_rate(_toward_zero(weighted, weights)) if weights else as_rate(0)


def funding_rate(premium: Rate, interest: Rate, damper: Rate, hours: int, cap: Rate) -> Rate:
    """``[P + clamp(I - P, -damper, damper)] / (8 / hours)`` within the cap, T8.

    Page for the formula; a cap of 0 is none; the rounding is our choice.
    """
    damped = premium + max(-damper, min(damper, interest - premium))
    rate = _toward_zero(damped * hours, 8)
    return as_rate(max(-cap, min(cap, rate)) if cap else rate)


def funding_fee(value: Amount, rate: Rate) -> Amount:
    """What a signed notional pays at a funding rate, T8 both ways (our choice)."""
    return as_amount(_toward_zero(value * rate, _E8))


def share_of_surplus(surplus: Amount, count: int) -> int:
    """An equal share of a scope's surplus for each of its symbols, T8 (never too wide)."""
    return surplus // count


def band_width(share: int, slope_e16: int) -> Price:
    """How far a price may move before a share is lost at most, T8 (never too wide)."""
    return as_price(share * _E16 // slope_e16)


def share_of_balance(balance: Amount, ratio: Rate) -> Amount:
    """A ratio of a margin balance, T8."""
    return as_amount(_toward_zero(balance * ratio, _E8))


def bankruptcy_price(entry: Price, equity: Amount, quantity: Qty, precision: int) -> Price:
    """``entry - equity / quantity`` (signed quantity), half up at the price precision.

    One recorded order shows the precision; the direction is our choice.
    """
    unit = 10 ** (8 - precision)
    numerator = entry * abs(quantity) - (equity if quantity > 0 else -equity) * _E8
    return as_price(_half_up(numerator, abs(quantity) * unit) * unit)


def mean_price(total: int, count: int) -> Price:
    """The average of price samples, T8 (our choice)."""
    return Price(_toward_zero(total, count))


def settlement_price(mean: Price, precision: int, tick: Price) -> Price:
    """An average index as the price of a delivery: half up at the price precision (our choice).

    The documented example has no more decimals than the contract's prices. At least one tick.
    """
    unit = 10 ** (8 - precision)
    return Price(max(tick, _half_up(mean, unit) * unit))


def stepped_up(quantity: int, step: Qty) -> Qty:
    """A quantity rounded up to the step (what a liquidation closes at least)."""
    return as_qty(-(-quantity // step) * step)


def share_e4(part: int, whole: int) -> Rate:
    """A share or a rate cut at 4 decimals, at scale 1e-8.

    Of five documented ratios two cannot follow from the numbers beside them; of the other three
    one fits either way and two fit the cut alone. Weak evidence: a recording may overrule it.
    """
    return as_rate(_toward_zero(part * _E4, whole) * _E4)


def side_ratio(part: int, other: int) -> Rate:
    """One side over the other, cut at 4 decimals; 10000 with nobody there (our choice)."""
    return share_e4(part, other) if other else as_rate(_E4 * _E8)


def equal_weight(count: int) -> Rate:
    """Each one's share in a basket of equal values, T8 (our choice)."""
    return as_rate(_E8 // count)


def basket_quantity(index: Price, count: int, price: Price) -> Qty:
    """How much of an asset stands in an index of ``count`` equal values, T8 (our choice)."""
    return as_qty(index * _E8 // (count * price))
