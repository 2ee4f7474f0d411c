"""Replay: recompute what a purchase earned from the rules kept of its time; nothing is written.

The code that earns (`reckoning.reckon`) is asked again with the purchase as stored, the settings of
the partner's version, the standing and the terms of points that the explanation names, the
campaigns of its rulebook, the facts that these asked, and what they had left. What comes out has to
be what stands in the explanation and in the postings, to the last byte:

    explanation differs, postings agree     the explanation was changed
    postings differ, explanation agrees     a posting was changed
    both differ in the same way             the kept rules were changed, or the plugin's code
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from stoa.errors import (
    PluginFailedError,
    PluginUnknownError,
    PurchaseRefusedError,
    PurchaseUnknownError,
    RuleUnknownError,
)
from stoa.models import NOBODY
from stoa.services import campaigns, reckoning, tiers
from stoa.services.purchases import payer_id
from stoa.services.rules import EarnRules, PartnerRules, Shelf
from stoa.values.campaigns import Offer
from stoa.values.facts import EarnedLine, Line, Purchase, Standing, Tender
from stoa.values.identifiers import public_id
from stoa.values.replays import Difference, Outcome, Replayed, Suspect, Totals, Why
from stoa.values.wire import as_json, from_json
from stoa.work import Work

__all__ = [
    "Sale",
    "expected",
    "owner_of",
    "purchase_of",
    "replay",
    "replay_all",
    "rules_then",
    "sales_of",
]

_BATCH = 500
_EXACT_BELOW = 100_000
_ABSENT = object()
_TOLD_NOW = frozenset(("rule", "rule_version", "says"))
"""What explanations of before did not say of their lines, though the lines are the same."""


class Sale(NamedTuple):
    """A purchase as stored, its transaction's explanation, and its postings.

    Each posting is a list: points, reason, payer's id, price as text, last day.
    """

    member_id: UUID
    purchase_id: UUID
    partner_id: UUID
    store: str
    channel: str
    partner: str
    occurred_at: datetime
    business_date: date
    money_currency: str
    lines: list[Any]
    tenders: list[Any]
    status: str
    received_at: datetime
    currency: str | None
    explanation: dict[str, Any] | None
    postings: list[list[Any]] | None
    zone: str


_COLUMNS = """
       p.member_id, p.id, p.partner_id, s.code, s.channel, a.code, p.occurred_at,
       p.business_date, p.money_currency, p.lines, p.tenders, p.status, p.received_at, t.currency,
       t.explanation,
       (SELECT jsonb_agg(jsonb_build_array(
                   e.points, e.reason, e.payer_id, e.price::text, e.expires_on) ORDER BY e.seq)
          FROM postings e
         WHERE e.member_id = t.member_id AND e.currency = t.currency AND e.seq >= t.first_seq
           AND e.seq < t.first_seq + 2 + CASE jsonb_typeof(t.explanation -> 'lines')
               WHEN 'array' THEN jsonb_array_length(t.explanation -> 'lines') ELSE 0 END
           AND e.transaction_id = t.id AND e.account = 'issued'),
       i.zone
"""
_FROM = """
  FROM purchases p JOIN stores s ON s.id = p.store_id
  JOIN sites i ON i.id = s.site_id JOIN partners a ON a.id = p.partner_id
  LEFT JOIN transactions t ON t.member_id = p.member_id AND t.id = p.id AND t.kind = 'earn'
"""
_ONE = f"SELECT {_COLUMNS} {_FROM} WHERE p.member_id = %s AND p.id = %s"
_PAGE = f"""
SELECT key.member_id, key.id, sale.*
  FROM (SELECT k.member_id, k.id FROM purchases k
         WHERE (k.member_id, k.id) > (%(member)s::uuid, %(purchase)s::uuid)
         ORDER BY k.member_id, k.id LIMIT %(batch)s) AS key
  LEFT JOIN LATERAL (SELECT {_COLUMNS} {_FROM}
         WHERE p.member_id = key.member_id AND p.id = key.id
           AND p.partner_id = coalesce(%(partner)s::uuid, p.partner_id)
           AND p.business_date >= coalesce(%(since)s::date, p.business_date)) AS sale ON true
 ORDER BY key.member_id, key.id
