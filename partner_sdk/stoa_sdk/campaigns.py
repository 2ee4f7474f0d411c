"""Campaigns at a partner's stores, as frozen records."""

from dataclasses import dataclass
from datetime import date

from stoa_sdk.records import Record

__all__ = ["Campaign", "CampaignBonus", "CampaignCap", "CampaignStep", "Campaigns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignStep(Record):
    """An amount of money, in minor units, from which on a bonus is paid."""

    from_minor: int
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignBonus(Record):
    """What a campaign pays; which fields are told depends on its kind.

    Attributes:
        kind: ``multiplier``, ``fixed``, ``step`` or ``tiered``.
        times_percent: of the base points; 300 is triple.
        points: in all, or for every step of `every_minor` minor units; `most` in one purchase.
    """

    kind: str
    times_percent: int | None = None
    points: int | None = None
    every_minor: int | None = None
    most: int | None = None
    steps: tuple[CampaignStep, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCap(Record):
    """The most that a member gets in a ``day``, ``week``, ``month`` or the whole ``campaign``."""

    every: str
    points: int | None
    uses: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign(Record):
    """A campaign that holds at your stores, now or soon.

    Attributes:
        condition: when it holds, in words; empty for always.
        categories: that count, likewise `skus`; all where both are empty.
    """

    code: str
    name: str
    first_day: date
    last_day: date
    stores: tuple[str, ...]
    condition: str
    bonus: CampaignBonus
    caps: tuple[CampaignCap, ...]
    categories: tuple[str, ...]
    skus: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaigns(Record):
    """The campaigns at your stores, by their first day."""

    campaigns: tuple[Campaign, ...]
