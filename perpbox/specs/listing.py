"""The catalogue: every contract that a box serves, with all that is said about it."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache

import msgspec

from perpbox import money
from perpbox.engine.symbol import Bracket, Instrument, MarginAsset
from perpbox.money import Amount, Price, Rate
from perpbox.specs import brackets, contract, shipped
from perpbox.specs.errors import SpecError
from perpbox.specs.overlay import Change, changes
from perpbox.specs.shipped import Row

FUNDING_INTERVAL_HOURS = 8
REFERENCE_TICKS = 10_000
"""Reference price, in ticks, of a contract for which nobody gave one."""
NEW_CONTRACT_KEYS = (
    "baseAsset",
    "quoteAsset",
    "marginAsset",
    "pricePrecision",
    "quantityPrecision",
    "triggerProtect",
    "liquidationFee",
    "marketTakeBound",
)
"""Keys that a contract which is not shipped must give; its filters and brackets besides."""
NOTHING = Change()


class Commission(msgspec.Struct, frozen=True):
    """Fee rates of a contract for a trader at level 0."""

    maker: Rate
    taker: Rate
    rpi: Rate


class FundingInfo(msgspec.Struct, frozen=True):
    """Funding terms of a contract.

    ``cap_text`` and ``floor_text`` are printed as they stand. ``is_listed``: the venue lists the
    contract among those with adjusted terms.
    """

    interval_hours: int
    cap: Rate
    floor: Rate
    cap_text: str
    floor_text: str
    is_listed: bool
    disclaimer: bool
    updated_ms: int | None


class Catalogue:
    """Contracts by symbol, in the order of the exchange information.

    ``left_out``: contracts of an answer as it came that cannot be served, with the reason.
    """

    def __init__(self, symbols: Sequence[str] | None, changes: Mapping[str, Change]) -> None:
        self._changes = changes
        self._rows: dict[str, Row] = {}
        self.instruments: dict[str, Instrument] = {}
        self.left_out: dict[str, str] = {}
        shipped_symbols = shipped.instruments().contracts
        known = dict.fromkeys((*shipped_symbols, *changes))
        if symbols is not None:
            for symbol in symbols:
                if symbol not in known:
                    raise SpecError(symbol, f"no such contract among the {len(known)} known")
            known = {symbol: None for symbol in known if symbol in symbols}
        else:
            # A board must not change with the calendar: dated contracts are there when asked for.
            known = {each: None for each in known if each in changes or not shipped.is_dated(each)}
        for symbol in known:
            try:
                self.instruments[symbol] = self._instrument(symbol)
            except SpecError as problem:
                is_extra = self._change(symbol).is_answer and symbol not in shipped_symbols
                if symbols is not None or not is_extra:
                    raise
                self.left_out[symbol] = str(problem)

    def row(self, symbol: str) -> Row:
        """Return the exchange-information row, keys and filters in wire order. Do not change it."""
        found = self._rows.get(symbol)
        if found is None:
            found = self._rows[symbol] = _merged(symbol, self._change(symbol))
        return found

    @property
    def assets(self) -> list[Row]:
        """Margin assets, as the exchange information prints them."""
        return shipped.assets().assets

    @property
    def rate_limits(self) -> list[Row]:
        """Rate limits, as the exchange information prints them."""
        return shipped.assets().rate_limits

    @property
    def margin_assets(self) -> tuple[MarginAsset, ...]:
        """Margin assets with their collateral terms, in the order in which they are printed."""
        return _margin_assets()

    @property
    def fee_tiers(self) -> tuple[tuple[Rate, Rate], ...]:
        """(maker, taker) by fee tier, 0 first."""
        return _fee_tiers()

    def reference_price(self, symbol: str) -> Price:
        """Return the price at which a simulated market starts, on the tick grid."""
        instrument = self.instruments[symbol]
        price = self._change(symbol).reference_price
        if price is None and symbol in shipped.prices().contracts:
            price = Price(money.parse(shipped.prices().contracts[symbol]))
        if price is None and self.row(symbol)["pair"] in shipped.prices().contracts:
            price = Price(money.parse(shipped.prices().contracts[str(self.row(symbol)["pair"])]))
        if price is None:
            price = Price(instrument.tick_size * REFERENCE_TICKS)
        bounded = min(max(price, instrument.min_price), instrument.max_price)
        return Price(bounded - bounded % instrument.tick_size or instrument.tick_size)

    def commission(self, symbol: str) -> Commission:
        """Return the default fee rates of a contract."""
        return _commission(self.row(symbol), self._change(symbol))

    def funding_info(self, symbol: str) -> FundingInfo:
        """Return the funding terms of a contract.

        Where nothing is listed the cap is 0.75 of the maintenance margin rate of bracket 1.
        """
        return _funding_info(symbol, self._change(symbol), self.instruments[symbol].brackets)

    def _change(self, symbol: str) -> Change:
        return self._changes.get(symbol, NOTHING)

    def _instrument(self, symbol: str) -> Instrument:
        change = self._changes.get(symbol)
        return _shipped_instrument(symbol) if change is None else _instrument(symbol, change)


@cache
def _margin_assets() -> tuple[MarginAsset, ...]:
    terms = shipped.collateral().assets
    rows = shipped.assets().assets
    thresholds = {str(row["asset"]): str(row["autoAssetExchange"]) for row in rows}
    return tuple(
        _margin_asset(asset, terms[asset], threshold)
        for asset, threshold in thresholds.items()
        if asset in terms
    )


@cache
def _fee_tiers() -> tuple[tuple[Rate, Rate], ...]:
    tiers = shipped.fee_tiers().tiers
    return tuple((Rate(money.parse(maker)), Rate(money.parse(taker))) for maker, taker in tiers)


def _margin_asset(asset: str, terms: tuple[str, str, str, str, str], threshold: str) -> MarginAsset:
    bid, ask, exchange_bid, exchange_ask, index = (money.parse(text) for text in terms)
    return MarginAsset(
        asset,
        Rate(bid),
        Rate(ask),
        Rate(exchange_bid),
        Rate(exchange_ask),
        Price(index),
        exchange_threshold=Amount(money.parse(threshold)),
    )


@cache
def _shipped_instrument(symbol: str) -> Instrument:
    return _instrument(symbol, NOTHING)


def _instrument(symbol: str, change: Change) -> Instrument:
    row, steps = _merged(symbol, change), _brackets(symbol, change)
    fees, funding = _commission(row, change), _funding_info(symbol, change, steps)
    return contract.instrument(
        row, steps, fees.maker, fees.taker, funding.interval_hours, funding.cap, fees.rpi
    )


def _commission(row: Row, change: Change) -> Commission:
    group = "TRADIFI" if row["contractType"] == "TRADIFI_PERPETUAL" else str(row["marginAsset"])
    groups = shipped.commissions().groups
    maker, taker, rpi = groups.get(group, groups["USDT"])
    return Commission(
        maker=Rate(money.parse(change.maker_fee or maker)),
        taker=Rate(money.parse(change.taker_fee or taker)),
        rpi=Rate(money.parse(change.rpi_fee or rpi)),
    )


def _funding_info(symbol: str, change: Change, steps: tuple[Bracket, ...]) -> FundingInfo:
    listed = shipped.funding().contracts.get(symbol)
    cap_text, hours, disclaimer, updated_ms = listed or ("", FUNDING_INTERVAL_HOURS, False, None)
    if change.funding_rate_cap is not None:
        cap_text = money.fixed(change.funding_rate_cap)
    elif listed is None:
        # Exact, nothing is rounded: printed rates have no more than 6 decimals.
        cap_text = money.fixed(steps[0].maint_margin_rate * 3 // 4)
    cap = Rate(money.parse(cap_text))
    is_adjusted = change.funding_rate_cap is not None or change.funding_interval_hours is not None
    return FundingInfo(
        interval_hours=change.funding_interval_hours or hours,
        cap=cap,
        floor=Rate(-cap),
        cap_text=cap_text,
        floor_text=f"-{cap_text}" if cap else cap_text,
        is_listed=listed is not None or is_adjusted,
        disclaimer=disclaimer,
        updated_ms=updated_ms,
    )


def _brackets(symbol: str, change: Change) -> tuple[Bracket, ...]:
    if change.brackets is not None:
        return change.brackets
    rows = shipped.bracket_rows(symbol)
    if rows is None:
        raise SpecError(f"{symbol}.brackets", "missing; a contract needs them")
    return brackets.read(rows, f"{symbol}.brackets")


def _merged(symbol: str, change: Change) -> Row:
    """Lay a change over the shipped row; a contract that is not shipped must be complete."""
    row = shipped.row(symbol)
    if row is None:
        missing = [f"{symbol}.{key}" for key in NEW_CONTRACT_KEYS if key not in change.row]
        if missing:
            problem = f"is not shipped and lacks {', '.join(missing)}; give them"
            raise SpecError(symbol, problem)
        row = shipped.template(symbol)
        row["filters"] = [{"filterType": "POSITION_RISK_CONTROL", "positionControlSide": "NONE"}]
    filters = contract.filters_by_type(row)
    for kind, keys in change.filters.items():
        filters[kind] = {**filters.get(kind, {}), **keys}
    row.update(change.row)
    if row["contractType"] in contract.DATED and "pair" not in change.row:
        row["pair"] = symbol.partition("_")[0]
    row["filters"] = contract.filters_listed(filters)
    return row


def catalogue(
    symbols: Iterable[str] | None = None,
    overlay: Mapping[str, object] | Sequence[object] | None = None,
) -> Catalogue:
    """Put the shipped specifications together, a document of the user's own on top.

    ``symbols``: the contracts to serve, by default all that are not dated. ``overlay``: see
    ``perpbox.specs.overlay``; as ``read_document`` returns it, or written in Python.

    Raises:
        SpecError: an unknown symbol, or a document that cannot be used.
    """
    wanted = None if symbols is None else tuple(symbols)
    return Catalogue(wanted, {} if overlay is None else changes(overlay))
