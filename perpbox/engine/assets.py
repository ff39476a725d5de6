"""Margin assets and what they are worth as collateral, in US dollars."""

from typing import TYPE_CHECKING, Final

import msgspec

from perpbox import rounding
from perpbox.money import SCALE, Amount, Price

if TYPE_CHECKING:
    from perpbox.engine.state import State

DOLLAR_ASSET: Final = "USDT"
"""The asset in which the other assets' contracts are quoted."""


class AssetRates(msgspec.Struct, frozen=True):
    """Dollar index of an asset and the two rates at which it counts as collateral."""

    index: Price
    bid: Price
    ask: Price

    def value(self, amount: Amount) -> Amount:
        """A wallet in dollars: what is owed counts at the ask rate (our choice)."""
        return rounding.collateral_value(amount, self.bid if amount >= 0 else self.ask)

    def profit(self, amount: Amount) -> Amount:
        """Unrealized profit or loss in dollars, both at the bid rate (recorded)."""
        return rounding.collateral_value(amount, self.bid)

    def requirement(self, amount: Amount) -> Amount:
        """Margin in dollars, at the ask rate (recorded)."""
        return rounding.collateral_value(amount, self.ask)

    def surplus_e16(self, wallet: Amount, profit: Amount, maintenance: Amount) -> int:
        """What is left above maintenance, in dollars at 16 decimals: nothing is cut."""
        rate = self.bid if wallet >= 0 else self.ask
        return wallet * rate + profit * self.bid - maintenance * self.ask


ONE_TO_ONE: Final = AssetRates(Price(SCALE), Price(SCALE), Price(SCALE))
"""Rates where nothing is converted: single-asset mode."""


def asset_index(state: "State", asset: str) -> Price:
    """Dollar index: what the lab set, else the index of the asset's contract, else the listed."""
    held = state.asset_indexes.get(asset)
    if held:
        return held
    listed = state.assets.get(asset)
    if asset != DOLLAR_ASSET:
        market = state.markets.get(f"{asset}{DOLLAR_ASSET}")
        if market is not None and market.index:
            return rounding.asset_index(market.index, asset_index(state, DOLLAR_ASSET))
    if listed is not None and listed.index:
        return listed.index
    return Price(SCALE) if asset == DOLLAR_ASSET else Price(0)


def exchange_rates(state: "State", asset: str) -> AssetRates:
    """Index and rates of automatic exchange; all 0 for an asset that is not listed."""
    listed = state.assets.get(asset)
    if listed is None:
        return AssetRates(Price(0), Price(0), Price(0))
    index = asset_index(state, asset)
    return AssetRates(
        index,
        rounding.asset_bid_rate(index, listed.exchange_bid_buffer),
        rounding.asset_ask_rate(index, listed.exchange_ask_buffer),
    )


def asset_rates(state: "State", asset: str) -> AssetRates:
    """Index, bid and ask rate of an asset; all 0 for one that is not known."""
    index = asset_index(state, asset)
    listed = state.assets.get(asset)
    if listed is None:
        return AssetRates(index, index, index)
    return AssetRates(
        index,
        listed.bid_rate or rounding.asset_bid_rate(index, listed.bid_buffer),
        listed.ask_rate or rounding.asset_ask_rate(index, listed.ask_buffer),
    )
