"""Snapshot plus stream equals snapshot, at every sequence number, whatever the commands."""

from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec
import orjson
import pytest

from perpbox.engine.commands import (
    AdjustIsolatedMargin,
    AdvanceTime,
    CancelAllOrders,
    ChangeAssetMode,
    ChangeLeverage,
    ChangeMarginType,
    Command,
    Deposit,
    ListAsset,
    ListInstrument,
    OpenExchange,
    OverrideFundingRate,
    PlaceOrder,
    SetAssetIndex,
    SetAutoAddMargin,
    SetDepth,
    SetFeeBurn,
    SetInsurance,
    SetPrices,
)
from perpbox.engine.events import Event, OrderAccepted
from perpbox.engine.exchange import Exchange
from perpbox.engine.state import State
from perpbox.engine.types import Forced, OrderType, Side, TimeInForce
from perpbox.money import SCALE, Amount, Price, Qty, Rate
from perpbox.specs import Catalogue
from perpbox.views import Views
from perpbox.wire.errands import Errands
from perpbox.wire.rendered import RenderedRisk
from perpbox.wire.streams.listen_keys import ListenKeys
from perpbox.wire.streams.user import UserTeller
from perpbox.wire.streams.user_forms import EventForms
from perpbox.wire.streams.user_steps import UserEvent, user_event
from perpbox.wire.vintage import Vintage
from tests.follower import Judge, Parted, updates_due
from tests.property.test_engine_invariants import ACCOUNTS, SYMBOLS, Walk
from tests.unit.gateway.rest_box import CATALOGUE

STEPS = 600
DROPS = 40
LIQUIDATIONS_MIN = 10
GIVEN = 30_000 * SCALE
LEFT_TO_TRADE = 300 * SCALE
MULTI_ASSETS = (3, 4)
ISOLATED = ("ONEUSDT", "THREEUSDC")
FUNDING_HOURS_MS = 8 * 3_600_000
REASONS = {"FUNDING_FEE", "ORDER", "DEPOSIT", "WITHDRAW", "MARGIN_TRANSFER", "MARGIN_TYPE_CHANGE"}


class Stage:
    """The exchange of a walk as a desk, with a teller for every account."""

    def __init__(self, exchange: Exchange, api_date: str) -> None:
        self.exchange = exchange
        self.views = Views()
        self.catalogue: Catalogue = CATALOGUE
        self.vintage = Vintage(api_date)
        self.rendered_risk = RenderedRisk()
        self.listen_keys = ListenKeys(self.now_ms, str)
        self.errands = Errands(self.now_ms, str)
        self._teller = UserTeller(EventForms(self.vintage))

    @property
    def state(self) -> State:
        return self.exchange.state

    def now_ms(self) -> int:
        return self.exchange.state.now_ms

    def submit(self, command: Command) -> list[Event]:
        return self.exchange.apply(command, self.now_ms())

    def tell(self, events: Sequence[Event]) -> dict[int, list[bytes]]:
        """Fold the events of a command; what the streams of all accounts say of it."""
        self.views.fold(events)
        by_account: dict[int, list[UserEvent]] = {}
        for event in events:
            told = user_event(event)
            if told is not None:
                by_account.setdefault(told.account_id, []).append(told)
        orders, state = self.views.orders, self.state
        return {
            number: [
                payload
                for _, payload in self._teller.tell(state, orders, state.accounts[number], own)
            ]
            for number, own in by_account.items()
        }


