"""What campaigns ask of a member, read in the statement that finds the member, and made to facts.

`wanted` says before that statement what a purchase needs: SQL for one more column, and its values.
Where what was remembered turns out to be old, `known` reads the column by itself. Only what the
campaigns near the purchase ask is read, and of those only what may still hold.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString
from uuid import UUID

from stoa.models import NOBODY
from stoa.services import diaries
from stoa.services.campaigns.books import Campaigns, Near, at
from stoa.services.campaigns.budgets import empty
from stoa.services.ledger import array
from stoa.services.partners import StoreTerms, Terms
from stoa.values.birthdays import is_birthday, is_birthday_month
from stoa.values.campaigns import Campaign, Cap, Limit, Offer, bought, hour_of
from stoa.values.conditions import Ask, Facts, Span, Window
from stoa.values.diary import FACTS, Diary, Entry, answer
from stoa.values.facts import Purchase, TenderKind
from stoa.values.identifiers import uuid_of
from stoa.values.periods import local_day
from stoa.work import Work, alliance_wide

__all__ = [
    "NO_COLUMN",
    "Buyer",
    "Column",
    "Wanted",
    "entry_of",
    "known",
    "offer",
    "offered",
    "offered_then",
    "wanted",
]

Column = tuple[LiteralString, Mapping[str, object]]
"""SQL of one value of the members row ``m``, and its values."""

NO_COLUMN: Column = ("NULL", {})


# Written so that the server plans once: with `campaign || ''` and `business_date + 0` no value that
# it is given makes another plan look better.
_MEMBERS = "ARRAY(SELECT o.id FROM members o WHERE o.id = m.id OR o.merged_into = m.id)"
_USES = """'uses', (SELECT jsonb_agg(jsonb_build_array(u.campaign, u.every, u.points, u.uses))
          FROM campaign_uses u
         WHERE u.member_id = coalesce(m.merged_into, m.id)
           AND u.campaign || '' = ANY(%(capped)s::text[])
           AND u.since = CASE u.every WHEN 'day' THEN %(day)s::date
               WHEN 'week' THEN date_trunc('week', %(day)s::date)::date
               WHEN 'month' THEN date_trunc('month', %(day)s::date)::date
               ELSE '0001-01-01'::date END)"""
_BOUGHT = f"""'bought', (SELECT jsonb_build_array(
               max(p.business_date) FILTER (WHERE p.business_date <= %(day)s::date), count(*))
          FROM purchases p
         WHERE p.member_id = ANY({_MEMBERS}) AND p.status IN ('posted', 'pending')
           AND p.id < %(purchase)s::uuid)"""  # noqa: S608 - constants
_BORN = "'born', m.born_on"
_SEGMENTS = """'segments', (SELECT jsonb_agg(g.segment ORDER BY g.segment) FROM segment_members g
         WHERE g.member_id = m.id)"""
_DIARY = f"'diary', {diaries.LATELY}"
_PARTS: Mapping[str, LiteralString] = {
    "uses": _USES, "bought": _BOUGHT, "born": _BORN, "segments": _SEGMENTS, "diary": _DIARY,
}  # fmt: skip
_PART_OF = {
    "days_since_purchase": "bought", "first_purchase": "bought", "birthday": "born",
    "birthday_month": "born", "segments": "segments",
}  # fmt: skip
_VALUES = {
    "uses": ("capped", "day"), "bought": ("day", "purchase"),
    "diary": ("since", "money", "purchase"),
}  # fmt: skip
_MOST_PLANS = 512
_LATER = frozenset(("tier", "member_days", *_PART_OF, *FACTS))
"""What is known only with the member."""


@dataclass(frozen=True, slots=True)
class Buyer:
    """The member as campaigns know one."""

    id: UUID
    tier: str
    enrolled_at: datetime


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted of a member for some campaigns on a day, thought out once.

    Attributes:
        campaigns: those that may hold, by all that is known of the purchase alone.
        later: what only the member's data tell.
        text: SQL of it.
        names: of the values that go with it.
        since: the first day of the diary.
        pointed: whether points of the past are asked for, which only postings know.
    """

    campaigns: tuple[Campaign, ...]
    later: tuple[Ask, ...]
    text: LiteralString
    names: frozenset[str]
    capped: str
    since: date
    pointed: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a purchase needs to know before campaigns can be awarded.

    Attributes:
        facts: what is known of it alone.
        column: tells what only the member's data tell.
    """

    book: Campaigns
    terms: Terms
    store: StoreTerms
    purchase: Purchase
    facts: Facts
    plan: Plan
    column: Column

    @property
    def day(self) -> date:
        """The business day."""
        return self.purchase.business_date


def wanted(
    work: Work, book: Campaigns, terms: Terms, store: StoreTerms, purchase: Purchase
) -> Wanted | None:
    """Return what a purchase needs to know; ``None`` where no campaign may hold.

    Budgets are in the programme's points: what earns other points meets no campaign.
    """
    if terms.points.code != work.programme.currency:
        return None
    near = book.near(terms.code, store.code, store.channel, purchase.business_date)
    if not near.campaigns:
        return None
    money = work.programme.money_currency
    facts = dict(near.facts) | bought(purchase, near.names, money)
    if "hour" in near.names:
        facts["hour"] = hour_of(purchase.occurred_at, store.zone)
    out = 0
    for place, condition in near.open:
        if not condition.possible(facts):
            out |= 1 << place
    plan: Plan | None = near.plans.get(out)
    if plan is None:
        if len(near.plans) >= _MOST_PLANS:
            near.plans.clear()
        plan = near.plans[out] = _plan(near, out, purchase.business_date)
    if not plan.campaigns:
        return None
    return Wanted(book, terms, store, purchase, facts, plan, _column(plan, purchase, money))


def _plan(near: Near, out: int, day: date) -> Plan:
    campaigns = tuple(each for place, each in enumerate(near.campaigns) if not out >> place & 1)
    asks = {ask for each in campaigns if each.condition for ask in each.condition.asks}
    later = tuple(ask for ask in asks if ask.fact.name in _LATER)
    parts = {_PART_OF[ask.fact.name] for ask in later if ask.fact.name in _PART_OF}
    capped = [each.code for each in campaigns if each.limits]
    windows = [ask.over for ask in later if ask.fact.name in FACTS and ask.over]
    pointed = any(ask.fact.name == "qualifying_points" for ask in later)
    parts |= {"uses"} if capped else set()
    parts |= {"diary"} if windows and not pointed else set()
    names = {name for part in parts for name in _VALUES.get(part, ())}
    text: LiteralString = "NULL"
    if parts:
        text = "jsonb_build_object(" + ", ".join(_PARTS[part] for part in sorted(parts)) + ")"
    since = min([_since(window, day) for window in windows], default=day)
    return Plan(campaigns, later, text, frozenset(names), array(capped), since, pointed)


def _column(plan: Plan, purchase: Purchase, money: str) -> Column:
    values: dict[str, object] = {}
    for name in plan.names:
        if name == "capped":
            values[name] = plan.capped
        elif name == "day":
            values[name] = purchase.business_date
        elif name == "purchase":
            values[name] = uuid_of("pur", purchase.id)
        else:
            values[name] = plan.since if name == "since" else money
    return plan.text, values


_KNOWN: LiteralString = "SELECT {column} FROM members m WHERE m.id = %(member)s"


@alliance_wide
def known(work: Work, need: Wanted, member_id: UUID) -> Any:  # noqa: ANN401 - parsed JSON
    """Read what is wanted of a member by a statement of its own; none where nothing is."""
    text, values = need.column
    if text == "NULL":
        return None
    rows = work.rows(_KNOWN.format(column=text), {**values, "member": member_id})
    return rows[0][0] if rows else None


def offered(
    work: Work,
    book: Campaigns,
    sale: tuple[Terms, StoreTerms, Purchase],
    buyer: Buyer,
    *,
    base: int,
    early: Wanted | None = None,
    known_of: Any = None,  # noqa: ANN401 - parsed JSON
) -> Offer | None:
    """Return what campaigns offer a purchase; ``None`` where none may hold.

    Args:
        sale: the terms of the partner who sells, the store, and the purchase.
        base: the purchase's base points.
        early: what was foreseen; it holds while book and terms are the same.
        known_of: what was read for it.
    """
    if not book.campaigns:
        return None
    terms, store, purchase = sale
    need, found = early, known_of
    if early is None or early.book is not book or early.terms is not terms:
        need = wanted(work, book, terms, store, purchase)
        found = None if need is None else known(work, need, buyer.id)
    return None if need is None else offer(work, need, buyer, found, base=base)


def offer(
    work: Work,
    need: Wanted,
    buyer: Buyer,
    found: Any,  # noqa: ANN401 - parsed JSON
    *,
    base: int,
    diary: Diary | None = None,
) -> Offer:
    """Return what a purchase may get, with all facts and the limits of the member's caps.

    Args:
        found: the value of `need.column`.
        base: the purchase's base points.
        diary: in place of the one that `found` holds; this purchase is in it.
    """
    found = found or {}
    facts = dict(need.facts)
    for ask in need.plan.later:
        if ask.fact.name not in FACTS:
            facts[ask.key] = _FACTS[ask.fact.name](need, buyer, found)
            continue
        diary = diary or _diary(work, need, buyer, found, base)
        facts[ask.key] = answer(diary, ask, need.day)
    return Offer(
        need.book.version, need.plan.campaigns, facts, _limits(work, need, found), str(buyer.id),
        need.book.partners,
    )  # fmt: skip


def offered_then(
    work: Work,
    version: int,
    place: tuple[str, str, str],
    purchase: Purchase,
    *,
    facts: Mapping[str, Any],
    limits: Mapping[str, Any],
    member_id: UUID,
) -> Offer:
    """Return what campaigns offered a purchase of the past, of what its explanation kept.

    Args:
        version: of the book of then.
        place: the partner's code, the store's, and the store's channel.
        facts: as they were kept; what they lack is of the receipt, the store and the day.
        limits: what campaigns had left, as it was kept.

    Raises:
        RuleUnknownError: there is no such book.
    """
    book = at(work, version)
    partner, store, channel = place
    near = book.near(partner, store, str(facts.get("channel", channel)), purchase.business_date)
    known: dict[str, Any] = dict(near.facts)
    known |= bought(purchase, near.names, work.programme.money_currency)
    for key, value in facts.items():
        known[key] = tuple(value) if isinstance(value, list) else value
    return Offer(
        version, near.campaigns, known,
        {code: Limit(each["points"], each["by"]) for code, each in limits.items()},
        str(member_id), book.partners,
    )  # fmt: skip


Found = Mapping[str, Any]
Fact = int | str | bool | tuple[str, ...] | None


def _segments(need: Wanted, _: Buyer, found: Found) -> Fact:
    return tuple(each for each in found["segments"] or () if each in need.book.segments)


def _since_last(need: Wanted, _: Buyer, found: Found) -> Fact:
    last = found["bought"][0]
    return None if last is None else (need.day - date.fromisoformat(last)).days


def _born(found: Found) -> date | None:
    return date.fromisoformat(found["born"]) if found["born"] else None


_FACTS: Mapping[str, Callable[[Wanted, Buyer, Found], Fact]] = {
    "tier": lambda _, buyer, __: buyer.tier,
    "member_days": lambda need, buyer, _: max(
        (need.day - local_day(buyer.enrolled_at, need.store.zone)).days, 0
    ),
    "segments": _segments,
    "first_purchase": lambda _, __, found: found["bought"][1] == 0,
    "days_since_purchase": _since_last,
    "birthday": lambda need, _, found: is_birthday(_born(found), need.day),
    "birthday_month": lambda need, _, found: is_birthday_month(_born(found), need.day),
}


def _diary(work: Work, need: Wanted, buyer: Buyer, found: Found, base: int) -> Diary:
    """Return the member's diary with this purchase in it."""
    entry = entry_of(work, need, base)
    if not need.plan.pointed:
        enrolled_on = local_day(buyer.enrolled_at, work.programme.zone)
        return diaries.lately(found["diary"], enrolled_on, [entry])
    whole = diaries.of(work, buyer.id, points=True)
    kept = [each for each in whole.entries if each.purchase_id != entry.purchase_id]
    return Diary.of(whole.enrolled_on, [*kept, entry])


