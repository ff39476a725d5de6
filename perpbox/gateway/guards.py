"""What every request passes on its way in, in the venue's order: ``GUARDS``.

Each guard looks at one thing and either lets the call go on or raises the error that the
caller gets; a request with several faults is told the first of them. What a guard finds out
it leaves on the call for those after it.
"""

from collections.abc import Callable
from functools import cache
from typing import Final, TypeAlias

from perpbox.engine.state import Account
from perpbox.engine.types import Restriction
from perpbox.gateway.keys import Key, KeyRing
from perpbox.gateway.request_log import RequestLog
from perpbox.wire.auth import Proof
from perpbox.wire.desk import Desk
from perpbox.wire.errors import WireError, invalid, mandatory, wire_error
from perpbox.wire.form import Form
from perpbox.wire.limits import Limits
from perpbox.wire.params import Params
from perpbox.wire.route import FILE_BUCKETS, Bucket, Security, Terms

RECV_WINDOW_DEFAULT_MS: Final = 5000
AHEAD_MS_MAX: Final = 1000
KEY_LENGTH_MAX: Final = 256
AHEAD_TEXT: Final = "Timestamp for this request was 1000ms ahead of the server's time."
NOBODY: Final = Account(0, "", "", None, None, False, 0)
"""The account that public routes are answered for."""
_NO_PARAMS: Final = Params({})


class Entrance:
    """What the guards need of the box."""

    __slots__ = ("box_time_only", "desk", "keys", "limits", "requests", "wall_ms")

    def __init__(
        self,
        desk: Desk,
        keys: KeyRing,
        limits: Limits,
        wall_ms: Callable[[], int],
        *,
        box_time_only: bool = False,
    ) -> None:
        self.desk = desk
        self.keys = keys
        self.limits = limits
        self.wall_ms = wall_ms
        self.requests = RequestLog()
        self.box_time_only = box_time_only
        """Let timestamps count on the box's clock alone, to rehearse -1021."""


class Call:
    """One request on its way through the guards, whatever door it came to.

    ``values`` are its parameters (lower-case name -> text) and ``fault`` what is wrong with
    their form; ``api_key`` is the key that was sent, as bytes; ``peer`` the address that pays.
    """

    __slots__ = (
        "account",
        "api_key",
        "fault",
        "key",
        "orders_counted",
        "params",
        "peer",
        "proof",
        "terms",
        "timestamp_ms",
        "values",
        "wall_ms",
        "weight",
        "weight_used",
    )

    def __init__(
        self,
        terms: Terms,
        form: Form,
        api_key: bytes | None,
        proof: Proof,
        peer: str,
        wall_ms: int,
    ) -> None:
        self.terms = terms
        self.values, self.fault = form
        self.api_key = api_key
        self.proof = proof
        self.peer = peer
        self.wall_ms = wall_ms
        self.weight = 0
        """What this call cost its address."""
        self.weight_used: int | None = None
        """Weight of the address in this minute, -1 where a call weighs nothing (recorded)."""
        self.orders_counted: tuple[int, int] | None = None
        """Orders of the account in ten seconds and in this minute, once they are counted."""
        self.timestamp_ms = 0
        self.key: Key | None = None
        self.account = NOBODY
        self.params = _NO_PARAMS


