"""Account files: what is taken, what is filled in, and every mistake named with its fix."""

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perpbox.calculator.account_file import FILE_BYTES_MAX, read_account
from perpbox.calculator.errors import AccountFileError
from perpbox.engine.types import PositionSide
from perpbox.money import parse
from tests.unit.calculator.papers import (
    EXAMPLE,
    Gone,
    Paper,
    Step,
    content,
    one_way,
    position,
    spoiled,
)

BTC = ("symbols", "BTCUSDT")
HELD = ("positions", 0)
ORDER = ("orders", 0)
ROW: Paper = EXAMPLE["positions"][0]
STEP: Paper = EXAMPLE["symbols"]["BTCUSDT"]["brackets"][0]
OVERLAP = [STEP, {**STEP, "notionalFloor": "40000", "notionalCap": "90000", "initialLeverage": 100}]
ISOLATED = {**ROW, "marginType": "isolated"}


@pytest.mark.parametrize(
    ("path", "value", "place", "fix"),
    [
        ((*BTC, "mark"), Gone, "symbols.BTCUSDT.mark", 'missing.*"mark": "60000"'),
        ((*BTC, "mark"), "0", "symbols.BTCUSDT.mark", "above 0"),
        ((*BTC, "mark"), "-1", "symbols.BTCUSDT.mark", "below 0"),
        ((*BTC, "mark"), 21123.5, "symbols.BTCUSDT.mark", 'as a string: "21123.5"'),
        ((*BTC, "mark"), 21123, "symbols.BTCUSDT.mark", 'as a string: "21123"'),
        ((*BTC, "mark"), "1.123456789", "symbols.BTCUSDT.mark", "more than 8 decimals; cut it"),
        ((*BTC, "mark"), "NaN", "symbols.BTCUSDT.mark", 'write it as "1.5"'),
        ((*BTC, "mark"), "1e16", "symbols.BTCUSDT.mark", "larger than"),
        ((*BTC, "mark"), ["1"], "symbols.BTCUSDT.mark", "is a list"),
        ((*BTC, "last"), None, "symbols.BTCUSDT.last", "is null"),
        ((*BTC, "price"), "1", "symbols.BTCUSDT.price", "unknown; there are mark, last"),
        ((*BTC, "brackets"), OVERLAP, "symbols.BTCUSDT.brackets[1].notionalFloor", "overlaps"),
        ((*BTC, "brackets"), [], "symbols.BTCUSDT.brackets", "give 1 to 100"),
        ((*BTC, "brackets"), {}, "symbols.BTCUSDT.brackets", "not a list"),
        ((*BTC, "brackets"), [3], "symbols.BTCUSDT.brackets[0]", "not an object"),
        ((*BTC, "brackets", 0, "cap"), "1", "symbols.BTCUSDT.brackets[0].cap", "unknown"),
        ((*BTC, "quantityPrecision"), 9, "symbols.BTCUSDT.quantityPrecision", "0 to 8"),
        ((*BTC, "quantityPrecision"), 2.5, "symbols.BTCUSDT.quantityPrecision", "whole number"),
        ((*BTC, "quantityPrecision"), True, "symbols.BTCUSDT.quantityPrecision", "truth value"),
        ((*BTC, "quantityPrecision"), 2, "positions[0].positionAmt", "3 decimals.* has 2; cut it"),
        ((*BTC, "leverage"), 5, "positions[0].leverage", "symbols.BTCUSDT.leverage says 5"),
        ((*BTC, "marginType"), "isolated", "positions[0].marginType", "says isolated"),
        ((*BTC, "notionalCoef"), "0", "symbols.BTCUSDT.notionalCoef", "above 0"),
        ((*BTC, "notionalCoef"), 1.5, "symbols.BTCUSDT.notionalCoef", 'string: "1.5"'),
        ((*BTC, "marginAsset"), "", "symbols.BTCUSDT.marginAsset", "not a name"),
        (
            ("symbols", "NOSUCH"),
            {"mark": "1"},
            "symbols.NOSUCH",
            "correct the name, or give its br",
        ),
        (("symbols", "btcusdt"), {"mark": "1"}, "symbols.btcusdt", "such as BTCUSDT"),
        (("symbols", "BTCUSDT"), "1", "symbols.BTCUSDT", "not an object"),
        (("symbols",), Gone, "symbols", "missing; give the contracts"),
        (("symbols",), [], "symbols", "is a list, not an object"),
        (("wallets",), Gone, "wallets", "missing; give the wallet balances"),
        (("wallets", "USDT"), "-1", "wallets.USDT", "give 0 or more"),
        (("wallets", "USDT"), 2.5, "wallets.USDT", 'string: "2.5"'),
        (("wallets", "us dt"), "1", "wallets['us dt']", "not a name"),
        ((*HELD, "symbol"), "ETHUSDT", "positions[0].symbol", "not under symbols; correct it"),
        ((*HELD, "symbol"), Gone, "positions[0].symbol", "missing"),
        ((*HELD, "symbol"), ["BTCUSDT"], "positions[0].symbol", "not a text"),
        ((*HELD, "positionSide"), "BOTH", "positions[0].positionSide", "hedge mode; write LONG"),
        ((*HELD, "positionSide"), Gone, "positions[0].positionSide", "write LONG or SHORT"),
        ((*HELD, "positionSide"), "SHORT", "positions[0].positionAmt", "correct the sign"),
        (("hedge",), False, "positions[0].positionSide", "one-way mode; write BOTH"),
        (("hedge",), "true", "hedge", "without quotes"),
        ((*HELD, "positionAmt"), Gone, "positions[0].positionAmt", "give the quantity"),
        ((*HELD, "positionAmt"), 0.001, "positions[0].positionAmt", 'string: "0.001"'),
        ((*HELD, "entryPrice"), Gone, "positions[0].entryPrice", "missing"),
        ((*HELD, "entryPrice"), "0.0", "positions[0].entryPrice", "is 0"),
        ((*HELD, "entryPrice"), "abc", "positions[0].entryPrice", "not a decimal"),
        ((*HELD, "leverage"), 126, "positions[0].leverage", "outside 1 to 125"),
        ((*HELD, "leverage"), "4x", "positions[0].leverage", "whole number; give 1 to 125"),
        ((*HELD, "marginType"), "both", "positions[0].marginType", "cross or isolated"),
        ((*HELD, "isolatedWallet"), "3", "positions[0].isolatedWallet", "position is cross"),
        ((*HELD, "isolatedWallet"), "-3", "positions[0].isolatedWallet", "below 0"),
        (HELD, ISOLATED, "positions[0].isolatedWallet", "is 0; an isolated position"),
        ((*HELD, "markPrice"), "1", "positions[0].markPrice", "unknown; there are symbol"),
        ((*HELD, "adl"), 5, "positions[0].adl", "0 to 4"),
        ((*HELD, "isAutoAddMargin"), "yes", "positions[0].isAutoAddMargin", "true or false"),
        ((*HELD, "updateTime"), -1, "positions[0].updateTime", "outside 0"),
        (("positions", 1), ROW, "positions[1]", r"second LONG row .*positions\[0\].*keep one"),
        (("positions",), {}, "positions", "not a list"),
        (("positions", 0), 1, "positions[0]", "not an object"),
        ((*ORDER, "side"), "LONG", "orders[0].side", "BUY or SELL"),
        ((*ORDER, "price"), Gone, "orders[0].price", "limit price"),
        ((*ORDER, "price"), "0", "orders[0].price", "above 0"),
        ((*ORDER, "quantity"), "0", "orders[0].quantity", "what is left of the order"),
        ((*ORDER, "quantity"), "0.0001", "orders[0].quantity", "cut it"),
        ((*ORDER, "reduceOnly"), True, "orders[0].reduceOnly", "leave it out in hedge mode"),
        ((*ORDER, "type"), "LIMIT", "orders[0].type", "unknown"),
        (("assets", "USDT"), {"bidRate": "1"}, "assets.USDT.askRate", "give both rates"),
        (("assets", "USDT", "bidRate"), 1, "assets.USDT.bidRate", 'string: "1"'),
        (("asOf",), "2022-13-01", "asOf", "write it as 2026-11-01"),
        (("asOf",), 20220614, "asOf", "in quotes"),
        (("multiAssets",), 1, "multiAssets", "true or false"),
        (("makerFee",), "2", "makerFee", '"0.0005"'),
        (("takerFee",), 0.0005, "takerFee", "string"),
        (("feeTier",), 10, "feeTier", "0 to 9"),
        (("wallet",), {}, "wallet", "unknown; there are asOf"),
        (("a\nb",), {}, "['a\\nb']", "unknown"),
    ],
)
def test_mistakes_are_named_with_their_place_and_fix(
    path: tuple[Step, ...], value: object, place: str, fix: str
) -> None:
    """RSK-002."""
    with pytest.raises(AccountFileError) as refused:
        read_account(content(spoiled(path, value)))
    assert refused.value.path == place
    assert re.search(fix, refused.value.problem), refused.value.problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"{", "line 1 column 2"),
        (b"[]", "is a list, not an object"),
        (b"null", "is null"),
        (b'{"wallets": {}, "wallets": {}}', "'wallets' is given twice"),
        (b'{"wallets": NaN}', "NaN is not a number"),
        (b"\xff\xfe{", "UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"wallets": ' + b"9" * 5_000 + b"}", "too many digits"),
        (b" " * FILE_BYTES_MAX + b"{}", "is larger than"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_is_no_account_file(text: bytes, problem: str) -> None:
    """RSK-002: content that is not a JSON object of bounded size."""
    with pytest.raises(AccountFileError, match=problem):
        read_account(text)


def test_names_twice_deep_inside_are_refused() -> None:
    """RSK-002: the second of two equal names would win silently."""
    text = b'{"wallets": {"USDT": "1", "USDT": "2"}, "symbols": {}}'
    with pytest.raises(AccountFileError, match=r"^wallets: 'USDT' is given twice"):
        read_account(text)
    step = json.dumps(STEP)[:-1] + ', "cum": "1"}'
    text = b'{"wallets": {}, "symbols": {"BTCUSDT": {"mark": "1", "brackets": [%s]}}}'
    with pytest.raises(AccountFileError, match=r"^symbols.BTCUSDT.brackets\[0\]: 'cum' is given"):
        read_account(text % step.encode())


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        (
            [position("BTCUSDT", "1", "60000"), position("BTCUSDT", "2", "60000")],
            "positions[1]",
        ),
        (
            [
                position("ETHUSDT", "1", "3000"),
                position("BTCUSDT", "1", "60000", marginType="isolated"),
            ],
            "positions[1].isolatedWallet",
        ),
        ([position("BTCUSDT", "0", "0", isolatedWallet="1", marginType="isolated")], None),
    ],
)
def test_one_way_rows(rows: list[Paper], place: str | None) -> None:
    """RSK-002: two BOTH rows, an isolated row without its wallet, a wallet without a position."""
    with pytest.raises(AccountFileError) as refused:
        read_account(content(one_way(*rows)))
    assert refused.value.path == (place or "positions[0].isolatedWallet")


