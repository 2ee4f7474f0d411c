"""Stays of all car parks, for the operator: who is inside, what is odd, what was quoted."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from stoa.services.stays.records import COLUMNS, Stay
from stoa.values.amounts import Money
from stoa.values.plates import read_plate
from stoa.work import Work

__all__ = ["Counts", "Seen", "counts", "everywhere"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A stay, where it is, and its latest quote: its state and what was due by it."""

    stay: Stay
    partner: str
    store: str
    own: Money
    quoted: str | None
    due: Money | None
    quoted_at: datetime | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many cars are inside now, how many of them for over a day, how many stays are odd."""

    inside: int
    long: int
    odd: int


_EVERYWHERE = f"""
SELECT {COLUMNS}, p.name, r.name, r.currency, q.state, q.due_minor, q.made_at
  FROM stays s JOIN partners p ON p.id = s.partner_id JOIN stores r ON r.id = s.store_id
  LEFT JOIN LATERAL (
       SELECT o.state, o.due_minor, o.made_at FROM parking_quotes o
        WHERE o.partner_id = s.partner_id AND o.stay_id = s.id
        ORDER BY o.made_at DESC, o.id DESC LIMIT 1) AS q ON true
 WHERE (%(state)s::text IS NULL OR s.state = %(state)s)
   AND (%(plate)s::text IS NULL OR s.plate = %(plate)s)
   AND (NOT %(quoted)s OR q.state IS NOT NULL)
   AND (%(before)s::uuid IS NULL OR (s.began_at, s.id) < (
        SELECT b.began_at, b.id FROM stays b WHERE b.id = %(before)s LIMIT 1))
 ORDER BY s.began_at DESC, s.id DESC LIMIT %(limit)s
"""  # noqa: S608 - constants
_COUNTS = """
SELECT count(*) FILTER (WHERE state = 'inside'),
       count(*) FILTER (WHERE state = 'inside' AND began_at < %(now)s - interval '1 day'),
       count(*) FILTER (WHERE state = 'odd' AND began_at > %(now)s - interval '7 days')
  FROM stays WHERE state = 'inside' OR began_at > %(now)s - interval '7 days'
"""


def everywhere(
    work: Work,
    *,
    state: str | None = None,
    plate: str = "",
    quoted: bool = False,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Seen]:
    """Return stays of all car parks, the latest first; none for a plate that is none.

    Args:
        quoted: only those for which there is a quote.
        before: the stay after which the page begins.
    """
    known = None
    if plate:
        try:
            known = read_plate(plate)
        except ValueError:
            return []
    rows = work.rows(
        _EVERYWHERE,
        {"state": state, "plate": known, "quoted": quoted, "before": before, "limit": limit},
    )
    found = []
    for row in rows:
        stay, (partner, store, currency, told, due, at) = Stay(*row[:11]), row[11:]
        rest = Money(due, currency) if due is not None else None
        own = Money(stay.own_minor, currency)
        found.append(Seen(stay, partner, store, own, told, rest, at))
    return found


def counts(work: Work) -> Counts:
    """Return how full the car parks are, and what is odd of the last seven days."""
    return Counts(*work.rows(_COUNTS, {"now": work.now()})[0])
