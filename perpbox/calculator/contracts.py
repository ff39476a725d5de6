"""The contract behind a symbol of an account file: shipped, changed by the file, or its own."""

from collections.abc import Iterable, Mapping

import msgspec

from perpbox import money
from perpbox.calculator import fields
from perpbox.calculator.errors import AccountFileError
from perpbox.engine.symbol import Bracket, Instrument
from perpbox.money import PLACES, SCALE, Amount, Price, Qty
from perpbox.specs import SpecError, brackets, catalogue

UNKNOWN_DEFAULT_LEVERAGE = 20
_FALLBACK_ASSET = "USDT"
_OPEN_END = 10**15 * SCALE


def contract(
    symbol: str,
    row: Mapping[str, object],
    path: str,
    quantities: Iterable[object],
    prices: Iterable[object],
) -> Instrument:
    """The contract of a symbol.

    ``quantities`` and ``prices`` are what the file writes for it elsewhere: a contract that is
    not shipped has as many decimals as are written, unless the file says how many.

    Raises:
        AccountFileError: the symbol is not shipped and has no brackets, or a value is wrong.
    """
    shipped = _shipped(symbol)
    steps = _brackets(row, path)
    quantity_precision = _precision(row, "quantityPrecision", path)
    price_precision = _precision(row, "pricePrecision", path)
    asset = _margin_asset(row, path)
    if shipped is not None:
        return msgspec.structs.replace(
            shipped,
            brackets=steps or shipped.brackets,
            quantity_precision=_or(quantity_precision, shipped.quantity_precision),
            price_precision=_or(price_precision, shipped.price_precision),
            margin_asset=asset or shipped.margin_asset,
        )
    if steps is None:
        problem = "is no contract that perpbox knows; correct the name, or give its brackets"
        raise AccountFileError(path, f"{problem} (and quantityPrecision, pricePrecision)")
    return own_contract(
        symbol,
        steps,
        asset or _asset_of(symbol),
        _or(quantity_precision, _written(quantities)),
        _or(price_precision, _written(prices)),
    )


def own_contract(
    symbol: str,
    steps: tuple[Bracket, ...],
    margin_asset: str,
    quantity_precision: int,
    price_precision: int,
) -> Instrument:
    """A contract of which nothing is known but what risk depends on."""
    step, tick = 10 ** (PLACES - quantity_precision), 10 ** (PLACES - price_precision)
    usual = catalogue(("BTCUSDT",)).instruments["BTCUSDT"]
    return Instrument(
        symbol=symbol,
        margin_asset=margin_asset,
        price_precision=price_precision,
        quantity_precision=quantity_precision,
        tick_size=Price(tick),
        min_price=Price(0),
        max_price=Price(_OPEN_END),
        step_size=Qty(step),
        min_qty=Qty(step),
        max_qty=Qty(_OPEN_END),
        market_step_size=Qty(step),
        market_min_qty=Qty(step),
        market_max_qty=Qty(_OPEN_END),
        min_notional=Amount(0),
        multiplier_up=usual.multiplier_up,
        multiplier_down=usual.multiplier_down,
        market_take_bound=usual.market_take_bound,
        max_num_orders=usual.max_num_orders,
        maker_fee=usual.maker_fee,
        taker_fee=usual.taker_fee,
        brackets=steps,
        default_leverage=UNKNOWN_DEFAULT_LEVERAGE,
    )


def _or(given: int | None, default: int) -> int:
    return default if given is None else given


def _shipped(symbol: str) -> Instrument | None:
    try:
        return catalogue((symbol,)).instruments[symbol]
    except SpecError:
        return None


def _brackets(row: Mapping[str, object], path: str) -> tuple[Bracket, ...] | None:
    if "brackets" not in row:
        return None
    path = f"{path}.brackets"
    for place, entry in enumerate(fields.entries(row["brackets"], path, brackets.BRACKETS_MAX)):
        fields.table(entry, f"{path}[{place}]")
    try:
        return brackets.read(row["brackets"], path)
    except SpecError as error:
        raise AccountFileError(error.path, error.problem) from None


def _precision(row: Mapping[str, object], name: str, path: str) -> int | None:
    return fields.whole(row[name], f"{path}.{name}", 0, PLACES) if name in row else None


def _margin_asset(row: Mapping[str, object], path: str) -> str | None:
    return fields.name(row["marginAsset"], f"{path}.marginAsset") if "marginAsset" in row else None


def _asset_of(symbol: str) -> str:
    """The asset that a symbol's name ends with, the longest that is known."""
    known = [str(row["asset"]) for row in catalogue(()).assets]
    ending = [asset for asset in known if symbol.partition("_")[0].endswith(asset)]
    return max(ending, key=len, default=_FALLBACK_ASSET)


def _written(texts: Iterable[object]) -> int:
    """Most decimals that a file writes for one kind of number; 8 at most."""
    most = 0
    for text in texts:
        if isinstance(text, str):
            try:
                needed = money.decimals(money.parse(text))
            except money.TooManyDecimals:
                return PLACES
            except money.NotADecimal:
                continue
            most = max(most, len(text.partition(".")[2]) if "e" not in text.lower() else needed)
    return min(most, PLACES)
