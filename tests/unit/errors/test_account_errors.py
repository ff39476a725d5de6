"""Refusals of settings, margin, histories, conversions and downloads."""

import pytest

from perpbox.engine.commands import Deposit, RequestQuote
from perpbox.money import SCALE, Amount
from tests.unit.errors.stage import (
    BTC,
    HEDGE,
    ISOLATED,
    LONG,
    MINE,
    MULTI,
    Case,
    Signed,
    check,
    done,
    limit,
    name_of,
    neither,
    public,
    signed,
)
from tests.unit.gateway.rest_box import NOW_MS, RestBox

DAY_MS = 86_400_000
ONE_WAY = signed("POST", "/fapi/v1/positionSide/dual", dualSidePosition="false")
SINGLE = signed("POST", "/fapi/v1/multiAssetsMargin", multiAssetsMargin="false")
CROSSED = signed("POST", "/fapi/v1/marginType", symbol=BTC, marginType="CROSSED")
TRADES = "/fapi/v1/userTrades"
QUOTE = "/fapi/v1/convert/getQuote"


def leverage(value: object) -> Signed:
    return signed("POST", "/fapi/v1/leverage", symbol=BTC, leverage=value)


def margin(amount: str, kind: int, **params: object) -> Signed:
    path = "/fapi/v1/positionMargin"
    return signed("POST", path, symbol=BTC, amount=amount, type=kind, **params)


def trades(**params: object) -> Signed:
    return signed("GET", TRADES, symbol=BTC, **params)


def quote(**params: object) -> Signed:
    return signed("POST", QUOTE, **{"fromAsset": "USDT", "toAsset": "BTC"} | params)


def owing(box: RestBox) -> None:
    """Multi-assets mode, in which bitcoin carries a wallet of dollars below zero."""
    box.submit(Deposit(box.account_id, "BTC", Amount(SCALE)))
    done(MULTI)(box)
    box.submit(Deposit(box.account_id, "USDT", Amount(-100_010 * SCALE)))


def bound(box: RestBox) -> None:
    """Multi-assets mode, in which dollars alone would not bear the position."""
    box.submit(Deposit(box.account_id, "BTC", Amount(SCALE)))
    done(MULTI, LONG)(box)
    box.submit(Deposit(box.account_id, "USDT", Amount(-99_999 * SCALE)))


def quoted_and_spent(box: RestBox) -> None:
    """A quote is open, and the funds for it have left."""
    box.submit(RequestQuote(box.account_id, "USDT", "BTC", Amount(1_000 * SCALE), Amount(0)))
    box.submit(Deposit(box.account_id, "USDT", Amount(-100_000 * SCALE)))


def accept_the_quote(box: RestBox) -> tuple[int, bytes, bytes]:
    (quote_id,) = box.state.conversions.quotes
    return signed("POST", "/fapi/v1/convert/acceptQuote", quoteId=quote_id)(box)


