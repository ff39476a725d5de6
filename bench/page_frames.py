"""What a page does with its frames, told by a probe that is in the page before its own scripts."""

from dataclasses import dataclass
from urllib.parse import quote

from playwright.sync_api import Browser, ViewportSize

LATE_MS = 25
"""A frame of 60 a second lasts 16.7 ms: what lasts longer than this has missed one."""
PROBE = """
(() => {
  const seen = { updates: 0, depths: 0, gaps: [], long: 0, renders: new Map() };
  window.seenByProbe = seen;
  const Bare = window.WebSocket;
  window.WebSocket = class extends Bare {
    constructor(...given) {
      super(...given);
      this.addEventListener("message", ({ data }) => {
        seen.updates += 1;
        if (data.slice(0, 60).includes("@depth20")) seen.depths += 1;
      });
    }
  };
  let last = 0;
  const frame = (now) => {
    if (last) seen.gaps.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  new PerformanceObserver((list) => { seen.long += list.getEntries().length; })
    .observe({ type: "long-animation-frame" });
  seen.begin = () => {
    Object.assign(seen, { updates: 0, depths: 0, gaps: [], long: 0, at: performance.now() });
    seen.renders.clear();
    const ladder = document.querySelector(".levels");
    if (!ladder) return;
    // One callback for each pass that wrote to the ladder; the timeline stands still in a frame.
    new MutationObserver(() => {
      const at = document.timeline.currentTime;
      seen.renders.set(at, (seen.renders.get(at) ?? 0) + 1);
    }).observe(ladder, { childList: true, characterData: true, subtree: true });
  };
  seen.end = () => ({
    seconds: (performance.now() - seen.at) / 1000,
    updates: seen.updates,
    depths: seen.depths,
    gaps: seen.gaps,
    long: seen.long,
    renders: [...seen.renders.values()],
    levels: document.querySelectorAll(".level:not(:disabled)").length,
  });
})();
"""
BAREST = """<pre></pre><script>
const lines = () => Array.from({ length: 40 }, () => Math.random().toFixed(12)).join("\\n");
setInterval(() => requestAnimationFrame(() => {
  document.querySelector("pre").textContent = lines();
}), 100);
</script>"""
"""Forty lines that change ten times a second, as the ladder's do."""


@dataclass(frozen=True)
class Frames:
    """Rates are of one second; ``levels`` counts both sides."""

    levels: int
    updates_per_s: float
    depths_per_s: float
    frames_per_s: float
    late_percent: float
    longest_ms: float
    long_animations: int
    renders_max: int


def barest_ladder(browser: Browser, size: ViewportSize, seconds: float) -> Frames:
    """Frames of a page that is forty lines of text and no more: what the machine alone drops."""
    return look(browser, "data:text/html," + quote(BAREST), size, 1, seconds)


def look(browser: Browser, url: str, size: ViewportSize, warm_s: float, seconds: float) -> Frames:
    """Open a page, let it settle, and watch its frames."""
    context = browser.new_context(viewport=size)
    context.add_init_script(PROBE)
    opened = context.new_page()
    opened.goto(url)
    opened.wait_for_timeout(warm_s * 1000)
    opened.evaluate("seenByProbe.begin()")
    opened.wait_for_timeout(seconds * 1000)
    seen = opened.evaluate("seenByProbe.end()")
    context.close()
    gaps, lasted = seen["gaps"], seen["seconds"]
    late = sum(gap > LATE_MS for gap in gaps)
    return Frames(
        levels=seen["levels"],
        updates_per_s=seen["updates"] / lasted,
        depths_per_s=seen["depths"] / lasted,
        frames_per_s=len(gaps) / lasted,
        late_percent=late / len(gaps) * 100,
        longest_ms=max(gaps),
        long_animations=seen["long"],
        renders_max=max(seen["renders"], default=0),
    )
