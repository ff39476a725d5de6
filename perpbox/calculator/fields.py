"""Single values of an account file, read strictly and with a path for the error.

Decimals are JSON strings: a JSON number has gone through somebody's binary float, and its last
digits may be gone. Numbers are kept by their text, so that brackets can be read from either.
"""

import json
import re
from collections.abc import Collection, Mapping
from typing import Final, NoReturn

from perpbox import money, rounding
from perpbox.calculator.errors import AccountFileError, shown

DOCUMENT: Final = "account file"
"""The path of the whole document in an error."""
WHOLE_MAX: Final = 2**63 - 1
MAGNITUDE_MAX: Final = 10**15 * money.SCALE
"""Largest price, quantity or amount that is taken, at scale 1e-8."""
_ENTRY_PLACES: Final = 20
_READ_PLACES: Final = 40
_NAME: Final = re.compile(r"\w{1,40}")
_DIGITS: Final = re.compile(r"\d{1,19}", re.ASCII)


class NumberText(str):
    """The text of a JSON number with a decimal point or an exponent."""

    __slots__ = ()


class JsonObject(dict[str, object]):
    """A JSON object that remembers a name given twice."""

    __slots__ = ("twice",)

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        names = [name for name, _ in pairs] if len(pairs) != len(self) else []
        self.twice = next((name for name in names if names.count(name) > 1), None)


def read_json(content: bytes) -> object:
    """The JSON value of a file; no number of it has become a float.

    Raises:
        AccountFileError: it is not JSON.
    """
    if not content.strip():
        raise AccountFileError(DOCUMENT, "is empty; write one JSON object")
    try:
        found: object = json.loads(
            content,
            parse_float=NumberText,
            parse_constant=_refuse_constant,
            object_pairs_hook=JsonObject,
        )
    except json.JSONDecodeError as problem:
        place = f"line {problem.lineno} column {problem.colno}"
        raise AccountFileError(DOCUMENT, f"not JSON at {place}: {problem.msg}") from None
    except UnicodeDecodeError:
        raise AccountFileError(DOCUMENT, "not JSON: not UTF-8 text; save it as UTF-8") from None
    except RecursionError:
        raise AccountFileError(DOCUMENT, "nested too deeply; it has four levels") from None
    except AccountFileError:
        raise
    except ValueError:
        raise AccountFileError(DOCUMENT, "not JSON: a number has too many digits") from None
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise AccountFileError(DOCUMENT, f"{name} is not a number; give a decimal")


def table(value: object, path: str) -> Mapping[str, object]:
    """An object, each name once."""
    if not isinstance(value, JsonObject):
        raise AccountFileError(path, f"{_kind(value)}, not an object; write {{...}}")
    if value.twice is not None:
        raise AccountFileError(path, f"{shown(value.twice)} is given twice; keep one")
    return value


def below(path: str, name: str) -> str:
    """The path of a name inside an object; names that are none are quoted and cut."""
    if not _NAME.fullmatch(name):
        return f"{path}[{shown(name)}]"
    return f"{path}.{name}" if path else name


def known(row: Mapping[str, object], keys: Collection[str], path: str) -> None:
    """Refuse names that mean nothing here."""
    for name in row:
        if name not in keys:
            raise AccountFileError(below(path, name), f"unknown; there are {', '.join(keys)}")


def entries(value: object, path: str, most: int) -> list[object]:
    """A list of bounded length."""
    if not isinstance(value, list):
        raise AccountFileError(path, f"{_kind(value)}, not a list; write [...]")
    if len(value) > most:
        raise AccountFileError(path, f"has {len(value)} entries; {most} at most")
    return value


def required(row: Mapping[str, object], name: str, path: str, why: str) -> object:
    """A value that must be there."""
    if name not in row:
        raise AccountFileError(below(path, name), f"missing; {why}")
    return row[name]


def decimal(value: object, path: str, *, signed: bool = False) -> int:
    """A decimal written as a string, as an integer at scale 1e-8; not below 0 unless signed."""
    text = _decimal_text(value, path)
    try:
        number = money.parse(text)
    except money.TooManyDecimals:
        raise AccountFileError(path, f"{shown(text)} has more than 8 decimals; cut it") from None
    except money.NotADecimal:
        raise _not_a_decimal(path, text) from None
    return _bounded(number, number, path, text, signed=signed)


