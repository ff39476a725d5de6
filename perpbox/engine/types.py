"""The closed vocabularies of the trade."""

from enum import Enum, IntEnum
from typing import Final


class Word(Enum):
    """A member whose value is a text.

    ``text`` is that value: an attribute, where ``value`` is a call in Python that takes longer
    than writing the text down.
    """

    def __init__(self, text: object) -> None:
        self.text = str(text)


class Number(IntEnum):
    """A member that counts; ``text`` is its name, as an attribute."""

    def __init__(self, number: object) -> None:  # noqa: ARG002
        self.text: str = self.name


class Side(Number):
    """Direction of an order; the value is the sign of the position change."""

    BUY = 1
    SELL = -1


class PositionSide(Number):
    """Which leg of a symbol an order or a position belongs to."""

    BOTH = 0
    LONG = 1
    SHORT = 2


# Looking a member up on its class takes Python 3.11 longer than the arithmetic of a fill; what
# every order asks for has a name of its own, here or in the module that asks.
BUY: Final = Side.BUY
SELL: Final = Side.SELL
BOTH: Final = PositionSide.BOTH
LONG: Final = PositionSide.LONG
SHORT: Final = PositionSide.SHORT


class OrderType(Word):
    """Order types that the matching engine takes."""

    LIMIT = "LIMIT"
    MARKET = "MARKET"


class TimeInForce(Word):
    """How long an order may wait."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTX = "GTX"
    GTD = "GTD"
    RPI = "RPI"
    """Post-only, in a book of its own that only the street's prints reach."""
    GTE_GTC = "GTE_GTC"
    """GTC, bound to a position; of conditional orders only."""


POST_ONLY: Final = (TimeInForce.GTX, TimeInForce.RPI)
"""Times in force of orders that never take."""


class OrderStatus(Word):
    """Life of an order. ``EXPIRED_IN_MATCH`` is an order taken out by self-trade prevention."""

    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"


class Restriction(Enum):
    """What the venue may forbid a single account; the values are the lab's words."""

    NONE = "none"
    LOCKED = "locked"
    """Its keys open nothing."""
    NO_ORDERS = "noOrders"
    INACTIVE = "inactive"
    COOLING_OFF = "coolingOff"
    REGION = "region"
    REDUCE_ONLY = "reduceOnly"
    SYMBOL_REDUCE_ONLY = "symbolReduceOnly"
    QUANTITATIVE_RULES = "quantitativeRules"
    LARGE_POSITION = "largePosition"


class SelfTradePrevention(Word):
    """Which order goes when an account would trade with itself."""

    NONE = "NONE"
    EXPIRE_TAKER = "EXPIRE_TAKER"
    EXPIRE_MAKER = "EXPIRE_MAKER"
    EXPIRE_BOTH = "EXPIRE_BOTH"


class PriceMatch(Word):
    """Ways to let the book choose a limit price; the value is (own side?, level)."""

    NONE = "NONE"
    OPPONENT = "OPPONENT"
    OPPONENT_5 = "OPPONENT_5"
    OPPONENT_10 = "OPPONENT_10"
    OPPONENT_20 = "OPPONENT_20"
    QUEUE = "QUEUE"
    QUEUE_5 = "QUEUE_5"
    QUEUE_10 = "QUEUE_10"
    QUEUE_20 = "QUEUE_20"


class EndReason(Enum):
    """Why an order ended before it was filled."""

    USER = "user"
    TIME_IN_FORCE = "time in force"
    REDUCE_ONLY = "nothing left to reduce"
    SELF_TRADE = "self-trade prevention"
    MARKET_BOUND = "market take bound"
    MODIFY = "modification"
    DATE = "good till date"
    LIQUIDATION = "liquidation"
    DELISTED = "the contract ends"


class Forced(Enum):
    """Why the exchange itself entered an order for an account."""

    NO = "no"
    LIQUIDATION = "liquidation"
    DELEVERAGING = "deleveraging"
    SETTLEMENT = "settlement"


class Phase(Enum):
    """Life of a contract towards its delivery."""

    OPEN = "open"
    """It trades, if it is listed as trading."""
    REDUCING = "positions are only reduced"
    SETTLING = "settled, and not yet over"
    OVER = "over"


class MarkForm(Enum):
    """How the mark of a contract is made."""

    MEDIAN = "median"
    """Of funding leg, book leg and contract price."""
    BASIS = "basis"
    """The book leg alone, in extreme markets."""
    LAST = "last"
    """The contract price within limits, where the index fails."""


class LedgerKind(Enum):
    """Every reason for which money moves."""

    TRANSFER = "transfer"
    REALIZED_PNL = "realized profit"
    COMMISSION = "commission"
    FUNDING_FEE = "funding"
    INSURANCE_CLEAR = "liquidation clearance"
    COIN_SWAP_WITHDRAW = "given in a conversion"
    COIN_SWAP_DEPOSIT = "got in a conversion"
    AUTO_EXCHANGE = "debt in one asset paid in others"
    DELIVERED_SETTLEMENT = "realized profit of a delivery"


class ClockMotion(Enum):
    """How box time goes on. It is in the log, because what is pushed when depends on it."""

    RUNS = "runs"
    """By itself: a while without commands is a while that passes."""
    STANDS = "stands"
    """It does not: what a command changes is all that happens."""
    LEAPS = "leaps"
    """Over a span at once: only what changes in it counts."""


class TradeSource(Enum):
    """Where a public trade came from."""

    ACCOUNTS = "accounts"
    STREET = "street"
    RPI = "retail price improvement"


class AlgoType(Word):
    """Types of conditional orders."""

    STOP = "STOP"
    STOP_MARKET = "STOP_MARKET"
    TAKE_PROFIT = "TAKE_PROFIT"
    TAKE_PROFIT_MARKET = "TAKE_PROFIT_MARKET"
    TRAILING_STOP_MARKET = "TRAILING_STOP_MARKET"


class AlgoStatus(Enum):
    """Life of a conditional order."""

    NEW = "NEW"
    CANCELED = "CANCELED"
    TRIGGERING = "TRIGGERING"
    TRIGGERED = "TRIGGERED"
    FINISHED = "FINISHED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class WorkingType(Word):
    """Which price a condition looks at: that of trades, or the mark."""

    CONTRACT_PRICE = "CONTRACT_PRICE"
    MARK_PRICE = "MARK_PRICE"
