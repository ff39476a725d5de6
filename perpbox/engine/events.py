"""Events: what happened. Past tense, frozen, in the order in which it happened."""

import msgspec

from perpbox.engine.commands import Levels, PlaceAlgoOrder, StreetTrades
from perpbox.engine.rejects import Reject
from perpbox.engine.types import (
    AlgoStatus,
    ClockMotion,
    EndReason,
    Forced,
    LedgerKind,
    OrderStatus,
    OrderType,
    Phase,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
    TradeSource,
)
from perpbox.money import Amount, Price, Qty, Rate


class Event(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Base of all events; the tag is the class name."""


class Rejected(Event, frozen=True):
    """The command was refused and nothing changed. ``bound`` is the limit that was broken."""

    reason: Reject
    bound: int = 0


class InstrumentListed(Event, frozen=True):
    """A contract is on the board."""

    symbol: str


class ContractPhaseChanged(Event, frozen=True):
    """A contract came to another phase of its life, or its date of delivery changed."""

    symbol: str
    phase: Phase
    delivery_ms: int
    at_ms: int


class ContractSettled(Event, frozen=True):
    """Every position of a contract was closed at this price."""

    symbol: str
    price: Price
    delivery_ms: int
    at_ms: int


class ClockHeld(Event, frozen=True):
    """Box time goes on in this way from here."""

    motion: ClockMotion
    at_ms: int


class AccountCreated(Event, frozen=True):
    """An account exists."""

    account_id: int
    api_key: str


class OrderAccepted(Event, frozen=True):
    """An order entered the exchange (before any of its fills)."""

    account_id: int
    order_id: int
    symbol: str
    client_order_id: str
    side: Side
    position_side: PositionSide
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: Qty
    price: Price
    reduce_only: bool
    self_trade_prevention: SelfTradePrevention
    price_match: PriceMatch
    good_till_ms: int
    at_ms: int
    forced: Forced = Forced.NO
    algo: PlaceAlgoOrder | None = None
    """The conditional order that it comes from."""


class OrderTraded(Event, frozen=True):
    """One side of one fill. ``realized`` excludes ``commission`` and is in ``margin_asset``."""

    account_id: int
    order_id: int
    symbol: str
    trade_id: int
    side: Side
    position_side: PositionSide
    price: Price
    quantity: Qty
    quote: Amount
    is_maker: bool
    realized: Amount
    commission: Amount
    margin_asset: str
    commission_asset: str
    executed: Qty
    cum_quote: Amount
    status: OrderStatus
    at_ms: int


class OrderEnded(Event, frozen=True):
    """An order left the book without being filled whole: canceled or expired."""

    account_id: int
    order_id: int
    symbol: str
    status: OrderStatus
    reason: EndReason
    at_ms: int


class OrderAmended(Event, frozen=True):
    """Price and quantity of a resting order changed; ``modify_id`` is the caller's own mark."""

    account_id: int
    order_id: int
    symbol: str
    price: Price
    quantity: Qty
    price_match: PriceMatch
    at_ms: int
    modify_id: int | None = None
    count: int = 0
    """How many times the order has been changed, this time included."""


class TradePrinted(Event, frozen=True):
    """One public trade."""

    symbol: str
    trade_id: int
    price: Price
    quantity: Qty
    quote: Amount
    buyer_is_maker: bool
    source: TradeSource
    at_ms: int


class TradesPrinted(Event, frozen=True):
    """Public trades of the street, all of a run, numbered in a row from ``first_id`` on."""

    symbol: str
    first_id: int
    run: StreetTrades
    at_ms: int


class BookChanged(Event, frozen=True):
    """Levels of the shown book that changed, with their new total quantity (0: gone)."""

    symbol: str
    update_id: int
    bids: Levels
    asks: Levels
    at_ms: int


class RpiBookChanged(Event, frozen=True):
    """Levels of orders for retail price improvement that changed, with their new quantity."""

    symbol: str
    update_id: int
    bids: Levels
    asks: Levels
    at_ms: int


class PricesChanged(Event, frozen=True):
    """New index and mark of a symbol."""

    symbol: str
    index: Price
    mark: Price
    at_ms: int


class PremiumSampled(Event, frozen=True):
    """The premium over the index was the same at all samples from ``first_ms`` on until now."""

    symbol: str
    premium: Rate
    first_ms: int


class FundingRateChanged(Event, frozen=True):
    """The rate shown for the next settlement changed."""

    symbol: str
    rate: Rate
    at_ms: int


class FundingFixed(Event, frozen=True):
    """A funding boundary passed with this rate and mark."""

    symbol: str
    rate: Rate
    mark: Price
    funding_ms: int


class LedgerPosted(Event, frozen=True):
    """Money of an account moved by ``amount`` (signed, into the account)."""

    account_id: int
    kind: LedgerKind
    asset: str
    amount: Amount
    balance: Amount
    symbol: str
    trade_id: int
    transaction_id: int
    at_ms: int


class PositionChanged(Event, frozen=True):
    """A leg changed its quantity, cost, entry or isolated wallet; its numbers from now on.

    ``entry_e20`` is at 20 decimals; ``fees_paid`` and ``realized`` count from the last time the
    leg was flat, ``lifetime_realized`` from the account's beginning.
    """

    account_id: int
    symbol: str
    position_side: PositionSide
    quantity: Qty
    isolated_wallet: Amount
    entry_e20: int
    cost: Amount
    fees_paid: Amount
    realized: Amount
    lifetime_realized: Amount
    at_ms: int


class IsolatedMarginMoved(Event, frozen=True):
    """Margin went into (positive) or out of an isolated leg; ``by_user`` or by a fill."""

    account_id: int
    symbol: str
    position_side: PositionSide
    asset: str
    amount: Amount
    by_user: bool
    at_ms: int


class LeverageChanged(Event, frozen=True):
    """A symbol of an account has a new leverage."""

    account_id: int
    symbol: str
    leverage: int
    max_notional: Amount
    at_ms: int


class MarginTypeChanged(Event, frozen=True):
    """A symbol of an account went to isolated or cross margin."""

    account_id: int
    symbol: str
    isolated: bool
    at_ms: int


class PositionModeChanged(Event, frozen=True):
    """An account went to hedge or one-way mode."""

    account_id: int
    hedge: bool
    at_ms: int


class AssetModeChanged(Event, frozen=True):
    """An account went to multi-assets or single-asset mode."""

    account_id: int
    multi_assets: bool
    at_ms: int


class AccountTermsChanged(Event, frozen=True):
    """Fee payment, fee tier, brackets or automatic margin of an account changed."""

    account_id: int
    at_ms: int


class CalledLeg(msgspec.Struct, frozen=True, gc=False):
    """A position as it stood when its account was warned."""

    symbol: str
    position_side: PositionSide
    quantity: Qty
    is_isolated: bool
    isolated_wallet: Amount
    mark: Price
    unrealized: Amount
    maintenance: Amount


class MarginCalled(Event, frozen=True):
    """A scope's margin ratio rose to the warning ratio; ``symbol`` is empty for cross.

    What is told is how things stood then: the same command may liquidate the scope at once.
    """

    account_id: int
    asset: str
    symbol: str
    position_side: PositionSide
    cross_wallet: Amount
    legs: tuple[CalledLeg, ...]
    at_ms: int


class ScopeLiquidated(Event, frozen=True):
    """A scope fell to its maintenance margin and is being liquidated."""

    account_id: int
    asset: str
    symbol: str
    at_ms: int


class QuoteGiven(Event, frozen=True):
    """A rate of conversion was told. ``quote_id`` is 0 where the account lacks the funds."""

    account_id: int
    quote_id: int
    from_asset: str
    to_asset: str
    from_amount: Amount
    to_amount: Amount
    ratio: Price
    inverse: Price
    good_till_ms: int


class AssetsConverted(Event, frozen=True):
    """An account gave one asset for another."""

    account_id: int
    order_id: int
    quote_id: int
    from_asset: str
    to_asset: str
    from_amount: Amount
    to_amount: Amount
    ratio: Price
    inverse: Price
    at_ms: int


class AlgoChanged(Event, frozen=True):
    """A conditional order came to a status; ``order_id`` is its child's, once there is one.

    ``executed`` and ``cum_quote`` are told at the end; ``refused`` says why it was rejected.
    """

    account_id: int
    algo_id: int
    order: PlaceAlgoOrder
    status: AlgoStatus
    is_active: bool
    order_id: int
    trigger_ms: int
    executed: Qty
    cum_quote: Amount
    refused: Rejected | None
    at_ms: int