CASES = [
    # leverage
    Case(-4028, "leverage of none", leverage(0), values=("0",)),
    Case(-4028, "leverage above the first bracket's", leverage(151), values=("151",)),
    Case(-1102, "leverage that is no number", leverage("ten"), values=("leverage",)),
    Case(-2027, "a leverage whose cap orders exceed", leverage(150), done(limit(quantity="6"))),
    Case(-2028, "a leverage that the account cannot bear", leverage(2), done(limit(quantity="6"))),
    Case(-4161, "less leverage on an isolated position", leverage(19), done(ISOLATED, LONG)),
    # margin type and modes
    Case(-4046, "the same margin type", CROSSED),
    Case(-4047, "a margin type with open orders", ISOLATED, done(MINE)),
    Case(-4048, "a margin type with a position", ISOLATED, done(LONG)),
    Case(-4168, "isolated in multi-assets mode", ISOLATED, done(MULTI)),
    Case(-4059, "the same position mode", ONE_WAY),
    Case(-4067, "a position mode with open orders", HEDGE, done(MINE)),
    Case(-4068, "a position mode with a position", HEDGE, done(LONG)),
    Case(-4171, "the same asset mode", SINGLE),
    Case(-4170, "an asset mode with open orders", MULTI, done(MINE)),
    Case(-4167, "an asset mode with an isolated symbol", MULTI, done(ISOLATED)),
    Case(-4169, "dollars alone that would not do", SINGLE, bound),
    Case(-4172, "dollars that are owed", SINGLE, owing),
    # isolated margin
    Case(-4055, "an amount of zero", margin("0", 1)),
    Case(-4055, "an amount below zero", margin("-1", 2)),
    Case(-4054, "margin for no position", margin("1", 1)),
    Case(-4051, "margin from no position", margin("1", 2)),
    Case(-4054, "margin without a side in hedge mode", margin("1", 1), done(ISOLATED, HEDGE)),
    Case(-4049, "margin for a cross position", margin("1", 1), done(LONG)),
    Case(-4050, "more margin than there is", margin("100000", 1), done(ISOLATED, LONG)),
    Case(-4051, "more margin out than may leave", margin("1000", 2), done(ISOLATED, LONG)),
    # windows of history
    Case(-1023, "a span that ends before it begins", trades(startTime=NOW_MS, endTime=NOW_MS - 1)),
    Case(-1128, "an id and a time", trades(fromId=1, startTime=NOW_MS)),
    Case(
        -4165,
        "more than seven days",
        trades(startTime=NOW_MS - 8 * DAY_MS, endTime=NOW_MS),
        values=("7",),
    ),
    Case(
        -4165,
        "more than a month of margin",
        signed(
            "GET",
            "/fapi/v1/positionMargin/history",
            symbol=BTC,
            startTime=NOW_MS - 31 * DAY_MS,
            endTime=NOW_MS,
        ),
        values=("30",),
    ),
    Case(
        -4165,
        "more than three months of income",
        signed("GET", "/fapi/v1/income", startTime=NOW_MS - 91 * DAY_MS, endTime=NOW_MS),
        values=("90",),
    ),
    Case(
        -4165,
        "a file of more than a year",
        signed("GET", "/fapi/v1/order/asyn", startTime=NOW_MS - 366 * DAY_MS, endTime=NOW_MS),
        values=("365",),
    ),
    Case(
        -4166,
        "aggregates of three days ago",
        public("/fapi/v1/aggTrades", symbol=BTC, startTime=NOW_MS - 3 * DAY_MS),
    ),
    Case(
        -1130,
        "statistics of two months ago",
        public(
            "/futures/data/openInterestHist",
            symbol=BTC,
            period="5m",
            startTime=NOW_MS - 60 * DAY_MS,
        ),
        values=("startTime",),
    ),
    Case(-1120, "candles of a second", public("/fapi/v1/klines", symbol=BTC, interval="1s")),
    Case(
        -4021, "seven levels of depth", public("/fapi/v1/depth", symbol=BTC, limit=7), values=("7",)
    ),
    Case(
        -4104,
        "an unknown type of contract",
        public("/fapi/v1/continuousKlines", pair=BTC, contractType="WEEKLY", interval="1m"),
    ),
    Case(-4144, "an unknown pair", public("/fapi/v1/indexPriceKlines", pair="NOPE", interval="1m")),
    # conversions, files, keys
    Case(-1108, "an asset that cannot be converted", quote(fromAsset="SHELLS", fromAmount="1")),
    Case(
        -1108,
        "an asset of portfolio margin that is not there",
        signed("GET", "/fapi/v1/pmAccountInfo", asset="SHELLS"),
    ),
    Case(-1128, "both amounts", quote(fromAmount="100", toAmount="1")),
    Case(-1102, "neither amount", quote(), msg=neither("fromAmount", "toAmount")),
    Case(-1130, "an amount below the least", quote(fromAmount="0.01"), values=("fromamount",)),
    Case(-2018, "a quote without the funds any more", accept_the_quote, quoted_and_spent),
    Case(
        -1130,
        "an unknown quote",
        signed("POST", "/fapi/v1/convert/acceptQuote", quoteId=2**60),
        values=("quoteid",),
    ),
    Case(
        -2013, "an unknown conversion", signed("GET", "/fapi/v1/convert/orderStatus", orderId=2**60)
    ),
    Case(
        -1130,
        "an unknown file",
        signed("GET", "/fapi/v1/trade/asyn/id", downloadId=1),
        values=("downloadid",),
    ),
    Case(-1125, "a stream that is not open", signed("PUT", "/fapi/v1/listenKey")),
]


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_accounts_are_refused_by_the_book(case: Case) -> None:
    """ERR-001, ORD-040."""
    check(case)
