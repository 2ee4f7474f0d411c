"""Agreements change by two people: one proposes a version, another approves it (FRD-15).

What was agreed is never changed: an approved proposal is a new version from a day to come, at least
a quarter of an hour away, and points that are issued keep the price they were issued at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from stoa.errors import FourEyesError, InvalidBodyError, ProposalClosedError, ProposalUnknownError
from stoa.models.agreements import AgreementProposal
from stoa.services import audit, funding, partners, rates
from stoa.services.funding import FundingTerms
from stoa.services.partner_terms import AgreementTerms
from stoa.values.amounts import minor_exponent
from stoa.values.clearing.clauses import Clauses
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.periods import local_day
from stoa.values.wire import as_json, from_json
from stoa.work import Work

__all__ = [
    "Draft",
    "Proposal",
    "approve",
    "begin",
    "decline",
    "draft_of",
    "earliest",
    "find",
    "proposals",
    "propose",
    "waiting",
    "withdraw",
]

_NOTICE = timedelta(minutes=15)
_MOST_DAYS = 3650
_MOST_PRICE, _LEAST_PRICE = Decimal(1_000_000), Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Draft:
    """What a new version of an agreement shall say; prices are money per point."""

    issue_price: Decimal
    reimbursement_rate: Decimal
    backdate_days: int
    return_days: int
    pending_days: int
    clauses: Clauses


@dataclass(frozen=True, slots=True)
class Proposal:
    """A draft that waits for a second person, or what became of it.

    Attributes:
        state: ``proposed``, ``approved``, ``declined`` or ``withdrawn``.
        decision: what was said when it was declined.
        version: of the agreement, once approved.
    """

    id: UUID
    partner_id: UUID
    effective_from: date
    draft: Draft
    note: str
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision: str
    version: int | None


def draft_of(terms: AgreementTerms) -> Draft:
    """Return what a version of an agreement says, as a draft of the next one."""
    return Draft(
        terms.issue_price, terms.reimbursement_rate, terms.backdate_days, terms.return_days,
        terms.pending_days, terms.clauses,
    )  # fmt: skip


def earliest(work: Work) -> date:
    """Return the first day on which what is approved now may hold: never today."""
    return local_day(work.now() + _NOTICE, work.programme.zone) + timedelta(days=1)


def propose(
    work: Work, partner_id: UUID, draft: Draft, *, effective_from: date, note: str = ""
) -> UUID:
    """Keep a draft for a second person; return its id.

    Raises:
        PartnerUnknownError: there is no such partner.
        InvalidBodyError: a price, a number of days, a clause or the day can't be agreed.
    """
    errors = _faults(draft)
    codes = {"", *(tax.code for tax in rates.taxes(work))}
    for name in ("tax_issue", "tax_redemption", "tax_third_party"):
        if getattr(draft.clauses, name) not in codes:
            errors[name] = ["No tax of this code was entered."]
    if effective_from < earliest(work):
        errors["effective_from"] = [f"The first day can be {earliest(work).isoformat()}."]
    if errors:
        raise InvalidBodyError(errors=errors)
    partners.terms_now(work, partner_id)
    row = AgreementProposal(
        id=new_uuid(), partner_id=partner_id, effective_from=effective_from, terms=as_json(draft),
        note=note.strip()[:500], state="proposed", proposed_by=work.actor.name,
        proposed_at=work.now(),
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    audit.record(
        work, "agreement.propose", public_id("prt", partner_id),
        after={"proposal": str(row.id), "from": effective_from.isoformat(), **row.terms},
    )  # fmt: skip
    return row.id


def approve(work: Work, proposal_id: UUID) -> int:
    """Let a proposal be the agreement from its day on; return the version.

    Raises:
        ProposalUnknownError: there is no such proposal.
        ProposalClosedError: it was decided before.
        FourEyesError: whoever proposed it may not approve it.
        InvalidBodyError: its day has come too near meanwhile: it has to be proposed again.
    """
    row = _open(work, proposal_id)
    if row.proposed_by == work.actor.name:
        raise FourEyesError
    if row.effective_from < earliest(work):
        day = earliest(work).isoformat()
        raise InvalidBodyError(errors={"effective_from": [f"The first day can be {day}."]})
    draft = from_json(Draft, row.terms)
    version = partners.agree(
        work, row.partner_id, effective_from=row.effective_from, issue_price=draft.issue_price,
        reimbursement_rate=draft.reimbursement_rate, backdate_days=draft.backdate_days,
        return_days=draft.return_days, pending_days=draft.pending_days, clauses=draft.clauses,
    )  # fmt: skip
    row.version = version
    _decide(work, row, "approved")
    return version


def decline(work: Work, proposal_id: UUID, *, reason: str) -> None:
    """Refuse a proposal; anybody but the one who proposed it.

    Raises:
        ProposalUnknownError: there is no such proposal.
        ProposalClosedError: it was decided before.
        FourEyesError: whoever proposed it withdraws it instead.
    """
    row = _open(work, proposal_id)
    if row.proposed_by == work.actor.name:
        raise FourEyesError
    row.decision = reason.strip()[:500]
    _decide(work, row, "declined")


def withdraw(work: Work, proposal_id: UUID) -> None:
    """Take a proposal back.

    Raises:
        ProposalUnknownError: there is no such proposal.
        ProposalClosedError: it was decided before.
    """
    _decide(work, _open(work, proposal_id), "withdrawn")


_BEGINNING = """
SELECT a.partner_id, max(a.version) FROM agreements a
 WHERE a.begun_at IS NULL AND a.effective_from <= %s GROUP BY a.partner_id ORDER BY a.partner_id
