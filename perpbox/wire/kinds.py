"""Kinds of parameters: how one text becomes one value, and what is wrong when it does not.

A kind does not know the name of its parameter: it raises one of the three exceptions below,
which the parameter turns into an error that names it, or a ``WireError`` that names nothing.
"""

import json
import re
from collections.abc import Mapping
from enum import Enum
from typing import Final, Protocol

from perpbox.money import NotADecimal, TooManyDecimals, parse
from perpbox.wire.errors import wire_error

INVALID: Final = -1130
LONG_MAX: Final = 2**63 - 1
LONG_DIGITS_MAX: Final = 19
DECIMAL_MAX: Final = 10**15 * 10**8
"""Prices, quantities and amounts stay below 1e15 units."""
SYMBOL_LENGTH_MAX: Final = 64
CLIENT_ORDER_ID: Final = r"^[.A-Z:/a-z0-9_-]{1,36}$"

_DIGITS = re.compile(r"-?\d{1,19}", re.ASCII)
_CLIENT_ORDER_ID = re.compile(CLIENT_ORDER_ID, re.ASCII)
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f]*")


class Malformed(ValueError):
    """The text is not of the parameter's form."""


class Unfit(ValueError):
    """The text has the right form, but the parameter cannot take this value."""


class IllegalCharacters(ValueError):
    """The text has characters outside the range named by the exception's argument."""


def _unfit(code: int, text: str) -> Exception:
    """The error for a value out of range: -1130 names the parameter, others print the value."""
    return Unfit(text) if code == INVALID else wire_error(code, text)


class Kind(Protocol):
    """How a text is read."""

    def read(self, text: str) -> object:
        """The value of a non-empty text."""
        ...

    def schema(self) -> dict[str, object]:
        """JSON schema of the parameter."""
        ...


class Symbol:
    """A contract on the board; lower case is accepted."""

    def read(self, text: str) -> str:
        """The symbol in upper case; whether it is on the board is checked by the table."""
        if len(text) > SYMBOL_LENGTH_MAX:
            raise wire_error(-1121)
        return text.upper()

    def schema(self) -> dict[str, object]:
        """A string."""
        return {"type": "string", "examples": ["BTCUSDT"]}


class Text:
    """Printable text up to a length."""

    def __init__(self, length_max: int = 64) -> None:
        self.length_max = length_max

    def read(self, text: str) -> str:
        """The text as sent."""
        if _PRINTABLE.fullmatch(text) is None:
            raise IllegalCharacters("printable text")
        if len(text) > self.length_max:
            raise Unfit(text[:32])
        return text

    def schema(self) -> dict[str, object]:
        """A bounded string."""
        return {"type": "string", "minLength": 1, "maxLength": self.length_max}


class ClientOrderId:
    """An id that the client gives to an order."""

    def read(self, text: str) -> str:
        """The id as sent."""
        if _CLIENT_ORDER_ID.fullmatch(text) is None:
            raise wire_error(-4015)
        return text

    def schema(self) -> dict[str, object]:
        """The pattern."""
        return {"type": "string", "pattern": CLIENT_ORDER_ID}


class Whole:
    """A whole number between bounds, inclusive. ``code`` is the error beyond them."""

    def __init__(
        self, low: int = 0, high: int = LONG_MAX, *, code: int = INVALID, clip: bool = False
    ) -> None:
        self.low = low
        self.high = high
        self.code = code
        self.clip = clip
        """Take a value above ``high`` as ``high``."""

    def read(self, text: str) -> int:
        """The number."""
        if _DIGITS.fullmatch(text) is None:
            raise Malformed(text[:32])
        value = int(text)
        if value > self.high and self.clip:
            return self.high
        if not self.low <= value <= self.high:
            raise _unfit(self.code, text)
        return value

    def schema(self) -> dict[str, object]:
        """An integer with bounds."""
        bounds: dict[str, object] = {"type": "integer", "minimum": self.low}
        if not self.clip and self.high != LONG_MAX:
            bounds["maximum"] = self.high
        return bounds


class OneOfWhole:
    """A whole number out of a short list."""

    def __init__(self, values: tuple[int, ...], *, code: int = INVALID) -> None:
        self.values = values
        self.code = code

    def read(self, text: str) -> int:
        """The number."""
        if _DIGITS.fullmatch(text) is None:
            raise Malformed(text[:32])
        value = int(text)
        if value not in self.values:
            raise _unfit(self.code, text)
        return value

    def schema(self) -> dict[str, object]:
        """An enumeration."""
        return {"type": "integer", "enum": list(self.values)}


class Decimal:
    """A price, quantity or amount, read exactly into units of 1e-8."""

    def read(self, text: str) -> int:
        """The number at scale 1e-8; its sign and fit to the contract are checked later."""
        try:
            value = parse(text)
        except NotADecimal:
            raise Malformed(text[:32]) from None
        except TooManyDecimals:
            raise wire_error(-1111) from None
        if not -DECIMAL_MAX < value < DECIMAL_MAX:
            raise Malformed(text[:32])
        return value

    def schema(self) -> dict[str, object]:
        """A decimal, sent as text."""
        return {"type": "string", "format": "decimal", "examples": ["0.001"]}


class Choice:
    """One word of a closed vocabulary; ``code`` is the error for any other."""

    def __init__(self, words: Mapping[str, Enum | str | int], *, code: int = INVALID) -> None:
        self.words = dict(words)
        self.code = code

    def read(self, text: str) -> Enum | str | int:
        """What the word stands for."""
        value = self.words.get(text)
        if value is None:
            raise _unfit(self.code, text[:32])
        return value

    def schema(self) -> dict[str, object]:
        """An enumeration."""
        return {"type": "string", "enum": list(self.words)}


class Flag:
    """``true`` or ``false`` as text, in any case."""

    def read(self, text: str) -> bool:
        """The truth value."""
        lower = text[:6].lower()
        if lower == "true":
            return True
        if lower == "false":
            return False
        raise Unfit(text[:32])

    def schema(self) -> dict[str, object]:
        """The two words."""
        return {"type": "string", "enum": ["true", "false"]}


class JsonList:
    """A JSON array in one parameter. Numbers keep the text they were written in."""

    def __init__(self, size_max: int, *, code: int) -> None:
        self.size_max = size_max
        self.code = code
        """Error for an empty or too long list."""

    def read(self, text: str) -> list[object]:
        """The elements; numbers as their text."""
        try:
            value: object = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
        except (ValueError, RecursionError):
            raise Malformed(text[:32]) from None
        if not isinstance(value, list):
            raise Malformed(text[:32])
        if not 1 <= len(value) <= self.size_max:
            raise wire_error(self.code)
        return value

    def schema(self) -> dict[str, object]:
        """JSON in a string."""
        return {
            "type": "string",
            "contentMediaType": "application/json",
            "description": f"JSON array of 1 to {self.size_max} elements",
        }
