"""What goes wrong has a face: each bad input shows a designed state."""

from pathlib import Path

import pytest
from playwright.sync_api import WebSocketRoute, expect

from perpbox.box import Box
from perpbox.engine.types import Side
from tests.browser.conftest import NARROW, WIDE, Opener
from tests.browser.traders import DEMO_SECRET, limit_order, market_order, trader

TOKEN = "a" * 40
OVERLAPS = """() => {
  const ink = (cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    return range.getBoundingClientRect();
  };
  return [...document.querySelectorAll(".level:not(:disabled)")].flatMap((row) => {
    const cells = [...row.querySelectorAll("span")];
    return cells.slice(1).filter((cell, at) => ink(cell).left < ink(cells[at]).right);
  }).map((cell) => cell.textContent);
}"""
"""Figures of the ladder that touch the one before them."""
CONTRACTS, ORDERS = 200, 500


def contract(tick: str = "0.01", step: str = "0.001") -> dict[str, object]:
    """A contract of one's own."""
    return {
        "brackets": [
            {
                "bracket": 1,
                "initialLeverage": 20,
                "notionalCap": 10_000_000,
                "notionalFloor": 0,
                "maintMarginRatio": 0.02,
                "cum": 0.0,
            }
        ],
        "filters": [
            {
                "filterType": "PRICE_FILTER",
                "minPrice": tick,
                "maxPrice": "100000",
                "tickSize": tick,
            },
            *(
                {"filterType": kind, "minQty": step, "maxQty": "1000000000", "stepSize": step}
                for kind in ("LOT_SIZE", "MARKET_LOT_SIZE")
            ),
            {"filterType": "MAX_NUM_ORDERS", "limit": 200},
            {"filterType": "MIN_NOTIONAL", "notional": "5"},
            {"filterType": "PERCENT_PRICE", "multiplierUp": "1.5", "multiplierDown": "0.5"},
        ],
        "baseAsset": "PEP",
        "quoteAsset": "USDT",
        "marginAsset": "USDT",
        "pricePrecision": 8,
        "quantityPrecision": 3,
        "triggerProtect": "0.05",
        "liquidationFee": "0.0125",
        "marketTakeBound": "0.05",
    }


def name_of(number: int) -> str:
    return f"N{number:03}USDT"


def many_contracts() -> dict[str, object]:
    return {name_of(number): contract() for number in range(CONTRACTS)}


def test_unknown_contract_offers_known_ones(box: Box, open_page: Opener) -> None:
    """DSH-030."""
    page = open_page(f"{box.url}/#/trade/NOPEUSDT")
    expect(page.get_by_text("There is no contract NOPEUSDT")).to_be_visible()
    page.get_by_role("link", name="ETHUSDT").click()
    expect(page.locator(".symbol-name b")).to_have_text("ETHUSDT")


@pytest.mark.parametrize("hash_", ["#/trade/%E0%A4%A", "#/nowhere", "#//", "#/history/nothing"])
def test_broken_addresses_lead_somewhere(
    box: Box, open_page: Opener, complaints: list[str], hash_: str
) -> None:
    """DSH-030."""
    page = open_page(f"{box.url}/{hash_}")
    expect(page.get_by_role("link", name="Trade", exact=True)).to_be_visible()
    expect(page.locator("main .panel").first).to_be_visible()
    assert complaints == []


def test_server_error_is_told_and_overcome(box: Box, open_page: Opener) -> None:
    """DSH-032: a 5xx keeps what was there, says so, and the next try works."""
    page = open_page("about:blank")
    page.route("**/fapi/v1/exchangeInfo", lambda route: route.fulfill(status=503, body="no"))
    page.goto(f"{box.url}/")
    alert = page.get_by_role("alert").filter(has_text="could not be read")
    expect(alert).to_contain_text("503")
    page.unroute("**/fapi/v1/exchangeInfo")
    alert.get_by_role("button", name="Try again").click()
    expect(page.locator(".last-price strong")).to_have_text("60,000.0")
    expect(alert).to_have_count(0)


def test_failed_order_keeps_the_ticket(box: Box, open_page: Opener) -> None:
    """DSH-032."""
    page = open_page(f"{box.url}/#/trade/BTCUSDT")
    page.get_by_label("Price", exact=True).fill("59000")
    page.get_by_label("Size", exact=True).fill("1")
    page.route("**/fapi/v1/order?*", lambda route: route.fulfill(status=500, body="{}"))
    page.get_by_role("button", name="Buy / Long").click()
    expect(page.get_by_role("form").get_by_role("alert")).to_contain_text("500")
    expect(page.get_by_label("Size", exact=True)).to_have_value("1")


