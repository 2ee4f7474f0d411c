"""A campaign tried: purchases with the campaigns that hold, and with the draft among them.

A purchase keeps the base points that it earned; what campaigns add to them and the uplift is
reckoned twice, in the order of time, each time with caps of its own that fill up as they would
have. What a campaign asks of the member is told by the member's diary up to the purchase; the tier
is that of then, segments are those of now. Budgets bind when all parts are together: `days` tells
what the draft would pay by day, so that `stoa.values.whatif.spending` can say on which it ends.

Where the campaigns of now come to other points than are stored, the rules of then have to explain
it, as for rates (`reckoning.check`): imports and days before a campaign held are `drift`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby
from types import MappingProxyType
from typing import Any
from uuid import UUID

from stoa.services import campaigns, diaries, reckoning, replay, rulebook
from stoa.services.campaigns import Buyer, Campaigns, Wanted
from stoa.services.replay import Sale
from stoa.services.rulebook import Book, Kept
from stoa.services.rules import EarnRules
from stoa.services.whatif.drafts import Question
from stoa.services.whatif.reckoning import (
    LeftOutError,
    Leg,
    Reckoner,
    add_legs,
    check,
    count_members,
    points_of,
)
from stoa.values import whatif
from stoa.values.campaigns import Awarded, period_of
from stoa.values.diary import FACTS, Diary, Entry
from stoa.values.facts import EarnedLine, Purchase
from stoa.work import Work

__all__ = ["books_of", "count_part"]

_ADDED = ("tier_uplift:", "campaign:")
_UNREADABLE = (KeyError, TypeError, ValueError)
_EARLIER = frozenset((*FACTS, "first_purchase", "days_since_purchase"))

Used = dict[tuple[str, str, date], list[int]]
"""Points and purchases that a cap has seen, by campaign, period and its first day."""


@dataclass(slots=True)
class _Member:
    """A member on the way through the purchases: what came before, and the caps of both books."""

    id: UUID
    enrolled_at: datetime
    born_on: date | None
    segments: Sequence[str]
    diary: Diary | None
    used: tuple[Used, Used] = field(default_factory=lambda: ({}, {}))


_MEMBERS = """
SELECT m.id, m.enrolled_at, m.born_on,
       coalesce((SELECT array_agg(g.segment ORDER BY g.segment) FROM segment_members g
                  WHERE g.member_id = m.id), '{}')
  FROM members m WHERE m.id > %(after)s AND m.id <= %(last)s
