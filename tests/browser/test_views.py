"""The views beyond the first journey: conditional orders, dragging, risk, control, reference."""

import pytest
from playwright.sync_api import Page, expect

from perpbox.box import Box
from perpbox.engine.types import Side
from tests.browser.conftest import NARROW, WIDE, Opener
from tests.browser.test_access import serious_issues
from tests.browser.traders import limit_order, market_order, trader


def open_orders(page: Page) -> object:
    page.get_by_role("tab", name="Open orders").click()
    return page.get_by_role("region", name="Open orders").get_by_role("row")


def test_conditional_order_is_placed_and_cancelled(
    box: Box, open_page: Opener, complaints: list[str]
) -> None:
    """DSH-011: a stop that closes the position, as algoOrder has it."""
    market_order(box, "BTCUSDT", Side.BUY, "1")
    page = open_page(f"{box.url}/#/trade/BTCUSDT")
    ticket = page.get_by_role("form", name="Order ticket")
    ticket.get_by_role("radio", name="Conditional").click()
    ticket.get_by_label("Trigger price").fill("58000")
    ticket.get_by_label("Close position").check()
    ticket.get_by_role("button", name="Sell / Short").click()
    page.get_by_role("tab", name="Open orders").click()
    row = page.get_by_role("region", name="Open orders").get_by_role("row").nth(1)
    expect(row).to_contain_text("Stop market")
    expect(row).to_contain_text("58,000.0")
    lines = page.get_by_role("list", name="Lines on the chart")
    expect(lines).to_contain_text("▼ Sell close stop market 58,000.0")
    row.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("No open orders")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize("conditional", [False, True], ids=["limit", "stop"])
