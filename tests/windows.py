"""A real Chromium at the admin web: opening windows, signing in, asking axe what is wrong."""

import logging
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from werkzeug.serving import make_server

from visitor import OPERATOR, PASSWORD

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
AXE = Path(__file__).parent / "admin_web" / "vendor" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
EXPECTED = (
    "status of 422", "status of 404", "status of 403", "Autofocus processing was blocked",
)  # fmt: skip
"""Refusals, and what Chromium says when someone types before the page puts the cursor there."""

Open = Callable[..., Page]


_PATIENCE_MS = 20_000
"""A machine with much to do may take its time."""

expect.set_options(timeout=_PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a Chromium without a window."""
    path = os.environ.get("STOA_CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.fail("no Chromium: install it, or name one in STOA_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def site(app: APIFlask) -> Iterator[str]:
    """Serve the app; return its address."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def open_page(browser: Browser, site: str) -> Iterator[Open]:
    """Return what opens a browser window; at the end the console must have stayed quiet."""
    told: list[str] = []
    contexts = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(w in message.text for w in EXPECTED):
            told.append(message.text)

    def opened(*, width: int = 1280, theme: str = "light", language: str = "en") -> Page:
        scheme: Any = theme
        context = browser.new_context(
            base_url=site, viewport={"width": width, "height": 860}, color_scheme=scheme,
            reduced_motion="reduce",
        )  # fmt: skip
        contexts.append(context)
        context.set_default_timeout(_PATIENCE_MS)
        context.add_cookies([{"name": "stoa_language", "value": language, "url": f"{site}/admin"}])
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: told.append(str(error)))
        page.route("**/axe.js", lambda route: route.fulfill(path=AXE))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert told == []


def sign_in(page: Page) -> None:
    """Sign in as the operator and wait for the chart."""
    page.goto("/admin/")
    page.locator("#email").fill(OPERATOR)
    page.locator("#password").fill(PASSWORD)
    page.locator("form .btn-primary").click()
    expect(page.locator("#attention")).to_be_visible()


def fits(page: Page) -> bool:
    """Tell whether the page needs no scrolling to the side."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def faults(page: Page) -> list[Any]:
    """Return what axe finds on a page whose colours have come to rest."""
    page.add_script_tag(url="/axe.js")
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        ".then(() => Promise.allSettled(document.getAnimations()"
        ".filter(each => each.effect.getComputedTiming().endTime < 1e6)"
        ".map(each => each.finished)))"
    )
    found: list[Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules}).then(result => result.violations.map("
        "each => [each.id, each.nodes.map(node => node.html.slice(0, 160))]))",
        RULES,
    )
    return found
