"""The documents of benefits: read, checked against what there is, saved, and those that hold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from stoa.errors import InvalidRuleError
from stoa.services import rulebook
from stoa.values.benefits import Benefit, read_benefit
from stoa.values.conditions import WrongRuleError
from stoa.work import Work

__all__ = ["KIND", "Held", "at", "held", "read", "save"]

KIND = "benefit"

_MOST_KEPT = 50
_MOST_LETTERS = 64


@dataclass(frozen=True, slots=True)
class Held:
    """A benefit as a version of its document says it."""

    code: str
    version: int
    benefit: Benefit


def read(document: Mapping[str, Any]) -> Benefit:
    """Read a benefit's document.

    Raises:
        InvalidRuleError: it can't be; `errors` names each place.
    """
    try:
        return read_benefit(document)
    except WrongRuleError as wrong:
        raise InvalidRuleError(errors=wrong.errors) from None


_THERE = """
SELECT 'partner', code FROM partners WHERE code = ANY (%(words)s)
 UNION ALL
SELECT 'store', p.code || '/' || s.code FROM stores s JOIN partners p ON p.id = s.partner_id
 WHERE p.code || '/' || s.code = ANY (%(words)s)
"""


def save(work: Work, code: str, document: Mapping[str, Any], *, note: str = "") -> int:
    """Save a benefit's document as its next version; return the version.

    Raises:
        InvalidRuleError: it can't be, or names a partner or store that is not there.
    """
    if not 0 < len(code) <= _MOST_LETTERS or not code.isprintable() or ":" in code:
        text = f"A code has 1 to {_MOST_LETTERS} characters and no colon."
        raise InvalidRuleError(errors={"code": [text]})
    wanted = list(_named(read(document)))
    found = work.rows(_THERE, {"words": [word for _, _, word in wanted]}) if wanted else []
    there = {tuple(row) for row in found}
    errors: dict[str, list[str]] = {}
    for place, kind, word in wanted:
        if (kind, word) not in there:
            errors.setdefault(place, []).append(f"There is no {kind} {word}.")
    if errors:
        raise InvalidRuleError(errors=errors)
    return rulebook.save(work, KIND, code, document, note=note)


def at(work: Work, version: int) -> Mapping[str, Held]:
    """Return the benefits of a rulebook by their codes, remembered between works.

    Raises:
        RuleUnknownError: there is no such book.
    """
    known: dict[int, Mapping[str, Held]] = work.memo.setdefault("benefits", {})
    if version not in known:
        if len(known) >= _MOST_KEPT:
            known.clear()
        kept = rulebook.at(work, version).of(KIND)
        known[version] = MappingProxyType(
            {code: Held(code, each.version, read(each.document)) for code, each in kept.items()}
        )
    return known[version]


def held(work: Work) -> Mapping[str, Held]:
    """Return the benefits that hold now, by their codes: one statement."""
    return at(work, rulebook.current(work).version)


def _named(benefit: Benefit) -> Iterator[tuple[str, str, str]]:
    """Tell what a benefit names: the place in its document, the kind and the word."""
    for word in sorted(benefit.at.partners or ()):
        yield "at.partners", "partner", word
    for word in sorted(benefit.at.stores or ()):
        yield "at.stores", "store", word
    for place, payer in enumerate(benefit.payers):
        if payer.payer.startswith("prt:"):
            yield f"payers.{place}.payer", "partner", payer.payer.removeprefix("prt:")
