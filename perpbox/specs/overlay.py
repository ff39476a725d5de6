"""A user's document over the shipped specifications.

Accepted forms:

- ``{"BTCUSDT": [bracket rows]}``;
- ``{"BTCUSDT": {"brackets"?, "filters"?, any key of an exchange-information row, ...}}``;
- an answer of the exchange information as it came: ``{"symbols": [rows], ...}``;
- an answer of the leverage brackets as it came: ``[{"symbol", "brackets"}]`` or one such object.

An answer as it came may hold contracts that cannot be served and keys that are not known: the
first are left out, the second kept as they are. A document in the first two forms is the user's
own, so a name that is not known is an error.
"""

from collections.abc import Mapping

import msgspec

from perpbox import money
from perpbox.engine.symbol import Bracket
from perpbox.money import Price, Rate
from perpbox.specs import brackets, fields
from perpbox.specs.contract import FILTER_READERS, ROW_READERS, Filters
from perpbox.specs.document import DOCUMENT
from perpbox.specs.errors import SpecError
from perpbox.specs.shipped import Row

SYMBOL_LENGTH_MAX = 40
FUNDING_HOURS = (1, 2, 4, 8)
OWN_KEYS = (
    "note",
    "brackets",
    "notionalCoef",
    "filters",
    "makerCommissionRate",
    "takerCommissionRate",
    "rpiCommissionRate",
    "fundingIntervalHours",
    "adjustedFundingRateCap",
    "adjustedFundingRateFloor",
    "referencePrice",
)
"""What a specification may hold besides the keys of a row."""


class Change(msgspec.Struct, frozen=True):
    """What a document says of one contract; ``None`` or empty where it is silent."""

    row: Row = {}
    filters: Filters = {}
    brackets: tuple[Bracket, ...] | None = None
    maker_fee: str | None = None
    taker_fee: str | None = None
    rpi_fee: str | None = None
    funding_interval_hours: int | None = None
    funding_rate_cap: Rate | None = None
    reference_price: Price | None = None
    is_answer: bool = False
    """Part of an answer as it came: left out when it cannot be served."""


def changes(document: object) -> dict[str, Change]:
    """Read a document into changes by contract.

    Raises:
        SpecError: with the place in the document and what to change there.
    """
    if isinstance(document, list | tuple):
        return _from_brackets(document)
    table = fields.table(document, DOCUMENT)
    if isinstance(table.get("symbols"), list | tuple):
        return _from_exchange_info(table["symbols"])
    if isinstance(table.get("symbol"), str) and "brackets" in table:
        return _from_brackets([table])
    return {_symbol(name, DOCUMENT): _change(value, name) for name, value in table.items()}


def _from_brackets(answer: object) -> dict[str, Change]:
    found: dict[str, Change] = {}
    for place, entry in enumerate(fields.entries(answer, DOCUMENT)):
        row = fields.table(entry, f"[{place}]")
        symbol = _once(row, found, f"[{place}]")
        steps = brackets.read(row.get("brackets"), f"[{place}].brackets")
        if "notionalCoef" in row:
            steps = brackets.scale(steps, row["notionalCoef"], f"[{place}].notionalCoef")
        found[symbol] = Change(brackets=steps, is_answer=True)
    return found


def _from_exchange_info(answer: object) -> dict[str, Change]:
    found: dict[str, Change] = {}
    for place, entry in enumerate(fields.entries(answer, "symbols")):
        path = f"symbols[{place}]"
        row = fields.table(entry, path)
        symbol = _once(row, found, path)
        own = {name: value for name, value in row.items() if name not in ("symbol", "filters")}
        found[symbol] = Change(
            row={name: _row_value(name, value, path) for name, value in own.items()},
            filters=_filters(row.get("filters", []), f"{path}.filters", is_answer=True),
            is_answer=True,
        )
    return found


def _once(row: Mapping[str, object], found: Mapping[str, Change], path: str) -> str:
    symbol = _symbol(row.get("symbol"), f"{path}.symbol")
    if symbol in found:
        raise SpecError(f"{path}.symbol", f"{symbol} is listed twice; keep one")
    return symbol


def _symbol(name: object, path: str) -> str:
    symbol = fields.word(name, path)
    if len(symbol) > SYMBOL_LENGTH_MAX or symbol != symbol.upper() or not symbol.isprintable():
        raise SpecError(path, f"{symbol[:SYMBOL_LENGTH_MAX]!r} is not a symbol; use capitals")
    return symbol


