"""Explanations: the terms give the printed string, worked out with nothing of the package."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import msgspec
import pytest

from perpbox.wire.render_explain import explain_account, explain_symbol
from tests.property.portfolios import CONTRACTS, Portfolio
from tests.property.stated_formula import check, number

PORTFOLIOS = 320
BATCH = 40
LEG_FIELDS = {
    "liquidationPrice",
    "breakEvenPrice",
    "entryPrice",
    "notional",
    "unRealizedProfit",
    "isolatedMargin",
    "initialMargin",
    "positionInitialMargin",
    "openOrderInitialMargin",
    "maintMargin",
}
ASSET_FIELDS = {
    "initialMargin",
    "maintMargin",
    "marginBalance",
    "availableBalance",
    "maxWithdrawAmount",
    "walletBalance",
    "crossWalletBalance",
    "unrealizedProfit",
    "crossUnPnl",
}


def rows(told: object) -> Iterator[dict[str, dict[str, dict[str, object]]]]:
    assert isinstance(told, list)
    yield from told


def sent(told: dict[str, object]) -> dict[str, object]:
    """What arrives of an answer."""
    return msgspec.json.decode(msgspec.json.encode(told), type=dict[str, object])


def leg_values(told: dict[str, object]) -> dict[str, Fraction]:
    """Every number of every leg, checked, by the name it has as a term of sums."""
    found = {}
    for row in rows(told["positions"]):
        assert set(row["fields"]) - {"marginRatio"} == LEG_FIELDS
        leg = str(row["symbol"])
        if str(row["positionSide"]) != "BOTH":
            leg += f"_{row['positionSide']}"
        for field, each in row["fields"].items():
            found[f"{field}_{leg}"] = check(each)
    return found


def check_sums(each: dict[str, object], legs: dict[str, Fraction]) -> int:
    """Terms that are numbers of legs are those numbers."""
    compared = 0
    steps = each["steps"]
    assert isinstance(steps, list)
    for step in steps:
        for term in step["terms"]:
            if term["name"] in legs:
                assert number(term["value"]) == legs[term["name"]]
                compared += 1
    return compared


def check_account(told: dict[str, object]) -> Counter[str]:
    """Everything that is explained of an account; what was seen."""
    seen: Counter[str] = Counter()
    legs = leg_values(told)
    for row in rows(told["assets"]):
        assert set(row["fields"]) - {"marginRatio"} == ASSET_FIELDS
        for each in row["fields"].values():
            check(each)
            seen["sums"] += check_sums(each, legs)
    totals = told["totals"]
    assert isinstance(totals, dict)
    for each in totals.values():
        check(each)
        seen["totals"] += 1
    for row in rows(told["positions"]):
        each = row["fields"]["liquidationPrice"]
        seen["sums"] += check_sums(each, legs)
        note, steps = str(each.get("note", "")), each["steps"]
        assert isinstance(steps, list)
        seen["isolated"] += "is isolated" in note
        seen["cross"] += "is cross" in note
        seen["one price"] += "have one price" in note
        seen["several brackets"] += any(step["name"] == "price1" for step in steps)
        seen["none above zero"] += "no price above zero" in note
        seen["reserve"] += any("reserve_" in str(row["fields"]) for row in rows(told["assets"]))
        seen["orders"] += number(row["fields"]["openOrderInitialMargin"]["value"]) != 0
        both_legs = any("quantity_LONG" in step["formula"] for step in steps)
        seen["both legs"] += both_legs and "quantity_SHORT" in str(steps)
    return seen


@pytest.mark.parametrize("batch", range(PORTFOLIOS // BATCH))
def test_terms_give_what_is_printed(batch: int) -> None:
    """EXP-001, EXP-003, EXP-004: for random portfolios, from the terms of the answer alone."""
    seen: Counter[str] = Counter()
    for seed in range(batch * BATCH, (batch + 1) * BATCH):
        portfolio = Portfolio(seed)
        desk = portfolio.desk
        seen += check_account(sent(explain_account(desk, desk.account)))
        if seed % 4 == 0:
            symbol = portfolio.draw.choice(CONTRACTS).symbol
            leg_values(sent(explain_symbol(desk, desk.account, symbol)))
        seen["doubles"] += desk.vintage.entry_unrounded
        seen["digits"] += not desk.vintage.entry_unrounded
    missing = {
        "sums",
        "totals",
        "isolated",
        "cross",
        "one price",
        "several brackets",
        "none above zero",
        "reserve",
        "orders",
        "both legs",
        "doubles",
        "digits",
    } - {name for name, count in seen.items() if count}
    assert missing == set()
