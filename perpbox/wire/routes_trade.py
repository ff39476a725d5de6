"""Routes that place, change, cancel and look up orders."""

from typing import Final

from perpbox.wire.answers import amendments, change, orders, place, standing
from perpbox.wire.kinds import Whole
from perpbox.wire.order_params import (
    BATCH,
    CANCEL_BATCH,
    NAMED,
    ORDER_ID,
    PLACE,
    SYMBOL,
    SYMBOL_OPTIONAL,
)
from perpbox.wire.order_params import MODIFY as MODIFY_PARAMS
from perpbox.wire.params import Param
from perpbox.wire.route import BySymbol, Route, Security

TRADE: Final = Security.TRADE
USER_DATA: Final = Security.USER_DATA
GROUP: Final = "trade"
START_TIME: Final = Param("startTime", Whole(), note="ms, inclusive")
END_TIME: Final = Param("endTime", Whole(), note="ms, inclusive")

ROUTES: Final = (
    Route(
        "POST",
        "/fapi/v1/order",
        TRADE,
        0,
        PLACE,
        place.order_place,
        "Place an order",
        group=GROUP,
        orders=(1, 1),
    ),
    Route(
        "POST",
        "/fapi/v1/order/test",
        TRADE,
        0,
        PLACE,
        place.order_test,
        "Check an order without placing it",
        group=GROUP,
        orders=(1, 1),
    ),
    Route(
        "POST",
        "/fapi/v1/batchOrders",
        TRADE,
        5,
        BATCH,
        place.orders_place,
        "Place up to five orders",
        group=GROUP,
        orders=(5, 1),
    ),
    Route(
        "PUT",
        "/fapi/v1/order",
        TRADE,
        0,
        MODIFY_PARAMS,
        change.order_modify,
        "Change price and quantity of an open LIMIT order",
        group=GROUP,
        orders=(1, 1),
    ),
    Route(
        "PUT",
        "/fapi/v1/batchOrders",
        TRADE,
        5,
        BATCH,
        change.orders_modify,
        "Change up to five open orders",
        group=GROUP,
        orders=(5, 1),
    ),
    Route(
        "DELETE",
        "/fapi/v1/order",
        TRADE,
        1,
        NAMED,
        change.order_cancel,
        "Cancel an order",
        group=GROUP,
    ),
    Route(
        "DELETE",
        "/fapi/v1/batchOrders",
        TRADE,
        1,
        CANCEL_BATCH,
        change.orders_cancel,
        "Cancel up to ten orders",
        group=GROUP,
    ),
    Route(
        "DELETE",
        "/fapi/v1/allOpenOrders",
        TRADE,
        1,
        (SYMBOL,),
        change.orders_cancel_all,
        "Cancel every open order of a symbol",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/order",
        USER_DATA,
        1,
        NAMED,
        orders.order,
        "Look an order up, open or finished",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/openOrder",
        USER_DATA,
        1,
        NAMED,
        orders.open_order,
        "Look an open order up",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/openOrders",
        USER_DATA,
        BySymbol(1, 40),
        (SYMBOL_OPTIONAL,),
        orders.open_orders,
        "All open orders",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/allOrders",
        USER_DATA,
        5,
        (
            SYMBOL_OPTIONAL,
            Param("orderId", ORDER_ID.kind, note="first id to return"),
            START_TIME,
            END_TIME,
            Param("limit", Whole(1, 1000), default=500),
        ),
        orders.all_orders,
        "Orders open and finished",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/orderAmendment",
        USER_DATA,
        1,
        (
            *NAMED.params,
            START_TIME,
            END_TIME,
            Param("limit", Whole(1, 100), default=50),
        ),
        amendments.order_amendments,
        "Changes of an order, newest first",
        group=GROUP,
    ),
    Route(
        "POST",
        "/fapi/v1/stock/contract",
        USER_DATA,
        50,
        (),
        standing.tradfi_agreement,
        "Sign the agreement on contracts on traditional assets",
        group=GROUP,
    ),
)
