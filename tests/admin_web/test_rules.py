"""The room of rules: lists, one rule in words, its versions and their difference, its deeds."""

from typing import Any

import pytest

from formfields import fields_of
from stoa.services import campaigns, earning, programmes, rulebook, tiers
from stoa.values.campaigns import held_out
from stoa.values.identifiers import public_id
from stoa.values.rulefiles import RuleFile
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition, a_key

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


def test_a_higher_tier_that_has_less_is_doubted(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    assert coalition
    basic, gold = LADDER["tiers"]
    less = gold | {"uplift_percent": 5, "inherits": False}
    keep(desk, "ladder", "harbour", LADDER | {"tiers": [basic, less]})
    for path in ("ladder/harbour", "ladder/harbour/edit"):
        page = text_of(operator.get(f"{ROOM}/{path}"))
        assert "Gold gets fewer points than Basic." in page
        assert "Gold lacks the benefit “A card” that Basic has." in page


def test_a_ladder_tells_how_many_stand_where(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    coalition.a_member("Ben")
    with desk.work(Actor("cli")) as work:
        tiers.assign(work, ada.id, "gold", reason="same-day spend")
    page = text_of(operator.get(f"{ROOM}/ladder/main"))
    assert "Gold gold 1 member" in page
    assert "Basic basic 1 member" in page
    assert "Silver silver 0 members" in page


CAMPAIGN: dict[str, Any] = {
    "name": {"en": "Double days"}, "from": "2026-05-01", "until": "2026-05-31",
    "bonus": {"kind": "multiplier", "times_percent": 200}, "budget_points": 20000,
}  # fmt: skip


def test_a_campaign_shows_what_is_left_of_its_budget(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    with desk.work(Actor("cli")) as work:
        campaigns.save(work, "double", CAMPAIGN)
        campaigns.activate(work, "double")
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "5000.00"), key=a_key())
    page = text_of(operator.get(f"{ROOM}/campaign/double"))
    assert "15,000 left of 20,000 points" in page
    assert "25.0% given" in page


def test_a_large_budget_waits_for_a_second_person(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    assert coalition
    limit = desk.programme.budget_limit
    large = fields_of(operator.get(f"{ROOM}/new/campaign").text)
    large.setlist("code", ["large"])
    for name, value in (("name.en", "Large"), ("from", "2026-05-01"), ("until", "2026-05-31")):
        large.setlist(name, [value])
    large.setlist("budget_points", [str(limit + 1)])
    saved = operator.client.post(f"{ROOM}/new/campaign", data=large | {"do": "save"})
    assert saved.status_code == 303
    address = f"{ROOM}/campaign/large"
    assert "waits for a second person" in text_of(operator.get(address))
    page = operator.get(f"{address}/activate")
    assert "so another person has to activate it" in text_of(page)
    assert "Activate version 1" not in text_of(page)
    assert operator.post(f"{address}/activate", version="1").status_code == 303
    assert "A second person has to activate this" in text_of(operator.get(address))
    with desk.work(Actor("cli")) as work:
        assert rulebook.find(work, "campaign", "large").state == "draft"


def test_the_form_reckons_an_example_purchase(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    assert coalition
    condition = {
        "all": [
            {"fact": "weekday", "is": "in", "value": ["friday"]},
            {"fact": "spend", "over": "30 days", "is": ">=", "value": 50000},
        ]
    }
    keep(desk, "campaign", "double", CAMPAIGN | {"condition": condition})
    address = f"{ROOM}/campaign/double/edit"
    form = fields_of(operator.get(address).text)
    changes = {
        "try.store": "grocery/main", "try.amount": "880", "try.day": "2026-05-01",
        "try.tier": "gold",
    }  # fmt: skip
    for name, value in changes.items():
        form.setlist(name, [value])
    page = text_of(operator.client.post(address, data=form | {"do": "draw"}))
    assert "This campaign · The alliance" in page
    assert "Points together 2,640" in page
    form.setlist("try.amount", ["100"])
    page = text_of(operator.client.post(address, data=form | {"do": "draw"}))
    assert "does not hold:" in page
    assert "Points together 200" in page
    form.setlist("try.fact.spend|30 days", ["500"])
    page = text_of(operator.client.post(address, data=form | {"do": "draw"}))
    assert "Points together 300" in page
    form.setlist("try.amount", ["lots"])
    page = text_of(operator.client.post(address, data=form | {"do": "draw"}))
    assert "Write an amount, a day and an hour." in page
    form.setlist("until", [""])
    page = text_of(operator.client.post(address, data=form | {"do": "draw"}))
    assert "Finish the form above" in page


@pytest.mark.parametrize(
    "kind", ["ladder", "campaign", "challenge", "referral", "activity", "segment", "chance", "draw"]
)
def test_what_a_new_form_says_of_itself_is_read_by_its_kind(
    operator: Visitor, desk: Desk, coalition: Coalition, kind: str
) -> None:
    assert coalition
    form = fields_of(operator.get(f"{ROOM}/new/{kind}").text)
    given = {
        "code": "fresh", "name.en": "Fresh", "from": "2026-05-01", "until": "2026-05-31",
        "tiers.0.name.en": "Plain", "tiers.0.code": "plain", "list": "yes", "ladder": "main",
        "prizes.0.name.en": "A bear", "prizes.0.code": "bear", "allowed_draw": "yes",
        "goal~~kind": "leaf", "goal~~fact": "visits", "goal~~value": "3", "goal~~span": "ever",
    }  # fmt: skip
    for name, value in given.items():
        form.setlist(name, [value])
    answer = operator.client.post(f"{ROOM}/new/{kind}", data=form | {"do": "save"})
    assert answer.status_code == 303, text_of(answer)
    with desk.work(Actor("cli")) as work:
        line = rulebook.find(work, kind, "fresh")
        programmes.save(work, RuleFile(kind, "again", line.document, ""))
    again = fields_of(operator.get(f"{ROOM}/{kind}/fresh/edit").text)
    answer = operator.client.post(f"{ROOM}/{kind}/fresh/edit", data=again | {"do": "save"})
    assert answer.status_code == 303
    with desk.work(Actor("cli")) as work:
        assert rulebook.find(work, kind, "fresh").latest == 1


def test_a_tier_is_given_by_hand_with_reason_and_end(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member("Ada Lovelace")
    member = f"/admin/members/{public_id('mem', ada.id)}"
    assert "Gold" in text_of(operator.get(f"{member}/tier"))
    for changes, text in (
        ({"reason": ""}, "Say why"),
        ({"until": "2026-04-30"}, "Choose today or a later day."),
        ({"until": "soon"}, "Choose a day."),
        ({"tier": "main/none"}, "Choose from the lists."),
    ):
        given = {"tier": "main/gold", "reason": "a complaint", "until": "2026-12-31"} | changes
        answer = operator.post(f"{member}/tier", **given)
        assert answer.status_code == 422
        assert text in text_of(answer)
    given = {"tier": "main/gold", "reason": "a complaint", "until": "2026-12-31"}
    assert operator.post(f"{member}/tier", **given).status_code == 303
    page = text_of(operator.get(member))
    assert "Gold tier" in page
    assert "Tier given by hand" in page
    with desk.work(Actor("cli")) as work:
        assert str(tiers.of(work, ada.id)["main"].until) == "2026-12-31"


def test_a_member_sees_the_path_won_and_what_is_missing(
    operator: Visitor, desk: Desk, ladder: str, coalition: Coalition
) -> None:
    assert ladder
    ada = coalition.a_member("Ada Lovelace")
    member = f"/admin/members/{public_id('mem', ada.id)}"
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "300.00"), key=a_key())
    page = text_of(operator.get(member))
    assert "Spend ¥500.00 more today for Gold." in page
    assert "Spend, on one day CN¥300.00 / CN¥800.00" in page
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "512.00"), key=a_key())
        tiers.reassess(work, ada.id)
    page = text_of(operator.get(member))
    assert "¥812.00 ≥ ¥800.00" in page
    assert "earned" in page


