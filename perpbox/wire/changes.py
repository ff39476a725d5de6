"""Every dated change of the contract: what a box switches by its API date, and what it does not.

A range or a month counts from its first day (our choice). ``Vintage.has`` asks for a change;
``perpbox vintage`` prints this page.
"""

from enum import Enum
from typing import Final, NamedTuple

Day = tuple[int, int, int]
"""Year, month, day."""


class Evidence(Enum):
    """What is known of a change."""

    PAGE = "page"
    """The venue's own change log."""
    SDK = "SDK"
    """Change log or docstring of the official SDK."""
    SEEN = "seen"
    """Observed by others."""
    RECORDED = "recorded"
    """Recorded traffic from before and after."""


class Dated(NamedTuple):
    """A change: its first day, what is so from then on, and before."""

    day: Day
    text: str
    evidence: Evidence


_PAGE, _SDK, _RECORDED = Evidence.PAGE, Evidence.SDK, Evidence.RECORDED


class Change(Enum):
    """What a box switches. The name is what the code asks for."""

    FX_SESSIONS = Dated(
        (2026, 10, 1), "tradingSession and tradingSchedule tell of the FX market", _SDK
    )
    MODIFY_REDUCE_ONLY = Dated(
        (2026, 10, 1), "PUT order takes reduceOnly, with -5047; before, it is ignored", _SDK
    )
    CALLBACK_RATE_20 = Dated(
        (2026, 10, 23), "a trailing order's callbackRate may be 20; before, 10", _PAGE
    )
    USER_TRADES_3_MONTHS = Dated((2026, 8, 26), "userTrades reach back 3 months; before, 6", _PAGE)
    ALL_ORDERS_WITHOUT_SYMBOL = Dated(
        (2026, 8, 25), "allOrders may be asked without a symbol", _PAGE
    )
    ALGO_ACTIVE = Dated((2026, 8, 21), "ALGO_UPDATE carries ia", _PAGE)
    CN_SESSIONS = Dated((2026, 8, 18), "sessions of the Chinese stock market", _SDK)
    FUNDING_SYMBOL = Dated((2026, 8, 7), "ACCOUNT_UPDATE of a funding names its symbol in S", _PAGE)
    PAIR_AND_BASE = Dated(
        (2026, 8, 7),
        "allOrders and forceOrders carry pair and cumBase, userTrades pair, baseQty and "
        "marginAsset, in a new order of keys",
        _PAGE,
    )
    MODIFY_ID = Dated(
        (2026, 7, 22), "modifyId is taken and echoed, and M stands in ORDER_TRADE_UPDATE", _SDK
    )
    FUNDING_RATE_TYPE = Dated((2026, 7, 22), "fundingRate rows carry rateType", _SDK)
    HK_SESSIONS = Dated((2026, 7, 16), "sessions of the Hong Kong stock market", _SDK)
    ACKS_WITHOUT_AVERAGE = Dated(
        (2026, 6, 30), "acknowledgements of orders carry neither avgPrice nor cumQuote", _SDK
    )
    STREAMS_TELL_KIND = Dated((2026, 6, 30), "market streams carry st, and ps where it fits", _PAGE)
    OPEN_ORDERS_STRATEGY = Dated(
        (2026, 6, 30), "openOrders rows carry an empty strategyType", _RECORDED
    )
    BOTH_LEG_UNTOLD = Dated(
        (2026, 6, 30),
        "ACCOUNT_UPDATE of a hedge account has no BOTH row before the rows that changed",
        _RECORDED,
    )
    CONTRACT_INFO_KIND = Dated((2026, 6, 29), "!contractInfo carries st in the place of ps", _SDK)
    ALGO_ACTUAL = Dated(
        (2026, 6, 9),
        "GET algoOrder tells actualType and actualQty after the trigger, and no tp and sl prices",
        _PAGE,
    )
    AGGREGATES_NORMAL_QUANTITY = Dated((2026, 6, 9), "aggTrades rows carry nq", _PAGE)
    KR_SESSIONS = Dated((2026, 6, 2), "sessions of the Korean stock market", _PAGE)
    UNROUTED_PUBLIC = Dated(
        (2026, 4, 23), "stream paths without a route deliver what /public does (strict only)", _PAGE
    )
    MODIFY_WITHOUT_PRICE = Dated(
        (2026, 4, 20), "PUT order needs no price beside priceMatch; before, -1102", _SDK
    )
    FORCE_ORDER_LARGEST = Dated(
        (2026, 4, 14), "forceOrder streams push the largest of a second; before, the latest", _PAGE
    )
    OLD_TRADES_1_MONTH = Dated(
        (2026, 3, 19), "historicalTrades reach back 1 month; before, 3", _PAGE
    )
    MARK_AVERAGE = Dated((2026, 3, 16), "markPrice streams carry ap", _PAGE)
    ENTRY_UNROUNDED = Dated(
        (2026, 1, 1),
        "entry prices print the unrounded quotient; before, 13 significant digits",
        _RECORDED,
    )
    AGG_STREAM_NORMAL_QUANTITY = Dated((2025, 12, 31), "the aggTrade stream carries nq", _PAGE)
    NO_ALGO_FILTER = Dated(
        (2025, 12, 29), "exchangeInfo has no MAX_NUM_ALGO_ORDERS among the filters", _PAGE
    )
    TRADFI = Dated(
        (2025, 12, 11), "tradingSchedule, stock/contract and the tradingSession stream", _PAGE
    )
    RPI_BOOKS = Dated(
        (2025, 11, 26), "rpiDepth, its stream, and rpiCommissionRate in commissionRate", _PAGE
    )
    ADL_RISK = Dated((2025, 11, 19), "symbolAdlRisk", _PAGE)
    RPI_TRADES = Dated((2025, 11, 18), "time in force RPI; trades carry isRPITrade", _PAGE)
    EXPIRY_REASON = Dated((2025, 10, 23), "ORDER_TRADE_UPDATE carries er", _PAGE)
    NO_OPPONENT_10 = Dated(
        (2025, 10, 23), "priceMatch has no OPPONENT_10 and OPPONENT_20 any more", _PAGE
    )
    USER_NUMBERS_TRIMMED = Dated(
        (2025, 7, 22),
        "numbers of the user stream end without zeros; before, fixed decimals",
        _RECORDED,
    )
    STREAMS_1024 = Dated((2025, 7, 2), "a connection may have 1024 streams; before, 200", _PAGE)
    SUPPLY = Dated((2025, 7, 2), "openInterestHist carries CMCCirculatingSupply", _PAGE)
    INITIAL_MARGIN_UP = Dated(
        (2025, 7, 1), "initial margins round up; before, they were cut", _RECORDED
    )
    INSURANCE_BALANCE = Dated((2025, 4, 23), "insuranceBalance", _PAGE)
    WEIGHTED_CONSTITUENTS = Dated((2025, 4, 23), "constituents carry price and weight", _PAGE)
    HALF_HOUR_SETTLEMENT = Dated(
        (2024, 11, 11),
        "a delivery averages the index over the last half hour; before, over the last hour",
        _PAGE,
    )
    TRADE_LITE = Dated((2024, 9, 3), "the user stream pushes TRADE_LITE", _PAGE)
    CONVERT = Dated((2024, 8, 26), "conversions", _PAGE)
    THIRD_VERSION = Dated(
        (2024, 7, 24),
        "v3 of account, balance and positionRisk, symbolConfig, accountConfig, v2/account.* of "
        "the WebSocket API",
        _PAGE,
    )
    ZERO_AVERAGE_SHORT = Dated(
        (2024, 7, 1), "an avgPrice of zero prints at the price's decimals", _RECORDED
    )
    TRADES_WITHOUT_MARGIN_ASSET = Dated(
        (2024, 6, 25), "userTrades rows carry no marginAsset (it returns in August 2026)", _PAGE
    )
    FEE_BURN = Dated((2024, 5, 22), "feeBurn, and its flag in accounts", _PAGE)
    PROLONGED_KEY_TOLD = Dated(
        (2024, 4, 25), "PUT listenKey answers with the key; before, with {}", _PAGE
    )
    WEBSOCKET_API = Dated((2024, 4, 1), "the WebSocket API", _PAGE)
    ORDER_LIMITS_TOLD = Dated((2024, 3, 11), "rateLimit/order", _PAGE)
    MODIFY_PRICE_MATCH = Dated(
        (2024, 1, 11), "PUT order takes priceMatch; before, it is ignored", _PAGE
    )
    USER_ENTRY_DOUBLE = Dated(
        (2024, 1, 1), "ep of the user stream prints as a double; before, fixed decimals", _RECORDED
    )
    BREAK_EVEN = Dated(
        (2023, 9, 5), "breakEvenPrice, isolated and adlQuantile in rows of positions, bep", _PAGE
    )
    MATCH_FIELDS = Dated(
        (2023, 9, 5),
        "orders carry priceMatch, selfTradePreventionMode and goodTillDate",
        _PAGE,
    )
    NO_COMMISSION_TOLD = Dated(
        (2023, 5, 28), "ORDER_TRADE_UPDATE carries n and N without a commission too", _RECORDED
    )
    ACCOUNT_MODES_TOLD = Dated(
        (2023, 1, 1), "accounts carry tradeGroupId and multiAssetsMargin", _RECORDED
    )
    ONE_TIMES_CAP = Dated(
        (2023, 1, 1), "maxNotionalValue at leverage 1 is the cap of the last bracket", _RECORDED
    )
    ENTRY_AS_DOUBLE = Dated(
        (2021, 8, 1), "entry prices print as doubles; before, fixed decimals", _RECORDED
    )
    BALANCE_CHANGE = Dated((2021, 5, 1), "balances of ACCOUNT_UPDATE carry bc", _RECORDED)


