"""Pools of coupons: what they say, what stands together, what is imported and found."""

import random
from typing import Any
from uuid import UUID

import pytest

from coupons import OPERATOR, a_document, a_pool, issued, redeemed, reserved, why_not
from stoa.errors import CouponPoolUnknownError, CouponRefusedError, CouponSoldOutError
from stoa.errors import InvalidRuleError as Wrong
from stoa.services import coupons, mergers
from stoa.values.identifiers import new_uuid
from stoa.work import Desk
from world import Coalition

OTHERS = {"stacks": "others"}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"until": "2026-04-30"}, "until"),
        ({"worth": {"kind": "percent", "basis_points": 10_001}}, "worth.basis_points"),
        ({"worth": {"kind": "article"}}, "worth.sku"),
        ({"worth": {"kind": "service"}}, "worth.text"),
        ({"codes": "imported", "supply": 5}, "supply"),
        ({"accepted_at": {"partners": ["nobody"]}}, "accepted_at.partners.0"),
        ({"accepted_at": {"stores": ["cinema/none"]}}, "accepted_at.stores.0"),
        ({"accepted_at": {"partners": ["cinema"], "stores": ["grocery/main"]}},
         "accepted_at.stores.0"),
        ({"accepted_at": {"stores": ["cinema"]}}, "accepted_at.stores.0"),
        ({"accepted_at": {"partners": []}}, "accepted_at.partners"),
        ({"issuers": ["cinema", "cinema"]}, "issuers"),
        ({"stacks": {"group": ""}}, "stacks.group"),
        ({"payers": [{"payer": "prt:nobody", "share": 100}]}, "payers.0.payer"),
        ({"uses": 0}, "uses"),
        ({"odd": 1}, "odd"),
    ],
)  # fmt: skip
def test_a_document_that_can_not_be_is_refused_with_its_place(
    desk: Desk, coalition: Coalition, changes: dict[str, Any], place: str
) -> None:
    with desk.work(OPERATOR) as work, pytest.raises(Wrong) as wrong:
        coupons.save(work, "twenty", a_document(**changes))
    assert place in wrong.value.members["errors"]


def test_coupons_on_a_ticket_stand_beside_each_other_as_they_say(
    desk: Desk, coalition: Coalition
) -> None:
    till = coalition.as_cinema()
    kinds: dict[str, Any] = {
        "alone": "alone", "others": "others", "a": {"group": "dinner"}, "b": {"group": "dinner"},
    }  # fmt: skip
    for name, stacks in kinds.items():
        a_pool(desk, name, stacks=stacks)
    codes = {name: issued(desk, name)[0].code for name in kinds}
    redeemed(desk, till, codes["others"], receipt_no="R-1")
    assert why_not(desk, till, codes["alone"], receipt_no="R-1") == "not_with_others"
    assert why_not(desk, till, codes["a"], receipt_no="R-1", together=(codes["b"],)) == (
        "not_with_others"
    )
    reserved(desk, till, codes["a"], receipt_no="R-1")
    with pytest.raises(CouponRefusedError) as refused:
        redeemed(desk, till, codes["b"], receipt_no="R-1")
    assert refused.value.members == {"reason": "not_with_others"}
    redeemed(desk, till, codes["alone"], receipt_no="R-2")
    assert why_not(desk, till, codes["b"], receipt_no="R-2") == "not_with_others"
    redeemed(desk, till, codes["b"], receipt_no="R-3")