def test_refusal_is_the_exchange_s_own(box: Box, open_page: Opener) -> None:
    """DSH-011: code and text, before sending and after."""
    page = open_page(f"{box.url}/#/trade/BTCUSDT")
    page.get_by_label("Price", exact=True).fill("60000")
    page.get_by_label("Size", exact=True).fill("900")
    page.get_by_role("button", name="Buy / Long").click()
    refused = page.get_by_role("form").get_by_role("alert")
    expect(refused).to_contain_text("-2019")
    expect(refused).to_contain_text("Margin is insufficient.")
    expect(page.locator(".preview")).to_contain_text("-2019 Margin is insufficient.")


def test_silent_stream_is_noticed(box: Box, open_page: Opener) -> None:
    """DSH-031: an open connection that is dead is found by asking, and replaced."""
    page = open_page("about:blank")
    dead: list[WebSocketRoute] = []

    def swallow(route: WebSocketRoute) -> None:
        """Take the first connection and never answer it; later ones go through."""
        if dead:
            route.connect_to_server()
        else:
            dead.append(route)

    page.route_web_socket("**/public/stream", swallow)
    page.clock.install()
    page.goto(f"{box.url}/#/trade/BTCUSDT")
    expect(page.locator(".level.bid .price").first).to_have_text("60,000.0")
    before = page.locator(".level.bid .quantity").first.inner_text()
    page.clock.run_for(20_000)
    page.clock.resume()
    limit_order(box, "BTCUSDT", Side.BUY, "1", "60000")
    expect(page.locator(".level.bid.own .price")).to_have_text("60,000.0")
    expect(page.locator(".level.bid.own .quantity")).not_to_have_text(before)
    assert len(dead) == 1


def test_reset_by_somebody_else_is_noticed(box: Box, open_page: Opener) -> None:
    """DSH-016: the box goes on without a break, and the page begins anew with it."""
    page = open_page(f"{box.url}/#/trade/BTCUSDT")
    limit_order(box, "BTCUSDT", Side.BUY, "1", "60000")
    expect(page.get_by_role("tab", name="Open orders 1")).to_be_visible()
    box.reset()
    box.set_price("BTCUSDT", 50_000)
    expect(page.get_by_role("tab", name="Open orders", exact=True)).to_be_visible()
    expect(page.locator(".last-price strong")).to_have_text("50,000.0")
    expect(page.locator(".level.bid .price").first).to_have_text("50,000.0")
    market_order(box, "BTCUSDT", Side.BUY, "1")
    expect(page.get_by_role("region", name="Positions")).to_contain_text("+1")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1440", "390"])
def test_many_positions_and_orders(open_page: Opener, size: tuple[int, int]) -> None:
    """DSH-033: tables turn pages; the page never holds more rows than one of them."""
    specs = many_contracts()
    with Box(
        market="none", clock="frozen", symbols=[*specs], specs=specs, rate_limits="off"
    ) as box:
        for number in range(CONTRACTS):
            box.set_price(name_of(number), 100)
        box.deposit(1, 10_000_000)
        live = trader(box)
        for number in range(CONTRACTS):
            market_order(box, name_of(number), Side.BUY, "1")
        for number in range(ORDERS):
            limit_order(box, name_of(number % CONTRACTS), Side.BUY, "1", "90")
        assert len(live.signed("GET", "/fapi/v1/openOrders")[1]) == ORDERS
        page = open_page(f"{box.url}/#/risk", size)
        positions = page.get_by_role("region", name="Positions")
        rows = positions.locator("tbody tr")
        expect(rows).to_have_count(50)
        expect(page.get_by_text(f"1–50 of {CONTRACTS}")).to_be_visible()
        page.get_by_role("button", name="Next").click()
        expect(page.get_by_text(f"51–100 of {CONTRACTS}")).to_be_visible()
        page.get_by_role("searchbox", name="Filter positions").fill(name_of(7))
        expect(rows).to_have_count(1)
        page.goto(f"{box.url}/#/trade/{name_of(7)}")
        page.get_by_role("tab", name=f"Open orders {ORDERS}").click()
        expect(page.get_by_role("region", name="Open orders").locator("tbody tr")).to_have_count(50)
        expect(page.get_by_role("list", name="Lines on the chart")).to_have_count(1)


def test_small_prices_keep_their_decimals(open_page: Opener) -> None:
    """DSH-034: a price with eight decimals is written out, everywhere alike."""
    specs = {"PEPPERUSDT": contract(tick="0.00000001", step="1")}
    with Box(market="none", clock="frozen", symbols=[*specs], specs=specs) as box:
        box.set_price("PEPPERUSDT", "0.00001234")
        page = open_page(f"{box.url}/#/trade/PEPPERUSDT")
        expect(page.locator(".last-price strong")).to_have_text("0.00001234")
        expect(page.locator(".level.bid .price").first).to_have_text("0.00001234")
        page.get_by_label("Price", exact=True).fill("0.00001230")
        page.get_by_label("Size", exact=True).fill("10000000")
        page.get_by_role("button", name="Buy / Long").click()
        page.get_by_role("tab", name="Open orders").click()
        orders = page.get_by_role("region", name="Open orders")
        expect(orders.get_by_role("row").nth(1)).to_contain_text("0.00001230")
        market_order(box, "PEPPERUSDT", Side.BUY, "10000000")
        page.get_by_role("tab", name="Positions").click()
        row = page.get_by_role("region", name="Positions").get_by_role("row").nth(1)
        expect(row.get_by_role("button", name="entry price")).to_contain_text("0.00001235")
        expect(page.locator(".level.ask .quantity").last).to_contain_text(" B")
        assert page.evaluate(OVERLAPS) == []


