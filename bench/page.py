"""The dashboard in Chromium: first paint, frames, the main thread over a busy minute, the heap."""

import shutil
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, CDPSession, Page, ViewportSize, sync_playwright

from bench.page_frames import barest_ladder, look
from bench.page_trace import main_thread
from bench.rows import Plan, Row
from bench.servers import perpbox

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
RESULTS = Path(__file__).parent / "results"
SYMBOLS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT")
BUSY = "[sim]\nstep_ms = 50\ntrades_per_minute = 1200\ndepth_every = 1\n"
"""Twenty steps a second for each contract, a new street at every step, twenty prints a second."""
SIZE: ViewportSize = {"width": 1440, "height": 900}
USUAL: ViewportSize = {"width": 1440, "height": 960}
"""High enough that the ladder shows ten levels a side."""
TALL: ViewportSize = {"width": 1920, "height": 1700}
"""High enough that the ladder shows twenty levels a side."""
WARM_S = 10
FRAMES_S = 20
EACH_S = 12
PAINT_AIM_S = 1.0
UPDATES_AIM = 30.0
LATE_AIM = 1.0
RENDERS_AIM = 1
MAIN_THREAD_AIM = 30.0
HEAP_AIM = 1.1


def page(plan: Plan) -> list[Row]:
    """First paint from a cold cache, then frames and a minute of busy markets."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "install Chromium (apt-get install chromium)"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        config = Path(folder) / "busy.toml"
        config.write_text(BUSY)
        with perpbox("--symbols", ",".join(SYMBOLS), "--config", str(config)) as box:
            url = f"http://127.0.0.1:{box.port}/"
            browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
            try:
                paints = [first_paint(browser, url) for _ in range(plan.rounds)]
                frames = frame_rows(browser, url)
                minute = busy_minute(browser, url)
            finally:
                browser.close()
    spread = (min(paints), max(paints))
    paint = statistics.median(paints)
    return [
        Row("first contentful paint, cold cache", paint, "s", PAINT_AIM_S, True, spread),
        *frames,
        *minute,
    ]


def first_paint(browser: Browser, url: str) -> float:
    """Seconds from navigation to the first content, in a profile that has seen bare."""
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(url)
    opened.locator(".last-price strong").wait_for()
    painted_ms: float = opened.evaluate(
        "performance.getEntriesByName('first-contentful-paint')[0].startTime"
    )
    context.close()
    return painted_ms / 1000


def frame_rows(browser: Browser, url: str) -> list[Row]:
    """Frames of the trade view while its streams run, beside those of forty lines of bare text.

    What the bare text drops is the machine's; only what comes on top of it is the dashboard's.
    """
    return [
        row.named(f"{size['width']} by {size['height']}: {row.what}")
        for size in (USUAL, TALL)
        for row in _frames_at(browser, url, size)
    ]


def _frames_at(browser: Browser, url: str, size: ViewportSize) -> list[Row]:
    bare = barest_ladder(browser, size, FRAMES_S)
    seen = look(browser, url, size, WARM_S, FRAMES_S)
    return [
        Row("levels in the ladder", seen.levels, "levels"),
        Row("updates that reach the page", seen.updates_per_s, "a second", UPDATES_AIM),
        Row("of them depth", seen.depths_per_s, "a second"),
        Row("frames", seen.frames_per_s, "a second"),
        Row("frames over 25 ms", seen.late_percent, "%", LATE_AIM, at_most=True),
        Row("frames over 25 ms, forty bare lines", bare.late_percent, "%"),
        Row("longest frame", seen.longest_ms, "ms"),
        Row("longest frame, forty bare lines", bare.longest_ms, "ms"),
        Row("animation frames over 50 ms", seen.long_animations, "frames"),
        Row("renders of the ladder in a frame", seen.renders_max, "at most", RENDERS_AIM, True),
    ]


def metrics(session: CDPSession) -> dict[str, float]:
    """Chromium's own counters; the heap once garbage is gone."""
    session.send("HeapProfiler.collectGarbage")
    told = session.send("Performance.getMetrics")["metrics"]
    return {row["name"]: row["value"] for row in told}


def visit(opened: Page, url: str) -> None:
    """Each contract in turn, a fifth of a minute."""
    for symbol in SYMBOLS:
        opened.goto(f"{url}#/trade/{symbol}")
        opened.wait_for_timeout(EACH_S * 1000)


def busy_minute(browser: Browser, url: str) -> list[Row]:
    """A minute on five contracts: the main thread from a trace, which is kept, and the heap."""
    RESULTS.mkdir(exist_ok=True)
    kept = RESULTS / time.strftime("page-trace-%Y%m%dT%H%M%SZ.json", time.gmtime())
    context = browser.new_context(viewport=SIZE)
    opened = context.new_page()
    visit(opened, url)
    session = context.new_cdp_session(opened)
    session.send("Performance.enable")
    before = metrics(session)["JSHeapUsedSize"]
    browser.start_tracing(page=opened, path=kept, categories=["toplevel"])
    visit(opened, url)
    traced = browser.stop_tracing()
    after = metrics(session)["JSHeapUsedSize"]
    context.close()
    print(f"trace: {kept}")
    busy = main_thread(traced)
    return [
        Row("main thread in a busy minute", busy.percent, "%", MAIN_THREAD_AIM, at_most=True),
        Row("of it on the processor", busy.cpu_percent, "%"),
        Row("its longest task", busy.longest_ms, "ms"),
        Row("the trace", busy.seconds, "s"),
        Row("heap after it", after / 2**20, "MiB"),
        Row("heap, end to beginning", after / before, "x", HEAP_AIM, at_most=True),
    ]
