"""Judging: whether a coupon is taken on a ticket, what it takes off, or why not.

Why not is a word that stays: ``reason`` of `CouponRefusedError`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from stoa.errors import CouponRefusedError, MemberFrozenError
from stoa.services.coupons.pools import Kept
from stoa.services.ledger import array
from stoa.services.partners import StoreTerms, Terms
from stoa.values.coupons import Article, discount_of, split_cost, stands_beside
from stoa.work import Work, alliance_wide

__all__ = ["Beside", "Coupon", "Shown", "Ticket", "Verdict", "beside", "judge"]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a coupon is shown for.

    Attributes:
        amount_minor: what the ticket comes to before any coupon.
        currency: of the amount; the store's where empty.
        lines: its articles, where the till tells them.
        receipt_no: the till's number; a redemption needs it.
    """

    amount_minor: int
    currency: str = ""
    lines: tuple[Article, ...] = ()
    receipt_no: str = ""


@dataclass(frozen=True, slots=True)
class Coupon:
    """A code as it stands.

    Attributes:
        rule_state: of its pool: ``paused`` is taken nowhere.
        frozen: whether its member is.
        member_id: whose it is; a merged member's is of the one who goes on.
    """

    id: UUID
    code: str
    pool: str
    version: int
    member_id: UUID | None
    state: str
    uses: int
    uses_left: int
    valid_from: date
    valid_until: date
    rule_state: str
    frozen: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A code that was shown, with all that is known where it was: what the deeds are given.

    Attributes:
        store: where; ``None`` where only the code is asked about.
        member_id: whom the till named.
        together: codes that the till will take on the same ticket.
    """

    coupon: Coupon
    kept: Kept
    terms: Terms
    store: StoreTerms | None
    member_id: UUID | None
    together: tuple[str, ...] = ()

    @property
    def whose(self) -> UUID | None:
        """Whose use it is: the coupon's member, or the one who was named."""
        return self.coupon.member_id or self.member_id


@dataclass(frozen=True, slots=True)
class Beside:
    """Another coupon on the same ticket: how it stacks, and what it takes off already."""

    stacks: str
    discount_minor: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a coupon takes off a ticket; `cost_minor` is what its payers pay, split in `minors`."""

    discount_minor: int
    cost_minor: int
    currency: str
    minors: tuple[int, ...]


def judge(
    work: Work,
    shown: Shown,
    ticket: Ticket,
    others: Sequence[Beside],
    *,
    store: StoreTerms,
    held: UUID | None = None,
) -> Verdict:
    """Return what a coupon takes off a ticket; nothing is written.

    Args:
        held: the reservation that is redeemed now: its use is taken already.

    Raises:
        CouponRefusedError: it is not taken; `reason` says why.
        MemberFrozenError: its member is frozen, whoever shows it.
    """
    coupon, pool = shown.coupon, shown.kept.pool
    if held is None:
        _check_state(work, coupon)
    if not pool.accepted_at.has(shown.terms.code, store.code):
        raise CouponRefusedError(reason="not_here")
    if None not in (coupon.member_id, shown.member_id) and coupon.member_id != shown.member_id:
        raise CouponRefusedError(reason="other_member")
    if ticket.currency not in ("", store.currency) or (
        pool.worth.kind != "percent" and store.currency != work.programme.money_currency
    ):
        raise CouponRefusedError(reason="wrong_currency")
    if ticket.amount_minor < pool.min_spend_minor:
        raise CouponRefusedError(reason="below_minimum", min_spend_minor=pool.min_spend_minor)
    if pool.per_member is not None:
        _check_member(work, shown, pool.per_member, held)
    if not stands_beside(pool.stacks, [each.stacks for each in others]):
        raise CouponRefusedError(reason="not_with_others")
    left = ticket.amount_minor - sum(each.discount_minor for each in others)
    discount = discount_of(pool.worth, max(left, 0), ticket.lines)
    if discount is None:
        raise CouponRefusedError(reason="article_missing", sku=pool.worth.sku)
    if discount == 0 and pool.worth.kind != "service":
        raise CouponRefusedError(reason="nothing_to_pay")
    cost = pool.worth.minor if pool.worth.kind == "service" else discount
    return Verdict(discount, cost, store.currency, tuple(split_cost(cost, pool.payers)))


_BESIDE = """
SELECT u.stacks, u.discount_minor FROM coupon_uses u
 WHERE u.partner_id = %(partner)s AND u.store_id = %(store)s
   AND u.id <> coalesce(%(held)s::uuid, '00000000-0000-0000-0000-000000000000')
   AND (u.state = 'redeemed' OR u.state = 'reserved' AND u.reserved_until > %(now)s)
   AND (%(receipt)s <> '' AND u.receipt_no = %(receipt)s
        OR u.code = ANY (%(codes)s::text[]) AND u.state = 'reserved')
"""
_NAMED = """
SELECT v.document -> 'stacks' FROM coupons c
  JOIN rule_versions v ON v.kind = 'coupon' AND v.code = c.pool AND v.version = c.pool_version
 WHERE c.code = ANY (%(codes)s::text[]) AND c.code <> %(code)s
   AND NOT EXISTS (SELECT 1 FROM coupon_uses u
                    WHERE u.code = c.code AND u.partner_id = %(partner)s
                      AND u.store_id = %(store)s
                      AND (u.state = 'reserved' AND u.reserved_until > %(now)s
                           OR u.state = 'redeemed' AND u.receipt_no = %(receipt)s
                              AND %(receipt)s <> ''))
"""


def beside(
    work: Work, shown: Shown, store: StoreTerms, receipt_no: str, *, held: UUID | None = None
) -> list[Beside]:
    """Return the other coupons of a ticket: on its receipt, or named to be taken with this one."""
    values = {
        "partner": shown.terms.partner_id, "store": store.id, "receipt": receipt_no, "held": held,
        "codes": array(shown.together), "code": shown.coupon.code, "now": work.now(),
    }  # fmt: skip
    found = [Beside(*row) for row in work.rows(_BESIDE, values)]
    if shown.together:
        found += [Beside(_stacks(row[0]), 0) for row in work.rows(_NAMED, values)]
    return found


def _stacks(written: object) -> str:
    if isinstance(written, dict):
        return f"group:{written['group']}"
    return str(written or "alone")


def _check_state(work: Work, coupon: Coupon) -> None:
    today = work.today()
    if coupon.state != "issued":
        raise CouponRefusedError(reason=coupon.state)
    if coupon.rule_state == "paused":
        raise CouponRefusedError(reason="paused")
    if today < coupon.valid_from:
        raise CouponRefusedError(reason="not_yet")
    if today > coupon.valid_until:
        raise CouponRefusedError(reason="expired")
    if coupon.frozen:
        raise MemberFrozenError


_OWN = """
SELECT count(*) FROM coupon_uses u
 WHERE u.pool = %(pool)s AND u.state IN ('reserved', 'redeemed')
   AND u.id <> coalesce(%(held)s::uuid, '00000000-0000-0000-0000-000000000000')
   AND u.member_id IN (SELECT m.id FROM members m
                        WHERE m.id = %(member)s OR m.merged_into = %(member)s)
"""


@alliance_wide
def _check_member(work: Work, shown: Shown, most: int, held: UUID | None) -> None:
    if shown.whose is None:
        raise CouponRefusedError(reason="member_needed")
    values = {"pool": shown.coupon.pool, "held": held, "member": shown.whose}
    if work.rows(_OWN, values)[0][0] >= most:
        raise CouponRefusedError(reason="member_limit", per_member=most)
