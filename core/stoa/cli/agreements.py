"""``stoa partner agree`` and the like: changes of agreements, by two people."""

import tomllib
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import click

from stoa.cli.clients import partner_of
from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.cli.person import as_person, as_somebody, signed_in, somebody
from stoa.errors import InvalidBodyError
from stoa.services import agreements, partners, rosters
from stoa.services.agreements import Draft
from stoa.values.clearing.clause_files import read_clauses
from stoa.values.clearing.clauses import Clauses
from stoa.values.identifiers import public_id, uuid_of
from stoa.values.sections import Section

__all__ = ["agree", "approve", "clauses_of", "decline", "proposals"]

_PRICES = ("issue_price", "reimbursement_rate")
_DAYS = ("backdate_days", "return_days", "pending_days")


def clauses_of(file: Any, present: Clauses) -> Clauses:  # noqa: ANN401 - an open file
    """Return the clauses that a TOML file says; `present` without one.

    Raises:
        InvalidBodyError: it is no TOML, or a clause does not fit; `errors` names each.
    """
    if file is None:
        return present
    section, errors = _section(file)
    clauses = read_clauses(section, present)
    section.close()
    if errors:
        raise InvalidBodyError(errors=errors)
    return clauses


@click.command(
    "agree",
    cls=Taught,
    examples="""
        stoa partner agree grocery --issue-price 0.0132 --since 2026-07-01 --note "rent"
        stoa partner agree grocery --terms grocery.toml --as ada@example.org
    """,
)
@click.argument("code")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day; the next by default.")
@click.option("--issue-price", type=str, help="What it pays for a point it gives.")
@click.option("--reimbursement-rate", type=str, help="What it is paid for a point burned there.")
@click.option("--terms", "file", type=click.File("rb"), help="Prices, days and clauses, as TOML.")
@click.option("--note", default="", help="Why; for whoever approves it, and kept.")
@as_somebody
def agree(
    code: str,
    *,
    since: datetime | None,
    issue_price: str | None,
    reimbursement_rate: str | None,
    file: Any,  # noqa: ANN401 - an open file
    note: str,
    email: str | None,
    password: str | None,
) -> None:
    """Propose a new version of the agreement with the partner CODE.

    What is not said stays as it is. A second person has to approve it; points that are issued keep
    their price.
    """
    with open_desk(settings_of()) as desk:
        actor = somebody(desk, email, password, "agreements.change")
        with desk.work(actor) as work:
            partner_id = partner_of(work, code)
            last = partners.terms_now(work, partner_id).agreements[-1]
            draft = _read(file, agreements.draft_of(last))
            given = {"issue_price": issue_price, "reimbursement_rate": reimbursement_rate}
            for name, text in given.items():
                if text is not None:
                    draft = _with(draft, name, text)
            first = since.date() if since else max(agreements.earliest(work), last.effective_from)
            made = agreements.propose(work, partner_id, draft, effective_from=first, note=note)
    console().print(f"{public_id('agp', made)} waits for a second person: stoa partner approve …")


@click.command(
    "proposals",
    cls=Taught,
    examples="""
        stoa partner proposals
        stoa partner proposals grocery
    """,
)
@click.argument("code", required=False)
def proposals(code: str | None) -> None:
    """List the proposed agreements that wait, or all there were of the partner CODE."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        partner_id = partner_of(work, code) if code else None
        found = agreements.proposals(work, partner_id) if partner_id else agreements.waiting(work)
        codes = {each.id: each.code for each in rosters.find_partners(work)}
        names = rosters.staff_names(work)
    table = a_table("id", "partner", "from", "prices", "by", "state", numbers=())
    for each in found:
        by = " / ".join(names.get(who, who) for who in (each.proposed_by, each.decided_by) if who)
        prices = f"{each.draft.issue_price:f} / {each.draft.reimbursement_rate:f}"
        table.add_row(
            public_id("agp", each.id), codes[each.partner_id], each.effective_from.isoformat(),
            prices, by, each.state,
        )  # fmt: skip
    console().print(table if found else "Nothing waits.")


@click.command("approve", cls=Taught, examples="stoa partner approve agp_0k3… --as ben@example.org")
@click.argument("proposal")
@as_person
def approve(proposal: str, *, email: str, password: str) -> None:
    """Let PROPOSAL, which somebody else made, be the agreement from its day on."""
    with open_desk(settings_of()) as desk:
        actor = signed_in(desk, email, password, "agreements.change")
        with desk.work(actor) as work:
            version = agreements.approve(work, _id(proposal))
    console().print(f"Version {version} is agreed.")


@click.command(
    "decline",
    cls=Taught,
    examples='stoa partner decline agp_0k3… --reason "too dear" --as ben@example.org',
)
@click.argument("proposal")
@click.option("--reason", required=True, help="Kept with the proposal.")
@as_person
def decline(proposal: str, *, reason: str, email: str, password: str) -> None:
    """Decline PROPOSAL, or withdraw it where it is your own."""
    with open_desk(settings_of()) as desk:
        actor = signed_in(desk, email, password, "agreements.change")
        with desk.work(actor) as work:
            proposal_id = _id(proposal)
            if agreements.find(work, proposal_id).proposed_by == actor.name:
                agreements.withdraw(work, proposal_id)
            else:
                agreements.decline(work, proposal_id, reason=reason)
    console().print("The agreement stays as it is.")


def _read(file: Any, present: Draft) -> Draft:  # noqa: ANN401 - an open file
    if file is None:
        return present
    section, errors = _section(file)
    prices = {name: section.decimal(name, str(getattr(present, name))) for name in _PRICES}
    days = {name: section.whole(name, getattr(present, name)) for name in _DAYS}
    clauses = read_clauses(section, present.clauses)
    section.close()
    if errors:
        raise InvalidBodyError(errors=errors)
    return Draft(
        prices["issue_price"], prices["reimbursement_rate"], days["backdate_days"],
        days["return_days"], days["pending_days"], clauses,
    )  # fmt: skip


def _section(file: Any) -> tuple[Section, dict[str, list[str]]]:  # noqa: ANN401 - an open file
    errors: dict[str, list[str]] = {}
    try:
        return Section(tomllib.load(file), "", errors), errors
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise InvalidBodyError(errors={"terms": [f"This is no TOML: {wrong}"]}) from None


def _with(draft: Draft, name: str, text: str) -> Draft:
    errors: dict[str, list[str]] = {}
    price = Section({name: text}, "", errors).decimal(name, "0")
    if errors:
        raise InvalidBodyError(errors=errors)
    return (
        replace(draft, issue_price=price)
        if name == _PRICES[0]
        else replace(draft, reimbursement_rate=price)
    )


def _id(text: str) -> UUID:
    found = uuid_of("agp", text)
    if found is None:
        raise click.ClickException("A proposal's id begins with agp_.")
    return found
