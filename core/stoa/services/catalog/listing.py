"""The catalogue is read: a page of it is one statement, however many offers there are.

The order is by points and then by id, so what a member can afford comes first, and a page goes on
where the one before ended whatever was spent, offered or taken away meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, LiteralString
from uuid import UUID

from stoa.errors import InvalidBodyError, RewardUnknownError
from stoa.services.catalog.refreshing import refresh
from stoa.values.amounts import Money
from stoa.values.rewards import Limits
from stoa.values.searching import grams, pattern, words
from stoa.values.texts import Texts
from stoa.work import Work

__all__ = ["SOON_DAYS", "Offer", "Page", "Wish", "find", "page"]

SOON_DAYS = 7
"""What ends within so many days ends soon."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for; nothing is left out by a filter that is not set.

    Attributes:
        q: words of titles, descriptions, partners and codes in any language.
        kind: one of `stoa.values.rewards.KINDS`.
        partner: the code of the partner who provides it; ``stoa`` for the operator.
        at: a partner's code and a store's, where it shall be redeemed; the store may be empty.
        max_points: what one may cost.
        ends_soon: whether its window ends within `SOON_DAYS`.
    """

    q: str = ""
    kind: str | None = None
    partner: str | None = None
    at: tuple[str, str] | None = None
    max_points: int | None = None
    ends_soon: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer as lists show it.

    Attributes:
        id: ``<provider's code>:<code>``, ``stoa:<code>`` for the operator's own.
        source: ``document`` or ``plugin``.
        provider: the partner's code; empty for the operator, as is `provider_name`.
        money: what is paid for one beside the points.
        opens: the first instant at which it may be had, `closes` the first one too late.
        tiers: of which a member has to have one; empty for everybody.
        partners: where it is good, ``None`` for everywhere; `stores` as ``partner/store``.
        stock: how many there were at first, or are as the plugin told; ``None`` for uncounted.
        stale_since: since when its plugin has not answered.
    """

    id: str
    source: str
    code: str
    version: int
    provider_id: UUID | None
    provider: str
    provider_name: str
    kind: str
    points: int
    money: Money
    worth: Money
    max_quantity: int
    title: Texts
    about: Texts
    opens: datetime | None
    closes: datetime | None
    tiers: tuple[str, ...]
    partners: tuple[str, ...] | None
    stores: tuple[str, ...] | None
    picture: str
    limits: Limits
    stock: int | None
    stale_since: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """Offers of a page, cheapest first; `next` leads to the page behind it.

    `rulebook` is the version of the book by which the documents' offers hold.
    """

    offers: Sequence[Offer] = field(default_factory=list)
    next: str | None = None
    rulebook: int = 0


_COLUMNS = """o.id, o.source, o.code, o.version, o.provider_id, o.provider, o.provider_name, o.kind,
       o.points, o.money_minor, o.worth_minor, o.max_quantity, o.titles, o.about, o.opens, o.closes,
       o.tiers, o.partners, o.stores, o.picture, o.limits, o.stock, o.stale_since"""
_BEFORE = f"""
SELECT f.rulebook, f.old, {_COLUMNS}
  FROM (SELECT b.rulebook, b.rulebook IS DISTINCT FROM (SELECT c.rulebook FROM catalogue c)
               OR EXISTS (SELECT 1 FROM partners p
                           WHERE p.offered_version IS DISTINCT FROM p.version) AS old
          FROM (SELECT coalesce((SELECT r.version FROM rulebooks r WHERE r.effective_at <= %(now)s
                                  ORDER BY r.version DESC LIMIT 1), 0) AS rulebook) AS b) AS f
  LEFT JOIN LATERAL (
       SELECT * FROM offers o
        WHERE NOT o.hidden AND (o.opens IS NULL OR o.opens <= %(now)s)
          AND (o.closes IS NULL OR %(now)s < o.closes)"""  # noqa: S608 - constants
