"""Which feed serves which stream."""

from collections.abc import Callable
from typing import Final

import msgspec

from perpbox.wire.streams.feed import Feed, MarketDesk
from perpbox.wire.streams.feeds_book import (
    BookTicker,
    BookTickers,
    DiffDepth,
    PartialDepth,
    RpiDepth,
)
from perpbox.wire.streams.feeds_contracts import ContractInfo, ForceOrders, TradingSessions
from perpbox.wire.streams.feeds_kline import Candles, ContinuousCandles
from perpbox.wire.streams.feeds_prices import (
    AssetIndex,
    AssetIndexes,
    CompositeIndex,
    MarkPrice,
    MarkPrices,
    asset_of,
)
from perpbox.wire.streams.feeds_tape import AggTrade, DayTickerArray, DayTickers, Trade
from perpbox.wire.streams.names import Kind, Stream

INDEX: Final = "INDEX"
"""Underlying type of contracts on a composite index."""

FEEDS: Final[dict[Kind, Callable[[MarketDesk, Stream], Feed]]] = {
    Kind.AGG_TRADE: AggTrade,
    Kind.TRADE: Trade,
    Kind.MARK_PRICE: MarkPrice,
    Kind.MARK_PRICES: MarkPrices,
    Kind.KLINE: Candles,
    Kind.CONTINUOUS_KLINE: ContinuousCandles,
    Kind.MINI_TICKER: DayTickers,
    Kind.MINI_TICKERS: DayTickerArray,
    Kind.TICKER: DayTickers,
    Kind.TICKERS: DayTickerArray,
    Kind.BOOK_TICKER: BookTicker,
    Kind.BOOK_TICKERS: BookTickers,
    Kind.FORCE_ORDER: ForceOrders,
    Kind.FORCE_ORDERS: ForceOrders,
    Kind.PARTIAL_DEPTH: PartialDepth,
    Kind.DIFF_DEPTH: DiffDepth,
    Kind.RPI_DEPTH: RpiDepth,
    Kind.COMPOSITE_INDEX: CompositeIndex,
    Kind.CONTRACT_INFO: ContractInfo,
    Kind.ASSET_INDEX: AssetIndex,
    Kind.ASSET_INDEXES: AssetIndexes,
    Kind.TRADING_SESSION: TradingSessions,
}
"""By kind. No account has retail price improvement orders yet: that book is the book."""


def make_feed(desk: MarketDesk, stream: Stream) -> Feed | None:
    """The feed of a stream; ``None`` while what it is about is not on the board."""
    if stream.kind is Kind.CONTINUOUS_KLINE:
        symbol = _contract_of(desk, stream)
        if not symbol:
            return None
        stream = msgspec.structs.replace(stream, symbol=symbol)
    return FEEDS[stream.kind](desk, stream) if _is_listed(desk, stream) else None


def _contract_of(desk: MarketDesk, stream: Stream) -> str:
    """The contract of a pair that is of the stream's type; empty where there is none."""
    for symbol in desk.state.markets:
        row = desk.catalogue.row(symbol)
        if (row["pair"], row["contractType"]) == (stream.symbol, stream.contract_type):
            return symbol
    return ""


def _is_listed(desk: MarketDesk, stream: Stream) -> bool:
    if not stream.symbol:
        return True
    if stream.kind is Kind.ASSET_INDEX:
        return asset_of(stream) in desk.state.assets
    if stream.symbol not in desk.state.markets:
        return False
    if stream.kind is Kind.COMPOSITE_INDEX:
        return desk.catalogue.row(stream.symbol)["underlyingType"] == INDEX
    return True