class Unswitched(NamedTuple):
    """A change that is so at every API date, and why."""

    day: Day
    text: str
    evidence: Evidence
    reason: str


_NO_FORM = "the form before it is not known"
_NOT_HERE = "perpbox has nothing that it would change"
UNSWITCHED: Final = (
    Unswitched((2026, 10, 28), "portfolio margin: uniMMR notifications", _PAGE, _NOT_HERE),
    Unswitched((2026, 10, 1), "openInterestHist leaves empty periods out", _SDK, _NO_FORM),
    Unswitched((2026, 10, 1), "continuousKlines list 1s again", _SDK, _NOT_HERE),
    Unswitched((2026, 10, 1), "income/asyn 100 times a month, 5 before", _SDK, "not counted"),
    Unswitched((2026, 10, 1), "income takes no page", _SDK, "only the SDK lost it"),
    Unswitched((2026, 6, 30), "COIN-M contracts share addresses and limits", _PAGE, _NOT_HERE),
    Unswitched((2026, 6, 20), "POST algoOrder counts as an order, weight 0", _PAGE, _NO_FORM),
    Unswitched((2026, 6, 9), "tradingSchedule tells 7 days each way", _PAGE, _NO_FORM),
    Unswitched((2026, 5, 13), "-4531 on positionSide/dual for a while", _PAGE, "no last day"),
    Unswitched((2026, 4, 20), "allAlgoOrders take no page", _SDK, _NO_FORM),
    Unswitched((2026, 4, 6), "forceOrders reach back 90 days", _PAGE, _NO_FORM),
    Unswitched((2026, 1, 1), "POST algoOrder takes newOrderRespType", _SDK, _NOT_HERE),
    Unswitched((2026, 1, 1), "isAutoAddMargin of symbolConfig is a boolean", _SDK, _NO_FORM),
    Unswitched((2025, 12, 15), "CONDITIONAL_ORDER_TRIGGER_REJECT deprecated", _PAGE, _NO_FORM),
    Unswitched(
        (2025, 12, 9),
        "conditional orders by algoOrder, -4120 elsewhere",
        _PAGE,
        "there would be no conditional orders before it",
    ),
    Unswitched((2025, 10, 23), "another text of -1008", _PAGE, _NO_FORM),
    Unswitched((2025, 10, 9), "contracts with Chinese names", _PAGE, "--symbols lists them"),
    Unswitched((2025, 7, 25), "-4109 for inactive accounts", _PAGE, _NO_FORM),
    Unswitched((2025, 1, 14), "historicalTrades default 100, at most 500", _PAGE, _NO_FORM),
    Unswitched((2024, 12, 3), "-4116 and -4117", _PAGE, _NO_FORM),
    Unswitched((2024, 11, 15), "pmExchangeInfo retired", _PAGE, _NO_FORM),
    Unswitched((2024, 10, 17), "aggTrades reach back a year, then 48 hours", _PAGE, "no first day"),
    Unswitched((2024, 10, 19), "getQuote 360 an hour, 500 a day, 10s", _PAGE, _NO_FORM),
    Unswitched((2024, 10, 16), "positionMargin/history reaches back 30 days", _PAGE, _NO_FORM),
    Unswitched((2024, 9, 27), "no listenKey@account requests", _PAGE, _NO_FORM),
    Unswitched((2024, 9, 3), "v2 account, balance, positionRisk weigh 10", _PAGE, "pages say 5"),
    Unswitched((2024, 4, 9), "GTC is valid for a year", _PAGE, _NO_FORM),
    Unswitched((2024, 2, 9), "pings and pongs of WebSockets", _PAGE, _NO_FORM),
    Unswitched((2023, 4, 18), "-5028 of the matching engine", _PAGE, _NO_FORM),
)  # fmt: skip

