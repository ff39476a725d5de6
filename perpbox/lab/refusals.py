"""What the lab says when the exchange refuses one of its commands."""

from perpbox.engine.events import Rejected
from perpbox.engine.state import Account
from perpbox.lab.body import ACCOUNT_ID_MAX, Fields
from perpbox.lab.desk import LabDesk
from perpbox.lab.errors import LabCode, LabError
from perpbox.wire.errors import CODES


def refused(event: Rejected) -> LabError:
    """Make the refusal of a lab command readable: the reason by its name, and fapi's code."""
    reason = event.reason.name.lower().replace("_", " ")
    return LabError(LabCode.REFUSED, f"the exchange refuses: {reason} ({CODES[event.reason]})")


def known_account(desk: LabDesk, fields: Fields) -> Account:
    """Give the account that the field ``account`` names, or refuse one that is not there."""
    account_id = fields.whole("account", 1, ACCOUNT_ID_MAX)
    account = desk.state.accounts.get(account_id)
    if account is None:
        raise LabError(LabCode.ACCOUNT_UNKNOWN, f"there is no account {account_id}")
    return account


def known_symbol(desk: LabDesk, symbol: str) -> str:
    """Give the symbol back, or refuse one that is not on the board."""
    if symbol not in desk.state.markets:
        raise LabError(
            LabCode.SYMBOL_UNKNOWN,
            f"there is no symbol {symbol[:40]!r} on the board; "
            "GET /fapi/v1/exchangeInfo lists those that are",
        )
    return symbol
