"""Index, mark, last and funding rate of a market, from its source or from the lab."""

from perpbox.engine.commands import (
    PinPrices,
    SetFundingRate,
    SetMarkForm,
    SetPrices,
    StreetTrade,
)
from perpbox.engine.events import FundingRateChanged, Rejected
from perpbox.engine.marking import free_mark, move_prices
from perpbox.engine.rejects import Reject
from perpbox.engine.state import Market
from perpbox.engine.street import street_trade
from perpbox.engine.turn import Turn, refuse
from perpbox.engine.types import MarkForm, Side
from perpbox.money import Price, Qty


def set_prices(turn: Turn, command: SetPrices) -> Rejected | None:
    """Index and mark from the market source; a pinned price stays where it is."""
    market = turn.state.markets.get(command.symbol)
    if market is None:
        return refuse(Reject.SYMBOL_UNKNOWN)
    if command.index <= 0 or command.mark < 0:
        return refuse(Reject.PRICE_NOT_POSITIVE)
    if market.is_over:
        return None
    index = market.index if market.pinned_index else command.index
    mark = command.mark
    if market.mark_form is not MarkForm.MEDIAN:
        # A protected form makes the mark itself; and an index that failed is not heard.
        mark = Price(0)
        if market.mark_form is MarkForm.LAST and market.index:
            index = market.index
    if market.pinned_mark:
        mark = market.mark
    elif market.pinned_index or not mark:
        mark = free_mark(market, index, turn.at_ms, command.by_formula)
    move_prices(turn, market, index, mark)
    return None


def set_mark_form(turn: Turn, command: SetMarkForm) -> Rejected | None:
    """Make the mark in another way from here (lab)."""
    market = turn.state.markets.get(command.symbol)
    if market is None:
        return refuse(Reject.SYMBOL_UNKNOWN)
    if market.is_over:
        return refuse(Reject.SYMBOL_OVER)
    market.mark_form = command.form
    if command.form is MarkForm.LAST:
        turn.state.last_price_marks[command.symbol] = None
    else:
        turn.state.last_price_marks.pop(command.symbol, None)
    if market.index and not market.pinned_mark:
        mark = free_mark(market, market.index, turn.at_ms, by_formula=False)
        if mark != market.mark:
            move_prices(turn, market, market.index, mark)
    return None


def set_funding_rate(turn: Turn, command: SetFundingRate) -> Rejected | None:
    """The rate shown for the next settlement."""
    market = turn.state.markets.get(command.symbol)
    if market is None:
        return refuse(Reject.SYMBOL_UNKNOWN)
    if not market.funding_next_ms:
        return None
    market.funding_rate = command.rate
    market.funding_is_given = True
    turn.emit(FundingRateChanged(command.symbol, command.rate, turn.at_ms))
    return None


def pin_prices(turn: Turn, command: PinPrices) -> Rejected | None:
    """Hold prices where the lab puts them; 0 gives a price back to the market source."""
    market = turn.state.markets.get(command.symbol)
    if market is None:
        return refuse(Reject.SYMBOL_UNKNOWN)
    if market.is_over:
        return refuse(Reject.SYMBOL_OVER)
    named = (command.index, command.mark, command.last)
    if any(price is not None and price < 0 for price in named):
        return refuse(Reject.PRICE_NOT_POSITIVE)
    if command.last is not None:
        market.pinned_last = bool(command.last)
        if command.last:
            _print_through(turn, market, command.last)
    index, mark = market.index, market.mark
    if command.index is not None:
        market.pinned_index = bool(command.index)
        index = command.index or index
    if command.mark is not None:
        market.pinned_mark = bool(command.mark)
        mark = command.mark or mark
    if not market.pinned_mark and index:
        mark = free_mark(market, index, turn.at_ms, by_formula=False)
    if not index:
        index = mark
    if mark and (index, mark) != (market.index, market.mark):
        move_prices(turn, market, index, mark)
    return None


def _print_through(turn: Turn, market: Market, price: Price) -> None:
    """A print that goes through every resting order at ``price`` or better."""
    bid, ask = market.book.bids, market.book.asks
    falls = price < market.last if market.last else True
    reached = _own_quantity(market, Side.BUY, price)
    if reached or (falls and not _own_quantity(market, Side.SELL, price)):
        maker_side = bid
    else:
        maker_side = ask
        reached = _own_quantity(market, Side.SELL, price)
    level = maker_side.at(price)
    street = level.street if level else Qty(0)
    quantity = Qty(reached + street + market.instrument.min_qty)
    street_trade(
        turn,
        StreetTrade(market.instrument.symbol, price, quantity, maker_side is bid, True),
    )


def _own_quantity(market: Market, side: Side, price: Price) -> Qty:
    """Quantity of accounts' orders resting on ``side`` at ``price`` or better."""
    book_side = market.book.side(side)
    total = 0
    for level in book_side.levels.values():
        if level.own and side * level.price >= side * price:
            total += level.own
    return Qty(total)
