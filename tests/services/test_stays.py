"""Stays: what the gates of a car park saw, kept once and told anew with each event."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from stoa.errors import (
    GateEventTakenError,
    InvalidBodyError,
    StayUnknownError,
    StoaError,
    StoreUnknownError,
)
from stoa.services import stays
from stoa.services.stays import Asked, Noted, Sighting, Stay
from stoa.values.stays import Side
from stoa.work import Desk, Work
from world import NOON, Coalition, FixedClock

PLATE = "沪A12345"


def seen(side: str, at: datetime = NOON, **more: object) -> Sighting:
    given = {"carpark": "main", "plate": PLATE, "side": Side(side), "at": at, "gate": "G1"}
    return Sighting(**given | more)  # type: ignore[arg-type]  # as a test likes it


def told(work: Work) -> list[tuple[str, str]]:
    return [(each.state, each.why) for each in stays.listed(work, Asked())]


def test_a_car_comes_in_and_leaves(desk: Desk, coalition: Coalition, clock: FixedClock) -> None:
    with desk.work(coalition.as_cinema()) as work:
        came = stays.note(work, seen("IN", plate="滬a·12345"))
        assert (came.repeated, came.stay.state, came.stay.plate) == (False, "inside", PLATE)
        assert stays.inside(work, "沪A 12345") == came.stay
        clock.move(hours=4, minutes=9, seconds=1)
        assert came.stay.minutes(work.now()) == 250
        left = stays.note(work, seen("OUT", work.now(), gate="G2")).stay
        assert (left.id, left.state, left.minutes(work.now())) == (came.stay.id, "left", 250)
        with pytest.raises(StayUnknownError):
            stays.inside(work, PLATE)


def test_an_event_is_kept_once(desk: Desk, coalition: Coalition) -> None:
    with desk.work(coalition.as_cinema()) as work:
        first = stays.note(work, seen("IN"))
        assert stays.note(work, seen("IN")) == Noted(first.stay, repeated=True)
        named = stays.note(work, seen("IN", plate="AB 1234", event_id="E-1"))
        assert stays.note(work, seen("IN", plate="ab1234", event_id="E-1")).repeated
        assert stays.find(work, named.stay.id) == named.stay
        with pytest.raises(GateEventTakenError):
            stays.note(work, seen("OUT", plate="AB 1234", event_id="E-1"))
        assert work.rows("SELECT count(*) FROM gate_events")[0][0] == 2


def test_one_event_ten_times_at_once_is_one_stay(desk: Desk, coalition: Coalition) -> None:
    found: list[Noted] = []

    def note() -> None:
        with desk.work(coalition.as_cinema()) as work:
            found.append(stays.note(work, seen("IN")))

    threads = [threading.Thread(target=note) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.stay.id for each in found}) == 1
    assert sorted(each.repeated for each in found) == [False] + [True] * 9
    with desk.work(coalition.as_cinema()) as work:
        assert told(work) == [("inside", "")]


def test_an_out_before_its_in_is_odd_until_the_in_is_heard(
    desk: Desk, coalition: Coalition
) -> None:
    with desk.work(coalition.as_cinema()) as work:
        odd = stays.note(work, seen("OUT")).stay
        assert (odd.state, odd.why, odd.minutes(work.now())) == ("odd", "no_in", None)
        mended = stays.note(work, seen("IN", NOON - timedelta(hours=2))).stay
        assert (mended.id, mended.state, mended.minutes(work.now())) == (odd.id, "left", 120)


def test_a_lost_out_makes_the_stay_odd_until_it_is_heard(desk: Desk, coalition: Coalition) -> None:
    with desk.work(coalition.as_cinema()) as work:
        lost = stays.note(work, seen("IN", NOON - timedelta(hours=5))).stay
        again = stays.note(work, seen("IN")).stay
        assert told(work) == [("inside", ""), ("odd", "no_out")]
        late = stays.note(work, seen("OUT", NOON - timedelta(hours=1))).stay
        assert (late.id, late.state, late.minutes(NOON)) == (lost.id, "left", 240)
        assert stays.inside(work, PLATE).id == again.id


def test_a_stay_between_two_is_told_late(desk: Desk, coalition: Coalition) -> None:
    hour = timedelta(hours=1)
    with desk.work(coalition.as_cinema()) as work:
        long = stays.note(work, seen("IN", NOON - 9 * hour)).stay
        stays.note(work, seen("OUT", NOON))
        stays.note(work, seen("OUT", NOON - 6 * hour))
        assert told(work) == [("odd", "no_in"), ("left", "")]
        stays.note(work, seen("IN", NOON - 3 * hour))
        assert told(work) == [("left", ""), ("left", "")]
        assert stays.find(work, long.id).out_at == NOON - 6 * hour


def test_a_late_event_reaches_no_further_than_its_neighbours(
    desk: Desk, coalition: Coalition
) -> None:
    hour = timedelta(hours=1)
    with desk.work(coalition.as_cinema()) as work:
        for number in range(20, 0, -2):
            stays.note(work, seen("IN", NOON - number * hour))
            stays.note(work, seen("OUT", NOON - (number - 1) * hour))
        before = {each.id: each for each in stays.listed(work, Asked(limit=100))}
        stays.note(work, seen("OUT", NOON - timedelta(hours=10, minutes=30)))
        after = {each.id: each for each in stays.listed(work, Asked(limit=100))}
        assert len(after) == 11
        assert {name: each for name, each in after.items() if name in before} == before


@pytest.mark.parametrize("last", ["IN", "OUT"])
def test_any_order_of_hearing_tells_the_same_stays(
    desk: Desk, coalition: Coalition, last: str
) -> None:
    hour = timedelta(hours=1)
    events = [
        seen("IN" if number % 2 else "OUT", NOON - number * hour) for number in range(17, 0, -1)
    ]
    if last == "IN":
        events = events[1:]
    with desk.work(coalition.as_cinema()) as work:
        for each in events[::3] + events[1::3][::-1] + events[2::3]:
            stays.note(work, each)
        mixed = [(each.in_at, each.out_at, each.state) for each in listed(work)]
    with desk.work(coalition.as_grocery()) as work:
        for each in events:
            stays.note(work, each)
        assert [(each.in_at, each.out_at, each.state) for each in listed(work)] == mixed


def listed(work: Work) -> list[Stay]:
    return stays.listed(work, Asked(limit=100))


def test_a_stay_over_midnight_and_over_the_change_of_clocks_has_its_true_length(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    # In London the clocks went back at 01:00 UTC on 25 October 2026: the hour from one to two
    # came twice, and a car that was inside was so for both.
    clock.now = datetime(2026, 10, 25, 3, tzinfo=UTC)
    with desk.work(coalition.as_cinema()) as work:
        stays.note(work, seen("IN", datetime.fromisoformat("2026-10-25T00:30:00+01:00")))
        left = stays.note(work, seen("OUT", datetime.fromisoformat("2026-10-25T02:30:00+00:00")))
        assert left.stay.minutes(work.now()) == 180


@pytest.mark.parametrize("late", [timedelta(minutes=5), timedelta(days=-31)])
def test_a_gates_clock_may_be_five_minutes_ahead_and_an_event_a_month_late(
    desk: Desk, coalition: Coalition, late: timedelta
) -> None:
    with desk.work(coalition.as_cinema()) as work:
        assert stays.note(work, seen("IN", NOON + late)).stay.state == "inside"
        beyond = late + timedelta(seconds=1 if late > timedelta() else -1)
        with pytest.raises(InvalidBodyError):
            stays.note(work, seen("IN", NOON + beyond))


def test_what_makes_no_sense_is_refused_and_leaves_nothing(
    desk: Desk, coalition: Coalition
) -> None:
    with desk.work(coalition.as_cinema()) as work:
        for odd, refusal in (
            (seen("IN", carpark="moon"), StoreUnknownError),
            (seen("IN", plate="?"), InvalidBodyError),
            (seen("IN", let_go_min=60), InvalidBodyError),
        ):
            with pytest.raises(refusal):
                stays.note(work, odd)
        assert work.rows("SELECT count(*) FROM gate_events")[0][0] == 0


def test_a_batch_keeps_what_is_right_and_tells_what_is_not(
    desk: Desk, coalition: Coalition
) -> None:
    with desk.work(coalition.as_cinema()) as work:
        batch = [seen("IN"), seen("IN", plate="?"), seen("IN"), seen("OUT", NOON, plate="AB 1")]
        noted = stays.note_each(work, batch)
    outcomes = [
        each.slug if isinstance(each, StoaError) else (each.stay.state, each.repeated)
        for each in noted
    ]
    assert outcomes == [("inside", False), "invalid-body", ("inside", True), ("odd", False)]


def test_a_partner_sees_no_stays_of_another(desk: Desk, coalition: Coalition) -> None:
    with desk.work(coalition.as_cinema()) as work:
        stay = stays.note(work, seen("IN")).stay
    with desk.work(coalition.as_grocery()) as work:
        assert told(work) == []
        with pytest.raises(StayUnknownError):
            stays.find(work, stay.id)
        with pytest.raises(StayUnknownError):
            stays.inside(work, PLATE)


def test_stays_are_listed_by_state_car_park_and_plate_page_by_page(
    desk: Desk, coalition: Coalition
) -> None:
    with desk.work(coalition.as_cinema()) as work:
        for number in range(5):
            stays.note(work, seen("IN", NOON - timedelta(hours=number), plate=f"AB 1{number}"))
        stays.note(work, seen("OUT", NOON, plate="AB 14"))
        first = stays.listed(work, Asked(limit=2))
        then = stays.listed(work, Asked(limit=9, before=first[-1].id))
        assert [each.plate for each in first + then] == [f"AB1{number}" for number in range(5)]
        assert [each.plate for each in stays.listed(work, Asked(state="left"))] == ["AB14"]
        assert len(stays.listed(work, Asked(carpark="main", plate="ab-12"))) == 1
        assert stays.listed(work, Asked(plate="?")) == []
        with pytest.raises(StoreUnknownError):
            stays.listed(work, Asked(carpark="moon"))


def test_stays_and_events_are_forgotten_after_400_days(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    with desk.work(coalition.as_cinema()) as work:
        stays.note(work, seen("OUT"))
        stays.note(work, seen("IN", plate="AB 1"))
    clock.move(days=400)
    with desk.work(coalition.as_cinema()) as work:
        assert stays.forget(work) == 0
    clock.move(seconds=1)
    with desk.work(coalition.as_cinema()) as work:
        assert stays.forget(work) == 3
        assert told(work) == [("inside", "")]  # for ever, as long as it is


def test_the_worker_is_told_of_who_came_and_left_without_the_plate(
    desk: Desk, coalition: Coalition
) -> None:
    with desk.work(coalition.as_cinema()) as work:
        stays.note(work, seen("IN", NOON - timedelta(hours=1)))
        stays.note(work, seen("OUT"))
    with desk.work(coalition.as_cinema()) as work:
        rows = work.rows("SELECT topic, facts::text FROM outbox WHERE topic LIKE 'parking.%%'")
    assert sorted(row[0] for row in rows) == ["parking.entered", "parking.left"]
    assert not any("12345" in row[1] for row in rows)
