"""The documents of challenges: read, checked against what there is, saved in versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stoa.errors import InvalidRuleError
from stoa.services import rulebook
from stoa.values.activities import KINDS as ACTIVITIES
from stoa.values.challenges import Challenge, leaves, read_challenge
from stoa.values.conditions import WrongRuleError
from stoa.work import Work

__all__ = ["KIND", "Held", "find", "held", "read", "save", "version"]

KIND = "challenge"
_MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class Held:
    """A challenge as a version of its document says it."""

    code: str
    version: int
    challenge: Challenge


def read(document: Mapping[str, Any]) -> Challenge:
    """Read a challenge's document.

    Raises:
        InvalidRuleError: it can't be; `errors` names each place.
    """
    try:
        return read_challenge(document)
    except WrongRuleError as wrong:
        raise InvalidRuleError(errors=wrong.errors) from None


_PLACES = """
SELECT 'partner', code FROM partners WHERE code = ANY (%(words)s)
 UNION ALL
SELECT 'store', p.code || '/' || s.code FROM stores s JOIN partners p ON p.id = s.partner_id
 WHERE p.code || '/' || s.code = ANY (%(words)s)
 UNION ALL
SELECT 'activity', code FROM rules WHERE kind = 'activity' AND code = ANY (%(words)s)
"""
_NAMES = {"stores_collected": "store", "partners_collected": "partner"}


def save(work: Work, code: str, document: Mapping[str, Any], *, note: str = "") -> int:
    """Save a challenge's document as its next version; return the version.

    Raises:
        InvalidRuleError: it can't be, or names a store, partner or activity that is not there.
    """
    challenge = read(document)
    wanted: list[tuple[str, str, str]] = []
    for path, leaf in leaves(challenge.goal.document, "goal"):
        if leaf["fact"] in _NAMES:
            wanted += [(f"{path}.value", _NAMES[leaf["fact"]], word) for word in leaf["value"]]
        elif leaf["fact"] == "activities":
            wanted.append((f"{path}.of", "activity", leaf["of"]))
    for place, payer in enumerate(challenge.reward.payers if challenge.reward else ()):
        if payer.partner:
            wanted.append((f"reward.payers.{place}.payer", "partner", payer.partner))
    words = {"words": [word for _, _, word in wanted]}
    known = {("activity", kind) for kind in ACTIVITIES}
    if wanted:
        known |= {tuple(row) for row in work.rows(_PLACES, words)}
    errors: dict[str, list[str]] = {}
    for path, kind, word in wanted:
        if (kind, word) not in known:
            errors.setdefault(path, []).append(f"There is no {kind} {word}.")
    if errors:
        raise InvalidRuleError(errors=errors)
    return rulebook.save(work, KIND, code, document, note=note)


def find(work: Work, code: str) -> Held:
    """Return a challenge as it was saved last.

    Raises:
        RuleUnknownError: there is no such challenge.
    """
    line = rulebook.find(work, KIND, code)
    return Held(code, line.latest, read(line.document))


def held(work: Work) -> dict[str, Held]:
    """Return the challenges that hold now, by their codes: one statement."""
    return {
        code: _kept(work, code, kept.version, kept.document)
        for code, kept in rulebook.current(work).of(KIND).items()
    }


def version(work: Work, code: str, number: int) -> Held:
    """Return a challenge by a version of it.

    Raises:
        RuleUnknownError: there is no such challenge or version.
    """
    return _kept(work, code, number, rulebook.document(work, KIND, code, number))


def _kept(work: Work, code: str, number: int, document: Mapping[str, Any]) -> Held:
    """Read a version once, and again where it says something else: its save was rolled back."""
    known: dict[tuple[str, int], tuple[Mapping[str, Any], Challenge]]
    known = work.memo.setdefault("challenges", {})
    if (code, number) not in known or known[code, number][0] != document:
        if len(known) >= _MOST_KEPT:
            known.clear()
        known[code, number] = document, read(document)
    return Held(code, number, known[code, number][1])
