"""Ladders: the tiers of members, how each is reached, what it brings, when it is looked at again.

    {"name": {"en": "Members"}, "main": true, "visit_gap_minutes": 30, "qualifying": ["base"],
     "tiers": [
       {"code": "basic", "name": {"en": "Basic"}, "uplift_percent": 10, "qualify": null},
       {"code": "silver", "name": {"en": "Silver"}, "uplift_percent": 20,
        "discount_basis_points": 200, "inherits": true,
        "benefits": [{"code": "member_day", "name": {"en": "Member day offers"}}],
        "qualify": {"fact": "visits", "over": "calendar month", "is": ">=", "value": 3}}],
     "review": {"every": "12 months", "grace_days": 30, "soft_landing": true,
                "on_return": "recalculate"}}

Tiers stand lowest first. The lowest is everybody's; one further up without a condition is given by
hand only. Several ladders may hold side by side; of one of them, the main one, come the points
uplift and the discount.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from stoa.values.conditions import (
    TIER,
    Ask,
    Condition,
    Span,
    Window,
    WrongRuleError,
    read_window,
)
from stoa.values.diary import Way
from stoa.values.documents import Reading
from stoa.values.texts import Texts

__all__ = ["KINDS_OF_POINTS", "ON_RETURN", "Ladder", "Perk", "Review", "Tier", "read_ladder"]

KINDS_OF_POINTS = ("base", "uplift", "campaign")
ON_RETURN = ("recalculate", "keep")

_MOST_TIERS = 20
_MOST_PERKS = 50
_MOST_PERCENT = 1_000
_WHOLE_DISCOUNT = 10_000
_MOST_GAP_MINUTES = 24 * 60
_MOST_GRACE_DAYS = 366
_REVIEWS = (Span.MONTHS, Span.CALENDAR_YEAR, Span.MEMBERSHIP_YEAR)
_NEVER = "never"


@dataclass(frozen=True, slots=True)
class Perk:
    """A benefit that comes with a tier (#10)."""

    code: str
    name: Texts


@dataclass(frozen=True, slots=True)
class Tier:
    """A rung of a ladder.

    Attributes:
        rank: 0 for the lowest.
        uplift_percent: added to base points; the operator pays (#9).
        discount_basis_points: what the till takes off, in hundredths of a percent (#8).
        benefits: the tier's own.
        inherits: whether those of the tier below come with it too.
        qualify: ``None`` for the lowest, and for a tier that is given by hand only.
    """

    code: str
    name: Texts
    rank: int
    uplift_percent: int = 0
    discount_basis_points: int = 0
    benefits: tuple[Perk, ...] = ()
    inherits: bool = False
    qualify: Condition | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """When a standing is looked at again, and how gently it falls.

    Attributes:
        every: months, a calendar year or a membership year; ``None`` for never.
        grace_days: between the review that was not passed and the fall.
        soft_landing: whether the fall is one tier at most.
        recalculates: whether goods that come back undo at once what they had brought.
    """

    every: Window | None = None
    grace_days: int = 0
    soft_landing: bool = True
    recalculates: bool = True


@dataclass(frozen=True, slots=True)
class Ladder:
    """A rule document of the kind ``ladder``, read.

    Attributes:
        code: the rule's; `version` of its document; both as the caller told them.
        way: how diaries are read for it: the gap between visits, the kinds of points.
    """

    code: str
    version: int
    name: Texts
    main: bool
    way: Way
    tiers: tuple[Tier, ...]
    review: Review

    def tier(self, code: str | None) -> Tier:
        """Return a tier by its code; the lowest where the ladder has none of it."""
        return next((tier for tier in self.tiers if tier.code == code), self.tiers[0])

    def has(self, code: str) -> bool:
        """Tell whether a tier of this code is one of the ladder's."""
        return any(tier.code == code for tier in self.tiers)

    @property
    def asks(self) -> frozenset[Ask]:
        """All that has to be known of a member to place them."""
        trees = (tier.qualify for tier in self.tiers if tier.qualify is not None)
        return frozenset[Ask]().union(*(tree.asks for tree in trees))

    def perks(self, code: str | None) -> tuple[Perk, ...]:
        """Return what comes with a tier, its own benefits first, then those it inherits."""
        tier = self.tier(code)
        found = list(tier.benefits)
        while tier.inherits and tier.rank:
            tier = self.tiers[tier.rank - 1]
            known = {perk.code for perk in found}
            found += [perk for perk in tier.benefits if perk.code not in known]
        return tuple(found)


def read_ladder(document: Mapping[str, Any], *, code: str = "", version: int = 0) -> Ladder:
    """Read a ladder's document.

    Raises:
        WrongRuleError: it can't be read; every mistake is named with its place, such as
            ``tiers.2.qualify.any.0.value``.
    """
    reading = Reading(document)
    name = reading.texts("name")
    main = reading.flag("main", default=False)
    way = Way(
        reading.whole("visit_gap_minutes", 0, _MOST_GAP_MINUTES, 30),
        frozenset(_qualifying(reading)),
    )
    tiers = _tiers(reading)
    review = _review(reading)
    reading.done()
    return Ladder(code, version, name, main, way, tiers, review)


def _qualifying(reading: Reading) -> list[str]:
    kinds = reading.raw("qualifying")
    if kinds is None:
        return ["base"]
    if (
        not isinstance(kinds, list)
        or not kinds
        or not all(kind in KINDS_OF_POINTS for kind in kinds)
    ):
        reading.wrong("qualifying", f"List some of {', '.join(KINDS_OF_POINTS)}.")
        return ["base"]
    return kinds


def _tiers(reading: Reading) -> tuple[Tier, ...]:
    tiers: list[Tier] = []
    for part in _parts(reading, "tiers", 1, _MOST_TIERS):
        rank = len(tiers)
        tiers.append(
            Tier(
                part.word("code"),
                part.texts("name"),
                rank,
                part.whole("uplift_percent", 0, _MOST_PERCENT, 0),
                part.whole("discount_basis_points", 0, _WHOLE_DISCOUNT, 0),
                _perks(part),
                part.flag("inherits", default=False),
                part.condition("qualify", TIER) if part.has("qualify") else None,
            )
        )
        if not rank and tiers[0].qualify is not None:
            part.wrong("qualify", "The lowest tier is everybody's: write null.")
        _once(part, tiers[-1].code, [tier.code for tier in tiers[:-1]])
        _close(part)
    return tuple(tiers)


def _perks(reading: Reading) -> tuple[Perk, ...]:
    if not reading.has("benefits"):
        return ()
    perks: list[Perk] = []
    for part in _parts(reading, "benefits", 0, _MOST_PERKS):
        perks.append(Perk(part.word("code"), part.texts("name")))
        _once(part, perks[-1].code, [perk.code for perk in perks[:-1]])
        _close(part)
    return tuple(perks)


def _review(reading: Reading) -> Review:
    if not reading.has("review"):
        return Review()
    part = Reading(reading.raw("review"), reading.place("review"), reading.errors)
    review = Review(
        _every(part),
        part.whole("grace_days", 0, _MOST_GRACE_DAYS, 0),
        part.flag("soft_landing", default=True),
        part.choice("on_return", ON_RETURN, "recalculate") == "recalculate",
    )
    _close(part)
    return review


def _every(reading: Reading) -> Window | None:
    text = reading.raw("every")
    if text in (None, _NEVER):
        return None
    try:
        window = read_window(text if isinstance(text, str) else "")
    except ValueError:
        window = Window(Span.DAY)
    if window.span not in _REVIEWS:
        choices = '"12 months", "calendar year", "membership year" or "never"'
        reading.wrong("every", f"Write {choices}.")
    return window


def _parts(reading: Reading, name: str, least: int, most: int) -> list[Reading]:
    items = reading.raw(name)
    if not isinstance(items, list) or not least <= len(items) <= most:
        reading.wrong(name, f"Write a list of {least} to {most}.")
        return []
    return [
        Reading(item, reading.place(f"{name}.{place}"), reading.errors)
        for place, item in enumerate(items)
    ]


def _once(reading: Reading, code: str, others: list[str]) -> None:
    if code and code in others:
        reading.wrong("code", f"The code {code} stands twice.")


def _close(reading: Reading) -> None:
    """Keep what names of a part were never asked for; the whole document raises."""
    with suppress(WrongRuleError):
        reading.done()
