"""Measures of requests over sockets: positionRisk by connections, orders."""

import json
import statistics
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from bench.load import Load
from bench.orders import ask_rest, ask_ws, ccxt_overhead_us, fill_requests, rest_requests, stock
from bench.portfolio import margin_microseconds, moving_marks, open_positions, specs_file
from bench.rows import (
    CONNECTIONS,
    SYMBOL,
    Plan,
    Row,
    Side,
    ask,
    fixed_server,
    in_turn,
    missing,
    ratio,
)
from bench.servers import Perpbox, get_request, load, perpbox, signed_target
from perpbox import compiled

RISK = "/fapi/v2/positionRisk"
COUNTS = (1, 32, 256)
"""Connections."""
BAREST_AIM = 0.6
ORDER_BYTES = 500
"""About what an order's acknowledgement is long."""
REST_AIM, WS_AIM = 5_000, 8_000
US = 1_000_000


def open_position(box: Perpbox) -> bytes:
    """Give the account a long position; return its positionRisk answer."""
    box.lab("/prices", symbol=SYMBOL, index="60000", mark="60000", last="60000")
    order = f"symbol={SYMBOL}&side=BUY&type=MARKET&quantity=0.01"
    box.call("POST", signed_target("/fapi/v1/order", order))
    answer = box.call("GET", signed_target("/fapi/v2/positionRisk", f"symbol={SYMBOL}"))
    assert json.loads(answer)[0]["positionAmt"] == "0.010"
    return answer


def position_risk(plan: Plan) -> list[Row]:
    """Signed positionRisk of one symbol with a position, against the barest server."""
    rows: list[Row] = []
    with perpbox("--market", "none") as box:
        answer = open_position(box)
        for count in COUNTS:
            with fixed_server("barest", len(answer), plan, count) as barest:
                ours = Side("perpbox", box.pid, partial(ask, box.port, plan, count))
                found = in_turn(plan, barest, ours, BAREST_AIM)
            rows += [row.named(f"{count} connections: {row.what}") for row in found]
    return rows


def _ask_all(port: int, connections: int, seconds: float) -> Load:
    return load(port, get_request(signed_target(RISK, "")), connections, seconds)


def portfolio(plan: Plan) -> list[Row]:
    """positionRisk of 50 positions over 600 contracts, marks moving once a second."""
    rows: list[Row] = []
    with specs_file() as specs, perpbox("--market", "none", "--specs", str(specs)) as box:
        answer = open_positions(box)
        with moving_marks(box):
            for count in COUNTS:
                with fixed_server("barest", len(answer), plan, count) as barest:
                    ask_all = partial(_ask_all, box.port, count, plan.seconds)
                    found = in_turn(plan, barest, Side("perpbox", box.pid, ask_all), BAREST_AIM)
                rows += [row.named(f"{count} connections: {row.what}") for row in found]
    return [*rows, Row("one account, 20 positions", margin_microseconds(), "us", 100, at_most=True)]


def orders(plan: Plan) -> list[Row]:
    """Orders over REST and the WebSocket API: checked and expired, and filled.

    The compiled core in turn, where it is built.
    """
    market = ("--market", "none", "--symbols", "BTCUSDT")
    with ExitStack() as stack:
        box = stack.enter_context(perpbox(*market))
        barest = stack.enter_context(fixed_server("barest", ORDER_BYTES, plan))
        sides = _order_sides(box, plan, "")
        if compiled.is_ready():
            other = stack.enter_context(perpbox(*market, is_compiled=True))
            sides += _order_sides(other, plan, ", compiled core")
        for _ in range(plan.rounds):
            for side in (barest, *(side for side, _ in sides)):
                side.measure()
        rows = [row for side in (barest, *(side for side, _ in sides)) for row in side.rows()]
        for side, aim in sides:
            rows.append(_rate(side, aim))
            rows.append(ratio(f"{side.name}: of the barest", side.rates, barest.rates))
        client_us = ccxt_overhead_us(box.port)
    rates = sides[0][0].rates
    if client_us is None:
        rows.append(missing("ccxt's own time for an order", "us", "ccxt is not installed"))
    elif rates:
        rows.append(Row("ccxt's own time for an order", client_us, "us"))
        rows.append(Row("ours of ccxt's", US / statistics.median(rates) / client_us, "x"))
    return rows


def _order_sides(box: Perpbox, plan: Plan, core: str) -> list[tuple[Side, float]]:
    """What is sent to a box, and how many a second are aimed at."""
    stock(box)
    how = (box.port, CONNECTIONS, plan.seconds)
    asked: tuple[tuple[str, Callable[[], Load], float], ...] = (
        ("POST order", partial(ask_rest, rest_requests, *how), REST_AIM),
        ("POST order, filling", partial(ask_rest, fill_requests, *how), REST_AIM),
        ("order.place", partial(ask_ws, *how), WS_AIM),
    )
    return [(Side(name + core, box.pid, ask), aim) for name, ask, aim in asked]


def _rate(side: Side, aim: float) -> Row:
    name = f"{side.name}: orders/s"
    if not side.rates:
        return missing(name, "orders/s", side.why, aim)
    spread = (min(side.rates), max(side.rates))
    return Row(name, statistics.median(side.rates), "orders/s", aim, spread=spread)
