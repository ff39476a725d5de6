"""Frames captured on the venue, made again from their numbers: byte for byte what was sent.

Some things are set equal: estimated settle prices, which are the index here, what a composite
index consists of, the last digit of asset rates, and the blanks that the testnet prints.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest

from perpbox.engine import commands as c
from perpbox.engine.book import Book
from perpbox.engine.events import TradePrinted
from perpbox.engine.exchange import Exchange
from perpbox.engine.state import Market
from perpbox.engine.symbol import Bracket, Instrument, MarginAsset
from perpbox.engine.types import Side, TradeSource
from perpbox.money import SCALE, Amount, Price, Qty, Rate, parse
from perpbox.specs import catalogue
from perpbox.views.klines import Kline
from perpbox.views.tickers import DayTicker
from perpbox.views.trades import AggTrade
from perpbox.wire.streams import market_book, market_contracts, market_prices, market_tape
from perpbox.wire.streams.sessions import OUTSIDE, session_at
from perpbox.wire.vintage import Vintage
from tests.unit.gateway.feed_box import BOARD, EVERY_STREAM, REAL, FeedBox

CAPTURED = orjson.loads((Path(__file__).parent / "captured.json").read_bytes())
BTCUSDT = catalogue(["BTCUSDT"]).instruments["BTCUSDT"]
Row = dict[str, Any]


def contract(row: Row, price: str, quantity: str) -> Instrument:
    """A contract with the precisions that two of its numbers show."""
    return msgspec.structs.replace(
        BTCUSDT,
        symbol=row["s"],
        price_precision=len(price.partition(".")[2]),
        quantity_precision=len(quantity.partition(".")[2]),
    )


def agg_trade(row: Row, vintage: Vintage) -> bytes:
    made = AggTrade(
        row["s"],
        row["a"],
        Price(parse(row["p"])),
        parse(row["q"]),
        0,
        row["f"],
        row["l"],
        row["m"],
        row["T"],
        parse(row["nq"] if "nq" in row else row["q"]),
    )
    return market_tape.agg_trade(made, contract(row, row["p"], row["q"]), row["E"], vintage)


def trade(row: Row, _vintage: Vintage) -> bytes:
    made = TradePrinted(
        row["s"],
        row["t"],
        Price(parse(row["p"])),
        Qty(parse(row["q"])),
        Amount(0),
        row["m"],
        TradeSource.STREET,
        row["T"],
    )
    made_of = market_tape.trade(made, contract(row, row["p"], row["q"]), row["E"])
    # Trades of the insurance fund are not made here.
    return made_of.replace(b'"MARKET"', b'"%b"' % row["X"].encode())


def candle(k: Row) -> Kline:
    return Kline(
        k["t"],
        k["T"],
        Price(parse(k["o"])),
        Price(parse(k["h"])),
        Price(parse(k["l"])),
        Price(parse(k["c"])),
        parse(k["v"]),
        parse(k["q"]),
        k["n"],
        parse(k["V"]),
        parse(k["Q"]),
        k["f"],
        k["L"],
    )


def kline(row: Row, _vintage: Vintage) -> bytes:
    k = row["k"]
    instrument = contract(row, k["o"], k["v"])
    return market_tape.kline(candle(k), instrument, k["i"], row["E"], closed=k["x"])


def continuous_kline(row: Row, _vintage: Vintage) -> bytes:
    k = row["k"]
    instrument = contract({"s": row["ps"]}, k["o"], k["v"])
    ids = (k["f"], k["L"])
    return market_tape.continuous_kline(
        candle(k), instrument, row["ct"], k["i"], ids, row["E"], closed=k["x"]
    )


def day(row: Row) -> DayTicker:
    full = {"p": "0", "P": "0", "w": "0", "Q": "0", "O": 0, "C": 0, "F": 0, "L": 0, "n": 0, **row}
    numbers = {key: parse(full[key]) for key in "pPwcQohlvq"}
    return DayTicker(
        symbol=row["s"],
        change=Price(numbers["p"]),
        change_percent=numbers["P"] * 1000 // SCALE,
        weighted_average=Price(numbers["w"]),
        last=Price(numbers["c"]),
        last_quantity=Qty(numbers["Q"]),
        open=Price(numbers["o"]),
        high=Price(numbers["h"]),
        low=Price(numbers["l"]),
        volume=Qty(numbers["v"]),
        quote=Amount(numbers["q"]),
        open_ms=full["O"],
        close_ms=full["C"],
        first_id=full["F"],
        last_id=full["L"],
        count=full["n"],
    )


def ticker(row: Row, vintage: Vintage) -> bytes:
    instrument = contract(row, row["c"], row["v"])
    return market_tape.ticker(day(row), instrument, row["E"], vintage).encode()


def mini_ticker(row: Row, vintage: Vintage) -> bytes:
    instrument = contract(row, row["c"], row["v"])
    return market_tape.mini_ticker(day(row), instrument, row["E"], vintage).encode()


def book_ticker(row: Row, vintage: Vintage) -> bytes:
    book = Book()
    book.update_id, book.changed_ms = row["u"], row["T"]
    instrument = contract(row, row["b"], max(row["B"], row["A"], key=len))
    bid, bids, ask, asks = (parse(row[key]) for key in "bBaA")
    best = market_book.Best(Price(bid), Qty(bids), Price(ask), Qty(asks))
    return market_book.book_ticker(instrument, book, best, row["E"], vintage)


def depth_update(row: Row, vintage: Vintage) -> bytes:
    bids, asks = (
        [(Price(parse(price)), Qty(parse(quantity))) for price, quantity in row[side]]
        for side in "ba"
    )
    price, quantity = max(row["b"] + row["a"], key=lambda level: len(level[1]))
    chain = market_book.Chain(row["U"], row["u"], row["pu"])
    instrument = contract(row, price, quantity)
    return market_book.depth_update(instrument, chain, bids, asks, row["T"], row["E"], vintage)


def mark_price(row: Row, vintage: Vintage) -> bytes:
    market = Market(contract(row, row["p"], "0"))
    market.mark, market.index = Price(parse(row["p"])), Price(parse(row["i"]))
    market.funding_rate, market.funding_next_ms = Rate(parse(row["r"])), row["T"]
    market.funding_is_given = True
    made = market_prices.mark_price(market, row["E"], vintage)
    return made.replace(f'"P":"{row["i"]}"', f'"P":"{row["P"]}"').encode()


def asset_index(row: Row, _vintage: Vintage) -> bytes:
    asset = row["s"].removesuffix("USD")
    bid, ask, exchange_bid, exchange_ask = (Rate(parse(row[key])) for key in "baqg")
    listed = MarginAsset(asset, bid, ask, exchange_bid, exchange_ask, Price(parse(row["i"])))
    exchange = Exchange()
    exchange.apply(c.ListAsset(listed), row["E"])
    made = orjson.loads(market_prices.asset_index_row(exchange.state, listed, row["E"]))
    for key in "BAQG":
        # The venue's rates are those of an index with more digits than it prints.
        if abs(parse(made[key]) - parse(row[key])) <= 1:
            made[key] = row[key]
    return orjson.dumps(made)


def composite_index(row: Row, _vintage: Vintage) -> bytes:
    market = Market(contract(row, "0", "0"))
    market.index = Price(parse(row["p"]))
    made = market_prices.composite_index(market, row["E"])
    return made.replace(b"[]", orjson.dumps(row["c"]))


def contract_info(row: Row, vintage: Vintage) -> bytes:
    steps = tuple(
        Bracket(
            step["bs"],
            step["ma"],
            Amount(step["bnf"] * SCALE),
            Amount(step["bnc"] * SCALE),
            Rate(parse(str(step["mmr"]))),
            Amount(step["cf"] * SCALE),
        )
        for step in row["bks"]
    )
    told = {
        "pair": row["ps"],
        "contractType": row["ct"],
        "deliveryDate": row["dt"],
        "onboardDate": row["ot"],
        "status": row["cs"],
    }
    instrument = contract(row, "0", "0")
    return market_contracts.contract_info(told, instrument, steps, row["E"], vintage)


def force_order(row: Row, vintage: Vintage) -> bytes:
    o = row["o"]
    order = market_contracts.ForceOrder(
        o["s"],
        Side[o["S"]],
        Qty(parse(o["q"])),
        Price(parse(o["p"])),
        Price(parse(o["ap"])),
        Qty(parse(o["l"])),
        Qty(parse(o["z"])),
        o["X"],
        o["T"],
    )
    instrument = contract(o, o["ap"], o["q"])
    return market_contracts.force_order(order, instrument, row["E"], vintage)


def equity_update(row: Row, _vintage: Vintage) -> bytes:
    session = session_at(OUTSIDE[0], row["E"])
    return market_contracts.trading_session(OUTSIDE[0].event, session, row["E"])


REMADE: dict[str, Callable[[Row, Vintage], bytes]] = {
    "aggTrade": agg_trade,
    "trade": trade,
    "kline": kline,
    "continuous_kline": continuous_kline,
    "24hrTicker": ticker,
    "24hrMiniTicker": mini_ticker,
    "bookTicker": book_ticker,
    "depthUpdate": depth_update,
    "markPriceUpdate": mark_price,
    "assetIndexUpdate": asset_index,
    "compositeIndex": composite_index,
    "contractInfo": contract_info,
    "forceOrder": force_order,
    "EquityUpdate": equity_update,
}


def captured_rows() -> list[Any]:
    found = []
    for at, each in enumerate(CAPTURED):
        rows = each["frame"] if isinstance(each["frame"], list) else [each["frame"]]
        found += [
            pytest.param(each["date"], row, id=f"{at} {row['e']} {each['date']}") for row in rows
        ]
    return found


@pytest.mark.parametrize(("date", "row"), captured_rows())
def test_captured_frames_are_made_again(date: str, row: Row) -> None:
    """STR-020 STR-021 STR-022 STR-023 STR-024 STR-025 STR-026 STR-027 STR-028"""
    assert REMADE[row["e"]](row, Vintage(date)) == orjson.dumps(row)


DOCUMENTED = {
    "24hrMiniTicker": ["e", "E", "s", "ps", "c", "o", "h", "l", "v", "q", "st"],
    "trade": ["e", "E", "T", "s", "t", "p", "q", "X", "m"],
}
"""Keys where no capture is newer than the change of 2026-06-30."""


def shape(value: object) -> object:
    """Keys in their order, and the JSON types below them; of a list its first element."""
    if isinstance(value, dict):
        return [(key, shape(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def newest_shapes() -> dict[str, object]:
    """By event, how the newest captured row looks."""
    shapes: dict[str, tuple[str, object]] = {}
    for each in CAPTURED:
        rows = each["frame"] if isinstance(each["frame"], list) else [each["frame"]]
        for row in rows:
            if row["e"] not in shapes or each["date"] >= shapes[row["e"]][0]:
                shapes[row["e"]] = (each["date"], shape(row))
    return {event: found for event, (_, found) in shapes.items()}


def test_what_is_served_looks_like_what_was_captured() -> None:
    """STR-020"""
    box = FeedBox(REAL, BOARD, seed=5)
    box.want(*EVERY_STREAM)
    box.pass_wall(20_000)
    expected = newest_shapes()
    seen = set()
    for _, frame in box.take():
        for row in frame if isinstance(frame, list) else [frame]:
            event = row["e"]
            seen.add(event)
            if event in DOCUMENTED:
                assert list(row) == DOCUMENTED[event]
            elif event.endswith("Update") and event != "depthUpdate" and "t" in row:
                assert shape(row) == expected["EquityUpdate"]
            elif event == "depthUpdate":
                assert list(row) == [key for key, _ in as_pairs(expected[event])]
            else:
                assert shape(row) == expected[event]
    assert seen >= set(expected) - {"forceOrder", "contractInfo", "compositeIndex"}


def as_pairs(found: object) -> list[tuple[str, object]]:
    assert isinstance(found, list)
    return found
