"""A token that somebody holds out, to be revoked or looked into."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from stoa.services import authorizations, credentials, identity, partners
from stoa.values.identifiers import uuid_of
from stoa.work import Work

__all__ = ["Held", "access_token", "refresh_token"]

_TOLD = ("iss", "aud", "sub", "client_id", "scope", "iat", "exp", "jti", "cnf")


@dataclass(frozen=True, slots=True)
class Held:
    """A token of ours that has not ended.

    Attributes:
        client_id: whose it is.
        partner_id: whose client that is.
        facts: what introspection tells of it (RFC 7662 §2.2).
        is_good: tells, in a work, that it was not revoked.
        revoke: ends it, in a work.
    """

    client_id: str
    partner_id: UUID
    facts: dict[str, Any]
    is_good: Callable[[Work], bool]
    revoke: Callable[[Work], None]


def access_token(claims: dict[str, Any], *, ends_at: datetime) -> Held | None:
    """Return an access token by its claims, which were found good."""
    partner_id = uuid_of("prt", str(claims.get("partner")))
    if partner_id is None:
        return None
    client_id, jti = claims["client_id"], claims["jti"]
    family_id = uuid_of("fam", str(claims.get("family")))
    facts = {name: claims[name] for name in _TOLD if name in claims}

    def is_good(work: Work) -> bool:
        client = credentials.find_client(work, client_id)
        in_use = client is not None and client.revoked_at is None
        lives = family_id is None or authorizations.member_of_family(work, family_id) is not None
        return in_use and lives and not credentials.is_revoked(work, jti)

    def revoke(work: Work) -> None:
        credentials.revoke_token(work, jti, ends_at=ends_at)

    facts["token_type"] = "DPoP" if "cnf" in claims else "Bearer"
    return Held(client_id, partner_id, facts, is_good, revoke)


def refresh_token(work: Work, token: str) -> Held | None:
    """Return a refresh token that is good or was used; ``None`` for any other text."""
    found = authorizations.held_token(work, token)
    if found is None:
        return None
    ref_key = partners.terms(work, found.partner_id, version=-1).ref_key
    facts = {
        "client_id": found.client_id,
        "sub": identity.member_ref(ref_key, found.member_id),
        "scope": " ".join(found.scopes),
        "iat": int(found.made_at.timestamp()),
        "exp": int(found.ends_at.timestamp()),
        "token_type": "refresh_token",
    }

    def is_good(work: Work) -> bool:
        now = authorizations.held_token(work, token)
        return now is not None and now.good

    def revoke(work: Work) -> None:
        authorizations.revoke_held(work, token, client_id=found.client_id)

    return Held(found.client_id, found.partner_id, facts, is_good, revoke)
