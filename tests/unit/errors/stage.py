"""One refusal over the wire: what stands, what is asked, and the exact answer to it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import orjson

from perpbox.engine.hashing import state_hash
from perpbox.engine.state import State
from perpbox.wire.auth import Hmac
from tests.unit.gateway.rest_box import SECRET, RestBox

Reply: TypeAlias = tuple[int, bytes, bytes]
Answer: TypeAlias = tuple[int, *tuple[str, ...]]
"""A code, and the values in its text."""
Ask: TypeAlias = Callable[[RestBox], Reply]
BTC: Final = "BTCUSDT"
ORDER: Final = "/fapi/v1/order"
GOLDEN: Final[dict[str, tuple[int, str]]] = orjson.loads(
    Path(__file__).parents[2].joinpath("golden", "errors.json").read_bytes()
)
"""Code -> (HTTP status, text), as documented or observed."""
LIMIT: Final[dict[str, object]] = {
    "symbol": BTC,
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "0.010",
    "price": "58000",
}
MARKET: Final[dict[str, object]] = {
    "symbol": BTC,
    "side": "BUY",
    "type": "MARKET",
    "quantity": "0.010",
}


def as_it_is(box: RestBox) -> None:
    """Nothing is prepared."""


class Case(NamedTuple):
    """A fault and its answer: the golden text of the code with ``values``, or another ``msg``."""

    code: int
    fault: str
    ask: Ask
    arrange: Callable[[RestBox], object] = as_it_is
    values: tuple[str, ...] = ()
    msg: str = ""
    status: int = 0

    def answer(self) -> tuple[int, dict[str, object]]:
        """HTTP status and body, to the letter."""
        status, msg = GOLDEN[str(self.code)]
        for value in self.values:
            msg = msg.replace("%s", value, 1)
        return self.status or status, {"code": self.code, "msg": self.msg or msg}


def name_of(case: Case) -> str:
    """What a test of the case is called."""
    return f"{case.code} {case.fault}"


def untouched(state: State) -> str:
    """Hash of the state without number and stamp, which a refused command takes (ORD-040)."""
    seq, now_ms = state.seq, state.now_ms
    state.seq = state.now_ms = 0
    found = state_hash(state)
    state.seq, state.now_ms = seq, now_ms
    return found


def check(case: Case) -> None:
    """The answer is the case's to the letter, and nothing has changed."""
    box = RestBox()
    case.arrange(box)
    before = untouched(box.state)
    status, _, body = case.ask(box)
    assert (status, orjson.loads(body)) == case.answer()
    assert untouched(box.state) == before


@dataclass(frozen=True)
class Signed:
    """A signed request."""

    method: str
    path: str
    params: dict[str, object]

    def __call__(self, box: RestBox) -> Reply:
        return box.raw(self.method, self.path, box.signed_query(**self.params))


def signed(method: str, path: str, **params: object) -> Signed:
    """A signed request."""
    return Signed(method, path, params)


def public(path: str, **params: object) -> Ask:
    """A request without key and signature."""
    return lambda box: box.raw("GET", path, box.query(**params), headers={})


def raw(method: str, path: str, query: str, headers: dict[bytes, bytes] | None = None) -> Ask:
    """A request with a query string as it stands; signed by the key of the box unless told."""

    def ask(box: RestBox) -> Reply:
        if headers is not None:
            return box.raw(method, path, query.encode(), headers=headers)
        text = f"{query}&timestamp={box.box_ms}".encode()
        return box.raw(method, path, text + b"&signature=" + Hmac(SECRET.encode()).sign(text))

    return ask


def changed(base: dict[str, object], changes: dict[str, object]) -> dict[str, object]:
    """A base with changes; None takes a parameter away."""
    return {name: value for name, value in (base | changes).items() if value is not None}


def limit(**changes: object) -> Signed:
    """POST order: a LIMIT order that would be taken, with changes."""
    return signed("POST", ORDER, **changed(LIMIT, changes))


def market(**changes: object) -> Signed:
    """POST order: a MARKET order that would be taken, with changes."""
    return signed("POST", ORDER, **changed(MARKET, changes))


def done(*asks: Ask) -> Callable[[RestBox], None]:
    """Requests that must be taken, to prepare for the one that is not."""

    def arrange(box: RestBox) -> None:
        for ask in asks:
            status, _, body = ask(box)
            assert status == 200, body

    return arrange


HEDGE: Final = signed("POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")
ISOLATED: Final = signed("POST", "/fapi/v1/marginType", symbol=BTC, marginType="ISOLATED")
MULTI: Final = signed("POST", "/fapi/v1/multiAssetsMargin", multiAssetsMargin="true")
MINE: Final = limit(newClientOrderId="mine")
"""An order that rests, by the name "mine"."""
LONG: Final = market()
"""A position of 0.010 BTC."""


def neither(first: str, second: str) -> str:
    """The text of -1102 where one of two parameters is needed (recorded)."""
    return f"Param '{first}' or '{second}' must be sent, but both were empty/null!"


def expected(answer: Answer) -> dict[str, object]:
    """The body of a refusal by the golden text of its code."""
    code, *values = answer
    msg = GOLDEN[str(code)][1]
    for value in values:
        msg = msg.replace("%s", str(value), 1)
    return {"code": code, "msg": msg}
