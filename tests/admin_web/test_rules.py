"""The room of rules: lists, one rule in words, its versions and their difference, its deeds."""

from typing import Any

import pytest

from formfields import fields_of
from stoa.services import rulebook
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition

ROOM = "/admin/rules"
LADDER: dict[str, Any] = {
    "name": {"en": "Harbour tiers", "zh-Hans": "海港等级"},
    "main": False,
    "visit_gap_minutes": 30,
    "qualifying": ["base"],
    "tiers": [
        {"code": "basic", "name": {"en": "Basic"}, "uplift_percent": 10, "inherits": True,
         "discount_basis_points": 0,
         "benefits": [{"code": "card", "name": {"en": "A card"}}], "qualify": None},
        {"code": "gold", "name": {"en": "Gold"}, "uplift_percent": 100,
         "discount_basis_points": 500, "inherits": True,
         "benefits": [{"code": "lounge", "name": {"en": "Lounge"}}],
         "qualify": {"fact": "spend", "over": "day", "is": ">=", "value": 80000}},
    ],
    "review": {"every": "12 months", "grace_days": 30, "soft_landing": True,
               "on_return": "recalculate"},
}  # fmt: skip


def keep(
    desk: Desk, kind: str, code: str, document: dict[str, Any], *, active: bool = True
) -> None:
    """Save a rule as it stands, and let it hold."""
    with desk.work(Actor("cli")) as work:
        rulebook.save(work, kind, code, document)
        if active:
            rulebook.activate(work, kind, code)


@pytest.fixture
def ladder(desk: Desk, coalition: Coalition) -> str:
    """Keep a ladder of two tiers; return its address."""
    assert coalition
    keep(desk, "ladder", "harbour", LADDER)
    return f"{ROOM}/ladder/harbour"


def test_an_empty_room_teaches(operator: Visitor, coalition: Coalition) -> None:
    assert coalition
    page = text_of(operator.get(ROOM))
    assert "A challenge is something to be done within a period" in page
    assert "Add a campaign" in page
    assert "None yet" in text_of(operator.get(f"{ROOM}/campaign"))


def test_rules_are_found_by_name_and_state(operator: Visitor, desk: Desk, ladder: str) -> None:
    keep(desk, "campaign", "double", {"name": {"en": "Double days"}}, active=False)
    assert "Harbour tiers harbour In force" in text_of(operator.get(ROOM))
    drafts = text_of(operator.get(f"{ROOM}?state=draft"))
    assert "Double days" in drafts
    assert "Harbour tiers" not in drafts
    assert "Harbour tiers" in text_of(operator.get(f"{ROOM}?q=harb"))
    assert "No rule matches" in text_of(operator.get(f"{ROOM}?q=nothing"))
    assert "No rule matches" in text_of(operator.get(f"{ROOM}/ladder?state=ended"))


