"""Chances to be promoted: what is on offer, what members bought, which are open.

Buying one and what it raises stands in `promotions`. Tiers ask here how many chances are open, and
use them up with the tier that they helped to reach.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from stoa.errors import ChanceUnknownError, InvalidRuleError
from stoa.services import ledger, rulebook
from stoa.values.chances import Chance, read_chance
from stoa.values.conditions import WrongRuleError
from stoa.work import Work

__all__ = ["Bought", "Offer", "find", "of", "offer", "offers", "opened", "read", "save", "use"]

_KIND = "chance"


@dataclass(frozen=True, slots=True)
class Offer:
    """A chance as a version of its document says it."""

    code: str
    version: int
    chance: Chance


@dataclass(frozen=True, slots=True)
class Bought:
    """A chance that a member bought.

    Attributes:
        member_id: who bought it: the member, or one who was merged into the member.
        state: ``open``, ``used``, ``won``, ``lost`` or ``refunded``.
        odds: of a draw, in millionths.
        seed: of a draw that is over; nobody is told it before.
        drawn: ``nonce`` and ``roll`` of a draw that is over.
        used: what an open one was good for: the ladder and the tier.
    """

    member_id: UUID
    id: UUID
    code: str
    version: int
    ladder: str
    mode: str
    state: str
    points: int
    odds: int
    commitment: bytes | None
    seed: bytes | None
    drawn: Mapping[str, Any] | None
    used: Mapping[str, Any] | None
    bought_at: datetime
    undo_until: datetime
    resolved_at: datetime | None


def read(document: Mapping[str, Any]) -> Chance:
    """Read a chance's document.

    Raises:
        InvalidRuleError: it can't be; `errors` names each place.
    """
    try:
        return read_chance(document)
    except WrongRuleError as wrong:
        raise InvalidRuleError(errors=wrong.errors) from None


_LADDER = "SELECT 1 FROM rules WHERE kind = 'ladder' AND code = %s AND state <> 'ended'"


def save(work: Work, code: str, document: Mapping[str, Any], *, note: str = "") -> int:
    """Save a chance's document as its next version; return the version.

    Raises:
        InvalidRuleError: it can't be, or there is no such ladder.
    """
    chance = read(document)
    if not work.rows(_LADDER, (chance.ladder,)):
        raise InvalidRuleError(errors={"ladder": [f"There is no ladder {chance.ladder}."]})
    return rulebook.save(work, _KIND, code, document, note=note)


def offers(work: Work) -> list[Offer]:
    """Return the chances that are on offer now, by their codes."""
    kept = rulebook.current(work).of(_KIND)
    return [Offer(code, each.version, read(each.document)) for code, each in kept.items()]


def offer(work: Work, code: str) -> Offer:
    """Return a chance that is on offer now.

    Raises:
        ChanceUnknownError: none of this code is.
    """
    kept = rulebook.current(work).of(_KIND).get(code)
    if kept is None:
        raise ChanceUnknownError
    return Offer(code, kept.version, read(kept.document))


_COLUMNS = """
SELECT c.member_id, c.id, c.chance, c.version, c.ladder, c.mode, c.state, c.points, c.odds,
       c.commitment, CASE WHEN c.drawn IS NOT NULL THEN c.seed END, c.drawn, c.used, c.bought_at,
       c.undo_until, c.resolved_at
  FROM chances c
 WHERE (c.member_id = %(member)s OR c.member_id IN (
        SELECT m.id FROM members m WHERE m.merged_into = %(member)s))
"""
_OF = _COLUMNS + " ORDER BY c.bought_at DESC, c.id DESC LIMIT %(most)s"
_FIND = _COLUMNS + " AND c.id = %(id)s"


def of(work: Work, member_id: UUID, *, most: int = 100) -> list[Bought]:
    """Return the chances that a member bought, the newest first."""
    return [Bought(*row) for row in work.rows(_OF, {"member": member_id, "most": most})]


def find(work: Work, member_id: UUID, chance_id: UUID) -> Bought:
    """Return a chance that a member bought.

    Raises:
        ChanceUnknownError: there is none.
    """
    rows = work.rows(_FIND, {"member": member_id, "id": chance_id})
    if not rows:
        raise ChanceUnknownError
    return Bought(*rows[0])


_OPENED = """
SELECT coalesce(m.merged_into, m.id), c.ladder, count(*)
  FROM members m JOIN chances c ON c.member_id = m.id AND c.state = 'open' AND c.mode <> 'draw'
 WHERE m.id = ANY (%(members)s::uuid[]) OR m.merged_into = ANY (%(members)s::uuid[])
 GROUP BY 1, 2
"""


def opened(work: Work, members: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """Return how many chances members have open, by ladder: the fact ``chances``.

    Who has none is missing.
    """
    found: dict[UUID, dict[str, int]] = {}
    for member_id, ladder, count in work.rows(_OPENED, {"members": list(members)}):
        found.setdefault(member_id, {})[ladder] = count
    return found


def use(work: Work, member_id: UUID, ladder: str, tier: str, count: int) -> bool:
    """Use up open chances that helped to reach a tier, once; tell whether there were so many."""
    told = {"ladder": ladder, "tier": tier, "at": work.now().isoformat()}
    return ledger.use_chances(work, member_id, ladder, count, use=told)
