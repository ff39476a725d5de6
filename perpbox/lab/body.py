"""JSON bodies and queries of the lab: bounded, strict, numbers kept as they were written."""

import json
from collections.abc import Iterable, Sequence
from typing import Final, NoReturn, TypeAlias
from urllib.parse import parse_qsl

from perpbox import money
from perpbox.gateway.instant import InstantError, parse_instant
from perpbox.lab.errors import LabCode, LabError

BODY_BYTES_MAX: Final = 262_144
"""Enough for two sides of ``LEVELS_MAX`` levels."""
LEVELS_MAX: Final = 1_000
"""Levels a side that one request may set."""
WALLETS_MAX: Final = 20
VALUE_MAX: Final = 10**15 * money.SCALE
"""Largest price, quantity or amount the lab takes."""
QUERY_FIELDS_MAX: Final = 20
TEXT_LENGTH_MAX: Final = 10_000
ACCOUNT_ID_MAX: Final = 10**15

Level: TypeAlias = tuple[int, int]
"""Price and quantity at scale 1e-8."""


class NumberText(str):
    """A JSON number by its text, so that no float ever touches a price."""

    __slots__ = ()


class Fields:
    """The fields of one body or query, read by name and kind."""

    def __init__(self, values: dict[str, object]) -> None:
        self._values = values

    def with_text(self, name: str, text: str) -> "Fields":
        """These fields and one more."""
        return Fields({**self._values, name: text})

    def has(self, name: str) -> bool:
        """Tell whether the field is there, be it ``null``."""
        return name in self._values

    def is_null(self, name: str) -> bool:
        """Tell whether the field is there and ``null``."""
        return name in self._values and self._values[name] is None

    def texts(self, names: Iterable[str]) -> dict[str, str]:
        """Give those that are there as fapi's parameters are: lower-case name -> text."""
        found: dict[str, str] = {}
        for name in names:
            value = self._values.get(name)
            if isinstance(value, bool):
                found[name.lower()] = "true" if value else "false"
            elif isinstance(value, str) and len(value) <= TEXT_LENGTH_MAX:
                found[name.lower()] = str(value)
            elif value is not None:
                invalid(name, "a text, a number, true or false", value)
        return found

    def text(self, name: str) -> str:
        """Give a string that must be there."""
        value = self._required(name)
        if isinstance(value, NumberText) or not isinstance(value, str) or not value:
            invalid(name, "a string", value)
        if len(value) > TEXT_LENGTH_MAX:
            invalid(name, f"a string of at most {TEXT_LENGTH_MAX} letters", value)
        return value

    def number_text(self, name: str) -> str:
        """Give the text of a number that must be there, as JSON number or string."""
        value = self._required(name)
        return value if isinstance(value, str) else invalid(name, "a number", value)

    def flag(self, name: str) -> bool:
        """Give a boolean; ``False`` when it is not there."""
        value = self._values.get(name, False)
        return value if isinstance(value, bool) else invalid(name, "true or false", value)

    def decimal(self, name: str) -> int:
        """Give a number at scale 1e-8 that must be there, as JSON number or string."""
        return read_decimal(name, self._required(name))

    def whole(self, name: str, low: int, high: int) -> int:
        """Give a whole number that must be there, as JSON number or string."""
        value = self._required(name)
        expected = f"a whole number from {low} to {high}"
        if not isinstance(value, str) or len(value) > 20 or not value.lstrip("-").isdecimal():
            invalid(name, expected, value)
        number = int(value) if value.isascii() and value.rfind("-") <= 0 else low - 1
        return number if low <= number <= high else invalid(name, expected, value)

    def time_ms(self, name: str) -> int:
        """Give a time that must be there, in ms or ISO-8601."""
        value = self._required(name)
        if not isinstance(value, str):
            invalid(name, "a time in ms or ISO-8601", value)
        try:
            return parse_instant(value)
        except InstantError as error:
            raise LabError(LabCode.FIELD_INVALID, f"{name}: {error}") from None

    def wallets(self, name: str) -> dict[str, int]:
        """Give amounts by asset, at scale 1e-8."""
        expected = f'an object such as {{"USDT":"1000"}}, {WALLETS_MAX} assets'
        return self.decimals(name, expected, WALLETS_MAX)

    def decimals(self, name: str, expected: str, most: int) -> dict[str, int]:
        """Give numbers by name, at scale 1e-8: one at least, and not more than ``most``."""
        value = self._required(name)
        if not isinstance(value, dict) or not 0 < len(value) <= most:
            invalid(name, expected, value)
        return {key: read_decimal(f"{name}.{key}", number) for key, number in value.items()}

    def levels(self, name: str) -> list[Level]:
        """Give price levels, ``[[price, quantity], …]``; an absent side is empty."""
        value = self._values.get(name, [])
        if not isinstance(value, list) or len(value) > LEVELS_MAX:
            invalid(name, f"a list of at most {LEVELS_MAX} [price, quantity] pairs", value)
        return [_level(f"{name}[{at}]", pair) for at, pair in enumerate(value)]

    def _required(self, name: str) -> object:
        if self._values.get(name) is None:
            raise LabError(LabCode.FIELD_MISSING, f"{name} is missing")
        return self._values[name]


