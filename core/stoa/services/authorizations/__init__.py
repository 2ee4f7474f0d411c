"""Authorizations: what members let partners' clients do, and the codes and tokens that follow."""

from stoa.services.authorizations.claims import claims_of
from stoa.services.authorizations.clients import (
    allow_sign_in,
    check_redirect_uri,
    forbid_sign_in,
    is_private,
)
from stoa.services.authorizations.codes import CODE_LIFE, Wanted, issue_code, redeem_code
from stoa.services.authorizations.consents import (
    ConsentLine,
    consents_of,
    give,
    remembered,
    withdraw,
)
from stoa.services.authorizations.families import (
    FAMILY_LIFE,
    IDLE,
    Granted,
    Held,
    Refused,
    end_sign_in,
    forget,
    held_token,
    member_of_family,
    refresh,
    revoke_held,
    tell_member,
)

__all__ = [
    "CODE_LIFE",
    "FAMILY_LIFE",
    "IDLE",
    "ConsentLine",
    "Granted",
    "Held",
    "Refused",
    "Wanted",
    "allow_sign_in",
    "check_redirect_uri",
    "claims_of",
    "consents_of",
    "end_sign_in",
    "forbid_sign_in",
    "forget",
    "give",
    "held_token",
    "is_private",
    "issue_code",
    "member_of_family",
    "redeem_code",
    "refresh",
    "remembered",
    "revoke_held",
    "tell_member",
    "withdraw",
]
