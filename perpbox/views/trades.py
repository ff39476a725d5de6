"""The public tape: trades one by one and aggregated."""

from bisect import bisect_left
from operator import attrgetter
from typing import Final

import msgspec

from perpbox.engine.events import ClockHeld, TradePrinted
from perpbox.engine.types import ClockMotion
from perpbox.money import Price
from perpbox.views.bounds import ViewBounds
from perpbox.views.history import History, first_or_last

AGGREGATE_MS: Final = 100
"""Trades of one price and taker side join while they come sooner than this after the first."""

_AT_MS = attrgetter("at_ms")
_TRADE_ID = attrgetter("trade_id")
_AGGREGATE_ID = attrgetter("aggregate_id")


class AggTrade(msgspec.Struct, gc=False):
    """A run of consecutive trades at one price and taker side. The newest may still grow.

    ``quantity`` and ``quote`` are sums at scale 1e-8.
    """

    symbol: str
    aggregate_id: int
    price: Price
    quantity: int
    quote: int
    first_id: int
    last_id: int
    buyer_is_maker: bool
    at_ms: int
    """Time of the first trade."""


class _Tape:
    """One symbol's prints."""

    __slots__ = ("aggregate", "aggregates", "cuts", "trades")

    def __init__(self, bounds: ViewBounds) -> None:
        self.trades: History[TradePrinted] = History(bounds.trades_per_symbol, _AT_MS)
        self.aggregates: History[AggTrade] = History(
            bounds.aggregates_per_symbol, _AT_MS, bounds.aggregate_age_ms
        )
        self.aggregate: AggTrade | None = None
        self.cuts = 0
        """Value of ``Trades.cuts`` when the newest aggregate began."""


class Trades:
    """Fold of ``TradePrinted``. Aggregate ids count from 1 for each symbol."""

    __slots__ = ("_bounds", "_tapes", "cuts", "is_still")

    def __init__(self, bounds: ViewBounds) -> None:
        self._bounds = bounds
        self._tapes: dict[str, _Tape] = {}
        self.cuts = 0
        """Counts the moments after which no aggregate of before grows."""
        self.is_still = False
        """Whether box time stands still, so that each command is a moment of its own."""

    def clock_held(self, event: ClockHeld) -> None:
        """What was told until here is finished."""
        self.is_still = event.motion is ClockMotion.STANDS
        self.cuts += 1

    def printed(self, event: TradePrinted) -> None:
        """Remember a trade."""
        tape = self._tapes.get(event.symbol)
        if tape is None:
            tape = self._tapes[event.symbol] = _Tape(self._bounds)
        at_ms = event.at_ms
        tape.trades.append(event, at_ms)
        aggregate = tape.aggregate
        if (
            aggregate is not None
            and event.price == aggregate.price
            and at_ms - aggregate.at_ms < AGGREGATE_MS
            and tape.cuts == self.cuts
            and event.buyer_is_maker is aggregate.buyer_is_maker
        ):
            aggregate.quantity += event.quantity
            aggregate.quote += event.quote
            aggregate.last_id = event.trade_id
            return
        tape.aggregate = aggregate = AggTrade(
            event.symbol,
            aggregate.aggregate_id + 1 if aggregate is not None else 1,
            event.price,
            event.quantity,
            event.quote,
            event.trade_id,
            event.trade_id,
            event.buyer_is_maker,
            at_ms,
        )
        tape.cuts = self.cuts
        tape.aggregates.append(aggregate, at_ms)

    def last(self, symbol: str) -> TradePrinted | None:
        """The newest trade of a symbol."""
        tape = self._tapes.get(symbol)
        return tape.trades.rows[-1] if tape else None

    def recent(self, symbol: str, limit: int) -> list[TradePrinted]:
        """The newest trades of a symbol, ascending."""
        tape = self._tapes.get(symbol)
        return tape.trades.window(None, None, limit) if tape else []

    def since(
        self, symbol: str, from_id: int | None, oldest_ms: int, limit: int
    ) -> list[TradePrinted]:
        """Trades not older than a time, ascending: the first from an id on, else the newest."""
        tape = self._tapes.get(symbol)
        if tape is None:
            return []
        rows = tape.trades.between(oldest_ms, None)
        if from_id is not None:
            rows = rows[bisect_left(rows, from_id, key=_TRADE_ID) :]
        return first_or_last(rows, from_id, limit)

    def newest_aggregate(self, symbol: str) -> AggTrade | None:
        """The aggregate that may still grow."""
        tape = self._tapes.get(symbol)
        return tape.aggregate if tape else None

    def aggregates_from(self, symbol: str, aggregate_id: int) -> list[AggTrade]:
        """Aggregates that are remembered, from this id on."""
        tape = self._tapes.get(symbol)
        newest = tape.aggregate if tape else None
        if tape is None or newest is None or newest.aggregate_id < aggregate_id:
            return []
        return tape.aggregates.rows[aggregate_id - newest.aggregate_id - 1 :]

    def aggregated(
        self,
        symbol: str,
        from_id: int | None,
        start_ms: int | None,
        end_ms: int | None,
        limit: int,
    ) -> list[AggTrade]:
        """Aggregates, ascending: the first from an id or a start on, else the newest."""
        tape = self._tapes.get(symbol)
        if tape is None:
            return []
        rows = tape.aggregates.between(start_ms, end_ms)
        if from_id is not None:
            rows = rows[bisect_left(rows, from_id, key=_AGGREGATE_ID) :]
        return first_or_last(rows, start_ms if from_id is None else from_id, limit)
