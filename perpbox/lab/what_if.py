"""``POST /whatif``: an account at other prices."""

from typing import Final

from perpbox.engine.state import Account
from perpbox.lab.body import Fields, invalid
from perpbox.lab.desk import LabDesk
from perpbox.lab.errors import LabCode, LabError
from perpbox.lab.refusals import known_account, known_symbol
from perpbox.money import SCALE, Rate, plain
from perpbox.views.what_if import Moves, Outcome, what_if
from perpbox.wire.preview_figures import ratio_text

MOVES_MAX: Final = 1_000
"""Symbols that one scenario may move."""
STEPS_MAX: Final = 201
STEPS_DEFAULT: Final = 101
MOVE_MAX: Final = 100 * SCALE
"""A price rises to at most 101 times itself."""


def post_what_if(desk: LabDesk, fields: Fields) -> dict[str, object]:
    """Tell how an account would stand after moves, or along a range of them."""
    account = known_account(desk, fields)
    if fields.has("moves") and any(fields.has(name) for name in ("from", "to", "steps", "symbol")):
        raise LabError(LabCode.FIELD_UNKNOWN, "give either moves, or from, to and steps")
    steps = [_moves(desk, fields)] if fields.has("moves") else _range(desk, account, fields)
    outcomes = what_if(desk.state, account.account_id, steps)
    return {"account": account.account_id, "steps": [_shown(outcome) for outcome in outcomes]}


def _moves(desk: LabDesk, fields: Fields) -> Moves:
    expected = 'an object such as {"BTCUSDT":"-0.1"}'
    found = fields.decimals("moves", expected, MOVES_MAX)
    return {
        known_symbol(desk, symbol): _move(f"moves.{symbol}", change)
        for symbol, change in found.items()
    }


def _move(name: str, change: int) -> Rate:
    if not -SCALE < change <= MOVE_MAX:
        invalid(name, f"above -1 and at most {plain(MOVE_MAX)}", plain(change))
    return Rate(change)


def _range(desk: LabDesk, account: Account, fields: Fields) -> list[Moves]:
    """Steps of equal width from one share to the other: of a symbol, or of all that are held."""
    first, last = (_move(name, fields.decimal(name)) for name in ("from", "to"))
    count = fields.whole("steps", 2, STEPS_MAX) if fields.has("steps") else STEPS_DEFAULT
    if fields.has("symbol"):
        symbols = [known_symbol(desk, fields.text("symbol"))]
    else:
        symbols = [
            symbol
            for symbol, holding in account.holdings.items()
            if any(leg.quantity for leg in holding.legs(account.hedge))
        ]
    changes = (first + (last - first) * step // (count - 1) for step in range(count))
    return [dict.fromkeys(symbols, Rate(change)) for change in changes]


def _shown(outcome: Outcome) -> dict[str, object]:
    return {
        "moves": {symbol: plain(change) for symbol, change in outcome.moves.items()},
        "marks": {symbol: plain(mark) for symbol, mark in outcome.marks.items()},
        "pnl": plain(outcome.unrealized),
        "pnlChange": plain(outcome.change),
        "equity": plain(outcome.equity),
        "maintMargin": plain(outcome.maintenance),
        "marginRatio": ratio_text(outcome.margin_ratio),
        "dead": [{"symbol": symbol, "positionSide": side.name} for symbol, side in outcome.dead],
    }
