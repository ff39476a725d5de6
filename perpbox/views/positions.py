"""Position risk: the rows of an account, read from the engine's own formulas."""

from perpbox import rounding
from perpbox.engine.collateral import CrossPool
from perpbox.engine.margin import NOWHERE, LegRisk, liquidation_price
from perpbox.engine.position import Holding
from perpbox.engine.state import Market
from perpbox.money import Amount, Price


class PositionRow:
    """One leg with its numbers; ``liquidation`` is 0 where there is none."""

    __slots__ = ("holding", "leg", "liquidation", "market", "risk")

    def __init__(self, market: Market, holding: Holding, risk: LegRisk, liquidation: Price) -> None:
        self.market = market
        self.holding = holding
        self.leg = risk.leg
        self.risk = risk
        self.liquidation = liquidation

    @property
    def isolated_margin(self) -> Amount:
        """Isolated wallet plus unrealized profit; 0 for cross."""
        if not self.holding.is_isolated or not self.leg.quantity:
            return Amount(0)
        return Amount(self.leg.isolated_wallet + self.risk.unrealized)

    @property
    def break_even_e20(self) -> int:
        """Break-even price at 20 decimals; 0 when flat."""
        leg = self.leg
        if not leg.quantity:
            return 0
        net_fees = Amount(leg.fees_paid - leg.realized)
        return rounding.break_even_e20(Amount(abs(leg.cost)), net_fees, leg.quantity)


def symbol_rows(holding: Holding, pool: CrossPool) -> list[PositionRow]:
    """The rows of one symbol: BOTH, or LONG and SHORT in hedge mode."""
    market = pool.state.markets[holding.instrument.symbol]
    risks = pool.legs.of(holding)
    is_isolated = holding.is_isolated
    shared = NOWHERE if is_isolated else pool.liquidation_price(holding, risks)
    rows = []
    for risk in risks:
        leg, price = risk.leg, NOWHERE
        if leg.quantity:
            price = _alone(holding, risk) if is_isolated else shared
        rows.append(PositionRow(market, holding, risk, price))
    return rows


def _alone(holding: Holding, risk: LegRisk) -> Price:
    """Liquidation price of an isolated leg: its own wallet is its equity."""
    leg = risk.leg
    return liquidation_price(holding.brackets, leg.isolated_wallet, [(leg, risk.bracket)])
