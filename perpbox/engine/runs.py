"""Runs of prints taken at once, as far as they reach nothing.

A print that crosses no order, meets no condition and moves no mark changes two numbers of its
market: the last price and the number of the next trade. So many of them in a row change what
the last one changes. Whether they reach anything is asked of their lowest and their highest
price; what does reach something is a command of its own, and goes the ordinary way.
"""

from bisect import bisect_left
from collections.abc import Sequence

from perpbox.engine.book import BookSide
from perpbox.engine.commands import Command, StreetTrades
from perpbox.engine.events import Rejected, TradesPrinted
from perpbox.engine.marking import last_price_mark
from perpbox.engine.matching import crosses
from perpbox.engine.premium import take_samples
from perpbox.engine.prints import Prints
from perpbox.engine.rejects import Reject
from perpbox.engine.state import Market, State
from perpbox.engine.turn import Turn, refuse
from perpbox.engine.types import BUY, SELL, Phase, Side, WorkingType
from perpbox.money import Price


def street_trades(turn: Turn, command: StreetTrades) -> Rejected | None:
    """A run of prints that reach nothing: the last price moves, and the trades are numbered."""
    market = turn.state.markets.get(command.symbol)
    if market is None:
        return refuse(Reject.SYMBOL_UNKNOWN)
    times_ms = command.times_ms
    if times_ms[0] < turn.since_ms or times_ms[-1] != turn.at_ms:
        return refuse(Reject.RUN_MISTIMED)
    if not _is_quiet(turn.state, market, command.from_lab, command.low, command.high):
        return refuse(Reject.RUN_NOT_QUIET)
    _sample(turn, market, times_ms)
    first_id = market.next_trade_id
    market.next_trade_id = first_id + len(times_ms)
    market.last = command.prices[-1]
    turn.emit(TradesPrinted(command.symbol, first_id, command, turn.at_ms))
    return None


def _sample(turn: Turn, market: Market, times_ms: Sequence[int]) -> None:
    """Take the premium samples that fell due, at the prints that would have taken them."""
    while market.premium_next_ms <= turn.at_ms:
        sampled = take_samples(market, times_ms[bisect_left(times_ms, market.premium_next_ms)])
        if sampled is not None:
            turn.sampled.append(sampled)


def next_command(state: State, prints: Prints, place: int, stop: int) -> tuple[Command, int]:
    """The command that plays prints from ``place`` on, and the place after the last of them.

    As many as reach nothing in the state that stands, to the end of their piece at most and none
    from ``stop`` on; else one alone. Its stamp is the time of its last print.
    """
    piece = prints.piece(place, stop)
    market = state.markets.get(prints.symbol)
    if market is None:
        return prints.one(place), place + 1
    # Of a whole piece, which is as long as a run may be, not one print has to be looked at.
    if piece is not None and _is_quiet(state, market, prints.from_lab, piece.low, piece.high):
        return piece, place + len(piece.prices)
    count = _quiet_count(state, market, prints, place, min(stop, prints.piece_end(place)))
    if count > 1:
        return prints.run(place, place + count), place + count
    return prints.one(place), place + 1


def _quiet_count(state: State, market: Market, prints: Prints, place: int, stop: int) -> int:
    """How many prints in a row reach nothing: one is looked at, then two, four, and so on.

    Once some of them are not quiet, half as many are looked at each time.
    """
    quiet, reach, step = place, stop, 1
    while quiet < reach:
        end = min(quiet + step, reach)
        low, high = prints.extremes(quiet, end)
        if _is_quiet(state, market, prints.from_lab, low, high):
            step = step << 1 if reach == stop else step >> 1
            quiet = end
        else:
            # Somewhere before ``end``, so that the last of them need not be looked at again.
            reach, step = end - 1, (end - quiet) >> 1
        step = max(1, step)
    return quiet - place


def _is_quiet(state: State, market: Market, from_lab: bool, low: Price, high: Price) -> bool:
    """Whether no print between these prices, both included, can cause anything.

    One that is left out (of a contract that is over, or whose last price the lab holds) is none.
    """
    if market.is_over or (market.pinned_last and not from_lab):
        return False
    if _is_pending(state) or (state.last_price_marks and _moves_marks(state, market)):
        return False
    for book in (market.book, market.rpi):
        if _reaches(book.bids, SELL, low) or _reaches(book.asks, BUY, high):
            return False
    desk = state.algo
    if desk.is_idle:
        return True
    watch = desk.watches.get((market.instrument.symbol, WorkingType.CONTRACT_PRICE))
    if watch is None:
        return True
    floor, ceiling = watch.between(low - 1, high + 1)
    return floor < low and high < ceiling


def _is_pending(state: State) -> bool:
    """Whether a bounded command left something over, which the next one does, whatever it is."""
    if state.rules.liquidates and state.alarms_waiting:
        return True
    return bool(state.algo.hits) and not state.algo.is_idle


def _moves_marks(state: State, market: Market) -> bool:
    """Whether a mark that follows the last price may move: this one's, or one moved by time."""
    for symbol in state.last_price_marks:
        other = state.markets[symbol]
        if other.pinned_mark or other.is_over or not other.index:
            continue
        if other is market or other.phase is Phase.REDUCING:
            return True
        # A forced order may have printed after the mark had followed.
        if last_price_mark(other, other.index) != other.mark:
            return True
    return False


def _reaches(side: BookSide, taker_side: Side, price: Price) -> bool:
    """Whether an order of an account rests where a print at ``price`` reaches."""
    for key in reversed(side.keys):
        level = side.levels[key]
        if not crosses(taker_side, price, level.price):
            return False
        if level.orders:
            return True
    return False
