"""Why the exchange says no. No texts and no wire codes here: the wire room has those."""

from enum import Enum, auto


class Reject(Enum):
    """A refusal. The state is untouched whenever one of these is returned."""

    SYMBOL_UNKNOWN = auto()
    SYMBOL_NOT_TRADING = auto()
    ACCOUNT_UNKNOWN = auto()
    ASSET_UNKNOWN = auto()
    # quantity and price filters
    QUANTITY_NOT_POSITIVE = auto()
    QUANTITY_TOO_PRECISE = auto()
    QUANTITY_BELOW_MIN = auto()
    QUANTITY_ABOVE_MAX = auto()
    QUANTITY_OFF_STEP = auto()
    PRICE_NOT_POSITIVE = auto()
    PRICE_TOO_PRECISE = auto()
    PRICE_BELOW_MIN = auto()
    PRICE_ABOVE_MAX = auto()
    PRICE_OFF_TICK = auto()
    PRICE_ABOVE_BAND = auto()
    PRICE_BELOW_BAND = auto()
    NOTIONAL_BELOW_MIN = auto()
    NO_COUNTERPARTY_IN_BAND = auto()
    PRICE_MATCH_NO_DEPTH = auto()
    GOOD_TILL_DATE_INVALID = auto()
    # account state
    CLIENT_ORDER_ID_DUPLICATE = auto()
    OPEN_ORDERS_ABOVE_MAX = auto()
    POSITION_SIDE_MISMATCH = auto()
    REDUCE_ONLY_IN_HEDGE_MODE = auto()
    REDUCE_ONLY_REJECTED = auto()
    REDUCE_ONLY_EXCEEDS_POSITION = auto()
    POSITION_ABOVE_BRACKET_CAP = auto()
    MARGIN_INSUFFICIENT = auto()
    # matching
    POST_ONLY_WOULD_TAKE = auto()
    FOK_NOT_FILLABLE = auto()
    # orders
    ORDER_UNKNOWN = auto()
    ORDER_TO_MODIFY_UNKNOWN = auto()
    MODIFY_SAME_VALUES = auto()
    MODIFY_LIMIT_ONLY = auto()
    MODIFY_COUNT_ABOVE_MAX = auto()
    # settings
    LEVERAGE_INVALID = auto()
    LEVERAGE_MARGIN_INSUFFICIENT = auto()
    LEVERAGE_ISOLATED_REDUCTION = auto()
    MARGIN_TYPE_SAME = auto()
    MARGIN_TYPE_HAS_ORDERS = auto()
    MARGIN_TYPE_HAS_POSITION = auto()
    POSITION_MODE_SAME = auto()
    POSITION_MODE_HAS_ORDERS = auto()
    POSITION_MODE_HAS_POSITION = auto()
    MARGIN_AMOUNT_NOT_POSITIVE = auto()
    MARGIN_NOT_ISOLATED = auto()
    MARGIN_NO_POSITION = auto()
    MARGIN_CROSS_INSUFFICIENT = auto()
    MARGIN_ISOLATED_INSUFFICIENT = auto()
    # lab
    PRICE_NOT_SET = auto()
    ACCOUNTS_ABOVE_MAX = auto()
    API_KEY_DUPLICATE = auto()
