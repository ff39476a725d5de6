"""What an explanation says, on small accounts whose numbers can be followed by hand."""

import inspect

import msgspec
import pytest

from perpbox import rounding
from perpbox.calculator.desk import PaperDesk
from perpbox.engine.commands import (
    ChangeLeverage,
    ChangeMarginType,
    Rules,
    SetNotionalCoefficient,
)
from perpbox.money import SCALE, Rate
from perpbox.views import explain_funds, explain_legs, explain_liquidation, explain_rates
from perpbox.views.explained import Explanation, Rounding, Step
from perpbox.wire.render_explain import explain_account, explain_symbol
from perpbox.wire.vintage import Vintage
from tests.unit.engine.board import BUY, LONG, SELL, SHORT, SYMBOL, Board, contract

Fields = dict[str, Explanation]


class Row(msgspec.Struct, rename="camel"):
    fields: Fields
    symbol: str = ""
    position_side: str = ""
    asset: str = ""


class Told(msgspec.Struct, rename="camel"):
    account: int
    multi_assets_margin: bool
    positions: list[Row]
    assets: list[Row]
    totals: Fields


def told(board: Board, symbol: str = SYMBOL, date: str = "2026-11-01") -> Told:
    desk = PaperDesk(board.exchange, Vintage(date))
    return msgspec.convert(explain_symbol(desk, desk.account, symbol), Told)


def fields(board: Board, leg: int = 0) -> Fields:
    return told(board).positions[leg].fields


def deep(**changes: object) -> Board:
    """A board on which thousands can be traded at 100."""
    board = Board(contract(**changes))
    board.depth([("100", "5000")], [("100.1", "5000")])
    return board


def sources(step: Step) -> dict[str, str]:
    return {term.name: f"{term.value} {term.unit}: {term.source}" for term in step.terms}


def test_isolated_liquidation_price() -> None:
    """EXP-002: terms with value, unit and source, the formula in symbols and with numbers."""
    board = Board()
    board.send(ChangeMarginType(1, SYMBOL, isolated=True))
    board.send(ChangeLeverage(1, SYMBOL, 5))
    board.place(board.order(1, BUY, "10", "100.1"))
    found = fields(board)["liquidationPrice"]
    entry, notional, last = found.steps
    assert (entry.name, entry.formula, entry.value) == (
        "pricingEntry",
        "entryPrice",
        "100.10000000",
    )
    assert notional.numbers == "abs(10.000 * 100.00000000)"
    assert last.formula == (
        "max(0, (isolatedWallet + cum - quantity * pricingEntry)"
        " / (abs(quantity) * maintMarginRate - quantity))"
    )
    assert last.numbers == (
        "max(0, (200.69950000 + 0 - 10.000 * 100.10000000) / (abs(10.000) * 0.004 - 10.000))"
    )
    assert sources(last) == {
        "isolatedWallet": (
            "200.69950000 USDT: isolated wallet of TESTUSDT (part of the wallet balance)"
        ),
        "cum": "0 USDT: bracket 1 of TESTUSDT: 0.004, cum 0",
        "quantity": "10.000 TEST: position of TESTUSDT",
        "pricingEntry": "100.10000000 USDT: computed above",
        "maintMarginRate": "0.004 rate: bracket 1 of TESTUSDT: 0.004, cum 0",
    }
    assert last.value == "80.35145582"
    assert found.printed == {"positionRisk v2": last.value, "positionRisk v3": last.value}
    assert found.note == "TESTUSDT is isolated: its own wallet is its equity"


def test_bracket_at_the_liquidation_price() -> None:
    """EXP-004: every bracket that was tried, and that the last one holds where it was taken."""
    board = deep()
    board.place(board.order(1, SELL, "490", "100"))
    found = fields(board)["liquidationPrice"]
    searched = ["notional1", "price1", "notional2", "liquidationPrice"]
    assert [step.name for step in found.steps][-4:] == searched
    assert [(each.position, each.bracket, each.why) for each in found.brackets] == [
        ("TESTUSDT at the mark", 1, "0 < 49000.00000000 <= 50000"),
        ("TESTUSDT at price1", 2, "50000 < 58740.53784830 <= 250000"),
        ("TESTUSDT at the liquidation price", 2, "50000 < 58731.84079420 <= 250000"),
    ]
    assert fields(board)["maintMargin"].brackets[0].why == "0 < 49000.00000000 <= 50000"


