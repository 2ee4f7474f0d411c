"""Takes the pictures of the admin web: ``make screenshots``, against the demo's alliance.

Every main screen in English at 1280 pixels goes to ``docs/screenshots/``; three languages at two
widths are put side by side on one contact sheet each, so that the whole stays below four megabytes.
Run against a demo that is up: ``python tests/screenshots.py http://127.0.0.1:8600 PASSWORD``;
without arguments one is made, and thrown away at the end.
"""

import argparse
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

OUT = Path(__file__).parents[1] / "docs" / "screenshots"
EMAIL = "operator@stoa.example"
MOST_BYTES = 4_000_000
LANGUAGES = ("en", "zh_Hans", "zh_Hant")
WIDTHS = (1280, 390)
_HEIGHTS = {1280: 860, 390: 844}
_SHEET_WIDTH = {1280: 400, 390: 150}
_PHONE_HIGH, _DESK_HIGH = 160, 75
"""How high a small picture is, in percent of its width."""

_DEMO_S = 600

SCREENS = {
    "overview": "/admin/",
    "members": "/admin/members",
    "member": "/admin/members >> a.row-link",
    "partners": "/admin/partners",
    "partner": "/admin/partners >> a.row-link",
    "onboarding": "/admin/partners >> a.row-link >> +/onboarding",
    "plugin": "/admin/partners >> a.row-link >> +/plugin",
    "credentials": "/admin/partners >> a.row-link >> +/credentials",
    "webhooks": "/admin/partners >> a.row-link >> +/webhooks",
    "agreement": "/admin/partners >> a.row-link >> +/agreement",
    "approvals": "/admin/approvals",
    "rules": "/admin/rules",
    "campaign": "/admin/rules/campaign >> a.row-link",
    "whatif": "/admin/what-if",
    "currencies": "/admin/currencies",
    "catalogue": "/admin/catalogue",
    "stock": "/admin/stock",
    "redemptions": "/admin/redemptions",
    "benefits": "/admin/benefits",
    "parking": "/admin/parking",
    "fulfilment": "/admin/fulfilment",
    "clearing": "/admin/clearing",
    "periods": "/admin/clearing/periods",
    "statements": "/admin/clearing/statements",
    "statement": "/admin/clearing/statements >> a.row-link",
    "payments": "/admin/clearing/payments",
    "liability": "/admin/clearing/liability",
    "journal": "/admin/clearing/journal",
    "imports": "/admin/imports",
    "jobs": "/admin/jobs",
    "staff": "/admin/staff",
}
"""Every main screen: where one begins, and which link or part of an address leads on."""


def main() -> None:
    """Take all pictures and say how large they are."""
    asked = argparse.ArgumentParser(description="Take the pictures of the admin web.")
    asked.add_argument("site", nargs="?", help="address of a demo that is up")
    asked.add_argument("password", nargs="?", help="of its operator")
    asked.add_argument("--only", nargs="*", default=[], help="names of screens")
    given = asked.parse_args()
    names = {name: path for name, path in SCREENS.items() if not given.only or name in given.only}
    OUT.mkdir(exist_ok=True)
    if given.site:
        take(given.site, given.password or "", names)
    else:
        with a_demo() as (site, password):
            take(site, password, names)
    size = sum(path.stat().st_size for path in OUT.iterdir())
    sys.stdout.write(f"{len(list(OUT.iterdir()))} pictures, {size:,} bytes in {OUT}\n")
    if size > MOST_BYTES:
        sys.exit(f"more than {MOST_BYTES:,} bytes: take fewer screens or shrink the sheets")


