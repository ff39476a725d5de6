"""Two exchanges of the same story: one is given prints one by one, the other in runs."""

from collections.abc import Iterator

from perpbox.engine.commands import Command, StreetTrades
from perpbox.engine.events import Event, PremiumSampled, TradesPrinted
from perpbox.engine.exchange import Exchange
from perpbox.engine.hashing import state_hash
from perpbox.engine.prints import Prints
from perpbox.engine.runs import next_command
from perpbox.views import Views
from perpbox.views.bounds import ViewBounds
from perpbox.views.intervals import INTERVALS
from perpbox.views.runs import each_trade

LIMITS = (3, 2_000)


class Twins:
    """``send`` gives a command to both, ``play`` the same prints in both ways."""

    def __init__(self, bounds: ViewBounds, now_ms: int) -> None:
        self.one, self.run = Exchange(), Exchange()
        self.one_views, self.run_views = Views(bounds), Views(bounds)
        self.now_ms = now_ms
        self.commands = 0
        """Commands that the prints of the second one took."""

    def send(self, command: Command) -> None:
        events = self.one.apply(command, self.now_ms)
        assert self.run.apply(command, self.now_ms) == events
        self.one_views.fold(events)
        self.run_views.fold(events)

    def play(self, prints: Prints) -> None:
        """Both ways come to the same: events, state and every answer of the views."""
        one: list[Event] = []
        for place, at_ms in enumerate(prints.times_ms):
            one += fold(self.one, self.one_views, prints.one(place), at_ms)
        run: list[Event] = []
        place = 0
        while place < len(prints):
            command, place = next_command(self.run.state, prints, place, len(prints))
            run += fold(self.run, self.run_views, command, prints.times_ms[place - 1])
            self.commands += 1
        self.now_ms = prints.times_ms[-1]
        for kind in (PremiumSampled, Event):
            assert list(told(run, kind)) == list(told(one, kind))
        self.compare(prints.symbol)

    def compare(self, symbol: str) -> None:
        # Commands are counted, and fewer of them are the point.
        self.run.state.seq = self.one.state.seq
        assert state_hash(self.run.state) == state_hash(self.one.state)
        one = answers(self.one_views, symbol, self.now_ms)
        for answer, other in zip(answers(self.run_views, symbol, self.now_ms), one, strict=True):
            assert answer == other


def fold(exchange: Exchange, views: Views, command: Command, at_ms: int) -> list[Event]:
    events = exchange.apply(command, at_ms)
    if isinstance(command, StreetTrades):
        assert isinstance(events[0], TradesPrinted), "what is taken in a run is never refused"
    views.fold(events)
    return events


def told(events: list[Event], of: type[Event]) -> Iterator[Event]:
    """What happened, trade by trade; premiums, which a command tells last, by themselves."""
    for event in events:
        if isinstance(event, TradesPrinted) and of is Event:
            yield from each_trade(event)
        elif isinstance(event, PremiumSampled) is (of is PremiumSampled):
            yield event


def answers(views: Views, symbol: str, now_ms: int) -> Iterator[object]:
    """Every question to the views that trades and premiums have a part in."""
    trades = views.trades
    newest = trades.last(symbol)
    yield newest, trades.newest_aggregate(symbol)
    ids = (1, newest.trade_id // 2, newest.trade_id) if newest else (1,)
    for limit in LIMITS:
        yield trades.recent(symbol, limit)
        for number in (None, *ids):
            yield trades.since(symbol, number, now_ms - 3_600_000, limit)
            yield trades.aggregated(symbol, number, None, None, limit)
        yield trades.aggregated(symbol, None, now_ms - 60_000, now_ms - 50, limit)
    yield trades.aggregates_from(symbol, 1)
    for interval in INTERVALS:
        yield views.klines.query(symbol, interval, None, None, 100, now_ms)
        premium = views.prices.chart(symbol).premium
        yield premium.query(interval, None, None, 100, now_ms)
    yield views.tickers.day(symbol, now_ms)
