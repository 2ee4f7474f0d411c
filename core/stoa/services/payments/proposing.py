"""Proposing: one payment for each statement of a closed period, less what is disputed of it.

What is paid is the closing of the statement, without what open disputes hold, with what was paid or
credited since, and without payments that are under way for earlier statements.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from stoa.errors import PeriodOpenError
from stoa.models.settling import Payment as PaymentRow
from stoa.services import audit
from stoa.services.partners import terms_now
from stoa.services.payments.lists import Payment, find, listed, lock
from stoa.values.amounts import Money, minor_exponent
from stoa.values.clearing.money import exchanged
from stoa.values.clearing.statements import Statement
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work, alliance_wide

__all__ = ["propose", "recut"]

_CLOSED = "SELECT state FROM clearing_periods WHERE points_currency = %s AND period = %s"
_STATEMENTS = """
SELECT id, partner_id, document::jsonb FROM statements
 WHERE points_currency = %(currency)s AND period = %(period)s AND partner_id IS NOT NULL
   AND (%(partners)s::uuid[] IS NULL OR partner_id = ANY(%(partners)s))
 ORDER BY no
"""
_SINCE = """
SELECT coalesce((
       SELECT sum(CASE p.direction WHEN 'in' THEN -p.cleared_minor ELSE p.cleared_minor END)
         FROM payments p JOIN money_entries e
           ON e.source = 'payment' AND e.subject_id = p.id AND e.n = 0
        WHERE p.partner_id = %(partner)s AND p.points_currency = %(currency)s
          AND e.period > %(period)s), 0)
     - coalesce((
       SELECT sum(CASE WHEN d.partner_id = %(partner)s
                       THEN CASE WHEN d.owes THEN 1 ELSE -1 END * (d.minor + d.tax_minor)
                       ELSE CASE WHEN d.owes THEN -1 ELSE 1 END * d.minor END)
         FROM disputes d JOIN money_entries e
           ON e.source = 'dispute' AND e.subject_id = d.id AND e.n = 8
        WHERE %(partner)s IN (d.partner_id, d.other_id) AND d.points_currency = %(currency)s
          AND e.period > %(period)s), 0)
     - coalesce((
       SELECT sum(CASE p.direction WHEN 'in' THEN p.owed_minor ELSE -p.owed_minor END)
         FROM payments p
        WHERE p.partner_id = %(partner)s AND p.points_currency = %(currency)s
          AND p.state IN ('proposed', 'sent') AND p.statement_id <> %(statement)s), 0),
       coalesce((
       SELECT sum(CASE WHEN d.partner_id = %(partner)s
                       THEN CASE WHEN d.owes THEN 1 ELSE -1 END * (d.minor + d.tax_minor)
                       ELSE CASE WHEN d.owes THEN -1 ELSE 1 END * d.minor END)
         FROM disputes d
        WHERE %(partner)s IN (d.partner_id, d.other_id) AND d.points_currency = %(currency)s
          AND d.state = 'open'), 0)
"""
_LIVE = """
SELECT id, state, direction FROM payments
 WHERE statement_id = %s AND state IN ('proposed', 'sent', 'settled') FOR UPDATE
"""
_CUT = "UPDATE payments SET minor = %s, owed_minor = %s, held_minor = %s WHERE id = %s RETURNING 1"
_CANCEL = "UPDATE payments SET state = 'cancelled', note = %s WHERE id = %s RETURNING 1"
_MOST = 10_000


@alliance_wide
def propose(work: Work, points_currency: str, period: str) -> Sequence[Payment]:
    """Propose what partners pay and are paid for a period; asked again, it renews what waits.

    Returns:
        The period's payments, whatever became of them, in the order of their statements.

    Raises:
        PeriodOpenError: the period is not closed.
    """
    lock(work)
    rows = work.rows(_CLOSED, (points_currency, period))
    if not rows or rows[0][0] != "closed":
        raise PeriodOpenError(period=period)
    _cut_all(work, points_currency, period, None)
    found = listed(work, points_currency=points_currency, period=period, limit=_MOST)
    return sorted(found, key=lambda each: (each.partner_code, each.id))


@alliance_wide
def recut(work: Work, statement_id: UUID, others: Sequence[UUID] = ()) -> None:
    """Cut the payment of a statement anew where it still waits: a line was disputed.

    Args:
        others: partners across whose statements of the same period are cut, too.
    """
    lock(work)
    rows = work.rows(
        "SELECT points_currency, period, partner_id FROM statements WHERE id = %s", (statement_id,)
    )
    currency, period, partner_id = rows[0]
    _cut_all(work, currency, period, [partner_id, *others], only_waiting=True)


def _cut_all(
    work: Work,
    currency: str,
    period: str,
    partners: list[UUID] | None,
    *,
    only_waiting: bool = False,
) -> None:
    values = {"currency": currency, "period": period, "partners": partners}
    for statement_id, partner_id, document in work.rows(_STATEMENTS, values):
        statement = Statement.read(public_id("stm", statement_id), document)
        live = work.rows(_LIVE, (statement_id,))
        if live and live[0][1] != "proposed":
            continue
        if only_waiting and not live:
            continue
        since, held = work.rows(
            _SINCE,
            {
                "partner": partner_id,
                "currency": currency,
                "period": period,
                "statement": statement_id,
            },
        )[0]
        due = statement.closing_minor + int(since) - int(held)
        _cut(work, statement, (statement_id, partner_id), due, held=int(held), live=live)


def _cut(
    work: Work,
    statement: Statement,
    ids: tuple[UUID, UUID],
    due: int,
    *,
    held: int,
    live: Sequence[Any],
) -> None:
    """Write what is due, above zero from the partner, as the one payment of a statement."""
    minor, direction = _settled(statement, abs(due)), "in" if due > 0 else "out"
    if live and minor and live[0][2] == direction:
        work.rows(_CUT, (minor, abs(due), held, live[0][0]))
        return
    if live:
        work.rows(_CANCEL, ("cut anew", live[0][0]))
    if not minor:
        return
    statement_id, partner_id = ids
    payment_id = new_uuid()
    tail = public_id("pay", payment_id)[-8:].upper()
    row = PaymentRow(
        id=payment_id, points_currency=statement.points_currency, period=statement.period,
        statement_id=statement_id, partner_id=partner_id, direction=direction,
        currency=statement.settlement_currency, minor=minor,
        money_currency=statement.money_currency, owed_minor=abs(due), held_minor=held,
        exponent=minor_exponent(statement.money_currency),
        due_on=statement.due or _due(work, partner_id), state="proposed",
        reference=f"STOA{statement.period[2:4]}{statement.period[5:]}{tail}",
        proposed_at=work.now(), proposed_by=work.actor.name,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    made = find(work, payment_id)
    audit.record(
        work, "payment.propose", made.public_id,
        after={"direction": direction, "minor": minor, "currency": made.currency, "held": held},
    )  # fmt: skip


def _settled(statement: Statement, owed: int) -> int:
    """Return what is owed in the money of the settlement: at the statement's own rate."""
    if owed == abs(statement.closing_minor):
        return abs(statement.settlement_minor)
    if statement.fx is None:
        return owed
    money = Money(owed, statement.money_currency)
    return exchanged(money, statement.fx.rate, statement.settlement_currency).minor


def _due(work: Work, partner_id: UUID) -> date:
    today = work.today()
    agreement = terms_now(work, partner_id).agreement_on(today)
    return today + timedelta(days=agreement.clauses.payment_days)
