"""The shipped data files. Each is read once, on first use; a contract is decoded when asked."""

from functools import cache
from pathlib import Path
from typing import TypeVar

import msgspec

INSTRUMENTS_FILE = "instruments-2026-09-15.json"
BRACKETS_FILE = "brackets-2026-09.json"
COMMISSIONS_FILE = "commissions-2026-08-08.json"
FUNDING_FILE = "funding-2026-10-07.json"
ASSETS_FILE = "assets-2026-10-07.json"
COLLATERAL_FILE = "collateral-2026-09.json"
FEE_TIERS_FILE = "fee-tiers-2026.json"
PRICES_FILE = "reference-prices-2026-09-15.json"

Contents = TypeVar("Contents")
Row = dict[str, object]


class Instruments(msgspec.Struct, frozen=True, rename="camel"):
    """``common`` names every key of a row in wire order, with the most frequent value."""

    common: Row
    filter_keys: dict[str, list[str]]
    contracts: dict[str, msgspec.Raw]


class Brackets(msgspec.Struct, frozen=True):
    """Bracket rows by contract; values in the order of ``columns``."""

    columns: list[str]
    contracts: dict[str, msgspec.Raw]


class Commissions(msgspec.Struct, frozen=True):
    """Maker, taker and retail-price-improvement rate by group of contracts."""

    groups: dict[str, tuple[str, str, str]]


class Funding(msgspec.Struct, frozen=True):
    """Contracts with a listed cap: cap text, hours, disclaimer, time of the last change."""

    contracts: dict[str, tuple[str, int, bool, int | None]]


class Assets(msgspec.Struct, frozen=True, rename="camel"):
    """Margin assets and rate limits, as the exchange information prints them."""

    assets: list[Row]
    rate_limits: list[Row]


class Collateral(msgspec.Struct, frozen=True):
    """Buffers and dollar index by margin asset, in the order of ``columns``."""

    columns: list[str]
    assets: dict[str, tuple[str, str, str, str, str]]


class FeeTiers(msgspec.Struct, frozen=True):
    """Maker and taker rate by fee tier, 0 first."""

    tiers: list[tuple[str, str]]


class Prices(msgspec.Struct, frozen=True):
    """Reference price texts by contract."""

    contracts: dict[str, str]


@cache
def instruments() -> Instruments:
    """Return the instrument file."""
    return _decoded(INSTRUMENTS_FILE, Instruments)


@cache
def brackets() -> Brackets:
    """Return the bracket file."""
    return _decoded(BRACKETS_FILE, Brackets)


@cache
def commissions() -> Commissions:
    """Return the commission file."""
    return _decoded(COMMISSIONS_FILE, Commissions)


@cache
def funding() -> Funding:
    """Return the funding file."""
    return _decoded(FUNDING_FILE, Funding)


@cache
def assets() -> Assets:
    """Return the assets and the rate limits."""
    return _decoded(ASSETS_FILE, Assets)


@cache
def collateral() -> Collateral:
    """Return the collateral terms."""
    return _decoded(COLLATERAL_FILE, Collateral)


@cache
def fee_tiers() -> FeeTiers:
    """Return the fee tiers."""
    return _decoded(FEE_TIERS_FILE, FeeTiers)


@cache
def prices() -> Prices:
    """Return the reference prices."""
    return _decoded(PRICES_FILE, Prices)


def row(symbol: str) -> Row | None:
    """Return a fresh exchange-information row in wire order, or ``None`` if not shipped."""
    source = instruments()
    raw = source.contracts.get(symbol)
    if raw is None:
        return None
    own = msgspec.json.decode(raw, type=Row)
    given = msgspec.convert(own["filters"], list[list[object]])
    filters: list[Row] = [
        {"filterType": kind, **dict(zip(keys, values, strict=True))}
        for (kind, keys), values in zip(source.filter_keys.items(), given, strict=True)
    ]
    found = template(symbol)
    found.update(own)
    found["filters"] = filters
    return found


def is_dated(symbol: str) -> bool:
    """Tell whether a shipped contract ends at a date of its own; their names carry it."""
    return "_" in symbol


def template(symbol: str) -> Row:
    """Return what contracts have in common, in wire order, for a contract of that name."""
    found = msgspec.json.decode(msgspec.json.encode(instruments().common), type=Row)
    found["symbol"] = found["pair"] = symbol
    return found


def bracket_rows(symbol: str) -> list[Row] | None:
    """Return the bracket rows of a contract by their names, or ``None`` if not known."""
    source = brackets()
    raw = source.contracts.get(symbol)
    if raw is None:
        return None
    rows = msgspec.json.decode(raw, type=list[list[str]])
    return [dict(zip(source.columns, values, strict=True)) for values in rows]


def _decoded(name: str, kind: type[Contents]) -> Contents:
    return msgspec.json.decode(Path(__file__).with_name(name).read_bytes(), type=kind)
