"""Fold a journal: entries in, the exchange, its views and the shell's own state out.

The market source is asked again what it was asked then, so that it goes on where it was; the
commands that count are those of the journal.
"""

from collections import deque
from collections.abc import Callable, Sequence

from perpbox.engine.commands import Command
from perpbox.engine.events import Event
from perpbox.engine.exchange import Exchange
from perpbox.gateway.journal.entries import (
    ClockSet,
    CountdownSet,
    Entry,
    Fact,
    Founded,
    MarketAsked,
    MarketOpened,
    StreetShaped,
    TimePassed,
)
from perpbox.gateway.journal.snapshot import Standing
from perpbox.market.source import NoSource, Source
from perpbox.views import Views


class Replica:
    """What a journal comes to."""

    __slots__ = (
        "clock",
        "commands",
        "countdowns",
        "events",
        "exchange",
        "has_source",
        "is_founded",
        "make_source",
        "make_views",
        "reached_ms",
        "seq",
        "source",
        "unplayed",
        "views",
    )

    def __init__(
        self,
        make_source: Callable[[], Source],
        make_views: Callable[[], Views] = Views,
        *,
        has_source: bool = True,
    ) -> None:
        """Without ``has_source`` the market source is left alone: nothing will go on from here."""
        self.make_source = make_source
        self.make_views = make_views
        self.has_source = has_source
        self.seq = 0
        """Sequence number of the last entry."""
        self.commands = 0
        """Commands applied."""
        self.events: Sequence[Event] = ()
        """Events of the last command."""
        self._begin()

    def _begin(self) -> None:
        self.is_founded = False
        self.exchange = Exchange()
        self.views = self.make_views()
        self.source: Source = NoSource()
        self.unplayed: deque[tuple[int, Command]] = deque()
        """What the source made and the journal does not have yet."""
        self.clock: ClockSet | None = None
        self.reached_ms = 0
        """Box time that was reached."""
        self.countdowns: dict[tuple[int, str], int] = {}
        """(account, symbol) -> when it ends."""

    def restore(self, standing: Standing, seq: int) -> None:
        """Begin where a snapshot stands."""
        self._begin()
        self.seq = seq
        self.is_founded = True
        self.exchange.state = standing.state
        self.views = standing.views
        self.clock = standing.clock
        self.reached_ms = standing.reached_ms
        self.countdowns = dict(standing.countdowns)
        if self.has_source:
            self.source = self.make_source()
            self.source.recall(standing.market)

    def take(self, entry: Entry) -> None:
        """Take in the next entry."""
        what = entry.what
        self.seq = entry.seq
        if isinstance(what, Fact):
            self._fact(what)
            return
        if self.unplayed:
            self.unplayed.popleft()
        self.reached_ms = entry.at_ms
        self.events = events = self.exchange.apply(what, entry.at_ms)
        self.views.fold(events)
        self.commands += 1

    def _fact(self, fact: Fact) -> None:
        if isinstance(fact, MarketAsked):
            if self.has_source:
                self.source.expect(fact.until_ms)
                self.unplayed = deque(self.source.due(fact.due_ms))
        elif isinstance(fact, TimePassed):
            self.reached_ms = max(self.reached_ms, fact.now_ms)
        elif isinstance(fact, ClockSet):
            self.clock = fact
            self.reached_ms = max(self.reached_ms, fact.now_ms)
        elif isinstance(fact, CountdownSet):
            key = fact.account_id, fact.symbol
            self.countdowns.pop(key, None)
            if fact.end_ms:
                self.countdowns[key] = fact.end_ms
        elif isinstance(fact, StreetShaped):
            self.source.shape_street(fact.symbol, fact.shape)
        elif isinstance(fact, MarketOpened):
            if self.has_source:
                self.source = self.make_source()
                opening = self.source.open(fact.now_ms)
                self.unplayed = deque((fact.now_ms, command) for command in opening)
        elif isinstance(fact, Founded):
            self._begin()
            self.is_founded = True
