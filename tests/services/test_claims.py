"""Claims: held, captured, released, ended by the clock; their points, receipts and costs."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from stoa.errors import (
    ClaimClosedError,
    ClaimExpiredError,
    ClaimRefusedError,
    CodeUsedError,
    ExceedsClaimError,
    InsufficientPointsError,
    MemberFrozenError,
    PluginFailedError,
    RedemptionUnknownError,
    StaticTokenError,
    StepUpRequiredError,
)
from stoa.services import (
    benefits,
    clockwork,
    currencies,
    earning,
    ledger,
    members,
    mergers,
    redemption,
    returns,
    step_up,
)
from stoa.services.benefits import Claimed, Wish
from stoa.services.step_up import Owed, Proof
from stoa.values.facts import Claim, Considered, CostShare, Grant, Refusal, Standing
from stoa.values.tenders import Spending
from stoa.work import Actor, Desk, Work
from world import Coalition, FixedClock, PlainPlugin, Someone, a_key, code, met

_OPERATOR_HALF = (CostShare("operator", 50), CostShare("receipts", 50))


def a_day_pool(most_milli: int = 60_000) -> Callable[[Claim, Standing], Grant | Refusal]:
    """Grant minutes up to a number a day, 0.10 each; what is beyond costs as much, or points."""

    def grant(claim: Claim, _standing: Standing) -> Grant | Refusal:
        wanted = claim.quantity_milli or 60_000
        given = max(
            0, min(wanted, most_milli - claim.used_milli, most_milli - claim.subject_used_milli)
        )
        due = (wanted - given) // 100
        return Grant(given, "min", given // 100, due, "minutes", due * 10 if due else None)

    return grant


def by_receipts(claim: Claim, _standing: Standing) -> Grant | Refusal:
    """Give 30.00 for up to two receipts, half paid by the operator, half by who sold."""
    if not claim.receipts:
        return Refusal("no_receipts", "Buy something first.")
    used = tuple(receipt.number for receipt in claim.receipts[:2])
    return Grant(180_000, "min", 3000, 2000, "3 h", 1000, used, _OPERATOR_HALF)


def hold(desk: Desk, coalition: Coalition, who: Someone, **changes: Any) -> Claimed:
    with desk.work(coalition.as_cinema()) as work:
        return benefits.claim(work, Wish(met(work, who), "main", "tea", hold_s=300, **changes))


def balance(work: Work, who: Someone) -> tuple[int, int]:
    found = ledger.balance_of(work, who.id, "STAR").balance
    return found.available, found.held


def costs_of(desk: Desk, claim_id: UUID) -> list[tuple[UUID | None, int]]:
    statement = "SELECT payer_id, minor FROM claim_costs WHERE claim_id = %s ORDER BY place"
    with desk.work(Actor("test")) as work:
        return [tuple(row) for row in work.rows(statement, (claim_id,))]


def test_a_quote_writes_nothing(desk: Desk, coalition: Coalition, plain: PlainPlugin) -> None:
    plain.grant = a_day_pool()
    ada = coalition.a_member()
    with desk.work(coalition.as_cinema()) as work:
        quote = benefits.quote(work, Wish(ada.token, "main", "tea", quantity_milli=90_000))
    assert (quote.quantity_milli, quote.worth.amount, quote.due.amount) == (60_000, "6.00", "3.00")
    assert quote.points_option == 3000
    with desk.work(Actor("test")) as work:
        assert work.rows("SELECT count(*) FROM claims")[0][0] == 0
        assert work.rows("SELECT count(*) FROM outbox WHERE topic LIKE 'benefit%%'")[0][0] == 0


def test_what_is_held_counts_until_it_is_let_go_of(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    plain.grant = a_day_pool()
    ada = coalition.a_member()
    first = hold(desk, coalition, ada, quantity_milli=50_000)
    second = hold(desk, coalition, ada, quantity_milli=50_000)
    assert [first.quantity_milli, second.quantity_milli] == [50_000, 10_000]
    with desk.work(coalition.as_cinema()) as work:
        assert benefits.release(work, first.id).state == "released"
        with pytest.raises(ClaimClosedError) as refused:
            benefits.release(work, first.id)
    assert refused.value.members == {"state": "released"}
    assert hold(desk, coalition, ada, quantity_milli=60_000).quantity_milli == 50_000


def test_a_capture_is_of_what_was_used(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    plain.grant = a_day_pool()
    ada = coalition.a_member()
    held = hold(desk, coalition, ada, quantity_milli=50_000)
    assert held.state == "held"
    with desk.work(coalition.as_cinema()) as work:
        used = benefits.capture(work, held.id, quantity_milli=20_000)
        assert (used.state, used.quantity_milli, used.worth.amount) == ("used", 20_000, "2.00")
        assert used.held_until is None
        with pytest.raises(ClaimClosedError):
            benefits.capture(work, held.id)
    assert costs_of(desk, held.id) == [(coalition.cinema, 200)]
    assert hold(desk, coalition, ada, quantity_milli=60_000).quantity_milli == 40_000


def test_a_capture_without_a_quantity_is_as_it_was_held(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    plain.grant = a_day_pool()
    ada = coalition.a_member()
    held = hold(desk, coalition, ada, quantity_milli=50_000)
    plain.grant = lambda *_: Refusal("closed", "The plugin would refuse by now.")
    with desk.work(coalition.as_cinema()) as work:
        assert benefits.capture(work, held.id).worth == held.worth


@pytest.mark.parametrize("used_milli", [50_001, 10**12])
def test_no_more_is_captured_than_is_held(
    desk: Desk, coalition: Coalition, plain: PlainPlugin, used_milli: int
) -> None:
    plain.grant = a_day_pool()
    held = hold(desk, coalition, coalition.a_member(), quantity_milli=50_000)
    with desk.work(coalition.as_cinema()) as work, pytest.raises(ExceedsClaimError) as refused:
        benefits.capture(work, held.id, quantity_milli=used_milli)
    assert refused.value.members == {"held": "50"}
    with desk.work(coalition.as_cinema()) as work:
        assert benefits.find(work, held.id).state == "held"


@pytest.mark.parametrize(
    "generous",
    [
        Grant(50_001, "min", 1, 0, "more minutes"),
        Grant(1, "min", 501, 0, "more worth"),
        Grant(1, "min", 1, 100, "more points", 100_000),
    ],
)
def test_a_plugin_that_gives_more_for_less_is_refused(
    desk: Desk, coalition: Coalition, plain: PlainPlugin, generous: Grant
) -> None:
    plain.grant = a_day_pool(40_000)
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "5000.00"), key=a_key())
    held = hold(desk, coalition, ada, quantity_milli=50_000, points=True)
    plain.grant = lambda *_: generous
    with desk.work(coalition.as_cinema()) as work, pytest.raises(ExceedsClaimError):
        benefits.capture(work, held.id, quantity_milli=49_000)
    with desk.work(coalition.as_cinema()) as work:
        assert benefits.find(work, held.id) == replace(held, points_option=None)


def test_a_held_claim_ends_by_the_clock_and_frees_everything(
    desk: Desk, coalition: Coalition, plain: PlainPlugin, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "1500.00"), key=a_key())
    plain.grant = by_receipts
    held = hold(desk, coalition, ada, points=True)
    with desk.work(coalition.as_cinema()) as work:
        assert balance(work, ada) == (500, 1000)
        with pytest.raises(ClaimRefusedError):  # the receipt serves the first claim
            benefits.claim(work, Wish(ada.token, "main", "tea"))
    clock.move(seconds=299)
    with desk.work(Actor("worker")) as work:
        assert benefits.expire_due(work) == 0
    clock.move(seconds=1)
    with desk.work(coalition.as_cinema()) as work, pytest.raises(ClaimExpiredError):
        benefits.capture(work, held.id)
    with desk.work(Actor("worker")) as work:
        assert clockwork.expire_holds(work) == 0  # the hold ends with its claim
        assert benefits.expire_due(work) == 1
        assert benefits.expire_due(work) == 0
        assert balance(work, ada) == (1500, 0)
    with desk.work(coalition.as_cinema()) as work:
        assert benefits.find(work, held.id).state == "expired"
        with pytest.raises(ClaimClosedError):
            benefits.release(work, held.id)
        assert benefits.claim(work, Wish(ada.token, "main", "tea")).state == "used"


def test_points_pay_the_rest_and_come_back_with_the_claim(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    plain.grant = a_day_pool()
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "5000.00"), key=a_key())
    with desk.work(coalition.as_cinema()) as work:
        wish = Wish(met(work, ada), "main", "tea", quantity_milli=90_000, points=True)
        done = benefits.claim(work, wish)
        assert (done.points, done.due.amount, str(done.points_worth)) == (3000, "0.00", "3.00 CNY")
        assert balance(work, ada) == (2000, 0)
        assert benefits.release(work, done.id).state == "released"
        assert balance(work, ada) == (5000, 0)


def test_points_that_need_a_pin_are_held_with_one_alone(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    plain.grant = a_day_pool()
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "5000.00"), key=a_key())
    with desk.work(Actor("staff:stf_1")) as work:
        currencies.change(work, "STAR", spending=Spending(step_up_points=2999))
        step_up.set_pin(work, ada.id, "4719")
    unseen = Proof(pin="4719")  # nobody has looked at it
    for proof in (None, unseen, Proof(of=coalition.grocery), Proof(confirmation="0" * 13)):
        with pytest.raises(StepUpRequiredError) as refused:
            hold(desk, coalition, ada, quantity_milli=90_000, points=True, step_up=proof)
        assert refused.value.members == {"points": 3000, "ways": ["confirmation", "pin"]}
    with desk.work(coalition.as_cinema()) as work:
        assert balance(work, ada) == (5000, 0)
        wish = Wish(met(work, ada), "main", "tea", quantity_milli=90_000, points=True)
        owed = benefits.owed(work, wish)
        assert owed is not None
        assert owed == Owed(ada.id, 3000, "STAR")
        assert benefits.owed(work, replace(wish, points=False)) is None
        assert benefits.owed(work, replace(wish, quantity_milli=60_000)) is None
    with desk.work(coalition.as_cinema()) as work:
        proof = step_up.checked(work, owed, unseen)
    assert hold(desk, coalition, ada, quantity_milli=90_000, points=True, step_up=proof).points
    with desk.work(coalition.as_cinema()) as work:
        assert balance(work, ada) == (2000, 3000)


def test_fewer_points_are_burned_for_less(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    plain.grant = a_day_pool()
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    with desk.work(coalition.as_grocery()) as work:
        for each in (ada, bob):
            earning.earn(work, coalition.a_purchase(each, "5000.00"), key=a_key())
    held = hold(desk, coalition, ada, quantity_milli=90_000, points=True)
    with desk.work(coalition.as_cinema()) as work:
        assert balance(work, ada) == (2000, 3000)
        used = benefits.capture(work, held.id, quantity_milli=70_000)
        assert (used.points, used.due.amount) == (1000, "0.00")
        assert balance(work, ada) == (4000, 0)
    held = hold(desk, coalition, bob, quantity_milli=90_000, points=True)
    with desk.work(coalition.as_cinema()) as work:
        assert benefits.capture(work, held.id, quantity_milli=60_000).points == 0
        assert balance(work, bob) == (5000, 0)
        assert benefits.release(work, held.id).state == "released"
        assert balance(work, bob) == (5000, 0)


def test_too_few_points_refuse_the_whole_claim(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    plain.grant = a_day_pool()
    ada = coalition.a_member()
    with desk.work(coalition.as_cinema()) as work:
        wish = Wish(met(work, ada), "main", "tea", quantity_milli=90_000, points=True)
    with desk.work(coalition.as_cinema()) as work, pytest.raises(InsufficientPointsError):
        benefits.claim(work, wish)
    plain.grant = lambda *_: Grant(0, "min", 0, 100, "nothing free", None)
    with desk.work(coalition.as_cinema()) as work, pytest.raises(ClaimRefusedError) as refused:
        benefits.claim(work, wish)
    assert refused.value.members == {"reason": "points_not_taken"}
    with desk.work(Actor("test")) as work:
        assert work.rows("SELECT count(*) FROM claims")[0][0] == 0


def test_points_want_a_living_code_and_use_it_up(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    plain.grant = a_day_pool()
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "5000.00"), key=a_key())
    with desk.work(coalition.as_cinema()) as work:
        shown = code(work, ada)
    card = Wish(ada.token, "main", "tea", quantity_milli=61_000, points=True)
    with desk.work(coalition.as_cinema()) as work, pytest.raises(StaticTokenError):
        benefits.claim(work, card)
    with desk.work(coalition.as_cinema()) as work:
        assert benefits.claim(work, replace(card, member=shown)).points == 100
    with desk.work(coalition.as_cinema()) as work, pytest.raises(CodeUsedError):
        benefits.claim(work, replace(card, member=shown))
    with desk.work(coalition.as_cinema()) as work:
        assert benefits.claim(work, replace(card, points=False)).state == "used"


def test_the_hold_of_a_claim_is_no_redemption(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    plain.grant = a_day_pool()
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "5000.00"), key=a_key())
    hold(desk, coalition, ada, quantity_milli=90_000, points=True)
    with desk.work(coalition.as_cinema()) as work:
        (hold_id,) = work.rows("SELECT id FROM holds")[0]
        for deed in (
            lambda: redemption.find(work, hold_id),
            lambda: redemption.void(work, hold_id, key=a_key()),
            lambda: redemption.capture(work, hold_id, points=None, key=a_key()),
        ):
            with pytest.raises(RedemptionUnknownError):
                deed()


def test_receipts_are_numbered_and_nobodys(
    desk: Desk, coalition: Coalition, plain: PlainPlugin, clock: FixedClock
) -> None:
    seen: list[Claim] = []

    def look(claim: Claim, _standing: Standing) -> Refusal:
        seen.append(claim)
        return Refusal("seen", "Seen.")

    plain.grant = look
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(bob, "900.00"), key=a_key())
        earning.earn(work, coalition.a_purchase(ada, lines=["300.00", "50.00"]), key=a_key())
        gone = earning.earn(work, coalition.a_purchase(ada, "70.00"), key=a_key())
        clock.move(minutes=5)
        returns.void(work, gone.purchase_id, key=a_key())
    with desk.work(coalition.as_cinema()) as work:
        earning.earn(work, coalition.a_purchase(ada, "200.00"), key=a_key())
    with desk.work(coalition.as_cinema()) as work, pytest.raises(ClaimRefusedError):
        benefits.claim(work, Wish(ada.token, "main", "tea"))
    told = [(each.number, each.minor, each.own) for each in seen[0].receipts]
    assert told == [(1, 35_000, False), (2, 20_000, True)]
    clock.move(days=1)
    with desk.work(coalition.as_cinema()) as work, pytest.raises(ClaimRefusedError):
        benefits.claim(work, Wish(ada.token, "main", "tea"))
    assert seen[1].receipts == ()


def test_costs_are_split_to_the_cent(desk: Desk, coalition: Coalition, plain: PlainPlugin) -> None:
    """30.00 is operator 15.00, and 9.00 and 6.00 of who sold 300 and 200 (economics §3.9)."""
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, "300.00"), key=a_key())
    with desk.work(coalition.as_cinema()) as work:
        earning.earn(work, coalition.a_purchase(ada, "200.00"), key=a_key())
    plain.grant = by_receipts
    done = hold(desk, coalition, ada)
    assert costs_of(desk, done.id) == [
        (None, 1500), (coalition.grocery, 900), (coalition.cinema, 600)
    ]  # fmt: skip


def test_a_returned_receipt_serves_no_more_and_what_was_used_stays_written(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        sold = earning.earn(work, coalition.a_purchase(ada, "300.00"), key=a_key())
    plain.grant = by_receipts
    done = hold(desk, coalition, ada)
    with desk.work(coalition.as_grocery()) as work:
        returns.void(work, sold.purchase_id, key=a_key())
    with desk.work(coalition.as_cinema()) as work:
        benefits.capture(work, done.id)
    with desk.work(coalition.as_cinema()) as work:
        benefits.release(work, done.id)
        with pytest.raises(ClaimRefusedError) as refused:
            benefits.claim(work, Wish(ada.token, "main", "tea"))
    assert refused.value.members == {"reason": "no_receipts"}
    with desk.work(Actor("test")) as work:
        assert work.rows("SELECT minor, live FROM claim_receipts") == [(30_000, False)]
    assert sum(minor for _, minor in costs_of(desk, done.id)) == 3000


def test_one_vehicle_of_two_members_is_metered_once(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    plain.grant = a_day_pool()
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    assert hold(desk, coalition, ada, subject="沪A·12345").quantity_milli == 60_000
    assert hold(desk, coalition, bob, subject="沪a 12345").quantity_milli == 0


def test_visits_and_all_that_was_ever_used_are_told(
    desk: Desk, coalition: Coalition, plain: PlainPlugin, clock: FixedClock
) -> None:
    seen: list[tuple[int, int]] = []

    def stamps(claim: Claim, standing: Standing) -> Grant:
        seen.append((standing.visits, claim.used_ever_milli))
        return Grant(1000, "ea", 100, 0, "a dish")

    plain.grant = stamps
    ada = coalition.a_member()
    for _ in range(3):
        with desk.work(coalition.as_cinema()) as work:
            for _ in range(2):
                earning.earn(work, coalition.a_purchase(ada, "10.00"), key=a_key())
            benefits.claim(work, Wish(ada.token, "main", "tea"))
        clock.move(days=1)
    assert seen == [(1, 0), (2, 1000), (3, 2000)]


def test_offers_that_were_weighed_are_told(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    offers = (Considered("gold", 600, chosen=True), Considered("all", 400, chosen=False))
    plain.grant = lambda *_: Grant(1000, "L", 600, 0, "gold", offers=offers)
    held = hold(desk, coalition, coalition.a_member())
    assert held.offers == offers
    with desk.work(coalition.as_cinema()) as work:
        assert benefits.find(work, held.id).offers == offers


@pytest.mark.parametrize(
    "garbage",
    [
        Grant(1, "ea", 1, 0, "", receipts=(1,)),
        Grant(1, "ea", 1, 0, "", shares=(CostShare("operator", 99),)),
        Grant(1, "ea", 1, 0, "", shares=(CostShare("mallory", 100),)),
        Grant(1, "ea", 1, 0, "", shares=(CostShare("operator", 50), CostShare("operator", 50))),
        Grant(1, "ea", 1, 0, "", shares=[CostShare("operator", 100)]),  # type: ignore[arg-type]
        Grant(1, "ea", 1, 0, "", shares=(CostShare("operator", 0), CostShare("partner", 100))),
        Grant(1, "ea", 1, 0, "", offers=(Considered("gold", -1, chosen=True),)),
        Grant(1, "ea", 1, 0, "", offers=(Considered("gold", 1, chosen=1),)),  # type: ignore[arg-type]
        Grant(1, "ea", 1, 0, "", offers=("gold",)),  # type: ignore[arg-type]
    ],
)
def test_garbage_is_refused_without_effect(
    desk: Desk, coalition: Coalition, plain: PlainPlugin, garbage: Grant
) -> None:
    plain.grant = lambda *_: garbage
    with pytest.raises(PluginFailedError):
        hold(desk, coalition, coalition.a_member())
    with desk.work(Actor("test")) as work:
        assert work.rows("SELECT count(*) FROM claims")[0][0] == 0


def test_a_frozen_member_claims_nothing(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    plain.grant = a_day_pool()
    ada = coalition.a_member()
    held = hold(desk, coalition, ada)
    with desk.work(Actor("cli")) as work:
        members.freeze(work, ada.id, reason="test")
    with pytest.raises(MemberFrozenError):
        hold(desk, coalition, ada)
    with desk.work(coalition.as_cinema()) as work:  # what was promised before is kept
        assert benefits.capture(work, held.id).state == "used"


def test_a_merger_takes_held_claims_and_their_points_along(
    desk: Desk, coalition: Coalition, plain: PlainPlugin
) -> None:
    plain.grant = a_day_pool()
    ada, twin = coalition.a_member(), coalition.a_member("Twin")
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(twin, "12000.00"), key=a_key())
    held = [hold(desk, coalition, twin, quantity_milli=90_000, points=True) for _ in range(2)]
    with desk.work(coalition.as_cinema()) as work:
        benefits.capture(work, held[0].id)
    with desk.work(Actor("cli")) as work:
        mergers.merge(work, twin.id, ada.id, reason="test")
    with desk.work(coalition.as_cinema()) as work:
        assert benefits.capture(work, held[1].id).state == "used"
        for each in held:
            assert benefits.release(work, each.id).state == "released"
        assert balance(work, ada) == (12000, 0)
