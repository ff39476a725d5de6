"""The page in a real browser, on boxes that stand still until a test moves them."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from perpbox.box import Box

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]
WAIT_MS = 15_000
WIDE, NARROW = (1440, 900), (390, 844)

Opener = Callable[..., Page]

expect.set_options(timeout=WAIT_MS)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for all pages. Its loop runs while it lives, so it ends with this package."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "install Chromium (apt-get install chromium)"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def box() -> Iterator[Box]:
    symbols = ["BTCUSDT", "ETHUSDT"]
    with Box(market="none", clock="frozen", symbols=symbols) as served:
        served.set_price("BTCUSDT", 60_000)
        served.set_price("ETHUSDT", 3_000)
        yield served


@pytest.fixture
def complaints() -> list[str]:
    """What the console said that is no plain word: errors, warnings, uncaught exceptions."""
    return []


@pytest.fixture
def open_page(browser: Browser, complaints: list[str]) -> Iterator[Opener]:
    """Opens pages: ``open_page(url, size=WIDE, theme="dark")``."""
    contexts = []

    def opened(url: str, size: tuple[int, int] = WIDE, theme: str = "dark") -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="light" if theme == "light" else "dark",
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on(
            "console",
            lambda said: (
                complaints.append(said.text) if said.type in ("error", "warning") else None
            ),
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        return page

    yield opened
    for context in contexts:
        context.close()