class Floor(Walk):
    """A random walk with streams: one-way and hedge, isolated and cross, several assets."""

    def __init__(self, seed: int, api_date: str = "2026-11-01") -> None:
        self.stage: Stage | None = None
        self.told: dict[int, list[bytes]] = {}
        self.api_date = api_date
        super().__init__(seed)
        for asset in CATALOGUE.margin_assets:
            self.send(ListAsset(asset))
        for name, dollars in (("USDT", 1), ("USDC", 1), ("BNB", 700)):
            self.send(SetAssetIndex(name, Price(dollars * SCALE)))
        self.opening: list[Command] = []
        """What the walk begins with."""
        for number in range(1, ACCOUNTS + 1):
            self.opening.append(Deposit(number, "BNB", Amount(SCALE * number)))
            if number in MULTI_ASSETS:
                self.opening.append(ChangeAssetMode(number, multi_assets=True))
            else:
                self.opening += [ChangeMarginType(number, each, isolated=True) for each in ISOLATED]

    @property
    def desk(self) -> Stage:
        if self.stage is None:
            self.stage = Stage(self.exchange, self.api_date)
        return self.stage

    def send(self, command: Command) -> list[Event]:
        """Apply a command; ``told`` is what the streams of all accounts say of it."""
        events = super().send(command)
        self.told = self.desk.tell(events)
        return events

    def command(self) -> Command:
        if self.opening:
            return self.opening.pop(0)
        draw = self.draw
        dice = draw.random()
        account = self.account()
        if dice < 0.015:
            self.now_ms += draw.randint(1, FUNDING_HOURS_MS)
            return AdvanceTime()
        if dice < 0.03:
            return SetFeeBurn(account.account_id, draw.random() < 0.7)
        if dice < 0.05:
            joint = account.account_id in MULTI_ASSETS
            return ChangeAssetMode(account.account_id, joint or draw.random() < 0.2)
        if dice < 0.08:
            return CancelAllOrders(account.account_id, draw.choice(SYMBOLS))
        if dice < 0.11:
            moved = Amount(draw.randint(-(10**8), 10**9))
            return Deposit(account.account_id, draw.choice(("USDT", "USDC", "BNB")), moved)
        if dice < 0.16:
            return self.margin_of_held()
        return super().command()

    def margin_of_held(self) -> Command:
        """Move margin of a leg that is there and isolated."""
        for number in (1, 2):
            account = self.exchange.state.accounts[number]
            for symbol in ISOLATED:
                holding = account.holdings[symbol]
                for leg in holding.legs(account.hedge):
                    if leg.quantity and holding.is_isolated and self.draw.random() < 0.5:
                        moved = Amount(self.draw.randint(-(10**9), 10**9))
                        return AdjustIsolatedMargin(number, symbol, leg.side, moved)
        return super().command()


