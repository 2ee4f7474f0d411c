"""Tiers: the ladders that hold, and where a member stands in each of them.

The docstrings here are those of the methods of `Client` and `AsyncClient`. Texts come by language:
``en``, ``zh-Hans``, ``zh-Hant``; where one is missing, ``en`` is there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from stoa_sdk.calls import Call, get, segment
from stoa_sdk.records import Record

__all__ = [
    "Ladder",
    "Ladders",
    "NextTier",
    "Standing",
    "Standings",
    "TierBenefit",
    "TierPart",
    "TierTerms",
    "standing",
    "tiers",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierBenefit(Record):
    """A benefit that comes with a tier."""

    code: str
    name: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierTerms(Record):
    """A tier: what it brings, and how it is reached; `qualify` is the condition as data."""

    tier: str
    name: Mapping[str, str]
    rank: int
    uplift_percent: int
    discount_basis_points: int
    benefits: tuple[TierBenefit, ...]
    qualify: Mapping[str, object] | None
    says: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder(Record):
    """A ladder that holds, lowest tier first; uplift and discount come of the main one."""

    ladder: str
    name: Mapping[str, str]
    main: bool
    version: int
    tiers: tuple[TierTerms, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladders(Record):
    """The ladders of a rulebook."""

    rulebook: int
    ladders: tuple[Ladder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TierPart(Record):
    """A fact of a tier's condition today; all of it counts to the day `until`."""

    asked: str
    compared: str
    missing: int | None
    until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTier(Record):
    """A higher tier, and what is missing for it, in numbers and in words."""

    tier: str
    name: Mapping[str, str]
    says: Mapping[str, str]
    parts: tuple[TierPart, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing(Record):
    """Where a member stands in a ladder, and by which path; `next` is what can be reached."""

    ladder: str
    main: bool
    tier: str
    name: Mapping[str, str]
    rank: int
    uplift_percent: int
    discount_basis_points: int
    benefits: tuple[TierBenefit, ...]
    since: datetime | None
    origin: str | None
    review_on: date | None
    falls_on: date | None
    until: date | None
    path: Mapping[str, object] | None
    says: Mapping[str, str]
    next: tuple[NextTier, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standings(Record):
    """A member's standing in every ladder, the main one first."""

    member_ref: str
    standings: tuple[Standing, ...]


def tiers() -> Call[Ladders]:
    """Return the ladders that hold, with every tier; needs ``members:read``."""
    return get("v1/tiers", Ladders)


def standing(member_ref: str) -> Call[Standings]:
    """Return where a member stands, and what is missing for more; needs ``balance:read``."""
    return get(f"v1/members/{segment(member_ref)}/standing", Standings)
