"""Routes about forced closes: of the account, and of the fund that takes positions over."""

from typing import Final

from perpbox.wire import routes_account, routes_market
from perpbox.wire.answers import liquidation
from perpbox.wire.kinds import Choice, Whole
from perpbox.wire.order_params import SYMBOL_OPTIONAL
from perpbox.wire.params import Param
from perpbox.wire.route import BySymbol, Route, Security
from perpbox.wire.routes_trade import END_TIME, START_TIME

ROUTES: Final = (
    Route(
        "GET",
        "/fapi/v1/insuranceBalance",
        Security.NONE,
        1,
        (SYMBOL_OPTIONAL,),
        liquidation.insurance_balance,
        "What the insurance fund has",
        group=routes_market.GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/symbolAdlRisk",
        Security.NONE,
        1,
        (SYMBOL_OPTIONAL,),
        liquidation.adl_risk,
        "How near deleveraging is",
        group=routes_market.GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/adlQuantile",
        Security.USER_DATA,
        5,
        (SYMBOL_OPTIONAL,),
        liquidation.adl_quantile,
        "Deleveraging ranks of positions",
        group=routes_account.GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/forceOrders",
        Security.USER_DATA,
        BySymbol(20, 50),
        (
            SYMBOL_OPTIONAL,
            Param("autoCloseType", Choice({name: name for name in liquidation.CLOSE_TYPES})),
            START_TIME,
            END_TIME,
            Param("limit", Whole(1, 100), default=50),
        ),
        liquidation.force_orders,
        "Orders that the exchange entered for the account",
        group=routes_account.GROUP,
    ),
)
