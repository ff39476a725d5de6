"""Answers about what stands behind an index: constituents, indexInfo; and openInterest."""

from typing import Final

from perpbox import rounding
from perpbox.engine.state import Account, Market
from perpbox.money import Price, Rate, fixed
from perpbox.views.open_interest import open_interest as open_interest_of
from perpbox.wire.changes import Change
from perpbox.wire.desk import Desk
from perpbox.wire.market.text import array, market_of, quantity_text
from perpbox.wire.params import Params

SPREAD: Final = Rate(10_000)
"""How far the outer constituents lie from the index: 0.01 % (our choice)."""
CONSTITUENTS: Final = (
    ("simulated-a", 0, "0.50000000"),
    ("simulated-b", 1, "0.25000000"),
    ("simulated-c", -1, "0.25000000"),
)
"""(exchange, spreads above the index, weight): weighted, the prices make the index exactly."""
UNKNOWN_PRICE: Final = "-1"
"""Price of every constituent of a TradFi contract (page)."""
TRADFI: Final = "TRADIFI_PERPETUAL"
INDEX: Final = "INDEX"
COIN: Final = "COIN"


def open_interest(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/openInterest``: what accounts hold now."""
    market = market_of(desk, params)
    quantity = quantity_text(open_interest_of(desk.state, market), market.instrument)
    return (
        f'{{"symbol":"{market.instrument.symbol}","openInterest":"{quantity}",'
        f'"time":{desk.now_ms()}}}'
    ).encode()


def constituents(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/constituents``; price and weight since 2025-04-23."""
    market = market_of(desk, params)
    symbol, index = market.instrument.symbol, market.index
    step = rounding.raised(index, SPREAD) - index
    is_tradfi = desk.catalogue.row(symbol)["contractType"] == TRADFI
    is_weighted = desk.vintage.has(Change.WEIGHTED_CONSTITUENTS)
    rows = []
    for exchange, spreads, weight in CONSTITUENTS:
        price = UNKNOWN_PRICE if is_tradfi else fixed(index + spreads * step)
        tail = f',"price":"{price}","weight":"{weight}"}}' if is_weighted else "}"
        rows.append(f'{{"exchange":"{exchange}","symbol":"{symbol}"{tail}')
    return (
        f'{{"symbol":"{symbol}","time":{market.prices_ms or desk.now_ms()},'
        f'"constituents":[{",".join(rows)}]}}'
    ).encode()


def index_info(desk: Desk, _account: Account | None, params: Params) -> bytes:
    """``GET /fapi/v1/indexInfo``: the contracts on an index, and the basket each stands for.

    The basket holds the board's coins of the same quote asset, in equal value (our choice).
    """
    symbol = params.text_or_none("symbol")
    markets = desk.state.markets
    asked = markets.values() if symbol is None else (markets[symbol],)
    return array(_index(desk, market) for market in asked if _is_a(desk, market, INDEX))


def _is_a(desk: Desk, market: Market, underlying: str) -> bool:
    return desk.catalogue.row(market.instrument.symbol)["underlyingType"] == underlying


def _index(desk: Desk, market: Market) -> str:
    symbol = market.instrument.symbol
    quote = desk.catalogue.row(symbol)["quoteAsset"]
    basket: dict[str, Price] = {}
    for other in desk.state.markets.values():
        row = desk.catalogue.row(other.instrument.symbol)
        if other.index and row["quoteAsset"] == quote and _is_a(desk, other, COIN):
            basket.setdefault(str(row["baseAsset"]), other.index)
    rows = (
        f'{{"baseAsset":"{asset}","quoteAsset":"{quote}",'
        f'"weightInQuantity":"{fixed(rounding.basket_quantity(market.index, len(basket), price))}",'
        f'"weightInPercentage":"{fixed(rounding.equal_weight(len(basket)))}"}}'
        for asset, price in basket.items()
    )
    return (
        f'{{"symbol":"{symbol}","time":{market.prices_ms or desk.now_ms()},'
        f'"component":"baseAsset","baseAssetList":[{",".join(rows)}]}}'
    )
