"""What no purchase tells may win a tier too: referrals, invitees and challenges."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from ladders import SILVER, a_ladder, buy, footing, hold, listen, tier
from stoa.services import rulebook, tiers
from stoa.values.identifiers import new_uuid
from stoa.work import Actor, Desk
from world import Coalition, Someone

THREE = {"fact": "purchasing_referrals", "over": "ever", "is": ">=", "value": 3}
THREE_SILVER = {"fact": "invitees_in_tier", "of": "silver", "is": ">=", "value": 3}
_REFERRAL = """
INSERT INTO referrals (invitee_id, inviter_id, code, state, invited_at, first_purchase_id,
       purchased_on)
VALUES (%s, %s, 'abc', %s, now(), %s, %s)
"""
_RUN = """
INSERT INTO challenge_runs (member_id, challenge, since, version, state, times, progress,
       completed_on, points, changed_at)
VALUES (%s, 'annual', '2026-01-01', 1, 'completed', 1, '[]', '2026-04-01', 0, now())
"""


@pytest.fixture
def run(database: str) -> Any:
    """Return what sends a statement as the owner."""

    def send(statement: str, *values: object) -> None:
        engine = create_engine(database, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement, values)
        engine.dispose()

    return send


def _invite(run: Any, inviter: Someone, invitee: Someone, state: str = "purchased") -> None:
    bought = state == "purchased"
    run(
        _REFERRAL, invitee.id, inviter.id, state, new_uuid() if bought else None,
        date(2026, 5, 1) if bought else None,
    )  # fmt: skip


def _look(desk: Desk, member_id: UUID) -> None:
    with desk.work(Actor("worker")) as work:
        tiers.reassess(work, member_id)


def test_three_invited_members_who_purchased_are_silver(coalition: Coalition, run: Any) -> None:
    hold(coalition.desk, a_ladder(THREE))
    ada = coalition.a_member()
    friends = [coalition.a_member(f"F{number}") for number in range(4)]
    _invite(run, ada, friends[0])
    _invite(run, ada, friends[1])
    _invite(run, ada, friends[2], "waiting")
    _look(coalition.desk, ada.id)
    assert tier(coalition.desk, ada) == "basic"
    _invite(run, ada, friends[3])
    _look(coalition.desk, ada.id)
    assert tier(coalition.desk, ada) == "silver"


def test_three_invitees_who_become_silver_make_gold(coalition: Coalition, run: Any) -> None:
    spent = {"fact": "spend", "over": "day", "is": ">=", "value": 100_00}
    hold(coalition.desk, a_ladder(spent, THREE_SILVER))
    ada = coalition.a_member()
    friends = [coalition.a_member(f"F{number}") for number in range(3)]
    for friend in friends:
        _invite(run, ada, friend)
    for friend in friends[:2]:
        buy(coalition, friend, "100.00")
    assert tier(coalition.desk, ada) == "basic"
    buy(coalition, friends[2], "100.00")
    assert tier(coalition.desk, ada) == "gold"


def test_a_refused_invitation_counts_for_nothing(coalition: Coalition, run: Any) -> None:
    spent = {"fact": "spend", "over": "day", "is": ">=", "value": 100_00}
    one = THREE_SILVER | {"value": 1}
    hold(coalition.desk, a_ladder(spent, one))
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    _invite(run, ada, bob, "refused")
    buy(coalition, bob, "100.00")
    assert tier(coalition.desk, ada) == "basic"


@pytest.mark.parametrize("state", ["waiting", "undone"])
def test_an_invitee_whose_purchase_does_not_count_makes_no_gold(
    coalition: Coalition, run: Any, state: str
) -> None:
    """#14: direct invitees who purchased, whatever their tier came of."""
    one = THREE_SILVER | {"value": 1}
    hold(coalition.desk, a_ladder(SILVER, one))
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    _invite(run, ada, bob, state)
    with coalition.desk.work(Actor("staff:test")) as work:
        tiers.assign(work, bob.id, "silver", reason="a regret")
    listen(coalition.desk)
    assert tier(coalition.desk, ada) == "basic"
    run("UPDATE referrals SET state = 'purchased', first_purchase_id = %s, purchased_on = %s",
        new_uuid(), date(2026, 5, 1))  # fmt: skip
    _look(coalition.desk, ada.id)
    assert tier(coalition.desk, ada) == "gold"


def test_a_challenge_done_wins_what_asks_for_it(coalition: Coalition, run: Any) -> None:
    tree = {"fact": "challenges_done", "over": "calendar year", "of": "annual", "is": ">=",
            "value": 1}  # fmt: skip
    hold(coalition.desk, a_ladder(tree))
    ada = coalition.a_member()
    with coalition.desk.work(Actor("staff:test")) as work:
        rulebook.save(work, "challenge", "annual", {"grants_eligibility": True})
    run(_RUN, ada.id)
    _look(coalition.desk, ada.id)
    found = footing(coalition.desk, ada)
    assert found
    assert found.tier == "silver"
    assert found.path
    assert found.path["day"] == "2026-04-01"
