"""One exchange, wired: everything that starts a perpbox starts here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from types import TracebackType
from typing import Final, Self, TypeVar

from perpbox import __version__, money
from perpbox.config import Config, load, options_layer
from perpbox.dashboard import built_pages
from perpbox.edges import fitting_bounds, tls_context, tls_files
from perpbox.engine.commands import Command, Deposit
from perpbox.engine.events import Event, Rejected
from perpbox.engine.state import State
from perpbox.front_door import FrontDoor
from perpbox.gateway.api import Api
from perpbox.gateway.callers import Callers
from perpbox.gateway.clock import Mode, wall_clock_ms
from perpbox.gateway.feeds import Feeds
from perpbox.gateway.handler import Handler, Reply
from perpbox.gateway.http import HttpServer
from perpbox.gateway.journal.disk import Disk
from perpbox.gateway.journal.replica import Replica
from perpbox.gateway.keys import KeyRing
from perpbox.gateway.logs import logged
from perpbox.gateway.sequencer import LogEntry
from perpbox.gateway.serving import Serving
from perpbox.gateway.user_streams import UserStreams
from perpbox.gateway.ws.hub import Hub
from perpbox.gateway.ws.roster import connection_rows, stream_owners
from perpbox.gateway.ws.server import WsServer
from perpbox.gateway.ws_api import WsApi
from perpbox.genesis import genesis_of
from perpbox.lab.api import PREFIX, STREAM_PATH, LabApi
from perpbox.lab.desk import LabDesk
from perpbox.lab.founding import founding_of
from perpbox.lab.kept import Kept
from perpbox.lab.operator_stream import OperatorStream
from perpbox.lab.prices import pin_around
from perpbox.lab.tape import TradeRow, play, turns
from perpbox.lab.terms import open_account
from perpbox.lab.vitals import Vitals
from perpbox.lab.wishes import AccountWish, OpenedAccount
from perpbox.money import Amount, Price, Rate
from perpbox.views import Views
from perpbox.wire.changes import Change
from perpbox.wire.limits import Limits
from perpbox.wire.routes import routes_of
from perpbox.wire.vintage import Vintage

TICK_MS: Final = 50
"""How often the timers look whether something is due."""
STILL_TICK_MS: Final = 500
"""The same where nothing comes due by itself, as tests have boxes by the thousand."""

Number = int | float | str
"""A decimal: best as a string; a float is read by the text that Python prints for it."""
T = TypeVar("T")


class Box:
    """A whole exchange in this process; with ``with``, served over HTTP on a background thread.

    The options are those of ``perpbox serve``, as keywords: ``Box(market="none",
    clock="frozen", symbols=["BTCUSDT"])``. Differences: ``port`` is 0 (a free one) unless given,
    ``specs`` may be the document itself, ``sim`` a table of the simulated market's settings,
    ``record=True`` keeps the log of commands in memory, ``wall_ms`` is a wall clock of one's own
    (a function that gives epoch milliseconds), ``disk`` a disk of one's own for ``data``, and
    ``config`` gives settings that have been read already, in the place of all others.

    While it is served, all that touches the exchange runs on the server's thread; the methods
    here see to that. ``state`` and ``views`` are for reading.

    Raises:
        ConfigError: an option cannot be used.
    """

    def __init__(self, **options: object) -> None:
        record = bool(options.pop("record", False))
        wall_ms = options.pop("wall_ms", wall_clock_ms)
        assert callable(wall_ms)
        disk = options.pop("disk", None)
        assert disk is None or isinstance(disk, Disk)
        config = options.pop("config", None)
        if not isinstance(config, Config):
            config = load(options_layer({"port": 0, **options}))
        elif options:
            raise TypeError("give either a config or options")
        self.kept = Kept(config.data, config.cadence, config.retention, disk)
        """Directory, journal and checkpoints, with their counters."""
        with ExitStack() as undo:
            undo.callback(self.kept.close)
            founding = self.kept.founding
            config = config if founding is None else config.as_founded(founding)
            self._build(config, record=record, wall_ms=wall_ms)
            undo.pop_all()

    def _build(self, config: Config, *, record: bool, wall_ms: Callable[[], int]) -> None:
        self.config = config
        vintage = Vintage(config.api_date)
        genesis = genesis_of(config, wall_ms=wall_ms, record=record)
        keys = KeyRing()
        kept = self.kept
        kept.recover(
            partial(Replica, genesis.make_source, genesis.make_views),
            founding_of(config),
            config.fsync,
        )
        self.recovered = kept.recovered
        replica = None if kept.recovered is None else kept.recovered.replica
        self.desk = LabDesk(
            genesis, config.make_clock, keys, directory=kept.directory, replica=replica
        )
        self._mind_clock()
        kept.gate.open()
        routes = routes_of(config.api_date)
        self._api = Api(
            self.desk,
            keys,
            wall_ms,
            self._limits(),
            routes=routes,
            sessions=self.desk.sessions,
        )
        self.desk.after_reset.append(self._forget_counts)
        self._lab = LabApi(self.desk, config.operator_token)
        http, ws = fitting_bounds(config, vintage)
        self.hub = Hub()
        self.websockets = WsServer(
            self.hub,
            ws,
            unrouted_is_public=config.unrouted == "strict" and vintage.has(Change.UNROUTED_PUBLIC),
            deflate=config.ws_deflate,
            limits_messages=config.rate_limits,
            open_api=WsApi(self._api.entrance, routes).open
            if vintage.has(Change.WEBSOCKET_API)
            else None,
            knows_session=self.desk.sessions.is_of_an_account,
            wall_ms=wall_ms,
            gate=kept.gate,
        )
        if config.listen_keys == "wall":
            self.desk.listen_keys.now_ms = wall_ms
        self.desk.errands.downloads.base_url = lambda: self.url
        self.feeds = Feeds(self.desk, self.hub)
        self.user_streams = UserStreams(self.desk, self.hub, self.desk.sessions)
        self.operator_stream = OperatorStream(
            self.desk, lambda: (len(self.websockets.connections), self.hub.changes)
        )
        self.front_door = front_door = FrontDoor(self._api, self._lab, built_pages(), self._landing)
        """What answers a request, inside a turn: an answer leaves once it is durable."""
        self._wire_streams()
        self._wire_lab()
        server = HttpServer(
            self.handler(),
            http,
            upgrade=self.websockets.upgrade,
            refusal=Callers(config.host, config.allowed_host).refusal,
            gate=kept.gate,
        )
        server.guests.append(self.websockets)
        front_door.vitals = Vitals(
            self.desk,
            server,
            self.websockets,
            kept.journal,
            kept.checkpoints,
            config.operator_token,
        )
        self.tls = tls_files(config)
        """Certificate, key and, where it was made here, the authority that clients trust."""
        self._serving = Serving(
            server,
            host=config.host,
            port=config.port,
            tick=self.look,
            tick_ms=self.tick_ms,
            began=kept.loop_began,
            tls=tls_context(self.tls),
        )
        if kept.journal is not None:
            kept.journal.failed = self._serving.fail

    def __enter__(self) -> Self:
        """Serve on a thread of its own; ``url`` can be used from here on."""
        self._serving.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving and let the data directory go; the exchange can still be read.

        Raises:
            Broken: the journal could not be written, and the box had stopped.
        """
        self._serving.stop()
        self.close()

    def close(self) -> None:
        """Make everything durable and let the data directory go.

        Raises:
            Broken: the journal could not be written, and the box had stopped.
        """
        try:
            if self.kept.journal is not None:
                self.call(self.desk.rest)
        finally:
            self.kept.close()

    def serve(self, ready: Callable[[], None]) -> None:
        """Serve in this thread until SIGINT or SIGTERM; ``ready`` is called once it answers.

        Raises:
            ServingError: it cannot listen.
            Broken: the journal cannot be written any more.
        """
        try:
            self._serving.run(ready)
        finally:
            self.close()

    @property
    def url(self) -> str:
        """Where REST and the lab are served."""
        return f"{'https' if self.tls else 'http'}://{self._serving.address}"

    @property
    def ws_url(self) -> str:
        """Where streams and the WebSocket API are served."""
        return f"{'wss' if self.tls else 'ws'}://{self._serving.address}"

    @property
    def state(self) -> State:
        """The engine's state; read only."""
        return self.desk.state

    @property
    def views(self) -> Views:
        """Histories folded from events; read only."""
        return self.desk.views

    @property
    def log(self) -> list[LogEntry]:
        """Every (stamp in ms, command) since the start or the last reset.

        Raises:
            RuntimeError: the box was not made with ``record=True``.
        """
        log = self.desk.sequencer.log
        if log is None:
            raise RuntimeError("make the box with record=True to keep its log")
        return list(log)

    def account(
        self,
        usdt: Number = 10_000,
        *,
        wallets: Mapping[str, Number] | None = None,
        maker_fee: Number | None = None,
        taker_fee: Number | None = None,
        hedge: bool = False,
        multi_assets: bool = False,
        fee_tier: int = 0,
        fee_burn: bool = False,
        notional_coef: Mapping[str, Number] | None = None,
        public_key: str = "",
    ) -> OpenedAccount:
        """Open an account: ``account_id``, ``key`` and ``secret``.

        ``wallets`` replaces ``usdt``; fees left out are those of the contracts and of
        ``fee_tier``; ``notional_coef`` scales the account's brackets by symbol; with
        ``public_key`` (PEM, RSA or Ed25519) there is no secret.

        Raises:
            AccountRefused: a term or the public key cannot be used.
        """
        amounts = {"USDT": usdt} if wallets is None else wallets
        wish = AccountWish(
            wallets={asset: Amount(_units(amount)) for asset, amount in amounts.items()},
            maker_fee=None if maker_fee is None else Rate(_units(maker_fee)),
            taker_fee=None if taker_fee is None else Rate(_units(taker_fee)),
            hedge=hedge,
            multi_assets=multi_assets,
            fee_tier=fee_tier,
            fee_burn=fee_burn,
            notional_coefficients={
                symbol: Rate(_units(number)) for symbol, number in (notional_coef or {}).items()
            },
            public_key_pem=public_key,
        )
        return self.call(lambda: open_account(self.desk, wish))

    def deposit(self, account_id: int, amount: Number, asset: str = "USDT") -> None:
        """Move money in, or out when the amount is negative.

        Raises:
            ValueError: there is no such account.
        """
        events = self.submit(Deposit(account_id, asset, Amount(_units(amount))))
        if isinstance(events[0], Rejected):
            raise ValueError(f"there is no account {account_id}")  # noqa: TRY004  (not a type)

    def set_price(self, symbol: str, price: Number) -> None:
        """Pin index, mark and last; with market none, 20 street levels lie around the price.

        ``last`` is the last tick at or below the price.

        Raises:
            LabError: the symbol is not on the board, or the price is below one tick.
        """
        units = _units(price)
        self.call(lambda: pin_around(self.desk, symbol, Price(units)))

    def advance(
        self, *, hours: float = 0, minutes: float = 0, seconds: float = 0, ms: int = 0
    ) -> None:
        """Let time pass at once; returns when every consequence has been applied.

        Raises:
            ClockError: the time would go back.
        """
        by_ms = round(hours * 3_600_000 + minutes * 60_000 + seconds * 1000) + ms
        self.call(lambda: self.desk.advance_to(self.desk.now_ms() + by_ms))

    def play_trades(self, symbol: str, rows: Iterable[TradeRow]) -> None:
        """Play trades of a file: (time in ms, price, quantity, whether the buyer was the maker).

        The first happens now, the others at their distances, and box time goes along.

        Raises:
            LabError, ValueError: the contract is unknown or over, or a row cannot be used.
        """
        shift_ms: int | None = None
        for some in turns(rows):
            shift_ms = self.call(partial(play, self.desk, symbol, some, shift_ms))

    def reset(self) -> None:
        """Begin anew: accounts, prices and clock of the start; created accounts are gone."""
        self.call(self.desk.reset)

    def call(self, work: Callable[[], T]) -> T:
        """Run ``work`` between two requests, on the thread that serves; return what it returns."""
        return self._serving.call(partial(self.kept.durably, work))

    def _mind_clock(self) -> None:
        """A box that goes on keeps its clock, unless another pace was asked for."""
        pace, clock = self.config.clock, self.desk.clock
        if "clock" in self.config.given and (pace.mode, pace.speed) != (clock.mode, clock.speed):
            self.desk.set_clock(pace, None)

    def submit(self, command: Command) -> Sequence[Event]:
        """Apply a command of the engine and return its events."""
        return self.call(lambda: self.desk.submit(command))

    def handle(
        self,
        method: str,
        path: str,
        query: bytes = b"",
        headers: Mapping[bytes, bytes] | None = None,
        body: bytes = b"",
        peer: str = "127.0.0.1",
    ) -> Reply:
        """Answer a request without a socket: status, further header lines, body."""
        return self.call(
            lambda: self.front_door.answer(method, path, query, headers or {}, body, peer)
        )

    def _landing(self) -> Mapping[str, str]:
        places = {"rest": f"{self.url}/fapi", "lab": self.url + PREFIX}
        places |= {"reference": f"{self.url}/docs", "streams": self.ws_url}
        places |= {"openapi": f"{self.url}/openapi.json", "market": self.config.market}
        return {"perpbox": __version__, **places}

    def handler(self) -> Handler:
        """What the server asks: the doors, with a log line for each request where it is wanted."""
        return (
            logged(self.front_door.answer) if self.config.log_requests else self.front_door.answer
        )

    def look(self) -> None:
        """Let what is due happen: the serving loop looks every ``TICK_MS``."""
        self.desk.tick()
        self.user_streams.sweep()
        self.desk.sessions.sweep()
        self.operator_stream.tick()
        self.websockets.tick()

    def tick_ms(self) -> int:
        """How long until the next look: long for a box in memory whose clock stands still."""
        is_still = self.desk.clock.mode is Mode.FROZEN and self.kept.journal is None
        return STILL_TICK_MS if is_still and not self.websockets.connections else TICK_MS

    def _wire_streams(self) -> None:
        """Let the streams hear of every command: the user's first, as the venue does."""
        desk, feeds = self.desk, self.feeds
        self.hub.wanted, self.hub.unwanted = feeds.want, feeds.unwant
        desk.sessions.is_read = self.hub.has
        desk.sessions.ended.append(
            lambda token: self.websockets.end_readers(token, "The session is over")
        )
        desk.before.append(feeds.before)
        desk.passed.append(feeds.tick)
        desk.observers += (self.user_streams.after, feeds.after)

    def _wire_lab(self) -> None:
        """Let the lab look at who is connected and what is asked, and stream it."""
        desk, watch = self.desk, self.desk.watch
        watch.requests, watch.reads_trades = self._api.entrance.requests, self.feeds.reads_trades
        watch.connections = lambda limit, from_id: connection_rows(
            self.websockets, stream_owners(desk.sessions, desk.listen_keys), limit, from_id
        )
        desk.observers.append(self.operator_stream.after)
        self.websockets.own[STREAM_PATH] = self._lab.stream_door(self.operator_stream)

    def _limits(self) -> Limits:
        return Limits(is_on=self.config.rate_limits)

    def _forget_counts(self) -> None:
        self._api.entrance.limits = self._limits()


def _units(number: Number) -> int:
    return money.parse(str(number))
