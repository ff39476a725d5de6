"""The table of the lab's routes. From it come dispatch and ``docs/lab.md``."""

from typing import Final

from perpbox.lab.accounts import post_accounts, post_deposits
from perpbox.lab.assets import post_assets
from perpbox.lab.clock import get_clock, post_advance, post_clock
from perpbox.lab.delivery import post_delivery
from perpbox.lab.explain import get_market, get_position_risk
from perpbox.lab.funding import post_funding_rate
from perpbox.lab.insurance import post_insurance
from perpbox.lab.mark import post_mark_form
from perpbox.lab.openapi import openapi_document
from perpbox.lab.preview import ORDER_FIELDS, post_preview
from perpbox.lab.prices import post_depth, post_prices
from perpbox.lab.roster import get_accounts
from perpbox.lab.route import PREFIX, LabRoute
from perpbox.lab.route import LabField as F
from perpbox.lab.sessions import delete_sessions, post_sessions
from perpbox.lab.state import get_state, post_reset
from perpbox.lab.street import get_street, post_street
from perpbox.lab.terms import post_auto_add_margin, post_restrictions
from perpbox.lab.watch import get_connections, get_events, get_requests
from perpbox.lab.what_if import post_what_if

ACCOUNTS: Final = "Accounts"
MARKET: Final = "Market"
CLOCK: Final = "Clock"
STATE: Final = "State"
WATCH: Final = "Watching"
PAGES: Final = "Pages"
EXPLAIN: Final = "Explanations"
WHAT_IF: Final = "What if"
GROUPS: Final = (PAGES, STATE, WATCH, ACCOUNTS, MARKET, CLOCK, WHAT_IF, EXPLAIN)
"""In the order in which they are told."""

_ACCOUNT: Final = F("account", "number of the account")
_LIMIT: Final = F("limit", "rows, at most 1000; 100 when absent")
_SYMBOL: Final = F("symbol", "a contract on the board")

