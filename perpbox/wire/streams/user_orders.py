"""ORDER_TRADE_UPDATE and TRADE_LITE: what happened to an order."""

from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from perpbox.engine.events import OrderTraded
from perpbox.engine.symbol import Instrument
from perpbox.engine.types import EndReason, Forced, OrderStatus, TimeInForce
from perpbox.money import Amount, Price, Qty, fixed
from perpbox.wire.streams.user_forms import EventForms

if TYPE_CHECKING:
    from perpbox.views.orders import OrderRecord

NO_REASON: Final = "0"
LIQUIDATION: Final = "LIQUIDATION"
"""Type of a liquidation order in the stream; REST has it as LIMIT (both recorded)."""
_EXPIRY_REASONS: Final = {
    EndReason.USER: NO_REASON,
    EndReason.SELF_TRADE: "1",
    EndReason.TIME_IN_FORCE: "2",
    EndReason.REDUCE_ONLY: "4",
    EndReason.LIQUIDATION: "5",
    EndReason.DELISTED: "7",
    EndReason.MARKET_BOUND: "9",
    EndReason.MODIFY: NO_REASON,
    EndReason.DATE: NO_REASON,
}
_IOC_SELF_TRADE: Final = "3"


def expiry_reason(reason: EndReason, time_in_force: TimeInForce) -> str:
    """Why an order ended, in the venue's numbers."""
    if reason is EndReason.SELF_TRADE and time_in_force is TimeInForce.IOC:
        return _IOC_SELF_TRADE
    return _EXPIRY_REASONS[reason]


class OrderNow:
    """An order as it stood after an event: status, fills, and the symbol's open notionals."""

    __slots__ = ("ask", "bid", "cum_quote", "executed", "record", "status")

    def __init__(
        self,
        record: "OrderRecord",
        status: OrderStatus,
        executed: Qty,
        cum_quote: Amount,
        bid: Amount,
        ask: Amount,
    ) -> None:
        self.record = record
        self.status = status
        self.executed = executed
        self.cum_quote = cum_quote
        self.bid = bid
        self.ask = ask


def _fill(traded: OrderTraded | None, instrument: Instrument, forms: EventForms) -> str:
    """Last fill, from ``L`` to ``N``; ``n`` is the commission of this fill."""
    if traded is None:
        no_commission = f'"n":"0","N":"{instrument.margin_asset}",'
        return '"L":"0",' + (no_commission if forms.tells_no_commission else "")
    price = forms.price(traded.price, instrument)
    if not traded.commission and not forms.tells_no_commission:
        return f'"L":"{price}",'
    asset = traded.commission_asset
    return f'"L":"{price}","n":"{forms.money(traded.commission)}","N":"{asset}",'


class _Terms(NamedTuple):
    """What an order shows of the condition that it comes from."""

    kind: str = ""
    trigger: Price = Price(0)
    working_type: str = "CONTRACT_PRICE"
    closes: str = "false"
    is_protected: str = "false"


_NO_TERMS: Final = _Terms()


def _terms(record: "OrderRecord") -> _Terms:
    algo = record.algo
    if algo is None:
        return _NO_TERMS
    return _Terms(
        algo.kind.value,
        algo.trigger_price,
        algo.working_type.value,
        "true" if algo.close_position else "false",
        "true" if algo.price_protect else "false",
    )


def order_update(
    execution: str,
    now: OrderNow,
    instrument: Instrument,
    forms: EventForms,
    at_ms: int,
    *,
    traded: OrderTraded | None = None,
    reason: str = NO_REASON,
    modify_id: int | None = None,
) -> bytes:
    """ORDER_TRADE_UPDATE; ``traded`` is the fill that it tells, if any."""
    record = now.record
    terms = _terms(record)
    is_liquidation = record.forced is Forced.LIQUIDATION
    kind = LIQUIDATION if is_liquidation else record.order_type.value
    mark = ""
    if modify_id is not None and forms.has_modify_id:
        mark = f'"M":{modify_id},'
    match = ""
    if forms.tells_match_fields:
        match = (
            f',"V":"{record.self_trade_prevention.value}","pm":"{record.price_match.value}",'
            f'"gtd":{record.good_till_ms}'
        )
    expiry = f',"er":"{reason}"' if forms.has_expiry_reason else ""
    last = Qty(0) if traded is None else traded.quantity
    realized = Amount(0) if traded is None else traded.realized
    return (
        f'{{"e":"ORDER_TRADE_UPDATE","T":{at_ms},"E":{at_ms},"o":{{"s":"{record.symbol}",'
        f'"c":{orjson.dumps(record.client_order_id).decode()},"S":"{record.side.name}",'
        f'"o":"{kind}","f":"{record.time_in_force.value}",'
        f'"q":"{forms.quantity(record.quantity, instrument)}",'
        f'"p":"{forms.price(record.price, instrument)}",'
        f'"ap":"{forms.average(now.cum_quote, now.executed, instrument)}",'
        f'"sp":"{forms.price(terms.trigger, instrument)}",'
        f'"x":"{execution}","X":"{now.status.value}","i":{record.order_id},{mark}'
        f'"l":"{forms.quantity(last, instrument)}",'
        f'"z":"{forms.quantity(now.executed, instrument)}",'
        f'{_fill(traded, instrument, forms)}"T":{at_ms},'
        f'"t":{0 if traded is None else traded.trade_id},'
        f'"b":"{forms.notional(now.bid)}","a":"{forms.notional(now.ask)}",'
        f'"m":{"true" if traded is not None and traded.is_maker else "false"},'
        f'"R":{"true" if record.reduce_only else "false"},"wt":"{terms.working_type}",'
        f'"ot":"{terms.kind or kind}",'
        f'"ps":"{record.position_side.name}","cp":{terms.closes},"rp":"{forms.money(realized)}",'
        f'"pP":{terms.is_protected},"si":0,"ss":0{match}'
        f"{expiry}}}}}"
    ).encode()


def trade_lite(traded: OrderTraded, record: "OrderRecord", instrument: Instrument) -> bytes:
    """TRADE_LITE: a fill in few words; numbers keep the symbol's scale at every date."""
    prices, quantities = instrument.price_precision, instrument.quantity_precision
    return (
        f'{{"e":"TRADE_LITE","E":{traded.at_ms},"T":{traded.at_ms},"s":"{traded.symbol}",'
        f'"q":"{fixed(record.quantity, quantities)}","p":"{fixed(record.price, prices)}",'
        f'"m":{"true" if traded.is_maker else "false"},'
        f'"c":{orjson.dumps(record.client_order_id).decode()},"S":"{traded.side.name}",'
        f'"L":"{fixed(traded.price, prices)}","l":"{fixed(traded.quantity, quantities)}",'
        f'"t":{traded.trade_id},"i":{traded.order_id}}}'
    ).encode()
