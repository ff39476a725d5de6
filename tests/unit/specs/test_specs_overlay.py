"""Documents of the user's own over the shipped specifications."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest

from perpbox import money
from perpbox.specs import SpecError, catalogue, read_document
from perpbox.specs.brackets import cum_after

Document = Mapping[str, object] | Sequence[object]

BRACKETS_2021 = """{"BTCUSDT": {
 "note": "as printed around 2021",
 "brackets": [
  {"bracket": 1, "initialLeverage": 125, "notionalFloor": "0", "notionalCap": "50000",
   "maintMarginRatio": "0.004", "cum": "0"},
  {"bracket": 2, "initialLeverage": 100, "notionalFloor": "50000", "notionalCap": "250000",
   "maintMarginRatio": "0.005", "cum": "50"},
  {"bracket": 3, "initialLeverage": 4, "notionalFloor": "250000",
   "notionalCap": "9223372036854775807", "maintMarginRatio": "0.01", "cum": "1300"}],
 "filters": [{"filterType": "MIN_NOTIONAL", "notional": "5"}]}}"""

NEW_CONTRACT = {
    "baseAsset": "NEW",
    "quoteAsset": "USDT",
    "marginAsset": "USDT",
    "pricePrecision": 2,
    "quantityPrecision": 3,
    "triggerProtect": "0.05",
    "liquidationFee": "0.01",
    "marketTakeBound": "0.05",
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "0.5", "maxPrice": "1000", "tickSize": "0.01"},
        {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "100", "stepSize": "0.001"},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.001", "maxQty": "10", "stepSize": "0.001"},
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MIN_NOTIONAL", "notional": "5"},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": "1.1",
            "multiplierDown": "0.9",
            "multiplierDecimal": "4",
        },
    ],
    "brackets": [
        {
            "initialLeverage": 10,
            "notionalFloor": "0",
            "notionalCap": "1000",
            "maintMarginRatio": "0.02",
        }
    ],
}


def steps(*rows: tuple[object, object, object, object]) -> list[dict[str, object]]:
    keys = ("initialLeverage", "notionalFloor", "notionalCap", "maintMarginRatio")
    return [dict(zip(keys, values, strict=True)) for values in rows]


def test_brackets_and_one_filter_of_another_date() -> None:
    """SPC-010: the rest of the row stays as shipped, and a cap may be very large."""
    served = catalogue(["BTCUSDT"], read_document(BRACKETS_2021))
    contract = served.instruments["BTCUSDT"]
    assert contract.min_notional == money.parse("5")
    assert contract.tick_size == money.parse("0.1")
    assert [step.initial_leverage for step in contract.brackets] == [125, 100, 4]
    assert contract.brackets[-1].notional_cap == money.parse("9223372036854775807")
    filters = served.row("BTCUSDT")["filters"]
    assert isinstance(filters, list)
    assert filters[4] == {"filterType": "MIN_NOTIONAL", "notional": "5"}
    assert len(filters) == 7


def test_other_contracts_stay_as_shipped() -> None:
    """SPC-010."""
    served = catalogue(overlay=read_document(BRACKETS_2021))
    assert len(served.instruments) == 91
    assert served.instruments["ETHUSDT"] == catalogue(["ETHUSDT"]).instruments["ETHUSDT"]


def test_list_of_brackets_alone() -> None:
    """SPC-010: `cum` left out follows from floors and rates."""
    rows = steps((20, "0", "100", "0.01"), (5, "100", "300", "0.03"))
    first, second = catalogue(["LTCUSDT"], {"LTCUSDT": rows}).instruments["LTCUSDT"].brackets
    assert (first.bracket, first.cum) == (1, 0)
    assert (second.bracket, second.cum) == (2, money.parse("2"))
    assert second.cum == cum_after(first, second.notional_floor, second.maint_margin_rate)


def test_values_of_a_row_fees_funding_and_price() -> None:
    """SPC-010: everything else that a specification may hold."""
    change = {
        "status": "PENDING_TRADING",
        "liquidationFee": 0.02,
        "makerCommissionRate": "0",
        "takerCommissionRate": "0.0004",
        "fundingIntervalHours": 1,
        "adjustedFundingRateCap": "0.02",
        "adjustedFundingRateFloor": "-0.02",
        "referencePrice": "100.005",
    }
    served = catalogue(["LTCUSDT"], {"LTCUSDT": change})
    contract = served.instruments["LTCUSDT"]
    assert not contract.is_trading
    assert contract.liquidation_fee == money.parse("0.02")
    assert (contract.maker_fee, contract.taker_fee) == (0, money.parse("0.0004"))
    info = served.funding_info("LTCUSDT")
    assert (info.interval_hours, info.cap_text, info.is_listed) == (1, "0.02000000", True)
    assert served.reference_price("LTCUSDT") == money.parse("100")
    assert served.row("LTCUSDT")["liquidationFee"] == "0.02"


def test_an_older_filter_takes_its_place_in_the_row() -> None:
    """SPC-010: conditional orders were limited by a filter before 2025-12-29."""
    change = {"filters": [{"filterType": "MAX_NUM_ALGO_ORDERS", "limit": 10}]}
    filters = catalogue(["BTCUSDT"], {"BTCUSDT": change}).row("BTCUSDT")["filters"]
    assert isinstance(filters, list)
    assert [entry["filterType"] for entry in filters[3:5]] == [
        "MAX_NUM_ORDERS",
        "MAX_NUM_ALGO_ORDERS",
    ]


@pytest.mark.parametrize("number", ["0.1", "0.10", 0.1, Decimal("0.10"), "1e-1"])
def test_decimals_are_read_by_their_text(number: object) -> None:
    """SPC-011."""
    change = {"filters": [{"filterType": "PRICE_FILTER", "tickSize": number}]}
    served = catalogue(["BTCUSDT"], {"BTCUSDT": change})
    assert served.instruments["BTCUSDT"].tick_size == 10_000_000
    filters = served.row("BTCUSDT")["filters"]
    assert isinstance(filters, list)
    assert filters[0]["tickSize"] in ("0.1", "0.10")


def test_numbers_in_text_never_become_binary_floats() -> None:
    """SPC-011: this number is not a float; its last digits would be lost."""
    change = '{"filterType": "MIN_NOTIONAL", "notional": 12345678901.10000001}'
    text = f'{{"BTCUSDT": {{"filters": [{change}]}}}}'
    served = catalogue(["BTCUSDT"], read_document(text))
    assert served.instruments["BTCUSDT"].min_notional == money.parse("12345678901.10000001")


def test_answer_of_the_leverage_brackets_as_it_came() -> None:
    """SPC-012: contracts without a row are left out, with the reason."""
    rows = [
        {"bracket": 1, "cum": 0.0, **steps((20, 0, 7500, 0.01))[0]},
        {"bracket": 2, "cum": 112.5, **steps((10, 7500, 37500, 0.025))[0]},
    ]
    answer = [{"symbol": "GALAUSDT", "brackets": rows}, {"symbol": "GONEUSDT", "brackets": rows}]
    served = catalogue(overlay=read_document(json.dumps(answer)))
    assert served.instruments["GALAUSDT"].brackets[1].cum == money.parse("112.5")
    assert list(served.left_out) == ["GONEUSDT"]
    assert "baseAsset" in served.left_out["GONEUSDT"]
    assert len(served.instruments) == 91


def test_one_contract_of_the_leverage_brackets() -> None:
    """SPC-012, SPC-015: the documented object, with a coefficient."""
    answer = {
        "symbol": "ETHUSDT",
        "notionalCoef": 1.5,
        "brackets": steps((75, 0, 10000, 0.005), (50, 10000, 20000, 0.006)),
    }
    first, second = catalogue(["ETHUSDT"], answer).instruments["ETHUSDT"].brackets
    assert (first.notional_floor, first.notional_cap) == (0, money.parse("15000"))
    assert (second.notional_floor, second.cum) == (money.parse("15000"), money.parse("15"))


def test_coefficient_in_a_specification() -> None:
    """SPC-015."""
    change = {"notionalCoef": "2", "brackets": steps((75, 0, 10000, 0.005))}
    (only,) = catalogue(["ETHUSDT"], {"ETHUSDT": change}).instruments["ETHUSDT"].brackets
    assert only.notional_cap == money.parse("20000")


def test_answer_of_the_exchange_information_as_it_came() -> None:
    """SPC-012: rows are laid over the shipped ones, names that are not known are kept."""
    known = {
        "symbol": "BTCUSDT",
        "settlePlan": 0,
        "filters": [{"notional": "100", "filterType": "MIN_NOTIONAL"}, {"filterType": "NEW"}],
    }
    extra = {"symbol": "TRBUSDT", **{k: v for k, v in NEW_CONTRACT.items() if k != "brackets"}}
    dated = {**extra, "symbol": "BTCUSDT_260101", "contractType": "CURRENT_QUARTER"}
    answer = {"timezone": "UTC", "symbols": [known, extra, dated]}
    served = catalogue(overlay=read_document(json.dumps(answer)))
    assert served.instruments["BTCUSDT"].min_notional == money.parse("100")
    assert served.row("BTCUSDT")["settlePlan"] == 0
    filters = served.row("BTCUSDT")["filters"]
    assert isinstance(filters, list)
    assert filters[-1] == {"filterType": "NEW"}
    assert served.instruments["TRBUSDT"].brackets[0].initial_leverage == 50
    assert served.left_out.keys() == {"BTCUSDT_260101"}


def test_new_contract() -> None:
    """SPC-013, SPC-007, SPC-009."""
    served = catalogue(["BTCUSDT", "NEWUSDT"], {"NEWUSDT": NEW_CONTRACT})
    assert list(served.instruments) == ["BTCUSDT", "NEWUSDT"]
    contract = served.instruments["NEWUSDT"]
    assert (contract.margin_asset, contract.default_leverage) == ("USDT", 10)
    assert served.reference_price("NEWUSDT") == money.parse("100")
    assert list(served.row("NEWUSDT")) == list(served.row("BTCUSDT"))
    assert served.commission("NEWUSDT").taker == money.parse("0.0005")
    assert served.funding_info("NEWUSDT").cap == money.parse("0.015")


def filters(*entries: dict[str, object]) -> Document:
    return {"BTCUSDT": {"filters": list(entries)}}


REFUSED: list[tuple[str, Document, str]] = [
    ("overlap", {"BTCUSDT": steps((9, 0, 50, 0.01), (5, 40, 90, 0.02))}, "[1].notionalFloor: 40"),
    ("gap", {"BTCUSDT": steps((9, 0, 50, 0.01), (5, 60, 90, 0.02))}, "[1].notionalFloor: 60"),
    ("order", {"BTCUSDT": steps((5, 50, 90, 0.02), (9, 0, 50, 0.01))}, "[0].notionalFloor: 50"),
    ("empty bracket", {"BTCUSDT": steps((9, 0, 0, 0.01))}, "[0].notionalCap: 0"),
    ("rate falls", {"BTCUSDT": steps((9, 0, 5, 0.02), (5, 5, 9, 0.01))}, "[1].maintMarginRatio"),
    ("rate 0", {"BTCUSDT": steps((9, 0, 5, 0))}, "[0].maintMarginRatio: is 0"),
    ("leverage rises", {"BTCUSDT": steps((5, 0, 5, 0.01), (9, 5, 9, 0.02))}, "[1].initialLeverage"),
    ("leverage 0", {"BTCUSDT": steps((0, 0, 5, 0.01))}, "[0].initialLeverage: 0"),
    ("half leverage", {"BTCUSDT": steps(("1.5", 0, 5, 0.01))}, "[0].initialLeverage: 1.5"),
    ("no bracket", {"BTCUSDT": {"brackets": []}}, "BTCUSDT.brackets: 0 brackets"),
    ("no list", {"BTCUSDT": {"brackets": "x"}}, "BTCUSDT.brackets: 'x' is not a list"),
    ("key of a bracket", {"BTCUSDT": [{"maintMarginRate": 1}]}, "[0].maintMarginRate: unknown"),
    ("key missing", {"BTCUSDT": [{"initialLeverage": 1}]}, "[0].notionalFloor: missing"),
    (
        "number of a bracket",
        {"BTCUSDT": [{"bracket": 2, **steps((9, 0, 50, 0.01))[0]}]},
        "BTCUSDT[0].bracket: must be 1",
    ),
    (
        "filter unknown",
        filters({"filterType": "MIN_NOTIONALS", "notional": "5"}),
        "BTCUSDT.filters[0].filterType: 'MIN_NOTIONALS' is unknown",
    ),
    (
        "key of a filter",
        filters({"filterType": "MIN_NOTIONAL", "minNotional": "5"}),
        "BTCUSDT.filters[0].minNotional: unknown; MIN_NOTIONAL has notional",
    ),
    (
        "filter twice",
        filters({"filterType": "MIN_NOTIONAL"}, {"filterType": "MIN_NOTIONAL"}),
        "BTCUSDT.filters[1].filterType: MIN_NOTIONAL is listed twice",
    ),
    (
        "bad number",
        filters({"filterType": "MIN_NOTIONAL", "notional": "five"}),
        "BTCUSDT.filters[0].notional: 'five' is not a decimal number",
    ),
    (
        "no number",
        filters({"filterType": "MIN_NOTIONAL", "notional": True}),
        "BTCUSDT.filters[0].notional: True is not a decimal",
    ),
    (
        "negative",
        filters({"filterType": "MIN_NOTIONAL", "notional": -5}),
        "BTCUSDT.filters[0].notional: -5 is below 0",
    ),
    (
        "nine decimals",
        filters({"filterType": "MIN_NOTIONAL", "notional": "0.000000001"}),
        "more than 8 decimals",
    ),
    (
        "not a number",
        filters({"filterType": "MIN_NOTIONAL", "notional": float("nan")}),
        "'nan' is not a decimal number",
    ),
    (
        "tick finer than the precision",
        filters({"filterType": "PRICE_FILTER", "tickSize": "0.001"}),
        "BTCUSDT.filters.PRICE_FILTER.tickSize: 0.001 needs more than the 2 decimals",
    ),
    (
        "bounds crossed",
        filters({"filterType": "LOT_SIZE", "maxQty": "0.0005"}),
        "BTCUSDT.filters.LOT_SIZE.maxQty: 0.0005 is below",
    ),
    ("tick 0", filters({"filterType": "PRICE_FILTER", "tickSize": 0}), "tickSize: is 0"),
    ("key unknown", {"BTCUSDT": {"bracket": []}}, "BTCUSDT.bracket: unknown"),
    ("precision", {"BTCUSDT": {"pricePrecision": 9}}, "BTCUSDT.pricePrecision: 9 decimals"),
    ("kind", {"BTCUSDT": {"contractType": "WEEKLY"}}, "BTCUSDT.contractType: must be"),
    ("hours", {"BTCUSDT": {"fundingIntervalHours": 3}}, "BTCUSDT.fundingIntervalHours: 3"),
    ("floor alone", {"BTCUSDT": {"adjustedFundingRateFloor": "-1"}}, "stands without"),
    (
        "floor and cap",
        {"BTCUSDT": {"adjustedFundingRateCap": 0.02, "adjustedFundingRateFloor": -0.03}},
        "BTCUSDT.adjustedFundingRateFloor: must be -0.02",
    ),
    ("fee", {"BTCUSDT": {"takerCommissionRate": 4}}, "BTCUSDT.takerCommissionRate: 4 is above 1"),
    ("lower case", {"btcusdt": []}, "'btcusdt' is not a symbol"),
    ("wrong symbol", {"BTCUSDT": {"symbol": "ETHUSDT"}}, "BTCUSDT.symbol: names another"),
    ("not a table", {"BTCUSDT": 5}, "BTCUSDT: 5 is not an object"),
    ("list of numbers", [5], "[0]: 5 is not an object"),
    (
        "incomplete",
        {"NEWUSDT": {"pricePrecision": 2}},
        "NEWUSDT: is not shipped and lacks NEWUSDT.b",
    ),
    (
        "incomplete filters",
        {"NEWUSDT": {**NEW_CONTRACT, "filters": []}},
        "NEWUSDT.filters.PRICE_FILTER.tickSize: missing",
    ),
    (
        "no brackets",
        {"NEWUSDT": {k: v for k, v in NEW_CONTRACT.items() if k != "brackets"}},
        "NEWUSDT.brackets: missing",
    ),
    ("coefficient alone", {"BTCUSDT": {"notionalCoef": 2}}, "stands without brackets"),
    ("twice in an answer", {"symbols": [{"symbol": "BTCUSDT"}] * 2}, "symbols[1].symbol: BTCUSDT"),
]


@pytest.mark.parametrize(
    ("document", "text"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_refused_with_the_place_and_the_cure(document: Document, text: str) -> None:
    """SPC-014."""
    with pytest.raises(SpecError) as caught:
        catalogue(overlay=document)
    assert text in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"BTCUSDT": ', "document: not JSON at line 1 column"),
        ('{"BTCUSDT": NaN}', "document: NaN is not a number"),
        ('{"BTCUSDT": [], "BTCUSDT": []}', "'BTCUSDT' is given twice"),
        ("5", "must be an object"),
        (b"\xff\xfe\xfa", "document: not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"BTCUSDT": ' + "9" * 5000 + "}", "document: not JSON"),
    ],
    ids=["cut", "nan", "twice", "number", "not text", "deep", "long"],
)
def test_text_that_is_no_document(text: str | bytes, message: str) -> None:
    """SPC-014."""
    with pytest.raises(SpecError) as caught:
        read_document(text)
    assert message in str(caught.value)
