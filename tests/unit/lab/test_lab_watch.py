"""What the operator sees while the exchange runs: commands, requests, connections, accounts."""

from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection

from perpbox.box import Box
from perpbox.engine.commands import AdvanceTime, CreateAccount, PlaceOrder, SetDepth
from perpbox.engine.events import Rejected
from perpbox.engine.rejects import Reject
from perpbox.engine.types import OrderType, PositionSide, Side, TimeInForce
from perpbox.gateway.request_log import PATH_KEPT_MAX, REQUESTS_KEPT_MAX
from perpbox.genesis import DEMO_KEY
from perpbox.lab.errors import LabCode
from perpbox.lab.operator_stream import ROWS_PER_FRAME_MAX, STATE_EVERY_MS
from perpbox.lab.telling import log_row, summary
from perpbox.lab.watch import COMMANDS_KEPT_MAX
from perpbox.money import SCALE, Price, Qty
from tests.unit.lab.lab_box import (
    LOOPBACK,
    Wall,
    as_page,
    done,
    lab,
    said,
    socket_to,
    token_of,
)

ORDER = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.010"}


def order(quantity: int = SCALE) -> PlaceOrder:
    return PlaceOrder(
        1,
        "BTCUSDT",
        Side.BUY,
        PositionSide.BOTH,
        OrderType.LIMIT,
        TimeInForce.GTC,
        Qty(quantity),
        Price(60_100 * SCALE),
        reduce_only=False,
        client_order_id="mine",
    )


