"""The overview in a real Chromium: charts that tell, tables behind them, pictures and files."""

import struct
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from clearings import Alliance, an_alliance
from overviews import add_up
from stoa.services import rollups, tiers
from stoa.values.identifiers import public_id
from stoa.work import Actor
from windows import Open, faults, fits, sign_in
from world import Coalition, FixedClock

pytestmark = pytest.mark.browser


@pytest.fixture
def alliance(coalition: Coalition, database: str, clock: FixedClock) -> Alliance:
    """Return partners whose members shopped for two months, and spent at one another."""
    made = an_alliance(coalition, database)
    people = [coalition.a_member(f"M{n}") for n in range(3)]
    clock.now -= timedelta(days=40)
    for n in range(10):
        who = people[n % 3]
        made.issue("ABC"[n % 3], who, 400 + 90 * n)
        if n > 2:
            made.burn("CAB"[n % 3], who, 100 + 60 * n)
        clock.move(days=4)
    with coalition.desk.work(Actor("cli")) as work:
        tiers.assign(work, people[0].id, "gold", reason="a year of loyalty")
    add_up(coalition.desk, database)
    return made


def size_of(picture: bytes) -> tuple[int, int]:
    """Return width and height of a PNG."""
    assert picture.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def take(page: Page, selector: str) -> bytes:
    """Click on what gives a file away; return the file."""
    with page.expect_download() as waited:
        page.locator(selector).first.click()
    return waited.value.path().read_bytes()


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(1280, "light", "en"), (390, "dark", "zh_Hant")]
)
def test_an_overview_answers_and_can_be_taken_away(
    open_page: Open, alliance: Alliance, width: int, theme: str, language: str
) -> None:
    page = open_page(width=width, theme=theme, language=language)
    sign_in(page)
    page.goto("/admin/?span=90")
    expect(page.locator("#crossing-chart svg")).to_be_visible()
    bubble = page.locator("#crossing-chart svg path[transform]").last
    bubble.hover()
    expect(page.locator("#crossing-chart ~ .tip")).to_contain_text("→")
    assert page.locator("#crossing-table tbody tr").count() == 3
    page.evaluate("document.querySelectorAll('details.figures').forEach(each => each.open = true)")
    assert (faults(page), fits(page)) == ([], True)
    wide, high = size_of(take(page, "[data-png=crossing-chart]"))
    assert wide >= 1280
    assert high >= 640
    assert b"," in take(page, "a[href*='overview/days.csv']")
    page.locator("#span-from").fill("2026-04-01")
    page.locator("#span-against").select_option("year")
    page.locator(".span-form button").click()
    assert "span=custom" in page.url
    assert "against=year" in page.url
    home = f"/admin/partners/{public_id('prt', alliance.partners['B'])}/home?span=90"
    page.goto(home)
    expect(page.locator("#crossing-table")).to_be_visible()
    assert (faults(page), fits(page)) == ([], True)
    with alliance.desk.work(Actor("cli")) as work:
        assert rollups.behind(work).percent == 100
