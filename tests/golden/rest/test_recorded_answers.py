"""Recorded answers come out again, byte for byte, when their values go in."""

from pathlib import Path

import msgspec
import orjson
import pytest

from perpbox.engine.events import IsolatedMarginMoved, LedgerPosted, OrderTraded
from perpbox.engine.symbol import Instrument
from perpbox.engine.types import (
    LedgerKind,
    OrderStatus,
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from perpbox.money import Amount, Price, Qty, parse
from perpbox.specs import catalogue
from perpbox.views.orders import OrderRecord
from perpbox.wire.answers.history import income_row, margin_row, trade_row
from perpbox.wire.errors import CATALOGUE
from perpbox.wire.render_orders import order_ack, order_full, order_open
from perpbox.wire.vintage import Vintage

BTCUSDT = catalogue(("BTCUSDT",)).instruments["BTCUSDT"]


class Recorded(msgspec.Struct):
    """One answer; ``decimals`` are those of price and quantity at that place and date."""

    form: str
    date: str
    environment: str
    decimals: tuple[int, int]
    answer: dict[str, str | int | bool]


class RecordedError(msgspec.Struct):
    """One refusal."""

    code: int
    msg: str
    date: str


class Recordings(msgspec.Struct):
    """Everything in the file."""

    orders: list[Recorded]
    errors: list[RecordedError]


RECORDINGS = msgspec.json.decode(
    (Path(__file__).parent / "recorded.json").read_bytes(), type=Recordings
)


def instrument(recorded: Recorded) -> Instrument:
    price, quantity = recorded.decimals
    return msgspec.structs.replace(BTCUSDT, price_precision=price, quantity_precision=quantity)


def scaled(recorded: Recorded, name: str) -> int:
    return parse(str(recorded.answer.get(name, "0")))


def whole(recorded: Recorded, name: str) -> int:
    return int(recorded.answer.get(name, 0))


def order_record(recorded: Recorded) -> OrderRecord:
    row = recorded.answer
    updated_ms = whole(recorded, "updateTime")
    return OrderRecord(
        account_id=1,
        order_id=whole(recorded, "orderId"),
        symbol=str(row["symbol"]),
        client_order_id=str(row["clientOrderId"]),
        side=Side[str(row["side"])],
        position_side=PositionSide[str(row["positionSide"])],
        order_type=OrderType(row["type"]),
        time_in_force=TimeInForce(row["timeInForce"]),
        quantity=Qty(scaled(recorded, "origQty")),
        price=Price(scaled(recorded, "price")),
        reduce_only=row["reduceOnly"] is True,
        self_trade_prevention=SelfTradePrevention(row["selfTradePreventionMode"]),
        price_match=PriceMatch(row["priceMatch"]),
        good_till_ms=whole(recorded, "goodTillDate"),
        time_ms=whole(recorded, "time") or updated_ms,
        updated_ms=updated_ms,
        status=OrderStatus(row["status"]),
        executed=Qty(scaled(recorded, "executedQty")),
        cum_quote=Amount(scaled(recorded, "cumQuote")),
    )


def trade(recorded: Recorded) -> OrderTraded:
    row = recorded.answer
    return OrderTraded(
        account_id=1,
        order_id=whole(recorded, "orderId"),
        symbol=str(row["symbol"]),
        trade_id=whole(recorded, "id"),
        side=Side[str(row["side"])],
        position_side=PositionSide[str(row["positionSide"])],
        price=Price(scaled(recorded, "price")),
        quantity=Qty(scaled(recorded, "qty")),
        quote=Amount(scaled(recorded, "quoteQty")),
        is_maker=row["maker"] is True,
        realized=Amount(scaled(recorded, "realizedPnl")),
        commission=Amount(scaled(recorded, "commission")),
        margin_asset=str(row["marginAsset"]),
        commission_asset=str(row["commissionAsset"]),
        executed=Qty(0),
        cum_quote=Amount(0),
        status=OrderStatus.FILLED,
        at_ms=whole(recorded, "time"),
    )


def margin_move(recorded: Recorded) -> IsolatedMarginMoved:
    row = recorded.answer
    return IsolatedMarginMoved(
        account_id=1,
        symbol=str(row["symbol"]),
        position_side=PositionSide[str(row["positionSide"])],
        asset=str(row["asset"]),
        amount=Amount(scaled(recorded, "amount")),
        by_user=row["deltaType"] == "USER_ADJUST",
        at_ms=whole(recorded, "time"),
    )


def posting(recorded: Recorded) -> LedgerPosted:
    row = recorded.answer
    return LedgerPosted(
        account_id=1,
        kind=LedgerKind[str(row["incomeType"])],
        asset=str(row["asset"]),
        amount=Amount(scaled(recorded, "income")),
        balance=Amount(0),
        symbol=str(row["symbol"]),
        trade_id=int(row["tradeId"] or 0),
        transaction_id=whole(recorded, "tranId"),
        at_ms=whole(recorded, "time"),
    )


def rendered(recorded: Recorded) -> dict[str, object]:
    vintage, contract = Vintage(recorded.date), instrument(recorded)
    match recorded.form:
        case "ack":
            return order_ack(order_record(recorded), contract, vintage)
        case "full":
            return order_full(order_record(recorded), contract, vintage)
        case "open":
            return order_open(order_record(recorded), contract, vintage)
        case "trade":
            return trade_row(trade(recorded), contract, vintage)
        case "margin":
            return margin_row(margin_move(recorded))
    return income_row(posting(recorded))


@pytest.mark.parametrize("recorded", RECORDINGS.orders, ids=lambda each: f"{each.form}-{each.date}")
def test_recorded_answers(recorded: Recorded) -> None:
    """WIR-021, WIR-022, WIR-023, WIR-028, WIR-029, WIR-030."""
    assert orjson.dumps(rendered(recorded)) == orjson.dumps(recorded.answer)


@pytest.mark.parametrize("recorded", RECORDINGS.errors, ids=lambda each: f"{each.code}")
def test_recorded_refusals(recorded: RecordedError) -> None:
    """WIR-035."""
    text = CATALOGUE[recorded.code][1]
    start, _, rest = text.partition("%s")
    assert recorded.msg.startswith(start)
    assert recorded.msg.endswith(rest.rpartition("%s")[2])
