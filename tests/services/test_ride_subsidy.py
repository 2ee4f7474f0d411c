"""The ride subsidy in the real house: a ticket pays once, whoever shows it and whenever."""

import pytest

from errands import a_kiosk
from stoa.errors import ClaimRefusedError
from stoa.services import benefits, earning
from stoa.services.benefits import Wish
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, a_key


def shows(
    desk: Desk, metro: Actor, who: Someone, ticket: str, fare: int = 800
) -> tuple[str, str] | str:
    """Show a ticket; return what is paid of it and what is left, or why not."""
    wish = Wish(who.token, "main", "ride_subsidy", subject=ticket, unit_price_minor=fare)
    try:
        with desk.work(metro) as work:
            done = benefits.claim(work, wish)
    except ClaimRefusedError as refused:
        return str(refused.members["reason"])
    return done.worth.amount, done.due.amount


@pytest.fixture
def metro(coalition: Coalition) -> Actor:
    return a_kiosk(coalition, "metro", "transit", from_minor=100_00, subsidy_minor=500)


def test_a_ticket_pays_a_part_of_one_ride_for_one_member(
    desk: Desk, clock: FixedClock, coalition: Coalition, metro: Actor
) -> None:
    ada, ben = coalition.a_member(), coalition.a_member("Ben")
    assert shows(desk, metro, ada, "T-1") == "not_enough_spent"
    for _ in range(2):
        for who in (ada, ben):
            with desk.work(coalition.as_grocery()) as work:
                earning.earn(work, coalition.a_purchase(who, "100.00"), key=a_key())
        clock.move(days=1)
    clock.move(days=-1)
    assert shows(desk, metro, ada, "T-1") == ("5.00", "3.00")
    assert shows(desk, metro, ada, "T-1") == "ticket_used"
    assert shows(desk, metro, ben, "T-1") == "ticket_used"
    assert shows(desk, metro, ada, "T-2", fare=300) == ("3.00", "0.00")
    assert shows(desk, metro, ada, "T-3") == "rides_used_up"
    clock.move(days=1)
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ben, "100.00"), key=a_key())
    assert shows(desk, metro, ben, "T-2") == "ticket_used"
    assert shows(desk, metro, ben, "T-3") == ("5.00", "3.00")
