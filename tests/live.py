"""A small signed client for a served box: what a bot does, without a bot's library."""

import hashlib
import hmac
import json
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

TIMEOUT_S = 10


class Live:
    """Signed and unsigned calls; every answer is (status, parsed body)."""

    def __init__(self, url: str, key: str = "", secret: str = "", now_ms: int = 0) -> None:
        self.url = url
        self.key = key
        self.secret = secret
        self.now_ms = now_ms

    def signed(self, method: str, path: str, **params: object) -> tuple[int, Any]:
        """A signed call with everything in the query string."""
        query = urlencode({**params, "timestamp": self.now_ms})
        digest = hmac.new(self.secret.encode(), query.encode(), hashlib.sha256).hexdigest()
        return self.call(method, f"{path}?{query}&signature={digest}")

    def lab(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """A call of the laboratory with a JSON body."""
        data = None if body is None else json.dumps(body).encode()
        return self.call(method, f"/perpbox/v1{path}", data)

    def call(self, method: str, target: str, body: bytes | None = None) -> tuple[int, Any]:
        """Any call."""
        request = Request(self.url + target, data=body, method=method)
        if self.key:
            request.add_header("X-MBX-APIKEY", self.key)
        try:
            with urlopen(request, timeout=TIMEOUT_S) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as error:
            with error:
                return error.code, json.loads(error.read())
