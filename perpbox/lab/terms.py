"""The terms of an account: checked before it is opened, and what the lab changes later."""

from typing import Final

from perpbox.engine.commands import Command, RestrictAccount, SetAutoAddMargin
from perpbox.engine.events import Rejected
from perpbox.engine.rejects import Reject
from perpbox.engine.state import State
from perpbox.engine.types import Restriction
from perpbox.lab.body import ACCOUNT_ID_MAX, Fields, invalid
from perpbox.lab.desk import LabDesk
from perpbox.lab.errors import LabCode, LabError
from perpbox.lab.refusals import known_symbol, refused
from perpbox.lab.wishes import AccountRefused, AccountWish, OpenedAccount
from perpbox.money import SCALE, Rate, plain

COEFFICIENT_MAX: Final = Rate(1000 * SCALE)
"""Largest scale of an account's brackets."""


def open_account(desk: LabDesk, wish: AccountWish) -> OpenedAccount:
    """Open an account on its terms, or none.

    Raises:
        AccountRefused: a term or the public key cannot be used, or the exchange refuses.
    """
    _check_terms(desk.state, wish)
    return desk.open_account(wish)


def _check_terms(state: State, wish: AccountWish) -> None:
    highest = max(0, len(state.fee_tiers) - 1)
    if not 0 <= wish.fee_tier <= highest:
        raise AccountRefused(f"feeTier must be from 0 to {highest}, not {wish.fee_tier}")
    for symbol, coefficient in wish.notional_coefficients.items():
        if symbol not in state.markets:
            raise AccountRefused(f"notionalCoef: there is no symbol {symbol[:40]!r} on the board")
        if not 0 < coefficient <= COEFFICIENT_MAX:
            raise AccountRefused(
                f"notionalCoef.{symbol} must be above 0 and at most {plain(COEFFICIENT_MAX)}, "
                f"not {plain(coefficient)}"
            )


def post_auto_add_margin(desk: LabDesk, fields: Fields) -> dict[str, object]:
    """Let an isolated symbol draw on the cross wallet before it is liquidated, or not."""
    account_id = fields.whole("account", 1, ACCOUNT_ID_MAX)
    symbol = known_symbol(desk, fields.text("symbol"))
    if not fields.has("on"):
        raise LabError(LabCode.FIELD_MISSING, "on is missing")
    is_on = fields.flag("on")
    _submit(desk, SetAutoAddMargin(account_id, symbol, is_on), account_id)
    return {"account": account_id, "symbol": symbol, "on": is_on}


def post_restrictions(desk: LabDesk, fields: Fields) -> dict[str, object]:
    """Forbid an account something, as the venue does, or nothing any more."""
    account_id = fields.whole("account", 1, ACCOUNT_ID_MAX)
    word = fields.text("restriction")
    known = {each.value: each for each in Restriction}
    if word not in known:
        invalid("restriction", f"one of {', '.join(known)}", word)
    _submit(desk, RestrictAccount(account_id, known[word]), account_id)
    return {"account": account_id, "restriction": word}


def _submit(desk: LabDesk, command: Command, account_id: int) -> None:
    """Apply a command about an account, which may not be there."""
    for event in desk.submit(command):
        if isinstance(event, Rejected):
            if event.reason is Reject.ACCOUNT_UNKNOWN:
                raise LabError(LabCode.ACCOUNT_UNKNOWN, f"there is no account {account_id}")
            raise refused(event)
