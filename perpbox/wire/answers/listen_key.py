"""The key of the user-data stream: POST, PUT and DELETE of listenKey."""

from perpbox.engine.state import Account
from perpbox.wire.answers.common import dumps
from perpbox.wire.changes import Change
from perpbox.wire.desk import Desk
from perpbox.wire.errors import wire_error
from perpbox.wire.params import Params


def listen_key_open(desk: Desk, account: Account, params: Params) -> bytes:  # noqa: ARG001
    """POST listenKey: the live key again, prolonged, or a new one."""
    return dumps({"listenKey": desk.listen_keys.open(account.account_id)})


def listen_key_prolong(desk: Desk, account: Account, params: Params) -> bytes:  # noqa: ARG001
    """PUT listenKey; an empty object before 2024-04-25."""
    key = desk.listen_keys.prolong(account.account_id)
    if key is None:
        raise wire_error(-1125)
    return dumps({"listenKey": key} if desk.vintage.has(Change.PROLONGED_KEY_TOLD) else {})


def listen_key_close(desk: Desk, account: Account, params: Params) -> bytes:  # noqa: ARG001
    """DELETE listenKey."""
    if not desk.listen_keys.close(account.account_id):
        raise wire_error(-1125)
    return b"{}"
