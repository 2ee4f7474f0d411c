"""Segments: lists are filled by hand, and count while their rule is in the book."""

from datetime import date
from typing import Any

import pytest

from stoa.errors import InvalidBodyError, InvalidRuleError, RuleUnknownError
from stoa.models.members import Member
from stoa.services import members, mergers, rulebook, segments
from stoa.work import Actor, Desk
from world import Coalition

STAFF = Actor("staff:mei")
LIST: dict[str, Any] = {"name": {"en": "Tenants"}, "list": True}
DRAWN: dict[str, Any] = {
    "name": {"en": "Regulars"},
    "condition": {"fact": "visits", "over": "30 days", "is": ">=", "value": 3},
}


def a_segment(desk: Desk, document: dict[str, Any], code: str = "tenants") -> None:
    """Save a segment and let it hold."""
    with desk.work(STAFF) as work:
        segments.save(work, code, document)
        rulebook.activate(work, "segment", code)


def test_a_list_is_filled_and_emptied_by_hand(desk: Desk, coalition: Coalition) -> None:
    ada, ben = coalition.a_member(), coalition.a_member("Ben")
    a_segment(desk, LIST)
    with desk.work(STAFF) as work:
        assert segments.add(work, "tenants", [ada.id, ben.id]) == 2
        assert segments.add(work, "tenants", [ada.id]) == 0
        assert segments.counts(work) == {"tenants": 2}
        assert segments.of(work, ada.id) == ("tenants",)
        assert segments.remove(work, "tenants", [ada.id]) == 1
        assert segments.of(work, ada.id) == ()


def test_a_paused_segment_has_no_members(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    a_segment(desk, LIST)
    with desk.work(STAFF) as work:
        segments.add(work, "tenants", [ada.id])
        rulebook.pause(work, "segment", "tenants")
    with desk.work(STAFF) as work:
        assert segments.of(work, ada.id) == ()
        rulebook.resume(work, "segment", "tenants")
    with desk.work(STAFF) as work:
        assert segments.of(work, ada.id) == ("tenants",)


def test_only_a_list_is_filled_by_hand(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    a_segment(desk, DRAWN, "regulars")
    with desk.work(STAFF) as work, pytest.raises(InvalidBodyError):
        segments.add(work, "regulars", [ada.id])
    with desk.work(STAFF) as work, pytest.raises(RuleUnknownError):
        segments.add(work, "nobody", [ada.id])


def test_a_segment_that_can_not_be_is_refused_with_the_place(desk: Desk) -> None:
    wrong = {"name": {}, "condition": {"fact": "visits", "is": ">=", "value": 3}}
    with desk.work(STAFF) as work, pytest.raises(InvalidRuleError) as refused:
        segments.save(work, "regulars", wrong)
    assert set(refused.value.members["errors"]) == {"name.en", "condition.over"}


def test_a_list_stays_a_list(desk: Desk) -> None:
    a_segment(desk, LIST)
    with desk.work(STAFF) as work, pytest.raises(InvalidRuleError):
        segments.save(work, "tenants", DRAWN)


def test_a_merger_takes_segments_and_birthday_along(desk: Desk, coalition: Coalition) -> None:
    ada, ben = coalition.a_member(born_on=date(1990, 5, 17)), coalition.a_member("Ben")
    a_segment(desk, LIST)
    with desk.work(STAFF) as work:
        segments.add(work, "tenants", [ada.id, ben.id])
        mergers.merge(work, ada.id, ben.id, reason="one person")
    with desk.work(STAFF) as work:
        assert segments.counts(work) == {"tenants": 1}
        assert segments.of(work, ben.id) == ("tenants",)
        assert segments.add(work, "tenants", [ada.id]) == 0
        merged = work.session.get(Member, ben.id)
        assert merged is not None
        assert merged.born_on == date(1990, 5, 17)


class TestBirthdays:
    """The day of birth: checked, set, forgotten, told to nobody."""

    def test_nobody_joins_who_is_not_born(self, coalition: Coalition) -> None:
        with pytest.raises(InvalidBodyError):
            coalition.a_member(born_on=date(2026, 5, 2))

    def test_it_can_be_set_and_forgotten(self, desk: Desk, coalition: Coalition) -> None:
        ada = coalition.a_member()
        for born in (date(1990, 5, 17), None):
            with desk.work(STAFF) as work:
                members.set_born_on(work, ada.id, born)
            with desk.work(STAFF) as work:
                kept = work.session.get(Member, ada.id)
                assert kept is not None
                assert kept.born_on == born

    def test_the_audit_does_not_keep_the_day(self, desk: Desk, coalition: Coalition) -> None:
        ada = coalition.a_member()
        with desk.work(STAFF) as work:
            members.set_born_on(work, ada.id, date(1990, 5, 17))
        with desk.work(STAFF) as work:
            rows = work.rows("SELECT row_to_json(a)::text FROM audit_records a")
            assert any("member.born_on" in row[0] for row in rows)
            assert not any("1990" in row[0] for row in rows)
