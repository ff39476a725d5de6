"""Market streams at work: which are read, what touches them, and when their windows end.

What is pushed is a function of the log and of who subscribed when (STR-010). While time runs,
windows end on a grid of box time: before a command with a later stamp is applied, or when the
timers find that the time has come, whatever is first; the bytes are the same. Where time stands
still, windows that were touched end with the command. While time leaps they end on the grid,
but what repeats itself is not repeated.
"""

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Protocol

from perpbox.engine.commands import Command, HoldClock
from perpbox.engine.events import Event, InstrumentListed, TradePrinted, TradesPrinted
from perpbox.engine.types import ClockMotion
from perpbox.views.runs import each_trade
from perpbox.wire.streams.feed import (
    ALL,
    ASSET_COMMANDS,
    MARKET_EVENTS,
    Feed,
    MarketDesk,
    MarketEvent,
)
from perpbox.wire.streams.feeds import make_feed
from perpbox.wire.streams.names import AT_ONCE, Stream, is_told, parse

Watchers = dict[str, dict[str, Feed]]
"""Feeds by name, by the symbol of events that they want to see."""


class Publisher(Protocol):
    """The hub, as far as feeds need it."""

    def publish(self, name: str, payload: bytes) -> None:
        """Hand an event to everybody who reads the stream."""


