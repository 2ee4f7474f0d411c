"""Families of tokens: all that came of one code; refresh tokens that are good once each.

Each use of a refresh token gives the next one. One that is used again was stolen, or the answer was
lost and a thief could not be told from the owner: the whole family ends, and the member is told
(RFC 9700 §4.14; reliability OAU-16). A family lives ninety days at most, and thirty without use.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from stoa.services import identity, mail
from stoa.services.outbox import Heard
from stoa.values.identifiers import public_id, uuid_of
from stoa.values.letters import access_ended
from stoa.work import Work

__all__ = [
    "FAMILY_LIFE",
    "IDLE",
    "Granted",
    "Held",
    "Refused",
    "begin",
    "end_sign_in",
    "forget",
    "held_token",
    "member_of_family",
    "refresh",
    "revoke",
    "revoke_held",
    "tell_member",
]

FAMILY_LIFE = timedelta(days=90)
IDLE = timedelta(days=30)
"""How long a refresh token waits to be used."""

KEPT = timedelta(days=7)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Granted:
    """What a client may have tokens for; `refresh_token` is the next one, told this once."""

    family_id: UUID
    member_id: UUID
    partner_id: UUID
    scopes: tuple[str, ...]
    auth_time: datetime
    nonce: str | None = None
    refresh_token: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing is granted; `wider` where more was asked for than there is."""

    why: str
    wider: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A refresh token, as introspection tells of it; a used one is not `good`."""

    family_id: UUID
    member_id: UUID
    client_id: str
    partner_id: UUID
    scopes: tuple[str, ...]
    made_at: datetime
    ends_at: datetime
    good: bool


_LIVING_CONSENT = """
SELECT c.partner_id, c.member_id FROM consents c JOIN members m ON m.id = c.member_id
 WHERE c.id = %s AND c.withdrawn_at IS NULL AND m.status IN ('active', 'frozen')
   FOR SHARE OF c
"""
_BEGIN = """
INSERT INTO token_families (id, consent_id, client_id, member_id, scopes, address, auth_time,
                            made_at, ends_at, revoked_at, why)
VALUES (%(id)s, %(consent)s, %(client)s, %(member)s, %(scopes)s::text[], %(address)s, %(auth)s,
        %(now)s, %(ends)s, NULL, '')
RETURNING 1
"""


def begin(
    work: Work,
    family_id: UUID,
    consent_id: UUID,
    client_id: str,
    scopes: tuple[str, ...],
    *,
    address: str,
    auth_time: datetime,
    nonce: str | None,
    refreshes: bool,
    bound_to: str | None,
) -> Granted | Refused:
    """Begin the family of a code that was redeemed, unless the consent is withdrawn meanwhile."""
    rows = work.rows(_LIVING_CONSENT, (consent_id,))
    if not rows:
        return Refused("The member has withdrawn it.")
    partner_id, member_id = rows[0]
    now = work.now()
    values = {
        "id": family_id, "consent": consent_id, "client": client_id, "member": member_id,
        "scopes": list(scopes), "address": address, "auth": auth_time, "now": now,
        "ends": now + FAMILY_LIFE,
    }  # fmt: skip
    work.rows(_BEGIN, values)
    ends_at = now + FAMILY_LIFE
    token = _add_token(work, family_id, ends_at, bound_to) if refreshes else None
    return Granted(family_id, member_id, partner_id, scopes, auth_time, nonce, token)


_FIND = """
SELECT f.id, f.member_id, f.client_id, c.partner_id, f.scopes, r.made_at, r.ends_at, r.used_at,
       f.ends_at, f.auth_time, r.jkt, f.revoked_at IS NULL AND c.withdrawn_at IS NULL
       AND m.status IN ('active', 'frozen')
  FROM refresh_tokens r
  JOIN token_families f ON f.id = r.family_id
  JOIN consents c ON c.id = f.consent_id
  JOIN members m ON m.id = f.member_id
 WHERE r.hash = %s
"""
_USE = "UPDATE refresh_tokens SET used_at = %s WHERE hash = %s RETURNING 1"


def refresh(
    work: Work,
    token: str,
    *,
    client_id: str,
    scopes: Collection[str] | None = None,
    bound_to: str | None = None,
) -> Granted | Refused:
    """Use a refresh token up; return what was granted with the next one, or why nothing was.

    A refusal is a value and no exception, for what it revokes has to be committed. Of many at once
    one is granted, and the others end the family: its row is locked before it is judged.

    Args:
        client_id: of the client that has proved itself.
        scopes: fewer than were granted; the next token still has them all.
        bound_to: thumbprint of the key that a public client shows; a token that is bound to
            another is refused and lives on, for who has it can't use it.
    """
    hashed, now = identity.token_hash(token), work.now()
    work.session.connection()
    rows = work.rows(f"{_FIND} FOR UPDATE OF f, r", (hashed,))
    if not rows:
        return Refused("There is no such refresh token.")
    family_id, member_id, owner, partner_id, granted, _, ends_at, used_at, *rest = rows[0]
    family_ends_at, auth_time, jkt, living = rest
    if owner != client_id:
        revoke(work, family_id, why="shown by another client")
        _log.error("oauth.refresh_token_of_another", client=owner, shown_by=client_id)
        return Refused("It is another client's.")
    if jkt is not None and jkt != bound_to:
        return Refused("It is bound to another key.")
    if used_at is not None and living:
        _end_stolen(work, family_id, member_id, partner_id, client_id)
    if used_at is not None or not living or now >= min(ends_at, family_ends_at):
        return Refused("It was used, revoked, or is over.")
    if scopes is not None and not set(scopes) <= set(granted):
        return Refused("It was granted less.", wider=True)
    work.rows(_USE, (now, hashed))
    fresh = _add_token(work, family_id, family_ends_at, jkt)
    wanted = tuple(each for each in granted if scopes is None or each in scopes)
    return Granted(family_id, member_id, partner_id, wanted, auth_time, refresh_token=fresh)


_LIVING = """
SELECT f.member_id, f.client_id FROM token_families f
  JOIN consents c ON c.id = f.consent_id JOIN members m ON m.id = f.member_id
 WHERE f.id = %s AND f.revoked_at IS NULL AND f.ends_at > %s AND c.withdrawn_at IS NULL
   AND m.status IN ('active', 'frozen')
