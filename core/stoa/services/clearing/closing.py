"""Closing: a period ends at a place of the log, by ledger position and not by a clock.

    lock  →  log and book what is there  →  steps (taxes, rounding, …)  →  statements  →  closed

All but the catching-up before is one transaction under one lock: who is killed on the way leaves
the period open, as it was. Whatever is logged later falls into the next period, with its own
business date. Closing a closed period again changes nothing and tells what was frozen.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from stoa.errors import ClosingRunningError, PeriodNotNextError, PeriodNotOverError
from stoa.services import audit, journal, log, numbering
from stoa.services.clearing import parties, statements
from stoa.services.clearing.building import Built, build, parties_of
from stoa.services.clearing.periods import last_day, next_period, period_of
from stoa.services.clearing.statements import Frozen
from stoa.services.clearing.steps import STEPS
from stoa.values.clearing.sums import Sum
from stoa.work import Work

__all__ = ["Closed", "catch_up", "close", "digest"]

_LOCK = 5753
_FREE = "SELECT pg_try_advisory_xact_lock(%s)"
_FIRST = "0000-00"
_CLOSE = "SELECT stoa_close_period(%s, %s, %s, %s, %s, %s::jsonb)"


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed period and its statements, the operator's last; `again` if it was closed before."""

    period: str
    statements: Sequence[Frozen]
    sha256: str
    again: bool = False


def catch_up(work: Work) -> int:
    """Log and book some of what is there; return how many postings, 0 where all is booked.

    Each call wants a work of its own.
    """
    logged = log.append(work, patient=True)
    return journal.book(work, patient=True) or logged


def close(
    work: Work,
    period: str,
    *,
    currency: str = "",
    progress: Callable[[str], None] = lambda _: None,
) -> Closed:
    """Close a period (``YYYY-MM``) and freeze its statements.

    Args:
        currency: of points; the programme's by default.
        progress: told each step by its name as it begins.

    Raises:
        ClosingRunningError: another process closes a period.
        PeriodNotOverError: its last business day is not over in the programme's zone.
        PeriodNotNextError: an earlier period is open.
        FxRateMissingError: a partner settles in a money without a rate on the last day.
        TaxCodeUnknownError: an agreement names a tax that was never entered.
    """
    currency = currency or work.programme.currency
    work.session.connection()
    if not work.rows(_FREE, (_LOCK,))[0][0]:
        raise ClosingRunningError
    found = period_of(work, currency, period)
    if found is not None and found.closed:
        kept = statements.statements_of(work, currency=currency, period=period)
        return Closed(period, kept, found.sha256 or "", again=True)
    if last_day(period) >= work.today():
        raise PeriodNotOverError(last_day=last_day(period).isoformat())
    progress("booking")
    while catch_up(work):
        pass
    while journal.book_dues(work):
        pass
    if (first := next_period(work, currency)) < period:
        raise PeriodNotNextError(next_period=first)
    closing = parties.begin(work, currency, period, last_day(period))
    for name, step in STEPS:
        progress(name)
        journal.enter(work, step(work, closing, _sums(work, currency, since=period, until=period)))
    progress("statements")
    built = _statements(work, closing)
    sha256 = digest(each.statement.sha256 for each in built)
    rows = json.dumps([_row(work, each, closing) for each in built], ensure_ascii=False)
    work.rows(_CLOSE, (currency, period, work.now(), work.actor.name, sha256, rows))
    audit.record(
        work, "clearing.close", f"{currency} {period}",
        after={"statements": len(built), "sha256": sha256},
    )  # fmt: skip
    for each in built:
        if each.partner_id is not None:
            work.record(
                "statement.ready",
                {"statement": each.statement.id, "period": period, "no": each.statement.no},
                member_id=None, partner_id=each.partner_id,
            )  # fmt: skip
    kept = statements.statements_of(work, currency=currency, period=period)
    return Closed(period, kept, sha256)


def digest(hashes: Any) -> str:  # noqa: ANN401 - an iterable of texts
    """Return the hash over the hashes of a period's statements, in their order."""
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def _statements(work: Work, closing: parties.Closing) -> list[Built]:
    currency, period = closing.points_currency, closing.period
    upto = _sums(work, currency, since=_FIRST, until=period)
    before = [each for each in upto if each.period < period]
    now = [each for each in upto if each.period == period]
    series, year = closing.terms.series, int(period[:4])
    return [
        build(
            work, closing, party, no=numbering.next_number(work, series, year), before=before,
            now=now,
        )
        for party in parties_of(closing, before, now)
    ]  # fmt: skip


def _sums(work: Work, currency: str, *, since: str, until: str) -> list[Sum]:
    return journal.sums(work, currency, since=since, until=until)


def _row(work: Work, each: Built, closing: parties.Closing) -> dict[str, Any]:
    statement = each.statement
    return {
        "id": str(each.id), "points_currency": closing.points_currency,
        "period": closing.period,
        "partner_id": None if each.partner_id is None else str(each.partner_id),
        "no": statement.no, "document": statement.canonical.decode(),
        "sha256": statement.sha256, "money_currency": statement.money_currency,
        "opening_minor": statement.opening_minor, "closing_minor": statement.closing_minor,
        "settlement_currency": statement.settlement_currency,
        "settlement_minor": statement.settlement_minor,
        "fx_rate_id": None if statement.fx is None else statement.fx.id,
        "mode": statement.mode, "issued_at": work.now().isoformat(),
    }  # fmt: skip
