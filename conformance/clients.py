"""The clients of the conformance run: packages, lines that point them at a box, drivers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

ROOM: Final = Path(__file__).parent
CONNECT: Final = ROOM / "connect"
DRIVERS: Final = ROOM / "drivers"


@dataclass(frozen=True, slots=True)
class Client:
    """One client.

    ``key`` names it on the command line and its files: ``connect/KEY.SUFFIX`` are the lines that
    point it at a box, ``drivers/drive_KEY.py`` (or ``.js``) calls it.
    """

    key: str
    name: str
    package: str
    """What the registry of its language calls it."""
    language: Literal["python", "node"]
    connect: str
    """Name of the file with its lines."""
    remark: str
    """What a user has to know besides the lines."""
    pythons: tuple[str, ...] = ()
    """Pythons it is newest on, best first; where none of them is here, the one that runs this."""
    faults: tuple[tuple[str, str], ...] = ()
    """Calls that fail whatever the box does, and why: (name, reason)."""

    @property
    def driver(self) -> Path:
        """The program that calls it."""
        return DRIVERS / f"drive_{self.key}.{'py' if self.language == 'python' else 'js'}"

    @property
    def lines(self) -> str:
        """The lines that point it at a box."""
        return (CONNECT / self.connect).read_text("utf-8")


CLIENTS: Final = (
    Client(
        "ccxt",
        "ccxt and ccxt.pro",
        "ccxt",
        "python",
        "ccxt.py",
        "The last line is for its error classes: ccxt applies its table of futures errors only at "
        "the venue's own address, and would raise a plain `ExchangeError` where you expect "
        "`InsufficientFunds`. `ccxt.binanceusdm` takes the same lines; only `watch*` and `*_ws` "
        "need the one about WebSockets.",
    ),
    Client(
        "python_binance",
        "python-binance",
        "python-binance",
        "python",
        "python_binance.py",
        "Make the `AsyncClient` yourself: `AsyncClient.create` and a `Client` without `ping=False` "
        "call the spot API first. The last two lines are for streams and the WebSocket API.",
    ),
    Client(
        "official_sdk",
        "binance-sdk-derivatives-trading-usds-futures (official)",
        "binance-sdk-derivatives-trading-usds-futures",
        "python",
        "official_sdk.py",
        "It opens all three routed stream connections at once, whichever is used.",
    ),
    Client(
        "connector",
        "binance-futures-connector",
        "binance-futures-connector",
        "python",
        "connector.py",
        "The older official connector. It uses addresses without a route, which since 2026-04-23 "
        "carry only the streams of `/public` at the venue; a box serves all of them there unless "
        "it is started with `--unrouted strict`.",
        faults=(("list_all_convert_pairs", "the client asks for a path of another API"),),
    ),
    Client(
        "freqtrade",
        "freqtrade",
        "freqtrade",
        "python",
        "freqtrade.json",
        "This is the `exchange` part of a live configuration (`dry_run` false) with "
        "`trading_mode` futures and `margin_mode` isolated.",
    ),
    Client(
        "nautilus_trader",
        "nautilus_trader",
        "nautilus_trader",
        "python",
        "nautilus_trader.py",
        "Its newest versions need Python 3.12 or newer. At addresses other than the venue's own it "
        "asks for market data without a route, so a box with `--unrouted strict` tells it what "
        "`/public` has and no more.",
        ("3.14", "3.13", "3.12"),
    ),
    Client(
        "npm_ccxt",
        "ccxt (npm)",
        "ccxt",
        "node",
        "npm_ccxt.js",
        "`loadHttpProxyAgent` has to come before the first `watch*`: without it ccxt looks for its "
        "proxy agent at every `ws://` address and fails.",
    ),
    Client(
        "npm_binance",
        "binance (npm)",
        "binance",
        "node",
        "npm_binance.js",
        "The addresses of its streams stand in one exported table.",
    ),
    Client(
        "npm_official",
        "@binance/derivatives-trading-usds-futures (official, npm)",
        "@binance/derivatives-trading-usds-futures",
        "node",
        "npm_official.js",
        "It opens all three routed stream connections at once, whichever is used.",
    ),
)
QUICK: Final = ("ccxt", "python_binance", "official_sdk")
"""Those that run in the tests too: the environment of the tests has them."""


def client_named(key: str) -> Client:
    """The client of this key.

    Raises:
        KeyError: there is none.
    """
    return {client.key: client for client in CLIENTS}[key]
