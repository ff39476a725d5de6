"""Stream payloads about contracts and markets: contractInfo, forceOrder, trading sessions."""

from collections.abc import Mapping

import msgspec

from perpbox.engine.symbol import Bracket, Instrument
from perpbox.engine.types import Side
from perpbox.money import Price, Qty, plain
from perpbox.wire.changes import Change
from perpbox.wire.market.text import price_text, quantity_text
from perpbox.wire.streams.market_text import pair_key
from perpbox.wire.streams.sessions import Session
from perpbox.wire.vintage import Vintage


class ForceOrder(msgspec.Struct, frozen=True):
    """A liquidation order and what became of it until now."""

    symbol: str
    side: Side
    quantity: Qty
    price: Price
    average: Price
    last_filled: Qty
    filled: Qty
    status: str
    at_ms: int


def contract_info(
    row: Mapping[str, object],
    instrument: Instrument,
    changed: tuple[Bracket, ...],
    event_ms: int,
    vintage: Vintage,
) -> bytes:
    """``contractInfo``; ``ps`` until 2026-06-29, ``st`` since. ``changed``: all new brackets."""
    is_new = vintage.has(Change.CONTRACT_INFO_KIND)
    pair = "" if is_new else f'"ps":"{row["pair"]}",'
    kind = ',"st":1' if is_new else ""
    return (
        f'{{"e":"contractInfo","E":{event_ms},"s":"{instrument.symbol}",{pair}'
        f'"ct":"{row["contractType"]}","dt":{row["deliveryDate"]},"ot":{row["onboardDate"]},'
        f'"cs":"{row["status"]}","bks":[{_brackets(changed)}]{kind}}}'
    ).encode()


def _brackets(steps: tuple[Bracket, ...]) -> str:
    """Brackets as JSON numbers; the lowest leverage is one above the next bracket's highest."""
    below = [step.initial_leverage for step in steps[1:]] + [0]
    return ",".join(
        f'{{"bs":{step.bracket},"bnf":{plain(step.notional_floor)},'
        f'"bnc":{plain(step.notional_cap)},"mmr":{plain(step.maint_margin_rate)},'
        f'"cf":{plain(step.cum)},"mi":{min(next_highest + 1, step.initial_leverage)},'
        f'"ma":{step.initial_leverage}}}'
        for step, next_highest in zip(steps, below, strict=False)
    )


def force_order(
    order: ForceOrder, instrument: Instrument, event_ms: int, vintage: Vintage
) -> bytes:
    """``forceOrder``; ``ps`` and ``st`` stand inside the order, behind its time."""
    kind = f',{pair_key(instrument, vintage)}"st":1' if vintage.is_merged else ""
    return (
        f'{{"e":"forceOrder","E":{event_ms},"o":{{"s":"{order.symbol}",'
        f'"S":"{order.side.name}","o":"LIMIT","f":"IOC",'
        f'"q":"{quantity_text(order.quantity, instrument)}",'
        f'"p":"{price_text(order.price, instrument)}",'
        f'"ap":"{price_text(order.average, instrument)}","X":"{order.status}",'
        f'"l":"{quantity_text(order.last_filled, instrument)}",'
        f'"z":"{quantity_text(order.filled, instrument)}","T":{order.at_ms}{kind}}}}}'
    ).encode()


def trading_session(event: str, session: Session, event_ms: int) -> bytes:
    """``EquityUpdate`` and its like: the session that a market is in."""
    return (
        f'{{"e":"{event}","E":{event_ms},"t":{session.start_ms},"T":{session.end_ms},'
        f'"S":"{session.kind}"}}'
    ).encode()
