"""What an order would do: the order itself, entered into a fork of the exchange.

There is no second formula: checks, matching, margin and everything that follows are the
engine's, and the rows are those that position risk prints; only what changes is thrown away.
"""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from perpbox import rounding
from perpbox.engine.collateral import available_balance
from perpbox.engine.commands import Command, PlaceOrder
from perpbox.engine.entry import draft_order
from perpbox.engine.events import Event, OrderAccepted, OrderEnded, OrderTraded, ScopeLiquidated
from perpbox.engine.fork import fork
from perpbox.engine.precheck import Draft, assumed_price, margin_needed, margin_wanted
from perpbox.engine.state import Account, State
from perpbox.engine.turn import Turn
from perpbox.engine.types import OrderStatus, PositionSide
from perpbox.money import Amount, Qty, Rate, fixed, plain
from perpbox.views.standing import Standing, margin_ratio
from perpbox.wire.answers.algo import compose as compose_algo
from perpbox.wire.answers.common import instrument_of, submit
from perpbox.wire.answers.place import compose
from perpbox.wire.desk import Desk
from perpbox.wire.errands import Errands
from perpbox.wire.errors import WireError
from perpbox.wire.order_params import CONDITIONAL_TYPES, PLACE
from perpbox.wire.params import Params, ParamTable
from perpbox.wire.render_orders import average_text
from perpbox.wire.render_risk import position_risk_v2
from perpbox.wire.rendered import RenderedRisk
from perpbox.wire.routes_algo import PLACE as ALGO_PARAMS
from perpbox.wire.streams.listen_keys import ListenKeys
from perpbox.wire.vintage import Vintage

if TYPE_CHECKING:
    from perpbox.specs import Catalogue
    from perpbox.views import Views

STOP_PRICE: Final = "stopprice"
PLACE_ALGO: Final = ParamTable(ALGO_PARAMS)
Answer = dict[str, object]


class ForkDesk:
    """A desk whose commands change a fork of the exchange. Its views are those of before."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._exchange = fork(desk.state)
        self.rendered_risk = RenderedRisk()

    @property
    def state(self) -> State:
        """The fork's state."""
        return self._exchange.state

    @property
    def views(self) -> "Views":
        """Histories of the exchange that was forked."""
        return self._desk.views

    @property
    def catalogue(self) -> "Catalogue":
        """Contract specifications."""
        return self._desk.catalogue

    @property
    def vintage(self) -> Vintage:
        """The box's API date."""
        return self._desk.vintage

    @property
    def listen_keys(self) -> ListenKeys:
        """Keys of the user-data streams."""
        return self._desk.listen_keys

    @property
    def errands(self) -> Errands:
        """Countdowns and files to download."""
        return self._desk.errands

    def now_ms(self) -> int:
        """The box's clock."""
        return max(self._desk.now_ms(), self._desk.state.now_ms)

    def submit(self, command: Command) -> list[Event]:
        """Apply a command to the fork."""
        return self._exchange.apply(command, self.now_ms())


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
    """A conditional order waits and costs nothing until it is triggered."""
    given = {"algotype": "CONDITIONAL", **values}
    if STOP_PRICE in given:
        given.setdefault("triggerprice", given[STOP_PRICE])
    command = compose_algo(desk, account, _read(desk, PLACE_ALGO, given))
    asset = instrument_of(desk, command.symbol).margin_asset
    before = available_balance(desk.state, account, asset)
    submit(desk, command, instrument_of(desk, command.symbol))
    nothing = Amount(0)
    return {
        "status": OrderStatus.NEW.name,
        "waits": True,
        **_money(nothing, nothing, nothing, nothing),
        "filledQuantity": "0",
        "restingQuantity": "0",
        **_after(desk, account.account_id, command.symbol, command.position_side, asset, before),
    }


