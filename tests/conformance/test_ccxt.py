"""ccxt trades on a live box, and each wrong call is the error that ccxt knows (WIR-900)."""

from typing import Any

import ccxt
import pytest

from perpbox.box import Box
from perpbox.lab.wishes import OpenedAccount
from tests.conformance.clients import ccxt_client

UNIFIED = "BTC/USDT:USDT"


@pytest.fixture
def client(box: Box, trader: OpenedAccount) -> ccxt.binanceusdm:
    return ccxt_client(box.url, trader)


def test_markets_and_balance(client: ccxt.binanceusdm) -> None:
    markets = client.load_markets()
    assert markets[UNIFIED]["linear"]
    assert markets[UNIFIED]["precision"]["price"] == 0.1
    assert client.fetch_balance()["USDT"]["free"] == 10_000
    assert client.fetch_balance({"useV2": True})["USDT"]["total"] == 10_000
    assert client.fetch_ticker(UNIFIED)["last"] == 60_000
    assert client.fetch_order_book(UNIFIED, 20)["bids"][0][0] < 60_000.1
    assert client.fetch_ohlcv(UNIFIED, "1m")


def test_settings(client: ccxt.binanceusdm) -> None:
    client.load_markets()
    assert client.set_leverage(10, UNIFIED)["leverage"] == 10
    client.set_margin_mode("isolated", UNIFIED)
    assert client.fetch_margin_mode(UNIFIED)["marginMode"] == "isolated"
    client.set_position_mode(True)
    assert client.fetch_position_mode(UNIFIED)["hedged"]
    with pytest.raises(ccxt.MarginModeAlreadySet):
        client.fapiPrivatePostMarginType({"symbol": "BTCUSDT", "marginType": "ISOLATED"})


def test_limit_orders_are_placed_edited_and_cancelled(client: ccxt.binanceusdm) -> None:
    order = client.create_order(UNIFIED, "limit", "buy", 0.01, 59_000)
    assert order["status"] == "open"
    edited = client.edit_order(order["id"], UNIFIED, "limit", "buy", 0.02, 58_900)
    assert (edited["price"], edited["amount"]) == (58_900, 0.02)
    assert [each["id"] for each in client.fetch_open_orders(UNIFIED)] == [order["id"]]
    assert client.fetch_order(order["id"], UNIFIED)["status"] == "open"
    client.cancel_order(order["id"], UNIFIED)
    assert client.fetch_order(order["id"], UNIFIED)["status"] == "canceled"
    assert client.fetch_open_orders(UNIFIED) == []


def test_several_orders_at_once(client: ccxt.binanceusdm) -> None:
    rows = [
        {"symbol": UNIFIED, "type": "limit", "side": "buy", "amount": 0.01, "price": price}
        for price in (59_000, 58_000)
    ]
    placed = client.create_orders(rows)
    assert len(client.fetch_open_orders(UNIFIED)) == 2
    client.cancel_orders([row["id"] for row in placed], UNIFIED)
    client.create_orders(rows)
    client.cancel_all_orders(UNIFIED)
    assert client.fetch_open_orders(UNIFIED) == []


def test_market_order_to_position_and_back(client: ccxt.binanceusdm) -> None:
    client.load_markets()
    client.set_leverage(10, UNIFIED)
    bought = client.create_order(UNIFIED, "market", "buy", 0.01)
    assert bought["status"] == "closed"
    for use_v2 in (False, True):
        (position,) = client.fetch_positions([UNIFIED], {"useV2": use_v2})
        assert (position["side"], position["contracts"]) == ("long", 0.01)
        assert position["markPrice"] == 60_000
        assert position["leverage"] == (10 if use_v2 else None)
    (fill,) = client.fetch_my_trades(UNIFIED)
    assert (fill["side"], fill["amount"], fill["takerOrMaker"]) == ("buy", 0.01, "taker")
    client.create_order(UNIFIED, "market", "sell", 0.01, params={"reduceOnly": True})
    assert client.fetch_positions([UNIFIED]) == []
    kinds = {row["info"]["incomeType"] for row in client.fetch_ledger("USDT")}
    assert kinds >= {"TRANSFER", "COMMISSION", "REALIZED_PNL"}
    assert len(client.fetch_orders(UNIFIED)) == 2


def wrong_calls() -> list[Any]:
    limit = (UNIFIED, "limit", "buy")
    return [
        pytest.param(
            lambda c: c.create_order(*limit, 100, 60_000), ccxt.InsufficientFunds, id="margin"
        ),
        pytest.param(lambda c: c.cancel_order("99", UNIFIED), ccxt.OrderNotFound, id="cancel"),
        pytest.param(lambda c: c.fetch_order("99", UNIFIED), ccxt.OrderNotFound, id="query"),
        pytest.param(
            lambda c: c.create_order(*limit, 0.01, 59_000, {"timeInForce": "FOK"}),
            ccxt.OrderNotFillable,
            id="fok",
        ),
        pytest.param(
            lambda c: c.create_order(*limit, 0.01, 61_000, {"timeInForce": "GTX"}),
            ccxt.OrderNotFillable,
            id="post-only",
        ),
        pytest.param(
            lambda c: c.create_order(UNIFIED, "market", "sell", 0.01, params={"reduceOnly": True}),
            ccxt.InvalidOrder,
            id="reduce-only",
        ),
        pytest.param(
            lambda c: c.fapiPublicGetDepth({"symbol": "NOPEUSDT"}), ccxt.BadSymbol, id="symbol"
        ),
    ]


@pytest.mark.parametrize(("call", "error"), wrong_calls())
def test_wrong_calls(client: ccxt.binanceusdm, call: Any, error: type[Exception]) -> None:
    client.load_markets()
    with pytest.raises(error):
        call(client)


def test_invalid_order(client: ccxt.binanceusdm) -> None:
    client.load_markets()
    request = {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.0001",
        "price": "59000",
    }
    with pytest.raises(ccxt.BadRequest):
        client.fapiPrivatePostOrder(request)
    with pytest.raises(ccxt.InvalidOrder):
        client.fapiPrivatePostOrder({**request, "type": "STOP_MARKET", "stopPrice": "1"})


def test_wrong_secret_and_wrong_key(box: Box, trader: OpenedAccount) -> None:
    client = ccxt_client(box.url, trader)
    client.secret = "no"
    with pytest.raises(ccxt.AuthenticationError):
        client.fetch_balance()
    client.apiKey = "nobody"
    with pytest.raises(ccxt.AuthenticationError):
        client.fetch_balance()


def test_wrong_clock(client: ccxt.binanceusdm, monkeypatch: pytest.MonkeyPatch) -> None:
    late = client.milliseconds() - 60_000
    monkeypatch.setattr(client, "nonce", lambda: late)
    with pytest.raises(ccxt.InvalidNonce):
        client.fetch_balance()


def test_too_many_requests_stop_the_client(client: ccxt.binanceusdm) -> None:
    """ccxt turns every HTTP 429 into DDoSProtection before it looks at the code."""
    client.load_markets()
    client.enableRateLimit = False

    def poll() -> None:
        for _ in range(200):
            client.fapiPublicGetTicker24hr()

    with pytest.raises(ccxt.DDoSProtection, match="-1003"):
        poll()
