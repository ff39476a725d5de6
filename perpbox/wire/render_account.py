"""account v2 and v3, balance v2 and v3: what an account has, in total and by asset."""

from typing import Final

from perpbox.engine.collateral import CrossPool, Funds
from perpbox.engine.margin import AssetRisk, asset_risk, is_active
from perpbox.engine.position import Holding, Leg
from perpbox.engine.restrictions import may_trade
from perpbox.engine.state import Account
from perpbox.money import Amount, fixed
from perpbox.views.positions import PositionRow, symbol_rows
from perpbox.wire.changes import Change
from perpbox.wire.desk import Desk
from perpbox.wire.doubles import entry_text
from perpbox.wire.market.text import truth
from perpbox.wire.params import Params
from perpbox.wire.render_risk import (
    active_rows,
    break_even_shown,
    max_notional_text,
    whole_or_fixed,
    zero_or_fixed,
)
from perpbox.wire.vintage import Vintage

SETTLEMENT_ASSET: Final = "USDT"
"""Totals of a single-asset account count this asset only (documented)."""
_ALIAS_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ALIAS_LENGTH: Final = 4
_ALIAS_STRIDE: Final = 2_654_435_761


def account_position_v2(
    holding: Holding, leg: Leg, row: PositionRow | None, vintage: Vintage
) -> str:
    """A positions row of account v2; ``row`` is None for a leg with nothing in it."""
    instrument = holding.instrument
    initial = maintenance = position_initial = open_order = notional = Amount(0)
    unrealized = Amount(0)
    entry, break_even = entry_text(0, 0, vintage), "0.0"
    if row is not None:
        risk = row.risk
        initial, maintenance = risk.initial, risk.maintenance
        position_initial, open_order = risk.position_initial, risk.open_order_initial
        notional, unrealized = risk.notional, risk.unrealized
        entry = entry_text(leg.entry_e20, instrument.price_precision, vintage)
        break_even = break_even_shown(leg, vintage)
    break_even_field = f'"breakEvenPrice":"{break_even}",' if vintage.risk_rows_extended else ""
    return (
        f'{{"symbol":"{instrument.symbol}","initialMargin":"{zero_or_fixed(initial)}",'
        f'"maintMargin":"{zero_or_fixed(maintenance)}","unrealizedProfit":"{fixed(unrealized)}",'
        f'"positionInitialMargin":"{zero_or_fixed(position_initial)}",'
        f'"openOrderInitialMargin":"{whole_or_fixed(open_order)}",'
        f'"leverage":"{holding.leverage}",'
        f'"isolated":{"true" if holding.is_isolated else "false"},"entryPrice":"{entry}",'
        f"{break_even_field}"
        f'"maxNotional":"{max_notional_text(holding, vintage)}",'
        f'"positionSide":"{leg.side.name}",'
        f'"positionAmt":"{fixed(leg.quantity, instrument.quantity_precision)}",'
        f'"notional":"{zero_or_fixed(notional)}",'
        f'"isolatedWallet":"{zero_or_fixed(leg.isolated_wallet)}",'
        f'"updateTime":{leg.updated_ms},"bidNotional":"{whole_or_fixed(leg.bid_notional)}",'
        f'"askNotional":"{whole_or_fixed(leg.ask_notional)}"}}'
    )


def account_position_v3(row: PositionRow) -> str:
    """A positions row of account v3."""
    leg, risk, instrument = row.leg, row.risk, row.holding.instrument
    return (
        f'{{"symbol":"{instrument.symbol}","positionSide":"{leg.side.name}",'
        f'"positionAmt":"{fixed(leg.quantity, instrument.quantity_precision)}",'
        f'"unrealizedProfit":"{fixed(risk.unrealized)}",'
        f'"isolatedMargin":"{zero_or_fixed(row.isolated_margin)}",'
        f'"notional":"{zero_or_fixed(risk.notional)}",'
        f'"isolatedWallet":"{zero_or_fixed(leg.isolated_wallet)}",'
        f'"initialMargin":"{zero_or_fixed(risk.initial)}",'
        f'"maintMargin":"{zero_or_fixed(risk.maintenance)}","updateTime":{leg.updated_ms}}}'
    )


