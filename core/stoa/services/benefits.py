"""Benefits: what a member may enjoy without points; claim one, give it back."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, update

from stoa.errors import (
    BenefitUnknownError,
    ClaimClosedError,
    ClaimRefusedError,
    ClaimUnknownError,
    MemberFrozenError,
    PartnerSuspendedError,
    StoreUnknownError,
)
from stoa.models.benefits import ClaimRow
from stoa.models.members import Member
from stoa.services import members, partners, tiers
from stoa.services.members import Token
from stoa.services.partners import Terms
from stoa.values.amounts import Money
from stoa.values.facts import Benefit, Claim, Grant, Refusal
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.periods import local_day
from stoa.work import Work

__all__ = ["Claimed", "Wish", "claim", "find", "list_benefits", "release"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What a till asks for a member: a benefit, for what, how much or since when."""

    member: Token
    store: str
    benefit: str
    subject: str = ""
    at: datetime | None = None
    since: datetime | None = None
    quantity_milli: int | None = None
    unit_price_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim as it stands; `points_option` would pay what is due."""

    id: UUID
    benefit: str
    state: str
    quantity_milli: int
    unit: str
    worth: Money
    due: Money
    reason: str
    points_option: int | None = None


def list_benefits(work: Work, token: Token) -> list[Benefit]:
    """Return what the caller's partner offers a member now.

    Raises:
        MemberUnknownError: nobody has this token.
    """
    terms = _terms(work)
    found = members.find(work, token)
    standing = tiers.standing(work, found.id, _day(work, terms))
    return work.plugins.benefits(terms.plugin, standing, terms.settings, work.now())


def claim(work: Work, wish: Wish) -> Claimed:
    """Let a member use a benefit now, metered; nothing of it costs points.

    The member's row is locked, and the subject where there is one, so that two claims at once are
    metered one after the other.

    Raises:
        MemberUnknownError: nobody has this token.
        MemberFrozenError: the membership is frozen.
        StoreUnknownError: the caller has no such store.
        BenefitUnknownError: the partner's plugin has no such benefit.
        ClaimRefusedError: the plugin refused; `reason` is its code.
        PluginFailedError: the plugin did not answer.
    """
    terms = _terms(work)
    found = members.find(work, wish.member)
    if found.status != "active":
        raise MemberFrozenError
    store = terms.store(wish.store)
    if store is None:
        raise StoreUnknownError
    work.session.get(Member, found.id, with_for_update=True)
    if wish.subject:
        work.session.execute(select(func.pg_advisory_xact_lock(_subject_lock(terms, wish))))
    at = wish.at or work.now()
    day = local_day(at, store.zone)
    claim_id = new_uuid()
    money = store.currency
    asked = Claim(
        public_id("clm", claim_id), wish.benefit, at, wish.since, wish.quantity_milli,
        wish.unit_price_minor, wish.subject,
        _used(work, (ClaimRow.member_id == found.id), terms, wish, day),
        _used(work, (ClaimRow.subject == wish.subject), terms, wish, day) if wish.subject else 0,
        money,
    )  # fmt: skip
    standing = tiers.standing(work, found.id, day)
    answer = work.plugins.claim_benefit(terms.plugin, asked, standing, terms.settings)
    if answer is None:
        raise BenefitUnknownError
    if isinstance(answer, Refusal):
        raise ClaimRefusedError(answer.detail, reason=answer.code)
    _keep(
        work,
        claim_id,
        answer,
        wish=wish,
        terms=terms,
        member_id=found.id,
        store_id=store.id,
        day=day,
        money=money,
    )
    return Claimed(
        claim_id, wish.benefit, "used", answer.quantity_milli, answer.unit,
        Money(answer.worth_minor, money), Money(answer.due_minor, money), answer.reason,
        answer.points_option,
    )  # fmt: skip


def release(work: Work, claim_id: UUID) -> Claimed:
    """Give a claimed benefit back; it no longer counts.

    Raises:
        ClaimUnknownError: the caller has no such claim.
        ClaimClosedError: it was given back before.
    """
    mine = (ClaimRow.id == claim_id) & (ClaimRow.partner_id == work.actor.partner_id)
    done = work.session.execute(
        update(ClaimRow)
        .where(mine & (ClaimRow.state == "used"))
        .values(state="released", released_at=work.now())
        .returning(ClaimRow.member_id)
    ).first()
    if done is None:
        find(work, claim_id)
        raise ClaimClosedError
    facts = {"claim": public_id("clm", claim_id), "member": public_id("mem", done[0])}
    work.record("benefit.released", facts, member_id=done[0], partner_id=work.actor.partner_id)
    return find(work, claim_id)


def find(work: Work, claim_id: UUID) -> Claimed:
    """Return one of the caller's claims.

    Raises:
        ClaimUnknownError: the caller has no such claim.
    """
    mine = (ClaimRow.id == claim_id) & (ClaimRow.partner_id == work.actor.partner_id)
    row = work.session.scalar(
        select(ClaimRow).where(mine).execution_options(populate_existing=True)
    )
    if row is None:
        raise ClaimUnknownError
    return Claimed(
        row.id, row.benefit, row.state, row.quantity_milli, row.unit,
        Money(row.worth_minor, row.money_currency), Money(row.due_minor, row.money_currency),
        row.reason,
    )  # fmt: skip


def _terms(work: Work) -> Terms:
    if work.actor.partner_id is None:
        raise PartnerSuspendedError("Benefits are claimed by partners.")
    row = work.rows("SELECT version FROM partners WHERE id = %s", (work.actor.partner_id,))[0]
    return partners.terms(work, work.actor.partner_id, version=row[0])


def _subject_lock(terms: Terms, wish: Wish) -> int:
    name = f"{terms.partner_id}/{wish.benefit}/{wish.subject}"
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


def _day(work: Work, terms: Terms) -> date:
    zones = [store.zone for store in terms.stores.values()]
    return local_day(work.now(), zones[0] if zones else work.programme.zone)


def _used(work: Work, whose: ColumnElement[bool], terms: Terms, wish: Wish, day: date) -> int:
    same = (
        whose
        & (ClaimRow.partner_id == terms.partner_id)
        & (ClaimRow.benefit == wish.benefit)
        & (ClaimRow.business_date == day)
        & (ClaimRow.state == "used")
    )
    total = work.session.scalar(
        select(func.coalesce(func.sum(ClaimRow.quantity_milli), 0)).where(same)
    )
    return int(total or 0)


def _keep(
    work: Work,
    claim_id: UUID,
    grant: Grant,
    *,
    wish: Wish,
    terms: Terms,
    member_id: UUID,
    store_id: UUID,
    day: date,
    money: str,
) -> None:
    work.session.add(
        ClaimRow(
            member_id=member_id, id=claim_id, partner_id=terms.partner_id, store_id=store_id,
            benefit=wish.benefit, subject=wish.subject, business_date=day,
            quantity_milli=grant.quantity_milli, unit=grant.unit, worth_minor=grant.worth_minor,
            due_minor=grant.due_minor, money_currency=money, reason=grant.reason, state="used",
            claimed_at=work.now(), released_at=None,
        )
    )  # fmt: skip
    facts = {
        "claim": public_id("clm", claim_id), "member": public_id("mem", member_id),
        "benefit": wish.benefit, "quantity_milli": grant.quantity_milli, "unit": grant.unit,
    }  # fmt: skip
    work.record("benefit.claimed", facts, member_id=member_id, partner_id=terms.partner_id)
