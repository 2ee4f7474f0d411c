"""Earning: facts in, lines out, one posting."""

from datetime import date, timedelta
from typing import Any

import pytest

from stoa.errors import (
    BackdateTooOldError,
    IdempotencyMismatchError,
    LinesDoNotSumError,
    MemberFrozenError,
    MemberUnknownError,
    OccursInFutureError,
    PartnerSuspendedError,
    PurchaseRefusedError,
    ReceiptClaimedError,
    StoaError,
    StoreUnknownError,
)
from stoa.services import earning, ledger, members, partners, tiers
from stoa.services.earning import ReportLine
from stoa.services.members import Token
from stoa.values.facts import EarnLine, Tender, TenderKind
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, PlainPlugin, a_key, minor


def test_a_purchase_earns_points_with_reason_payer_and_arithmetic(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        earned = earning.earn(work, coalition.a_purchase(ada, "880.50"), key=a_key())
    assert (earned.status, earned.points, earned.balance.available) == ("posted", 880, 880)
    (line,) = earned.lines
    assert (line.reason, line.payer) == ("base", "partner")
    assert line.arithmetic == "880.50 at 1 per 1.00"
    assert line.expires_on == date(2027, 5, 31)


@pytest.mark.parametrize(
    ("tier", "total", "points"),
    [
        ("gold", "880.00", 1760),
        ("silver", "880.00", 1056),
        ("silver", "862.40", 1034),
        ("basic", "880.00", 880),
    ],
)
def test_a_tier_adds_its_uplift_as_a_line_the_operator_pays(
    desk: Desk, coalition: Coalition, tier: str, total: str, points: int
) -> None:
    ada = coalition.a_member()
    with desk.work(Actor("cli")) as work:
        tiers.assign(work, ada.id, tier, reason="test")
    with desk.work(coalition.as_grocery()) as work:
        earned = earning.earn(work, coalition.a_purchase(ada, total), key=a_key())
    assert earned.points == points
    assert [line.payer for line in earned.lines] == ["partner", "operator"][: len(earned.lines)]


def test_the_part_paid_with_points_earns_nothing(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    tenders = (Tender(TenderKind.CARD, minor("250.00")), Tender(TenderKind.POINTS, minor("50.00")))
    with desk.work(coalition.as_grocery()) as work:
        report = coalition.a_purchase(ada, "300.00", tenders=tenders)
        assert earning.earn(work, report, key=a_key()).points == 250


def test_points_are_shared_over_the_lines_that_earned_them(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    lines = [
        ReportLine(1, "a", "", 1000, "ea", minor("10.00")),
        ReportLine(2, "bag", "", 1000, "ea", minor("5.00"), earn=False),
        ReportLine(3, "b", "", 1000, "ea", minor("20.00")),
    ]
    with desk.work(coalition.as_grocery()) as work:
        earned = earning.earn(work, coalition.a_purchase(ada, lines=lines), key=a_key())
    assert earned.lines[0].on == {"1": 10, "3": 20}


def test_an_estimate_says_what_a_purchase_earns_and_writes_nothing(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        before = work.rows("SELECT count(*) FROM purchases")[0][0]
        told = earning.estimate(work, coalition.a_purchase(ada, "880.00"))
        assert work.rows("SELECT count(*) FROM purchases")[0][0] == before
    assert (told.points, told.balance.available) == (880, 0)


def test_the_same_key_and_body_gives_the_first_answer_again(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    report, key = coalition.a_purchase(ada), a_key()
    with desk.work(coalition.as_grocery()) as work:
        first = earning.earn(work, report, key=key)
        other = earning.earn(work, coalition.a_purchase(ada, "40.00"), key=a_key())
        again = earning.earn(work, report, key=key)
    assert again.replayed
    assert (again.purchase_id, again.lines, again.balance.available) == (
        first.purchase_id, first.lines, first.balance.available,
    )  # fmt: skip
    assert other.balance.available == 140


def test_the_same_key_with_another_body_is_refused(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada), key=a_key("k", "one"))
        with pytest.raises(IdempotencyMismatchError):
            earning.earn(work, coalition.a_purchase(ada), key=a_key("k", "two"))
        assert ledger.balance_of(work, ada.id, "STAR").balance.available == 100


def test_another_partner_may_use_the_same_key(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    for actor in (coalition.as_grocery(), coalition.as_cinema()):
        with desk.work(actor) as work:
            earned = earning.earn(work, coalition.a_purchase(ada), key=a_key("same"))
    assert earned.balance.available == 200


def test_a_receipt_is_taken_once_even_for_two_members(desk: Desk, coalition: Coalition) -> None:
    ada, bob = coalition.a_member("Ada"), coalition.a_member("Bob")
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada, receipt_no="R"), key=a_key())
        with pytest.raises(ReceiptClaimedError):
            earning.earn(work, coalition.a_purchase(bob, receipt_no="R"), key=a_key())
        assert ledger.balance_of(work, bob.id, "STAR").balance.available == 0


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"store": "nowhere"}, StoreUnknownError),
        ({"member": Token("card", "9900000000000000")}, MemberUnknownError),
        ({"member": Token("member_ref", "mbr_" + "a" * 26)}, MemberUnknownError),
        ({"member": Token("phone", "not a phone")}, MemberUnknownError),
        ({"tenders": (Tender(TenderKind.CARD, 1),)}, LinesDoNotSumError),
        ({"business_date": date(2026, 3, 31)}, BackdateTooOldError),
        ({"business_date": date(2026, 5, 3)}, OccursInFutureError),
        ({"lines": [ReportLine(1, "forbidden", "", 1000, "ea", 100)]}, PurchaseRefusedError),
    ],
)
def test_a_refused_purchase_has_no_effect(
    desk: Desk, coalition: Coalition, changes: dict[str, Any], refusal: type[StoaError]
) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        with pytest.raises(refusal):
            earning.earn(work, coalition.a_purchase(ada, **changes), key=a_key())
        for table in ("purchases", "keys", "receipts", "postings", "lots", "transactions"):
            assert work.rows(f"SELECT count(*) FROM {table}")[0][0] == 0, table


