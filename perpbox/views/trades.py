"""The public tape: trades one by one and aggregated."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import Final, TypeAlias

import msgspec

from perpbox.engine.events import ClockHeld, TradePrinted
from perpbox.engine.types import ClockMotion, TradeSource
from perpbox.money import Amount, Price, Qty
from perpbox.views.bounds import ViewBounds
from perpbox.views.packed import PackedRows
from perpbox.views.runs import TradeRun, sums_of

AGGREGATE_MS: Final = 100
"""Trades of one price and taker side join while they come sooner than this after the first."""


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
    normal: int
    """Quantity without retail price improvement, at scale 1e-8."""


Rows: TypeAlias = Iterator[tuple[int, ...]]
_SOURCES: Final = tuple(TradeSource)
_PLACE_OF_SOURCE: Final = {source: place for place, source in enumerate(_SOURCES)}
_AT, _ID = 0, 1
"""Columns of both tables: time and id. The others stand as they do in the rows' own types."""
_TRADE_WIDTH: Final = 7
_AGGREGATE_WIDTH: Final = 9
_AGE_CHECK_MS: Final = 60_000
"""How often rows that are too old are forgotten."""


def _row_of(aggregate: AggTrade) -> tuple[int, ...]:
    return (
        aggregate.at_ms,
        aggregate.aggregate_id,
        aggregate.price,
        aggregate.quantity,
        aggregate.quote,
        aggregate.first_id,
        aggregate.last_id,
        aggregate.buyer_is_maker,
        aggregate.normal,
    )


def _without(rows_of: Callable[[int, int], Rows], low: int, high: int, skipped: int) -> Rows:
    return rows_of(low + skipped, high)


class _Tape:
    """One symbol's prints; all but the newest of each kind are packed."""

    __slots__ = ("_age_ms", "_checked_ms", "aggregate", "aggregates", "cuts", "trade", "trades")

    def __init__(self, bounds: ViewBounds) -> None:
        self.trades = PackedRows(_TRADE_WIDTH, bounds.trades_per_symbol)
        self.trade: TradePrinted | None = None
        """The newest, which is in the table too."""
        self.aggregates = PackedRows(_AGGREGATE_WIDTH, max(1, bounds.aggregates_per_symbol - 1))
        self.aggregate: AggTrade | None = None
        """The newest, which may still grow and is not in the table."""
        self.cuts = 0
        """Value of ``Trades.cuts`` when the newest aggregate began."""
        self._age_ms = bounds.aggregate_age_ms
        self._checked_ms = 0

    def add(self, trade: TradePrinted) -> None:
        """Remember a trade."""
        self.trade = trade
        self.trades.append(
            (
                trade.at_ms,
                trade.trade_id,
                trade.price,
                trade.quantity,
                trade.quote,
                trade.buyer_is_maker,
                _PLACE_OF_SOURCE[trade.source],
            )
        )

    def add_run(self, run: TradeRun) -> None:
        """Remember the trades of a run."""
        self.trade = run.trade(run.count - 1)
        street = _PLACE_OF_SOURCE[TradeSource.STREET]
        self.trades.extend(
            lambda skipped: zip(
                run.times_ms[skipped:],
                range(run.first_id + skipped, run.first_id + run.count),
                run.prices[skipped:],
                run.quantities[skipped:],
                run.quotes[skipped:],
                run.buyer_is_maker[skipped:],
                repeat(street, run.count - skipped),
                strict=True,
            ),
            run.count,
        )

    def pack(self, aggregate: AggTrade, now_ms: int) -> None:
        """Remember an aggregate that is finished, and forget those that are too old."""
        self.aggregates.append(_row_of(aggregate))
        if now_ms - self._checked_ms >= _AGE_CHECK_MS:
            self._forget_old(now_ms)

    def pack_run(self, rows_of: Callable[[int, int], Rows], ended_ms: Sequence[int]) -> None:
        """Remember aggregates that are finished; the next one of each began at ``ended_ms``.

        ``rows_of`` gives their rows from one place up to another. They are added all at once, but
        for looks at their age that find something too old.
        """
        low = 0
        for look in self._looks(ended_ms):
            now_ms = self._checked_ms = ended_ms[look]
            oldest = self.aggregates.row(0) if len(self.aggregates) else next(rows_of(low, low + 1))
            if oldest[_AT] < now_ms - self._age_ms:
                self._add_rows(rows_of, low, look + 1)
                self._forget_old(now_ms)
                low = look + 1
        self._add_rows(rows_of, low, len(ended_ms))

    def _looks(self, ended_ms: Sequence[int]) -> Iterator[int]:
        """Places of the aggregates after which the age of all is looked at."""
        look = 0
        while True:
            look = bisect_left(ended_ms, self._checked_ms + _AGE_CHECK_MS, look)
            if look == len(ended_ms):
                return
            yield look

    def _add_rows(self, rows_of: Callable[[int, int], Rows], low: int, high: int) -> None:
        self.aggregates.extend(partial(_without, rows_of, low, high), high - low)

    def _forget_old(self, now_ms: int) -> None:
        self._checked_ms = now_ms
        rows = self.aggregates
        rows.forget(rows.first_at_least(_AT, now_ms - self._age_ms))

    def trades_between(self, low: int, high: int) -> list[TradePrinted]:
        """Trades by their places in the table."""
        if self.trade is None:
            return []
        symbol = self.trade.symbol
        return [
            TradePrinted(
                symbol,
                trade_id,
                Price(price),
                Qty(quantity),
                Amount(quote),
                bool(buyer_is_maker),
                _SOURCES[source],
                at_ms,
            )
            for at_ms, trade_id, price, quantity, quote, buyer_is_maker, source in self.trades.rows(
                low, high
            )
        ]

    def aggregates_between(self, low: int, high: int) -> list[AggTrade]:
        """Aggregates by their places; the newest stands behind the last of the table."""
        newest = self.aggregate
        if newest is None:
            return []
        found = [
            AggTrade(
                newest.symbol,
                aggregate_id,
                Price(price),
                quantity,
                quote,
                first_id,
                last_id,
                bool(buyer_is_maker),
                at_ms,
                normal,
            )
            for (
                at_ms,
                aggregate_id,
                price,
                quantity,
                quote,
                first_id,
                last_id,
                buyer_is_maker,
                normal,
            ) in self.aggregates.rows(low, high)
        ]
        if low <= len(self.aggregates) < high:
            found.append(newest)
        return found


