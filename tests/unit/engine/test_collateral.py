"""Multi-assets totals: recorded accounts, available and withdrawable amounts, margin checks."""

import pytest

from perpbox.engine.collateral import CrossPool, Funds, available_balance, collateral_risk
from perpbox.engine.commands import (
    ChangeAssetMode,
    ChangeLeverage,
    Deposit,
    ListAsset,
    SetAssetIndex,
)
from perpbox.engine.margin import AssetRisk
from perpbox.engine.rejects import Reject
from perpbox.engine.state import State
from perpbox.engine.symbol import MarginAsset
from perpbox.money import Amount, fixed
from perpbox.views.positions import symbol_rows
from tests.unit.engine.board import BUY, SYMBOL, Board, amount, contract, price, rate

ROOMY = contract(max_num_orders=50)


def state_with(*assets: MarginAsset) -> State:
    board = Board()
    for asset in assets:
        board.send(ListAsset(asset))
    return board.exchange.state


def risk_of(wallet: str, **numbers: str) -> AssetRisk:
    risk = AssetRisk(amount(wallet), amount(wallet))
    for name, text in numbers.items():
        setattr(risk, name, amount(text))
    return risk


def test_the_recorded_account_of_2023() -> None:
    """ACC-032: an account of production, its dollar totals from the rows of its one asset.

    Rates are those that its wallet and its initial margin imply.
    """
    rates = MarginAsset("USDT", bid_rate=price("0.99992152"), ask_rate=price("1.00012153"))
    risk = risk_of(
        "5302.06572435",
        unrealized="-33.72461877",
        cross_unrealized="-33.72461877",
        maintenance="70.35795842",
        initial="1930.73112936",
        cross_initial="1930.73112936",
        position_initial="952.53441579",
    )
    total = collateral_risk(state_with(rates), {"USDT": risk})
    assert [
        fixed(total.wallet),
        fixed(total.maintenance),
        fixed(total.initial),
        fixed(total.position_initial),
        fixed(total.open_order_initial),
    ] == ["5301.64961823", "70.36650902", "1930.96577111", "952.65017729", "978.31559382"]
    # Printed -33.72197206: the rate is only known to its eighth decimal.
    assert abs(total.unrealized - amount("-33.72197206")) <= 1


def test_the_recorded_account_of_2024() -> None:
    """ACC-032: margins of another account of production, at the ask rate."""
    rates = MarginAsset("USDT", bid_rate=price("1.00008569"), ask_rate=price("1.00028573"))
    risk = risk_of("0", initial="17021.44801107", maintenance="1226.60853700")
    total = collateral_risk(state_with(rates), {"USDT": risk})
    assert fixed(total.initial) == "17026.31154941"
    assert fixed(total.maintenance) == "1226.95901585"


def test_available_in_the_recorded_account() -> None:
    """ACC-033: the dollars that are available, in the asset at its ask rate."""
    board = Board()
    board.send(ListAsset(MarginAsset("USDT", ask_rate=price("1.00012153"), index=price("1"))))
    account = board.account()
    account.multi_assets = True
    funds = Funds(board.exchange.state, account, ["USDT"])
    funds.total = risk_of("3333.20649844")
    assert fixed(funds.available("USDT")) == "3332.80146307"


def two_assets() -> Board:
    """10,000 USDT at 0.9999 and 1 BTC of 50,000 dollars at 0.95, multi-assets."""
    board = Board(ROOMY)
    board.send(ListAsset(MarginAsset("USDT", rate("0.0001"), rate("0.0001"), index=price("1"))))
    board.send(ListAsset(MarginAsset("USDC", rate("0.0001"), rate("0.0001"), index=price("1"))))
    board.send(ListAsset(MarginAsset("BTC", rate("0.05"), rate("0.05"), index=price("50000"))))
    board.send(Deposit(1, "BTC", amount("1")))
    board.send(ChangeAssetMode(1, True))
    return board


def test_available_and_withdrawable_by_asset() -> None:
    """ACC-033: one sum for all, shown in each asset at its ask; no more out than one has of it."""
    board = two_assets()
    funds = Funds(board.exchange.state, board.account(), ["USDT", "USDC", "BTC"])
    assert funds.total is not None
    assert fixed(funds.total.wallet) == fixed(funds.total.available) == "57499.00000000"
    assert [fixed(funds.available(asset)) for asset in funds.risks] == [
        "57493.25067493",
        "57493.25067493",
        "1.09521904",
    ]
    withdrawable = [fixed(funds.max_withdraw(asset)) for asset in funds.risks]
    assert withdrawable == ["10000.00000000", "0.00000000", "1.00000000"]


def test_nothing_is_available_of_an_asset_without_a_price() -> None:
    """ACC-033: an asset without an index counts nothing and takes nothing."""
    board = two_assets()
    board.send(ListAsset(MarginAsset("NEW")))
    board.send(Deposit(1, "NEW", amount("5")))
    funds = Funds(board.exchange.state, board.account(), ["USDT", "BTC", "NEW"])
    assert (funds.available("NEW"), funds.max_withdraw("NEW")) == (0, 0)
    assert fixed(funds.available("USDT")) == "57493.25067493"


