"""Saboteurs of referrals: one line broken, and a trial that has to notice."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from sales import open_plain_desk
from stoa.config import Settings
from stoa.errors import StoaError
from stoa.models import functions as ledger_functions
from stoa.services import (
    earning,
    invariants,
    invitations,
    ledger,
    members,
    outbox,
    referrals,
    returns,
)
from stoa.services.ledger import LimitReachedError, Side
from stoa.work import Actor, Desk, Work
from stoa.worker import follow
from world import Coalition, FixedClock, Someone, a_coalition, a_key

WORKER = Actor("worker")
SABOTEURS = {
    "a reward before its day": ("OR told.due_on > p_today", ""),
    "a reward for another purchase": ("OR told.first_purchase_id <> p_purchase", ""),
    "a reward for what came back": ("AND p.status = 'posted' AND", "AND"),
    "a reward of the frozen": ("AND m.status <> 'active'", "AND false"),
    "one side alone": ("generate_series(1, 2) AS n", "generate_series(1, 1) AS n"),
    "limits forgotten": ("p_facts -> (side.n - 1), p_uses -> (side.n - 1)",
                         "p_facts -> (side.n - 1), NULL"),
    "a bonus that is not noted": ("inviter_bonus = CASE WHEN p_points[1] > 0 THEN p_bonuses[1] END",
                                  "inviter_bonus = NULL"),
}  # fmt: skip


@pytest.fixture
def broken_desk(database: str, settings: Settings, clock: FixedClock) -> Iterator[Desk]:
    """Return a desk whose ledger a saboteur may have touched: nothing is checked at its end."""
    desk = open_plain_desk(database, settings)
    desk.clock = clock
    yield desk
    desk.close()


def _reward(work: Work, invitee: Someone, purchase_id: UUID, *, left: int = 1000) -> bool:
    caps = [{"every": "campaign", "since": "0001-01-01", "points": left, "uses": None}]
    uses = ({"campaign": "referral:friends", "points": 20, "caps": caps},)
    side = Side((20,), {}, {}, uses)
    return ledger.reward(
        work, invitee.id, purchase_id=purchase_id, sides=(side, side), reason="referral:friends",
        payers=[None], expires_on=None,
    )  # fmt: skip


def _friend(coalition: Coalition, inviter: Someone, name: str) -> tuple[Someone, UUID]:
    with coalition.desk.work(coalition.as_grocery()) as work:
        found, card = members.enrol(work, name)
        invitations.join(work, found.id, invitations.code_of(work, inviter.id))
    friend = Someone(found.id, members.Token("card", card))
    with coalition.desk.work(coalition.as_grocery()) as work:
        sale = earning.earn(work, coalition.a_purchase(friend, "50.00"), key=a_key())
    with coalition.desk.work(WORKER) as work:
        outbox.tell(work, follow, limit=100)
    return friend, sale.purchase_id


def _trial(desk: Desk, clock: FixedClock) -> None:
    coalition = a_coalition(desk)
    document = {
        "name": {"en": "Friends"}, "budget_points": 1000, "settle_days": 2,
        "reward": {"inviter_points": 20, "invitee_points": 20},
    }  # fmt: skip
    with desk.work(WORKER) as work:
        referrals.save(work, "friends", document)
        referrals.activate(work, "friends")
    ada = coalition.a_member("Ada")
    bob, bobs = _friend(coalition, ada, "Bob")
    cleo, cleos = _friend(coalition, ada, "Cleo")
    eve, eves = _friend(coalition, ada, "Eve")
    with desk.work(WORKER) as work:
        assert not _reward(work, bob, bobs)
    clock.move(days=2)
    with desk.work(coalition.as_grocery()) as work:
        second = earning.earn(work, coalition.a_purchase(bob, "50.00"), key=a_key()).purchase_id
        returns.return_lines(work, cleos, None, key=a_key())
    with desk.work(WORKER) as work:
        assert not _reward(work, bob, second)
        with pytest.raises(LimitReachedError):
            _reward(work, bob, bobs, left=19)
        assert _reward(work, bob, bobs)
        assert not _reward(work, bob, bobs)
        assert not _reward(work, cleo, cleos)
        members.freeze(work, eve.id, reason="test")
        work.session.flush()
        assert not _reward(work, eve, eves)
        got = [ledger.balance_of(work, each.id, "STAR").balance.available for each in (ada, bob)]
        assert got == [20, 120]
        kept = work.rows("SELECT inviter_bonus, invitee_bonus FROM referrals"
                         " WHERE state = 'rewarded'")[0]  # fmt: skip
        assert None not in tuple(kept)
    with desk.work(WORKER) as work:
        assert invariants.check_invariants(work) == []


def test_the_trial_passes_on_referrals_as_they_are(broken_desk: Desk, clock: FixedClock) -> None:
    _trial(broken_desk, clock)


@pytest.mark.parametrize("name", SABOTEURS)
def test_the_trial_notices(broken_desk: Desk, database: str, clock: FixedClock, name: str) -> None:
    text = ledger_functions("referrals")
    assert text.count(SABOTEURS[name][0]) == 1, "the saboteur finds no place, or more than one"
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(text.replace(*SABOTEURS[name]).replace("%", "%%"))
    engine.dispose()
    with pytest.raises((AssertionError, StoaError, DBAPIError, LimitReachedError,
                        pytest.fail.Exception)):  # fmt: skip
        _trial(broken_desk, clock)
