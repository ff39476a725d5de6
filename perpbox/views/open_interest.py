"""Open interest of a contract, from the positions that accounts hold now."""

from perpbox.engine.state import Market, State
from perpbox.money import Qty


def open_interest(state: State, market: Market) -> Qty:
    """Quantity that is held: each contract has a long and a short side and counts once.

    Where the longs of accounts are more than their shorts or the other way round, the street
    holds the rest, so it is the greater of both sums.
    """
    symbol = market.instrument.symbol
    long = short = 0
    for account_id, side in market.holders:
        quantity = state.accounts[account_id].holdings[symbol].leg(side).quantity
        if quantity > 0:
            long += quantity
        else:
            short -= quantity
    return Qty(max(long, short))
