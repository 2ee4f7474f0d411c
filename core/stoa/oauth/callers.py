"""Who a token speaks for: its claims turned into an actor."""

from typing import Any
from uuid import UUID

from stoa.errors import TokenInvalidError
from stoa.values.identifiers import uuid_of
from stoa.work import Actor

__all__ = ["actor_of", "family_of"]


def actor_of(claims: dict[str, Any], member_id: UUID | None = None) -> Actor:
    """Return who calls with a token whose signature, times and audience are good.

    Args:
        member_id: whose its family is, where it has one.

    Raises:
        TokenInvalidError: it names no partner, or a subject that is neither its client nor a
            member.
    """
    partner_id = uuid_of("prt", str(claims.get("partner")))
    own = claims["sub"] == claims["client_id"] and member_id is None
    if partner_id is None or not (own or member_id is not None):
        raise TokenInvalidError
    scopes = frozenset(str(claims["scope"]).split())
    return Actor(f"client:{claims['client_id']}", partner_id, scopes, member_id)


def family_of(claims: dict[str, Any]) -> UUID | None:
    """Return the family of a member's token; ``None`` for one of a client itself.

    Raises:
        TokenInvalidError: it is neither.
    """
    if "family" not in claims:
        return None
    family_id = uuid_of("fam", str(claims["family"]))
    if family_id is None:
        raise TokenInvalidError
    return family_id