def test_the_second_coupon_works_on_what_the_first_has_left(
    desk: Desk, coalition: Coalition
) -> None:
    a_pool(desk, **OTHERS, uses=3)
    a_pool(desk, "half", **OTHERS, worth={"kind": "percent", "basis_points": 5000})
    till = coalition.as_cinema()
    code = issued(desk)[0].code
    redeemed(desk, till, code, amount=2501, receipt_no="R-1")
    second = issued(desk, "half", count=2)
    use = redeemed(desk, till, second[0].code, amount=2501, receipt_no="R-1")
    assert use.discount.minor == 250  # 50 % of 5.01, rounded down
    redeemed(desk, till, code, amount=2000, receipt_no="R-2")
    assert why_not(desk, till, second[1].code, amount=2000, receipt_no="R-2") == "nothing_to_pay"
    assert why_not(desk, till, code, receipt_no="R-2") == ""
    with pytest.raises(CouponRefusedError) as refused:
        redeemed(desk, till, code, receipt_no="R-2", amount=9000)
    assert refused.value.members == {"reason": "on_this_receipt"}


def test_uses_of_a_member_are_limited_over_all_memberships(
    desk: Desk, coalition: Coalition
) -> None:
    a_pool(desk, per_member=2, uses=9)
    ada, bob, till = coalition.a_member(), coalition.a_member("Bob"), coalition.as_cinema()
    code = issued(desk)[0].code
    assert why_not(desk, till, code) == "member_needed"
    redeemed(desk, till, code, member=ada.token)
    redeemed(desk, till, code, member=bob.token)
    with desk.work(OPERATOR) as work:
        mergers.merge(work, bob.id, ada.id, reason="one person")
    assert why_not(desk, till, code, member=ada.token) == "member_limit"
    own = issued(desk, member_id=ada.id)[0].code
    assert why_not(desk, till, own) == "member_limit"
    eve = coalition.a_member("Eve")
    assert why_not(desk, till, own, member=eve.token) == "other_member"


def test_a_coupon_is_taken_where_its_pool_says(desk: Desk, coalition: Coalition) -> None:
    a_pool(desk, accepted_at={"partners": ["cinema"], "stores": ["cinema/main"]})
    code = issued(desk)[0].code
    assert why_not(desk, coalition.as_grocery(), code) == "not_here"
    assert why_not(desk, coalition.as_cinema(), code) == ""


def test_imported_codes_are_given_out_to_the_last(desk: Desk, coalition: Coalition) -> None:
    a_pool(desk, codes="imported")
    lines = [
        "code,until", "AAAA-BBBB-CCCC-1", "AAAA BBBB CCCC 2,2026-06-30", "short",
        '{"code": "aaaabbbbcccc3", "until": "2026-07-01"}', "AAAABBBBCCCC1", "", "{odd",
        "AAAABBBBCCCC4,tomorrow",
    ]  # fmt: skip
    with desk.work(OPERATOR) as work:
        loaded = coupons.load(work, "twenty", lines)
    assert (loaded.new, sorted(loaded.errors)) == (3, [4, 6, 8, 9])
    with desk.work(OPERATOR) as work:
        again = coupons.load(work, "twenty", ["AAAABBBBCCCC1"])
    assert (again.new, again.errors) == (0, {1: "This code is there already."})
    given = issued(desk, count=2) + issued(desk)
    assert sorted(each.code for each in given) == [f"AAAABBBBCCCC{n}" for n in (1, 2, 3)]
    assert {str(each.valid_until) for each in given} == {"2026-12-31", "2026-06-30", "2026-07-01"}
    with pytest.raises(CouponSoldOutError):
        issued(desk)
    redeemed(desk, coalition.as_cinema(), "aaaa-bbbb-cccc-1")


def test_codes_in_peoples_hands_are_imported_as_they_are(desk: Desk, coalition: Coalition) -> None:
    a_pool(desk, codes="imported", uses=2)
    with desk.work(OPERATOR) as work:
        coupons.load(work, "twenty", ["LEAFLET-2026-AA"], state="issued")
    redeemed(desk, coalition.as_cinema(), "leaflet 2026 aa")
    a_pool(desk, "made")
    with pytest.raises(CouponPoolUnknownError), desk.work(OPERATOR) as work:
        coupons.load(work, "made", [])


