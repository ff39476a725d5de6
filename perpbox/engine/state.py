"""The state of the exchange: everything that a log of commands folds into."""

from collections import deque
from typing import Final, NamedTuple

from perpbox.engine.algo_orders import AlgoDesk
from perpbox.engine.book import Book
from perpbox.engine.commands import Rules
from perpbox.engine.index_mean import IndexMean
from perpbox.engine.ledger import Ledger
from perpbox.engine.orders import Order
from perpbox.engine.position import Holding, Leg
from perpbox.engine.symbol import Instrument, MarginAsset
from perpbox.engine.types import (
    ClockMotion,
    MarkForm,
    Phase,
    PositionSide,
    Restriction,
    TimeInForce,
)
from perpbox.engine.values import Quote
from perpbox.money import Amount, Price, Qty, Rate

FIRST_QUOTE_ID: Final = 12_000_000_001
FIRST_CONVERSION_ID: Final = 930_000_000_000_000_001
"""Beyond what a double holds exactly, as on the venue: clients have to cope."""
BASIS_SAMPLES_MAX: Final = 30
"""Samples of the basis that a mark price is made from."""
_SETTLING: Final = Phase.SETTLING
_OVER: Final = Phase.OVER


class Scope(NamedTuple):
    """What is liquidated together; ``symbol`` and ``side`` are empty for cross positions."""

    account_id: int
    asset: str
    symbol: str = ""
    side: PositionSide = PositionSide.BOTH

    @property
    def is_isolated(self) -> bool:
        """Whether this is one isolated leg."""
        return bool(self.symbol)


class Market:
    """One contract on the board: book, prices, funding and the street's own position."""

    __slots__ = (
        "basis",
        "book",
        "depth_from_lab",
        "funding_is_given",
        "funding_next_ms",
        "funding_override",
        "funding_rate",
        "high_alarms",
        "holders",
        "index",
        "index_mean",
        "instrument",
        "last",
        "low_alarms",
        "mark",
        "mark_form",
        "next_trade_id",
        "phase",
        "phase_next_ms",
        "pinned_index",
        "pinned_last",
        "pinned_mark",
        "premium_next_ms",
        "premium_samples",
        "premium_weighted",
        "prices_ms",
        "rpi",
        "street_cost",
        "street_quantity",
    )

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.book = Book()
        self.rpi = Book()
        """Orders for retail price improvement: shown apart, filled by the street's prints only."""
        self.index = Price(0)
        self.mark = Price(0)
        self.last = Price(0)
        self.mark_form = MarkForm.MEDIAN
        self.prices_ms = 0
        self.pinned_index = False
        self.pinned_mark = False
        self.pinned_last = False
        self.depth_from_lab = False
        self.funding_rate = Rate(0)
        self.funding_is_given = False
        """Whether the market source says the funding rate; else it follows from the premium."""
        self.funding_override: Rate | None = None
        """Rate of the next settlement, where the lab set one."""
        self.basis: deque[int] = deque(maxlen=BASIS_SAMPLES_MAX)
        """Twice the distance of the book's middle from the index, at the newest samples."""
        self.premium_next_ms = 0
        self.premium_samples = 0
        self.premium_weighted = 0
        """Samples of the premium since the last settlement, and their sum weighted by number."""
        self.funding_next_ms = 0
        """The next funding boundary; 0 for a contract without funding, or that is over."""
        self.phase = Phase.OPEN
        self.phase_next_ms = 0
        """When something falls due on the way to the delivery; 0: nothing."""
        self.index_mean = IndexMean()
        """The average of the index before the delivery."""
        self.next_trade_id = 1
        self.holders: dict[tuple[int, PositionSide], None] = {}
        """Who holds a position here: (account, leg), in the order in which they opened it."""
        self.low_alarms: list[tuple[int, int, Scope]] = []
        """Heap of (minus the mark, serial, scope): look when the mark falls so far."""
        self.high_alarms: list[tuple[int, int, Scope]] = []
        """Heap of (mark, serial, scope): look when the mark rises so far."""
        self.street_quantity = Qty(0)
        self.street_cost = Amount(0)

    def book_of(self, order: Order) -> Book:
        """The book in which an order rests."""
        return self.rpi if order.time_in_force is TimeInForce.RPI else self.book

    @property
    def is_over(self) -> bool:
        """Whether nothing of this contract can change any more but its phase."""
        phase = self.phase
        return phase is _SETTLING or phase is _OVER

    def hold(self, account_id: int, leg: Leg) -> None:
        """Keep the register of holders true after a leg changed."""
        if leg.quantity:
            self.holders[account_id, leg.side] = None
        else:
            self.holders.pop((account_id, leg.side), None)
            leg.adl = 0


