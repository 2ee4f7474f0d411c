"""Referrals: direct, purchasing, rewarded once, void where they are none (#13, #14, 1d-5)."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest

from stoa.errors import FourEyesError, IdentifierTakenError, InvalidRuleError
from stoa.services import (
    earning,
    invitations,
    ledger,
    members,
    mergers,
    outbox,
    referrals,
    returns,
)
from stoa.values.codes import new_code
from stoa.work import Actor, Desk, Work
from stoa.worker import follow
from world import Coalition, FixedClock, Someone, a_key

OPERATOR = Actor("staff:stf_1")
WORKER = Actor("worker")


def holds(desk: Desk, code: str = "friends", **changes: Any) -> None:
    """Save a referral's rule and let it hold."""
    document: dict[str, Any] = {
        "name": {"en": "Bring a friend"}, "budget_points": 1000,
        "reward": {"inviter_points": 200, "invitee_points": 100},
    }  # fmt: skip
    with desk.work(OPERATOR) as work:
        referrals.save(work, code, document | changes)
        referrals.activate(work, code)


def invite(coalition: Coalition, inviter: Someone, name: str, *, device: str = "") -> Someone:
    """Enrol a member who comes by another one's code."""
    with coalition.desk.work(coalition.as_grocery()) as work:
        found, card = members.enrol(work, name)
        code = invitations.code_of(work, inviter.id)
        invitations.join(work, found.id, code, device=device)
    return Someone(found.id, members.Token("card", card))


def buy(coalition: Coalition, who: Someone, total: str = "100.00") -> UUID:
    """Let a member buy at the grocery."""
    with coalition.desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, coalition.a_purchase(who, total), key=a_key()).purchase_id


def bring_back(coalition: Coalition, purchase_id: UUID) -> None:
    """Bring a whole purchase back."""
    with coalition.desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, purchase_id, None, key=a_key())


def turn(desk: Desk) -> None:
    """Let the worker tell all events, reward what is due and take back what is undone."""
    with desk.work(WORKER) as work:
        outbox.tell(work, follow, limit=1000)
    with desk.work(WORKER) as work:
        referrals.reward(work)
    with desk.work(WORKER) as work:
        referrals.take_back(work)


def points(desk: Desk, *who: Someone) -> list[int]:
    """Return what members hold, less what they owe."""
    with desk.work(OPERATOR) as work:
        found = [ledger.balance_of(work, each.id, "STAR").balance for each in who]
    return [each.available - each.debt for each in found]


def state(desk: Desk, invitee: Someone) -> tuple[str, str]:
    """Return the state of a referral, and its reason."""
    with desk.work(OPERATOR) as work:
        rows = work.rows("SELECT state, reason FROM referrals WHERE invitee_id = %s", (invitee.id,))
    return (rows[0][0], rows[0][1]) if rows else ("", "")


def count(desk: Desk, inviter: Someone) -> int:
    """Return how many purchasing members a member has invited."""
    with desk.work(OPERATOR) as work:
        found = invitations.counts(work, inviter.id)
    return found["purchased"] + found["rewarded"]


def _inviter(work: Work, invitee: Someone) -> UUID | None:
    rows = work.rows("SELECT inviter_id FROM referrals WHERE invitee_id = %s", (invitee.id,))
    return rows[0][0] if rows else None


@pytest.fixture
def ada(coalition: Coalition) -> Someone:
    """Return a member who invites."""
    return coalition.a_member("Ada")


def test_the_first_purchase_rewards_both_once(
    desk: Desk, coalition: Coalition, ada: Someone
) -> None:
    holds(desk)
    bob = invite(coalition, ada, "Bob")
    turn(desk)
    assert (points(desk, ada, bob), state(desk, bob)) == ([0, 0], ("waiting", ""))
    buy(coalition, bob)
    buy(coalition, bob)
    for _ in range(3):
        turn(desk)
    assert (points(desk, ada, bob), state(desk, bob)) == ([200, 300], ("rewarded", ""))
    with desk.work(OPERATOR) as work:
        entry = ledger.history(work, ada.id, "STAR")[0]
        topics = [row[0] for row in work.rows("SELECT topic FROM outbox WHERE topic LIKE 'ref%'")]
    assert (entry.kind, entry.reason, entry.payer_id) == ("bonus", "referral:friends", None)
    assert sorted(topics) == ["referral.purchased", "referral.rewarded"]