def entry_of(work: Work, need: Wanted, base: int) -> Entry:
    """Return the entry of the purchase itself in its member's diary."""
    purchase = need.purchase
    spend = sum(each.minor for each in purchase.tenders if each.kind is not TenderKind.POINTS)
    return Entry(
        uuid_of("pur", purchase.id) or NOBODY, purchase.occurred_at, need.day, need.store.id,
        need.store.code, need.terms.partner_id, need.terms.code,
        spend if purchase.currency == work.programme.money_currency else 0, {"base": base},
    )  # fmt: skip


def _limits(work: Work, need: Wanted, found: Found) -> dict[str, Limit]:
    """Return what caps leave the member, and which had nothing to pay a moment ago."""
    used = {(row[0], row[1]): (row[2], row[3]) for row in found.get("uses") or ()}
    limits: dict[str, Limit] = {}
    for each in need.plan.campaigns:
        found_limits = [
            _left(cap, *used.get((each.code, cap.every), (0, 0))) for cap in each.limits
        ]
        lacks = empty(work, each.code)
        if lacks is not None:
            found_limits.append(Limit(0, lacks))
        tight = [limit for limit in found_limits if limit is not None]
        if tight:
            limits[each.code] = min(tight, key=lambda limit: limit.points)
    return limits


def _left(cap: Cap, points: int, uses: int) -> Limit | None:
    if cap.uses is not None and uses >= cap.uses:
        return Limit(0, cap.every)
    return None if cap.points is None else Limit(max(cap.points - points, 0), cap.every)


def _since(window: Window, day: date) -> date:
    """Return the first day that a window may hold; a membership year is one year at most."""
    if window.span is Span.MEMBERSHIP_YEAR:
        return day.replace(year=day.year - 1, day=1)
    return window.around(day, day).start
