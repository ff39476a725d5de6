"""Every setting of a box, one frozen object: defaults < TOML file < environment < flags.

A setting has one reader, whatever layer it comes from, and a bad value is refused with the
name of the place it came from: ``PERPBOX_PORT: port must be 0..65535, not 'x'``.
"""

import ipaddress
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from perpbox import money
from perpbox.engine.commands import Rules
from perpbox.gateway.bounds import HttpBounds
from perpbox.gateway.callers import is_host_name
from perpbox.gateway.clock import PACES, Clock, Mode, Pace, parse_pace
from perpbox.gateway.instant import parse_instant
from perpbox.gateway.journal.checkpoints import Cadence
from perpbox.gateway.journal.directory import RETENTION
from perpbox.gateway.journal.writer import Fsync
from perpbox.gateway.logs import FORMATS, LEVELS
from perpbox.gateway.recordings import RECORDINGS
from perpbox.gateway.ws.bounds import WsBounds
from perpbox.lab.desk import ACCOUNTS_OPEN_MAX, INSURANCE_FUND_INITIAL, Grant
from perpbox.lab.founding import FoundedOtherwise, kept_settings
from perpbox.market.ladder import LadderShape
from perpbox.market.paths import SimSettings
from perpbox.money import Amount, Rate
from perpbox.readers import (
    amount_of,
    bad,
    grant_of,
    items,
    one_of,
    switch,
    table,
    text_of,
    token_of,
    whole,
)
from perpbox.specs import read_document
from perpbox.views.bounds import ViewBounds
from perpbox.wire.vintage import NEWEST, Vintage

ENVIRONMENT_PREFIX: Final = "PERPBOX_"
CONFIG_FILE_BYTES_MAX: Final = 1_000_000
SPECS_FILE_BYTES_MAX: Final = 50_000_000
SIM_WHOLE_MAX: Final = 10**9
ACCOUNTS_MAX: Final = 1_000
"""Accounts that the options may name."""
ACCOUNTS_OPEN_LIMIT: Final = 2_000_000
INSURANCE_FUND_MAX: Final = Amount(10**15 * money.SCALE)
TLS_HERE: Final = "on"
"""Make a certificate in the box's own place."""
RETENTION_MAX: Final = 1_000
SEED_MAX: Final = 2**63 - 1
WS_QUEUE_BYTES_MIN: Final = WsBounds().high_water_bytes
WS_QUEUE_BYTES_MAX: Final = 2**32
DEFAULT_SEED: Final = 1
"""Seed of the market when none is given, so that two boxes show the same one."""
MARKETS: Final = ("sim", "recorded", "none")
SIM_DECIMALS: Final = ("volatility", "jump_size", "level_notional")
"""Settings of the simulated market that are decimals; the others are whole numbers."""

_SYMBOL = re.compile(r"\w{2,40}")
"""Letters of any script: the venue lists contracts such as 币安人生USDT."""


