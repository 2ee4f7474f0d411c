"""What is shown of ladders: where a member stands in each, by which path, and what comes next."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from stoa.errors import MemberUnknownError
from stoa.services.tiers import assessing
from stoa.services.tiers.assessing import Case
from stoa.values.conditions.wording import found, missing
from stoa.values.footings import Footing
from stoa.values.goals import Goal, progress
from stoa.values.ladders import Ladder, Perk, Tier
from stoa.values.languages import LANGUAGES
from stoa.values.speech import Speech
from stoa.work import Work

__all__ = ["Outlook", "View", "view"]


@dataclass(frozen=True, slots=True)
class Outlook:
    """A higher tier, what is missing for it in numbers, and in words by language."""

    goal: Goal
    says: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class View:
    """A member in one ladder.

    Attributes:
        footing: ``None`` for who never left the lowest tier.
        says: the path that won the tier in words, by language; empty where none did.
        benefits: what comes with the tier, inherited ones too.
        next: the tiers above that can be reached, the nearest first.
    """

    ladder: Ladder
    tier: Tier
    footing: Footing | None
    says: Mapping[str, str]
    benefits: tuple[Perk, ...]
    next: tuple[Outlook, ...]


def view(work: Work, member_id: UUID) -> list[View]:
    """Return where a member stands in each ladder that holds, the main one first.

    Raises:
        MemberUnknownError: there is no such member, or it is another one now.
    """
    cases = list(assessing.cases(work, [member_id]))
    if not cases and not work.rows(_THERE, (member_id,)):
        raise MemberUnknownError
    return [_view(work, case) for case in sorted(cases, key=lambda case: not case.ladder.main)]


_THERE = "SELECT 1 FROM members WHERE id = %s AND status <> 'merged'"


def _view(work: Work, case: Case) -> View:
    tier = case.ladder.tier(case.tier)
    goals = progress(case.ladder, tier.code, case.known, work.today())
    path = case.footing.path if case.footing else None
    return View(
        case.ladder, tier, case.footing, _won(work, case.ladder, path),
        case.ladder.perks(tier.code), tuple(_outlook(work, case.ladder, goal) for goal in goals),
    )  # fmt: skip


def _won(work: Work, ladder: Ladder, path: dict[str, Any] | None) -> dict[str, str]:
    if path is None:
        return {}
    return {each: found(path, _speech(work, ladder, each)) for each in LANGUAGES}


def _outlook(work: Work, ladder: Ladder, goal: Goal) -> Outlook:
    says = {
        each: missing(
            goal.trace, _speech(work, ladder, each), on=work.today(), by=goal.until,
            goal=f"tier:{goal.tier.code}",
        )
        for each in LANGUAGES
    }  # fmt: skip
    return Outlook(goal, says)


def _speech(work: Work, ladder: Ladder, language: str) -> Speech:
    names = {f"tier:{tier.code}": tier.name.of(language) for tier in ladder.tiers}
    return Speech(language, work.programme.money_currency, names)
