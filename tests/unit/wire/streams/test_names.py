"""Names of market streams: what each is read as, and what nobody answers to."""

import pytest

from perpbox.views.intervals import INTERVALS
from perpbox.wire.streams.names import STREAMS, Kind, Route, parse


@pytest.mark.parametrize(
    ("name", "kind", "symbol", "width_ms", "route"),
    [
        ("btcusdt@aggTrade", Kind.AGG_TRADE, "BTCUSDT", 100, Route.MARKET),
        ("btcusdt@trade", Kind.TRADE, "BTCUSDT", 0, Route.PUBLIC),
        ("btcusdt@markPrice", Kind.MARK_PRICE, "BTCUSDT", 3000, Route.MARKET),
        ("btcusdt@markPrice@1s", Kind.MARK_PRICE, "BTCUSDT", 1000, Route.MARKET),
        ("!markPrice@arr", Kind.MARK_PRICES, "", 3000, Route.MARKET),
        ("!markPrice@arr@1s", Kind.MARK_PRICES, "", 1000, Route.MARKET),
        ("btcusdt@miniTicker", Kind.MINI_TICKER, "BTCUSDT", 2000, Route.MARKET),
        ("!miniTicker@arr", Kind.MINI_TICKERS, "", 1000, Route.MARKET),
        ("btcusdt@ticker", Kind.TICKER, "BTCUSDT", 2000, Route.MARKET),
        ("!ticker@arr", Kind.TICKERS, "", 1000, Route.MARKET),
        ("btcusdt@bookTicker", Kind.BOOK_TICKER, "BTCUSDT", 0, Route.PUBLIC),
        ("!bookTicker", Kind.BOOK_TICKERS, "", 5000, Route.PUBLIC),
        ("btcusdt@forceOrder", Kind.FORCE_ORDER, "BTCUSDT", 1000, Route.MARKET),
        ("!forceOrder@arr", Kind.FORCE_ORDERS, "", 1000, Route.MARKET),
        ("btcusdt@depth", Kind.DIFF_DEPTH, "BTCUSDT", 250, Route.PUBLIC),
        ("btcusdt@depth@100ms", Kind.DIFF_DEPTH, "BTCUSDT", 100, Route.PUBLIC),
        ("btcusdt@depth@500ms", Kind.DIFF_DEPTH, "BTCUSDT", 500, Route.PUBLIC),
        ("btcusdt@depth@0ms", Kind.DIFF_DEPTH, "BTCUSDT", 0, Route.PUBLIC),
        ("btcusdt@rpiDepth@500ms", Kind.RPI_DEPTH, "BTCUSDT", 500, Route.PUBLIC),
        ("defiusdt@compositeIndex", Kind.COMPOSITE_INDEX, "DEFIUSDT", 1000, Route.MARKET),
        ("!contractInfo", Kind.CONTRACT_INFO, "", 0, Route.MARKET),
        ("!assetIndex@arr", Kind.ASSET_INDEXES, "", 1000, Route.MARKET),
        ("adausd@assetIndex", Kind.ASSET_INDEX, "ADAUSD", 1000, Route.MARKET),
        ("tradingSession", Kind.TRADING_SESSION, "", 1000, Route.MARKET),
        ("币安人生usdt@trade", Kind.TRADE, "币安人生USDT", 0, Route.PUBLIC),
        ("1000pepeusdt@trade", Kind.TRADE, "1000PEPEUSDT", 0, Route.PUBLIC),
    ],
)
def test_names_are_read(name: str, kind: Kind, symbol: str, width_ms: int, route: Route) -> None:
    """STR-001 STR-002"""
    stream = parse(name)
    assert stream is not None
    assert (stream.name, stream.kind, stream.symbol) == (name, kind, symbol)
    assert (stream.width_ms, stream.route) == (width_ms, route)


@pytest.mark.parametrize("levels", [5, 10, 20])
@pytest.mark.parametrize(("suffix", "width_ms"), [("", 250), ("@100ms", 100), ("@500ms", 500)])
def test_partial_depth_has_three_sizes_and_speeds(levels: int, suffix: str, width_ms: int) -> None:
    """STR-001"""
    stream = parse(f"btcusdt@depth{levels}{suffix}")
    assert stream is not None
    assert (stream.kind, stream.levels) == (Kind.PARTIAL_DEPTH, levels)
    assert stream.width_ms == width_ms


@pytest.mark.parametrize("interval", INTERVALS)
def test_candles_have_every_interval(interval: str) -> None:
    """STR-001"""
    stream = parse(f"btcusdt@kline_{interval}")
    assert stream is not None
    assert (stream.kind, stream.interval, stream.width_ms) == (Kind.KLINE, interval, 250)


@pytest.mark.parametrize(
    ("name", "pair", "contract_type"),
    [
        ("btcusdt_perpetual@continuousKline_1M", "BTCUSDT", "PERPETUAL"),
        ("xauusdt_tradifi_perpetual@continuousKline_1m", "XAUUSDT", "TRADIFI_PERPETUAL"),
        ("btcusdt_current_quarter@continuousKline_1m", "BTCUSDT", "CURRENT_QUARTER"),
        ("btcusdt_next_quarter@continuousKline_1m", "BTCUSDT", "NEXT_QUARTER"),
    ],
)
def test_continuous_candles_name_pair_and_type(name: str, pair: str, contract_type: str) -> None:
    """STR-001"""
    stream = parse(name)
    assert stream is not None
    assert (stream.symbol, stream.contract_type) == (pair, contract_type)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "@aggTrade",
        "btcusdt",
        "BTCUSDT@aggTrade",
        "BtcUsdt@bookTicker",
        "ßusdt@trade",
        "btcusdt@aggtrade",
        "btcusdt@kline_1s",
        "btcusdt@kline_2m",
        "btcusdt@depth@250ms",
        "btcusdt@depth5@250ms",
        "btcusdt@depth7",
        "btcusdt@rpiDepth",
        "btcusdt@markPrice@3s",
        "btcusdt@continuousKline_1m",
        "btcusdt_weekly@continuousKline_1m",
        "_perpetual@continuousKline_1m",
        "!bookTicker@arr",
        "!markPrice",
        "x" * 101 + "@trade",
    ],
)
def test_other_names_are_silent(name: str) -> None:
    """STR-003"""
    assert parse(name) is None


def test_the_table_has_every_documented_stream() -> None:
    """STR-001"""
    assert {row.kind for row in STREAMS} == set(Kind)
    assert len(STREAMS) == len(Kind) == 22
