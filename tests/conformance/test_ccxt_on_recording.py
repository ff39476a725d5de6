"""An order of ccxt meets the recorded book, prints and mark (MKT-030)."""

from perpbox.box import Box
from perpbox.gateway.recordings import RECORDINGS
from perpbox.lab.wishes import OpenedAccount
from perpbox.market.frames import Marks, Snapshot, frames
from perpbox.money import SCALE, Qty, parse
from tests.conformance.clients import ccxt_client

UNIFIED = "BTC/USDT:USDT"
ADVANCES_MAX = 600


def recorded_marks() -> list[tuple[int, str]]:
    """(ms since the book's snapshot, mark) of the recording, in order."""
    marks: list[tuple[int, str]] = []
    began_ms = 0
    for frame in frames(RECORDINGS["2023-04-05"].lines(), with_best=False):
        if isinstance(frame, Snapshot):
            began_ms = frame.time_ms
        elif isinstance(frame, Marks):
            marks.append((frame.time_ms, frame.mark))
    return [(time_ms - began_ms, mark) for time_ms, mark in marks]


def street_ahead(box: Box, account: OpenedAccount) -> Qty:
    (order,) = box.state.accounts[account.account_id].open_orders.values()
    return order.street_ahead


def test_a_bid_waits_for_the_street_ahead_and_is_filled_by_prints() -> None:
    """MKT-030: the quantity ahead only falls, and the fill comes once it is used up."""
    with Box(market="recorded", clock="frozen", api_date="2023-10-01") as box:
        account = box.account(usdt=10_000)
        client = ccxt_client(box.url, account)
        box.advance(seconds=5)
        bid = client.fetch_order_book(UNIFIED, 5)["bids"][0]
        order = client.create_order(UNIFIED, "limit", "buy", 0.01, bid[0])
        ahead = street_ahead(box, account)
        assert ahead == parse(str(bid[1])) > 0
        for _ in range(ADVANCES_MAX):
            box.advance(ms=500)
            if not box.state.accounts[account.account_id].open_orders:
                break
            now_ahead = street_ahead(box, account)
            assert now_ahead <= ahead
            ahead = now_ahead
        filled = client.fetch_order(order["id"], UNIFIED)
        assert (filled["status"], filled["average"]) == ("closed", bid[0])
        (trade, *_) = client.fetch_my_trades(UNIFIED)
        assert trade["takerOrMaker"] == "maker"


def test_position_risk_follows_the_recorded_mark() -> None:
    """MKT-030: the mark shown is the recorded one of that second."""
    marks = recorded_marks()
    with Box(market="recorded", clock="frozen", api_date="2023-10-01") as box:
        client = ccxt_client(box.url, box.account(usdt=10_000))
        box.advance(seconds=2)
        client.create_order(UNIFIED, "market", "buy", 0.01)
        for seconds in range(9, 40, 7):
            box.advance(seconds=7)
            (row,) = client.fapiPrivateV2GetPositionRisk({"symbol": "BTCUSDT"})
            shown = [mark for time_ms, mark in marks if time_ms <= seconds * 1000]
            assert row["markPrice"] == shown[-1]
            gain = parse(row["markPrice"]) - parse(row["entryPrice"])
            assert abs(parse(row["unRealizedProfit"]) - gain * parse("0.01") // SCALE) <= 1
