"""What an account may use: single-asset by margin asset, multi-assets over all of them.

In multi-assets mode wallets and profit count in US dollars at the bid rate of their asset,
margins at its ask rate; what is available is one dollar sum, shown in each asset at its ask.
"""

from collections.abc import Iterable, Mapping

from perpbox import rounding
from perpbox.engine.assets import asset_rates
from perpbox.engine.margin import (
    AssetRisk,
    LegRisk,
    asset_risk,
    cross_wallet_balance,
    leg_maintenance,
    leg_notional,
    leg_unrealized,
)
from perpbox.engine.position import Holding
from perpbox.engine.state import Account, State
from perpbox.money import Amount, Price


def account_assets(state: State, account: Account) -> list[str]:
    """Assets that an account holds or settles in."""
    assets = [asset for holder, asset in state.ledger.balances if holder == account.account_id]
    for holding in account.holdings.values():
        asset = holding.instrument.margin_asset
        if asset not in assets:
            assets.append(asset)
    return assets


def collateral_risk(state: State, risks: Mapping[str, AssetRisk]) -> AssetRisk:
    """Totals in US dollars of the risks of all assets."""
    total = AssetRisk(Amount(0), Amount(0))
    for asset, risk in risks.items():
        rates = asset_rates(state, asset)
        total.wallet = Amount(total.wallet + rates.value(risk.wallet))
        total.cross_wallet = Amount(total.cross_wallet + rates.value(risk.cross_wallet))
        total.unrealized = Amount(total.unrealized + rates.profit(risk.unrealized))
        total.cross_unrealized = Amount(
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
            setattr(total, name, Amount(sum_before + rates.requirement(getattr(risk, name))))
    # The difference of the converted sums, not the converted difference (recorded).
    total.open_order_initial = Amount(total.initial - total.position_initial)
    return total


class Funds:
    """Every asset's risk and what may be used and withdrawn, in either asset mode."""

    __slots__ = ("account", "risks", "state", "total")

    def __init__(self, state: State, account: Account, assets: Iterable[str]) -> None:
        self.state = state
        self.account = account
        self.risks = {asset: asset_risk(state, account, asset) for asset in assets}
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
        return Amount(max(0, min(risk.wallet, self.available(asset))))


def available_balance(state: State, account: Account, asset: str) -> Amount:
    """What new orders that settle in ``asset`` can use."""
    if not account.multi_assets:
        return asset_risk(state, account, asset).available
    assets = account_assets(state, account)
    if asset not in assets:
        assets.append(asset)
    return Funds(state, account, assets).available(asset)


class CrossPool:
    """Equity that the cross positions of one account share.

    One pass over the account serves every symbol: the equity for a symbol is the whole pool
    less the symbol's own profit and maintenance, the same integers as summing all the others.
    """

    __slots__ = ("account", "state", "sums")

    def __init__(self, state: State, account: Account) -> None:
        self.state = state
        self.account = account
        self.sums: dict[str, tuple[Amount, Amount, Amount]] | None = None
        """(cross wallet, unrealized profit, maintenance) of cross symbols by margin asset."""

    def _summed(self) -> dict[str, tuple[Amount, Amount, Amount]]:
        state, account = self.state, self.account
        sums = {
            asset: (cross_wallet_balance(state, account, asset), Amount(0), Amount(0))
            for asset in account_assets(state, account)
        }
        for symbol, holding in account.holdings.items():
            if holding.is_isolated:
                continue
            mark = state.markets[symbol].mark
            for leg in holding.legs(account.hedge):
                if leg.quantity:
                    asset = holding.instrument.margin_asset
                    wallet, profit, maintenance = sums[asset]
                    value = leg_notional(leg, mark)
                    sums[asset] = (
                        wallet,
                        Amount(profit + leg_unrealized(leg, mark)),
                        Amount(maintenance + leg_maintenance(holding.brackets, value)),
                    )
        return sums

    def equity_but(self, holding: Holding, risks: Iterable[LegRisk]) -> Amount:
        """``W - TMM1 + UPNL1`` for a symbol, in its margin asset.

        Over the cross symbols of that asset; in multi-assets mode over all assets, in dollars
        and back at the bid rate of the asset (our choice).
        """
        if self.sums is None:
            self.sums = self._summed()
        own_asset = holding.instrument.margin_asset
        own = list(risks)
        own_profit = sum(risk.unrealized for risk in own)
        own_maintenance = sum(risk.maintenance for risk in own)
        if not self.account.multi_assets:
            wallet, profit, maintenance = self.sums[own_asset]
            return Amount(wallet + profit - own_profit - maintenance + own_maintenance)
        dollars = 0
        for asset, (wallet, profit, maintenance) in self.sums.items():
            rates = asset_rates(self.state, asset)
            if asset == own_asset:
                profit = Amount(profit - own_profit)  # noqa: PLW2901
                maintenance = Amount(maintenance - own_maintenance)  # noqa: PLW2901
            dollars += rates.value(wallet) + rates.profit(profit) - rates.requirement(maintenance)
        return rounding.from_dollars(Amount(dollars), Price(asset_rates(self.state, own_asset).bid))
