"""The lab over HTTP: JSON under ``/perpbox/v1``, one table of routes.

A GET has its fields in the query, a POST in its JSON body.
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from perpbox.engine.hashing import state_hash
from perpbox.lab.accounts import post_accounts, post_deposits
from perpbox.lab.assets import post_assets
from perpbox.lab.body import Fields, read_fields, read_query
from perpbox.lab.clock import get_clock, post_advance, post_clock
from perpbox.lab.desk import LabDesk
from perpbox.lab.errors import LabCode, LabError
from perpbox.lab.explain import get_position_risk
from perpbox.lab.funding import post_funding_rate
from perpbox.lab.guard import check_caller
from perpbox.lab.insurance import post_insurance
from perpbox.lab.prices import post_depth, post_prices
from perpbox.lab.terms import post_auto_add_margin
from perpbox.money import plain

PREFIX: Final = "/perpbox/v1"

Reply: TypeAlias = tuple[int, bytes, bytes]
"""Status, further header lines, JSON body."""
Answer: TypeAlias = Callable[[LabDesk, Fields], dict[str, object]]


class LabRoute(msgspec.Struct, frozen=True):
    """One route of the lab and the fields that its body (GET: its query) may have."""

    method: str
    path: str
    answer: Answer
    fields: tuple[str, ...]
    summary: str


def get_state(desk: LabDesk, fields: Fields) -> dict[str, object]:  # noqa: ARG001
    """Tell sequence number, hash of the whole state, sum of the ledger and counts."""
    state = desk.state
    return {
        "seq": desk.sequencer.seq,
        "now": desk.now_ms(),
        "hash": state_hash(state),
        "ledgerSum": plain(sum(abs(amount) for amount in state.ledger.total().values())),
        "symbols": len(state.markets),
        "accounts": len(state.accounts),
        "openOrders": sum(len(account.open_orders) for account in state.accounts.values()),
        "positions": sum(
            1
            for account in state.accounts.values()
            for holding in account.holdings.values()
            for leg in (holding.both, holding.long, holding.short)
            if leg.quantity
        ),
    }


def post_reset(desk: LabDesk, fields: Fields) -> dict[str, object]:
    """Begin anew."""
    desk.reset()
    return get_state(desk, fields)


ROUTES: Final = (
    LabRoute("POST", "/reset", post_reset, (), "Begin anew"),
    LabRoute(
        "POST",
        "/accounts",
        post_accounts,
        (
            "wallets",
            "makerFee",
            "takerFee",
            "hedge",
            "multiAssets",
            "feeTier",
            "feeBurn",
            "notionalCoef",
            "publicKey",
        ),
        "Open an account; gives account, key and secret",
    ),
    LabRoute(
        "POST",
        "/deposits",
        post_deposits,
        ("account", "asset", "amount"),
        "Move money in, or out with a negative amount",
    ),
    LabRoute(
        "POST", "/assets", post_assets, ("asset", "index"), "Pin a dollar index; null releases it"
    ),
    LabRoute(
        "POST",
        "/autoAddMargin",
        post_auto_add_margin,
        ("account", "symbol", "on"),
        "Switch automatic margin of an isolated symbol",
    ),
    LabRoute(
        "POST",
        "/prices",
        post_prices,
        ("symbol", "index", "mark", "last"),
        "Pin prices; null releases one",
    ),
    LabRoute(
        "POST", "/depth", post_depth, ("symbol", "bids", "asks"), "Set the street depth of a symbol"
    ),
    LabRoute(
        "POST",
        "/fundingRate",
        post_funding_rate,
        ("symbol", "rate"),
        "Set the rate of the next funding; null releases it",
    ),
    LabRoute(
        "POST",
        "/insurance",
        post_insurance,
        ("asset", "balance"),
        "Set what the insurance fund has of an asset",
    ),
    LabRoute("GET", "/clock", get_clock, (), "Mode, time and speed of the clock"),
    LabRoute("POST", "/clock", post_clock, ("mode", "now", "speed"), "Set the clock"),
    LabRoute("POST", "/clock/advance", post_advance, ("ms", "to"), "Let time pass at once"),
    LabRoute("GET", "/state", get_state, (), "Sequence number, state hash, ledger sum, counts"),
    LabRoute(
        "GET",
        "/explain/positionRisk",
        get_position_risk,
        ("account", "symbol"),
        "How each number of position risk came about",
    ),
)

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
            answer = route.answer(self._desk, _fields(route, query, body))
        except LabError as error:
            return error.status, b"", error.body()
        return 200, b"", msgspec.json.encode(answer)


def _fields(route: LabRoute, query: bytes, body: bytes) -> Fields:
    """The fields of a request; none may stand in the other place, where they would be lost."""
    if route.method == "GET":
        read_fields(body, ())
        return read_query(query, route.fields)
    if query:
        raise LabError(LabCode.FIELD_UNKNOWN, "a POST has its fields in the body, not in the query")
    return read_fields(body, route.fields)


def _find(method: str, path: str) -> LabRoute:
    route = _TABLE.get((method, path))
    if route is None:
        if path not in _PATHS:
            known = ", ".join(sorted(_PATHS))
            raise LabError(LabCode.ROUTE_UNKNOWN, f"there is no such path; there are {known}")
        methods = " or ".join(sorted(m for m, known_path in _TABLE if known_path == path))
        raise LabError(LabCode.METHOD_WRONG, f"{path} takes {methods}")
    return route
