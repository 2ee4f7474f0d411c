"""Households: who may do what with the pool, and whose points come back when somebody leaves."""

from datetime import UTC, datetime

import pytest

from stoa.errors import (
    HouseholdBusyError,
    HouseholdJoinedError,
    HouseholdRoleError,
    HouseholdUnknownError,
    InsufficientPointsError,
    InvalidBodyError,
    MemberFrozenError,
    StoreUnknownError,
    TransferLimitError,
)
from stoa.services import (
    clockwork,
    earning,
    households,
    ledger,
    members,
    mergers,
    redemption,
)
from stoa.services.ledger import Balance
from stoa.services.redemption import Ask, Held
from stoa.values.identifiers import new_uuid
from stoa.work import Actor
from world import Coalition, FixedClock, Someone, a_key, met

STAFF = Actor("staff:test")


@pytest.fixture
def ada(coalition: Coalition) -> Someone:
    """Return an owner with 100 points of her own and 60 in the pool."""
    ada = earner(coalition, "Ada", "160.00")
    with coalition.desk.work(coalition.as_grocery()) as work:
        households.found(work, ada.token, "Lovelace")
    give(coalition, ada, 60)
    return ada


@pytest.fixture
def bob(coalition: Coalition, ada: Someone) -> Someone:
    """Return a spender who gave 40 that end a month later."""
    clock = coalition.desk.clock
    assert isinstance(clock, FixedClock)
    clock.move(days=31)
    return a_relative(coalition, ada, "spender", "40.00", 40)


def earner(coalition: Coalition, name: str, total: str) -> Someone:
    someone = coalition.a_member(name)
    with coalition.desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(someone, total), key=a_key())
    return someone


def a_relative(coalition: Coalition, owner: Someone, role: str, total: str, points: int) -> Someone:
    someone = earner(coalition, role, total)
    with coalition.desk.work(coalition.as_grocery()) as work:
        households.add(work, met(work, owner), someone.token, role)
    give(coalition, someone, points)
    return someone


def give(coalition: Coalition, who: Someone, points: int) -> households.Contributed:
    with coalition.desk.work(coalition.as_grocery()) as work:
        return households.contribute(work, met(work, who), points, "main")


def leave(coalition: Coalition, who: Someone) -> households.Left:
    with coalition.desk.work(coalition.as_grocery()) as work:
        return households.leave(work, met(work, who))


def spend(coalition: Coalition, who: Someone, points: int, *, take: bool = True) -> Held:
    with coalition.desk.work(coalition.as_cinema()) as work:
        ask = Ask(met(work, who), "main", points, household=True)
        held = redemption.hold(work, ask, key=a_key())
        if not take:
            return held
        return redemption.capture(work, held.redemption.id, points=None, key=a_key())


def pool(coalition: Coalition, who: Someone) -> Balance:
    with coalition.desk.work(STAFF) as work:
        return households.find(work, who.token).balance


def own(coalition: Coalition, who: Someone) -> int:
    with coalition.desk.work(STAFF) as work:
        return ledger.balance_of(work, who.id, "STAR").balance.available


def test_points_given_are_in_the_pool(coalition: Coalition, ada: Someone, bob: Someone) -> None:
    told = give(coalition, ada, 5)
    assert (told.balance.available, told.pool.balance.available, told.pool.members) == (95, 105, 2)
    assert pool(coalition, bob).available == 105


