"""What an account may use: single-asset by margin asset, multi-assets over all of them.

In multi-assets mode wallets and profit count in US dollars at the bid rate of their asset,
margins at its ask rate; what is available is one dollar sum, shown in each asset at its ask.
"""

from collections.abc import Iterable, Mapping

from perpbox import rounding
from perpbox.engine.assets import ONE_TO_ONE, AssetRates, asset_rates
from perpbox.engine.margin import (
    NOWHERE,
    AssetRisk,
    LegRisk,
    LegRisks,
    asset_risk,
    liquidation_price,
)
from perpbox.engine.position import Holding
from perpbox.engine.state import Account, State
from perpbox.money import Amount, Price
from perpbox.units import as_amount


def account_assets(account: Account) -> list[str]:
    """Assets that an account ever held or settles in."""
    assets = list(account.asset_updated_ms)
    for holding in account.holdings.values():
        asset = holding.instrument.margin_asset
        if asset not in assets:
            assets.append(asset)
    return assets


def collateral_risk(state: State, risks: Mapping[str, AssetRisk]) -> AssetRisk:
    """Totals in US dollars of the risks of all assets."""
    total = AssetRisk(as_amount(0), as_amount(0))
    for asset, risk in risks.items():
        rates = asset_rates(state, asset)
        total.wallet = as_amount(total.wallet + rates.value(risk.wallet))
        total.cross_wallet = as_amount(total.cross_wallet + rates.value(risk.cross_wallet))
        total.unrealized = as_amount(total.unrealized + rates.profit(risk.unrealized))
        total.cross_unrealized = as_amount(
            total.cross_unrealized + rates.profit(risk.cross_unrealized)
        )
        for name in (
            "maintenance",
            "cross_maintenance",
            "initial",
            "cross_initial",
            "position_initial",
            "isolated_open_order_initial",
            "adverse_gap",
        ):
            sum_before: Amount = getattr(total, name)
            setattr(total, name, as_amount(sum_before + rates.requirement(getattr(risk, name))))
    # The difference of the converted sums, not the converted difference (recorded).
    total.open_order_initial = as_amount(total.initial - total.position_initial)
    return total


class Funds:
    """Every asset's risk and what may be used and withdrawn, in either asset mode."""

    __slots__ = ("account", "risks", "state", "total")

    def __init__(
        self,
        state: State,
        account: Account,
        assets: Iterable[str],
        legs: LegRisks | None = None,
    ) -> None:
        self.state = state
        self.account = account
        known = legs if legs is not None else LegRisks(state, account)
        self.risks = {asset: known.total(asset) for asset in assets}
        self.total = collateral_risk(state, self.risks) if account.multi_assets else None

    def available(self, asset: str) -> Amount:
        """What new orders in this asset can use."""
        if self.total is None:
            return self.risks[asset].available
        return rounding.from_dollars(self.total.available, asset_rates(self.state, asset).ask)

    def max_withdraw(self, asset: str) -> Amount:
        """What of this asset may leave the account."""
        risk = self.risks[asset]
        if self.total is None:
            return risk.max_withdraw
        return as_amount(max(0, min(risk.wallet, self.available(asset))))


def available_balance(state: State, account: Account, asset: str) -> Amount:
    """What new orders that settle in ``asset`` can use."""
    if not account.multi_assets:
        return asset_risk(state, account, asset).available
    assets = account_assets(account)
    if asset not in assets:
        assets.append(asset)
    return Funds(state, account, assets).available(asset)


class CrossPool:
    """Equity that the cross positions of one account share.

    The account's sums serve every symbol: the equity for a symbol is the whole pool less the
    symbol's own profit and maintenance, the same integers as summing all the others.
    """

    __slots__ = ("account", "legs", "state")

    def __init__(self, state: State, account: Account, legs: LegRisks | None = None) -> None:
        self.state = state
        self.account = account
        self.legs = legs if legs is not None else LegRisks(state, account)

    def rates(self, asset: str) -> AssetRates:
        """At what an asset's profit and margin count; one to one in single-asset mode."""
        return asset_rates(self.state, asset) if self.account.multi_assets else ONE_TO_ONE

    def equity_but(self, holding: Holding, risks: Iterable[LegRisk]) -> Amount:
        """``W - TMM1 + UPNL1`` for a symbol, in its margin asset.

        Over the cross symbols of that asset; in multi-assets mode over all assets, in dollars
        and back at the bid rate of the asset (our choice).
        """
        asset = holding.instrument.margin_asset
        total = self.legs.total(asset)
        profit: int = total.cross_unrealized
        maintenance: int = total.cross_maintenance
        for risk in risks:
            profit -= risk.unrealized
            maintenance -= risk.maintenance
        wallet = total.cross_wallet
        if not self.account.multi_assets:
            return as_amount(wallet + profit - maintenance)
        rates = self.rates(asset)
        dollars_e16 = rates.surplus_e16(wallet, as_amount(profit), as_amount(maintenance))
        for other in account_assets(self.account):
            if other != asset:
                dollars_e16 += self._surplus_e16(other)
        return rounding.equity_from_dollars(dollars_e16, rates.bid)

    def liquidation_price(self, holding: Holding, risks: Iterable[LegRisk]) -> Price:
        """The price that the cross legs of a symbol share; 0 without a position."""
        held = []
        for risk in risks:
            leg = risk.leg
            if leg.quantity:
                held.append((leg, risk.bracket))
        if not held:
            return NOWHERE
        rates = self.rates(holding.instrument.margin_asset)
        return liquidation_price(holding.brackets, self.equity_but(holding, risks), held, rates)

    def _surplus_e16(self, asset: str) -> int:
        """What an asset's cross positions leave above maintenance, in dollars, uncut."""
        total = self.legs.total(asset)
        return self.rates(asset).surplus_e16(
            total.cross_wallet, total.cross_unrealized, total.cross_maintenance
        )

    def standing(self, asset: str) -> tuple[Amount, Amount]:
        """(margin balance, maintenance margin) of the cross positions, in ``asset``.

        In multi-assets mode of the whole account, in dollars and back at the bid rate.
        """
        if not self.account.multi_assets:
            total = self.legs.total(asset)
            return as_amount(total.cross_wallet + total.cross_unrealized), total.cross_maintenance
        balance = required = 0
        for each in account_assets(self.account):
            rates, total = self.rates(each), self.legs.total(each)
            balance += rates.value(total.cross_wallet) + rates.profit(total.cross_unrealized)
            required += rates.requirement(total.cross_maintenance)
        bid = self.rates(asset).bid
        return (
            rounding.from_dollars(as_amount(balance), bid),
            rounding.from_dollars(as_amount(required), bid),
        )

    def is_below_maintenance(self, asset: str) -> bool:
        """Whether the cross positions that settle in ``asset`` are to be liquidated.

        In multi-assets mode the account as a whole answers, whatever the asset. Without cross
        positions there is nothing to liquidate.
        """
        if not self.account.multi_assets:
            total = self.legs.total(asset)
            balance = total.cross_wallet + total.cross_unrealized
            return total.holds_cross and balance <= total.cross_maintenance
        assets = account_assets(self.account)
        if not any(self.legs.total(each).holds_cross for each in assets):
            return False
        return sum(self._surplus_e16(each) for each in assets) <= 0