def take(site: str, password: str, screens: dict[str, str]) -> None:
    """Take the pictures of these screens at a site."""
    path = os.environ.get("STOA_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for language in LANGUAGES:
            for width in WIDTHS:
                page = entered(browser, site, password, language=language, width=width)
                small: list[Image.Image] = []
                for name, to in screens.items():
                    picture = look(page, to)
                    if (language, width) == (LANGUAGES[0], WIDTHS[0]):
                        keep(picture, name)
                    small.append(shrunk(picture, _SHEET_WIDTH[width]))
                keep(sheet(small), f"sheet-{language}-{width}")
                page.context.close()
        browser.close()


def entered(browser: Browser, site: str, password: str, *, language: str, width: int) -> Page:
    """Return a window of somebody who signed in."""
    context = browser.new_context(
        base_url=site, viewport={"width": width, "height": _HEIGHTS[width]},
        reduced_motion="reduce", color_scheme="light",
    )  # fmt: skip
    context.add_cookies([{"name": "stoa_language", "value": language, "url": f"{site}/admin"}])
    page = context.new_page()
    page.goto("/admin/sign-in")
    page.locator("#email").fill(EMAIL)
    page.locator("#password").fill(password)
    page.locator("form .btn-primary").click()
    page.wait_for_load_state("networkidle")
    return page


def look(page: Page, to: str) -> Image.Image:
    """Return a picture of a screen: the whole page, three windows high at the most."""
    first, *more = to.split(" >> ")
    page.goto(first)
    for step in more:
        if step.startswith("+"):
            page.goto(page.url.partition("?")[0] + step[1:])
            continue
        link = page.locator(f"main {step}").first
        if link.count():
            page.goto(str(link.get_attribute("href")))
    page.wait_for_load_state()
    page.wait_for_timeout(250)
    raw = page.screenshot(full_page=True)
    picture = Image.open(io.BytesIO(raw)).convert("RGB")
    height = 3 * _HEIGHTS[picture.width if picture.width in _HEIGHTS else WIDTHS[0]]
    return picture.crop((0, 0, picture.width, min(picture.height, height)))


def shrunk(picture: Image.Image, width: int) -> Image.Image:
    """Return the beginning of a picture in a size for the contact sheet."""
    height = width * (_PHONE_HIGH if width == _SHEET_WIDTH[390] else _DESK_HIGH) // 100
    scaled = picture.height * width // picture.width
    small = picture.resize((width, scaled), Image.Resampling.BILINEAR)
    return small.crop((0, 0, width, height))


def sheet(pictures: list[Image.Image]) -> Image.Image:
    """Return a contact sheet of pictures of one size."""
    width, height = pictures[0].width + 8, pictures[0].height + 8
    per_row = 2000 // width
    board = Image.new("RGB", (per_row * width, -(-len(pictures) // per_row) * height), "#9aa3b2")
    for place, each in enumerate(pictures):
        board.paste(each, (place % per_row * width + 4, place // per_row * height + 4))
    return board


def keep(picture: Image.Image, name: str) -> None:
    """Write a picture with few colours, which screens have anyway."""
    few = picture.quantize(colors=128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(OUT / f"{name}.png", optimize=True)


@contextmanager
def a_demo() -> Iterator[tuple[str, str]]:
    """Run a demo of its own; give its address and the operator's password."""
    with socket.socket() as free, tempfile.TemporaryDirectory(prefix="stoa-shots-") as folder:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        environ = {**os.environ, "STOA_DATA_DIR": folder}
        command = [sys.executable, "-m", "stoa.cli", "demo", "--port", str(port), "--no-browser"]
        running = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
        try:
            site = f"http://127.0.0.1:{port}"
            wait_for(site, running)
            yield site, str(json.loads((Path(folder) / "demo.json").read_text())["password"])
        finally:
            running.terminate()
            running.wait(60)


def wait_for(site: str, running: "subprocess.Popen[bytes]") -> None:
    """Wait until a site answers."""
    until = time.monotonic() + _DEMO_S
    while time.monotonic() < until and running.poll() is None:
        try:
            with urllib.request.urlopen(f"{site}/admin/sign-in"):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, ConnectionError):
            with suppress(subprocess.TimeoutExpired):
                running.wait(1)
    sys.exit("the demo did not come up")


if __name__ == "__main__":
    main()