def test_orders_draw_on_all_assets() -> None:
    """ACC-034: the margin check of an order takes what all assets are worth."""
    single, multi = Board(ROOMY), two_assets()
    for board in (single, multi):
        board.send(ChangeLeverage(1, SYMBOL, 5))
    # 600 at 100.1 and 5x need 12,012 and 60 of loss against the mark
    order = single.order(1, BUY, "600", "100.1")
    assert single.refused(order) is Reject.MARGIN_INSUFFICIENT
    multi.place(multi.order(1, BUY, "600", "100.1"))


def test_the_margin_check_to_the_last_digit() -> None:
    """ACC-034: an order fits while its margin is not above what is available of its asset."""
    board = two_assets()
    board.send(ChangeLeverage(1, SYMBOL, 1))
    state, account = board.exchange.state, board.account()
    board.send(SetAssetIndex("BTC", price("1")))
    # 9999 + 0.95 dollars are 9998.95010498 USDT at 1.0001; 99.9 of 100 each need 9990
    assert fixed(available_balance(state, account, "USDT")) == "9998.95010498"
    fits = board.order(1, BUY, "100", "99.9")
    board.send(Deposit(1, "USDT", amount("-8.951")))
    assert fixed(available_balance(state, account, "USDT")) == "9990.00089501"
    assert board.exchange.check(fits) is None
    board.send(Deposit(1, "USDT", amount("-0.001")))
    assert fixed(available_balance(state, account, "USDT")) == "9989.99989521"
    assert board.refused(fits) is Reject.MARGIN_INSUFFICIENT


def test_losses_and_debts_reduce_what_the_others_give() -> None:
    """ACC-032, ACC-033: a negative wallet counts at the ask, a loss at the bid."""
    board = two_assets()
    board.send(Deposit(1, "USDC", amount("-1000")))
    state, account = board.exchange.state, board.account()
    # 57499 - 1000.1
    assert fixed(Funds(state, account, ["USDT", "USDC", "BTC"]).max_withdraw("USDC")) == (
        "0.00000000"
    )
    total = Funds(state, account, ["USDT", "USDC", "BTC"]).total
    assert total is not None
    assert fixed(total.available) == "56498.90000000"
    board.place(board.order(1, BUY, "10", "100.1"))
    board.mark("90")
    total = Funds(state, account, ["USDT", "USDC", "BTC"]).total
    assert total is not None
    # 10 * (90 - 100.1) * 0.9999
    assert fixed(total.unrealized) == "-100.98990000"
    # 10 * 90 * 0.05 * 1.0001
    assert fixed(total.initial) == "45.00450000"


def test_a_liquidation_price_over_assets() -> None:
    """MAR-051: the price at which the dollar totals meet, other assets' wallets included."""
    board = two_assets()
    state, account = board.exchange.state, board.account()
    board.send(Deposit(1, "USDT", amount("-9900")))
    board.send(SetAssetIndex("BTC", price("1000")))
    board.place(board.order(1, BUY, "10", "100.1"))
    board.depth([("90", "20")], [("110", "20")])
    board.place(board.order(1, BUY, "10", "110"))
    holding = account.holdings[SYMBOL]

    def row() -> str:
        (found,) = symbol_rows(holding, CrossPool(state, account))
        return fixed(found.liquidation)

    # Wallet 100 - 0.5005 - 0.55 USDT and 950 dollars; 20 at 105.05:
    # (98.9495 * 0.9999 + 950 - 2101 * 0.9999) / (20 * 0.004 * 1.0001 - 20 * 0.9999)
    assert row() == "52.80905299"
    board.mark("52.81")
    assert not CrossPool(state, account).is_below_maintenance("USDT")
    board.mark("52.80")
    assert CrossPool(state, account).is_below_maintenance("USDT")
    assert CrossPool(state, account).is_below_maintenance("BTC"), "the account as a whole"
    board.send(SetAssetIndex("BTC", price("1010")))
    assert not CrossPool(state, account).is_below_maintenance("USDT")


@pytest.mark.parametrize("multi_assets", [False, True])
def test_without_rates_of_their_own_both_modes_agree(multi_assets: bool) -> None:
    """MAR-051: one dollar asset without buffers gives the same numbers in either mode."""
    board = Board(ROOMY)
    board.send(ListAsset(MarginAsset("USDT", index=price("1"))))
    board.send(Deposit(1, "USDT", amount("-9900")))
    board.place(board.order(1, BUY, "10", "100.1"))
    if multi_assets:
        board.send(ChangeAssetMode(1, True))
    state, account = board.exchange.state, board.account()
    funds = Funds(state, account, ["USDT"])
    (row,) = symbol_rows(account.holdings[SYMBOL], CrossPool(state, account))
    assert Amount(row.liquidation) == amount("90.51209839")
    assert fixed(funds.available("USDT")) == "48.49950000"