"""  # noqa: S608 - constants
_RANGE = f"""
SELECT {_COLUMNS} {_FROM}
 WHERE p.member_id > %(after)s AND p.member_id <= %(last)s
   AND p.partner_id = coalesce(%(partner)s::uuid, p.partner_id)
   AND p.business_date >= coalesce(%(since)s::date, p.business_date)
   AND p.business_date <= coalesce(%(until)s::date, p.business_date)
   AND coalesce(t.currency, %(currency)s) = %(currency)s
 ORDER BY p.member_id, p.occurred_at, p.id
"""
_OWNER = "SELECT member_id FROM purchases WHERE id = %s"
_ESTIMATED = "SELECT reltuples::bigint FROM pg_class WHERE oid = 'purchases'::regclass"
_COUNTED = "SELECT count(*) FROM purchases"


def owner_of(work: Work, purchase_id: UUID) -> UUID:
    """Return whose purchase it is.

    Raises:
        PurchaseUnknownError: there is no such purchase.
    """
    rows = work.rows(_OWNER, (purchase_id,))
    if not rows:
        raise PurchaseUnknownError
    found: UUID = rows[0][0]
    return found


def expected(work: Work) -> int:
    """Return how many purchases there are, by the database's estimate where they are many."""
    estimated: int = work.rows(_ESTIMATED)[0][0]
    if estimated >= _EXACT_BELOW:
        return estimated
    counted: int = work.rows(_COUNTED)[0][0]
    return counted


def replay(work: Work, member_id: UUID, purchase_id: UUID) -> Replayed:
    """Recompute what one purchase earned, and compare it with what is stored.

    Raises:
        PurchaseUnknownError: the member has no such purchase.
    """
    rows = work.rows(_ONE, (member_id, purchase_id))
    if not rows:
        raise PurchaseUnknownError
    return _replayed(work, Shelf(work), Sale(*rows[0]))


def replay_all(
    work: Work,
    *,
    since: date | None = None,
    partner: UUID | None = None,
    limit: int | None = None,
    told: Callable[[int], None] | None = None,
) -> Totals:
    """Replay all purchases, a batch at a time: memory is bounded, and nothing is locked.

    Each batch is a statement of its own, so that no long transaction holds up the database; a
    purchase that is reported meanwhile may be met or not.

    Args:
        since: those from this business date on.
        partner: those of this partner.
        limit: at most so many.
        told: called after each batch with the number of purchases passed, replayed or not.
    """
    totals, shelf, passed = Totals(), Shelf(work), 0
    for batch in _batches(work, since, partner):
        for sale in batch:
            if sale is None:
                continue
            if limit is not None and totals.done >= limit:
                return totals
            totals.add(_replayed(work, shelf, sale))
        passed += len(batch)
        if told:
            told(passed)
    return totals


def sales_of(
    work: Work,
    after: UUID,
    last: UUID,
    *,
    currency: str,
    since: date | None = None,
    until: date | None = None,
    partner: UUID | None = None,
) -> list[Sale]:
    """Return the purchases of the members after one up to another, in one statement.

    A member's purchases come in the order in which they happened.

    Args:
        currency: that they earned points of; pending ones have not earned any yet, and come too.
        since: those from this business date on.
        until: those up to this business date.
        partner: those of this partner.
    """
    values = {
        "after": after, "last": last, "currency": currency, "since": since, "until": until,
        "partner": partner,
    }  # fmt: skip
    return [Sale(*row) for row in work.rows(_RANGE, values)]


def rules_then(work: Work, shelf: Shelf, sale: Sale) -> EarnRules | None:
    """Return the rules that a purchase was reckoned by; ``None`` where they are not kept."""
    kept = _Kept(sale.explanation or {})
    rules = _partner_rules(shelf, sale, kept)
    return None if rules is None else _earn_rules(work, shelf, sale, kept, rules)


def _batches(
    work: Work, since: date | None, partner: UUID | None
) -> Iterator[Sequence[Sale | None]]:
    values: dict[str, Any] = {
        "member": NOBODY, "purchase": NOBODY, "batch": _BATCH, "since": since, "partner": partner,
    }  # fmt: skip
    while True:
        rows = work.rows(_PAGE, values)
        yield [None if row[2] is None else Sale(*row[2:]) for row in rows]
        if len(rows) < _BATCH:
            return
        values |= {"member": rows[-1][0], "purchase": rows[-1][1]}


