"""Programmes: rules of many kinds checked, saved and let hold together, all or none."""

from typing import Any

import pytest

from stoa.errors import FourEyesError, InvalidRuleError, RuleStateError
from stoa.services import programmes, rulebook
from stoa.services.programmes import ROOMS, Loaded
from stoa.services.rulebook import KINDS
from stoa.values.rulefiles import RuleFile
from stoa.work import Actor, Desk
from world import Coalition

EDITOR, OTHER = Actor("staff:editor"), Actor("staff:other")


def a_segment(code: str = "regulars", visits: Any = 3) -> RuleFile:
    """Return a rule's file."""
    condition = {"fact": "visits", "over": "30 days", "is": ">=", "value": visits}
    return RuleFile("segment", code, {"name": {"en": "Regulars"}, "condition": condition})


def an_activity(budget: int = 1000, code: str = "survey") -> RuleFile:
    """Return another one, which gives points."""
    document = {
        "name": {"en": "Survey"}, "kind": "survey", "points": 30, "budget_points": budget,
    }  # fmt: skip
    return RuleFile("activity", code, document)


def told(done: Loaded) -> tuple[int, bool, bool]:
    """Return the version, and whether it was saved and activated just now."""
    return done.version, done.saved, done.activated


def test_checking_tells_the_mistakes_of_every_rule_and_saves_none(desk: Desk) -> None:
    with desk.work(EDITOR) as work:
        wrong = programmes.check(work, [a_segment(visits="3"), an_activity(1), a_segment("guests")])
        assert wrong == {
            "segment/regulars": {"condition.value": [
                "Write a whole number from 0 to 1000000000000000."
            ]},
            "activity/survey": {"budget_points": ["This does not pay it once."]},
        }  # fmt: skip
        assert [rulebook.listed(work, kind) for kind in KINDS] == [[]] * len(KINDS)


def test_checking_leaves_what_the_work_did_before(desk: Desk) -> None:
    with desk.work(EDITOR) as work:
        programmes.save(work, a_segment())
        programmes.check(work, [a_segment(visits=4), a_segment("guests")])
    with desk.work(EDITOR) as work:
        assert [line.latest for line in rulebook.listed(work, "segment")] == [1]


def test_loading_saves_and_activates_once(coalition: Coalition) -> None:
    rules = [an_activity(), a_segment()]
    with coalition.desk.work(EDITOR) as work:
        done = programmes.load(work, rules)
        assert [each.rule.kind for each in done] == ["segment", "activity"]
        assert [(each.version, each.saved, each.activated) for each in done] == [
            (1, True, True)
        ] * 2
    with coalition.desk.work(EDITOR) as work:
        books = rulebook.current(work).version
        done = programmes.load(work, rules)
        assert [told(each) for each in done] == [(1, False, False)] * 2
        assert rulebook.current(work).version == books


def test_loading_a_changed_rule_makes_its_next_version_hold(desk: Desk) -> None:
    for visits in (3, 4):
        with desk.work(EDITOR) as work:
            programmes.load(work, [a_segment(visits=visits)])
    with desk.work(EDITOR) as work:
        assert rulebook.current(work).of("segment")["regulars"].version == 2


def test_loading_names_the_rule_before_the_place_and_does_nothing(desk: Desk) -> None:
    with pytest.raises(InvalidRuleError) as refused, desk.work(EDITOR) as work:
        programmes.load(work, [a_segment(visits=-1), a_segment("guests")])
    assert set(refused.value.members["errors"]) == {"segment/regulars: condition.value"}
    with desk.work(EDITOR) as work:
        assert rulebook.listed(work, "segment") == []


def test_an_ended_rule_is_not_loaded_again(desk: Desk) -> None:
    with desk.work(EDITOR) as work:
        programmes.load(work, [a_segment()])
        rulebook.end(work, "segment", "regulars")
    with pytest.raises(RuleStateError), desk.work(EDITOR) as work:
        programmes.load(work, [a_segment(visits=4)])


def test_a_large_budget_is_let_hold_by_another_person_than_who_saved_it(
    coalition: Coalition,
) -> None:
    large = an_activity(coalition.desk.programme.budget_limit + 1)
    with coalition.desk.work(EDITOR) as work:
        programmes.save(work, large)
    for actor in (EDITOR, Actor("cli")):
        with pytest.raises(FourEyesError), coalition.desk.work(actor) as work:
            programmes.activate(work, "activity", "survey")
    with coalition.desk.work(OTHER) as work:
        programmes.activate(work, "activity", "survey")
        assert "survey" in rulebook.current(work).of("activity")


def test_one_person_may_let_a_budget_up_to_the_limit_hold(coalition: Coalition) -> None:
    with coalition.desk.work(EDITOR) as work:
        programmes.save(work, an_activity(coalition.desk.programme.budget_limit))
        programmes.activate(work, "activity", "survey")


def test_every_kind_has_its_room() -> None:
    assert set(ROOMS) == set(KINDS)
