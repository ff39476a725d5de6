"""The lab over HTTP: JSON under ``/perpbox/v1``, answered from the table in ``routes``.

A GET has its fields in the query, a POST in its JSON body.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias
from urllib.parse import parse_qs

import msgspec

from perpbox.gateway.sessions import SESSION_HEADER
from perpbox.gateway.upgrade import UpgradeRequest
from perpbox.lab.body import Fields, read_fields, read_query
from perpbox.lab.desk import LabDesk
from perpbox.lab.errors import LabCode, LabError
from perpbox.lab.guard import check_caller
from perpbox.lab.operator_stream import OperatorSession, OperatorStream
from perpbox.lab.route import PREFIX, LabRoute
from perpbox.lab.routes import ROUTES
from perpbox.lab.sessions import SESSION

__all__ = ["PREFIX", "STREAM_PATH", "LabApi"]

STREAM_PATH: Final = PREFIX + "/ws"

Reply: TypeAlias = tuple[int, bytes, bytes]
"""Status, further header lines, JSON body."""

_TABLE: Final = {(route.method, PREFIX + route.path): route for route in ROUTES}
_PATHS: Final = frozenset(path for _, path in _TABLE)


class LabApi:
    """Answers every request under ``/perpbox/v1``."""

    def __init__(self, desk: LabDesk, operator_token: str = "") -> None:
        self._desk = desk
        self._operator_token = operator_token

    def handle(
        self, method: str, path: str, query: bytes, headers: Mapping[bytes, bytes], body: bytes
    ) -> Reply:
        """Route, check the caller, read the fields, answer; a refusal changes nothing."""
        try:
            check_caller(headers, self._operator_token)
            route = _find(method, path)
            answer = route.answer(self._desk, _fields(route, query, headers, body))
        except LabError as error:
            return error.status, b"", error.body()
        return 200, b"", msgspec.json.encode(answer)

    def stream_door(
        self, stream: OperatorStream
    ) -> Callable[[UpgradeRequest], OperatorSession | Reply]:
        """What opens the operator's stream: the operator token, or the operator's own session.

        A page cannot send the token with a handshake, so it names its session in the query.
        """

        def opens(asked: UpgradeRequest) -> OperatorSession | Reply:
            token = parse_qs(asked.query).get(b"session", [b""])[-1]
            session = self._desk.sessions.find(token) if token else None
            if session is None or session.account_id:
                try:
                    check_caller(asked.headers, self._operator_token)
                except LabError as error:
                    return error.status, b"", error.body()
            return OperatorSession(stream)

        return opens


def _fields(route: LabRoute, query: bytes, headers: Mapping[bytes, bytes], body: bytes) -> Fields:
    """The fields of a request; none may stand in the other place, where they would be lost."""
    if route.method == "GET":
        read_fields(body, ())
        return read_query(query, route.names)
    if query:
        raise LabError(LabCode.FIELD_UNKNOWN, f"a {route.method} has its fields in the body")
    fields = read_fields(body, route.names)
    token = headers.get(SESSION_HEADER)
    if route.takes_session and token is not None:
        return fields.with_text(SESSION, token.decode("latin-1"))
    return fields


def _find(method: str, path: str) -> LabRoute:
    route = _TABLE.get((method, path))
    if route is None:
        if path not in _PATHS:
            known = ", ".join(sorted(_PATHS))
            raise LabError(LabCode.ROUTE_UNKNOWN, f"there is no such path; there are {known}")
        methods = " or ".join(sorted(m for m, known_path in _TABLE if known_path == path))
        raise LabError(LabCode.METHOD_WRONG, f"{path} takes {methods}")
    return route
