"""Consents: given by a member to a client, remembered, withdrawn with all that followed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from stoa.services import audit
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work

__all__ = ["ConsentLine", "consents_of", "give", "remembered", "withdraw"]


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """What a member lets a client do; `withdrawn_at` is ``None`` while it holds."""

    id: UUID
    partner: str
    client: str
    client_id: str
    scopes: tuple[str, ...]
    text_version: str
    given_at: datetime
    withdrawn_at: datetime | None


_REMEMBERED = """
SELECT id FROM consents
 WHERE member_id = %s AND client_id = %s AND withdrawn_at IS NULL AND text_version = %s
   AND scopes @> %s::text[]
"""


def remembered(
    work: Work, member_id: UUID, client_id: str, scopes: Collection[str], *, text_version: str
) -> UUID | None:
    """Return the consent that covers these scopes in these words; ``None`` if there is none."""
    rows = work.rows(_REMEMBERED, (member_id, client_id, text_version, list(scopes)))
    return rows[0][0] if rows else None


_GIVE = """
INSERT INTO consents AS c (id, member_id, partner_id, client_id, scopes, text_version, given_at,
                           withdrawn_at)
VALUES (%(id)s, %(member)s, %(partner)s, %(client)s, %(scopes)s::text[], %(version)s, %(now)s, NULL)
    ON CONFLICT (member_id, client_id) WHERE withdrawn_at IS NULL DO UPDATE
   SET scopes = CASE WHEN c.text_version = excluded.text_version
                     THEN (SELECT array_agg(DISTINCT each ORDER BY each)
                             FROM unnest(c.scopes || excluded.scopes) AS each)
                     ELSE excluded.scopes END,
       text_version = excluded.text_version, given_at = excluded.given_at
RETURNING id
"""


def give(
    work: Work,
    member_id: UUID,
    partner_id: UUID,
    client_id: str,
    scopes: Collection[str],
    *,
    text_version: str,
) -> UUID:
    """Keep that a member agreed; return the consent. The audit has each time, and the words."""
    values = {
        "id": new_uuid(), "member": member_id, "partner": partner_id, "client": client_id,
        "scopes": list(scopes), "version": text_version, "now": work.now(),
    }  # fmt: skip
    work.session.connection()
    consent: UUID = work.rows(_GIVE, values)[0][0]
    facts = {"client": client_id, "scopes": list(scopes), "text": text_version}
    audit.record(work, "consent.give", public_id("mem", member_id), after=facts)
    return consent


_WITHDRAW = """
UPDATE consents SET withdrawn_at = %s
 WHERE id = %s AND member_id = %s AND withdrawn_at IS NULL
RETURNING partner_id, client_id
"""
_END = """
UPDATE token_families SET revoked_at = %s, why = 'consent withdrawn'
 WHERE consent_id = %s AND revoked_at IS NULL
RETURNING 1
"""
_BURN = """
UPDATE authorization_codes SET used_at = %s WHERE consent_id = %s AND used_at IS NULL RETURNING 1
"""


def withdraw(work: Work, member_id: UUID, consent_id: UUID) -> bool:
    """Take a consent back, with every code and token that followed; tell whether it held."""
    now = work.now()
    work.session.connection()
    rows = work.rows(_WITHDRAW, (now, consent_id, member_id))
    if not rows:
        return False
    partner_id, client_id = rows[0]
    work.rows(_END, (now, consent_id))
    work.rows(_BURN, (now, consent_id))
    member = public_id("mem", member_id)
    audit.record(work, "consent.withdraw", member, after={"client": client_id})
    facts = {"member": member, "client": client_id}
    work.record("consent.withdrawn", facts, member_id=member_id, partner_id=partner_id)
    return True


_OF_MEMBER = """
SELECT c.id, p.name, k.name, c.client_id, c.scopes, c.text_version, c.given_at, c.withdrawn_at
  FROM consents c JOIN partners p ON p.id = c.partner_id JOIN clients k ON k.id = c.client_id
 WHERE c.member_id = %s AND (c.withdrawn_at IS NULL OR %s)
 ORDER BY c.withdrawn_at DESC NULLS FIRST, c.given_at DESC, c.id
"""


def consents_of(work: Work, member_id: UUID, *, ever: bool = False) -> Sequence[ConsentLine]:
    """Return what a member agreed to, the newest first; with `ever` also what was withdrawn."""
    return [
        ConsentLine(row[0], row[1], row[2], row[3], tuple(row[4]), row[5], row[6], row[7])
        for row in work.rows(_OF_MEMBER, (member_id, ever))
    ]
