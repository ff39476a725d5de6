"""Who may use the lab: the operator, and pages that the box itself served."""

import hmac
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

from perpbox.lab.errors import LabCode, LabError

_SCHEMES: Final = (b"http://", b"https://")


def check_caller(headers: Mapping[bytes, bytes], operator_token: str) -> None:
    """Refuse foreign web pages, and anyone without the operator token where there is one.

    Without a token the box listens on a loopback address, and only a ``Host`` that names such
    an address is served: a foreign page whose name was made to point here (DNS rebinding) has
    its own name there.

    Raises:
        LabError: ``ORIGIN_FOREIGN`` or ``TOKEN_WRONG``.
    """
    host = headers.get(b"host", b"")
    origin = headers.get(b"origin")
    if origin is not None and (not host or origin not in [s + host for s in _SCHEMES]):
        raise LabError(
            LabCode.ORIGIN_FOREIGN, "the lab answers no web page but the box's own (Origin)"
        )
    if operator_token:
        given = headers.get(b"authorization", b"")
        if not hmac.compare_digest(given, b"Bearer " + operator_token.encode()):
            raise LabError(
                LabCode.TOKEN_WRONG, "send the operator token as Authorization: Bearer TOKEN"
            )
    elif host and not _names_loopback(host.decode("latin-1")):
        raise LabError(
            LabCode.ORIGIN_FOREIGN,
            "reach the lab as 127.0.0.1 or localhost, or start with --operator-token FILE (Host)",
        )


def _names_loopback(host: str) -> bool:
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    name = name.strip("[]")
    if name.lower() == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
