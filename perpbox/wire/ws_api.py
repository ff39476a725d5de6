"""The WebSocket API as a table: its methods, and the envelopes of its answers. Pure.

A method is a name for a row of the REST route table; weight, security, parameters and answer are
the row's. The three methods about the session itself have no row, only terms.
"""

from typing import Final

import orjson

from perpbox.wire.errors import WireError
from perpbox.wire.limits import ORDERS_PER_10S_MAX, ORDERS_PER_MINUTE_MAX, WEIGHT_PER_MINUTE_MAX
from perpbox.wire.params import ParamTable
from perpbox.wire.route import Bucket, Fixed, Security

PATH: Final = "/ws-fapi/v1"
HANDSHAKE_WEIGHT: Final = 5
SESSION_WEIGHT: Final = 2
METHOD_SHOWN_MAX: Final = 64
"""Characters of an unknown method that its error repeats."""
OWN_VERSION: Final = "v1/"
"""A prefix that says nothing new: the methods of the table without one are version 1."""

METHODS: Final[dict[str, tuple[str, str]]] = {
    "order.place": ("POST", "/fapi/v1/order"),
    "order.modify": ("PUT", "/fapi/v1/order"),
    "order.cancel": ("DELETE", "/fapi/v1/order"),
    "order.status": ("GET", "/fapi/v1/order"),
    "algoOrder.place": ("POST", "/fapi/v1/algoOrder"),
    "algoOrder.cancel": ("DELETE", "/fapi/v1/algoOrder"),
    "account.position": ("GET", "/fapi/v2/positionRisk"),
    "v2/account.position": ("GET", "/fapi/v3/positionRisk"),
    "account.balance": ("GET", "/fapi/v2/balance"),
    "v2/account.balance": ("GET", "/fapi/v3/balance"),
    "account.status": ("GET", "/fapi/v2/account"),
    "v2/account.status": ("GET", "/fapi/v3/account"),
    "depth": ("GET", "/fapi/v1/depth"),
    "ticker.price": ("GET", "/fapi/v2/ticker/price"),
    "ticker.book": ("GET", "/fapi/v1/ticker/bookTicker"),
    "userDataStream.start": ("POST", "/fapi/v1/listenKey"),
    "userDataStream.ping": ("PUT", "/fapi/v1/listenKey"),
    "userDataStream.stop": ("DELETE", "/fapi/v1/listenKey"),
}
"""Method -> the REST endpoint that answers it."""


class SessionMethod:
    """The terms of a method that is about the session and nothing else."""

    __slots__ = ("bucket", "orders", "security", "table", "weight")

    def __init__(self, security: Security) -> None:
        self.security = security
        self.weight = Fixed(SESSION_WEIGHT)
        self.table = ParamTable(())
        self.bucket = Bucket.WEIGHT
        self.orders: tuple[int, int] | None = None


LOGON: Final = "session.logon"
STATUS: Final = "session.status"
LOGOUT: Final = "session.logout"
SESSION_METHODS: Final[dict[str, SessionMethod]] = {
    LOGON: SessionMethod(Security.USER_DATA),
    STATUS: SessionMethod(Security.NONE),
    LOGOUT: SessionMethod(Security.NONE),
}

INVALID_JSON: Final = WireError(400, -1000, "Invalid JSON request.")


def hmac_logon() -> WireError:
    """Only Ed25519 keys log on."""
    return WireError(400, -4056, "HMAC_SHA256 API key is not supported.")


def unknown_method(method: str) -> WireError:
    """The table has no such method."""
    return WireError(400, -5000, f"Method {method[:METHOD_SHOWN_MAX]} is invalid")


_ENTRY: Final = b'{"rateLimitType":"%s","interval":"%s","intervalNum":%d,"limit":%d,"count":%d}'


def rate_limits(weight_used: int | None, orders_counted: tuple[int, int] | None) -> bytes:
    """The array of what was counted for a call; empty text where nothing was.

    ``weight_used`` is -1 for methods without a weight, and so is the limit then (recorded).
    """
    entries = []
    if weight_used is not None:
        limit = WEIGHT_PER_MINUTE_MAX if weight_used >= 0 else -1
        entries.append(_ENTRY % (b"REQUEST_WEIGHT", b"MINUTE", 1, limit, weight_used))
    if orders_counted is not None:
        in_10s, in_1m = orders_counted
        entries.append(_ENTRY % (b"ORDERS", b"SECOND", 10, ORDERS_PER_10S_MAX, in_10s))
        entries.append(_ENTRY % (b"ORDERS", b"MINUTE", 1, ORDERS_PER_MINUTE_MAX, in_1m))
    return b"[%s]" % b",".join(entries) if entries else b""


def _closed(head: bytes, limits: bytes) -> bytes:
    return head + b',"rateLimits":' + limits + b"}" if limits else head + b"}"


_UNTOLD: Final[dict[str, tuple[str, ...]]] = {
    "algoOrder.place": ("activatePrice", "callbackRate"),
}
"""Keys of a REST answer that the method leaves out."""


def result_of(name: str, body: bytes) -> bytes:
    """What a method makes of the answer of its REST endpoint."""
    untold = _UNTOLD.get(name)
    if untold is None:
        return body
    row = orjson.loads(body)
    return orjson.dumps({key: value for key, value in row.items() if key not in untold})


def answered(request_id: bytes, result: bytes, limits: bytes = b"") -> bytes:
    """The envelope of a result; id, result and rate limits are JSON already."""
    return _closed(b'{"id":%s,"status":200,"result":%s' % (request_id, result), limits)


def refused(request_id: bytes, error: WireError, wall_ms: int = 0, limits: bytes = b"") -> bytes:
    """The envelope of an error; where waiting helps, ``data`` tells until when (wall clock)."""
    told: dict[str, object] = {"code": error.code, "msg": error.msg}
    if error.retry_after_s:
        retry_ms = wall_ms + error.retry_after_s * 1000
        told["data"] = {"serverTime": wall_ms, "retryAfter": retry_ms}
    head = b'{"id":%s,"status":%d,"error":%s' % (request_id, error.status, orjson.dumps(told))
    return _closed(head, limits)
