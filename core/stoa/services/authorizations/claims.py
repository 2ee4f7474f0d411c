"""What a partner is told of a member who signed in: what the member agreed to and no more."""

from typing import Any
from uuid import UUID

from stoa.models import NOBODY
from stoa.work import Work

__all__ = ["claims_of"]

_CLAIMS = """
SELECT m.display_name, m.locale, (
       SELECT i.value FROM token_families f
         JOIN identifiers i ON i.kind = 'email' AND i.partner_id = %(all)s AND i.value = f.address
              AND i.member_id = f.member_id
        WHERE f.member_id = m.id AND f.client_id = %(client)s
        ORDER BY f.made_at DESC LIMIT 1)
  FROM members m WHERE m.id = %(member)s
"""


def claims_of(
    work: Work, member_id: UUID, client_id: str, scopes: frozenset[str]
) -> dict[str, Any]:
    """Return the claims that scopes allow (OpenID Connect Core §5.4), without ``sub``.

    The e-mail address is the one that the member signed in with for this client last, so it is
    proved, and it is told while it is the member's.
    """
    rows = work.rows(_CLAIMS, {"all": NOBODY, "client": client_id, "member": member_id})
    if not rows:
        return {}
    name, locale, email = rows[0]
    claims: dict[str, Any] = {}
    if "profile" in scopes:
        claims |= {"name": name, "locale": locale}
    if "email" in scopes and email is not None:
        claims |= {"email": email, "email_verified": True}
    return claims
