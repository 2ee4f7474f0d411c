"""What is known before a part of an import is planned: receipts, members, stores, old purchases.

All of it is read in the transaction that posts the part; nothing is written here.
"""

from bisect import insort
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from stoa.services import members, partners
from stoa.services.members import Found
from stoa.services.partners import StoreTerms, Terms
from stoa.services.purchases import Sold
from stoa.values.amounts import MAX_BALANCE_POINTS
from stoa.values.facts import EarnedLine, Line, Tender
from stoa.values.wire import from_json
from stoa.work import Work

__all__ = [
    "Bought",
    "Person",
    "PlanTerms",
    "StagedReceipt",
    "fill_stock",
    "find_own",
    "find_people",
    "find_stores",
    "keep",
    "staged_receipts",
]


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What a plan needs of the mapping.

    Attributes:
        currency: ISO 4217, of every line.
        kind: what kind of identifier names the members.
        scope: the partner whose reference it is; the nil UUID for the operator's.
        tells: whether events reach the outbox.
    """

    currency: str
    kind: str
    scope: UUID
    tells: bool


class StagedReceipt(NamedTuple):
    """Lines of the stage that stand on one receipt: one store, terminal, number and day.

    The lists hold one item a line, in the order of the file. `occurred_at` is the time of the
    earliest line; `subject_id` is what the receipt led to where it was reported before.
    """

    member: str
    returned: bool
    store_id: UUID
    terminal: str
    receipt_no: str
    business_date: date
    occurred_at: datetime
    lines: list[int]
    skus: list[str]
    categories: list[str]
    units: list[str]
    quantities_milli: list[int]
    nets_minor: list[int]
    subject_id: UUID | None


@dataclass(slots=True)
class Bought:
    """A purchase that may come back; its record is replaced with each return.

    `order` is the time of the purchase, and its place among those of the same time.
    """

    sold: Sold
    order: tuple[datetime, int]


@dataclass(slots=True)
class Person:
    """A member while a part is planned.

    Attributes:
        room: points that the wallet may still gain before it passes its limit.
        returns: whether the part has returns of the member at all.
        stock: what may come back, by store and article, the earliest first.
        place: how many deeds the member has so far.
    """

    found: Found
    room: int
    returns: bool = False
    stock: dict[tuple[UUID, str], list[tuple[Bought, Line]]] = field(default_factory=dict)
    place: int = 0


_RECEIPTS = """
SELECT g.*, r.subject_id
  FROM (SELECT member, returned, store_id, terminal, receipt_no, business_date,
               min(occurred_at) AS occurred_at, array_agg(line ORDER BY line) AS lines,
               array_agg(sku ORDER BY line), array_agg(category ORDER BY line),
               array_agg(unit ORDER BY line), array_agg(quantity_milli ORDER BY line),
               array_agg(net_minor ORDER BY line)
          FROM import_lines WHERE import_id = %s AND member BETWEEN %s AND %s
         GROUP BY member, returned, store_id, terminal, receipt_no, business_date) AS g
  LEFT JOIN receipts r ON r.business_date = g.business_date AND r.store_id = g.store_id
   AND r.terminal = g.terminal AND r.receipt_no = g.receipt_no
   AND r.kind = CASE WHEN g.returned THEN 'return' ELSE 'sale' END
 ORDER BY g.member, g.occurred_at, g.lines[1]
"""


def staged_receipts(work: Work, import_id: UUID, first: str, last: str) -> list[StagedReceipt]:
    """Return the receipts of the members from one to another, each member's in order of time."""
    return [StagedReceipt(*row) for row in work.rows(_RECEIPTS, (import_id, first, last))]


_STORES = """
SELECT s.id, s.partner_id, p.version FROM stores s JOIN partners p ON p.id = s.partner_id
 WHERE s.id = ANY(%s)
"""


def find_stores(work: Work, store_ids: Collection[UUID]) -> dict[UUID, tuple[Terms, StoreTerms]]:
    """Return each store with the terms of its partner."""
    found = {}
    for store_id, partner_id, version in work.rows(_STORES, (list(store_ids),)):
        terms = partners.terms(work, partner_id, version=version)
        found[store_id] = (terms, terms.store_of(store_id))
    return found


_PEOPLE = f"""
SELECT i.value, coalesce(w.available + w.pending + w.held, 0), {members.COLUMNS}
  FROM identifiers i JOIN members m ON m.id = i.member_id
  LEFT JOIN wallets w ON w.member_id = m.id AND w.currency = %(currency)s
 WHERE i.kind = %(kind)s AND i.partner_id = %(scope)s AND i.value = ANY(%(values)s)
"""  # noqa: S608 - constants


def find_people(work: Work, names: Collection[str], terms: PlanTerms) -> dict[str, Person]:
    """Return the members by the identifiers in the file; unknown ones are missing."""
    values = {
        "currency": work.programme.currency,
        "kind": terms.kind,
        "scope": terms.scope,
        "values": list(names),
        "now": work.now(),
    }
    return {
        row[0]: Person(members.found(work, row[2:]), MAX_BALANCE_POINTS - row[1])
        for row in work.rows(_PEOPLE, values)
    }


_OWN = """
SELECT asked.subject FROM unnest(%s::uuid[], %s::uuid[]) AS asked (member, subject)
 WHERE EXISTS (SELECT 1 FROM purchases WHERE member_id = asked.member AND id = asked.subject)
    OR EXISTS (SELECT 1 FROM transactions WHERE member_id = asked.member AND id = asked.subject)
"""


def find_own(work: Work, reported: Collection[tuple[UUID, UUID]]) -> set[UUID]:
    """Return which subjects of receipts reported before are of the member they stand with."""
    if not reported:
        return set()
    members, subjects = zip(*reported, strict=True)
    return {row[0] for row in work.rows(_OWN, (list(members), list(subjects)))}


_BOUGHT = """
SELECT p.id, p.member_id, p.partner_id, p.store_id, p.terminal, p.receipt_no, p.business_date,
       p.occurred_at, p.money_currency, p.total_minor, p.status, p.lines, p.tenders, p.returned,
       p.given_back, p.version, coalesce(t.first_seq, 0), coalesce(t.explanation -> 'lines', '[]')
  FROM purchases p LEFT JOIN transactions t ON t.member_id = p.member_id AND t.id = p.id
 WHERE p.member_id = ANY(%s) AND p.store_id = ANY(%s) AND p.status = 'posted'
   AND (t.currency IS NULL OR t.currency = %s)
 ORDER BY p.occurred_at, p.receipt_no, p.id
"""


def fill_stock(work: Work, people: Mapping[UUID, Person], store_ids: Collection[UUID]) -> None:
    """Give members, by their ids, what they bought before at some stores."""
    rows = work.rows(_BOUGHT, (list(people), list(store_ids), work.programme.currency))
    for place, row in enumerate(rows, -len(rows)):
        facts: tuple[Any, ...] = (
            from_json(tuple[Line, ...], row[11]),
            from_json(tuple[Tender, ...], row[12]),
            *row[13:17],
            from_json(tuple[EarnedLine, ...], row[17]),
        )
        keep(people[row[1]], Sold(*(*row[:11], *facts)), place)


def keep(person: Person, sold: Sold, place: int) -> None:
    """Put a purchase where returns look for it; `place` orders those of the same time."""
    bought = Bought(sold, (sold.occurred_at, place))
    for line in sold.lines:
        mine = person.stock.setdefault((sold.store_id, line.sku), [])
        insort(mine, (bought, line), key=lambda pair: pair[0].order)
