"""Mergers: two memberships become one, and no point is won or lost, then or later."""

import random
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from stoa.errors import (
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
    PluginFailedError,
    SameWalletError,
    StoaError,
)
from stoa.services import (
    benefits,
    clockwork,
    earning,
    holds,
    identity,
    invariants,
    ledger,
    members,
    mergers,
    partners,
    redemption,
    returns,
    tiers,
    transfers,
)
from stoa.services.ledger import Balance
from stoa.services.members import Token
from stoa.services.redemption import Ask, Held
from stoa.services.transfers import Gift
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Actor, Key, Work
from world import Coalition, FixedClock, PlainPlugin, Someone, a_key, met

STAFF = Actor("staff:test")


@pytest.fixture
def ada(coalition: Coalition) -> Someone:
    """Return a member with 100 points and a phone."""
    ada = coalition.a_member(phone="+8613800138000")
    earned(coalition, ada, "100.00")
    return ada


@pytest.fixture
def bob(coalition: Coalition) -> Someone:
    """Return a member with 50 points: the same person."""
    bob = coalition.a_member("Bob", email="ada@example.org")
    earned(coalition, bob, "50.00")
    return bob


def earned(coalition: Coalition, who: Someone, total: str) -> earning.Earned:
    with coalition.desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, coalition.a_purchase(who, total), key=a_key())


def held(coalition: Coalition, who: Someone, points: int) -> Held:
    with coalition.desk.work(coalition.as_cinema()) as work:
        return redemption.hold(work, Ask(met(work, who), "main", points), key=a_key())


def captured(coalition: Coalition, hold: Held, points: int | None = None) -> Held:
    with coalition.desk.work(coalition.as_cinema()) as work:
        return redemption.capture(work, hold.redemption.id, points=points, key=a_key())


def merged(coalition: Coalition, old: Someone, new: Someone) -> mergers.Merger:
    with coalition.desk.work(STAFF) as work:
        return mergers.merge(work, old.id, new.id, reason="the same person")


def balance(coalition: Coalition, who: Someone) -> Balance:
    with coalition.desk.work(STAFF) as work:
        return ledger.balance_of(work, who.id, "STAR").balance


def figures(coalition: Coalition, who: Someone) -> tuple[int, int, int, int]:
    now = balance(coalition, who)
    return now.available, now.pending, now.held, now.debt


