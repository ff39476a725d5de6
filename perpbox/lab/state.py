"""``GET /state`` and ``POST /reset``: where the exchange stands, and how it begins anew."""

from perpbox.engine.hashing import state_hash
from perpbox.engine.state import State
from perpbox.lab.body import Fields
from perpbox.lab.desk import LabDesk
from perpbox.money import plain


def ledger_sum(state: State) -> str:
    """What all holders together have, over all assets: 0, or the box is broken."""
    return plain(sum(abs(amount) for amount in state.ledger.total().values()))


def get_state(desk: LabDesk, fields: Fields) -> dict[str, object]:  # noqa: ARG001
    """Tell sequence number, hash of the whole state, sum of the ledger and counts."""
    state = desk.state
    return {
        "seq": desk.sequencer.seq,
        "now": desk.now_ms(),
        "hash": state_hash(state),
        "ledgerSum": ledger_sum(state),
        "symbols": len(state.markets),
        "accounts": len(state.accounts),
        "openOrders": sum(len(account.open_orders) for account in state.accounts.values()),
        "positions": sum(
            1
            for account in state.accounts.values()
            for holding in account.holdings.values()
            for leg in (holding.both, holding.long, holding.short)
            if leg.quantity
        ),
    }


def post_reset(desk: LabDesk, fields: Fields) -> dict[str, object]:
    """Begin anew."""
    desk.reset()
    return get_state(desk, fields)
