"""Rewards: what members get for points, as documents of the operator or of a partner.

    {"name": {"en": "Coffee and cake"}, "kind": "voucher", "points": 800, "worth_minor": 3200,
     "provider": "dining", "at": {"partners": ["dining"]}, "coupon": "coffee", "stock": 500,
     "from": "2026-05-01", "until": "2026-05-31T20:00:00+08:00", "per_member": 2}

A window begins and ends at instants: a day is meant whole, in the programme's zone; an instant is
written with its offset, and ``until`` one is the first that is too late.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from stoa.values.conditions import REWARD, Condition
from stoa.values.documents import Reading
from stoa.values.payers import OPERATOR, PayerShare, read_payers
from stoa.values.places import EVERYWHERE, Places, read_places
from stoa.values.slots import Slots, read_slots
from stoa.values.texts import Texts

__all__ = [
    "FULFILS",
    "KINDS",
    "PICTURE_ID",
    "Limits",
    "Reward",
    "is_picture",
    "opening",
    "read_reward",
]

KINDS = (
    "voucher",
    "gift",
    "discount",
    "service",
    "currency",
    "ticket",
    "chance",
    "donation",
)
"""What a reward may be; ``gift`` is what is handed over."""

FULFILS = ("none", "plugin")
"""Who hands it out beside the till: nobody, or the provider's plugin as an errand."""

PICTURE_ID = 64
"""The letters of a picture's id: the SHA-256 of its bytes in hexadecimal."""

_MOST_POINTS = 10**9
_MOST_MINOR = 10**12
_MOST_COUNT = 10**9
_MOST_QUANTITY = 999
_MOST_TIERS = 20
_MOST_ABOUT = 1000
_LONGEST = 64
_ISSUING = ("voucher", "discount", "service")
_HEX = frozenset("0123456789abcdef")

Moment = date | datetime
"""A whole day, or an aware instant."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How often it may be had; ``None`` is no limit.

    Attributes:
        per_member: by one member, ever.
        per_member_day: by one member on a day of the programme's zone.
        per_day: by all members together on such a day.
    """

    per_member: int | None = None
    per_member_day: int | None = None
    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Reward:
    """A rule document of the kind ``reward``, read; a plugin's reward takes the same shape.

    Attributes:
        kind: one of `KINDS`.
        points: of one, at least 1; `money_minor` is paid beside them, in the programme's money.
        worth_minor: what one is worth.
        provider: the code of the partner who gives it out and is reimbursed; empty for the
            operator.
        at: where it may be redeemed.
        first: its first moment, `last` its last day or the first instant after it.
        max_quantity: the most of it in one redemption.
        who: what a member has to be; ``None`` for everybody.
        tiers: of the main ladder, of which a member has to have one; empty for all.
        picture: the id of an uploaded one; empty for none.
        stock: how many there are at first; ``None`` where nobody counts.
        coupon: the pool from which a coupon is issued; empty for none.
        currency: the code of a partner's currency and how much of it one reward is.
        draw: of which it is a ticket, `chance` that it buys; empty for none.
        slots: the times at which it is booked; ``None`` where it is not.
        fulfil: one of `FULFILS`.
        payers: who pays for it, in hundredths.
    """

    name: Texts
    about: Texts
    kind: str
    points: int
    worth_minor: int
    money_minor: int = 0
    provider: str = ""
    at: Places = EVERYWHERE
    first: Moment | None = None
    last: Moment | None = None
    limits: Limits = Limits()
    max_quantity: int = 1
    who: Condition | None = None
    tiers: tuple[str, ...] = ()
    picture: str = ""
    stock: int | None = None
    coupon: str = ""
    currency: tuple[str, int] | None = None
    draw: str = ""
    chance: str = ""
    slots: Slots | None = None
    fulfil: str = "none"
    payers: tuple[PayerShare, ...] = (PayerShare(OPERATOR, 100),)

    @property
    def delivers(self) -> str:
        """What comes with its burn, in the same transaction: ``draw``, ``chance``, ``currency``.

        Empty where a till, a pool of coupons or its provider's plugin hands it out.
        """
        if self.fulfil == "plugin":
            return ""
        if self.draw or self.chance:
            return "draw" if self.draw else "chance"
        return "currency" if self.currency else ""

    def opens(self, zone: str) -> datetime | None:
        """Return the first instant at which it may be had; ``None`` for always.

        Args:
            zone: the programme's.
        """
        return None if self.first is None else opening(self.first, zone)

    def closes(self, zone: str) -> datetime | None:
        """Return the first instant at which it may no more be had; ``None`` for never."""
        if self.last is None or isinstance(self.last, datetime):
            return self.last
        return opening(self.last + timedelta(days=1), zone)


def opening(moment: Moment, zone: str) -> datetime:
    """Return the instant of a moment: a day's is the one at which it begins in a zone."""
    if isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time(), ZoneInfo(zone))


def is_picture(text: object) -> bool:
    """Tell whether a text may be a picture's id."""
    return isinstance(text, str) and len(text) == PICTURE_ID and _HEX.issuperset(text)


