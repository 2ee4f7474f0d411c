"""A real Chromium walks sign-in and consent: on a phone, without scripts, found well by axe."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from apiflask import APIFlask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from shops import Shop, a_shop
from signers import Letters, app_with_letters
from stoa.config import Settings
from stoa.work import Desk
from windows import AXE, browser, faults, fits, site
from world import Coalition

__all__ = ["browser", "site"]

pytestmark = pytest.mark.browser

ADA = "ada@example.org"
WIDTH = 390
BACK = "http://127.0.0.1:9/back"
EXPECTED = ("status of 422", "status of 400", "Autofocus processing was blocked")
"""Refusals, and what Chromium says when someone types before the page puts the cursor there."""

Open = Callable[..., Page]


@pytest.fixture
def app(settings: Settings, desk: Desk, coalition: Coalition) -> APIFlask:
    coalition.a_member("Ada", email=ADA)
    return app_with_letters(settings, desk)


@pytest.fixture
def shop(app: APIFlask, desk: Desk, coalition: Coalition) -> Shop:
    shop = a_shop(app, desk, coalition.grocery, redirect_uris=[BACK])
    shop.back = BACK
    return shop


@pytest.fixture
def phone(browser: Browser, site: str) -> Iterator[Open]:
    """Return what opens a phone's browser; at the end its console must have stayed quiet."""
    told: list[str] = []
    opened: list[BrowserContext] = []

    def heard(message: ConsoleMessage) -> None:
        if not any(each in message.text for each in EXPECTED):
            told.append(message.text)

    def open_page(*, scripts: bool = False, theme: Any = "light", locale: str = "en") -> Page:
        context = browser.new_context(
            base_url=site, viewport={"width": WIDTH, "height": 844}, locale=locale,
            java_script_enabled=scripts, color_scheme=theme, bypass_csp=scripts,
        )  # fmt: skip
        opened.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("console", heard)
        page.route("**/axe.js", lambda route: route.fulfill(path=AXE))
        page.route(f"{BACK}**", lambda route: route.fulfill(body="<h1>Back at the shop</h1>",
                                                            content_type="text/html"))  # fmt: skip
        return page

    yield open_page
    for context in opened:
        context.close()
    assert told == []


def test_a_member_agrees_on_a_phone_without_scripts(phone: Open, shop: Shop, desk: Desk) -> None:
    page, letters = phone(), Letters(desk)
    page.goto(shop.asks())
    assert fits_without_scripts(page)
    page.get_by_label("E-mail address").fill(ADA)
    page.get_by_role("button", name="Send me a code").click()
    expect(page.get_by_role("heading", name="Type the code")).to_be_visible()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("4 more times")
    page.get_by_label("Code").fill(letters.code())
    page.get_by_role("button", name="Sign in").click()
    heading = page.get_by_role("heading", name="Harbour Grocery asks for your membership")
    expect(heading).to_be_visible()
    assert fits_without_scripts(page)
    page.get_by_role("button", name="Agree and go on").click()
    expect(page.get_by_role("heading", name="Back at the shop")).to_be_visible()
    assert "code=" in page.url
    page.goto(shop.asks(prompt="login"))  # and again: signing in leads through to the shop
    page.get_by_label("E-mail address").fill(ADA)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").fill(letters.code())
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Agree and go on").click()
    expect(page.get_by_role("heading", name="Back at the shop")).to_be_visible()
    page.goto("/account")
    page.get_by_role("button", name="Take back: Harbour Grocery").click()
    expect(page.get_by_role("status")).to_contain_text("Taken back.")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def fits_without_scripts(page: Page) -> bool:
    """Tell whether no part of a page stands out to the side."""
    boxes = [
        page.locator(part).bounding_box() for part in ("body", "main", "h1", "button >> nth=0")
    ]
    return all(
        box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes
    )


@pytest.mark.parametrize(("theme", "locale"), [("light", "en"), ("dark", "zh-HK")])
def test_axe_finds_nothing_on_members_pages(
    phone: Open, shop: Shop, desk: Desk, theme: str, locale: str
) -> None:
    page, letters = phone(scripts=True, theme=theme, locale=locale), Letters(desk)
    page.goto(shop.asks(scope="openid profile email wallet:read redeem:self"))
    check(page)
    page.locator("#email").fill(ADA)
    page.locator("main button").click()
    check(page)
    page.locator("#code").fill(letters.code())
    page.locator("main button").click()
    expect(page.locator(".may li")).to_have_count(5)
    check(page)
    page.locator("button[value=yes]").click()
    page.wait_for_url(f"{BACK}**")
    page.goto("/account")
    check(page)
    page.goto("/oauth/authorize?client_id=none")
    check(page)


def check(page: Page) -> None:
    assert fits(page)
    assert faults(page) == []
