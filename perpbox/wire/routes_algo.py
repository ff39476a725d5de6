"""Routes of conditional orders."""

from typing import Final

from perpbox.engine.types import (
    AlgoType,
    PriceMatch,
    SelfTradePrevention,
    Side,
    TimeInForce,
    WorkingType,
)
from perpbox.wire.answers import algo
from perpbox.wire.kinds import Choice, ClientOrderId, Decimal, Flag, Text, Whole
from perpbox.wire.order_params import POSITION_SIDE, SYMBOL, SYMBOL_OPTIONAL, RespType
from perpbox.wire.params import Param
from perpbox.wire.render_algo import CONDITIONAL
from perpbox.wire.route import BySymbol, Route, Security
from perpbox.wire.routes_trade import END_TIME, GROUP, START_TIME, TRADE

_TIMES: Final = (
    TimeInForce.GTC,
    TimeInForce.IOC,
    TimeInForce.FOK,
    TimeInForce.GTX,
    TimeInForce.GTE_GTC,
)
_ALGO_TYPE: Final = Choice({CONDITIONAL: CONDITIONAL})
_ALGO_ID: Final = Param("algoId", Whole(), note="wins over clientAlgoId")
_CLIENT_ALGO_ID: Final = Param("clientAlgoId", Text(36), note="one of the two ids must be sent")

PLACE: Final = (
    Param("algoType", _ALGO_TYPE, mandatory=True),
    SYMBOL,
    Param("side", Choice({side.name: side for side in Side}, code=-1117), mandatory=True),
    Param("type", Choice({kind.value: kind for kind in AlgoType}, code=-1116), mandatory=True),
    POSITION_SIDE,
    Param(
        "timeInForce",
        Choice({time.value: time for time in _TIMES}, code=-1115),
        default=TimeInForce.GTC,
        note="GTE_GTC goes away with the position",
    ),
    Param("quantity", Decimal(), note="not with closePosition"),
    Param("price", Decimal(), note="STOP and TAKE_PROFIT, not together with priceMatch"),
    Param("triggerPrice", Decimal(), note="not for TRAILING_STOP_MARKET"),
    Param(
        "workingType",
        Choice({kind.value: kind for kind in WorkingType}, code=-4031),
        default=WorkingType.CONTRACT_PRICE,
    ),
    Param(
        "priceMatch",
        Choice({match.value: match for match in PriceMatch}, code=-5037),
        note="STOP and TAKE_PROFIT, not together with price",
    ),
    Param("closePosition", Flag(), note="STOP_MARKET and TAKE_PROFIT_MARKET"),
    Param("priceProtect", Flag()),
    Param("reduceOnly", Flag(), note="not in hedge mode, not with closePosition"),
    Param("activatePrice", Decimal(), note="TRAILING_STOP_MARKET; the price now when absent"),
    Param("callbackRate", Decimal(), note="TRAILING_STOP_MARKET; percent"),
    Param("clientAlgoId", ClientOrderId(), note="made up when absent"),
    Param(
        "newOrderRespType",
        Choice({kind.value: kind for kind in RespType}, code=-1136),
        default=RespType.ACK,
    ),
    Param(
        "selfTradePreventionMode",
        Choice({mode.value: mode for mode in SelfTradePrevention}, code=-5039),
        default=SelfTradePrevention.EXPIRE_MAKER,
    ),
    Param("goodTillDate", Whole(), note="0, or -1106"),
)

ROUTES: Final = (
    Route(
        "POST",
        "/fapi/v1/algoOrder",
        TRADE,
        0,
        PLACE,
        algo.algo_place,
        "Place a conditional order",
        group=GROUP,
        orders=(1, 1),
    ),
    Route(
        "DELETE",
        "/fapi/v1/algoOrder",
        TRADE,
        1,
        (_ALGO_ID, _CLIENT_ALGO_ID),
        algo.algo_cancel,
        "Cancel a conditional order that waits",
        group=GROUP,
    ),
    Route(
        "DELETE",
        "/fapi/v1/algoOpenOrders",
        TRADE,
        1,
        (SYMBOL,),
        algo.algo_cancel_all,
        "Cancel every waiting conditional order of a symbol",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/algoOrder",
        Security.USER_DATA,
        1,
        (_ALGO_ID, _CLIENT_ALGO_ID),
        algo.algo_order,
        "Look a conditional order up, waiting or not",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/openAlgoOrders",
        Security.USER_DATA,
        BySymbol(1, 40),
        (Param("algoType", _ALGO_TYPE), SYMBOL_OPTIONAL, Param("algoId", Whole())),
        algo.open_algo_orders,
        "All waiting conditional orders",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/allAlgoOrders",
        Security.USER_DATA,
        5,
        (
            SYMBOL,
            Param("algoId", Whole(), note="first id to return"),
            START_TIME,
            END_TIME,
            Param("limit", Whole(1, 1000), default=500),
        ),
        algo.all_algo_orders,
        "Conditional orders, waiting and not",
        group=GROUP,
    ),
)
