"""``POST /insurance``: what the insurance fund has."""

from perpbox.engine.commands import SetInsurance
from perpbox.engine.ledger import INSURANCE
from perpbox.lab.accounts import known_asset
from perpbox.lab.body import Fields, invalid
from perpbox.lab.desk import LabDesk
from perpbox.money import Amount, plain


def post_insurance(desk: LabDesk, fields: Fields) -> dict[str, object]:
    """Bring the fund of an asset to a balance, from outside or to it."""
    asset = known_asset(desk, fields.text("asset"))
    balance = fields.decimal("balance")
    if balance < 0:
        invalid("balance", "0 or more", plain(balance))
    desk.submit(SetInsurance(asset, Amount(balance)))
    return {"asset": asset, "balance": plain(desk.state.ledger.balance(INSURANCE, asset))}