def _grow(aggregate: AggTrade, run: TradeRun, count: int) -> None:
    """Let the first trades of a run join the newest aggregate."""
    if count:
        quantity = sum(run.quantities[:count])
        aggregate.quantity += quantity
        aggregate.normal += quantity
        aggregate.quote += sum(run.quotes[:count])
        aggregate.last_id = run.first_id + count - 1


class _Following:
    """The aggregates that begin within a run, and the one before them that they end."""

    __slots__ = ("_before", "_breaks", "_first_id", "_quantities", "_quotes", "_run", "ended_ms")

    def __init__(self, run: TradeRun, breaks: list[int], before: AggTrade | None) -> None:
        self._run = run
        self._before = [] if before is None else [_row_of(before)]
        self._first_id = 1 if before is None else before.aggregate_id + 1
        self._breaks = [*breaks, run.count]
        self._quantities = sums_of(run.quantities)
        self._quotes = sums_of(run.quotes)
        ending = breaks if before is not None else breaks[1:]
        self.ended_ms = [run.times_ms[place] for place in ending]
        """When each of those that are finished gave way to the next one."""

    def rows(self, low: int, high: int) -> Rows:
        """Rows of those that are finished, from one place up to another."""
        known = len(self._before)
        yield from self._before[low:high]
        yield from map(self._row, range(max(0, low - known), high - known))

    def newest(self) -> AggTrade:
        """The last one, which may still grow."""
        at_ms, number, price, quantity, quote, first_id, last_id, by_maker, normal = self._row(
            len(self._breaks) - 2
        )
        return AggTrade(
            self._run.symbol,
            number,
            Price(price),
            quantity,
            quote,
            first_id,
            last_id,
            bool(by_maker),
            at_ms,
            normal,
        )

    def _row(self, place: int) -> tuple[int, ...]:
        run = self._run
        low, high = self._breaks[place], self._breaks[place + 1]
        quantity = self._quantities[high] - self._quantities[low]
        return (
            run.times_ms[low],
            self._first_id + place,
            run.prices[low],
            quantity,
            self._quotes[high] - self._quotes[low],
            run.first_id + low,
            run.first_id + high - 1,
            run.buyer_is_maker[low],
            quantity,
        )


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
        tape.add(event)
        normal = 0 if event.source is TradeSource.RPI else event.quantity
        aggregate = tape.aggregate
        if (
            aggregate is not None
            and event.price == aggregate.price
            and at_ms - aggregate.at_ms < AGGREGATE_MS
            and tape.cuts == self.cuts
            and event.buyer_is_maker is aggregate.buyer_is_maker
        ):
            aggregate.quantity += event.quantity
            aggregate.normal += normal
            aggregate.quote += event.quote
            aggregate.last_id = event.trade_id
            return
        if aggregate is not None:
            tape.pack(aggregate, at_ms)
        tape.aggregate = AggTrade(
            event.symbol,
            aggregate.aggregate_id + 1 if aggregate is not None else 1,
            event.price,
            event.quantity,
            event.quote,
            event.trade_id,
            event.trade_id,
            event.buyer_is_maker,
            at_ms,
            normal,
        )
        tape.cuts = self.cuts

    def run_printed(self, run: TradeRun) -> None:
        """Remember the trades of a run: the same tape as if they had been printed singly."""
        tape = self._tapes.get(run.symbol)
        if tape is None:
            tape = self._tapes[run.symbol] = _Tape(self._bounds)
        tape.add_run(run)
        aggregate = tape.aggregate
        if self.is_still:
            breaks = list(range(run.count))
        else:
            goes_on = (
                aggregate is not None
                and run.prices[0] == aggregate.price
                and run.times_ms[0] - aggregate.at_ms < AGGREGATE_MS
                and tape.cuts == self.cuts
                and run.buyer_is_maker[0] is aggregate.buyer_is_maker
            )
            breaks = run.breaks(AGGREGATE_MS, aggregate.at_ms if goes_on and aggregate else None)
        if aggregate is not None:
            _grow(aggregate, run, breaks[0] if breaks else run.count)
        if not breaks:
            return
        following = _Following(run, breaks, aggregate)
        tape.pack_run(following.rows, following.ended_ms)
        tape.aggregate = following.newest()
        tape.cuts = self.cuts

    def last(self, symbol: str) -> TradePrinted | None:
        """The newest trade of a symbol."""
        tape = self._tapes.get(symbol)
        return tape.trade if tape else None

    def recent(self, symbol: str, limit: int) -> list[TradePrinted]:
        """The newest trades of a symbol, ascending."""
        tape = self._tapes.get(symbol)
        if tape is None:
            return []
        count = len(tape.trades)
        return tape.trades_between(max(0, count - limit), count)

    def since(
        self, symbol: str, from_id: int | None, oldest_ms: int, limit: int
    ) -> list[TradePrinted]:
        """Trades not older than a time, ascending: the first from an id on, else the newest."""
        tape = self._tapes.get(symbol)
        if tape is None:
            return []
        trades = tape.trades
        low, high = trades.first_at_least(_AT, oldest_ms), len(trades)
        if from_id is None:
            return tape.trades_between(max(low, high - limit), high)
        low = max(low, trades.first_at_least(_ID, from_id))
        return tape.trades_between(low, min(high, low + limit))

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
        low = tape.aggregates.first_at_least(_ID, aggregate_id)
        return tape.aggregates_between(low, len(tape.aggregates) + 1)

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
        rows, newest = tape.aggregates, tape.aggregate
        if newest is None:
            return []
        low, high = 0, len(rows) + 1
        if start_ms is not None:
            low = rows.first_at_least(_AT, start_ms)
            if low == len(rows) and newest.at_ms < start_ms:
                return []
        if end_ms is not None and newest.at_ms > end_ms:
            high = rows.first_above(_AT, end_ms)
        if from_id is not None:
            low = max(low, rows.first_at_least(_ID, from_id))
            if low == len(rows) and newest.aggregate_id < from_id:
                return []
        if start_ms is None and from_id is None:
            return tape.aggregates_between(max(low, high - limit), high)
        return tape.aggregates_between(low, min(high, low + limit))
