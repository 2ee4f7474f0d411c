"""Rosters: the lists that staff browse, of partners, members and what was changed.

Reading only, but for `reveal`, which writes down who looked at a member's identifiers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from stoa.errors import MemberUnknownError, PartnerUnknownError
from stoa.services import audit, tiers
from stoa.values.identifiers import public_id, uuid_of
from stoa.values.ladders import Ladder
from stoa.values.languages import ENGLISH
from stoa.work import Work

__all__ = [
    "MATCHES",
    "PAGE",
    "Change",
    "IdentifierLine",
    "MemberLine",
    "MemberPage",
    "MemberSheet",
    "OpenHold",
    "PartnerLine",
    "SiteLine",
    "beginning",
    "changes",
    "containing",
    "find_members",
    "find_partners",
    "looked_for",
    "masked",
    "member",
    "open_holds",
    "partner",
    "places",
    "reveal",
    "sites",
    "staff_names",
    "standing_in",
    "stores",
    "tier_name",
]

PAGE = 25
"""Lines of one page of members."""

_LEAST_DIGITS = 3
_SHOWN_OF_CARD = 4
_SHOWN_OF_PHONE = 3


@dataclass(frozen=True, slots=True)
class PartnerLine:
    """A partner in the list."""

    id: UUID
    code: str
    name: str
    trade: str
    status: str
    plugin: str
    version: int
    onboarded_at: datetime
    stores: int


@dataclass(frozen=True, slots=True)
class SiteLine:
    """A site in the list."""

    id: UUID
    code: str
    name: str
    zone: str


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member in the list; `card` is masked, `points` are all of the wallet."""

    id: UUID
    name: str
    status: str
    enrolled_at: datetime
    tier: str
    points: int
    updated_at: datetime
    card: str


@dataclass(frozen=True, slots=True)
class MemberPage:
    """One page of members, and whether there are newer and older ones."""

    lines: tuple[MemberLine, ...]
    newer: bool
    older: bool


@dataclass(frozen=True, slots=True)
class IdentifierLine:
    """What a member is found by; `value` is masked unless it was revealed."""

    kind: str
    value: str
    partner: str | None
    added_at: datetime