def test_multi_assets_are_cross_only_and_may_owe() -> None:
    """RSK-003: a multi-assets account has no isolated symbol, and its wallets may be negative."""
    owing = one_way(wallets={"USDT": "-5", "BTC": "1"}, multiAssets=True)
    assert read_account(content(owing)).wallets["USDT"] == parse("-5")
    row = position("BTCUSDT", "1", "60000", marginType="isolated", isolatedWallet="5")
    with pytest.raises(AccountFileError, match=r"^positions\[0\].marginType: .* cross only"):
        read_account(content(one_way(row, multiAssets=True)))


def test_left_out_fields_come_from_the_specifications() -> None:
    """RSK-003: brackets, precisions, margin asset and leverage of the contract; else 0 or false."""
    document = read_account(content(one_way(position("BTCUSDT", "0.5", "60000"))))
    terms = document.symbols["BTCUSDT"]
    assert len(terms.instrument.brackets) > 5
    assert (terms.instrument.quantity_precision, terms.instrument.price_precision) == (3, 2)
    assert (terms.instrument.margin_asset, terms.leverage) == ("USDT", 20)
    assert (terms.is_isolated, terms.last, terms.notional_coefficient) == (False, 0, parse("1"))
    assert (document.hedge, document.multi_assets, document.fee_tier) == (False, False, 0)
    assert document.api_date == "2026-11-01"
    held = document.positions[0]
    assert held.side is PositionSide.BOTH
    assert (held.fees_paid, held.realized, held.updated_ms, held.adl) == (0, 0, 0, 0)