def _whole(text: str) -> int | None:
    """A number of up to 19 digits, or None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else None


def weigh(entrance: Entrance, call: Call) -> None:
    """Count the request against its address; refused requests cost as much as others."""
    terms = call.terms
    if terms.bucket is Bucket.FUNDING:
        entrance.limits.count_funding(call.peer, call.wall_ms)
        return
    if terms.bucket is Bucket.STATISTICS:
        entrance.limits.count_statistics(call.peer, call.wall_ms)
        return
    weight = call.weight = terms.weight.of(call.values)
    try:
        used = entrance.limits.weigh(call.peer, weight, call.wall_ms)
    except WireError:
        call.weight_used = entrance.limits.used(call.peer)
        raise
    call.weight_used = used if weight else -1


def key_sent(entrance: Entrance, call: Call) -> None:  # noqa: ARG001
    """A key is there and could be one."""
    sent = call.api_key
    if not sent or len(sent) > KEY_LENGTH_MAX or not sent.isascii():
        raise wire_error(-2014)


def timing_sent(entrance: Entrance, call: Call) -> None:  # noqa: ARG001
    """A timestamp that is a number is there; its absence is told before any bad signature."""
    timestamp_ms = _whole(call.values.get("timestamp", ""))
    if timestamp_ms is None:
        raise mandatory("timestamp")
    call.timestamp_ms = timestamp_ms


def signature_sent(entrance: Entrance, call: Call) -> None:  # noqa: ARG001
    """A signature is there."""
    if not call.proof.is_sent():
        raise mandatory("signature")


def key_known(entrance: Entrance, call: Call) -> None:
    """The key opens an account."""
    assert call.api_key is not None, "key looked up before it was asked for"
    key = entrance.keys.get(call.api_key)
    account = entrance.desk.state.accounts.get(key.account_id) if key is not None else None
    if account is None:
        raise wire_error(-2015)
    if account.restriction is Restriction.LOCKED:
        raise wire_error(-2017)
    call.key = key
    call.account = account


def signature_valid(entrance: Entrance, call: Call) -> None:  # noqa: ARG001
    """The owner of the key signed this request."""
    assert call.key is not None, "signature checked before the key"
    if not call.proof.is_by(call.key.verifier):
        raise wire_error(-1022)


def in_time(entrance: Entrance, call: Call) -> None:
    """The timestamp lies inside the window of the box's clock or, where allowed, of the wall's."""
    text = call.values.get("recvwindow")
    window_ms = RECV_WINDOW_DEFAULT_MS if text is None else _whole(text)
    if window_ms is None:
        raise invalid("recvwindow")
    age_ms = entrance.desk.now_ms() - call.timestamp_ms
    if -AHEAD_MS_MAX < age_ms <= window_ms:
        return
    if not entrance.box_time_only and -AHEAD_MS_MAX < call.wall_ms - call.timestamp_ms <= window_ms:
        return
    if age_ms <= -AHEAD_MS_MAX:
        raise WireError(400, -1021, AHEAD_TEXT)
    raise wire_error(-1021)


def orders_counted(entrance: Entrance, call: Call) -> None:
    """Count order requests of the account, whatever becomes of them."""
    orders = call.terms.orders
    if orders is not None:
        call.orders_counted = entrance.limits.count_orders(
            str(call.account.account_id), orders[0], orders[1], call.wall_ms
        )


def quotes_counted(entrance: Entrance, call: Call) -> None:
    """Count questions of the account for rates of conversion, whatever becomes of them."""
    entrance.limits.count_quotes(str(call.account.account_id), call.wall_ms)


def files_counted(entrance: Entrance, call: Call) -> None:
    """Count files that the account asks for, whatever becomes of them."""
    kind: str = call.terms.bucket.value
    entrance.limits.count_file(str(call.account.account_id), kind, call.wall_ms)


def readable(entrance: Entrance, call: Call) -> None:  # noqa: ARG001
    """Nothing is wrong with the encoding, and no name stands twice."""
    if call.fault is not None:
        raise call.fault


def parameters(entrance: Entrance, call: Call) -> None:
    """Mandatory parameters are there, then every value is one that the route takes."""
    call.params = call.terms.table.read(call.values, entrance.desk.state.markets)


Guard: TypeAlias = Callable[[Entrance, Call], None]

EVERYBODY: Final = 0
KEYED: Final = 1
SIGNED: Final = 2

GUARDS: Final[tuple[tuple[int, Guard], ...]] = (
    (EVERYBODY, weigh),
    (KEYED, key_sent),
    (SIGNED, timing_sent),
    (SIGNED, signature_sent),
    (KEYED, key_known),
    (SIGNED, signature_valid),
    (SIGNED, in_time),
    (SIGNED, orders_counted),
    (SIGNED, quotes_counted),
    (SIGNED, files_counted),
    (EVERYBODY, readable),
    (EVERYBODY, parameters),
)
"""(whom it concerns, guard), in the order of the checks."""


SESSION_GUARDS: Final[tuple[Guard, ...]] = (readable, parameters)
"""What a call passes whose session stands for key and signature. Nothing is counted: pages of the
box itself use up nobody's limits."""


def guards_of(terms: Terms) -> tuple[Guard, ...]:
    """The guards that a call on these terms passes, in order."""
    return _guards(terms.security, terms.bucket, terms.orders is not None)


@cache
def _guards(security: Security, bucket: Bucket, counts_orders: bool) -> tuple[Guard, ...]:
    level = EVERYBODY
    if security.is_keyed:
        level = SIGNED if security.is_signed else KEYED
    guards = [guard for least, guard in GUARDS if least <= level]
    if not counts_orders and orders_counted in guards:
        guards.remove(orders_counted)
    if bucket is not Bucket.QUOTES and quotes_counted in guards:
        guards.remove(quotes_counted)
    if bucket not in FILE_BUCKETS and files_counted in guards:
        guards.remove(files_counted)
    return tuple(guards)