def test_bracket_beyond_the_table_and_scaled() -> None:
    """EXP-004: above all caps the last bracket; an account's own scale is named."""
    board = deep(
        brackets=tuple(
            msgspec.structs.replace(step, initial_leverage=50) for step in contract().brackets[:1]
        )
    )
    board.send(SetNotionalCoefficient(1, SYMBOL, Rate(SCALE // 2)))
    board.place(board.order(1, BUY, "240", "100.1"))
    board.mark("130")
    choice = fields(board)["maintMargin"].brackets[0]
    assert (choice.notional_cap, choice.why) == (
        "25000",
        "31200.00000000 is above every cap: the last bracket",
    )
    rate = fields(board)["maintMargin"].steps[-1].terms[1]
    assert rate.source == "bracket 1 of TESTUSDT: 0.004, cum 0 (scaled by the account's 0.5)"


def test_other_symbols_are_terms() -> None:
    """EXP-003: cross equity and available balance name each leg's number and how it came."""
    board = deep()
    board.add(contract(symbol="OTHERUSDT"), "100")
    board.place(board.order(1, BUY, "10", "100.1"))
    board.exchange.state.accounts[1].peek(contract(symbol="OTHERUSDT"))
    board.place(board.order(1, SELL, "20", "100", symbol="OTHERUSDT"))
    found = told(board, "OTHERUSDT").positions[0].fields["liquidationPrice"]
    assert found.steps[-1].formula == "0"
    board.place(board.order(2, BUY, "20", "100", symbol="OTHERUSDT"))
    found = told(board, "OTHERUSDT").positions[0].fields["liquidationPrice"]
    profit = next(step for step in found.steps if step.name == "otherUnrealizedProfit")
    assert sources(profit) == {
        "unRealizedProfit_TESTUSDT": (
            "-1.00000000 USDT: unRealizedProfit of TESTUSDT: 10.000 * (100.00000000 - 100.10000000)"
        )
    }
    available = told(board).assets[0].fields["availableBalance"]
    assert available.steps[-1].formula == (
        "max(0, crossWalletBalance + crossUnPnl - crossInitialMargin"
        " - isolatedOpenOrderMargin - reserve)"
    )
    assert available.printed == {"account v2": available.value}
    wallet = available.steps[0].terms[0]
    assert wallet.source == "wallet balance of USDT (ledger)"


def test_hedge_legs_share_a_price() -> None:
    """EXP-002: both cross legs stand in one formula."""
    board = Board(hedge=True)
    board.place(board.order(1, BUY, "10", "100.1", leg=LONG))
    board.place(board.order(1, SELL, "4", "99.9", leg=SHORT))
    prices = [fields(board, leg)["liquidationPrice"] for leg in (0, 1)]
    assert prices[0].steps == prices[1].steps
    assert "quantity_LONG" in prices[0].steps[-1].formula
    assert "quantity_SHORT" in prices[0].steps[-1].formula
    assert "LONG and SHORT have one price" in prices[0].note


def test_flat_symbol() -> None:
    """EXP-002: what is zero because nothing is held says so."""
    board = Board()
    found = fields(board)
    assert {name: each.value for name, each in found.items() if each.value != "0.00000000"} == {
        "breakEvenPrice": "0.0",
        "entryPrice": "0.0",
    }
    assert found["liquidationPrice"].note == "TESTUSDT is flat"
    assert found["liquidationPrice"].printed == {"positionRisk v2": "0"}
    assert found["maintMargin"].note == "TESTUSDT has no notional"


def test_break_even_by_date() -> None:
    """EXP-002: before 2026 half up and 13 digits, since then binary doubles."""
    board = Board()
    board.place(board.order(1, BUY, "15", "101"))
    now = told(board).positions[0].fields["breakEvenPrice"].steps
    then = told(board, date="2025-01-01").positions[0].fields["breakEvenPrice"].steps
    assert [step.name for step in now] == ["netFees", "breakEvenPrice"]
    assert [step.name for step in then] == ["netFees", "quotient", "breakEvenPrice"]
    assert now[0].numbers == "0.75300000 - 0.00000000"
    last = then[-1].rounding
    assert last is not None
    assert (last.significant_digits, last.places) == (13, None)


def test_era_of_the_initial_margin() -> None:
    """EXP-005: the way of a rounding is that of the day."""
    ways = []
    for rounds_up in (True, False):
        board = Board(rules=Rules(initial_margin_rounds_up=rounds_up))
        board.place(board.order(1, BUY, "1.115", "100.1"))
        way = fields(board)["positionInitialMargin"].steps[-1].rounding
        assert way is not None
        ways.append(way.direction)
    assert ways == ["away from zero", "toward zero"]


def used_roundings() -> dict[str, Rounding]:
    rooms = (explain_funds, explain_legs, explain_liquidation, explain_rates)
    return {
        name: value
        for room in rooms
        for name, value in inspect.getmembers(room)
        if isinstance(value, Rounding)
    }


@pytest.mark.parametrize("name", sorted(used_roundings()))
def test_rounding_is_the_documented_one(name: str) -> None:
    """EXP-005: an explanation says what the docstring of the rounding function says."""
    used = used_roundings()[name]
    function = getattr(rounding, used.function)
    words = " ".join((function.__doc__ or "").replace("``", "").split())
    assert used.evidence == words
    marks = {
        "toward zero": ("T8",),
        "half up": ("H8", "half up"),
        "away from zero": ("C8", "rounded up"),
    }
    assert any(mark in words for mark in marks[used.direction])
    assert used.places == 8


def test_account_tells_what_is_used() -> None:
    """EXP-002: every leg in use and every asset that the account has."""
    board = Board()
    desk = PaperDesk(board.exchange, Vintage())
    empty = msgspec.convert(explain_account(desk, desk.account), Told)
    assert (empty.positions, [row.asset for row in empty.assets]) == ([], ["USDT"])
    board.rest(board.order(1, BUY, "1", "90"))
    ordered = msgspec.convert(explain_account(desk, desk.account), Told)
    margin = ordered.positions[0].fields["openOrderInitialMargin"]
    assert [step.name for step in margin.steps] == [
        "marginRate",
        "notional",
        "orderNotional",
        "initialMargin",
        "positionInitialMargin",
        "openOrderInitialMargin",
    ]
    assert margin.steps[2].terms[1].source == (
        "open orders of TESTUSDT that may add: what is left of buys"
    )
    assert margin.printed["positionRisk v3"] == "4.50000000"
    # In single-asset mode the totals are those of the settlement asset.
    own = ordered.assets[0].fields
    assert ordered.totals["totalInitialMargin"].value == own["initialMargin"].value
    assert ordered.totals["totalInitialMargin"].steps[:-1] == own["initialMargin"].steps[:-1]
    assert ordered.totals["totalMarginBalance"].printed == {"account v2": "10000.00000000"}
