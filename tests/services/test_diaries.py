"""Diaries: what members bought, net of what came back and of what points paid."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from stoa.errors import MemberUnknownError
from stoa.services import diaries, earning, mergers, redemption, returns
from stoa.services.redemption import Ask
from stoa.values.diary import Diary
from stoa.values.facts import Tender, TenderKind
from stoa.values.identifiers import new_uuid
from stoa.values.periods import Period
from stoa.work import Actor
from world import Coalition, FixedClock, Someone, a_key, met, minor, points_tender

EVER = Period(date.min, date.max)


def _buy(coalition: Coalition, who: Someone, total: str = "100.00", **changes: object) -> UUID:
    report = coalition.a_purchase(who, total, **changes)
    with coalition.desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, report, key=a_key()).purchase_id


def _diary(coalition: Coalition, who: Someone, *, points: bool = False) -> Diary:
    with coalition.desk.work(Actor("test")) as work:
        return diaries.of(work, who.id, points=points)


def test_a_purchase_is_an_entry(coalition: Coalition) -> None:
    ada = coalition.a_member()
    bought = _buy(coalition, ada, "812.00")
    diary = _diary(coalition, ada, points=True)
    entry = diary.entries[0]
    assert diary.enrolled_on == date(2026, 5, 1)
    assert (entry.purchase_id, entry.day, entry.spend_minor) == (bought, date(2026, 5, 1), 812_00)
    assert (entry.store, entry.partner, entry.partner_id) == ("main", "grocery", coalition.grocery)
    assert entry.at == coalition.desk.clock()
    assert entry.points == {"base": 812, "uplift": 0, "campaign": 0}


def test_a_member_without_purchases_has_an_empty_diary(coalition: Coalition) -> None:
    assert _diary(coalition, coalition.a_member()).entries == ()


def test_nobody_has_no_diary(coalition: Coalition) -> None:
    with coalition.desk.work(Actor("test")) as work, pytest.raises(MemberUnknownError):
        diaries.of(work, new_uuid())


def test_the_day_is_that_of_the_store(coalition: Coalition, clock: FixedClock) -> None:
    ada = coalition.a_member()
    clock.move(hours=11, minutes=59)
    _buy(coalition, ada)
    clock.move(minutes=2)
    _buy(coalition, ada)
    assert _diary(coalition, ada).days == (date(2026, 5, 1), date(2026, 5, 2))


def test_what_points_paid_is_not_spent(coalition: Coalition) -> None:
    ada = coalition.a_member()
    tenders = (Tender(TenderKind.CARD, minor("70.00")), Tender(TenderKind.POINTS, minor("30.00")))
    _buy(coalition, ada, "100.00", tenders=tenders)
    _buy(coalition, ada, "50.00", tenders=points_tender("50.00"))
    diary = _diary(coalition, ada)
    assert diary.spend(EVER) == 70_00
    assert diary.purchases(EVER) == 2


def test_other_money_is_a_visit_but_no_spend(coalition: Coalition) -> None:
    ada = coalition.a_member()
    _buy(coalition, ada, currency="EUR")
    diary = _diary(coalition, ada)
    assert (diary.spend(EVER), diary.purchases(EVER)) == (0, 1)


def test_what_came_back_is_not_spent_and_does_not_qualify(coalition: Coalition) -> None:
    ada = coalition.a_member()
    bought = _buy(coalition, ada, lines=["60.00", "40.00"])
    with coalition.desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, bought, {2: 1000}, key=a_key())
    entry = _diary(coalition, ada, points=True).entries[0]
    assert (entry.spend_minor, entry.points["base"]) == (60_00, 60)


def test_of_a_mixed_tender_only_the_money_comes_back_as_spend(coalition: Coalition) -> None:
    ada = coalition.a_member()
    tenders = (Tender(TenderKind.CARD, minor("70.00")), Tender(TenderKind.POINTS, minor("30.00")))
    bought = _buy(coalition, ada, lines=["50.00", "50.00"], tenders=tenders)
    with coalition.desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, bought, {1: 1000}, key=a_key())
    assert _diary(coalition, ada).spend(EVER) == 35_00


def test_a_purchase_that_is_all_back_is_no_entry(coalition: Coalition) -> None:
    ada = coalition.a_member()
    bought, void = _buy(coalition, ada), _buy(coalition, ada)
    with coalition.desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, bought, None, key=a_key())
        returns.void(work, void, key=a_key())
    assert _diary(coalition, ada).entries == ()


def test_redeeming_does_not_lessen_what_qualifies(coalition: Coalition) -> None:
    ada = coalition.a_member()
    _buy(coalition, ada, "1000.00")
    with coalition.desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 900), key=a_key())
        redemption.capture(work, held.redemption.id, points=900, key=a_key())
    assert _diary(coalition, ada, points=True).qualifying_points(EVER) == 1000


def test_points_owed_after_a_return_do_not_qualify(coalition: Coalition) -> None:
    ada = coalition.a_member()
    bought = _buy(coalition, ada, lines=["500.00", "500.00"])
    with coalition.desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 900), key=a_key())
        redemption.capture(work, held.redemption.id, points=900, key=a_key())
    with coalition.desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, bought, {1: 1000}, key=a_key())
    assert _diary(coalition, ada, points=True).qualifying_points(EVER) == 500


def test_who_another_was_merged_into_did_what_both_did(coalition: Coalition) -> None:
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    _buy(coalition, ada, "100.00")
    _buy(coalition, bob, "50.00")
    with coalition.desk.work(Actor("staff:test")) as work:
        mergers.merge(work, bob.id, ada.id, reason="the same person")
    diary = _diary(coalition, ada, points=True)
    assert (diary.spend(EVER), diary.qualifying_points(EVER)) == (150_00, 150)
    with coalition.desk.work(Actor("test")) as work:
        assert [member_id for member_id, _ in diaries.stream(work)] == [ada.id]


def test_the_stream_tells_of_each_member_what_one_reading_tells(
    coalition: Coalition, clock: FixedClock
) -> None:
    people = [coalition.a_member(f"M{number}") for number in range(7)]
    for number, who in enumerate(people[:6]):
        for _ in range(number):
            clock.now += timedelta(days=1)
            _buy(coalition, who, f"{number}0.00")
    ids = sorted(who.id for who in people)
    for points in (False, True):
        with coalition.desk.work(Actor("test")) as work:
            streamed = list(diaries.stream(work, points=points, batch=2))
            assert [member_id for member_id, _ in streamed] == ids
            for member_id, diary in streamed:
                assert diary == diaries.of(work, member_id, points=points)
            behind = diaries.stream(work, points=points, after=ids[2])
            assert list(behind) == streamed[3:]
            listed = diaries.stream(work, members=[ids[4], ids[1], ids[4]], points=points)
            assert [member_id for member_id, _ in listed] == [ids[1], ids[4]]
