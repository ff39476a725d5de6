"""The settings of a box, checked."""

import ipaddress
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from perpbox.engine.commands import Rules
from perpbox.gateway.bounds import HttpBounds
from perpbox.gateway.clock import PACES, Clock, Mode, Pace
from perpbox.gateway.journal.checkpoints import Cadence
from perpbox.gateway.journal.directory import RETENTION
from perpbox.gateway.journal.writer import Fsync
from perpbox.gateway.ws.bounds import WsBounds
from perpbox.lab.desk import ACCOUNTS_OPEN_MAX, INSURANCE_FUND_INITIAL
from perpbox.lab.founding import FoundedOtherwise, kept_settings
from perpbox.lab.wishes import Grant
from perpbox.market.paths import SimSettings
from perpbox.money import Amount, Rate
from perpbox.views.bounds import ViewBounds
from perpbox.wire.vintage import NEWEST, Vintage

TLS_HERE: Final = "on"
"""Make a certificate in the box's own place."""
DEFAULT_SEED: Final = 1
"""Seed of the market when none is given, so that two boxes show the same one."""


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
