"""Benefits: what members may enjoy without points, as documents of the operator.

    {"name": {"en": "Free delivery"}, "unit": "ea", "at": {"partners": ["grocery"]},
     "gives": [{"when": {"fact": "tier", "in": ["gold"]}, "amount_milli": 4000}],
     "meter": {"every": "month"}, "worth": {"unit_minor": 1500}}

What is given of all gives whose condition holds is added up, or the highest is taken; a meter says
how much of it may be used in a period, one that begins and ends in the store's own zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from stoa.values.conditions import BENEFIT, Condition
from stoa.values.documents import Reading
from stoa.values.facts import CostShare
from stoa.values.openings import Booking, read_booking
from stoa.values.payers import read_payers
from stoa.values.periods import Period, add_months
from stoa.values.places import EVERYWHERE, Places, read_places
from stoa.values.texts import Texts

__all__ = ["EVERY", "SUBJECTS", "Benefit", "Give", "Meter", "Receipts", "period", "read_benefit"]

EVERY = ("day", "week", "month", "year", "entry", "ever")
"""The periods of meters; ``entry`` is one stay, or one claim where there is no stay."""

SUBJECTS = ("none", "vehicle", "person", "ticket")
"""What a benefit is used for."""

_MOST_MILLI = 10**12
_MOST_MINOR = 10**12
_MOST_GIVES = 20
_MOST_RECEIPTS = 20
_MOST_ABOUT = 1000
_MOST_UNIT = 16
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Give:
    """A part of what is given: to whom, in thousandths of the unit; `when` ``None`` is always."""

    name: Texts
    when: Condition | None
    amount_milli: int


@dataclass(frozen=True, slots=True)
class Meter:
    """How much may be used in a period; `most_milli` ``None`` is what is given."""

    every: str = "day"
    most_milli: int | None = None


@dataclass(frozen=True, slots=True)
class Receipts:
    """Receipts of the day that it takes: at most so many, worth at least so much together."""

    most: int
    min_minor: int


@dataclass(frozen=True, slots=True)
class Benefit:
    """A rule document of the kind ``benefit``, read.

    Attributes:
        unit: what is metered.
        at: where it may be enjoyed.
        combine: ``adds`` or ``highest``, of the `gives` whose condition holds.
        group: of those in one group a member enjoys one in a period of its meter; may be empty.
        subject: one of `SUBJECTS`; `per_subject` meters it over all members.
        unit_minor: what a unit is worth, in the money of the store; ``None`` where the till says.
        payers: who pays the worth.
        first: its first day, `last` its last one, in the store's zone.
    """

    name: Texts
    about: Texts
    unit: str
    at: Places
    gives: tuple[Give, ...]
    combine: str
    meter: Meter
    group: str
    subject: str
    per_subject: Meter | None
    unit_minor: int | None
    receipts: Receipts | None
    booking: Booking | None
    payers: tuple[CostShare, ...]
    first: date | None
    last: date | None

    def holds_on(self, day: date) -> bool:
        """Tell whether a day is one of its days."""
        return (self.first or date.min) <= day <= (self.last or date.max)


def period(every: str, day: date) -> Period:
    """Return the period of a meter that holds a day, in local days: weeks begin on Mondays."""
    if every == "week":
        first = day - timedelta(days=day.weekday())
        return Period(first, first + _WEEK)
    if every == "month":
        first = day.replace(day=1)
        return Period(first, add_months(first, 1))
    if every == "year":
        return Period(date(day.year, 1, 1), date(day.year + 1, 1, 1))
    if every == "ever":
        return Period(date.min, date.max)
    return Period(day, day + _DAY)


def read_benefit(document: Mapping[str, Any]) -> Benefit:
    """Read a benefit's document.

    Raises:
        WrongRuleError: it can't be read; every mistake is named with its place.
    """
    reading = Reading(document)
    unit = reading.word("unit")
    if len(unit) > _MOST_UNIT:
        reading.wrong("unit", f"Write at most {_MOST_UNIT} letters.")
    subject, per_subject = _subject(reading)
    benefit = Benefit(
        name=reading.texts("name"),
        about=reading.texts("about", most=_MOST_ABOUT, optional=True),
        unit=unit,
        at=read_places(reading, "at") if reading.has("at") else EVERYWHERE,
        gives=_gives(reading),
        combine=reading.choice("combine", ("highest", "adds"), "highest"),
        meter=_meter(reading, "meter"),
        group=reading.word("group") if reading.has("group") else "",
        subject=subject,
        per_subject=per_subject,
        unit_minor=_worth(reading),
        receipts=_receipts(reading),
        booking=read_booking(reading, "booking"),
        payers=tuple(
            CostShare(each.payer, each.share)
            for each in read_payers(reading, "payers", reported=True, receipts=True)
        ),
        first=reading.day("from") if reading.has("from") else None,
        last=reading.day("until") if reading.has("until") else None,
    )
    if benefit.first and benefit.last and benefit.last < benefit.first:
        reading.wrong("until", "Write a day that is not before the first one.")
    if any(each.payer == "receipts" for each in benefit.payers) and benefit.receipts is None:
        reading.wrong("payers", "Only a benefit that takes receipts is paid by their sellers.")
    reading.done()
    return benefit


def _gives(reading: Reading) -> tuple[Give, ...]:
    written = reading.raw("gives")
    if not isinstance(written, list) or not 1 <= len(written) <= _MOST_GIVES:
        reading.wrong("gives", f"Write a list of 1 to {_MOST_GIVES} parts.")
        return ()
    found = []
    for place, each in enumerate(written):
        part = Reading(each, f"{reading.place('gives')}.{place}", reading.errors)
        found.append(
            Give(
                part.texts("name", optional=True),
                part.condition("when", BENEFIT) if part.has("when") else None,
                part.whole("amount_milli", 1, _MOST_MILLI),
            )
        )
        part.close()
    return tuple(found)


def _meter(reading: Reading, name: str) -> Meter:
    if not reading.has(name):
        return Meter()
    part = Reading(reading.raw(name), reading.place(name), reading.errors)
    most = part.whole("most_milli", 1, _MOST_MILLI) if part.has("most_milli") else None
    found = Meter(part.choice("every", EVERY), most)
    part.close()
    return found


def _subject(reading: Reading) -> tuple[str, Meter | None]:
    if not reading.has("subject"):
        return "none", None
    part = Reading(reading.raw("subject"), reading.place("subject"), reading.errors)
    kind, meter = part.choice("kind", SUBJECTS), None
    if part.has("most_milli"):
        if kind == "none":
            part.wrong("most_milli", "Nothing can be metered for no subject.")
        meter = Meter(part.choice("every", EVERY, "day"), part.whole("most_milli", 1, _MOST_MILLI))
    elif part.has("every"):
        part.wrong("every", "Write how much, too.")
    part.close()
    return kind, meter


def _worth(reading: Reading) -> int | None:
    if not reading.has("worth"):
        return None
    part = Reading(reading.raw("worth"), reading.place("worth"), reading.errors)
    found = part.whole("unit_minor", 0, _MOST_MINOR)
    part.close()
    return found


def _receipts(reading: Reading) -> Receipts | None:
    if not reading.has("receipts"):
        return None
    part = Reading(reading.raw("receipts"), reading.place("receipts"), reading.errors)
    if not part.flag("same_day", default=True):
        part.wrong("same_day", "Receipts serve on their own day.")
    found = Receipts(
        part.whole("most", 1, _MOST_RECEIPTS, 1), part.whole("min_minor", 1, _MOST_MINOR, 1)
    )
    part.close()
    return found
