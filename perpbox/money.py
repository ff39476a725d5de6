"""Prices, quantities, amounts and rates: one integer representation, scale 1e-8.

Every value of the exchange is an ``int`` counted in units of 1e-8. There is no ambient
context and no silent rounding; the four ``NewType`` names let a strict type checker refuse
a quantity where a price belongs. This module turns text into such integers and back, and
never divides: rounding decisions live in ``perpbox.rounding``.
"""

import re
from typing import Final, NewType

Price = NewType("Price", int)
Qty = NewType("Qty", int)
Amount = NewType("Amount", int)
Rate = NewType("Rate", int)

PLACES: Final = 8
SCALE: Final = 10**PLACES
TEXT_LENGTH_MAX: Final = 40
"""Longest decimal text accepted; no price, quantity or balance needs more."""
EXPONENT_MAX: Final = 20

_DECIMAL = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2}))?", re.ASCII)
_POWERS = tuple(10**n for n in range(PLACES + 1))
_ZEROS: Final = ("0", *("0." + "0" * places for places in range(1, PLACES + 1)))


class NotADecimal(ValueError):
    """The text is not a plain decimal number (``NaN``, empty, letters, too long)."""


class TooManyDecimals(ValueError):
    """The number needs more decimals than there are to be (8)."""


def parse(text: str, places: int = PLACES) -> int:
    """Read a decimal number, exactly, as an integer of that many decimals (8).

    ``"1.5"`` -> ``150000000``. Trailing zeros beyond ``places`` are allowed, digits are not.

    Raises:
        NotADecimal: the text is not a decimal number or is longer than ``TEXT_LENGTH_MAX``.
        TooManyDecimals: a digit other than 0 stands beyond the last decimal.
    """
    if len(text) > TEXT_LENGTH_MAX:
        raise NotADecimal(text[:TEXT_LENGTH_MAX])
    whole, _, fraction = text.partition(".")
    digits = whole + fraction
    if digits.isdigit() and digits.isascii() and len(fraction) <= places:
        # As nearly every number is written: digits, perhaps with a point among them.
        plain_value: int = int(digits) * 10 ** (places - len(fraction))
        return plain_value
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise NotADecimal(text)
    sign, whole, fraction, exponent = match.groups()
    digits = whole + (fraction or "")
    if not digits:
        raise NotADecimal(text)
    shift = places - len(fraction or "")
    if exponent is not None:
        power = int(exponent)
        if abs(power) > EXPONENT_MAX:
            raise NotADecimal(text)
        shift += power
    value: int = int(digits)
    if shift >= 0:
        value *= int(10**shift)
    else:
        value, rest = divmod(value, int(10**-shift))
        if rest:
            raise TooManyDecimals(text)
    return -value if sign == "-" else value


def fixed(value: int, places: int = PLACES) -> str:
    """Print with exactly ``places`` decimals (0..8); digits beyond are cut, never rounded."""
    if not value:
        return _ZEROS[places]
    if value < 0:
        text = fixed(-value, places)
        return text if text == _ZEROS[places] else f"-{text}"
    digits = str(value).rjust(PLACES + 1, "0")
    if places == PLACES:
        return f"{digits[:-PLACES]}.{digits[-PLACES:]}"
    if not places:
        return digits[:-PLACES]
    return f"{digits[:-PLACES]}.{digits[-PLACES : places - PLACES]}"


def plain(value: int) -> str:
    """Print without trailing zeros: ``"0.1"``, ``"291"``, ``"0"``."""
    text = fixed(value)
    return text.rstrip("0").rstrip(".")


def decimals(value: int) -> int:
    """Number of decimals the value really needs (0..8)."""
    for places in range(PLACES):
        if value % _POWERS[PLACES - places] == 0:
            return places
    return PLACES
