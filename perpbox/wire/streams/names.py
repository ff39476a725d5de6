"""The table of market streams, one row each, and how a name is read.

Everything before the first ``@`` is the contract in lower case; all that may follow is worked
out once from the table, so that reading a name is one look into a dictionary. A name that the
table does not know is no error: the venue acknowledges it and stays silent (STR-001).
"""

from enum import Enum
from typing import Final

import msgspec

from perpbox.views.intervals import INTERVALS
from perpbox.wire.changes import Change
from perpbox.wire.vintage import Vintage

SECOND_MS: Final = 1000
AT_ONCE: Final = 0
"""Width of the window of a stream that pushes each change."""
NAME_LENGTH_MAX: Final = 100


class Route(Enum):
    """Where a stream is served since the routed addresses; the value is the path."""

    PUBLIC = "/public"
    MARKET = "/market"


class Kind(Enum):
    """What a stream tells."""

    AGG_TRADE = "aggTrade"
    TRADE = "trade"
    MARK_PRICE = "markPrice"
    MARK_PRICES = "!markPrice@arr"
    KLINE = "kline"
    CONTINUOUS_KLINE = "continuousKline"
    MINI_TICKER = "miniTicker"
    MINI_TICKERS = "!miniTicker@arr"
    TICKER = "ticker"
    TICKERS = "!ticker@arr"
    BOOK_TICKER = "bookTicker"
    BOOK_TICKERS = "!bookTicker"
    FORCE_ORDER = "forceOrder"
    FORCE_ORDERS = "!forceOrder@arr"
    PARTIAL_DEPTH = "depth<levels>"
    DIFF_DEPTH = "depth"
    RPI_DEPTH = "rpiDepth"
    COMPOSITE_INDEX = "compositeIndex"
    CONTRACT_INFO = "!contractInfo"
    ASSET_INDEX = "assetIndex"
    ASSET_INDEXES = "!assetIndex@arr"
    TRADING_SESSION = "tradingSession"


class StreamRow(msgspec.Struct, frozen=True):
    """One row: the form of the name, where it is served, and the window in ms by suffix."""

    kind: Kind
    form: str
    route: Route
    widths_ms: dict[str, int]
    summary: str


class Stream(msgspec.Struct, frozen=True):
    """A name that was read. ``symbol`` is the contract, pair or asset; empty for all of them."""

    name: str
    kind: Kind
    route: Route
    width_ms: int
    symbol: str = ""
    levels: int = 0
    interval: str = ""
    contract_type: str = ""


_P, _M = Route.PUBLIC, Route.MARKET
_MARK_WIDTHS: Final = {"": 3 * SECOND_MS, "@1s": SECOND_MS}
_DEPTH_WIDTHS: Final = {"": 250, "@500ms": 500, "@100ms": 100}

STREAMS: Final[tuple[StreamRow, ...]] = (
    StreamRow(
        Kind.AGG_TRADE, "<symbol>@aggTrade", _M, {"": 100}, "Trades joined by price and taker side"
    ),
    StreamRow(Kind.TRADE, "<symbol>@trade", _P, {"": AT_ONCE}, "Trades one by one; undocumented"),
    StreamRow(
        Kind.MARK_PRICE, "<symbol>@markPrice", _M, _MARK_WIDTHS, "Mark, index and funding rate"
    ),
    StreamRow(
        Kind.MARK_PRICES, "!markPrice@arr", _M, _MARK_WIDTHS, "Marks and funding of all contracts"
    ),
    StreamRow(
        Kind.KLINE, "<symbol>@kline_<interval>", _M, {"": 250}, "The running candle, and its end"
    ),
    StreamRow(
        Kind.CONTINUOUS_KLINE,
        "<pair>_<contractType>@continuousKline_<interval>",
        _M,
        {"": 250},
        "The running candle of a pair by contract type",
    ),
    StreamRow(Kind.MINI_TICKER, "<symbol>@miniTicker", _M, {"": 2000}, "The rolling day in short"),
    StreamRow(
        Kind.MINI_TICKERS, "!miniTicker@arr", _M, {"": 1000}, "Rolling days that changed, in short"
    ),
    StreamRow(Kind.TICKER, "<symbol>@ticker", _M, {"": 2000}, "The rolling day"),
    StreamRow(Kind.TICKERS, "!ticker@arr", _M, {"": 1000}, "Rolling days that changed"),
    StreamRow(Kind.BOOK_TICKER, "<symbol>@bookTicker", _P, {"": AT_ONCE}, "Best bid and ask"),
    StreamRow(
        Kind.BOOK_TICKERS, "!bookTicker", _P, {"": 5000}, "Best bids and asks that changed, singly"
    ),
    StreamRow(
        Kind.FORCE_ORDER, "<symbol>@forceOrder", _M, {"": 1000}, "The largest liquidation order"
    ),
    StreamRow(
        Kind.FORCE_ORDERS,
        "!forceOrder@arr",
        _M,
        {"": 1000},
        "The largest liquidation order of each contract, singly",
    ),
    StreamRow(
        Kind.PARTIAL_DEPTH, "<symbol>@depth<levels>", _P, _DEPTH_WIDTHS, "The best levels, whole"
    ),
    StreamRow(
        Kind.DIFF_DEPTH,
        "<symbol>@depth",
        _P,
        {**_DEPTH_WIDTHS, "@0ms": AT_ONCE},
        "Levels that changed",
    ),
    StreamRow(
        Kind.RPI_DEPTH,
        "<symbol>@rpiDepth",
        _P,
        {"@500ms": 500},
        "Levels that changed, retail price improvement included",
    ),
    StreamRow(Kind.COMPOSITE_INDEX, "<symbol>@compositeIndex", _M, {"": 1000}, "A composite index"),
    StreamRow(
        Kind.CONTRACT_INFO, "!contractInfo", _M, {"": AT_ONCE}, "Contracts listed or changed"
    ),
    StreamRow(
        Kind.ASSET_INDEX, "<asset>@assetIndex", _M, {"": 1000}, "Index and rates of an asset"
    ),
    StreamRow(
        Kind.ASSET_INDEXES, "!assetIndex@arr", _M, {"": 1000}, "Indexes and rates of all assets"
    ),
    StreamRow(
        Kind.TRADING_SESSION, "tradingSession", _M, {"": 1000}, "Sessions of the markets outside"
    ),
)
"""Every market stream."""

