"""``GET /explain/…``: how each number came about."""

from perpbox.lab.body import Fields, invalid
from perpbox.lab.desk import LabDesk
from perpbox.lab.refusals import known_account, known_symbol
from perpbox.wire.render_explain import explain_market, explain_symbol


def get_position_risk(desk: LabDesk, fields: Fields) -> dict[str, object]:
    """Explain the rows of a symbol, its margin asset and the account's totals."""
    account = known_account(desk, fields)
    symbol = known_symbol(desk, fields.text("symbol"))
    side = _side(fields)
    told = explain_symbol(desk, account, symbol, side) | {"market": explain_market(desk, symbol)}
    if side is not None and not told["positions"]:
        shown = "LONG or SHORT" if account.hedge else "BOTH"
        invalid("positionSide", f"{shown} in this account's position mode", side)
    return told


def get_market(desk: LabDesk, fields: Fields) -> dict[str, object]:
    """Explain mark price, index price and funding rate of a symbol."""
    return explain_market(desk, known_symbol(desk, fields.text("symbol")))


def _side(fields: Fields) -> str | None:
    return fields.text("positionSide") if fields.has("positionSide") else None
