"""Verifying: statements made again from single entries must be the frozen ones, byte for byte."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from stoa.services import journal
from stoa.services.clearing import parties
from stoa.services.clearing.building import build
from stoa.services.clearing.closing import digest
from stoa.services.clearing.periods import last_day, period_of
from stoa.services.clearing.statements import statements_of
from stoa.values.clearing.statements import Statement
from stoa.work import Work

__all__ = ["Mismatch", "verify"]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A statement that is not what the journal says; `differs` names the first part that is not."""

    period: str
    partner_id: UUID | None
    no: str
    differs: str


def verify(work: Work, period: str, *, currency: str = "") -> Iterator[Mismatch]:
    """Make the statements of a closed period again, and yield those that come out otherwise.

    They are made from the entries, one by one, not from their sums; only names and addresses are
    taken from the frozen ones, for these may have changed since.
    """
    currency = currency or work.programme.currency
    found = period_of(work, currency, period)
    kept = statements_of(work, currency=currency, period=period)
    if found is None or not found.closed:
        return
    if digest(each.sha256 for each in kept) != found.sha256:
        yield Mismatch(period, None, "", "the statements of the period")
    closing = parties.begin(work, currency, period, last_day(period))
    sums = journal.sums(work, currency, since="0000-00", until=period, from_entries=True)
    before = [each for each in sums if each.period < period]
    now = [each for each in sums if each.period == period]
    for each in kept:
        frozen = each.statement
        try:
            made = build(work, closing, each.partner_id, no=each.no, before=before, now=now)
        except RuntimeError as wrong:
            yield Mismatch(period, each.partner_id, each.no, str(wrong))
            continue
        again = replace(made.statement, partner=frozen.partner, operator=frozen.operator)
        if again.canonical.decode() != each.document or again.sha256 != each.sha256:
            yield Mismatch(period, each.partner_id, each.no, _differs(again, each.document))


def _differs(again: Statement, document: str) -> str:
    kept, made = json.loads(document), again.document()
    for name in made:
        if kept.get(name) != made[name]:
            return name
    return "the bytes"
