"""Plates of members: bound, found by, unbound; what one partner bound no other sees."""

import threading

import pytest

from stoa.errors import (
    InvalidBodyError,
    MemberFrozenError,
    MemberUnknownError,
    PlateLimitError,
    PlateTakenError,
    PlateUnknownError,
    StoaError,
)
from stoa.services import members, mergers, plates
from stoa.services.members import Token
from stoa.services.plates import MOST_PLATES
from stoa.work import Actor, Desk
from world import Coalition

PLATE = "沪A12345"


def by_plate(text: str = PLATE) -> Token:
    return Token("plate", text)


def test_a_member_is_found_by_a_plate_however_it_is_written(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_cinema()) as work:
        assert plates.bind(work, ada.token, "滬a·12345").plate == PLATE
    with desk.work(coalition.as_grocery()) as work:
        assert members.find(work, by_plate("沪A 12345")).id == ada.id
        for odd in ("沪A12346", "no plate at all?"):
            with pytest.raises(MemberUnknownError):
                members.find(work, by_plate(odd))


def test_a_plate_bound_twice_is_bound_once(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_cinema()) as work:
        first = plates.bind(work, ada.token, PLATE)
    with desk.work(coalition.as_cinema()) as work:
        assert plates.bind(work, ada.token, PLATE) == first
        assert plates.of(work, ada.token) == [first]


def test_two_members_may_have_a_plate_and_the_first_is_found_by_it(
    desk: Desk, coalition: Coalition
) -> None:
    ada, bob, eve = (coalition.a_member(name) for name in ("Ada", "Bob", "Eve"))
    with desk.work(coalition.as_cinema()) as work:
        plates.bind(work, ada.token, PLATE)
        desk.clock.move(minutes=1)  # type: ignore[attr-defined]  # the tests' clock
        plates.bind(work, bob.token, PLATE)
        assert plates.members_of(work, PLATE) == [ada.id, bob.id]
        assert members.find(work, by_plate()).id == ada.id
        with pytest.raises(PlateTakenError):
            plates.bind(work, eve.token, PLATE)
        plates.unbind(work, ada.token, PLATE)
        assert members.find(work, by_plate()).id == bob.id
        assert plates.bind(work, eve.token, PLATE).plate == PLATE


def test_a_member_has_five_plates_at_most(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_cinema()) as work:
        for number in range(MOST_PLATES):
            plates.bind(work, ada.token, f"沪A1234{number}")
        plates.bind(work, ada.token, "沪A12340")
        with pytest.raises(PlateLimitError) as refused:
            plates.bind(work, ada.token, "沪B99999")
        assert refused.value.members == {"most": 5}


def test_what_one_partner_bound_no_other_sees_or_unbinds(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_cinema()) as work:
        plates.bind(work, ada.token, PLATE)
    with desk.work(coalition.as_grocery()) as work:
        assert plates.of(work, ada.token) == []
        with pytest.raises(PlateUnknownError):
            plates.unbind(work, ada.token, PLATE)
        plates.bind(work, ada.token, PLATE)
        plates.unbind(work, ada.token, PLATE)
        assert plates.members_of(work, PLATE) == [ada.id]
    with desk.work(Actor("staff:test")) as work:
        assert [each.plate for each in plates.all_of(work, ada.id)] == [PLATE]


def test_the_operator_unbinds_for_everybody_and_it_is_audited(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    for partner in (coalition.as_cinema(), coalition.as_grocery()):
        with desk.work(partner) as work:
            plates.bind(work, ada.token, PLATE)
    with desk.work(Actor("staff:test")) as work:
        plates.release(work, ada.id, PLATE, reason="the car was sold")
        assert plates.members_of(work, PLATE) == []
        with pytest.raises(PlateUnknownError):
            plates.release(work, ada.id, PLATE, reason="again")
    with desk.work(Actor("staff:test")) as work:
        kept = work.rows("SELECT before::text FROM audit_records WHERE deed = 'plate.release'")
        assert [PLATE in row[0] for row in kept] == [False]


def test_what_is_no_plate_and_who_is_frozen_is_refused(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_cinema()) as work:
        with pytest.raises(InvalidBodyError):
            plates.bind(work, ada.token, "?")
        with pytest.raises(PlateUnknownError):
            plates.unbind(work, ada.token, "?")
    with desk.work(Actor("staff:test")) as work:
        members.freeze(work, ada.id, reason="test")
    with desk.work(coalition.as_cinema()) as work, pytest.raises(MemberFrozenError):
        plates.bind(work, ada.token, PLATE)


def test_of_sixteen_members_at_once_two_get_a_plate(desk: Desk, coalition: Coalition) -> None:
    people = [coalition.a_member(f"M{number}") for number in range(16)]
    told: list[str] = []

    def bind(token: Token) -> None:
        try:
            with desk.work(coalition.as_cinema()) as work:
                plates.bind(work, token, PLATE)
            told.append("bound")
        except StoaError as refused:
            told.append(refused.slug)

    threads = [threading.Thread(target=bind, args=(each.token,)) for each in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["bound"] * 2 + ["plate-taken"] * 14


def test_a_mergers_plates_go_to_the_member_who_goes_on(desk: Desk, coalition: Coalition) -> None:
    ada, twin = coalition.a_member(), coalition.a_member()
    with desk.work(coalition.as_cinema()) as work:
        plates.bind(work, ada.token, PLATE)
        plates.bind(work, twin.token, PLATE)
        plates.bind(work, twin.token, "AB 1234")
    with desk.work(Actor("staff:test")) as work:
        mergers.merge(work, twin.id, ada.id, reason="one person")
        assert plates.members_of(work, PLATE) == [ada.id]
        assert [each.plate for each in plates.all_of(work, ada.id)] == [PLATE, "AB1234"] or [
            each.plate for each in plates.all_of(work, ada.id)
        ] == ["AB1234", PLATE]
