"""``POST /accounts`` and ``POST /deposits``: who trades, and with what."""

from typing import Final

from perpbox.engine.commands import Deposit
from perpbox.engine.events import Rejected
from perpbox.engine.rejects import Reject
from perpbox.lab.body import ACCOUNT_ID_MAX, Fields, invalid
from perpbox.lab.desk import LabDesk
from perpbox.lab.errors import LabCode, LabError
from perpbox.lab.refusals import known_symbol, refused
from perpbox.lab.terms import open_account
from perpbox.lab.wishes import AccountRefused, AccountWish
from perpbox.money import SCALE, Amount, Rate, plain

FEE_MAX: Final = SCALE // 10
"""Largest commission rate of an account: 10 %."""
FEE_TIER_MAX: Final = 1000
COEFFICIENTS_MAX: Final = 1000
"""Symbols whose brackets one request may scale."""
WALLETS_DEFAULT: Final = {"USDT": Amount(0)}

Answer = dict[str, object]


def post_accounts(desk: LabDesk, fields: Fields) -> Answer:
    """Open an account and give its key and secret."""
    wish = AccountWish(
        wallets=_wallets(desk, fields),
        maker_fee=_fee(fields, "makerFee"),
        taker_fee=_fee(fields, "takerFee"),
        hedge=fields.flag("hedge"),
        multi_assets=fields.flag("multiAssets"),
        fee_tier=0 if _absent(fields, "feeTier") else fields.whole("feeTier", 0, FEE_TIER_MAX),
        fee_burn=fields.flag("feeBurn"),
        notional_coefficients=_coefficients(desk, fields),
        public_key_pem="" if _absent(fields, "publicKey") else fields.text("publicKey"),
    )
    try:
        opened = open_account(desk, wish)
    except AccountRefused as error:
        raise LabError(LabCode.FIELD_INVALID, str(error)) from None
    secret = opened.secret or None
    return {"account": opened.account_id, "key": opened.key, "secret": secret}


def post_deposits(desk: LabDesk, fields: Fields) -> Answer:
    """Move money in from outside, or out (negative), whatever open positions need."""
    account_id = fields.whole("account", 1, ACCOUNT_ID_MAX)
    asset = known_asset(desk, fields.text("asset"))
    amount = Amount(fields.decimal("amount"))
    for event in desk.submit(Deposit(account_id, asset, amount)):
        if isinstance(event, Rejected):
            if event.reason is Reject.ACCOUNT_UNKNOWN:
                raise LabError(LabCode.ACCOUNT_UNKNOWN, f"there is no account {account_id}")
            raise refused(event)
    balance = desk.state.ledger.balance(account_id, asset)
    return {"account": account_id, "asset": asset, "balance": plain(balance)}


def known_asset(desk: LabDesk, asset: str) -> str:
    """Give the asset back, or refuse one that no contract of this box knows."""
    known = sorted(str(row["asset"]) for row in desk.catalogue.assets)
    if asset not in known:
        raise LabError(
            LabCode.ASSET_UNKNOWN, f"there is no asset {asset[:20]!r}; there are {', '.join(known)}"
        )
    return asset


def _wallets(desk: LabDesk, fields: Fields) -> dict[str, Amount]:
    if _absent(fields, "wallets"):
        return dict(WALLETS_DEFAULT)
    wallets: dict[str, Amount] = {}
    for asset, amount in fields.wallets("wallets").items():
        if amount < 0:
            invalid(f"wallets.{asset}", "0 or more", plain(amount))
        wallets[known_asset(desk, asset)] = Amount(amount)
    return wallets


def _coefficients(desk: LabDesk, fields: Fields) -> dict[str, Rate]:
    name = "notionalCoef"
    if _absent(fields, name):
        return {}
    found = fields.decimals(name, 'an object such as {"BTCUSDT":"1.5"}', COEFFICIENTS_MAX)
    return {known_symbol(desk, symbol): Rate(number) for symbol, number in found.items()}


def _fee(fields: Fields, name: str) -> Rate | None:
    if _absent(fields, name):
        return None
    fee = fields.decimal(name)
    if not -FEE_MAX <= fee <= FEE_MAX:
        invalid(name, f"from -{plain(FEE_MAX)} to {plain(FEE_MAX)}", plain(fee))
    return Rate(fee)


def _absent(fields: Fields, name: str) -> bool:
    return not fields.has(name) or fields.is_null(name)
