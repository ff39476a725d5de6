"""ccxt places, lists and cancels conditional orders, and sees one trigger (ALG-900)."""

import ccxt
import pytest

from perpbox.box import Box
from perpbox.lab.wishes import OpenedAccount
from tests.conformance.clients import ccxt_client

UNIFIED = "BTC/USDT:USDT"


@pytest.fixture
def client(box: Box, trader: OpenedAccount) -> ccxt.binanceusdm:
    return ccxt_client(box.url, trader)


def test_stop_and_take_profit(client: ccxt.binanceusdm, box: Box) -> None:
    client.create_order(UNIFIED, "market", "buy", 0.01)
    stop = client.create_order(
        UNIFIED, "market", "sell", 0.01, params={"stopLossPrice": 59_000, "reduceOnly": True}
    )
    take = client.create_order(
        UNIFIED, "limit", "sell", 0.01, 62_000, {"takeProfitPrice": 61_500, "reduceOnly": True}
    )
    trail = client.create_order(
        UNIFIED, "market", "sell", 0.01, params={"trailingPercent": 1.5, "reduceOnly": True}
    )
    waiting = client.fetch_open_orders(UNIFIED, params={"trigger": True})
    assert {each["id"] for each in waiting} == {stop["id"], take["id"], trail["id"]}
    client.cancel_order(trail["id"], UNIFIED, {"trigger": True})
    box.set_price("BTCUSDT", 59_000)
    assert client.fetch_positions([UNIFIED]) == []
    assert [each["id"] for each in client.fetch_open_orders(UNIFIED, params={"trigger": True})] == [
        take["id"]
    ]
    client.cancel_all_orders(UNIFIED, {"trigger": True})
    assert client.fetch_open_orders(UNIFIED, params={"trigger": True}) == []


def test_a_stop_on_the_wrong_side(client: ccxt.binanceusdm) -> None:
    with pytest.raises(ccxt.OrderImmediatelyFillable):
        client.create_order(UNIFIED, "market", "sell", 0.01, params={"stopLossPrice": 61_000})
