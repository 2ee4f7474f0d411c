"""Agreements: what holds with a partner, what somebody proposes, and what it would change."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from flask import abort, flash, make_response, render_template, request
from werkzeug import Response

from stoa.errors import FourEyesError, InvalidBodyError, ProposalClosedError, ProposalUnknownError
from stoa.services import agreements, partners, rates, rosters, volumes
from stoa.services.agreements import Draft, Proposal
from stoa.values.amounts import Money
from stoa.values.clearing.effects import Effect, Prices, effects, net
from stoa.values.clearing.money import stated
from stoa.values.identifiers import public_id
from stoa.work import Work
from stoa_admin import badge
from stoa_admin.clearing.drafts import filled, read_day, read_draft, told_faults
from stoa_admin.clearing.wording import CHOICES, LABELS, told, value_of
from stoa_admin.front import front, id_of, open_work, person, to
from stoa_admin.language import gettext, noted
from stoa_admin.room import Room, asks

__all__ = ["approve", "decline", "doors", "new", "page", "propose", "show", "waiting", "withdraw"]

doors = Room("agreements", __name__, reads="clearing.read", changes="agreements.change")

_MAX_NOTE = 200
_WHAT = {
    "issue": noted("Charge for issued points"),
    "redemption": noted("Credit for redeemed points"),
    "fee": noted("Fee at its tills"),
    "fee_of_lots": noted("Fee for its points redeemed anywhere"),
}


@doors.get("/partners/<partner>/agreement")
def page(partner: str) -> str:
    """Show the versions of a partner's agreement, and every proposal with who decided it."""
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        terms = partners.terms(work, partner_id, version=line.version)
        found = agreements.proposals(work, partner_id)
        today = work.today()
        names = rosters.staff_names(work)
    present = terms.agreement_on(today)
    versions = [(each, agreements.draft_of(each)) for each in reversed(terms.agreements)]
    approved = {each.version: each.decided_by for each in found if each.version}
    return render_template(
        "admin/clearing/agreement.html", partner=line, present=present,
        facts=_facts(agreements.draft_of(present)), versions=versions, approved=approved,
        found=found, names=names, changed=_changed_fields, labels=LABELS,
        me=person().actor.name, told=_told, tab="agreement",
    )  # fmt: skip


@doors.get("/partners/<partner>/agreement/new")
@asks("agreements.change")
def new(partner: str) -> str:
    """Show the form for a new version, filled with the present one."""
    partner_id = id_of("prt", partner)
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        last = partners.terms(work, partner_id, version=line.version).agreements[-1]
        day = max(agreements.earliest(work), last.effective_from)
    given = filled(agreements.draft_of(last), _money())
    return _form(partner_id, given | {"effective_from": day.isoformat()}, {})


@doors.post("/partners/<partner>/agreement/new")
@asks("agreements.change")
def propose(partner: str) -> Response:
    """Propose a new version to a second person."""
    partner_id = id_of("prt", partner)
    form, errors = request.form, dict[str, str]()
    day = read_day(form, errors)
    with open_work() as work:
        codes, first_day = {tax.code for tax in rates.taxes(work)}, agreements.earliest(work)
    draft = read_draft(form, errors, taxes=codes, money_currency=_money())
    if day is not None and day < first_day:
        errors["effective_from"] = told_faults({"effective_from": 1}, first_day.isoformat())[
            "effective_from"
        ]
    if draft is not None and day is not None and not errors:
        note = " ".join(form.get("note", "").split())[:_MAX_NOTE]
        try:
            with open_work() as work:
                made = agreements.propose(work, partner_id, draft, effective_from=day, note=note)
        except InvalidBodyError as refused:
            errors |= told_faults(refused.members["errors"], first_day.isoformat())
        else:
            badge.forget()
            flash(gettext("Proposed. A second person has to approve it."), "success")
            return to("agreements.show", proposal=public_id("agp", made))
    return make_response(_form(partner_id, form.to_dict(), errors), 422)


@doors.get("/clearing/agreements")
def waiting() -> str:
    """List what waits for a second person, the oldest first."""
    with open_work() as work:
        found = agreements.waiting(work)
        partners_ = {each.id: each for each in rosters.find_partners(work)}
        names = rosters.staff_names(work)
        rows = [(each, _present(work, each)) for each in found]
    return render_template(
        "admin/clearing/agreements.html", rows=rows, partners=partners_, names=names,
        changed=_changed_fields, labels=LABELS, me=person().actor.name, tab="agreements",
    )  # fmt: skip


