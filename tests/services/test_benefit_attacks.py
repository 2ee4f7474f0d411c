"""Claims as somebody sends them who wants more than is due: each way round a meter is closed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from garages import PLATE, a_garage
from stoa.errors import ClaimRefusedError, ClaimUnknownError, ParkingQuoteExpiredError
from stoa.services import benefits, parking, rulebook, stays
from stoa.services.benefits import Claimed, Wish
from stoa.services.stays import Sighting
from stoa.values.identifiers import new_uuid
from stoa.values.stays import Side
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone


def put(desk: Desk, code: str, **changes: Any) -> None:
    document = {
        "name": {"en": "Lounge"}, "unit": "ea", "gives": [{"amount_milli": 1000}],
        "worth": {"unit_minor": 3000},
    }  # fmt: skip
    with desk.work(Actor("cli")) as work:
        benefits.save(work, code, document | changes)
        rulebook.activate(work, "benefit", code)


def claim(desk: Desk, actor: Actor, who: Someone, code: str, **changes: Any) -> Claimed:
    with desk.work(actor) as work:
        return benefits.claim(work, Wish(who.token, "main", code, **changes))


def refusal(deed: Callable[[], object]) -> str:
    with pytest.raises(ClaimRefusedError) as refused:
        deed()
    return str(refused.value.members["reason"])


@pytest.mark.parametrize("spelling", ["滬A12O45", "沪a·120４5", "沪A-12O45", "沪 A 12045"])
def test_no_spelling_of_a_plate_washes_a_car_twice(
    desk: Desk, coalition: Coalition, spelling: str
) -> None:
    put(desk, "wash", subject={"kind": "vehicle", "most_milli": 1000, "every": "week"})
    ada, bob, cinema = coalition.a_member(), coalition.a_member("Bob"), coalition.as_cinema()
    claim(desk, cinema, ada, "wash", subject="沪A12045")
    assert refusal(lambda: claim(desk, cinema, bob, "wash", subject=spelling)) == "used_up"


def test_what_is_metered_by_the_stay_needs_one(desk: Desk, coalition: Coalition) -> None:
    put(desk, "lounge", meter={"every": "entry"})
    put(desk, "wash", subject={"kind": "vehicle", "most_milli": 1000, "every": "entry"})
    ada, cinema = coalition.a_member(), coalition.as_cinema()
    assert refusal(lambda: claim(desk, cinema, ada, "lounge")) == "stay_needed"
    assert refusal(lambda: claim(desk, cinema, ada, "wash", subject="沪A1")) == "stay_needed"
    claim(desk, cinema, ada, "lounge", stay=new_uuid())


def test_members_of_one_stay_at_once_use_it_once(desk: Desk, coalition: Coalition) -> None:
    put(desk, "lounge", meter={"every": "entry"})
    cinema, stay = coalition.as_cinema(), new_uuid()
    family = [coalition.a_member(f"Member {n}") for n in range(8)]

    def comes(place: int) -> bool:
        try:
            claim(desk, cinema, family[place], "lounge", stay=stay)
        except ClaimRefusedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(comes, range(8))) == 1


def test_nothing_is_claimed_of_days_to_come(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    put(desk, "ride", unit="min", gives=[{"amount_milli": 60_000}], worth={"unit_minor": 10})
    ada, cinema, now = coalition.a_member(), coalition.as_cinema(), clock()
    tomorrow, soon = now + timedelta(days=1), now + timedelta(hours=1)
    assert refusal(lambda: claim(desk, cinema, ada, "ride", at=tomorrow)) == "to_come"
    assert refusal(lambda: claim(desk, cinema, ada, "ride", since=soon)) == "to_come"


def test_points_of_a_paid_stay_come_back_with_its_quote_alone(
    coalition: Coalition, clock: FixedClock
) -> None:
    garage = a_garage(coalition, clock)
    ada = garage.driver()
    garage.visits(ada)
    garage.buys(ada, "1000.00")
    held = garage.applies(garage.quotes(), pay="points", who=ada)
    assert held.claim_id is not None
    for deed in (benefits.capture, benefits.release):
        with garage.desk.work(garage.actor()) as work, pytest.raises(ClaimUnknownError):
            deed(work, held.claim_id)
    paid = garage.captures(held)
    with garage.desk.work(garage.actor()) as work, pytest.raises(ClaimUnknownError):
        benefits.release(work, held.claim_id)
    assert garage.quotes().due.minor == 0
    assert garage.releases(paid).state == "released"
    assert garage.quotes().due.minor == held.due.minor


def test_a_quote_that_holds_nothing_ends_by_the_clock(
    coalition: Coalition, clock: FixedClock
) -> None:
    garage = a_garage(coalition, clock)
    garage.sees("IN", plate="沪B99999")
    clock.move(hours=2)
    held = garage.applies(garage.quotes("沪B99999"))
    clock.move(minutes=20)
    with pytest.raises(ParkingQuoteExpiredError):
        garage.captures(held)


def test_workers_at_once_settle_an_offline_gate_once(
    coalition: Coalition, clock: FixedClock
) -> None:
    garage = a_garage(coalition, clock)
    ada = garage.driver()
    garage.visits(ada)
    with garage.desk.work(garage.actor()) as work:
        stay = stays.note(
            work, Sighting("garage", PLATE, Side.OUT, clock(), offline=True, let_go_min=60)
        ).stay

    def settles(_: int) -> object:
        with garage.desk.work(garage.actor()) as work:
            return parking.settle(work, stay, 60).own_minor

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(settles, range(6))) == [0] * 6
    with garage.desk.work(Actor("cli")) as work:
        told = work.rows("SELECT count(*), sum(quantity_milli)::bigint FROM claims")
    assert tuple(told[0]) == (1, 60_000)
