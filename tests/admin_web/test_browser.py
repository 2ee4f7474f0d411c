"""The admin web in a real Chromium: an operator's walk, axe on every page, nothing too wide."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from overviews import add_up
from stoa.services import (
    adjustments,
    credentials,
    earning,
    funding,
    members,
    partners,
    redemption,
    tiers,
)
from stoa.services.funding import FundingTerms
from stoa.services.redemption import Ask
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from windows import Open, faults, fits, sign_in
from world import Coalition, a_key, met

pytestmark = pytest.mark.browser


@pytest.fixture
def busy(desk: Desk, coalition: Coalition, database: str) -> Coalition:
    """Return a coalition in which things happened: purchases, redemptions, a hold, changes."""
    with desk.work(Actor("cli")) as work:
        partners.configure(
            work, coalition.grocery, "standard", {"category_rates": [{"category": "a"}]}
        )
        credentials.issue_client(work, coalition.grocery, "Tills")
        funding.set_terms(work, coalition.grocery, FundingTerms("prepaid", alert_points=9_000))
        funding.buy(work, coalition.grocery, 15_000, price=Decimal("0.011"))
        funding.buy(work, coalition.grocery, 500, price=Decimal("0.01"), reserve=True)
    ada = coalition.a_member("Ada Lovelace", phone="+8613800138000", email="ada@example.org")
    ben = coalition.a_member("Ben Bauer")
    for number in range(3):
        with desk.work(Actor(f"staff:{number}")) as work:
            adjustments.adjust(
                work, ben.id, 4000, reason_code="goodwill", note="a late bus on a wet day"
            )
    with desk.work(Actor("cli")) as work:
        tiers.assign(work, ada.id, "gold", reason="same-day spend")
        members.freeze(work, ben.id, reason="card reported lost")
    with desk.work(coalition.as_grocery()) as work:
        for total in ("880.00", "12.50", "430.00"):
            earning.earn(work, coalition.a_purchase(ada, total), key=a_key())
    with desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 300), key=a_key())
        redemption.capture(work, held.redemption.id, points=200, key=a_key())
        redemption.hold(work, Ask(met(work, ada), "main", 100), key=a_key())
    add_up(desk, database)
    return coalition


def addresses(coalition: Coalition) -> list[str]:
    """Return the addresses of all rooms."""
    partner = f"/admin/partners/{public_id('prt', coalition.grocery)}"
    other = coalition.a_member("Eve")
    with coalition.desk.work(Actor("cli")) as work:
        row = work.rows("SELECT id FROM members WHERE display_name = 'Ada Lovelace'")[0]
        client = work.rows("SELECT id FROM clients WHERE name = 'Tills'")[0][0]
    member = f"/admin/members/{public_id('mem', row[0])}"
    tails = (
        "",
        "/plugin",
        "/credentials",
        f"/credentials/{client}",
        "/changes",
        "/funding",
        "/leaving",
        "/stores/new",
        "/agreement",
        "/agreement/new",
    )
    return [
        "/admin/", "/admin/?span=year", f"{partner}/home", "/admin/partners",
        "/admin/partners?q=zzz", "/admin/partners/new", *(partner + tail for tail in tails),
        "/admin/members",
        member, f"{member}/entries/1", f"{member}/entries/7", f"{member}/merge",
        f"{member}/merge?q=e", f"{member}/merge?into={public_id('mem', other.id)}",
        f"{member}/adjust?points=6000", "/admin/approvals",
        "/admin/clearing/agreements", "/admin/clearing/terms", "/admin/clearing/rates",
        "/admin/nothing",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("width", "theme", "language"),
    [
        (1280, "light", "en"),
        (1280, "dark", "zh_Hans"),
        (390, "light", "zh_Hant"),
        (390, "dark", "en"),
    ],
)
def test_every_room_is_accessible_and_fits(
    open_page: Open, busy: Coalition, width: int, theme: str, language: str
) -> None:
    page = open_page(width=width, theme=theme, language=language)
    page.goto("/admin/sign-in")
    assert (faults(page), fits(page)) == ([], True)
    sign_in(page)
    for path in addresses(busy):
        page.goto(path)
        assert page.locator("html").get_attribute("data-bs-theme") == theme
        assert faults(page) == [], path
        assert fits(page), path


@pytest.mark.parametrize("language", ["en", "zh_Hans", "zh_Hant"])
def test_an_operators_walk(open_page: Open, busy: Coalition, language: str) -> None:
    words = {
        "en": ("Needs attention", "Write a number from 0 to 1000", "Saved as version"),
        "zh_Hans": ("需要关注", "请填写 0 至 1000 之间的数", "已保存为第"),
        "zh_Hant": ("需要關注", "請填寫 0 至 1000 之間的數", "已儲存為第"),
    }[language]
    page = open_page(language=language)
    sign_in(page)
    expect(page.get_by_role("heading", name=words[0])).to_be_visible()
    page.locator("#days-chart").hover(position={"x": 300, "y": 100})
    expect(page.locator(".tip:not([hidden])")).to_be_visible()

    page.goto("/admin/partners")
    page.locator("#q").press_sequentially("groc")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    assert page.url.endswith("/admin/partners?q=groc")
    page.locator("a.row-link").click()
    page.locator(".parts a[href$='/plugin']").click()

    rate = page.locator("#s-base_rate")
    rate.fill("lots")
    page.locator(".form-tools button[name=save]").click()
    expect(page.locator("#s-base_rate-error")).to_contain_text(words[1])
    expect(rate).to_be_focused()
    rate.fill("2.5")
    page.locator("button[name=add][value=category_rates]").click()
    second = page.locator("#s-category_rates-1-category")
    expect(second).to_be_focused()
    second.fill("wine")
    page.locator("button[value='category_rates.0']").click()
    expect(page.locator("#t-category_rates tbody tr")).to_have_count(1)
    expect(page.locator("#s-category_rates-0-category")).to_have_value("wine")
    page.locator(".form-tools button[name=save]").click()
    expect(page.locator("#toasts .note")).to_contain_text(words[2])
    page.reload()
    expect(rate).to_have_value("2.5")
    with busy.desk.work(Actor("cli")) as work:
        kept = work.rows("SELECT settings FROM partners WHERE id = %s", (busy.grocery,))[0][0]
    assert (kept["base_rate"], kept["category_rates"]) == (
        2500,
        [{"category": "wine", "rate": 1000}],
    )

    page.goto("/admin/members")
    page.keyboard.press("f")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type("lovel")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    page.locator("#list tbody tr td").nth(1).click()  # the whole row leads on
    expect(page.locator(".story-line")).to_have_count(7)
    assert "880" in page.locator(".story-why").nth(6).inner_text()
    page.locator("#identifiers button").click()
    expect(page.locator("#identifiers")).to_contain_text("+8613800138000")


def test_the_form_says_as_one_types_that_a_second_person_is_needed(
    open_page: Open, busy: Coalition
) -> None:
    page = open_page(width=390)
    sign_in(page)
    page.goto(next(each for each in addresses(busy) if "/adjust?" in each).partition("?")[0])
    hint = page.locator("#second")
    expect(hint).to_contain_text("5,000 are left today")
    page.locator("#f-points").press_sequentially("6000")
    expect(hint).to_contain_text("A second person will have to approve this")
    page.locator("#f-reason").select_option("campaign")
    page.locator("#f-note").fill("a prize")
    page.locator("form .btn-primary").click()
    expect(page.locator("#toasts .note")).to_contain_text("it waits under Approvals")
    page.goto("/admin/approvals")
    page.locator("[data-opens=decline-3]").click()
    page.locator("#decline-3-reason").fill("a slip")
    page.locator("#decline-3 .btn-danger").click()
    expect(page.locator("#toasts .note")).to_contain_text("withdrawn")


def test_light_and_dark_are_switched_and_remembered(open_page: Open, busy: Coalition) -> None:
    page = open_page()
    sign_in(page)
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.locator("[data-theme-switch]").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.goto("/admin/members")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    assert busy


def test_the_keyboard_reaches_everything_that_matters(open_page: Open, busy: Coalition) -> None:
    page = open_page()
    sign_in(page)
    page.reload()
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(".segments a").first).to_be_focused()
    menu = page.locator("details.menu").nth(1)
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("open", "")
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    assert busy


def test_a_dangerous_deed_asks_first(open_page: Open, busy: Coalition) -> None:
    page = open_page()
    sign_in(page)
    page.goto(f"/admin/partners/{public_id('prt', busy.grocery)}")
    page.locator("[data-opens=suspend]").click()
    dialog = page.locator("#suspend")
    expect(dialog).to_be_visible()
    assert faults(page) == []
    dialog.locator("[data-closes]").click()
    expect(dialog).to_be_hidden()
    page.locator("[data-opens=suspend]").click()
    dialog.locator(".btn-danger").click()
    expect(page.locator("h1 .state-suspended")).to_be_visible()
    expect(page.locator("#toasts .note-success")).to_be_visible()


def test_names_with_markup_are_only_text_in_a_browser(open_page: Open, busy: Coalition) -> None:
    name = "<img src=x onerror=document.title='owned'>"
    busy.a_member(name)
    page = open_page()
    sign_in(page)
    page.goto("/admin/members")
    expect(page.get_by_role("link", name=name)).to_be_visible()
    page.locator("#q").press_sequentially("<img")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    assert "owned" not in page.title()
    assert page.locator("#list img").count() == 0
