"""What-if in a real Chromium: asked in the form, watched while it runs, read with its charts."""

import threading

import pytest
from playwright.sync_api import expect

from campaigns import a_document
from histories import a_ladder
from stoa.services import campaigns, earning, rulebook, tiers, whatif
from stoa.work import Actor, Desk
from windows import Open, faults, fits, sign_in
from world import Coalition, FixedClock, a_key

pytestmark = pytest.mark.browser

CLI = Actor("cli")


@pytest.fixture
def bought(coalition: Coalition, desk: Desk, clock: FixedClock) -> Coalition:
    """Return a coalition with a ladder, a higher one and a campaign as drafts, and purchases."""
    with desk.work(CLI) as work:
        rulebook.save(work, "ladder", "main", a_ladder())
        rulebook.activate(work, "ladder", "main")
        rulebook.save(work, "ladder", "main", a_ladder(2))
        campaigns.save(work, "may", a_document(budget_points=400))
    for name, total in (("Ada", "900.00"), ("Bo", "4000.00"), ("Cy", "20.00"), ("Di", "850.00")):
        who = coalition.a_member(name)
        for actor in (coalition.as_grocery(), coalition.as_cinema(), coalition.as_grocery()):
            with desk.work(actor) as work:
                earning.earn(work, coalition.a_purchase(who, total), key=a_key())
            clock.move(days=1)
    tiers.reassess_all(desk, CLI)
    return coalition


def test_a_ladder_is_tried_and_read_with_its_charts(
    bought: Coalition, desk: Desk, open_page: Open
) -> None:
    page = open_page()
    sign_in(page)
    page.goto("/admin/what-if/new?kind=ladder&code=main&version=3")
    assert faults(page) == []
    page.locator("form .btn-primary").click()
    expect(page.locator("#run-head")).to_have_text("Waiting for a worker")
    assert faults(page) == []
    threading.Thread(target=whatif.carry_on, args=(desk,)).start()
    expect(page.locator("#payer-chart svg")).to_be_visible()
    expect(page.locator("#day-chart svg")).to_be_visible()
    expect(page.locator(".heat-fall")).to_contain_text("2")
    rows = page.locator("#payer-table tbody tr")
    bars = page.locator("#payer-chart svg path[fill]")
    assert rows.count() == 2
    assert bars.count() >= 4
    assert faults(page) == []
    page.locator("[aria-labelledby='by-day'] summary").click()
    expect(page.locator("#day-table tbody tr").first).to_be_visible()
    page.get_by_role("link", name="Rise").click()
    expect(page.locator("#movers")).to_be_visible()
    narrow = open_page(width=390, theme="dark", language="zh_Hans")
    sign_in(narrow)
    narrow.goto(page.url)
    expect(narrow.locator("#payer-chart svg")).to_be_visible()
    assert fits(narrow)
    assert faults(narrow) == []


def test_a_campaign_is_tried_and_tells_the_end_of_its_budget(
    bought: Coalition, desk: Desk, open_page: Open
) -> None:
    page = open_page()
    sign_in(page)
    page.goto("/admin/what-if/new?kind=campaign")
    page.locator("#f-rule").select_option("may@1")
    page.locator("form .btn-primary").click()
    expect(page.locator("#run-head")).to_be_visible()
    threading.Thread(target=whatif.carry_on, args=(desk,)).start()
    expect(page.locator("[aria-labelledby='budget']")).to_contain_text("400 of 400 points")
    expect(page.locator("[aria-labelledby='budget']")).to_contain_text("would have ended on")
    assert faults(page) == []
    assert fits(page)
