"""What a page of a rule is made with: its kind by the address, and the words of the alliance."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort

from stoa.services import rosters, rulebook
from stoa.services.rulebook import RuleLine
from stoa.values.amounts import minor_exponent
from stoa.work import Work
from stoa_admin.rules.choices import gather
from stoa_admin.rules.kinds import KINDS, Kind
from stoa_admin.rules.sentences import speech_of
from stoa_admin.rules.telling import Words

__all__ = ["Eyes", "kind_of", "second_person", "words"]


def kind_of(name: str) -> Kind:
    """Return the kind of an address; what is none is answered with 404."""
    if name not in KINDS:
        abort(404)
    return KINDS[name]


@dataclass(frozen=True, slots=True)
class Eyes:
    """A version whose budget one person alone may not let hold.

    Attributes:
        limit: the largest budget that one person lets hold, in points.
        saved_by: who saved the version; `mine` whether that is the reader.
    """

    limit: int
    saved_by: str
    mine: bool


def second_person(work: Work, line: RuleLine, version: int | None = None) -> Eyes | None:
    """Return who a version waits for; ``None`` where whoever likes may let it hold."""
    chosen = version or line.latest
    if chosen == line.version and line.state == "active":
        return None
    for kept in rulebook.versions(work, line.kind, line.code):
        budget = kept.document.get("budget_points") or 0
        if kept.version == chosen and budget > work.programme.budget_limit:
            name = rosters.staff_names(work).get(kept.saved_by, kept.saved_by)
            return Eyes(work.programme.budget_limit, name, kept.saved_by == work.actor.name)
    return None


def words(work: Work, document: Mapping[str, Any] | None = None, *, brief: bool = False) -> Words:
    """Return the names and units with which a rule is told; `document` is one being edited."""
    money = work.programme.money_currency
    tiers = (document or {}).get("tiers")
    known = gather(work, tiers=tiers if isinstance(tiers, list) else ())
    return Words(known, money, minor_exponent(money), speech_of(known, money), brief)