def test_a_pool_is_looked_through_by_last_letters_or_whole_codes(
    desk: Desk, coalition: Coalition
) -> None:
    a_pool(desk, supply=10)
    with desk.work(OPERATOR) as work:
        first, second, third = coupons.issue_batch(work, "twenty", 3)
    redeemed(desk, coalition.as_cinema(), first.code)
    with desk.work(OPERATOR) as work:
        assert coupons.cancel(work, second.id)
        assert not coupons.cancel(work, first.id)
        assert [each.id for each in coupons.search(work, "twenty", text=first.code)] == [first.id]
        found = coupons.search(work, "twenty", text=third.code[-4:].lower())
        assert third.id in {each.id for each in found}
        assert coupons.search(work, "twenty", text="7") == []
        spent = coupons.search(work, "twenty", state="spent")
        assert [each.last4 for each in spent] == [first.code[-4:]]
        told = coupons.counts(work, "twenty")
    assert told == coupons.Counts(0, 1, 1, 0, 1, 1, 2000, 8)


def test_a_supply_may_grow_and_never_falls_below_what_is_issued(
    desk: Desk, coalition: Coalition
) -> None:
    a_pool(desk)
    issued(desk, count=5)
    a_pool(desk, supply=3)
    with pytest.raises(CouponSoldOutError):
        issued(desk)
    a_pool(desk, supply=6)
    issued(desk)
    with pytest.raises(CouponSoldOutError):
        issued(desk)
    a_pool(desk, supply=None)
    issued(desk, count=20)


def test_what_is_cancelled_after_a_cut_is_issued_to_nobody_else(
    desk: Desk, coalition: Coalition
) -> None:
    a_pool(desk, supply=5)
    first = issued(desk, count=5)
    a_pool(desk, supply=3)
    for coupon in first[:2]:
        with desk.work(OPERATOR) as work:
            assert coupons.cancel(work, coupon.id)
        with pytest.raises(CouponSoldOutError):
            issued(desk)
    with desk.work(OPERATOR) as work:
        assert coupons.cancel(work, first[2].id)
    issued(desk)
    with pytest.raises(CouponSoldOutError):
        issued(desk)


def test_whatever_is_cut_issued_and_cancelled_no_more_is_left_than_may_be(
    desk: Desk, coalition: Coalition
) -> None:
    """What is left is the figure less what is out, or nothing, after every one of 60 deeds."""
    chance, told, out = random.Random(41), 6, list[UUID]()  # noqa: S311 - no secret
    a_pool(desk, supply=told)
    for _ in range(60):
        deed = chance.choice(("cut", "issue", "issue", "cancel", "cancel all"))
        count, free = chance.randint(1, 3), max(told - len(out), 0)
        with desk.work(OPERATOR) as work:
            if deed == "cut":
                told = chance.randint(1, 9)
                coupons.save(work, "twenty", a_document(supply=told))
                coupons.activate(work, "twenty")
            elif deed == "issue" and count <= free:
                origin = f"order:{new_uuid()}"
                out += [each.id for each in coupons.issue(
                    work, "twenty", member_id=None, origin=origin, count=count
                )]  # fmt: skip
            elif deed == "issue":
                with pytest.raises(CouponSoldOutError) as refused:
                    coupons.issue(work, "twenty", member_id=None, origin="", count=count)
                assert refused.value.members == {"left": free}
            elif deed == "cancel" and out:
                assert coupons.cancel(work, out.pop(chance.randrange(len(out))))
            elif deed == "cancel all" and out:
                origin = work.rows("SELECT origin FROM coupons WHERE id = %s", (out[-1],))[0][0]
                assert coupons.cancel_of(work, origin)
                gone = work.rows("SELECT id FROM coupons WHERE state = 'cancelled'")
                out = [each for each in out if each not in {row[0] for row in gone}]
            rest = work.rows("SELECT coalesce(sum(remaining), 0)::int FROM coupon_stripes")[0][0]
            assert rest == max(told - len(out), 0), deed
