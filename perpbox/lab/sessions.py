"""``/sessions``: how a page acts for an account without holding its secret."""

from typing import Final

from perpbox.gateway.sessions import SESSIONS_MAX, SessionsFull
from perpbox.lab.body import Fields
from perpbox.lab.desk import LabDesk
from perpbox.lab.errors import LabCode, LabError
from perpbox.lab.refusals import known_account

SESSION: Final = "session"
"""Name of the field that the header X-PERPBOX-SESSION fills."""


def post_sessions(desk: LabDesk, fields: Fields) -> dict[str, object]:
    """Open a session of an account; without one, the operator's own, for the lab's stream."""
    account_id = 0
    if fields.has("account") and not fields.is_null("account"):
        account_id = known_account(desk, fields).account_id
    try:
        session = desk.sessions.open(account_id)
    except SessionsFull:
        raise LabError(
            LabCode.SESSIONS_FULL, f"{SESSIONS_MAX} sessions are open and in use; end one of them"
        ) from None
    return {
        "account": account_id or None,
        "session": session.token,
        "expiresAt": session.expires_ms,
    }


def delete_sessions(desk: LabDesk, fields: Fields) -> dict[str, object]:
    """End the session that the header names; its streams close."""
    if not fields.has(SESSION):
        raise LabError(LabCode.FIELD_MISSING, "name the session in the header X-PERPBOX-SESSION")
    if not desk.sessions.end(fields.text(SESSION).encode(errors="replace")):
        raise LabError(LabCode.SESSION_UNKNOWN, "this session is unknown or over")
    return {}