def test_campaigns_are_found_by_their_days(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    assert coalition
    for code, first, last in (
        ("a", "04-01", "04-30"),
        ("b", "05-01", "05-01"),
        ("c", "05-02", "06-01"),
    ):
        days = {"from": f"2026-{first}", "until": f"2026-{last}"}
        keep(desk, "campaign", f"camp-{code}", {"name": {"en": f"Camp {code}"}} | days)
    for time, code in (("over", "a"), ("now", "b"), ("soon", "c")):
        page = text_of(operator.get(f"{ROOM}/campaign?state={time}"))
        assert [each for each in "abc" if f"Camp {each}" in page] == [code]


def test_a_ladder_is_told_in_words(operator: Visitor, ladder: str) -> None:
    page = text_of(operator.get(ladder))
    assert "version 1 holds" in page
    assert "Spend at least ¥800.00 on one day." in page
    assert "+100 % points" in page
    assert "5 % off" in page
    assert "Lounge" in page
    assert page.count("A card") == 2  # its own tier's, and inherited by the next
    chinese = operator.get(ladder, headers={"Accept-Language": "zh-CN"})
    assert "海港等级" in chinese.text
    assert "800 元" in chinese.text


def test_an_unknown_rule_or_kind_is_not_found(operator: Visitor, ladder: str) -> None:
    for path in (
        "ladder/none",
        "nothing",
        "ladder/none/versions",
        "new/nothing",
        "nothing/harbour/edit",
    ):
        assert operator.get(f"{ROOM}/{path}").status_code == 404
    assert operator.get(f"{ladder}/versions?old=7").status_code == 404


def test_versions_differ_in_words(operator: Visitor, desk: Desk, ladder: str) -> None:
    gold = LADDER["tiers"][1] | {
        "qualify": {"fact": "spend", "over": "day", "is": ">=", "value": 160000}
    }
    changed = LADDER | {"tiers": [LADDER["tiers"][0], gold], "visit_gap_minutes": 45}
    keep(desk, "ladder", "harbour", changed, active=False)
    page = text_of(operator.get(f"{ladder}/versions"))
    assert "Version 2 against version 1" in page
    assert (
        "Tier Gold › How a member gets here before: Spend at least ¥800.00 on one day."
        " now: Spend at least ¥1,600.00 on one day." in page
    )
    assert "before: 30 minutes now: 45 minutes" in page
    assert "They say the same." in text_of(operator.get(f"{ladder}/versions?old=2&new=2"))


def test_a_tier_in_between_is_no_difference_of_the_others(
    operator: Visitor, desk: Desk, ladder: str
) -> None:
    silver = LADDER["tiers"][1] | {"code": "silver", "name": {"en": "Silver"}}
    changed = LADDER | {"tiers": [LADDER["tiers"][0], silver, LADDER["tiers"][1]]}
    keep(desk, "ladder", "harbour", changed, active=False)
    page = text_of(operator.get(f"{ladder}/versions"))
    assert "Tier Silver › Code" in page
    assert "Tier Gold" not in page.partition("All versions")[0]


def test_activating_says_from_when_it_holds(operator: Visitor, desk: Desk, ladder: str) -> None:
    keep(desk, "ladder", "harbour", LADDER | {"visit_gap_minutes": 60}, active=False)
    page = text_of(operator.get(f"{ladder}/activate"))
    assert "It holds at once." in page
    assert "before: 30 minutes now: 60 minutes" in page
    assert operator.post(f"{ladder}/activate", version="2").status_code == 303
    page = text_of(operator.get(ladder))
    assert "The rule holds now." in page
    assert "version 2 holds" in page


def test_a_rule_rests_goes_on_and_ends(operator: Visitor, desk: Desk, ladder: str) -> None:
    operator.get(ladder)
    for deed, state in (("pause", "paused"), ("resume", "active"), ("end", "ended")):
        assert operator.post(f"{ladder}/{deed}").status_code == 303
        with desk.work(Actor("cli")) as work:
            assert rulebook.find(work, "ladder", "harbour").state == state
    operator.post(f"{ladder}/resume")
    page = text_of(operator.get(ladder))
    assert "Somebody changed this rule meanwhile" in page
    assert "Ended for ever" in page


def test_an_auditor_reads_and_changes_nothing(auditor: Visitor, ladder: str) -> None:
    page = auditor.get(ladder)
    assert "data-opens" not in page.text
    assert auditor.post(f"{ladder}/pause").status_code == 403
    assert auditor.post(f"{ladder}/edit", do="draw").status_code == 403
    assert auditor.get(f"{ladder}/edit").status_code == 200


def test_a_form_saved_untouched_makes_no_version(
    operator: Visitor, desk: Desk, ladder: str
) -> None:
    form = fields_of(operator.get(f"{ladder}/edit").text)
    answer = operator.client.post(f"{ladder}/edit", data=form | {"do": "save"})
    assert answer.status_code == 303
    assert "there is no new version" in text_of(operator.get(ladder))
    with desk.work(Actor("cli")) as work:
        assert rulebook.find(work, "ladder", "harbour").latest == 1


def test_the_gold_tiers_condition_is_edited(operator: Visitor, desk: Desk, ladder: str) -> None:
    form = fields_of(operator.get(f"{ladder}/edit").text)
    page = operator.client.post(f"{ladder}/edit", data=form | {"do": "leaf:tiers.1.qualify~"})
    form = fields_of(page.text)
    form["tiers.1.qualify~1~fact"] = "visits"
    page = operator.client.post(f"{ladder}/edit", data=form | {"do": "draw"})
    form = fields_of(page.text)
    form["tiers.1.qualify~1~value"] = "5"
    form["tiers.1.qualify~~kind"] = "any"
    form["note"] = "for those who come often"
    assert operator.client.post(f"{ladder}/edit", data=form | {"do": "save"}).status_code == 303
    with desk.work(Actor("cli")) as work:
        line = rulebook.find(work, "ladder", "harbour")
    assert line.latest == 2
    assert line.note == "for those who come often"
    assert line.document["tiers"][1]["qualify"] == {
        "any": [
            LADDER["tiers"][1]["qualify"],
            {"fact": "visits", "over": "30 days", "is": ">=", "value": 5},
        ]
    }


def test_a_tier_is_added_moved_and_removed(operator: Visitor, ladder: str) -> None:
    def press(form: Any, button: str) -> Any:
        return fields_of(operator.client.post(f"{ladder}/edit", data=form | {"do": button}).text)

    form = press(fields_of(operator.get(f"{ladder}/edit").text), "add:tiers")
    form["tiers.2.code"] = "vip"
    form = press(form, "up:tiers.2")
    assert [form[f"tiers.{n}.code"] for n in range(3)] == ["basic", "vip", "gold"]
    form = press(form, "remove:tiers.0")
    assert [form[f"tiers.{n}.code"] for n in range(2)] == ["vip", "gold"]
    assert form["tiers~rows"] == "2"


def test_who_saves_over_somebody_else_is_told(operator: Visitor, desk: Desk, ladder: str) -> None:
    form = fields_of(operator.get(f"{ladder}/edit").text)
    keep(desk, "ladder", "harbour", LADDER | {"visit_gap_minutes": 15}, active=False)
    form["visit_gap_minutes"] = "99"
    answer = operator.client.post(f"{ladder}/edit", data=form | {"do": "save"})
    assert answer.status_code == 409
    assert "Somebody else saved this rule meanwhile" in text_of(answer)
    assert 'value="99"' in answer.text


def test_a_new_rule_needs_a_code_of_its_own(operator: Visitor, ladder: str) -> None:
    address = f"{ROOM}/new/ladder"
    form = fields_of(operator.get(address).text)
    for code, text in (("", "Use 1 to 40 small letters"), ("harbour", "This code is taken.")):
        form["code"] = code
        answer = operator.client.post(address, data=form | {"do": "save"})
        assert answer.status_code == 422
        assert text in text_of(answer)


def test_no_page_shows_how_a_document_is_written(operator: Visitor, ladder: str) -> None:
    for path in (ladder, f"{ladder}/edit", f"{ladder}/versions", f"{ladder}/activate"):
        page = text_of(operator.get(path))
        assert not any(sign in page for sign in ('{"', "{&#34;", '"fact"', "&#34;fact&#34;"))
