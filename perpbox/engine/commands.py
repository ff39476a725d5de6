"""Commands: everything that can be asked of the exchange. Imperative and frozen.

A box is the fold of a log of these. A command never carries wire spelling; the wire room
makes it and the market room makes the ones that move prices.
"""

from typing import Final, TypeAlias

import msgspec
from msgspec.structs import force_setattr

from perpbox.engine.symbol import Instrument, MarginAsset
from perpbox.engine.types import (
    AlgoType,
    ClockMotion,
    MarkForm,
    OrderType,
    PositionSide,
    PriceMatch,
    Restriction,
    SelfTradePrevention,
    Side,
    TimeInForce,
    WorkingType,
)
from perpbox.money import Amount, Price, Qty, Rate

RUN_MAX: Final = 65_536
"""Prints of one run."""
Levels: TypeAlias = tuple[tuple[Price, Qty], ...]
"""Price levels, each (price, quantity); quantity 0 removes the level."""


class Command(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Base of all commands; the tag is the class name."""


class Rules(msgspec.Struct, frozen=True):
    """Rules that changed on a date and reach into the engine."""

    initial_margin_rounds_up: bool = True
    """Away from zero at 8 decimals (since mid-2025) instead of toward zero."""
    entry_price_digits: int = 0
    """Significant digits an averaged entry price is kept to; 0 keeps the quotient."""
    liquidates: bool = False
    """Whether scopes at their maintenance margin are liquidated."""
    settlement_window_ms: int = 1_800_000
    """Time before a delivery over which the index is averaged."""
    margin_call_ratio: Rate = Rate(80_000_000)
    """Margin ratio from which an account is warned (0.8: our choice)."""


class OpenExchange(Command, frozen=True):
    """First command of every log. ``fee_tiers`` are (maker, taker) rates by tier, 0 first."""

    rules: Rules
    fee_tiers: tuple[tuple[Rate, Rate], ...] = ()


class ListAsset(Command, frozen=True):
    """Name a margin asset, or replace its terms."""

    asset: MarginAsset


class SetAssetIndex(Command, frozen=True):
    """Hold the dollar index of a margin asset (lab); 0 lets it go."""

    asset: str
    index: Price


class ListInstrument(Command, frozen=True):
    """Put a contract on the board, or replace its specification."""

    instrument: Instrument


class ScheduleDelivery(Command, frozen=True):
    """Say when a contract is settled and ends: a delisting, or a delivery on another date."""

    symbol: str
    delivery_ms: int


class CreateAccount(Command, frozen=True):
    """Open an account. ``maker_fee``/``taker_fee`` replace the contract's own rates."""

    api_key: str
    public_key_pem: str = ""
    maker_fee: Rate | None = None
    taker_fee: Rate | None = None
    hedge: bool = False


class Deposit(Command, frozen=True):
    """Move ``amount`` of ``asset`` in from outside; a negative amount takes it out."""

    account_id: int
    asset: str
    amount: Amount


class SetInsurance(Command, frozen=True):
    """Bring the insurance fund of an asset to a balance, from or to the outside (lab)."""

    asset: str
    balance: Amount


class PlaceOrder(Command, frozen=True):
    """Enter an order. ``price`` is 0 for MARKET and for ``price_match`` orders."""

    account_id: int
    symbol: str
    side: Side
    position_side: PositionSide
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: Qty
    price: Price
    reduce_only: bool
    client_order_id: str
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.EXPIRE_MAKER
    price_match: PriceMatch = PriceMatch.NONE
    good_till_ms: int = 0


class ModifyOrder(Command, frozen=True):
    """Change price and quantity of a resting LIMIT order; it goes to the back of the queue.

    ``order_id`` 0 means: find it by ``client_order_id``.
    """

    account_id: int
    symbol: str
    order_id: int
    client_order_id: str
    side: Side
    quantity: Qty
    price: Price
    price_match: PriceMatch = PriceMatch.NONE
    modify_id: int | None = None
    """A mark of the caller's own, repeated where the amendment is told."""


class CancelOrder(Command, frozen=True):
    """Take a resting order out. ``order_id`` 0 means: find it by ``client_order_id``."""

    account_id: int
    symbol: str
    order_id: int
    client_order_id: str


class CancelAllOrders(Command, frozen=True):
    """Take every resting order of an account in one symbol out."""

    account_id: int
    symbol: str


class PlaceAlgoOrder(Command, frozen=True):
    """Let an order wait for a price. What its type has no use for is 0 or False.

    ``callback_percent`` is in percent at 1e-8. A trailing order without an ``activate_price``
    follows from where the price is.
    """

    account_id: int
    symbol: str
    side: Side
    position_side: PositionSide
    kind: AlgoType
    time_in_force: TimeInForce
    quantity: Qty
    price: Price
    trigger_price: Price
    client_algo_id: str
    working_type: WorkingType = WorkingType.CONTRACT_PRICE
    price_match: PriceMatch = PriceMatch.NONE
    close_position: bool = False
    price_protect: bool = False
    reduce_only: bool = False
    activate_price: Price = Price(0)
    callback_percent: int = 0
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.EXPIRE_MAKER

    @property
    def is_bound_to_position(self) -> bool:
        """Whether it goes away with the position."""
        return self.time_in_force is TimeInForce.GTE_GTC


class CancelAlgoOrder(Command, frozen=True):
    """Take a waiting order out. ``algo_id`` 0 means: find it by ``client_algo_id``."""

    account_id: int
    algo_id: int
    client_algo_id: str


class CancelAllAlgoOrders(Command, frozen=True):
    """Take every waiting conditional order of an account in one symbol out."""

    account_id: int
    symbol: str


class ChangeLeverage(Command, frozen=True):
    """Set the leverage of both legs of a symbol."""

    account_id: int
    symbol: str
    leverage: int


class ChangeMarginType(Command, frozen=True):
    """Set a symbol to isolated or cross margin."""

    account_id: int
    symbol: str
    isolated: bool


class ChangePositionMode(Command, frozen=True):
    """Set an account to hedge mode (two legs a symbol) or one-way mode."""

    account_id: int
    hedge: bool


class AdjustIsolatedMargin(Command, frozen=True):
    """Add (positive) or take out (negative) margin of an isolated leg."""

    account_id: int
    symbol: str
    position_side: PositionSide
    amount: Amount


class SetDepth(Command, frozen=True):
    """Set street depth. ``replace`` clears every level not named; else only named levels move.

    ``update_id`` 0 lets the book count on by itself; ``from_lab`` takes the symbol's depth away
    from the market source until a reset.
    """

    symbol: str
    bids: Levels
    asks: Levels
    replace: bool
    update_id: int = 0
    from_lab: bool = False


class StreetTrade(Command, frozen=True):
    """A print between street participants, which may reach resting orders of accounts."""

    symbol: str
    price: Price
    quantity: Qty
    buyer_is_maker: bool
    from_lab: bool = False


class StreetTrades(Command, frozen=True):
    """A run of prints that reach nothing, in columns, the oldest first; the last is of its stamp.

    Whoever has prints gets such runs from ``runs.next_command``. All that is in a run is looked
    at when it comes into being, and never again.

    Raises:
        ValueError: it is empty, too long or uneven, a number is not above 0, or time goes back.
    """

    symbol: str
    prices: tuple[Price, ...]
    quantities: tuple[Qty, ...]
    buyer_is_maker: tuple[bool, ...]
    times_ms: tuple[int, ...]
    from_lab: bool = False
    low: Price = Price(0)
    """The lowest of the prices; worked out, whatever is given."""
    high: Price = Price(0)
    """The highest of them, likewise."""

    def __post_init__(self) -> None:
        """Refuse what cannot be a run, and keep the extremes of the prices."""
        count = len(self.prices)
        lengths = (len(self.quantities), len(self.buyer_is_maker), len(self.times_ms))
        if not 0 < count <= RUN_MAX or lengths != (count, count, count):
            raise ValueError(f"a run has 1 to {RUN_MAX} prints, and columns of one length")
        if list(self.times_ms) != sorted(self.times_ms):
            raise ValueError("the time goes back")
        force_setattr(self, "low", min(self.prices))
        force_setattr(self, "high", max(self.prices))
        for name, least in (("price", self.low), ("quantity", min(self.quantities))):
            if least <= 0:
                raise ValueError(f"a {name} is not above 0")


class SetPrices(Command, frozen=True):
    """Index and mark from the market source.

    ``mark`` 0 follows the index, or with ``by_formula`` comes from index, book and last price.
    """

    symbol: str
    index: Price
    mark: Price = Price(0)
    by_formula: bool = False


class SetFundingRate(Command, frozen=True):
    """The rate shown for the next settlement."""

    symbol: str
    rate: Rate


class OverrideFundingRate(Command, frozen=True):
    """Set the rate of the next settlement only (lab); ``None`` lets it go."""

    symbol: str
    rate: Rate | None


class PinPrices(Command, frozen=True):
    """Hold prices of a symbol (lab). 0 releases a price, ``None`` leaves it as it is."""

    symbol: str
    index: Price | None
    mark: Price | None
    last: Price | None


class SetMarkForm(Command, frozen=True):
    """Say how the mark of a contract is made from here (lab)."""

    symbol: str
    form: MarkForm


class AdvanceTime(Command, frozen=True):
    """Let time pass: whatever falls due up to the stamp of this command happens."""


class HoldClock(Command, frozen=True):
    """Note how box time goes on from here; only what is pushed depends on it."""

    motion: ClockMotion


class ChangeAssetMode(Command, frozen=True):
    """Set an account to multi-assets or single-asset mode."""

    account_id: int
    multi_assets: bool


class SetFeeBurn(Command, frozen=True):
    """Pay commissions in the discount asset, or not."""

    account_id: int
    fee_burn: bool


class SetFeeTier(Command, frozen=True):
    """Move an account to a fee tier (lab)."""

    account_id: int
    fee_tier: int


class SetNotionalCoefficient(Command, frozen=True):
    """Scale an account's brackets of one symbol (lab); 1e8 is the public table."""

    account_id: int
    symbol: str
    coefficient: Rate


class SetAutoAddMargin(Command, frozen=True):
    """Let an isolated symbol draw on the cross wallet before it is liquidated (lab)."""

    account_id: int
    symbol: str
    is_on: bool


class SignTradFiAgreement(Command, frozen=True):
    """Let an account trade contracts on traditional assets."""

    account_id: int


class RestrictAccount(Command, frozen=True):
    """Forbid an account something, or nothing any more."""

    account_id: int
    restriction: Restriction


class RequestQuote(Command, frozen=True):
    """Ask for a rate of conversion; one of the two amounts is 0 and follows from the other."""

    account_id: int
    from_asset: str
    to_asset: str
    from_amount: Amount
    to_amount: Amount


class AcceptQuote(Command, frozen=True):
    """Convert at a quote that is still good."""

    account_id: int
    quote_id: int
