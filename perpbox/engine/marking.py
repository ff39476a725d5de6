"""The mark price: what it is made of, and moving it."""

from perpbox import rounding
from perpbox.engine.adl import rank_again
from perpbox.engine.calendar import HOUR_MS
from perpbox.engine.events import PricesChanged
from perpbox.engine.funding import funding_rate
from perpbox.engine.state import Market
from perpbox.engine.turn import Turn
from perpbox.engine.types import MarkForm, Phase
from perpbox.money import Price


def move_prices(turn: Turn, market: Market, index: Price, mark: Price) -> None:
    """Set index and mark and say so."""
    turn.sample_premium(market)
    market.index_mean.take(market.index, turn.at_ms)
    market.index = index
    market.mark = mark
    market.prices_ms = turn.at_ms
    turn.moved.append(market)
    if market.holders:
        rank_again(turn.state, turn.at_ms)
    turn.emit(PricesChanged(market.instrument.symbol, index, mark, turn.at_ms))


def free_mark(market: Market, index: Price, at_ms: int, by_formula: bool) -> Price:
    """The mark that nobody pins: before a delivery the average of the index, else the formula.

    Without ``by_formula`` it is the index: there is no market whose book and trades could say
    more, unless one of the protected forms asks for them.
    """
    if market.phase is Phase.REDUCING:
        market.index_mean.take(market.index, at_ms)
        return market.index_mean.value(index, at_ms)
    if market.mark_form is MarkForm.LAST:
        return last_price_mark(market, index)
    if by_formula or market.mark_form is MarkForm.BASIS:
        return formula_mark(market, index, at_ms)
    return index


def last_price_mark(market: Market, index: Price) -> Price:
    """The last price, no further from the last good index than the contract's price band.

    That there are limits is documented, which is not: the band is our choice.
    """
    if not market.last or not index:
        return market.last or index
    low = rounding.price_band(index, market.instrument.multiplier_down)
    high = rounding.price_band(index, market.instrument.multiplier_up)
    return max(low, min(market.last, high))


def follow_last_prices(turn: Turn) -> None:
    """Let the marks that follow the last price do so, once a command."""
    for symbol in turn.state.last_price_marks:
        market = turn.state.markets[symbol]
        if market.pinned_mark or market.is_over or not market.index:
            continue
        mark = free_mark(market, market.index, turn.at_ms, by_formula=False)
        if mark != market.mark:
            move_prices(turn, market, market.index, mark)


def formula_mark(market: Market, index: Price, at_ms: int) -> Price:
    """Median of funding leg, book leg and contract price; of a dated contract the book leg (page).

    P1 is the index with the funding rate for the time that is left, P2 the index plus the mean
    basis of the newest samples; without a trade or a sample those that are there decide.
    """
    book_leg = index
    if market.basis:
        book_leg = rounding.basis_price(index, sum(market.basis), len(market.basis))
    if market.instrument.is_dated or market.mark_form is MarkForm.BASIS:
        return book_leg
    interval_ms = market.instrument.funding_interval_hours * HOUR_MS
    left_ms = max(0, market.funding_next_ms - at_ms)
    legs = [rounding.premium_price(index, funding_rate(market, at_ms), left_ms, interval_ms)]
    if market.basis:
        legs.append(book_leg)
    if market.last:
        legs.append(market.last)
    return sorted(legs)[min(1, len(legs) - 1)]


def estimated_settle_price(market: Market, at_ms: int) -> Price:
    """The average of the index so far while it is being taken, else the index; changes nothing."""
    return market.index_mean.value(market.index, at_ms)
