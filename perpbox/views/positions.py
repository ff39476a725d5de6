"""Position risk: the rows of an account, read from the engine's own formulas."""

from perpbox import rounding
from perpbox.engine.collateral import CrossPool
from perpbox.engine.margin import LegRisk, liquidation_price
from perpbox.engine.position import Holding, Leg
from perpbox.engine.state import Account, Market, State
from perpbox.money import Amount, Price


class PositionRow:
    """One leg with its numbers; ``liquidation`` is 0 where there is none."""

    __slots__ = ("holding", "leg", "liquidation", "market", "risk")

    def __init__(
        self, market: Market, holding: Holding, leg: Leg, risk: LegRisk, liquidation: Price
    ) -> None:
        self.market = market
        self.holding = holding
        self.leg = leg
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


def symbol_rows(
    state: State, account: Account, holding: Holding, pool: CrossPool
) -> list[PositionRow]:
    """The rows of one symbol: BOTH, or LONG and SHORT in hedge mode."""
    market = state.markets[holding.instrument.symbol]
    mark = market.mark
    legs = holding.legs(account.hedge)
    risks = pool.legs.of(holding)
    held = [(leg, risk.bracket) for leg, risk in zip(legs, risks, strict=True) if leg.quantity]
    shared = Price(0)
    if held and not holding.is_isolated:
        equity = pool.equity_but(holding, risks)
        rates = pool.rates(holding.instrument.margin_asset)
        cross, at_mark = [leg for leg, _ in held], [bracket for _, bracket in held]
        shared = liquidation_price(holding.brackets, equity, cross, mark, rates, at_mark)
    rows = []
    for leg, risk in zip(legs, risks, strict=True):
        price = Price(0)
        if leg.quantity:
            price = shared
            if holding.is_isolated:
                price = liquidation_price(holding.brackets, leg.isolated_wallet, [leg], mark)
        rows.append(PositionRow(market, holding, leg, risk, price))
    return rows
