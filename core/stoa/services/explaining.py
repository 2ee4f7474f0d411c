"""Explaining: why a member got what they got, in their language, line by line.

Every line of a purchase says what it was, the rule it was earned by with its version, what the
rule wanted, the facts that were known then, the arithmetic, who pays, from when on and until when
the points can be spent. Nothing is reckoned again: all of it stands in the explanation that was
stored with the points, so that it says the same after the rules have changed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from stoa.errors import PurchaseUnknownError, RuleUnknownError
from stoa.services import naming, rulebook
from stoa.services.ledger import Entry
from stoa.services.provenance import Movement
from stoa.values.arithmetic import Says
from stoa.values.conditions.wording import known, phrase
from stoa.values.postings import Posted, headline, reckoned
from stoa.values.speech import Speech
from stoa.values.wire import from_json
from stoa.work import Work

__all__ = [
    "Deed",
    "FactLine",
    "Line",
    "Story",
    "explain_purchase",
    "posted_of",
    "rule_name",
    "sentence",
]


@dataclass(frozen=True, slots=True)
class Line:
    """A posting, told.

    Attributes:
        headline: what it was; `arithmetic` how its points came about.
        rule: what it was earned by, ``campaign:double11``; empty where that was not kept.
        rule_name: what members call the rule.
        wants: what the rule's condition wanted, in words; empty where it has none.
        payer_id: of the partner who pays; ``None`` for the operator.
    """

    entry: int
    points: int
    account: str
    reason: str
    headline: str
    arithmetic: str
    rule: str
    rule_version: int
    rule_name: str
    wants: str
    payer_id: UUID | None
    available_on: date | None
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class FactLine:
    """A fact that rules went by, with its key, as it was then."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Deed:
    """A transaction of a purchase: its earning, or a return of it."""

    transaction_id: UUID
    kind: str
    currency: str
    points: int
    business_date: date
    recorded_at: datetime
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """A purchase, explained.

    Attributes:
        language: the one it is told in.
        store: its name, behind that of its partner.
        tier: what the member's tier was called; empty where it was not kept.
        facts: what was known of the member and the purchase, as far as rules asked for it.
        deeds: its earning and what came back of it, in their order; none while it is pending.
    """

    purchase_id: UUID
    member_id: UUID
    language: str
    status: str
    store_id: UUID
    store: str
    receipt_no: str
    business_date: date
    tier: str
    facts: tuple[FactLine, ...]
    deeds: tuple[Deed, ...]


_PURCHASE = """
SELECT p.member_id, p.status, p.store_id, CASE WHEN s.name LIKE a.name || '%%' THEN s.name
       ELSE a.name || ', ' || s.name END, p.receipt_no, p.business_date, m.locale
  FROM purchases p JOIN stores s ON s.id = p.store_id JOIN members m ON m.id = p.member_id
  JOIN partners a ON a.id = p.partner_id
 WHERE p.id = %(purchase)s AND p.partner_id = coalesce(%(partner)s::uuid, p.partner_id)
"""
_DEEDS = """
SELECT t.id, t.kind, t.currency, t.business_date, t.recorded_at, t.explanation, o.seq, o.points,
       o.account, o.reason, o.payer_id, o.available_on, o.expires_on,
       t.explanation -> 'lines' -> (o.seq - t.first_seq)::int
  FROM transactions t
  JOIN postings o
    ON o.member_id = t.member_id AND o.currency = t.currency AND o.transaction_id = t.id
   AND o.seq BETWEEN t.first_seq - 2 AND t.first_seq + %(most)s
 WHERE t.member_id = %(member)s AND (t.id = %(purchase)s OR t.subject_id = %(purchase)s)
 ORDER BY o.currency, o.seq
"""
_MOST_LINES = 1000


