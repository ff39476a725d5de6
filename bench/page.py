"""The dashboard in Chromium: first paint, the main thread over a busy minute, the heap."""

import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, sync_playwright

from bench.rows import Plan, Row
from bench.servers import perpbox

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
SYMBOLS = "BTCUSDT,ETHUSDT,SOLUSDT,BNBUSDT,XRPUSDT"
BUSY = "[sim]\nstep_ms = 50\ntrades_per_minute = 600\ndepth_every = 1\n"
"""Twenty steps a second for each contract, a new street at every step, ten prints a second."""
WARM_S = 10
BUSY_S = 60
PAINT_AIM_S = 1.0
MAIN_THREAD_AIM = 30.0
HEAP_AIM = 1.1


def page(plan: Plan) -> list[Row]:
    """First paint from a cold cache, then a minute of busy markets on five contracts."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "install Chromium (apt-get install chromium)"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        config = Path(folder) / "busy.toml"
        config.write_text(BUSY)
        with perpbox("--symbols", SYMBOLS, "--config", str(config)) as box:
            url = f"http://127.0.0.1:{box.port}/"
            browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
            try:
                paints = [first_paint(browser, url) for _ in range(plan.rounds)]
                share, heap_mib, growth = busy_minute(browser, url)
            finally:
                browser.close()
    return [
        Row(
            "first contentful paint, cold cache",
            statistics.median(paints),
            "s",
            PAINT_AIM_S,
            at_most=True,
            spread=(min(paints), max(paints)),
        ),
        Row("main thread in a busy minute", share, "% of a core", MAIN_THREAD_AIM, at_most=True),
        Row("heap after it", heap_mib, "MiB"),
        Row("heap, end to beginning", growth, "x", HEAP_AIM, at_most=True),
    ]


def first_paint(browser: Browser, url: str) -> float:
    """Seconds from navigation to the first content, in a profile that has seen nothing."""
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(url)
    opened.locator(".last-price strong").wait_for()
    painted_ms: float = opened.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    )
    context.close()
    return painted_ms / 1000


def metrics(session: CDPSession) -> dict[str, float]:
    """Chromium's own counters; the heap once garbage is gone."""
    session.send("HeapProfiler.collectGarbage")
    told = session.send("Performance.getMetrics")["metrics"]
    return {row["name"]: row["value"] for row in told}


def busy_minute(browser: Browser, url: str) -> tuple[float, float, float]:
    """Share of the main thread in percent, heap in MiB, heap at the end over the beginning."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.goto(url)
    opened.locator(".level.bid .price").first.wait_for()
    session = context.new_cdp_session(opened)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    opened.wait_for_timeout(WARM_S * 1000)
    before, started = metrics(session), time.perf_counter()
    opened.wait_for_timeout(BUSY_S * 1000)
    lasted = time.perf_counter() - started
    tasks = {row["name"]: row["value"] for row in session.send("Performance.getMetrics")["metrics"]}
    after = metrics(session)
    context.close()
    share = (tasks["TaskDuration"] - before["TaskDuration"]) / lasted * 100
    heap = after["JSHeapUsedSize"]
    return share, heap / 2**20, heap / before["JSHeapUsedSize"]
