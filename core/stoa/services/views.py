"""Views: what people keep of a list under a name, share with colleagues, and open it with."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from stoa.errors import InvalidBodyError
from stoa.models.views import ListView
from stoa.services.staff import Person
from stoa.values.identifiers import new_uuid
from stoa.work import Work

__all__ = ["MOST_VIEWS", "Kept", "View", "choose", "drop", "kept", "prefer", "save"]

MOST_VIEWS = 30
"""Views that one person keeps of one list."""

_MOST_LETTERS, _MOST_QUERY = 60, 2000


@dataclass(frozen=True, slots=True)
class View:
    """A view: `query` is what follows the question mark of its address.

    Attributes:
        mine: who asks keeps it; else a colleague of the same role shares it.
        shared: colleagues of the role see it, too.
        usual: the list opens with it for who asks.
    """

    id: UUID
    name: str
    query: str
    mine: bool
    shared: bool
    usual: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """What one person keeps of one list; no columns where they never chose any."""

    columns: tuple[str, ...]
    views: tuple[View, ...]

    @property
    def usual(self) -> View | None:
        """The view that the list opens with."""
        return next((each for each in self.views if each.usual), None)


_KEPT = """
SELECT c.columns, v.id, v.name, v.query, v.staff_id = p.id, v.role IS NOT NULL,
       coalesce(v.id = c.view_id, false)
  FROM (SELECT %(staff)s::uuid AS id) AS p
  LEFT JOIN list_choices c ON c.staff_id = p.id AND c.listing = %(list)s
  LEFT JOIN list_views v ON v.listing = %(list)s AND (v.staff_id = p.id
        OR v.role = %(role)s AND v.partner_id IS NOT DISTINCT FROM %(partner)s::uuid)
 ORDER BY lower(v.name), v.id
"""


def kept(work: Work, person: Person, name: str) -> Kept:
    """Return what a person keeps of a list, and what colleagues of the same role share."""
    asked = {
        "staff": person.id, "list": name, "role": person.role, "partner": person.partner_id,
    }  # fmt: skip
    rows = work.rows(_KEPT, asked)
    return Kept(
        tuple(rows[0][0] or ()), tuple(View(*row[1:]) for row in rows if row[1] is not None)
    )


def save(
    work: Work, person: Person, name: str, title: str, query: str, *, shared: bool, usual: bool
) -> UUID:
    """Keep a view under a title; one's own of this title is written anew.

    Args:
        query: what follows the question mark of the list's address.
        shared: colleagues of the same role, in the same house, see it, too.
        usual: the list opens with it from now on.

    Raises:
        InvalidBodyError: the title or the query is too long, or there are `MOST_VIEWS` already.
    """
    title = " ".join(title.split())
    if not 0 < len(title) <= _MOST_LETTERS or not title.isprintable() or len(query) > _MOST_QUERY:
        raise InvalidBodyError(errors={"name": [f"Write at most {_MOST_LETTERS} letters."]})
    mine = (
        work.session.query(ListView)
        .filter(ListView.listing == name, ListView.staff_id == person.id)
        .with_for_update()
        .all()
    )
    row = next((each for each in mine if each.name == title), None)
    if row is None:
        if len(mine) >= MOST_VIEWS:
            raise InvalidBodyError(errors={"name": [f"Keep at most {MOST_VIEWS} views."]})
        row = ListView(
            id=new_uuid(), staff_id=person.id, partner_id=person.partner_id, listing=name,
            name=title, made_at=work.now(),
        )  # fmt: skip
        work.session.add(row)
    row.query, row.role = query, person.role if shared else None
    work.session.flush()
    if usual:
        prefer(work, person, name, row.id)
    return row.id


def drop(work: Work, person: Person, name: str, view_id: UUID) -> bool:
    """Forget one's own view; return whether there was one."""
    forgotten = work.rows(
        "DELETE FROM list_views WHERE id = %s AND listing = %s AND staff_id = %s RETURNING id",
        (view_id, name, person.id),
    )
    return bool(forgotten)


def prefer(work: Work, person: Person, name: str, view_id: UUID | None) -> bool:
    """Let a list open with a view for one person, or with everything; return whether it exists."""
    if view_id is not None and all(each.id != view_id for each in kept(work, person, name).views):
        return False
    work.rows(
        "INSERT INTO list_choices (staff_id, listing, view_id) VALUES (%s, %s, %s) "
        "ON CONFLICT (staff_id, listing) DO UPDATE SET view_id = excluded.view_id RETURNING 1",
        (person.id, name, view_id),
    )
    return True


def choose(work: Work, person: Person, name: str, columns: Sequence[str]) -> None:
    """Keep which columns of a list a person sees; none for those that everybody sees."""
    work.rows(
        "INSERT INTO list_choices (staff_id, listing, columns) VALUES (%s, %s, %s) "
        "ON CONFLICT (staff_id, listing) DO UPDATE SET columns = excluded.columns RETURNING 1",
        (person.id, name, list(columns)),
    )
