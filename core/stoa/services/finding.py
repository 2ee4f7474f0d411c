"""Finding: anything the house knows by a name or a number, whoever asks sees what they may.

Each kind of thing is one statement, by an index or over a table that stays small; so many kinds
are asked for, so many statements are sent, whatever there is.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import LiteralString
from uuid import UUID

from stoa.services import rosters
from stoa.values.identifiers import public_id, uuid_of
from stoa.work import Work

__all__ = ["KINDS", "LEAST", "MOST", "Found", "find"]

KINDS = ("member", "partner", "purchase", "redemption", "rule", "statement", "dispute", "batch")
"""What can be found here."""

LEAST = 2
"""Letters from which on anything is looked for."""

MOST = 5
"""Things of one kind that are shown."""

_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Found:
    """One thing.

    Attributes:
        kind: one of `KINDS`.
        key: its public id; of a rule its kind and code, ``campaign/double``.
        name: what it is called; of a purchase its receipt.
        more: what tells it from others of its name.
        place: what its address asks for besides the key: of a purchase the member's public id and
            the number of the entry.
    """

    kind: str
    key: str
    name: str
    more: str = ""
    place: tuple[str, int] = ("", 0)


_MEMBERS: LiteralString = """
SELECT m.id, m.display_name, m.status FROM members m
 WHERE m.id IN (
    SELECT * FROM (SELECT id FROM members WHERE lower(display_name) LIKE %(begins)s
                    ORDER BY lower(display_name) LIMIT %(most)s) AS named
    UNION SELECT member_id FROM identifiers
           WHERE kind IN ('card', 'phone', 'email') AND partner_id = %(nobody)s
             AND value = ANY(%(values)s)
    UNION SELECT i.member_id FROM partners p JOIN identifiers i
              ON i.kind = 'partner_ref' AND i.partner_id = p.id AND i.value = %(exact)s
    UNION SELECT %(id)s::uuid)
 ORDER BY lower(m.display_name), m.id LIMIT %(most)s
"""
_PARTNERS: LiteralString = """
SELECT id, name, code FROM partners
 WHERE name ILIKE %(like)s OR code ILIKE %(like)s OR id = %(id)s::uuid
 ORDER BY lower(name), id LIMIT %(most)s
"""
_PURCHASES: LiteralString = """
SELECT p.id, p.receipt_no, s.name, p.business_date, p.member_id, t.first_seq
  FROM (SELECT id, member_id, store_id, receipt_no, business_date FROM purchases
         WHERE id = %(id)s::uuid
            OR id IN (SELECT subject_id FROM receipts WHERE receipt_no = %(exact)s
                       ORDER BY business_date DESC LIMIT %(most)s)) AS p
  JOIN stores s ON s.id = p.store_id
  JOIN transactions t ON t.member_id = p.member_id AND t.id = p.id
 ORDER BY p.business_date DESC, p.id DESC LIMIT %(most)s
"""
_REDEMPTIONS: LiteralString = """
SELECT id, offer, state, buyer_id FROM orders WHERE id = %(id)s::uuid
"""
_RULES: LiteralString = """
SELECT r.kind, r.code, v.document -> 'name', r.state FROM rules r
  JOIN rule_versions v ON v.kind = r.kind AND v.code = r.code AND v.version = r.latest
 WHERE r.code ILIKE %(like)s OR (v.document -> 'name')::text ILIKE %(like)s
 ORDER BY r.state <> 'active', r.kind, r.code LIMIT %(most)s
"""
_STATEMENTS: LiteralString = """
SELECT s.id, s.no, s.period, coalesce(p.name, '') FROM statements s
  LEFT JOIN partners p ON p.id = s.partner_id
 WHERE s.no ILIKE %(like)s OR s.id = %(id)s::uuid
 ORDER BY s.period DESC, s.no LIMIT %(most)s
