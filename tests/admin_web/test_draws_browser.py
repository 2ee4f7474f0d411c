"""The page of a draw in a real Chromium: it is cancelled in a dialog; nothing is too wide."""

import pytest

from draws import a_draw, buy, rich
from stoa.work import Desk
from windows import Open, faults, fits, sign_in
from world import Coalition

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("look", [(1280, "light", "en"), (390, "dark", "zh-Hans")])
def test_a_draw_is_cancelled_in_a_dialog(
    desk: Desk, coalition: Coalition, open_page: Open, look: tuple[int, str, str]
) -> None:
    a_draw(desk)
    buy(desk, rich(coalition, 100))
    width, theme, language = look
    page = open_page(width=width, theme=theme, language=language)
    sign_in(page)
    page.goto("/admin/rules/draw/wheel/draw")
    assert faults(page) == []
    assert fits(page)
    page.locator("[data-opens=cancel-draw]").click()
    assert faults(page) == []
    page.locator("#cancel-draw-reason").fill("the bear was stolen")
    page.locator("#cancel-draw button[type=submit]").click()
    page.wait_for_load_state()
    assert page.locator("[data-opens=cancel-draw]").count() == 0
