"""Single values of a specification, read strictly and with a path for the error."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from perpbox import money
from perpbox.engine.symbol import PositionControl
from perpbox.specs.errors import SpecError

WHOLE_MAX = 2**63 - 1
CONTROL_SIDES: Final = tuple(control.value for control in PositionControl)
_PLAIN = re.compile(r"\d+(\.\d+)?", re.ASCII)


def decimal_text(value: object, path: str) -> str:
    """Return the text of a decimal given as string or number: ``"0.10"`` stays ``"0.10"``.

    A number is read by its text; exponents are written out.
    """
    text = _text(value, path)
    number = _parsed(text, path)
    return text if _PLAIN.fullmatch(text) else money.plain(number)


def scaled(value: object, path: str) -> int:
    """Return a decimal, 0 or more, as an integer at scale 1e-8."""
    return _parsed(_text(value, path), path)


def scaled_above_zero(value: object, path: str) -> int:
    """Return a decimal above 0 as an integer at scale 1e-8."""
    number = scaled(value, path)
    if number == 0:
        raise SpecError(path, "is 0; give a number above 0")
    return number


def whole(value: object, path: str) -> int:
    """Return a whole number, 0 or more, given as number or string of digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        number = value
    else:
        shifted = scaled(value, path)
        if shifted % money.SCALE:
            raise SpecError(path, f"{value} is not a whole number")
        number = shifted // money.SCALE
    if not 0 <= number <= WHOLE_MAX:
        raise SpecError(path, f"{_shown(number)} is outside 0..{WHOLE_MAX}")
    return number


def precision(value: object, path: str) -> int:
    """Return a number of decimals: 0 to 8."""
    number = whole(value, path)
    if number > money.PLACES:
        raise SpecError(path, f"{number} decimals; 8 is the most")
    return number


def word(value: object, path: str) -> str:
    """Return a non-empty string."""
    if not isinstance(value, str) or not value:
        raise SpecError(path, f"{_shown(value)} is not a text; give a non-empty string")
    return value


def control_side(value: object, path: str) -> str:
    """Return which sides of a contract are under position risk control."""
    text = word(value, path)
    if text not in CONTROL_SIDES:
        raise SpecError(path, f"{_shown(value)} is not one of {', '.join(CONTROL_SIDES)}")
    return text


def words(value: object, path: str) -> list[str]:
    """Return a list of strings."""
    return [word(entry, f"{path}[{n}]") for n, entry in enumerate(entries(value, path))]


def entries(value: object, path: str) -> Sequence[object]:
    """Return a list."""
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        raise SpecError(path, f"{_shown(value)} is not a list")
    return value


def table(value: object, path: str) -> Mapping[str, object]:
    """Return an object: names to values."""
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise SpecError(path, f"{_shown(value)} is not an object")
    return value


def _text(value: object, path: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise SpecError(path, f"{_shown(value)} is not a decimal; give a string or a number")
    return str(value)


def _parsed(text: str, path: str) -> int:
    try:
        number = money.parse(text)
    except money.TooManyDecimals:
        raise SpecError(path, f"{_shown(text)} has more than 8 decimals; cut it") from None
    except money.NotADecimal:
        raise SpecError(path, f"{_shown(text)} is not a decimal number") from None
    if number < 0:
        raise SpecError(path, f"{text} is below 0; give 0 or more")
    return number


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."
