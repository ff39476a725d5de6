"""A client whose order was under way when the box crashed: ask first, then resend, once."""

from pathlib import Path
from typing import Any

from perpbox.box import Box
from tests.live import Live
from tests.unit.gateway.journal.kept import BTC, START_MS, crashed, kept

KEY, SECRET = "resendkey", "resendsecret"
ORDER = {
    "symbol": BTC,
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.01",
    "price": "59000",
    "newClientOrderId": "the-one",
}


def client(box: Box) -> Live:
    return Live(box.url, KEY, SECRET, START_MS)


def asked(box: Box) -> tuple[int, Any]:
    return client(box).signed("GET", "/fapi/v1/order", symbol=BTC, origClientOrderId="the-one")


def box_at(path: Path) -> Box:
    return kept(path, account=f"{KEY}:{SECRET}:10000USDT")


def test_ask_then_resend_ends_with_one_order(tmp_path: Path) -> None:
    """JRN-013: after a crash GET by client order id finds every order that is in the journal;
    a resend of an open one gets -4116; of a finished one the id is free again."""
    with box_at(tmp_path / "box") as box:
        box.set_price(BTC, 60_000)
        before = crashed(tmp_path / "box", tmp_path / "before")
        assert client(box).signed("POST", "/fapi/v1/order", **ORDER)[0] == 200
        after = crashed(tmp_path / "box", tmp_path / "after")

    with box_at(before) as box:  # the crash came before the order was taken: nothing was answered
        assert asked(box)[1]["code"] == -2013
        assert client(box).signed("POST", "/fapi/v1/order", **ORDER)[0] == 200
        orders = client(box).signed("GET", "/fapi/v1/allOrders", symbol=BTC)[1]
        assert [order["clientOrderId"] for order in orders] == ["the-one"]

    with box_at(after) as box:  # it came before the answer was read
        status, found = asked(box)
        assert (status, found["status"]) == (200, "NEW")
        status, refused = client(box).signed("POST", "/fapi/v1/order", **ORDER)
        assert (status, refused["code"]) == (400, -4116)
        orders = client(box).signed("GET", "/fapi/v1/allOrders", symbol=BTC)[1]
        assert [order["orderId"] for order in orders] == [found["orderId"]]
        params = {"symbol": BTC, "origClientOrderId": "the-one"}
        assert client(box).signed("DELETE", "/fapi/v1/order", **params)[0] == 200
        again = crashed(after, tmp_path / "again")

    with box_at(again) as box:  # finished: the id is free again, as on the venue
        assert asked(box)[1]["status"] == "CANCELED"
        status, placed = client(box).signed("POST", "/fapi/v1/order", **ORDER)
        assert (status, placed["orderId"]) == (200, found["orderId"] + 1)
        assert asked(box)[1]["status"] == "NEW"
