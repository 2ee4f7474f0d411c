"""Activities: what members do without buying anything, and what it earns (#51, #52, #54, #72).

{"name": {"en": "Check in"}, "kind": "check_in", "proof": "code", "points": 5,
 "once_per": "day", "budget_points": 100000, "caps": [{"every": "month", "points": 50}]}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from stoa.values.documents import Reading
from stoa.values.limits import Limit, period_start, read_limits
from stoa.values.payers import PayerShare, read_payers
from stoa.values.texts import Texts

__all__ = ["FIELDS", "KINDS", "ONCE_PER", "PROOFS", "Activity", "read_activity", "subject_of"]

PROOFS: Mapping[str, tuple[str, ...]] = {
    "check_in": ("code", "none"),
    "event": ("code", "none"),
    "share": ("link", "none"),
    "survey": ("invitation", "reference", "none"),
    "review": ("purchase",),
    "profile": ("profile",),
}
"""What may prove each kind of activity, what does by default first."""

KINDS = tuple(PROOFS)
ONCE_PER = ("subject", "day", "week", "month", "ever")
"""How often a member may do it: once for each thing it is about, or once in a period."""

FIELDS = ("phone", "email", "birthday")
"""What a profile can be asked for."""

MOST_POINTS = 1_000_000
MOST_BUDGET = 10**12
_MOST_STORES = 500
_MOST_GAP = 43_200
_ABOUT_SOMETHING = ("code", "link", "invitation", "purchase", "reference")


@dataclass(frozen=True, slots=True)
class Activity:
    """A rule document of the kind ``activity``, read.

    Attributes:
        proof: one of `PROOFS` of its kind.
        stores: where it is done: codes of partners or ``partner/store``; empty for anywhere.
        since: the first day; `until` the last one.
        min_gap_minutes: between two of them, 0 for none.
        fields: what the profile must have.
    """

    name: Texts
    kind: str
    proof: str
    points: int
    payers: tuple[PayerShare, ...]
    caps: tuple[Limit, ...]
    budget_points: int
    once_per: str
    stores: tuple[str, ...]
    since: date | None
    until: date | None
    min_gap_minutes: int
    fields: tuple[str, ...]

    def is_on(self, day: date) -> bool:
        """Tell whether it can be done on a day."""
        return not (self.since and day < self.since) and not (self.until and day > self.until)

    def is_at(self, partner: str, store: str | None) -> bool:
        """Tell whether it can be done at a partner, or at its store of this code."""
        return not self.stores or partner in self.stores or f"{partner}/{store}" in self.stores


def read_activity(document: Mapping[str, Any]) -> Activity:
    """Read an activity's document.

    Raises:
        WrongRuleError: it can't be read; every mistake is named with its place.
    """
    reading = Reading(document)
    name = reading.texts("name")
    kind = reading.choice("kind", KINDS)
    proof = reading.choice("proof", PROOFS[kind], PROOFS[kind][0])
    once_per = reading.choice("once_per", ONCE_PER, "ever" if proof == "profile" else "subject")
    if once_per == "subject" and proof not in _ABOUT_SOMETHING:
        reading.wrong("once_per", "Nothing tells two of them apart: choose a period.")
    if proof == "profile" and once_per != "ever":
        reading.wrong("once_per", "A profile is completed once: write ever.")
    activity = Activity(
        name, kind, proof, reading.whole("points", 1, MOST_POINTS),
        read_payers(reading, "payers", reported=True), read_limits(reading, "caps"),
        reading.whole("budget_points", 1, MOST_BUDGET), once_per, _stores(reading),
        _day(reading, "from"), _day(reading, "until"),
        reading.whole("min_gap_minutes", 0, _MOST_GAP, 0), _fields(reading, proof),
    )  # fmt: skip
    if activity.since and activity.until and activity.until < activity.since:
        reading.wrong("until", "It ends before it begins.")
    if activity.budget_points < activity.points:
        reading.wrong("budget_points", "This does not pay it once.")
    reading.done()
    return activity


def subject_of(activity: Activity, about: str, day: date) -> str:
    """Return what a member may do once: the thing it is about, or the period of a day.

    Args:
        about: names the thing: a code, a purchase, a device.
        day: in the zone of the store.
    """
    if activity.once_per == "subject":
        return about
    if activity.once_per == "ever":
        return "ever"
    return f"{activity.once_per}:{period_start(activity.once_per, day).isoformat()}"


def _stores(reading: Reading) -> tuple[str, ...]:
    written = reading.raw("stores")
    if written is None:
        return ()
    texts = isinstance(written, list) and all(isinstance(each, str) and each for each in written)
    if not texts or not 1 <= len(written) <= _MOST_STORES:
        reading.wrong("stores", 'Write a list such as ["grocery", "cinema/main"].')
        return ()
    return tuple(written)


def _fields(reading: Reading, proof: str) -> tuple[str, ...]:
    written = reading.raw("fields")
    if proof != "profile":
        if written is not None:
            reading.wrong("fields", "Only a profile has fields.")
        return ()
    known = isinstance(written, list) and all(each in FIELDS for each in written)
    if not known or not written:
        reading.wrong("fields", f"Write a list of {', '.join(FIELDS)}.")
        return ()
    return tuple(each for each in FIELDS if each in written)


def _day(reading: Reading, name: str) -> date | None:
    return reading.day(name) if reading.has(name) else None