def test_contract_that_is_not_shipped() -> None:
    """RSK-004: with brackets of its own; it has as many decimals as the file writes."""
    symbols = {"FOOUSDC": {"mark": "1.5", "brackets": [{**STEP, "maintMarginRatio": 0.0125}]}}
    row = position("FOOUSDC", "100.25", "1.555")
    document = read_account(content(one_way(row, symbols=symbols)))
    instrument = document.symbols["FOOUSDC"].instrument
    assert (instrument.quantity_precision, instrument.price_precision) == (2, 3)
    assert instrument.margin_asset == "USDC"
    assert instrument.brackets[0].maint_margin_rate == parse("0.0125")


@pytest.mark.parametrize(
    ("text", "entry_e20"),
    [
        ("22185.2", 221852 * 10**19),
        ("0.4281605481461", 4281605481461 * 10**7),
        ("313.20000000000005", 31320000000000005 * 10**6),
        ("2.771E-4", 2771 * 10**13),
        ("1.2345678901234567E-5", 1234567890123456),
    ],
)
def test_entry_prices_are_read_by_their_digits(text: str, entry_e20: int) -> None:
    """RSK-001: as printed, 17 digits and exponents included; cut at 20 decimals."""
    row = position("BTCUSDT", "1", text)
    assert read_account(content(one_way(row))).positions[0].entry_e20 == entry_e20