def test_dragging_a_line_amends_the_order(
    box: Box, open_page: Opener, complaints: list[str], conditional: bool
) -> None:
    """DSH-017: a limit is amended in place, a conditional order is cancelled and placed anew."""
    market_order(box, "BTCUSDT", Side.BUY, "1")
    if conditional:
        fields = {"algoType": "CONDITIONAL", "type": "STOP_MARKET", "triggerPrice": "59500"}
        status, _ = trader(box).signed(
            "POST", "/fapi/v1/algoOrder", symbol="BTCUSDT", side="SELL", quantity="1", **fields
        )
        assert status == 200
    else:
        limit_order(box, "BTCUSDT", Side.BUY, "1", "59500")
    page = open_page(f"{box.url}/#/trade/BTCUSDT")
    lines = page.get_by_role("list", name="Lines on the chart")
    expect(lines).to_contain_text("59,500.0")
    place = page.locator(".chart-place")
    area = place.bounding_box()
    assert area is not None
    x, top = area["x"] + area["width"] / 3, area["y"]

    def is_on_line(y: int) -> bool:
        page.mouse.move(x, top + y)
        return bool(place.evaluate("place => place.style.cursor === 'ns-resize'"))

    page.wait_for_load_state("networkidle")
    found = [y for y in range(4, int(area["height"]) - 30, 4) if is_on_line(y)]
    assert found, "no line can be taken up"
    page.mouse.move(x, top + found[len(found) // 2])
    page.mouse.down()
    page.mouse.move(x, top + found[0] - 20, steps=4)
    page.mouse.up()
    expect(lines).not_to_contain_text("59,500.0")
    live = trader(box)
    if conditional:
        (order,) = live.signed("GET", "/fapi/v1/openAlgoOrders")[1]
        assert order["algoId"] != 1
        assert float(order["triggerPrice"]) > 59_500
    else:
        (order,) = live.signed("GET", "/fapi/v1/openOrders")[1]
        assert order["orderId"] == 2
        assert float(order["price"]) > 59_500
    assert complaints == []


def test_position_is_reversed_and_closed(box: Box, open_page: Opener) -> None:
    """DSH-018."""
    market_order(box, "BTCUSDT", Side.BUY, "1.5")
    page = open_page(f"{box.url}/#/trade/BTCUSDT")
    row = page.get_by_role("region", name="Positions").get_by_role("row").nth(1)
    row.get_by_role("button", name="Reverse BTCUSDT").click()
    expect(row).to_contain_text("−1.5")
    row.get_by_role("button", name="Close BTCUSDT").click()
    expect(page.get_by_text("No positions")).to_be_visible()


def test_terms_of_a_contract_are_changed(box: Box, open_page: Opener) -> None:
    """DSH-018: leverage, margin mode, then margin is added to the position."""
    page = open_page(f"{box.url}/#/trade/BTCUSDT")
    page.get_by_role("button", name="change the leverage").click()
    page.get_by_role("textbox", name="Leverage, 1 to").fill("50")
    page.get_by_role("button", name="Set leverage").click()
    expect(page.get_by_role("button", name="50× change the leverage")).to_be_visible()
    page.get_by_role("button", name="change the margin mode").click()
    page.get_by_role("radio", name="Isolated").click()
    page.get_by_role("button", name="Set margin mode").click()
    expect(page.get_by_role("button", name="Isolated change the margin mode")).to_be_visible()
    market_order(box, "BTCUSDT", Side.BUY, "1")
    page.get_by_role("button", name="Margin of BTCUSDT").click()
    page.get_by_label("Amount").fill("500")
    page.get_by_role("button", name="Add margin").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    (leg,) = trader(box).signed("GET", "/fapi/v3/positionRisk", symbol="BTCUSDT")[1]
    assert float(leg["isolatedWallet"]) > 1_600


def test_hedge_mode_has_two_legs(box: Box, open_page: Opener) -> None:
    """DSH-018."""
    page = open_page(f"{box.url}/#/trade/BTCUSDT")
    page.get_by_role("button", name="change the position mode").click()
    page.get_by_role("radio", name="Hedge").click()
    page.get_by_role("button", name="Set position mode").click()
    ticket = page.get_by_role("form", name="Order ticket")
    ticket.get_by_role("radio", name="Market").click()
    ticket.get_by_label("Size", exact=True).fill("1")
    ticket.get_by_role("button", name="Open long").click()
    ticket.get_by_role("button", name="Open short").click()
    rows = page.get_by_role("region", name="Positions").locator("tbody tr")
    expect(rows).to_have_count(2)
    ticket.get_by_role("radio", name="Close").click()
    ticket.get_by_role("button", name="Close long").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("▼ Short")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1440", "390"])
def test_what_if_draws_where_a_position_dies(
    box: Box, open_page: Opener, complaints: list[str], size: tuple[int, int]
) -> None:
    """DSH-019: the engine's figures for every step of the slider."""
    market_order(box, "BTCUSDT", Side.BUY, "15")
    page = open_page(f"{box.url}/#/risk", size)
    panel = page.get_by_role("region", name="What if")
    expect(panel.locator(".death")).to_contain_text("✕ BTCUSDT")
    slider = panel.get_by_role("slider", name="Move of the price")
    figures = panel.locator(".what-if-figures")
    expect(figures).to_contain_text("none")
    slider.press("Home")
    expect(figures).to_contain_text("−50.0 %")
    expect(figures).to_contain_text("✕ BTCUSDT")
    expect(figures).to_contain_text("no balance")
    asked = trader(box).lab("POST", "/whatif", {"account": 1, "moves": {"BTCUSDT": "-0.5"}})
    loss = round(float(asked[1]["steps"][0]["pnl"]), 2)
    expect(figures).to_contain_text(f"−{-loss:,.2f}")
    assert complaints == []


def test_distance_to_liquidation_reddens(box: Box, open_page: Opener) -> None:
    """DSH-037: a fixed length for a distance, and a sign where liquidation is near."""
    market_order(box, "BTCUSDT", Side.BUY, "15")
    page = open_page(f"{box.url}/#/risk")
    distance = page.get_by_role("region", name="Positions").locator(".distance")
    expect(distance).to_have_class("distance fine ")
    bar = distance.locator("b")
    long = bar.evaluate("bar => bar.getBoundingClientRect().width")
    box.set_price("BTCUSDT", 54_500)
    expect(distance).to_have_class("distance danger ")
    expect(distance).to_contain_text("\u26a0")
    assert bar.evaluate("bar => bar.getBoundingClientRect().width") < long / 2


def test_trades_of_one_instant_stay_newest_first(box: Box, open_page: Opener) -> None:
    """DSH-015: after every reading, with the decimals of the contract below each other."""
    page = open_page(f"{box.url}/#/history/trades")
    rows = page.get_by_role("region", name="Trades").locator("tbody tr")
    for count, quantity in enumerate(("0.1", "0.25", "0.3"), start=1):
        market_order(box, "BTCUSDT", Side.BUY, quantity)
        expect(rows).to_have_count(count)
    told = [row.inner_text().split("\t") for row in rows.all()]
    assert [row[4] for row in told] == ["0.300", "0.250", "0.100"]
    numbers = [int(row[9]) for row in told]
    assert numbers == sorted(numbers, reverse=True)


def test_every_figure_of_risk_is_explained(box: Box, open_page: Opener) -> None:
    """DSH-012: whatever is a button tells its terms."""
    market_order(box, "BTCUSDT", Side.BUY, "15")
    for view in ("trade/BTCUSDT", "risk"):
        page = open_page(f"{box.url}/#/{view}")
        page.wait_for_load_state("networkidle")
        figures = page.get_by_role("button", name=": explain")
        assert figures.count() >= 6
        for number in range(figures.count()):
            figures.nth(number).click()
            dialog = page.get_by_role("dialog")
            expect(dialog.locator(".step").first).to_be_visible()
            page.keyboard.press("Escape")
            expect(dialog).to_have_count(0)


def test_accounts_are_opened_funded_and_switched(
    box: Box, open_page: Opener, complaints: list[str]
) -> None:
    """DSH-013: the new account's secret is shown once, and the page acts as it."""
    page = open_page(f"{box.url}/#/control")
    page.get_by_role("button", name="Open an account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Balance").fill("777")
    dialog.get_by_role("button", name="Open account").click()
    expect(dialog).to_contain_text("Secret")
    dialog.get_by_role("button", name="Act as account 2").click()
    expect(page.get_by_role("button", name="Account 2")).to_be_visible()
    row = page.get_by_role("region", name="Accounts").get_by_role("row").nth(2)
    row.get_by_role("button", name="Fund").click()
    dialog.get_by_label("Amount").fill("23")
    dialog.get_by_role("button", name="Move money").click()
    expect(row).to_contain_text("800.00 USDT")
    page.get_by_role("link", name="Trade", exact=True).click()
    expect(page.get_by_role("form")).to_contain_text("800.00")
    assert complaints == []


def test_operator_sees_commands_requests_and_connections(box: Box, open_page: Opener) -> None:
    """DSH-013: with numbers, weights and errors, as they happen."""
    page = open_page(f"{box.url}/#/control")
    log = page.get_by_role("region", name="Log", exact=True).last
    expect(page.get_by_role("region", name="State")).to_contain_text("balanced")
    market_order(box, "BTCUSDT", Side.BUY, "1")
    expect(log).to_contain_text("PlaceOrder")
    expect(log).to_contain_text("OrderTraded")
    status, _ = trader(box).signed("GET", "/fapi/v1/order", symbol="BTCUSDT", orderId=99)
    assert status == 400
    requests = page.get_by_role("region", name="Requests").last
    expect(requests).to_contain_text("-2013")
    connections = page.get_by_role("region", name="Connections").last
    expect(connections).to_contain_text("private")
    page.get_by_role("button", name="Hash and count now").click()
    told = page.locator(".hash")
    expect(told).to_have_text(trader(box).lab("GET", "/state")[1]["hash"])


def test_street_is_shaped(open_page: Opener, complaints: list[str]) -> None:
    """DSH-013: depth and spread of the simulated market."""
    with Box(market="sim", clock="frozen", symbols=["BTCUSDT"]) as box:
        page = open_page(f"{box.url}/#/control")
        street = page.get_by_role("region", name="Street")
        street.get_by_label("Spread").fill("40")
        street.get_by_role("button", name="Quote so").click()
        expect(page.get_by_role("log", name="What happened")).to_contain_text("quoted so")
        page.get_by_role("button", name="+1 min").click()
        page.get_by_role("link", name="Trade", exact=True).click()
        spread = page.locator(".spread [title='Best ask less best bid']")
        expect(spread).to_have_text("4.0")
        assert complaints == []


def test_market_without_a_street_says_so(box: Box, open_page: Opener) -> None:
    """DSH-030."""
    page = open_page(f"{box.url}/#/control")
    expect(page.get_by_role("region", name="Street")).to_contain_text("No street to shape")


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1440", "390"])
def test_reference_is_searched(
    box: Box, open_page: Opener, complaints: list[str], size: tuple[int, int], theme: str
) -> None:
    """DSH-024, DSH-020: every route of exchange and lab, in the same look."""
    page = open_page(f"{box.url}/docs", size, theme)
    operations = page.locator(".operation")
    expect(operations.first).to_be_visible()
    total = operations.count()
    assert total > 100
    assert serious_issues(page) == []
    page.get_by_role("searchbox", name="Search routes").fill("positionrisk")
    expect(page.locator(".operation h3 a").first).to_contain_text("positionRisk")
    assert operations.count() < 8
    operations.first.get_by_text("Example of an answer").click()
    expect(operations.first.locator("pre")).to_contain_text("liquidationPrice")
    assert complaints == []


def test_ticket_tells_what_a_stop_does_at_its_trigger(box: Box, open_page: Opener) -> None:
    """DSH-011, LAB-126: cost and liquidation price of then, not that it costs nothing now."""
    page = open_page(f"{box.url}/#/trade/BTCUSDT")
    ticket = page.get_by_role("form", name="Order ticket")
    ticket.get_by_role("radio", name="Conditional").click()
    ticket.get_by_label("Trigger price").fill("61000")
    ticket.get_by_label("Size", exact=True).fill("30")
    told = ticket.locator(".preview")
    expect(told).to_contain_text("At the trigger")
    expect(told).to_contain_text("61,000.0")
    expect(told.get_by_role("row", name="Liquidation")).not_to_contain_text("none")
    expect(told).to_contain_text("-2021")
