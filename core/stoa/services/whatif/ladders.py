"""A ladder tried: where members would stand, and what the uplift of their tiers would cost.

Each member is placed twice from the same diary, by the ladder that holds and by the draft, over the
days that count for the standing kept: as if the draft had held instead. Tiers that were given by
hand, bought, or brought along stay the floor of both. What the placing by the rules of now does not
have in common with the standing kept is counted apart (`drift`): a grace that runs, an assessment
that is still to come.

The uplift is that of the span's purchases: their base points at the percent of the member's tier,
rounded for each purchase as the currency says, `current` and `draft`; `stored` is what was added
when they were made, by the standing of then.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from stoa.services import diaries, tiers
from stoa.services.tiers import sources, standings
from stoa.services.whatif.drafts import Question
from stoa.services.whatif.reckoning import Reckoner, count_members
from stoa.values import assessments, whatif
from stoa.values.amounts import Rounding, divide
from stoa.values.assessments import Known
from stoa.values.footings import Footing, first_day
from stoa.values.identifiers import public_id
from stoa.values.ladders import Ladder, Tier
from stoa.values.periods import Period
from stoa.work import Work

__all__ = ["count_part", "read_ladders"]

_BY_HAND = frozenset(("manual", "merged", "imported", "bought"))
_DAY = timedelta(days=1)


class _Bought(NamedTuple):
    """A purchase with its points: the base of the uplift, and the uplift that was added."""

    member_id: UUID
    purchase_id: UUID
    partner_id: UUID
    day: date
    agreement_version: int | None
    currency_version: int | None
    percent: int
    base: int
    uplift: int


@dataclass(frozen=True, slots=True)
class _Ladders:
    """The two ladders that members are placed by."""

    now: Ladder
    draft: Ladder


@dataclass(frozen=True, slots=True)
class _Member:
    """A member: the standing that is kept, and what is known."""

    id: UUID
    footing: Footing | None
    known: Known


_MEMBERS = """
SELECT id FROM members
 WHERE id > %(after)s AND id <= %(last)s AND status <> 'merged' ORDER BY id
"""
_BOUGHT = """
WITH own AS MATERIALIZED (
       SELECT m.id, coalesce(m.merged_into, m.id) AS owner FROM members m
        WHERE m.id = ANY(%(members)s) OR m.merged_into = ANY(%(members)s)),
     earned AS (
       SELECT e.member_id, e.transaction_id,
              coalesce(sum(e.points) FILTER (WHERE e.reason LIKE 'tier_uplift:%%'), 0) AS uplift,
              coalesce(sum(e.points) FILTER (WHERE e.reason NOT LIKE 'tier_uplift:%%'
                                               AND e.reason NOT LIKE 'campaign:%%'), 0) AS base
         FROM own JOIN postings e ON e.member_id = own.id AND e.currency = %(currency)s
          AND e.account = 'issued'
        GROUP BY e.member_id, e.transaction_id)
SELECT own.owner, t.id, t.partner_id, t.business_date,
       (t.explanation ->> 'agreement_version')::int, (t.explanation ->> 'currency_version')::int,
       coalesce((t.explanation ->> 'uplift_percent')::int, 0), e.base::bigint, e.uplift::bigint
  FROM own
  JOIN transactions t ON t.member_id = own.id AND t.kind = 'earn' AND t.currency = %(currency)s
  JOIN earned e ON e.member_id = t.member_id AND e.transaction_id = t.id
 WHERE t.business_date >= coalesce(%(since)s::date, t.business_date)
   AND t.business_date <= coalesce(%(until)s::date, t.business_date)
 ORDER BY own.owner
