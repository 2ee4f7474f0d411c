"""Segments: lists are filled by hand, and count while their rule is in the book."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from stoa.errors import InvalidBodyError, InvalidRuleError, RuleUnknownError
from stoa.models.members import Member
from stoa.services import earning, members, mergers, rulebook, segments
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, a_key

STAFF = Actor("staff:mei")
WORKER = Actor("worker")
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


class TestDrawing:
    """Who belongs to a condition is drawn from the diaries."""

    @pytest.fixture
    def shop(self, desk: Desk, coalition: Coalition) -> Callable[..., None]:
        """Return a deed that lets a member buy."""

        def buy(who: Someone, times: int = 1) -> None:
            for _ in range(times):
                with desk.work(coalition.as_grocery()) as work:
                    earning.earn(work, coalition.a_purchase(who), key=a_key())
                coalition.desk.clock.move(hours=1)  # type: ignore[attr-defined]

        return buy

    def test_two_visits_do_not_belong_and_three_do(
        self, desk: Desk, coalition: Coalition, shop: Callable[..., None]
    ) -> None:
        ada, ben = coalition.a_member(), coalition.a_member("Ben")
        shop(ada, 3)
        shop(ben, 2)
        a_segment(desk, DRAWN, "regulars")
        with desk.work(STAFF) as work:
            assert segments.preview(work, DRAWN) == 1
            assert segments.of(work, ada.id) == ()
        with desk.work(WORKER) as work:
            assert segments.refresh(work) == 1
            assert segments.refresh(work) == 0
            assert segments.of(work, ada.id) == ("regulars",)
            assert segments.of(work, ben.id) == ()

    def test_windows_move_on_by_themselves(
        self, desk: Desk, coalition: Coalition, shop: Callable[..., None], clock: FixedClock
    ) -> None:
        ada = coalition.a_member()
        shop(ada, 3)
        a_segment(desk, DRAWN, "regulars")
        for days, there in ((0, True), (29, True), (1, False)):
            clock.move(days=days)
            with desk.work(WORKER) as work:
                assert segments.refresh(work) == 1
                assert (segments.of(work, ada.id) == ("regulars",)) is there, days
            clock.move(days=0)

    def test_a_new_version_is_drawn_at_once(
        self, desk: Desk, coalition: Coalition, shop: Callable[..., None]
    ) -> None:
        ada = coalition.a_member()
        shop(ada, 3)
        a_segment(desk, DRAWN, "regulars")
        with desk.work(WORKER) as work:
            segments.refresh(work)
        stricter = DRAWN | {"condition": DRAWN["condition"] | {"value": 4}}
        a_segment(desk, stricter, "regulars")
        with desk.work(WORKER) as work:
            assert segments.refresh(work) == 1
            assert segments.counts(work) == {}

    def test_every_fact_of_the_vocabulary_is_known(
        self, desk: Desk, coalition: Coalition, shop: Callable[..., None], clock: FixedClock
    ) -> None:
        ada = coalition.a_member(born_on=date(1990, 5, 17))
        shop(ada)
        clock.move(days=9)
        facts = [
            {"fact": "tier", "is": "in", "value": ["basic"]},
            {"fact": "member_days", "is": "=", "value": 9},
            {"fact": "days_since_purchase", "is": "=", "value": 9},
            {"fact": "birthday_month", "is": "=", "value": True},
            {"fact": "qualifying_points", "over": "ever", "is": "=", "value": 100},
            {"fact": "spend", "over": "calendar month", "is": "=", "value": 10_000},
        ]
        with desk.work(STAFF) as work:
            for fact in facts:
                assert segments.preview(work, {"name": {"en": "A"}, "condition": fact}) == 1, fact

    def test_who_never_bought_is_not_dormant(self, desk: Desk, coalition: Coalition) -> None:
        coalition.a_member()
        sleepers = {"fact": "days_since_purchase", "is": ">=", "value": 0}
        with desk.work(STAFF) as work:
            assert segments.preview(work, {"name": {"en": "A"}, "condition": sleepers}) == 0
            assert segments.preview(work, LIST) == 0

    def test_a_run_that_is_stopped_is_done_again(
        self, desk: Desk, coalition: Coalition, shop: Callable[..., None]
    ) -> None:
        shop(coalition.a_member(), 3)
        a_segment(desk, DRAWN, "regulars")
        with desk.work(WORKER) as work:
            assert segments.refresh(work, stopping=lambda: True) == 0
            assert segments.refresh(work) == 1
