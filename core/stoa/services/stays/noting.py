"""What gates saw is kept once, and the stays around it are told anew.

All events of a plate in a car park are paired again (`stoa.values.stays`) as far as a new one can
reach: over the two stays before it and the two after. A stay keeps its id as long as one of its
events is in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from stoa.errors import GateEventTakenError, InvalidBodyError, StoaError, StoreUnknownError
from stoa.services import partners
from stoa.services.partners import StoreTerms, Terms
from stoa.services.stays.records import COLUMNS, Stay, find, terms_of
from stoa.values.identifiers import new_uuid, public_id
from stoa.values.plates import read_plate
from stoa.values.stays import SKEW, Passage, Side, Visit, visits
from stoa.work import Work

__all__ = ["Noted", "Sighting", "note", "note_each"]

_OLDEST = timedelta(days=31)
_LOOKED_AT = 2


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a gate saw of a car.

    Attributes:
        carpark: the store's code or public id.
        at: by the gate's clock.
        event_id: the gate's own id of it; what it saw names it where this is empty.
        let_go_min: the free minutes that a gate without a line gave away at an OUT.
    """

    carpark: str
    plate: str
    side: Side
    at: datetime
    gate: str = ""
    event_id: str = ""
    let_go_min: int | None = None
    offline: bool = False


@dataclass(frozen=True, slots=True)
class Noted:
    """What became of an event: its stay now, and whether it was known before."""

    stay: Stay
    repeated: bool


_LOCK = "SELECT pg_advisory_xact_lock(5742, hashtext(%s))::text"
_KEEP = """
INSERT INTO gate_events (partner_id, store_id, name, plate, side, at, gate, heard_at, offline,
       let_go_min)
VALUES (%(partner)s, %(store)s, %(name)s, %(plate)s, %(side)s, %(at)s, %(gate)s, %(now)s,
       %(offline)s, %(let_go)s)
    ON CONFLICT DO NOTHING RETURNING no
"""
_KNOWN = """
SELECT no, plate, side, at, stay_id FROM gate_events
 WHERE partner_id = %(partner)s AND store_id = %(store)s AND name = %(name)s
"""


def note(work: Work, seen: Sighting) -> Noted:
    """Keep what a gate saw, once, and tell the stays around it anew.

    Raises:
        StoreUnknownError: the caller has no such car park.
        InvalidBodyError: the plate is none, or the time is to come or over 31 days ago.
        GateEventTakenError: the event id was used for something else.
    """
    noted = note_each(work, [seen])[0]
    if isinstance(noted, StoaError):
        raise noted
    return noted


def note_each(work: Work, seen: Sequence[Sighting]) -> list[Noted | StoaError]:
    """Keep what gates saw; return for each what became of it, or why it was refused."""
    terms = terms_of(work)
    known = [_checked(work, terms, each) for each in seen]
    names = {f"{each[0].id}/{each[1].plate}" for each in known if not isinstance(each, StoaError)}
    for name in sorted(names):  # in one order, so that two batches never wait for each other
        work.session.connection().exec_driver_sql(_LOCK, (name,))
    return [each if isinstance(each, StoaError) else _note(work, *each) for each in known]


def _checked(work: Work, terms: Terms, seen: Sighting) -> tuple[StoreTerms, Sighting] | StoaError:
    store = terms.store(seen.carpark)
    if store is None:
        terms = partners.terms(work, terms.partner_id, version=-1)  # it may be new
        store = terms.store(seen.carpark)
    if store is None:
        return StoreUnknownError()
    now = work.now()
    if not now - _OLDEST <= seen.at <= now + SKEW:
        text = "This is to come, or over 31 days ago: is the gate's clock right?"
        return InvalidBodyError(errors={"at": [text]})
    if seen.let_go_min is not None and seen.side is Side.IN:
        return InvalidBodyError(errors={"let_go_minutes": ["Only an OUT lets a car go."]})
    try:
        return store, replace(seen, plate=read_plate(seen.plate))
    except ValueError as wrong:
        return InvalidBodyError(errors={"plate": [str(wrong)]})


def _note(work: Work, store: StoreTerms, seen: Sighting) -> Noted | StoaError:
    name = f"id:{seen.event_id}" if seen.event_id else _name(seen)
    values = {
        "partner": work.actor.partner_id, "store": store.id, "name": name, "plate": seen.plate,
        "side": seen.side.value, "at": seen.at, "gate": seen.gate, "now": work.now(),
        "offline": seen.offline, "let_go": seen.let_go_min,
    }  # fmt: skip
    new = work.rows(_KEEP, values)
    row = work.rows(_KNOWN, values)[0]
    if (row[1], row[2], row[3]) != (seen.plate, seen.side.value, seen.at):
        return GateEventTakenError(event_id=seen.event_id)
    if not new:
        return Noted(find(work, row[4]), repeated=True)
    return Noted(_told_anew(work, store, seen, new[0][0]), repeated=False)


def _name(seen: Sighting) -> str:
    return f"{seen.plate}/{seen.side}/{seen.at.isoformat()}/{seen.gate}"


