"""Claims as somebody sends them who wants more than is due: each way round a meter is closed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from stoa.errors import ClaimRefusedError
from stoa.services import benefits, rulebook
from stoa.services.benefits import Claimed, Wish
from stoa.values.identifiers import new_uuid
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