@dataclass(frozen=True, slots=True)
class MemberSheet:
    """A member with the place in the tiers, and all identifiers, masked."""

    id: UUID
    name: str
    locale: str
    status: str
    source: str
    enrolled_at: datetime
    enrolled_by: str | None
    tier: str
    tier_since: datetime | None
    tier_reason: str
    merged_into: UUID | None = None
    identifiers: tuple[IdentifierLine, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenHold:
    """A redemption that waits for its capture."""

    id: UUID
    points: int
    partner: str
    store: str
    reward: str
    reference: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the audit trail; `who` is a person's name where it was one of the staff."""

    at: datetime
    who: str
    deed: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


_PARTNERS = """
SELECT p.id, p.code, p.name, p.trade, p.status, p.plugin, p.version, p.onboarded_at,
       (SELECT count(*) FROM stores WHERE partner_id = p.id)
  FROM partners p
 WHERE (%(id)s::uuid IS NULL OR p.id = %(id)s)
   AND (p.name ILIKE %(like)s OR p.code ILIKE %(like)s OR p.trade ILIKE %(like)s)
 ORDER BY lower(p.name), p.id
"""
_SITES = "SELECT id, code, name, zone FROM sites ORDER BY name, id"
_PLACES = """
SELECT s.id, s.name, p.name FROM stores s JOIN partners p ON p.id = s.partner_id
UNION ALL SELECT id, '', name FROM partners
"""


def find_partners(work: Work, search: str = "") -> list[PartnerLine]:
    """Return the partners whose name, code or trade contains a text, by name."""
    values = {"id": None, "like": containing(search)}
    return [PartnerLine(*row) for row in work.rows(_PARTNERS, values)]


def partner(work: Work, partner_id: UUID) -> PartnerLine:
    """Return one partner.

    Raises:
        PartnerUnknownError: there is no such partner.
    """
    rows = work.rows(_PARTNERS, {"id": partner_id, "like": "%"})
    if not rows:
        raise PartnerUnknownError
    return PartnerLine(*rows[0])


def sites(work: Work) -> list[SiteLine]:
    """Return the places where stores may stand."""
    return [SiteLine(*row) for row in work.rows(_SITES)]


def places(work: Work) -> dict[UUID, tuple[str, str]]:
    """Return the store's and the partner's name for the id of every store and partner."""
    return {row[0]: (row[1], row[2]) for row in work.rows(_PLACES)}


_STORES = """
SELECT p.code, s.code, s.name, p.name FROM stores s JOIN partners p ON p.id = s.partner_id
 ORDER BY p.name, s.name, s.id
"""


def stores(work: Work) -> list[tuple[str, str, str, str]]:
    """Return all stores as the codes of partner and store, then the names of store and partner."""
    return [tuple(row) for row in work.rows(_STORES)]


_STANDING = """
SELECT s.tier, count(*) FROM standings s JOIN members m ON m.id = s.member_id
 WHERE s.ladder = %s AND m.status <> 'merged' GROUP BY s.tier
"""
_MEMBERS_IN_ALL = "SELECT count(*) FROM members WHERE status <> 'merged'"


def standing_in(work: Work, ladder: str, lowest: str) -> dict[str, int]:
    """Return how many members stand in each tier of a ladder; who never rose stands lowest."""
    found = {tier: count for tier, count in work.rows(_STANDING, (ladder,)) if tier != lowest}
    members = int(work.rows(_MEMBERS_IN_ALL)[0][0])
    return {lowest: members - sum(found.values())} | found


_STAFF = "SELECT id, name FROM staff"
_TRAIL = """
SELECT at, actor, deed, subject, before, after FROM audit_records
 WHERE subject = ANY(%s) ORDER BY at DESC, id DESC LIMIT %s
"""


def staff_names(work: Work) -> dict[str, str]:
    """Return what people of the staff are called, by the names under which they act."""
    return {f"staff:{public_id('stf', row[0])}": row[1] for row in work.rows(_STAFF)}


def changes(work: Work, subjects: Sequence[str], *, limit: int = 50) -> list[Change]:
    """Return what was changed of some things, named by their public ids, newest first."""
    names = staff_names(work)
    return [
        Change(row[0], names.get(row[1]) or row[1], *row[2:])
        for row in work.rows(_TRAIL, (list(subjects), limit))
    ]


_MEMBERS = """
SELECT m.id, m.display_name, m.status, m.enrolled_at, {standings},
       coalesce(w.available + w.pending + w.held, 0), coalesce(w.updated_at, m.enrolled_at),
       coalesce((SELECT value FROM identifiers WHERE member_id = m.id AND kind = 'card'
                  ORDER BY added_at DESC, value LIMIT 1), '')
  FROM (SELECT id, display_name, status, enrolled_at FROM members
         WHERE {which} ORDER BY enrolled_at {way}, id {way} LIMIT %(limit)s) AS m
  LEFT JOIN wallets w ON w.member_id = m.id AND w.currency = %(currency)s
 ORDER BY m.enrolled_at DESC, m.id DESC
"""
MATCHES: LiteralString = """
(display_name ILIKE %(like)s OR id = %(id)s::uuid OR id IN (
    SELECT member_id FROM identifiers
     WHERE kind = 'email' AND value LIKE %(email)s OR kind = 'partner_ref' AND value = %(exact)s
        OR kind IN ('card', 'phone') AND value LIKE %(digits)s))
"""
_AFTER = """
(enrolled_at, id) {sign} (SELECT enrolled_at, id FROM members WHERE id = %(mark)s::uuid)
"""


def find_members(
    work: Work, search: str = "", *, after: UUID | None = None, before: UUID | None = None
) -> MemberPage:
    """Return a page of members, those who enrolled last first.

    Args:
        search: part of a name, of a card or phone number (three digits or more), the beginning of
            an e-mail address, a partner's own reference, or a member's public id; all where empty.
        after: the page that follows this member.
        before: the page that ends before this member.
    """
    which: list[LiteralString] = ["true"]
    text = search.strip()
    values: dict[str, Any] = {"currency": work.programme.currency, "limit": PAGE + 1}
    if text:
        which.append(MATCHES)
        values |= looked_for(text)
    mark = after or before
    if mark is not None:
        sign: LiteralString = "<" if after else ">"
        which.append(_AFTER.format(sign=sign))
        values["mark"] = mark
    way: LiteralString = "ASC" if before and not after else "DESC"
    statement = _MEMBERS.format(which=" AND ".join(which), way=way, standings=tiers.STANDINGS)
    rows = work.rows(statement, values)
    more = len(rows) > PAGE
    kept = rows if not more else rows[1:] if way == "ASC" else rows[:PAGE]
    main = tiers.current(work).main
    lines = tuple(
        replace(MemberLine(*row), tier=tier_name(main, row[4]), card=masked("card", row[7]))
        for row in kept
    )
    if way == "ASC":
        return MemberPage(lines, newer=more, older=True)
    return MemberPage(lines, newer=after is not None, older=more)


_MEMBER = """
SELECT m.id, m.display_name, m.locale, m.status, m.source, m.enrolled_at, p.name, m.merged_into
  FROM members m LEFT JOIN partners p ON p.id = m.enrolled_by
 WHERE m.id = %s
"""
_IDENTIFIERS = """
SELECT i.kind, i.value, p.name, i.added_at
  FROM identifiers i LEFT JOIN partners p ON p.id = i.partner_id
 WHERE i.member_id = %s ORDER BY i.kind, i.added_at, i.value
"""


def member(work: Work, member_id: UUID) -> MemberSheet:
    """Return a member with masked identifiers.

    Raises:
        MemberUnknownError: there is no such member.
    """
    rows = work.rows(_MEMBER, (member_id,))
    if not rows:
        raise MemberUnknownError
    found = [IdentifierLine(*row) for row in work.rows(_IDENTIFIERS, (member_id,))]
    covered = (
        IdentifierLine(line.kind, masked(line.kind, line.value), line.partner, line.added_at)
        for line in found
    )
    main = tiers.current(work).main
    footing = tiers.of(work, member_id).get(main.code) if main else None
    standings = {main.code: footing.tier} if main and footing else None
    since, reason = (footing.since, footing.reason) if footing else (None, "")
    facts: list[Any] = [
        *rows[0][:7], tier_name(main, standings), since, reason, rows[0][7], tuple(covered),
    ]  # fmt: skip
    return MemberSheet(*facts)


def reveal(work: Work, member_id: UUID) -> list[IdentifierLine]:
    """Return a member's identifiers in full, and write down that they were shown.

    Raises:
        MemberUnknownError: there is no such member.
    """
    if not work.rows(_MEMBER, (member_id,)):
        raise MemberUnknownError
    audit.record(work, "member.reveal", public_id("mem", member_id))
    return [IdentifierLine(*row) for row in work.rows(_IDENTIFIERS, (member_id,))]


_HOLDS = """
SELECT h.id, h.points, p.name, s.name, h.reward, h.reference, h.created_at, h.expires_at
  FROM holds h JOIN partners p ON p.id = h.partner_id JOIN stores s ON s.id = h.store_id
 WHERE h.member_id = %s AND h.state = 'held' ORDER BY h.created_at, h.id
"""


def open_holds(work: Work, member_id: UUID) -> list[OpenHold]:
    """Return a member's redemptions that wait for their capture, oldest first."""
    return [OpenHold(*row) for row in work.rows(_HOLDS, (member_id,))]


def looked_for(search: str) -> dict[str, Any]:
    """Return the values of `MATCHES` for a search, as `find_members` takes it."""
    text = search.strip()
    digits = "".join(letter for letter in text if letter.isdigit())
    return {
        "like": containing(text), "email": f"{_escaped(text.lower())}%", "exact": text,
        "digits": f"%{digits}%" if _looks_like_number(text, digits) else None,
        "id": uuid_of("mem", text),
    }  # fmt: skip


def tier_name(main: Ladder | None, standings: Mapping[str, str] | None) -> str:
    """Return the English name of the tier in the main ladder; nothing where there is no ladder."""
    if main is None:
        return ""
    return main.tier((standings or {}).get(main.code)).name.of(ENGLISH)


def containing(text: str) -> str:
    """Return the LIKE pattern of texts that hold a text."""
    return f"%{_escaped(text.strip())}%"


def beginning(text: str) -> str:
    """Return the LIKE pattern of texts that begin with a text."""
    return f"{_escaped(text.strip())}%"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _looks_like_number(text: str, digits: str) -> bool:
    plain = all(letter.isdigit() or letter in "+ -()." for letter in text)
    return plain and len(digits) >= _LEAST_DIGITS


def masked(kind: str, value: str) -> str:
    """Return as much of an identifier as tells two of one member apart."""
    if kind == "card":
        return f"•••• {value[-_SHOWN_OF_CARD:]}" if value else ""
    if kind == "phone":
        return f"{value[:_SHOWN_OF_PHONE]} •••• {value[-_SHOWN_OF_PHONE:]}"
    if kind == "email":
        local, _, domain = value.rpartition("@")
        return f"{local[:1]}•••@{domain}"
    return f"{value[:2]}•••"
