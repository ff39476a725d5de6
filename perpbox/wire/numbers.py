"""Number texts that follow the venue's habits rather than a scale."""

from perpbox.money import SCALE, Amount, Rate, fixed, plain


def notional_cap_text(cap: Amount, leverage: int) -> str:
    """maxNotionalValue: an integer, but a Java double's text at leverage 1 (recorded)."""
    if leverage != 1:
        return plain(cap)
    if cap < 10_000_000 * SCALE:
        text = plain(cap)
        return text if "." in text else f"{text}.0"
    digits = plain(cap)
    whole, _, fraction = digits.partition(".")
    mantissa = (whole[1:] + fraction).rstrip("0") or "0"
    return f"{whole[0]}.{mantissa}E{len(whole) - 1}"


def rate_text(rate: Rate) -> str:
    """A commission rate: six decimals, zero as ``0`` (recorded)."""
    return fixed(rate, 6) if rate else "0"


def decimal_number(value: int) -> str:
    """A JSON number that always shows a decimal point: ``0.0``, ``830.0``, ``0.0065``."""
    text = plain(value)
    return text if "." in text else f"{text}.0"
