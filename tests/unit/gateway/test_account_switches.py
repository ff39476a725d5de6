"""Every switch of an account over the wire, each refusal with its code."""

import orjson
import pytest

from perpbox.engine.commands import (
    AdvanceTime,
    ChangeAssetMode,
    Deposit,
    SetAssetIndex,
    SetAutoAddMargin,
    SetFeeTier,
    SetNotionalCoefficient,
)
from perpbox.engine.rejects import Reject
from perpbox.money import SCALE, Amount, Price, Rate, parse
from perpbox.wire.errors import reject_error
from tests.unit.gateway.rest_box import NOW_MS, RestBox

BTC = {"symbol": "BTCUSDT"}
SUCCESS = {"code": 200, "msg": "success"}
MULTI = "/fapi/v1/multiAssetsMargin"
BURN = "/fapi/v1/feeBurn"


@pytest.fixture
def box() -> RestBox:
    return RestBox(rate_limits=False)


def code(answer: object) -> object:
    assert isinstance(answer, dict)
    return answer.get("code")


def market(box: RestBox, side: str = "BUY", quantity: str = "0.010", **params: object) -> None:
    answer = box.place(
        type="MARKET", price=None, timeInForce=None, side=side, quantity=quantity, **params
    )
    assert "orderId" in answer, answer


def fund(box: RestBox, asset: str, text: str) -> None:
    box.submit(Deposit(box.account_id, asset, Amount(parse(text))))


def switch(box: RestBox, on: bool) -> object:
    return box.call("POST", MULTI, multiAssetsMargin=str(on).lower())


def test_leverage_codes(box: RestBox) -> None:
    """ACC-002, ACC-003, ACC-004, ACC-005: -4028, -2027, -2028, -4161."""
    path = "/fapi/v1/leverage"
    assert code(box.call("POST", path, **BTC, leverage=0)) == -4028
    box.place(quantity="6", price="59000")
    # 354,000 are above the cap of the first bracket.
    assert code(box.call("POST", path, **BTC, leverage=150)) == -2027
    assert code(box.call("POST", path, **BTC, leverage=2)) == -2028
    box.call("DELETE", "/fapi/v1/allOpenOrders", **BTC)
    box.call("POST", "/fapi/v1/marginType", **BTC, marginType="ISOLATED")
    market(box)
    assert code(box.call("POST", path, **BTC, leverage=19)) == -4161
    assert box.row("POST", path, **BTC, leverage=21)["leverage"] == 21


def test_margin_type_codes(box: RestBox) -> None:
    """ACC-006, ACC-035: -4046, -4047, -4048, and -4168 in multi-assets mode."""
    path = "/fapi/v1/marginType"
    assert code(box.call("POST", path, **BTC, marginType="CROSSED")) == -4046
    order = box.place()
    assert code(box.call("POST", path, **BTC, marginType="ISOLATED")) == -4047
    box.call("DELETE", "/fapi/v1/order", **BTC, orderId=order["orderId"])
    market(box)
    assert code(box.call("POST", path, **BTC, marginType="ISOLATED")) == -4048
    market(box, "SELL")
    switch(box, True)
    assert box.call("POST", path, **BTC, marginType="ISOLATED") == {
        "code": -4168,
        "msg": "Unable to adjust to isolated-margin mode under the Multi-Assets mode.",
    }


def test_position_mode_codes(box: RestBox) -> None:
    """ACC-007: -4059, -4067, -4068, and -4061 for an order of the other mode."""
    path = "/fapi/v1/positionSide/dual"
    assert code(box.call("POST", path, dualSidePosition="false")) == -4059
    order = box.place()
    assert code(box.call("POST", path, dualSidePosition="true")) == -4067
    box.call("DELETE", "/fapi/v1/order", **BTC, orderId=order["orderId"])
    market(box)
    assert code(box.call("POST", path, dualSidePosition="true")) == -4068
    market(box, "SELL")
    assert code(box.place(positionSide="LONG")) == -4061
    assert box.call("POST", path, dualSidePosition="true") == SUCCESS
    assert code(box.place()) == -4061


def test_multi_assets_codes(box: RestBox) -> None:
    """ACC-035, ACC-036: -4171, -4170, -4167, -4169, -4172."""
    assert switch(box, False) == {
        "code": -4171,
        "msg": "Adjusted asset mode is currently set and does not need to be adjusted repeatedly.",
    }
    order = box.place()
    assert code(switch(box, True)) == -4170
    box.call("DELETE", "/fapi/v1/order", **BTC, orderId=order["orderId"])
    box.call("POST", "/fapi/v1/marginType", **BTC, marginType="ISOLATED")
    assert code(switch(box, True)) == -4167
    box.call("POST", "/fapi/v1/marginType", **BTC, marginType="CROSSED")
    assert switch(box, True) == SUCCESS
    assert code(switch(box, True)) == -4171
    assert box.call("GET", MULTI) == {"multiAssetsMargin": True}
    fund(box, "BTC", "2")
    market(box)
    fund(box, "USDT", "-99980")
    assert code(switch(box, False)) == -4169
    fund(box, "USDT", "-30")
    assert code(switch(box, False)) == -4172
    fund(box, "USDT", "1000")
    assert switch(box, False) == SUCCESS
    assert code(box.call("POST", MULTI, multiAssetsMargin="maybe")) == -1130
    assert code(box.call("POST", MULTI)) == -1102


