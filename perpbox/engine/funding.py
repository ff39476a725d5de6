"""Funding: the rate that is shown, and what it does to holders at the boundary."""

from typing import Final

from perpbox import rounding
from perpbox.engine.adl import rank_again
from perpbox.engine.commands import OverrideFundingRate
from perpbox.engine.events import FundingFixed, FundingRateChanged, Rejected
from perpbox.engine.ledger import FUNDING
from perpbox.engine.margin import leg_notional
from perpbox.engine.premium import average_premium
from perpbox.engine.rejects import Reject
from perpbox.engine.settlement import set_isolated_wallet, tell_position
from perpbox.engine.state import Account, Market
from perpbox.engine.turn import Turn, refuse
from perpbox.engine.types import LedgerKind, PositionSide
from perpbox.money import Amount, Rate

INTEREST_RATE: Final = Rate(10_000)
"""0.01 % for eight hours (recorded on BTCUSDT; the same for every contract: our choice)."""
DAMPER: Final = Rate(50_000)
"""The interest moves the rate by at most 0.05 % (documented)."""


def funding_rate(market: Market, at_ms: int) -> Rate:
    """The rate that the next settlement would have if it were now.

    What the lab set for it, else what the market source says, else the documented formula.
    """
    if market.funding_override is not None:
        return market.funding_override
    if market.funding_is_given or not market.index:
        return market.funding_rate
    instrument = market.instrument
    return rounding.funding_rate(
        average_premium(market, at_ms),
        INTEREST_RATE,
        DAMPER,
        instrument.funding_interval_hours,
        instrument.funding_rate_cap,
    )


def override_funding_rate(turn: Turn, command: OverrideFundingRate) -> Rejected | None:
    """Set the rate of the next settlement (lab); ``None`` lets it go."""
    market = turn.state.markets.get(command.symbol)
    if market is None:
        return refuse(Reject.SYMBOL_UNKNOWN)
    if not market.funding_next_ms:
        return refuse(Reject.SYMBOL_WITHOUT_FUNDING)
    market.funding_override = command.rate
    shown = funding_rate(market, turn.at_ms)
    turn.emit(FundingRateChanged(command.symbol, shown, turn.at_ms))
    return None


def settle_funding(turn: Turn, market: Market) -> None:
    """A boundary passes: longs pay shorts when the rate is positive, by mark and position."""
    turn.sample_premium(market)
    rate = funding_rate(market, turn.at_ms)
    market.funding_override = None
    market.premium_samples = 0
    market.premium_weighted = 0
    if not market.mark:
        return
    symbol = market.instrument.symbol
    turn.emit(FundingFixed(symbol, rate, market.mark, market.funding_next_ms))
    for account_id, side in market.holders:
        _pay(turn, market, turn.state.accounts[account_id], side, rate)
        turn.margin_touched[account_id] = None
    if market.holders:
        rank_again(turn.state, turn.at_ms)


def _pay(turn: Turn, market: Market, account: Account, side: PositionSide, rate: Rate) -> None:
    """Take funding from one leg, or give it: into its isolated wallet or the cross wallet."""
    instrument = market.instrument
    holding = account.holdings[instrument.symbol]
    leg = holding.leg(side)
    payment = Amount(-rounding.funding_fee(leg_notional(leg, market.mark), rate))
    if not payment:
        return
    if holding.is_isolated:
        set_isolated_wallet(turn, account, holding, leg, payment)
        leg.version += 1
    turn.post(
        account,
        LedgerKind.FUNDING_FEE,
        FUNDING,
        instrument.margin_asset,
        payment,
        instrument.symbol,
    )
    if holding.is_isolated:
        tell_position(turn, account, instrument.symbol, leg)
