"""Assessing members: read what is known of a batch of them, take the steps, keep and tell them.

Whoever assesses a member holds the member's row meanwhile: of two at once the second sees what the
first one saw and more, so that both together end in the tier that the diary says.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from stoa.errors import RuleUnknownError
from stoa.services import chances, diaries, rulebook
from stoa.services.tiers import books, sources, standings
from stoa.services.tiers.books import KIND, Ladders
from stoa.services.tiers.standings import Kept
from stoa.values.assessments import Known
from stoa.values.footings import Footing, Moment, assess, by_hand
from stoa.values.identifiers import public_id
from stoa.values.ladders import Ladder
from stoa.work import Work

__all__ = ["Case", "Step", "assign", "cases", "lock", "moment", "reassess", "settle", "upward"]

_NOBODY: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Case:
    """A member in one ladder, and what is known; `footing` is ``None`` for who never left it."""

    member_id: UUID
    ladder: Ladder
    footing: Footing | None
    known: Known

    @property
    def tier(self) -> str:
        """The code of the tier where the member stands; the ladder may have it no more."""
        return self.footing.tier if self.footing else self.ladder.tiers[0].code


Step = Callable[[Case], Footing | None]
"""Returns the footing after a step; ``None`` where there is nothing to write."""


def moment(work: Work) -> Moment:
    """Return the present moment of a work."""
    return Moment(work.now(), work.programme.zone)


def reassess(work: Work, member_id: UUID, *, lowers: bool = False) -> int:
    """Look at a member now; return in how many ladders the standing changed.

    Args:
        lowers: whether goods came back, so that a tier may be lost at once.
    """
    lock(work, [member_id])
    return settle(
        work, cases(work, [member_id]), upward(work, lowers={member_id} if lowers else _NOBODY)
    )


def upward(work: Work, *, lowers: Collection[UUID] = _NOBODY) -> Step:
    """Return the step of who bought something, or of whom goods came back."""
    now = moment(work)

    def step(case: Case) -> Footing | None:
        lower = case.member_id in lowers
        gone = case.footing is not None and not case.ladder.has(case.footing.tier)
        then = _then(work, case) if lower or gone else None
        return assess(case.ladder, case.footing, case.known, now, lowers=lower, then=then)

    return step


_LOCK = """
SELECT id FROM members WHERE id = ANY(%(members)s) ORDER BY id FOR NO KEY UPDATE
"""


def lock(work: Work, members: Sequence[UUID]) -> None:
    """Hold members' rows to the end of the transaction, in the order of their ids."""
    work.session.connection()
    work.rows(_LOCK, {"members": sorted(members)})


def cases(work: Work, members: Sequence[UUID], *, ladders: Ladders | None = None) -> Iterator[Case]:
    """Read what is known of members: a few statements for all; merged ones have no case.

    Args:
        ladders: those that hold now by default.
    """
    ladders = ladders or books.current(work)
    asks = {ask for each in ladders.by_code.values() for ask in each.asks}
    points = any(ask.fact.name == "qualifying_points" for ask in asks)
    footings = standings.of_many(work, members)
    else_happened = {
        code: sources.happened(work, ladder, members) for code, ladder in ladders.by_code.items()
    }
    for member_id, diary in diaries.stream(work, members=members, points=points):
        for code, ladder in ladders.by_code.items():
            known = Known(diary, else_happened[code].get(member_id, {}))
            yield Case(member_id, ladder, footings.get(member_id, {}).get(code), known)


def settle(work: Work, all_cases: Iterator[Case] | Sequence[Case], step: Step) -> int:
    """Take a step for each case; keep what it comes to and tell of it; return how many changed."""
    kept = []
    for case in all_cases:
        after = step(case)
        if after is not None and after.origin == "bought" and after.path is not None:
            after = _paid_by_chances(work, case, after)
        if after is not None:
            kept.append(Kept(case.member_id, case.ladder.code, case.tier, after))
            _tell(work, case, after)
    standings.keep(work, kept)
    return sum(each.before != each.footing.tier for each in kept)


def assign(
    work: Work,
    member_id: UUID,
    tier: str,
    *,
    reason: str,
    until: date | None = None,
    ladder: str | None = None,
) -> None:
    """Put a member into a tier by hand.

    Args:
        until: the last day on which no assessment changes it; without one it is a place like any
            other, from which to rise, and to fall at a review.
        ladder: the main one by default.

    Raises:
        InvalidBodyError: there is no such ladder, or it has no such tier, or the day is over.
    """
    chosen = standings.chosen(work, ladder, tier=tier, until=until)
    lock(work, [member_id])
    only = Ladders(0, {chosen.code: chosen}, chosen)

    def step(case: Case) -> Footing:
        return by_hand(
            case.ladder, case.footing, tier, case.known, moment(work), reason=reason, until=until
        )

    found = list(cases(work, [member_id], ladders=only))
    standings.note(work, member_id, chosen, tier, reason=reason, until=until)
    settle(work, found, step)


def _paid_by_chances(work: Work, case: Case, after: Footing) -> Footing | None:
    """Use up the chances of the path that won a tier, once; ``None`` where they are gone.

    They are spent on this tier, so what comes back afterwards does not take it: it is the floor.
    """
    if after.tier == case.tier:
        return after
    needed = max(_needed(after.path or {}), default=0)
    if needed and not chances.use(work, case.member_id, case.ladder.code, after.tier, needed):
        return None
    return replace(after, floor=after.tier)


def _needed(told: Mapping[str, Any]) -> Iterator[int]:
    """Yield how many chances the facts of a path asked for."""
    for part in told.get("parts", ()):
        yield from _needed(part)
    if str(told.get("asked", "")).startswith("chances|"):
        exact = {">=": told["wanted"], ">": told["wanted"] + 1}
        yield exact.get(told["compared"], told["found"])


def _then(work: Work, case: Case) -> Ladder | None:
    """Return the version of the ladder by which a tier was won, where it is another."""
    version = case.footing.ladder_version if case.footing else 0
    if version in (0, case.ladder.version):
        return None
    known: dict[tuple[str, int], Ladder | None] = work.memo.setdefault("past_ladders", {})
    key = (case.ladder.code, version)
    if key not in known:
        try:
            document = rulebook.document(work, KIND, *key)
        except RuleUnknownError:
            known[key] = None
        else:
            known[key] = books.read(document, code=key[0], version=version)
    return known[key]


def _tell(work: Work, case: Case, after: Footing) -> None:
    before, now = case.ladder.tier(case.tier), case.ladder.tier(after.tier)
    facts = {
        "member": public_id("mem", case.member_id), "ladder": case.ladder.code,
        "tier": now.code, "before": case.tier, "origin": after.origin,
    }  # fmt: skip
    gone = not case.ladder.has(case.tier)
    if gone or now.rank != before.rank:
        topic = "tier.upgraded" if now.rank > before.rank and not gone else "tier.downgraded"
        work.record(topic, facts, member_id=case.member_id, partner_id=None)
    elif after.falls_on is not None and (case.footing is None or case.footing.falls_on is None):
        facts["on"] = after.falls_on.isoformat()
        work.record("tier.will_downgrade", facts, member_id=case.member_id, partner_id=None)
