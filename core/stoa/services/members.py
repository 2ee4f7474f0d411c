"""Members: enrol one, give a card or another identifier, find one by any of them, freeze."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, LiteralString
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from stoa.errors import (
    CodeExpiredError,
    IdentifierTakenError,
    InvalidBodyError,
    MemberMergedError,
    MemberUnknownError,
    PartnerSuspendedError,
    StaticTokenError,
)
from stoa.models import NOBODY
from stoa.models.members import Identifier, Member
from stoa.services import audit, idempotency, identity, ledger, member_codes, partners, tiers
from stoa.services.member_codes import Shown
from stoa.services.partners import Terms
from stoa.values.birthdays import OLDEST_YEARS, may_be_born
from stoa.values.identifiers import (
    card_number,
    new_uuid,
    public_id,
    read_card,
    read_email,
    read_phone,
)
from stoa.values.plates import read_plate
from stoa.work import Key, Work

__all__ = [
    "COLUMNS",
    "KINDS",
    "SPENDING",
    "Found",
    "Token",
    "add_identifier",
    "enrol",
    "find",
    "found",
    "freeze",
    "lookup",
    "masked",
    "meet",
    "refuse_merged",
    "refuse_static",
    "set_born_on",
    "thaw",
]

KINDS = ("qr", "card", "phone", "email", "partner_ref", "member_ref", "plate")
"""The ways in which a partner may name a member."""

SPENDING = ("qr", "member_ref")
"""Those that may spend; what never changes, and so can be copied, only earns and looks up."""


@dataclass(frozen=True, slots=True)
class Token:
    """How a partner names a member: one of `KINDS`, and the value."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Found:
    """A member as deeds need it.

    Attributes:
        tier: in the main ladder, as are `rank`, `uplift_percent` and `discount_basis_points`.
        rulebook: the version of the book by which this was told.
        standings: the member's tier in each ladder where it is not the lowest.
        ladder: the code of the main ladder, and `ladder_version` that of its document.
        known: what was asked besides.
        shown: the member code by which the member was found; `member_codes.spending` uses it up.
    """

    id: UUID
    display_name: str
    status: str
    tier: str
    rank: int
    uplift_percent: int
    enrolled_at: datetime
    discount_basis_points: int = 0
    rulebook: int = 0
    standings: Mapping[str, str] = field(default_factory=dict)
    ladder: str = ""
    ladder_version: int = 0
    known: Any = None
    shown: Shown | None = None


COLUMNS = f"""m.id, m.display_name, m.status, m.enrolled_at,
       {tiers.STANDINGS}, {tiers.RULEBOOK}"""
"""The columns of the member `m` that `found` reads; their statement is given ``now``.

What else hot statements have to know of a member is one more column here, read by `found`.
"""


def enrol(
    work: Work,
    display_name: str,
    *,
    locale: str = "en",
    source: str = "",
    card: str | None = None,
    phone: str | None = None,
    email: str | None = None,
    partner_ref: str | None = None,
    born_on: date | None = None,
) -> tuple[Found, str]:
    """Enrol a member with an empty wallet; return the member and the card number.

    Args:
        locale: ``en``, ``zh-Hans`` or ``zh-Hant``.
        source: what brought the member, such as a poster's code (requirement #131).
        card: a card that is printed already; a new number is given without one.
        partner_ref: the partner's own number for the member.
        born_on: the day of birth, for what a rule gives on birthdays (#10).

    Raises:
        IdentifierTakenError: the card, phone, e-mail or reference leads to another member.
        InvalidBodyError: an identifier or the day of birth is not valid; `errors` names it.
        PartnerSuspendedError: the caller leaves the alliance.
    """
    _check_born_on(work, born_on)
    partner_id = work.actor.partner_id
    if partner_id is not None and not partners.terms_now(work, partner_id).may_enrol:
        raise PartnerSuspendedError("The partner leaves, and enrols nobody any more.")
    member = Member(
        id=new_uuid(), display_name=display_name, locale=locale, status="active", source=source,
        enrolled_at=work.now(), enrolled_by=work.actor.partner_id,
        born_on=born_on,
    )  # fmt: skip
    work.session.add(member)
    work.session.flush()
    number = card or card_number()
    add_identifier(work, member.id, Token("card", number))
    for kind, value in (("phone", phone), ("email", email), ("partner_ref", partner_ref)):
        if value:
            add_identifier(work, member.id, Token(kind, value))
    ledger.open_wallet(work, member.id, work.programme.currency)
    facts = {"member": public_id("mem", member.id), "source": source}
    work.record("member.enrolled", facts, member_id=member.id, partner_id=work.actor.partner_id)
    version = tiers.current(work).version
    return found(work, (member.id, display_name, "active", work.now(), None, version)), number


