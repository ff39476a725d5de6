"""Whoever is distressed is liquidated in the same command, nobody else, and no money appears.

Random walks over every mode, with a checker that works out every scope of every account anew,
from wallets, entries and brackets, after every command.
"""

import msgspec
import pytest

from perpbox.engine.assets import asset_rates
from perpbox.engine.commands import (
    AdjustIsolatedMargin,
    AdvanceTime,
    CancelAllOrders,
    ChangeAssetMode,
    ChangeLeverage,
    ChangeMarginType,
    Command,
    CreateAccount,
    Deposit,
    Levels,
    ListAsset,
    ListInstrument,
    OpenExchange,
    OverrideFundingRate,
    PinPrices,
    PlaceOrder,
    Rules,
    SetAssetIndex,
    SetAutoAddMargin,
    SetDepth,
    SetInsurance,
    SetNotionalCoefficient,
    SetPrices,
    StreetTrade,
)
from perpbox.engine.events import (
    Event,
    MarginCalled,
    OrderAccepted,
    OrderTraded,
    Rejected,
    ScopeLiquidated,
)
from perpbox.engine.exchange import Exchange
from perpbox.engine.hashing import state_hash
from perpbox.engine.ledger import INSURANCE
from perpbox.engine.position import Holding, Leg
from perpbox.engine.scopes import scopes_of, standing
from perpbox.engine.state import Account, Scope, State
from perpbox.engine.symbol import MarginAsset
from perpbox.engine.types import (
    Forced,
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from perpbox.money import SCALE, Amount, Price, Qty, Rate
from tests.property.invariants import check_books, check_holders, check_money
from tests.property.walk import Maker, RandomWalk
from tests.unit.engine.board import contract, price, qty, rate

STEPS = 2_000
ACCOUNTS = 8
SYMBOLS = ("ONEUSDT", "TWOUSDT", "THREEUSDC")
ASSETS = ("USDT", "USDC")
FUND = 200 * SCALE
LOWEST = Price(1_000_000)
"""A cent: the mark falls so far and no further, but for jumps to one unit."""

Numbers = tuple[int, int]
"""(margin balance, maintenance margin), in dollars at 16 decimals in multi-assets mode."""


def cut(value: int) -> int:
    """Toward zero at 8 decimals."""
    return value // SCALE if value >= 0 else -(-value // SCALE)


def leg_numbers(holding: Holding, leg: Leg, mark: int) -> Numbers:
    """(unrealized profit, maintenance margin) of a leg, told in the plainest way."""
    profit = cut(leg.quantity * (mark - leg.entry8))
    value = abs(leg.quantity) * mark // SCALE
    rows = [row for row in holding.brackets if row.notional_floor < value <= row.notional_cap]
    row = rows[0] if rows else holding.brackets[-1 if value else 0]
    return profit, max(0, cut(value * row.maint_margin_rate - row.cum * SCALE)) if value else 0


def brute_force(state: State) -> dict[Scope, Numbers]:
    """Every scope with a position, by visiting every leg of every account."""
    found: dict[Scope, Numbers] = {}
    for account in state.accounts.values():
        cross: dict[str, Numbers] = {}
        for symbol, holding in account.holdings.items():
            asset = holding.instrument.margin_asset
            for leg in (holding.both, holding.long, holding.short):
                if not leg.quantity:
                    continue
                profit, needed = leg_numbers(holding, leg, state.markets[symbol].mark)
                if holding.is_isolated:
                    scope = Scope(account.account_id, asset, symbol, leg.side)
                    found[scope] = (leg.isolated_wallet + profit, needed)
                else:
                    before = cross.get(asset, (0, 0))
                    cross[asset] = (before[0] + profit, before[1] + needed)
        if account.multi_assets:
            if cross:
                found[Scope(account.account_id, "USDT")] = dollars(state, account, cross)
            continue
        for asset, (profit, needed) in cross.items():
            wallet = state.ledger.balance(account.account_id, asset)
            wallet = Amount(wallet - account.isolated_total.get(asset, 0))
            found[Scope(account.account_id, asset)] = (wallet + profit, needed)
    return found


def dollars(state: State, account: Account, cross: dict[str, Numbers]) -> Numbers:
    """A multi-assets account in dollars at 16 decimals: nothing is cut."""
    balance = needed = 0
    for asset in {*cross, *account.asset_updated_ms}:
        rates = asset_rates(state, asset)
        profit, maintenance = cross.get(asset, (0, 0))
        wallet = state.ledger.balance(account.account_id, asset)
        balance += wallet * (rates.bid if wallet >= 0 else rates.ask) + profit * rates.bid
        needed += maintenance * rates.ask
    return balance, needed


class Walk(RandomWalk):
    """Random commands at high leverage in a market that jumps."""

    symbols = SYMBOLS
    accounts = ACCOUNTS

    def found(self) -> None:
        self.send(OpenExchange(Rules(liquidates=True)))
        for asset, index in (("USDT", "1.0003"), ("USDC", "0.9998"), ("BNB", "600")):
            listed = MarginAsset(asset, Rate(10_000), Rate(10_000), index=price(index))
            self.send(ListAsset(listed))
        for symbol in SYMBOLS:
            listed_contract = contract(
                symbol=symbol,
                margin_asset=symbol[-4:],
                max_num_orders=8,
                min_price=Price(0),
                max_price=Price(0),
                tick_size=price("0.01"),
                liquidation_fee=rate("0.0125"),
                funding_rate_cap=rate("0.02"),
                multiplier_up=rate("5"),
                multiplier_down=rate("0.1"),
            )
            self.send(ListInstrument(listed_contract))
            self.send(SetPrices(symbol, price("100")))
        for asset in ASSETS:
            self.send(SetInsurance(asset, Amount(FUND)))
        for number in range(1, ACCOUNTS + 1):
            self.send(CreateAccount(f"key {number}", hedge=number % 2 == 0))
            for asset in ASSETS:
                self.send(Deposit(number, asset, Amount(2_000 * SCALE)))
            if number % 3 == 0:
                self.send(ChangeAssetMode(number, multi_assets=True))

    def near(self, symbol: str, spread: float = 0.01) -> Price:
        """A price on the tick around the mark."""
        mark = self.state.markets[symbol].mark
        tick = 1_000_000
        return Price(max(tick, round(mark * self.draw.gauss(1, spread) / tick) * tick))

    def kinds(self) -> tuple[tuple[Maker, int], ...]:
        return (
            (self.place, 45),
            (self.cancel, 3),
            (self.depth, 12),
            (self.street_print, 4),
            (self.prices, 25),
            (self.settings, 8),
            (self.money, 12),
            (self.terms, 4),
            (self.funding, 2),
            (self.time, 4),
        )

    def place(self) -> Command:
        draw, account, symbol = self.draw, self.account(), self.symbol()
        is_market = draw.random() < 0.5
        size = draw.choice((3_000, 20_000, 60_000))
        mark = max(self.state.markets[symbol].mark, LOWEST)
        lots = max(2, round(draw.randint(1, size) * 100 * SCALE / mark))
        leg = self.leg(account)
        side = draw.choice(list(Side))
        if account.hedge and draw.random() < 0.6:
            side = Side.BUY if leg is PositionSide.LONG else Side.SELL
        return PlaceOrder(
            account.account_id,
            symbol,
            side,
            leg,
            OrderType.MARKET if is_market else OrderType.LIMIT,
            TimeInForce.GTC,
            Qty(lots * 2 * qty("0.005")),
            Price(0) if is_market else self.near(symbol, 0.02),
            False,
            f"id {self.sent}",
            SelfTradePrevention.EXPIRE_MAKER,
            PriceMatch.NONE,
            0,
        )

    def cancel(self) -> Command:
        return CancelAllOrders(self.account().account_id, self.symbol())

    def depth(self) -> Command:
        """Depth around the mark: thick, thin, one-sided or gone."""
        draw, symbol = self.draw, self.symbol()
        middle = self.near(symbol, 0.005)
        size = draw.choice((0, 20, 5_000, 50_000, 200_000))

        def side(sign: int) -> Levels:
            if not size or draw.random() < 0.15:
                return ()
            prices = {max(1, (middle + sign * middle * n // 1000) // 10**6) for n in range(1, 6)}
            return tuple(
                (Price(p * 10**6), Qty(draw.randint(1, size) * 10**6)) for p in sorted(prices)
            )

        return SetDepth(symbol, side(-1), side(1), True)

    def street_print(self) -> Command:
        symbol = self.symbol()
        lots = Qty(self.draw.randint(1, 1_000) * qty("0.01"))
        return StreetTrade(symbol, self.near(symbol), lots, self.draw.random() < 0.5)

    def prices(self) -> Command:
        """Small moves, jumps past bankruptcy, marks next to nothing."""
        draw, symbol = self.draw, self.symbol()
        dice = draw.random()
        moved = self.near(symbol, 0.004 if dice < 0.7 else 0.05 if dice < 0.95 else 0.6)
        if dice > 0.995:
            moved = draw.choice((Price(1), LOWEST, price("0.5")))
        elif self.state.markets[symbol].mark < price("5") or moved > price("2000"):
            moved = price("100")
        if draw.random() < 0.1:
            return PinPrices(symbol, draw.choice((None, Price(0), moved)), moved, None)
        return SetPrices(symbol, moved, draw.choice((Price(0), moved)))

    def settings(self) -> Command:
        draw, account, symbol = self.draw, self.account().account_id, self.symbol()
        if draw.random() < 0.5:
            return ChangeLeverage(account, symbol, draw.choice((5, 20, 50, 50)))
        return ChangeMarginType(account, symbol, draw.random() < 0.6)

    def money(self) -> Command:
        draw, account, state = self.draw, self.account(), self.state
        dice = draw.random()
        if dice < 0.1:
            return SetInsurance(draw.choice(ASSETS), Amount(draw.choice((0, FUND, 100 * FUND))))
        if dice < 0.75:
            asset = draw.choice(ASSETS)
            moved = Amount(draw.randint(-300 * SCALE, 3_000 * SCALE))
            if state.ledger.balance(account.account_id, asset) > 6_000 * SCALE:
                moved = Amount(-5_000 * SCALE)
            return Deposit(account.account_id, asset, moved)
        moved = Amount(draw.randint(-100 * SCALE, 100 * SCALE))
        return AdjustIsolatedMargin(account.account_id, self.symbol(), self.leg(account), moved)

    def terms(self) -> Command:
        draw, account, symbol = self.draw, self.account().account_id, self.symbol()
        make = draw.choice(
            (
                lambda: ChangeAssetMode(account, draw.random() < 0.5),
                lambda: SetNotionalCoefficient(
                    account, symbol, Rate(draw.randint(1, 3) * 5 * 10**7)
                ),
                lambda: SetAutoAddMargin(account, symbol, draw.random() < 0.8),
                lambda: SetAssetIndex("USDC", Price(draw.choice((0, 9, 10, 11)) * 10**7)),
                lambda: Deposit(account, "BNB", Amount(draw.randint(0, 10**8))),
            )
        )
        return make()

    def funding(self) -> Command:
        given = Rate(self.draw.randint(-2_000_000, 2_000_000))
        return OverrideFundingRate(self.symbol(), self.draw.choice((None, given)))

    def time(self) -> Command:
        self.now_ms += self.draw.randint(0, 8_000_000)
        return AdvanceTime()


def check_margins(state: State) -> dict[Scope, Numbers]:
    """LIQ-001, LIQ-016: nobody at or below maintenance is left standing."""
    exact = brute_force(state)
    assert {scope for account in state.accounts.values() for scope in scopes_of(account)} == set(
        exact
    )
    for scope, (balance, needed) in exact.items():
        account = state.accounts[scope.account_id]
        assert balance > needed, (scope, balance, needed)
        if not account.multi_assets:
            assert standing(state, account, scope) == (balance, needed)
            # Who is at the warning ratio was warned, and nobody else is kept as warned.
            assert (scope in state.warned) == (needed * 100 >= balance * 80 // 100 * 100)
    assert state.alarms_waiting == []
    return exact


def check_wallets(state: State, events: list[Event], exact: dict[Scope, Numbers]) -> None:
    """LIQ-012: whom a liquidation left without positions owes nothing that the fund could pay."""
    for asset in ASSETS:
        fund = state.ledger.balance(INSURANCE, asset)
        assert fund >= 0
        for account_id in {
            e.account_id for e in events if isinstance(e, OrderAccepted) and e.forced.value != "no"
        }:
            account = state.accounts[account_id]
            wallet = state.ledger.balance(account_id, asset)
            if account.multi_assets:
                if Scope(account_id, "USDT") not in exact and fund and wallet < 0:
                    assert dollars(state, account, {})[0] > -(10**9), "a rounding in dollars"
            elif Scope(account_id, asset) not in exact and fund:
                isolated = account.isolated_total.get(asset, 0)
                assert wallet - isolated >= 0


def check_forced(events: list[Event]) -> None:
    """Forced orders are those of liquidated scopes and of ranks, and all are filled whole."""
    liquidated = {e.account_id for e in events if isinstance(e, ScopeLiquidated)}
    forced = [e for e in events if isinstance(e, OrderAccepted) and e.forced is not Forced.NO]
    filled: dict[int, int] = {}
    for event in events:
        if isinstance(event, OrderTraded):
            filled[event.order_id] = filled.get(event.order_id, 0) + event.quantity
    for order in forced:
        assert filled[order.order_id] == order.quantity
        if order.forced is Forced.LIQUIDATION:
            assert order.account_id in liquidated
        else:
            assert liquidated
    assert len(forced) <= 200, "a loop"
    # A forced order may bring a ratio down and the next one up again: that is a second crossing.
    touched = {order.account_id for order in forced}
    called = [e for e in events if isinstance(e, MarginCalled) and e.account_id not in touched]
    names = [(e.account_id, e.asset, e.symbol, e.position_side) for e in called]
    assert len(names) == len(set(names))


def check_refusal(events: list[Event]) -> None:
    """A refusal stands alone."""
    if any(isinstance(event, Rejected) for event in events):
        assert len(events) == 1


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_walk(seed: int) -> None:
    """LIQ-001, LIQ-012, LIQ-014, LIQ-016, LIQ-018: after each of many random commands."""
    walk = Walk(seed)
    state = walk.state
    seen: dict[Forced | str, int] = {}
    for _ in range(STEPS):
        events = walk.send(walk.command())
        check_refusal(events)
        check_books(walk.exchange)
        check_money(walk.exchange)
        check_holders(walk.exchange)
        check_forced(events)
        exact = check_margins(state)
        check_wallets(state, events, exact)
        for event in events:
            if isinstance(event, OrderAccepted) and event.forced is not Forced.NO:
                seen[event.forced] = seen.get(event.forced, 0) + 1
    assert seen.get(Forced.LIQUIDATION, 0) >= 5, seen
    assert seen.get(Forced.DELEVERAGING, 0) >= 1, seen


def test_same_log_twice() -> None:
    """LIQ-018: the same log gives the same events and the same state."""
    walk = Walk(5)
    for _ in range(STEPS):
        walk.send(walk.command())
    again = Exchange()
    for (command, at_ms), events in zip(walk.log, walk.events, strict=True):
        copied = msgspec.json.decode(msgspec.json.encode(command), type=type(command))
        assert again.apply(copied, at_ms) == events
    assert state_hash(again.state) == state_hash(walk.state)