def above_zero(value: object, path: str) -> int:
    """A decimal above 0, at scale 1e-8."""
    number = decimal(value, path)
    if not number:
        raise AccountFileError(path, "is 0; give a number above 0")
    return number


def entry_price(value: object, path: str) -> int:
    """An entry price as printed, up to 17 significant digits, at 20 decimals."""
    text = _decimal_text(value, path)
    try:
        number = rounding.entry_read_e20(money.parse(text, _READ_PLACES))
    except (money.NotADecimal, money.TooManyDecimals):
        raise _not_a_decimal(path, text) from None
    return _bounded(number, int(rounding.entry_cut(number)), path, text, signed=False)


def _decimal_text(value: object, path: str) -> str:
    if isinstance(value, str) and not isinstance(value, NumberText):
        return value
    if isinstance(value, bool) or not isinstance(value, int | NumberText):
        raise AccountFileError(path, f'{_kind(value)}, not a decimal; write it as "1.5"')
    number = shown(int(value)) if isinstance(value, int) else str(value)[:40]
    raise AccountFileError(path, f'{number} is a number; write it as a string: "{number}"')


def _not_a_decimal(path: str, text: str) -> AccountFileError:
    return AccountFileError(path, f'{shown(text)} is not a decimal number; write it as "1.5"')


def _bounded(number: int, magnitude: int, path: str, text: str, *, signed: bool) -> int:
    if number < 0 and not signed:
        raise AccountFileError(path, f"{text} is below 0; give 0 or more")
    if abs(magnitude) > MAGNITUDE_MAX:
        most = money.plain(MAGNITUDE_MAX)
        raise AccountFileError(path, f"{shown(text)} is larger than {most}; check it")
    return number


def whole(value: object, path: str, low: int, high: int) -> int:
    """A whole number between bounds, as a JSON number or as a string of digits."""
    if isinstance(value, str) and not isinstance(value, NumberText) and _DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise AccountFileError(path, f"{_kind(value)}, not a whole number; give {low} to {high}")
    if not low <= value <= high:
        raise AccountFileError(path, f"{shown(value)} is outside {low} to {high}")
    return value


def flag(value: object, path: str) -> bool:
    """A truth value."""
    if not isinstance(value, bool):
        raise AccountFileError(path, f"{_kind(value)}; write true or false without quotes")
    return value


def flag_or_false(row: Mapping[str, object], name: str, path: str) -> bool:
    """A truth value that may be left out."""
    return name in row and flag(row[name], below(path, name))


def decimal_or_zero(
    row: Mapping[str, object], name: str, path: str, *, signed: bool = False
) -> int:
    """A decimal that may be left out, at scale 1e-8."""
    return decimal(row[name], f"{path}.{name}", signed=signed) if name in row else 0


def whole_or_zero(row: Mapping[str, object], name: str, path: str, low: int, high: int) -> int:
    """A whole number that may be left out."""
    if name not in row:
        return 0
    return whole(row[name], below(path, name), low, high)


def choice(value: object, path: str, words: Collection[str], named: str = "") -> str:
    """One of a few words, in any case; ``named`` is how a message lists them."""
    found = value.upper() if isinstance(value, str) else ""
    if found not in words:
        raise AccountFileError(path, f"{_kind(value)}; write {named or ' or '.join(words)}")
    return found


def text(value: object, path: str) -> str:
    """A text."""
    if not isinstance(value, str) or isinstance(value, NumberText):
        raise AccountFileError(path, f"{_kind(value)}, not a text; write it in quotes")
    return value


def name(value: object, path: str) -> str:
    """The name of a contract or an asset: capital letters, digits, underscores."""
    found = text(value, path)
    if not _NAME.fullmatch(found) or found != found.upper():
        raise AccountFileError(path, f"{shown(found)} is not a name such as BTCUSDT or USDT")
    return found


def _kind(value: object) -> str:
    """What was found, in a few words."""
    if isinstance(value, NumberText):
        return f"{str(value)[:40]} is a number"
    if isinstance(value, str):
        return f"{shown(value)} is a text"
    if isinstance(value, bool):
        return f"{str(value).lower()} is a truth value"
    if value is None:
        return "is null"
    if isinstance(value, int):
        return f"{shown(value)} is a number"
    return "is a list" if isinstance(value, list) else "is an object"
