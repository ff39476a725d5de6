"""Trades of a file, played against whatever rests in the box."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeAlias

from perpbox import money
from perpbox.engine.commands import HoldClock
from perpbox.engine.prints import Prints
from perpbox.engine.types import ClockMotion
from perpbox.gateway.clock import Pace
from perpbox.lab.desk import LabDesk
from perpbox.lab.refusals import known_symbol, refused
from perpbox.money import Price, Qty

TRADES_PER_TURN: Final = 65_536
"""Trades played between two requests; more of them take several turns."""
TradeRow: TypeAlias = tuple[int, int | float | str, int | float | str, bool]
"""Time in ms, price, quantity, and whether the buyer was the maker."""


def turns(rows: Iterable[TradeRow]) -> Iterator[list[TradeRow]]:
    """Rows as many as one turn takes."""
    rest = iter(rows)
    while some := list(islice(rest, TRADES_PER_TURN)):
        yield some


def _units(column: Sequence[int | float | str]) -> Iterator[int]:
    """Read decimals; each text once, for a file has few of them."""
    texts = list(map(str, column))
    known = {text: money.parse(text) for text in set(texts)}
    return map(known.__getitem__, texts)


def play(desk: LabDesk, symbol: str, rows: Sequence[TradeRow], shift_ms: int | None) -> int:
    """Let trades happen and box time go along; returns what their times were shifted by.

    Without ``shift_ms`` the first of them happens now. One that would be in the past of the box,
    because its clock ran on between two turns, happens now too.

    Raises:
        LabError: the symbol is unknown, or the contract ended.
        ValueError: not a number above 0 of at most 8 decimals, or the time goes back.
    """
    known_symbol(desk, symbol)
    now_ms = desk.now_ms()
    shift_ms = now_ms - rows[0][0] if shift_ms is None else shift_ms
    times_ms, prices, quantities, makers = zip(*rows, strict=True)
    if sorted(times_ms) != list(times_ms):
        raise ValueError("the time goes back")
    prints = Prints(
        symbol,
        map(Price, _units(prices)),
        map(Qty, _units(quantities)),
        map(bool, makers),
        (max(at_ms + shift_ms, now_ms) for at_ms in times_ms),
        from_lab=True,
    )
    desk.clock.advance(prints.times_ms[-1] - now_ms)
    desk.sequencer.note(HoldClock(ClockMotion.LEAPS))
    refusal = desk.sequencer.play(prints, singly=desk.watch.reads_trades())
    desk.set_clock(Pace(desk.clock.mode, desk.clock.speed), None)
    if refusal is not None:
        raise refused(refusal)
    return shift_ms
