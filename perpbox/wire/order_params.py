"""Parameters of order requests, single or inside a batch, and their vocabularies."""

from enum import Enum
from typing import Final

from perpbox.engine.types import (
    OrderType,
    PositionSide,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from perpbox.wire.kinds import (
    Choice,
    ClientOrderId,
    Decimal,
    Flag,
    JsonList,
    Symbol,
    Text,
    Whole,
)
from perpbox.wire.params import Param, ParamTable

BATCH_ORDERS_MAX: Final = 5
BATCH_CANCELS_MAX: Final = 10


class RespType(Enum):
    """How much an answer to a placement tells."""

    ACK = "ACK"
    RESULT = "RESULT"


CONDITIONAL_TYPES: Final = (
    "STOP",
    "STOP_MARKET",
    "TAKE_PROFIT",
    "TAKE_PROFIT_MARKET",
    "TRAILING_STOP_MARKET",
)

SYMBOL: Final = Param("symbol", Symbol(), mandatory=True)
SYMBOL_OPTIONAL: Final = Param("symbol", Symbol())
ORDER_ID: Final = Param("orderId", Whole(), note="wins over origClientOrderId")
ORIG_CLIENT_ORDER_ID: Final = Param(
    "origClientOrderId", Text(36), note="one of the two ids must be sent"
)

_SIDES = Choice({side.name: side for side in Side}, code=-1117)
_TYPES = Choice(
    {kind.value: kind for kind in OrderType} | {name: name for name in CONDITIONAL_TYPES},
    code=-1116,
)
_POSITION_SIDES = Choice({side.name: side for side in PositionSide}, code=-4060)
_MATCHES = Choice({match.value: match for match in PriceMatch}, code=-5037)
_QUANTITY = Param("quantity", Decimal())
_PRICE = Param("price", Decimal(), note="not together with priceMatch")
_MATCH = Param("priceMatch", _MATCHES, note="LIMIT only, not together with price")
_REDUCE_ONLY = Param("reduceOnly", Flag(), note="not in hedge mode")

POSITION_SIDE: Final = Param(
    "positionSide",
    _POSITION_SIDES,
    default=PositionSide.BOTH,
    note="BOTH in one-way mode, LONG or SHORT in hedge mode",
)

PLACE: Final = ParamTable(
    (
        SYMBOL,
        Param("side", _SIDES, mandatory=True),
        Param("type", _TYPES, mandatory=True, note="conditional types give -4120"),
        POSITION_SIDE,
        Param(
            "timeInForce",
            Choice(
                {tif.value: tif for tif in TimeInForce if tif is not TimeInForce.GTE_GTC},
                code=-1115,
            ),
            note="LIMIT only",
        ),
        _REDUCE_ONLY,
        _QUANTITY,
        _PRICE,
        Param("newClientOrderId", ClientOrderId(), note="made up when absent"),
        Param(
            "newOrderRespType",
            Choice({kind.value: kind for kind in RespType}, code=-1136),
            default=RespType.ACK,
        ),
        Param("closePosition", Flag(), note="for conditional orders only"),
        _MATCH,
        Param(
            "selfTradePreventionMode",
            Choice({mode.value: mode for mode in SelfTradePrevention}, code=-5039),
            default=SelfTradePrevention.EXPIRE_MAKER,
        ),
        Param("goodTillDate", Whole(), note="GTD only; ms, cut to seconds"),
    )
)

MODIFY: Final = ParamTable(
    (
        SYMBOL,
        Param("side", _SIDES, mandatory=True),
        Param("quantity", Decimal(), mandatory=True),
        _PRICE,
        ORDER_ID,
        ORIG_CLIENT_ORDER_ID,
        _MATCH,
        Param("modifyId", Whole(), note="echoed"),
        _REDUCE_ONLY,
    )
)

BATCH: Final = ParamTable(
    (Param("batchOrders", JsonList(BATCH_ORDERS_MAX, code=-4082), mandatory=True),)
)
NAMED: Final = ParamTable((SYMBOL, ORDER_ID, ORIG_CLIENT_ORDER_ID))
CANCEL_BATCH: Final = ParamTable(
    (
        SYMBOL,
        Param("orderIdList", JsonList(BATCH_CANCELS_MAX, code=-4032)),
        Param("origClientOrderIdList", JsonList(BATCH_CANCELS_MAX, code=-4032)),
    )
)
