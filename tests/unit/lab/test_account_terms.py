"""Terms of an account through the lab and the box: modes, tiers, brackets, dollar indexes."""

import pytest

from perpbox.box import Box
from perpbox.engine.commands import ChangeMarginType
from perpbox.lab.wishes import AccountRefused
from perpbox.money import SCALE
from tests.unit.lab.test_lab_routes import done, post


@pytest.fixture(name="box")
def fresh_box() -> Box:
    return Box(market="none", clock="frozen", symbols=["BTCUSDT", "ETHUSDT"], seed=1)


def test_an_account_with_terms(box: Box) -> None:
    """LAB-062: asset mode, fee tier, fees in BNB and brackets are as asked."""
    opened = done(
        box,
        "/accounts",
        {
            "wallets": {"USDT": "1000"},
            "multiAssets": True,
            "feeTier": 3,
            "feeBurn": True,
            "notionalCoef": {"BTCUSDT": "1.5", "ETHUSDT": 2},
        },
    )
    number = opened["account"]
    assert isinstance(number, int)
    account = box.state.accounts[number]
    assert (account.multi_assets, account.fee_tier, account.fee_burn) == (True, 3, True)
    coefficients = {name: held.notional_coefficient for name, held in account.holdings.items()}
    assert coefficients == {"BTCUSDT": SCALE * 3 // 2, "ETHUSDT": 2 * SCALE}


def test_terms_that_are_left_out(box: Box) -> None:
    """LAB-062: null and nothing mean the defaults."""
    body = {"feeTier": None, "notionalCoef": None}
    number = done(box, "/accounts", body)["account"]
    assert isinstance(number, int)
    account = box.state.accounts[number]
    assert (account.multi_assets, account.fee_tier, account.fee_burn) == (False, 0, False)
    assert account.holdings == {}


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({"multiAssets": "yes"}, -9007, "multiAssets must be true or false, not yes"),
        ({"feeBurn": 1}, -9007, "feeBurn must be true or false"),
        ({"feeTier": 10}, -9007, "feeTier must be from 0 to 9, not 10"),
        ({"feeTier": -1}, -9007, "feeTier must be a whole number from 0 to"),
        ({"feeTier": "VIP"}, -9007, "feeTier must be a whole number"),
        (
            {"notionalCoef": "1.5"},
            -9007,
            'notionalCoef must be an object such as {"BTCUSDT":"1.5"}',
        ),
        ({"notionalCoef": {}}, -9007, "notionalCoef must be an object"),
        ({"notionalCoef": {"NOUSDT": "1.5"}}, -9008, "there is no symbol 'NOUSDT'"),
        ({"notionalCoef": {"BTCUSDT": "0"}}, -9007, "notionalCoef.BTCUSDT must be above 0"),
        ({"notionalCoef": {"BTCUSDT": "-1"}}, -9007, "must be above 0 and at most 1000, not -1"),
        ({"notionalCoef": {"BTCUSDT": "1001"}}, -9007, "at most 1000, not 1001"),
        ({"notionalCoef": {"BTCUSDT": "x"}}, -9007, "notionalCoef.BTCUSDT must be a number"),
    ],
)
def test_terms_that_are_refused(box: Box, body: object, code: int, text: str) -> None:
    """LAB-062, LAB-011: with what to change; no account is opened."""
    before = len(box.state.accounts)
    status, answer = post(box, "/accounts", body)
    assert (status, answer["code"]) == (400, code)
    assert text in str(answer["msg"])
    assert len(box.state.accounts) == before


def test_the_box_takes_the_same_terms(box: Box) -> None:
    """LAB-062: as keywords; what cannot be used raises and opens nothing."""
    opened = box.account(
        multi_assets=True, fee_tier=9, fee_burn=True, notional_coef={"BTCUSDT": 0.5}
    )
    account = box.state.accounts[opened.account_id]
    assert (account.multi_assets, account.fee_tier, account.fee_burn) == (True, 9, True)
    assert account.holdings["BTCUSDT"].notional_coefficient == SCALE // 2
    before = len(box.state.accounts)
    with pytest.raises(AccountRefused, match="feeTier must be from 0 to 9, not 10"):
        box.account(fee_tier=10)
    with pytest.raises(AccountRefused, match="there is no symbol 'NOUSDT'"):
        box.account(notional_coef={"NOUSDT": 2})
    assert len(box.state.accounts) == before


