"""A programme: rules of every kind from their files, checked, saved and put in force together.

Each kind has deeds of its own that read its documents; this room knows which deed is whose, so that
whoever holds a file, such as the command line, need not.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from stoa.errors import InvalidRuleError, StoaError
from stoa.services import (
    activities,
    benefits,
    campaigns,
    challenges,
    chances,
    coupons,
    draws,
    referrals,
    rewards,
    rulebook,
    segments,
    tiers,
)
from stoa.services.rulebook import KINDS, Book, RuleLine
from stoa.values.rulefiles import RuleFile
from stoa.work import Work

__all__ = ["Loaded", "Mistakes", "activate", "check", "load", "ordered", "resume", "save"]

Mistakes = Mapping[str, list[str]]
"""Texts by their places: ``condition.all.1.over``."""


@dataclass(frozen=True, slots=True)
class Room:
    """The deeds of a kind.

    Attributes:
        save: ``save(work, code, document, note=…)`` reads, checks, keeps; the version.
        activate: ``activate(work, code, version)`` lets it hold, with its budget; the book. A kind
            without a budget needs none of its own.
    """

    save: Callable[..., int]
    activate: Callable[..., Book] | None = None


ROOMS: Mapping[str, Room] = MappingProxyType(
    {
        "activity": Room(activities.save, activities.activate),
        "benefit": Room(benefits.save),
        "campaign": Room(campaigns.save, campaigns.activate),
        "challenge": Room(challenges.save, challenges.activate),
        "chance": Room(chances.save),
        "draw": Room(draws.save, draws.activate),
        "coupon": Room(coupons.save, coupons.activate),
        "ladder": Room(tiers.save, tiers.activate),
        "referral": Room(referrals.save, referrals.activate),
        "reward": Room(rewards.save, rewards.activate),
        "segment": Room(segments.save),
    }
)
"""Whose deeds a kind's are."""

_ORDER = (
    "segment", "activity", "challenge", "ladder", "chance", "referral", "coupon", "draw",
    "reward", "benefit", "campaign",
)  # fmt: skip
"""Kinds in the order in which they are saved: those that others name come first."""


class _TriedError(Exception):
    """Ends a trial, so that nothing of it stays."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a rule: its version, and whether it was `saved` or `activated` just now."""

    rule: RuleFile
    version: int
    saved: bool
    activated: bool


def save(work: Work, rule: RuleFile) -> int:
    """Save a rule by its kind's own deed; return the version.

    Raises:
        InvalidRuleError: the document can't be; every mistake is named with its place.
    """
    return ROOMS[rule.kind].save(work, rule.code, rule.document, note=rule.note)


def activate(work: Work, kind: str, code: str, version: int | None = None) -> Book:
    """Let a version of a rule hold, the latest by default; return its book.

    Raises:
        RuleUnknownError: there is no such rule or version.
        RuleStateError: the rule has ended.
        FourEyesError: its budget is above `budget_limit`, and the actor is no person, or the one
            who saved the version.
    """
    kept = rulebook.find(work, kind, code)
    chosen = version or kept.latest
    rulebook.check_eyes(work, kind, code, chosen)
    own = ROOMS[kind].activate
    return own(work, code, chosen) if own else rulebook.activate(work, kind, code, chosen)


def resume(work: Work, kind: str, code: str) -> Book:
    """Let a paused rule hold again, by the version that held; return its book.

    Raises:
        RuleUnknownError: there is no such rule.
        RuleStateError: it is not paused.
        InvalidRuleError: another ladder became the main one meanwhile.
    """
    if kind == "ladder":
        return tiers.resume(work, code)
    return rulebook.resume(work, kind, code)


def check(work: Work, rules: Iterable[RuleFile]) -> dict[str, Mistakes]:
    """Tell what is wrong with rules that belong together, as if they were saved; nothing is.

    Returns:
        The mistakes by the rule's place, ``campaign/weekend``; empty where all is well.
    """
    wrong: dict[str, Mistakes] = {}
    with suppress(_TriedError), work.session.begin_nested():
        for rule in ordered(rules):
            try:
                with work.session.begin_nested():
                    save(work, rule)
            except InvalidRuleError as invalid:
                wrong[rule.place] = invalid.members["errors"]
            except StoaError as refused:
                wrong[rule.place] = {"": [str(refused)]}
        raise _TriedError
    return wrong


def ordered(rules: Iterable[RuleFile]) -> list[RuleFile]:
    """Return rules in the order in which they are saved."""
    return sorted(rules, key=lambda rule: (_ORDER.index(rule.kind), rule.code))


def load(work: Work, rules: Iterable[RuleFile]) -> list[Loaded]:
    """Save rules that belong together and let their latest versions hold; all or none.

    A second time changes nothing.

    Raises:
        InvalidRuleError: some can't be; `errors` names the rule before the place.
        RuleStateError: one has ended.
    """
    rules = ordered(rules)
    wrong = check(work, rules)
    if wrong:
        raise InvalidRuleError(
            errors={
                f"{rule}: {place}" if place else rule: texts
                for rule, mistakes in wrong.items()
                for place, texts in mistakes.items()
            }
        )
    before = {
        (line.kind, line.code): line for kind in KINDS for line in rulebook.listed(work, kind)
    }
    done = []
    for rule in rules:
        version, was = save(work, rule), before.get((rule.kind, rule.code))
        holds = _holds(was, version)
        if not holds:
            activate(work, rule.kind, rule.code)
        done.append(Loaded(rule, version, was is None or version > was.latest, not holds))
    return done


def _holds(was: RuleLine | None, version: int) -> bool:
    return was is not None and was.state == "active" and was.version == version
