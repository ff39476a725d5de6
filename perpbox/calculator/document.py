"""An account on paper: what an account file says, with every left-out field filled in.

All numbers are at scale 1e-8 unless the name says otherwise.
"""

import msgspec

from perpbox.engine.symbol import Instrument
from perpbox.engine.types import PositionSide, Side
from perpbox.money import SCALE, Amount, Price, Qty, Rate


class SymbolTerms(msgspec.Struct, frozen=True, kw_only=True):
    """One contract: its prices and what the account has set for it."""

    instrument: Instrument
    mark: Price
    last: Price = Price(0)
    """0: not known; nothing is held back for a gap between last and mark."""
    leverage: int
    is_isolated: bool = False
    is_auto_add: bool = False
    notional_coefficient: Rate = Rate(SCALE)


class AssetTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Dollar rates at which an asset counts as collateral."""

    bid_rate: Price
    ask_rate: Price


class PositionTerms(msgspec.Struct, frozen=True, kw_only=True):
    """One leg. ``fees_paid`` and ``realized`` count since it was flat."""

    symbol: str
    side: PositionSide
    quantity: Qty
    entry_e20: int
    isolated_wallet: Amount = Amount(0)
    fees_paid: Amount = Amount(0)
    realized: Amount = Amount(0)
    updated_ms: int = 0
    adl: int = 0


class OrderTerms(msgspec.Struct, frozen=True, kw_only=True):
    """One resting order, with what is left of it."""

    symbol: str
    side: Side
    position_side: PositionSide
    price: Price
    quantity: Qty
    reduce_only: bool = False


class AccountDocument(msgspec.Struct, frozen=True, kw_only=True):
    """An account with everything that its risk depends on."""

    api_date: str
    hedge: bool = False
    multi_assets: bool = False
    wallets: dict[str, Amount]
    """Wallet balances by asset, isolated wallets included."""
    symbols: dict[str, SymbolTerms]
    assets: dict[str, AssetTerms] = {}
    positions: tuple[PositionTerms, ...] = ()
    orders: tuple[OrderTerms, ...] = ()
    maker_fee: Rate | None = None
    taker_fee: Rate | None = None
    fee_tier: int = 0
    fee_burn: bool = False
    notes: tuple[str, ...] = ()
    """What looks like a mistake but can be computed."""