def test_dollar_indexes(box: Box) -> None:
    """LAB-063: held until null; then the contract's index or the listed one speaks again."""
    box.set_price("BTCUSDT", 50_000)
    held = done(box, "/assets", {"asset": "BTC", "index": "60000.5"})
    assert held == {
        "asset": "BTC",
        "index": "60000.5",
        "bidRate": "57000.475",
        "askRate": "63000.525",
        "pinned": True,
    }
    freed = done(box, "/assets", {"asset": "BTC", "index": None})
    assert (freed["index"], freed["bidRate"], freed["pinned"]) == ("50000", "47500", False)
    assert done(box, "/assets", {"asset": "USDT", "index": 0.98})["index"] == "0.98"


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({"asset": "XYZ", "index": "1"}, -9010, "there is no asset 'XYZ'"),
        ({"asset": "BTC"}, -9006, "index is missing; null lets it go"),
        ({"index": "1"}, -9006, "asset is missing"),
        ({"asset": "BTC", "index": "0"}, -9007, "index must be above 0, or null, not 0"),
        ({"asset": "BTC", "index": "-3"}, -9007, "index must be above 0, or null, not -3"),
        ({"asset": "BTC", "index": "much"}, -9007, "index must be a number"),
        ({"asset": "BTC", "index": "1", "bid": "1"}, -9005, "there is no field 'bid' here"),
    ],
)
def test_dollar_indexes_that_are_refused(box: Box, body: object, code: int, text: str) -> None:
    """LAB-063, LAB-011: with what to change."""
    status, answer = post(box, "/assets", body)
    assert (status, answer["code"]) == (400, code)
    assert text in str(answer["msg"])
    assert box.state.asset_indexes == {}


def test_automatic_margin(box: Box) -> None:
    """LAB-064: on and off for an isolated symbol; refusals carry fapi's code."""
    number = box.account().account_id
    body = {"account": number, "symbol": "BTCUSDT", "on": True}
    status, answer = post(box, "/autoAddMargin", body)
    assert (status, answer["code"]) == (400, -9011)
    assert answer["msg"] == "the exchange refuses: auto add not isolated (-4053)"
    box.submit(ChangeMarginType(number, "BTCUSDT", True))
    assert done(box, "/autoAddMargin", body) == body
    assert box.state.accounts[number].holdings["BTCUSDT"].is_auto_add
    _, answer = post(box, "/autoAddMargin", body)
    assert answer["msg"] == "the exchange refuses: auto add same (-4052)"
    assert done(box, "/autoAddMargin", {**body, "on": False})["on"] is False


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"account": 99}, -9009),
        ({"symbol": "NOUSDT"}, -9008),
        ({"on": "yes"}, -9007),
        ({"account": None}, -9006),
    ],
)
def test_automatic_margin_that_is_refused(box: Box, change: dict[str, object], code: int) -> None:
    """LAB-064, LAB-011."""
    number = box.account().account_id
    body = {"account": number, "symbol": "BTCUSDT", "on": True, **change}
    assert post(box, "/autoAddMargin", body)[1]["code"] == code
    without = {"account": number, "symbol": "BTCUSDT"}
    assert post(box, "/autoAddMargin", without)[1]["msg"] == "on is missing"


def test_a_restriction_and_its_end(box: Box) -> None:
    """LAB-069: by the lab's words; the account's own answers follow."""
    number = done(box, "/accounts", {})["account"]
    assert isinstance(number, int)
    for word in ("coolingOff", "none"):
        body = {"account": number, "restriction": word}
        assert done(box, "/restrictions", body) == body
        assert box.state.accounts[number].restriction.value == word


@pytest.mark.parametrize(
    ("body", "code", "text"),
    [
        ({"account": 99, "restriction": "none"}, -9009, "there is no account 99"),
        ({"account": 1, "restriction": "shy"}, -9007, "restriction must be one of none, locked, "),
        ({"account": 1}, -9006, "restriction is missing"),
    ],
)
def test_restrictions_that_cannot_be_put(
    box: Box, body: dict[str, object], code: int, text: str
) -> None:
    """LAB-069."""
    _, answer = post(box, "/restrictions", body)
    assert answer["code"] == code
    assert str(answer["msg"]).startswith(text)