"""
_DISPUTES: LiteralString = """
SELECT d.id, d.reference, d.state, p.name FROM disputes d JOIN partners p ON p.id = d.partner_id
 WHERE d.id = %(id)s::uuid OR d.reference ILIKE %(like)s ORDER BY d.id DESC LIMIT %(most)s
"""
_BATCHES: LiteralString = """
SELECT id, state, partner_id FROM batches WHERE id = %(id)s::uuid
"""


def find(work: Work, text: str, kinds: Collection[str]) -> list[Found]:
    """Return what has a name that fits or a number that is this one, some of each kind.

    A member is found by the beginning of the name, or by the whole of a number, card, phone,
    e-mail address or partner's reference; everything else by a part of its name or code, or by its
    public id; a purchase by its receipt, too.

    Args:
        kinds: which of `KINDS` whoever asks may see.
    """
    wanted = " ".join(text.replace("\0", "").split())[:_LONGEST]
    if len(wanted) < LEAST:
        return []
    readers = {
        "member": _members, "partner": _partners, "purchase": _purchases,
        "redemption": _redemptions, "rule": _rules, "statement": _statements,
        "dispute": _disputes, "batch": _batches,
    }  # fmt: skip
    return [found for kind in KINDS if kind in kinds for found in readers[kind](work, wanted)]


def _members(work: Work, text: str) -> Iterator[Found]:
    digits = "".join(letter for letter in text if letter.isdigit())
    values = {
        "begins": rosters.beginning(text.lower()), "exact": text, "id": uuid_of("mem", text),
        "values": sorted({text.lower(), digits, f"+{digits}"} if digits else {text.lower()}),
        "nobody": UUID(int=0), "most": MOST,
    }  # fmt: skip
    for key, name, status in work.rows(_MEMBERS, values):
        yield Found("member", public_id("mem", key), name, status)


def _partners(work: Work, text: str) -> Iterator[Found]:
    for key, name, code in work.rows(_PARTNERS, _by_name(text, "prt")):
        yield Found("partner", public_id("prt", key), name, code)


def _purchases(work: Work, text: str) -> Iterator[Found]:
    for key, receipt, store, day, member, seq in work.rows(_PURCHASES, _by_name(text, "pur")):
        name = f"{receipt}, {store}"
        place = (public_id("mem", member), int(seq))
        yield Found("purchase", public_id("pur", key), name, day.isoformat(), place)


def _redemptions(work: Work, text: str) -> Iterator[Found]:
    for key, offer, state, buyer in work.rows(_REDEMPTIONS, _by_name(text, "hld")):
        place = (public_id("mem", buyer), 0)
        yield Found("redemption", public_id("hld", key), offer, state, place)


def _rules(work: Work, text: str) -> Iterator[Found]:
    for kind, code, names, state in work.rows(_RULES, _by_name(text, "")):
        name = (names or {}).get("en", code) if isinstance(names, dict) else code
        yield Found("rule", f"{kind}/{code}", name, state)


def _statements(work: Work, text: str) -> Iterator[Found]:
    for key, number, period, partner in work.rows(_STATEMENTS, _by_name(text, "stm")):
        more = f"{partner}, {period}" if partner else period
        yield Found("statement", public_id("stm", key), number, more)


def _disputes(work: Work, text: str) -> Iterator[Found]:
    for key, reference, state, partner in work.rows(_DISPUTES, _by_name(text, "dsp")):
        called = public_id("dsp", key)
        yield Found("dispute", called, reference or called, f"{partner}, {state}")


def _batches(work: Work, text: str) -> Iterator[Found]:
    for key, state, partner in work.rows(_BATCHES, _by_name(text, "bat")):
        called = public_id("bat", key)
        yield Found("batch", called, called, state, (public_id("prt", partner), 0))


def _by_name(text: str, prefix: str) -> dict[str, object]:
    return {
        "like": rosters.containing(text), "exact": text, "id": uuid_of(prefix, text), "most": MOST,
    }  # fmt: skip
