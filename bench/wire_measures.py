"""Measures of requests over sockets: positionRisk by connections, orders."""

import json
import statistics
from functools import partial

from bench.orders import ask_rest, ask_ws, ccxt_overhead_us, fill_requests, rest_requests, stock
from bench.rows import CONNECTIONS, SYMBOL, Plan, Row, Side, ask, fixed_server, in_turn
from bench.servers import Perpbox, perpbox, signed_target

COUNTS = (1, 32, 256)
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
                found = in_turn(plan, barest, ours, 0.6)
            rows += [row.named(f"{count} connections: {row.what}") for row in found]
    return rows


def orders(plan: Plan) -> list[Row]:
    """Orders over REST and the WebSocket API: checked and expired, and filled."""
    with (
        perpbox("--market", "none", "--symbols", "BTCUSDT") as box,
        fixed_server("barest", ORDER_BYTES, plan) as barest,
    ):
        stock(box)
        rest, fills = rest_requests(), fill_requests()
        sides = (
            barest,
            Side(
                "POST order", box.pid, lambda: ask_rest(box.port, rest, CONNECTIONS, plan.seconds)
            ),
            Side(
                "POST order, filling",
                box.pid,
                lambda: ask_rest(box.port, fills, CONNECTIONS, plan.seconds),
            ),
            Side("order.place", box.pid, lambda: ask_ws(box.port, CONNECTIONS, plan.seconds)),
        )
        for _ in range(plan.rounds):
            for side in sides:
                side.measure()
        rows = [row for side in sides for row in side.rows()]
        for side, aim in zip(sides[1:], (REST_AIM, REST_AIM, WS_AIM), strict=True):
            ratios = [ours / bare for ours, bare in zip(side.rates, barest.rates, strict=True)]
            spread = (min(ratios), max(ratios))
            rows.append(
                Row(f"{side.name}: orders/s", statistics.median(side.rates), "orders/s", aim)
            )
            rows.append(
                Row(f"{side.name}: of the barest", statistics.median(ratios), "x", spread=spread)
            )
        client_us = ccxt_overhead_us(box.port)
    if client_us is not None:
        ours_us = US / statistics.median(sides[1].rates)
        rows.append(Row("ccxt's own time for an order", client_us, "us"))
        rows.append(Row("ours of ccxt's", ours_us / client_us, "x"))
    return rows
