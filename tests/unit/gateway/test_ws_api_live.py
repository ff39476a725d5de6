"""The WebSocket API at its path on a served box."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from perpbox.box import Box
from perpbox.genesis import DEMO_KEY, DEMO_SECRET
from perpbox.wire.auth import Hmac
from tests.unit.gateway.ws_api_box import ORDER, payload

PATH = "/ws-fapi/v1"
WALL_MS = 1_793_491_200_000


@pytest.fixture
def box() -> Iterator[Box]:
    # The wall stands still, so that no window of the limits ends meanwhile.
    with Box(market="none", symbols=("BTCUSDT",), wall_ms=lambda: WALL_MS) as served:
        served.set_price("BTCUSDT", 60_000)
        yield served


def ask(connection: ClientConnection, method: str, **params: object) -> dict[str, Any]:
    connection.send(msgspec.json.encode({"id": 1, "method": method, "params": params}).decode())
    return msgspec.json.decode(connection.recv(), type=dict[str, Any])


def used(answer: dict[str, Any]) -> int:
    count: int = answer["rateLimits"][0]["count"]
    return count


def test_connections_pay_and_share(box: Box) -> None:
    """WSA-012: two handshakes and three requests of one address, over both doors."""
    with connect(box.ws_url + PATH) as one, connect(box.ws_url + PATH) as two:
        assert used(ask(one, "session.status")) == 12
        assert used(ask(two, "session.status")) == 14
    assert box.handle("GET", "/fapi/v1/time")[1] == b"X-MBX-USED-WEIGHT-1M: 15\r\n"


def test_a_query_hides_the_rate_limits(box: Box) -> None:
    """WSA-013."""
    with connect(f"{box.ws_url}{PATH}?returnRateLimits=false") as connection:
        assert "rateLimits" not in ask(connection, "session.status")


def test_an_exhausted_address_cannot_connect(box: Box) -> None:
    """WSA-014."""
    with connect(box.ws_url + PATH) as connection:
        answer = {"status": 200}
        while answer["status"] == 200:
            answer = ask(connection, "depth", symbol="BTCUSDT", limit=1000)
        assert answer["status"] == 429
        with pytest.raises(InvalidStatus) as caught, connect(box.ws_url + PATH):
            pass
    assert caught.value.response.status_code == 429
    assert "Retry-After" in caught.value.response.headers


def test_a_bad_text_does_not_end_the_connection(box: Box) -> None:
    """WSA-001, WSA-018."""
    with connect(box.ws_url + PATH) as connection:
        connection.send("{")
        assert '"Invalid JSON request."' in str(connection.recv())
        assert ask(connection, "depth", symbol="BTCUSDT")["status"] == 200


def test_orders_survive_their_connection_and_a_reset_does_not_end_it(box: Box) -> None:
    """WSA-005, WSA-012."""
    with connect(box.ws_url + PATH) as connection:
        for order_count in (1, 2):
            params: dict[str, object] = {
                **ORDER,
                "price": 58_000 + order_count,
                "apiKey": DEMO_KEY,
                "timestamp": box.desk.now_ms(),
            }
            signature = Hmac(DEMO_SECRET.encode()).sign(payload(params)).decode()
            answer = ask(connection, "order.place", **params, signature=signature)
            assert answer["result"]["orderId"] == order_count
            assert answer["rateLimits"][2]["count"] == order_count
    assert len(box.state.accounts[1].open_orders) == 2
    with connect(box.ws_url + PATH) as connection:
        box.reset()
        assert used(ask(connection, "session.status")) == 2
    assert not box.state.accounts[1].open_orders