def read_reward(document: Mapping[str, Any]) -> Reward:
    """Read a reward's document.

    Raises:
        WrongRuleError: it can't be read; every mistake is named with its place.
    """
    reading = Reading(document)
    kind = reading.choice("kind", KINDS)
    provider = reading.word("provider") if reading.has("provider") else OPERATOR
    first, last = _moment(reading, "from"), _moment(reading, "until")
    reward = Reward(
        name=reading.texts("name"),
        about=reading.texts("about", most=_MOST_ABOUT, optional=True),
        kind=kind,
        points=reading.whole("points", 1, _MOST_POINTS),
        worth_minor=reading.whole("worth_minor", 0, _MOST_MINOR),
        money_minor=reading.whole("money_minor", 0, _MOST_MINOR, 0),
        provider="" if provider == OPERATOR else provider,
        at=read_places(reading, "at"),
        first=first,
        last=last,
        limits=Limits(*(_count(reading, each) for each in _LIMITS)),
        max_quantity=reading.whole("max_quantity", 1, _MOST_QUANTITY, 1),
        who=reading.condition("who", REWARD) if reading.has("who") else None,
        tiers=_tiers(reading),
        picture=_picture(reading),
        stock=_count(reading, "stock"),
        coupon=_code(reading, "coupon"),
        currency=_currency(reading),
        draw=_code(reading, "draw"),
        chance=_code(reading, "chance"),
        slots=read_slots(reading, "slots") if reading.has("slots") else None,
        fulfil=reading.choice("fulfil", FULFILS, "none"),
        payers=read_payers(reading, "payers", reported=False),
    )
    _check_window(reading, first, last)
    _check_kind(reading, reward)
    reading.done()
    return reward


_LIMITS = ("per_member", "per_member_day", "per_day")


def _count(reading: Reading, name: str) -> int | None:
    return reading.whole(name, 1, _MOST_COUNT) if reading.has(name) else None


def _code(reading: Reading, name: str) -> str:
    return reading.word(name) if reading.has(name) else ""


def _moment(reading: Reading, name: str) -> Moment | None:
    if not reading.has(name):
        return None
    value = reading.raw(name)
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else None
    except ValueError:
        found = None
    if found is None and isinstance(value, str) and "T" not in value:
        return reading.day(name)
    if found is None or found.tzinfo is None:
        reading.wrong(name, "Write a day such as 2026-05-01 or 2026-05-01T20:00:00+08:00.")
        return None
    return found


def _tiers(reading: Reading) -> tuple[str, ...]:
    if not reading.has("tiers"):
        return ()
    words = reading.raw("tiers")
    fits = isinstance(words, list) and 0 < len(words) <= _MOST_TIERS
    if not fits or not all(
        isinstance(each, str) and 0 < len(each) <= _LONGEST and each.isprintable() for each in words
    ):
        reading.wrong("tiers", f"Write a list of 1 to {_MOST_TIERS} tiers.")
        return ()
    return tuple(dict.fromkeys(words))


def _picture(reading: Reading) -> str:
    if not reading.has("picture"):
        return ""
    value = reading.raw("picture")
    if not is_picture(value):
        reading.wrong("picture", "Write the id of a picture that was uploaded.")
        return ""
    return str(value)


def _currency(reading: Reading) -> tuple[str, int] | None:
    if not reading.has("currency"):
        return None
    part = Reading(reading.raw("currency"), reading.place("currency"), reading.errors)
    found = part.word("code"), part.whole("points", 1, _MOST_POINTS)
    part.close()
    return found


def _check_window(reading: Reading, first: Moment | None, last: Moment | None) -> None:
    if first is None or last is None:
        return
    # Days of different zones are a day apart at most; what is left over is never open, no worse.
    if isinstance(first, datetime) and isinstance(last, datetime):
        ends = last > first
    else:
        ends = _day(last) >= _day(first)
    if not ends:
        reading.wrong("until", "Write a moment behind the first one.")


def _day(moment: Moment) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _check_kind(reading: Reading, reward: Reward) -> None:
    """Keep a mistake for what a kind lacks, and for what belongs to another kind."""
    kind, by_plugin = reward.kind, reward.fulfil == "plugin"
    if kind in ("voucher", "discount") and not reward.coupon and not by_plugin:
        reading.wrong("coupon", "Name the pool from which the coupon is issued.")
    for name, fitting in _BELONGS.items():
        if reading.has(name) and kind not in fitting:
            reading.wrong(name, f"This belongs to {', '.join(fitting)}.")
    for name in _NEEDS.get(kind, ()):
        if not reading.has(name):
            reading.wrong(name, f"A {kind} needs it.")
    if by_plugin and not reward.provider:
        reading.wrong("fulfil", "The operator has no plugin: name the partner who provides it.")


_BELONGS: Mapping[str, tuple[str, ...]] = {
    "coupon": _ISSUING, "currency": ("currency",), "draw": ("ticket",), "chance": ("chance",),
    "slots": ("service",),
}  # fmt: skip
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "currency": ("currency",), "ticket": ("draw",), "chance": ("chance",),
}  # fmt: skip