DEPTH_LEVELS: Final = (5, 10, 20)
CONTRACT_TYPES: Final = ("tradifi_perpetual", "perpetual", "current_quarter", "next_quarter")
"""As names of continuous klines write them; one that ends like another stands before it."""


class _Reading(msgspec.Struct, frozen=True):
    """What follows a contract in a name, or a whole name without a contract."""

    row: StreamRow
    width_ms: int
    levels: int = 0
    interval: str = ""


def _readings(row: StreamRow) -> dict[str, _Reading]:
    """Every text that the row stands for, without the part before the ``@`` of a contract."""
    head, _, tail = row.form.partition("@")
    text = tail if head.startswith("<") else row.form
    found: dict[str, _Reading] = {}
    for suffix, width_ms in row.widths_ms.items():
        if "<levels>" in text:
            for levels in DEPTH_LEVELS:
                written = text.replace("<levels>", str(levels))
                found[written + suffix] = _Reading(row, width_ms, levels=levels)
        elif "<interval>" in text:
            for interval in INTERVALS:
                written = text.replace("<interval>", interval)
                found[written + suffix] = _Reading(row, width_ms, interval=interval)
        else:
            found[text + suffix] = _Reading(row, width_ms)
    return found


def _index(of_contracts: bool) -> dict[str, _Reading]:
    rows = [row for row in STREAMS if row.form.startswith("<") is of_contracts]
    return {text: reading for row in rows for text, reading in _readings(row).items()}


_TAILS: Final = _index(of_contracts=True)
_WHOLE: Final = _index(of_contracts=False)


_BROUGHT: Final = {Kind.RPI_DEPTH: Change.RPI_BOOKS, Kind.TRADING_SESSION: Change.TRADFI}
"""Kinds that have not always been there."""


def is_told(kind: Kind, vintage: Vintage) -> bool:
    """Whether streams of a kind are there on the API date; before, their names are silent."""
    change = _BROUGHT.get(kind)
    return change is None or vintage.has(change)


def parse(name: str) -> Stream | None:
    """Read a stream name; ``None`` where nothing will ever be pushed under it."""
    if len(name) > NAME_LENGTH_MAX:
        return None
    reading = _WHOLE.get(name)
    if reading is not None:
        return Stream(name, reading.row.kind, reading.row.route, reading.width_ms)
    head, _, tail = name.partition("@")
    reading = _TAILS.get(tail)
    symbol = head.upper()
    if reading is None or not head or symbol.lower() != head:
        return None
    contract_type = ""
    if reading.row.kind is Kind.CONTINUOUS_KLINE:
        symbol, contract_type = _pair_and_type(head)
        if not symbol:
            return None
    return Stream(
        name,
        reading.row.kind,
        reading.row.route,
        reading.width_ms,
        symbol,
        reading.levels,
        reading.interval,
        contract_type,
    )


def _pair_and_type(head: str) -> tuple[str, str]:
    """``btcusdt_perpetual`` -> pair and contract type in capitals; empty where it is neither."""
    for contract_type in CONTRACT_TYPES:
        pair = head.removesuffix(f"_{contract_type}")
        if pair != head:
            return pair.upper(), contract_type.upper()
    return "", ""
