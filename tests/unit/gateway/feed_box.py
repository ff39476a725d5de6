"""A box with market streams, its wall moved by hand: what is pushed, and the same from its log."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson

from perpbox.engine import commands as c
from perpbox.engine.exchange import Exchange
from perpbox.engine.state import State
from perpbox.engine.symbol import Instrument
from perpbox.engine.types import OrderType, PositionSide, Side, TimeInForce
from perpbox.gateway.clock import PACES, Clock, Mode, Pace
from perpbox.gateway.feeds import Feeds
from perpbox.gateway.keys import KeyRing
from perpbox.gateway.sequencer import LogEntry
from perpbox.lab.desk import Genesis, LabDesk
from perpbox.lab.wishes import Grant
from perpbox.market.paths import SimSettings, SimSource
from perpbox.market.source import NoSource, Source
from perpbox.money import SCALE, Amount, Price, Qty
from perpbox.specs import Catalogue, catalogue
from perpbox.views import Views
from perpbox.wire.vintage import Vintage

NOW_MS = 1_793_491_200_000
"""A full month, and so a full period of every interval but weeks."""
TICK_MS = 50
GRANTS = tuple(
    Grant(letter * 64, letter.upper() * 64, {"USDT": Amount(1_000_000 * SCALE)}) for letter in "ab"
)
BOARD = ("BTCUSDT", "ETHUSDT", "XAUUSDT")
Frame = tuple[str, bytes]
"""Stream and payload."""
REAL, FROZEN, JUMPING = PACES[Mode.REAL], PACES[Mode.FROZEN], PACES[Mode.JUMPING]

EVERY_STREAM = (
    "!assetIndex@arr",
    "!bookTicker",
    "!contractInfo",
    "!forceOrder@arr",
    "!markPrice@arr",
    "!markPrice@arr@1s",
    "!miniTicker@arr",
    "!ticker@arr",
    "btcusd@assetIndex",
    "btcusdt@aggTrade",
    "btcusdt@bookTicker",
    "btcusdt@depth",
    "btcusdt@depth20@500ms",
    "btcusdt@depth5",
    "btcusdt@depth10@100ms",
    "btcusdt@depth@0ms",
    "btcusdt@depth@100ms",
    "btcusdt@depth@500ms",
    "btcusdt@forceOrder",
    "btcusdt@kline_1M",
    "btcusdt@kline_1m",
    "btcusdt@markPrice",
    "btcusdt@markPrice@1s",
    "btcusdt@miniTicker",
    "btcusdt@rpiDepth@500ms",
    "btcusdt@ticker",
    "btcusdt@trade",
    "btcusdt_perpetual@continuousKline_1m",
    "ethusdt@aggTrade",
    "tradingSession",
    "xauusdt_tradifi_perpetual@continuousKline_1h",
)


class Recorder:
    """A hub that keeps what is published."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.then: Callable[[str], None] | None = None
        """Called with the stream after each push."""

    def publish(self, name: str, payload: bytes) -> None:
        self.frames.append((name, payload))
        if self.then is not None:
            self.then(name)


