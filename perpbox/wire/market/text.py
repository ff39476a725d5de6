"""How market answers print numbers and lists: at the scales of the contract, as JSON text."""

from collections.abc import Callable, Iterable

from perpbox.engine.state import Market
from perpbox.engine.symbol import Instrument
from perpbox.money import PLACES, fixed
from perpbox.wire.desk import Desk
from perpbox.wire.errors import wire_error
from perpbox.wire.params import Params


def price_text(value: int, instrument: Instrument) -> str:
    """A price, with the contract's price decimals."""
    return fixed(value, instrument.price_precision)


def quantity_text(value: int, instrument: Instrument) -> str:
    """A quantity, with the contract's quantity decimals."""
    return fixed(value, instrument.quantity_precision)


def quote_text(value: int, instrument: Instrument) -> str:
    """An amount of price x quantity, with the decimals of both together."""
    places = instrument.price_precision + instrument.quantity_precision
    if places > PLACES:
        return fixed(value) + "0" * (places - PLACES)
    return fixed(value, places)


def truth(value: bool) -> str:
    """A JSON boolean."""
    return "true" if value else "false"


def array(rows: Iterable[str]) -> bytes:
    """A JSON array of rows that are JSON text already."""
    return f"[{','.join(rows)}]".encode()


def market_of(desk: Desk, params: Params) -> Market:
    """The market of the mandatory ``symbol``."""
    return desk.state.markets[params.text("symbol")]


def markets_of_pair(desk: Desk, params: Params, code: int) -> list[Market]:
    """The contracts of the mandatory ``pair``, in any case.

    Raises:
        WireError: ``code`` when no contract on the board has this pair.
    """
    pair = params.text("pair").upper()
    row = desk.catalogue.row
    found = [market for symbol, market in desk.state.markets.items() if row(symbol)["pair"] == pair]
    if not found:
        raise wire_error(code)
    return found


def of_contract_type(desk: Desk, markets: list[Market], contract_type: str) -> Market | None:
    """The one of a pair's contracts that is of this type, if there is one."""
    for market in markets:
        if desk.catalogue.row(market.instrument.symbol)["contractType"] == contract_type:
            return market
    return None


def one_or_all(desk: Desk, params: Params, row: Callable[[Market], str]) -> bytes:
    """The row of ``symbol``, or an array with the rows of all symbols when none is named."""
    symbol = params.text_or_none("symbol")
    markets = desk.state.markets
    if symbol is not None:
        return row(markets[symbol]).encode()
    return array(row(market) for market in markets.values())
