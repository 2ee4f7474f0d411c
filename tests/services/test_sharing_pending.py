"""Points that are not yet mature can't be given, and a merger takes them along as they are."""

from decimal import Decimal

import pytest

from stoa.errors import InsufficientPointsError
from stoa.services import earning, ledger, mergers, partners, transfers
from stoa.services.ledger import Leg
from stoa.services.transfers import Gift
from stoa.values.identifiers import new_uuid
from stoa.work import Actor
from world import Coalition, FixedClock, Someone, a_key, met

STAFF = Actor("staff:test")


@pytest.fixture
def ada(coalition: Coalition, clock: FixedClock) -> Someone:
    """Return a member with 100 points that mature after two weeks."""
    with coalition.desk.work(STAFF) as work:
        agreement = partners.terms(work, coalition.grocery, version=-1).agreement_on(work.today())
        partners.agree(
            work, coalition.grocery, effective_from=work.today(),
            issue_price=agreement.issue_price, reimbursement_rate=agreement.reimbursement_rate,
            backdate_days=agreement.backdate_days, return_days=agreement.return_days,
            pending_days=14,
        )  # fmt: skip
    ada = coalition.a_member()
    with coalition.desk.work(coalition.as_grocery()) as work:
        earned = earning.earn(work, coalition.a_purchase(ada, "100.00"), key=a_key())
    assert (earned.balance.available, earned.balance.pending) == (0, 100)
    return ada


def test_pending_points_can_be_given_when_their_day_has_come(
    coalition: Coalition, clock: FixedClock, ada: Someone
) -> None:
    bob = coalition.a_member("Bob")
    with coalition.desk.work(coalition.as_cinema()) as work:
        gift = Gift(met(work, ada), bob.token, 100, "main")
        with pytest.raises(InsufficientPointsError) as refused:
            transfers.transfer(work, gift, key=a_key())
        assert refused.value.members["available_points"] == 0
        clock.move(days=15)
        done = transfers.transfer(work, gift, key=a_key())
    assert (done.balance.pending, done.received.available) == (0, 100)


def test_pending_points_stay_pending_after_a_merger_until_their_day(
    coalition: Coalition, clock: FixedClock, ada: Someone
) -> None:
    bob = coalition.a_member("Bob")
    with coalition.desk.work(STAFF) as work:
        mergers.merge(work, ada.id, bob.id, reason="test")
        statement = ledger.balance_of(work, bob.id, "STAR")
        assert (statement.balance.available, statement.balance.pending) == (0, 100)
        assert [points for _, points in statement.maturing] == [100]
    clock.move(days=15)
    with coalition.desk.work(Actor("worker")) as work:
        assert ledger.mature(work, bob.id, "STAR") == 100
        assert ledger.balance_of(work, bob.id, "STAR").balance.available == 100


def test_a_merger_takes_every_currency_along(coalition: Coalition, ada: Someone) -> None:
    bob = coalition.a_member("Bob")
    with coalition.desk.work(STAFF) as work:
        work.rows(
            "INSERT INTO currencies (code, name, expiry_rule, expiry_months, face_value,"
            " money_currency) SELECT 'MOON', 'Moon points', expiry_rule, expiry_months, face_value,"
            " money_currency FROM currencies RETURNING code"
        )
        ledger.open_wallet(work, ada.id, "MOON")
    with coalition.desk.work(coalition.as_grocery()) as work:
        store = partners.terms(work, coalition.grocery).store("main")
        assert store
        ledger.earn(
            work, ada.id, "MOON", partner_id=coalition.grocery, store_id=store.id, key=None,
            purchase_id=new_uuid(), settles=False, status="posted", terminal="t1",
            receipt_no="M-1", business_date=work.today(), occurred_at=work.now(),
            money_currency="CNY", total_minor=0, lines="[]", tenders="[]",
            explanation={"lines": []}, legs=[Leg(30, "base", None)], price=Decimal("0.01"),
            available_on=work.today(), pending=False, expires_on=None, facts={},
        )  # fmt: skip
    with coalition.desk.work(STAFF) as work:
        moved = mergers.merge(work, ada.id, bob.id, reason="test").moved
        assert [(each.currency, each.points) for each in moved] == [("MOON", 30), ("STAR", 100)]
        moon = ledger.balance_of(work, bob.id, "MOON")
        assert (moon.balance.available, moon.expiring) == (30, ())