class FeedBox:
    """A desk with feeds. ``symbols`` are the board; ``seed`` opens a simulated market on it."""

    def __init__(
        self,
        pace: Pace = FROZEN,
        symbols: Sequence[str] = ("BTCUSDT",),
        *,
        seed: int | None = None,
        api_date: str = "2026-11-01",
        overlay: dict[str, object] | None = None,
        now_ms: int = NOW_MS,
    ) -> None:
        self.wall_ms = now_ms
        self.specs = catalogue(symbols, overlay)
        genesis = Genesis(
            catalogue=self.specs,
            vintage=Vintage(api_date),
            market="none" if seed is None else "sim",
            make_source=lambda: self._source(seed),
            grants=GRANTS,
            credentials_seed=1,
            record=True,
        )
        self.hub = Recorder()
        self.desk = LabDesk(genesis, lambda: Clock(pace, wall=lambda: self.wall_ms), KeyRing())
        self.feeds = Feeds(self.desk, self.hub)
        self.desk.before.append(self.feeds.before)
        self.desk.passed.append(self.feeds.tick)
        self.desk.observers.append(self.feeds.after)
        self.subscriptions: list[Subscription] = []

    def _source(self, seed: int | None) -> Source:
        if seed is None:
            return NoSource()
        starts = [(each, self.specs.reference_price(each.symbol)) for each in self.instruments]
        return SimSource(starts, SimSettings(seed=seed))

    @property
    def instruments(self) -> Iterable[Instrument]:
        return self.specs.instruments.values()

    def want(self, *names: str) -> None:
        for name in names:
            self._note(name, self.desk.now_ms(), wanted=True)
            self.feeds.want(name)

    def unwant(self, name: str) -> None:
        self._note(name, self.desk.sequencer.reached_ms, wanted=False)
        self.feeds.unwant(name)

    def _note(self, name: str, at_ms: int, *, wanted: bool) -> None:
        self.subscriptions.append((self.desk.sequencer.seq, at_ms, name, wanted))

    def pass_wall(self, ms: int) -> None:
        """Let the wall's time go by, with a look of the timers every 50 ms."""
        while ms > 0:
            step_ms = min(ms, TICK_MS)
            self.wall_ms += step_ms
            ms -= step_ms
            self.desk.tick()

    def payloads(self, name: str) -> list[Any]:
        """What was pushed under a name until now."""
        return [orjson.loads(payload) for stream, payload in self.hub.frames if stream == name]

    def take(self) -> list[tuple[str, Any]]:
        """What was pushed since the last time, in order."""
        frames, self.hub.frames = self.hub.frames, []
        return [(name, orjson.loads(payload)) for name, payload in frames]

    def set_depth(self, bid: float, ask: float, quantity: float = 1.0) -> None:
        levels = ((Price(units(bid)), Qty(units(quantity))),)
        asks = ((Price(units(ask)), Qty(units(quantity))),)
        self.desk.submit(c.SetDepth("BTCUSDT", levels, asks, replace=True))

    def print_trade(self, price: float, quantity: float = 0.5, *, sold: bool = False) -> None:
        self.desk.submit(c.StreetTrade("BTCUSDT", Price(units(price)), Qty(units(quantity)), sold))

    def set_mark(self, price: float, symbol: str = "BTCUSDT") -> None:
        self.desk.submit(c.SetPrices(symbol, Price(units(price)), Price(units(price))))

    def place(self, account_id: int, side: Side, price: float, quantity: float) -> None:
        self.desk.submit(
            c.PlaceOrder(
                account_id,
                "BTCUSDT",
                side,
                PositionSide.BOTH,
                OrderType.LIMIT,
                TimeInForce.GTC,
                Qty(units(quantity)),
                Price(units(price)),
                reduce_only=False,
                client_order_id=f"o{self.desk.sequencer.seq}",
            )
        )

    def replayed(self) -> list[Frame]:
        """The frames that a fresh exchange makes of the log and the same subscriptions."""
        log = self.desk.sequencer.log
        assert log is not None
        desk = Replay(self.specs, self.desk.vintage)
        hub = Recorder()
        desk.play(log, self.subscriptions, Feeds(desk, hub), self.desk.now_ms())
        return hub.frames


Subscription = tuple[int, int, str, bool]
"""Commands applied before it, box time, stream, and whether it came or went."""


class Replay:
    """A desk that is led by a log."""

    def __init__(self, specs: Catalogue, vintage: Vintage) -> None:
        self.exchange = Exchange()
        self.views = Views()
        self.catalogue = specs
        self.vintage = vintage
        self.box_ms = 0

    @property
    def state(self) -> State:
        return self.exchange.state

    def now_ms(self) -> int:
        return self.box_ms

    def play(
        self,
        log: Sequence[LogEntry],
        subscriptions: Sequence[Subscription],
        feeds: Feeds,
        end_ms: int,
    ) -> None:
        waiting = list(subscriptions)
        for applied, (at_ms, command) in enumerate(log):
            self._subscribe(waiting, applied, feeds)
            feeds.before(at_ms)
            events = self.exchange.apply(command, at_ms)
            self.views.fold(events)
            feeds.after(applied + 1, at_ms, command, events)
        self._subscribe(waiting, len(log), feeds)
        feeds.tick(end_ms)

    def _subscribe(self, waiting: list[Subscription], applied: int, feeds: Feeds) -> None:
        while waiting and waiting[0][0] == applied:
            _, self.box_ms, name, wanted = waiting.pop(0)
            if wanted:
                feeds.want(name)
            else:
                feeds.tick(self.box_ms)
                feeds.unwant(name)


def units(number: float) -> int:
    return round(number * SCALE)
