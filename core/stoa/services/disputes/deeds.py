"""What people do with disputes, and what the worker does when their window is over."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from stoa.errors import (
    DisputeClosedError,
    DisputeWindowError,
    FourEyesError,
    InvalidBodyError,
    StatementUnknownError,
)
from stoa.models.disputes import Dispute as DisputeRow
from stoa.services import audit, payments
from stoa.services.disputes.evidence import add_evidence
from stoa.services.disputes.lists import Dispute, find
from stoa.services.disputes.notes import issue
from stoa.values.amounts import minor_exponent
from stoa.values.clearing.disputing import MOVES, OUTCOMES, REASONS, Held, held_of
from stoa.values.clearing.statements import Statement, StatementLine, money_text
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work, alliance_wide

__all__ = ["Claim", "lapse", "open_dispute", "resolve", "withdraw"]

_MAX_TEXT = 2_000
_MAX_REFERENCE = 200


@dataclass(frozen=True, slots=True)
class Claim:
    """What is disputed of a statement, and why.

    Attributes:
        line: as on the statement, such as ``burned``.
        counterparty: the other partner's code, empty for the operator.
        points: disputed points at the line's rate; or
        minor: a disputed amount above zero, in minor units, net of tax.
        reason: one of `stoa.values.clearing.disputing.REASONS`.
        reference: where the evidence is kept, if it is not handed in.
        evidence: a file by its name.
    """

    line: str
    counterparty: str = ""
    points: int | None = None
    minor: int | None = None
    reason: str = "other"
    text: str = ""
    reference: str = ""
    evidence: tuple[str, bytes] | None = None


_STATEMENT = """
SELECT partner_id, document::jsonb, points_currency, period FROM statements
 WHERE id = %s AND partner_id IS NOT NULL
"""
_HELD = """
SELECT coalesce(sum(minor), 0)::bigint FROM disputes
 WHERE points_currency = %(currency)s AND period = %(period)s AND line = %(line)s
   AND state <> 'withdrawn'
   AND (partner_id = %(partner)s AND other_id IS NOT DISTINCT FROM %(other)s
        OR partner_id = %(other)s AND other_id = %(partner)s)
"""
_BOOK = "SELECT stoa_book_dispute(%s, %s, %s)"
_DECIDE = """
UPDATE disputes SET state = %(state)s, decided_at = %(now)s, decided_by = %(by)s,
       decision = %(decision)s
 WHERE id = %(id)s AND state = 'open' RETURNING 1
"""
_SILENT = """
SELECT id FROM disputes d
 WHERE state = 'open' AND window_ends < %s AND reference = ''
   AND NOT EXISTS (SELECT 1 FROM dispute_evidence e WHERE e.dispute_id = d.id)
 ORDER BY id LIMIT %s
