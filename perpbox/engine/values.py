"""Frozen values that the engine keeps or hands round."""

import msgspec

from perpbox.money import Amount, Price


class Fee(msgspec.Struct, frozen=True):
    """A commission: what is paid, and what it counts for in the margin asset."""

    asset: str
    amount: Amount
    in_quote: Amount


class Quote(msgspec.Struct, frozen=True):
    """A rate of conversion that an account may take until it goes stale."""

    account_id: int
    quote_id: int
    from_asset: str
    to_asset: str
    from_amount: Amount
    to_amount: Amount
    ratio: Price
    inverse: Price
    good_till_ms: int