def _replayed(work: Work, shelf: Shelf, sale: Sale) -> Replayed:
    kept = _Kept(sale.explanation or {})
    facts: dict[str, Any] = {
        "member_id": sale.member_id,
        "purchase_id": sale.purchase_id,
        "partner_id": sale.partner_id,
        "stored": kept.lines,
        "plugin": kept.text("plugin") or "",
        "partner_version": kept.number("partner_version"),
        "agreement_version": kept.number("agreement_version"),
        "currency_version": kept.number("currency_version"),
    }
    if sale.status == "pending":
        return Replayed(outcome=Outcome.NOT_REPLAYABLE, why=(Why.PENDING,), **facts)
    rules = _partner_rules(shelf, sale, kept)
    try:
        earn_rules = None if rules is None else _earn_rules(work, shelf, sale, kept, rules)
    except RuleUnknownError:
        earn_rules = None
    if rules is None or earn_rules is None:
        return Replayed(outcome=Outcome.NOT_REPLAYABLE, why=(Why.RULES_GONE,), **facts)
    then = kept.text("plugin_version") or rules.plugin_version
    now = work.plugins.version(rules.plugin)
    changed = then is not None and then != now
    facts |= {
        "plugin": rules.plugin, "plugin_then": then, "plugin_now": now,
        "partner_version": rules.version, "missing": tuple(kept.missing),
    }  # fmt: skip
    lines, why = _reckoned(work, sale, earn_rules)
    facts["recomputed"] = lines
    differences: list[Difference] = []
    if lines is not None:
        differences += [
            *_explanation_differs(kept.lines, lines),
            *_postings_differ(shelf, sale, lines),
        ]
        if not differences:
            return Replayed(outcome=Outcome.EQUAL, **facts)
        why = Why.LINES_DIFFER
    different = why in (Why.LINES_DIFFER, Why.REFUSED) and not kept.missing
    reasons = [why, Why.FACTS_MISSING if kept.missing else None]
    reasons += [Why.PLUGIN_CHANGED if changed else None]
    return Replayed(
        outcome=Outcome.DIFFERENT if different else Outcome.NOT_REPLAYABLE,
        why=tuple(each for each in reasons if each),
        suspect=_suspect(differences, changed=changed) if different else None,
        differences=tuple(differences),
        **facts,
    )


def _reckoned(
    work: Work, sale: Sale, rules: EarnRules
) -> tuple[tuple[EarnedLine, ...] | None, Why | None]:
    try:
        work.plugins.get(rules.plugin)
        return reckoning.reckon(work, purchase_of(sale), rules), None
    except PluginUnknownError:
        return None, Why.PLUGIN_GONE
    except PluginFailedError:
        return None, Why.PLUGIN_FAILED
    except PurchaseRefusedError:
        return None, Why.REFUSED
    except (AttributeError, KeyError, TypeError, ValueError):
        return None, Why.UNREADABLE


class _Kept:
    """An explanation as it was kept; `missing` collects what was asked for and is not there."""

    def __init__(self, explanation: dict[str, Any]) -> None:
        self._facts = explanation
        self.missing: list[str] = []
        lines = explanation.get("lines")
        self.lines = tuple(lines) if isinstance(lines, list) else ()

    def text(self, name: str) -> str | None:
        found = self._facts.get(name)
        return found if isinstance(found, str) else None

    def number(self, name: str) -> int | None:
        found = self._facts.get(name)
        return found if type(found) is int else None

    def table(self, name: str) -> dict[str, Any] | None:
        found = self._facts.get(name)
        return found if isinstance(found, dict) else None

    def wanted(self, name: str) -> int | None:
        found = self.number(name)
        if found is None:
            self.missing.append(name)
        return found


def _partner_rules(shelf: Shelf, sale: Sale, kept: _Kept) -> PartnerRules | None:
    version = kept.wanted("partner_version")
    if version is None:
        return shelf.partner_at(sale.partner_id, sale.received_at)
    return shelf.partner(sale.partner_id, version)