"""


def count_part(
    work: Work, question: Question, after: UUID, last: UUID
) -> tuple[dict[str, Any], list[Any]]:
    """Return the tally of the members after one up to another, and those who would move."""
    ladders = read_ladders(question.draft)
    ids = [row[0] for row in work.rows(_MEMBERS, {"after": after, "last": last})]
    bought = _bought(work, question, ids)
    reckoner, tally = Reckoner.of(work), whatif.empty()
    rounding = reckoner.rounding(work.programme.currency)
    moved: list[Any] = []
    changes: dict[UUID, int] = {}
    for member in _members(work, ladders, ids):
        current, draft = (
            _placed(ladder, member, question.day) for ladder in (ladders.now, ladders.draft)
        )
        if question.day == work.today():
            _check(tally, ladders, member.footing, current)
        rates = (current.uplift_percent, draft.uplift_percent)
        change = sum(
            _count(reckoner, tally, each, rates, rounding) for each in bought.get(member.id, ())
        )
        changes[member.id] = change
        whatif.add(tally, "moves", f"{current.code}|{draft.code}", members=1, points=change)
        if current.code != draft.code:
            whatif.add(tally, "counts", "moved", n=1)
            moved.append(_row(ladders, member, question.day, current, draft) | {"points": change})
    count_members(tally, changes)
    return tally, moved


def read_ladders(draft: Mapping[str, Any]) -> _Ladders:
    """Read the ladders of a draft as its run keeps them; without one of now nobody ever rose."""
    tried, held = tiers.read(draft["document"], code=draft["code"]), draft["against"]
    if held is None:
        return _Ladders(replace(tried, tiers=tried.tiers[:1]), tried)
    now = tiers.read(held["document"], code=held["code"], version=held["version"])
    return _Ladders(now, tried)


def _members(work: Work, ladders: _Ladders, ids: Sequence[UUID]) -> Iterator[_Member]:
    """Return what is known of members: one reading for both ladders."""
    both = (ladders.now, ladders.draft)
    asks = ladders.now.asks | ladders.draft.asks
    points = any(ask.fact.name == "qualifying_points" for ask in asks)
    footings = standings.of_many(work, ids)
    also = [sources.happened(work, ladder, ids) for ladder in both]
    for member_id, diary in diaries.stream(work, members=ids, points=points):
        happened = {name: days for of in also for name, days in of.get(member_id, {}).items()}
        footing = footings.get(member_id, {}).get(ladders.now.code)
        yield _Member(member_id, footing, Known(diary, happened))


def _placed(ladder: Ladder, member: _Member, day: date) -> Tier:
    """Return the tier that a ladder gives a member."""
    tier = assessments.earned(ladder, member.known, _counting(ladder, member, day)).tier
    footing = member.footing
    if footing is not None and footing.origin in _BY_HAND and ladder.has(footing.tier):
        held = ladder.tier(footing.tier)
        return held if held.rank > tier.rank else tier
    return tier


def _counting(ladder: Ladder, member: _Member, day: date) -> Period:
    """Return the days that count: those of the standing, and of the review that it has passed."""
    enrolled_on = member.known.diary.enrolled_on
    start = first_day(ladder, enrolled_on, day)
    footing = member.footing
    if footing is not None and footing.counts_from <= day:
        start = footing.counts_from
        if footing.floor is not None and footing.origin not in _BY_HAND:
            start = first_day(ladder, enrolled_on, start - _DAY)
    last = max([each for days in member.known.happened.values() for each in days], default=start)
    last = max(last, member.known.diary.last_day or start)
    # What lies after the last thing that happened holds nothing, and would only be looked through.
    return Period(start, max(start, min(day, last)) + _DAY)


def _bought(work: Work, question: Question, ids: Sequence[UUID]) -> dict[UUID, list[_Bought]]:
    values = {
        "members": ids, "currency": work.programme.currency, "since": question.since,
        "until": question.until,
    }  # fmt: skip
    rows = (_Bought(*row) for row in work.rows(_BOUGHT, values))
    return {owner: list(group) for owner, group in groupby(rows, key=itemgetter(0))}


def _check(
    tally: dict[str, Any], ladders: _Ladders, footing: Footing | None, current: Tier
) -> None:
    """Count a member whose standing is kept otherwise than the rules of now place them."""
    kept = ladders.now.tier(footing.tier if footing else None)
    if kept.code != current.code:
        whatif.add(tally, "counts", "standing_drift", n=1)


def _count(
    reckoner: Reckoner, tally: dict[str, Any], each: _Bought, rates: tuple[int, int],
    rounding: Rounding,
) -> int:  # fmt: skip
    """Add the uplift of a purchase to the tally; return by how many points the draft changes it.

    Args:
        rates: the percent of the member's tier by the rules of now, and by the draft.
    """
    whatif.add(tally, "counts", "purchases", n=1)
    uplifts = {
        "stored": each.uplift,
        "current": divide(each.base * rates[0], 100, rounding),
        "draft": divide(each.base * rates[1], 100, rounding),
    }
    then = reckoner.rounding_then(reckoner.work.programme.currency, each.currency_version)
    expected = divide(each.base * each.percent, 100, then or rounding)
    if expected != each.uplift:
        whatif.add(tally, "counts", "unexplained", n=1, points=expected - each.uplift)
        tally["findings"].append(
            {
                "purchase": public_id("pur", each.purchase_id),
                "partner": reckoner.code(each.partner_id), "stored": each.uplift,
                "told": each.uplift, "current": expected,
            }
        )  # fmt: skip
    if uplifts["draft"] != uplifts["current"]:
        whatif.add(tally, "counts", "changed", n=1)
    price = reckoner.price(each.partner_id, each.agreement_version)
    partner = reckoner.code(each.partner_id)
    for name, points in uplifts.items():
        whatif.add(
            tally, "sums", f"{partner}|operator",
            **{name: points, f"{name}_micros": points * price},
        )  # fmt: skip
    whatif.add(tally, "days", each.day.isoformat(), **uplifts)
    return uplifts["draft"] - uplifts["current"]


def _row(
    ladders: _Ladders, member: _Member, day: date, current: Tier, draft: Tier
) -> dict[str, Any]:
    """Return a member who moves: by how many tiers, and what the draft would still want."""
    ladder = ladders.draft
    of_now = ladder.tier(current.code) if ladder.has(current.code) else None
    rise = draft.rank - (of_now or current).rank
    missing: dict[str, Any] = {}
    if rise < 0 and of_now is not None and of_now.qualify is not None:
        period = _counting(ladder, member, day)
        facts = assessments.found(of_now.qualify.asks, ladder, member.known, period)
        missing = assessments.told(of_now.qualify.trace(facts.facts), facts.days)
    return {
        "member_id": str(member.id), "before": current.code, "after": draft.code, "rise": rise,
        "missing": missing,
    }  # fmt: skip
