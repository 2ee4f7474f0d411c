"""Gates: why a member may not have a reward now, apart from points, limits and stock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from stoa.errors import RewardRefusedError
from stoa.services import diaries, segments
from stoa.services.members import Found
from stoa.services.rewards.knowing import Known
from stoa.values.birthdays import is_birthday, is_birthday_month
from stoa.values.conditions import Ask, Facts
from stoa.values.diary import FACTS, Diary, answer
from stoa.values.periods import local_day
from stoa.work import Work

__all__ = ["Gate", "facts_of", "gates", "refuse"]


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that is against it.

    Attributes:
        reason: ``not_yet``, ``over``, ``tier``, ``condition`` or ``store``.
        told: what a till may tell of it, such as ``opens_at``, ``closed_at`` or ``tiers``.
    """

    reason: str
    told: Mapping[str, Any] = field(default_factory=dict)


def gates(
    work: Work,
    offer: Known,
    member: Found,
    *,
    partner: str | None = None,
    store: str | None = None,
) -> list[Gate]:
    """Return all that is against a member's having an offer now; empty where nothing is.

    Args:
        partner: the code of the partner at which it shall be had; anywhere for ``None``.
        store: the code of the partner's store; any for ``None``.
    """
    found = [*_of_window(work, offer)]
    reward = offer.reward
    if reward.tiers and member.tier not in reward.tiers:
        found.append(Gate("tier", {"tiers": list(reward.tiers)}))
    if reward.who is not None and not reward.who.holds(facts_of(work, member, reward.who.asks)):
        found.append(Gate("condition"))
    if partner is not None and not reward.at.hold(partner, store):
        found.append(Gate("store"))
    return found


def refuse(
    work: Work,
    offer: Known,
    member: Found,
    *,
    partner: str | None = None,
    store: str | None = None,
) -> None:
    """Refuse an offer that a member may not have now, for the first thing that is against it.

    Raises:
        RewardRefusedError: something is; `reason` tells which gate.
    """
    for gate in gates(work, offer, member, partner=partner, store=store):
        raise RewardRefusedError(reason=gate.reason, **gate.told)


_BORN = "SELECT born_on FROM members WHERE id = %s"
_DIARY = frozenset(("days_since_purchase", *FACTS))
_BIRTHDAYS = {"birthday": is_birthday, "birthday_month": is_birthday_month}


def facts_of(work: Work, member: Found, asks: Iterable[Ask]) -> Facts:
    """Return what conditions ask of a member today, in the programme's zone."""
    asks, day = frozenset(asks), work.today()
    names = {ask.fact.name for ask in asks}
    known: dict[str, Any] = {
        "tier": member.tier,
        "member_days": max((day - local_day(member.enrolled_at, work.programme.zone)).days, 0),
    }
    if "segments" in names:
        known["segments"] = segments.of(work, member.id)
    if names & _BIRTHDAYS.keys():
        born_on = work.rows(_BORN, (member.id,))[0][0]
        known |= {name: tell(born_on, day) for name, tell in _BIRTHDAYS.items()}
    diary = Diary(day)
    if names & _DIARY:
        diary = diaries.of(work, member.id, points="qualifying_points" in names)
        known["days_since_purchase"] = _since(diary, day)
    return {ask.key: answer(diary, ask, day) if ask.over else known[ask.key] for ask in asks}


def _since(diary: Diary, day: date) -> int | None:
    last = diary.last_day
    return None if last is None else max((day - last).days, 0)


def _of_window(work: Work, offer: Known) -> Iterable[Gate]:
    now = work.now()
    if offer.opens is not None and now < offer.opens:
        yield Gate("not_yet", {"opens_at": offer.opens.isoformat()})
    if offer.closes is not None and offer.closes <= now:
        yield Gate("over", {"closed_at": offer.closes.isoformat()})
