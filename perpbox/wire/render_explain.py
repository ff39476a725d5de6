"""Explanations as plain data, each with the strings that the endpoints print for it.

The strings are read out of the endpoints' own answers, so what is explained is what is printed.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from perpbox.engine.collateral import CrossPool
from perpbox.engine.margin import is_active
from perpbox.engine.position import Holding, Leg
from perpbox.engine.state import Account
from perpbox.views.explain_funds import FundsExplainer
from perpbox.views.explain_legs import LegExplainer
from perpbox.views.explain_liquidation import explain_liquidation
from perpbox.views.explain_market import MarketExplainer
from perpbox.views.explained import Explanation
from perpbox.views.positions import PositionRow, symbol_rows
from perpbox.wire.desk import Desk
from perpbox.wire.explain_break_even import explain_break_even
from perpbox.wire.explain_entry import explain_entry
from perpbox.wire.market.funding import premium_index
from perpbox.wire.params import Params
from perpbox.wire.render_account import account_v2, shown_assets
from perpbox.wire.render_risk import break_even_shown, position_risk_v2, position_risk_v3

RISK_V2: Final = "positionRisk v2"
RISK_V3: Final = "positionRisk v3"
ACCOUNT: Final = "account v2"
PREMIUM: Final = "premiumIndex"
Row = Mapping[str, object]

_NAME_IN_ACCOUNT: Final = {"unRealizedProfit": "unrealizedProfit"}
_EIGHT_ALWAYS: Final = "8 decimals"
_EIGHT_OR_ZERO: Final = "8 decimals; zero prints 0"
_FORMS: Final = {
    "breakEvenPrice": "shortest text of the double; zero prints 0.0",
    "entryPrice": "shortest text of the double; zero prints 0.0",
    "liquidationPrice": _EIGHT_OR_ZERO,
    "notional": _EIGHT_OR_ZERO,
    "initialMargin": _EIGHT_OR_ZERO,
    "positionInitialMargin": _EIGHT_OR_ZERO,
    "maintMargin": _EIGHT_OR_ZERO,
    "isolatedMargin": "8 decimals; in v3 zero prints 0",
    "openOrderInitialMargin": "8 decimals; a whole amount prints none",
}
"""How a field of a position is written; the others: 8 decimals."""


def explain_symbol(
    desk: Desk, account: Account, symbol: str, side: str | None = None
) -> dict[str, object]:
    """Explain the rows of a symbol, its margin asset and, in multi-assets mode, the totals.

    Gives ``account``, ``multiAssetsMargin``, ``positions`` (``symbol``, ``positionSide``,
    ``fields``), ``assets`` (``asset``, ``fields``) and ``totals``; ``fields`` and ``totals`` are
    explanations by field.
    """
    instrument = desk.state.markets[symbol].instrument
    holding = account.holdings.get(symbol) or account.peek(instrument)
    legs = [leg for leg in holding.legs(account.hedge) if side in (None, leg.side.name)]
    return _Answer(desk, account).explain([(holding, legs)], [instrument.margin_asset])


def explain_market(desk: Desk, symbol: str) -> dict[str, object]:
    """Explain mark price, index price and funding rate: ``symbol``, ``fields``."""
    market = desk.state.markets[symbol]
    row = json.loads(premium_index(desk, None, Params({"symbol": symbol})))
    explained = MarketExplainer(market, desk.now_ms()).explanations()
    return {"symbol": symbol, "fields": _fields(explained, {PREMIUM: row})}


def explain_account(desk: Desk, account: Account) -> dict[str, object]:
    """Explain every row and margin asset that an account uses; the shape of ``explain_symbol``."""
    used: list[tuple[Holding, Sequence[Leg]]] = []
    assets: list[str] = []
    for holding in account.holdings.values():
        legs = [leg for leg in holding.legs(account.hedge) if is_active(leg)]
        if legs:
            used.append((holding, legs))
            assets.append(holding.instrument.margin_asset)
    balances = desk.state.ledger.balances
    assets += [asset for holder, asset in balances if holder == account.account_id]
    return _Answer(desk, account).explain(used, list(dict.fromkeys(assets)))


class _Answer:
    """One account's printed answers, and what explains them."""

    def __init__(self, desk: Desk, account: Account) -> None:
        self.desk = desk
        self.account = account
        self.pool = CrossPool(desk.state, account)
        self.funds = FundsExplainer(desk.state, account, shown_assets(desk, account))
        self.printed = json.loads(account_v2(desk, account, Params({})))
        self.printed_assets: dict[str, Row] = {
            str(row["asset"]): row for row in self.printed["assets"]
        }

    def explain(
        self, holdings: Iterable[tuple[Holding, Sequence[Leg]]], assets: Iterable[str]
    ) -> dict[str, object]:
        known = self.printed_assets
        return {
            "account": self.account.account_id,
            "multiAssetsMargin": self.account.multi_assets,
            "positions": [
                position
                for holding, legs in holdings
                for position in self._positions(holding, legs)
            ],
            "assets": [
                {
                    "asset": asset,
                    "fields": _fields(self.funds.asset(asset), {ACCOUNT: known[asset]}),
                }
                for asset in assets
                if asset in known
            ],
            "totals": _fields(self.funds.totals(), {ACCOUNT: self.printed}),
        }

    def _positions(self, holding: Holding, legs: Sequence[Leg]) -> Iterable[dict[str, object]]:
        symbol = holding.instrument.symbol
        params = Params({"symbol": symbol})
        answers: dict[str, list[Row]] = {
            RISK_V2: json.loads(position_risk_v2(self.desk, self.account, params)),
            RISK_V3: json.loads(position_risk_v3(self.desk, self.account, params)),
            ACCOUNT: self.printed["positions"],
        }
        rows = symbol_rows(holding, self.pool)
        for row in rows:
            if row.leg not in legs:
                continue
            side = row.leg.side.name
            own = {
                name: found
                for name, listed in answers.items()
                for found in listed
                if found["symbol"] == symbol and found["positionSide"] == side
            }
            yield {
                "symbol": symbol,
                "positionSide": side,
                "fields": _fields(self._explained(rows, row), own, _FORMS),
            }

    def _explained(self, rows: Sequence[PositionRow], row: PositionRow) -> list[Explanation]:
        state, vintage = self.desk.state, self.desk.vintage
        shown = break_even_shown(row.leg, vintage)
        return [
            explain_liquidation(rows, row, self.pool),
            explain_break_even(row, shown, vintage),
            explain_entry(row.holding, row.leg, vintage),
            *LegExplainer(row, state.rules.initial_margin_rounds_up).explanations(),
        ]


def _fields(
    explained: Iterable[Explanation],
    rows: Mapping[str, Row],
    forms: Mapping[str, str] | None = None,
) -> dict[str, object]:
    """Explanations by field, with what each endpoint prints."""
    found: dict[str, object] = {}
    for each in explained:
        names = (each.field, _NAME_IN_ACCOUNT.get(each.field, each.field))
        printed = {
            endpoint: str(row[name])
            for endpoint, row in rows.items()
            for name in dict.fromkeys(names)
            if name in row
        }
        form = (forms or {}).get(each.field, _EIGHT_ALWAYS)
        told = msgspec.structs.replace(each, printed=printed, form=form)
        found[each.field] = msgspec.to_builtins(told)
    return found