def test_a_reward_comes_when_the_purchase_stood_long_enough(
    desk: Desk, coalition: Coalition, clock: FixedClock, ada: Someone
) -> None:
    holds(desk, settle_days=30)
    bob = invite(coalition, ada, "Bob")
    buy(coalition, bob)
    clock.move(days=29)
    turn(desk)
    assert (points(desk, ada), state(desk, bob)) == ([0], ("purchased", ""))
    assert count(desk, ada) == 1
    clock.move(days=1)
    turn(desk)
    assert (points(desk, ada), state(desk, bob)) == ([200], ("rewarded", ""))


def test_a_reward_is_given_once_whoever_asks_at_the_same_time(
    desk: Desk, coalition: Coalition, ada: Someone
) -> None:
    holds(desk)
    friends = [invite(coalition, ada, f"M{number}") for number in range(3)]
    for each in friends:
        buy(coalition, each)
    with desk.work(WORKER) as work:
        outbox.tell(work, follow, limit=1000)

    def one(_: int) -> int:
        with desk.work(WORKER) as work:
            return referrals.reward(work)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(24))) == 3
    assert points(desk, ada, *friends) == [600, 200, 200, 200]


def test_a_purchase_is_told_to_many_workers_and_counts_once(
    desk: Desk, coalition: Coalition, ada: Someone
) -> None:
    holds(desk)
    bob = invite(coalition, ada, "Bob")
    buy(coalition, bob)

    def one(_: int) -> None:
        with desk.work(WORKER) as work:
            referrals.review(work, bob.id, after_return=False)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(16)))
    with desk.work(OPERATOR) as work:
        told = work.rows("SELECT count(*) FROM outbox WHERE topic = 'referral.purchased'")[0][0]
    assert (told, count(desk, ada)) == (1, 1)


def test_registered_members_do_not_count_and_returned_purchases_uncount(
    desk: Desk, coalition: Coalition, ada: Someone
) -> None:
    bought = [invite(coalition, ada, f"M{number}") for number in range(3)]
    for each in bought[1:]:
        buy(coalition, each)
    turn(desk)
    assert count(desk, ada) == 2
    last = buy(coalition, bought[0])
    turn(desk)
    assert count(desk, ada) == 3
    bring_back(coalition, last)
    turn(desk)
    assert (count(desk, ada), state(desk, bought[0])) == (2, ("waiting", ""))
    buy(coalition, bought[0])
    turn(desk)
    assert count(desk, ada) == 3
    with desk.work(OPERATOR) as work:
        days = {each.purchased_on for each in invitations.invited(work, ada.id)}
    assert days == {desk.clock().date()}


def test_a_returned_purchase_takes_the_reward_back(
    desk: Desk, coalition: Coalition, ada: Someone
) -> None:
    holds(desk)
    bob = invite(coalition, ada, "Bob")
    purchase = buy(coalition, bob)
    turn(desk)
    bring_back(coalition, purchase)
    for _ in range(3):
        turn(desk)
    assert (points(desk, ada, bob), state(desk, bob)) == ([0, 0], ("undone", ""))
    assert count(desk, ada) == 0
    buy(coalition, bob)
    turn(desk)
    assert (points(desk, ada, bob), state(desk, bob)) == ([200, 200], ("rewarded", ""))


def test_a_reward_stays_while_another_purchase_stands(
    desk: Desk, coalition: Coalition, ada: Someone
) -> None:
    holds(desk)
    bob = invite(coalition, ada, "Bob")
    first = buy(coalition, bob)
    buy(coalition, bob)
    turn(desk)
    bring_back(coalition, first)
    for _ in range(2):
        turn(desk)
    assert (points(desk, ada, bob), state(desk, bob)) == ([200, 200], ("rewarded", ""))
    assert count(desk, ada) == 1


