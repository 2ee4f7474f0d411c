"""Stays as they stand: found by their id or by the car, listed, and forgotten."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from stoa.errors import PartnerSuspendedError, StayUnknownError, StoreUnknownError
from stoa.services import partners
from stoa.services.partners import Terms
from stoa.values.amounts import Rounding, divide
from stoa.values.plates import read_plate
from stoa.work import Work

__all__ = [
    "COLUMNS",
    "KEPT",
    "STATES",
    "Asked",
    "Stay",
    "find",
    "forget",
    "inside",
    "listed",
    "terms_of",
]

KEPT = timedelta(days=400)
"""How long stays and what the gates saw are kept."""

STATES = ("inside", "left", "odd")
"""What a stay may be."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay of a car; `why` says what is odd about it: ``no_in``, ``no_out`` or ``clocks``.

    Attributes:
        let_go_min: free minutes that a gate without a line gave away.
        own_minor: what of these the car park bears itself, in the store's minor units.
    """

    id: UUID
    partner_id: UUID
    store_id: UUID
    plate: str
    in_at: datetime | None
    out_at: datetime | None
    state: str
    why: str = ""
    let_go_min: int | None = None
    settled_at: datetime | None = None
    own_minor: int = 0

    def minutes(self, at: datetime) -> int | None:
        """Return its started minutes, up to an instant while the car is inside."""
        if self.in_at is None or (self.out_at is None and self.state == "odd"):
            return None
        length = max((self.out_at or at) - self.in_at, timedelta())
        return divide(length.days * 86_400 + length.seconds, 60, Rounding.UP)


COLUMNS = """
       s.id, s.partner_id, s.store_id, s.plate, s.in_at, s.out_at, s.state, s.why, s.let_go_min,
       s.settled_at, s.own_minor
"""
"""The columns of the stay `s` that make a `Stay`."""

_FIND = f"SELECT {COLUMNS} FROM stays s WHERE s.partner_id = %s AND s.id = %s"  # noqa: S608 - constants
_INSIDE = f"""
SELECT {COLUMNS} FROM stays s
 WHERE s.partner_id = %s AND s.plate = %s AND s.state = 'inside'
 ORDER BY s.began_at DESC LIMIT 1
"""  # noqa: S608 - constants


def find(work: Work, stay_id: UUID) -> Stay:
    """Return one of the caller's stays.

    Raises:
        StayUnknownError: the caller has no such stay.
    """
    rows = work.rows(_FIND, (terms_of(work).partner_id, stay_id))
    if not rows:
        raise StayUnknownError
    return Stay(*rows[0])


def inside(work: Work, plate: str) -> Stay:
    """Return the stay of a car that is in one of the caller's car parks now.

    Raises:
        StayUnknownError: no car with this plate is inside.
    """
    try:
        known = read_plate(plate)
    except ValueError:
        raise StayUnknownError from None
    rows = work.rows(_INSIDE, (terms_of(work).partner_id, known))
    if not rows:
        raise StayUnknownError
    return Stay(*rows[0])


@dataclass(frozen=True, slots=True)
class Asked:
    """Which stays: by state, car park and plate; older than a cursor, so many."""

    state: str | None = None
    carpark: str | None = None
    plate: str | None = None
    before: UUID | None = None
    limit: int = 25


_LISTED = f"""
SELECT {COLUMNS} FROM stays s
 WHERE s.partner_id = %(partner)s
   AND (%(state)s::text IS NULL OR s.state = %(state)s)
   AND (%(store)s::uuid IS NULL OR s.store_id = %(store)s)
   AND (%(plate)s::text IS NULL OR s.plate = %(plate)s)
   AND (%(before)s::uuid IS NULL OR (s.began_at, s.id) < (
        SELECT b.began_at, b.id FROM stays b
         WHERE b.partner_id = s.partner_id AND b.id = %(before)s))
 ORDER BY s.began_at DESC, s.id DESC LIMIT %(limit)s
"""  # noqa: S608 - constants


def listed(work: Work, asked: Asked) -> list[Stay]:
    """Return the caller's stays, the latest first; none of a plate that is none.

    Raises:
        StoreUnknownError: the caller has no such car park.
    """
    terms = terms_of(work)
    store_id = None
    if asked.carpark is not None:
        store = terms.store(asked.carpark)
        if store is None:
            raise StoreUnknownError
        store_id = store.id
    plate = asked.plate
    if plate is not None:
        try:
            plate = read_plate(plate)
        except ValueError:
            return []
    values: dict[str, Any] = {
        "partner": terms.partner_id, "state": asked.state, "store": store_id, "plate": plate,
        "before": asked.before, "limit": asked.limit,
    }  # fmt: skip
    return [Stay(*row) for row in work.rows(_LISTED, values)]


_FORGET_EVENTS = """
DELETE FROM gate_events WHERE no IN (
       SELECT no FROM gate_events WHERE heard_at < %s ORDER BY heard_at LIMIT 5000) RETURNING 1
"""
_FORGET_STAYS = """
DELETE FROM stays WHERE (partner_id, id) IN (
       SELECT partner_id, id FROM stays WHERE began_at < %s AND state <> 'inside'
        ORDER BY began_at LIMIT 5000) RETURNING 1
"""


def forget(work: Work) -> int:
    """Drop stays and events of gates older than `KEPT`; return how many, 5,000 of each at most."""
    before = work.now() - KEPT
    return len(work.rows(_FORGET_EVENTS, (before,))) + len(work.rows(_FORGET_STAYS, (before,)))


def terms_of(work: Work) -> Terms:
    """Return the terms of the caller's partner.

    Raises:
        PartnerSuspendedError: the caller acts for none.
    """
    if work.actor.partner_id is None:
        raise PartnerSuspendedError("Car parks are partners' own.")
    return partners.terms(work, work.actor.partner_id)
