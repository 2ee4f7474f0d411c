"""The browsable page in a real browser: under its strict policy, and with no other host."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from threading import Thread

import pytest
from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from stoa.app import create_app
from stoa.config import Settings
from stoa.services import credentials
from stoa.work import Actor, Desk
from world import Coalition

pytestmark = pytest.mark.browser

_DOORS = """async () => {
  const told = await (await fetch("/v1/openapi.json")).json();
  return Object.values(told.paths).reduce((n, path) => n + Object.keys(path).length, 0);
}"""


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object, **__: object) -> None:
        pass


def _nothing(_environ: object, _start: object) -> list[bytes]:
    return []  # stands in until the port, and so the public address, is known


@pytest.fixture
def address(settings: Settings, desk: Desk) -> Iterator[str]:
    """Serve the app and return its address."""
    server = make_server("127.0.0.1", 0, _nothing, threaded=True, request_handler=_Quiet)
    url = f"http://127.0.0.1:{server.server_port}"
    server.app = create_app(replace(settings, public_url=url), desk=desk)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page() -> Iterator[Page]:
    """Return a page of Chromium."""
    found = os.environ.get("STOA_CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def test_a_developer_gets_a_token_and_asks_who_they_are(
    address: str, page: Page, coalition: Coalition
) -> None:
    with coalition.desk.work(Actor("cli")) as work:
        client_id, secret = credentials.issue_client(
            work, coalition.grocery, "developer", credentials.SCOPES
        )
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda raised: complaints.append(str(raised)))
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{address}/v1/docs")
    page.wait_for_selector(".opblock")
    assert page.locator(".opblock").count() == page.evaluate(_DOORS)
    page.click("button.authorize")
    page.fill("#client_id_clientCredentials", client_id)
    page.fill("#client_secret_clientCredentials", secret)
    page.get_by_text("select all").click()
    page.click(".auth-btn-wrapper button.authorize")
    page.click(".auth-btn-wrapper button.btn-done")
    door = page.locator("#operations-Partner-readPartner")
    door.locator(".opblock-summary-control").click()
    door.locator("button.try-out__btn").click()
    door.locator("button.execute").click()
    door.locator(".live-responses-table").wait_for()
    assert "Harbour Grocery" in door.locator(".live-responses-table").inner_text()

    assert complaints == []
    assert [url for url in asked if not url.startswith((address, "data:"))] == []
