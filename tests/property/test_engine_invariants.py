"""What holds after any command, in every mode: money, margins, counters, refusals, replay."""

import msgspec
import pytest

from perpbox.engine.collateral import CrossPool, Funds, available_balance
from perpbox.engine.commands import (
    AdjustIsolatedMargin,
    AdvanceTime,
    CancelAllOrders,
    CancelOrder,
    ChangeAssetMode,
    ChangeLeverage,
    ChangeMarginType,
    ChangePositionMode,
    Command,
    CreateAccount,
    Deposit,
    Levels,
    ListAsset,
    ListInstrument,
    ModifyOrder,
    OpenExchange,
    PinPrices,
    PlaceOrder,
    Rules,
    SetAssetIndex,
    SetAutoAddMargin,
    SetDepth,
    SetFeeBurn,
    SetFeeTier,
    SetFundingRate,
    SetNotionalCoefficient,
    SetPrices,
    StreetTrade,
)
from perpbox.engine.events import Event, LedgerPosted, OrderTraded, Rejected
from perpbox.engine.exchange import Exchange
from perpbox.engine.hashing import state_hash
from perpbox.engine.ledger import CLEARING, FEES, FUNDING, OUTSIDE
from perpbox.engine.margin import asset_risk
from perpbox.engine.orders import Order
from perpbox.engine.symbol import MarginAsset
from perpbox.engine.types import (
    LedgerKind,
    OrderType,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from perpbox.money import Amount, Price, Qty, Rate
from perpbox.views.positions import symbol_rows
from tests.property.invariants import check_books, check_holders, check_money
from tests.property.walk import Maker, RandomWalk
from tests.unit.engine.board import contract, price, qty

STEPS = 2_500
ACCOUNTS = 4
SYMBOLS = ("ONEUSDT", "TWOUSDT", "THREEUSDC")
CENT = price("0.1")
LOT = qty("0.005")


def boards() -> list[Command]:
    """Three contracts in two margin assets, accounts of both modes, prices."""
    tiers = ((Rate(20_000), Rate(50_000)), (Rate(10_001), Rate(33_333)), (Rate(0), Rate(1)))
    commands: list[Command] = [OpenExchange(Rules(), tiers)]
    for asset, index in (("USDT", "1.0003"), ("USDC", "0.9998"), ("BNB", "612.3")):
        listed_asset = MarginAsset(asset, Rate(10_000), Rate(10_000), index=price(index))
        commands.append(ListAsset(listed_asset))
    for symbol in SYMBOLS:
        asset = symbol[-4:]
        listed = contract(symbol=symbol, margin_asset=asset, max_num_orders=12)
        commands.append(ListInstrument(listed))
        commands.append(SetPrices(symbol, price("100")))
        commands.append(SetFundingRate(symbol, Rate(10_000)))
    for number in range(1, ACCOUNTS + 1):
        maker, taker = (Rate(-5_000), Rate(33_333)) if number == 3 else (None, None)
        commands.append(CreateAccount(f"key {number}", "", maker, taker, hedge=number % 2 == 0))
        commands += [Deposit(number, asset, Amount(price("30000"))) for asset in ("USDT", "USDC")]
    return commands


class Walk(RandomWalk):
    """Random commands, each one as likely wrong as right."""

    symbols = SYMBOLS
    accounts = ACCOUNTS
    stray_legs = 0.05

    def found(self) -> None:
        for command in boards():
            self.send(command)

    def near(self) -> Price:
        return Price(price("100") + round(self.draw.gauss(0, 12)) * CENT)

    def lots(self, most: int = 3_000) -> Qty:
        return Qty(LOT * 2 * self.draw.randint(1, most // 2))

    def kinds(self) -> tuple[tuple[Maker, int], ...]:
        return (
            (self.place, 42),
            (self.cancel, 5),
            (self.modify, 12),
            (self.depth, 10),
            (self.street_print, 8),
            (self.prices, 6),
            (self.settings, 12),
            (self.margin, 6),
            (self.terms, 8),
            (self.time, 3),
        )

    def place(self) -> Command:
        draw, account = self.draw, self.account()
        is_market = draw.random() < 0.25
        tif = TimeInForce.GTC if is_market else draw.choice(list(TimeInForce))
        return PlaceOrder(
            account.account_id,
            draw.choice(SYMBOLS),
            draw.choice(list(Side)),
            self.leg(account),
            OrderType.MARKET if is_market else OrderType.LIMIT,
            tif,
            self.lots(900_000) if draw.random() < 0.1 else self.lots(),
            Price(0) if is_market else self.near(),
            draw.random() < 0.2 and not (account.hedge and draw.random() < 0.9),
            draw.choice(("same", f"id {self.sent}")),
            draw.choice(list(SelfTradePrevention)),
            PriceMatch.NONE
            if is_market
            else draw.choice([PriceMatch.NONE] * 50 + list(PriceMatch)),
            self.now_ms + draw.randint(500_000, 5_000_000) if tif is TimeInForce.GTD else 0,
        )

    def some_order(self) -> Order | None:
        account = self.account()
        orders = list(account.open_orders.values())
        return self.draw.choice(orders) if orders else None

    def cancel(self) -> Command:
        order = self.some_order()
        if order is None:
            return CancelAllOrders(self.account().account_id, self.draw.choice(SYMBOLS))
        return CancelOrder(order.account_id, order.symbol, order.order_id, "")

    def modify(self) -> Command:
        order = self.some_order()
        if order is None:
            return CancelOrder(1, SYMBOLS[0], 10**9, "")
        return ModifyOrder(
            order.account_id,
            order.symbol,
            order.order_id,
            "",
            order.side,
            self.lots(30_000) if self.draw.random() < 0.1 else self.lots(),
            self.near(),
        )

    def depth(self) -> Command:
        draw, middle = self.draw, self.near()

        def side(sign: int) -> Levels:
            return tuple(
                (Price(middle + sign * CENT * step), Qty(LOT * draw.randint(0, 4_000)))
                for step in draw.sample(range(1, 20), draw.randint(0, 6))
            )

        return SetDepth(draw.choice(SYMBOLS), side(-1), side(1), draw.random() < 0.4)

    def street_print(self) -> Command:
        draw = self.draw
        return StreetTrade(draw.choice(SYMBOLS), self.near(), self.lots(), draw.random() < 0.5)

    def prices(self) -> Command:
        draw, symbol = self.draw, self.draw.choice(SYMBOLS)
        if draw.random() < 0.7:
            return SetPrices(symbol, self.near(), draw.choice((Price(0), self.near())))
        return PinPrices(symbol, *(draw.choice((None, Price(0), self.near())) for _ in range(3)))

    def settings(self) -> Command:
        draw, account, symbol = self.draw, self.account().account_id, self.draw.choice(SYMBOLS)
        dice = draw.random()
        if dice < 0.5:
            return ChangeLeverage(account, symbol, draw.choice((0, 1, 5, 7, 20, 21, 50, 51)))
        if dice < 0.9:
            return ChangeMarginType(account, symbol, draw.random() < 0.7)
        return ChangePositionMode(account, draw.random() < 0.5)

    def margin(self) -> Command:
        draw, account = self.draw, self.account()
        if draw.random() < 0.2:
            moved = Amount(draw.randint(-(10**11), 2 * 10**11))
            return Deposit(account.account_id, draw.choice(("USDT", "USDC")), moved)
        return AdjustIsolatedMargin(
            account.account_id,
            draw.choice(SYMBOLS),
            self.leg(account),
            Amount(draw.randint(-(10**10), 10**10)),
        )

    def terms(self) -> Command:
        """Asset mode, fees, brackets, automatic margin, dollar indexes."""
        draw, account, symbol = self.draw, self.account().account_id, self.draw.choice(SYMBOLS)
        make = draw.choice(
            (
                lambda: ChangeAssetMode(account, draw.random() < 0.5),
                lambda: SetFeeBurn(account, draw.random() < 0.7),
                lambda: SetFeeTier(account, draw.randint(-1, 3)),
                lambda: SetNotionalCoefficient(
                    account, symbol, Rate(draw.randint(0, 3) * 5 * 10**7)
                ),
                lambda: SetAutoAddMargin(account, symbol, draw.random() < 0.5),
                lambda: SetAssetIndex(
                    draw.choice(("USDT", "USDC", "BNB", "XYZ")), Price(draw.randint(-1, 3) * 10**8)
                ),
                lambda: Deposit(account, "BNB", Amount(draw.randint(0, 10**6))),
            )
        )
        return make()

    def time(self) -> Command:
        self.now_ms += self.draw.randint(0, 2_000_000)
        return AdvanceTime()


def check_numbers(exchange: Exchange) -> None:
    """Every account has its numbers in every state; equal questions have equal answers."""
    state = exchange.state
    for account in state.accounts.values():
        funds = Funds(state, account, ("USDT", "USDC", "BNB"))
        for asset in funds.risks:
            assert 0 <= funds.available(asset) == available_balance(state, account, asset)
            assert funds.max_withdraw(asset) >= 0
        for holding in account.holdings.values():
            for row in symbol_rows(holding, CrossPool(state, account)):
                assert row.liquidation >= 0


def check_postings(events: list[Event], before: dict[tuple[int, str], Amount]) -> None:
    """Every wallet moves by realized profit, commission and transfers, and by nothing else."""
    balances = dict(before)
    realized: dict[tuple[int, str], int] = {}
    for event in events:
        if isinstance(event, LedgerPosted):
            key = (event.account_id, event.asset)
            balances[key] = Amount(balances.get(key, 0) + event.amount)
            assert event.balance == balances[key]
            if event.kind not in (LedgerKind.TRANSFER, LedgerKind.FUNDING_FEE):
                realized[key] = realized.get(key, 0) - event.amount
        elif isinstance(event, OrderTraded):
            key = (event.account_id, event.margin_asset)
            realized[key] = realized.get(key, 0) + event.realized
            key = (event.account_id, event.commission_asset)
            realized[key] = realized.get(key, 0) - event.commission
    assert set(realized.values()) <= {0}


@pytest.mark.parametrize("seed", [1, 2])
def test_invariants(seed: int) -> None:
    """MAR-030, MAR-031, MAR-032, ORD-040: after each of many random commands."""
    walk = Walk(seed)
    state = walk.exchange.state
    reasons = set()
    for _ in range(STEPS):
        command = walk.command()
        before = state_hash(state) if walk.draw.random() < 0.25 else ""
        balances = dict(state.ledger.balances)
        last_ms = state.now_ms
        events = walk.send(command)
        if isinstance(events[:1] and events[0], Rejected):
            assert len(events) == 1
            rejected = events[0]
            assert isinstance(rejected, Rejected)
            reasons.add(rejected.reason)
            assert state.ledger.balances == balances
            if before:
                now_ms = state.now_ms
                state.seq, state.now_ms = state.seq - 1, last_ms
                assert state_hash(state) == before, (command, rejected)
                state.seq, state.now_ms = state.seq + 1, now_ms
        check_postings(events, balances)
        check_books(walk.exchange)
        check_money(walk.exchange)
        check_holders(walk.exchange)
        if walk.draw.random() < 0.1:
            check_numbers(walk.exchange)
    houses = {holder for holder, _ in state.ledger.balances if holder < 0}
    assert houses == {OUTSIDE, CLEARING, FEES, FUNDING}
    assert len(reasons) >= 20, sorted(reason.name for reason in reasons)


def test_same_log_twice() -> None:
    """MAR-033: the same commands with the same stamps give the same events and state."""
    walk = Walk(3)
    for _ in range(1_500):
        walk.send(walk.command())
    again = Exchange()
    for (command, at_ms), events in zip(walk.log, walk.events, strict=True):
        copied = msgspec.json.decode(msgspec.json.encode(command), type=type(command))
        assert again.apply(copied, at_ms) == events
    assert state_hash(again.state) == state_hash(walk.exchange.state)


def test_reading_changes_nothing() -> None:
    """MAR-033: margin numbers and checks of orders leave no trace."""
    walk = Walk(4)
    for _ in range(400):
        walk.send(walk.command())
    before = state_hash(walk.exchange.state)
    for account in walk.exchange.state.accounts.values():
        for asset in ("USDT", "USDC"):
            assert asset_risk(walk.exchange.state, account, asset).available >= 0
    for _ in range(200):
        command = walk.place()
        assert isinstance(command, PlaceOrder)
        walk.exchange.check(command)
    assert state_hash(walk.exchange.state) == before
