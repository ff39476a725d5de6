"""Where every 1e-8 goes: wallets, costs, entries and break-evens after random trading."""

from fractions import Fraction
from random import Random
from typing import Final

import pytest

from perpbox import rounding
from perpbox.engine.assets import asset_index
from perpbox.engine.collateral import CrossPool
from perpbox.engine.commands import (
    ChangeAssetMode,
    ChangeMarginType,
    Command,
    CreateAccount,
    Deposit,
    ListAsset,
    ListInstrument,
    OpenExchange,
    PlaceOrder,
    Rules,
    SetAssetIndex,
    SetDepth,
    SetFeeBurn,
    SetFeeTier,
    SetPrices,
)
from perpbox.engine.events import Event, LedgerPosted, OrderTraded
from perpbox.engine.exchange import Exchange
from perpbox.engine.margin import fee_rate
from perpbox.engine.symbol import MarginAsset
from perpbox.engine.types import LedgerKind, OrderType, PositionSide, Side, TimeInForce
from perpbox.money import SCALE, Amount, Price, Qty, Rate
from perpbox.views.positions import symbol_rows
from tests.unit.engine.board import amount, contract, levels, price, qty, rate

STEPS: Final = 1_500
SYMBOLS: Final = ("ONEUSDT", "TWOUSDT", "THREEUSDC")
ASSETS: Final = ("USDT", "USDC", "BNB")
TICK: Final = price("0.01")
LOT: Final = qty("0.001")
LegKey = tuple[int, str, PositionSide]


class Shadow:
    """What a leg must have come to, by exact sums over its fills."""

    def __init__(self) -> None:
        self.quantity = 0
        self.signed_quotes = 0
        """Value bought less value sold, over the whole life of the leg."""
        self.realized_ever = 0
        self.in_out = 0
        """Value that went in less value that came out since flat, unsigned by side."""
        self.fees = 0
        self.prices: list[int] = []

    @property
    def cost(self) -> int:
        """What is bought and not yet booked as profit or loss is the cost of what is held."""
        return self.signed_quotes + self.realized_ever


