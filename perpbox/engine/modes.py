"""Account-wide terms: asset mode, fee payment, fee tier, notional coefficient, asset prices."""

from perpbox.engine.adl import rank_again
from perpbox.engine.assets import asset_rates
from perpbox.engine.collateral import Funds, account_assets, collateral_risk
from perpbox.engine.commands import (
    ChangeAssetMode,
    ListAsset,
    SetAssetIndex,
    SetAutoAddMargin,
    SetFeeBurn,
    SetFeeTier,
    SetNotionalCoefficient,
    SignTradFiAgreement,
)
from perpbox.engine.events import AccountTermsChanged, AssetModeChanged, Rejected
from perpbox.engine.rejects import Reject
from perpbox.engine.state import Account
from perpbox.engine.turn import Turn, refuse


def _touched(turn: Turn, account: Account) -> None:
    account.version += 1
    turn.emit(AccountTermsChanged(account.account_id, turn.at_ms))


def list_asset(turn: Turn, command: ListAsset) -> Rejected | None:
    """Name a margin asset with its buffers."""
    turn.state.assets[command.asset.asset] = command.asset
    _all_moved(turn)
    return None


def set_asset_index(turn: Turn, command: SetAssetIndex) -> Rejected | None:
    """Hold the dollar index of an asset (lab); 0 lets it go."""
    if command.asset not in turn.state.assets:
        return refuse(Reject.ASSET_UNKNOWN)
    if command.index < 0:
        return refuse(Reject.PRICE_NOT_POSITIVE)
    if command.index:
        turn.state.asset_indexes[command.asset] = command.index
    else:
        turn.state.asset_indexes.pop(command.asset, None)
    _all_moved(turn)
    return None


def _all_moved(turn: Turn) -> None:
    """Asset prices reach every account that holds several assets as collateral."""
    for account in turn.state.accounts.values():
        account.version += 1
    turn.margin_touched.update(turn.state.multi_assets_accounts)


def change_asset_mode(turn: Turn, command: ChangeAssetMode) -> Rejected | None:
    """Switch between single-asset and multi-assets mode."""
    account = turn.state.accounts.get(command.account_id)
    if account is None:
        return refuse(Reject.ACCOUNT_UNKNOWN)
    if account.multi_assets is command.multi_assets:
        return refuse(Reject.ASSET_MODE_SAME)
    refused = _asset_mode_refusal(turn, account, command.multi_assets)
    if refused is not None:
        return refused
    account.multi_assets = command.multi_assets
    if command.multi_assets:
        turn.state.multi_assets_accounts[account.account_id] = None
    else:
        turn.state.multi_assets_accounts.pop(account.account_id, None)
    turn.margin_touched[account.account_id] = None
    account.version += 1
    turn.emit(AssetModeChanged(account.account_id, command.multi_assets, turn.at_ms))
    return None


def _asset_mode_refusal(turn: Turn, account: Account, multi_assets: bool) -> Rejected | None:
    if account.open_orders:
        return refuse(Reject.ASSET_MODE_HAS_ORDERS)
    if multi_assets:
        return _multi_assets_refusal(turn, account)
    return _single_asset_refusal(turn, account)


def _multi_assets_refusal(turn: Turn, account: Account) -> Rejected | None:
    """Going there, no symbol may be isolated, and the dollar sums must cover the margin."""
    if any(holding.is_isolated for holding in account.holdings.values()):
        return refuse(Reject.ASSET_MODE_HAS_ISOLATED)
    funds = Funds(turn.state, account, account_assets(account))
    total = collateral_risk(turn.state, funds.risks)
    if total.cross_wallet + total.cross_unrealized < total.cross_initial:
        return refuse(Reject.ASSET_MODE_MARGIN_INSUFFICIENT)
    return None


def _single_asset_refusal(turn: Turn, account: Account) -> Rejected | None:
    """Going back, every asset must stand on its own."""
    funds = Funds(turn.state, account, account_assets(account))
    for asset, risk in funds.risks.items():
        if risk.wallet < 0 and asset_rates(turn.state, asset).index:
            return refuse(Reject.ASSET_MODE_NEGATIVE_BALANCE)
        if risk.cross_wallet + risk.cross_unrealized < risk.cross_initial:
            return refuse(Reject.ASSET_MODE_MARGIN_INSUFFICIENT)
    return None


def set_fee_burn(turn: Turn, command: SetFeeBurn) -> Rejected | None:
    """Pay commissions in the discount asset while there is enough of it; same again is fine."""
    account = turn.state.accounts.get(command.account_id)
    if account is None:
        return refuse(Reject.ACCOUNT_UNKNOWN)
    account.fee_burn = command.fee_burn
    _touched(turn, account)
    return None


def sign_tradfi_agreement(turn: Turn, command: SignTradFiAgreement) -> Rejected | None:
    """Let an account trade contracts on traditional assets; signing again is fine."""
    account = turn.state.accounts.get(command.account_id)
    if account is None:
        return refuse(Reject.ACCOUNT_UNKNOWN)
    account.tradfi_signed = True
    _touched(turn, account)
    return None


def set_fee_tier(turn: Turn, command: SetFeeTier) -> Rejected | None:
    """Move an account to a fee tier (lab)."""
    account = turn.state.accounts.get(command.account_id)
    if account is None:
        return refuse(Reject.ACCOUNT_UNKNOWN)
    if not 0 <= command.fee_tier < max(1, len(turn.state.fee_tiers)):
        return refuse(Reject.FEE_TIER_UNKNOWN, len(turn.state.fee_tiers) - 1)
    account.fee_tier = command.fee_tier
    _touched(turn, account)
    return None


def set_notional_coefficient(turn: Turn, command: SetNotionalCoefficient) -> Rejected | None:
    """Scale an account's brackets in one symbol (lab)."""
    account = turn.state.accounts.get(command.account_id)
    market = turn.state.markets.get(command.symbol)
    if account is None:
        return refuse(Reject.ACCOUNT_UNKNOWN)
    if market is None:
        return refuse(Reject.SYMBOL_UNKNOWN)
    if command.coefficient <= 0:
        return refuse(Reject.COEFFICIENT_NOT_POSITIVE)
    holding = account.peek(market.instrument)
    account.holdings[command.symbol] = holding
    holding.set_terms(market.instrument, command.coefficient)
    turn.margin_touched[account.account_id] = None
    if market.holders:
        rank_again(turn.state, turn.at_ms)
    _touched(turn, account)
    return None


def set_auto_add_margin(turn: Turn, command: SetAutoAddMargin) -> Rejected | None:
    """Let an isolated symbol draw on the cross wallet before it is liquidated."""
    account = turn.state.accounts.get(command.account_id)
    market = turn.state.markets.get(command.symbol)
    if account is None:
        return refuse(Reject.ACCOUNT_UNKNOWN)
    if market is None:
        return refuse(Reject.SYMBOL_UNKNOWN)
    holding = account.peek(market.instrument)
    if not holding.is_isolated:
        return refuse(Reject.AUTO_ADD_NOT_ISOLATED)
    if holding.is_auto_add is command.is_on:
        return refuse(Reject.AUTO_ADD_SAME)
    holding.is_auto_add = command.is_on
    holding.version += 1
    _touched(turn, account)
    return None