def account_alias(account_id: int) -> str:
    """Short letters that stand for an account; a pure function of its id."""
    number = account_id * _ALIAS_STRIDE
    letters = []
    for _ in range(_ALIAS_LENGTH):
        number, digit = divmod(number, len(_ALIAS_LETTERS))
        letters.append(_ALIAS_LETTERS[digit])
    return "".join(letters)


def shown_assets(desk: Desk, account: Account) -> list[str]:
    """Margin assets in the order of the catalogue, then whatever else the account holds."""
    listed = [str(row["asset"]) for row in desk.catalogue.assets]
    held = [asset for asset in account.asset_updated_ms if asset not in listed]
    return listed + held


def _margin_available(desk: Desk, asset: str) -> str:
    for row in desk.catalogue.assets:
        if row["asset"] == asset:
            return "true" if row["marginAvailable"] else "false"
    return "false"


def _asset_fields(asset: str, risk: AssetRisk) -> str:
    return (
        f'{{"asset":"{asset}","walletBalance":"{fixed(risk.wallet)}",'
        f'"unrealizedProfit":"{fixed(risk.unrealized)}",'
        f'"marginBalance":"{fixed(risk.margin_balance)}",'
        f'"maintMargin":"{fixed(risk.maintenance)}","initialMargin":"{fixed(risk.initial)}",'
        f'"positionInitialMargin":"{fixed(risk.position_initial)}",'
        f'"openOrderInitialMargin":"{fixed(risk.open_order_initial)}",'
    )


def _asset_v2(desk: Desk, account: Account, asset: str, funds: Funds) -> str:
    risk = funds.risks[asset]
    return (
        f"{_asset_fields(asset, risk)}"
        f'"maxWithdrawAmount":"{fixed(funds.max_withdraw(asset))}",'
        f'"crossWalletBalance":"{fixed(risk.cross_wallet)}",'
        f'"crossUnPnl":"{fixed(risk.cross_unrealized)}",'
        f'"availableBalance":"{fixed(funds.available(asset))}",'
        f'"marginAvailable":{_margin_available(desk, asset)},'
        f'"updateTime":{account.asset_updated_ms.get(asset, 0)}}}'
    )


def _asset_v3(account: Account, asset: str, funds: Funds) -> str:
    risk = funds.risks[asset]
    return (
        f"{_asset_fields(asset, risk)}"
        f'"crossWalletBalance":"{fixed(risk.cross_wallet)}",'
        f'"crossUnPnl":"{fixed(risk.cross_unrealized)}",'
        f'"availableBalance":"{fixed(funds.available(asset))}",'
        f'"maxWithdrawAmount":"{fixed(funds.max_withdraw(asset))}",'
        f'"updateTime":{account.asset_updated_ms.get(asset, 0)}}}'
    )


def _totals(desk: Desk, account: Account, funds: Funds) -> str:
    """Totals: of one asset, or in US dollars over all of them in multi-assets mode."""
    risk = funds.total
    if risk is None:
        found = funds.risks.get(SETTLEMENT_ASSET)
        risk = found or asset_risk(desk.state, account, SETTLEMENT_ASSET)
    return (
        f'"totalInitialMargin":"{fixed(risk.initial)}",'
        f'"totalMaintMargin":"{fixed(risk.maintenance)}",'
        f'"totalWalletBalance":"{fixed(risk.wallet)}",'
        f'"totalUnrealizedProfit":"{fixed(risk.unrealized)}",'
        f'"totalMarginBalance":"{fixed(risk.margin_balance)}",'
        f'"totalPositionInitialMargin":"{fixed(risk.position_initial)}",'
        f'"totalOpenOrderInitialMargin":"{fixed(risk.open_order_initial)}",'
        f'"totalCrossWalletBalance":"{fixed(risk.cross_wallet)}",'
        f'"totalCrossUnPnl":"{fixed(risk.cross_unrealized)}",'
        f'"availableBalance":"{fixed(risk.available)}",'
        f'"maxWithdrawAmount":"{fixed(risk.max_withdraw)}",'
    )


