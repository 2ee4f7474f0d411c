"""Saving ladders: read, checked against the alliance, and looked over for tiers worth less."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stoa.errors import InvalidRuleError
from stoa.services import rulebook
from stoa.services.rulebook import Book
from stoa.services.tiers import books
from stoa.services.tiers.books import KIND
from stoa.values.ladders import Ladder, Tier
from stoa.work import Work

__all__ = ["Lack", "Warned", "activate", "lint", "resume", "save"]


class Lack(StrEnum):
    """Of what a higher tier has less than the one below it."""

    UPLIFT = "uplift"
    DISCOUNT = "discount"
    BENEFIT = "benefit"


@dataclass(frozen=True, slots=True)
class Warned:
    """A higher tier that has less than the one below: what members would call a mistake (#7).

    Attributes:
        place: in the document, such as ``tiers.2.uplift_percent``.
        what: the benefit's code where one is missing; else empty.
    """

    place: str
    lack: Lack
    tier: str
    below: str
    what: str = ""

    @property
    def text(self) -> str:
        """The warning in English."""
        if self.lack is Lack.BENEFIT:
            return f"{self.tier} lacks the benefit {self.what} that {self.below} has."
        return f"{self.tier} has less {self.lack} than {self.below}."


def save(work: Work, code: str, document: Mapping[str, Any], *, note: str = "") -> int:
    """Save a ladder's document as its next version; return the version. `lint` tells of doubts.

    Raises:
        InvalidRuleError: it can't be; `errors` names each place. One ladder alone may be the main
            one, and a tier that is asked for has to be one of the ladder's.
    """
    ladder = books.read(document, code=code)
    errors = _unknown(ladder)
    if ladder.main:
        errors |= _other_main(work, code)
    if errors:
        raise InvalidRuleError(errors=errors)
    return rulebook.save(work, KIND, code, document, note=note)


def activate(work: Work, code: str, version: int | None = None) -> Book:
    """Let a version hold, the latest by default; return its book.

    Raises:
        RuleUnknownError: there is no such ladder or version.
        RuleStateError: the ladder has ended.
        InvalidRuleError: it would be the main one beside another.
    """
    chosen = version or rulebook.find(work, KIND, code).latest
    return _alone(work, code, chosen, lambda: rulebook.activate(work, KIND, code, chosen))


def resume(work: Work, code: str) -> Book:
    """Let a paused ladder hold again, by the version that held; return its book.

    Raises:
        RuleUnknownError: there is no such ladder.
        RuleStateError: it is not paused.
        InvalidRuleError: it would be the main one beside another.
    """
    held = rulebook.find(work, KIND, code)
    chosen = held.version or held.latest
    return _alone(work, code, chosen, lambda: rulebook.resume(work, KIND, code))


def lint(ladder: Ladder) -> tuple[Warned, ...]:
    """Return where a tier has less uplift, discount or benefits than the one below it."""
    found: list[Warned] = []
    for below, tier in zip(ladder.tiers, ladder.tiers[1:], strict=False):
        if tier.uplift_percent < below.uplift_percent:
            found.append(_warned(tier, below, "uplift_percent", Lack.UPLIFT))
        if tier.discount_basis_points < below.discount_basis_points:
            found.append(_warned(tier, below, "discount_basis_points", Lack.DISCOUNT))
        has = {perk.code for perk in ladder.perks(tier.code)}
        found += [
            _warned(tier, below, "benefits", Lack.BENEFIT, perk.code)
            for perk in ladder.perks(below.code)
            if perk.code not in has
        ]
    return tuple(found)


def _warned(tier: Tier, below: Tier, field: str, lack: Lack, what: str = "") -> Warned:
    return Warned(f"tiers.{tier.rank}.{field}", lack, tier.code, below.code, what)


def _alone(work: Work, code: str, version: int, deed: Callable[[], Book]) -> Book:
    """Let a version hold, unless it and another ladder were the main one then."""
    main = books.read(rulebook.document(work, KIND, code, version), code=code).main
    with work.session.begin_nested():
        book = deed()  # from here on nobody else changes rules
        errors = _other_main(work, code) if main else {}
        if errors:
            raise InvalidRuleError(errors=errors)
    return book


def _other_main(work: Work, code: str) -> dict[str, list[str]]:
    """Return what is wrong where another ladder is the main one by the version that holds."""
    for line in rulebook.listed(work, KIND):
        if line.state != "active" or line.code == code or line.version is None:
            continue
        if rulebook.document(work, KIND, line.code, line.version).get("main"):
            return {"main": [f"The main ladder is {line.code}."]}
    return {}


def _unknown(ladder: Ladder) -> dict[str, list[str]]:
    """Return where a tier is asked for that the ladder has not."""
    errors: dict[str, list[str]] = {}
    for tier in ladder.tiers:
        for ask in tier.qualify.asks if tier.qualify else ():
            place = f"tiers.{tier.rank}.qualify"
            if ask.fact.of == "tier" and not ladder.has(ask.of):
                errors.setdefault(place, []).append(f"The ladder has no tier {ask.of}.")
            if ask.fact.of == "ladder" and ask.of != ladder.code:
                errors.setdefault(place, []).append(f"Ask for chances of {ladder.code} itself.")
    return errors
