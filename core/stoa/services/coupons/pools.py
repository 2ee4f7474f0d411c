"""Pools: documents of coupons saved and activated with their supply, and read again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from stoa.errors import CouponPoolUnknownError, InvalidRuleError, RuleUnknownError
from stoa.services import rulebook
from stoa.services.rulebook import Book
from stoa.values.conditions import WrongRuleError
from stoa.values.coupons import Pool, read_pool
from stoa.work import Work

__all__ = ["KIND", "Kept", "activate", "find", "payer_ids", "read", "save", "version_of"]

KIND = "coupon"

_MOST_READ = 500
_PARTNERS = "SELECT code, id FROM partners WHERE code = ANY (%s)"
_STORES = """
SELECT p.code || '/' || s.code FROM stores s JOIN partners p ON p.id = s.partner_id
 WHERE p.code || '/' || s.code = ANY (%s)
"""
_DOCUMENT = """
SELECT document FROM rule_versions WHERE kind = 'coupon' AND code = %s AND version = %s
"""
_SUPPLY = "SELECT stoa_supply_coupons(%s, %s::integer)"


@dataclass(frozen=True, slots=True)
class Kept:
    """A pool by its code, as a version of its document says it."""

    code: str
    version: int
    pool: Pool


def read(document: Mapping[str, Any]) -> Pool:
    """Read a pool's document.

    Raises:
        InvalidRuleError: it can't be; `errors` names each place.
    """
    try:
        return read_pool(document)
    except WrongRuleError as wrong:
        raise InvalidRuleError(errors=wrong.errors) from None


def save(work: Work, code: str, document: Mapping[str, Any], *, note: str = "") -> int:
    """Save a pool's document as its next version; return the version.

    Codes that are issued keep the version by which they were.

    Raises:
        InvalidRuleError: it can't be, or names a partner or store that is not there.
    """
    pool = read(document)
    named = pool.partners_named
    known = {row[0] for row in work.rows(_PARTNERS, (sorted(set(named.values())),))}
    errors = {
        place: ["There is no such partner."] for place, each in named.items() if each not in known
    }
    stores = list(pool.accepted_at.stores or ())
    there = {row[0] for row in work.rows(_STORES, (stores,))}
    errors |= {
        f"accepted_at.stores.{place}": ["There is no such store."]
        for place, each in enumerate(stores)
        if each not in there
    }
    if errors:
        raise InvalidRuleError(errors=errors)
    return rulebook.save(work, KIND, code, document, note=note)


def activate(work: Work, code: str, version: int | None = None) -> Book:
    """Let a version hold, the latest by default, with its supply; return the book.

    Raises:
        RuleUnknownError: there is no such rule or version.
        RuleStateError: the rule has ended.
    """
    chosen = version or rulebook.find(work, KIND, code).latest
    pool = read(rulebook.document(work, KIND, code, chosen))
    book = rulebook.activate(work, KIND, code, chosen)
    work.rows(_SUPPLY, (code, pool.supply))
    return book


def find(work: Work, code: str) -> Kept:
    """Return a pool that holds now.

    Raises:
        CouponPoolUnknownError: none of this code does.
    """
    kept = rulebook.current(work).of(KIND).get(code)
    if kept is None:
        raise CouponPoolUnknownError
    return Kept(code, kept.version, _remembered(work, code, kept.version, kept.document))


def version_of(work: Work, code: str, version: int) -> Kept:
    """Return a pool by the version that a coupon was issued by.

    Raises:
        RuleUnknownError: there is no such version.
    """
    known = _known(work).get((code, version))
    if known is not None:
        return Kept(code, version, known)
    rows = work.rows(_DOCUMENT, (code, version))
    if not rows:
        raise RuleUnknownError
    return Kept(code, version, _remembered(work, code, version, rows[0][0]))


def payer_ids(work: Work, pool: Pool, partner_id: UUID) -> list[UUID | None]:
    """Return who pays, in the order of the pool's payers; ``None`` is the operator.

    Args:
        partner_id: whoever takes the coupon, and is the payer ``partner``.
    """
    codes = sorted({each.partner for each in pool.payers if each.partner})
    ids: dict[str, UUID] = {row[0]: row[1] for row in work.rows(_PARTNERS, (codes,))}
    return [
        ids[each.partner] if each.partner else partner_id if each.payer == "partner" else None
        for each in pool.payers
    ]


def _known(work: Work) -> dict[tuple[str, int], Pool]:
    """Return what is remembered between works: versions never change."""
    known: dict[tuple[str, int], Pool] = work.memo.setdefault("coupon_pools", {})
    return known


def _remembered(work: Work, code: str, version: int, document: Mapping[str, Any]) -> Pool:
    known = _known(work)
    pool = known.get((code, version))
    if pool is None:
        if len(known) >= _MOST_READ:
            known.clear()
        pool = known[code, version] = read(document)
    return pool
