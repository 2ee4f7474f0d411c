"""Points that paid for what comes back: which redemptions took them, and how many come back.

A points tender names its redemption, or the receipt does: the captured redemptions of the same
partner, store, receipt number and member, of the nearest day. Of the points they took, the share
of the tender that is back comes back, cumulative and rounded down, taken off the last redemption
first. What was refunded by itself meanwhile is not refunded again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from stoa.services.backs import Outcome
from stoa.services.ledger import Restore
from stoa.services.purchases import Sold
from stoa.values.amounts import Rounding, divide
from stoa.values.facts import TenderKind
from stoa.values.identifiers import new_uuid, uuid_of
from stoa.work import Work

__all__ = ["Restoring", "of"]

_NAMED = """
SELECT id, member_id, currency, captured, refunded FROM holds
 WHERE id = ANY(%s) AND partner_id = %s AND state = 'captured' ORDER BY created_at, id
"""
_UNNAMED = """
SELECT id, member_id, currency, captured, refunded, abs(business_date - %(day)s::date) FROM holds
 WHERE partner_id = %(partner)s AND reference = %(receipt)s AND reference <> ''
   AND state = 'captured' AND purpose = 'tender' AND store_id = %(store)s
   AND (member_id = %(member)s OR spender_id = %(member)s)
   AND abs(business_date - %(day)s::date) <= 1 AND id <> ALL(%(named)s)
 ORDER BY created_at, id
"""


@dataclass(frozen=True, slots=True)
class Restoring:
    """What a return restores.

    Attributes:
        in_all: points restored so far, by the redemption's id.
        unmatched_minor: paid with points of a redemption that is not known.
    """

    restores: tuple[Restore, ...] = ()
    in_all: dict[str, int] | None = None
    unmatched_minor: int = 0

    @property
    def points(self) -> int:
        """All points that come back."""
        return sum(each.points for each in self.restores)


def of(work: Work, sold: Sold, done: Outcome, *, kind: str) -> Restoring:
    """Return which points that paid for a purchase come back with what is back of it now.

    Args:
        kind: ``return`` or ``void``.
    """
    places = [place for place, each in enumerate(sold.tenders) if each.kind is TenderKind.POINTS]
    if not places:
        return Restoring()
    so_far: dict[str, int] = dict(sold.given_back.get("restored", {}))
    unmatched = 0
    found: list[Restore] = []
    for group, holds in _groups(work, sold, places):
        if not holds:
            unmatched += sum(done.paid_out[place] for place in group)
            continue
        took = sum(row[3] for row in holds)
        paid = sum(sold.tenders[place].minor for place in group)
        back = sum(done.tenders[place] for place in group)
        share = divide(took * back, paid, Rounding.DOWN) if paid else 0
        rest = share - sum(so_far.get(str(row[0]), 0) for row in holds)
        for hold_id, member_id, currency, captured, refunded, *_ in reversed(holds):
            points = max(min(rest, captured - refunded), 0)
            if points:
                arithmetic = f"{kind} of receipt {sold.receipt_no}: {points} points that paid"
                found.append(Restore(member_id, currency, hold_id, points, new_uuid(), arithmetic))
                so_far[str(hold_id)] = so_far.get(str(hold_id), 0) + points
                rest -= points
    return Restoring(tuple(found), so_far or None, unmatched)


def _groups(work: Work, sold: Sold, places: Sequence[int]) -> list[tuple[list[int], Sequence[Any]]]:
    """Return points tenders with the redemptions that took their points."""
    named: dict[UUID, list[int]] = {}
    unnamed = []
    for place in places:
        hold_id = uuid_of("hld", sold.tenders[place].redemption)
        if hold_id is None:
            unnamed.append(place)
        else:
            named.setdefault(hold_id, []).append(place)
    groups: list[tuple[list[int], Sequence[Any]]] = []
    if named:
        rows = work.rows(_NAMED, (list(named), sold.partner_id))
        by_id = {row[0]: row for row in rows}
        groups += [(each, [by_id[no]] if no in by_id else []) for no, each in named.items()]
    if unnamed:
        values = {
            "day": sold.business_date, "partner": sold.partner_id, "receipt": sold.receipt_no,
            "store": sold.store_id, "member": sold.member_id, "named": list(named),
        }  # fmt: skip
        rows = work.rows(_UNNAMED, values)
        nearest = min((row[5] for row in rows), default=0)
        groups.append((unnamed, [row for row in rows if row[5] == nearest]))
    return groups
