"""Agreements change by two people, from a day to come, and never for points that are issued."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import select

from stoa.errors import (
    FourEyesError,
    InvalidBodyError,
    PartnerUnknownError,
    ProposalClosedError,
    ProposalUnknownError,
)
from stoa.models.audit import AuditRecord
from stoa.services import agreements, clearing_terms, funding, partners
from stoa.services.agreements import Draft
from stoa.values.clearing.clauses import Clauses, Mode
from stoa.values.clearing.terms import DEFAULT_TERMS, Party, period_after, period_of_day
from stoa.values.identifiers import new_uuid
from stoa.work import Actor, Desk, Work
from world import Coalition, FixedClock

DEARER = Draft(
    Decimal("0.015"), Decimal("0.010"), 30, 30, 0,
    Clauses(fee_redeeming=Decimal("0.001"), settlement_currency="HKD"),
)  # fmt: skip
ANN, BEN = Actor("staff:ann"), Actor("staff:ben")


@pytest.fixture
def work(desk: Desk, coalition: Coalition) -> Iterator[Work]:
    assert coalition.grocery
    with desk.work(ANN) as work:
        yield work


@pytest.fixture
def partner_id(coalition: Coalition) -> UUID:
    return coalition.grocery


def by(work: Work, actor: Actor) -> Work:
    work.actor = actor
    return work


def tomorrow(work: Work) -> date:
    return work.today() + timedelta(days=1)


def test_another_person_approves_and_the_new_price_holds_from_its_day(
    work: Work, partner_id: UUID
) -> None:
    before = partners.terms_now(work, partner_id).agreement_on(work.today())
    proposal = agreements.propose(
        by(work, ANN), partner_id, DEARER, effective_from=tomorrow(work), note="rent"
    )
    assert [each.id for each in agreements.waiting(work)] == [proposal]
    version = agreements.approve(by(work, BEN), proposal)
    terms = partners.terms_now(work, partner_id)
    assert terms.agreement_on(work.today()) == before
    after = terms.agreement_on(tomorrow(work))
    assert (after.version, after.issue_price) == (version, Decimal("0.015"))
    assert after.clauses == DEARER.clauses
    assert agreements.waiting(work) == []
    (kept,) = agreements.proposals(work, partner_id)
    assert (kept.state, kept.proposed_by, kept.decided_by) == ("approved", "staff:ann", "staff:ben")


def test_nobody_approves_or_declines_what_they_proposed(work: Work, partner_id: UUID) -> None:
    proposal = agreements.propose(by(work, ANN), partner_id, DEARER, effective_from=tomorrow(work))
    with pytest.raises(FourEyesError):
        agreements.approve(work, proposal)
    with pytest.raises(FourEyesError):
        agreements.decline(work, proposal, reason="no")
    assert agreements.waiting(work)


def test_what_was_decided_stays_so(work: Work, partner_id: UUID) -> None:
    proposal = agreements.propose(by(work, ANN), partner_id, DEARER, effective_from=tomorrow(work))
    agreements.decline(by(work, BEN), proposal, reason="too dear")
    with pytest.raises(ProposalClosedError):
        agreements.approve(work, proposal)
    with pytest.raises(ProposalClosedError):
        agreements.withdraw(work, proposal)
    second = agreements.propose(by(work, ANN), partner_id, DEARER, effective_from=tomorrow(work))
    agreements.withdraw(work, second)
    assert {each.state for each in agreements.proposals(work, partner_id)} == {
        "withdrawn", "declined",
    }  # fmt: skip
    with pytest.raises(ProposalUnknownError):
        agreements.approve(work, new_uuid())


def test_no_change_holds_today(work: Work, partner_id: UUID) -> None:
    with pytest.raises(InvalidBodyError) as refused:
        agreements.propose(work, partner_id, DEARER, effective_from=work.today())
    assert "effective_from" in refused.value.members["errors"]


def test_what_can_not_be_agreed_is_named(work: Work, partner_id: UUID) -> None:
    clauses = Clauses(
        funding="credit", overflow="maybe", reserve_ratio=Decimal(2), settlement_currency="yuan",
        tax_issue="VAT6",
    )  # fmt: skip
    draft = replace(DEARER, issue_price=Decimal(-1), return_days=-1, clauses=clauses)
    with pytest.raises(InvalidBodyError) as refused:
        agreements.propose(work, partner_id, draft, effective_from=tomorrow(work))
    assert set(refused.value.members["errors"]) == {
        "issue_price", "return_days", "overflow", "reserve_ratio", "credit_limit_minor",
        "settlement_currency", "tax_issue",
    }  # fmt: skip
    with pytest.raises(PartnerUnknownError):
        agreements.propose(work, new_uuid(), DEARER, effective_from=tomorrow(work))


def test_funding_changes_on_the_day_the_agreement_says(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    prepaid = replace(DEARER, clauses=Clauses(funding="prepaid", alert_points=3000))
    with desk.work(ANN) as work:
        agreements.begin(work)
        day = tomorrow(work)
        proposal = agreements.propose(work, coalition.grocery, prepaid, effective_from=day)
    with desk.work(BEN) as work:
        agreements.approve(work, proposal)
        assert agreements.begin(work) == 0
        assert funding.terms_of(work, coalition.grocery).kind == "open"
    clock.move(days=1)
    with desk.work(BEN) as work:
        assert agreements.begin(work) == 1
        assert agreements.begin(work) == 0
        assert funding.terms_of(work, coalition.grocery).alert_points == 3000
        assert funding.terms_of(work, coalition.cinema).kind == "open"


def test_every_step_stands_in_the_audit_trail(work: Work, partner_id: UUID) -> None:
    proposal = agreements.propose(by(work, ANN), partner_id, DEARER, effective_from=tomorrow(work))
    agreements.approve(by(work, BEN), proposal)
    kept = {(each.deed, each.actor) for each in work.session.scalars(select(AuditRecord))}
    assert {("agreement.propose", "staff:ann"), ("agreement.approved", "staff:ben")} <= kept


def test_terms_switch_with_a_period_to_come(work: Work) -> None:
    points = work.programme.currency
    now = period_of_day(work.today())
    assert clearing_terms.of_period(work, points, now) == DEFAULT_TERMS
    bilateral = replace(
        DEFAULT_TERMS, mode=Mode.ISSUER_PAYS, effective_from=period_after(now),
        operator=Party("Harbour Mall Ltd", ("1 Quay",), "GB1", "GB33BUKB20201555555555"),
    )  # fmt: skip
    version = clearing_terms.propose(by(work, ANN), points, bilateral)
    with pytest.raises(FourEyesError):
        clearing_terms.approve(work, points, version)
    clearing_terms.approve(by(work, BEN), points, version)
    assert clearing_terms.of_period(work, points, now) == DEFAULT_TERMS
    assert clearing_terms.of_period(work, points, period_after(now)) == replace(
        bilateral, version=version
    )


def test_terms_that_do_not_fit_are_named(work: Work) -> None:
    points = work.programme.currency
    wrong = replace(
        DEFAULT_TERMS, effective_from="2999-01", revenue="both", urr_percent=Decimal(0),
        operator=Party(account="GB34BUKB20201555555555"),
    )  # fmt: skip
    with pytest.raises(InvalidBodyError) as refused:
        clearing_terms.propose(work, points, wrong)
    assert set(refused.value.members["errors"]) == {"revenue", "urr_percent", "account"}
    with pytest.raises(InvalidBodyError):
        clearing_terms.propose(work, points, DEFAULT_TERMS)
