"""Histories as files: order/asyn, trade/asyn, income/asyn, their links and what is behind them."""

import csv
import io
from urllib.request import urlopen

import pytest

from perpbox.box import Box
from perpbox.wire.downloads import FILES_MAX, LIFE_MS, Downloads
from tests.unit.gateway.rest_box import NOW_MS, RestBox

SPAN: dict[str, object] = {"startTime": NOW_MS - 1000, "endTime": NOW_MS + 1000}
KINDS = ("order", "trade", "income")


@pytest.fixture
def box() -> RestBox:
    """An account with one order filled, one canceled and one open."""
    box = RestBox(rate_limits=False)
    box.errands.downloads.base_url = lambda: "http://box"
    box.place(type="MARKET", price=None, timeInForce=None)
    box.place(newClientOrderId="gone")
    box.call("DELETE", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="gone")
    box.place(newClientOrderId="open")
    return box


def ask(box: RestBox, kind: str, **params: object) -> dict[str, object]:
    return box.row("GET", f"/fapi/v1/{kind}/asyn", **{**SPAN, **params})


def link(box: RestBox, kind: str, download_id: object) -> dict[str, object]:
    return box.row("GET", f"/fapi/v1/{kind}/asyn/id", downloadId=download_id)


def fetched(box: RestBox, url: object) -> tuple[int, list[dict[str, str]]]:
    path = str(url).removeprefix("http://box")
    status, _, body = box.raw("GET", path, headers={})
    return status, list(csv.DictReader(io.StringIO(body.decode())))


def file_of(box: RestBox, kind: str, **params: object) -> list[dict[str, str]]:
    download_id = ask(box, kind, **params)["downloadId"]
    box.wall_ms += 1000
    status, rows = fetched(box, link(box, kind, download_id)["url"])
    assert status == 200
    return rows


def test_a_file_is_made_in_a_second(box: RestBox) -> None:
    """WIR-412: processing without a link at first, then completed with one."""
    asked = ask(box, "order")
    assert asked["avgCostTimestampOfLast30d"] == 1000
    download_id = asked["downloadId"]
    assert link(box, "order", download_id) == {
        "downloadId": download_id, "status": "processing", "url": "", "notified": False,
        "expirationTimestamp": -1, "isExpired": None,
    }  # fmt: skip
    box.wall_ms += 1000
    done = link(box, "order", download_id)
    assert (done["status"], done["notified"], done["isExpired"]) == ("completed", True, None)
    assert done["expirationTimestamp"] == box.wall_ms + LIFE_MS


def test_a_link_ends_after_a_week(box: RestBox) -> None:
    """WIR-412: on the wall's clock; then the file is gone."""
    download_id = ask(box, "order")["downloadId"]
    box.wall_ms += 1000
    url = link(box, "order", download_id)["url"]
    assert fetched(box, url)[0] == 200
    box.wall_ms += LIFE_MS
    box.box_ms = box.wall_ms
    assert link(box, "order", download_id)["isExpired"] is True
    assert fetched(box, url)[0] == 404


def test_files_hold_what_the_account_did(box: RestBox) -> None:
    """WIR-413: the rows of the JSON answers, in time order."""
    orders = file_of(box, "order")
    assert [row["status"] for row in orders] == ["FILLED", "CANCELED", "NEW"]
    assert [row["clientOrderId"] for row in orders[1:]] == ["gone", "open"]
    trades = file_of(box, "trade")
    shown = box.rows("GET", "/fapi/v1/userTrades", symbol="BTCUSDT")
    assert [(row["id"], row["price"], row["maker"]) for row in trades] == [
        (str(row["id"]), row["price"], "false") for row in shown
    ]
    income = file_of(box, "income")
    assert [row["incomeType"] for row in income] == ["TRANSFER", "COMMISSION"]
    assert file_of(box, "order", startTime=NOW_MS + 1) == []


def test_files_are_their_owners(box: RestBox) -> None:
    """WIR-412: -1130 for a number that is not of this account and kind."""
    download_id = ask(box, "order")["downloadId"]
    assert link(box, "trade", download_id)["code"] == -1130
    assert link(box, "order", 1)["code"] == -1130
    assert box.errands.downloads.find(2, "order", int(str(download_id))) is None


@pytest.mark.parametrize("kind", KINDS)
def test_spans_that_are_refused(box: RestBox, kind: str) -> None:
    """WIR-412: both ends are needed, in order, a year apart at most."""
    path = f"/fapi/v1/{kind}/asyn"
    assert box.row("GET", path, startTime=1)["code"] == -1102
    assert box.row("GET", path, startTime=2, endTime=1)["code"] == -1023
    assert box.row("GET", path, startTime=0, endTime=366 * 86_400_000)["code"] == -4165
    assert len(box.errands.downloads) == 0


def test_the_oldest_files_give_way() -> None:
    """WIR-412: by number and by bytes, but never the newest."""
    names = iter(range(10_000))
    downloads = Downloads(lambda: 0, lambda: str(next(names)))
    for _ in range(FILES_MAX + 5):
        downloads.add(1, "order", b"x")
    assert len(downloads) == FILES_MAX
    made = [downloads.add(1, "order", b"x" * 40_000_000) for _ in range(2)]
    assert len(downloads) == 1
    assert downloads.find(1, "order", made[1].download_id) is made[1]
    assert downloads.find(1, "order", made[0].download_id) is None


def test_a_real_file_is_behind_the_link() -> None:
    """WIR-413: over HTTP, without a key."""
    with Box(market="none", clock="frozen", symbols=["BTCUSDT"]) as box:
        made = box.call(lambda: box.desk.errands.downloads.add(1, "order", b"time,symbol\n"))
        made_url = box.desk.errands.downloads.base_url() + made.path
        made.ready_ms = box.desk.genesis.wall_ms()
        with urlopen(made_url) as answer:  # an address of this test's own
            assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
            assert answer.read() == b"time,symbol\n"
