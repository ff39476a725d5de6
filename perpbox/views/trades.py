"""The public tape: trades one by one and aggregated."""

from typing import Final

import msgspec

from perpbox.engine.events import ClockHeld, TradePrinted
from perpbox.engine.types import ClockMotion, TradeSource
from perpbox.money import Amount, Price, Qty
from perpbox.views.bounds import ViewBounds
from perpbox.views.packed import PackedRows

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


_SOURCES: Final = tuple(TradeSource)
_PLACE_OF_SOURCE: Final = {source: place for place, source in enumerate(_SOURCES)}
_AT, _ID = 0, 1
"""Columns of both tables: time and id. The others stand as they do in the rows' own types."""
_TRADE_WIDTH: Final = 7
_AGGREGATE_WIDTH: Final = 9
_AGE_CHECK_MS: Final = 60_000
"""How often rows that are too old are forgotten."""


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

    def pack(self, aggregate: AggTrade, now_ms: int) -> None:
        """Remember an aggregate that is finished, and forget those that are too old."""
        rows = self.aggregates
        rows.append(
            (
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
        )
        if now_ms - self._checked_ms >= _AGE_CHECK_MS:
            self._checked_ms = now_ms
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