_ROUTES: Final = (
    LabRoute(
        "POST",
        "/sessions",
        post_sessions,
        "Open a session, with which a page acts for an account without holding its secret",
        PAGES,
        (F("account", "whose session; without it, the operator's own, for the lab's stream"),),
        '{"account":1}',
    ),
    LabRoute(
        "DELETE",
        "/sessions",
        delete_sessions,
        "End the session that the header X-PERPBOX-SESSION names; its streams close",
        PAGES,
        takes_session=True,
    ),
    LabRoute(
        "GET",
        "/events",
        lambda desk, fields: get_events(desk.watch, fields),
        "The last commands of the log and what they led to",
        WATCH,
        (F("fromSeq", "sequence number to begin with; the newest when absent"), _LIMIT),
        "fromSeq=1&limit=2",
    ),
    LabRoute(
        "GET",
        "/requests",
        lambda desk, fields: get_requests(desk.watch, fields),
        "The last requests of REST and the WebSocket API, newest first",
        WATCH,
        (_LIMIT,),
        "limit=1",
    ),
    LabRoute(
        "GET",
        "/connections",
        lambda desk, fields: get_connections(desk.watch, fields),
        "Open WebSockets and what they listen to",
        WATCH,
        (F("fromId", "number to begin with"), _LIMIT),
    ),
    LabRoute("GET", "/state", get_state, "Sequence number, state hash, ledger sum, counts", STATE),
    LabRoute("POST", "/reset", post_reset, "Begin anew", STATE),
    LabRoute(
        "GET",
        "/accounts",
        get_accounts,
        "Who trades here, and how each stands; equity in US dollars",
        ACCOUNTS,
        (F("fromId", "number to begin with"), _LIMIT),
        "limit=1",
    ),
    LabRoute(
        "POST",
        "/accounts",
        post_accounts,
        "Open an account; gives account, key and secret",
        ACCOUNTS,
        (
            F("wallets", "amounts by asset; none when absent"),
            F("makerFee", "commission rate, from -0.1 to 0.1; the contract's when absent"),
            F("takerFee", "likewise"),
            F("hedge", "true for hedge mode"),
            F("multiAssets", "true for multi-assets mode"),
            F("feeTier", "fee tier, 0 when absent"),
            F("feeBurn", "true to pay commissions in BNB while there is some"),
            F("notionalCoef", "scale of the account's brackets by symbol"),
            F("publicKey", "PEM of an RSA or Ed25519 key; then there is no secret"),
        ),
        '{"wallets":{"USDT":"1000"}}',
    ),
    LabRoute(
        "POST",
        "/deposits",
        post_deposits,
        "Move money in, or out with a negative amount",
        ACCOUNTS,
        (_ACCOUNT, F("asset", "a margin asset"), F("amount", "how much; negative takes out")),
        '{"account":1,"asset":"USDT","amount":"250"}',
    ),
    LabRoute(
        "POST",
        "/autoAddMargin",
        post_auto_add_margin,
        "Switch automatic margin of an isolated symbol",
        ACCOUNTS,
        (_ACCOUNT, _SYMBOL, F("on", "true or false")),
        '{"account":1,"symbol":"ETHUSDT","on":true}',
    ),
    LabRoute(
        "POST",
        "/restrictions",
        post_restrictions,
        "Forbid an account something, as the venue may; none takes it back",
        ACCOUNTS,
        (
            _ACCOUNT,
            F(
                "restriction",
                "none, locked, noOrders, inactive, coolingOff, region, reduceOnly, "
                "symbolReduceOnly, quantitativeRules or largePosition",
            ),
        ),
        '{"account":1,"restriction":"none"}',
    ),
    LabRoute(
        "POST",
        "/prices",
        post_prices,
        "Pin prices; null releases one",
        MARKET,
        (
            _SYMBOL,
            F("index", "index price, or null"),
            F("mark", "mark price, or null"),
            F("last", "last price on the tick, or null; it prints, fills and triggers"),
        ),
        '{"symbol":"BTCUSDT","index":"60000","mark":"60000","last":"60000"}',
    ),
    LabRoute(
        "POST",
        "/depth",
        post_depth,
        "Set the street depth of a symbol",
        MARKET,
        (
            _SYMBOL,
            F("bids", "[[price, quantity], …]; empty when absent"),
            F("asks", "likewise"),
        ),
        '{"symbol":"BTCUSDT","bids":[["59999.9","5"]],"asks":[["60000.1","5"]]}',
    ),
    LabRoute(
        "GET",
        "/street",
        get_street,
        "What the simulated market quotes for a symbol",
        MARKET,
        (_SYMBOL,),
        "symbol=BTCUSDT",
        example_market="sim",
    ),
    LabRoute(
        "POST",
        "/street",
        post_street,
        "Let the simulated market quote otherwise from its next step on",
        MARKET,
        (
            _SYMBOL,
            F("levels", "levels a side, 1 to 1000"),
            F("spreadTicks", "ticks between best bid and best ask"),
            F("gapTicks", "ticks between two levels"),
            F("levelNotional", "what a level is worth, about, in the quote asset"),
        ),
        '{"symbol":"BTCUSDT","levels":50,"spreadTicks":5}',
        example_market="sim",
    ),
    LabRoute(
        "POST",
        "/assets",
        post_assets,
        "Pin the dollar index of a margin asset; null releases it",
        MARKET,
        (F("asset", "a margin asset"), F("index", "dollars, or null")),
        '{"asset":"BNB","index":"612.5"}',
    ),
    LabRoute(
        "POST",
        "/fundingRate",
        post_funding_rate,
        "Set the rate of the next funding; null releases it",
        MARKET,
        (_SYMBOL, F("rate", "from -1 to 1, or null")),
        '{"symbol":"BTCUSDT","rate":"0.001"}',
    ),
    LabRoute(
        "POST",
        "/insurance",
        post_insurance,
        "Set what the insurance fund has of an asset",
        MARKET,
        (F("asset", "a margin asset"), F("balance", "0 or more")),
        '{"asset":"USDT","balance":"1000"}',
    ),
    LabRoute(
        "POST",
        "/delivery",
        post_delivery,
        "Set when a contract is settled and ends, a quarterly or any other one",
        MARKET,
        (_SYMBOL, F("at", "a time to come, in ms or ISO-8601")),
        '{"symbol":"BTCUSDT","at":"2026-12-25T08:00"}',
    ),
    LabRoute(
        "POST",
        "/markForm",
        post_mark_form,
        "Make the mark by one of the venue's protected forms, or by the usual one again",
        MARKET,
        (_SYMBOL, F("form", "median, basis or last")),
        '{"symbol":"BTCUSDT","form":"basis"}',
    ),
    LabRoute("GET", "/clock", get_clock, "Mode, time and speed of the clock", CLOCK),
    LabRoute(
        "POST",
        "/clock",
        post_clock,
        "Set the clock",
        CLOCK,
        (
            F("mode", "real, frozen, scaled or jumping"),
            F("now", "box time to go on from; never earlier than it is"),
            F("speed", "of a scaled clock"),
        ),
        '{"mode":"frozen"}',
    ),
    LabRoute(
        "POST",
        "/clock/advance",
        post_advance,
        "Let time pass at once; answers when every consequence has been applied",
        CLOCK,
        (F("ms", "milliseconds"), F("to", "or a time")),
        '{"ms":1000}',
    ),
    LabRoute(
        "POST",
        "/preview",
        post_preview,
        "What an order would do: cost, fills, and how position and account stand after it;"
        " atTrigger tells the same of a conditional order once the price is there",
        WHAT_IF,
        (_ACCOUNT, *(F(name, "as in fapi") for name in ORDER_FIELDS)),
        '{"account":1,"symbol":"BTCUSDT","side":"BUY","type":"MARKET","quantity":"0.01"}',
    ),
    LabRoute(
        "POST",
        "/whatif",
        post_what_if,
        "What an account would be worth at other prices, and which positions would be dead",
        WHAT_IF,
        (
            _ACCOUNT,
            F("moves", "shares by symbol: one scenario"),
            F("from", "or a range: the first share, above -1"),
            F("to", "the last share"),
            F("steps", "how many, 2 to 201; 101 when absent"),
            F("symbol", "what moves along the range; all that the account holds when absent"),
        ),
        '{"account":1,"moves":{"BTCUSDT":"-0.1"}}',
    ),
    LabRoute(
        "GET",
        "/explain/positionRisk",
        get_position_risk,
        "How each number of position risk came about",
        EXPLAIN,
        (_ACCOUNT, _SYMBOL, F("positionSide", "BOTH, LONG or SHORT; all legs when absent")),
        "account=1&symbol=BTCUSDT",
    ),
    LabRoute(
        "GET",
        "/explain/market",
        get_market,
        "How mark price, index price and funding rate of a symbol came about",
        EXPLAIN,
        (_SYMBOL,),
        "symbol=BTCUSDT",
    ),
)

ROUTES: Final[tuple[LabRoute, ...]] = (
    *_ROUTES,
    LabRoute(
        "GET",
        "/openapi.json",
        lambda desk, fields: openapi_document(ROUTES, PREFIX),  # noqa: ARG005
        "These routes as an OpenAPI document",
        STATE,
    ),
)