def read_fields(body: bytes, allowed: Sequence[str]) -> Fields:
    """Read a JSON object that has none but the allowed fields; an empty body is ``{}``."""
    if len(body) > BODY_BYTES_MAX:
        raise LabError(
            LabCode.BODY_TOO_LARGE, f"the body may have {BODY_BYTES_MAX} bytes, not {len(body)}"
        )
    values = _parse(body) if body.strip() else {}
    if not isinstance(values, dict):
        raise LabError(LabCode.BODY_UNREADABLE, "the body must be a JSON object")
    _check_names(values, allowed)
    return Fields(values)


def read_query(query: bytes, allowed: Sequence[str]) -> Fields:
    """Read a query string that has none but the allowed fields, each once."""
    if not query:
        return Fields({})
    try:
        pairs = parse_qsl(
            query.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=QUERY_FIELDS_MAX,
        )
    except ValueError:
        raise LabError(
            LabCode.QUERY_UNREADABLE,
            f"the query must be name=value pairs joined by &, at most {QUERY_FIELDS_MAX}, "
            "UTF-8 in percent-encoding",
        ) from None
    _check_names((name for name, _ in pairs), allowed)
    values: dict[str, object] = dict(pairs)
    if len(values) != len(pairs):
        raise LabError(LabCode.QUERY_UNREADABLE, "the query names a field twice")
    return Fields(values)


def _check_names(names: Iterable[str], allowed: Sequence[str]) -> None:
    for name in names:
        if name not in allowed:
            known = ", ".join(allowed) or "none"
            raise LabError(
                LabCode.FIELD_UNKNOWN,
                f"there is no field {name[:40]!r} here; there is: {known}",
            )


def read_decimal(name: str, value: object) -> int:
    """Read a decimal from a JSON number or string, exactly, at scale 1e-8."""
    if not isinstance(value, str):
        invalid(name, "a number or a decimal string", value)
    try:
        number = money.parse(value)
    except money.TooManyDecimals:
        invalid(name, "a number with at most 8 decimals", value)
    except money.NotADecimal:
        invalid(name, "a number or a decimal string", value)
    if abs(number) > VALUE_MAX:
        invalid(name, f"at most {money.plain(VALUE_MAX)}", value)
    return number


def invalid(name: str, expected: str, value: object) -> NoReturn:
    """Refuse a value, saying what is expected."""
    shown = value if isinstance(value, str) else json.dumps(value, default=str)
    raise LabError(LabCode.FIELD_INVALID, f"{name} must be {expected}, not {shown[:60]}")


def _level(name: str, pair: object) -> Level:
    if not isinstance(pair, list) or len(pair) != 2:
        invalid(name, "a [price, quantity] pair", pair)
    price = read_decimal(f"{name} price", pair[0])
    quantity = read_decimal(f"{name} quantity", pair[1])
    if price <= 0:
        invalid(f"{name} price", "above 0", pair[0])
    if quantity < 0:
        invalid(f"{name} quantity", "0 or more", pair[1])
    return price, quantity


def _parse(body: bytes) -> object:
    try:
        parsed: object = json.loads(
            body.decode(),
            parse_float=NumberText,
            parse_int=NumberText,
            parse_constant=_no_constant,
            object_pairs_hook=_object,
        )
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise LabError(LabCode.BODY_UNREADABLE, f"the body is not JSON: {error}") from None
    return parsed


def _no_constant(name: str) -> NoReturn:
    raise LabError(LabCode.BODY_UNREADABLE, f"the body is not JSON: {name} is not a number")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise LabError(LabCode.BODY_UNREADABLE, "the body names a field twice")
    return found