def test_contract_without_a_price(open_page: Opener) -> None:
    """DSH-034: a dash stands where there is no price yet; zero would be one."""
    with Box(market="none", clock="frozen", symbols=["BTCUSDT"]) as box:
        page = open_page(f"{box.url}/#/trade/BTCUSDT")
        expect(page.get_by_text("Nobody quotes here")).to_be_visible()
        expect(page.locator(".last-price strong")).to_have_text("\u2013")
        expect(page.locator(".facts div", has_text="Mark")).to_contain_text("\u2013")


def test_names_in_any_script(open_page: Opener, complaints: list[str]) -> None:
    """DSH-034: a contract may be called in Chinese, in address, search, table and stream."""
    name = "\u5e01\u5b89USDT"
    with Box(market="none", clock="frozen", symbols="all", specs={name: contract()}) as box:
        box.set_price("BTCUSDT", 60_000)
        box.set_price(name, 2)
        page = open_page(f"{box.url}/#/trade/BTCUSDT")
        page.get_by_role("button", name="BTCUSDT Perpetual").click()
        page.get_by_role("combobox", name="Search contracts").fill("\u5e01")
        page.keyboard.press("Enter")
        expect(page.locator(".symbol-name b")).to_have_text(name)
        expect(page.locator(".last-price strong")).to_have_text("2.00")
        page.get_by_label("Price", exact=True).fill("2.50")
        page.get_by_label("Size", exact=True).fill("10")
        page.get_by_role("button", name="Buy / Long").click()
        expect(page.get_by_role("region", name="Positions")).to_contain_text(name)
        box.set_price(name, 3)
        expect(page.locator(".last-price strong")).to_have_text("3.00")
    assert [
        said for said in complaints if "ERR_CONNECTION" not in said and "WebSocket" not in said
    ] == []


def test_operator_token_is_asked_for(open_page: Opener, tmp_path: Path) -> None:
    """DSH-035: prices for all, the rest for the operator; the token is never kept."""
    file = tmp_path / "token"
    file.write_text(TOKEN)
    with Box(
        market="none",
        clock="frozen",
        symbols=["BTCUSDT"],
        operator_token=str(file),
        account=["own" * 20 + ":" + "secret" * 10 + ":1000USDT"],
    ) as box:
        box.set_price("BTCUSDT", 60_000)
        page = open_page(f"{box.url}/")
        gate = page.get_by_role("region", name="This box asks for its operator")
        expect(gate).to_be_visible()
        expect(page.locator(".last-price strong")).to_have_text("60,000.0")
        expect(page.get_by_role("button", name="Buy / Long")).to_be_disabled()
        gate.get_by_label("Operator token").fill("wrong")
        gate.get_by_role("button", name="Unlock").click()
        expect(gate.get_by_role("alert")).to_contain_text("refused this token")
        gate.get_by_label("Operator token").fill(TOKEN)
        gate.get_by_role("button", name="Unlock").click()
        expect(gate).to_have_count(0)
        expect(page.get_by_role("form")).to_contain_text("1,000.00")
        page.get_by_role("link", name="Control room").click()
        expect(page.get_by_role("region", name="State")).to_contain_text("balanced")
        kept = page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
        assert TOKEN not in kept
        assert "session" not in kept
        page.reload()
        expect(gate).to_be_visible()


def test_page_holds_no_secret(box: Box, open_page: Opener) -> None:
    """DSH-035: neither key nor secret of the account it acts for reaches it."""
    page = open_page("about:blank")
    bodies: list[str] = []
    page.on("request", lambda sent: bodies.append(f"{sent.url} {sent.headers} {sent.post_data}"))
    page.goto(f"{box.url}/#/trade/BTCUSDT")
    page.get_by_label("Price", exact=True).fill("59000")
    page.get_by_label("Size", exact=True).fill("1")
    page.get_by_role("button", name="Buy / Long").click()
    expect(page.get_by_role("tab", name="Open orders 1")).to_be_visible()
    assert any("/fapi/v1/order" in body for body in bodies)
    assert not any(DEMO_SECRET in body or "signature" in body for body in bodies)
    assert DEMO_SECRET not in page.content()
