"""The running exchange at the operator's will: clock, accounts and a fresh start."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import Final

import msgspec

from perpbox.engine.commands import (
    Command,
    CreateAccount,
    Deposit,
    HoldClock,
    ListAsset,
    ListInstrument,
    OpenExchange,
    PlaceOrder,
    SetInsurance,
)
from perpbox.engine.events import AccountCreated, Event, Rejected
from perpbox.engine.exchange import Exchange
from perpbox.engine.state import State
from perpbox.engine.types import ClockMotion
from perpbox.gateway.clock import Clock, Mode, Pace, wall_clock_ms
from perpbox.gateway.journal.directory import DataDirectory
from perpbox.gateway.journal.replica import Replica
from perpbox.gateway.journal.snapshot import Standing
from perpbox.gateway.keys import KeyRing, new_listen_key
from perpbox.gateway.sequencer import Observer, Sequencer
from perpbox.gateway.sessions import Sessions
from perpbox.lab.credentials import Credentials
from perpbox.lab.keeping import Keeping, clock_now, clock_that_was
from perpbox.lab.watch import Watch
from perpbox.lab.wishes import AccountRefused, AccountWish, Grant, OpenedAccount, terms
from perpbox.market.ladder import LadderShape
from perpbox.market.source import NoSource, Source
from perpbox.money import SCALE, Amount, Rate
from perpbox.specs import Catalogue
from perpbox.views import Views
from perpbox.views.bounds import ViewBounds
from perpbox.wire.auth import UnusableKey, public_key_verifier
from perpbox.wire.errands import Errands
from perpbox.wire.rendered import RenderedRisk
from perpbox.wire.streams.listen_keys import ListenKeys
from perpbox.wire.vintage import Vintage

INSURANCE_FUND_INITIAL: Final = Amount(1_000_000 * SCALE)
"""What the insurance fund opens with, in each asset that contracts settle in (our choice)."""
ACCOUNTS_OPEN_MAX: Final = 100_000
"""Accounts of a box unless its settings say otherwise."""
RUNNING_SPEED_MAX: Final = 100
"""A faster clock leaps: nobody can read what would be pushed every second of it."""
PAUSE_MS_MAX: Final = 60_000
"""Box time for which a running clock may stay unlooked at; more is a leap (a machine slept)."""


class Genesis(msgspec.Struct, frozen=True, kw_only=True):
    """What a box starts with, and starts with again after a reset."""

    catalogue: Catalogue
    vintage: Vintage
    market: str
    """``sim``, ``recorded`` or ``none``."""
    make_source: Callable[[], Source]
    grants: tuple[Grant, ...] = ()
    credentials_seed: int | None = None
    liquidation: bool = True
    """Whether positions at their maintenance margin are liquidated."""
    insurance_fund_initial: Amount = INSURANCE_FUND_INITIAL
    """What the insurance fund opens with, in each asset that contracts settle in."""
    margin_call_ratio: Rate | None = None
    accounts_max: int = ACCOUNTS_OPEN_MAX
    view_bounds: ViewBounds = ViewBounds()
    record: bool = False
    """Keep the log in memory, for replays."""
    listen_keys_on_box_time: bool = False
    """Let the hour of a listen key pass on the box's clock instead of the wall's."""
    countdowns_on_box_time: bool = False
    """Let countdowns of orders run on the box's clock instead of the wall's."""
    wall_ms: Callable[[], int] = wall_clock_ms
    """The wall clock, epoch milliseconds."""

    def make_views(self) -> Views:
        """Empty histories, with the bounds of the settings and of the API date."""
        return Views(self.vintage.view_bounds(self.view_bounds))


class LabDesk:
    """One exchange with its views, clock and keys: what the wire may ask of it, and the lab.

    A reset replaces exchange, views and sequencer; everything else, observers too, stays.
    """

    def __init__(
        self,
        genesis: Genesis,
        make_clock: Callable[[], Clock],
        keys: KeyRing,
        *,
        directory: DataDirectory | None = None,
        replica: Replica | None = None,
    ) -> None:
        """With a ``directory`` all is journalled; ``replica`` is what was recovered there."""
        self.genesis = genesis
        self.keys = keys
        self.watch = Watch()
        self.observers: list[Observer] = [self.watch.after]
        self.before: list[Callable[[int], None]] = []
        self.passed: list[Callable[[int], None]] = []
        self.after_reset: list[Callable[[], None]] = []
        self.rendered_risk = RenderedRisk()
        on_box_time = genesis.listen_keys_on_box_time
        self.listen_keys = ListenKeys(
            self.now_ms if on_box_time else genesis.wall_ms, new_listen_key
        )
        self.sessions = Sessions(genesis.wall_ms)
        self.errands = Errands(genesis.wall_ms, new_listen_key)
        if genesis.countdowns_on_box_time:
            self.errands.countdowns.now_ms = self.now_ms
        self._make_clock = make_clock
        self._keeping = keeping = Keeping(directory)
        if replica is not None and replica.is_founded:
            self._go_on(replica)
        else:
            self._found()
        self.listen_keys.changed = keeping.listen_key_set
        self._checkpoint = partial(keeping.checkpoint, self._standing)
        self.errands.countdowns.changed = lambda account_id, symbol, end_ms: keeping.countdown_set(
            self.sequencer.reached_ms, account_id, symbol, end_ms
        )

    @property
    def state(self) -> State:
        """The engine's state; read only."""
        return self.sequencer.exchange.state

    @property
    def catalogue(self) -> Catalogue:
        """Contract specifications."""
        return self.genesis.catalogue

    @property
    def vintage(self) -> Vintage:
        """The box's API date."""
        return self.genesis.vintage

    @property
    def market(self) -> str:
        """``sim``, ``recorded`` or ``none``."""
        return self.genesis.market

    def now_ms(self) -> int:
        """Box time, epoch milliseconds."""
        return self.clock.now_ms()

    def submit(self, command: Command) -> list[Event]:
        """Apply a command now and return its events (a single ``Rejected`` when refused)."""
        return self.sequencer.submit(command)

    def check(self, command: PlaceOrder) -> Rejected | None:
        """Tell what an order would be refused for now; nothing changes."""
        return self.sequencer.exchange.check(command)

    def open_account(self, wish: AccountWish) -> OpenedAccount:
        """Open an account with a key of its own, and fund it.

        Raises:
            AccountRefused: the public key cannot be used, or the exchange refuses.
        """
        if len(self.state.accounts) >= self.genesis.accounts_max:
            raise AccountRefused(
                f"the box has {len(self.state.accounts)} accounts, as many as accounts_max allows"
            )
        if wish.public_key_pem:
            try:
                public_key_verifier(wish.public_key_pem)
            except UnusableKey as error:
                raise AccountRefused(f"publicKey: {error}") from None
        key, secret = self._credentials.next_pair()
        while key in self.state.accounts_by_key:  # made before a restart
            key, secret = self._credentials.next_pair()
        with self.together():
            return self._open(key, "" if wish.public_key_pem else secret, wish)

    def together(self) -> AbstractContextManager[None]:
        """What is submitted inside is recovered whole or not at all."""
        return self._keeping.together(self.sequencer.reached_ms)

    def advance_to(self, to_ms: int) -> None:
        """Move box time ahead; returns when every consequence has been applied.

        Raises:
            ClockError: the time is in the past of the box.
        """
        self.clock.advance_to(to_ms)
        self._leap_to(to_ms)
        self._keeping.clock_set(self.clock, self.sequencer.reached_ms)

    def shape_street(self, symbol: str, shape: LadderShape) -> None:
        """Let the market source's street of a contract look so from its next step on."""
        self._keeping.street_shaped(self.sequencer.reached_ms, symbol, shape)
        self.sequencer.source.shape_street(symbol, shape)

    def set_clock(self, pace: Pace, now_ms: int | None) -> None:
        """Set how time goes on, and where from; a later time is advanced to.

        Raises:
            ClockError: the time is in the past of the box.
        """
        self.clock.set(pace, now_ms)
        present_ms = self.clock.now_ms()
        if now_ms is not None or present_ms - self.sequencer.reached_ms > PAUSE_MS_MAX:
            self._leap_to(present_ms)
        elif self.state.clock is not self._motion():
            self.submit(HoldClock(self._motion()))
        self._keeping.clock_set(self.clock, self.sequencer.reached_ms)

    def tick(self) -> None:
        """Let what is due happen, a bounded piece of it; a jumping clock jumps when all is done."""
        self._checkpoint()
        if self.state.clock is ClockMotion.RUNS:
            self._mind_a_pause()
        if not self.genesis.countdowns_on_box_time and len(self.errands.countdowns):
            for _, command in self.errands.countdowns.due(self.genesis.wall_ms()):
                self.submit(command)
        if not self.sequencer.tick():
            return
        if self.clock.mode is Mode.JUMPING:
            self._jump()
        elif self.state.clock is not self._motion():
            self.sequencer.note(HoldClock(self._motion()))
        if self.clock.mode is Mode.SCALED:
            self._keeping.time_passed(self.sequencer.reached_ms, self.genesis.wall_ms())

    def rest(self) -> None:
        """At an orderly end: what is kept is brought into the form that is read fastest."""
        self._keeping.last_checkpoint(self._standing)

    def _standing(self) -> Standing:
        reached_ms = self.sequencer.reached_ms
        return Standing(
            self.state,
            self.views,
            self.sequencer.source.memory(),
            clock_now(self.clock, reached_ms),
            reached_ms,
            self.errands.countdowns.ends(),
        )

    def _mind_a_pause(self) -> None:
        if self.clock.now_ms() - self.sequencer.reached_ms > PAUSE_MS_MAX:
            self.sequencer.note(HoldClock(ClockMotion.LEAPS))

    def _jump(self) -> None:
        deadline_ms = self.sequencer.exchange.next_deadline_ms()
        if deadline_ms is None:
            return
        if self.state.clock is not ClockMotion.LEAPS:
            self.sequencer.note(HoldClock(ClockMotion.LEAPS))
        self.clock.jump_to(deadline_ms)
        if self.sequencer.tick():
            self.sequencer.note(HoldClock(ClockMotion.STANDS))

    def _leap_to(self, to_ms: int) -> None:
        """Let everything up to a time happen at once."""
        self.sequencer.note(HoldClock(ClockMotion.LEAPS))
        self.sequencer.advance_to(to_ms)
        self.sequencer.note(HoldClock(self._motion()))

    def _motion(self) -> ClockMotion:
        """How box time goes on by itself."""
        if self.clock.mode in {Mode.FROZEN, Mode.JUMPING}:
            return ClockMotion.STANDS
        return ClockMotion.LEAPS if self.clock.speed > RUNNING_SPEED_MAX else ClockMotion.RUNS

    def reset(self) -> None:
        """Begin anew: accounts, prices and clock of the start; created accounts are gone."""
        self.keys.clear()
        self.listen_keys.clear()
        self.sessions.clear()
        self.watch.commands.clear()
        self.errands.clear()
        self._found()
        for told in self.after_reset:
            told()

    def _go_on(self, replica: Replica) -> None:
        """Take up what a journal came to: exchange, views, market, clock, keys, countdowns."""
        reached_ms, was = replica.reached_ms, replica.clock
        assert was is not None, "a founding sets the clock"
        pace, now_ms = clock_that_was(was, reached_ms, self.genesis.wall_ms())
        self.clock = Clock(pace, now_ms=now_ms, reached_ms=reached_ms)
        self.views = replica.views
        self._credentials = Credentials(self.genesis.credentials_seed)
        self._sequence(replica.exchange, replica.source)
        self.sequencer.go_on(replica.reached_ms, replica.unplayed)
        self._keeping.know_again(self.state, self.keys, self.listen_keys)
        for (account_id, symbol), end_ms in replica.countdowns.items():
            self.errands.countdowns.restore(account_id, symbol, end_ms)
        for grant in self.genesis.grants:
            self._grant_again(grant)

    def _grant_again(self, grant: Grant) -> None:
        """An account that the options name is opened if it is new; its secret is theirs."""
        account_id = self.state.accounts_by_key.get(grant.key)
        if account_id is None:
            with self.together():
                self._open(grant.key, grant.secret, AccountWish(wallets=grant.wallets))
        elif not self.state.accounts[account_id].public_key_pem:
            self._let_sign(grant.key, grant.secret, account_id)

    def _let_sign(self, key: str, secret: str, account_id: int) -> None:
        self._keeping.secret(key, secret)
        self.keys.add_secret(key, secret, account_id)

    def _found(self) -> None:
        """Open a new exchange: rules, contracts, accounts of the start, and the market."""
        self.clock = self._make_clock()
        self.views = self.genesis.make_views()
        self._credentials = Credentials(self.genesis.credentials_seed)
        keeping, now_ms = self._keeping, self.now_ms()
        with keeping.together(now_ms):
            keeping.founded(now_ms)
            self._sequence(Exchange(), NoSource())
            self._furnish()
            keeping.clock_set(self.clock, self.sequencer.reached_ms)

    def _sequence(self, exchange: Exchange, source: Source) -> None:
        genesis = self.genesis
        self.sequencer = Sequencer(
            exchange,
            self.views,
            self.clock,
            source,
            record=genesis.record,
            journal=self._keeping.journal,
        )
        self.sequencer.observers = self.observers
        self.sequencer.before = self.before
        self.sequencer.passed = self.passed
        if genesis.countdowns_on_box_time:
            self.sequencer.timers = self.errands.countdowns

    def _furnish(self) -> None:
        """Give an empty exchange its rules, contracts and accounts, and open the market."""
        genesis = self.genesis
        contracts = genesis.catalogue
        rules = genesis.vintage.rules(genesis.liquidation, genesis.margin_call_ratio)
        self.submit(OpenExchange(rules, contracts.fee_tiers))
        self.submit(HoldClock(self._motion()))
        for asset in contracts.margin_assets:
            self.submit(ListAsset(asset))
        for instrument in contracts.instruments.values():
            self.submit(ListInstrument(instrument))
        for settled in dict.fromkeys(each.margin_asset for each in contracts.instruments.values()):
            self.submit(SetInsurance(settled, genesis.insurance_fund_initial))
        for grant in genesis.grants:
            self._open(grant.key, grant.secret, AccountWish(wallets=grant.wallets))
        source = genesis.make_source()
        now_ms = self.now_ms()
        self._keeping.market_opened(now_ms)
        for command in source.open(now_ms):
            self.submit(command)
        self.sequencer.source = source

    def _open(self, key: str, secret: str, wish: AccountWish) -> OpenedAccount:
        events = self.submit(
            CreateAccount(
                api_key=key,
                public_key_pem=wish.public_key_pem,
                maker_fee=wish.maker_fee,
                taker_fee=wish.taker_fee,
                hedge=wish.hedge,
            )
        )
        created = events[0]
        if not isinstance(created, AccountCreated):
            raise AccountRefused("the exchange opens no further account")
        if wish.public_key_pem:
            self.keys.add_public_key(key, wish.public_key_pem, created.account_id)
        else:
            self._let_sign(key, secret, created.account_id)
        for asset, amount in wish.wallets.items():
            if amount:
                self.submit(Deposit(created.account_id, asset, amount))
        for command in terms(created.account_id, wish):
            self.submit(command)
        return OpenedAccount(created.account_id, key, secret)
