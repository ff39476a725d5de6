"""Shocks: how they are written, what they do, and what is refused."""

import pytest

from perpbox.calculator.account_file import read_account
from perpbox.calculator.aftermath import apply_shocks
from perpbox.calculator.build import build
from perpbox.calculator.desk import PaperDesk
from perpbox.calculator.errors import ShockError
from perpbox.calculator.shocks import SHOCKS_MAX, read_shocks
from perpbox.engine.assets import asset_rates
from perpbox.money import parse, plain
from tests.unit.calculator.papers import EXAMPLE, Paper, content, one_way, position

LONG = position("BTCUSDT", "0.1", "60000", leverage=10)
ISOLATED = {**LONG, "marginType": "isolated", "isolatedWallet": "600"}
MOVE, ADD, FILL = "--move", "--add-margin", "--fill"


def shaken(paper: Paper, *shocks: tuple[str, str]) -> tuple[PaperDesk, tuple[str, ...]]:
    desk = build(read_account(content(paper)))
    return desk, apply_shocks(desk, read_shocks(shocks))


def wallet(desk: PaperDesk) -> str:
    return plain(desk.state.ledger.balance(desk.account.account_id, "USDT"))


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("BTCUSDT=-10%", ("54000", "3000")),
        ("BTCUSDT=+2.5%,ETHUSDT=-15%", ("61500", "2550")),
        ("btcusdt = 54321.5 , ETHUSDT=3300", ("54321.5", "3300")),
        ("BTCUSDT=0.00000001%", ("60000.000006", "3000")),
        ("BTCUSDT=-10%,BTCUSDT=-10%", ("48600", "3000")),
    ],
)
def test_moves(text: str, marks: tuple[str, str]) -> None:
    """RSK-010: by percent of the mark or to a price, one after the other."""
    if text == "BTCUSDT=0.00000001%":
        with pytest.raises(ShockError, match="more than 8 decimals"):
            read_shocks([(MOVE, text)])
        return
    desk, _ = shaken(one_way(LONG), (MOVE, text))
    markets = desk.state.markets
    assert (plain(markets["BTCUSDT"].mark), plain(markets["ETHUSDT"].mark)) == marks


def test_last_moves_along() -> None:
    """RSK-011: the gap between last and mark grows no wider than the price; none stays none."""
    paper = one_way(LONG)
    paper["symbols"]["BTCUSDT"]["last"] = "60010"
    desk, _ = shaken(paper, (MOVE, "BTCUSDT=-10%,ETHUSDT=-10%"))
    assert plain(desk.state.markets["BTCUSDT"].last) == "54009"
    assert desk.state.markets["ETHUSDT"].last == 0


def test_collateral_moves_with_its_contract() -> None:
    """RSK-011: rates that the file gives for BTC fall with BTCUSDT, others stay."""
    paper = one_way(LONG, multiAssets=True)
    paper["assets"] = {
        "BTC": {"bidRate": "57000", "askRate": "63000"},
        "BNB": {"bidRate": "600", "askRate": "650"},
    }
    desk, _ = shaken(paper, (MOVE, "BTCUSDT=-10%"))
    rates = asset_rates(desk.state, "BTC")
    assert (plain(rates.bid), plain(rates.ask)) == ("51300", "56700")
    assert plain(asset_rates(desk.state, "BNB").bid) == "600"


def test_resting_orders_beyond_the_mark_are_told() -> None:
    """RSK-011: a move fills nothing, and says so."""
    desk, notes = shaken(EXAMPLE, (MOVE, "BTCUSDT=19990"))
    assert notes == ("--move BTCUSDT=19990: 1 resting order beyond the new mark stays unfilled",)
    assert len(desk.account.open_orders) == 1
    assert shaken(EXAMPLE, (MOVE, "BTCUSDT=20001"))[1] == ()


def test_added_margin() -> None:
    """RSK-012: through the engine, in both directions."""
    desk, _ = shaken(one_way(ISOLATED), (ADD, "BTCUSDT=100"), (ADD, "BTCUSDT=-20.5"))
    assert plain(desk.account.holdings["BTCUSDT"].both.isolated_wallet) == "679.5"
    assert wallet(desk) == "1000"


@pytest.mark.parametrize(
    ("rows", "text", "problem"),
    [
        ([LONG], "BTCUSDT=10", "-4049"),
        ([ISOLATED], "BTCUSDT=401", "-4050, Cross balance insufficient"),
        ([ISOLATED], "BTCUSDT=-600", "-4051"),
        ([ISOLATED], "BTCUSDT=0", "-4055"),
        ([ISOLATED], "ETHUSDT=1", "-4054"),
        ([ISOLATED], "BTCUSDT:LONG=1", "one-way mode; leave LONG out"),
        ([ISOLATED], "XRPUSDT=1", "not under symbols of the account file; there are BTCUSDT, ETH"),
    ],
)
def test_margin_that_the_exchange_refuses(rows: list[Paper], text: str, problem: str) -> None:
    """RSK-012: with its code and words."""
    with pytest.raises(ShockError, match=problem):
        shaken(one_way(*rows), (ADD, text))


def test_fill_opens_closes_and_flips() -> None:
    """RSK-013: wallet change is realized profit less commission; the rest opens at the price."""
    desk, _ = shaken(one_way(LONG), (FILL, "SELL 0.15 BTCUSDT @ 61000"))
    leg = desk.account.holdings["BTCUSDT"].both
    assert (plain(leg.quantity), plain(leg.entry8)) == ("-0.05", "61000")
    # 0.1 * 1000 profit, 0.15 * 61000 * 0.0005 commission
    assert wallet(desk) == "1095.425"


