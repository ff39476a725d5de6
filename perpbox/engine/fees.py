"""Commissions: the rate of a fill, and the asset it is paid in."""

from typing import Final

from perpbox import rounding
from perpbox.engine.assets import asset_index
from perpbox.engine.margin import fee_rate
from perpbox.engine.state import Account, State
from perpbox.engine.symbol import Instrument
from perpbox.engine.values import Fee
from perpbox.money import Amount, Price, Qty, Rate

DISCOUNT_ASSET: Final = "BNB"
DISCOUNT_FACTOR: Final = Rate(90_000_000)
"""A commission paid in the discount asset is 10 % lower (recorded: break-even at 0.00018)."""


def fee_of(
    state: State,
    account: Account,
    instrument: Instrument,
    price: Price,
    quantity: Qty,
    is_maker: bool,
    is_rpi: bool = False,
) -> Fee:
    """The commission of a fill; in the discount asset where that is switched on and suffices."""
    rate = instrument.rpi_fee if is_rpi else fee_rate(state, account, instrument, is_maker)
    commission = rounding.commission(price, quantity, rate)
    asset = instrument.margin_asset
    if account.fee_burn and commission > 0:
        discounted = rounding.discounted(commission, DISCOUNT_FACTOR)
        paid = _in_discount_asset(state, asset, discounted)
        if 0 < paid <= state.ledger.balance(account.account_id, DISCOUNT_ASSET):
            return Fee(DISCOUNT_ASSET, paid, discounted)
    return Fee(asset, commission, commission)


def _in_discount_asset(state: State, asset: str, amount: Amount) -> Amount:
    """An amount of a margin asset in the discount asset, by their dollar indexes; 0: no price."""
    dollars = rounding.collateral_value(amount, asset_index(state, asset))
    return rounding.from_dollars(dollars, asset_index(state, DISCOUNT_ASSET))


def share_of(fee: Fee, part: Qty, whole: Qty) -> Amount:
    """What a part of a fill counts for of its commission, in the margin asset."""
    return rounding.isolated_share(fee.in_quote, part, whole)
