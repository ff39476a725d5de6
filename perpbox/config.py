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
from typing import Final, NoReturn

import msgspec

from perpbox import money
from perpbox.lab.times import parse_time_ms
from perpbox.money import Amount
from perpbox.wire.vintage import NEWEST, Vintage

ENVIRONMENT_PREFIX: Final = "PERPBOX_"
CONFIG_FILE_BYTES_MAX: Final = 1_000_000
TOKEN_LENGTH_MIN: Final = 16
ACCOUNTS_MAX: Final = 1_000
"""Accounts that the options may name."""
SEED_MAX: Final = 2**63 - 1
SPEED_MAX: Final = 1_000_000
DEFAULT_SEED: Final = 1
"""Seed of the market when none is given, so that two boxes show the same one."""
CLOCK_MODES: Final = ("real", "frozen", "jumping", "scaled")
MARKETS: Final = ("sim", "recorded", "none")

_SYMBOL = re.compile(r"[A-Z0-9_]{2,40}", re.ASCII)
_KEY = re.compile(r"[A-Za-z0-9_-]{8,128}", re.ASCII)
_GRANT = re.compile(r"([0-9.]+)([A-Z0-9]{2,20})", re.ASCII)
_TRUE: Final = ("on", "true", "yes", "1")
_FALSE: Final = ("off", "false", "no", "0")


class ConfigError(ValueError):
    """A setting that cannot be used; the message names the setting and where it came from."""


class JournalMissing(ConfigError):
    """``--data`` was asked for and cannot be had yet."""


class Grant(msgspec.Struct, frozen=True):
    """An account that the options name: key, secret and what is in its wallet."""

    key: str
    secret: str
    wallets: tuple[tuple[str, Amount], ...]


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """The settings, checked. The names are those of the flags of ``perpbox serve``."""

    host: str = "127.0.0.1"
    port: int = 8800
    clock: str = "real"
    speed: int = money.SCALE
    """Box milliseconds per wall millisecond at scale 1e-8; used by the scaled clock."""
    now_ms: int | None = None
    market: str = "sim"
    symbols: tuple[str, ...] = ()
    """Contracts on the board; empty: all that the specifications name."""
    specs: str = ""
    seed: int | None = None
    api_date: str = NEWEST
    rate_limits: bool = True
    unrouted: str = "all"
    operator_token: str = ""
    account: tuple[Grant, ...] = ()

    @property
    def is_loopback(self) -> bool:
        """Only this machine can reach the box."""
        return is_loopback(self.host)

    @property
    def start_ms(self) -> int | None:
        """Where the clock starts; ``None``: at the wall clock."""
        if self.now_ms is not None or self.clock in ("real", "scaled"):
            return self.now_ms
        return Vintage(self.api_date).midnight_ms()


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
        merged |= layer.values
    settings: dict[str, object] = {}
    for name, (origin, value) in merged.items():
        reader = _READERS.get(name)
        if reader is None:
            known = ", ".join(sorted(_READERS))
            raise ConfigError(f"{origin}: there is no such setting; there are {known}")
        try:
            settings |= reader(value)
        except JournalMissing as error:
            raise JournalMissing(f"{origin}: {error}") from None
        except ValueError as error:
            raise ConfigError(f"{origin}: {error}") from None
    config = msgspec.convert(settings, Config)
    _check_together(config)
    return config


def _check_together(config: Config) -> None:
    if config.now_ms is not None and config.clock == "real":
        raise ConfigError("now: a real clock cannot be set; add --clock frozen, jumping or a speed")
    if not config.is_loopback and not (config.account and config.operator_token):
        raise ConfigError(
            f"host: {config.host} can be reached by others, so the box needs keys of your own: "
            "add --account KEY:SECRET:100000USDT and --operator-token FILE"
        )


_Read = dict[str, object]


def _bad(expected: str, value: object) -> NoReturn:
    raise ValueError(f"must be {expected}, not {str(value)[:60]!r}")


def _text(value: object, expected: str) -> str:
    return value if isinstance(value, str) else _bad(expected, value)


def _whole(value: object, low: int, high: int) -> int:
    expected = f"a whole number from {low} to {high}"
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,20}", value, re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        _bad(expected, value)
    return value


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).lower()
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    _bad("on or off", value)


def _one_of(names: tuple[str, ...], value: object) -> str:
    return value if isinstance(value, str) and value in names else _bad(" or ".join(names), value)


def _items(value: object) -> list[object]:
    if isinstance(value, str):
        return [item.strip() for item in value.split(",") if item.strip()]
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _host(value: object) -> _Read:
    host = _text(value, "an address")
    return {"host": host} if host.strip() and len(host) <= 255 else _bad("an address", value)


