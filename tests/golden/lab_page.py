"""``docs/lab.md`` from the lab's table; the examples are asked of a real box.

python -m tests.golden.lab_page > docs/lab.md
"""

import sys

import orjson

from perpbox.box import Box
from perpbox.lab.reference import page
from perpbox.lab.route import PREFIX, LabRoute
from tests.unit.lab.lab_box import LOOPBACK, Wall, as_page, done, socket_to, token_of

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.1"}


def example_box(market: str) -> Box:
    """An exchange with one position, and one symbol that is isolated."""
    box = Box(market=market, clock="frozen", symbols=["BTCUSDT", "ETHUSDT"], seed=1, wall_ms=Wall())
    if market == "none":
        box.set_price("BTCUSDT", 60_000)
        box.set_price("ETHUSDT", 3_000)
        token = token_of(box)
        isolated = {"symbol": "ETHUSDT", "marginType": "ISOLATED"}
        assert as_page(box, token, "POST", "/fapi/v1/marginType", **isolated)[0] == 200
        assert as_page(box, token, "POST", "/fapi/v1/order", **ORDER)[0] == 200
    return box


def ask(route: LabRoute) -> object:
    """What a box answers to the example of a route.

    Raises:
        AssertionError: the example is refused.
    """
    box = example_box(route.example_market)
    headers = dict(LOOPBACK)
    if route.takes_session:
        headers[b"x-perpbox-session"] = token_of(box).encode()
    sent = route.example.encode()
    query, body = (sent, b"") if route.method == "GET" else (b"", sent)
    path = PREFIX + route.path
    if path.endswith("/connections"):
        return connections(box)
    status, _, answer = box.handle(route.method, path, query, headers, body)
    assert status == 200, (route.method, path, answer)
    return orjson.loads(answer)


def connections(box: Box) -> object:
    """The one answer that needs a client."""
    with box:
        path = f"/stream?streams=btcusdt@bookTicker/{token_of(box)}"
        with socket_to(box, path):
            return done(box, "GET", "/connections")


def main() -> None:
    """Print the page."""
    sys.stdout.write(page(ask))


if __name__ == "__main__":
    main()
