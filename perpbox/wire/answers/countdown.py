"""POST countdownCancelAll: a dead man's switch."""

from perpbox.engine.state import Account
from perpbox.wire.answers.common import dumps
from perpbox.wire.desk import Desk
from perpbox.wire.params import Params


def countdown_start(desk: Desk, account: Account, params: Params) -> bytes:
    """POST countdownCancelAll; 0 stops the countdown of the symbol."""
    symbol, length_ms = params.text("symbol"), params.number("countdownTime")
    desk.errands.countdowns.start(account.account_id, symbol, length_ms)
    return dumps({"symbol": symbol, "countdownTime": str(length_ms)})
