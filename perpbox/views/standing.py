"""How an account stands as a whole: equity, margins and how near it is to liquidation."""

from perpbox import rounding
from perpbox.engine.assets import asset_index
from perpbox.engine.collateral import Funds, account_assets
from perpbox.engine.margin import LegRisks
from perpbox.engine.state import Account, State
from perpbox.money import Amount, Rate


class Standing:
    """Totals of an account in US dollars, in either asset mode.

    In multi-assets mode they are the engine's own totals. In single-asset mode the engine
    converts nothing; then the sums of the assets count at their dollar indexes, without the
    haircut of collateral, so that accounts can be compared.
    """

    __slots__ = ("equity", "funds", "legs", "maintenance", "unrealized")

    def __init__(self, state: State, account: Account, legs: LegRisks | None = None) -> None:
        self.legs = legs if legs is not None else LegRisks(state, account)
        self.funds = funds = Funds(state, account, account_assets(account), self.legs)
        if funds.total is not None:
            self.equity = funds.total.margin_balance
            self.maintenance = funds.total.maintenance
            self.unrealized = funds.total.unrealized
            return
        equity = maintenance = unrealized = 0
        for asset, risk in funds.risks.items():
            index = asset_index(state, asset)
            equity += rounding.collateral_value(risk.margin_balance, index)
            maintenance += rounding.collateral_value(risk.maintenance, index)
            unrealized += rounding.collateral_value(risk.unrealized, index)
        self.equity = Amount(equity)
        """Wallets and unrealized profit."""
        self.maintenance = Amount(maintenance)
        self.unrealized = Amount(unrealized)

    def cross_ratio(self, asset: str) -> Rate | None:
        """Margin ratio of the cross positions that settle in an asset (see ``margin_ratio``)."""
        risk = self.funds.total or self.funds.risks.get(asset)
        if risk is None:
            return Rate(0)
        return margin_ratio(
            risk.cross_maintenance, Amount(risk.cross_wallet + risk.cross_unrealized)
        )

    @property
    def worst_ratio(self) -> Rate | None:
        """The highest margin ratio of the account's cross pools."""
        worst = Rate(0)
        for asset in self.funds.risks:
            ratio = self.cross_ratio(asset)
            if ratio is None:
                return None
            worst = max(worst, ratio)
        return worst


def margin_ratio(maintenance: Amount, balance: Amount) -> Rate | None:
    """Maintenance margin over margin balance, 1e8 is 100 %: at that a position is liquidated.

    ``None`` where there is something to maintain and no balance left.
    """
    if not maintenance:
        return Rate(0)
    return rounding.ratio_e8(maintenance, balance) if balance > 0 else None