ENDPOINTS: Final = {
    "/fapi/v3/account": Change.THIRD_VERSION,
    "/fapi/v3/balance": Change.THIRD_VERSION,
    "/fapi/v3/positionRisk": Change.THIRD_VERSION,
    "/fapi/v1/symbolConfig": Change.THIRD_VERSION,
    "/fapi/v1/accountConfig": Change.THIRD_VERSION,
    "/fapi/v1/feeBurn": Change.FEE_BURN,
    "/fapi/v1/rateLimit/order": Change.ORDER_LIMITS_TOLD,
    "/fapi/v1/convert/exchangeInfo": Change.CONVERT,
    "/fapi/v1/convert/getQuote": Change.CONVERT,
    "/fapi/v1/convert/acceptQuote": Change.CONVERT,
    "/fapi/v1/convert/orderStatus": Change.CONVERT,
    "/fapi/v1/insuranceBalance": Change.INSURANCE_BALANCE,
    "/fapi/v1/symbolAdlRisk": Change.ADL_RISK,
    "/fapi/v1/rpiDepth": Change.RPI_BOOKS,
    "/fapi/v1/tradingSchedule": Change.TRADFI,
    "/fapi/v1/stock/contract": Change.TRADFI,
}
"""Path -> the change that brought it; before that day it is unknown."""
