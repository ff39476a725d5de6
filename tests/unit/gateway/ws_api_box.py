"""The WebSocket API of a real exchange without sockets: texts in, texts out."""

from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from perpbox.gateway.ws_api import WsApi, WsSession
from perpbox.wire.auth import Hmac
from tests.unit.gateway.rest_box import KEY, SECRET, RestBox

PEER = "10.0.0.7"
ORDER: dict[str, object] = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.010",
    "price": "58000",
}


def token(value: object) -> str:
    """What stands in the signed text for a value: a string's content, else its JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def payload(params: Mapping[str, object]) -> bytes:
    """The text to sign: raw values, sorted by name."""
    return "&".join(f"{name}={token(params[name])}" for name in sorted(params)).encode()


class WsApiBox(RestBox):
    """One box with a funded account and one session on its WebSocket API."""

    def __init__(
        self, api_date: str = "2026-11-01", *, rate_limits: bool = True, query: bytes = b""
    ) -> None:
        super().__init__(api_date, rate_limits=rate_limits)
        self.ws_api = WsApi(self.api.entrance)
        self.session = self.open(query)

    def open(self, query: bytes = b"") -> WsSession:
        """One more connection from the same address."""
        session = self.ws_api.open(query, PEER)
        assert isinstance(session, WsSession), session
        return session

    def signed(self, **params: object) -> dict[str, object]:
        """Parameters with key, timestamp and signature of the first account."""
        filled: dict[str, object] = {"apiKey": KEY, "timestamp": self.box_ms, **params}
        return {**filled, "signature": Hmac(SECRET.encode()).sign(payload(filled)).decode()}

    def send(self, method: str, params: Mapping[str, object] | None = None) -> dict[str, Any]:
        """A request as it stands; the whole answer."""
        request: dict[str, object] = {"id": 7, "method": method}
        if params is not None:
            request["params"] = params
        return self.text(orjson.dumps(request).decode())

    def text(self, text: str) -> dict[str, Any]:
        """A text as it stands; the whole answer."""
        return msgspec.json.decode(self.session.handle(text), type=dict[str, Any])

    def ask(self, method: str, **params: object) -> dict[str, Any]:
        """A signed request; the whole answer."""
        return self.send(method, self.signed(**params))

    def error(self, method: str, params: Mapping[str, object]) -> tuple[int, int, str]:
        """Status, code and text of a refusal."""
        answer = self.send(method, params)
        return answer["status"], answer["error"]["code"], answer["error"]["msg"]