class Account:
    """One trader: mode, fees, holdings by symbol and resting orders."""

    __slots__ = (
        "account_id",
        "api_key",
        "asset_updated_ms",
        "client_order_ids",
        "created_ms",
        "fee_burn",
        "fee_tier",
        "hedge",
        "holdings",
        "isolated_total",
        "maker_fee",
        "multi_assets",
        "open_orders",
        "public_key_pem",
        "restriction",
        "taker_fee",
        "tradfi_signed",
        "updated_ms",
        "version",
    )

    def __init__(
        self,
        account_id: int,
        api_key: str,
        public_key_pem: str,
        maker_fee: Rate | None,
        taker_fee: Rate | None,
        hedge: bool,
        created_ms: int,
    ) -> None:
        self.account_id = account_id
        self.api_key = api_key
        self.public_key_pem = public_key_pem
        self.maker_fee = maker_fee
        self.taker_fee = taker_fee
        self.hedge = hedge
        self.created_ms = created_ms
        self.updated_ms = created_ms
        self.fee_tier = 0
        self.fee_burn = False
        """Whether commissions are paid in the discount asset while there is enough of it."""
        self.multi_assets = False
        self.tradfi_signed = False
        """Whether the agreement on contracts on traditional assets is signed."""
        self.restriction = Restriction.NONE
        self.version = 0
        """Counts every change of what the account has, owes or may do."""
        self.holdings: dict[str, Holding] = {}
        self.isolated_total: dict[str, Amount] = {}
        """Sum of isolated wallets by margin asset; part of the wallet balance."""
        self.open_orders: dict[int, Order] = {}
        self.client_order_ids: dict[str, int] = {}
        """Client id -> order id, of open orders only."""
        self.asset_updated_ms: dict[str, int] = {}

    def holds_positions(self) -> bool:
        """Whether any leg of any symbol is open."""
        return any(
            leg.quantity for holding in self.holdings.values() for leg in holding.legs(self.hedge)
        )

    def peek(self, instrument: Instrument) -> Holding:
        """The holding of a symbol, or one with default settings that nobody keeps yet."""
        return self.holdings.get(instrument.symbol) or Holding(instrument)


class Conversions:
    """Quotes that nobody has taken yet, oldest first, and the numbers of the next ones."""

    __slots__ = ("next_order_id", "next_quote_id", "quotes")

    def __init__(self) -> None:
        self.quotes: dict[int, Quote] = {}
        self.next_quote_id = FIRST_QUOTE_ID
        self.next_order_id = FIRST_CONVERSION_ID


class State:
    """Everything. Only ``perpbox.engine`` changes it; others read."""

    __slots__ = (
        "accounts",
        "accounts_by_key",
        "alarm_serials",
        "alarms_waiting",
        "algo",
        "asset_indexes",
        "assets",
        "clock",
        "conversions",
        "fee_tiers",
        "good_till",
        "last_price_marks",
        "ledger",
        "listings",
        "markets",
        "multi_assets_accounts",
        "next_adl_ms",
        "next_alarm_serial",
        "next_delivery_ms",
        "next_funding_ms",
        "next_order_id",
        "now_ms",
        "order_marks",
        "rules",
        "seq",
        "warned",
    )

    def __init__(self) -> None:
        self.seq = 0
        self.now_ms = 0
        self.rules = Rules()
        self.clock = ClockMotion.RUNS
        self.conversions = Conversions()
        self.algo = AlgoDesk()
        self.markets: dict[str, Market] = {}
        self.accounts: dict[int, Account] = {}
        self.accounts_by_key: dict[str, int] = {}
        self.ledger = Ledger()
        self.listings = 0
        """Counts every contract put on the board or changed."""
        self.assets: dict[str, MarginAsset] = {}
        self.asset_indexes: dict[str, Price] = {}
        """Dollar indexes held by the lab."""
        self.fee_tiers: tuple[tuple[Rate, Rate], ...] = ()
        """(maker, taker) by fee tier."""
        self.next_order_id = 1
        self.alarm_serials: dict[Scope, int] = {}
        """The serial of the bands of each scope that hold; older entries of heaps are stale."""
        self.next_alarm_serial = 0
        self.alarms_waiting: list[Scope] = []
        """Scopes that one command could not look at any more."""
        self.warned: dict[Scope, None] = {}
        """Scopes whose margin ratio is at the warning ratio or above."""
        self.multi_assets_accounts: dict[int, None] = {}
        self.next_adl_ms = 0
        """When deleveraging ranks are taken next; 0 while nothing moved since the last time."""
        self.next_funding_ms = 0
        """Earliest funding boundary of all markets; 0 without one."""
        self.last_price_marks: dict[str, None] = {}
        """Contracts whose mark follows the last price."""
        self.next_delivery_ms = 0
        """When the first market has something due on the way to its delivery; 0: none has."""
        self.good_till: list[tuple[int, int, int]] = []
        """Heap of (good_till_ms, order_id, account_id)."""
        self.order_marks: deque[tuple[int, int]] = deque()
        """(funding boundary in ms, next order id then) of a year: how old resting orders are."""
