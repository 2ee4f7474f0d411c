"""Clearing terms: how a points currency is cleared from a period on; two people change them.

They switch at the beginning of a period, so that each statement was made by one set of terms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from stoa.errors import FourEyesError, InvalidBodyError, ProposalClosedError, ProposalUnknownError
from stoa.models.agreements import ClearingTerms
from stoa.services import audit
from stoa.values.clearing.clauses import Mode
from stoa.values.clearing.terms import DEFAULT_TERMS, Party, Terms, period_of_day
from stoa.values.clearing.transfers import Account, account_fault
from stoa.values.wire import as_json, from_json
from stoa.work import Work

__all__ = ["Offer", "approve", "decline", "found", "of_period", "propose", "versions", "waiting"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A version of the terms, or a proposal of one; `state` is as a proposal's."""

    terms: Terms
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str


_OF_PERIOD = """
SELECT version, effective_from, mode, revenue, recognition, urr_percent, reserve_ratio, party
  FROM clearing_terms
 WHERE points_currency = %s AND state = 'approved' AND effective_from <= %s
 ORDER BY effective_from DESC, version DESC LIMIT 1
"""


def of_period(work: Work, points_currency: str, period: str) -> Terms:
    """Return the terms of a period (``YYYY-MM``), `DEFAULT_TERMS` where none were agreed."""
    rows = work.rows(_OF_PERIOD, (points_currency, period))
    return _terms(*rows[0]) if rows else DEFAULT_TERMS


def found(work: Work, points_currency: str, terms: Terms) -> int:
    """Give a currency its first terms, for which there is nobody to ask yet; return the version.

    Raises:
        InvalidBodyError: terms do not fit, or there are terms already: propose a change.
    """
    if versions(work, points_currency):
        raise InvalidBodyError(errors={"terms": ["There are terms already: propose a change."]})
    row = _keep(work, points_currency, terms)
    row.state, row.decided_by, row.decided_at = "approved", work.actor.name, work.now()
    work.session.flush()
    return row.version


def propose(work: Work, points_currency: str, terms: Terms) -> int:
    """Keep new terms for a second person; return their version.

    Raises:
        InvalidBodyError: terms do not fit, or begin before the next period.
    """
    if terms.effective_from <= period_of_day(work.today()):
        raise InvalidBodyError(errors={"effective_from": ["Terms begin with a period to come."]})
    return _keep(work, points_currency, terms).version


def approve(work: Work, points_currency: str, version: int) -> None:
    """Let proposed terms hold from their period on.

    Raises:
        ProposalUnknownError: there is no such version.
        ProposalClosedError: it was decided before.
        FourEyesError: whoever proposed it may not approve it.
        InvalidBodyError: its period has begun meanwhile.
    """
    row = _open(work, points_currency, version)
    if row.effective_from <= period_of_day(work.today()):
        raise InvalidBodyError(errors={"effective_from": ["Terms begin with a period to come."]})
    _decide(work, row, "approved")


def decline(work: Work, points_currency: str, version: int) -> None:
    """Refuse proposed terms; whoever proposed them takes them back so.

    Raises:
        ProposalUnknownError: there is no such version.
        ProposalClosedError: it was decided before.
    """
    row = _open(work, points_currency, version)
    own = row.proposed_by == work.actor.name
    row.state = "withdrawn" if own else "declined"
    row.decided_by, row.decided_at = work.actor.name, work.now()
    work.session.flush()
    audit.record(work, f"clearing_terms.{row.state}", points_currency, after={"version": version})


def versions(work: Work, points_currency: str) -> Sequence[Offer]:
    """Return all versions and proposals, the newest first."""
    rows = work.session.scalars(
        select(ClearingTerms)
        .where(ClearingTerms.points_currency == points_currency)
        .order_by(ClearingTerms.version.desc())
    )
    return [
        Offer(
            _terms(
                row.version, row.effective_from, row.mode, row.revenue, row.recognition,
                row.urr_percent, row.reserve_ratio, row.party,
            ),
            row.state, row.proposed_by, row.proposed_at, row.decided_by,
        )
        for row in rows
    ]  # fmt: skip


def waiting(work: Work) -> Sequence[str]:
    """Return who proposed each of the terms that wait for a second person."""
    rows = work.rows("SELECT proposed_by FROM clearing_terms WHERE state = 'proposed'")
    return [row[0] for row in rows]


def _keep(work: Work, points_currency: str, terms: Terms) -> ClearingTerms:
    if errors := _faults(terms):
        raise InvalidBodyError(errors=errors)
    last = work.session.scalar(
        select(func.max(ClearingTerms.version)).where(
            ClearingTerms.points_currency == points_currency
        )
    )
    row = ClearingTerms(
        points_currency=points_currency, version=(last or 0) + 1,
        effective_from=terms.effective_from, mode=terms.mode.value, revenue=terms.revenue,
        recognition=terms.recognition, urr_percent=terms.urr_percent,
        reserve_ratio=terms.reserve_ratio, party=as_json(terms.operator) | {"series": terms.series},
        state="proposed",
        proposed_by=work.actor.name, proposed_at=work.now(),
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    audit.record(
        work, "clearing_terms.propose", points_currency,
        after={"version": row.version, "from": terms.effective_from, "mode": row.mode},
    )  # fmt: skip
    return row


def _open(work: Work, points_currency: str, version: int) -> ClearingTerms:
    row = work.session.get(ClearingTerms, (points_currency, version), with_for_update=True)
    if row is None:
        raise ProposalUnknownError
    if row.state != "proposed":
        raise ProposalClosedError(state=row.state)
    return row


def _decide(work: Work, row: ClearingTerms, state: str) -> None:
    if row.proposed_by == work.actor.name:
        raise FourEyesError
    row.state, row.decided_by, row.decided_at = state, work.actor.name, work.now()
    work.session.flush()
    audit.record(
        work, f"clearing_terms.{state}", row.points_currency, after={"version": row.version}
    )


def _faults(terms: Terms) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for name, words in (
        ("revenue", ("principal", "agent")), ("recognition", ("proportional", "remote")),
    ):  # fmt: skip
        if getattr(terms, name) not in words:
            errors[name] = [f"Choose one of {', '.join(words)}."]
    if not 0 < terms.urr_percent <= 100:  # noqa: PLR2004 - per cent
        errors["urr_percent"] = ["Write a share above 0 and at most 100 per cent."]
    if not 0 <= terms.reserve_ratio <= 1:
        errors["reserve_ratio"] = ["Write a part from 0 to 1."]
    operator = terms.operator
    if operator.account:
        fault = account_fault(Account(operator.name, operator.account, operator.bic))
        if fault:
            errors["account"] = [fault]
    return errors


def _terms(version: int, effective_from: str, mode: str, *rest: Any) -> Terms:  # noqa: ANN401
    revenue, recognition, urr_percent, reserve_ratio, party = rest
    said = dict(party)
    series = said.pop("series", DEFAULT_TERMS.series)
    return Terms(
        version, effective_from, Mode(mode), revenue, recognition, urr_percent, reserve_ratio,
        from_json(Party, said) if said else Party(), series,
    )  # fmt: skip
