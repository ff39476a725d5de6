"""Clients that trade until the box is gone, and remember what they were told."""

import contextlib
import hashlib
import hmac
import http.client
import json
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlencode

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

TIMEOUT_S = 10
BTC = "BTCUSDT"
GONE = (OSError, http.client.HTTPException, WebSocketException, EOFError, TimeoutError)
"""What a client sees of a box that was killed."""


def signed(secret: str, params: dict[str, object]) -> str:
    query = urlencode(params)
    digest = hmac.new(secret.encode(), query.encode(), hashlib.sha256).hexdigest()
    return f"{query}&signature={digest}"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Rest:
    """One connection that is kept; every answer is (status, parsed body)."""

    def __init__(self, port: int, key: str = "", secret: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
        self._key, self._secret = key, secret

    def signed(self, method: str, path: str, **params: object) -> tuple[int, Any]:
        query = signed(self._secret, {**params, "recvWindow": 60_000, "timestamp": now_ms()})
        return self.call(method, f"{path}?{query}")

    def call(self, method: str, target: str, body: object = None) -> tuple[int, Any]:
        headers = {"X-MBX-APIKEY": self._key} if self._key else {}
        data = None if body is None else json.dumps(body)
        self._connection.request(method, target, data, headers)
        answer = self._connection.getresponse()
        return answer.status, json.loads(answer.read())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *about: object) -> None:
        self._connection.close()


METHODS = {
    ("POST", "/fapi/v1/order"): "order.place",
    ("DELETE", "/fapi/v1/order"): "order.cancel",
}


class Sockets:
    """The same calls over the WebSocket API."""

    def __init__(self, port: int, key: str, secret: str) -> None:
        self._stack = contextlib.ExitStack()
        self._socket = self._stack.enter_context(
            connect(f"ws://127.0.0.1:{port}/ws-fapi/v1", open_timeout=TIMEOUT_S)
        )
        self._key, self._secret = key, secret

    def signed(self, method: str, path: str, **params: object) -> tuple[int, Any]:
        wanted = {**params, "apiKey": self._key, "recvWindow": 60_000, "timestamp": now_ms()}
        ordered = dict(sorted(wanted.items()))
        signature = signed(self._secret, ordered).rpartition("=")[2]
        request = {
            "id": 1,
            "method": METHODS[method, path],
            "params": {**ordered, "signature": signature},
        }
        self._socket.send(json.dumps(request))
        answer = json.loads(self._socket.recv(TIMEOUT_S))
        return answer["status"], answer.get("result", answer.get("error"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *about: object) -> None:
        self._stack.close()


@dataclass
class Told:
    """What one client was told: the box may never take any of it back."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Client order id -> the last answer about it."""
    canceled: set[str] = field(default_factory=set)
    transfers: set[str] = field(default_factory=set)
    events: list[dict[str, Any]] = field(default_factory=list)
    """Frames of the account's own stream."""
    unsure: set[str] = field(default_factory=set)
    """Sent, and not answered before the box was gone."""


class Trader(threading.Thread):
    """Places, fills and cancels orders and moves money, one request after the other."""

    def __init__(self, port: int, account: dict[str, Any], told: Told, seed: int, ws: bool) -> None:
        super().__init__(daemon=True)
        self._port, self._account, self.told = port, account, told
        self._chance = random.Random(seed)
        self._ws = ws
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            with contextlib.suppress(*GONE):
                self._trade()
        except BaseException as error:
            self.failure = error

    def _trade(self) -> None:
        key, secret = self._account["key"], self._account["secret"]
        make = Sockets if self._ws else Rest
        with Rest(self._port) as lab, make(self._port, key, secret) as client:
            while True:
                chance = self._chance.random()
                resting = [
                    name
                    for name, order in self.told.orders.items()
                    if order["status"] == "NEW" and name not in self.told.canceled
                ]
                if chance < 0.1:
                    self._transfer(lab)
                elif chance < 0.35 and resting:
                    self._cancel(client, self._chance.choice(resting))
                else:
                    self._place(client)

    def _transfer(self, lab: Rest) -> None:
        amount = f"0.{self._chance.randrange(1, 10**8):08}"
        self.told.unsure.add(amount)
        body = {"account": self._account["account"], "asset": "USDT", "amount": amount}
        status, answer = lab.call("POST", "/perpbox/v1/deposits", body)
        assert status == 200, answer
        self.told.transfers.add(amount)
        self.told.unsure.discard(amount)

    def _cancel(self, client: "Rest | Sockets", name: str) -> None:
        status, answer = client.signed(
            "DELETE", "/fapi/v1/order", symbol=BTC, origClientOrderId=name
        )
        if status == 200:
            assert answer["status"] == "CANCELED"
            self.told.canceled.add(name)
        else:
            assert answer["code"] == -2011, answer  # filled meanwhile

    def _place(self, client: "Rest | Sockets") -> None:
        name = f"c{self._account['account']}-{self._chance.getrandbits(60)}"
        side = self._chance.choice(("BUY", "SELL"))
        away = self._chance.choice((-1, 0, 1, 2, 5)) * (1 if side == "SELL" else -1)
        self.told.unsure.add(name)
        status, answer = client.signed(
            "POST",
            "/fapi/v1/order",
            symbol=BTC,
            side=side,
            type="LIMIT",
            timeInForce="GTC",
            quantity="0.002",
            price=str(60_000 + away),
            newClientOrderId=name,
            newOrderRespType="RESULT",
        )
        assert status == 200, answer
        self.told.orders[name] = answer
        self.told.unsure.discard(name)


class Listener(threading.Thread):
    """Reads an account's own stream."""

    def __init__(self, port: int, account: dict[str, Any], told: Told) -> None:
        super().__init__(daemon=True)
        self._told = told
        with Rest(port, account["key"], account["secret"]) as client:
            status, answer = client.call("POST", "/fapi/v1/listenKey")
        assert status == 200, answer
        self._url = f"ws://127.0.0.1:{port}/private/ws?listenKey={answer['listenKey']}"
        self.listens = threading.Event()

    def run(self) -> None:
        with contextlib.suppress(*GONE), connect(self._url) as socket:
            self.listens.set()
            for text in socket:
                self._told.events.append(json.loads(text))


def pages(client: Rest, path: str, field_name: str, **params: object) -> Iterator[dict[str, Any]]:
    """All rows of a history that goes by ascending ids."""
    from_id = 1
    while True:
        status, rows = client.signed(
            "GET", path, symbol=BTC, limit=1000, **{field_name: from_id}, **params
        )
        assert status == 200, rows
        yield from rows
        if len(rows) < 1000:
            return
        from_id = rows[-1]["orderId" if field_name == "orderId" else "id"] + 1
