"""Coupons of one purchase: shown together, taken together, and given back with it.

    shown = basket.show(work, ["7KQ2W9MRA3XTE"], store="main", member=token)
    uses = basket.redeem(work, shown, Ticket(836_00, "CNY", articles, "R-1001"))

Each is judged beside all others of the ticket, in the order in which the till names them.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from stoa.errors import CouponClosedError, CouponRefusedError
from stoa.services import partners
from stoa.services.coupons import uses
from stoa.services.coupons.calls import send
from stoa.services.coupons.judging import Beside, Shown, Ticket, beside, judge
from stoa.services.coupons.uses import Use, Validation
from stoa.services.members import Token
from stoa.values.amounts import Money
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work

__all__ = ["find", "foresee", "redeem", "show", "undo"]


def show(work: Work, codes: Sequence[str], *, store: str, member: Token) -> list[Shown]:
    """Return what is known of codes that are shown together, before the work's transaction opens.

    Raises:
        StoaError: as `uses.show`.
    """
    return [
        uses.show(
            work, code, store=store, member=member,
            together=tuple(codes[:place]) + tuple(codes[place + 1 :]),
        )
        for place, code in enumerate(codes)
    ]  # fmt: skip


def foresee(work: Work, shown: Sequence[Shown], ticket: Ticket) -> list[Validation]:
    """Tell what coupons would take off a ticket one after the other; nothing is written."""
    told: list[Validation] = []
    before: list[Beside] = []
    for each in shown:
        store = uses.store_of(each)
        try:
            others = [*beside(work, each, store, ticket.receipt_no), *before]
            verdict = judge(work, each, ticket, others, store=store)
        except CouponRefusedError as refused:
            why = dict(refused.members)
            told.append(Validation(each, None, why.pop("reason"), why))
            continue
        before.append(Beside(each.kept.pool.stacks, verdict.discount_minor))
        told.append(Validation(each, Money(verdict.discount_minor, verdict.currency)))
    return told


def redeem(work: Work, shown: Sequence[Shown], ticket: Ticket) -> list[Use]:
    """Take a use of each coupon on a receipt, within the work's transaction.

    Raises:
        CouponRefusedError: one is not taken; `last4` tells which, `reason` why.
        WalletBusyError: the receipt or a code stayed locked for too long.
    """
    taken: list[Use] = []
    for each in shown:
        try:
            taken.append(uses.redeem(work, each, ticket))
        except CouponRefusedError as refused:
            members = dict(refused.members) | {"last4": each.coupon.code[-4:]}
            raise CouponRefusedError(**members) from None
    return taken


_FIND = """
SELECT u.id, c.id, right(u.code, 4), u.pool, u.state, u.discount_minor, u.currency, u.receipt_no,
       u.reserved_until, u.code, u.partner_id, u.store_id, u.member_id
  FROM coupon_uses u JOIN coupons c ON c.code = u.code
 WHERE u.id = ANY (%s::uuid[]) ORDER BY array_position(%s::uuid[], u.id)
"""
_GIVE_BACK = (
    "SELECT * FROM stoa_give_back_coupon(%s, %s, %s::uuid, %s::uuid, 'rolled_back', %s::uuid,"
    " %s::jsonb)"
)


def find(work: Work, use_ids: Sequence[UUID]) -> list[Use]:
    """Return uses as they stand, in the order of their ids."""
    ids = list(use_ids)
    return [
        Use(row[0], row[1], row[2], row[3], row[4], Money(row[5], row[6]), row[7], row[8])
        for row in work.rows(_FIND, (ids, ids))
    ]


def undo(work: Work, use_ids: Sequence[UUID]) -> None:
    """Give the uses of a purchase back that is undone; one that went back before stays so."""
    ids = sorted(use_ids)
    for row in work.rows(_FIND, (ids, ids)):
        use_id, coupon_id, last4, pool, _, minor, currency, _, _, code, partner_id = row[:11]
        facts = {
            "coupon": public_id("cpn", coupon_id), "last4": last4, "pool": pool,
            "use": public_id("cpu", use_id), "state": "rolled_back",
            "store": partners.terms(work, partner_id).store_of(row[11]).code,
            "discount_minor": minor, "currency": currency,
        }  # fmt: skip
        if row[12]:
            facts["member"] = public_id("mem", row[12])
        values = (code, work.now(), use_id, partner_id, new_uuid(), json.dumps(facts))
        with suppress(CouponClosedError):  # the till rolled it back by itself
            send(work, _GIVE_BACK, values)
