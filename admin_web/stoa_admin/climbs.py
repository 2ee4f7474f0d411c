"""Where a member stands on each ladder and by which path, and how far the next tier is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from stoa.services import tiers
from stoa.services.tiers import Outlook, View
from stoa.values.amounts import Money
from stoa.values.conditions import TIER, Unit, read_window
from stoa.values.goals import Part
from stoa.values.speech import Speech
from stoa.work import Work
from stoa_admin import texts
from stoa_admin.language import gettext, language, noted
from stoa_admin.rules import facts

__all__ = ["Bar", "Climb", "Step", "climbs"]

_TAGS = {"en": "en", "zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant"}
_ORIGINS = {
    "earned": noted("earned"),
    "review": noted("by a review"),
    "manual": noted("given by hand"),
    "merged": noted("from a merged membership"),
    "imported": noted("imported"),
    "bought": noted("bought with promotion chances"),
}
_WHOLE = 100


@dataclass(frozen=True, slots=True)
class Bar:
    """One fact on the way to a tier: what there is of what is wanted, and the share in percent."""

    label: str
    found: str
    wanted: str
    share: int


@dataclass(frozen=True, slots=True)
class Step:
    """A higher tier: what is missing in words, and its facts as bars."""

    name: str
    says: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Climb:
    """A member on one ladder.

    Attributes:
        why: the path that won the tier in words, or the reason of whoever gave it.
        until: the last day of a tier given for a while; `review_on` when it is looked at again.
        next: the nearest higher tier that can be reached; ``None`` at the top.
    """

    code: str
    ladder: str
    main: bool
    tier: str
    since: datetime | None
    origin: str
    why: str
    until: date | None
    review_on: date | None
    benefits: tuple[str, ...]
    next: Step | None


def climbs(work: Work, member_id: UUID) -> list[Climb]:
    """Return where a member stands on each ladder that holds, the main one first.

    Raises:
        MemberUnknownError: there is no such member, or it is another one now.
    """
    return [_climb(work, view) for view in tiers.view(work, member_id)]


def _climb(work: Work, view: View) -> Climb:
    tag, footing = _TAGS[language()], view.footing
    return Climb(
        view.ladder.code, view.ladder.name.of(tag), view.ladder.main, view.tier.name.of(tag),
        footing.since if footing else None,
        gettext(_ORIGINS[footing.origin]) if footing and footing.origin in _ORIGINS else "",
        view.says.get(tag, "") or (footing.reason if footing else ""),
        footing.until if footing else None, footing.review_on if footing else None,
        tuple(perk.name.of(tag) for perk in view.benefits),
        _step(work, view.next, tag),
    )  # fmt: skip


def _step(work: Work, ahead: Sequence[Outlook], tag: str) -> Step | None:
    if not ahead:
        return None
    nearest = ahead[0]
    bars = (_bar(work, part) for part in nearest.goal.parts)
    return Step(
        nearest.goal.tier.name.of(tag),
        Speech(tag).sentence(nearest.says[tag]),
        tuple(bar for bar in bars if bar),
    )


def _bar(work: Work, part: Part) -> Bar | None:
    name, _, rest = part.asked.partition("|")
    fact = TIER.get(name)
    if fact is None or not isinstance(part.found, int) or not isinstance(part.wanted, int):
        return None
    over = rest.partition("|")[0]
    label = facts.fact_label(name)
    if over:
        label = f"{label}, {facts.window_label(read_window(over))}"
    share = _WHOLE * part.found // part.wanted if part.wanted > 0 else _WHOLE
    if fact.unit is Unit.MONEY:
        money = work.programme.money_currency
        found, wanted = (
            texts.money(Money(part.found, money)),
            texts.money(Money(part.wanted, money)),
        )
    else:
        found, wanted = texts.points(part.found), texts.points(part.wanted)
    return Bar(label, found, wanted, max(0, min(share, _WHOLE)))
