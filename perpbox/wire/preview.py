"""What an order would do: the order itself, entered into a fork of the exchange.

There is no second formula: checks, matching, margin and everything that follows are the
engine's, and the rows are those that position risk prints; only what changes is thrown away.
"""

from collections.abc import Mapping
from typing import Final

from perpbox.engine.collateral import available_balance
from perpbox.engine.commands import PlaceOrder
from perpbox.engine.entry import draft_order
from perpbox.engine.events import OrderAccepted
from perpbox.engine.precheck import Draft
from perpbox.engine.state import Account
from perpbox.engine.turn import Turn
from perpbox.engine.types import OrderStatus
from perpbox.money import Amount
from perpbox.wire.answers.algo import compose as compose_algo
from perpbox.wire.answers.common import instrument_of, submit
from perpbox.wire.answers.place import compose
from perpbox.wire.desk import Desk
from perpbox.wire.errors import WireError
from perpbox.wire.fork_desk import ForkDesk
from perpbox.wire.order_params import CONDITIONAL_TYPES, PLACE
from perpbox.wire.params import Params, ParamTable
from perpbox.wire.preview_figures import Answer, after, money, traded, wanted
from perpbox.wire.preview_trigger import at_trigger
from perpbox.wire.routes_algo import PLACE as ALGO_PARAMS

STOP_PRICE: Final = "stopprice"
PLACE_ALGO: Final = ParamTable(ALGO_PARAMS)


def preview(desk: Desk, account_id: int, values: Mapping[str, str]) -> Answer:
    """What an order would do; ``values`` are fapi's parameters (lower-case name -> text).

    ``{"ok": true, …}``, or ``{"ok": false, "code", "msg"}`` with the error that the order would
    get. Conditional types take the parameters of algoOrder; ``stopPrice`` is ``triggerPrice``.
    """
    forked = ForkDesk(desk)
    account = forked.state.accounts[account_id]
    try:
        if values.get("type") in CONDITIONAL_TYPES:
            return {"ok": True, **_conditional(forked, account, values)}
        params = _read(forked, PLACE, values)
        return {"ok": True, **_entered(forked, account, compose(forked, account, params))}
    except WireError as error:
        return {"ok": False, "code": error.code, "msg": error.msg}


def _read(desk: Desk, table: ParamTable, values: Mapping[str, str]) -> Params:
    return table.read(values, desk.state.markets)


def _conditional(desk: ForkDesk, account: Account, values: Mapping[str, str]) -> Answer:
    """A conditional order waits and costs nothing until it is triggered.

    ``atTrigger`` tells what it does then, where it is known at which price that is.
    """
    given = {"algotype": "CONDITIONAL", **values}
    if STOP_PRICE in given:
        given.setdefault("triggerprice", given[STOP_PRICE])
    command = compose_algo(desk, account, _read(desk, PLACE_ALGO, given))
    asset = instrument_of(desk, command.symbol).margin_asset
    before = available_balance(desk.state, account, asset)
    events = submit(desk, command, instrument_of(desk, command.symbol))
    nothing = Amount(0)
    waiting = {
        "status": OrderStatus.NEW.name,
        "waits": True,
        **money(nothing, nothing, nothing, nothing),
        "filledQuantity": "0",
        "restingQuantity": "0",
        **after(desk, account.account_id, command.symbol, command.position_side, asset, before),
    }
    return waiting | at_trigger(desk, account, events)


def _entered(desk: ForkDesk, account: Account, command: PlaceOrder) -> Answer:
    """The order in the fork: its cost before, and how things stand after it."""
    asset = instrument_of(desk, command.symbol).margin_asset
    before = available_balance(desk.state, account, asset)
    draft = draft_order(Turn(desk.state, desk.now_ms()), command)
    cost = wanted(draft) if isinstance(draft, Draft) else {}
    events = submit(desk, command, instrument_of(desk, command.symbol))
    accepted = events[0]
    assert isinstance(accepted, OrderAccepted), accepted
    outcome = traded(desk, account.account_id, command.symbol, accepted.order_id, events)
    side = command.position_side
    return (
        {"status": outcome["status"]}
        | cost
        | outcome
        | after(desk, account.account_id, command.symbol, side, asset, before)
    )