def test_only_what_covers_the_least_spend_in_time_counts(
    desk: Desk, coalition: Coalition, clock: FixedClock, ada: Someone
) -> None:
    holds(desk, min_spend_minor=5000, within_days=10)
    bob, cleo = invite(coalition, ada, "Bob"), invite(coalition, ada, "Cleo")
    buy(coalition, bob, "49.99")
    turn(desk)
    assert state(desk, bob) == ("waiting", "")
    clock.move(days=10)
    buy(coalition, bob, "50.00")
    turn(desk)
    assert state(desk, bob) == ("rewarded", "")
    clock.move(days=1)
    buy(coalition, cleo, "50.00")
    turn(desk)
    assert state(desk, cleo) == ("waiting", "")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"caps": [{"every": "ever", "uses": 1}]}, "limit:campaign"),
        ({"caps": [{"every": "month", "points": 399}]}, "limit:month"),
        ({"budget_points": 599}, "limit:budget"),
    ],
)
def test_beyond_the_limit_a_referral_counts_and_gives_nothing(
    desk: Desk, coalition: Coalition, ada: Someone, changes: dict[str, Any], told: str
) -> None:
    holds(desk, **changes)
    friends = [invite(coalition, ada, name) for name in ("Bob", "Cleo")]
    for each in friends:
        buy(coalition, each)
        turn(desk)
    assert points(desk, ada, *friends) == [200, 200, 100]
    assert [state(desk, each) for each in friends] == [("rewarded", ""), ("purchased", told)]
    assert count(desk, ada) == 2


def test_nobody_invites_himself_on_his_own_phone(
    desk: Desk, coalition: Coalition, ada: Someone
) -> None:
    cleo = invite(coalition, ada, "Cleo", device="cleo-phone")
    again = invite(coalition, cleo, "Cleo again", device="cleo-phone")
    assert state(desk, again) == ("refused", "inviters_device")
    buy(coalition, again)
    turn(desk)
    assert count(desk, cleo) == 0
    assert state(desk, again) == ("refused", "inviters_device")


def test_nobody_invites_himself_by_his_own_number(desk: Desk, coalition: Coalition) -> None:
    dan = coalition.a_member("Dan", phone="+8613800138000", email="dan@example.org")
    with desk.work(coalition.as_grocery()) as work, pytest.raises(IdentifierTakenError):
        members.enrol(work, "Dan again", phone="0086 138 0013 8000")
    with desk.work(coalition.as_grocery()) as work, pytest.raises(IdentifierTakenError):
        members.enrol(work, "Dan again", email="Dan+two@example.org")
    with desk.work(coalition.as_grocery()) as work:
        invitations.join(work, dan.id, invitations.code_of(work, dan.id))
    assert state(desk, dan) == ("refused", "self")


def test_one_phone_brings_one_new_member(desk: Desk, coalition: Coalition, ada: Someone) -> None:
    first = invite(coalition, ada, "First", device="farm")
    others = [invite(coalition, ada, f"M{number}", device="farm") for number in range(5)]
    assert state(desk, first) == ("waiting", "")
    assert {state(desk, each) for each in others} == {("refused", "shared_device")}


def test_who_bought_before_was_not_brought(desk: Desk, coalition: Coalition, ada: Someone) -> None:
    bob = coalition.a_member("Bob")
    buy(coalition, bob)
    with desk.work(coalition.as_grocery()) as work:
        invitations.join(work, bob.id, invitations.code_of(work, ada.id))
    assert state(desk, bob) == ("refused", "bought_before")


def test_a_frozen_member_invites_nobody(desk: Desk, coalition: Coalition, ada: Someone) -> None:
    with desk.work(OPERATOR) as work:
        members.freeze(work, ada.id, reason="test")
    assert state(desk, invite(coalition, ada, "Bob")) == ("refused", "inviter_inactive")


@pytest.mark.parametrize("length", [2, 3, 5])
def test_no_ring_is_closed(desk: Desk, coalition: Coalition, ada: Someone, length: int) -> None:
    chain = [ada]
    for number in range(length - 1):
        chain.append(invite(coalition, chain[-1], f"M{number}"))
    with desk.work(coalition.as_grocery()) as work:
        invitations.join(work, ada.id, invitations.code_of(work, chain[-1].id))
    assert state(desk, ada) == ("refused", "ring")
    assert all(state(desk, each) == ("waiting", "") for each in chain[1:])