def test_accounts_are_listed_with_what_they_have(box: Box) -> None:
    """LAB-110: key, modes, wallets, equity in dollars, positions and orders."""
    box.account(wallets={"USDT": 500, "BNB": 2}, hedge=True)
    box.submit(order(SCALE // 100))
    demo, second = done(box, "GET", "/accounts")
    assert (demo["account"], demo["label"], demo["key"]) == (1, "demo", DEMO_KEY)
    assert (demo["keyType"], demo["hedge"], demo["multiAssets"]) == ("HMAC", False, False)
    account = as_page(box, token_of(box), "GET", "/fapi/v2/account")[2]
    assert float(demo["equity"]) == float(account["totalMarginBalance"])
    assert demo["positions"] + demo["openOrders"] == 1
    assert second["wallets"] == {"USDT": "500", "BNB": "2"}
    assert "label" not in second
    assert done(box, "GET", "/accounts", fromId=2, limit=1) == [second]
    assert done(box, "GET", "/accounts", fromId=3) == []
    status, error = lab(box, "GET", "/accounts", limit=1001)
    assert (status, error["code"]) == (400, LabCode.FIELD_INVALID)


def test_the_margin_ratio_of_an_account(box: Box) -> None:
    """LAB-110: maintenance over margin balance of the cross positions; none left is null."""
    box.submit(order())
    row = done(box, "GET", "/accounts")[0]
    account = as_page(box, token_of(box), "GET", "/fapi/v2/account")[2]
    ratio = float(account["totalMaintMargin"]) / float(account["totalMarginBalance"])
    assert float(row["marginRatio"]) == pytest.approx(ratio, abs=1e-8)
    sunk = Box(market="none", clock="frozen", symbols=["BTCUSDT"], liquidation="off")
    sunk.set_price("BTCUSDT", 60_000)
    sunk.submit(order())
    done(sunk, "POST", "/deposits", {"account": 1, "asset": "USDT", "amount": "-100000"})
    assert done(sunk, "GET", "/accounts")[0]["marginRatio"] is None


def test_commands_are_told_in_words() -> None:
    """LAB-111: decimals as decimals, defaults left out, no key."""
    assert summary(order()) == (
        "account 1 BTCUSDT BUY BOTH LIMIT GTC quantity 1 price 60100 no reduce only "
        "client order mine"
    )
    depth = SetDepth("BTCUSDT", ((Price(1), Qty(1)),), (), replace=True)
    assert summary(depth) == "BTCUSDT 1 bids replace"
    assert summary(CreateAccount(api_key="k" * 64, hedge=True)) == "hedge"
    assert summary(AdvanceTime()) == ""
    refused = log_row((7, 5, order(), [Rejected(Reject.MARGIN_INSUFFICIENT)]))
    assert refused["refused"] == "margin insufficient"
    assert refused["events"] == ["Rejected"]


def test_the_last_commands_are_kept(box: Box) -> None:
    """LAB-111: in order, from a number on or the newest; the ring is bounded."""
    box.submit(order())
    rows = done(box, "GET", "/events", limit=2)
    assert rows[-1]["command"] == "PlaceOrder"
    assert rows[-1]["events"][0] == "OrderAccepted"
    assert [row["seq"] for row in rows] == [box.desk.sequencer.seq - 1, box.desk.sequencer.seq]
    assert done(box, "GET", "/events", fromSeq=rows[0]["seq"]) == rows
    for _ in range(COMMANDS_KEPT_MAX):
        box.submit(AdvanceTime())
    assert len(box.desk.watch.commands) == COMMANDS_KEPT_MAX
    oldest = done(box, "GET", "/events", fromSeq=0, limit=1)[0]["seq"]
    assert oldest == box.desk.sequencer.seq - COMMANDS_KEPT_MAX + 1
    box.reset()
    assert done(box, "GET", "/events", fromSeq=1, limit=1)[0]["command"] == "OpenExchange"


def test_the_last_requests_are_kept(box: Box) -> None:
    """LAB-112: newest first, with weight, account and error, without query or body."""
    as_page(box, token_of(box), "POST", "/fapi/v1/order", **ORDER)
    box.handle("GET", "/fapi/v1/depth", b"symbol=BTCUSDT&limit=1000")
    box.handle("GET", "/fapi/v3/account", b"signature=secret")
    box.handle("PATCH", "/" + "x" * 1_000)
    lost, refused, depth, placed = done(box, "GET", "/requests")
    assert (lost["method"], len(lost["path"]), lost["status"]) == ("PATCH", PATH_KEPT_MAX, 404)
    assert (refused["path"], refused["status"]) == ("/fapi/v3/account", 401)
    assert (refused["code"], refused["weight"], refused["account"]) == (-2014, 5, None)
    assert (depth["weight"], depth["session"], depth["status"]) == (20, False, 200)
    assert "code" not in depth
    assert (placed["account"], placed["session"], placed["weight"]) == (1, True, 0)
    assert placed["tookMicros"] >= 0
    assert "secret" not in str(refused)
    assert done(box, "GET", "/requests", limit=1) == [lost]
    for _ in range(REQUESTS_KEPT_MAX):
        box.handle("GET", "/fapi/v1/time")
    assert len(done(box, "GET", "/requests", limit=REQUESTS_KEPT_MAX)) == REQUESTS_KEPT_MAX


def test_the_rings_hold_on_to_nothing_large(box: Box) -> None:
    """LAB-111, LAB-112: of a deep book only the row is kept, of an error only its words."""
    levels = [[str(50_000 - number), "1"] for number in range(500)]
    done(box, "POST", "/depth", {"symbol": "BTCUSDT", "bids": levels})
    assert box.desk.watch.commands[-1] == done(box, "GET", "/events", limit=1)[0]
    assert done(box, "GET", "/events", limit=1)[0]["summary"] == "BTCUSDT 500 bids replace from lab"
    seq = box.desk.sequencer.seq
    assert done(box, "GET", "/events", fromSeq=seq, limit=1)[0]["seq"] == seq
    as_page(box, token_of(box), "POST", "/fapi/v1/order", symbol="BTCUSDT", side="x" * 9_000)
    (kept,) = box.desk.watch.requests.newest(1)
    assert all(isinstance(each, (int, str, tuple)) for each in kept)
    assert len(str(kept)) < 2_000


def test_requests_of_the_websocket_api_are_among_them(served: Box) -> None:
    """LAB-112."""
    with socket_to(served, "/ws-fapi/v1") as socket:
        socket.send('{"id":1,"method":"account.status","params":{}}')
        said(socket)
        socket.send('{"id":2,"method":"ticker.price","params":{"symbol":"BTCUSDT"}}')
        said(socket)
        price, account = done(served, "GET", "/requests")
        row = done(served, "GET", "/connections")[0]
    assert (price["method"], price["path"], price["status"]) == ("WS", "ticker.price", 200)
    assert (account["path"], account["code"]) == ("account.status", -2014)
    assert (row["kind"], row["account"], row["sentFrames"]) == ("ws-api", None, 2)


def test_connections_are_told_without_secrets(served: Box, wall: Wall) -> None:
    """LAB-113: who listens to what; listen keys and tokens are not shown."""
    token = token_of(served)
    key = served.call(lambda: served.desk.listen_keys.open(1))
    with (
        socket_to(served, "/public/ws/btcusdt@bookTicker"),
        socket_to(served, f"/private/ws?session={token}"),
        socket_to(served, f"/ws?listenKey={key}&events=ACCOUNT_UPDATE"),
        socket_to(served, "/stream?streams=nonsense"),
    ):
        rows = done(served, "GET", "/connections")
        assert [(row["kind"], row["account"], row["streams"]) for row in rows] == [
            ("public", None, ["btcusdt@bookTicker"]),
            ("private", 1, ["userData"]),
            ("all", 1, ["userData@ACCOUNT_UPDATE"]),
            ("all", None, ["unknown"]),
        ]
        assert {row["since"] for row in rows} == {wall.now_ms}
        assert [row["id"] for row in rows] == [1, 2, 3, 4]
        assert {row["peer"] for row in rows} == {"127.0.0.1"}
        assert done(served, "GET", "/connections", fromId=2, limit=1) == [rows[1]]
    assert token not in str(rows)
    assert key not in str(rows)


def told(socket: ClientConnection, kind: str) -> Any:
    """The next frame of a kind."""
    while True:
        frame = said(socket)
        if frame["e"] == kind:
            return frame


def test_the_operators_stream(served: Box, wall: Wall) -> None:
    """LAB-114: where things stand, then every command, request and step of the clock."""
    with socket_to(served, "/perpbox/v1/ws") as socket:
        assert [said(socket)["e"] for _ in range(3)] == ["clock", "state", "connections"]
        served.submit(order(SCALE // 100))
        log = told(socket, "log")
        assert (log["dropped"], log["rows"][0]["command"]) == (0, "PlaceOrder")
        served.handle("GET", "/fapi/v1/time")
        assert told(socket, "requests")["rows"][0]["path"] == "/fapi/v1/time"
        served.advance(seconds=5)
        assert told(socket, "clock")["now"] == served.desk.now_ms()
        wall.now_ms += STATE_EVERY_MS
        state = told(socket, "state")
        assert (state["seq"], state["ledgerSum"]) == (served.desk.sequencer.seq, "0")
        assert state["hash"] == done(served, "GET", "/state")["hash"]
        with socket_to(served, "/ws/btcusdt@trade"):
            wall.now_ms += STATE_EVERY_MS
            assert told(socket, "connections")["count"] == 2
        assert done(served, "GET", "/connections")[0]["kind"] == "lab"


def test_a_flood_is_cut_to_its_newest_rows(served: Box) -> None:
    """LAB-114: and the frame says how many were left out."""
    with socket_to(served, "/perpbox/v1/ws") as socket:
        said(socket)

        def flood() -> None:
            for _ in range(ROWS_PER_FRAME_MAX + 5):
                served.desk.submit(AdvanceTime())

        served.call(flood)
        log = told(socket, "log")
        assert (len(log["rows"]), log["dropped"]) == (ROWS_PER_FRAME_MAX, 5)
        assert log["rows"][-1]["seq"] == served.desk.sequencer.seq


def test_nothing_is_kept_for_a_stream_that_nobody_reads(served: Box) -> None:
    """LAB-115: who comes first hears nothing of what was before."""
    served.submit(order())
    stream = served.operator_stream
    stream.tick()
    with socket_to(served, "/perpbox/v1/ws") as socket:
        for _ in range(3):
            said(socket)
        served.submit(AdvanceTime())
        assert [row["command"] for row in told(socket, "log")["rows"]] == ["AdvanceTime"]


def test_off_loopback_the_stream_is_the_operators(tmp_path: Any) -> None:
    """LAB-116: the operator token, or the operator's own session; an account's is not enough."""
    operator = "operator-token-of-this-test"
    (tmp_path / "token").write_text(operator)
    bearer = {b"authorization": b"Bearer " + operator.encode()}
    box = Box(
        market="none",
        clock="frozen",
        symbols=["BTCUSDT"],
        operator_token=str(tmp_path / "token"),
        account=(f"{'a' * 64}:{'b' * 64}:1000USDT",),
    )
    own = lab(box, "POST", "/sessions", {}, bearer)[1]["session"]
    of_account = lab(box, "POST", "/sessions", {"account": 1}, bearer)[1]["session"]
    with box:
        for query in ("", f"?session={of_account}", "?session=nothing"):
            with (
                pytest.raises(InvalidStatus) as refused,
                socket_to(box, f"/perpbox/v1/ws{query}"),
            ):
                pass
            assert refused.value.response.status_code == 401
        with socket_to(box, f"/perpbox/v1/ws?session={own}") as socket:
            assert said(socket)["e"] == "clock"


def test_the_streams_path_wants_a_websocket(box: Box) -> None:
    """LAB-114: a plain GET is told so."""
    assert box.handle("GET", "/perpbox/v1/ws", b"", LOOPBACK)[0] == 426
