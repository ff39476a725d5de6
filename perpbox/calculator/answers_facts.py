"""What all saved answers together tell of an account: settings, brackets, wallets, orders."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

import msgspec

from perpbox.calculator.answers import CHECKED, Answer, Answers, AnswersError, Kind
from perpbox.calculator.check import number, printed_text
from perpbox.calculator.document import AssetTerms, OrderTerms
from perpbox.engine.symbol import Bracket, scaled_brackets
from perpbox.engine.types import PositionSide, Side
from perpbox.money import PLACES, NotADecimal, Price, Qty, Rate, TooManyDecimals, parse
from perpbox.specs import SpecError, brackets, catalogue
from perpbox.wire.vintage import NEWEST, Vintage

Row = Mapping[str, object]
Key = tuple[str, str]
"""Symbol and position side."""
DOLLAR_INDEX: Final = "USD"
RESTING: Final = frozenset(("LIMIT", ""))
"""Order types that rest in the book; the others wait for a trigger."""


AMOUNTS: Final = (
    *("positionAmt", "markPrice", "unRealizedProfit", "unrealizedProfit", "notional"),
    *("isolatedWallet", "isolatedMargin", "liquidationPrice", "initialMargin", "maintMargin"),
    *("positionInitialMargin", "openOrderInitialMargin", "bidNotional", "askNotional"),
    *("maxNotionalValue", "maxNotional"),
)
"""Fields of a position row that are decimals of at most 8 places."""


class Bad(AnswersError):
    """A value of an answer cannot be read."""


class Facts(msgspec.Struct, kw_only=True):
    """Inputs by symbol or leg, from whichever answer prints them."""

    vintage: Vintage
    hedge: bool
    precisions: Mapping[str, int]
    """Price decimals by symbol, where they are known."""
    tables: Mapping[str, tuple[tuple[Bracket, ...], ...]]
    """Saved brackets: as printed, and times notionalCoef where there is one."""
    settings: Mapping[str, Row]
    """symbolConfig rows."""
    last: Mapping[str, Price]
    marks: Mapping[str, Price]
    rates: Mapping[str, AssetTerms]
    orders: tuple[OrderTerms, ...] | None
    """``None``: no answer of open orders."""


def text(row: Row, name: str, default: str = "") -> str:
    """A field as text."""
    return printed_text(row[name]) if name in row else default


def units(answer: Answer, row: Row, name: str, default: str = "0") -> int:
    """A decimal field at scale 1e-8.

    Raises:
        Bad: it is no decimal, or needs more than 8 decimals.
    """
    value = text(row, name, default)
    try:
        return parse(value)
    except (NotADecimal, TooManyDecimals):
        where = f"{answer.title}: {row.get('symbol', row.get('asset', ''))} {name}"
        raise Bad(f"{where} is {value[:40]!r}, not a decimal of at most 8 places") from None


def price(answer: Answer, row: Row, name: str) -> Price:
    """A price, 0 where it is not printed.

    Raises:
        Bad: it is below 0 or no decimal.
    """
    found = units(answer, row, name)
    if found < 0:
        raise Bad(f"{answer.title}: {row.get('symbol', '')} {name} is {text(row, name)}, below 0")
    return Price(found)


def whole(answer: Answer, row: Row, name: str) -> int:
    """A whole number, 0 where it is not printed."""
    value = text(row, name, "0")
    if not value.isdecimal() or len(value) > 18:
        raise Bad(f"{answer.title}: {row.get('symbol', '')} {name} is {value[:40]!r}, not a number")
    return int(value)


def read_row(answer: Answer, row: Row) -> None:
    """See that a position row can be used.

    Raises:
        Bad: a number of it is none, or its side is unknown.
    """
    for name in AMOUNTS:
        if name in row:
            units(answer, row, name)
    price(answer, row, "markPrice")
    for name in ("leverage", "updateTime", "adl", "adlQuantile"):
        whole(answer, row, name)
    entry = number(text(row, "entryPrice", "0"))
    if entry is None or not 0 <= entry < 10**15:
        where = f"{answer.title}: {row.get('symbol', '')} entryPrice"
        raise Bad(f"{where} is {text(row, 'entryPrice')[:40]!r}, not a price")
    if not text(row, "symbol") or key_of(row)[1] not in PositionSide.__members__:
        raise Bad(f"{answer.title}: a row has the side {key_of(row)[1][:20]!r} or no symbol")
    quantity, side = units(answer, row, "positionAmt"), key_of(row)[1]
    if (side == "LONG" and quantity < 0) or (side == "SHORT" and quantity > 0):
        where = f"{answer.title}: {row['symbol']} {side}"
        raise Bad(f"{where} has positionAmt {text(row, 'positionAmt')}, of the other sign")


def key_of(row: Row) -> Key:
    """Symbol and side of a position row."""
    return text(row, "symbol"), text(row, "positionSide", "BOTH")


def newest_update_ms(answers: Answers) -> int:
    """The newest updateTime of all rows; 0 when there is none."""
    stamps = [
        whole(answer, row, "updateTime")
        for answer in answers.files
        for row in (*answer.rows, answer.body, *_assets(answer))
        if "updateTime" in row
    ]
    return max(stamps, default=0)


def _assets(answer: Answer) -> Iterator[Row]:
    listed = answer.body.get("assets")
    if isinstance(listed, list) and answer.kind is not Kind.EXCHANGE_INFO:
        yield from (row for row in listed if isinstance(row, dict))


def era(answers: Answers, api_date: str | None) -> Vintage:
    """The API date: given, else the day of the newest update, else the newest.

    Raises:
        AnswersError: the date is none.
    """
    if api_date is not None:
        try:
            return Vintage(api_date)
        except ValueError as problem:
            raise AnswersError(f"--api-date: {problem}") from None
    newest_ms = newest_update_ms(answers)
    if not newest_ms:
        return Vintage(NEWEST)
    try:
        day = datetime.fromtimestamp(newest_ms / 1000, UTC).strftime("%Y-%m-%d")
        return Vintage(day)
    except (ValueError, OverflowError, OSError):
        wrong = f"the newest updateTime is {newest_ms}, no time of the exchange"
        raise AnswersError(f"{wrong}; give --api-date") from None


def gather(answers: Answers, api_date: str | None) -> Facts:
    """Put together what the answers tell.

    Raises:
        AnswersError: a value that is needed cannot be read.
    """
    for answer in answers.of(*CHECKED):
        for row in answer.rows:
            read_row(answer, row)
    checked = [row for answer in answers.of(*CHECKED) for row in answer.rows]
    symbols = dict.fromkeys(text(row, "symbol") for row in checked)
    hedge = any(text(row, "positionSide", "BOTH") != "BOTH" for row in checked)
    return Facts(
        vintage=era(answers, api_date),
        hedge=hedge,
        precisions=_precisions(answers, symbols),
        tables=_tables(answers),
        settings={
            text(row, "symbol"): row
            for answer in answers.of(Kind.SYMBOL_CONFIG)
            for row in answer.rows
        },
        last=_prices(answers, Kind.LAST_PRICE, "price"),
        marks=_prices(answers, Kind.PREMIUM_INDEX, "markPrice"),
        rates=_rates(answers),
        orders=_orders(answers),
    )


def _prices(answers: Answers, kind: Kind, name: str) -> dict[str, Price]:
    return {
        text(row, "symbol"): price(answer, row, name)
        for answer in answers.of(kind)
        for row in answer.rows
    }


def _rates(answers: Answers) -> dict[str, AssetTerms]:
    return {
        text(row, "symbol").removesuffix(DOLLAR_INDEX): AssetTerms(
            bid_rate=Price(units(answer, row, "bidRate")),
            ask_rate=Price(units(answer, row, "askRate")),
        )
        for answer in answers.of(Kind.ASSET_INDEX)
        for row in answer.rows
    }


def _precisions(answers: Answers, symbols: Mapping[str, None]) -> dict[str, int]:
    """Price decimals: shipped ones, those of a saved exchange information over them."""
    found = {
        symbol: instrument.price_precision
        for symbol, instrument in catalogue().instruments.items()
        if symbol in symbols
    }
    for answer in answers.of(Kind.EXCHANGE_INFO):
        for row in answer.rows:
            if "pricePrecision" in row:
                precision = whole(answer, row, "pricePrecision")
                found[text(row, "symbol")] = min(PLACES, precision)
    return found


def _tables(answers: Answers) -> dict[str, tuple[tuple[Bracket, ...], ...]]:
    found: dict[str, tuple[tuple[Bracket, ...], ...]] = {}
    for answer in answers.of(Kind.BRACKETS):
        for row in answer.rows:
            symbol = text(row, "symbol")
            try:
                table = brackets.read(row["brackets"], f"{symbol}.brackets")
            except SpecError as problem:
                raise AnswersError(f"{answer.title}: {problem}") from None
            found[symbol] = (table,)
            if "notionalCoef" in row:
                coefficient = Rate(units(answer, row, "notionalCoef"))
                found[symbol] = (table, scaled_brackets(table, coefficient))
    return found


def _orders(answers: Answers) -> tuple[OrderTerms, ...] | None:
    saved = answers.of(Kind.OPEN_ORDERS)
    if not saved:
        return None
    return tuple(
        _order(answer, row) for answer in saved for row in answer.rows if _needs_margin(row)
    )


def _needs_margin(row: Row) -> bool:
    """Whether an order rests in the book and may open a position."""
    return (
        text(row, "type") in RESTING
        and text(row, "reduceOnly", "false").lower() != "true"
        and text(row, "closePosition", "false").lower() != "true"
    )


def _order(answer: Answer, row: Row) -> OrderTerms:
    side, position_side = text(row, "side"), text(row, "positionSide", "BOTH")
    if side not in Side.__members__ or position_side not in PositionSide.__members__:
        raise Bad(f"{answer.title}: order {text(row, 'orderId')} has side {side} {position_side}")
    left = units(answer, row, "origQty") - units(answer, row, "executedQty")
    return OrderTerms(
        symbol=text(row, "symbol"),
        side=Side[side],
        position_side=PositionSide[position_side],
        price=Price(units(answer, row, "price")),
        quantity=Qty(max(0, left)),
    )
