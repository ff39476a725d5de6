"""For everyone: assistive technology, keyboards, small and large screens, both colour schemes."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from perpbox.box import Box
from perpbox.engine.types import Side
from tests.browser.conftest import NARROW, WIDE, Opener
from tests.browser.traders import limit_order, market_order

AXE = Path(__file__).resolve().parents[2] / "dashboard/node_modules/axe-core/axe.min.js"
SERIOUS = {"serious", "critical"}
VIEWS = ["trade/BTCUSDT", "risk", "history/orders", "history/income", "control"]


def serious_issues(page: Page) -> list[str]:
    assert AXE.exists(), "run `make node` to install axe-core"
    page.evaluate(AXE.read_text())
    found = page.evaluate("async () => (await axe.run(document)).violations")
    return [
        json.dumps([issue["id"], node["html"][:200], node["failureSummary"][:300]])
        for issue in found
        if issue["impact"] in SERIOUS
        for node in issue["nodes"]
    ]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1440", "390"])
def test_no_serious_issue_in_any_view(
    box: Box, open_page: Opener, complaints: list[str], size: tuple[int, int], theme: str
) -> None:
    """DSH-020: checked by axe, contrast included, with a position and orders on the page."""
    market_order(box, "BTCUSDT", Side.BUY, "1")
    limit_order(box, "BTCUSDT", Side.SELL, "0.5", "60100")
    page = open_page(f"{box.url}/", size, theme)
    for view in VIEWS:
        page.goto(f"{box.url}/#/{view}")
        page.wait_for_load_state("networkidle")
        assert serious_issues(page) == [], view
    assert complaints == []


def test_dialogs_have_no_serious_issue(box: Box, open_page: Opener) -> None:
    """DSH-020."""
    market_order(box, "BTCUSDT", Side.BUY, "1")
    page = open_page(f"{box.url}/#/trade/BTCUSDT")
    for button in ("liquidation price: explain", "change the leverage", "Account 1"):
        page.get_by_role("button", name=button).first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        page.wait_for_load_state("networkidle")
        assert serious_issues(page) == [], button
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_contract_is_chosen_by_keyboard(box: Box, open_page: Opener) -> None:
    """DSH-021: search, arrows, Enter; Escape leaves."""
    page = open_page(f"{box.url}/#/trade/BTCUSDT")
    page.get_by_role("button", name="BTCUSDT Perpetual").press("Enter")
    page.get_by_role("combobox", name="Search contracts").fill("usdt")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{box.url}/#/trade/ETHUSDT")
    expect(page.locator(".symbol-name b")).to_have_text("ETHUSDT")
    expect(page.locator(".last-price strong")).to_have_text("3,000.00")


def test_order_is_sent_by_keyboard(box: Box, open_page: Opener) -> None:
    """DSH-021: every control of the ticket is reached by Tab and shows that it is."""
    page = open_page(f"{box.url}/#/trade/BTCUSDT")
    page.get_by_label("Price", exact=True).focus()
    page.keyboard.type("59999")
    reached = []
    for _ in range(20):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.textContent || document.activeElement.id")
        reached.append(name)
        if page.evaluate("document.activeElement.labels?.[0]?.textContent") == "Size":
            page.keyboard.type("0.25")
        if "Buy" in name:
            page.keyboard.press("Enter")
            break
    expect(page.get_by_role("tab", name="Open orders 1")).to_be_visible()


@pytest.mark.parametrize("width", [390, 600, 768, 1024, 1199, 1440, 1920, 2560])
def test_nothing_is_wider_than_the_screen(box: Box, open_page: Opener, width: int) -> None:
    """DSH-022: no view scrolls sideways; wide tables scroll in themselves."""
    market_order(box, "BTCUSDT", Side.BUY, "1")
    page = open_page(f"{box.url}/", (width, 900))
    for view in VIEWS:
        page.goto(f"{box.url}/#/{view}")
        page.wait_for_load_state("networkidle")
        for place in ("document.documentElement", "document.querySelector('main')"):
            assert page.evaluate(f"{place}.scrollWidth - {place}.clientWidth") == 0, view


def test_direction_is_told_by_more_than_colour(box: Box, open_page: Opener) -> None:
    """DSH-023: a sign or an arrow stands by every red and green."""
    market_order(box, "BTCUSDT", Side.SELL, "1")
    page = open_page(f"{box.url}/#/trade/BTCUSDT")
    row = page.get_by_role("region", name="Positions").get_by_role("row").nth(1)
    expect(row).to_contain_text("▼ Short")
    expect(row).to_contain_text("−1")
    for print_ in page.locator(".prints li").all():
        assert print_.locator(".way").inner_text() in "▲▼"
