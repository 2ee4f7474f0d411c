"""Enrols the members that a file names and nobody knows yet, as `members.enrol` would, in bulk."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import insert as plain_insert
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from stoa.errors import InvalidBodyError
from stoa.models import NOBODY
from stoa.models.members import Identifier, Member
from stoa.models.partners import Partner
from stoa.services.imports.facts import PlanTerms
from stoa.values.identifiers import card_number, new_uuid, public_id
from stoa.values.mapping import ImportMapping
from stoa.work import Work

__all__ = ["SOURCE", "enrol_unknown", "terms_of"]

SOURCE = "import"
"""What stands as the source of a member whom an import enrolled."""

_AT_ONCE = 5_000


def terms_of(work: Work, mapping: ImportMapping) -> PlanTerms:
    """Return what a plan needs of a mapping.

    Raises:
        InvalidBodyError: the mapping names a partner that there is not.
    """
    scope = NOBODY
    if mapping.member.partner:
        code = mapping.member.partner
        found = work.session.scalar(select(Partner.id).where(Partner.code == code))
        if found is None:
            raise InvalidBodyError(errors={"member.partner": [f"There is no partner {code}."]})
        scope = found
    return PlanTerms(mapping.currency, mapping.member.kind, scope, mapping.tell)


_UNKNOWN = """
SELECT DISTINCT l.member FROM import_lines l
 WHERE l.import_id = %s AND NOT EXISTS (SELECT 1 FROM identifiers i
       WHERE i.kind = %s AND i.partner_id = %s AND i.value = l.member)
 ORDER BY l.member
"""
_OPEN = "SELECT stoa_open_wallet(each.id, %s, %s) FROM unnest(%s::uuid[]) AS each (id)"


def enrol_unknown(work: Work, import_id: UUID, mapping: ImportMapping, terms: PlanTerms) -> int:
    """Enrol everybody whom the stage names and nobody knows; return how many."""
    names = [row[0] for row in work.rows(_UNKNOWN, (import_id, terms.kind, terms.scope))]
    for start in range(0, len(names), _AT_ONCE):
        _enrol(work, names[start : start + _AT_ONCE], mapping, terms)
    return len(names)


def _enrol(work: Work, names: Sequence[str], mapping: ImportMapping, terms: PlanTerms) -> None:
    now = work.now()
    ids = [new_uuid() for _ in names]
    enrolled = [
        {
            "id": member_id,
            "display_name": mapping.member.name.replace("{value}", name),
            "locale": "en",
            "status": "active",
            "source": SOURCE,
            "enrolled_at": now,
            "enrolled_by": None,
        }
        for member_id, name in zip(ids, names, strict=True)
    ]
    named = [
        {
            "kind": terms.kind,
            "partner_id": terms.scope,
            "value": name,
            "member_id": member_id,
            "added_at": now,
        }
        for member_id, name in zip(ids, names, strict=True)
    ]
    work.session.execute(plain_insert(Member), enrolled)
    work.session.execute(plain_insert(Identifier), named)
    if terms.kind != "card":
        _give_cards(work, ids)
    work.rows(_OPEN, (work.programme.currency, now, ids))
    if mapping.tell:
        for member_id in ids:
            facts = {"member": public_id("mem", member_id), "source": SOURCE}
            work.record("member.enrolled", facts, member_id=member_id, partner_id=None)


def _give_cards(work: Work, ids: Sequence[UUID]) -> None:
    # A new number that somebody has already is drawn again.
    without = set(ids)
    while without:
        cards = [
            {
                "kind": "card",
                "partner_id": NOBODY,
                "value": card_number(),
                "member_id": member_id,
                "added_at": work.now(),
            }
            for member_id in sorted(without)
        ]
        given = work.session.scalars(
            insert(Identifier).on_conflict_do_nothing().returning(Identifier.member_id), cards
        )
        without -= set(given)
