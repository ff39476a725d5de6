"""Addresses without a route, as clients from before the routes use them (WSS-900)."""

import asyncio
import json

import pytest
from websockets.asyncio.client import connect

from perpbox.box import Box
from tests.conformance.waiting import SESSION_S
from tests.live import Live

NAMES = ["btcusdt@aggTrade", "btcusdt@markPrice", "btcusdt@bookTicker", "btcusdt@depth@100ms"]
PUBLIC = {"bookTicker", "depthUpdate"}
OTHERS = {"aggTrade", "markPriceUpdate", "TRADE_LITE", "ORDER_TRADE_UPDATE", "ACCOUNT_UPDATE"}
LIST = {"method": "LIST_SUBSCRIPTIONS", "id": 1}


def kinds_heard(box: Box, begin: str) -> set[str]:
    """Event types that one socket hears of its own user's order, which it has asked for."""
    box.set_price("BTCUSDT", 60_000)
    account = box.account(usdt=10_000)
    user = Live(box.url, account.key, account.secret, box.desk.now_ms())
    key = user.call("POST", "/fapi/v1/listenKey")[1]["listenKey"]

    async def session() -> set[str]:
        async with asyncio.timeout(SESSION_S), connect(box.ws_url + begin) as socket:
            asked = {"method": "SUBSCRIBE", "params": [*NAMES, key], "id": 1}
            await socket.send(json.dumps(asked))
            assert json.loads(await socket.recv()) == {"result": None, "id": 1}
            order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
            assert user.signed("POST", "/fapi/v1/order", **order)[0] == 200
            box.set_price("BTCUSDT", 60_001)
            await socket.send(json.dumps(LIST))
            kinds: set[str] = set()
            while "result" not in (told := json.loads(await socket.recv())):
                kinds.add(told.get("data", told)["e"])
            assert set(told["result"]) == {*NAMES, key}
            return kinds

    return asyncio.run(session())


@pytest.mark.parametrize("begin", ["/ws", "/stream"])
@pytest.mark.parametrize(("unrouted", "heard"), [("all", PUBLIC | OTHERS), ("strict", PUBLIC)])
def test_what_old_addresses_deliver(unrouted: str, heard: set[str], begin: str) -> None:
    """WSS-900: time stands still, so whatever comes of a command has come before the answer."""
    symbols = ("BTCUSDT",)
    with Box(market="none", clock="frozen", symbols=symbols, unrouted=unrouted) as box:
        assert kinds_heard(box, begin) == heard