def add_identifier(work: Work, member_id: UUID, token: Token) -> None:
    """Let a member be found by one more card, phone, e-mail or partner reference.

    Raises:
        IdentifierTakenError: it leads to another member.
        InvalidBodyError: it is not valid.
    """
    scope, value = _canonical(work, token)
    row = insert(Identifier).values(
        kind=token.kind, partner_id=scope, value=value, member_id=member_id, added_at=work.now()
    )
    try:
        added = work.session.execute(row.on_conflict_do_nothing().returning(Identifier.member_id))
    except IntegrityError as wrong:
        raise InvalidBodyError(errors={token.kind: ["This can't be used."]}) from wrong
    if added.first() is None:
        owner = work.session.get(Identifier, (token.kind, scope, value))
        if owner is None or owner.member_id != member_id:
            raise IdentifierTakenError(identifier=token.kind)


_FIND = f"""
SELECT {COLUMNS}
  FROM members m
 WHERE m.id = coalesce(%(member)s::uuid, (
       SELECT member_id FROM identifiers
        WHERE kind = %(kind)s AND partner_id = %(scope)s AND value = %(value)s))
"""  # noqa: S608 - constants


def find(work: Work, token: Token) -> Found:
    """Return the member a token leads to: one statement.

    Raises:
        MemberUnknownError: no member has it, or it is not valid.
        MemberMergedError: the member is another one now.
        CodeExpiredError: the member code is no longer valid.
    """
    values, shown = _sought(work, token)
    rows = work.rows(_FIND, values | {"now": work.now()})
    if not rows:
        raise MemberUnknownError
    _refuse_stale(shown)
    there = found(work, rows[0], shown=shown)
    if there.status == "merged":
        refuse_merged(work, there.id)
    return there


def found(
    work: Work,
    row: Sequence[Any],
    *,
    known: Any = None,  # noqa: ANN401 - any value
    shown: Shown | None = None,
) -> Found:
    """Return the member of a row's `COLUMNS`, placed by the rulebook as it is remembered."""
    member_id, name, status, enrolled_at, standings, version = row
    place = tiers.place(work, version, standings)
    return Found(
        member_id, name, status, place.tier, place.rank, place.uplift_percent, enrolled_at,
        place.discount_basis_points, version, standings or {}, place.ladder, place.ladder_version,
        known, shown,
    )  # fmt: skip


def refuse_merged(work: Work, member_id: UUID) -> None:
    """Refuse a member who was merged into another one, and name that one as the caller does.

    Raises:
        MemberMergedError: the member is another one now.
    """
    rows = work.rows("SELECT merged_into FROM members WHERE id = %s", (member_id,))
    if not rows or rows[0][0] is None:
        return
    if work.actor.partner_id is None:
        raise MemberMergedError(member=public_id("mem", rows[0][0]))
    ref_key = partners.terms(work, work.actor.partner_id).ref_key
    raise MemberMergedError(member_ref=identity.member_ref(ref_key, rows[0][0]))


def refuse_static(token: Token) -> None:
    """Refuse to spend for a token that never changes (FRD-07).

    Raises:
        StaticTokenError: it may earn and look up only.
    """
    if token.kind not in SPENDING:
        raise StaticTokenError(
            f"A {token.kind} finds a member and earns; to spend, the member shows the code.",
            token_type=token.kind, ways=list(SPENDING),
        )  # fmt: skip


def lookup(work: Work, token: Token) -> dict[str, object]:
    """Return what finds a token's member: `member`, or `kind`, `scope` and `value`.

    Raises:
        MemberUnknownError: the token can belong to nobody.
        CodeExpiredError: the member code is no longer valid.
    """
    values, shown = _sought(work, token)
    _refuse_stale(shown)
    return values


def _refuse_stale(shown: Shown | None) -> None:
    if shown is not None and shown.step is None:
        raise CodeExpiredError


def _sought(work: Work, token: Token) -> tuple[dict[str, object], Shown | None]:
    """Return what finds a token's member, and the code that was shown, which may be stale.

    Who acts for one member finds nobody else, and that one by the partner's own name alone.
    """
    shown = None
    mine = work.actor.member_id
    if mine is not None and (token.kind != "member_ref" or _referred(work, token.value) != mine):
        raise MemberUnknownError
    if token.kind in SPENDING:
        if token.kind == "qr":
            member_id, shown = member_codes.read(work, token.value) or (None, None)
        else:
            member_id = _referred(work, token.value)
        if member_id is None:
            raise MemberUnknownError
        return {"member": member_id, "kind": None, "scope": None, "value": None}, shown
    if token.kind == "plate":
        driver = _driver(work, token.value)
        return {"member": driver, "kind": None, "scope": None, "value": None}, None
    try:
        scope, value = _canonical(work, token)
    except InvalidBodyError:
        raise MemberUnknownError from None
    return {"member": None, "kind": token.kind, "scope": scope, "value": value}, None


Also = tuple[LiteralString, Mapping[str, object]]
"""SQL of a value, and its values by their names; of those of `meet` it may use ``now``."""

_NOTHING_MORE: Also = ("NULL", {})
_MEET = f"""
SELECT k.fingerprint, k.created_at, k.member_id, k.subject_id, k.available, k.pending, k.held,
       k.debt, p.version, {COLUMNS}, """
