"""Number texts that follow the venue's habits rather than a scale."""

from perpbox.money import Rate, fixed, plain


def rate_text(rate: Rate) -> str:
    """A commission rate: six decimals, zero as ``0`` (recorded)."""
    return fixed(rate, 6) if rate else "0"


def decimal_number(value: int) -> str:
    """A JSON number that always shows a decimal point: ``0.0``, ``830.0``, ``0.0065``."""
    text = plain(value)
    return text if "." in text else f"{text}.0"