class Cliff(Floor):
    """A floor on which positions are liquidated: marks that jump, thin books, an empty fund."""

    def __init__(self, seed: int, api_date: str = "2026-11-01") -> None:
        super().__init__(seed, api_date)
        state = self.exchange.state
        rules = msgspec.structs.replace(state.rules, liquidates=True)
        self.send(OpenExchange(rules, state.fee_tiers))
        for market in list(state.markets.values()):
            fee = Rate(SCALE // 200)
            self.send(
                ListInstrument(msgspec.structs.replace(market.instrument, liquidation_fee=fee))
            )
        self.send(SetInsurance("USDT", Amount(50 * SCALE)))
        self.opening += [SetAutoAddMargin(1, ISOLATED[0], is_on=True)]
        for number in range(1, ACCOUNTS + 1):
            for asset in ("USDT", "USDC"):
                self.opening.append(Deposit(number, asset, Amount(LEFT_TO_TRADE - GIVEN)))
            for symbol in SYMBOLS:
                self.opening.append(ChangeLeverage(number, symbol, 20))

    def command(self) -> Command:
        if self.opening:
            return self.opening.pop(0)
        draw = self.draw
        dice = draw.random()
        symbol = draw.choice(SYMBOLS)
        if dice < 0.1:
            return self.jump(symbol)
        if dice < 0.12:
            fund = Amount(draw.choice((0, 1_000 * SCALE)))
            return SetInsurance(draw.choice(("USDT", "USDC")), fund)
        if dice < 0.13:
            return OverrideFundingRate(symbol, Rate(draw.randint(-(10**7), 10**7)))
        if dice < 0.35:
            return self.plunge(symbol)
        return self.trimmed(super().command())

    def plunge(self, symbol: str) -> Command:
        """Take a position that is large for the wallet."""
        account = self.account()
        return PlaceOrder(
            account.account_id,
            symbol,
            self.draw.choice(list(Side)),
            self.leg(account),
            OrderType.MARKET,
            TimeInForce.GTC,
            Qty(self.draw.randint(5, 40) * SCALE),
            Price(0),
            reduce_only=False,
            client_order_id=f"plunge {len(self.log)}",
        )

    def jump(self, symbol: str) -> Command:
        """Move book and mark; the book is thin, or empty, or there."""
        draw = self.draw
        mark = draw.randint(90, 110) * SCALE
        self.opening.append(SetPrices(symbol, Price(mark), Price(mark)))
        depth = draw.choice((0, 2, 500)) * SCALE
        bid, ask = Price(mark - SCALE // 10), Price(mark + SCALE // 10)
        return SetDepth(symbol, ((bid, Qty(depth)),), ((ask, Qty(depth)),), replace=True)

    def trimmed(self, command: Command) -> Command:
        """Nobody gets so rich that no mark could hurt."""
        if not isinstance(command, Deposit):
            return command
        return msgspec.structs.replace(command, amount=Amount(command.amount % (20 * SCALE)))

    def lots(self, most: int = 3_000) -> Qty:
        return super().lots(min(most, 4_000))


def reasons_of(told: Mapping[int, Sequence[bytes]]) -> set[str]:
    events = [orjson.loads(payload) for own in told.values() for payload in own]
    return {event["a"]["m"] for event in events if event["e"] == "ACCOUNT_UPDATE"}


def followed(floor: Floor) -> tuple[set[str], set[bool], Counter[str]]:
    """Walk, hold every account's stream against its snapshots, and tell what was met."""
    met: Counter[str] = Counter()
    judge = Judge(floor.desk, range(1, ACCOUNTS + 1))
    reasons: set[str] = set()
    traded_joint: set[bool] = set()
    for _ in range(STEPS):
        command = floor.command()
        events = floor.send(command)
        judge.after(floor.exchange.state.seq, floor.now_ms, command, events, floor.told)
        reasons |= reasons_of(floor.told)
        met.update(type(event).__name__ for event in events)
        met.update(event.forced.value for event in events if isinstance(event, OrderAccepted))
        for account_id in range(1, ACCOUNTS + 1):
            said = [orjson.loads(payload) for payload in floor.told.get(account_id, ())]
            updates = [event for event in said if event["e"] == "ACCOUNT_UPDATE"]
            assert len(updates) == len(updates_due(events, account_id))
            if any(event["a"]["m"] == "ORDER" for event in updates):
                traded_joint.add(floor.exchange.state.accounts[account_id].multi_assets)
    return reasons, traded_joint, met


@pytest.mark.parametrize("seed", [1, 2])
def test_snapshot_plus_stream_is_snapshot(seed: int) -> None:
    """USR-050: after every one of many random commands."""
    reasons, traded_joint, _ = followed(Floor(seed))
    assert reasons >= REASONS
    assert traded_joint == {False, True}


def test_snapshot_plus_stream_through_liquidations() -> None:
    """USR-050, USR-046: accounts that fall are told every step of it."""
    told: set[str] = set()
    met: Counter[str] = Counter()
    for seed in (9, 11, 12, 31):
        reasons, _, seen = followed(Cliff(seed))
        told |= reasons
        met += seen
    assert told >= REASONS | {"INSURANCE_CLEAR"}
    assert met["MarginCalled"] >= LIQUIDATIONS_MIN
    assert met[Forced.LIQUIDATION.value] >= LIQUIDATIONS_MIN
    assert met[Forced.DELEVERAGING.value] > 0


@pytest.mark.parametrize("seed", [3, 4])
def test_a_dropped_event_is_named(seed: int) -> None:
    """USR-051: whichever ACCOUNT_UPDATE is lost, the judge names it at its sequence number.

    Of several in one command the last is dropped: it repeats all that those before it said.
    """
    floor = Floor(seed)
    lost = 0
    while lost < DROPS:
        judge = Judge(floor.desk, range(1, ACCOUNTS + 1))
        command = floor.command()
        events = floor.send(command)
        for account_id, payloads in floor.told.items():
            updates = [p for p in payloads if p.startswith(b'{"e":"ACCOUNT_UPDATE"')]
            if not updates:
                continue
            dropped = updates[-1]
            kept = floor.told | {account_id: [p for p in payloads if p is not dropped]}
            update = orjson.loads(dropped)["a"]
            with pytest.raises(Parted, match=f"seq {floor.exchange.state.seq}, ") as parted:
                judge.after(floor.exchange.state.seq, floor.now_ms, command, events, kept)
            assert f"ACCOUNT_UPDATE m={update['m']} of" in str(parted.value)
            assert updates_due(events, account_id)[-1] in str(parted.value)
            lost += 1
            break