class Feeds:
    """Every market stream that somebody reads. Loop thread only."""

    def __init__(self, desk: MarketDesk, hub: Publisher) -> None:
        self._desk = desk
        self._hub = hub
        self._wanted: dict[str, Stream] = {}
        self._begin()

    def want(self, name: str) -> None:
        """The first reader of a stream came; what is no market stream (yet) stays silent."""
        stream = parse(name)
        if stream is None or not is_told(stream.kind, self._desk.vintage):
            return
        now_ms = self._desk.now_ms()
        self._mind_reset(now_ms)
        self._wanted[name] = stream
        self._open(stream, now_ms)

    def unwant(self, name: str) -> None:
        """The last reader of a stream left."""
        self._wanted.pop(name, None)
        feed = self._feeds.pop(name, None)
        if feed is None:
            return
        self._asset_feeds.pop(name, None)
        for by_symbol in self._watchers.values():
            for symbol in feed.symbols():
                by_symbol.get(symbol, {}).pop(name, None)

    def reads_trades(self) -> bool:
        """Whether somebody reads a stream that public trades are told in, or counted."""
        return any(self._watchers.get(TradePrinted, {}).values())

    def before(self, at_ms: int) -> None:
        """A command with this stamp comes next: windows that ended by then close now."""
        self._mind_reset(at_ms)
        if self._due and self._due[0][0] <= at_ms:
            self._close_until(at_ms)

    def tick(self, now_ms: int) -> None:
        """Everything up to this box time has happened."""
        self.before(now_ms)

    def after(self, seq: int, at_ms: int, command: Command, events: Sequence[Event]) -> None:  # noqa: ARG002
        """A command was applied and folded: push what is told at once, mark the rest."""
        if not self._wanted:
            return
        self._mind_reset(at_ms)
        for event in events:
            if isinstance(event, InstrumentListed):
                self._open_late(at_ms)
            elif isinstance(event, TradesPrinted):
                self._see_run(event, at_ms)
            by_symbol = self._watchers.get(type(event))
            if by_symbol is not None and isinstance(event, MARKET_EVENTS):
                self._see(by_symbol, event, at_ms)
        if isinstance(command, ASSET_COMMANDS):
            for feed in self._asset_feeds.values():
                self._touch(feed, at_ms)
        if isinstance(command, HoldClock):
            self._plan_all(at_ms)
        if self._touched:
            self._close_touched(at_ms)

    def _begin(self) -> None:
        """Begin with the state that there is; after a reset it is a new one."""
        self._state = self._desk.state
        self._feeds: dict[str, Feed] = {}
        self._watchers: dict[type[Event], Watchers] = {}
        self._asset_feeds: dict[str, Feed] = {}
        self._touched: dict[str, Feed] = {}
        """Windows to close with the command: time stands still."""
        self._due: list[tuple[int, str]] = []
        """Heap of (end of window, stream); stale entries are passed over."""

    def _mind_reset(self, at_ms: int) -> None:
        if self._state is not self._desk.state:
            self._begin()
            for stream in self._wanted.values():
                self._open(stream, at_ms)

    def _open(self, stream: Stream, now_ms: int) -> None:
        feed = make_feed(self._desk, stream)
        if feed is None:
            return
        self._feeds[stream.name] = feed
        for kind in feed.watches:
            by_symbol = self._watchers.setdefault(kind, {})
            for symbol in feed.symbols():
                by_symbol.setdefault(symbol, {})[stream.name] = feed
        if feed.watches_assets:
            self._asset_feeds[stream.name] = feed
        self._plan(feed, now_ms)

    def _open_late(self, at_ms: int) -> None:
        """A contract was listed: perhaps somebody waits for it."""
        for name, stream in self._wanted.items():
            if name not in self._feeds:
                self._open(stream, at_ms)

    def _see(self, by_symbol: Watchers, event: MarketEvent, at_ms: int) -> None:
        for symbol in (event.symbol, ALL):
            # A copy: a reader who is too slow leaves while we push, and the stream with him.
            for feed in tuple(by_symbol.get(symbol, {}).values()):
                if feed.seen(event):
                    if feed.stream.width_ms == AT_ONCE:
                        self._push(feed, at_ms, is_still=True)
                    else:
                        self._touch(feed, at_ms)

    def _see_run(self, event: TradesPrinted, at_ms: int) -> None:
        """A run is taken where nobody reads trades; who reads a replay is told them all here."""
        if self.reads_trades():
            by_symbol = self._watchers[TradePrinted]
            for trade in each_trade(event):
                self._see(by_symbol, trade, at_ms)

    def _touch(self, feed: Feed, at_ms: int) -> None:
        if feed.is_touched:
            return
        feed.is_touched = True
        if self._state.clock is ClockMotion.STANDS:
            self._touched[feed.stream.name] = feed
        else:
            self._plan(feed, at_ms)

    def _plan(self, feed: Feed, at_ms: int) -> None:
        """Work out when a feed closes next, and put it on the heap."""
        if feed.is_touched:
            due_ms: int | None = feed.window_end_ms(at_ms)
        else:
            due_ms = feed.next_ms(at_ms, self._state.clock is ClockMotion.RUNS)
        if due_ms is None:
            feed.due_ms = 0
        elif due_ms != feed.due_ms:
            feed.due_ms = due_ms
            heappush(self._due, (due_ms, feed.stream.name))

    def _plan_all(self, at_ms: int) -> None:
        """Time goes on in another way from here."""
        is_still = self._state.clock is ClockMotion.STANDS
        for name, feed in self._feeds.items():
            if feed.is_touched and is_still:
                self._touched[name] = feed
            else:
                self._plan(feed, at_ms)

    def _close_until(self, at_ms: int) -> None:
        """Close every window that ends by then, in order of time and then of name."""
        due = self._due
        while due and due[0][0] <= at_ms:
            end_ms, name = heappop(due)
            feed = self._feeds.get(name)
            if feed is not None and feed.due_ms == end_ms:
                self._close(feed, end_ms, is_still=False)

    def _close_touched(self, at_ms: int) -> None:
        touched, self._touched = self._touched, {}
        for name in sorted(touched):
            if name in self._feeds:
                self._close(touched[name], at_ms, is_still=True)

    def _close(self, feed: Feed, end_ms: int, *, is_still: bool) -> None:
        feed.is_touched = False
        feed.due_ms = 0
        self._push(feed, end_ms, is_still=is_still)
        self._plan(feed, end_ms)

    def _push(self, feed: Feed, end_ms: int, *, is_still: bool) -> None:
        for payload in feed.frames(end_ms, is_still):
            self._hub.publish(feed.stream.name, payload)