def _funds(desk: Desk, account: Account) -> Funds:
    return Funds(desk.state, account, shown_assets(desk, account))


def _head_v2(account: Account, vintage: Vintage) -> str:
    """Flags before the totals, with the keys that the date knows."""
    burns = "true" if account.fee_burn else "false"
    fee_burn = f'"feeBurn":{burns},' if vintage.has(Change.FEE_BURN) else ""
    tells_modes = vintage.has(Change.ACCOUNT_MODES_TOLD)
    group = '"tradeGroupId":-1,' if tells_modes else ""
    joined = "true" if account.multi_assets else "false"
    multi = f'"multiAssetsMargin":{joined},' if tells_modes else ""
    return (
        f'"feeTier":{account.fee_tier},"canTrade":{truth(may_trade(account))},"canDeposit":true,"canWithdraw":true,{fee_burn}{group}'
        f'"updateTime":0,{multi}'
    )


def _positions_v2(desk: Desk, account: Account) -> str:
    rows = []
    pool = CrossPool(desk.state, account)
    for symbol, market in desk.state.markets.items():
        holding = account.holdings.get(symbol) or account.peek(market.instrument)
        legs = holding.legs(account.hedge)
        if any(is_active(leg) for leg in legs):
            for row in symbol_rows(holding, pool):
                shown = row if is_active(row.leg) else None
                rows.append(account_position_v2(holding, row.leg, shown, desk.vintage))
        else:
            rows += [account_position_v2(holding, leg, None, desk.vintage) for leg in legs]
    return ",".join(rows)


def account_v2(desk: Desk, account: Account, params: Params) -> bytes:  # noqa: ARG001
    """GET /fapi/v2/account: settings, totals, every asset and every symbol."""
    funds = _funds(desk, account)
    assets = ",".join(_asset_v2(desk, account, asset, funds) for asset in funds.risks)
    return (
        f"{{{_head_v2(account, desk.vintage)}{_totals(desk, account, funds)}"
        f'"assets":[{assets}],"positions":[{_positions_v2(desk, account)}]}}'
    ).encode()


def account_v3(desk: Desk, account: Account, params: Params) -> bytes:  # noqa: ARG001
    """GET /fapi/v3/account: totals, every asset, and the legs that are in use."""
    funds = _funds(desk, account)
    assets = ",".join(_asset_v3(account, asset, funds) for asset in funds.risks)
    positions = ",".join(account_position_v3(row) for row in active_rows(desk, account, None))
    totals = _totals(desk, account, funds)
    return f'{{{totals}"assets":[{assets}],"positions":[{positions}]}}'.encode()


def _balance(desk: Desk, account: Account) -> bytes:
    alias = account_alias(account.account_id)
    rows = []
    funds = _funds(desk, account)
    for asset, risk in funds.risks.items():
        rows.append(
            f'{{"accountAlias":"{alias}","asset":"{asset}","balance":"{fixed(risk.wallet)}",'
            f'"crossWalletBalance":"{fixed(risk.cross_wallet)}",'
            f'"crossUnPnl":"{fixed(risk.cross_unrealized)}",'
            f'"availableBalance":"{fixed(funds.available(asset))}",'
            f'"maxWithdrawAmount":"{fixed(funds.max_withdraw(asset))}",'
            f'"marginAvailable":{_margin_available(desk, asset)},'
            f'"updateTime":{account.asset_updated_ms.get(asset, 0)}}}'
        )
    return f"[{','.join(rows)}]".encode()


def balance_v2(desk: Desk, account: Account, params: Params) -> bytes:  # noqa: ARG001
    """GET /fapi/v2/balance: one row a margin asset."""
    return _balance(desk, account)


def balance_v3(desk: Desk, account: Account, params: Params) -> bytes:  # noqa: ARG001
    """GET /fapi/v3/balance: the rows of v2."""
    return _balance(desk, account)
