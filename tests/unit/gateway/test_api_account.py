import orjson
import pytest

from perpbox.engine.hashing import state_hash
from perpbox.wire.route import Security
from perpbox.wire.routes import ROUTES
from tests.unit.gateway.rest_box import NOW_MS, RestBox


@pytest.fixture
def box() -> RestBox:
    return RestBox(rate_limits=False)


def code(answer: object) -> object:
    assert isinstance(answer, dict)
    return answer.get("code")


def filled(box: RestBox, **params: object) -> dict[str, object]:
    return box.place(
        type="MARKET", price=None, timeInForce=None, newOrderRespType="RESULT", **params
    )


def test_reads_change_nothing(box: RestBox) -> None:
    """WIR-041."""
    filled(box)
    before = state_hash(box.state)
    for route in ROUTES:
        if route.method == "GET" and route.security is Security.USER_DATA:
            box.call("GET", route.path, symbol="ETHUSDT", orderId=1)
            box.call("GET", route.path)
    assert state_hash(box.state) == before


def test_user_trades(box: RestBox) -> None:
    """WIR-028."""
    order = filled(box)
    filled(box, side="SELL")
    opened, closed = box.rows("GET", "/fapi/v1/userTrades", symbol="BTCUSDT")
    assert list(opened) == [
        "symbol", "id", "orderId", "pair", "side", "price", "qty", "realizedPnl", "quoteQty",
        "commission", "commissionAsset", "time", "positionSide", "baseQty", "marginAsset",
        "buyer", "maker",
    ]  # fmt: skip
    assert (opened["price"], opened["qty"], opened["quoteQty"], opened["realizedPnl"]) == (
        "60001.00",
        "0.010",
        "600.01000",
        "0",
    )
    assert (opened["commission"], opened["buyer"], opened["maker"]) == ("0.30000500", True, False)
    assert closed["realizedPnl"] == "-0.02000000"
    path = "/fapi/v1/userTrades"
    found = box.rows("GET", path, symbol="BTCUSDT", orderId=order["orderId"])
    assert found == [opened]
    assert box.rows("GET", path, symbol="BTCUSDT", fromId=closed["id"]) == [closed]
    assert box.rows("GET", path, symbol="BTCUSDT", limit=1) == [closed]
    assert box.rows("GET", path, symbol="BTCUSDT", startTime=NOW_MS, limit=1) == [opened]
    assert code(box.call("GET", path, symbol="BTCUSDT", fromId=1, startTime=1)) == -1128


@pytest.mark.parametrize(
    ("api_date", "keys"),
    [
        ("2024-01-01", ["realizedPnl", "marginAsset", "quoteQty", "commission"]),
        ("2025-01-01", ["realizedPnl", "quoteQty", "commission", "commissionAsset"]),
    ],
)
def test_user_trades_of_earlier_dates(api_date: str, keys: list[str]) -> None:
    """WIR-028, WIR-038."""
    box = RestBox(api_date)
    filled(box)
    (row,) = box.rows("GET", "/fapi/v1/userTrades", symbol="BTCUSDT")
    start = list(row).index("realizedPnl")
    assert list(row)[start : start + 4] == keys
    assert list(row)[-2:] == ["maker", "buyer"]


def test_income(box: RestBox) -> None:
    """WIR-029."""
    filled(box)
    filled(box, side="SELL")
    path = "/fapi/v1/income"
    rows = box.rows("GET", path)
    assert [row["incomeType"] for row in rows][:2] == ["TRANSFER", "COMMISSION"]
    assert list(rows[0]) == [
        "symbol", "incomeType", "income", "asset", "time", "info", "tranId", "tradeId",
    ]  # fmt: skip
    assert (rows[0]["income"], rows[0]["symbol"], rows[0]["tradeId"]) == (
        "100000.00000000",
        "",
        "",
    )
    (realized,) = box.rows("GET", path, incomeType="REALIZED_PNL", symbol="BTCUSDT")
    assert (realized["income"], realized["info"]) == ("-0.02000000", "REALIZED_PNL")
    assert box.rows("GET", path, incomeType="WELCOME_BONUS") == []
    assert box.rows("GET", path, page=2, limit=1) == rows[1:2]
    assert len(box.rows("GET", path, limit=2)) == 2
    box.box_ms += 8 * 86_400_000
    assert box.rows("GET", path) == []
    assert box.rows("GET", path, startTime=NOW_MS) == rows


def test_leverage(box: RestBox) -> None:
    """WIR-030."""
    path = "/fapi/v1/leverage"
    for _ in range(2):
        assert box.raw("POST", path, box.signed_query(symbol="BTCUSDT", leverage=20))[2] == (
            b'{"symbol":"BTCUSDT","leverage":20,"maxNotionalValue":"100000000"}'
        )
    for wrong in (0, 151, 2_000_000):
        answer = box.call("POST", path, symbol="BTCUSDT", leverage=wrong)
        assert answer == {"code": -4028, "msg": f"Leverage {wrong} is not valid"}
    assert code(box.call("POST", path, symbol="BTCUSDT", leverage="ten")) == -1102
    assert code(box.call("POST", path, symbol="BTCUSDT")) == -1102


