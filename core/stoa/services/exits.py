"""Exits: a partner leaves stage by stage, and no member's points die with it (economics §3.11).

A stage begins on the day that was announced for it, or when somebody moves it on after that day.
What a partner may still do follows from its status, which every server reads with its terms.
Points that its lots still owe are covered by a deposit where issuers pay for redemptions; where the
pool pays, they were paid for when they were issued, and only unused packs are left to give back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from stoa.errors import ExitBlockedError, ExitUnknownError, InvalidBodyError
from stoa.models.exits import PartnerExit
from stoa.services import audit, clearing_terms, funding, mail, partners
from stoa.services.funding import Refund
from stoa.values.clearing.clauses import Mode
from stoa.values.clearing.exits import STATUS_AT, Plan, RunOff, after
from stoa.values.clearing.lines import POINTS_OF
from stoa.values.clearing.terms import period_of_day
from stoa.values.identifiers import public_id
from stoa.values.letters import partner_leaves
from stoa.work import Work

__all__ = [
    "Exit",
    "advance",
    "announce",
    "call_off",
    "due",
    "exits",
    "members_to_tell",
    "notify",
    "of",
    "run_off",
    "waits_for",
]


@dataclass(frozen=True, slots=True)
class Exit:
    """Where a partner's exit stands."""

    partner_id: UUID
    stage: str
    plan: Plan
    note: str
    announced_at: datetime
    announced_by: str
    moved_at: datetime
    deposit: Decimal | None
    run_off_from: str | None