def _earn_rules(
    work: Work, shelf: Shelf, sale: Sale, kept: _Kept, rules: PartnerRules
) -> EarnRules | None:
    currency = sale.currency or work.programme.currency
    version = kept.wanted("currency_version")
    if version is None:
        points = shelf.points_at(currency, sale.received_at)
    else:
        points = shelf.points(currency, version)
    if points is None:
        return None
    code = kept.text("tier")
    rank, percent = kept.wanted("rank"), kept.wanted("uplift_percent")
    if code is None or rank is None or percent is None:
        now = tiers.known(work, code)  # a statement: only for purchases of before all was kept
        code = code or now.tier
        rank = now.rank if rank is None else rank
        percent = now.uplift_percent if percent is None else percent
    standing = Standing(code, rank)
    return EarnRules(
        rules.plugin, rules.settings, standing, percent, points.expiry, points.rounding,
        f"partner:{rules.code}", rules.version, f"ladder:{kept.text('ladder') or ''}",
        kept.number("ladder_version") or 0, offer=_offer(work, sale, kept),
    )  # fmt: skip


def _offer(work: Work, sale: Sale, kept: _Kept) -> Offer | None:
    """Return what campaigns offered; ``None`` where none might have held.

    Raises:
        RuleUnknownError: the book is not there any more.
    """
    version, facts = kept.number("rulebook_version"), kept.table("facts")
    if version is None or facts is None:
        return None
    return campaigns.offered_then(
        work, version, (sale.partner, sale.store, sale.channel), purchase_of(sale), facts=facts,
        limits=kept.table("limits") or {}, member_id=sale.member_id,
    )  # fmt: skip


def purchase_of(sale: Sale) -> Purchase:
    """Return a stored purchase as its plugin was shown it."""
    return Purchase(
        public_id("pur", sale.purchase_id), sale.store, sale.occurred_at.astimezone(UTC),
        sale.business_date, sale.money_currency, from_json(tuple[Line, ...], sale.lines),
        from_json(tuple[Tender, ...], sale.tenders), sale.zone,
    )  # fmt: skip


def _explanation_differs(
    stored: Sequence[Any], lines: Sequence[EarnedLine]
) -> Iterator[Difference]:
    fresh = as_json(tuple(lines))
    if not any(isinstance(line, dict) and _TOLD_NOW & line.keys() for line in stored):
        fresh = [{name: line[name] for name in line.keys() - _TOLD_NOW} for line in fresh]
    for place in range(max(len(stored), len(fresh))):
        kept = stored[place] if place < len(stored) else {}
        now = fresh[place] if place < len(fresh) else {}
        yield from _fields_differ(Suspect.EXPLANATION, place, kept, now)


def _postings_differ(shelf: Shelf, sale: Sale, lines: Sequence[EarnedLine]) -> Iterator[Difference]:
    names = ("points", "reason", "payer_id", "price", "expires_on")
    version = _Kept(sale.explanation or {}).number("agreement_version")
    price = None if version is None else shelf.issue_price(sale.partner_id, version)
    postings = sale.postings or []
    for place in range(max(len(postings), len(lines))):
        kept = dict(zip(names, postings[place], strict=True)) if place < len(postings) else {}
        now: dict[str, Any] = {}
        if place < len(lines):
            line = lines[place]
            now = {
                "points": line.points,
                "reason": line.reason,
                "payer_id": _text(payer_id(line.payer, sale.partner_id)),
                "price": None if price is None else str(price),
                "expires_on": line.expires_on.isoformat() if line.expires_on else None,
            }
        yield from _fields_differ(Suspect.POSTINGS, place, kept, now)


def _text(found: UUID | None) -> str | None:
    return None if found is None else str(found)


def _fields_differ(where: Suspect, place: int, kept: Any, now: Any) -> Iterator[Difference]:  # noqa: ANN401 - parsed JSON
    if not isinstance(kept, dict):
        yield Difference(where, place + 1, "", kept, now)
        return
    for name in sorted(kept.keys() | now.keys()):
        if kept.get(name, _ABSENT) != now.get(name, _ABSENT):
            yield Difference(where, place + 1, name, kept.get(name), now.get(name))


def _suspect(differences: Sequence[Difference], *, changed: bool) -> Suspect:
    where = {each.where for each in differences}
    if len(where) == 1:
        return where.pop()
    return Suspect.PLUGIN if changed else Suspect.RULES
