"""A partner's people in a real Chromium: their first page, their deeds, and where they may not."""

import os
import re
from collections.abc import Callable, Sequence

import pytest
from playwright.sync_api import Page, expect

from stoa.services import credentials, earning
from stoa.values.identifiers import public_id
from stoa.work import Desk
from visitor import OPERATOR, PASSWORD, Visitor
from windows import Open, faults, fits
from world import Coalition, FixedClock, a_key

pytestmark = pytest.mark.browser


def sign_in(page: Page, email: str) -> None:
    """Sign in as somebody and wait for the first page."""
    page.goto("/admin/")
    page.locator("#email").fill(email)
    page.locator("#password").fill(PASSWORD)
    page.locator("form .btn-primary").click()
    page.wait_for_selector("h1")


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(1280, "light", "zh_Hant"), (390, "dark", "zh_Hans")]
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
    pages = (
        f"{own}/home", f"{own}/credentials", f"{own}/webhooks", f"{own}/people", "/admin/account",
        "/admin/members",
    )  # fmt: skip
    look(page, pages, f"{width}-{language}")


@pytest.mark.parametrize(("width", "language"), [(1280, "en"), (390, "zh_Hans")])
def test_the_staffs_pages_are_accessible_and_fit(
    open_page: Open, operator: Visitor, *, width: int, language: str
) -> None:
    page = open_page(width=width, language=language)
    sign_in(page, OPERATOR)
    listed = operator.get("/admin/staff").text
    (somebody,) = re.findall(r'href="(/admin/staff/stf_\w+)">Oskar', listed)
    shown = operator.post("/admin/staff", email="m@stoa.example", name="Mai", role="support")
    (link,) = re.findall(r"(/admin/welcome/[\w-]+)", shown.text)
    look(page, ("/admin/staff", somebody, link), f"staff-{width}-{language}")
    page.goto("/admin/account/second-factor")
    page.locator("form[action$=second-factor] button").click()
    expect(page.locator("img.qr")).to_be_visible()
    if os.environ.get("SHOTS"):
        page.screenshot(path=f"{os.environ['SHOTS']}/qr-{width}.png", full_page=True)
    assert (faults(page), fits(page)) == ([], True)


def test_a_partners_administrator_changes_a_secret_and_invites_a_colleague(
    open_page: Open, coalition: Coalition, enter: Callable[[str], Visitor], clock: FixedClock
) -> None:
    enter("partner_admin")
    with coalition.desk.work(coalition.as_grocery()) as work:
        client, secret = credentials.issue_client(work, coalition.grocery, "tills")
    page = open_page()
    sign_in(page, "partner-admin@people.example")
    page.get_by_role("link", name="Credentials", exact=True).click()
    page.get_by_role("link", name="tills", exact=True).click()
    clock.move(minutes=11)
    page.get_by_role("button", name="Make a new secret").click()
    expect(page.locator("h1")).to_have_text("Prove that it is you")
    assert faults(page) == []
    page.locator("#proof").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    fresh = page.locator("#client-secret").inner_text()
    assert fresh != secret
    with coalition.desk.work(coalition.as_grocery()) as work:
        assert len(credentials.secrets_of(work, client)) == 2
    page.get_by_role("link", name="People").click()
    page.locator("#f-name").fill("Mo Ma")
    page.locator("#f-email").fill("mo@shop.example")
    page.get_by_role("button", name="Invite").click()
    link = page.locator("#invitation").inner_text()
    page.goto(link[link.index("/admin/") :])
    page.locator("#password").fill("copper-violin-88-tram")
    page.locator("#again").fill("copper-violin-88-tram")
    page.get_by_role("button", name="Keep the password").click()
    expect(page.locator("#toasts .note")).to_contain_text("Your password is kept")


def look(page: Page, paths: Sequence[str], name: str) -> None:
    """Open each page; axe finds nothing, and nothing is too wide."""
    for number, path in enumerate(paths):
        page.goto(path)
        if os.environ.get("SHOTS"):
            page.wait_for_timeout(600)
            shot = f"{os.environ['SHOTS']}/{name}-{number}.png"
            page.screenshot(path=shot, full_page=True)
        assert faults(page) == [], path
        assert fits(page), path
