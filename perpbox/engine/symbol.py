"""A contract as the engine needs it: filters, brackets and default fees."""

from enum import Enum

import msgspec

from perpbox import rounding
from perpbox.money import SCALE, Amount, Price, Qty, Rate


class PositionControl(Enum):
    """Sides of a contract on which orders may only reduce (``positionControlSide``)."""

    NONE = "NONE"
    BUY = "BUY"
    SELL = "SELL"
    BOTH = "BOTH"


class Bracket(msgspec.Struct, frozen=True):
    """One leverage bracket. Notionals and cum in units of the margin asset, scale 1e-8."""

    bracket: int
    initial_leverage: int
    notional_floor: Amount
    notional_cap: Amount
    maint_margin_rate: Rate
    cum: Amount


class Instrument(msgspec.Struct, frozen=True):
    """One contract. All numbers are at scale 1e-8 unless the name says otherwise."""

    symbol: str
    margin_asset: str
    price_precision: int
    quantity_precision: int
    tick_size: Price
    min_price: Price
    max_price: Price
    step_size: Qty
    min_qty: Qty
    max_qty: Qty
    market_step_size: Qty
    market_min_qty: Qty
    market_max_qty: Qty
    min_notional: Amount
    multiplier_up: Rate
    multiplier_down: Rate
    market_take_bound: Rate
    max_num_orders: int
    maker_fee: Rate
    taker_fee: Rate
    brackets: tuple[Bracket, ...]
    funding_interval_hours: int = 8
    funding_rate_cap: Rate = Rate(0)
    default_leverage: int = 20
    liquidation_fee: Rate = Rate(0)
    is_trading: bool = True
    trigger_protect: Rate = Rate(0)
    """Most that mark and last price may be apart when a protected condition is met."""
    is_tradfi: bool = False
    """On a traditional asset: an account signs an agreement before it trades it."""
    position_control: PositionControl = PositionControl.NONE
    """Sides that are under position risk control."""
    delivery_ms: int = 0
    """When open positions are settled and the contract ends; 0: never."""
    takes_rpi: bool = False
    """Takes orders for retail price improvement."""
    rpi_fee: Rate = Rate(0)
    """Commission rate of their fills."""
    is_dated: bool = False
    """Ends by its own terms (a quarterly one), and has no funding."""

    def delivered_at(self, delivery_ms: int) -> "Instrument":
        """The same contract with another date of delivery."""
        return msgspec.structs.replace(self, delivery_ms=delivery_ms)


def pair_of(symbol: str) -> str:
    """What a contract trades: ``BTCUSDT`` of ``BTCUSDT_261225`` and of ``BTCUSDT``."""
    return symbol.partition("_")[0]


class MarginAsset(msgspec.Struct, frozen=True):
    """One margin asset. ``index`` is its dollar price where no contract of the box says it.

    ``bid_rate`` and ``ask_rate`` stand in the place of what index and buffers make; 0: nothing.
    """

    asset: str
    bid_buffer: Rate = Rate(0)
    ask_buffer: Rate = Rate(0)
    exchange_bid_buffer: Rate = Rate(0)
    exchange_ask_buffer: Rate = Rate(0)
    index: Price = Price(0)
    bid_rate: Price = Price(0)
    ask_rate: Price = Price(0)
    exchange_threshold: Amount = Amount(0)
    """A wallet below it is brought to zero by automatic exchange; 0 or less."""


def max_notional(brackets: tuple[Bracket, ...], leverage: int) -> Amount:
    """Largest cap among the brackets that allow this leverage."""
    caps = [b.notional_cap for b in brackets if b.initial_leverage >= leverage]
    return max(caps) if caps else Amount(0)


def scaled_brackets(brackets: tuple[Bracket, ...], coefficient: Rate) -> tuple[Bracket, ...]:
    """Brackets of an account whose notional coefficient is not 1: caps, floors and cum times it."""
    if coefficient == SCALE:
        return brackets
    return tuple(
        msgspec.structs.replace(
            step,
            notional_floor=rounding.scaled_notional(step.notional_floor, coefficient),
            notional_cap=rounding.scaled_notional(step.notional_cap, coefficient),
            cum=rounding.scaled_notional(step.cum, coefficient),
        )
        for step in brackets
    )