def test_settings_as_position_risk_prints_them() -> None:
    """RSK-003: leverage and isAutoAddMargin may be texts, marginType in any spelling."""
    row = position(
        "BTCUSDT",
        "1",
        "60000",
        leverage="7",
        isAutoAddMargin="true",
        marginType="ISOLATED",
        isolatedWallet="100",
    )
    terms = read_account(content(one_way(row))).symbols["BTCUSDT"]
    assert (terms.leverage, terms.is_auto_add, terms.is_isolated) == (7, True, True)


def test_isolated_wallets_above_the_wallet_are_noted() -> None:
    """RSK-005: computed all the same, with a note."""
    row = position("BTCUSDT", "1", "60000", marginType="isolated", isolatedWallet="1500")
    document = read_account(content(one_way(row)))
    assert document.notes == (
        "wallets.USDT: 1000 is less than the 1500 in isolated wallets; "
        "wallet balances include them",
    )
    assert read_account(content(EXAMPLE)).notes == ()


SCRAPS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["BTCUSDT", "BOTH", "LONG", "isolated", "1", "-0.5", "1e8", "", "\ud800"])
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
PATHS = [
    ("asOf",),
    ("hedge",),
    ("wallets",),
    ("wallets", "USDT"),
    ("symbols",),
    BTC,
    *((*BTC, name) for name in ("mark", "last", "brackets", "leverage", "marginType")),
    (*BTC, "brackets", 0),
    *((*BTC, "brackets", 0, name) for name in STEP),
    ("positions",),
    HELD,
    *((*HELD, name) for name in ROW),
    ("orders",),
    ORDER,
    *((*ORDER, name) for name in EXAMPLE["orders"][0]),
    ("assets",),
    ("assets", "USDT"),
    ("feeTier",),
]


@settings(max_examples=300, deadline=None)
@given(path=st.sampled_from(PATHS), scrap=SCRAPS)
def test_whatever_stands_in_a_place_is_read_or_refused(path: tuple[Step, ...], scrap: Any) -> None:
    """RSK-002: no other error than the one with a path, and its text can be printed."""
    try:
        read_account(content(spoiled(path, scrap)))
    except AccountFileError as error:
        assert str(error).encode().decode() == str(error)  # noqa: PT017