"""


def books_of(work: Work, draft: Mapping[str, Any]) -> tuple[Campaigns, Campaigns]:
    """Return the campaigns of the book that a draft is compared with, and those with the draft."""
    book = rulebook.at(work, draft["book"])
    kept = Kept(draft["code"], draft["version"] or 0, draft["document"])
    tried = {**book.of("campaign"), kept.code: kept}
    documents = {**book.documents, "campaign": MappingProxyType(tried)}
    drafted = Book(book.version, book.effective_at, MappingProxyType(documents))
    return campaigns.at(work, book.version), campaigns.compiled(work, drafted)


def count_part(
    work: Work, question: Question, after: UUID, last: UUID
) -> tuple[dict[str, Any], list[Any]]:
    """Return the tally of the members after one up to another; no member moves."""
    books, code = books_of(work, question.draft), question.draft["code"]
    sales = replay.sales_of(
        work, after, last, currency=work.programme.currency, since=question.since,
        until=question.until,
    )  # fmt: skip
    reckoner, tally = Reckoner.of(work), whatif.empty()
    known = _members(work, books, sales, after, last)
    changes: dict[UUID, int] = {}
    for member_id, group in groupby(sales, key=lambda sale: sale.member_id):
        member = known[member_id]
        for sale in group:
            whatif.add(tally, "counts", "purchases", n=1)
            try:
                change = _count(reckoner, books, member, sale, (code, tally))
            except LeftOutError as wrong:
                whatif.add(tally, "why", str(wrong), n=1)
                continue
            except _UNREADABLE:
                whatif.add(tally, "why", "unreadable", n=1)
                continue
            changes[member_id] = changes.get(member_id, 0) + change
    count_members(tally, changes)
    return tally, []


def _members(
    work: Work, books: tuple[Campaigns, Campaigns], sales: Sequence[Sale], after: UUID, last: UUID
) -> dict[UUID, _Member]:
    asks = {
        ask.fact.name
        for book in books for each in book.campaigns if each.condition
        for ask in each.condition.asks
    }  # fmt: skip
    stories: dict[UUID, Diary] = {}
    if asks & _EARLIER:
        ids = sorted({sale.member_id for sale in sales})
        points = "qualifying_points" in asks
        stories = dict(diaries.stream(work, members=ids, points=points))
    rows = work.rows(_MEMBERS, {"after": after, "last": last})
    return {
        member_id: _Member(member_id, enrolled_at, born_on, segments, stories.get(member_id))
        for member_id, enrolled_at, born_on, segments in rows
    }


def _count(
    reckoner: Reckoner,
    books: tuple[Campaigns, Campaigns],
    member: _Member,
    sale: Sale,
    told: tuple[str, dict[str, Any]],
) -> int:
    """Add a purchase to the tally; return by how many points the draft changes it.

    Args:
        told: the code of the draft, and the tally.
    """
    code, tally = told
    then = reckoner.then(sale)
    purchase, stored = replay.purchase_of(sale), reckoner.stored(sale)
    base = [
        line
        for line in reckoning.earned_lines(sale.explanation or {"lines": []})
        if not line.reason.startswith(_ADDED)
    ]
    found: list[list[Leg]] = []
    for book, used in zip(books, member.used, strict=True):
        rules = _offered(reckoner, book, (member, used), (sale, purchase, then), base)
        done = reckoning.completed(reckoner.work, purchase, rules, base)
        _use(used, sale.business_date, done.awarded)
        found.append(reckoner.legs_of(sale, done.lines))
        if book is books[1] and code in done.awarded.bound:
            whatif.add(tally, "counts", "capped", n=1)
    current, drafted = found
    check(reckoner, sale, purchase, stored, current, then, tally)
    reason = f"campaign:{code}"
    won = sum(points for name, points, _ in drafted if name == reason)
    if won:
        whatif.add(tally, "counts", "reached", n=1)
        whatif.add(tally, "days", sale.business_date.isoformat(), paid=won)
    if drafted != current:
        whatif.add(tally, "counts", "changed", n=1)
    add_legs(reckoner, sale, tally, stored=stored, current=current, draft=drafted)
    return points_of(drafted) - points_of(current)


def _offered(
    reckoner: Reckoner,
    book: Campaigns,
    buys: tuple[_Member, Used],
    sold: tuple[Sale, Purchase, EarnRules],
    base: Sequence[EarnedLine],
) -> EarnRules:
    """Return the rules of then, with what the campaigns of a book would have offered."""
    (member, used), (sale, purchase, then) = buys, sold
    terms = reckoner.terms(sale.partner_id)
    store = terms.store(sale.store)
    need = None
    if book.campaigns and store is not None:
        need = campaigns.wanted(reckoner.work, book, terms, store, purchase)
    if need is None:
        return replace(then, offer=None)
    points = sum(line.points for line in base)
    tier = (sale.explanation or {}).get("tier") or then.standing.tier
    buyer = Buyer(member.id, tier, member.enrolled_at)
    earlier = _earlier(member, sale)
    diary = None
    if any(ask.fact.name in FACTS for ask in need.plan.later):
        diary = _diary(reckoner.work, member, earlier, need, points)
    last = max((each.day for each in earlier), default=None)
    found = {
        "uses": list(_uses(used, need, sale.business_date)),
        "bought": [last.isoformat() if last else None, len(earlier)],
        "born": member.born_on.isoformat() if member.born_on else None,
        "segments": list(member.segments),
    }
    offer = campaigns.offer(reckoner.work, need, buyer, found, base=points, diary=diary)
    return replace(then, offer=offer)


def _earlier(member: _Member, sale: Sale) -> list[Entry]:
    """Return what the member bought before."""
    if member.diary is None:
        return []
    mark = (sale.occurred_at, sale.purchase_id)
    return [each for each in member.diary.entries if (each.at, each.purchase_id) < mark]


def _diary(work: Work, member: _Member, earlier: Sequence[Entry], need: Wanted, base: int) -> Diary:
    """Return the member's diary of then, this purchase in it."""
    own = campaigns.entry_of(work, need, base)
    enrolled_on = member.diary.enrolled_on if member.diary else need.day
    return Diary.of(enrolled_on, [*earlier, own])


def _uses(used: Used, need: Wanted, day: date) -> Iterator[list[Any]]:
    """Return what caps have seen in the periods of a day, as `campaigns.offer` reads it."""
    for each in need.plan.campaigns:
        for cap in each.limits:
            seen = used.get((each.code, cap.every, period_of(cap.every, day)))
            if seen is not None:
                yield [each.code, cap.every, *seen]


def _use(used: Used, day: date, awarded: Awarded) -> None:
    """Let caps see what a purchase got."""
    for each in awarded.awards:
        for every in {cap.every for cap in each.campaign.limits}:
            seen = used.setdefault((each.campaign.code, every, period_of(every, day)), [0, 0])
            seen[0] += each.points
            seen[1] += 1
