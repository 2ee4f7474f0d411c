"""Pools of coupons for tests, in a few lines."""

from typing import Any
from uuid import UUID

from stoa.services import coupons
from stoa.services.coupons import Issued, Ticket, Use
from stoa.services.members import Token
from stoa.values.identifiers import new_uuid
from stoa.work import Actor, Desk

OPERATOR = Actor("staff:editor")


def a_document(**changes: Any) -> dict[str, Any]:
    """Return a pool's document: 20.00 off, at all partners, until the end of 2026."""
    document = {
        "name": {"en": "20 off"},
        "worth": {"kind": "amount", "minor": 2000},
        "from": "2026-05-01",
        "until": "2026-12-31",
    } | changes
    return {name: value for name, value in document.items() if value is not None}


def a_pool(desk: Desk, code: str = "twenty", **changes: Any) -> str:
    """Save a pool and let it hold; return its code."""
    with desk.work(OPERATOR) as work:
        coupons.save(work, code, a_document(**changes))
        coupons.activate(work, code)
    return code


def issued(
    desk: Desk, pool: str = "twenty", *, member_id: UUID | None = None, count: int = 1,
    origin: str = "",
) -> list[Issued]:  # fmt: skip
    """Issue coupons of a pool."""
    with desk.work(OPERATOR) as work:
        return coupons.issue(work, pool, member_id=member_id, origin=origin, count=count)


def redeemed(
    desk: Desk, actor: Actor, code: str, *, amount: int = 10_000, receipt_no: str = "",
    member: Token | None = None, together: tuple[str, ...] = (), use_id: UUID | None = None,
    **ticket: Any,
) -> Use:  # fmt: skip
    """Redeem a code at the main store, on a receipt of its own unless one is named."""
    receipt = receipt_no or f"R-{new_uuid()}"
    with desk.work(actor) as work:
        shown = coupons.show(work, code, store="main", member=member, together=together)
        sold = Ticket(amount, receipt_no=receipt, **ticket)
        return coupons.redeem(work, shown, sold, use_id=use_id)


def reserved(
    desk: Desk, actor: Actor, code: str, *, amount: int = 10_000, ttl_s: int | None = None,
    receipt_no: str = "", member: Token | None = None, together: tuple[str, ...] = (),
) -> Use:  # fmt: skip
    """Reserve a use of a code at the main store."""
    with desk.work(actor) as work:
        shown = coupons.show(work, code, store="main", member=member, together=together)
        ticket = Ticket(amount, receipt_no=receipt_no)
        return coupons.reserve(work, shown, ticket, ttl_s=ttl_s)


def why_not(
    desk: Desk, actor: Actor, code: str, *, amount: int = 10_000, receipt_no: str = "",
    member: Token | None = None, together: tuple[str, ...] = (), **ticket: Any,
) -> str:  # fmt: skip
    """Return the reason for which a code would not be taken; empty where it would."""
    with desk.work(actor) as work:
        shown = coupons.show(work, code, store="main", member=member, together=together)
        told = Ticket(amount, receipt_no=receipt_no, **ticket)
        return coupons.validate(work, shown, told).reason


def rolled_back(desk: Desk, actor: Actor, code: str, use_id: UUID) -> Use:
    """Roll a use back."""
    with desk.work(actor) as work:
        return coupons.roll_back(work, coupons.show(work, code), use_id=use_id)


def costs(desk: Desk, use_id: UUID) -> list[tuple[UUID | None, int]]:
    """Return what each payer pays for a use, after all, in the order of the payers."""
    statement = """
        SELECT payer_id, sum(minor) FROM coupon_costs WHERE use_id = %s
         GROUP BY abs(place), payer_id ORDER BY abs(place)"""
    with desk.work(OPERATOR) as work:
        return [(row[0], int(row[1])) for row in work.rows(statement, (use_id,))]
