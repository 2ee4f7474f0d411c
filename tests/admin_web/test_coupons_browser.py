"""The pages of coupons in a real Chromium: axe finds nothing, nothing is too wide."""

import os

import pytest

from coupons import a_pool, issued, redeemed
from stoa.services import earning
from stoa.work import Desk
from windows import Open, faults, fits, sign_in
from world import Coalition, a_key

pytestmark = pytest.mark.browser

PAGES = (
    "/admin/rules/coupon", "/admin/rules/new/coupon", "/admin/rules/coupon/twenty",
    "/admin/rules/coupon/twenty/codes", "/admin/rules/coupon/twenty/codes?q=zzzz",
    "/admin/rules/coupon/theirs/codes",
)  # fmt: skip


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(1280, "light", "en"), (390, "dark", "zh_Hans")]
)
def test_the_pages_of_coupons_are_accessible_and_fit(
    open_page: Open, desk: Desk, coalition: Coalition, *, width: int, theme: str, language: str
) -> None:
    a_pool(desk, supply=500, name={"en": "20 off a dinner", "zh-Hans": "晚餐立减 20 元"})
    a_pool(desk, "theirs", codes="imported", stacks={"group": "dinner"})
    ada = coalition.a_member("Ada Lovelace")
    first, _, _ = issued(desk, count=3)
    issued(desk, member_id=ada.id)
    redeemed(desk, coalition.as_cinema(), first.code)
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "880.00"), key=a_key())
    page = open_page(width=width, theme=theme, language=language)
    sign_in(page)
    for number, path in enumerate(PAGES):
        page.goto(path)
        if os.environ.get("SHOTS"):
            page.screenshot(path=f"{os.environ['SHOTS']}/{width}-{number}.png", full_page=True)
        assert page.locator(".tabs, .rules-form, form, .card").count(), path
        assert faults(page) == [], path
        assert fits(page), path
