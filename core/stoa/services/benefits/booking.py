"""Places that are booked: which are left of a slot, and whether one more may be.

A booking is a held claim with the `slot` at which it begins: it is captured when the member comes,
released when it is cancelled, and ends by itself with its slot when nobody came.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from stoa.errors import BenefitUnknownError, ClaimRefusedError, StoreUnknownError
from stoa.services.benefits import meters
from stoa.services.benefits.answers import Asked, terms_of
from stoa.services.benefits.documents import Held, held
from stoa.services.partners import StoreTerms
from stoa.values.openings import Booking, Slot, slots_of
from stoa.values.periods import local_day
from stoa.work import Work

__all__ = ["Place", "book", "slots"]


@dataclass(frozen=True, slots=True)
class Place:
    """A slot, and how many places are left of it."""

    slot: Slot
    places: int
    left: int


_TAKEN = """
SELECT slot, count(*) FROM claims
 WHERE resource = %(resource)s AND store_id = %(store)s AND slot = ANY(%(slots)s)
   AND state IN ('held', 'used')
 GROUP BY slot
"""


def slots(work: Work, benefit: str, store: str, day: date) -> list[Place]:
    """Return the slots of a day at a store of the caller's, with the places that are left.

    Slots that are over, or further ahead than may be booked, are left out.

    Raises:
        StoreUnknownError: the caller has no such store.
        BenefitUnknownError: no benefit of this code is booked there on that day.
    """
    terms = terms_of(work)
    site = terms.store(store)
    if site is None:
        raise StoreUnknownError
    known = held(work).get(benefit)
    if (
        known is None
        or known.benefit.booking is None
        or not known.benefit.at.hold(terms.code, site.code)
        or not known.benefit.holds_on(day)
    ):
        raise BenefitUnknownError
    booking = known.benefit.booking
    open_ = [slot for slot in slots_of(booking, day, site.zone) if _open(work, booking, slot, site)]
    taken = _taken(work, booking, site.id, open_)
    return [
        Place(slot, booking.places, max(booking.places - taken.get(slot.starts, 0), 0))
        for slot in open_
    ]


def book(work: Work, ask: Asked, known: Held) -> datetime:
    """Make sure that a place is left of the slot that is asked for; return when the slot ends.

    Others who want the same slot wait until this work ends.

    Raises:
        ClaimRefusedError: the slot is none (``no_slot``) or full (``slot_full``).
    """
    booking, starts = known.benefit.booking, ask.wish.slot
    if booking is None or starts is None:
        raise ClaimRefusedError("Choose a slot: it has to be booked.", reason="no_slot")
    day = local_day(starts, ask.store.zone)
    # Where it is open past midnight, a slot begins on the day after its opening.
    days = (day, day - timedelta(days=1))
    found = [
        slot
        for each in days
        for slot in slots_of(booking, each, ask.store.zone)
        if slot.starts == starts and _open(work, booking, slot, ask.store)
    ]
    if not found:
        raise ClaimRefusedError("No such slot can be booked now.", reason="no_slot")
    meters.lock(work, "slot", booking.resource, ask.store.id, starts.isoformat())
    if _taken(work, booking, ask.store.id, found).get(starts, 0) >= booking.places:
        raise ClaimRefusedError("All places of this slot are taken.", reason="slot_full")
    return found[0].ends


def _open(work: Work, booking: Booking, slot: Slot, store: StoreTerms) -> bool:
    now = work.now()
    last = local_day(now, store.zone) + timedelta(days=booking.ahead_days)
    return slot.ends > now and local_day(slot.starts, store.zone) <= last


def _taken(work: Work, booking: Booking, store_id: UUID, found: list[Slot]) -> dict[datetime, int]:
    values = {
        "resource": booking.resource, "store": store_id,
        "slots": [slot.starts for slot in found],
    }  # fmt: skip
    return {row[0]: row[1] for row in work.rows(_TAKEN, values)}
