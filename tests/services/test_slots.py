"""Slots: places at a time are booked with the hold, shared by a resource, freed by all ways out."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from orders import capture, order_of, rich, storm, take
from shelves import put
from stoa.errors import SlotTakenError, SlotUnknownError
from stoa.services import redemption, refunds, stock
from stoa.services.redemption import Held
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, a_key

AT_TWO = "2026-05-01T14:00:00+08:00"
SPA = "cinema:spa"


def slots(**changes: Any) -> dict[str, Any]:
    """Return an hour each from 10 to 18 on Fridays and Saturdays, two places."""
    return {
        "resource": "spa", "minutes": 60, "places": 2, "ahead_days": 7,
        "open": {"fri": ["10:00", "18:00"], "sat": ["10:00", "18:00"]},
    } | changes  # fmt: skip


def offered(coalition: Coalition, code: str = "spa", **changes: Any) -> None:
    """Offer an hour at the spa."""
    put(
        coalition.desk, code, provider="cinema", kind="service", points=10,
        slots=slots(**changes), max_quantity=2,
    )  # fmt: skip


def test_a_slot_sells_its_places_and_no_more(coalition: Coalition) -> None:
    offered(coalition, places=5)
    members = rich(coalition, 16)
    answers = storm([partial(take, coalition, who, SPA, slot=AT_TWO) for who in members])
    assert sum(isinstance(each, Held) for each in answers) == 5
    refused = [each for each in answers if isinstance(each, SlotTakenError)]
    assert (len(refused), {each.members["left_places"] for each in refused}) == (11, {0})
    take(coalition, members[0], SPA, slot="2026-05-01T15:00:00+08:00")


def test_rewards_of_one_resource_share_its_places(coalition: Coalition) -> None:
    offered(coalition)
    offered(coalition, "sauna")
    ada, eve = rich(coalition, 2)
    take(coalition, ada, SPA, slot=AT_TWO)
    take(coalition, eve, "cinema:sauna", slot="2026-05-01T06:00:00+00:00")
    with pytest.raises(SlotTakenError):
        take(coalition, ada, SPA, slot=AT_TWO)


def test_every_way_out_frees_the_place(desk: Desk, coalition: Coalition, clock: FixedClock) -> None:
    offered(coalition, places=1)
    (ada,) = rich(coalition, 1)
    held = take(coalition, ada, SPA, slot=AT_TWO)
    with desk.work(coalition.as_cinema()) as work:
        redemption.void(work, held.redemption.id, key=a_key())
    held = take(coalition, ada, SPA, slot=AT_TWO)
    capture(coalition, held)
    with desk.work(coalition.as_cinema()) as work:
        refunds.refund(work, held.redemption.id, points=None, key=a_key())
    held = take(coalition, ada, SPA, slot=AT_TWO, ttl_s=10)
    clock.move(seconds=10)
    with desk.work(Actor("worker")) as work:
        redemption.expire(work, ada.id, coalition.cinema, held.redemption.id, 10)
    held = take(coalition, ada, SPA, slot=AT_TWO)
    assert order_of(coalition, held.redemption.id).slot == AT_TWO


@pytest.mark.parametrize(
    "slot",
    [
        "",  # none named
        "two o'clock",
        "2026-05-01T14:00:00",  # of no zone
        "2026-05-01T14:30:00+08:00",  # between two
        "2026-05-01T18:00:00+08:00",  # it would end after the closing
        "2026-05-01T11:00:00+08:00",  # past: it is noon
        "2026-05-03T14:00:00+08:00",  # Sunday
        "2026-05-09T14:00:00+08:00",  # too far ahead
    ],
)
def test_a_time_that_is_none_is_refused(coalition: Coalition, slot: str) -> None:
    offered(coalition)
    (ada,) = rich(coalition, 1)
    with pytest.raises(SlotUnknownError):
        take(coalition, ada, SPA, slot=slot)


def test_what_is_not_booked_has_no_time(coalition: Coalition) -> None:
    (ada,) = rich(coalition, 1)
    with pytest.raises(SlotUnknownError):
        take(coalition, ada, slot=AT_TWO)


def test_places_and_units_of_days_long_over_are_forgotten(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    put(coalition.desk, "mug", provider="cinema", per_day=5, stock=9)
    offered(coalition)
    (ada,) = rich(coalition, 1)
    held = take(coalition, ada)
    take(coalition, ada, SPA, slot=AT_TWO)
    capture(coalition, held)
    with desk.work(Actor("worker")) as work:
        assert stock.forget(work) == 0
    clock.now = datetime.fromisoformat(AT_TWO) + timedelta(days=402)
    with desk.work(Actor("worker")) as work:
        assert stock.forget(work) == 2
    with desk.work(coalition.as_cinema()) as work:
        refunds.refund(work, held.redemption.id, points=None, key=a_key())
        assert stock.left(work, ["cinema:mug"]) == {"cinema:mug": 9}
