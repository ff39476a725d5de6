"""The protected forms of the mark price, chosen over HTTP."""

from decimal import Decimal

from perpbox.box import Box
from tests.unit.gateway.distress import Row, Trader, opened

BTC = "BTCUSDT"


def mark_of(trader: Trader) -> Decimal:
    status, row = trader.rest.call("GET", f"/fapi/v1/premiumIndex?symbol={BTC}")
    assert status == 200
    return Decimal(row["markPrice"])


def explained(trader: Trader) -> Row:
    told = trader.rest.lab("GET", f"/explain/market?symbol={BTC}")[1]
    found: Row = told["fields"]["markPrice"]
    return found


def test_a_failed_index_leaves_the_last_price() -> None:
    """FUN-011, FUN-012: the mark follows prints and not the index, until the median is back."""
    with Box(market="sim", clock="frozen", symbols=[BTC], seed=3) as box:
        trader = Trader(box, box.account(10_000))
        status, row = trader.rest.lab("POST", "/markForm", {"symbol": BTC, "form": "last"})
        assert (status, row["form"]) == (200, "last")
        good = box.state.markets[BTC].index
        box.advance(minutes=5)
        market = box.state.markets[BTC]
        assert market.index == good
        assert mark_of(trader) == Decimal(market.last) / 10**8
        told = explained(trader)
        assert told["printed"] == {"premiumIndex": f"{mark_of(trader):.8f}"}
        assert "last price" in str(told)
        trader.rest.lab("POST", "/markForm", {"symbol": BTC, "form": "basis"})
        box.advance(seconds=1)
        assert explained(trader)["printed"] == {"premiumIndex": f"{mark_of(trader):.8f}"}
        assert "fundingLeg" not in str(explained(trader))
        assert "bookLeg" in str(explained(trader))
        trader.rest.lab("POST", "/markForm", {"symbol": BTC, "form": "median"})
        box.advance(seconds=1)
        assert box.state.markets[BTC].index != good


def test_what_is_no_form_is_refused() -> None:
    """FUN-011: with the forms there are; a contract that is over has none."""
    with opened(BTC) as box:
        trader = Trader(box, box.account(10_000))
        status, row = trader.rest.lab("POST", "/markForm", {"symbol": BTC, "form": "mean"})
        assert status == 400
        assert "median or basis or last" in row["msg"]
        at_ms = box.desk.now_ms() + 1_000
        trader.rest.lab("POST", "/delivery", {"symbol": BTC, "at": at_ms})
        box.advance(seconds=1)
        status, row = trader.rest.lab("POST", "/markForm", {"symbol": BTC, "form": "last"})
        assert (status, row["code"]) == (400, -9011)
