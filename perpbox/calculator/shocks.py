"""Shocks: a market move, more margin or a fill, as the command line writes them."""

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from perpbox import money
from perpbox.calculator.document import OrderTerms
from perpbox.calculator.errors import ShockError
from perpbox.calculator.fields import MAGNITUDE_MAX
from perpbox.engine.types import PositionSide, Side
from perpbox.money import SCALE, Amount, Price, Qty, Rate

MOVE: Final = "--move"
ADD_MARGIN: Final = "--add-margin"
FILL: Final = "--fill"
SHOCKS_MAX: Final = 1_000
_MOVE_FORM: Final = "write BTCUSDT=-10% or BTCUSDT=54000"
_MARGIN_FORM: Final = "write BTCUSDT=10, or BTCUSDT:LONG=10 in hedge mode"
_FILL_FORM: Final = 'write "BUY 0.01 BTCUSDT @ 60000", then LONG or SHORT in hedge mode, then maker'
_FILL: Final = re.compile(r"(BUY|SELL)\s+(\S+)\s+(\S+)\s*@\s*(\S+)((?:\s+[A-Z]+)*)\s*")
_SIDES: Final = ("BOTH", "LONG", "SHORT")
_ROLES: Final = ("MAKER", "TAKER")


class Move(msgspec.Struct, frozen=True, tag=True):
    """A contract's price goes by a share of itself (``change``) or to a price."""

    text: str
    symbol: str
    change: Rate = Rate(0)
    price: Price | None = None


class AddMargin(msgspec.Struct, frozen=True, tag=True):
    """Margin added to an isolated leg; taken out when negative."""

    text: str
    symbol: str
    side: PositionSide
    amount: Amount


class Fill(msgspec.Struct, frozen=True, tag=True):
    """An order of the account that fills at a price."""

    text: str
    terms: OrderTerms
    is_maker: bool


Shock = Move | AddMargin | Fill


def read_shocks(given: Sequence[tuple[str, str]]) -> list[Shock]:
    """Read options (``--move``, ``--add-margin``, ``--fill``; text) in their order.

    Raises:
        ShockError: a text cannot be read.
    """
    found: list[Shock] = []
    for option, text in given:
        if option == FILL:
            found.append(_fill(text))
            continue
        read = _move if option == MOVE else _add_margin
        parts = [part.strip() for part in text.split(",")]
        if not all(parts):
            raise ShockError(option, text, _MOVE_FORM if option == MOVE else _MARGIN_FORM)
        found += [read(part) for part in parts]
    if len(found) > SHOCKS_MAX:
        raise ShockError(found[-1].text, "", f"is shock {len(found)}; {SHOCKS_MAX} at most")
    return found


def _number(option: str, text: str, number: str) -> int:
    try:
        found = money.parse(number)
    except money.TooManyDecimals:
        raise ShockError(option, text, f"{number[:40]} has more than 8 decimals; cut it") from None
    except money.NotADecimal:
        raise ShockError(option, text, f"{number[:40]!r} is not a decimal number") from None
    if abs(found) > MAGNITUDE_MAX:
        raise ShockError(option, text, f"{number[:40]} is too large; check it")
    return found


def _move(text: str) -> Move:
    symbol, equals, value = (part.strip() for part in text.partition("="))
    if not (symbol and equals and value):
        raise ShockError(MOVE, text, _MOVE_FORM)
    if not value.endswith("%"):
        price = _number(MOVE, text, value)
        if price <= 0:
            raise ShockError(MOVE, text, "a price is above 0")
        return Move(text, symbol.upper(), price=Price(price))
    change = _number(MOVE, text, f"{value[:-1].strip()}e-2")
    if change <= -SCALE:
        raise ShockError(MOVE, text, "a price cannot fall by 100 % or more")
    return Move(text, symbol.upper(), change=Rate(change))


def _add_margin(text: str) -> AddMargin:
    where, equals, value = (part.strip() for part in text.partition("="))
    symbol, colon, word = (part.strip() for part in where.partition(":"))
    side = word.upper() if colon else "BOTH"
    if not (symbol and equals and value) or side not in _SIDES:
        raise ShockError(ADD_MARGIN, text, _MARGIN_FORM)
    amount = Amount(_number(ADD_MARGIN, text, value))
    return AddMargin(text, symbol.upper(), PositionSide[side], amount)


def _fill(text: str) -> Fill:
    match = _FILL.fullmatch(text.strip().upper())
    if match is None:
        raise ShockError(FILL, text, _FILL_FORM)
    side, quantity, symbol, price, rest = match.groups()
    words = rest.split()
    sides = [word for word in words if word in _SIDES]
    roles = [word for word in words if word in _ROLES]
    if len(sides) > 1 or len(roles) > 1 or len(sides) + len(roles) != len(words):
        raise ShockError(FILL, text, _FILL_FORM)
    numbers = [_number(FILL, text, number) for number in (quantity, price)]
    if min(numbers) <= 0:
        raise ShockError(FILL, text, "quantity and price are above 0")
    terms = OrderTerms(
        symbol=symbol,
        side=Side[side],
        position_side=PositionSide[sides[0]] if sides else PositionSide.BOTH,
        price=Price(numbers[1]),
        quantity=Qty(numbers[0]),
    )
    return Fill(text, terms, roles == ["MAKER"])
