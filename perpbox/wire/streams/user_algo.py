"""ALGO_UPDATE: what happened to a conditional order."""

from typing import Final

import orjson

from perpbox.engine.algo_orders import child_type
from perpbox.engine.events import AlgoChanged, Rejected
from perpbox.engine.rejects import Reject
from perpbox.engine.symbol import Instrument
from perpbox.wire.errors import reject_error
from perpbox.wire.render_algo import CONDITIONAL, shows_reduce_only
from perpbox.wire.streams.user_forms import EventForms

_REDUCE_ONLY: Final = "Reduce Only reject"
_PRICE_PROTECT: Final = "Price protect reject"


def _reason(refused: Rejected, instrument: Instrument) -> str:
    """Why a child was refused: the documented text, else that of the error it would be."""
    if refused.reason is Reject.REDUCE_ONLY_REJECTED:
        return _REDUCE_ONLY
    if refused.reason is Reject.PRICE_PROTECTED:
        return _PRICE_PROTECT
    return reject_error(refused.reason, refused.bound, instrument).msg


def _word(truth: bool) -> str:
    return "true" if truth else "false"


def algo_update(changed: AlgoChanged, instrument: Instrument, forms: EventForms) -> bytes:
    """ALGO_UPDATE. ``ap``, ``aq`` and ``act`` are there once there is an order (recorded)."""
    order, at_ms = changed.order, changed.at_ms
    actual = ""
    if changed.order_id:
        average = forms.average(changed.cum_quote, changed.executed, instrument)
        executed = forms.quantity(changed.executed, instrument)
        actual = f'"ap":"{average}","aq":"{executed}","act":"{child_type(order.kind).value}",'
    reason = ""
    if changed.refused is not None:
        reason = f',"rm":{orjson.dumps(_reason(changed.refused, instrument)).decode()}'
    active = ""
    if forms.has_algo_active:
        active = f',"ia":{_word(changed.is_active)}'
    return (
        f'{{"e":"ALGO_UPDATE","T":{at_ms},"E":{at_ms},"o":{{'
        f'"caid":{orjson.dumps(order.client_algo_id).decode()},"aid":{changed.algo_id},'
        f'"at":"{CONDITIONAL}","o":"{order.kind.value}","s":"{order.symbol}",'
        f'"S":"{order.side.name}","ps":"{order.position_side.name}",'
        f'"f":"{order.time_in_force.value}","q":"{forms.quantity(order.quantity, instrument)}",'
        f'"X":"{changed.status.value}","ai":"{changed.order_id or ""}",{actual}'
        f'"tp":"{forms.price(order.trigger_price, instrument)}",'
        f'"p":"{forms.price(order.price, instrument)}",'
        f'"V":"{order.self_trade_prevention.value}","wt":"{order.working_type.value}",'
        f'"pm":"{order.price_match.value}","cp":{_word(order.close_position)},'
        f'"pP":{_word(order.price_protect)},"R":{_word(shows_reduce_only(order))},'
        f'"tt":{changed.trigger_ms},"gtd":0{reason}{active}}}}}'
    ).encode()
