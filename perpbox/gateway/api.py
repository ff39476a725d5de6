"""The REST door: route, guards, parameters, answer. One synchronous function over bytes."""

from collections.abc import Callable, Mapping
from time import perf_counter_ns

from perpbox.gateway.door import Door, doors_of
from perpbox.gateway.guards import NOBODY, Call, Entrance, weigh
from perpbox.gateway.handler import Reply
from perpbox.gateway.keys import KeyRing
from perpbox.gateway.request_log import PATH_KEPT_MAX, fault_of
from perpbox.gateway.sessions import (
    SESSION_HEADER,
    Sessions,
    session_cannot,
    session_unknown,
)
from perpbox.gateway.timings import Fault
from perpbox.wire.auth import SignedForm
from perpbox.wire.desk import Desk
from perpbox.wire.downloads import PATH_PREFIX
from perpbox.wire.errors import WireError, wire_error
from perpbox.wire.form import read_form
from perpbox.wire.limits import Limits
from perpbox.wire.openapi import openapi_json
from perpbox.wire.route import Route, Security
from perpbox.wire.routes import ROUTES

CSV = b"Content-Type: text/csv; charset=utf-8\r\nContent-Disposition: attachment\r\n"
DOCUMENT = "/openapi.json"
REFERENCE = "/docs"
"""A page for browsers; whoever takes no HTML is sent to the document that it shows."""


def head_of(call: Call) -> bytes:
    """Header lines that tell what was counted for a call, also when it was refused."""
    used, orders = call.weight_used, call.orders_counted
    if used is None:
        return b""
    if orders is None:
        return b"X-MBX-USED-WEIGHT-1M: %d\r\n" % used
    return (
        b"X-MBX-USED-WEIGHT-1M: %d\r\nX-MBX-ORDER-COUNT-10S: %d\r\nX-MBX-ORDER-COUNT-1M: %d\r\n"
        % (used, *orders)
    )


class Api:
    """The exchange's REST interface.

    ``wall_ms`` gives the wall clock in epoch milliseconds: limits count on it, and it serves
    beside the box's clock to judge timestamps unless ``box_time_only`` is set. ``sessions`` are
    those of the box's own pages; without them their header says nothing.
    """

    def __init__(
        self,
        desk: Desk,
        keys: KeyRing,
        wall_ms: Callable[[], int],
        limits: Limits | None = None,
        *,
        box_time_only: bool = False,
        sessions: Sessions | None = None,
        routes: tuple[Route, ...] = ROUTES,
    ) -> None:
        self.entrance = Entrance(
            desk, keys, limits or Limits(), wall_ms, box_time_only=box_time_only
        )
        self._sessions = sessions
        self._doors = doors_of(routes)
        self._routes = routes
        self._document = b""

    @property
    def desk(self) -> Desk:
        """The exchange that answers."""
        return self.entrance.desk

    @desk.setter
    def desk(self, desk: Desk) -> None:
        self.entrance.desk = desk

    def handle(
        self,
        method: str,
        path: str,
        query: bytes,
        headers: Mapping[bytes, bytes],
        body: bytes,
        peer: str,
    ) -> Reply:
        """Answer one request; every refusal is a reply, and then nothing was applied."""
        began_ns = perf_counter_ns()
        doors = self._doors.get(path)
        door = doors.get(method) if doors is not None else None
        if door is None:
            return self._elsewhere(method, path, began_ns)
        entrance = self.entrance
        call = Call(
            door.route,
            read_form(query, body),
            headers.get(b"x-mbx-apikey"),
            SignedForm(query, body),
            peer,
            entrance.wall_ms(),
        )
        token = headers.get(SESSION_HEADER)
        fault: Fault | None = None
        try:
            if token is None or self._sessions is None:
                answer = door.answer(entrance, call)
            else:
                answer = self._answer_in_session(self._sessions, token, door, call)
            reply = 200, head_of(call), answer
        except WireError as error:
            fault = fault_of(error)
            reply = error.status, head_of(call) + error.headers, error.body()
        entrance.requests.add(
            (
                call.wall_ms,
                method,
                path,
                call.account.account_id,
                token is not None,
                call.weight,
                perf_counter_ns() - began_ns,
                fault,
            )
        )
        return reply

    def _answer_in_session(self, sessions: Sessions, token: bytes, door: Door, call: Call) -> bytes:
        """Answer for the account of a session; whoever guesses at tokens pays like any caller."""
        entrance = self.entrance
        session = sessions.find(token)
        if session is None:
            weigh(entrance, call)
            raise session_unknown()
        call.account = entrance.desk.state.accounts.get(session.account_id, NOBODY)
        security = call.terms.security
        if security is Security.USER_STREAM:
            raise session_cannot("A session has no listenKey: open /private/ws?session=TOKEN.")
        if security.is_keyed and call.account is NOBODY:
            raise session_cannot("This session acts for no account: open one with an account.")
        return door.answer_in_session(entrance, call)

    def _elsewhere(self, method: str, path: str, began_ns: int) -> Reply:
        """The document, or the error for an unknown path or a wrong method."""
        if path == DOCUMENT and method == "GET":
            self._document = self._document or openapi_json(self._routes)
            return 200, b"", self._document
        if path == REFERENCE and method == "GET":
            return 302, b"Location: %s\r\n" % DOCUMENT.encode(), b""
        if path.startswith(PATH_PREFIX) and method == "GET":
            content = self.desk.errands.downloads.content(path)
            if content is not None:
                return 200, CSV, content
        error = wire_error(-5000, path[:PATH_KEPT_MAX], method)
        shown, took_ns = path[:PATH_KEPT_MAX], perf_counter_ns() - began_ns
        entrance = self.entrance
        entrance.requests.add(
            (entrance.wall_ms(), method, shown, 0, False, 0, took_ns, fault_of(error))
        )
        return error.status, b"", error.body()