class Market:
    """Four accounts of different terms trade with each other and the street."""

    def __init__(self, seed: int) -> None:
        self.draw = Random(seed)
        self.exchange = Exchange()
        self.state = self.exchange.state
        self.shadows: dict[LegKey, Shadow] = {}
        self.owed: dict[tuple[int, str], int] = {}
        """Realized profit plus funding less commission since the deposits."""
        self.deposited: dict[tuple[int, str], int] = {}
        self.paid_in: dict[tuple[int, str], int] = {}
        """Fills by account and the asset their commission was paid in."""
        self.added: set[LegKey] = set()
        """Legs that the last step added to."""
        self.closes = 0
        self.flips = 0
        tiers = tuple((Rate(20_000 - 1_000 * tier), Rate(50_000 - 3_333 * tier)) for tier in (0, 1))
        self.send(OpenExchange(Rules(), tiers))
        for asset, index in (("USDT", "1.0002"), ("USDC", "0.9999"), ("BNB", "612.34567891")):
            self.send(ListAsset(MarginAsset(asset, rate("0.0001"), rate("0.0001"))))
            self.send(SetAssetIndex(asset, price(index)))
        for symbol in SYMBOLS:
            self.send(
                ListInstrument(
                    contract(
                        symbol=symbol,
                        margin_asset=symbol[-4:],
                        tick_size=TICK,
                        min_price=TICK,
                        max_price=price("1000"),
                        step_size=LOT,
                        min_qty=LOT,
                        market_step_size=LOT,
                        market_min_qty=LOT,
                        min_notional=Amount(0),
                        max_num_orders=200,
                    )
                )
            )
        for number in range(1, 5):
            self.send(CreateAccount(f"key {number}", hedge=number == 2))
            for asset in ("USDT", "USDC"):
                self.deposit(number, asset, "200000")
        self.terms()

    def terms(self) -> None:
        """One pays in BNB until it runs out, one is isolated, one multi-assets, one gets paid."""
        self.deposit(1, "BNB", "0.02")
        self.send(SetFeeBurn(1, True))
        self.send(SetFeeTier(2, 1))
        for symbol in SYMBOLS:
            self.send(ChangeMarginType(3, symbol, True))
        self.deposit(4, "BNB", "20")
        self.send(SetFeeBurn(4, True))
        self.send(ChangeAssetMode(4, True))
        self.state.accounts[3].maker_fee = Rate(-7_777)

    def deposit(self, number: int, asset: str, text: str) -> None:
        self.send(Deposit(number, asset, amount(text)))
        self.deposited[number, asset] = amount(text)

    def send(self, command: Command) -> list[Event]:
        return self.exchange.apply(command, 0)

    def step(self) -> None:
        """New prices and depth now and then; an order; everything held against the shadows."""
        draw, symbol = self.draw, self.draw.choice(SYMBOLS)
        self.added.clear()
        if draw.random() < 0.4:
            middle = Price(price("100") + round(draw.gauss(0, 300)) * TICK)
            self.send(SetPrices(symbol, middle, Price(middle + draw.randint(-9, 9) * 12_345)))
            rows = range(1, 8)
            self.follow(
                self.send(
                    SetDepth(
                        symbol,
                        tuple((Price(middle - n * TICK * 3), self.lots(900)) for n in rows),
                        tuple((Price(middle + n * TICK * 3), self.lots(900)) for n in rows),
                        True,
                    )
                )
            )
        account = self.state.accounts[draw.randint(1, 4)]
        leg = PositionSide.BOTH
        if account.hedge:
            leg = draw.choice((PositionSide.LONG, PositionSide.SHORT))
        mark = self.state.markets[symbol].mark
        near = Price(mark - mark % TICK + draw.randint(-40, 40) * TICK)
        is_market = draw.random() < 0.3
        order = PlaceOrder(
            account.account_id,
            symbol,
            draw.choice(list(Side)),
            leg,
            OrderType.MARKET if is_market else OrderType.LIMIT,
            TimeInForce.GTC,
            self.lots(5_000),
            Price(0) if is_market else near,
            False,
            f"id {self.state.seq}",
        )
        self.follow(self.send(order))

    def lots(self, most: int) -> Qty:
        return Qty(LOT * self.draw.randint(1, most))

    def follow(self, events: list[Event]) -> None:
        """Add what happened to the shadows."""
        for event in events:
            if isinstance(event, OrderTraded):
                self.fill(event)
            elif isinstance(event, LedgerPosted) and event.kind is LedgerKind.FUNDING_FEE:
                self.owe(event.account_id, event.asset, event.amount)

    def owe(self, number: int, asset: str, value: int) -> None:
        self.owed[number, asset] = self.owed.get((number, asset), 0) + value

    def fee_in_quote(self, trade: OrderTraded) -> int:
        """What a commission counts for in quote, from the account's rate and the discount."""
        account = self.state.accounts[trade.account_id]
        instrument = self.state.markets[trade.symbol].instrument
        own_rate = fee_rate(self.state, account, instrument, trade.is_maker)
        fee = int(Fraction(trade.price * trade.quantity * own_rate, 10**16))
        if trade.commission_asset == trade.margin_asset:
            assert trade.commission == fee
            return fee
        assert account.fee_burn
        fee = fee * 9 // 10
        in_dollars = Fraction(fee * asset_index(self.state, trade.margin_asset), SCALE)
        paid = Fraction(trade.commission * asset_index(self.state, "BNB"), SCALE)
        assert 0 <= in_dollars - paid < asset_index(self.state, "BNB") // SCALE + 2
        return fee

    def fill(self, trade: OrderTraded) -> None:
        """One side of a fill, against the shadow of its leg."""
        shadow = self.shadows.setdefault(
            (trade.account_id, trade.symbol, trade.position_side), Shadow()
        )
        fee = self.fee_in_quote(trade)
        paid = (trade.account_id, trade.commission_asset)
        self.paid_in[paid] = self.paid_in.get(paid, 0) + 1
        self.owe(trade.account_id, trade.margin_asset, trade.realized)
        self.owe(trade.account_id, trade.commission_asset, -trade.commission)
        sign, held = int(trade.side), abs(shadow.quantity)
        quote = trade.price * trade.quantity // SCALE
        closed = min(trade.quantity, held) if shadow.quantity * sign < 0 else 0
        opened = trade.quantity - closed
        closing_quote = trade.price * closed // SCALE
        if closed:
            self.closes += 1
            exact = closing_quote * -sign - Fraction(shadow.cost * closed, held)
            assert 0 <= trade.realized - exact < 1, "rounded by less than the last digit"
        else:
            assert trade.realized == 0
        shadow.quantity += sign * trade.quantity
        shadow.signed_quotes += sign * quote
        shadow.realized_ever += trade.realized
        if closed == held:
            shadow.in_out = shadow.fees = 0
            shadow.prices = []
            if closed and opened:
                self.flips += 1
                fee = int(Fraction(fee * opened, trade.quantity))
            elif closed:
                fee = 0
        else:
            shadow.in_out -= closing_quote
        shadow.fees += fee
        if opened:
            shadow.in_out += quote - closing_quote
            shadow.prices.append(trade.price)
            self.added.add((trade.account_id, trade.symbol, trade.position_side))

    def check(self) -> None:
        """Wallets, costs and quantities to the last digit."""
        for number in self.state.accounts:
            for asset in ASSETS:
                key = (number, asset)
                expected = self.deposited.get(key, 0) + self.owed.get(key, 0)
                assert self.state.ledger.balance(number, asset) == expected
        for (number, symbol, side), shadow in self.shadows.items():
            leg = self.state.accounts[number].holdings[symbol].leg(side)
            assert (leg.quantity, leg.cost) == (shadow.quantity, shadow.cost)
            if leg.quantity:
                assert min(shadow.prices) <= leg.entry8 <= max(shadow.prices)

    def check_break_even(self) -> None:
        """(what went in - what came out + side x fees) / size, for every leg."""
        for (number, symbol, side), shadow in self.shadows.items():
            account = self.state.accounts[number]
            holding = account.holdings[symbol]
            rows = symbol_rows(holding, CrossPool(self.state, account))
            (row,) = [each for each in rows if each.leg.side is side]
            if not shadow.quantity:
                assert row.break_even_e20 == 0
                continue
            direction = 1 if shadow.quantity > 0 else -1
            total = shadow.in_out + direction * shadow.fees
            exact = Fraction(total * rounding.ENTRY_SCALE, abs(shadow.quantity))
            assert abs(row.break_even_e20 - exact) <= Fraction(1, 2)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_wallet_adds_up(seed: int) -> None:
    """MAR-032, MAR-053, MAR-054, MAR-055: after each of many random fills, closes and flips."""
    market = Market(seed)
    for step in range(STEPS):
        market.step()
        market.check()
        if step % 10 == 0:
            market.check_break_even()
    assert market.closes > STEPS // 4
    assert market.flips > STEPS // 50
    both = [market.paid_in[1, asset] for asset in ("BNB", "USDT")]
    assert min(both) > 20, "it pays in BNB until that runs out"
    assert (4, "USDT") not in market.paid_in


