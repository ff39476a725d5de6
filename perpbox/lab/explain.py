"""``GET /explain/positionRisk``: how each number came about."""

from perpbox.lab.body import Fields
from perpbox.lab.desk import LabDesk
from perpbox.lab.refusals import known_account, known_symbol
from perpbox.wire.render_explain import explain_symbol


def get_position_risk(desk: LabDesk, fields: Fields) -> dict[str, object]:
    """Explain the rows of a symbol, its margin asset and the account's totals."""
    account = known_account(desk, fields)
    symbol = known_symbol(desk, fields.text("symbol"))
    return explain_symbol(desk, account, symbol)
