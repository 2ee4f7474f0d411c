"""Checkouts: a purchase and the coupons it names are one deed, done once or not at all."""

from functools import partial
from typing import Any

import pytest

from coupons import a_pool, costs, issued, redeemed
from orders import storm
from stoa.errors import (
    CouponClosedError,
    CouponRefusedError,
    CouponUnknownError,
    IdempotencyMismatchError,
    LinesDoNotSumError,
    ReceiptClaimedError,
)
from stoa.services import checkouts, coupons, ledger, purchases, returns
from stoa.services.checkouts import Checkout, Sale
from stoa.values.facts import Tender, TenderKind
from stoa.work import Actor, Key
from world import Coalition, Someone, a_key

TEST = Actor("test")


def a_code(coalition: Coalition, pool: str = "twenty", **changes: Any) -> str:
    """Return a code of a pool of its own."""
    a_pool(coalition.desk, pool, **changes)
    return issued(coalition.desk, pool)[0].code


def buy(
    coalition: Coalition,
    who: Someone,
    *codes: str,
    total: str = "100.00",
    key: Key | None = None,
    **changes: Any,
) -> Checkout:
    """Report a purchase at the grocery with its coupons."""
    with coalition.desk.work(coalition.as_grocery()) as work:
        sale = Sale(coalition.a_purchase(who, total, **changes), codes)
        return checkouts.earn(work, sale, key=key or a_key())


def state_of(coalition: Coalition, code: str) -> tuple[str, int]:
    """Return a coupon's state and its uses left."""
    with coalition.desk.work(TEST) as work:
        rows = work.rows("SELECT state, uses_left FROM coupons WHERE code = %s", (code,))
    return rows[0][0], rows[0][1]


def points(coalition: Coalition, who: Someone) -> int:
    """Return what a member can spend."""
    with coalition.desk.work(TEST) as work:
        return ledger.balance_of(work, who.id, "STAR").balance.available


def test_a_purchase_redeems_its_coupons_and_earns_on_the_rest(coalition: Coalition) -> None:
    ada, code = coalition.a_member(), a_code(coalition)
    done = buy(coalition, ada, code, receipt_no="R-7")
    (use,) = done.uses
    assert (use.discount.minor, use.receipt_no, use.state) == (2000, "R-7", "redeemed")
    assert done.earned.points == 80 == points(coalition, ada)
    assert state_of(coalition, code) == ("spent", 0)
    assert costs(coalition.desk, use.id) == [(None, 2000)]
    with coalition.desk.work(coalition.as_grocery()) as work:
        sold = purchases.find(work, done.earned.purchase_id)
    assert [(each.kind.value, each.minor) for each in sold.tenders] == [
        ("other", 8000), ("coupon", 2000),
    ]  # fmt: skip


def test_tenders_are_what_was_paid_beside_the_coupons(coalition: Coalition) -> None:
    ada, code = coalition.a_member(), a_code(coalition)
    with pytest.raises(LinesDoNotSumError) as refused:
        buy(coalition, ada, code, tenders=(Tender(TenderKind.CARD, 10_000),))
    assert refused.value.members == {"lines_minor": 8000, "tenders_minor": 10_000}
    assert state_of(coalition, code) == ("issued", 1)
    assert buy(coalition, ada, code, tenders=(Tender(TenderKind.CARD, 8000),)).earned.points == 80


def test_one_refused_coupon_refuses_all_and_posts_nothing(coalition: Coalition) -> None:
    ada = coalition.a_member()
    good = a_code(coalition, "good", stacks="others")
    bad = a_code(coalition, "bad", stacks="others", min_spend_minor=10_001)
    with pytest.raises(CouponRefusedError) as refused:
        buy(coalition, ada, good, bad)
    assert refused.value.members == {
        "reason": "below_minimum", "min_spend_minor": 10_001, "last4": bad[-4:],
    }  # fmt: skip
    with pytest.raises(CouponUnknownError):
        buy(coalition, ada, good, "0000000000000")
    assert (points(coalition, ada), state_of(coalition, good)) == (0, ("issued", 1))
    both = buy(coalition, ada, good, bad, total="100.01")
    assert [use.discount.minor for use in both.uses] == [2000, 2000]


def test_coupons_that_stand_alone_are_not_taken_together(coalition: Coalition) -> None:
    ada = coalition.a_member()
    codes = [a_code(coalition, "one"), a_code(coalition, "two", stacks="others")]
    for order in (codes, codes[::-1]):
        with pytest.raises(CouponRefusedError) as refused:
            buy(coalition, ada, *order)
        assert refused.value.members["reason"] == "not_with_others"
    assert points(coalition, ada) == 0


