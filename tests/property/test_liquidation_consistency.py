"""What prints a liquidation price is what decides: the trigger flips at the printed digits."""

from random import Random
from typing import Final

import pytest

from perpbox.engine.collateral import CrossPool, Funds, account_assets
from perpbox.engine.commands import (
    CreateAccount,
    Deposit,
    ListAsset,
    ListInstrument,
    OpenExchange,
    Rules,
    SetPrices,
)
from perpbox.engine.exchange import Exchange
from perpbox.engine.margin import bracket_of, is_isolated_below_maintenance, leg_notional
from perpbox.engine.position import Holding, Leg
from perpbox.engine.state import Account, Market
from perpbox.engine.symbol import Bracket, MarginAsset
from perpbox.engine.types import PositionSide
from perpbox.money import SCALE, Amount, Price, Qty
from perpbox.views.positions import PositionRow, symbol_rows
from tests.unit.engine.board import amount, contract, price, rate

ACCOUNTS: Final = 1_500
CONTRACTS: Final = (
    ("ONEUSDT", "60000", "0.1", 3),
    ("TWOUSDT", "3000", "0.01", 3),
    ("THREEUSDT", "0.4", "0.0001", 0),
    ("FOURUSDC", "100", "0.01", 2),
    ("FIVEUSDC", "60000", "0.1", 3),
)
"""(symbol, mark, tick, quantity decimals)."""
CUTS: Final = 20
"""Dollars at 1e-8 that cutting each printed total may move between them."""
BRACKETS: Final = (
    Bracket(1, 125, Amount(0), amount("50000"), rate("0.004"), Amount(0)),
    Bracket(2, 100, amount("50000"), amount("250000"), rate("0.005"), amount("50")),
    Bracket(3, 50, amount("250000"), amount("1000000"), rate("0.01"), amount("1300")),
    Bracket(4, 20, amount("1000000"), amount("7500000"), rate("0.025"), amount("16300")),
    Bracket(5, 5, amount("7500000"), amount("40000000"), rate("0.1"), amount("578800")),
    Bracket(6, 2, amount("40000000"), amount("800000000"), rate("0.25"), amount("6578800")),
)
ASSETS: Final = (
    MarginAsset("USDT", rate("0.0001"), rate("0.0001"), index=price("1.00018573")),
    MarginAsset("USDC", rate("0.0001"), rate("0.0001"), index=price("0.9998967")),
    MarginAsset("BTC", rate("0.05"), rate("0.05"), index=price("60000.12345678")),
)


