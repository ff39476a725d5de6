"""Numbers that the venue prints from doubles, in Java's text form.

``Double.toString`` prints the shortest digits that read back as the same double: plain with at
least one decimal from 1e-3 up to 1e7, else scientific like ``2.771E-4`` and ``5.0E8``.
"""

from typing import Final

from perpbox.money import SCALE, Amount, Qty
from perpbox.rounding import ENTRY_SCALE, break_even_e20
from perpbox.wire.vintage import Vintage

_E12: Final = 10**12
_PLAIN_EXPONENT_MIN: Final = -3
_PLAIN_EXPONENT_MAX: Final = 6
_OLD_DECIMALS: Final = 5


def double_text(value: float) -> str:
    """Text of a double as Java prints it."""
    mantissa, _, exponent_text = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0").rstrip("0")
    if not digits:
        return "0.0"
    leading_zeros = len(whole + fraction) - len((whole + fraction).lstrip("0"))
    exponent = int(exponent_text or 0) + len(whole) - 1 - leading_zeros
    sign = "-" if value < 0 else ""
    if not _PLAIN_EXPONENT_MIN <= exponent <= _PLAIN_EXPONENT_MAX:
        return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent}"
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    padded = digits.ljust(exponent + 1, "0")
    return f"{sign}{padded[: exponent + 1]}.{padded[exponent + 1 :] or '0'}"


def entry_text(entry_e20: int, price_precision: int, vintage: Vintage) -> str:
    """Text of an entry price kept at 20 decimals.

    Before 2021-08 five decimals, cut. Then the double nearest to the kept value. Since 2026 an
    entry on the price grid is the double product ``integer price * 10**-precision`` (recorded:
    31320000 * 1e-5 prints 313.20000000000005).
    """
    if not vintage.entry_as_double:
        scaled = entry_e20 // 10 ** (20 - _OLD_DECIMALS)
        return f"{scaled // 10**_OLD_DECIMALS}.{scaled % 10**_OLD_DECIMALS:0{_OLD_DECIMALS}d}"
    grid = 10 ** (20 - price_precision)
    if vintage.entry_unrounded and entry_e20 % grid == 0:
        return double_text(entry_e20 // grid * float(f"1e-{price_precision}"))
    return double_text(entry_e20 / ENTRY_SCALE)


def break_even_text(cost: Amount, net_fees: Amount, quantity: Qty, vintage: Vintage) -> str:
    """Text of a break-even price; ``cost`` is unsigned, ``net_fees`` fees less realized profit.

    Before 2026 13 significant digits. Since then the raw double that binary arithmetic gives
    (recorded: a short of 15 for 5.925 with fees of 0.001185 prints 0.39492099999999997, where the
    exact quotient is 0.394921).
    """
    if not vintage.entry_unrounded:
        price_e20 = break_even_e20(cost, net_fees, quantity)
        return double_text(float(f"{price_e20 / ENTRY_SCALE:.13g}"))
    side = 1 if quantity > 0 else -1
    return double_text((cost / SCALE + side * (net_fees / SCALE)) / (abs(quantity) / SCALE))


def whole_double_text(value: int) -> str:
    """A scaled integer printed as a double: ``5.0E8``."""
    return double_text(value / SCALE)
