"""Drilling down: from a statement to its entries, and from there to the caller's own deeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from stoa.models import NOBODY
from stoa.services import journal
from stoa.services.clearing.statements import Frozen
from stoa.services.journal import Entry
from stoa.values.identifiers import public_id
from stoa.work import Work, alliance_wide

__all__ = ["Behind", "entries_behind"]


@dataclass(frozen=True, slots=True)
class Behind:
    """An entry behind a statement, as its party sees it.

    Attributes:
        counterparty: the other partner's code, empty for the operator.
        amount: above zero the party owes it; what it owes itself as it stands.
        subject: the public id of what it came from, where that is the party's own deed.
    """

    entry: Entry
    counterparty: str
    amount: Decimal
    subject: str | None


_DEEDS = """
SELECT each.member, each.seq, t.kind, t.id
  FROM unnest(%(members)s::uuid[], %(seqs)s::bigint[]) AS each (member, seq)
  JOIN postings p ON p.member_id = each.member AND p.currency = %(currency)s AND p.seq = each.seq
  JOIN transactions t ON t.member_id = p.member_id AND t.id = p.transaction_id
 WHERE %(partner)s::uuid IS NULL OR t.partner_id = %(partner)s
"""
_PREFIX = {"earn": "pur", "redeem": "hld"}
_OF_SOURCE = {"claim": "clm", "coupon": "cpu", "pack": "pck"}


@alliance_wide  # codes of others; entries are asked for by the party, which has to be the caller's
def entries_behind(
    work: Work,
    frozen: Frozen,
    *,
    line: str = "",
    counterparty: str | None = None,
    after: int = 0,
    limit: int = 100,
) -> Sequence[Behind]:
    """Return entries behind a statement, in their order.

    Args:
        line: of this line only.
        counterparty: with this partner only, by its code; empty for the operator.
        after: the number of the last entry seen.
    """
    codes = {row[0]: row[1] for row in work.rows("SELECT id, code FROM partners")}
    other: UUID | None = None
    if counterparty is not None:
        ids = {code: each for each, code in codes.items()}
        other = ids.get(counterparty, frozen.id) if counterparty else NOBODY
    found = journal.entries_of(
        work, frozen.points_currency, frozen.period, line=line,
        partner_id=frozen.partner_id or NOBODY, other_id=other, after=after, limit=limit,
    )  # fmt: skip
    subjects = _subjects(work, frozen, found)
    return [_behind(each, frozen.partner_id, codes, subjects.get(each.entry_no)) for each in found]


def _behind(each: Entry, party: UUID | None, codes: dict[UUID, str], subject: str | None) -> Behind:
    other = each.creditor if each.debtor == party else each.debtor
    sign = -1 if each.creditor == party and each.debtor != party else 1
    return Behind(each, "" if other is None else codes[other], sign * each.amount, subject)


def _subjects(work: Work, frozen: Frozen, entries: Sequence[Entry]) -> dict[int, str]:
    posted = [each for each in entries if each.member_id is not None]
    values = {
        "members": [str(each.member_id) for each in posted], "seqs": [each.seq for each in posted],
        "currency": frozen.points_currency, "partner": frozen.partner_id,
    }  # fmt: skip
    deeds = {
        (member, seq): public_id(_PREFIX.get(kind, "txn"), deed)
        for member, seq, kind, deed in (work.rows(_DEEDS, values) if posted else ())
    }
    told = {}
    for each in entries:
        if each.member_id is not None and each.seq is not None:
            subject = deeds.get((each.member_id, each.seq))
        else:
            prefix = _OF_SOURCE.get(each.source)
            subject = public_id(prefix, each.subject_id) if prefix and each.subject_id else None
        if subject is not None:
            told[each.entry_no] = subject
    return told
