"""The WebSocket API: requests as text frames, answered over the same rows and guards as REST."""

from collections.abc import Mapping
from time import perf_counter_ns
from typing import Final
from urllib.parse import parse_qs

import orjson

from perpbox.gateway.door import Door, doors_of
from perpbox.gateway.guards import Call, Entrance, guards_of
from perpbox.gateway.handler import Reply
from perpbox.gateway.keys import Key
from perpbox.gateway.request_log import fault_of
from perpbox.wire import ws_api
from perpbox.wire.auth import Ed25519, Hmac, Proof
from perpbox.wire.errors import WireError, wire_error
from perpbox.wire.route import Route, Terms
from perpbox.wire.routes import ROUTES
from perpbox.wire.ws_request import (
    NO_ID,
    SIGNATURE,
    NotARequest,
    SignedParams,
    Vouched,
    WsRequest,
    read_request,
)

_FLAGS: Final = {"true": True, "false": False}
_VOUCHED: Final = Vouched()
_NO_DOORS: Final[Mapping[str, Door]] = {}
_SESSION_GUARDS: Final = {name: guards_of(terms) for name, terms in ws_api.SESSION_METHODS.items()}


def _flag(text: str | None, default: bool) -> bool:
    """The truth value of true or false in any case; anything else is as good as nothing."""
    return _FLAGS.get((text or "").lower(), default)


class WsApi:
    """What all sessions share: the doors by method, and the entrance that REST uses too.

    A method whose REST row is not among ``routes`` is refused as that path is.
    """

    def __init__(self, entrance: Entrance, routes: tuple[Route, ...] = ROUTES) -> None:
        self.entrance = entrance
        doors = doors_of(routes)
        self.doors = {
            name: doors.get(path, _NO_DOORS).get(method)
            for name, (method, path) in ws_api.METHODS.items()
        }

    def open(self, query: bytes, peer: str) -> "WsSession | Reply":
        """A session for a handshake with this query string, or the reply that refuses it.

        ``peer`` is the address that pays: the handshake weighs 5.
        """
        entrance = self.entrance
        try:
            entrance.limits.weigh(peer, ws_api.HANDSHAKE_WEIGHT, entrance.wall_ms())
        except WireError as error:
            return error.status, error.headers, error.body()
        sent = parse_qs(query.decode("latin-1")).get("returnRateLimits", [""])[-1]
        return WsSession(self, peer, tells_limits=_flag(sent, default=True))


class Logon:
    """The key a session has logged on with."""

    __slots__ = ("api_key", "authorized_ms", "key")

    def __init__(self, api_key: bytes, key: Key, authorized_ms: int) -> None:
        self.api_key = api_key
        self.key = key
        self.authorized_ms = authorized_ms


class WsSession:
    """One connection: every text frame in gets exactly one text frame out."""

    __slots__ = ("_api", "_connected_ms", "_logon", "_peer", "_tells_limits")

    def __init__(self, api: WsApi, peer: str, *, tells_limits: bool) -> None:
        self._api = api
        self._peer = peer
        self._tells_limits = tells_limits
        self._connected_ms = api.entrance.desk.now_ms()
        self._logon: Logon | None = None

    @property
    def account_id(self) -> int:
        """Whose key has logged on; 0 before that."""
        return 0 if self._logon is None else self._logon.key.account_id

    def handle(self, text: str) -> bytes:
        """Answer one request; every refusal is an answer, and then nothing was applied."""
        try:
            request = read_request(text)
        except NotARequest as wrong:
            return ws_api.refused(wrong.request_id, ws_api.INVALID_JSON)
        name = request.method.removeprefix(ws_api.OWN_VERSION)
        terms: Terms | None = ws_api.SESSION_METHODS.get(name)
        door = self._api.doors.get(name)
        if door is not None:
            terms = door.route
        if terms is None:
            return ws_api.refused(request.request_id, _no_such(name, request.method))
        return self._answer(request, name, terms, door)

    def _answer(self, request: WsRequest, name: str, terms: Terms, door: Door | None) -> bytes:
        """Pass the guards and answer."""
        began_ns = perf_counter_ns()
        entrance = self._api.entrance
        sent = request.form[0].get("apikey")
        api_key = None if sent is None else sent.encode()
        proof: Proof = SignedParams(request.texts)
        if sent is None and self._logon is not None and name != ws_api.LOGON:
            logon = self._logon
            if terms.security.is_keyed and entrance.keys.get(logon.api_key) is not logon.key:
                self._logon = None
                return ws_api.refused(NO_ID, wire_error(-2015))
            api_key = logon.api_key
            if SIGNATURE not in request.texts:
                proof = _VOUCHED
        call = Call(terms, request.form, api_key, proof, self._peer, entrance.wall_ms())
        try:
            result = self._in_session(name, call) if door is None else door.answer(entrance, call)
        except WireError as error:
            self._note(name, call, began_ns, error)
            return ws_api.refused(request.request_id, error, call.wall_ms, self._limits_of(call))
        self._note(name, call, began_ns, None)
        result = ws_api.result_of(name, result)
        return ws_api.answered(request.request_id, result, self._limits_of(call))

    def _note(self, name: str, call: Call, began_ns: int, error: WireError | None) -> None:
        """Keep the request among the last ones."""
        took_ns = perf_counter_ns() - began_ns
        fault = None if error is None else fault_of(error)
        account_id = call.account.account_id
        self._api.entrance.requests.add(
            (call.wall_ms, "WS", name, account_id, False, call.weight, took_ns, fault)
        )

    def _limits_of(self, call: Call) -> bytes:
        """The rate limits to tell: the request's wish, else the connection's."""
        if not _flag(call.values.get("returnratelimits"), self._tells_limits):
            return b""
        return ws_api.rate_limits(call.weight_used, call.orders_counted)

    def _in_session(self, name: str, call: Call) -> bytes:
        """session.logon, session.status and session.logout."""
        entrance = self._api.entrance
        for guard in _SESSION_GUARDS[name]:
            guard(entrance, call)
        now_ms = entrance.desk.now_ms()
        if name == ws_api.LOGON:
            self._log_on(call, now_ms)
        elif name == ws_api.LOGOUT:
            self._logon = None
        logon = self._logon
        return orjson.dumps(
            {
                "apiKey": None if logon is None else logon.api_key.decode(),
                "authorizedSince": None if logon is None else logon.authorized_ms,
                "connectedSince": self._connected_ms,
                "returnRateLimits": self._tells_limits,
                "serverTime": now_ms,
            }
        )

    def _log_on(self, call: Call, now_ms: int) -> None:
        """Let the key stand for the requests to come; replaces the one before."""
        assert call.key is not None, "logged on before the guards"
        assert call.api_key is not None, "logged on before the guards"
        if not isinstance(call.key.verifier, Ed25519):
            is_hmac = isinstance(call.key.verifier, Hmac)
            raise ws_api.hmac_logon() if is_hmac else wire_error(-4056)
        self._logon = Logon(call.api_key, call.key, now_ms)


def _no_such(name: str, method: str) -> WireError:
    """What is told of a method without a door: unknown, or an endpoint the box does not have."""
    row = ws_api.METHODS.get(name)
    return ws_api.unknown_method(method) if row is None else wire_error(-5000, row[1], row[0])
