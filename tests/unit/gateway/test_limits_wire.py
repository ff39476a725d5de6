"""Limits as a client meets them: every row's weight, headers, refusals, bans, the switch."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from perpbox.box import Box
from perpbox.gateway.response import Heads
from perpbox.wire.coverage import contract_rows
from perpbox.wire.limits import FILES_PER_MONTH_MAX, REFUSED_BEFORE_BAN_MAX
from perpbox.wire.routes import ROUTES
from tests.unit.gateway.rest_box import NOW_MS, RestBox

GOLDEN: Final[dict[str, Any]] = orjson.loads(
    Path(__file__).parents[2].joinpath("golden", "weights.json").read_bytes()
)
"""Row -> (query, weight) samples, bucket, (ten seconds, minute) of the order limits."""
BY_NAME: Final = {route.name: route for route in ROUTES}
WEIGHT: Final = re.compile(rb"X-MBX-USED-WEIGHT-1M: (-?\d+)\r\n")
ORDERS: Final = re.compile(rb"X-MBX-ORDER-COUNT-10S: (\d+)\r\nX-MBX-ORDER-COUNT-1M: (\d+)\r\n")
SPANS: Final = {
    "funding": ("/fapi/v1/fundingRate", 500),
    "statistics": ("/futures/data/delivery-price", 1000),
}
BAN: Final = re.compile(r"IP\(10\.0\.0\.9\) banned until (\d+)\. ")


def samples() -> Iterator[tuple[str, str, int]]:
    for name, row in GOLDEN.items():
        for query, weight in row["weights"]:
            if name in BY_NAME:
                yield name, query, weight


def test_the_samples_are_of_every_row_of_the_contract() -> None:
    """LIM-016."""
    assert set(GOLDEN) == {row.name for row in contract_rows()}
    retired = {row.name for row in contract_rows() if row.retired}
    assert set(GOLDEN) - retired == set(BY_NAME)


@pytest.mark.parametrize(("name", "query", "weight"), list(samples()))
def test_every_row_weighs_what_the_contract_says(name: str, query: str, weight: int) -> None:
    """LIM-001, LIM-006, LIM-009, LIM-011, LIM-016: told by the header, also when refused."""
    method, path = name.split(" ")
    head = RestBox().raw(method, path, query.encode(), headers={})[1]
    found = WEIGHT.search(head)
    if GOLDEN[name]["bucket"] != "weight":
        assert found is None
        assert weight == 0
    else:
        assert found is not None, head
        assert int(found[1]) == (weight or -1)


@pytest.mark.parametrize("name", [name for name in GOLDEN if name in BY_NAME])
def test_every_row_counts_as_orders_what_the_contract_says(name: str) -> None:
    """LIM-004, LIM-010, LIM-016."""
    box = RestBox()
    method, path = name.split(" ")
    found = ORDERS.search(box.raw(method, path, box.signed_query())[1])
    counted = None if found is None else [int(found[1]), int(found[2])]
    assert counted == GOLDEN[name]["orders"]


@pytest.mark.parametrize("bucket", list(SPANS))
def test_buckets_are_separate(bucket: str) -> None:
    """LIM-006, LIM-011, LIM-015: one is used up by any of its rows, the others are not."""
    box = RestBox()
    path, most = SPANS[bucket]
    rows = [BY_NAME[name] for name, row in GOLDEN.items() if row["bucket"] == bucket]
    assert path in {route.path for route in rows}
    for turn in range(most):
        route = rows[turn % len(rows)]
        assert box.raw("GET", route.path, headers={})[0] in (200, 400, 401)
    for route in rows:
        status, head, body = box.raw("GET", route.path, headers={})
        assert (status, orjson.loads(body)) == (
            429,
            {
                "code": -1003,
                "msg": f"Too many requests; current limit of IP(127.0.0.1) is {most} requests per "
                "5 minutes. Please use the websocket for live updates to avoid polling the API.",
            },
        )
        assert re.fullmatch(rb"Retry-After: \d+\r\n", head)
    other = next(each for each in SPANS if each != bucket)
    for free in ("/fapi/v1/ping", SPANS[other][0]):
        assert box.raw("GET", free, headers={})[0] in (200, 400)
    assert box.raw("GET", path, headers={}, peer="10.0.0.2")[0] in (200, 400)
    box.wall_ms += 300_000
    assert box.raw("GET", path, headers={})[0] in (200, 400)


def test_bans_are_told_and_grow() -> None:
    """LIM-002, LIM-003, LIM-014: 429, then 418 with the end in its text, then for longer."""
    box, peer = RestBox(), "10.0.0.9"
    lengths = []
    for _ in range(3):
        start_ms = box.wall_ms
        box.limits.weigh(peer, 2400, start_ms)
        for _ in range(REFUSED_BEFORE_BAN_MAX + 1):
            status, head, _ = box.raw("GET", "/fapi/v1/time", peer=peer)
            assert status == 429
            assert WEIGHT.match(head)
        status, head, body = box.raw("POST", "/fapi/v1/order", peer=peer)
        told = BAN.search(orjson.loads(body)["msg"])
        assert status == 418
        assert told is not None
        until_ms = int(told[1])
        assert head.endswith(b"Retry-After: %d\r\n" % ((until_ms - start_ms) // 1000))
        assert b"X-MBX-USED-WEIGHT-1M" in head
        lengths.append(until_ms - start_ms)
        box.wall_ms = until_ms - 1
        assert box.raw("GET", "/fapi/v1/ping", peer=peer)[0] == 418
        box.wall_ms = until_ms
        assert box.raw("GET", "/fapi/v1/ping", peer=peer)[0] == 200
        box.wall_ms += 60_000
    assert lengths == [120_000, 240_000, 480_000]
    assert Heads(lambda: 0.0)[418].startswith(b"HTTP/1.1 418 I'm a teapot\r\n")


@pytest.mark.parametrize(("kind", "most"), list(FILES_PER_MONTH_MAX.items()))
def test_files_are_counted_by_the_month(kind: str, most: int) -> None:
    """LIM-013: 429 -1003 above the number of the kind; other kinds and the links are free."""
    box = RestBox()
    path = f"/fapi/v1/{kind}/asyn"

    def ask(path: str) -> tuple[int, bytes, bytes]:
        box.wall_ms += 60_000
        box.box_ms = box.wall_ms
        query = box.signed_query(startTime=NOW_MS - 1000, endTime=NOW_MS)
        return box.raw("GET", path, query)

    assert [ask(path)[0] for _ in range(most)] == [200] * most
    status, head, body = ask(path)
    assert (status, orjson.loads(body)) == (
        429,
        {"code": -1003, "msg": f"Too many requests; current limit is {most} files per month."},
    )
    assert b"Retry-After: " in head
    assert orjson.loads(ask(f"{path}/id")[2])["code"] == -1102
    other = next(each for each in FILES_PER_MONTH_MAX if each != kind)
    assert ask(f"/fapi/v1/{other}/asyn")[0] == 200
    box.wall_ms += 30 * 86_400_000
    box.box_ms = box.wall_ms
    assert ask(path)[0] == 200


def test_switched_off_nothing_is_refused() -> None:
    """LIM-007: by the option, over the whole box; the headers go on counting."""
    for is_on, expected in ((True, 429), (False, 200)):
        box = Box(market="none", clock="frozen", rate_limits=is_on, symbols=["BTCUSDT"])
        for _ in range(2401):
            status, head, _ = box.handle("GET", "/fapi/v1/ping")
        assert status == expected
        assert b"X-MBX-USED-WEIGHT-1M: 2401\r\n" in head
