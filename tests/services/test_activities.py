"""Activities: proved, bounded, once; every refusal has its code and no effect (#51, #54, #72)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from activities import OPERATOR, a_code, a_rule, holds, points_of, refused, report
from stoa.errors import (
    ActivityClosedError,
    ActivityDoneError,
    ActivityLimitError,
    ActivityTooSoonError,
    ActivityUnknownError,
    FourEyesError,
    IdempotencyMismatchError,
    InvalidBodyError,
    InvalidRuleError,
    MemberFrozenError,
    MemberMergedError,
    PartnerSuspendedError,
    ProofRefusedError,
    StoreUnknownError,
)
from stoa.services import (
    activities,
    earning,
    identity,
    ledger,
    members,
    mergers,
    partners,
    returns,
    rulebook,
)
from stoa.services.activities import Done
from stoa.values.codes import new_code
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, a_key

CODE = "check-in"


def test_a_check_in_by_code_earns_once_a_day(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    holds(desk)
    ada, code = coalition.a_member(), a_code(coalition)
    done = report(coalition, ada, code)
    assert (done.points, done.balance.available) == (5, 5)
    refused(ActivityDoneError, coalition, ada, code)
    clock.move(hours=11, minutes=59)
    refused(ActivityDoneError, coalition, ada, code)
    clock.move(minutes=1)  # midnight in Shanghai
    assert report(coalition, ada, code).balance.available == 10


def test_the_entry_explains_itself(desk: Desk, coalition: Coalition) -> None:
    holds(desk, payers=[{"payer": "operator", "share": 60}, {"payer": "partner", "share": 40}])
    ada = coalition.a_member()
    done = report(coalition, ada, a_code(coalition))
    with desk.work(OPERATOR) as work:
        entries = ledger.history(work, ada.id, "STAR")
        told = work.rows("SELECT explanation FROM transactions WHERE id = %s", (done.id,))[0][0]
    assert [(each.points, each.payer_id, each.reason) for each in reversed(entries)] == [
        (3, None, "activity:check-in"),
        (2, coalition.grocery, "activity:check-in"),
    ]
    assert entries[0].arithmetic == "5 points for check-in; 2 points of these 5, one payer's part"
    assert told["rulebook"] > 0
    assert {(each["rule"], each["rule_version"]) for each in told["lines"]} == {
        ("activity:check-in", 1)
    }


def test_one_key_earns_once_and_is_answered_again(desk: Desk, coalition: Coalition) -> None:
    holds(desk)
    ada, code, key = coalition.a_member(), a_code(coalition), a_key("k")
    first = report(coalition, ada, code, key=key)
    again = report(coalition, ada, code, key=key)
    assert again.replayed
    assert (again.id, again.points, again.balance.available) == (first.id, 5, 5)
    with pytest.raises(IdempotencyMismatchError):
        report(coalition, ada, code, key=a_key("k", "other"))


def test_an_answer_is_given_again_after_the_budget_is_gone(
    desk: Desk, coalition: Coalition
) -> None:
    holds(desk, budget_points=5)
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    code, key = a_code(coalition), a_key("k")
    report(coalition, ada, code, key=key)
    assert report(coalition, ada, code, key=key).replayed
    assert refused(ActivityLimitError, coalition, bob, code).members == {"by": "budget"}


def test_a_storm_on_a_code_uses_it_as_often_as_it_may(desk: Desk, coalition: Coalition) -> None:
    holds(desk)
    code = a_code(coalition, most_uses=20)
    someones = [coalition.a_member(f"M{number}") for number in range(64)]

    def one(who: Someone) -> int:
        try:
            return report(coalition, who, code).points
        except ProofRefusedError:
            return 0

    with ThreadPoolExecutor(16) as pool:
        earned = list(pool.map(one, someones))
    assert sum(earned) == 100
    with desk.work(OPERATOR) as work:
        uses = work.rows("SELECT uses FROM activity_codes")[0][0]
        assert work.rows("SELECT sum(available) FROM wallets")[0][0] == 100
    assert uses == 20


def test_a_cap_a_day_holds_under_a_storm(desk: Desk, coalition: Coalition) -> None:
    caps = [{"every": "day", "points": 17}, {"every": "ever", "uses": 9}]
    holds(desk, kind="survey", proof="reference", once_per="subject", caps=caps)
    ada = coalition.a_member()

    def one(number: int) -> str:
        try:
            return str(report(coalition, ada, f"survey-{number}").points)
        except ActivityLimitError as limit:
            return str(limit.members["by"])

    with ThreadPoolExecutor(16) as pool:
        told = list(pool.map(one, range(64)))
    assert sorted(set(told)) == ["5", "day"]
    assert points_of(desk, ada) == 15


def test_a_budget_holds_under_a_storm(desk: Desk, coalition: Coalition) -> None:
    holds(desk, budget_points=52)
    code = a_code(coalition)
    someones = [coalition.a_member(f"M{number}") for number in range(32)]

    def one(who: Someone) -> int:
        try:
            return report(coalition, who, code).points
        except ActivityLimitError:
            return 0

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(one, someones)) == 50


def test_a_cap_of_a_month_ends_with_it(desk: Desk, coalition: Coalition, clock: FixedClock) -> None:
    holds(desk, caps=[{"every": "month", "uses": 2}])
    ada, code = coalition.a_member(), a_code(coalition)
    for _ in range(2):
        report(coalition, ada, code)
        clock.move(days=1)
    assert refused(ActivityLimitError, coalition, ada, code).members == {"by": "month"}
    clock.move(days=29)
    assert report(coalition, ada, code).points == 5


def test_between_two_lies_the_least_gap(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    holds(desk, once_per="subject", kind="survey", proof="reference", min_gap_minutes=10)
    ada = coalition.a_member()
    report(coalition, ada, "a")
    clock.move(minutes=9, seconds=30)
    soon = refused(ActivityTooSoonError, coalition, ada, "b")
    assert soon.retry_after_s == soon.members["retry_after_s"] == 30
    clock.move(seconds=30)
    assert report(coalition, ada, "b").points == 5


def test_one_device_is_one_member(desk: Desk, coalition: Coalition) -> None:
    holds(desk)
    code = a_code(coalition)
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    assert report(coalition, ada, code, device="phone-1").points == 5
    refused(ActivityDoneError, coalition, bob, code, device="phone-1")
    assert report(coalition, bob, code, device="phone-2").points == 5


def test_a_shared_link_earns_when_others_open_it(desk: Desk, coalition: Coalition) -> None:
    holds(desk, "share", kind="share", once_per="subject", points=3)
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    with desk.work(coalition.as_grocery()) as work:
        made = activities.link(work, ada.token, "share", device="ada-phone")
        theirs = activities.link(work, bob.token, "share", device="bob-phone")
        with pytest.raises(InvalidBodyError):
            activities.link(work, ada.token, "share", device="")
        with pytest.raises(ActivityUnknownError):
            activities.link(work, ada.token, "nothing", device="x")
    opened = {"activity": "share", "device": "cleo-phone"}
    assert report(coalition, ada, made.text, **opened).points == 3
    refused(ActivityDoneError, coalition, ada, made.text, **opened)
    refused(ActivityDoneError, coalition, bob, theirs.text, **opened)
    refused(ProofRefusedError, coalition, ada, made.text, activity="share", device="ada-phone")
    refused(ProofRefusedError, coalition, bob, made.text, activity="share", device="dan-phone")
    refused(InvalidBodyError, coalition, ada, made.text, activity="share")
    refused(ProofRefusedError, coalition, ada, new_code(), activity="share", device="x")


def test_a_member_has_at_most_twenty_open_links(desk: Desk, coalition: Coalition) -> None:
    holds(desk, "share", kind="share", once_per="subject")
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        for _ in range(20):
            activities.link(work, ada.token, "share", device="ada-phone")
        with pytest.raises(InvalidBodyError):
            activities.link(work, ada.token, "share", device="ada-phone")


def test_an_invitation_to_a_survey_earns_its_member_once(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    holds(desk, "survey", kind="survey", once_per="subject", points=8)
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    until = clock.now + timedelta(days=1)
    with desk.work(coalition.as_grocery()) as work:
        made = activities.invite(work, ada.token, "survey", valid_until=until)
        late = activities.invite(work, ada.token, "survey", valid_until=until)
        with pytest.raises(InvalidBodyError):
            activities.invite(work, ada.token, "survey", valid_until=clock.now)
    refused(ProofRefusedError, coalition, bob, made.text, activity="survey")
    assert report(coalition, ada, made.text, activity="survey").points == 8
    refused(ProofRefusedError, coalition, ada, made.text, activity="survey")
    clock.move(days=1)
    refused(ProofRefusedError, coalition, ada, late.text, activity="survey")


def test_a_review_is_of_an_own_purchase_that_stands(desk: Desk, coalition: Coalition) -> None:
    holds(desk, "review", kind="review", once_per="subject", points=7)
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    with desk.work(coalition.as_grocery()) as work:
        mine, back = (
            earning.earn(work, coalition.a_purchase(ada, "10.00"), key=a_key()).purchase_id
            for _ in range(2)
        )
        returns.return_lines(work, back, None, key=a_key())
    with desk.work(coalition.as_cinema()) as work:
        theirs = earning.earn(work, coalition.a_purchase(ada), key=a_key()).purchase_id
    text = public_id("pur", mine)
    refused(ProofRefusedError, coalition, bob, text, activity="review")
    for each in (public_id("pur", back), public_id("pur", theirs), "pur_1", ""):
        refused(ProofRefusedError, coalition, ada, each, activity="review")
    assert report(coalition, ada, text, activity="review").points == 7
    refused(ActivityDoneError, coalition, ada, text, activity="review")


def test_a_purchase_is_reviewed_once_whatever_the_period(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    holds(desk, "review", kind="review", once_per="day")
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        mine = earning.earn(work, coalition.a_purchase(ada), key=a_key()).purchase_id
    report(coalition, ada, public_id("pur", mine), activity="review")
    clock.move(days=1)
    refused(ActivityDoneError, coalition, ada, public_id("pur", mine), activity="review")


def test_a_profile_earns_once_it_is_whole(desk: Desk, coalition: Coalition) -> None:
    fields = ["email", "phone"]
    holds(desk, "profile", kind="profile", once_per=None, fields=fields, points=20)
    ada = coalition.a_member(phone="+8613800138000")
    lacking = refused(ProofRefusedError, coalition, ada, activity="profile")
    assert lacking.members == {"missing": ["email"]}
    with desk.work(coalition.as_grocery()) as work:
        members.add_identifier(work, ada.id, members.Token("email", "ada@example.org"))
    assert report(coalition, ada, activity="profile").points == 20
    refused(ActivityDoneError, coalition, ada, activity="profile")


def test_a_reference_is_the_partners_own_and_used_once(desk: Desk, coalition: Coalition) -> None:
    holds(desk, "survey", kind="survey", proof="reference", once_per="subject")
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    assert report(coalition, ada, "form-1", activity="survey").points == 5
    refused(ActivityDoneError, coalition, bob, "form-1", activity="survey")
    for wrong in ("", "x" * 65):
        refused(InvalidBodyError, coalition, ada, wrong, activity="survey")
    with desk.work(coalition.as_cinema()) as work:
        done = Done(bob.token, "survey", proof="form-1")
        assert activities.report(work, done, key=a_key()).points == 5


def test_what_does_not_hold_here_or_now_is_refused(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    refused(ActivityUnknownError, coalition, ada, activity="nothing")
    holds(desk, "far", proof="none", stores=["cinema", "grocery/other"])
    refused(ActivityUnknownError, coalition, ada, activity="far")
    holds(desk, "later", proof="none", **{"from": "2026-05-02", "until": "2026-05-02"})
    closed = refused(ActivityClosedError, coalition, ada, activity="later")
    assert closed.members == {"since": "2026-05-02", "until": "2026-05-02"}
    clock.move(days=1)
    assert report(coalition, ada, activity="later").points == 5
    clock.move(days=1)
    refused(ActivityClosedError, coalition, ada, activity="later")
    refused(StoreUnknownError, coalition, ada, activity="later", store="nowhere")
    with desk.work(OPERATOR) as work:
        rulebook.pause(work, "activity", "later")
    refused(ActivityUnknownError, coalition, ada, activity="later")


def test_frozen_merged_and_suspended_ones_earn_nothing(desk: Desk, coalition: Coalition) -> None:
    holds(desk, proof="none")
    ada, bob, eve = (coalition.a_member(name) for name in ("Ada", "Bob", "Eve"))
    with desk.work(OPERATOR) as work:
        members.freeze(work, ada.id, reason="looked into")
        mergers.merge(work, bob.id, eve.id, reason="one person")
        with pytest.raises(PartnerSuspendedError):
            activities.report(work, Done(eve.token, CODE), key=a_key())
    refused(MemberFrozenError, coalition, ada)
    ref = members.Token("member_ref", _ref(coalition, bob))
    with desk.work(coalition.as_grocery()) as work, pytest.raises(MemberMergedError):
        activities.report(work, Done(ref, CODE), key=a_key())
    with desk.work(OPERATOR) as work:
        partners.suspend(work, coalition.grocery)
    refused(PartnerSuspendedError, coalition, eve)


def test_what_a_merged_member_did_earns_the_heir_no_second_time(
    desk: Desk, coalition: Coalition
) -> None:
    holds(desk, proof="none")
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    key = a_key("k")
    report(coalition, ada, key=key)
    with desk.work(OPERATOR) as work:
        mergers.merge(work, ada.id, bob.id, reason="one person")
    refused(ActivityDoneError, coalition, bob)
    assert report(coalition, ada, key=key).replayed


def test_open_activities_are_listed_with_what_is_done(desk: Desk, coalition: Coalition) -> None:
    holds(desk, proof="none")
    holds(desk, "far", proof="none", stores=["cinema"])
    holds(desk, "over", proof="none", until="2026-04-30")
    holds(desk, "review", kind="review", once_per="subject")
    ada = coalition.a_member()
    report(coalition, ada)
    with desk.work(coalition.as_grocery()) as work:
        listed = activities.opened(work, ada.id, "grocery")
    assert [(each.code, each.done) for each in listed] == [("check-in", True), ("review", False)]


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"payers": [{"payer": "prt:nobody", "share": 100}]}, {"payers.0.payer"}),
        ({"stores": ["nobody/main"]}, {"stores"}),
        ({"points": 0, "kind": "dance"}, {"points", "kind"}),
    ],
)
def test_a_rule_that_can_not_be_is_not_saved(
    desk: Desk, coalition: Coalition, changes: dict[str, Any], places: set[str]
) -> None:
    assert coalition
    with pytest.raises(InvalidRuleError) as caught:
        holds(desk, **changes)
    assert set(caught.value.members["errors"]) == places


def _ref(coalition: Coalition, who: Someone) -> str:
    with coalition.desk.work(coalition.as_grocery()) as work:
        return identity.member_ref(partners.terms(work, coalition.grocery).ref_key, who.id)


def test_a_large_budget_needs_a_second_person(desk: Desk, coalition: Coalition) -> None:
    assert coalition
    with desk.work(OPERATOR) as work:
        activities.save(work, CODE, a_rule(budget_points=100_001))
    for alone in (OPERATOR, Actor("cli")):
        with desk.work(alone) as work, pytest.raises(FourEyesError):
            activities.activate(work, CODE)
    with desk.work(Actor("staff:stf_2")) as work:
        assert activities.activate(work, CODE).of("activity")[CODE].version == 1
