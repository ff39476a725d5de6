"""Orders over the wire: POST order and order.place, beside the barest server."""

import hmac
import json
import statistics
import time
from collections.abc import Callable

from bench.load import Load, framed
from bench.servers import (
    HOST,
    KEY,
    SECRET,
    Perpbox,
    asked,
    get_request,
    load,
    signed_target,
)

SYMBOL = "BTCUSDT"
SIDES = ("BUY", "SELL")
DEEP = "900"
BOOK = (("59999.90", DEEP), ("60000.10", DEEP))
CALLS = 300


def stock(box: Perpbox) -> None:
    """Prices, and a street that no run of the load can exhaust."""
    box.lab("/prices", symbol=SYMBOL, index="60000", mark="60000", last="60000")
    box.lab("/depth", symbol=SYMBOL, bids=[BOOK[0]], asks=[BOOK[1]])


def _terms(side: str) -> str:
    return f"symbol={SYMBOL}&side={side}&type=LIMIT&timeInForce=IOC&quantity=0.001&price=60000"


def rest_requests() -> list[bytes]:
    """Limit orders of both sides that find nothing at their price: checked, entered, expired."""
    return [get_request(signed_target("/fapi/v1/order", _terms(side)), "POST") for side in SIDES]


def fill_requests() -> list[bytes]:
    """Market orders of both sides, so that the position stays small: each fills and settles."""
    terms = "symbol={}&side={}&type=MARKET&quantity=0.001"
    return [
        get_request(signed_target("/fapi/v1/order", terms.format(SYMBOL, side)), "POST")
        for side in SIDES
    ]


def ws_requests() -> list[bytes]:
    """The limit orders as ``order.place``."""
    texts = []
    for side in SIDES:
        params: dict[str, object] = {
            **dict(pair.split("=") for pair in _terms(side).split("&")),
        }
        params |= {"apiKey": KEY, "recvWindow": 60000, "timestamp": time.time_ns() // 1_000_000}
        signed = "&".join(f"{name}={params[name]}" for name in sorted(params))
        params["signature"] = hmac.digest(SECRET.encode(), signed.encode(), "sha256").hex()
        texts.append(json.dumps({"id": "b", "method": "order.place", "params": params}).encode())
    return texts


def ask_rest(
    requests: Callable[[], list[bytes]], port: int, connections: int, seconds: float
) -> Load:
    """Signed just before: a signature is good for a minute."""
    return load(port, requests(), connections, seconds)


def ask_ws(port: int, connections: int, seconds: float) -> Load:
    arguments = ["bench.ws_load", str(port), str(connections), str(seconds)]
    return Load(**asked(arguments, framed(ws_requests()), seconds))


def ccxt_overhead_us(port: int) -> float | None:
    """What ccxt's create_order costs its caller apart from the wire; None without ccxt."""
    try:
        import ccxt  # noqa: PLC0415
    except ImportError:
        return None
    options = {"fetchCurrencies": False, "fetchMargins": False}
    client = ccxt.binanceusdm(
        {"apiKey": KEY, "secret": SECRET, "enableRateLimit": False, "options": options}
    )
    client.urls["api"] = {
        name: url.replace("https://fapi.binance.com", f"http://{HOST}:{port}")
        for name, url in client.urls["api"].items()
        if isinstance(url, str)
    }
    client.load_markets()
    unified = client.markets_by_id[SYMBOL][0]["symbol"]
    answer = client.create_order(unified, "limit", "buy", 0.01, 59_000)["info"]
    client.fetch = lambda *_arguments, **_options: answer
    times = []
    for _ in range(CALLS):
        began = time.perf_counter()
        client.create_order(unified, "limit", "buy", 0.01, 59_000)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e6