class ConfigError(ValueError):
    """A setting that cannot be used; the message names the setting and where it came from."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The settings, checked. The names are those of the flags of ``perpbox serve``."""

    host: str = "127.0.0.1"
    port: int = 8800
    clock: Pace = PACES[Mode.REAL]
    now_ms: int | None = None
    """Where the clock starts; without it at the API date if it is frozen, else at the wall's."""
    market: str = "sim"
    recording: str = ""
    """Day of the recording that is played; empty: the first one."""
    sim: SimSettings = SimSettings()
    symbols: tuple[str, ...] = ()
    """Contracts on the board; empty: all that the specifications or the recording have."""
    specs: Mapping[str, object] | list[object] | None = None
    """What is laid over the shipped specifications."""
    seed: int | None = None
    api_date: str = NEWEST
    liquidation: bool = True
    """Whether positions at their maintenance margin are liquidated."""
    insurance_fund_initial: Amount = INSURANCE_FUND_INITIAL
    """What the insurance fund opens with, in each asset that contracts settle in."""
    margin_call_ratio: Rate = Rules().margin_call_ratio
    """Margin ratio from which an account is warned."""
    rate_limits: bool = True
    unrouted: str = "all"
    ws_deflate: bool = False
    """Whether clients that offer permessage-deflate get compressed streams."""
    ws_queue_bytes: int = WsBounds().out_bytes_max
    """What may wait for a WebSocket client that does not read, before it is cut off."""
    listen_keys: str = "wall"
    """The clock on which the hour of a listen key passes: ``wall`` or ``box``."""
    countdowns: str = "wall"
    """The clock on which countdowns that cancel orders run: ``wall`` or ``box``."""
    http: HttpBounds = HttpBounds()
    ws: WsBounds = WsBounds()
    histories: ViewBounds = ViewBounds()
    """How much is remembered of orders, trades, income, candles ..."""
    log_format: str = "text"
    log_level: str = "info"
    log_requests: bool = False
    accounts_max: int = ACCOUNTS_OPEN_MAX
    allowed_host: tuple[str, ...] = ()
    """Names by which the box is reached besides its address and localhost."""
    tls_cert: str = ""
    tls_key: str = ""
    """PEM files of a certificate of the user's own; empty: none."""
    tls_self_signed: str = ""
    """The folder of a certificate that is made here; empty: none."""
    operator_token: str = ""
    account: tuple[Grant, ...] = ()
    data: str = ""
    """Directory that the box is kept in; empty: nowhere."""
    fsync: Fsync = Fsync.BATCH
    """When what was done is made durable."""
    retention: int = RETENTION
    """Snapshots that are kept, with the journal from the oldest of them on; 0: everything."""
    cadence: Cadence = Cadence()
    """How often the state is hashed and a snapshot written."""
    given: frozenset[str] = frozenset()
    """Names of the settings that some layer gave."""

    def as_founded(self, founding: msgspec.Raw) -> "Config":
        """Take over what a box was founded with, which no later start can change.

        Raises:
            ConfigError: a setting was given and is not what the box was founded with.
        """
        try:
            return replace(self, **kept_settings(founding, self, self.given, self.data))
        except FoundedOtherwise as error:
            raise ConfigError(str(error)) from None

    def __repr__(self) -> str:
        """Tell the settings without the secrets among them."""
        shown = (name for name in self.__struct_fields__ if name != "operator_token")
        return f"Config({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    @property
    def is_loopback(self) -> bool:
        """Only this machine can reach the box."""
        return is_loopback(self.host)

    def make_clock(self) -> Clock:
        """Give a clock that starts where the settings say."""
        now_ms = self.now_ms
        if now_ms is None and self.clock.mode is Mode.FROZEN:
            now_ms = Vintage(self.api_date).midnight_ms()
        return Clock(self.clock, now_ms=now_ms)