"""


def open_dispute(
    work: Work, statement_id: UUID, claim: Claim, *, dispute_id: UUID | None = None
) -> Dispute:
    """Dispute a part of a line: it is held back until somebody else has decided.

    Args:
        dispute_id: asked twice with the same one, it is opened once.

    Raises:
        StatementUnknownError: there is no such statement, or it is another partner's.
        DisputeWindowError: the statement was accepted by silence.
        InvalidBodyError: there is no such line, or so much of it can't be disputed.
    """
    payments.lock(work)
    rows = work.rows(_STATEMENT, (statement_id,))
    if not rows:
        raise StatementUnknownError
    partner_id, document, currency, period = rows[0]
    statement = Statement.read(public_id("stm", statement_id), document)
    dispute_id = dispute_id or new_uuid()
    if work.session.get(DisputeRow, dispute_id) is not None:
        return find(work, dispute_id)
    if statement.disputes_until is None or work.today() > statement.disputes_until:
        raise DisputeWindowError(disputes_until=str(statement.disputes_until or ""))
    if errors := _faults(claim):
        raise InvalidBodyError(errors=errors)
    place, line = _line(statement, claim)
    other_id = _partner(work, line.counterparty) if line.counterparty else None
    earlier = _earlier(
        work,
        {
            "currency": currency,
            "period": period,
            "line": line.line,
            "partner": partner_id,
            "other": other_id,
        },
    )
    held = held_of(
        line, statement.money_currency, points=claim.points, minor=claim.minor, held=earlier
    )
    if isinstance(held, str):
        raise InvalidBodyError(errors={"points" if claim.points else "amount": [held]})
    work.session.add(
        DisputeRow(
            id=dispute_id, statement_id=statement_id, points_currency=currency,
            money_currency=statement.money_currency, period=period, partner_id=partner_id,
            other_id=other_id, line=line.line, counterparty=line.counterparty, place=place,
            **_columns(held), exponent=minor_exponent(statement.money_currency),
            reason=claim.reason, text=claim.text, reference=claim.reference, state="open",
            window_ends=statement.disputes_until, opened_at=work.now(),
            opened_by=work.actor.name, opened_for=work.actor.partner_id,
        )
    )  # fmt: skip
    work.session.flush()
    if claim.evidence is not None:
        add_evidence(work, dispute_id, *claim.evidence)
    opened = find(work, dispute_id)
    work.rows(_BOOK, (dispute_id, "hold", work.today()))
    payments.recut(work, statement_id, [other_id] if other_id else [])
    audit.record(
        work, "dispute.open", opened.public_id,
        after={
            "statement": opened.statement_no, "line": opened.line, "minor": opened.minor,
            "points": opened.points, "reason": opened.reason, "text": opened.text,
        },
    )  # fmt: skip
    _tell(work, "dispute.opened", opened)
    return opened


def withdraw(work: Work, dispute_id: UUID, *, note: str = "") -> Dispute:
    """Take a dispute back: what was held moves with the next period.

    Raises:
        DisputeUnknownError: there is no such dispute.
        DisputeClosedError: it is not open any more.
        FourEyesError: the other side opened it.
    """
    return _end(work, dispute_id, "withdraw", note, _is_opener)


def resolve(work: Work, dispute_id: UUID, outcome: str, *, note: str) -> Dispute:
    """Decide a dispute: the line is upheld, or credited.

    Args:
        outcome: ``upheld`` or ``credited``.
        note: why; both sides read it.

    Raises:
        DisputeUnknownError: there is no such dispute.
        DisputeClosedError: it is not open any more.
        FourEyesError: the actor opened it, or is not of the operator.
        InvalidBodyError: no such outcome, or the note is missing or too long.
    """
    if outcome not in OUTCOMES:
        raise InvalidBodyError(errors={"outcome": [f"Choose one of {', '.join(OUTCOMES)}."]})
    if not note.strip():
        raise InvalidBodyError(errors={"note": ["Say why."]})
    return _end(work, dispute_id, "uphold" if outcome == "upheld" else "credit", note, _may_decide)


def lapse(work: Work, *, limit: int = 100) -> int:
    """End the disputes for which nothing was handed in while their window was open; how many.

    Silence accepts the statement as it was issued.
    """
    work.session.connection()
    rows = work.rows(_SILENT, (work.today(), limit))
    for (dispute_id,) in rows:
        _end(work, dispute_id, "lapse", "No evidence was handed in.", lambda *_: True)
    return len(rows)


def _end(
    work: Work, dispute_id: UUID, step: str, note: str, allowed: Callable[[Work, Dispute], bool]
) -> Dispute:
    work.session.connection()
    was = find(work, dispute_id)
    if not allowed(work, was):
        raise FourEyesError("Whoever opened a dispute takes it back; another person decides it.")
    if len(note) > _MAX_TEXT:
        raise InvalidBodyError(errors={"note": [f"Write at most {_MAX_TEXT} characters."]})
    move = MOVES[step]
    values = {
        "id": dispute_id, "state": move.state, "now": work.now(), "by": work.actor.name,
        "decision": note,
    }  # fmt: skip
    if not work.rows(_DECIDE, values):
        raise DisputeClosedError(state=find(work, dispute_id).state)
    work.rows(_BOOK, (dispute_id, move.books, work.today()))
    ended = find(work, dispute_id)
    if move.books == "credit":
        issue(work, ended)
    audit.record(
        work, f"dispute.{step}", ended.public_id,
        before={"state": was.state}, after={"state": ended.state, "note": note},
    )  # fmt: skip
    _tell(work, "dispute.resolved", ended)
    return ended


def _is_opener(work: Work, dispute: Dispute) -> bool:
    return work.actor.partner_id == dispute.opened_for


def _may_decide(work: Work, dispute: Dispute) -> bool:
    return work.actor.partner_id is None and work.actor.name != dispute.opened_by


def _line(statement: Statement, claim: Claim) -> tuple[int, StatementLine]:
    """Return the line that is meant and its place: the first that is no memo."""
    for place, each in enumerate(statement.lines):
        if (each.line, each.counterparty, each.memo) == (claim.line, claim.counterparty, False):
            return place, each
    raise InvalidBodyError(errors={"line": ["The statement has no such line."]})


@alliance_wide
def _partner(work: Work, code: str) -> UUID:
    found: UUID = work.rows("SELECT id FROM partners WHERE code = %s", (code,))[0][0]
    return found


@alliance_wide  # a line between two partners is on both statements, and held once
def _earlier(work: Work, values: dict[str, Any]) -> int:
    held: int = work.rows(_HELD, values)[0][0]
    return held


def _columns(held: Held) -> dict[str, Any]:
    return {
        "owes": held.owes, "side": held.side.value, "other_side": held.other_side.value,
        "against": held.against.value, "tax_against": held.tax_against.value,
        "points": held.points, "minor": held.minor, "tax_minor": held.tax_minor,
    }  # fmt: skip


def _faults(claim: Claim) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if claim.reason not in REASONS:
        errors["reason"] = [f"Choose one of {', '.join(REASONS)}."]
    if not claim.text.strip() or len(claim.text) > _MAX_TEXT:
        errors["text"] = [f"Say why, in at most {_MAX_TEXT} characters."]
    if len(claim.reference) > _MAX_REFERENCE:
        errors["reference"] = [f"Write at most {_MAX_REFERENCE} characters."]
    return errors


def _tell(work: Work, topic: str, dispute: Dispute) -> None:
    """Tell both partners of a line, or the one whose statement it is."""
    facts = {
        "dispute": dispute.public_id, "statement": public_id("stm", dispute.statement_id),
        "period": dispute.period, "line": dispute.line, "points": dispute.points,
        "amount": money_text(dispute.minor, dispute.money_currency),
        "money_currency": dispute.money_currency, "state": dispute.state,
    }  # fmt: skip
    for partner_id in (dispute.partner_id, dispute.other_id):
        if partner_id is not None:
            work.record(topic, facts, member_id=None, partner_id=partner_id)
