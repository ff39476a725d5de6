"""``python -m tests.browser.picture FILE``: the picture of the README, from a real run.

A box from a fixed seed lives three hours, an account trades in it, and Chromium takes the page.
"""

import shutil
import sys
from pathlib import Path
from typing import Final

from playwright.sync_api import ViewportSize, sync_playwright

from perpbox.box import Box
from perpbox.engine.types import Side
from tests.browser.conftest import FLAGS, NAMES
from tests.browser.traders import limit_order, market_order, trader

SYMBOLS: Final = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT", "DOGEUSDT"]
SIM: Final = {"trades_per_minute": 60, "volatility": "0.008"}
MINUTES: Final = 110
SIZE: Final[ViewportSize] = {"width": 1600, "height": 1000}


def live(box: Box, minutes: int) -> None:
    """Minute by minute, so that the market takes every step."""
    for _ in range(minutes):
        box.advance(minutes=1)


def last(box: Box, symbol: str) -> float:
    _, answer = trader(box).call("GET", f"/fapi/v1/ticker/price?symbol={symbol}")
    return float(answer["price"])


def trade(box: Box) -> None:
    """Positions in three contracts, one of them isolated and near its end, and orders around."""
    signed = trader(box).signed
    market_order(box, "BTCUSDT", Side.BUY, "3.4")
    market_order(box, "ETHUSDT", Side.SELL, "32")
    signed("POST", "/fapi/v1/leverage", symbol="SOLUSDT", leverage=50)
    signed("POST", "/fapi/v1/marginType", symbol="SOLUSDT", marginType="ISOLATED")
    market_order(box, "SOLUSDT", Side.BUY, "250")
    live(box, 20)
    price = last(box, "BTCUSDT")
    limit_order(box, "BTCUSDT", Side.BUY, "1", f"{price * 0.9985:.1f}")
    limit_order(box, "BTCUSDT", Side.SELL, "1.7", f"{price * 1.002:.1f}")
    signed(
        "POST",
        "/fapi/v1/algoOrder",
        algoType="CONDITIONAL",
        symbol="BTCUSDT",
        side="SELL",
        type="STOP_MARKET",
        triggerPrice=f"{price * 0.996:.1f}",
        closePosition="true",
    )


def main(target: Path) -> None:
    """Write the picture."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "install Chromium (apt-get install chromium)"
    with Box(market="sim", sim=SIM, seed=7, clock="frozen", symbols=SYMBOLS) as box:
        live(box, MINUTES)
        trade(box)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
            page = browser.new_page(viewport=SIZE, color_scheme="dark", device_scale_factor=1)
            page.goto(f"{box.url}/#/trade/BTCUSDT")
            page.get_by_label("Price", exact=True).fill(f"{last(box, 'BTCUSDT') * 0.999:.1f}")
            page.get_by_label("Size", exact=True).fill("0.5")
            page.locator(".preview td", has_text="%").first.wait_for()
            page.get_by_role("region", name="Positions").wait_for()
            page.wait_for_load_state("networkidle")
            page.screenshot(path=target)
            browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
