"""How values of settings are read, whatever layer they come from; a bad one is a ``ValueError``."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn, TypeVar

from perpbox import money
from perpbox.lab.wishes import Grant
from perpbox.money import Amount

TRUE: Final = ("on", "true", "yes", "1")
FALSE: Final = ("off", "false", "no", "0")
TOKEN_LENGTH_MIN: Final = 16
BOUND_MAX: Final = 2**48
"""Largest value of a bound that a table may set."""

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,128}", re.ASCII)
_GRANT: Final = re.compile(r"([0-9.]+)([A-Z0-9]{2,20})", re.ASCII)
Bounds = TypeVar("Bounds")


def bad(expected: str, value: object) -> NoReturn:
    """Refuse a value.

    Raises:
        ValueError: always, with what was expected.
    """
    raise ValueError(f"must be {expected}, not {str(value)[:60]!r}")


def text_of(value: object, expected: str) -> str:
    """Take a text."""
    return value if isinstance(value, str) else bad(expected, value)


def whole(value: object, low: int, high: int) -> int:
    """Read a whole number within bounds, from a number or its digits."""
    expected = f"a whole number from {low} to {high}"
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,20}", value, re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        bad(expected, value)
    return value


def switch(value: object) -> bool:
    """Read on or off, and their like."""
    if isinstance(value, bool):
        return value
    text = str(value).lower()
    if text in TRUE or text in FALSE:
        return text in TRUE
    bad("on or off", value)


def one_of(names: tuple[str, ...], value: object) -> str:
    """Take one of these words."""
    return value if isinstance(value, str) and value in names else bad(" or ".join(names), value)


def items(value: object) -> list[object]:
    """Give the parts of a list, or of a text with commas."""
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return list(value) if isinstance(value, (list, tuple)) else [value]


def amount_of(text: str) -> Amount:
    """Read a decimal with 8 decimals at most."""
    try:
        return Amount(money.parse(text))
    except (money.NotADecimal, money.TooManyDecimals):
        bad("a decimal amount with 8 decimals at most", text)


def token_of(value: object) -> str:
    """Read the operator token from the file that is named."""
    path = Path(text_of(value, "the path of a file"))
    try:
        token = path.read_text("ascii").strip()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        bad("a file of ASCII text", value)
    if len(token) < TOKEN_LENGTH_MIN or not token.isprintable() or " " in token:
        raise ValueError(f"{path} must hold a token of at least {TOKEN_LENGTH_MIN} letters")
    return token


def grant_of(value: object) -> Grant:
    """Read ``KEY:SECRET:100000USDT``; more wallets follow a plus sign. Never quotes the secret."""
    parts = str(value).split(":")
    if len(parts) != 3 or not all(_KEY.fullmatch(part) for part in parts[:2]):
        raise ValueError(
            "must be KEY:SECRET:100000USDT, key and secret of 8 to 128 letters and digits"
        )
    wallets: dict[str, Amount] = {}
    for wallet in parts[2].split("+"):
        match = _GRANT.fullmatch(wallet)
        if match is None:
            bad("an amount and an asset such as 100000USDT", wallet)
        wallets[match[2]] = amount_of(match[1])
    return Grant(parts[0], parts[1], wallets)


def table(defaults: Bounds, value: object) -> Bounds:
    """Lay a table of whole numbers, at least 1, over bounds (a dataclass or a struct)."""
    if not isinstance(value, Mapping):
        bad("a table of bounds", value)
    known = {name: getattr(defaults, name) for name in sorted(type(defaults).__annotations__)}
    for name, number in value.items():
        if name not in known:
            raise ValueError(f"there is no bound {name!r}; there are {', '.join(known)}")
        try:
            known[name] = whole(number, 1, BOUND_MAX)
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None
    return type(defaults)(**known)
