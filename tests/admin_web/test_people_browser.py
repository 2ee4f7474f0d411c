"""A partner's people in a real Chromium: their first page, their deeds, and where they may not."""

import os
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from stoa.services import earning
from stoa.values.identifiers import public_id
from stoa.work import Desk
from visitor import PASSWORD, Visitor
from windows import Open, faults, fits
from world import Coalition, a_key

pytestmark = pytest.mark.browser


def sign_in(page: Page, email: str) -> None:
    """Sign in as somebody and wait for the first page."""
    page.goto("/admin/")
    page.locator("#email").fill(email)
    page.locator("#password").fill(PASSWORD)
    page.locator("form .btn-primary").click()
    page.wait_for_selector("h1")


@pytest.mark.parametrize(
    ("width", "theme", "language"),
    [(1280, "light", "en"), (390, "dark", "zh_Hans"), (390, "light", "zh_Hant")],
)
def test_a_partners_pages_are_accessible_and_fit(
    open_page: Open,
    desk: Desk,
    coalition: Coalition,
    enter: Callable[[str], Visitor],
    *,
    width: int,
    theme: str,
    language: str,
) -> None:
    enter("partner_admin")
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(coalition.a_member()), key=a_key())
    own = f"/admin/partners/{public_id('prt', coalition.grocery)}"
    page = open_page(width=width, theme=theme, language=language)
    sign_in(page, "partner-admin@people.example")
    assert page.url.endswith(f"{own}/home")
    for number, path in enumerate((f"{own}/home", own, f"{own}/credentials", "/admin/members")):
        page.goto(path)
        if os.environ.get("SHOTS"):
            page.wait_for_timeout(600)
            page.screenshot(
                path=f"{os.environ['SHOTS']}/{width}-{language}-{number}.png", full_page=True
            )
        assert faults(page) == [], path
        assert fits(page), path
