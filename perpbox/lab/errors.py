"""Refusals of the lab: own codes, and texts that say what to change."""

from enum import IntEnum

import msgspec

from perpbox.gateway import sessions


class LabCode(IntEnum):
    """Codes of the lab. They lie outside the exchange's own ranges."""

    ROUTE_UNKNOWN = -9001
    METHOD_WRONG = -9002
    BODY_UNREADABLE = -9003
    BODY_TOO_LARGE = -9004
    FIELD_UNKNOWN = -9005
    FIELD_MISSING = -9006
    FIELD_INVALID = -9007
    SYMBOL_UNKNOWN = -9008
    ACCOUNT_UNKNOWN = -9009
    ASSET_UNKNOWN = -9010
    REFUSED = -9011
    CLOCK_REFUSED = -9012
    TOKEN_WRONG = -9014
    QUERY_UNREADABLE = -9015
    SESSION_UNKNOWN = sessions.SESSION_UNKNOWN
    SESSIONS_FULL = sessions.SESSIONS_FULL
    SESSION_CANNOT = sessions.SESSION_CANNOT
    STREET_FIXED = -9019


_STATUS = {
    LabCode.ROUTE_UNKNOWN: 404,
    LabCode.METHOD_WRONG: 405,
    LabCode.BODY_TOO_LARGE: 413,
    LabCode.TOKEN_WRONG: 401,
    LabCode.SESSION_UNKNOWN: 401,
    LabCode.SESSIONS_FULL: 503,
    LabCode.SESSION_CANNOT: 403,
}


class LabError(Exception):
    """The lab says no; nothing was changed. HTTP 400 unless the code has a status of its own."""

    def __init__(self, code: LabCode, msg: str) -> None:
        super().__init__(msg)
        self.code = code
        self.msg = msg

    @property
    def status(self) -> int:
        """HTTP status of the answer."""
        return _STATUS.get(self.code, 400)

    def body(self) -> bytes:
        """Give the answer as ``{"code","msg"}``."""
        return msgspec.json.encode({"code": int(self.code), "msg": self.msg})