def test_a_close_leaves_the_entry_price_alone() -> None:
    """MAR-055: only a fill that adds moves it, however the cost is split."""
    market = Market(3)
    seen = 0
    for _ in range(STEPS):
        before = {
            key: (leg.quantity, leg.entry_e20)
            for key in market.shadows
            for leg in [market.state.accounts[key[0]].holdings[key[1]].leg(key[2])]
        }
        market.step()
        for (number, symbol, side), (quantity, entry) in before.items():
            leg = market.state.accounts[number].holdings[symbol].leg(side)
            if leg.quantity and leg.quantity != quantity:
                closed_only = (number, symbol, side) not in market.added
                seen += closed_only
                assert leg.entry_e20 == entry or not closed_only
    assert seen > STEPS // 10


def test_the_part_of_a_short_cost_that_stays() -> None:
    """MAR-053: three closes of a short with an endless average add up to the last digit."""
    market = Market(4)
    market.send(SetPrices("ONEUSDT", price("100")))

    def trade(side: Side, quantity: str, at: str) -> OrderTraded:
        level = levels((at, quantity))
        bids, asks = (level, ()) if side is Side.SELL else ((), level)
        market.send(SetDepth("ONEUSDT", bids, asks, True))
        order = PlaceOrder(
            2,
            "ONEUSDT",
            side,
            PositionSide.SHORT,
            OrderType.LIMIT,
            TimeInForce.IOC,
            qty(quantity),
            price(at),
            False,
            f"id {market.state.seq}",
        )
        (fill,) = [event for event in market.send(order) if isinstance(event, OrderTraded)]
        return fill

    trade(Side.SELL, "1", "100")
    trade(Side.SELL, "0.002", "99.99")
    closes = [trade(Side.BUY, "0.334", "100.5").realized for _ in range(3)]
    leg = market.state.accounts[2].holdings["ONEUSDT"].short
    assert (leg.quantity, leg.cost) == (0, 0)
    # 100.19998 / 3 = 33.39999333… a close
    assert sorted(closes) == [amount("-0.16700667"), amount("-0.16700667"), amount("-0.16700666")]