def test_margin_type_and_isolated_margin(box: RestBox) -> None:
    """WIR-030."""
    path = "/fapi/v1/marginType"
    success = {"code": 200, "msg": "success"}
    assert box.call("POST", path, symbol="BTCUSDT", marginType="ISOLATED") == success
    assert box.call("POST", path, symbol="BTCUSDT", marginType="ISOLATED") == {
        "code": -4046,
        "msg": "No need to change margin type.",
    }
    assert code(box.call("POST", path, symbol="BTCUSDT", marginType="CROSS")) == -1130
    filled(box)
    path = "/fapi/v1/positionMargin"
    add = box.signed_query(symbol="BTCUSDT", amount="0.2", type=1)
    assert box.raw("POST", path, add)[2] == (
        b'{"code":200,"msg":"Successfully modify position margin.","amount":0.2,"type":1}'
    )
    # What is taken out must leave the initial margin at mark.
    assert code(box.call("POST", path, symbol="BTCUSDT", amount="0.1", type=2)) == -4051
    assert code(box.call("POST", path, symbol="BTCUSDT", amount="5", type=1)) == 200
    assert code(box.call("POST", path, symbol="BTCUSDT", amount="0.1", type=2)) == 200
    assert code(box.call("POST", path, symbol="BTCUSDT", amount="0", type=1)) == -4055
    assert code(box.call("POST", path, symbol="BTCUSDT", amount="-1", type=2)) == -4055
    assert code(box.call("POST", path, symbol="BTCUSDT", amount="1", type=3)) == -1130
    assert code(box.call("POST", path, symbol="BTCUSDT", amount="NaN", type=1)) == -1102
    assert code(box.call("POST", path, symbol="BTCUSDT", amount="999999", type=1)) == -4050
    assert code(box.call("POST", path, symbol="BTCUSDT", amount="999", type=2)) == -4051
    opened, added, _, taken = box.rows("GET", f"{path}/history", symbol="BTCUSDT")
    assert list(added) == [
        "symbol", "type", "deltaType", "amount", "asset", "time", "positionSide", "clientTranId",
    ]  # fmt: skip
    assert (opened["deltaType"], added["deltaType"]) == ("TRADE", "USER_ADJUST")
    assert (added["type"], added["amount"]) == (1, "0.20000000")
    assert (taken["type"], taken["amount"]) == (2, "0.10000000")
    assert box.rows("GET", f"{path}/history", symbol="BTCUSDT", type=2) == [taken]


def test_isolated_margin_in_hedge_mode_without_a_side(box: RestBox) -> None:
    """WIR-030."""
    box.call("POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")
    path = "/fapi/v1/positionMargin"
    assert code(box.call("POST", path, symbol="BTCUSDT", amount="1", type=1)) == -4054
    assert code(box.call("POST", path, symbol="BTCUSDT", amount="1", type=2)) == -4051


def test_position_mode(box: RestBox) -> None:
    """WIR-030."""
    path = "/fapi/v1/positionSide/dual"
    assert box.call("GET", path) == {"dualSidePosition": False}
    assert code(box.call("POST", path, dualSidePosition="false")) == -4059
    assert box.call("POST", path, dualSidePosition="True") == {"code": 200, "msg": "success"}
    assert box.call("GET", path) == {"dualSidePosition": True}
    assert code(box.call("POST", path, dualSidePosition="maybe")) == -1130
    assert box.call("GET", "/fapi/v1/multiAssetsMargin") == {"multiAssetsMargin": False}


def test_leverage_brackets_keep_their_number_texts(box: RestBox) -> None:
    """WIR-031."""
    body = box.raw("GET", "/fapi/v1/leverageBracket", box.signed_query(symbol="BTCUSDT"))[2]
    assert body.startswith(
        b'[{"symbol":"BTCUSDT","brackets":[{"bracket":1,"initialLeverage":150,'
        b'"notionalCap":300000,"notionalFloor":0,"maintMarginRatio":0.004,"cum":0.0},'
    )
    every = orjson.loads(box.raw("GET", "/fapi/v1/leverageBracket", box.signed_query())[2])
    assert [row["symbol"] for row in every] == ["BTCUSDT", "ETHUSDT"]


def test_commission_rate(box: RestBox) -> None:
    """WIR-032."""
    assert box.call("GET", "/fapi/v1/commissionRate", symbol="BTCUSDT") == {
        "symbol": "BTCUSDT",
        "makerCommissionRate": "0.000200",
        "takerCommissionRate": "0.000500",
        "rpiCommissionRate": "0",
    }
    assert "rpiCommissionRate" not in RestBox("2025-11-25").row(
        "GET", "/fapi/v1/commissionRate", symbol="BTCUSDT"
    )


def test_configurations(box: RestBox) -> None:
    """WIR-033."""
    assert box.row("GET", "/fapi/v1/accountConfig") == {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "dualSidePosition": False,
        "updateTime": NOW_MS,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
    }
    rows = box.rows("GET", "/fapi/v1/symbolConfig", symbol="ETHUSDT")
    assert rows == [
        {
            "symbol": "ETHUSDT",
            "marginType": "CROSSED",
            "isAutoAddMargin": False,
            "leverage": 20,
            "maxNotionalValue": rows[0]["maxNotionalValue"],
        }
    ]
    assert len(box.rows("GET", "/fapi/v1/symbolConfig")) == 2


def test_position_risk_over_the_wire(box: RestBox) -> None:
    """WIR-039."""
    filled(box)
    (row,) = box.rows("GET", "/fapi/v2/positionRisk", symbol="BTCUSDT")
    assert (row["positionAmt"], row["entryPrice"], row["unRealizedProfit"]) == (
        "0.010",
        "60001.0",
        "-0.01000000",
    )
    assert len(box.rows("GET", "/fapi/v2/positionRisk")) == 2
    assert len(box.rows("GET", "/fapi/v3/positionRisk")) == 1
