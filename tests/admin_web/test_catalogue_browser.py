"""The catalogue in a real Chromium: axe finds nothing, nothing is too wide."""

import os

import pytest

from services.test_pictures import a_picture
from shelves import put
from stoa.services import earning, pictures
from stoa.work import Actor, Desk
from windows import Open, faults, fits, sign_in
from world import Coalition, a_key

pytestmark = pytest.mark.browser

PAGES = (
    "/admin/catalogue", "/admin/catalogue?q=zzz", "/admin/rules/new/reward",
    "/admin/rules/reward/umbrella",
)  # fmt: skip


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(1280, "light", "en"), (390, "dark", "zh_Hans")]
)
def test_the_pages_of_the_catalogue_are_accessible_and_fit(
    open_page: Open, desk: Desk, coalition: Coalition, *, width: int, theme: str, language: str
) -> None:
    with desk.work(Actor("staff:editor")) as work:
        picture_id = pictures.add(work, a_picture(size=(320, 200)))
    put(
        desk, "umbrella", name={"en": "Umbrella with the harbour", "zh-Hans": "海港雨伞"},
        picture=picture_id, tiers=["gold"], money_minor=500, until="2026-05-31",
        at={"partners": ["cinema"]}, who={"fact": "birthday_month", "is": "=", "value": True},
    )  # fmt: skip
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(coalition.a_member()), key=a_key())
    page = open_page(width=width, theme=theme, language=language)
    sign_in(page)
    for number, path in enumerate(PAGES):
        page.goto(path)
        if os.environ.get("SHOTS"):
            page.screenshot(path=f"{os.environ['SHOTS']}/{width}-{number}.png", full_page=True)
        assert faults(page) == [], path
        assert fits(page), path