def test_maker_pays_less_and_fills_the_order_it_names() -> None:
    """RSK-013: a maker fill at the price of a resting order is that order's fill."""
    desk, _ = shaken(EXAMPLE, (FILL, "BUY 0.001 BTCUSDT @ 20000 LONG maker"))
    assert wallet(desk) == "2.52867053"
    assert desk.account.open_orders == {}
    assert desk.account.holdings["BTCUSDT"].long.bid_notional == 0
    desk, _ = shaken(EXAMPLE, (FILL, "buy 0.001 btcusdt @20000 long taker"))
    assert wallet(desk) == "2.52267053"
    assert len(desk.account.open_orders) == 1


def test_fill_is_a_print_where_last_is_known() -> None:
    """RSK-013: last follows; a file without last wants no gap between last and mark."""
    assert shaken(EXAMPLE, (FILL, "BUY 0.001 BTCUSDT @ 20000 LONG"))[0].state.markets[
        "BTCUSDT"
    ].last == parse("20000")
    desk, _ = shaken(one_way(LONG), (FILL, "BUY 0.001 BTCUSDT @ 50000"))
    assert desk.state.markets["BTCUSDT"].last == 0


def test_own_fees_and_fees_in_bnb() -> None:
    """RSK-013: takerFee of the file; with feeBurn the fee leaves the BNB wallet."""
    desk, _ = shaken(one_way(LONG, takerFee="0.0003"), (FILL, "BUY 0.1 BTCUSDT @ 60000"))
    assert wallet(desk) == "998.2"
    burning = one_way(LONG, feeBurn=True, wallets={"USDT": "1000", "BNB": "1"})
    burning["symbols"]["BNBUSDT"] = {"mark": "600"}
    desk, _ = shaken(burning, (FILL, "BUY 0.1 BTCUSDT @ 60000"))
    assert wallet(desk) == "1000"
    # 3 USDT less a tenth, at 600
    assert plain(desk.state.ledger.balance(1, "BNB")) == "0.9955"


def test_fill_beyond_the_margin_is_noted() -> None:
    """RSK-013: computed all the same."""
    desk, notes = shaken(one_way(LONG), (FILL, "BUY 1 BTCUSDT @ 60000"))
    assert len(notes) == 1
    assert "would refuse the order (-2019, Margin is insufficient.)" in notes[0]
    assert plain(desk.account.holdings["BTCUSDT"].both.quantity) == "1.1"


def test_shocks_happen_in_their_order() -> None:
    """RSK-010: margin can be added to what a fill before it opened."""
    paper = one_way()
    paper["symbols"]["BTCUSDT"]["marginType"] = "isolated"
    fill, add = (FILL, "BUY 0.01 BTCUSDT @ 60000"), (ADD, "BTCUSDT=5")
    desk, _ = shaken(paper, fill, add)
    # 600 / 20 less the commission, and 5
    assert plain(desk.account.holdings["BTCUSDT"].both.isolated_wallet) == "34.7"
    with pytest.raises(ShockError, match="-4054"):
        shaken(paper, add, fill)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("BUY 0.0001 BTCUSDT @ 60000 LONG", "3 decimals of quantity; cut it"),
        ("BUY 0.001 BTCUSDT @ 60000", "hedge mode; add LONG or SHORT"),
        ("SELL 0.002 BTCUSDT @ 60000 LONG", "more than the 0.001 held LONG; lower it"),
        ("BUY 0.001 BTCUSDT @ 60000 SHORT", "more than the 0 held SHORT"),
        ("BUY 0.001 ETHUSDT @ 3000 LONG", "not under symbols"),
    ],
)
def test_fills_that_cannot_happen(text: str, problem: str) -> None:
    """RSK-013."""
    with pytest.raises(ShockError, match=problem):
        shaken(EXAMPLE, (FILL, text))


@pytest.mark.parametrize(
    ("option", "text", "problem"),
    [
        (MOVE, "BTCUSDT", "write BTCUSDT=-10% or BTCUSDT=54000"),
        (MOVE, "=1", "write BTCUSDT=-10%"),
        (MOVE, "BTCUSDT=-10%,", "write BTCUSDT=-10%"),
        (MOVE, "BTCUSDT=x%", "not a decimal number"),
        (MOVE, "BTCUSDT=-100%", "cannot fall by 100 %"),
        (MOVE, "BTCUSDT=0", "above 0"),
        (MOVE, "BTCUSDT=1e17", "too large"),
        (ADD, "BTCUSDT:UP=1", "write BTCUSDT=10, or BTCUSDT:LONG=10"),
        (ADD, "BTCUSDT=", "write BTCUSDT=10"),
        (ADD, "BTCUSDT=1.123456789", "more than 8 decimals"),
        (FILL, "BUY BTCUSDT", 'write "BUY 0.01 BTCUSDT @ 60000"'),
        (FILL, "BUY 1 BTCUSDT @ 1 LONG SHORT", 'write "BUY'),
        (FILL, "BUY 1 BTCUSDT @ 1 SOON", 'write "BUY'),
        (FILL, "BUY -1 BTCUSDT @ 1", "above 0"),
        (FILL, "BUY x BTCUSDT @ 1", "not a decimal number"),
    ],
)
def test_shocks_that_cannot_be_read(option: str, text: str, problem: str) -> None:
    """RSK-014: the option, the text and how to write it."""
    with pytest.raises(ShockError) as refused:
        read_shocks([(option, text)])
    assert str(refused.value).startswith(option)
    assert problem in str(refused.value)


def test_shocks_are_bounded() -> None:
    """RSK-014."""
    with pytest.raises(ShockError, match=f"{SHOCKS_MAX} at most"):
        read_shocks([(MOVE, ",".join(["BTCUSDT=1%"] * (SHOCKS_MAX + 1)))])
