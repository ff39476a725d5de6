"""What the venue forbids a single account, and what it says of it."""

from typing import Final

from perpbox.engine.commands import RestrictAccount
from perpbox.engine.events import AccountTermsChanged, Rejected
from perpbox.engine.rejects import Reject
from perpbox.engine.state import Account
from perpbox.engine.turn import Turn, refuse
from perpbox.engine.types import Restriction

REFUSALS: Final[dict[Restriction, tuple[Reject, bool]]] = {
    Restriction.REDUCE_ONLY: (Reject.RESTRICTED_REDUCE_ONLY, True),
    Restriction.SYMBOL_REDUCE_ONLY: (Reject.RESTRICTED_SYMBOL_REDUCE_ONLY, True),
    Restriction.QUANTITATIVE_RULES: (Reject.RESTRICTED_QUANTITATIVE_RULES, True),
    Restriction.LARGE_POSITION: (Reject.RESTRICTED_LARGE_POSITION, True),
    Restriction.NO_ORDERS: (Reject.RESTRICTED_NO_ORDERS, False),
    Restriction.INACTIVE: (Reject.RESTRICTED_INACTIVE, False),
    Restriction.COOLING_OFF: (Reject.RESTRICTED_COOLING_OFF, False),
    Restriction.REGION: (Reject.RESTRICTED_REGION, False),
}
"""Restriction -> (refusal, whether orders that only reduce are taken). Locked keys stay outside."""


def restriction_refusal(account: Account, reduces: bool) -> Rejected | None:
    """Whether an account may enter or change such an order."""
    found = REFUSALS.get(account.restriction)
    if found is None or (reduces and found[1]):
        return None
    return refuse(found[0])


def may_trade(account: Account) -> bool:
    """Whether there are orders that the account may enter."""
    found = REFUSALS.get(account.restriction)
    return found is None or found[1]


def restrict_account(turn: Turn, command: RestrictAccount) -> Rejected | None:
    """Put a restriction on an account, or take it away (lab); what rests is left alone."""
    account = turn.state.accounts.get(command.account_id)
    if account is None:
        return refuse(Reject.ACCOUNT_UNKNOWN)
    account.restriction = command.restriction
    account.version += 1
    turn.emit(AccountTermsChanged(account.account_id, turn.at_ms))
    return None
