"""Lists and finding in a real Chromium: keys alone do, axe finds nothing, nothing is too wide."""

import pytest
from playwright.sync_api import expect

from visitor import OPERATOR, PASSWORD
from windows import Open, faults, fits
from world import Coalition

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(1280, "dark", "zh_Hans"), (390, "light", "en")]
)
def test_a_list_and_the_dialog_that_finds_anything(
    open_page: Open, coalition: Coalition, width: int, theme: str, language: str
) -> None:
    for number in range(3):
        coalition.a_member(f"Person {number:02}")
    page = open_page(width=width, theme=theme, language=language)
    page.goto("/admin/members")
    page.locator("#email").fill(OPERATOR)
    page.locator("#password").fill(PASSWORD)
    page.locator("form .btn-primary").click()
    expect(page.locator("#list tbody tr")).to_have_count(3)
    page.locator("#q").press_sequentially("person 01")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#list-told")).not_to_be_empty()
    page.locator("#list-bar ~ #list details.menu summary").first.click()
    assert (faults(page), fits(page)) == ([], True)
    page.keyboard.press("Control+k")
    expect(page.locator("#find-input")).to_be_focused()
    page.keyboard.type("person")
    expect(page.locator(".found-hit")).to_have_count(3)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".found-hit[aria-selected=true]")).to_contain_text("Person 01")
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.locator("[data-picks]").check()
    page.locator("#list-deeds button").first.click()
    expect(page.locator(".sure-says")).to_be_visible()
    assert (faults(page), fits(page)) == ([], True)
    page.locator("#main h1").click()
    page.keyboard.press("?")
    expect(page.locator("#keys-dialog")).to_be_visible()
    assert faults(page) == []
