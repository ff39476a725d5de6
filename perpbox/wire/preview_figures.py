"""The figures that a preview tells, out of the engine's own functions and of position risk."""

import json
from collections.abc import Sequence

from perpbox import rounding
from perpbox.engine.collateral import available_balance
from perpbox.engine.events import Event, OrderEnded, OrderTraded, ScopeLiquidated
from perpbox.engine.precheck import Draft, assumed_price, margin_needed, margin_wanted
from perpbox.engine.state import Account, State
from perpbox.engine.types import OrderStatus, PositionSide
from perpbox.money import Amount, Qty, Rate, fixed, plain
from perpbox.views.standing import Standing, margin_ratio
from perpbox.wire.answers.common import instrument_of
from perpbox.wire.fork_desk import ForkDesk
from perpbox.wire.params import Params
from perpbox.wire.render_orders import average_text
from perpbox.wire.render_risk import position_risk_v2

Answer = dict[str, object]


def traded(
    desk: ForkDesk, account_id: int, symbol: str, order_id: int, events: Sequence[Event]
) -> Answer:
    """What became of an order in the events of its entry."""
    fills = [e for e in events if isinstance(e, OrderTraded) and e.order_id == order_id]
    answer: Answer = {}
    executed = Qty(0)
    if fills:
        executed, quote = fills[-1].executed, fills[-1].cum_quote
        answer["averageFillPrice"] = average_text(
            quote, executed, instrument_of(desk, symbol), desk.vintage
        )
        answer["commission"] = _commission(fills)
        answer["realizedProfit"] = plain(sum(fill.realized for fill in fills))
    resting = desk.state.accounts[account_id].open_orders.get(order_id)
    answer["filledQuantity"] = plain(executed)
    answer["restingQuantity"] = plain(resting.remaining if resting is not None else 0)
    if any(isinstance(e, ScopeLiquidated) and e.account_id == account_id for e in events):
        answer["liquidated"] = True
    return {"status": _status(events, order_id), **answer}


def wanted(draft: Draft) -> Answer:
    """What the checks count for an order: its value and the margin it has to bring."""
    price = assumed_price(draft)
    value = rounding.quote_value(price, draft.command.quantity)
    if draft.reduces:
        return money(value, Amount(0), Amount(0), Amount(0))
    _, needed = margin_wanted(draft, price)
    unchanged = Amount(0)
    loss = margin_needed(draft, price, unchanged, unchanged) if needed else unchanged
    return money(value, Amount(max(0, needed)), Amount(needed - loss), loss)


def money(value: Amount, cost: Amount, initial: Amount, loss: Amount) -> Answer:
    """An order's value, the margin it has to bring, and the two parts of that."""
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


def after(
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
