"""What a file becomes: the recorded example, defaults that print, and the engine's own books."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from perpbox.calculator.account_file import read_account
from perpbox.calculator.build import build
from perpbox.calculator.desk import PaperDesk
from perpbox.calculator.render_json import answers
from perpbox.money import parse
from tests.unit.calculator.papers import EXAMPLE, Paper, content, one_way, position


def desk_of(paper: Paper) -> PaperDesk:
    return build(read_account(content(paper)))


def rows(paper: Paper, kind: str = "positionRiskV3") -> list[dict[str, Any]]:
    return msgspec.convert(answers(desk_of(paper))[kind], list[dict[str, Any]])


def account(paper: Paper) -> dict[str, Any]:
    return msgspec.convert(answers(desk_of(paper))["account"], dict[str, Any])


def test_recorded_example() -> None:
    """RSK-001: the hedge account of 2022 prints its recorded rows."""
    long, short = rows(EXAMPLE, "positionRiskV2")
    assert long["liquidationPrice"] == "19731.45529116"
    assert (long["entryPrice"], long["unRealizedProfit"]) == ("22185.2", "-1.06214947")
    assert (long["notional"], long["positionAmt"]) == ("21.12305052", "0.001")
    assert (short["positionAmt"], short["entryPrice"]) == ("0.000", "0.0")
    assert (short["liquidationPrice"], short["markPrice"]) == ("0", "21123.05052574")


def test_ledger_of_a_file_sums_to_zero() -> None:
    """RSK-006: wallets come from outside, positions have the street on the other side."""
    paper = one_way(position("BTCUSDT", "0.5", "60000"), position("ETHUSDT", "-1", "3000"))
    state = desk_of(paper).state
    assert set(state.ledger.total().values()) == {0}
    assert state.markets["BTCUSDT"].street_quantity == -parse("0.5")
    assert state.markets["ETHUSDT"].street_cost == parse("3000")


def test_cost_is_found_again_from_a_printed_average() -> None:
    """RSK-006: 13 digits of an average lead back to the sum of the fills."""
    paper = one_way(position("XRPUSDT", "65457", "0.4281605481461"))
    paper["symbols"]["XRPUSDT"] = {"mark": "0.43"}
    leg = desk_of(paper).account.holdings["XRPUSDT"].both
    assert leg.cost == parse("28026.105")


def test_fees_and_profit_since_flat_make_the_break_even_price() -> None:
    """RSK-006: feesPaid raises it for a long, realized lowers it."""
    row = position("BTCUSDT", "0.5", "60000", feesPaid="15", realized="40")
    assert rows(one_way(row))[0]["breakEvenPrice"] == "59950.0"


def test_symbols_without_a_position_print_flat_rows() -> None:
    """RSK-007: v2 has the rows of the symbols named, with their mark; v3 only what is held."""
    paper = one_way(position("BTCUSDT", "0.5", "60000"))
    flat = rows(paper, "positionRiskV2")[1]
    assert (flat["symbol"], flat["markPrice"], flat["positionAmt"]) == (
        "ETHUSDT",
        "3000.00000000",
        "0.000",
    )
    assert [row["symbol"] for row in rows(paper)] == ["BTCUSDT"]
    assert len(account(paper)["positions"]) == 2


def test_notional_coefficient_scales_the_brackets() -> None:
    """RSK-003: caps, and so the maximum at this leverage, times notionalCoef."""
    plain = one_way(position("BTCUSDT", "0.5", "60000"))
    doubled = one_way(position("BTCUSDT", "0.5", "60000"))
    doubled["symbols"]["BTCUSDT"]["notionalCoef"] = "2"
    caps = [int(rows(paper, "positionRiskV2")[0]["maxNotionalValue"]) for paper in (plain, doubled)]
    assert caps[1] == 2 * caps[0]


def test_rates_of_a_file_value_the_collateral() -> None:
    """RSK-008: wallets at bidRate, what is owed and margins at askRate, to the last digit."""
    paper = one_way(
        position("BTCUSDT", "0.01", "60000", leverage=10),
        multiAssets=True,
        wallets={"USDT": "-100", "BTC": "0.123456789"[:10]},
        assets={
            "USDT": {"bidRate": "0.99990001", "askRate": "1.00028573"},
            "BTC": {"bidRate": "57123.45678901", "askRate": "63000.1"},
        },
    )
    found = account(paper)
    bitcoin = parse("0.12345678") * parse("57123.45678901") // 10**8
    owed = 100 * parse("1.00028573")
    assert parse(found["totalWalletBalance"]) == bitcoin - owed
    assert found["totalInitialMargin"] == "60.01714380"
    assert found["multiAssetsMargin"] is True


def test_assets_left_out_follow_their_contract() -> None:
    """RSK-008: without rates, an asset is worth its contract's mark less the shipped buffer."""
    found = account(one_way(multiAssets=True, wallets={"BTC": "1"}))
    assert found["totalWalletBalance"] == "57000.00000000"


@pytest.mark.parametrize(("tier", "rate"), [(0, "0.0005"), (1, "0.0004")])
def test_fee_tier(tier: int, rate: str) -> None:
    """RSK-003: it prints, and decides what a fill costs."""
    desk = desk_of(one_way(feeTier=tier))
    assert desk.account.fee_tier == tier
    assert account(one_way(feeTier=tier))["feeTier"] == tier
    assert parse(rate) in (desk.state.fee_tiers[tier])


def test_documented_file_is_the_example() -> None:
    """RSK-001: the page shows a file that works."""
    page = (Path(__file__).parents[3] / "docs" / "risk.md").read_text()
    shown = page.partition("```json\n")[2].partition("```")[0]
    assert json.loads(shown) == EXAMPLE
