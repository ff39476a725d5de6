"""``GET /accounts``: who trades here, and how each of them stands."""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from perpbox.engine.state import Account
from perpbox.lab.body import ACCOUNT_ID_MAX, Fields
from perpbox.lab.desk import LabDesk
from perpbox.lab.watch import limit_of
from perpbox.money import plain
from perpbox.views.standing import Standing
from perpbox.wire.auth import Ed25519, Hmac
from perpbox.wire.preview_figures import ratio_text

ACCOUNTS_SHOWN_MAX: Final = 1_000


def get_accounts(desk: LabDesk, fields: Fields) -> list[dict[str, object]]:
    """A page of accounts, by their numbers."""
    from_id = fields.whole("fromId", 0, ACCOUNT_ID_MAX) if fields.has("fromId") else 0
    labels = {grant.key: grant.label for grant in desk.genesis.grants if grant.label}
    page = islice(_from(desk, from_id), limit_of(fields, ACCOUNTS_SHOWN_MAX))
    return [_row(desk, account, labels) for account in page]


def _from(desk: LabDesk, from_id: int) -> Iterator[Account]:
    accounts = desk.state.accounts
    last_id = next(reversed(accounts), 0)
    for account_id in range(max(1, from_id), last_id + 1):
        account = accounts.get(account_id)
        if account is not None:
            yield account


def _row(desk: LabDesk, account: Account, labels: dict[str, str]) -> dict[str, object]:
    standing = Standing(desk.state, account)
    row: dict[str, object] = {"account": account.account_id}
    if account.api_key in labels:
        row["label"] = labels[account.api_key]
    return row | {
        "key": account.api_key,
        "keyType": _key_type(desk, account),
        "hedge": account.hedge,
        "multiAssets": account.multi_assets,
        "wallets": {
            asset: plain(risk.wallet) for asset, risk in standing.funds.risks.items() if risk.wallet
        },
        "equity": plain(standing.equity),
        "marginRatio": ratio_text(standing.worst_ratio),
        "positions": sum(
            1
            for holding in account.holdings.values()
            for leg in holding.legs(account.hedge)
            if leg.quantity
        ),
        "openOrders": len(account.open_orders),
    }


def _key_type(desk: LabDesk, account: Account) -> str | None:
    key = desk.keys.get(account.api_key.encode())
    if key is None:
        return None
    if isinstance(key.verifier, Hmac):
        return "HMAC"
    return "ED25519" if isinstance(key.verifier, Ed25519) else "RSA"