@doors.get("/clearing/agreements/<proposal>")
def show(proposal: str) -> str:
    """Show a proposal beside what holds, and what it would have changed last month."""
    proposal_id = id_of("agp", proposal)
    with open_work() as work:
        try:
            found = agreements.find(work, proposal_id)
        except ProposalUnknownError:
            abort(404)
        present = _present(work, found)
        line = rosters.partner(work, found.partner_id)
        month = volumes.last_month(work)
        volume = volumes.of_month(work, found.partner_id, month)
        names = rosters.staff_names(work)
    found_effects = effects(_prices(present), _prices(found.draft), volume)
    before, after = (_stated(each) for each in net(found_effects))
    return render_template(
        "admin/clearing/proposal.html", partner=line, proposal=found, address=proposal,
        lines=_compared(present, found.draft), month=month, volume=volume,
        effects=[_row(each) for each in found_effects],
        total=(before, after, _difference(before, after)), names=names, me=person().actor.name,
        tab="agreements",
    )  # fmt: skip


@doors.post("/clearing/agreements/<proposal>/approve")
def approve(proposal: str) -> Response:
    """Let what somebody else proposed be the agreement from its day on."""
    proposal_id = id_of("agp", proposal)

    def deed(work: Work) -> str:
        return gettext(
            "Version %(number)s is agreed.", number=agreements.approve(work, proposal_id)
        )

    return _decide(proposal, deed)


@doors.post("/clearing/agreements/<proposal>/decline")
def decline(proposal: str) -> Response:
    """Refuse what somebody else proposed."""
    proposal_id, reason = id_of("agp", proposal), _reason()

    def deed(work: Work) -> str:
        agreements.decline(work, proposal_id, reason=reason)
        return gettext("The proposal is declined; the agreement stays as it is.")

    return _decide(proposal, deed)


@doors.post("/clearing/agreements/<proposal>/withdraw")
def withdraw(proposal: str) -> Response:
    """Take a proposal back."""
    proposal_id = id_of("agp", proposal)

    def deed(work: Work) -> str:
        agreements.withdraw(work, proposal_id)
        return gettext("The proposal is withdrawn; the agreement stays as it is.")

    return _decide(proposal, deed)


def _decide(proposal: str, deed: Callable[[Work], str]) -> Response:
    try:
        with open_work() as work:
            praise = deed(work)
    except ProposalUnknownError:
        abort(404)
    except ProposalClosedError:
        flash(gettext("Somebody decided this meanwhile; nothing was changed."), "danger")
    except FourEyesError:
        flash(gettext("Whoever proposed it can't decide it; ask a second person."), "danger")
    except InvalidBodyError:
        flash(gettext("Its first day has come too near; propose it again."), "danger")
    else:
        badge.forget()
        flash(praise, "success")
    return to("agreements.show", proposal=proposal)


def _form(partner_id: UUID, given: dict[str, str], errors: dict[str, str]) -> str:
    with open_work() as work:
        line = rosters.partner(work, partner_id)
        taxes = sorted({tax.code for tax in rates.taxes(work)})
    return render_template(
        "admin/clearing/agreement_new.html", partner=line, given=given, errors=errors,
        labels=LABELS, choices=CHOICES, taxes=taxes,
    )  # fmt: skip


def _present(work: Work, proposal: Proposal) -> Draft:
    terms = partners.terms_now(work, proposal.partner_id)
    earlier = [each for each in terms.agreements if each.version != proposal.version]
    fitting = [each for each in earlier if each.effective_from <= proposal.effective_from]
    return agreements.draft_of((fitting or earlier)[-1])


def _facts(draft: Draft) -> Sequence[tuple[str, str]]:
    return [(gettext(label), _told(draft, name)) for name, label in LABELS.items()]


def _compared(before: Draft, after: Draft) -> Sequence[tuple[str, str, str, bool]]:
    changed = _changed_fields(before, after)
    return [
        (gettext(label), _told(before, name), _told(after, name), name in changed)
        for name, label in LABELS.items()
    ]


def _changed_fields(before: Draft, after: Draft) -> Sequence[str]:
    return [name for name in LABELS if value_of(before, name) != value_of(after, name)]


def _told(draft: Draft, name: str) -> str:
    return told(draft, name, _money())


def _prices(draft: Draft) -> Prices:
    return Prices(
        draft.issue_price, draft.reimbursement_rate, draft.clauses.fee_redeeming,
        draft.clauses.fee_issuing,
    )  # fmt: skip


def _row(each: Effect) -> dict[str, Any]:
    before, after = _stated(each.before), _stated(each.after)
    return {
        "what": gettext(_WHAT[each.what]), "points": each.points, "before": before, "after": after,
        "change": _difference(before, after),
    }  # fmt: skip


def _stated(amount: Decimal) -> Money:
    return stated([amount], _money())


def _difference(before: Money, after: Money) -> Money:
    return Money(after.minor - before.minor, after.currency)


def _money() -> str:
    return front().desk.programme.money_currency


def _reason() -> str:
    return " ".join(request.form.get("reason", "").split())[:_MAX_NOTE]