class Portfolios:
    """Random accounts, one after the other, on one board."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)
        self.exchange = Exchange()
        self.state = self.exchange.state
        self.exchange.apply(OpenExchange(Rules()), 0)
        for asset in ASSETS:
            self.exchange.apply(ListAsset(asset), 0)
        for symbol, mark, tick, decimals in CONTRACTS:
            listed = contract(
                symbol=symbol,
                margin_asset=symbol[-4:],
                tick_size=price(tick),
                quantity_precision=decimals,
                brackets=BRACKETS,
            )
            self.exchange.apply(ListInstrument(listed), 0)
            self.exchange.apply(SetPrices(symbol, price(mark)), 0)

    def account(self, *, hedge: bool, multi_assets: bool) -> Account:
        """An account with one to five symbols, thinly funded, so that it is near its end."""
        draw = self.draw
        number = len(self.state.accounts) + 1
        self.exchange.apply(CreateAccount(f"key {number}", hedge=hedge), 0)
        account = self.state.accounts[number]
        account.multi_assets = multi_assets
        needs: dict[str, int] = {}
        chosen = draw.sample(CONTRACTS, draw.randint(1, len(CONTRACTS)))
        for symbol, text, _, decimals in chosen:
            market = self.state.markets[symbol]
            market.mark = Price(round(price(text) * draw.uniform(0.7, 1.4)))
            holding = Holding(market.instrument)
            account.holdings[symbol] = holding
            holding.is_isolated = not multi_assets and draw.random() < 0.4
            sides = (PositionSide.BOTH,) if not hedge else self._sides()
            for side in sides:
                self._open(holding, side, market.mark, decimals)
                leg = holding.leg(side)
                value = abs(leg_notional(leg, market.mark))
                part = round(value * draw.choice((0.006, 0.03, 0.2, 1.5)) * draw.random())
                asset = market.instrument.margin_asset
                needs[asset] = needs.get(asset, 0) + part
                if holding.is_isolated:
                    leg.isolated_wallet = Amount(part)
                    total = account.isolated_total.get(asset, 0)
                    account.isolated_total[asset] = Amount(total + part)
        for asset, need in needs.items():
            self.exchange.apply(Deposit(number, asset, Amount(need)), 0)
        if multi_assets:
            self.exchange.apply(Deposit(number, "BTC", Amount(draw.randint(0, SCALE))), 0)
            owed = Amount(-draw.randint(0, 100 * SCALE))
            self.exchange.apply(Deposit(number, "USDC", owed), 0)
        return account

    def _sides(self) -> list[PositionSide]:
        both = [PositionSide.LONG, PositionSide.SHORT]
        return self.draw.sample(both, self.draw.choice((1, 2, 2)))

    def _open(self, holding: Holding, side: PositionSide, mark: Price, decimals: int) -> None:
        draw = self.draw
        worth = 10 ** draw.uniform(1.5, 8) * SCALE
        step = 10 ** (8 - decimals)
        size = max(1, round(worth / mark * SCALE / step)) * step
        sign = -1 if side is PositionSide.SHORT else 1
        if side is PositionSide.BOTH and draw.random() < 0.5:
            sign = -1
        leg = holding.leg(side)
        leg.quantity = Qty(sign * size)
        leg.entry8 = Price(round(mark * draw.uniform(0.8, 1.2)))


class Scope:
    """A printed price with the question that decides at any mark."""

    def __init__(self, book: Portfolios, account: Account, row: PositionRow) -> None:
        self.state = book.state
        self.account = account
        self.row = row
        self.market: Market = row.market
        holding = row.holding
        if holding.is_isolated:
            legs, self.positions = [row.leg], 1
        else:
            legs = [leg for leg in holding.legs(account.hedge) if leg.quantity]
            self.positions = self._cross_positions()
        self.legs: list[Leg] = legs
        self.quantity = abs(sum(leg.quantity for leg in legs))

    def _cross_positions(self) -> int:
        asset = self.row.holding.instrument.margin_asset
        return sum(
            bool(leg.quantity)
            for holding in self.account.holdings.values()
            for leg in holding.legs(self.account.hedge)
            if not holding.is_isolated
            and (self.account.multi_assets or holding.instrument.margin_asset == asset)
        )

    def is_dead(self, mark: int) -> bool:
        """The engine's own answer, were this the mark."""
        before, self.market.mark = self.market.mark, Price(mark)
        holding = self.row.holding
        if holding.is_isolated:
            answer = is_isolated_below_maintenance(holding, self.row.leg, Price(mark))
        else:
            pool = CrossPool(self.state, self.account)
            answer = pool.is_below_maintenance(holding.instrument.margin_asset)
        self.market.mark = before
        return answer

    @property
    def tolerance(self) -> int:
        """max(1e-8, (positions + 2) x 1e-8 / |quantity|), in units of 1e-8."""
        return max(1, (self.positions + 2) * SCALE // self.quantity)

    def crosses_a_bracket(self) -> bool:
        """Whether another bracket holds at the liquidation price than at the mark."""
        return any(
            bracket_of(BRACKETS, Amount(abs(leg_notional(leg, self.market.mark))))
            is not bracket_of(BRACKETS, Amount(abs(leg_notional(leg, self.row.liquidation))))
            for leg in self.legs
        )

    def check_that_nothing_flips(self) -> None:
        """Where 0 is printed, one leg is alive or dead at any price.

        Two legs are left out: brackets may rise so that both ends of the scale are deadly, and
        the documented search looks into one direction only.
        """
        if len(self.legs) == 1:
            answers = {self.is_dead(mark) for mark in (self.tolerance + 1, *self._around())}
            assert len(answers) == 1

    def _around(self) -> tuple[int, ...]:
        mark = self.market.mark
        return mark // 100, mark, mark * 100


def scopes(book: Portfolios, account: Account) -> list[Scope]:
    """Everything of an account that has a liquidation price of its own."""
    found = []
    for holding in account.holdings.values():
        rows = symbol_rows(holding, CrossPool(book.state, account))
        held = [row for row in rows if row.leg.quantity]
        if not holding.is_isolated:
            assert len({row.liquidation for row in held}) == 1
            held = held[:1]
        found += [Scope(book, account, row) for row in held]
    return found


@pytest.mark.parametrize("hedge", [False, True], ids=["one-way", "hedge"])
@pytest.mark.parametrize("multi_assets", [False, True], ids=["single-asset", "multi-assets"])
def test_the_trigger_flips_at_the_printed_price(hedge: bool, multi_assets: bool) -> None:
    """MAR-050, MAR-051: within the last digits of the printed price, and not before.

    Prices move in steps of 1e-8: of the two neighbours between which the answer changes, one
    is within the tolerance.
    """
    book = Portfolios(1 + hedge + 2 * multi_assets)
    seen = crossed = ticks = 0
    for _ in range(ACCOUNTS):
        account = book.account(hedge=hedge, multi_assets=multi_assets)
        for scope in scopes(book, account):
            printed = scope.row.liquidation
            if not scope.quantity:
                continue
            if not printed:
                scope.check_that_nothing_flips()
                continue
            off = scope.tolerance + 1
            below, above = scope.is_dead(max(1, printed - off)), scope.is_dead(printed + off)
            assert below is not above, (account.account_id, scope.row.leg.side, printed)
            seen += 1
            crossed += scope.crosses_a_bracket()
            if len(scope.legs) == 1:
                assert below is (scope.legs[0].quantity > 0)
            alive = 1 if below else -1
            tick = scope.market.instrument.tick_size
            if tick > off:
                assert not scope.is_dead(printed + alive * tick)
                ticks += 1
    assert seen > ACCOUNTS
    assert crossed > ACCOUNTS // 10
    assert ticks > ACCOUNTS // 2


@pytest.mark.parametrize("multi_assets", [False, True], ids=["single-asset", "multi-assets"])
def test_the_trigger_is_that_of_the_printed_sums(multi_assets: bool) -> None:
    """MAR-050, MAR-051: margin balance against maintenance margin, as the account shows them."""
    book = Portfolios(9 + multi_assets)
    dead = alive = 0
    for _ in range(300):
        account = book.account(hedge=False, multi_assets=multi_assets)
        funds = Funds(book.state, account, account_assets(account))
        pool = CrossPool(book.state, account)
        for asset, of_asset in funds.risks.items():
            risk = funds.total or of_asset
            left = risk.cross_wallet + risk.cross_unrealized - risk.cross_maintenance
            answer = pool.is_below_maintenance(asset)
            if multi_assets and abs(left) < CUTS:
                continue
            assert answer is (left <= 0 and bool(risk.cross_maintenance))
            dead, alive = dead + answer, alive + (not answer)
    assert min(dead, alive) > 50


def test_nothing_held_is_never_below_maintenance() -> None:
    """MAR-050: an empty wallet without positions is not to be liquidated."""
    book = Portfolios(11)
    book.exchange.apply(CreateAccount("empty"), 0)
    account = book.state.accounts[1]
    for multi_assets in (False, True):
        account.multi_assets = multi_assets
        assert not CrossPool(book.state, account).is_below_maintenance("USDT")
    holding = Holding(book.state.markets["ONEUSDT"].instrument)
    holding.is_isolated = True
    assert not is_isolated_below_maintenance(holding, holding.both, price("1"))


def test_two_legs_below_maintenance_at_every_price_have_no_liquidation_price() -> None:
    """MAR-052: the search goes round in circles; it ends, and names no price."""
    book = Portfolios(12)
    book.exchange.apply(CreateAccount("hopeless", hedge=True), 0)
    account = book.state.accounts[1]
    market = book.state.markets["ONEUSDT"]
    market.mark = price("52663.9")
    holding = account.holdings["ONEUSDT"] = Holding(market.instrument)
    for leg, size, entry in (
        (holding.long, "405.783", "59772.3"),
        (holding.short, "-288.664", "47528.7"),
    ):
        leg.quantity, leg.entry8 = Qty(price(size)), price(entry)
    rows = symbol_rows(holding, CrossPool(book.state, account))
    assert {row.liquidation for row in rows} == {0}
