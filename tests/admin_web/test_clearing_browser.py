"""The clearing room in a real Chromium: a month is closed, a line drilled and disputed."""

import os
import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from clearings import WORKER, an_alliance
from stoa.services import clearing, payments
from stoa.values.identifiers import public_id
from visitor import OPERATOR, PASSWORD
from windows import Open, faults, fits
from world import Coalition, FixedClock

pytestmark = pytest.mark.browser

ROOM = "/admin/clearing"


def look(page: Page, name: str, *, width: int = 1280, theme: str = "light") -> None:
    """Axe finds nothing on the page, and nothing is too wide."""
    page.set_viewport_size({"width": width, "height": 860})
    page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
    if os.environ.get("SHOTS"):
        page.wait_for_timeout(500)
        page.screenshot(path=f"{os.environ['SHOTS']}/{name}-{width}.png", full_page=True)
    assert faults(page) == [], name
    assert fits(page), name


def small(page: Page, name: str) -> None:
    """Look at the page as a dark phone shows it, and make it wide and light again."""
    look(page, name, width=390, theme="dark")
    page.set_viewport_size({"width": 1280, "height": 860})
    page.evaluate("() => { document.documentElement.dataset.bsTheme = 'light' }")


def lived(coalition: Coalition, database: str, clock: FixedClock) -> UUID:
    """Leave an alliance in July, May closed and settled, June to be closed; return partner A."""
    found = an_alliance(coalition, database)
    ada = coalition.a_member()
    found.issue("A", ada, 10_000)
    found.issue("B", ada, 4_000)
    found.burn("C", ada, 8_000)
    found.book()
    clock.now = datetime(2026, 6, 5, 4, 0, tzinfo=UTC)
    with coalition.desk.work(WORKER) as work:
        clearing.close(work, "2026-05")
        payments.propose(work, "STAR", "2026-05")
    found.issue("A", ada, 3_000)
    found.burn("B", ada, 2_000)
    found.book()
    clock.now = datetime(2026, 7, 5, 4, 0, tzinfo=UTC)
    return found.partners["A"]


def test_a_month_is_closed_and_a_line_followed_to_its_posting_and_disputed(
    open_page: Open, coalition: Coalition, database: str, clock: FixedClock
) -> None:
    partner_id = lived(coalition, database, clock)
    page = open_page()
    page.goto("/admin/")
    page.locator("#email").fill(OPERATOR)
    page.locator("#password").fill(PASSWORD)
    page.locator("form .btn-primary").click()
    page.get_by_role("link", name="Clearing", exact=True).click()
    expect(page.locator("h1")).to_have_text("Positions")
    look(page, "positions")
    page.get_by_role("link", name="Partner A", exact=True).click()
    small(page, "position")
    page.get_by_role("link", name="Periods", exact=True).click()
    look(page, "periods")
    page.get_by_role("link", name=re.compile("Close Jun")).click()
    small(page, "close")
    page.get_by_role("button", name="Close the period").first.click()
    page.locator("dialog").get_by_role("button", name="Close the period").click()
    expect(page.locator("#toasts .note")).to_contain_text("The statements are frozen")
    small(page, "period")
    follow(page)
    for path in ("disputes", "payments", "liability", "journal", "journal/entries"):
        page.goto(f"{ROOM}/{path}")
        small(page, path.replace("/", "-"))
    page.goto(f"{ROOM}/liability")
    page.locator("a[href*='/cohorts/']").first.click()
    small(page, "cohort")
    page.goto(f"{ROOM}/stress")
    page.get_by_role("link", name="A run on all points").click()
    expect(page.locator("#f-run")).to_have_value("100")
    look(page, "stress")
    page.goto(f"{ROOM}/payments?period=2026-05")
    page.locator("a.row-link").first.click()
    look(page, "payment")
    page.goto(f"/admin/partners/{public_id('prt', partner_id)}/entity")
    page.locator("#f-name").fill("Partner A Trading Ltd")
    page.locator("#f-address").fill("1 Quay Street\n200001 Shanghai")
    page.locator("#f-account").fill("DE89 3704 0044 0532 0130 00")
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("main")).to_contain_text("DE89370400440532013000")
    small(page, "entity")
    look(page, "entity")


def follow(page: Page) -> None:
    """Drill a statement to a posting, fetch its PDF, verify it and dispute a line."""
    page.get_by_role("link", name="Statements", exact=True).click()
    look(page, "statements")
    page.goto(f"{ROOM}/statements?period=2026-05&code=a")
    page.locator("a.row-link").click()
    with page.expect_download() as file:
        page.get_by_role("link", name="PDF", exact=True).click()
    assert file.value.suggested_filename.endswith(".pdf")
    page.get_by_role("link", name="Verify").click()
    expect(page.locator("#toasts .note")).to_contain_text("byte for byte")
    page.goto(f"{ROOM}/statements?period=2026-06&code=a")
    page.locator("a.row-link").click()
    small(page, "statement")
    page.get_by_role("link", name="Points issued", exact=True).click()
    small(page, "entries")
    page.get_by_role("link", name="posting").first.click()
    expect(page.locator("h1")).to_be_visible()
    page.go_back()
    page.go_back()
    page.locator("#f-points").fill("100")
    page.locator("#f-text").fill("The till counted twice")
    page.get_by_role("button", name="Dispute it").click()
    expect(page.locator("main")).to_contain_text("CN¥1.20")
    look(page, "dispute")
