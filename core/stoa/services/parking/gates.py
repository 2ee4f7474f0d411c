"""What follows at the gates: a car that leaves takes its quote along; a gate without a line.

A gate that was offline let a car go by its own list. What it gave is settled afterwards by the same
rules at that instant; what it gave beyond them is the car park's own cost, and never taken from a
member (FRD-16).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from stoa.errors import (
    ClaimRefusedError,
    MemberFrozenError,
    MemberMergedError,
    MemberUnknownError,
    ParkingQuoteClosedError,
    ParkingQuoteExpiredError,
    StayUnknownError,
    StoreUnknownError,
)
from stoa.services import benefits, plates, stays
from stoa.services.benefits import Wish
from stoa.services.outbox import Heard
from stoa.services.parking import deeds, pricing
from stoa.services.parking.pricing import PARKING
from stoa.services.parking.records import Quote, listed
from stoa.services.stays import Asked, Stay
from stoa.values.identifiers import uuid_of
from stoa.values.stays import SKEW
from stoa.work import Actor, Work

__all__ = ["LASTS", "Inside", "car_left", "offline", "settle"]

LASTS = timedelta(minutes=15)
"""For how long a gate may go by the list it was given."""


@dataclass(frozen=True, slots=True)
class Inside:
    """A car that is inside, and how many minutes of its stay are free until the list ends."""

    stay: Stay
    free_min: int
    paid: bool


def car_left(work: Work, heard: Heard) -> None:
    """Take what is held for a stay that has ended, and settle what its gate gave; for the worker.

    Done again it does nothing.
    """
    stay_id = uuid_of("sty", str(heard.event.facts["stay"]))
    if stay_id is None or heard.partner_id is None:
        return
    with work.on_behalf(Actor("worker", heard.partner_id)):
        try:
            stay = stays.find(work, stay_id)
        except StayUnknownError:
            return  # its events belong to another stay by now
        given_min = stay.let_go_min
        for quote in listed(work, stay_id=stay.id):
            given_min = _taken(work, stay, quote, given_min)
        if given_min is not None:
            settle(work, stay, given_min)


def settle(work: Work, stay: Stay, given_min: int) -> Stay:
    """Settle free minutes that a gate gave by itself, once: by the rules, and the rest as own cost.

    Args:
        given_min: the free minutes that the gate gave.

    Raises:
        BenefitUnknownError: the partner's plugin prices no stays.
        PluginFailedError: the plugin did not answer.
    """
    if stay.in_at is None or stay.out_at is None:
        return stay
    work.session.connection()  # it stays locked until it is settled
    if not work.rows(_UNSETTLED, (stay.partner_id, stay.id)):
        return stays.find(work, stay.id)
    before_min = pricing.used_min(work, stay)
    full = pricing.fee_minor(work, stay, stay.out_at, off_min=before_min)
    given = full - pricing.fee_minor(work, stay, stay.out_at, off_min=before_min + given_min)
    own = given - _by_the_rules(work, stay, stay.out_at, given_min)
    done = replace(stay, settled_at=work.now(), own_minor=max(0, own))
    values = (done.settled_at, done.own_minor, stay.partner_id, stay.id)
    work.rows(_SETTLED, values)
    return done


def offline(work: Work, carpark: str, *, limit: int = 200) -> tuple[datetime, list[Inside]]:
    """Return until when a gate may go by it, and the cars inside with their free minutes.

    Cars that pay for all of their stay are left out.

    Args:
        limit: the most cars, those first that came last.

    Raises:
        StoreUnknownError: the caller has no such car park.
        BenefitUnknownError: the partner's plugin prices no stays.
        PluginFailedError: the plugin did not answer.
    """
    if stays.terms_of(work).store(carpark) is None:
        raise StoreUnknownError
    until = work.now() + LASTS
    found = []
    for stay in stays.listed(work, Asked(state="inside", carpark=carpark, limit=limit)):
        held = any(quote.state in ("held", "paid") for quote in listed(work, stay_id=stay.id))
        free_min = pricing.used_min(work, stay)
        if not held and stay.in_at is not None:
            free_min += pricing.for_driver(work, stay, max(until, stay.in_at)).free_min
        if held or free_min:
            found.append(Inside(stay, free_min, held))
    return until, found


_UNSETTLED = """
SELECT 1 FROM stays WHERE partner_id = %s AND id = %s AND settled_at IS NULL FOR UPDATE
"""
_SETTLED = """
UPDATE stays SET settled_at = %s, own_minor = %s WHERE partner_id = %s AND id = %s RETURNING 1
"""


def _taken(work: Work, stay: Stay, quote: Quote, given_min: int | None) -> int | None:
    """Take a held quote; of one that ended before its car was heard of, tell what it gave."""
    if quote.state == "held":
        try:
            deeds.capture(work, quote.id)
        except ParkingQuoteExpiredError:
            deeds.expire_due(work)
        except ParkingQuoteClosedError:
            return given_min  # somebody took it meanwhile
        else:
            return given_min
    in_time = stay.out_at is not None and stay.out_at <= quote.leave_by + SKEW
    if quote.pay and quote.state in ("held", "expired") and in_time:
        return max(given_min or 0, sum(each.minutes for each in quote.entitlements))
    return given_min


def _by_the_rules(work: Work, stay: Stay, at: datetime, given_min: int) -> int:
    """Let the members of the plate use what of the minutes is due to them; return its worth."""
    if not given_min:
        return 0
    store = stays.terms_of(work).store_of(stay.store_id)
    for member_id in _members(work, stay):
        wish = Wish(
            pricing.name_of(work, member_id), store.code, PARKING, stay.plate, at=at,
            since=stay.in_at, quantity_milli=given_min * 1000, stay=stay.id,
        )  # fmt: skip
        try:
            with work.session.begin_nested():
                return benefits.claim(work, wish).worth.minor
        except (ClaimRefusedError, MemberFrozenError, MemberMergedError, MemberUnknownError):
            continue
    return 0


def _members(work: Work, stay: Stay) -> Sequence[UUID]:
    return plates.members_of(work, stay.plate)
