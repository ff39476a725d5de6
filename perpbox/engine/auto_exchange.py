"""Automatic exchange in multi-assets mode: what is owed in one asset is paid out of the others.

On three occasions (page): a wallet falls below the threshold of its asset; a liquidation left a
wallet negative; or an account without positions and orders owes as much as its collateral is
worth. The debt is paid whole, as far as there is anything to give, by each wallet in proportion
to what it is worth.
"""

from perpbox import rounding
from perpbox.engine.adl import rank_again
from perpbox.engine.assets import asset_rates, exchange_rates
from perpbox.engine.collateral import account_assets
from perpbox.engine.ledger import CONVERSION
from perpbox.engine.state import Account, State
from perpbox.engine.turn import Turn
from perpbox.engine.types import LedgerKind
from perpbox.money import Amount


def exchange_debts(turn: Turn) -> bool:
    """Exchange for every account of this turn that has to, once a command; tell if any did."""
    cascade = turn.cascade
    if cascade is None:
        return False
    pooled, cascade.pooled = cascade.pooled, {}
    exchanged = False
    for account_id in pooled:
        account = turn.state.accounts[account_id]
        if account.multi_assets and account_id not in cascade.exchanged:
            for asset in _due_assets(turn, account):
                if _pay_debt(turn, account, asset):
                    cascade.exchanged[account_id] = None
                    exchanged = True
    return exchanged


def _wallets(state: State, account: Account) -> dict[str, Amount]:
    """What the account has of each asset; nothing is set aside in multi-assets mode."""
    return {
        asset: state.ledger.balance(account.account_id, asset) for asset in account_assets(account)
    }


def _due_assets(turn: Turn, account: Account) -> list[str]:
    """Assets whose debt has to be paid now."""
    wallets = _wallets(turn.state, account)
    owed = [asset for asset, wallet in wallets.items() if wallet < 0]
    if not owed:
        return []
    if account.account_id in turn.in_cascade().liquidated:
        return owed
    if _is_covered_no_more(turn.state, account, wallets):
        return owed
    listed = turn.state.assets
    return [
        asset
        for asset in owed
        if asset in listed and wallets[asset] < listed[asset].exchange_threshold
    ]


def _is_covered_no_more(state: State, account: Account, wallets: dict[str, Amount]) -> bool:
    """Whether an account at rest owes as much as its other wallets count for as collateral."""
    if account.open_orders or account.holds_positions():
        return False
    worth = sum(asset_rates(state, asset).value(wallet) for asset, wallet in wallets.items())
    return worth <= 0


def _pay_debt(turn: Turn, account: Account, asset: str) -> bool:
    """Pay what is owed of one asset; whether anything was there to pay it with."""
    state = turn.state
    rates = exchange_rates(state, asset)
    wallets = _wallets(state, account)
    values = {
        other: exchange_rates(state, other).value(wallet)
        for other, wallet in wallets.items()
        if wallet > 0
    }
    worth = Amount(sum(values.values()))
    if not worth or not rates.ask:
        return False
    debt = Amount(-wallets[asset])
    needed = rounding.dollars_for_debt(debt, rates.ask)
    credited = debt
    if worth < needed:
        needed = worth
        credited = Amount(min(debt, rounding.from_dollars(worth, rates.ask)))
    for other, value in values.items():
        given = rounding.share_of_debt(wallets[other], needed, worth)
        if value and given:
            _post(turn, account, other, Amount(-given))
    _post(turn, account, asset, credited)
    turn.margin_touched[account.account_id] = None
    account.updated_ms = turn.at_ms
    if account.holds_positions():
        rank_again(state, turn.at_ms)
    return True


def _post(turn: Turn, account: Account, asset: str, amount: Amount) -> None:
    turn.post(account, LedgerKind.AUTO_EXCHANGE, CONVERSION, asset, amount)