"""
_BEGUN = """
UPDATE agreements SET begun_at = %s WHERE partner_id = %s AND version <= %s AND begun_at IS NULL
"""


def begin(work: Work) -> int:
    """Let what agreements that begin today say of funding hold from now on; return how many.

    What was set by hand stays, unless the new version says something else than the one before.
    """
    rows = work.rows(_BEGINNING, (work.today(),))
    for partner_id, version in rows:
        terms = {each.version: each for each in partners.terms_now(work, partner_id).agreements}
        before = terms.get(version - 1)
        wanted = _funding(work, terms[version].clauses)
        if wanted != (_funding(work, before.clauses) if before else FundingTerms()):
            funding.set_terms(work, partner_id, wanted)
        work.session.connection().exec_driver_sql(_BEGUN, (work.now(), partner_id, version))
    return len(rows)


def _funding(work: Work, clauses: Clauses) -> FundingTerms:
    exponent = minor_exponent(work.programme.money_currency)

    def money(minor: int | None) -> Decimal | None:
        return None if minor is None else Decimal(minor).scaleb(-exponent)

    by_credit = clauses.funding == "credit"
    overflows = by_credit or clauses.overflow == "credit"
    return FundingTerms(
        clauses.funding, clauses.overflow, money(clauses.credit_limit_minor) if overflows else None,
        None if by_credit else clauses.alert_points,
        money(clauses.alert_minor) if by_credit else None,
    )  # fmt: skip


def proposals(work: Work, partner_id: UUID) -> Sequence[Proposal]:
    """Return all proposals for a partner, the newest first."""
    rows = work.session.scalars(
        select(AgreementProposal)
        .where(AgreementProposal.partner_id == partner_id)
        .order_by(AgreementProposal.proposed_at.desc(), AgreementProposal.id)
    )
    return [_proposal(row) for row in rows]


def find(work: Work, proposal_id: UUID) -> Proposal:
    """Return one proposal.

    Raises:
        ProposalUnknownError: there is no such proposal.
    """
    row = work.session.get(AgreementProposal, proposal_id)
    if row is None:
        raise ProposalUnknownError
    return _proposal(row)


def waiting(work: Work) -> Sequence[Proposal]:
    """Return what waits for a second person, the oldest first."""
    rows = work.session.scalars(
        select(AgreementProposal)
        .where(AgreementProposal.state == "proposed")
        .order_by(AgreementProposal.proposed_at, AgreementProposal.id)
    )
    return [_proposal(row) for row in rows]


def _open(work: Work, proposal_id: UUID) -> AgreementProposal:
    row = work.session.get(AgreementProposal, proposal_id, with_for_update=True)
    if row is None:
        raise ProposalUnknownError
    if row.state != "proposed":
        raise ProposalClosedError(state=row.state)
    return row


def _decide(
    work: Work,
    row: AgreementProposal,
    state: str,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    row.state, row.decided_by, row.decided_at = state, work.actor.name, work.now()
    work.session.flush()
    said = {"proposal": str(row.id), "proposed_by": row.proposed_by}
    audit.record(
        work, f"agreement.{state}", public_id("prt", row.partner_id),
        before=said | dict(before or {}),
        after={"state": state, "version": row.version, **(after or {})},
    )  # fmt: skip


def _faults(draft: Draft) -> dict[str, list[str]]:
    errors = draft.clauses.faults()
    for name in ("issue_price", "reimbursement_rate"):
        price: Decimal = getattr(draft, name)
        if not 0 <= price < _MOST_PRICE or price % _LEAST_PRICE:
            errors[name] = ["Write an amount per point, with at most 6 decimals."]
    for name in ("backdate_days", "return_days", "pending_days"):
        if not 0 <= getattr(draft, name) <= _MOST_DAYS:
            errors[name] = ["Write a number of days from 0 to 3650."]
    return errors


def _proposal(row: AgreementProposal) -> Proposal:
    terms: dict[str, Any] = row.terms
    return Proposal(
        row.id, row.partner_id, row.effective_from, from_json(Draft, terms), row.note, row.state,
        row.proposed_by, row.proposed_at, row.decided_by, row.decided_at, row.decision, row.version,
    )  # fmt: skip