"""


def member_of_family(work: Work, family_id: UUID) -> tuple[UUID, str] | None:
    """Return the member and the client whose a family's tokens are, while they are good."""
    for member_id, client_id in work.rows(_LIVING, (family_id, work.now())):
        return member_id, client_id
    return None


def held_token(work: Work, token: str) -> Held | None:
    """Return a refresh token, good or not; ``None`` for any other text."""
    for row in work.rows(_FIND, (identity.token_hash(token),)):
        ends_at = min(row[6], row[8])
        good = row[7] is None and row[11] and work.now() < ends_at
        return Held(row[0], row[1], row[2], row[3], tuple(row[4]), row[5], ends_at, good)
    return None


_REVOKE = """
UPDATE token_families SET revoked_at = %s, why = %s WHERE id = %s AND revoked_at IS NULL RETURNING 1
"""


def revoke(work: Work, family_id: UUID, *, why: str) -> bool:
    """End a family: none of its tokens is good any more; tell whether any was."""
    return bool(work.rows(_REVOKE, (work.now(), why, family_id)))


def revoke_held(work: Work, token: str, *, client_id: str) -> bool:
    """End the family of a client's refresh token, used or not (RFC 7009); tell whether it did."""
    for row in work.rows(_FIND, (identity.token_hash(token),)):
        return row[2] == client_id and revoke(work, row[0], why="revoked by the client")
    return False


_END_SIGN_IN = (
    """UPDATE token_families SET revoked_at = %(now)s, why = 'signed out'
        WHERE member_id = %(member)s AND client_id = %(client)s AND revoked_at IS NULL
          AND date_trunc('second', auth_time) = %(auth)s RETURNING 1""",
    """UPDATE authorization_codes a SET used_at = %(now)s FROM consents c
        WHERE c.id = a.consent_id AND c.member_id = %(member)s AND a.client_id = %(client)s
          AND a.used_at IS NULL AND date_trunc('second', a.auth_time) = %(auth)s RETURNING 1""",
)


def end_sign_in(work: Work, member_id: UUID, client_id: str, auth_time: datetime) -> int:
    """End what a client had of one sign-in of a member, codes and families; return how many.

    Args:
        auth_time: when the member proved who it is; a fraction of a second is let go, for the id
            token that names the sign-in has none.
    """
    values = {
        "now": work.now(), "member": member_id, "client": client_id,
        "auth": auth_time.replace(microsecond=0),
    }  # fmt: skip
    work.session.connection()
    return sum(len(work.rows(statement, values)) for statement in _END_SIGN_IN)


_FORGET = (
    "DELETE FROM authorization_codes WHERE ends_at < %s RETURNING 1",
    "DELETE FROM token_families WHERE ends_at < %s RETURNING 1",
    """DELETE FROM refresh_tokens r USING token_families f
        WHERE f.id = r.family_id AND f.revoked_at < %s RETURNING 1""",
)


def forget(work: Work) -> int:
    """Drop codes and families that ended more than `KEPT` ago; return how many rows went.

    A used refresh token stays as long as its family lives: shown again it has to end the family.
    """
    before = work.now() - KEPT
    return sum(len(work.rows(statement, (before,))) for statement in _FORGET)


def tell_member(work: Work, heard: Heard) -> None:
    """Write to the member whose tokens ended because one was used twice."""
    facts = heard.event.facts
    family_id = uuid_of("fam", str(facts.get("family")))
    for address, name, locale in work.rows(_WHOM, (family_id,)):
        mail.queue(work, address, access_ended(name, language=locale))


_WHOM = """
SELECT f.address, p.name, m.locale FROM token_families f
  JOIN consents c ON c.id = f.consent_id JOIN partners p ON p.id = c.partner_id
  JOIN members m ON m.id = f.member_id
 WHERE f.id = %s AND f.address <> ''
"""
_ADD = """
INSERT INTO refresh_tokens (hash, family_id, made_at, ends_at, used_at, jkt)
VALUES (%s, %s, %s, %s, NULL, %s) RETURNING 1
"""


def _add_token(work: Work, family_id: UUID, family_ends_at: datetime, jkt: str | None) -> str:
    token, now = f"stoa_rt_{secrets.token_urlsafe(32)}", work.now()
    ends_at = min(now + IDLE, family_ends_at)
    work.rows(_ADD, (identity.token_hash(token), family_id, now, ends_at, jkt))
    return token


def _end_stolen(
    work: Work, family_id: UUID, member_id: UUID, partner_id: UUID, client_id: str
) -> None:
    revoke(work, family_id, why="refresh token used twice")
    _log.warning("oauth.refresh_token_used_twice", client=client_id)
    facts: dict[str, Any] = {
        "member": public_id("mem", member_id),
        "client": client_id,
        "family": public_id("fam", family_id),
    }
    work.record("access.revoked", facts, member_id=member_id, partner_id=partner_id)