def announce(work: Work, partner_id: UUID, plan: Plan, *, note: str = "") -> Exit:
    """Announce that a partner leaves; its members are told by letter from now on.

    Raises:
        PartnerUnknownError: there is no such partner.
        InvalidBodyError: members would have less than 60 days, or the days are out of order.
        ExitBlockedError: its exit is announced already.
    """
    partners.terms_now(work, partner_id)
    if work.session.get(PartnerExit, partner_id) is not None:
        raise ExitBlockedError("The exit is announced already.", by=["announced"])
    if errors := plan.faults(work.today()):
        raise InvalidBodyError(errors=errors)
    row = PartnerExit(
        partner_id=partner_id, stage="announce", stop_enrol_on=plan.stop_enrol_on,
        stop_earn_on=plan.stop_earn_on, stop_burn_on=plan.stop_burn_on, note=note.strip()[:500],
        announced_at=work.now(), announced_by=work.actor.name, moved_at=work.now(),
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    _tell(work, row, before="")
    return _exit(row)


def call_off(work: Work, partner_id: UUID) -> None:
    """Let a partner stay after all, as long as it still takes points; suspended it stays suspended.

    Raises:
        ExitUnknownError: its exit is not announced.
        ExitBlockedError: redemptions have stopped.
    """
    row = _row(work, partner_id)
    if row.stage not in ("announce", "stop_enrol", "stop_earn"):
        raise ExitBlockedError("Redemptions have stopped.", by=[row.stage])
    issues = partners.terms_now(work, partner_id).may_issue or row.stage == "stop_earn"
    partners.set_status(work, partner_id, "active" if issues else "suspended")
    audit.record(work, "exit.call_off", public_id("prt", partner_id), before={"stage": row.stage})
    work.session.delete(row)
    work.session.flush()


def advance(work: Work, partner_id: UUID) -> Exit:
    """Move an exit to its next stage; a partner that is suspended issues no points at any.

    Raises:
        ExitUnknownError: its exit is not announced.
        ExitBlockedError: the stage's day has not come, a dispute is open, or points are outstanding
            whose redemption the partner still owes; `by` says which.
    """
    row = _row(work, partner_id)
    stage = after(row.stage)
    if stage is None:
        raise ExitBlockedError("The exit is over.", by=["archive"])
    if blocked := _blocked(work, row, stage):
        raise ExitBlockedError(by=blocked)
    before, row.stage, row.moved_at = row.stage, stage, work.now()
    if stage == "settle":
        _settle(work, row)
    if stage == "archive":
        row.archived_at = work.now()
    issues = partners.terms_now(work, partner_id).may_issue
    held = stage == "stop_enrol" and not issues
    partners.set_status(work, partner_id, "no_earn" if held else STATUS_AT[stage])
    work.session.flush()
    _tell(work, row, before=before)
    return _exit(row)


def due(work: Work) -> int:
    """Begin the stages whose day has come; return how many. Settling waits for a person."""
    rows = work.session.scalars(
        select(PartnerExit).where(PartnerExit.stage.in_(("announce", "stop_enrol", "stop_earn")))
    ).all()
    moved = 0
    for row in rows:
        stage = after(row.stage)
        day = _plan(row).day_of(stage) if stage else None
        if day is not None and day <= work.today() and not _blocked(work, row, str(stage)):
            advance(work, row.partner_id)
            moved += 1
    return moved


def of(work: Work, partner_id: UUID) -> Exit | None:
    """Return where a partner's exit stands; ``None`` where it stays."""
    row = work.session.get(PartnerExit, partner_id)
    return None if row is None else _exit(row)


def exits(work: Work) -> Sequence[Exit]:
    """Return all exits, the newest first."""
    rows = work.session.scalars(select(PartnerExit).order_by(PartnerExit.announced_at.desc()))
    return [_exit(row) for row in rows]


def waits_for(work: Work, partner_id: UUID) -> Sequence[str]:
    """Return what the next stage of an exit waits for; nothing where it may begin, or none follows.

    Raises:
        ExitUnknownError: its exit is not announced.
    """
    row = work.session.get(PartnerExit, partner_id)
    if row is None:
        raise ExitUnknownError
    stage = after(row.stage)
    return [] if stage is None else _blocked(work, row, stage)


_LEFT = """
SELECT coalesce(sum(points), 0)::bigint FROM money_sums
 WHERE points_currency = %s AND issuer_id = %s AND line = ANY(%s)
"""
_REDEEMED = """
SELECT coalesce(-sum(points), 0)::bigint FROM money_sums
 WHERE points_currency = %s AND issuer_id = %s AND line = 'burned' AND period >= %s
"""


def run_off(work: Work, partner_id: UUID) -> RunOff:
    """Return how the deposit of a partner that settled runs off, or what it would have to be.

    Raises:
        PartnerUnknownError: there is no such partner.
    """
    agreement = partners.terms_now(work, partner_id).agreement_on(work.today())
    points = work.programme.currency
    lines = [str(line) for line in POINTS_OF]
    outstanding: int = work.rows(_LEFT, (points, partner_id, lines))[0][0]
    found = of(work, partner_id)
    rate = agreement.reimbursement_rate
    if found is None or found.deposit is None or found.run_off_from is None:
        return RunOff(outstanding * rate, 0, outstanding, rate)
    values = (points, partner_id, found.run_off_from)
    redeemed: int = work.rows(_REDEEMED, values)[0][0]
    return RunOff(found.deposit, redeemed, outstanding, rate)


_MEMBERS = """
SELECT DISTINCT ON (m.id) m.id, i.value, m.locale
  FROM purchases p
  JOIN members m ON m.id = p.member_id AND m.status = 'active'
  JOIN identifiers i ON i.member_id = m.id AND i.kind = 'email'
 WHERE p.partner_id = %(partner)s
   AND NOT EXISTS (SELECT 1 FROM exit_letters t
                    WHERE t.partner_id = %(partner)s AND t.member_id = m.id)
 ORDER BY m.id LIMIT %(limit)s
"""
_TO_TELL = """
SELECT count(DISTINCT m.id) FROM purchases p
  JOIN members m ON m.id = p.member_id AND m.status = 'active'
  JOIN identifiers i ON i.member_id = m.id AND i.kind = 'email'
 WHERE p.partner_id = %s
"""
_TOLD = "INSERT INTO exit_letters (partner_id, member_id, told_at) VALUES (%s, %s, %s)"


def members_to_tell(work: Work, partner_id: UUID) -> int:
    """Return how many members bought at a partner and can be written to."""
    told: int = work.rows(_TO_TELL, (partner_id,))[0][0]
    return told


def notify(work: Work, *, limit: int = 200) -> int:
    """Write to members who bought at a partner that leaves, each once; return how many letters."""
    written = 0
    for each in exits(work):
        if each.stage in ("stop_burn", "settle", "archive"):
            continue
        name = partners.terms(work, each.partner_id).name
        values = {"partner": each.partner_id, "limit": limit - written}
        for member_id, address, locale in work.rows(_MEMBERS, values):
            day = each.plan.stop_burn_on
            mail.queue(work, address, partner_leaves(name, day=day, language=locale))
            work.session.connection().exec_driver_sql(
                _TOLD, (each.partner_id, member_id, work.now())
            )
            written += 1
        if written >= limit:
            break
    return written


_OPEN_DISPUTES = """
SELECT count(*) FROM disputes WHERE partner_id = %s AND state = 'open'
"""


def _blocked(work: Work, row: PartnerExit, stage: str) -> list[str]:
    day = _plan(row).day_of(stage)
    found = []
    if day is not None and work.today() < day:
        found.append(f"not before {day.isoformat()}")
    if stage in ("settle", "archive"):
        if _has_disputes(work) and work.rows(_OPEN_DISPUTES, (row.partner_id,))[0][0]:
            found.append("open disputes")
        if stage == "archive" and row.deposit is not None:
            left = run_off(work, row.partner_id).outstanding
            if left:
                found.append(f"{left} points outstanding")
    return found


def _has_disputes(work: Work) -> bool:
    return bool(work.rows("SELECT to_regclass('disputes') IS NOT NULL")[0][0])


def _settle(work: Work, row: PartnerExit) -> list[Refund]:
    """Take the deposit where issuers pay; give unused packs back."""
    period = period_of_day(work.today())
    terms = clearing_terms.of_period(work, work.programme.currency, period)
    if terms.mode is Mode.ISSUER_PAYS:
        row.deposit = run_off(work, row.partner_id).deposit
        row.run_off_from = period
    return [
        funding.refund(work, pack.id)
        for pack in funding.packs_of(work, row.partner_id)
        if pack.left
    ]


def _row(work: Work, partner_id: UUID) -> PartnerExit:
    row = work.session.get(PartnerExit, partner_id, with_for_update=True)
    if row is None:
        raise ExitUnknownError
    return row


def _tell(work: Work, row: PartnerExit, *, before: str) -> None:
    facts = {
        "partner": public_id("prt", row.partner_id), "stage": row.stage,
        "stop_burn_on": row.stop_burn_on.isoformat(),
    }  # fmt: skip
    audit.record(
        work, f"exit.{row.stage}", public_id("prt", row.partner_id), before={"stage": before},
        after=facts,
    )  # fmt: skip
    work.record("partner.exit_stage", facts, member_id=None, partner_id=row.partner_id)


def _plan(row: PartnerExit) -> Plan:
    return Plan(row.stop_enrol_on, row.stop_earn_on, row.stop_burn_on)


def _exit(row: PartnerExit) -> Exit:
    return Exit(
        row.partner_id, row.stage, _plan(row), row.note, row.announced_at, row.announced_by,
        row.moved_at, row.deposit, row.run_off_from,
    )  # fmt: skip