_BEHIND = """
        ORDER BY o.points, o.id LIMIT %(most)s) AS o ON true
 ORDER BY o.points, o.id
"""
_FILTERS: Mapping[str, LiteralString] = {
    "id": " AND o.id = %(id)s",
    "after": " AND (o.points, o.id) > (%(points)s, %(after)s)",
    "grams": " AND o.grams @> %(grams)s::text[]",
    "likes": " AND o.words LIKE ALL (%(likes)s::text[])",
    "kind": " AND o.kind = %(kind)s",
    "provider": " AND o.provider = %(provider)s",
    "partner": " AND (o.partners IS NULL OR %(partner)s = ANY (o.partners))",
    "store": " AND (o.stores IS NULL OR %(store)s = ANY (o.stores))",
    "max_points": " AND o.points <= %(max_points)s",
    "soon": " AND o.closes <= %(soon)s",
}
_OLD = 1
_FACTS = 2
_OPERATOR = "stoa"


def page(work: Work, wish: Wish, *, cursor: str | None = None, limit: int = 50) -> Page:
    """Return a page of the offers that can be had now: one statement, unless the table was old.

    Args:
        cursor: `Page.next` of the page before.

    Raises:
        InvalidBodyError: the cursor is none.
    """
    values: dict[str, Any] = _values(work, wish) | {"most": limit + 1}
    if cursor is not None:
        values |= _place(cursor)
    rows = _rows(work, values)
    offers = [_offer(work, row) for row in rows if row[_FACTS] is not None]
    shown = offers[:limit]
    following = f"{shown[-1].points}.{shown[-1].id}" if len(offers) > limit else None
    return Page(shown, following, rows[0][0])


def find(work: Work, offer_id: str) -> Offer:
    """Return an offer that can be had now: one statement, unless the table was old.

    Raises:
        RewardUnknownError: there is none of this id.
    """
    if "\0" in offer_id:
        raise RewardUnknownError
    rows = _rows(work, {"now": work.now(), "id": offer_id, "most": 1})
    if rows[0][_FACTS] is None:
        raise RewardUnknownError
    return _offer(work, rows[0])


def _rows(work: Work, values: Mapping[str, Any]) -> Sequence[Any]:
    statement = _statement(tuple(name for name in _FILTERS if name in values))
    rows = work.rows(statement, values)
    if rows[0][_OLD]:
        refresh(work)
        rows = work.rows(statement, values)
    return rows


@lru_cache(maxsize=256)
def _statement(filters: tuple[str, ...]) -> LiteralString:
    text: LiteralString = _BEFORE
    for name in filters:
        text += _FILTERS[name]
    return text + _BEHIND


def _values(work: Work, wish: Wish) -> dict[str, Any]:
    now = work.now()
    values: dict[str, Any] = {"now": now}
    asked = words(wish.q)
    if asked:
        values["likes"] = [pattern(word) for word in asked]
        pairs = grams(" ".join(asked))
        if pairs:
            values["grams"] = pairs
    if wish.kind is not None:
        values["kind"] = wish.kind
    if wish.partner is not None:
        values["provider"] = "" if wish.partner == _OPERATOR else wish.partner
    if wish.at is not None:
        partner, store = wish.at
        values["partner"] = partner
        if store:
            values["store"] = f"{partner}/{store}"
    if wish.max_points is not None:
        values["max_points"] = wish.max_points
    if wish.ends_soon:
        values["soon"] = now + timedelta(days=SOON_DAYS)
    return values


_MOST_DIGITS = 15


def _place(cursor: str) -> dict[str, Any]:
    points, dot, offer_id = cursor.partition(".")
    plain = points.isascii() and points.isdigit() and len(points) <= _MOST_DIGITS
    if not dot or not plain or "\0" in offer_id:
        raise InvalidBodyError(errors={"cursor": ["Write the next_cursor of the page before."]})
    return {"points": int(points), "after": offer_id}


def _offer(work: Work, row: Sequence[Any]) -> Offer:
    money = work.programme.money_currency
    (
        offer_id, source, code, version, provider_id, provider, provider_name, kind, points,
        money_minor, worth_minor, max_quantity, titles, about, opens, closes, tiers, partners,
        stores, picture, limits, stock, stale_since,
    ) = row[_FACTS:]  # fmt: skip
    return Offer(
        offer_id, source, code, version, provider_id, provider, provider_name, kind, points,
        Money(money_minor, money), Money(worth_minor, money), max_quantity,
        Texts(tuple(titles.items())), Texts(tuple(about.items())), opens, closes,
        tuple(tiers or ()), None if partners is None else tuple(partners),
        None if stores is None else tuple(stores), picture, Limits(**limits), stock, stale_since,
    )  # fmt: skip