def test_two_who_invite_each_other_at_once_close_no_ring(
    desk: Desk, coalition: Coalition, ada: Someone
) -> None:
    bob = coalition.a_member("Bob")
    with desk.work(OPERATOR) as work:
        codes = {each.id: invitations.code_of(work, each.id) for each in (ada, bob)}

    def one(pair: tuple[Someone, Someone]) -> None:
        with desk.work(coalition.as_grocery()) as work:
            work.session.connection()
            invitations.join(work, pair[0].id, codes[pair[1].id])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(one, [(ada, bob), (bob, ada)]))
    assert sorted([state(desk, ada)[0], state(desk, bob)[0]]) == ["refused", "waiting"]


def test_invitees_of_invitees_count_for_nobody_else(
    desk: Desk, coalition: Coalition, ada: Someone
) -> None:
    holds(desk)
    bob = invite(coalition, ada, "Bob")
    cleo = invite(coalition, bob, "Cleo")
    buy(coalition, cleo)
    turn(desk)
    assert points(desk, ada, bob, cleo) == [0, 200, 200]
    assert (count(desk, ada), count(desk, bob)) == (0, 1)


def test_a_code_of_nobody_leaves_no_trace(desk: Desk, coalition: Coalition) -> None:
    bob = coalition.a_member("Bob")
    with desk.work(coalition.as_grocery()) as work:
        for code in (new_code(), "nonsense", ""):
            invitations.join(work, bob.id, code)
    assert state(desk, bob) == ("", "")


def test_the_first_relation_stays(desk: Desk, coalition: Coalition, ada: Someone) -> None:
    bob, eve = invite(coalition, ada, "Bob"), coalition.a_member("Eve")
    with desk.work(coalition.as_grocery()) as work:
        invitations.join(work, bob.id, invitations.code_of(work, eve.id))
        assert _inviter(work, bob) == ada.id


def test_a_members_code_stays_the_same(desk: Desk, ada: Someone) -> None:
    def one(_: int) -> str:
        with desk.work(OPERATOR) as work:
            return invitations.code_of(work, ada.id)

    with ThreadPoolExecutor(4) as pool:
        codes = set(pool.map(one, range(8)))
    assert len(codes) == 1
    assert {len(code) for code in codes} == {13}


def test_a_merger_of_inviter_and_invitee_takes_everything_back(
    desk: Desk, coalition: Coalition, ada: Someone
) -> None:
    holds(desk)
    bob = invite(coalition, ada, "Bob")
    buy(coalition, bob)
    turn(desk)
    with desk.work(OPERATOR) as work:
        mergers.merge(work, bob.id, ada.id, reason="one person")
    turn(desk)
    turn(desk)
    assert state(desk, bob) == ("refused", "merged")
    assert (points(desk, ada), count(desk, ada)) == ([100], 0)


def test_a_second_membership_of_an_old_member_was_no_friend(
    desk: Desk, coalition: Coalition, clock: FixedClock, ada: Someone
) -> None:
    holds(desk)
    old = coalition.a_member("Old")
    clock.move(days=1)
    new = invite(coalition, ada, "New")
    buy(coalition, new)
    turn(desk)
    with desk.work(OPERATOR) as work:
        mergers.merge(work, new.id, old.id, reason="one person")
    turn(desk)
    assert state(desk, new) == ("refused", "merged")
    assert points(desk, ada, old) == [0, 100]


def test_a_friend_who_took_a_second_card_stays_a_friend(
    desk: Desk, coalition: Coalition, clock: FixedClock, ada: Someone
) -> None:
    holds(desk)
    bob = invite(coalition, ada, "Bob")
    purchase = buy(coalition, bob)
    turn(desk)
    clock.move(days=1)
    card = coalition.a_member("Bob again")
    with desk.work(OPERATOR) as work:
        mergers.merge(work, bob.id, card.id, reason="one person")
    assert state(desk, card) == ("rewarded", "")
    assert count(desk, ada) == 1
    bring_back(coalition, purchase)
    for _ in range(2):
        turn(desk)
    assert state(desk, card) == ("undone", "")
    assert points(desk, ada, card) == [0, 0]


