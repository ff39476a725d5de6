"""Errors of the wire: codes, HTTP statuses and texts, and what each refusal becomes."""

import json
from importlib.resources import files
from typing import Final

import orjson

from perpbox.engine.rejects import Reject
from perpbox.engine.symbol import Instrument
from perpbox.money import PLACES, fixed, plain


def _load() -> dict[int, tuple[int, str]]:
    rows = json.loads(files(__package__).joinpath("errors.json").read_text("utf-8"))
    return {int(code): (status, text) for code, (status, text) in rows.items()}


CATALOGUE: Final = _load()
"""Code -> (HTTP status, text with ``%s`` where a value stands)."""


class WireError(Exception):
    """An answer that says no: HTTP status, code, text, and after how many seconds to ask again."""

    def __init__(self, status: int, code: int, msg: str, retry_after_s: int = 0) -> None:
        super().__init__(code, msg)
        self.status = status
        self.code = code
        self.msg = msg
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> bytes:
        """Header lines to send with it."""
        return b"Retry-After: %d\r\n" % self.retry_after_s if self.retry_after_s else b""

    def body(self) -> bytes:
        """The JSON object that every error answer is."""
        return orjson.dumps({"code": self.code, "msg": self.msg})


def wire_error(code: int, *values: str) -> WireError:
    """The catalogue's error of that code, its ``%s`` filled in order."""
    status, text = CATALOGUE[code]
    for value in values:
        text = text.replace("%s", value, 1)
    return WireError(status, code, text)


def mandatory(name: str) -> WireError:
    """A mandatory parameter is missing, empty or malformed."""
    return wire_error(-1102, name)


def one_of_two(first: str, second: str) -> WireError:
    """Neither of two alternative parameters was sent."""
    msg = f"Param '{first}' or '{second}' must be sent, but both were empty/null!"
    return WireError(400, -1102, msg)


def not_required(name: str) -> WireError:
    """A parameter that this kind of request must not carry."""
    return wire_error(-1106, name)


def invalid(name: str) -> WireError:
    """A parameter's value is not one the request can take."""
    return wire_error(-1130, name)


CODES: Final[dict[Reject, int]] = {
    Reject.SYMBOL_UNKNOWN: -1121,
    Reject.SYMBOL_NOT_TRADING: -4140,
    Reject.SYMBOL_REDUCE_ONLY: -4105,
    Reject.SYMBOL_REDUCE_ONLY_BUY: -4106,
    Reject.SYMBOL_REDUCE_ONLY_SELL: -4107,
    Reject.SYMBOL_ONLY_REDUCES: -4140,
    Reject.SYMBOL_OVER: -4141,
    Reject.SYMBOL_WITHOUT_FUNDING: -4104,
    Reject.RESTRICTED_REDUCE_ONLY: -4087,
    Reject.RESTRICTED_SYMBOL_REDUCE_ONLY: -4189,
    Reject.RESTRICTED_QUANTITATIVE_RULES: -4400,
    Reject.RESTRICTED_LARGE_POSITION: -4401,
    Reject.RESTRICTED_NO_ORDERS: -4088,
    Reject.RESTRICTED_INACTIVE: -4109,
    Reject.RESTRICTED_COOLING_OFF: -4192,
    Reject.RESTRICTED_REGION: -4402,
    Reject.ACCOUNT_UNKNOWN: -1109,
    Reject.ASSET_UNKNOWN: -1108,
    Reject.QUANTITY_NOT_POSITIVE: -4003,
    Reject.QUANTITY_TOO_PRECISE: -1111,
    Reject.QUANTITY_BELOW_MIN: -4004,
    Reject.QUANTITY_ABOVE_MAX: -4005,
    Reject.QUANTITY_OFF_STEP: -4023,
    Reject.PRICE_NOT_POSITIVE: -4001,
    Reject.PRICE_TOO_PRECISE: -1111,
    Reject.PRICE_BELOW_MIN: -4013,
    Reject.PRICE_ABOVE_MAX: -4002,
    Reject.PRICE_OFF_TICK: -4014,
    Reject.PRICE_ABOVE_BAND: -4016,
    Reject.PRICE_BELOW_BAND: -4024,
    Reject.NOTIONAL_BELOW_MIN: -4164,
    Reject.NO_COUNTERPARTY_IN_BAND: -4131,
    Reject.PRICE_MATCH_NO_DEPTH: -5041,
    Reject.GOOD_TILL_DATE_INVALID: -5040,
    Reject.RPI_NOT_TAKEN: -1115,
    Reject.CLIENT_ORDER_ID_DUPLICATE: -4116,
    Reject.OPEN_ORDERS_ABOVE_MAX: -2025,
    Reject.POSITION_SIDE_MISMATCH: -4061,
    Reject.REDUCE_ONLY_IN_HEDGE_MODE: -1106,
    Reject.REDUCE_ONLY_REJECTED: -2022,
    Reject.REDUCE_ONLY_EXCEEDS_POSITION: -4118,
    Reject.POSITION_ABOVE_BRACKET_CAP: -2027,
    Reject.MARGIN_INSUFFICIENT: -2019,
    Reject.IN_LIQUIDATION: -2023,
    Reject.POST_ONLY_WOULD_TAKE: -5022,
    Reject.FOK_NOT_FILLABLE: -5021,
    Reject.ORDER_UNKNOWN: -2011,
    Reject.ALGO_ORDER_UNKNOWN: -2013,
    Reject.ORDER_TO_MODIFY_UNKNOWN: -2013,
    Reject.MODIFY_SAME_VALUES: -5027,
    Reject.MODIFY_COUNT_ABOVE_MAX: -5026,
    Reject.TRIGGER_PRICE_NOT_POSITIVE: -4006,
    Reject.TRIGGER_PRICE_ABOVE_MAX: -4007,
    Reject.ACTIVATE_PRICE_INVALID: -4135,
    Reject.PRICE_ABOVE_TRIGGER_BAND: -4183,
    Reject.PRICE_BELOW_TRIGGER_BAND: -4184,
    Reject.GTE_WITHOUT_POSITION: -4509,
    Reject.CLOSE_POSITION_EXISTS: -4130,
    Reject.WOULD_TRIGGER: -2021,
    Reject.ALGO_TRIGGERING: -4117,
    Reject.PRICE_PROTECTED: -4131,
    Reject.LEVERAGE_INVALID: -4028,
    Reject.LEVERAGE_MARGIN_INSUFFICIENT: -2028,
    Reject.LEVERAGE_ISOLATED_REDUCTION: -4161,
    Reject.MARGIN_TYPE_SAME: -4046,
    Reject.MARGIN_TYPE_HAS_ORDERS: -4047,
    Reject.MARGIN_TYPE_HAS_POSITION: -4048,
    Reject.POSITION_MODE_SAME: -4059,
    Reject.POSITION_MODE_HAS_ORDERS: -4067,
    Reject.POSITION_MODE_HAS_POSITION: -4068,
    Reject.MARGIN_AMOUNT_NOT_POSITIVE: -4055,
    Reject.MARGIN_NOT_ISOLATED: -4049,
    Reject.MARGIN_NO_POSITION: -4054,
    Reject.MARGIN_CROSS_INSUFFICIENT: -4050,
    Reject.MARGIN_ISOLATED_INSUFFICIENT: -4051,
    Reject.AUTO_ADD_SAME: -4052,
    Reject.AUTO_ADD_NOT_ISOLATED: -4053,
    Reject.MARGIN_TYPE_MULTI_ASSETS: -4168,
    Reject.ASSET_MODE_SAME: -4171,
    Reject.ASSET_MODE_HAS_ORDERS: -4170,
    Reject.ASSET_MODE_HAS_ISOLATED: -4167,
    Reject.ASSET_MODE_MARGIN_INSUFFICIENT: -4169,
    Reject.ASSET_MODE_NEGATIVE_BALANCE: -4172,
    Reject.TRADFI_AGREEMENT_MISSING: -4411,
    Reject.CONVERT_AMOUNT_INVALID: -1130,
    Reject.QUOTE_UNKNOWN: -1130,
    Reject.BALANCE_INSUFFICIENT: -2018,
    Reject.FEE_TIER_UNKNOWN: -1130,
    Reject.COEFFICIENT_NOT_POSITIVE: -1130,
    Reject.PRICE_NOT_SET: -4131,
    Reject.DELIVERY_IN_THE_PAST: -1130,
    Reject.ACCOUNTS_ABOVE_MAX: -1130,
    Reject.API_KEY_DUPLICATE: -1130,
    Reject.RUN_MISTIMED: -1130,
    Reject.RUN_NOT_QUIET: -1130,
}
"""Every refusal of the engine and its code; a test proves that none is missing."""

