"""The account as JSON for programs: the strings that the server would print."""

import json

from perpbox.calculator.desk import PaperDesk
from perpbox.engine.collateral import CrossPool
from perpbox.money import fixed
from perpbox.wire.params import Params
from perpbox.wire.render_account import account_v2
from perpbox.wire.render_risk import position_risk_v3, rows_of_symbol_v2


def answers(desk: PaperDesk, *, with_terms: bool = False) -> dict[str, object]:
    """``positionRiskV2`` (rows as with ``symbol=``), ``positionRiskV3`` and ``account``.

    ``with_terms`` adds ``explain``: the terms of each number, as the lab's explain route tells
    them for one symbol.
    """
    account, nothing = desk.account, Params({})
    # One pool of cross equity for all symbols, where the endpoint makes one for each request.
    pool = CrossPool(desk.state, account)
    rows: list[object] = []
    for symbol, market in desk.state.markets.items():
        made = rows_of_symbol_v2(desk, account, symbol, pool, fixed(market.mark))
        rows += [json.loads(row) for row in made]
    found: dict[str, object] = {
        "positionRiskV2": rows,
        "positionRiskV3": json.loads(position_risk_v3(desk, account, nothing)),
        "account": json.loads(account_v2(desk, account, nothing)),
    }
    if with_terms:
        # Explaining is loaded only where something is explained.
        from perpbox.wire.render_explain import explain_account  # noqa: PLC0415

        found["explain"] = explain_account(desk, account)
    return found


def json_text(value: object) -> str:
    """Indented JSON; no number of it is a float."""
    return json.dumps(value, indent=2, ensure_ascii=False)