def is_loopback(host: str) -> bool:
    """Tell whether an address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Layer(msgspec.Struct, frozen=True):
    """Values of one origin: setting name -> (where it came from, value)."""

    values: Mapping[str, tuple[str, object]]


def options_layer(options: Mapping[str, object]) -> Layer:
    """Keywords of ``Box``; ``None`` means: not given."""
    return Layer(
        {name: (f"option {name}", v) for name, v in options.items() if v is not None},
    )


def flags_layer(flags: Mapping[str, object]) -> Layer:
    """Values of the command line; ``None`` means: not given."""
    return Layer(
        {n: (f"--{n.replace('_', '-')}", v) for n, v in flags.items() if v is not None},
    )


def environment_layer(environment: Mapping[str, str]) -> Layer:
    """Variables such as ``PERPBOX_PORT=8801``; lists are separated by commas."""
    values: dict[str, tuple[str, object]] = {}
    for variable, text in environment.items():
        if variable.startswith(ENVIRONMENT_PREFIX):
            values[variable.removeprefix(ENVIRONMENT_PREFIX).lower()] = (variable, text)
    return Layer(values)


def file_layer(path: str) -> Layer:
    """Settings of a TOML file, with the names of the flags (``api-date`` or ``api_date``)."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(CONFIG_FILE_BYTES_MAX + 1)
        if len(content) > CONFIG_FILE_BYTES_MAX:
            raise ConfigError(f"--config: {path} is larger than {CONFIG_FILE_BYTES_MAX} bytes")
        table = tomllib.loads(content.decode())
    except OSError as error:
        raise ConfigError(f"--config: cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"--config: {path} is not TOML: {error}") from None
    return Layer({n.replace("-", "_"): (f"{path}: {n}", v) for n, v in table.items()})


def load(*layers: Layer) -> Config:
    """Put layers together, the later one wins, and check every value.

    Raises:
        ConfigError: a setting is unknown or its value cannot be used.
    """
    merged: dict[str, tuple[str, object]] = {}
    for layer in layers:
        if {"data", "ephemeral"} <= layer.values.keys():
            raise ConfigError(f"{layer.values['ephemeral'][0]}: give either data or ephemeral")
        for name, found in layer.values.items():
            merged.pop(name, None)  # so that of data and ephemeral the later layer's counts
            merged[name] = found
    settings: dict[str, object] = {}
    for name, (origin, value) in merged.items():
        reader = _READERS.get(name)
        if reader is None:
            known = ", ".join(sorted(_READERS))
            raise ConfigError(f"{origin}: there is no such setting; there are {known}")
        try:
            settings |= reader(value)
        except ValueError as error:
            raise ConfigError(f"{origin}: {error}") from None
    config = replace(Config(), **settings, given=frozenset(merged) - {"data", "ephemeral"})
    _check_together(config)
    return config


def _check_together(config: Config) -> None:
    if config.now_ms is not None and config.clock.mode is Mode.REAL:
        raise ConfigError("now: a real clock cannot be set; add --clock frozen, jumping or a speed")
    if not config.is_loopback and not (config.account and config.operator_token):
        raise ConfigError(
            f"host: {config.host} can be reached by others, so the box needs keys of your own: "
            "add --account KEY:SECRET:100000USDT and --operator-token FILE"
        )

    if bool(config.tls_cert) != bool(config.tls_key):
        raise ConfigError(
            "tls_cert, tls_key: a certificate needs its key and a key its certificate"
        )
    if config.tls_cert and config.tls_self_signed:
        raise ConfigError("tls_self_signed: there is a certificate of your own (tls_cert)")


_Read = dict[str, object]


def _host(value: object) -> _Read:
    host = text_of(value, "an address")
    return {"host": host} if host.strip() and len(host) <= 255 else bad("an address", value)


def _allowed_hosts(value: object) -> _Read:
    names = [str(item).lower() for item in items(value)]
    for name in names:
        if not is_host_name(name):
            bad("names without a port, such as box.example", name)
    return {"allowed_host": tuple(dict.fromkeys(names))}


def _tls_self_signed(value: object) -> _Read:
    try:
        return {"tls_self_signed": TLS_HERE if switch(value) else ""}
    except ValueError:
        return {"tls_self_signed": text_of(value, "on, off or a folder")}


def _clock(value: object) -> _Read:
    return {"clock": parse_pace("" if isinstance(value, bool) else str(value))}


def _now(value: object) -> _Read:
    if isinstance(value, date):
        value = value.isoformat()
    return {"now_ms": parse_instant(value if isinstance(value, int) else str(value))}


def _symbols(value: object) -> _Read:
    if value == "all":
        return {"symbols": ()}
    symbols = items(value)
    for symbol in symbols:
        text = symbol if isinstance(symbol, str) else ""
        if _SYMBOL.fullmatch(text) is None or text != text.upper():
            bad("symbols such as BTCUSDT,ETHUSDT or all", symbol)
    return {"symbols": tuple(dict.fromkeys(symbols))} if symbols else bad("symbols", value)


def _api_date(value: object) -> _Read:
    text = value.isoformat() if isinstance(value, date) else str(value)
    try:
        return {"api_date": Vintage(text).api_date}
    except ValueError:
        bad("a date from 2019 on such as 2026-11-01", value)


def _specs(value: object) -> _Read:
    if isinstance(value, (Mapping, list)):
        return {"specs": value}
    path = Path(text_of(value, "the path of a JSON file"))
    try:
        with path.open("rb") as file:
            content = file.read(SPECS_FILE_BYTES_MAX + 1)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    if len(content) > SPECS_FILE_BYTES_MAX:
        raise ValueError(f"{path} is larger than {SPECS_FILE_BYTES_MAX} bytes")
    return {"specs": read_document(content)}


def _market(value: object) -> _Read:
    """Read ``sim``, ``recorded``, ``none`` or ``recorded:2024-08-08``."""
    name, _, day = text_of(value, " or ".join(MARKETS)).partition(":")
    market = one_of(MARKETS, name)
    if not day:
        return {"market": market}
    days = tuple(RECORDINGS)
    if market != "recorded" or day not in days:
        bad(" or ".join(f"recorded:{known}" for known in days), value)
    return {"market": market, "recording": day}


def _sim(value: object) -> _Read:
    """Read the table of the simulated market: names of ``SimSettings`` and ``LadderShape``."""
    if not isinstance(value, Mapping):
        bad("a table", value)
    path_names = set(SimSettings.__struct_fields__) - {"shape", "seed"}
    shape_names = set(LadderShape.__struct_fields__)
    path: dict[str, int] = {}
    shape: dict[str, int] = {}
    for name, number in value.items():
        if name not in path_names | shape_names:
            known = ", ".join(sorted(path_names | shape_names))
            raise ValueError(f"there is no setting {name!r}; there are {known}")
        is_decimal = name in SIM_DECIMALS
        read = amount_of(str(number)) if is_decimal else whole(number, 0, SIM_WHOLE_MAX)
        (shape if name in shape_names else path)[name] = read
    settings = replace(SimSettings(), **path)
    return {"sim": replace(settings, shape=replace(settings.shape, **shape))}


def _accounts(value: object) -> _Read:
    grants = tuple(grant_of(item) for item in items(value))
    if len(grants) > ACCOUNTS_MAX:
        raise ValueError(f"names {len(grants)} accounts, {ACCOUNTS_MAX} at most")
    if len({grant.key for grant in grants}) != len(grants):
        raise ValueError("names a key twice")
    return {"account": grants}


def _insurance_fund_initial(value: object) -> _Read:
    amount = amount_of(str(value))
    if not 0 <= amount <= INSURANCE_FUND_MAX:
        bad(f"an amount from 0 to {money.plain(INSURANCE_FUND_MAX)}", value)
    return {"insurance_fund_initial": amount}


def _margin_call_ratio(value: object) -> _Read:
    ratio = amount_of(str(value))
    if not 0 < ratio <= money.SCALE:
        bad("a ratio above 0 and at most 1", value)
    return {"margin_call_ratio": Rate(ratio)}


def _ephemeral(value: object) -> _Read:
    return {"data": ""} if switch(value) else {}


def _data(value: object) -> _Read:
    if isinstance(value, Path):
        value = str(value)
    return {"data": value} if isinstance(value, str) and value else bad("a directory", value)


_READERS: Final[Mapping[str, Callable[[object], _Read]]] = {
    "host": _host,
    "http": lambda value: {"http": table(HttpBounds(), value)},
    "ws": lambda value: {"ws": table(WsBounds(), value)},
    "histories": lambda value: {"histories": table(ViewBounds(), value)},
    "accounts_max": lambda value: {"accounts_max": whole(value, 1, ACCOUNTS_OPEN_LIMIT)},
    "log_format": lambda value: {"log_format": one_of(FORMATS, value)},
    "log_level": lambda value: {"log_level": one_of(LEVELS, value)},
    "log_requests": lambda value: {"log_requests": switch(value)},
    "allowed_host": _allowed_hosts,
    "tls_cert": lambda value: {"tls_cert": text_of(value, "the path of a PEM file")},
    "tls_key": lambda value: {"tls_key": text_of(value, "the path of a PEM file")},
    "tls_self_signed": _tls_self_signed,
    "port": lambda value: {"port": whole(value, 0, 65535)},
    "data": _data,
    "ephemeral": _ephemeral,
    "fsync": lambda value: {"fsync": Fsync(one_of(tuple(Fsync), value))},
    "retention": lambda value: {
        "retention": 0 if value == "all" else whole(value, 1, RETENTION_MAX)
    },
    "cadence": lambda value: {"cadence": table(Cadence(), value)},
    "clock": _clock,
    "now": _now,
    "market": _market,
    "sim": _sim,
    "symbols": _symbols,
    "specs": _specs,
    "seed": lambda value: {"seed": whole(value, 0, SEED_MAX)},
    "api_date": _api_date,
    "liquidation": lambda value: {"liquidation": switch(value)},
    "insurance_fund_initial": _insurance_fund_initial,
    "margin_call_ratio": _margin_call_ratio,
    "rate_limits": lambda value: {"rate_limits": switch(value)},
    "unrouted": lambda value: {"unrouted": one_of(("all", "strict"), value)},
    "listen_keys": lambda value: {"listen_keys": one_of(("wall", "box"), value)},
    "countdowns": lambda value: {"countdowns": one_of(("wall", "box"), value)},
    "ws_deflate": lambda value: {"ws_deflate": switch(value)},
    "ws_queue_bytes": lambda value: {
        "ws_queue_bytes": whole(value, WS_QUEUE_BYTES_MIN, WS_QUEUE_BYTES_MAX)
    },
    "operator_token": lambda value: {"operator_token": token_of(value)},
    "account": _accounts,
}


def setting_names() -> Iterable[str]:
    """Names of all settings, as TOML and the environment spell them."""
    return _READERS.keys()
