"""Every recorded row of the real venue is fed in as its inputs and printed again by perpbox."""

import json
from functools import cache
from pathlib import Path

import pytest

from perpbox.calculator.check import COUNTED, FieldCheck, Verdict, misses, tally
from perpbox.calculator.fidelity import counts_of
from perpbox.calculator.fidelity_fields import FIELDS, REASONS
from perpbox.calculator.recorded import (
    ROW_KINDS,
    SAMPLES,
    Recording,
    check_recording,
    read_recording,
)

HERE = Path(__file__).parent

KNOWN_MISSES = {
    # (row, field): printed less computed
    ("a2_btc_grid", "entryPrice"): "0.00000001",
    ("r2_btc_009_cross", "entryPrice"): "0.00000001",
    ("r2_scr_iso", "entryPrice"): "0.0000000000001",
    ("r2_sand_iso", "entryPrice"): "-0.0000000000001",
    ("a2_ape_10x", "notional"): "text only",
    ("a2_btc_10x_048", "initialMargin"): "-0.00000001",
    ("a2_btc_10x_048", "positionInitialMargin"): "-0.00000001",
    ("a2_btc_10x_048", "breakEvenPrice"): "0.0000001",
    ("r3_bard_3", "initialMargin"): "0.00000001",
    ("r3_bard_3", "positionInitialMargin"): "0.00000001",
    ("r2_doge_iso", "breakEvenPrice"): "-0.0000000000003",
    ("r3_docs_comp", "breakEvenPrice"): "-0.000000004",
    ("r1_btc_2020", "unRealizedProfit"): "0.00000001",
    ("r2_vet_iso", "unRealizedProfit"): "0.00144420",
    ("r2_vet_iso", "liquidationPrice"): "0.00076682",
    ("o_bal_2718", "maxWithdrawAmount"): "0.00946469",
    ("o_aapl_close", "commission"): "-0.00000001",
    ("o_aapl_close", "walletBalance"): "0.00000001",
    ("pm_btc_long", "markPrice"): "text only",
    ("pm_btc_long", "maxNotionalValue"): "text only",
    ("o_pm_doge", "maxNotionalValue"): "text only",
    ("o_pm_doge", "breakEvenPrice"): "-0.00000000000000001",
}
"""Exactly what does not come out: a new miss and a new match both show here."""

SCORES = {
    "entryPrice": (39, 43),
    "breakEvenPrice": (28, 32),
    "notional": (37, 38),
    "unRealizedProfit": (43, 45),
    "isolatedMargin (isolated)": (19, 19),
    "isolatedMargin (cross or flat)": (18, 18),
    "maintMargin": (24, 24),
    "positionInitialMargin": (21, 23),
    "initialMargin": (22, 24),
    "openOrderInitialMargin": (22, 22),
    "liquidationPrice (isolated)": (18, 19),
    "liquidationPrice (flat)": (2, 2),
    "liquidationPrice (worked cases)": (7, 7),
    "bracket cum": (7, 7),
    "commission": (7, 8),
    "realized profit": (8, 8),
    "availableBalance": (3, 3),
    "maxWithdrawAmount": (9, 10),
    "totals of margins": (7, 7),
}
"""n of m of the fields that matter most."""


@cache
def recording() -> Recording:
    return read_recording(HERE)


@cache
def checks() -> tuple[FieldCheck, ...]:
    return tuple(check_recording(recording()))


def test_no_row_is_dropped() -> None:
    """MAR-100: every row of the files is in the result, and so is every field it prints."""
    listed = [row for name in SAMPLES for row in json.loads((HERE / name).read_text())["samples"]]
    assert len(listed) == 96
    assert {row["id"] for row in listed} == {each.row for each in checks()}
    seen = {(each.row, each.field) for each in checks()}
    remarks = {"leverage"}
    for row in listed:
        if row["kind"] in ROW_KINDS:
            missing = {(row["id"], name) for name in row["row"]} - seen
            assert {name for _, name in missing} <= remarks, row["id"]


def test_misses_are_those_that_are_known() -> None:
    """MAR-101: what does not come out, with the difference, is exactly the known list."""
    found = {(each.row, each.field): each.difference for each in misses(checks())}
    assert found == KNOWN_MISSES
    assert set(REASONS) == set(KNOWN_MISSES)


@pytest.mark.parametrize("sample", sorted(recording().samples))
def test_recorded_row(sample: str) -> None:
    """MAR-101: each compared field of a row is the recorded text, but for the known misses."""
    mine = [each for each in checks() if each.row == sample]
    assert mine
    for each in mine:
        if each.verdict in COUNTED and (each.row, each.field) not in KNOWN_MISSES:
            assert each.computed == each.printed, each.field


@pytest.mark.parametrize("name", sorted(SCORES))
def test_score(name: str) -> None:
    """MAR-101: n of m by field."""
    line = next(line for line in FIELDS if line.name == name)
    counts = counts_of(line, checks())
    assert (counts.matched, counts.checked) == SCORES[name]


def test_what_counts_for_little_is_told_apart() -> None:
    """MAR-102: inferred and not checkable fields count for neither n nor m."""
    counts = tally(
        each for each in checks() if (each.field, each.group) == ("liquidationPrice", "cross")
    )
    found = counts["liquidationPrice"]
    assert (found.checked, found.inferred, found.not_checkable) == (0, 7, 9)
    open_fields = [each for each in checks() if each.verdict is Verdict.NOT_CHECKABLE]
    assert all(each.note for each in open_fields)


def test_every_kind_of_assumption_is_named() -> None:
    """MAR-102: a rate from the short list, a tier of the day, a mark, an equity."""
    notes = {each.row: each.note for each in checks() if each.field == "maintMargin"}
    assert notes["r3_bard_3"] == "rate 0.02"
    assert notes["r3_btcusdc"] == "tier of the day: rate 0.005, cum 50"
    by_field = {(each.row, each.field): each.note for each in checks()}
    assert by_field["a2_xem_grid", "notional"] == "mark found from it"
    assert by_field["o_dev7049", "liquidationPrice"].startswith("found from it: equity 53.35717705")
    assert by_field["r2_scr_iso", "breakEvenPrice"] == "fee rate 0.0005"