def test_a_purchase_from_the_future_is_refused(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        soon = coalition.a_purchase(ada, occurred_at=clock.now + timedelta(minutes=4))
        earning.earn(work, soon, key=a_key())
        late = coalition.a_purchase(ada, occurred_at=clock.now + timedelta(minutes=6))
        with pytest.raises(OccursInFutureError):
            earning.earn(work, late, key=a_key())


def test_a_frozen_member_and_a_suspended_partner_earn_nothing(
    desk: Desk, coalition: Coalition
) -> None:
    ada = coalition.a_member()
    with desk.work(Actor("cli")) as work:
        members.freeze(work, ada.id, reason="lost card")
        partners.suspend(work, coalition.cinema)
    with desk.work(coalition.as_grocery()) as work, pytest.raises(MemberFrozenError):
        earning.earn(work, coalition.a_purchase(ada), key=a_key())
    with desk.work(Actor("cli")) as work:
        members.thaw(work, ada.id, reason="found")
    with desk.work(coalition.as_cinema()) as work, pytest.raises(PartnerSuspendedError):
        earning.earn(work, coalition.a_purchase(ada), key=a_key())


def test_new_settings_hold_from_the_next_purchase_on(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        assert earning.earn(work, coalition.a_purchase(ada), key=a_key()).points == 100
    with desk.work(Actor("cli")) as work:
        partners.configure(work, coalition.grocery, "plain", {"points_per_unit": 3})
    with desk.work(coalition.as_grocery()) as work:
        assert earning.earn(work, coalition.a_purchase(ada), key=a_key()).points == 300


def _raise(kind: type[BaseException]) -> object:
    raise kind


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: _raise(ValueError),
        lambda: _raise(SystemExit),
        lambda: _raise(GeneratorExit),
        lambda: "garbage",
        lambda: [EarnLine(-5, "base", "")],
        lambda: [EarnLine(5, "base", "", (7,))],
        lambda: [EarnLine(1.5, "base", "")],  # type: ignore[arg-type]
        lambda: [EarnLine(points=True, reason="base", arithmetic="")],
        lambda: [EarnLine(10**12 + 1, "base", "")],
        lambda: [{"points": 5}],
    ],
)
def test_a_plugin_that_fails_leaves_the_purchase_pending_and_it_is_settled_later(
    desk: Desk, coalition: Coalition, plain: PlainPlugin, wrong: object
) -> None:
    ada = coalition.a_member()
    plain.wrong = wrong
    report, key = coalition.a_purchase(ada), a_key()
    with desk.work(coalition.as_grocery()) as work:
        earned = earning.earn(work, report, key=key)
        assert (earned.status, earned.points, earned.balance.available) == ("pending", 0, 0)
        plain.wrong = None
        settled = earning.settle(work, ada.id, earned.purchase_id)
        assert (settled.status, settled.points) == ("posted", 100)
        assert ledger.balance_of(work, ada.id, "STAR").balance.available == 100
        with pytest.raises(StoaError):
            earning.settle(work, ada.id, earned.purchase_id)


@pytest.mark.parametrize("reason", ["满减", 'half "off" \\ {1,2}', "NULL"])
def test_a_reason_is_kept_letter_by_letter(
    desk: Desk, coalition: Coalition, plain: PlainPlugin, reason: str
) -> None:
    ada = coalition.a_member()
    plain.wrong = [EarnLine(5, reason, "5 for coming")]
    with desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(ada), key=a_key())
        (entry,) = ledger.history(work, ada.id, "STAR")
    assert entry.reason == reason
