"""The audit trail as rows of a list, and one entry of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from stoa.services import rosters, tables
from stoa.services.tables import Order, Table
from stoa.values.listing import Page, Wish
from stoa.work import Work

__all__ = ["Entry", "entries", "entry"]


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the audit trail.

    Attributes:
        actor: the name under which it was done, such as ``staff:stf_…``.
        who: what a person of the staff is called, else the actor.
    """

    id: UUID
    at: datetime
    actor: str
    who: str
    deed: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


_COLUMNS = "a.id, a.at, a.actor, a.deed, a.subject, a.before, a.after"
_ENTRIES = Table(
    columns=_COLUMNS,
    source="audit_records a",
    key="a.id",
    orders={"at": Order("a.at", "timestamptz")},
    usual="-at",
    filters={
        "person": "a.actor = %(person)s",
        "kind": "starts_with(a.deed, %(kind)s || '.')",
        "since": "a.at >= (%(since)s::date)::timestamp AT TIME ZONE %(zone)s",
        "until": "a.at < (%(until)s::date + 1)::timestamp AT TIME ZONE %(zone)s",
    },
    words="a.subject = %(subject)s",
)
_ENTRY = f"SELECT {_COLUMNS} FROM audit_records a WHERE a.id = %s"  # noqa: S608 - constants of the house


def entries(work: Work, wish: Wish, /) -> Page[Entry]:
    """Return a page of the trail, the latest first; words are an object's public id.

    Raises:
        InvalidBodyError: the mark is none of this list.
    """
    names = rosters.staff_names(work)

    def make(*row: Any) -> Entry:  # noqa: ANN401 - as read
        return Entry(row[0], row[1], row[2], names.get(row[2]) or row[2], *row[3:])

    values = {"zone": work.programme.zone, "subject": wish.words}
    return tables.page(work, _ENTRIES, wish, make, values)


def entry(work: Work, entry_id: UUID) -> Entry | None:
    """Return one entry of the trail; ``None`` where there is none of this id."""
    rows = work.rows(_ENTRY, (entry_id,))
    if not rows:
        return None
    row = rows[0]
    names = rosters.staff_names(work)
    return Entry(row[0], row[1], row[2], names.get(row[2]) or row[2], *row[3:])
