"""Prices that jump in a state that is nobody's: a fork, or an account on paper.

No command and no event: nobody is liquidated by it, no order fills, no condition is met. It is
for looking at what an account would be worth there.
"""

import msgspec

from perpbox import rounding
from perpbox.engine.assets import asset_rates
from perpbox.engine.state import Market, State
from perpbox.money import Price


def jump(state: State, market: Market, mark: Price) -> None:
    """Move a contract's mark; its index, its last price and the asset that it prices follow."""
    before = market.mark
    _move_asset(state, market, mark, before)
    market.mark = mark
    if market.index:
        market.index = rounding.in_proportion(market.index, mark, before)
    if market.last:
        market.last = rounding.in_proportion(market.last, mark, before)


def _move_asset(state: State, market: Market, mark: Price, before: Price) -> None:
    """Rates that were given for an asset move with the asset's own contract."""
    symbol, quote = market.instrument.symbol, market.instrument.margin_asset
    asset = symbol.removesuffix(quote)
    listed = state.assets.get(asset)
    if listed is None or not listed.bid_rate or f"{asset}{quote}" != symbol:
        return
    rates = asset_rates(state, asset)
    state.assets[asset] = msgspec.structs.replace(
        listed,
        bid_rate=rounding.in_proportion(rates.bid, mark, before),
        ask_rate=rounding.in_proportion(rates.ask, mark, before),
    )
