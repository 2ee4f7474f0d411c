"""The ladders of a rulebook, read once, and the place of a member who was just read.

Hot statements read two columns, so that tiers cost them nothing else: `RULEBOOK`, the version of
the book that holds, and `STANDINGS`, the member's tiers by ladder. `place` makes of both what a
deed wants to know, from the book as it is remembered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from stoa.errors import InvalidRuleError
from stoa.services import rulebook
from stoa.values.conditions import WrongRuleError
from stoa.values.ladders import Ladder, Tier, read_ladder
from stoa.work import Work

__all__ = [
    "KIND",
    "RULEBOOK",
    "STANDINGS",
    "Ladders",
    "Place",
    "at",
    "current",
    "known",
    "place",
    "place_of",
    "read",
]

KIND = "ladder"

RULEBOOK = """coalesce((SELECT b.version FROM rulebooks b WHERE b.effective_at <= %(now)s
        ORDER BY b.version DESC LIMIT 1), 0)"""
"""A column: the version of the rulebook that holds at ``%(now)s``."""

STANDINGS = """(SELECT jsonb_object_agg(s.ladder, s.tier) FROM standings s
        WHERE s.member_id = m.id)"""
"""A column: the tiers of the member `m` by ladder; NULL for who stands in none."""

_MOST_BOOKS = 200


@dataclass(frozen=True, slots=True)
class Ladders:
    """The ladders that hold together, by their codes; `main` gives uplift and discount."""

    version: int
    by_code: Mapping[str, Ladder]
    main: Ladder | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a member stands in the main ladder, and what that brings.

    Attributes:
        rank: 0 for the lowest tier.
        uplift_percent: added to base points.
        discount_basis_points: what tills take off, in hundredths of a percent.
        ladder: the code of the main ladder, and `ladder_version` that of its document.
    """

    tier: str = "basic"
    rank: int = 0
    uplift_percent: int = 0
    discount_basis_points: int = 0
    ladder: str = ""
    ladder_version: int = 0


_NOWHERE = Place()


def read(document: Mapping[str, Any], *, code: str = "", version: int = 0) -> Ladder:
    """Read a ladder's document.

    Raises:
        InvalidRuleError: it can't be; `errors` names each place.
    """
    try:
        return read_ladder(document, code=code, version=version)
    except WrongRuleError as wrong:
        raise InvalidRuleError(errors=wrong.errors) from None


def current(work: Work) -> Ladders:
    """Return the ladders that hold now: one statement."""
    return at(work, rulebook.current(work).version)


def at(work: Work, version: int) -> Ladders:
    """Return the ladders of a rulebook, remembered between works.

    Raises:
        RuleUnknownError: there is no such book.
    """
    known: dict[int, Ladders] = work.memo.setdefault("ladders", {})
    if version not in known:
        if len(known) >= _MOST_BOOKS:
            known.clear()
        kept = rulebook.at(work, version).of(KIND)
        ladders = {
            code: read(each.document, code=code, version=each.version)
            for code, each in kept.items()
        }
        main = next((each for each in ladders.values() if each.main), None)
        known[version] = Ladders(version, MappingProxyType(ladders), main)
    return known[version]


def place(work: Work, version: int, standings: Mapping[str, str] | None) -> Place:
    """Return a member's place in the main ladder of a book, from the columns of a hot statement."""
    main = at(work, version).main
    if main is None:
        return _NOWHERE
    return place_of(main, main.tier((standings or {}).get(main.code)))


def known(work: Work, code: str | None) -> Place:
    """Return what a tier of the main ladder brings now, nothing where it has no such tier.

    Args:
        code: the lowest tier where ``None``.
    """
    main = current(work).main
    if main is None or (code is not None and not main.has(code)):
        return _NOWHERE
    return place_of(main, main.tier(code))


def place_of(ladder: Ladder, tier: Tier) -> Place:
    """Return what a tier of a ladder brings."""
    return Place(
        tier.code, tier.rank, tier.uplift_percent, tier.discount_basis_points, ladder.code,
        ladder.version,
    )  # fmt: skip