_WINDOW = """
SELECT (SELECT s.began_at FROM stays s
         WHERE s.partner_id = %(partner)s AND s.store_id = %(store)s AND s.plate = %(plate)s
           AND s.began_at <= %(at)s ORDER BY s.began_at DESC OFFSET %(most)s LIMIT 1),
       (SELECT s.began_at FROM stays s
         WHERE s.partner_id = %(partner)s AND s.store_id = %(store)s AND s.plate = %(plate)s
           AND s.began_at > %(at)s ORDER BY s.began_at OFFSET %(most)s LIMIT 1)
"""
_AROUND = """
SELECT e.no, e.side, e.at, e.stay_id, e.let_go_min
  FROM gate_events e LEFT JOIN stays s ON s.partner_id = e.partner_id AND s.id = e.stay_id
 WHERE e.partner_id = %(partner)s AND e.store_id = %(store)s AND e.plate = %(plate)s
   AND (e.stay_id IS NULL OR (s.began_at >= coalesce(%(low)s::timestamptz, '-infinity')
                              AND s.began_at <= coalesce(%(high)s::timestamptz, 'infinity')))
"""
_STAYS = f"SELECT {COLUMNS} FROM stays s WHERE s.partner_id = %s AND s.id = ANY(%s)"  # noqa: S608 - constants


def _told_anew(work: Work, store: StoreTerms, seen: Sighting, no: int) -> Stay:
    """Pair the events around a new one; return the stay that it is in."""
    around: dict[str, Any] = {
        "partner": work.actor.partner_id, "store": store.id, "plate": seen.plate, "at": seen.at,
        "most": _LOOKED_AT,
    }  # fmt: skip
    low, high = work.rows(_WINDOW, around)[0]
    events = {row[0]: row for row in work.rows(_AROUND, around | {"low": low, "high": high})}
    told = visits([Passage(row[0], Side(row[1]), row[2]) for row in events.values()])
    if high is not None and no not in told[-1].nos:
        told.pop()  # what follows it is not looked at
    before = {row[3] for row in events.values() if row[3]}
    kept = {row[0]: Stay(*row) for row in work.rows(_STAYS, (work.actor.partner_id, list(before)))}
    looked_at = {number for visit in told for number in visit.nos}
    free = {events[number][3] for number in looked_at} & set(kept)
    found: Stay | None = None
    for visit in told:
        stay_id = next((i for i in _ids(visit, events) if i in free), None) or new_uuid()
        free.discard(stay_id)
        stay = _stay(work, store, seen.plate, stay_id, visit, events, kept.get(stay_id))
        _write(
            work, store, stay, kept.get(stay_id), [n for n in visit.nos if events[n][3] != stay_id]
        )
        if no in visit.nos:
            found = stay
    for gone in free:
        work.rows(_DROP, (work.actor.partner_id, gone))
    if found is None:
        raise RuntimeError("the event is in none of the stays that it tells")
    return found


def _ids(visit: Visit, events: dict[int, Any]) -> list[UUID]:
    return [events[number][3] for number in visit.nos if events[number][3]]


def _stay(  # noqa: PLR0917 - what one stay is told from
    work: Work, store: StoreTerms, plate: str, stay_id: UUID, visit: Visit,
    events: dict[int, Any], was: Stay | None,
) -> Stay:  # fmt: skip
    let_go = [events[number][4] for number in visit.nos if events[number][4] is not None]
    told = Stay(
        stay_id, work.actor.partner_id or store.id, store.id, plate, visit.in_at, visit.out_at,
        visit.state, visit.why, max(let_go, default=None),
    )  # fmt: skip
    return replace(told, settled_at=was.settled_at, own_minor=was.own_minor) if was else told


_WRITE = """
INSERT INTO stays (partner_id, id, store_id, plate, in_at, out_at, began_at, state, why,
       let_go_min, own_minor, changed_at)
VALUES (%(partner)s, %(id)s, %(store)s, %(plate)s, %(in)s, %(out)s, %(began)s, %(state)s, %(why)s,
       %(let_go)s, 0, %(now)s)
    ON CONFLICT (partner_id, id) DO UPDATE
   SET in_at = excluded.in_at, out_at = excluded.out_at, began_at = excluded.began_at,
       state = excluded.state, why = excluded.why, let_go_min = excluded.let_go_min,
       changed_at = excluded.changed_at
RETURNING 1
"""
_JOIN = "UPDATE gate_events SET stay_id = %s WHERE no = ANY(%s) RETURNING 1"
_DROP = "DELETE FROM stays WHERE partner_id = %s AND id = %s RETURNING 1"


def _write(work: Work, store: StoreTerms, stay: Stay, was: Stay | None, moved: list[int]) -> None:
    if stay != was:
        began = stay.in_at or stay.out_at
        work.rows(
            _WRITE,
            {
                "partner": stay.partner_id, "id": stay.id, "store": stay.store_id,
                "plate": stay.plate, "in": stay.in_at, "out": stay.out_at, "began": began,
                "state": stay.state, "why": stay.why, "let_go": stay.let_go_min,
                "now": work.now(),
            },
        )  # fmt: skip
        _tell(work, store, stay, was)
    if moved:
        work.rows(_JOIN, (stay.id, moved))


def _tell(work: Work, store: StoreTerms, stay: Stay, was: Stay | None) -> None:
    topic = {"inside": "parking.entered", "left": "parking.left"}.get(stay.state)
    if topic is None or (was is not None and (was.state, was.out_at) == (stay.state, stay.out_at)):
        return
    facts = {
        "stay": public_id("sty", stay.id), "store": store.code,
        "minutes": stay.minutes(work.now()),
    }  # fmt: skip
    work.record(topic, facts, member_id=None, partner_id=stay.partner_id)