def test_owners_and_spenders_spend_and_contributors_do_not(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    kid = a_relative(coalition, ada, "contributor", "10.00", 10)
    assert spend(coalition, ada, 20).balance.available == 90
    done = spend(coalition, bob, 20)
    assert done.balance.available == 70
    assert done.redemption.spender_id == bob.id
    with pytest.raises(HouseholdRoleError) as refused:
        spend(coalition, kid, 1)
    assert refused.value.members == {"role": "contributor"}
    with pytest.raises(HouseholdUnknownError):
        spend(coalition, coalition.a_member("Eve"), 1)
    with pytest.raises(InsufficientPointsError):
        spend(coalition, ada, 71)


def test_a_hold_of_the_pool_ends_by_itself(
    coalition: Coalition, clock: FixedClock, ada: Someone, bob: Someone
) -> None:
    spend(coalition, bob, 70, take=False)
    assert pool(coalition, ada).held == 70
    clock.move(minutes=6)
    with coalition.desk.work(Actor("worker")) as work:
        assert clockwork.expire_holds(work) == 1
    assert pool(coalition, ada).available == 100


def test_a_hold_of_the_pool_is_voided_and_found(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    held = spend(coalition, bob, 70, take=False)
    with coalition.desk.work(coalition.as_cinema()) as work:
        assert redemption.find(work, held.redemption.id).spender_id == bob.id
        assert redemption.void(work, held.redemption.id, key=a_key()).balance.available == 100
    assert own(coalition, bob) == 0


def test_who_leaves_takes_the_own_points_and_no_others(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    spend(coalition, bob, 70)
    told = leave(coalition, bob)
    assert (told.given_back, told.closed, told.balance.available) == (30, False, 30)
    assert pool(coalition, ada).available == 0
    with coalition.desk.work(STAFF) as work:
        assert dict(ledger.balance_of(work, bob.id, "STAR").expiring) == {
            datetime(2027, 6, 30, tzinfo=UTC).date(): 30
        }
    with pytest.raises(HouseholdUnknownError):
        leave(coalition, bob)


def test_nobody_leaves_while_points_are_held(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    spend(coalition, ada, 10, take=False)
    with pytest.raises(HouseholdBusyError):
        leave(coalition, bob)


def test_when_the_last_owner_leaves_everybody_gets_back_what_is_left(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    spend(coalition, ada, 10)
    told = leave(coalition, ada)
    assert (told.given_back, told.closed, told.balance.available) == (50, True, 150)
    assert own(coalition, bob) == 40
    with pytest.raises(HouseholdUnknownError):
        pool(coalition, bob)
    with coalition.desk.work(coalition.as_grocery()) as work:
        assert households.found(work, bob.token, "Again").members == 1


def test_with_another_owner_the_household_goes_on(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    other = a_relative(coalition, ada, "owner", "10.00", 10)
    assert not leave(coalition, ada).closed
    assert pool(coalition, other).available == 50
    assert pool(coalition, bob).available == 50


def test_a_refund_into_a_closed_pool_reaches_whoever_gave(
    coalition: Coalition, clock: FixedClock, ada: Someone, bob: Someone
) -> None:
    done = spend(coalition, ada, 80)
    leave(coalition, ada)
    clock.now = datetime(2027, 6, 2, tzinfo=UTC)
    with coalition.desk.work(coalition.as_cinema()) as work:
        ledger.refund(
            work, done.redemption.member_id, "STAR", partner_id=coalition.cinema, key=None,
            hold_id=done.redemption.id, points=80, transaction_id=new_uuid(), reference="",
            grace_days=30, explanation={"lines": []}, facts={},
        )  # fmt: skip
    with coalition.desk.work(Actor("worker")) as work:
        assert households.sweep(work, stopping=lambda: True) == 0
        assert households.sweep(work) == 1
        assert households.sweep(work) == 0
    assert (own(coalition, ada), own(coalition, bob)) == (60, 40)


def test_a_member_is_in_one_household(coalition: Coalition, ada: Someone, bob: Someone) -> None:
    with coalition.desk.work(coalition.as_grocery()) as work:
        with pytest.raises(HouseholdJoinedError):
            households.found(work, bob.token, "Other")
        with pytest.raises(HouseholdJoinedError):
            households.add(work, met(work, ada), bob.token, "owner")


def test_only_owners_add_members_of_a_role_that_is_one(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    eve = coalition.a_member("Eve")
    with coalition.desk.work(coalition.as_grocery()) as work:
        with pytest.raises(HouseholdRoleError):
            households.add(work, met(work, bob), eve.token, "spender")
        with pytest.raises(HouseholdUnknownError):
            households.add(work, met(work, eve), bob.token, "spender")
        with pytest.raises(InvalidBodyError):
            households.add(work, met(work, ada), eve.token, "boss")


def test_a_contribution_keeps_the_limits_of_gifts(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    earner(coalition, "Eve", "1.00")
    with pytest.raises(InsufficientPointsError):
        give(coalition, ada, 101)
    with coalition.desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(bob, "200000.00"), key=a_key())
    with pytest.raises(TransferLimitError):
        give(coalition, bob, 100_000)
    with pytest.raises(StoreUnknownError), coalition.desk.work(coalition.as_grocery()) as work:
        households.contribute(work, met(work, ada), 1, "moon")


def test_a_frozen_member_neither_gives_nor_leaves(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    with coalition.desk.work(STAFF) as work:
        members.freeze(work, bob.id, reason="test")
    with pytest.raises(MemberFrozenError):
        give(coalition, bob, 1)
    with pytest.raises(MemberFrozenError):
        leave(coalition, bob)
    with pytest.raises(MemberFrozenError):
        spend(coalition, bob, 1)


def test_who_goes_on_after_a_merger_takes_the_place_and_the_points(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    eve = coalition.a_member("Eve")
    with coalition.desk.work(STAFF) as work:
        mergers.merge(work, bob.id, eve.id, reason="test")
    assert spend(coalition, eve, 10).redemption.spender_id == eve.id
    assert leave(coalition, eve).given_back == 40


def test_merged_members_of_one_household_keep_the_greater_role(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    with coalition.desk.work(STAFF) as work:
        mergers.merge(work, ada.id, bob.id, reason="test")
        assert households.of_member(work, bob.id).role == "owner"
    assert leave(coalition, bob).given_back == 100


def test_merged_members_of_two_households_stay_in_one(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    eve = earner(coalition, "Eve", "30.00")
    with coalition.desk.work(coalition.as_grocery()) as work:
        households.found(work, eve.token, "Other")
    give(coalition, eve, 30)
    with coalition.desk.work(STAFF) as work:
        mergers.merge(work, eve.id, bob.id, reason="test")
    assert own(coalition, bob) == 30
    assert pool(coalition, bob).available == 100