def _clock(value: object) -> _Read:
    expected = "real, frozen, jumping or a speed such as 60"
    if value in ("real", "frozen", "jumping"):
        return {"clock": value}
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        _bad(expected, value)
    try:
        speed = money.parse(str(value))
    except (money.NotADecimal, money.TooManyDecimals):
        _bad(expected, value)
    if not 0 < speed <= SPEED_MAX * money.SCALE:
        _bad(f"a speed above 0 and at most {SPEED_MAX}", value)
    return {"clock": "scaled", "speed": speed}


def _now(value: object) -> _Read:
    if isinstance(value, date):
        value = value.isoformat()
    return {"now_ms": parse_time_ms(str(value))}


def _symbols(value: object) -> _Read:
    if value == "all":
        return {"symbols": ()}
    symbols = _items(value)
    for symbol in symbols:
        if not isinstance(symbol, str) or not _SYMBOL.fullmatch(symbol):
            _bad("symbols such as BTCUSDT,ETHUSDT or all", symbol)
    return {"symbols": tuple(dict.fromkeys(symbols))} if symbols else _bad("symbols", value)


def _api_date(value: object) -> _Read:
    text = value.isoformat() if isinstance(value, date) else str(value)
    try:
        return {"api_date": Vintage(text).api_date}
    except ValueError:
        _bad("a date from 2019 on such as 2026-11-01", value)


def _specs(value: object) -> _Read:
    path = _text(value, "the path of a JSON file")
    return {"specs": path} if Path(path).is_file() else _bad("a file that is there", value)


def _operator_token(value: object) -> _Read:
    path = Path(_text(value, "the path of a file"))
    try:
        token = path.read_text("ascii").strip()
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        _bad("a file of ASCII text", value)
    if len(token) < TOKEN_LENGTH_MIN or not token.isprintable() or " " in token:
        raise ValueError(f"{path} must hold a token of at least {TOKEN_LENGTH_MIN} letters")
    return {"operator_token": token}


def _accounts(value: object) -> _Read:
    grants = tuple(_grant(item) for item in _items(value))
    if len(grants) > ACCOUNTS_MAX:
        raise ValueError(f"names {len(grants)} accounts, {ACCOUNTS_MAX} at most")
    if len({grant.key for grant in grants}) != len(grants):
        raise ValueError("names a key twice")
    return {"account": grants}


def _grant(value: object) -> Grant:
    """Read ``KEY:SECRET:100000USDT``; more wallets follow a plus sign. Never quotes the secret."""
    parts = str(value).split(":")
    if len(parts) != 3 or not all(_KEY.fullmatch(part) for part in parts[:2]):
        raise ValueError(
            "must be KEY:SECRET:100000USDT, key and secret of 8 to 128 letters and digits"
        )
    wallets: list[tuple[str, Amount]] = []
    for wallet in parts[2].split("+"):
        match = _GRANT.fullmatch(wallet)
        if match is None:
            _bad("an amount and an asset such as 100000USDT", wallet)
        wallets.append((match[2], _amount(match[1])))
    return Grant(parts[0], parts[1], tuple(wallets))


def _amount(text: str) -> Amount:
    try:
        return Amount(money.parse(text))
    except (money.NotADecimal, money.TooManyDecimals):
        _bad("a decimal amount with 8 decimals at most", text)


def _ephemeral(value: object) -> _Read:
    if not _switch(value):
        raise JournalMissing(NO_JOURNAL)
    return {}


def _data(value: object) -> _Read:
    raise JournalMissing(f"cannot keep the box in {str(value)[:200]}: {NO_JOURNAL}")


NO_JOURNAL: Final = "the journal does not exist yet; use --ephemeral"

_READERS: Final[Mapping[str, Callable[[object], _Read]]] = {
    "host": _host,
    "port": lambda value: {"port": _whole(value, 0, 65535)},
    "data": _data,
    "ephemeral": _ephemeral,
    "clock": _clock,
    "now": _now,
    "market": lambda value: {"market": _one_of(MARKETS, value)},
    "symbols": _symbols,
    "specs": _specs,
    "seed": lambda value: {"seed": _whole(value, 0, SEED_MAX)},
    "api_date": _api_date,
    "rate_limits": lambda value: {"rate_limits": _switch(value)},
    "unrouted": lambda value: {"unrouted": _one_of(("all", "strict"), value)},
    "operator_token": _operator_token,
    "account": _accounts,
}


def setting_names() -> Iterable[str]:
    """Names of all settings, as TOML and the environment spell them."""
    return _READERS.keys()