def test_isolated_margin_codes(box: RestBox) -> None:
    """ACC-008: -4054, -4055, -4049, -4050, -4051."""
    path = "/fapi/v1/positionMargin"

    def adjust(amount: str, kind: int) -> object:
        return code(box.call("POST", path, **BTC, amount=amount, type=kind))

    assert adjust("1", 1) == -4054
    assert adjust("0", 1) == -4055
    market(box)
    assert adjust("1", 1) == -4049
    market(box, "SELL")
    box.call("POST", "/fapi/v1/marginType", **BTC, marginType="ISOLATED")
    market(box)
    assert adjust("100000", 1) == -4050
    assert adjust("1000", 2) == -4051
    assert adjust("10", 1) == 200


def test_automatic_margin_codes_and_text(box: RestBox) -> None:
    """ACC-040: -4052, -4053; the flag prints as a string, false where nothing is isolated."""
    assert reject_error(Reject.AUTO_ADD_SAME).code == -4052
    assert reject_error(Reject.AUTO_ADD_NOT_ISOLATED).code == -4053
    path = "/fapi/v2/positionRisk"
    assert box.rows("GET", path, **BTC)[0]["isAutoAddMargin"] == "false"
    box.call("POST", "/fapi/v1/marginType", **BTC, marginType="ISOLATED")
    box.submit(SetAutoAddMargin(box.account_id, "BTCUSDT", True))
    assert box.rows("GET", path, **BTC)[0]["isAutoAddMargin"] == "true"
    assert box.rows("GET", "/fapi/v1/symbolConfig", **BTC)[0]["isAutoAddMargin"] is True


def test_multi_assets_account(box: RestBox) -> None:
    """ACC-032, ACC-033: totals in dollars, every asset at its rates; v2, v3 and balances agree."""
    fund(box, "BTC", "1")
    switch(box, True)
    market(box)
    for path in ("/fapi/v2/account", "/fapi/v3/account"):
        account = box.row("GET", path)
        # (100000 - 0.300005) * 0.9999 + 60000 * 0.95
        assert account["totalWalletBalance"] == "156989.70002500"
        # 600 / 20 * 1.0001; -0.01 * 0.9999
        assert account["totalInitialMargin"] == "30.00300000"
        assert account["totalUnrealizedProfit"] == "-0.00999900"
        # and 0.01 * 1 of what the last price is worse
        assert account["availableBalance"] == "156959.68702600"
        assets = account["assets"]
        assert isinstance(assets, list)
        found = {row["asset"]: row for row in assets}
        assert found["BTC"]["availableBalance"] == "2.49142360"
        assert found["BTC"]["maxWithdrawAmount"] == "1.00000000"
        assert found["ETH"]["maxWithdrawAmount"] == "0.00000000"
        assert found["USDT"]["maxWithdrawAmount"] == "99999.69999500"
    balances = {row["asset"]: row for row in box.rows("GET", "/fapi/v3/balance")}
    assert balances["BTC"]["availableBalance"] == "2.49142360"
    assert box.row("GET", "/fapi/v2/account")["multiAssetsMargin"] is True
    assert box.row("GET", "/fapi/v1/accountConfig")["multiAssetsMargin"] is True


