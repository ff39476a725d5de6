"""Deleveraging ranks: who would be closed first, as fifths from 0 (last) to 4 (first).

``score = profit share * margin ratio`` with ``profit share = max(0, uPnL) / max(1, wallet)``
and ``margin ratio = MM / (wallet + uPnL)``, 0 when that is not above zero; among those of one
symbol and side, the highest score first.
"""

from typing import Final

from perpbox import rounding
from perpbox.engine.margin import LegRisk, wallet_balance
from perpbox.engine.position import Leg
from perpbox.engine.state import Account, Market, State
from perpbox.engine.types import PositionSide, Side
from perpbox.money import SCALE, Amount

REFRESH_MS: Final = 30_000
FIFTHS: Final = 5


def rank_again(state: State, at_ms: int) -> None:
    """Something that ranks depend on moved: take them at the next refresh."""
    if not state.next_adl_ms:
        state.next_adl_ms = (at_ms // REFRESH_MS + 1) * REFRESH_MS


def refresh_market(state: State, market: Market) -> None:
    """Rank everyone who holds a position of this market."""
    longs: list[tuple[int, int, PositionSide]] = []
    shorts: list[tuple[int, int, PositionSide]] = []
    for account_id, side in market.holders:
        account = state.accounts[account_id]
        holding = account.holdings[market.instrument.symbol]
        quantity = holding.leg(side).quantity
        score = _score(state, market, account, side)
        (longs if quantity > 0 else shorts).append((-score, account_id, side))
    levels: dict[tuple[int, PositionSide], int] = {}
    for ranked in (longs, shorts):
        ranked.sort()
        for rank, (_, account_id, side) in enumerate(ranked):
            levels[account_id, side] = FIFTHS - 1 - rounding.fifth(rank, len(ranked))
    for (account_id, side), level in levels.items():
        account = state.accounts[account_id]
        holding = account.holdings[market.instrument.symbol]
        shown = level
        if not holding.is_isolated:
            # Both cross legs of a symbol show one quantile (page): the higher, our choice.
            legs = holding.legs(account.hedge)
            shown = max(levels.get((account_id, leg.side), level) for leg in legs)
        _give(account, holding.leg(side), shown)


def ranked_against(state: State, market: Market, side: Side) -> list[tuple[int, PositionSide]]:
    """Holders that a forced order of that direction would be set off against, first first.

    A sell closes a long, so it meets the shorts; the highest score comes first.
    """
    ranked = []
    for account_id, leg_side in market.holders:
        account = state.accounts[account_id]
        quantity = account.holdings[market.instrument.symbol].leg(leg_side).quantity
        if quantity * side > 0:
            ranked.append((-_score(state, market, account, leg_side), account_id, leg_side))
    ranked.sort()
    return [(account_id, leg_side) for _, account_id, leg_side in ranked]


def _give(account: Account, leg: Leg, level: int) -> None:
    if leg.adl != level:
        leg.adl = level
        leg.version += 1
        account.version += 1


def _score(state: State, market: Market, account: Account, side: PositionSide) -> int:
    """Profit share times margin ratio, at scale 1e-16; cross legs of a symbol count together."""
    holding = account.holdings[market.instrument.symbol]
    leg = holding.leg(side)
    rounds_up = state.rules.initial_margin_rounds_up
    if holding.is_isolated:
        wallet = leg.isolated_wallet
        risks = [LegRisk(holding, leg, market.mark, rounds_up)]
    else:
        wallet = wallet_balance(state, account, market.instrument.margin_asset)
        risks = [
            LegRisk(holding, each, market.mark, rounds_up)
            for each in holding.legs(account.hedge)
            if each.quantity
        ]
    profit = Amount(sum(risk.unrealized for risk in risks))
    maintenance = Amount(sum(risk.maintenance for risk in risks))
    share = rounding.ratio_e8(Amount(max(0, profit)), Amount(max(SCALE, wallet)))
    return share * rounding.ratio_e8(maintenance, Amount(wallet + profit))
