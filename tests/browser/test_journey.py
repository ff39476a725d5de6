"""What a newcomer does: trade, watch a liquidation, cross a funding, take a table home."""

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from perpbox.box import Box
from tests.browser.conftest import NARROW, WIDE, Opener

SIZES = pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1440", "390"])


def place_limit(page: Page, price: str, size: str, button: str) -> None:
    ticket = page.get_by_role("form", name="Order ticket")
    ticket.get_by_label("Price", exact=True).fill(price)
    ticket.get_by_label("Size", exact=True).fill(size)
    ticket.get_by_role("button", name=button).click()


def show(page: Page, pane: str) -> None:
    """On a narrow page chart, book and trades share one place."""
    chooser = page.get_by_role("radiogroup", name="Shown")
    if chooser.is_visible():
        chooser.get_by_role("radio", name=pane).click()


def position(page: Page) -> Locator:
    rows = page.get_by_role("region", name="Positions").get_by_role("row")
    return rows.filter(has_text="BTCUSDT")


@SIZES
def test_order_is_placed_seen_and_filled(
    box: Box, open_page: Opener, complaints: list[str], size: tuple[int, int]
) -> None:
    """DSH-010, DSH-011: by mouse; in the book, the table, then as a position with its lines."""
    page = open_page(f"{box.url}/", size)
    place_limit(page, "59999.5", "2", "Buy / Long")
    show(page, "Book")
    expect(page.locator(".level.bid.own .price")).to_have_text("59,999.5")
    page.get_by_role("tab", name="Open orders").click()
    orders = page.get_by_role("region", name="Open orders")
    expect(orders.get_by_role("row").filter(has_text="59,999.5")).to_be_visible()
    show(page, "Chart")
    lines = page.get_by_role("list", name="Lines on the chart")
    expect(lines).to_contain_text("▲ Buy 2 59,999.5")

    box.set_price("BTCUSDT", 59_980)

    page.get_by_role("tab", name="Positions").click()
    held = position(page)
    expect(held).to_contain_text("+2")
    expect(held).to_contain_text("59,999.5")
    expect(page.locator(".level.own")).to_have_count(0)
    expect(lines).to_contain_text("Entry 2")
    expect(lines).to_contain_text("Liquidation")
    expect(page.get_by_role("log", name="What happened")).to_contain_text("Bought 2 BTCUSDT")
    assert complaints == []


@SIZES
def test_liquidation_is_watched_from_the_control_room(
    box: Box, open_page: Opener, complaints: list[str], size: tuple[int, int]
) -> None:
    """DSH-012, DSH-013, DSH-014: shock, liquidation, forced order, explanation."""
    page = open_page(f"{box.url}/#/trade/BTCUSDT", size)
    place_limit(page, "60100", "16", "Buy / Long")
    held = position(page)
    expect(held).to_contain_text("+16")
    held.get_by_role("button", name="liquidation price: explain").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("maintMarginRate")
    expect(dialog).to_contain_text("max(0, (equity + cum")
    dialog.get_by_role("button", name="Close").click()

    page.get_by_role("link", name="Control room").click()
    page.get_by_role("button", name="−20 %").click()

    expect(page.get_by_role("log", name="What happened")).to_contain_text("Liquidation: sold")
    expect(page.get_by_role("region", name="State")).to_contain_text("✓ balanced")
    page.get_by_role("link", name="Risk").click()
    expect(page.get_by_text("No positions")).to_be_visible()
    page.goto(f"{box.url}/#/history/forced")
    forced = page.get_by_role("region", name="Forced orders").get_by_role("row")
    expect(forced.filter(has_text="Sell").first).to_be_visible()
    assert complaints == []


@SIZES
def test_funding_is_crossed_and_its_table_taken_home(
    box: Box, open_page: Opener, complaints: list[str], size: tuple[int, int], tmp_path: Path
) -> None:
    """DSH-013, DSH-015: the clock jumps to the funding, and the payment is in the file."""
    page = open_page(f"{box.url}/#/trade/BTCUSDT", size)
    place_limit(page, "60100", "1", "Buy / Long")
    expect(page.get_by_role("region", name="Positions")).to_contain_text("BTCUSDT")
    page.get_by_role("link", name="Control room").click()
    page.get_by_label("Rate of the next funding").fill("0.001")
    page.get_by_role("button", name="Set rate").click()
    page.get_by_role("button", name="Jump to funding").click()
    expect(page.locator(".big-time")).to_have_text("2026-11-01 08:00:00")
    page.goto(f"{box.url}/#/history/funding")
    paid = page.get_by_role("region", name="Funding").get_by_role("row").filter(has_text="BTCUSDT")
    expect(paid).to_contain_text("−")
    with page.expect_download() as download:
        page.get_by_role("button", name="CSV").click()
    target = tmp_path / "funding.csv"
    download.value.save_as(target)
    rows = list(csv.DictReader(io.StringIO(target.read_text("utf-8-sig"))))
    assert [row["Contract"] for row in rows] == ["BTCUSDT"]
    assert float(rows[0]["Amount"]) < 0
    assert complaints == []


@SIZES
def test_page_outlives_the_box(open_page: Opener, size: tuple[int, int]) -> None:
    """DSH-016: it says that the box is away, and goes on with the next one by itself."""
    with Box(market="none", clock="frozen", symbols=["BTCUSDT"]) as box:
        box.set_price("BTCUSDT", 60_000)
        port = int(box.url.rsplit(":", 1)[1])
        page = open_page(f"{box.url}/", size)
        place_limit(page, "59990", "1", "Buy / Long")
        page.get_by_role("tab", name="Open orders").click()
        orders = page.get_by_role("region", name="Open orders")
        expect(orders.get_by_role("row").filter(has_text="59,990.0")).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="does not answer")).to_be_visible()
    with Box(market="none", clock="frozen", symbols=["BTCUSDT"], port=port) as again:
        again.set_price("BTCUSDT", 50_000)
        expect(page.get_by_role("status").filter(has_text="The box was away")).to_be_visible()
        expect(page.get_by_text("No open orders")).to_be_visible()
        expect(page.locator(".last-price strong")).to_have_text("50,000.0")
        place_limit(page, "49990", "1", "Buy / Long")
        expect(orders.get_by_role("row").filter(has_text="49,990.0")).to_be_visible()