def explain_purchase(
    work: Work, purchase_id: UUID, *, partner_id: UUID | None = None, language: str | None = None
) -> Story:
    """Explain a purchase: what it earned and why, and what came back of it; four statements.

    Args:
        partner_id: whose it has to be; anybody's where ``None``.
        language: to be told in; the member's own where ``None``.

    Raises:
        PurchaseUnknownError: there is no such purchase.
    """
    rows = work.rows(_PURCHASE, {"purchase": purchase_id, "partner": partner_id})
    if not rows:
        raise PurchaseUnknownError
    member_id, status, store_id, store, receipt_no, business_date, locale = rows[0]
    speech = naming.speech(work, language or locale)
    values = {"member": member_id, "purchase": purchase_id, "most": _MOST_LINES}
    deeds: dict[UUID, list[Any]] = {}
    for row in work.rows(_DEEDS, values):
        deeds.setdefault(row[0], []).append(row)
    earned: dict[str, Any] = next(
        (each[0][5] for key, each in deeds.items() if key == purchase_id), {}
    )
    tier = earned.get("tier")
    return Story(
        purchase_id, member_id, speech.language, status, store_id, store, receipt_no,
        business_date, speech.name("tier", tier) if tier else "",
        tuple(_facts(earned.get("facts"), speech)),
        tuple(_deed(work, each, speech, store) for each in deeds.values()),
    )  # fmt: skip


def sentence(posted: Posted, speech: Speech, *, place: str = "") -> str:
    """Return a posting in one sentence: what it was, and how its points came about."""
    head, text = headline(posted, speech, place=place), reckoned(posted, speech)
    return f"{head}{': ' if speech.language == 'en' else '：'}{text}" if text else head


def posted_of(entry: Entry | Movement) -> Posted:
    """Return a posting as words need it, with the line of its transaction's explanation."""
    posted = _posted(entry.kind, entry.account, entry.reason, entry.points, entry.line)
    return replace(posted, arithmetic=entry.arithmetic or "", operated=entry.partner_id is None)


def _posted(kind: str, account: str, reason: str, points: int, line: object) -> Posted:
    kept: Mapping[str, Any] = line if isinstance(line, dict) else {}
    return Posted(
        kind, account, reason, points, kept.get("arithmetic") or "",
        from_json(Says, kept.get("says") or []), kept.get("rule") or "",
        kept.get("rule_version") or 0,
    )  # fmt: skip


def rule_name(rule: str, speech: Speech) -> str:
    """Return what members call a rule such as ``campaign:double11``; empty for none."""
    kind, _, code = rule.partition(":")
    return speech.name(kind, code) if code else ""


def _deed(work: Work, rows: Sequence[Any], speech: Speech, store: str) -> Deed:
    lines = tuple(_line(work, row, speech, store) for row in rows)
    transaction_id, kind, currency, business_date, recorded_at = rows[0][:5]
    points = sum(line.points for line in lines if line.account != "debt")
    return Deed(transaction_id, kind, currency, points, business_date, recorded_at, lines)


def _line(work: Work, row: Sequence[Any], speech: Speech, store: str) -> Line:
    posted = _posted(row[1], row[8], row[9], row[7], row[13])
    return Line(
        row[6], row[7], row[8], row[9], headline(posted, speech, place=store),
        reckoned(posted, speech), posted.rule, posted.rule_version,
        rule_name(posted.rule, speech), _wants(work, posted, speech), *row[10:13],
    )  # fmt: skip


def _wants(work: Work, posted: Posted, speech: Speech) -> str:
    kind, _, code = posted.rule.partition(":")
    if kind not in rulebook.KINDS or not posted.rule_version:
        return ""
    try:
        document = rulebook.document(work, kind, code, posted.rule_version)
    except RuleUnknownError:
        return ""
    condition = document.get("condition")
    return phrase(condition, speech) if condition else ""


def _facts(facts: Any, speech: Speech) -> list[FactLine]:  # noqa: ANN401 - parsed JSON
    if not isinstance(facts, dict):
        return []
    return [
        FactLine(key, known(key, value, speech))
        for key, value in facts.items()
        if value is not None
    ]
