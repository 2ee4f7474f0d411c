"""Adjustments: alone up to a limit, by two above it, reversed once, never below zero."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from stoa.errors import (
    AdjustmentClosedError,
    AdjustmentUnknownError,
    BalanceLimitError,
    FourEyesError,
    IdempotencyMismatchError,
    InsufficientPointsError,
    InvalidAmountError,
    InvalidBodyError,
    MemberUnknownError,
    StoaError,
)
from stoa.models.members import Member
from stoa.services import (
    adjustments,
    earning,
    ledger,
    members,
    partners,
    redemption,
    returns,
    rosters,
)
from stoa.services.adjustments import Adjustment
from stoa.services.redemption import Ask
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, a_key, met

ADA = Actor(f"staff:{public_id('stf', UUID(int=1))}")
BEN = Actor(f"staff:{public_id('stf', UUID(int=2))}")


@pytest.fixture
def member(coalition: Coalition) -> Someone:
    """Return a member without points."""
    return coalition.a_member()


def adjust(desk: Desk, member: Someone, points: int, by: Actor = ADA, **terms: Any) -> Adjustment:
    """Adjust points in a work of its own."""
    words: dict[str, Any] = {"reason_code": "goodwill", "note": "a late bus", **terms}
    with desk.work(by) as work:
        return adjustments.adjust(work, member.id, points, **words)


def approve(desk: Desk, asked: Adjustment, by: Actor = BEN) -> Adjustment:
    """Approve a proposal in a work of its own."""
    with desk.work(by) as work:
        return adjustments.approve(work, asked.id, note="seen")


def decline(desk: Desk, asked: Adjustment, by: Actor = BEN) -> Adjustment:
    """Decline a proposal in a work of its own."""
    with desk.work(by) as work:
        return adjustments.decline(work, asked.id, reason="not so")


def reverse(desk: Desk, posted: Adjustment, by: Actor = ADA) -> Adjustment:
    """Propose a reversal in a work of its own."""
    with desk.work(by) as work:
        return adjustments.reverse(work, posted.id, note="a mistake")


def available(desk: Desk, member: Someone) -> int:
    """Return what a member can spend."""
    with desk.work(ADA) as work:
        return ledger.balance_of(work, member.id, "STAR").balance.available


def earned(coalition: Coalition, member: Someone, total: str) -> UUID:
    """Let a member earn a point for each whole unit; return the purchase."""
    with coalition.desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, coalition.a_purchase(member, total), key=a_key()).purchase_id


class TestGiving:
    """Points that come."""

    def test_they_are_a_lot_that_ends_by_the_currencys_rule(
        self, desk: Desk, member: Someone
    ) -> None:
        posted = adjust(desk, member, 500)
        assert (posted.state, posted.decided_by) == ("posted", ADA.name)
        with desk.work(ADA) as work:
            statement = ledger.balance_of(work, member.id, "STAR")
            (entry,) = ledger.history(work, member.id, "STAR")
            (row,) = work.rows("SELECT account, payer_id, price, available_on FROM postings")
        assert statement.expiring == ((date(2027, 5, 31), 500),)
        assert (entry.kind, entry.points, entry.reason) == ("adjust", 500, "goodwill")
        assert entry.transaction_id == posted.id
        assert entry.arithmetic == "+500 points by hand: goodwill"
        assert tuple(row) == ("adjusted", None, None, date(2026, 5, 1))

    def test_a_partner_may_pay_for_them_until_a_given_day(
        self, desk: Desk, coalition: Coalition, member: Someone
    ) -> None:
        adjust(
            desk, member, 20, payer_id=coalition.cinema, price=Decimal("0.011"),
            expires_on=date(2026, 5, 1),
        )  # fmt: skip
        with desk.work(ADA) as work:
            (row,) = work.rows("SELECT payer_id, price, expires_on FROM postings")
        assert tuple(row) == (coalition.cinema, Decimal("0.011"), date(2026, 5, 1))

    def test_they_repay_no_debt(self, desk: Desk, coalition: Coalition, member: Someone) -> None:
        bought = earned(coalition, member, "100.00")
        with desk.work(coalition.as_cinema()) as work:
            held = redemption.hold(work, Ask(met(work, member), "main", 100), key=a_key())
            redemption.capture(work, held.redemption.id, points=None, key=a_key())
        with desk.work(coalition.as_grocery()) as work:
            returns.return_lines(work, bought, None, key=a_key())
        adjust(desk, member, 30)
        with desk.work(ADA) as work:
            balance = ledger.balance_of(work, member.id, "STAR").balance
        assert (balance.available, balance.debt) == (30, 100)

    def test_a_wallet_takes_no_more_than_its_limit(
        self, desk: Desk, member: Someone, database: str
    ) -> None:
        adjust(desk, member, 2000)
        owner = create_engine(database, poolclass=NullPool)
        with owner.begin() as connection:
            connection.exec_driver_sql(
                "ALTER TABLE wallets DROP CONSTRAINT ck_wallets_limit, ADD CONSTRAINT"
                " ck_wallets_limit CHECK (available <= 2000)"
            )
        with pytest.raises(BalanceLimitError):
            adjust(desk, member, 1)

    def test_an_event_tells_of_them(self, desk: Desk, member: Someone) -> None:
        posted = adjust(desk, member, 500)
        with desk.work(ADA) as work:
            rows = work.rows("SELECT facts FROM outbox WHERE topic = 'points.adjusted'")
        assert [row[0] for row in rows] == [
            {
                "adjustment": public_id("adj", posted.id), "points": 500, "currency": "STAR",
                "reason": "goodwill",
            }
        ]  # fmt: skip


class TestTaking:
    """Points that go."""

    def test_those_that_end_first_go_first(
        self, desk: Desk, coalition: Coalition, member: Someone, clock: FixedClock
    ) -> None:
        earned(coalition, member, "100.00")
        clock.move(days=40)
        earned(coalition, member, "50.00")
        adjust(desk, member, -120, reason_code="fraud")
        with desk.work(ADA) as work:
            assert ledger.balance_of(work, member.id, "STAR").expiring == ((date(2027, 6, 30), 30),)

    def test_never_more_go_than_are_free(
        self, desk: Desk, coalition: Coalition, member: Someone
    ) -> None:
        earned(coalition, member, "100.00")
        with desk.work(coalition.as_cinema()) as work:
            redemption.hold(work, Ask(met(work, member), "main", 60), key=a_key())
        with pytest.raises(InsufficientPointsError) as refused:
            adjust(desk, member, -41)
        assert refused.value.members == {"available_points": 40, "short_by_points": 1}
        assert adjust(desk, member, -40).state == "posted"

    def test_points_past_their_last_day_are_none(
        self, desk: Desk, member: Someone, clock: FixedClock
    ) -> None:
        adjust(desk, member, 10, expires_on=date(2026, 5, 1))
        clock.move(days=1)
        with pytest.raises(InsufficientPointsError):
            adjust(desk, member, -1)

    def test_pending_points_count_from_their_day_on(
        self, desk: Desk, coalition: Coalition, member: Someone, clock: FixedClock
    ) -> None:
        with desk.work(Actor("cli")) as work:
            partners.agree(
                work, coalition.grocery, effective_from=date(2026, 5, 1),
                issue_price=Decimal("0.012"), reimbursement_rate=Decimal("0.009"),
                backdate_days=30, return_days=30, pending_days=3,
            )  # fmt: skip
        earned(coalition, member, "100.00")
        with pytest.raises(InsufficientPointsError):
            adjust(desk, member, -100)
        clock.move(days=3)
        assert adjust(desk, member, -100).state == "posted"

    def test_a_hold_at_once_overdraws_nothing(
        self, desk: Desk, coalition: Coalition, member: Someone
    ) -> None:
        earned(coalition, member, "100.00")

        def take(number: int) -> str:
            try:
                if number % 2:
                    return adjust(desk, member, -15).state
                with desk.work(coalition.as_cinema()) as work:
                    redemption.hold(work, Ask(met(work, member), "main", 15), key=a_key())
            except InsufficientPointsError:
                return "short"
            return "held"

        with ThreadPoolExecutor(12) as threads:
            told = Counter(threads.map(take, range(12)))
        assert told["posted"] + told["held"] == 6
        assert available(desk, member) == 10


class TestTheLimit:
    """Who may do what alone."""

    def test_above_it_a_second_person_has_to_approve(self, desk: Desk, member: Someone) -> None:
        asked = adjust(desk, member, 5001)
        assert (asked.state, available(desk, member)) == ("proposed", 0)
        posted = approve(desk, asked)
        assert (posted.state, posted.decided_by, posted.decision) == ("posted", BEN.name, "seen")
        assert available(desk, member) == 5001

    def test_it_can_not_be_split(self, desk: Desk, member: Someone, clock: FixedClock) -> None:
        assert adjust(desk, member, 3000).state == "posted"
        assert adjust(desk, member, -2001).state == "proposed"
        assert adjust(desk, member, -2000).state == "posted"
        assert adjust(desk, member, 1, BEN).state == "proposed"
        with desk.work(BEN) as work:
            assert adjustments.left_alone(work, member.id) == 0
        clock.move(hours=12)
        assert adjust(desk, member, 1).state == "posted"

    def test_what_two_have_seen_does_not_count(self, desk: Desk, member: Someone) -> None:
        approve(desk, adjust(desk, member, 9000))
        assert adjust(desk, member, 5000).state == "posted"

    def test_many_at_once_stay_within_it(self, desk: Desk, member: Someone) -> None:
        with ThreadPoolExecutor(8) as threads:
            told = Counter(threads.map(lambda _: adjust(desk, member, 2000).state, range(8)))
        assert told == {"posted": 2, "proposed": 6}
        assert available(desk, member) == 4000

    def test_without_a_limit_each_is_seen_by_two(self, desk: Desk, member: Someone) -> None:
        desk.programme = replace(desk.programme, adjustment_limit=0)
        assert adjust(desk, member, 1).state == "proposed"

    def test_nobody_approves_what_they_proposed(self, desk: Desk, member: Someone) -> None:
        asked = adjust(desk, member, 5001)
        with pytest.raises(FourEyesError):
            approve(desk, asked, ADA)
        desk.programme = replace(desk.programme, adjustment_limit=10_000)
        with pytest.raises(FourEyesError):
            approve(desk, asked, ADA)
        assert available(desk, member) == 0

    @pytest.mark.parametrize(
        "actor", [Actor("cli"), Actor("worker"), Actor("client:cli_1", new_uuid())]
    )
    def test_only_people_adjust(self, desk: Desk, member: Someone, actor: Actor) -> None:
        asked = adjust(desk, member, 5001)
        with pytest.raises(FourEyesError):
            adjust(desk, member, 1, actor)
        for deed in (approve, decline, reverse):
            with pytest.raises(FourEyesError):
                deed(desk, asked, actor)


class TestDeciding:
    """Each proposal is decided once."""

    def test_two_approvals_at_once_give_one_posting(self, desk: Desk, member: Someone) -> None:
        asked = adjust(desk, member, 6000)
        people = [Actor(f"staff:{public_id('stf', UUID(int=9 + n))}") for n in range(16)]

        def decide(person: Actor) -> str:
            try:
                return approve(desk, asked, person).state
            except StoaError as refused:
                return refused.code

        with ThreadPoolExecutor(16) as threads:
            told = Counter(threads.map(decide, people))
        assert told == {"posted": 1, "ADJUSTMENT_CLOSED": 15}
        assert available(desk, member) == 6000

    def test_of_an_approval_and_a_rejection_at_once_one_holds(
        self, desk: Desk, member: Someone
    ) -> None:
        for _ in range(4):
            asked = adjust(desk, member, 6000)
            before = available(desk, member)

            def decide(deed: Callable[..., Adjustment], asked: Adjustment = asked) -> str:
                try:
                    return deed(desk, asked).state
                except AdjustmentClosedError:
                    return "closed"

            with ThreadPoolExecutor(2) as threads:
                told = set(threads.map(decide, (approve, decline)))
            came = available(desk, member) - before
            assert told in ({"posted", "closed"}, {"rejected", "closed"})
            assert came == (6000 if "posted" in told else 0)

    def test_a_rejected_one_stays_rejected(self, desk: Desk, member: Someone) -> None:
        asked = adjust(desk, member, 6000)
        assert decline(desk, asked).state == "rejected"
        with pytest.raises(AdjustmentClosedError) as refused:
            approve(desk, asked)
        assert refused.value.members == {"state": "rejected"}

    def test_whoever_proposed_it_withdraws_it(self, desk: Desk, member: Someone) -> None:
        assert decline(desk, adjust(desk, member, 6000), ADA).state == "withdrawn"

    def test_what_lacks_points_goes_on_waiting(self, desk: Desk, member: Someone) -> None:
        asked = adjust(desk, member, -6000)
        with pytest.raises(InsufficientPointsError):
            approve(desk, asked)
        with desk.work(BEN) as work:
            assert [each.id for each in adjustments.waiting(work)] == [asked.id]

    def test_a_day_that_is_over_by_then_is_refused(
        self, desk: Desk, member: Someone, clock: FixedClock
    ) -> None:
        asked = adjust(desk, member, 6000, expires_on=date(2026, 5, 2))
        clock.move(days=2)
        with pytest.raises(InvalidBodyError, match="not valid"):
            approve(desk, asked)

    def test_the_same_one_is_done_once(self, desk: Desk, member: Someone) -> None:
        mine = new_uuid()
        with ThreadPoolExecutor(8) as threads:
            told = threads.map(lambda _: adjust(desk, member, 7, adjustment_id=mine), range(8))
        assert {each.state for each in told} == {"posted"}
        assert available(desk, member) == 7
        with pytest.raises(IdempotencyMismatchError):
            adjust(desk, member, 8, adjustment_id=mine)

    def test_what_waits_and_what_was_decided_is_listed(self, desk: Desk, member: Someone) -> None:
        done, asked = adjust(desk, member, 1), adjust(desk, member, 6000)
        with desk.work(BEN) as work:
            assert [each.id for each in adjustments.waiting(work)] == [asked.id]
            assert [each.id for each in adjustments.decided(work)] == [done.id]
            assert adjustments.decided(work, member_id=new_uuid()) == []
            assert asked.member_name == "Ada"

    def test_the_trail_tells_before_and_after(self, desk: Desk, member: Someone) -> None:
        adjust(desk, member, 100)
        approve(desk, adjust(desk, member, 6000))
        decline(desk, adjust(desk, member, 7000))
        with desk.work(BEN) as work:
            changes = rosters.changes(work, [public_id("mem", member.id)])
        told = [(each.deed, each.before and each.before["state"]) for each in changes]
        assert Counter(told) == {
            ("adjustment.propose", None): 3,
            ("adjustment.post", "proposed"): 2,
            ("adjustment.reject", "proposed"): 1,
        }
        posted = next(each for each in changes if each.deed == "adjustment.post")
        assert posted.before is not None
        assert posted.after is not None
        assert (posted.before["available"], posted.after["available"]) == (100, 6100)
        assert (posted.after["state"], posted.after["note"]) == ("posted", "a late bus")


class TestReversing:
    """What was posted is taken back by its opposite, by two people, once."""

    def test_it_takes_the_lot_it_bore(
        self, desk: Desk, coalition: Coalition, member: Someone
    ) -> None:
        given = adjust(desk, member, 100)
        adjust(desk, member, 50, expires_on=date(2026, 5, 9))
        asked = reverse(desk, given)
        assert (asked.state, asked.points, asked.reverses) == ("proposed", -100, given.id)
        with pytest.raises(FourEyesError):
            approve(desk, asked, ADA)
        assert approve(desk, asked).state == "posted"
        with desk.work(ADA) as work:
            assert ledger.balance_of(work, member.id, "STAR").expiring == ((date(2026, 5, 9), 50),)
            assert adjustments.find(work, given.id).reversal == asked.id
        assert coalition

    def test_it_gives_back_what_was_taken(self, desk: Desk, member: Someone) -> None:
        adjust(desk, member, 100)
        approve(desk, reverse(desk, adjust(desk, member, -30)))
        assert available(desk, member) == 100

    def test_it_happens_once(self, desk: Desk, member: Someone) -> None:
        given = adjust(desk, member, 100)
        asked = reverse(desk, given)
        for _ in range(2):
            with pytest.raises(AdjustmentClosedError):
                reverse(desk, given, BEN)
            if asked.state == "proposed":
                asked = approve(desk, asked)
        with pytest.raises(AdjustmentClosedError):
            reverse(desk, asked)
        assert available(desk, member) == 0

    def test_many_at_once_are_one(self, desk: Desk, member: Someone) -> None:
        given = adjust(desk, member, 100)

        def undo(_number: int) -> str:
            try:
                return reverse(desk, given).state
            except AdjustmentClosedError:
                return "closed"

        with ThreadPoolExecutor(8) as threads:
            told = Counter(threads.map(undo, range(8)))
        assert told == {"proposed": 1, "closed": 7}

    def test_a_rejected_one_can_be_proposed_again(self, desk: Desk, member: Someone) -> None:
        given = adjust(desk, member, 100)
        decline(desk, reverse(desk, given))
        assert reverse(desk, given).state == "proposed"

    def test_it_never_takes_a_wallet_below_zero(
        self, desk: Desk, coalition: Coalition, member: Someone
    ) -> None:
        asked = reverse(desk, adjust(desk, member, 100))
        with desk.work(coalition.as_cinema()) as work:
            redemption.hold(work, Ask(met(work, member), "main", 1), key=a_key())
        with pytest.raises(InsufficientPointsError):
            approve(desk, asked)
        assert available(desk, member) == 99

    def test_what_was_not_posted_is_not_reversed(self, desk: Desk, member: Someone) -> None:
        with pytest.raises(AdjustmentClosedError):
            reverse(desk, adjust(desk, member, 6000))


class TestRefusals:
    """What makes no sense."""

    @pytest.mark.parametrize("points", [0, adjustments.MOST + 1, -adjustments.MOST - 1])
    def test_amounts(self, desk: Desk, member: Someone, points: int) -> None:
        with pytest.raises(InvalidAmountError):
            adjust(desk, member, points)

    @pytest.mark.parametrize(
        ("field", "points", "terms"),
        [
            ("reason_code", 1, {"reason_code": "because"}),
            ("note", 1, {"note": " "}),
            ("note", 1, {"note": "x" * 201}),
            ("currency", 1, {"currency": "MOON"}),
            ("payer", 1, {"payer_id": UUID(int=1)}),
            ("expires_on", 1, {"expires_on": date(2026, 4, 30)}),
            ("expires_on", -1, {"expires_on": date(2026, 5, 30)}),
        ],
    )
    def test_fields(
        self, desk: Desk, member: Someone, field: str, points: int, terms: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidBodyError) as refused:
            adjust(desk, member, points, **terms)
        assert list(refused.value.members["errors"]) == [field]

    def test_a_long_approval(self, desk: Desk, member: Someone) -> None:
        asked = adjust(desk, member, 6000)
        with pytest.raises(InvalidBodyError), desk.work(BEN) as work:
            adjustments.approve(work, asked.id, note="x" * 201)

    def test_nobodys(self, desk: Desk, member: Someone) -> None:
        with pytest.raises(MemberUnknownError):
            adjust(desk, replace(member, id=new_uuid()), 1)
        with pytest.raises(AdjustmentUnknownError), desk.work(BEN) as work:
            adjustments.approve(work, new_uuid())

    def test_a_membership_that_ended(self, desk: Desk, member: Someone) -> None:
        given, asked = adjust(desk, member, 5), adjust(desk, member, 6000)
        with desk.work(ADA) as work:
            work.session.get_one(Member, member.id).status = "closed"
        with pytest.raises(MemberUnknownError):
            adjust(desk, member, 1)
        for deed in (approve, reverse):
            with pytest.raises(MemberUnknownError):
                deed(desk, asked if deed is approve else given)
        assert decline(desk, asked).state == "rejected"

    def test_a_frozen_member_may_be_corrected(self, desk: Desk, member: Someone) -> None:
        with desk.work(ADA) as work:
            members.freeze(work, member.id, reason="fraud")
        assert adjust(desk, member, 5).state == "posted"
