"""The room of rules in a real Chromium: with mouse, with keys alone, axe, and nothing too wide."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from stoa.services import earning, rulebook
from stoa.work import Actor, Desk
from windows import Open, faults, fits, sign_in
from world import Coalition, a_key

pytestmark = pytest.mark.browser

LADDER: dict[str, Any] = {
    "name": {"en": "Harbour tiers", "zh-Hans": "海港等级", "zh-Hant": "海港等級"},
    "tiers": [
        {"code": "plain", "name": {"en": "Plain"}},
        {"code": "gold", "name": {"en": "Gold", "zh-Hans": "金卡", "zh-Hant": "金卡"},
         "uplift_percent": 100, "discount_basis_points": 500,
         "benefits": [{"code": "lounge", "name": {"en": "Lounge"}}],
         "qualify": {"any": [
             {"fact": "spend", "over": "day", "is": ">=", "value": 80000},
             {"all": [
                 {"fact": "spend", "over": "30 days", "is": ">=", "value": 200000},
                 {"fact": "invitees_in_tier", "of": "gold", "is": ">=", "value": 3},
             ]},
         ]}},
    ],
}  # fmt: skip
CAMPAIGN: dict[str, Any] = {
    "name": {"en": "Weekend", "zh-Hans": "周末", "zh-Hant": "週末"},
    "from": "2026-05-01", "until": "2026-05-31", "budget_points": 20000,
    "condition": {"all": [
        {"fact": "weekday", "is": "in", "value": ["saturday", "sunday"]},
        {"not": {"any": [{"fact": "categories", "is": "has any", "value": ["tobacco"]}]}},
    ]},
    "bonus": {"kind": "tiered", "steps": [{"from_minor": 10000, "points": 50}]},
    "caps": [{"every": "day", "points": 500}],
    "payers": [{"payer": "operator", "share": 60}, {"payer": "partner", "share": 40}],
}  # fmt: skip


def save(page: Page) -> None:
    """Save the form once it stands still: nothing is asked for, nothing is being put in place."""
    page.wait_for_function(
        "!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')"
    )
    page.locator(".form-tools .btn-primary").click()


@pytest.fixture
def ruled(desk: Desk, coalition: Coalition) -> Coalition:
    """Return a coalition with a purchase, a second ladder and a campaign in two versions."""
    ada = coalition.a_member("Ada Lovelace")
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "880.00"), key=a_key())
    with desk.work(Actor("cli")) as work:
        for kind, code, document in (
            ("ladder", "harbour", LADDER),
            ("campaign", "weekend", CAMPAIGN),
        ):
            rulebook.save(work, kind, code, document)
            rulebook.activate(work, kind, code)
        rulebook.save(work, "campaign", "weekend", CAMPAIGN | {"budget_points": 30000})
    return coalition


def latest(desk: Desk, kind: str, code: str) -> rulebook.RuleLine:
    """Return a rule as it is kept."""
    with desk.work(Actor("cli")) as work:
        return rulebook.find(work, kind, code)


ROOMS = (
    "", "?q=zzz", "?state=draft", "/campaign", "/challenge", "/new/campaign", "/new/ladder",
    "/new/challenge", "/new/referral", "/new/activity", "/new/segment", "/new/chance",
    "/ladder/harbour", "/ladder/harbour/edit", "/ladder/harbour/versions", "/campaign/weekend",
    "/campaign/weekend/edit", "/campaign/weekend/results", "/campaign/weekend/versions",
    "/campaign/weekend/activate",
)  # fmt: skip


@pytest.mark.parametrize(
    ("width", "theme", "language"),
    [(1280, "dark", "zh_Hans"), (390, "light", "zh_Hant"), (390, "dark", "en")],
)
def test_every_page_of_rules_is_accessible_and_fits(
    open_page: Open, ruled: Coalition, width: int, theme: str, language: str
) -> None:
    assert ruled
    page = open_page(width=width, theme=theme, language=language)
    sign_in(page)
    for tail in ROOMS:
        page.goto(f"/admin/rules{tail}")
        assert faults(page) == [], tail
        assert fits(page), tail


def test_a_campaign_is_made_from_nothing_with_the_mouse(
    open_page: Open, desk: Desk, ruled: Coalition
) -> None:
    assert ruled
    page = open_page()
    sign_in(page)
    page.locator(".side-link", has_text="Rules").click()
    page.get_by_role("link", name="Add a campaign").click()
    page.locator("#f-code").fill("double-days")
    page.locator("#f-name-en").fill("Double days")
    page.locator("#f-from").fill("2026-05-02")
    page.locator("#f-until").fill("2026-05-31")
    page.locator("#f-condition-leaf").click()
    page.get_by_label("What is compared").select_option("purchase_total")
    amount = page.get_by_label("Value", exact=True)
    amount.fill("lots")
    save(page)
    error = page.locator(".condition .field-error")
    expect(error).to_contain_text("Write a whole number from 0 to")
    expect(amount).to_be_focused()
    amount.fill("100")
    page.locator("#f-condition-leaf").click()
    page.get_by_label("What is compared").nth(1).select_option("weekday")
    page.get_by_label("Saturday").check()
    page.get_by_label("Sunday").check()
    expect(page.locator("#says")).to_contain_text("on Saturday or Sunday")
    expect(page.locator("#says")).to_contain_text("¥100.00")
    save(page)
    expect(page.locator("h1")).to_contain_text("Double days")
    expect(page.locator("#toasts")).to_contain_text("Saved as version 1")
    page.get_by_role("link", name="Activate…").click()
    expect(page.locator("main")).to_contain_text("It holds at once.")
    assert latest(desk, "campaign", "double-days").state == "draft"
    page.locator("main").get_by_role("button").click()
    expect(page.locator("h1 .state-active")).to_be_visible()
    page.goto("/admin/rules/campaign?q=double")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page.locator("#results .state-active")).to_be_visible()
    assert latest(desk, "campaign", "double-days").document["condition"] == {
        "all": [
            {"fact": "purchase_total", "is": ">=", "value": 10000},
            {"fact": "weekday", "is": "in", "value": ["saturday", "sunday"]},
        ]
    }


def tab_to(page: Page, selector: str) -> None:
    """Press the tab key until the focus is there."""
    target = page.locator(selector).first
    for _ in range(120):
        page.keyboard.press("Tab")
        if target.evaluate("each => each === document.activeElement"):
            return
    pytest.fail(f"the keyboard does not reach {selector}")


def choose(page: Page, value: str) -> None:
    """Choose an option of the select that has the focus, by keys alone."""
    for _ in range(60):
        if page.evaluate("document.activeElement.value") == value:
            return
        page.keyboard.press("ArrowDown")
        page.wait_for_load_state("networkidle")
    pytest.fail(f"there is no option {value}")


def test_a_condition_is_made_with_keys_alone(open_page: Open, desk: Desk, ruled: Coalition) -> None:
    assert ruled
    page = open_page()
    sign_in(page)
    page.goto("/admin/rules/new/segment")
    tab_to(page, "#f-code")
    page.keyboard.type("regulars")
    tab_to(page, "#f-name-en")
    page.keyboard.type("Regulars")
    tab_to(page, "#f-condition-group")
    page.keyboard.press("Enter")
    fact = page.get_by_label("What is compared")
    expect(fact).to_be_focused()
    choose(page, "spend")
    expect(fact).to_have_value("spend")
    tab_to(page, "#f-condition_0_value")
    page.keyboard.type("500")
    tab_to(page, "#f-condition__leaf")
    page.keyboard.press("Enter")
    second = page.get_by_label("What is compared").nth(1)
    expect(second).to_be_focused()
    choose(page, "visits")
    expect(second).to_have_value("visits")
    tab_to(page, "#f-condition_1_value")
    page.keyboard.type("many")
    page.keyboard.press("Enter")
    expect(page.locator("#f-condition_1_value")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#f-condition_1_value")).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("Regulars")
    condition = latest(desk, "segment", "regulars").document["condition"]
    assert [leaf["fact"] for leaf in condition["any"]] == ["spend", "visits"]
    assert [leaf["value"] for leaf in condition["any"]] == [50000, 3]


def test_the_gold_tiers_condition_is_edited_in_a_browser(
    open_page: Open, desk: Desk, ruled: Coalition
) -> None:
    assert ruled
    page = open_page(width=390)
    sign_in(page)
    page.goto("/admin/rules/ladder/harbour")
    page.get_by_role("link", name="Edit").click()
    value = page.locator("#f-tiers-1-qualify_0_value")
    expect(value).to_have_value("800.00")
    value.fill("1600")
    expect(page.locator("#says")).to_contain_text("¥1,600.00")
    page.locator("[id='f-tiers-1-qualify_0_lower']").click()
    expect(
        page.locator("#f-tiers-1-qualify_0_0_value, #f-tiers-1-qualify_0-0_value")
    ).to_have_value("1600.00")
    save(page)
    expect(page.locator("#toasts")).to_contain_text("Saved as version 2")
    gold = latest(desk, "ladder", "harbour").document["tiers"][1]
    assert gold["qualify"]["any"][0]["all"][0]["value"] == 160000
    page.get_by_role("link", name="Versions").click()
    expect(page.locator("ins")).to_contain_text("¥1,600.00")
    expect(page.locator("del")).to_contain_text("¥800.00")