def test_one_key_is_one_purchase_with_one_answer(coalition: Coalition) -> None:
    ada, code, key = coalition.a_member(), a_code(coalition), a_key()
    answers = storm([partial(buy, coalition, ada, code, key=key, receipt_no="R-1")] * 8)
    assert {type(each) for each in answers} == {Checkout}
    told = [each for each in answers if isinstance(each, Checkout)]
    assert len({each.earned.purchase_id for each in told}) == 1
    assert {each.uses[0].id for each in told} == {told[0].uses[0].id}
    assert sum(not each.earned.replayed for each in told) == 1
    assert points(coalition, ada) == 80
    with pytest.raises(IdempotencyMismatchError):
        buy(coalition, ada, code, key=Key(key.value, b"another request."))


def test_of_eight_purchases_with_one_code_one_wins(coalition: Coalition) -> None:
    members = [coalition.a_member(f"M{each}") for each in range(8)]
    code = a_code(coalition)
    answers = storm(
        [
            partial(buy, coalition, who, code, receipt_no=f"S-{place}")
            for place, who in enumerate(members)
        ]
    )
    assert sum(isinstance(each, Checkout) for each in answers) == 1
    refused = [each for each in answers if isinstance(each, CouponRefusedError)]
    assert {each.members["reason"] for each in refused} == {"spent"}
    assert sum(points(coalition, who) for who in members) == 80


def test_a_receipt_that_was_reported_says_so(coalition: Coalition) -> None:
    ada, code = coalition.a_member(), a_code(coalition)
    buy(coalition, ada, code, receipt_no="R-1")
    with pytest.raises(ReceiptClaimedError):
        buy(coalition, ada, code, receipt_no="R-1")


def test_a_void_gives_the_coupon_back(coalition: Coalition) -> None:
    ada, code = coalition.a_member(), a_code(coalition)
    done = buy(coalition, ada, code)
    with coalition.desk.work(coalition.as_grocery()) as work:
        back = returns.void(work, done.earned.purchase_id, key=a_key())
    assert back.tenders == (("other", 8000), ("coupon", 2000))
    assert (points(coalition, ada), state_of(coalition, code)) == (0, ("issued", 1))
    assert costs(coalition.desk, done.uses[0].id) == [(None, 0)]
    redeemed(coalition.desk, coalition.as_grocery(), code)


def test_the_last_part_of_a_return_gives_the_coupon_back(coalition: Coalition) -> None:
    ada, code = coalition.a_member(), a_code(coalition)
    done = buy(coalition, ada, code, lines=["60.00", "40.00"])
    for line, after in ((1, "spent"), (2, "issued")):
        with coalition.desk.work(coalition.as_grocery()) as work:
            returns.return_lines(work, done.earned.purchase_id, {line: 1000}, key=a_key())
        assert state_of(coalition, code)[0] == after
    assert points(coalition, ada) == 0


def test_a_coupon_that_the_till_rolled_back_is_not_given_back_twice(coalition: Coalition) -> None:
    ada, code = coalition.a_member(), a_code(coalition)
    done = buy(coalition, ada, code)
    with coalition.desk.work(coalition.as_grocery()) as work:
        coupons.roll_back(work, coupons.show(work, code), use_id=done.uses[0].id)
    with coalition.desk.work(coalition.as_grocery()) as work:
        returns.void(work, done.earned.purchase_id, key=a_key())
    assert state_of(coalition, code) == ("issued", 1)
    with (
        coalition.desk.work(coalition.as_grocery()) as work,
        pytest.raises(CouponClosedError),
    ):
        coupons.roll_back(work, coupons.show(work, code), use_id=done.uses[0].id)


def test_an_estimate_tells_what_coupons_would_give_and_writes_nothing(coalition: Coalition) -> None:
    ada = coalition.a_member()
    good = a_code(coalition, "good", stacks="others")
    half = a_code(
        coalition, "half", stacks="others", worth={"kind": "percent", "basis_points": 5000}
    )
    bad = a_code(coalition, "bad", stacks="others", min_spend_minor=10_001)
    with coalition.desk.work(coalition.as_grocery()) as work:
        told = checkouts.estimate(work, Sale(coalition.a_purchase(ada), (good, half, bad)))
    assert [(each.discount and each.discount.minor, each.reason) for each in told.coupons] == [
        (2000, ""), (4000, ""), (None, "below_minimum"),
    ]  # fmt: skip
    assert told.earned.points == 40
    assert state_of(coalition, good) == ("issued", 1)


def test_a_purchase_without_coupons_reads_once_and_writes_once(coalition: Coalition) -> None:
    ada = coalition.a_member()
    buy(coalition, ada)
    with coalition.desk.work(coalition.as_grocery()) as work:
        checkouts.earn(work, Sale(coalition.a_purchase(ada)), key=a_key())
        assert work._session is None