def _entered(desk: ForkDesk, account: Account, command: PlaceOrder) -> Answer:
    """The order in the fork: its cost before, and how things stand after it."""
    asset = instrument_of(desk, command.symbol).margin_asset
    before = available_balance(desk.state, account, asset)
    draft = draft_order(Turn(desk.state, desk.now_ms()), command)
    money = _wanted(draft) if isinstance(draft, Draft) else {}
    events = submit(desk, command, instrument_of(desk, command.symbol))
    accepted = events[0]
    assert isinstance(accepted, OrderAccepted), accepted
    fills = [e for e in events if isinstance(e, OrderTraded) and e.order_id == accepted.order_id]
    answer: Answer = {"status": _status(events, accepted.order_id), **money}
    executed = Qty(0)
    if fills:
        executed, quote = fills[-1].executed, fills[-1].cum_quote
        answer["averageFillPrice"] = average_text(
            quote, executed, instrument_of(desk, command.symbol), desk.vintage
        )
        answer["commission"] = _commission(fills)
        answer["realizedProfit"] = plain(sum(fill.realized for fill in fills))
    resting = desk.state.accounts[account.account_id].open_orders.get(accepted.order_id)
    answer["filledQuantity"] = plain(executed)
    answer["restingQuantity"] = plain(resting.remaining if resting is not None else 0)
    if any(isinstance(e, ScopeLiquidated) and e.account_id == account.account_id for e in events):
        answer["liquidated"] = True
    side = command.position_side
    return answer | _after(desk, account.account_id, command.symbol, side, asset, before)


def _wanted(draft: Draft) -> Answer:
    """What the checks count for an order: its value and the margin it has to bring."""
    price = assumed_price(draft)
    value = rounding.quote_value(price, draft.command.quantity)
    if draft.reduces:
        return _money(value, Amount(0), Amount(0), Amount(0))
    _, needed = margin_wanted(draft, price)
    unchanged = Amount(0)
    loss = margin_needed(draft, price, unchanged, unchanged) if needed else unchanged
    return _money(value, Amount(max(0, needed)), Amount(needed - loss), loss)


def _money(value: Amount, cost: Amount, initial: Amount, loss: Amount) -> Answer:
    return {
        "notional": plain(value),
        "cost": plain(cost),
        "initialMargin": plain(initial),
        "openLoss": plain(loss),
    }


def _status(events: Sequence[Event], order_id: int) -> str:
    status = OrderStatus.NEW
    for event in events:
        if isinstance(event, (OrderTraded, OrderEnded)) and event.order_id == order_id:
            status = event.status
    return status.name


def _commission(fills: list[OrderTraded]) -> dict[str, str]:
    paid: dict[str, int] = {}
    for fill in fills:
        paid[fill.commission_asset] = paid.get(fill.commission_asset, 0) + fill.commission
    return {asset: plain(amount) for asset, amount in paid.items()}


def _after(
    desk: ForkDesk,
    account_id: int,
    symbol: str,
    side: PositionSide,
    asset: str,
    before: Amount,
) -> Answer:
    """How account and position stand afterwards."""
    account = desk.state.accounts[account_id]
    rows = json.loads(position_risk_v2(desk, account, Params({"symbol": symbol})))
    position = next(row for row in rows if row["positionSide"] == side.name)
    return {
        "available": fixed(before),
        "availableAfter": fixed(available_balance(desk.state, account, asset)),
        "liquidationPriceAfter": position["liquidationPrice"],
        "marginRatioAfter": ratio_text(_ratio(desk.state, account, symbol, side)),
        "position": position,
    }


def _ratio(state: State, account: Account, symbol: str, side: PositionSide) -> Rate | None:
    """Margin ratio of the scope that a leg is liquidated with."""
    standing = Standing(state, account)
    holding = account.peek(state.markets[symbol].instrument)
    if not holding.is_isolated:
        return standing.cross_ratio(holding.instrument.margin_asset)
    leg = holding.leg(side)
    legs = holding.legs(account.hedge)
    if leg not in legs:
        return Rate(0)
    risk = standing.legs.of(holding)[legs.index(leg)]
    return margin_ratio(risk.maintenance, Amount(leg.isolated_wallet + risk.unrealized))


def ratio_text(ratio: Rate | None) -> str | None:
    """A margin ratio as text, 1 is 100 %; ``None`` stays: there is no balance left."""
    return None if ratio is None else plain(ratio)
