"""The main ladder in its plainest form: tiers by name and uplift, given by hand."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from stoa.errors import RuleUnknownError
from stoa.services import rulebook
from stoa.services.tiers import books
from stoa.services.tiers.books import KIND
from stoa.values.languages import ENGLISH
from stoa.work import Work

__all__ = ["MAIN", "TierTerms", "define", "ladder"]

MAIN = "main"
"""The code of the main ladder that `define` makes."""


@dataclass(frozen=True, slots=True)
class TierTerms:
    """A tier of the main ladder; `rank` 0 is the lowest, `uplift_percent` goes on base points."""

    code: str
    name: str
    rank: int
    uplift_percent: int


def define(work: Work, tiers: Sequence[TierTerms]) -> None:
    """Make tiers without conditions the main ladder, lowest first; none puts it to rest.

    Defining what holds already changes nothing; members keep the codes they stand in.
    """
    with suppress(RuleUnknownError):
        kept = rulebook.find(work, KIND, MAIN)
        if not tiers:
            if kept.state == "active":
                rulebook.pause(work, KIND, MAIN)
            return
        holds = kept.state == "active" and kept.version == kept.latest
        if holds and kept.document == _document(tiers):
            return
    if tiers:
        document = _document(tiers)
        books.read(document)
        rulebook.save(work, KIND, MAIN, document)
        rulebook.activate(work, KIND, MAIN)


def ladder(work: Work) -> list[TierTerms]:
    """Return the tiers of the main ladder, lowest first, by their English names."""
    main = books.current(work).main
    return [
        TierTerms(tier.code, tier.name.of(ENGLISH), tier.rank, tier.uplift_percent)
        for tier in (main.tiers if main else ())
    ]


def _document(tiers: Sequence[TierTerms]) -> dict[str, Any]:
    return {
        "name": {ENGLISH: "Members"},
        "main": True,
        "tiers": [
            {
                "code": tier.code,
                "name": {ENGLISH: tier.name},
                "uplift_percent": tier.uplift_percent,
                "discount_basis_points": 0,
                "qualify": None,
            }
            for tier in sorted(tiers, key=lambda tier: tier.rank)
        ],
    }
