"""What the page does with many updates, and with many contracts: by counting, not by time."""

import json

from playwright.sync_api import Page, expect

from perpbox.box import Box
from tests.browser.conftest import Opener

UPDATES = 100
VISITS = 6
GROWTH_MAX = 1.1
HOLD_FRAMES = """
const due = [];
const real = window.requestAnimationFrame.bind(window);
window.framesHeld = false;
window.requestAnimationFrame = (step) => (window.framesHeld ? due.push(step) : real(step));
window.nextFrame = () => due.splice(0).forEach((step) => step(performance.now()));
const Bare = window.WebSocket;
window.WebSocket = class extends Bare {
  constructor(...given) {
    super(...given);
    if (given[0].includes("/public/")) window.publicSocket = this;
  }
};
"""
"""Frames come when the test says so, and it can speak with the voice of the public stream."""
BURST = """async (frames) => {
  let renders = 0;
  const watch = new MutationObserver(() => { renders += 1; });
  watch.observe(document.querySelector(".levels"),
    { subtree: true, childList: true, characterData: true });
  const settled = () => new Promise((done) => setTimeout(done));
  window.framesHeld = true;
  for (const data of frames) window.publicSocket.onmessage({ data });
  await settled();
  const before = renders;
  window.nextFrame();
  await settled();
  const told = [before, renders];
  window.nextFrame();
  await settled();
  return [...told, renders];
}"""


def depth(number: int) -> str:
    """A frame of the partial depth stream, all of its levels other than those of the last one."""
    bids = [[f"{59_000 - level - number / 10:.2f}", f"{number}.000"] for level in range(20)]
    asks = [[f"{61_000 + level + number / 10:.2f}", f"{number}.000"] for level in range(20)]
    return json.dumps({"stream": "btcusdt@depth20@100ms", "data": {"b": bids, "a": asks}})


def test_a_burst_makes_one_render(box: Box, open_page: Opener) -> None:
    """DSH-038: none before the frame, one in it, none after it; the last update is what is seen."""
    page = open_page("about:blank")
    page.add_init_script(HOLD_FRAMES)
    page.goto(f"{box.url}/#/trade/BTCUSDT")
    expect(page.locator(".level.bid .price").first).to_have_text("60,000.0")
    page.wait_for_load_state("networkidle")
    frames = [depth(number) for number in range(1, UPDATES + 1)]
    assert page.evaluate(BURST, frames) == [0, 1, 1]
    expect(page.locator(".level.bid .price").first).to_have_text("58,990.0")


def nodes(page: Page) -> float:
    """DOM nodes that are kept, in the page or by its scripts."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    told = session.send("Performance.getMetrics")["metrics"]
    return next(float(row["value"]) for row in told if row["name"] == "Nodes")


def visit(box: Box, page: Page, times: int) -> None:
    for _ in range(times):
        for symbol, price in (("ETHUSDT", "3,000.00"), ("BTCUSDT", "60,000.0")):
            page.goto(f"{box.url}/#/trade/{symbol}")
            expect(page.locator(".last-price strong")).to_have_text(price)
            expect(page.locator(".prints li")).to_have_count(1)


def test_contracts_that_were_left_are_let_go(box: Box, open_page: Opener) -> None:
    """DSH-038."""
    page = open_page(f"{box.url}/#/trade/BTCUSDT")
    visit(box, page, 2)
    before = nodes(page)
    visit(box, page, VISITS)
    assert nodes(page) < before * GROWTH_MAX