def _change(value: object, symbol: str) -> Change:
    if isinstance(value, list | tuple):
        return Change(brackets=brackets.read(value, symbol))
    given = dict(fields.table(value, symbol))
    _check_names(given, symbol)
    steps = None
    if "brackets" in given:
        steps = brackets.read(given["brackets"], f"{symbol}.brackets")
    if "notionalCoef" in given:
        if steps is None:
            raise SpecError(f"{symbol}.notionalCoef", "stands without brackets; give both")
        steps = brackets.scale(steps, given["notionalCoef"], f"{symbol}.notionalCoef")
    return Change(
        row={name: _row_value(name, given[name], symbol) for name in given if name in ROW_READERS},
        filters=_filters(given.get("filters", []), f"{symbol}.filters", is_answer=False),
        brackets=steps,
        maker_fee=_fee(given, "makerCommissionRate", symbol),
        taker_fee=_fee(given, "takerCommissionRate", symbol),
        rpi_fee=_fee(given, "rpiCommissionRate", symbol),
        funding_interval_hours=_funding_hours(given, symbol),
        funding_rate_cap=_funding_cap(given, symbol),
        reference_price=_reference_price(given, symbol),
    )


def _check_names(given: Mapping[str, object], symbol: str) -> None:
    for name in given:
        if name not in ROW_READERS and name not in OWN_KEYS and name != "symbol":
            known = ", ".join((*OWN_KEYS, *ROW_READERS))
            raise SpecError(f"{symbol}.{name}", f"unknown; known are {known}")
    if given.get("symbol", symbol) != symbol:
        raise SpecError(f"{symbol}.symbol", "names another contract; make both the same")


def _row_value(name: str, value: object, path: str) -> object:
    reader = ROW_READERS.get(name)
    return value if reader is None else reader(value, f"{path}.{name}")


def _filters(value: object, path: str, *, is_answer: bool) -> Filters:
    found: Filters = {}
    for place, entry in enumerate(fields.entries(value, path)):
        at = f"{path}[{place}]"
        given = fields.table(entry, at)
        kind = fields.word(given.get("filterType"), f"{at}.filterType")
        if kind in found:
            raise SpecError(f"{at}.filterType", f"{kind} is listed twice; keep one")
        readers = FILTER_READERS.get(kind)
        if readers is None:
            if not is_answer:
                known = ", ".join(FILTER_READERS)
                raise SpecError(f"{at}.filterType", f"{kind!r} is unknown; known are {known}")
            readers = {}
        found[kind] = {"filterType": kind}
        for name, number in given.items():
            if name in readers:
                found[kind][name] = readers[name](number, f"{at}.{name}")
            elif is_answer:
                found[kind][name] = number
            elif name != "filterType":
                raise SpecError(f"{at}.{name}", f"unknown; {kind} has {', '.join(readers)}")
    return found


def _fee(given: Mapping[str, object], name: str, symbol: str) -> str | None:
    if name not in given:
        return None
    path = f"{symbol}.{name}"
    text = fields.decimal_text(given[name], path)
    if money.parse(text) > money.SCALE:
        raise SpecError(path, f"{text} is above 1; a rate of 0.0005 is 0.05 %")
    return text


def _funding_hours(given: Mapping[str, object], symbol: str) -> int | None:
    if "fundingIntervalHours" not in given:
        return None
    path = f"{symbol}.fundingIntervalHours"
    hours = fields.whole(given["fundingIntervalHours"], path)
    if hours not in FUNDING_HOURS:
        raise SpecError(path, f"{hours} is not one of {', '.join(map(str, FUNDING_HOURS))}")
    return hours


def _funding_cap(given: Mapping[str, object], symbol: str) -> Rate | None:
    cap_key, floor_key = "adjustedFundingRateCap", "adjustedFundingRateFloor"
    if cap_key not in given:
        if floor_key in given:
            raise SpecError(f"{symbol}.{floor_key}", f"stands without {cap_key}; give both")
        return None
    cap = fields.scaled(given[cap_key], f"{symbol}.{cap_key}")
    floor = str(given.get(floor_key, money.plain(-cap)))
    if not floor.startswith("-") and cap:
        raise SpecError(f"{symbol}.{floor_key}", f"must be {money.plain(-cap)}, the cap negated")
    if fields.scaled(floor.removeprefix("-"), f"{symbol}.{floor_key}") != cap:
        raise SpecError(f"{symbol}.{floor_key}", f"must be {money.plain(-cap)}, the cap negated")
    return Rate(cap)


def _reference_price(given: Mapping[str, object], symbol: str) -> Price | None:
    if "referencePrice" not in given:
        return None
    path = f"{symbol}.referencePrice"
    return Price(fields.scaled_above_zero(given["referencePrice"], path))
