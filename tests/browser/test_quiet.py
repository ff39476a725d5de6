"""A page that shows a box in which nothing happens asks it for nothing."""

from playwright.sync_api import Request, expect

from perpbox.box import Box
from perpbox.engine.types import Side
from tests.browser.conftest import Opener
from tests.browser.traders import market_order

SETTLE_MS, QUIET_MS = 3_000, 4_500
"""Together short of the silence after which the page asks whether its streams are alive."""


def test_figures_are_read_when_marks_move_and_only_then(box: Box, open_page: Opener) -> None:
    """DSH-039."""
    market_order(box, "BTCUSDT", Side.BUY, "15")
    page = open_page("about:blank")
    page.clock.install()
    page.goto(f"{box.url}/#/risk")
    margin = page.get_by_role("button", name="maint margin: explain").last
    expect(margin).to_contain_text("4,350.00")
    page.clock.run_for(SETTLE_MS)
    page.wait_for_load_state("networkidle")
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/fapi/" in request.url:
            asked.append(request.url)

    page.on("request", note)
    page.clock.run_for(QUIET_MS)
    assert asked == []
    box.set_price("BTCUSDT", 66_000)
    page.clock.run_for(QUIET_MS)
    expect(margin).to_contain_text("4,935.00")
    assert sum("positionRisk" in url for url in asked) >= 1
