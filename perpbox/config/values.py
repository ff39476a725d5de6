"""The reader of each setting, whatever layer its value comes from."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from perpbox import money
from perpbox.config.settings import TLS_HERE
from perpbox.gateway.bounds import HttpBounds
from perpbox.gateway.callers import is_host_name
from perpbox.gateway.clock import parse_pace
from perpbox.gateway.instant import parse_instant
from perpbox.gateway.journal.checkpoints import Cadence
from perpbox.gateway.journal.writer import Fsync
from perpbox.gateway.logs import FORMATS, LEVELS
from perpbox.gateway.recordings import RECORDINGS
from perpbox.gateway.ws.bounds import WsBounds
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
from perpbox.wire.vintage import Vintage

SPECS_FILE_BYTES_MAX: Final = 50_000_000
SIM_WHOLE_MAX: Final = 10**9
ACCOUNTS_MAX: Final = 1_000
"""Accounts that the options may name."""
ACCOUNTS_OPEN_LIMIT: Final = 2_000_000
INSURANCE_FUND_MAX: Final = Amount(10**15 * money.SCALE)
RETENTION_MAX: Final = 1_000
SEED_MAX: Final = 2**63 - 1
WS_QUEUE_BYTES_MIN: Final = WsBounds().high_water_bytes
WS_QUEUE_BYTES_MAX: Final = 2**32
MARKETS: Final = ("sim", "recorded", "none")
SIM_DECIMALS: Final = ("volatility", "jump_size", "level_notional")
"""Settings of the simulated market that are decimals; the others are whole numbers."""

_SYMBOL = re.compile(r"\w{2,40}")
"""Letters of any script: the venue lists contracts such as 币安人生USDT."""

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


READERS: Final[Mapping[str, Callable[[object], _Read]]] = {
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
"""Setting name, as TOML and the environment spell it -> its reader (``ValueError``: not usable)."""