def test_points_and_identifiers_go_to_the_one_who_goes_on(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    done = merged(coalition, ada, bob)
    assert [(each.currency, each.points, each.debt) for each in done.moved] == [("STAR", 100, 0)]
    assert figures(coalition, ada) == (0, 0, 0, 0)
    assert figures(coalition, bob) == (150, 0, 0, 0)
    with coalition.desk.work(coalition.as_grocery()) as work:
        for token in (ada.token, bob.token, Token("phone", "+8613800138000")):
            assert members.find(work, token).id == bob.id


def test_every_lot_keeps_its_day_and_leads_back(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    lots = "SELECT expires_on, remaining FROM lots WHERE member_id = %s"
    with coalition.desk.work(STAFF) as work:
        before = work.rows(lots, (ada.id,))
    merged(coalition, ada, bob)
    with coalition.desk.work(STAFF) as work:
        assert set(before) < set(work.rows(lots, (bob.id,)))
        origins = "SELECT origin_member_id, origin_seq, price FROM postings WHERE member_id = %s"
        assert (ada.id, 1) in [tuple(row[:2]) for row in work.rows(origins, (bob.id,))]


def test_an_open_hold_goes_on_and_can_be_captured(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    hold = held(coalition, ada, 60)
    merged(coalition, ada, bob)
    assert figures(coalition, bob) == (90, 0, 60, 0)
    assert captured(coalition, hold, 40).balance.available == 110
    assert figures(coalition, bob) == (110, 0, 0, 0)


def test_an_open_hold_goes_on_and_can_end_by_itself(
    coalition: Coalition, clock: FixedClock, ada: Someone, bob: Someone
) -> None:
    held(coalition, ada, 60)
    merged(coalition, ada, bob)
    clock.move(minutes=6)
    with coalition.desk.work(Actor("worker")) as work:
        assert clockwork.expire_holds(work) == 1
    assert figures(coalition, bob) == (150, 0, 0, 0)


@pytest.mark.parametrize("way", ["capture", "void"])
def test_a_merger_between_reading_and_writing_takes_nothing_from_the_till(
    coalition: Coalition, ada: Someone, bob: Someone, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    hold = held(coalition, ada, 60)
    read = holds.read

    def slowly(work: Work, redemption_id: UUID, key: Key) -> Any:
        found = read(work, redemption_id, key)
        monkeypatch.undo()
        merged(coalition, ada, bob)
        return found

    monkeypatch.setattr(holds, "read", slowly)
    with coalition.desk.work(coalition.as_cinema()) as work:
        if way == "capture":
            redemption.capture(work, hold.redemption.id, points=None, key=a_key())
        else:
            redemption.void(work, hold.redemption.id, key=a_key())
    assert figures(coalition, bob) == (90 if way == "capture" else 150, 0, 0, 0)


def test_the_key_of_a_hold_still_answers(coalition: Coalition, ada: Someone, bob: Someone) -> None:
    key = a_key()
    with coalition.desk.work(coalition.as_cinema()) as work:
        ask = Ask(met(work, ada), "main", 60)
        first = redemption.hold(work, ask, key=key)
    merged(coalition, ada, bob)
    with coalition.desk.work(coalition.as_cinema()) as work:
        again = redemption.hold(work, ask, key=key)
    assert again.replayed
    assert again.redemption.id == first.redemption.id


def test_debt_goes_on_and_is_repaid_at_once(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    sale = earned(coalition, ada, "30.00")
    captured(coalition, held(coalition, ada, 130))
    with coalition.desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, sale.purchase_id, None, key=a_key())
    assert figures(coalition, ada) == (0, 0, 0, 30)
    assert merged(coalition, ada, bob).moved[0].debt == 30
    assert figures(coalition, bob) == (20, 0, 0, 0)


def test_debt_above_what_is_there_stays_owed(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    sale = earned(coalition, ada, "80.00")
    captured(coalition, held(coalition, ada, 180))
    with coalition.desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, sale.purchase_id, None, key=a_key())
    merged(coalition, ada, bob)
    assert figures(coalition, bob) == (0, 0, 0, 30)
    assert earned(coalition, bob, "40.00").balance.available == 10


def test_a_debt_of_the_one_who_goes_on_is_repaid_too(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    sale = earned(coalition, bob, "30.00")
    captured(coalition, held(coalition, bob, 80))
    with coalition.desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, sale.purchase_id, None, key=a_key())
    merged(coalition, ada, bob)
    assert figures(coalition, bob) == (70, 0, 0, 0)


def test_what_the_old_one_bought_can_come_back(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    sale = earned(coalition, ada, "30.00")
    merged(coalition, ada, bob)
    key = a_key()
    with coalition.desk.work(coalition.as_grocery()) as work:
        done = returns.return_lines(work, sale.purchase_id, None, key=key)
    assert (done.clawed_back, done.balance.available, done.balance.debt) == (30, 150, 0)
    assert figures(coalition, ada) == (0, 0, 0, 0)
    assert figures(coalition, bob) == (150, 0, 0, 0)
    with coalition.desk.work(coalition.as_grocery()) as work:
        again = returns.return_lines(work, sale.purchase_id, None, key=key)
    assert (again.replayed, again.balance.available) == (True, 150)


def test_what_the_old_one_spent_can_be_refunded(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    hold = captured(coalition, held(coalition, ada, 60))
    merged(coalition, ada, bob)
    with coalition.desk.work(coalition.as_cinema()) as work:
        after = mergers.passed_on(
            work,
            ada.id,
            lambda: ledger.refund(
                work, ada.id, "STAR", partner_id=coalition.cinema, key=None,
                hold_id=hold.redemption.id, points=25, transaction_id=new_uuid(), reference="",
                grace_days=30, explanation={"lines": []}, facts={},
            ),
        )  # fmt: skip
    assert after.available == 115
    assert figures(coalition, ada) == (0, 0, 0, 0)


def test_a_purchase_of_the_old_one_that_waits_is_posted_for_the_new_one(
    coalition: Coalition, plain: PlainPlugin, ada: Someone, bob: Someone
) -> None:
    plain.wrong = RuntimeError
    with coalition.desk.work(coalition.as_grocery()) as work:
        waiting = earning.earn(work, coalition.a_purchase(ada, "40.00"), key=a_key())
    assert waiting.status == "pending"
    merged(coalition, ada, bob)
    with pytest.raises(PluginFailedError), coalition.desk.work(Actor("worker")) as work:
        earning.settle(work, ada.id, waiting.purchase_id)
    plain.wrong = None
    with coalition.desk.work(Actor("worker")) as work:
        assert earning.settle(work, ada.id, waiting.purchase_id).balance.available == 190
    assert figures(coalition, ada) == (0, 0, 0, 0)


def test_what_was_under_way_during_the_merger_is_swept_up(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    eve = coalition.a_member("Eve")
    earned(coalition, eve, "10.00")
    merged(coalition, ada, bob)
    with coalition.desk.work(coalition.as_grocery()) as work:
        ledger.transfer(
            work, eve.id, ada.id, "STAR", transfer_id=new_uuid(), points=10, partner_id=None,
            store_id=None, key=None, daily_points=None, reason="transfer", reference="", facts={},
            facts_to={},
        )  # fmt: skip
    with coalition.desk.work(Actor("worker")) as work:
        assert mergers.sweep(work, stopping=lambda: True) == 0
        assert mergers.sweep(work) == 1
        assert mergers.sweep(work) == 0
    assert figures(coalition, bob) == (160, 0, 0, 0)


def test_the_better_tier_stays(coalition: Coalition, ada: Someone, bob: Someone) -> None:
    eve = coalition.a_member("Eve")
    with coalition.desk.work(STAFF) as work:
        tiers.assign(work, ada.id, "gold", reason="test")
        tiers.assign(work, bob.id, "silver", reason="test")
    merged(coalition, ada, bob)
    merged(coalition, eve, bob)
    with coalition.desk.work(coalition.as_grocery()) as work:
        assert members.find(work, eve.token).tier == "gold"


def test_a_benefit_is_not_enjoyed_twice(coalition: Coalition, ada: Someone, bob: Someone) -> None:
    with coalition.desk.work(coalition.as_grocery()) as work:
        wish = benefits.Wish(ada.token, "main", "tea")
        benefits.claim(work, wish)
    merged(coalition, ada, bob)
    with pytest.raises(StoaError) as refused, coalition.desk.work(coalition.as_grocery()) as work:
        benefits.claim(work, wish)
    assert refused.value.code == "CLAIM_REFUSED"


def test_the_old_reference_is_gone_and_names_the_new_one_to_each_partner(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    merged(coalition, ada, bob)
    told = []
    for actor in (coalition.as_grocery(), coalition.as_cinema()):
        with coalition.desk.work(actor) as work:
            assert actor.partner_id
            key = partners.terms(work, actor.partner_id).ref_key
            old = Token("member_ref", identity.member_ref(key, ada.id))
            with pytest.raises(MemberMergedError):
                members.find(work, old)
            with pytest.raises(MemberMergedError) as refused:
                members.meet(work, actor.partner_id, old, None)
            assert refused.value.members == {"member_ref": identity.member_ref(key, bob.id)}
            told.append(refused.value.members["member_ref"])
    assert told[0] != told[1]


def test_a_chain_of_mergers_leads_to_its_end(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    sale = earned(coalition, ada, "30.00")
    eve = coalition.a_member("Eve")
    merged(coalition, ada, bob)
    merged(coalition, bob, eve)
    assert figures(coalition, eve) == (180, 0, 0, 0)
    with coalition.desk.work(coalition.as_grocery()) as work:
        assert members.find(work, ada.token).id == eve.id
        assert mergers.heir(work, ada.id) == mergers.heir(work, bob.id) == eve.id
        returns.return_lines(work, sale.purchase_id, None, key=a_key())
    assert figures(coalition, eve) == (150, 0, 0, 0)


def test_a_merger_that_makes_no_sense_is_refused(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    eve = coalition.a_member("Eve")
    merged(coalition, ada, bob)
    for old, new in ((ada, eve), (eve, ada), (ada, bob)):
        with pytest.raises(MemberMergedError) as refused:
            merged(coalition, old, new)
        assert refused.value.members == {"member": public_id("mem", bob.id)}
    with pytest.raises(SameWalletError):
        merged(coalition, bob, bob)
    nobody = Someone(new_uuid(), eve.token)
    with pytest.raises(MemberUnknownError):
        merged(coalition, nobody, eve)
    with coalition.desk.work(STAFF) as work:
        members.freeze(work, eve.id, reason="test")
    with pytest.raises(MemberFrozenError):
        merged(coalition, bob, eve)
    with pytest.raises(MemberMergedError), coalition.desk.work(STAFF) as work:
        members.thaw(work, ada.id, reason="test")


def test_the_trail_and_the_outbox_tell_of_it(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    merged(coalition, ada, bob)
    with coalition.desk.work(STAFF) as work:
        told = work.rows("SELECT subject, after FROM audit_records WHERE deed = 'member.merge'")
        assert {row[0] for row in told} == {public_id("mem", ada.id), public_id("mem", bob.id)}
        assert told[0][1]["reason"] == "the same person"
        assert told[0][1]["moved"] == {"STAR": 100}
        events = work.rows("SELECT facts FROM outbox WHERE topic = 'member.merged'")
        assert [row[0]["into"] for row in events] == [public_id("mem", bob.id)]


def test_a_prospect_says_what_would_move(coalition: Coalition, ada: Someone, bob: Someone) -> None:
    held(coalition, ada, 60)
    with coalition.desk.work(STAFF) as work:
        seen = mergers.prospect(work, ada.id, bob.id)
        assert (seen.old_name, seen.new_name) == ("Ada", "Bob")
        assert [(each.available, each.held) for each in seen.balances] == [(40, 60)]
        assert (seen.holds, seen.identifiers) == (1, 2)
    assert figures(coalition, bob) == (50, 0, 0, 0)


@pytest.mark.parametrize("seed", range(5))
def test_histories_of_two_end_as_one(coalition: Coalition, clock: FixedClock, seed: int) -> None:
    """Whatever two members did, merged or not, one person has the same in the end."""
    luck = random.Random(seed)  # noqa: S311 - draws lots
    pair = [coalition.a_member("Ada"), coalition.a_member("Ada")]
    sales: list[earning.Earned] = []
    holds: list[Held] = []
    earned_in_all = burned = 0
    for step in range(18):
        if step == 9:
            merged(coalition, pair[0], pair[1])
        who = pair[luck.randrange(2)]
        try:
            match luck.randrange(4):
                case 0 | 1:
                    sales.append(earned(coalition, who, f"{luck.randint(1, 90)}.00"))
                    earned_in_all += sales[-1].points
                case 2:
                    holds.append(
                        held(coalition, pair[1] if step >= 9 else who, luck.randint(1, 60))
                    )
                case 3 if holds:
                    burned += captured(coalition, holds.pop(0)).redemption.captured
        except StoaError as refused:
            assert refused.code == "INSUFFICIENT_POINTS"  # noqa: PT017 - luck decides
        if step > 9 and sales and luck.random() < 0.6:
            sale = sales.pop(0)
            with coalition.desk.work(coalition.as_grocery()) as work:
                returns.return_lines(work, sale.purchase_id, None, key=a_key())
            earned_in_all -= sale.points
        with coalition.desk.work(STAFF) as work:
            assert invariants.check_invariants(work) == []
    one, rest = balance(coalition, pair[1]), balance(coalition, pair[0])
    assert (rest.available, rest.pending, rest.held, rest.debt) == (0, 0, 0, 0)
    assert one.available + one.held - one.debt == earned_in_all - burned
    clock.now = datetime(2028, 1, 1, tzinfo=UTC)
    with coalition.desk.work(Actor("worker")) as work:
        assert ledger.expire(work, pair[0].id, "STAR") == 0


def test_a_gift_to_the_old_card_reaches_the_new_one(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    eve = coalition.a_member("Eve")
    earned(coalition, eve, "10.00")
    merged(coalition, ada, bob)
    with coalition.desk.work(coalition.as_cinema()) as work:
        transfers.transfer(work, Gift(met(work, eve), ada.token, 10, "main"), key=a_key())
    assert figures(coalition, bob) == (160, 0, 0, 0)