def test_position_risk_follows_collateral_prices(box: RestBox) -> None:
    """MAR-051: an index moves the liquidation price of a symbol that is not its own."""
    fund(box, "BTC", "1")
    switch(box, True)
    fund(box, "USDT", "-99900")
    box.set_market("ETHUSDT", 3000)
    market(box, quantity="20", symbol="ETHUSDT")
    path = "/fapi/v2/positionRisk"

    def liquidation() -> object:
        return box.rows("GET", path, symbol="ETHUSDT")[0]["liquidationPrice"]

    seen = [liquidation()]
    box.set_market("BTCUSDT", 59_000)
    seen.append(liquidation())
    box.submit(SetAssetIndex("BTC", Price(58_000 * SCALE)))
    seen.append(liquidation())
    box.submit(SetAssetIndex("USDT", Price(SCALE * 99 // 100)))
    seen.append(liquidation())
    assert len(set(seen)) == 4


def test_fee_burn(box: RestBox) -> None:
    """ACC-037: the switch, and what it does to fills, income and the break-even price."""
    assert box.call("GET", BURN) == {"feeBurn": False}
    for _ in range(2):
        assert box.call("POST", BURN, feeBurn="true") == SUCCESS
    assert box.call("GET", BURN) == {"feeBurn": True}
    assert box.row("GET", "/fapi/v2/account")["feeBurn"] is True
    box.submit(SetAssetIndex("BNB", Price(600 * SCALE)))
    fund(box, "BNB", "0.0005")
    market(box)
    market(box)
    first, second = box.rows("GET", "/fapi/v1/userTrades", **BTC)
    # 600.01 * 0.0005 * 0.9 / 600
    assert (first["commission"], first["commissionAsset"]) == ("0.00045000", "BNB")
    assert (second["commission"], second["commissionAsset"]) == ("0.30000500", "USDT")
    paid = box.rows("GET", "/fapi/v1/income", incomeType="COMMISSION")
    assert [(row["asset"], row["income"]) for row in paid] == [
        ("BNB", "-0.00045000"),
        ("USDT", "-0.30000500"),
    ]
    balances = {row["asset"]: row["balance"] for row in box.rows("GET", "/fapi/v3/balance")}
    assert balances["BNB"] == "0.00005000"
    (row,) = box.rows("GET", "/fapi/v3/positionRisk", **BTC)
    # (1200.02 + 0.2700045 + 0.300005) / 0.02
    assert row["breakEvenPrice"] == "60029.50047499999"
    assert code(box.call("POST", BURN)) == -1102
    assert code(box.call("POST", BURN, feeBurn="sometimes")) == -1130


def test_fee_tier(box: RestBox) -> None:
    """ACC-038: commissionRate, account and accountConfig tell it."""
    box.submit(SetFeeTier(box.account_id, 3))
    row = box.row("GET", "/fapi/v1/commissionRate", **BTC)
    assert (row["makerCommissionRate"], row["takerCommissionRate"]) == ("0.000120", "0.000320")
    assert box.row("GET", "/fapi/v2/account")["feeTier"] == 3
    assert box.row("GET", "/fapi/v1/accountConfig")["feeTier"] == 3
    market(box)
    (fill,) = box.rows("GET", "/fapi/v1/userTrades", **BTC)
    assert fill["commission"] == "0.19200320"


def test_notional_coefficient(box: RestBox) -> None:
    """ACC-039: leverageBracket prints it and the brackets as they hold; caps follow."""
    box.submit(SetNotionalCoefficient(box.account_id, "BTCUSDT", Rate(SCALE * 3 // 2)))
    body = box.raw("GET", "/fapi/v1/leverageBracket", box.signed_query(**BTC))[2]
    assert body.startswith(
        b'[{"symbol":"BTCUSDT","notionalCoef":1.5,"brackets":[{"bracket":1,"initialLeverage":150,'
        b'"notionalCap":450000,"notionalFloor":0,"maintMarginRatio":0.004,"cum":0.0},'
        b'{"bracket":2,"initialLeverage":100,"notionalCap":1200000,"notionalFloor":450000,'
    )
    every = orjson.loads(box.raw("GET", "/fapi/v1/leverageBracket", box.signed_query())[2])
    assert ["notionalCoef" in row for row in every] == [True, False]
    answer = box.row("POST", "/fapi/v1/leverage", **BTC, leverage=150)
    assert answer["maxNotionalValue"] == "450000"
    (row,) = box.rows("GET", "/fapi/v2/positionRisk", **BTC)
    assert row["maxNotionalValue"] == "450000"


def test_quantiles_are_shown(box: RestBox) -> None:
    """ACC-041: positionRisk v2 and v3 print the quantile of the last refresh."""
    market(box)
    box.set_market("BTCUSDT", 61_000)
    assert box.rows("GET", "/fapi/v2/positionRisk", **BTC)[0]["adlQuantile"] == 0
    box.box_ms += 30_000
    box.submit(AdvanceTime())
    assert box.rows("GET", "/fapi/v2/positionRisk", **BTC)[0]["adlQuantile"] == 4
    assert box.rows("GET", "/fapi/v3/positionRisk", **BTC)[0]["adl"] == 4
    market(box, "SELL")
    assert box.rows("GET", "/fapi/v2/positionRisk", **BTC)[0]["adlQuantile"] == 0


def test_asset_index(box: RestBox) -> None:
    """ACC-043: one object with a symbol, else all of them; times on a full second."""
    box.submit(SetAssetIndex("BTC", Price(parse("1.9295737"))))
    box.box_ms += 999
    row = box.row("GET", "/fapi/v1/assetIndex", symbol="BTCUSD")
    assert row == {
        "symbol": "BTCUSD",
        "time": NOW_MS,
        "index": "1.92957370",
        "bidBuffer": "0.05000000",
        "askBuffer": "0.05000000",
        "bidRate": "1.83309501",
        "askRate": "2.02605238",
        "autoExchangeBidBuffer": "0.02500000",
        "autoExchangeAskBuffer": "0.02500000",
        "autoExchangeBidRate": "1.88133435",
        "autoExchangeAskRate": "1.97781304",
    }
    every = box.rows("GET", "/fapi/v1/assetIndex")
    assert row in every
    assert [each["symbol"] for each in every] == [f"{asset}USD" for asset in box.state.assets]
    for unknown in ("BTCUSDT", "XYZUSD", "USD"):
        assert code(box.call("GET", "/fapi/v1/assetIndex", symbol=unknown)) == -1121


def test_an_account_of_another_is_untouched(box: RestBox) -> None:
    """ACC-035: switches are the account's own."""
    other = box.open_account("o" * 64, "t" * 64)
    box.submit(ChangeAssetMode(other, True))
    assert box.call("GET", MULTI) == {"multiAssetsMargin": False}
