"""Who may use the lab: where there is an operator token, who knows it."""

import hmac
from collections.abc import Mapping

from perpbox.lab.errors import LabCode, LabError


def check_caller(headers: Mapping[bytes, bytes], operator_token: str) -> None:
    """Refuse anyone without the operator token where there is one.

    Without a token the box listens on a loopback address, and foreign web pages are refused
    before (``gateway.callers``). The time of the comparison tells nothing about the token.

    Raises:
        LabError: ``TOKEN_WRONG``.
    """
    if operator_token:
        given = headers.get(b"authorization", b"")
        if not hmac.compare_digest(given, b"Bearer " + operator_token.encode()):
            raise LabError(
                LabCode.TOKEN_WRONG, "send the operator token as Authorization: Bearer TOKEN"
            )
