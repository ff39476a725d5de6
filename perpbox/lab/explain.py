"""``GET /explain/positionRisk``: how each number came about."""

from perpbox.lab.body import ACCOUNT_ID_MAX, Fields
from perpbox.lab.desk import LabDesk
from perpbox.lab.errors import LabCode, LabError
from perpbox.lab.refusals import known_symbol
from perpbox.wire.render_explain import explain_symbol


def get_position_risk(desk: LabDesk, fields: Fields) -> dict[str, object]:
    """Explain the rows of a symbol, its margin asset and the account's totals."""
    account_id = fields.whole("account", 1, ACCOUNT_ID_MAX)
    symbol = known_symbol(desk, fields.text("symbol"))
    account = desk.state.accounts.get(account_id)
    if account is None:
        raise LabError(LabCode.ACCOUNT_UNKNOWN, f"there is no account {account_id}")
    return explain_symbol(desk, account, symbol)