def test_a_campaigns_results_tell_who_paid(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    payers = [{"payer": "operator", "share": 60}, {"payer": "prt:cinema", "share": 40}]
    with desk.work(Actor("cli")) as work:
        campaigns.save(work, "double", CAMPAIGN | {"payers": payers})
        campaigns.activate(work, "double")
    ada = coalition.a_member()
    address = f"{ROOM}/campaign/double/results"
    assert operator.get(f"{ROOM}/campaign/none/results").status_code == 404
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "500.00"), key=a_key())
    page = text_of(operator.get(address))
    assert "The alliance 60.0% 300 0 1" in page
    assert "Star Cinema 40.0% 200 0 1" in page
    assert "19,500 of a budget of 20,000 points are left." in page
    assert "Nobody is left out" in page


def test_a_campaigns_results_compare_with_those_left_out(
    operator: Visitor, desk: Desk, coalition: Coalition
) -> None:
    with desk.work(Actor("cli")) as work:
        campaigns.save(work, "double", CAMPAIGN | {"holdout_percent": 50})
        campaigns.activate(work, "double")
    people = [coalition.a_member() for _ in range(12)]
    out = [who for who in people if held_out("double", str(who.id), 50)]
    assert 0 < len(out) < 12
    for who in people:
        with desk.work(coalition.as_grocery()) as work:
            total = "100.00" if who in out else "150.00"
            earning.earn(work, coalition.a_purchase(who, total), key=a_key())
    page = text_of(operator.get(f"{ROOM}/campaign/double/results"))
    assert f"Left out to compare {len(out)} 100.0% CN¥100.00" in page
    assert f"Could get the bonus {12 - len(out)} 100.0% CN¥150.00" in page
    assert "spent 50 % more than those left out." in page
