"""Routes that tell and set an account: position risk, balances, settings, histories."""

from typing import Final

from perpbox.engine.types import PositionSide
from perpbox.wire import render_account, render_risk
from perpbox.wire.answers import account, history, settings
from perpbox.wire.kinds import Choice, Decimal, Flag, OneOfWhole, Text, Whole
from perpbox.wire.order_params import ORDER_ID, POSITION_SIDE, SYMBOL, SYMBOL_OPTIONAL
from perpbox.wire.params import Param
from perpbox.wire.route import Route, Security
from perpbox.wire.routes_trade import END_TIME, START_TIME

TRADE: Final = Security.TRADE
USER_DATA: Final = Security.USER_DATA
GROUP: Final = "account"
LEVERAGE_DIGITS_BOUND: Final = 1_000_000
LIMIT: Final = Param("limit", Whole(1, 1000), default=500)

ROUTES: Final = (
    Route(
        "GET",
        "/fapi/v2/positionRisk",
        USER_DATA,
        5,
        (SYMBOL_OPTIONAL,),
        render_risk.position_risk_v2,
        "Position risk, every symbol",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v3/positionRisk",
        USER_DATA,
        5,
        (SYMBOL_OPTIONAL,),
        render_risk.position_risk_v3,
        "Position risk of open positions",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v2/account",
        USER_DATA,
        5,
        (),
        render_account.account_v2,
        "Account with every position",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v3/account",
        USER_DATA,
        5,
        (),
        render_account.account_v3,
        "Account with open positions",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v2/balance",
        USER_DATA,
        5,
        (),
        render_account.balance_v2,
        "Balances",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v3/balance",
        USER_DATA,
        5,
        (),
        render_account.balance_v3,
        "Balances",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/userTrades",
        USER_DATA,
        5,
        (
            SYMBOL,
            Param("orderId", ORDER_ID.kind),
            START_TIME,
            END_TIME,
            Param("fromId", Whole(), note="not together with times"),
            LIMIT,
        ),
        history.user_trades,
        "Fills of the account",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/income",
        USER_DATA,
        30,
        (
            SYMBOL_OPTIONAL,
            Param("incomeType", Text(40)),
            START_TIME,
            END_TIME,
            Param("page", Whole(1, 1_000_000)),
            Param("limit", Whole(1, 1000), default=100),
        ),
        history.income,
        "Movements of money",
        group=GROUP,
    ),
    Route(
        "POST",
        "/fapi/v1/leverage",
        TRADE,
        1,
        (
            SYMBOL,
            Param("leverage", Whole(1, LEVERAGE_DIGITS_BOUND, code=-4028), mandatory=True),
        ),
        settings.leverage_change,
        "Set the leverage of a symbol",
        group=GROUP,
    ),
    Route(
        "POST",
        "/fapi/v1/marginType",
        TRADE,
        1,
        (
            SYMBOL,
            Param(
                "marginType", Choice({"ISOLATED": "ISOLATED", "CROSSED": "CROSSED"}), mandatory=True
            ),
        ),
        settings.margin_type_change,
        "Set a symbol to isolated or cross margin",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/positionSide/dual",
        USER_DATA,
        30,
        (),
        settings.position_mode,
        "Position mode",
        group=GROUP,
    ),
    Route(
        "POST",
        "/fapi/v1/positionSide/dual",
        TRADE,
        1,
        (Param("dualSidePosition", Flag(), mandatory=True),),
        settings.position_mode_change,
        "Set hedge or one-way mode",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/multiAssetsMargin",
        USER_DATA,
        30,
        (),
        settings.multi_assets_mode,
        "Multi-assets mode",
        group=GROUP,
    ),
    Route(
        "POST",
        "/fapi/v1/positionMargin",
        TRADE,
        1,
        (
            SYMBOL,
            Param("amount", Decimal(), mandatory=True),
            Param("type", OneOfWhole((1, 2)), mandatory=True, note="1 adds, 2 takes out"),
            Param("positionSide", POSITION_SIDE.kind, default=PositionSide.BOTH),
        ),
        settings.isolated_margin_change,
        "Add or take out isolated margin",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/positionMargin/history",
        TRADE,
        1,
        (
            SYMBOL,
            Param("type", OneOfWhole((1, 2))),
            START_TIME,
            END_TIME,
            LIMIT,
        ),
        history.margin_history,
        "Changes of isolated margin",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/leverageBracket",
        USER_DATA,
        1,
        (SYMBOL_OPTIONAL,),
        account.leverage_brackets,
        "Leverage brackets",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/commissionRate",
        USER_DATA,
        20,
        (SYMBOL,),
        account.commission_rate,
        "Commission rates",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/accountConfig",
        USER_DATA,
        5,
        (),
        account.account_config,
        "Settings of the account",
        group=GROUP,
    ),
    Route(
        "GET",
        "/fapi/v1/symbolConfig",
        USER_DATA,
        5,
        (SYMBOL_OPTIONAL,),
        account.symbol_config,
        "Settings by symbol",
        group=GROUP,
    ),
)