MODIFY_CODES: Final[dict[Reject, int]] = {
    Reject.SYMBOL_NOT_TRADING: -5024,
    Reject.SYMBOL_ONLY_REDUCES: -5024,
    Reject.SYMBOL_OVER: -5024,
    Reject.NOTIONAL_BELOW_MIN: -5029,
}
"""What differs when the refused command is a modification."""

_NAMES: Final = {
    Reject.REDUCE_ONLY_IN_HEDGE_MODE: "reduceonly",
    Reject.ACCOUNTS_ABOVE_MAX: "accounts",
    Reject.API_KEY_DUPLICATE: "apikey",
    Reject.CONVERT_AMOUNT_INVALID: "fromamount",
    Reject.QUOTE_UNKNOWN: "quoteid",
    Reject.DELIVERY_IN_THE_PAST: "at",
    Reject.RUN_MISTIMED: "trades",
    Reject.RUN_NOT_QUIET: "trades",
    Reject.FEE_TIER_UNKNOWN: "feetier",
    Reject.COEFFICIENT_NOT_POSITIVE: "notionalcoef",
}
_AT_PRICE_SCALE: Final = frozenset({Reject.PRICE_ABOVE_BAND, Reject.PRICE_BELOW_BAND})


def reject_error(
    reason: Reject, bound: int = 0, instrument: Instrument | None = None, *, modify: bool = False
) -> WireError:
    """Turn the engine's refusal into an answer.

    ``bound`` is the limit that was broken, as the engine reported it: a price or a notional
    at scale 1e-8, or the leverage that was asked for as a plain number.
    """
    code = CODES[reason]
    if modify:
        code = MODIFY_CODES.get(reason, code)
    name = _NAMES.get(reason)
    if name is not None:
        return wire_error(code, name)
    if reason in _AT_PRICE_SCALE:
        places = instrument.price_precision if instrument is not None else PLACES
        return wire_error(code, fixed(bound, places))
    if reason is Reject.NOTIONAL_BELOW_MIN:
        return wire_error(code, plain(bound))
    if reason is Reject.LEVERAGE_INVALID:
        return wire_error(code, str(bound))
    return wire_error(code)
