"""One contract: the row that the exchange information prints, and the engine's ``Instrument``."""

from collections.abc import Callable, Mapping
from typing import Final

from perpbox import money
from perpbox.engine.symbol import Bracket, Instrument, PositionControl
from perpbox.money import Amount, Price, Qty, Rate
from perpbox.specs import fields
from perpbox.specs.errors import SpecError
from perpbox.specs.shipped import Row

Reader = Callable[[object, str], object]
Filters = dict[str, Row]

ROW_READERS: Final[Mapping[str, Reader]] = {
    "pair": fields.word,
    "contractType": fields.word,
    "deliveryDate": fields.whole,
    "onboardDate": fields.whole,
    "status": fields.word,
    "maintMarginPercent": fields.decimal_text,
    "requiredMarginPercent": fields.decimal_text,
    "baseAsset": fields.word,
    "quoteAsset": fields.word,
    "marginAsset": fields.word,
    "pricePrecision": fields.precision,
    "quantityPrecision": fields.precision,
    "baseAssetPrecision": fields.precision,
    "quotePrecision": fields.precision,
    "underlyingType": fields.word,
    "underlyingSubType": fields.words,
    "triggerProtect": fields.decimal_text,
    "liquidationFee": fields.decimal_text,
    "marketTakeBound": fields.decimal_text,
    "maxMoveOrderLimit": fields.whole,
    "orderTypes": fields.words,
    "timeInForce": fields.words,
    "permissionSets": fields.words,
}
"""Every key of a row but ``symbol`` and ``filters``, and how a user's value is read."""

FILTER_READERS: Final[Mapping[str, Mapping[str, Reader]]] = {
    "PRICE_FILTER": {
        "minPrice": fields.decimal_text,
        "maxPrice": fields.decimal_text,
        "tickSize": fields.decimal_text,
    },
    "LOT_SIZE": {
        "minQty": fields.decimal_text,
        "maxQty": fields.decimal_text,
        "stepSize": fields.decimal_text,
    },
    "MARKET_LOT_SIZE": {
        "minQty": fields.decimal_text,
        "maxQty": fields.decimal_text,
        "stepSize": fields.decimal_text,
    },
    "MAX_NUM_ORDERS": {"limit": fields.whole},
    "MAX_NUM_ALGO_ORDERS": {"limit": fields.whole},
    "MIN_NOTIONAL": {"notional": fields.decimal_text},
    "PERCENT_PRICE": {
        "multiplierUp": fields.decimal_text,
        "multiplierDown": fields.decimal_text,
        "multiplierDecimal": fields.decimal_text,
    },
    "POSITION_RISK_CONTROL": {"positionControlSide": fields.control_side},
}
"""Filters in wire order. ``MAX_NUM_ALGO_ORDERS`` was printed before 2025-12-29 only."""

TRADFI: Final = "TRADIFI_PERPETUAL"
DATED: Final = ("CURRENT_QUARTER", "NEXT_QUARTER", "CURRENT_MONTH", "NEXT_MONTH")
RPI: Final = "RPI"
"""The permission of contracts that take orders for retail price improvement."""
KINDS: Final = ("PERPETUAL", TRADFI, *DATED)
NEVER_MS: Final = 4_133_404_800_000
"""Date of delivery of a perpetual contract whose end nobody has announced."""
OPTIONAL_FILTERS: Final = frozenset(("MAX_NUM_ALGO_ORDERS", "POSITION_RISK_CONTROL"))
DEFAULT_LEVERAGE: Final = 20


def filters_by_type(row: Row) -> Filters:
    """Return the filters of a row by ``filterType``."""
    listed = fields.entries(row["filters"], f"{row['symbol']}.filters")
    rows = (dict(fields.table(entry, f"{row['symbol']}.filters")) for entry in listed)
    return {str(filter_row["filterType"]): filter_row for filter_row in rows}


def filters_listed(filters: Filters) -> list[Row]:
    """Return filters as a row lists them: known ones in wire order, then the rest."""
    order = [kind for kind in FILTER_READERS if kind in filters]
    order += [kind for kind in filters if kind not in FILTER_READERS]
    return [filters[kind] for kind in order]


