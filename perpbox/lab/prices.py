"""``POST /prices`` and ``POST /depth``: the market at the operator's will."""

from typing import Final

from perpbox.engine.commands import Command, PinPrices, SetDepth
from perpbox.engine.events import Rejected
from perpbox.engine.state import Market
from perpbox.engine.symbol import Instrument
from perpbox.lab.body import Fields, Level, invalid
from perpbox.lab.desk import LabDesk
from perpbox.lab.errors import LabCode, LabError
from perpbox.lab.refusals import known_symbol, refused
from perpbox.market.ladder import LadderShape, ladder
from perpbox.money import Price, Qty, plain

LADDER: Final = LadderShape()
"""What is put around a price where no market source does: 20 levels a side."""
RELEASED: Final = Price(0)

Answer = dict[str, object]


def post_prices(desk: LabDesk, fields: Fields) -> Answer:
    """Pin the prices that are named; ``null`` lets the market have one back."""
    symbol = known_symbol(desk, fields.text("symbol"))
    instrument = desk.state.markets[symbol].instrument
    index, mark, last = (_price(fields, name) for name in ("index", "mark", "last"))
    if index is None and mark is None and last is None:
        raise LabError(LabCode.FIELD_MISSING, "give a price or null for index, mark or last")
    if last and last % instrument.tick_size:
        invalid("last", f"a multiple of the tick {plain(instrument.tick_size)}", plain(last))
    set_prices(desk, PinPrices(symbol, index, mark, last))
    return _shown(desk.state.markets[symbol])


def set_prices(desk: LabDesk, wish: PinPrices) -> None:
    """Pin prices; where no market source does it, put street levels around the new price.

    The tape and the book move first, so that who is liquidated by the mark meets the new book.
    """
    with desk.together():
        _set_prices(desk, wish)


def pin_around(desk: LabDesk, symbol: str, price: Price) -> None:
    """Pin index and mark at a price, and the last price at the last tick at or below it."""
    market = desk.state.markets[known_symbol(desk, symbol)]
    last = Price(price - price % market.instrument.tick_size)
    if last <= 0:
        raise LabError(LabCode.FIELD_INVALID, "the price must be at least one tick")
    set_prices(desk, PinPrices(symbol, price, price, last))


def _set_prices(desk: LabDesk, wish: PinPrices) -> None:
    if wish.last is not None:
        _submit(desk, PinPrices(wish.symbol, None, None, wish.last))
    around = wish.last or wish.mark or wish.index
    market = desk.state.markets[wish.symbol]
    if around and desk.market == "none" and not market.depth_from_lab:
        bids, asks = ladder(market.instrument, around, LADDER)
        _submit(desk, SetDepth(wish.symbol, bids, asks, replace=True))
    if wish.index is not None or wish.mark is not None:
        _submit(desk, PinPrices(wish.symbol, wish.index, wish.mark, None))


def post_depth(desk: LabDesk, fields: Fields) -> Answer:
    """Set the whole street depth of a symbol; it is the lab's until a reset."""
    symbol = known_symbol(desk, fields.text("symbol"))
    instrument = desk.state.markets[symbol].instrument
    bids = _side(instrument, "bids", fields.levels("bids"))
    asks = _side(instrument, "asks", fields.levels("asks"))
    if bids and asks and max(bids)[0] >= min(asks)[0]:
        raise LabError(
            LabCode.FIELD_INVALID,
            f"bids must be below asks: {plain(max(bids)[0])} is not below {plain(min(asks)[0])}",
        )
    depth = SetDepth(
        symbol,
        tuple(sorted(bids, reverse=True)),
        tuple(sorted(asks)),
        replace=True,
        from_lab=True,
    )
    _submit(desk, depth)
    book = desk.state.markets[symbol].book
    return {
        "symbol": symbol,
        "bids": len(bids),
        "asks": len(asks),
        "lastUpdateId": book.update_id,
    }


def _submit(desk: LabDesk, command: Command) -> None:
    for event in desk.submit(command):
        if isinstance(event, Rejected):
            raise refused(event)


def _price(fields: Fields, name: str) -> Price | None:
    """``None`` when it is not named, 0 when ``null`` releases it."""
    if not fields.has(name):
        return None
    if fields.is_null(name):
        return RELEASED
    price = fields.decimal(name)
    return Price(price) if price > 0 else invalid(name, "above 0, or null", plain(price))


def _side(instrument: Instrument, name: str, levels: list[Level]) -> list[tuple[Price, Qty]]:
    side: dict[int, int] = {}
    for price, quantity in levels:
        if price % instrument.tick_size:
            tick = plain(instrument.tick_size)
            invalid(f"{name} price", f"a multiple of the tick {tick}", plain(price))
        if quantity % instrument.step_size:
            step = plain(instrument.step_size)
            invalid(f"{name} quantity", f"a multiple of the step {step}", plain(quantity))
        if price in side:
            invalid(name, "levels of different prices", plain(price))
        side[price] = quantity
    return [(Price(price), Qty(quantity)) for price, quantity in side.items() if quantity]


def _shown(market: Market) -> Answer:
    return {
        "symbol": market.instrument.symbol,
        "index": plain(market.index),
        "mark": plain(market.mark),
        "last": plain(market.last),
        "pinned": [
            name
            for name, is_pinned in (
                ("index", market.pinned_index),
                ("mark", market.pinned_mark),
                ("last", market.pinned_last),
            )
            if is_pinned
        ],
    }