_MET = """
  FROM partners p
  LEFT JOIN keys k ON k.partner_id = p.id AND k.key = %(key)s
  LEFT JOIN members m ON m.id = coalesce(%(member)s::uuid, (
       SELECT member_id FROM identifiers
        WHERE kind = %(kind)s AND partner_id = %(scope)s AND value = %(value)s))
 WHERE p.id = %(partner)s
"""


@lru_cache(maxsize=256)
def _meeting(also: LiteralString) -> LiteralString:
    return _MEET + also + _MET


def meet(
    work: Work, partner_id: UUID, token: Token, key: Key | None, *, also: Also = _NOTHING_MORE
) -> tuple[Terms, Found, idempotency.Used | None]:
    """Read all that a deed at a till needs: the partner's terms, the member, what the key has done.

    One statement, but for terms that have changed since they were last read.

    Args:
        also: SQL of one value more of the members row ``m``, with its values; it comes as `known`.

    Raises:
        MemberUnknownError: nobody has this token.
        MemberMergedError: the member is another one now.
        CodeExpiredError: the member code is no longer valid, and the key is new.
        IdempotencyMismatchError: the key belongs to another request.
        IdempotencyExpiredError: its answer is no longer kept.
    """
    sought, shown = _sought(work, token)
    values = sought | {"key": key and key.value, "partner": partner_id}
    values |= {"now": work.now(), **also[1]}
    row = work.rows(_meeting(also[0]), values)[0]
    used = idempotency.used(work, key, row) if key else None
    terms = partners.terms(work, partner_id, version=row[8])
    if row[9] is None:
        raise MemberUnknownError
    there = found(work, row[9:-1], known=row[-1], shown=shown)
    if used is None:
        _refuse_stale(shown)
        if there.status == "merged":
            refuse_merged(work, there.id)
    return terms, there, used


def freeze(work: Work, member_id: UUID, *, reason: str) -> None:
    """Stop points from coming and going until the member is thawed."""
    _set_status(work, member_id, "frozen", reason)


def thaw(work: Work, member_id: UUID, *, reason: str) -> None:
    """Let a frozen member earn and redeem again."""
    _set_status(work, member_id, "active", reason)


def set_born_on(work: Work, member_id: UUID, born_on: date | None) -> None:
    """Set or forget a member's day of birth; the audit keeps that it was done, not the day.

    Raises:
        InvalidBodyError: nobody alive was born on this day.
        MemberUnknownError: there is no such member.
        MemberMergedError: the member is another one now.
    """
    _check_born_on(work, born_on)
    member = work.session.get(Member, member_id, with_for_update=True)
    if member is None:
        raise MemberUnknownError
    refuse_merged(work, member_id)
    audit.record(
        work, "member.born_on", public_id("mem", member_id),
        before={"known": member.born_on is not None}, after={"known": born_on is not None},
    )  # fmt: skip
    member.born_on = born_on


def masked(display_name: str) -> str:
    """Return a name as a till may show it: its first letter and a star."""
    return f"{display_name[:1]}*"


def _check_born_on(work: Work, born_on: date | None) -> None:
    if born_on is not None and not may_be_born(born_on, work.today()):
        text = f"Write a day that is over, at most {OLDEST_YEARS} years ago."
        raise InvalidBodyError(errors={"born_on": [text]})


def _set_status(work: Work, member_id: UUID, status: str, reason: str) -> None:
    member = work.session.get(Member, member_id, with_for_update=True)
    if member is None:
        raise MemberUnknownError
    refuse_merged(work, member_id)
    audit.record(
        work, f"member.{status}", public_id("mem", member_id),
        before={"status": member.status}, after={"status": status, "reason": reason},
    )  # fmt: skip
    member.status = status


def _referred(work: Work, ref: str) -> UUID | None:
    if work.actor.partner_id is None:
        return None
    return identity.member_of(partners.terms(work, work.actor.partner_id).ref_key, ref)


_DRIVER = """
SELECT member_id FROM plates WHERE plate = %s AND until IS NULL ORDER BY since, member_id LIMIT 1
"""


def _driver(work: Work, plate: str) -> UUID:
    """Return the member who has had a plate longest of those who have it."""
    try:
        rows = work.rows(_DRIVER, (read_plate(plate),))
    except ValueError:
        raise MemberUnknownError from None
    if not rows:
        raise MemberUnknownError
    found: UUID = rows[0][0]
    return found


def _canonical(work: Work, token: Token) -> tuple[UUID, str]:
    try:
        if token.kind == "card":
            return NOBODY, read_card(token.value)
        if token.kind == "phone":
            return NOBODY, read_phone(token.value)
        if token.kind == "email":
            return NOBODY, read_email(token.value)
    except ValueError as wrong:
        raise InvalidBodyError(errors={token.kind: [str(wrong)]}) from None
    if token.kind != "partner_ref" or work.actor.partner_id is None or not token.value:
        raise InvalidBodyError(errors={token.kind: ["This can't name a member here."]})
    return work.actor.partner_id, token.value