def test_who_invited_goes_on_in_a_merger(desk: Desk, coalition: Coalition, ada: Someone) -> None:
    holds(desk)
    bob, heir = invite(coalition, ada, "Bob"), coalition.a_member("Heir")
    with desk.work(OPERATOR) as work:
        code = invitations.code_of(work, ada.id)
        mergers.merge(work, ada.id, heir.id, reason="one person")
    buy(coalition, bob)
    turn(desk)
    assert points(desk, heir, bob) == [200, 200]
    with desk.work(coalition.as_grocery()) as work:
        found, _ = members.enrol(work, "Cleo")
        invitations.join(work, found.id, code)
        assert _inviter(work, Someone(found.id, heir.token)) == heir.id


def test_a_ring_that_a_merger_closes_is_cut(desk: Desk, coalition: Coalition, ada: Someone) -> None:
    bob = invite(coalition, ada, "Bob")
    cleo = invite(coalition, bob, "Cleo")
    dan = coalition.a_member("Dan")
    with desk.work(OPERATOR) as work:
        mergers.merge(work, cleo.id, dan.id, reason="one person")
        mergers.merge(work, ada.id, dan.id, reason="one person")
    assert state(desk, dan) == ("refused", "ring")
    assert state(desk, bob) == ("waiting", "")


def test_invitations_are_shown_without_who_came(
    desk: Desk, coalition: Coalition, ada: Someone
) -> None:
    invite(coalition, ada, "Bob")
    with desk.work(OPERATOR) as work:
        shown = invitations.invited(work, ada.id)
    assert [(each.state, each.reason, each.purchased_on) for each in shown] == [
        ("waiting", "", None)
    ]


def test_a_large_budget_needs_a_second_person(desk: Desk, coalition: Coalition) -> None:
    assert coalition
    with pytest.raises(FourEyesError):
        holds(desk, budget_points=100_001)
    with desk.work(Actor("staff:stf_2")) as work:
        assert work.rows("SELECT state FROM rules WHERE code = 'friends'") == []


def test_a_payer_that_is_not_there_is_refused(desk: Desk, coalition: Coalition) -> None:
    assert coalition
    reward = {"inviter_points": 1, "payers": [{"payer": "prt:nobody", "share": 100}]}
    with pytest.raises(InvalidRuleError) as caught:
        holds(desk, reward=reward)
    assert set(caught.value.members["errors"]) == {"reward.payers.0.payer"}


def test_partners_share_a_reward(desk: Desk, coalition: Coalition, ada: Someone) -> None:
    payers = [{"payer": "operator", "share": 50}, {"payer": "prt:cinema", "share": 50}]
    holds(desk, reward={"inviter_points": 1, "invitee_points": 11, "payers": payers})
    bob = invite(coalition, ada, "Bob")
    buy(coalition, bob)
    turn(desk)
    with desk.work(OPERATOR) as work:
        mine = ledger.history(work, ada.id, "STAR")
        theirs = ledger.history(work, bob.id, "STAR")[:2]
    assert [(each.points, each.payer_id) for each in mine] == [(1, None)]
    assert [(each.points, each.payer_id) for each in theirs] == [(5, coalition.cinema), (6, None)]


def test_cycles_of_buying_and_returning_leave_budget_and_limit_as_before(
    desk: Desk, coalition: Coalition, ada: Someone
) -> None:
    holds(desk, budget_points=300, caps=[{"every": "month", "uses": 1}])
    invitee = invite(coalition, ada, "Bob")
    for _ in range(20):
        purchase_id = buy(coalition, invitee)
        turn(desk)
        assert points(desk, ada, invitee) == [200, 200]
        bring_back(coalition, purchase_id)
        turn(desk)
        assert points(desk, ada, invitee) == [0, 0]
    with desk.work(OPERATOR) as work:
        used = work.rows("SELECT sum(points), sum(uses) FROM campaign_uses")
        left = work.rows("SELECT sum(remaining) FROM campaign_budgets")
    assert [tuple(used[0]), left[0][0]] == [(0, 0), 300]
