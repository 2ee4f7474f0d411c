"""Who a token speaks for: its claims turned into an actor."""

from typing import Any

from stoa.errors import TokenInvalidError
from stoa.values.identifiers import uuid_of
from stoa.work import Actor

__all__ = ["actor_of"]


def actor_of(claims: dict[str, Any]) -> Actor:
    """Return who calls with a token whose signature, times and audience are good.

    Raises:
        TokenInvalidError: it names no partner, or a subject that is not its client.
    """
    partner_id = uuid_of("prt", str(claims.get("partner")))
    if partner_id is None or claims["sub"] != claims["client_id"]:
        raise TokenInvalidError
    scopes = frozenset(str(claims["scope"]).split())
    return Actor(f"client:{claims['client_id']}", partner_id, scopes)