def instrument(
    row: Row,
    brackets: tuple[Bracket, ...],
    maker_fee: Rate,
    taker_fee: Rate,
    funding_interval_hours: int,
    funding_rate_cap: Rate,
    rpi_fee: Rate,
) -> Instrument:
    """Build the engine's view of a contract.

    Raises:
        SpecError: something is missing or two values cannot stand together.
    """
    symbol = str(row["symbol"])
    if row["contractType"] not in KINDS:
        raise SpecError(f"{symbol}.contractType", f"must be {' or '.join(KINDS)}")
    read = _Filters(symbol, filters_by_type(row))
    found = Instrument(
        symbol=symbol,
        margin_asset=fields.word(row["marginAsset"], f"{symbol}.marginAsset"),
        price_precision=fields.precision(row["pricePrecision"], f"{symbol}.pricePrecision"),
        quantity_precision=fields.precision(
            row["quantityPrecision"], f"{symbol}.quantityPrecision"
        ),
        tick_size=Price(read.above_zero("PRICE_FILTER", "tickSize")),
        min_price=Price(read.scaled("PRICE_FILTER", "minPrice")),
        max_price=Price(read.above_zero("PRICE_FILTER", "maxPrice")),
        step_size=Qty(read.above_zero("LOT_SIZE", "stepSize")),
        min_qty=Qty(read.scaled("LOT_SIZE", "minQty")),
        max_qty=Qty(read.above_zero("LOT_SIZE", "maxQty")),
        market_step_size=Qty(read.above_zero("MARKET_LOT_SIZE", "stepSize")),
        market_min_qty=Qty(read.scaled("MARKET_LOT_SIZE", "minQty")),
        market_max_qty=Qty(read.above_zero("MARKET_LOT_SIZE", "maxQty")),
        min_notional=Amount(read.scaled("MIN_NOTIONAL", "notional")),
        multiplier_up=Rate(read.above_zero("PERCENT_PRICE", "multiplierUp")),
        multiplier_down=Rate(read.scaled("PERCENT_PRICE", "multiplierDown")),
        market_take_bound=Rate(
            fields.scaled_above_zero(row["marketTakeBound"], f"{symbol}.marketTakeBound")
        ),
        max_num_orders=fields.whole(
            read.value("MAX_NUM_ORDERS", "limit"), read.path("MAX_NUM_ORDERS", "limit")
        ),
        maker_fee=maker_fee,
        taker_fee=taker_fee,
        brackets=brackets,
        funding_interval_hours=funding_interval_hours,
        funding_rate_cap=funding_rate_cap,
        default_leverage=min(DEFAULT_LEVERAGE, brackets[0].initial_leverage),
        liquidation_fee=Rate(fields.scaled(row["liquidationFee"], f"{symbol}.liquidationFee")),
        trigger_protect=Rate(fields.scaled(row["triggerProtect"], f"{symbol}.triggerProtect")),
        is_trading=row["status"] == "TRADING",
        is_tradfi=row["contractType"] == TRADFI,
        position_control=read.position_control(),
        delivery_ms=_delivery_ms(row, symbol),
        is_dated=row["contractType"] in DATED,
        takes_rpi=RPI in fields.words(row["permissionSets"], f"{symbol}.permissionSets"),
        rpi_fee=rpi_fee,
    )
    _check(found)
    return found


def _delivery_ms(row: Row, symbol: str) -> int:
    delivery_ms = fields.whole(row["deliveryDate"], f"{symbol}.deliveryDate")
    if delivery_ms == NEVER_MS and row["contractType"] in DATED:
        raise SpecError(f"{symbol}.deliveryDate", "missing; a dated contract needs it")
    return 0 if delivery_ms == NEVER_MS else delivery_ms


class _Filters:
    """Reads numbers out of the filters of one contract."""

    def __init__(self, symbol: str, filters: Filters) -> None:
        self._symbol = symbol
        self._filters = filters

    def path(self, kind: str, key: str) -> str:
        return f"{self._symbol}.filters.{kind}.{key}"

    def value(self, kind: str, key: str) -> object:
        found = self._filters.get(kind, {})
        if key not in found:
            raise SpecError(self.path(kind, key), "missing; a contract needs it")
        return found[key]

    def position_control(self) -> PositionControl:
        """Sides under risk control; none where the row has no such filter."""
        word = self._filters.get("POSITION_RISK_CONTROL", {}).get("positionControlSide", "NONE")
        return PositionControl(word)

    def scaled(self, kind: str, key: str) -> int:
        return fields.scaled(self.value(kind, key), self.path(kind, key))

    def above_zero(self, kind: str, key: str) -> int:
        return fields.scaled_above_zero(self.value(kind, key), self.path(kind, key))


def _check(found: Instrument) -> None:
    """Refuse values that cannot stand together."""
    filters = f"{found.symbol}.filters"
    for path, least, most in (
        ("PRICE_FILTER.maxPrice", found.min_price, found.max_price),
        ("LOT_SIZE.maxQty", found.min_qty, found.max_qty),
        ("MARKET_LOT_SIZE.maxQty", found.market_min_qty, found.market_max_qty),
        ("PERCENT_PRICE.multiplierUp", found.multiplier_down, found.multiplier_up),
    ):
        if most < least:
            problem = f"{money.plain(most)} is below its lower bound {money.plain(least)}; raise it"
            raise SpecError(f"{filters}.{path}", problem)
    for path, size, places in (
        ("PRICE_FILTER.tickSize", found.tick_size, found.price_precision),
        ("LOT_SIZE.stepSize", found.step_size, found.quantity_precision),
        ("MARKET_LOT_SIZE.stepSize", found.market_step_size, found.quantity_precision),
    ):
        if money.decimals(size) > places:
            problem = f"{money.plain(size)} needs more than the {places} decimals of its precision"
            raise SpecError(f"{filters}.{path}", f"{problem}; raise the precision")
