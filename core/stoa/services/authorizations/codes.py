"""Authorization codes: good for a minute, once, at one client, for who knows the verifier.

A code is used up by whoever presents it first, rightly or not; who presents a used one ends all
that came of it (RFC 6749 §4.1.2, RFC 7636 §4.6; reliability OAU-06 to OAU-09).
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any
from uuid import UUID

import structlog

from stoa.services import audit, identity
from stoa.services.authorizations.families import Granted, Refused, begin, revoke
from stoa.values.identifiers import new_uuid
from stoa.work import Work

__all__ = ["CODE_LIFE", "Wanted", "issue_code", "redeem_code"]

CODE_LIFE = timedelta(seconds=60)
_ALERT_FROM = 3

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a client asked for, and the sign-in of the member who agreed to it."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    nonce: str | None
    address: str
    auth_time: datetime


_USED = """
SELECT 1 FROM authorization_codes
 WHERE client_id = %s AND challenge = %s AND used_at IS NOT NULL
"""
_TOLD = """
SELECT count(*) FROM audit_records WHERE subject = %s AND deed = 'code.challenge_reused'
"""
_REPLACE = """
UPDATE authorization_codes SET used_at = made_at, challenge = ''
 WHERE client_id = %s AND challenge = %s AND used_at IS NULL
RETURNING 1
"""
_ISSUE = """
INSERT INTO authorization_codes (hash, client_id, consent_id, redirect_uri, scopes, challenge,
                                 nonce, address, auth_time, made_at, ends_at, used_at, family_id)
VALUES (%(hash)s, %(client)s, %(consent)s, %(uri)s, %(scopes)s::text[], %(challenge)s, %(nonce)s,
        %(address)s, %(auth)s, %(now)s, %(ends)s, NULL, NULL)
RETURNING 1
"""


def issue_code(work: Work, consent_id: UUID, wanted: Wanted) -> str | None:
    """Return a code that the client may redeem; ``None`` where its challenge has served before.

    A challenge serves once: one that a client keeps for ever proves nothing (OAU-05). Who sends the
    same form twice gets a code each time, and the last one is good.
    """
    work.session.connection()
    if work.rows(_USED, (wanted.client_id, wanted.challenge)):
        _tell_reuse(work, wanted.client_id)
        return None
    work.rows(_REPLACE, (wanted.client_id, wanted.challenge))
    code = secrets.token_urlsafe(32)
    work.rows(_ISSUE, _values(work, consent_id, wanted, code) | {"ends": work.now() + CODE_LIFE})
    return code


_USE = """
UPDATE authorization_codes SET used_at = %(now)s, family_id = %(family)s
 WHERE hash = %(hash)s AND used_at IS NULL
RETURNING client_id, consent_id, redirect_uri, challenge, nonce, ends_at, scopes, address, auth_time
"""
_AGAIN = "SELECT family_id FROM authorization_codes WHERE hash = %s"


def redeem_code(
    work: Work,
    code: str,
    *,
    client_id: str,
    redirect_uri: str,
    verifier: str,
    refreshes: bool,
    bound_to: str | None = None,
) -> Granted | Refused:
    """Use a code up; return what was granted, or why nothing was.

    A refusal is a value and no exception, for what it undoes has to be committed. Of many at once
    one gets tokens: the row is used up by the statement that reads it.

    Args:
        client_id: of the client that has proved itself.
        verifier: of which the challenge is the SHA-256.
        refreshes: the client may use refresh tokens.
        bound_to: thumbprint of the key that a public client has to show with them (RFC 9449 §5).
    """
    hashed, family_id = identity.token_hash(code), new_uuid()
    work.session.connection()
    rows = work.rows(_USE, {"hash": hashed, "now": work.now(), "family": family_id})
    if not rows:
        return _again(work, hashed)
    owner, consent_id, uri, challenge, nonce, ends_at, *rest = rows[0]
    if owner != client_id:
        audit.record(work, "code.foreign", owner, after={"shown_by": client_id})
        _log.error("oauth.code_of_another", client=owner, shown_by=client_id)
        return Refused("It is another client's.")
    if work.now() >= ends_at:
        return Refused("It is over.")
    if uri != redirect_uri:
        return Refused("The redirect_uri is not that of the authorization.")
    if not compare_digest(_challenge(verifier), challenge):
        return Refused("The code_verifier is not that of the code_challenge.")
    scopes, address, auth_time = rest
    return begin(
        work, family_id, consent_id, client_id, tuple(scopes), address=address,
        auth_time=auth_time, nonce=nonce, refreshes=refreshes, bound_to=bound_to,
    )  # fmt: skip


def _again(work: Work, hashed: bytes) -> Refused:
    for (family_id,) in work.rows(_AGAIN, (hashed,)):
        if family_id is not None:
            revoke(work, family_id, why="code used twice")
            _log.warning("oauth.code_used_twice")
    return Refused("There is no such code, or it was used.")


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _tell_reuse(work: Work, client_id: str) -> None:
    before = work.rows(_TOLD, (client_id,))[0][0]
    if before < _ALERT_FROM:
        audit.record(work, "code.challenge_reused", client_id)
    tell = _log.error if before + 1 >= _ALERT_FROM else _log.warning
    tell("oauth.challenge_reused", client=client_id)


def _values(work: Work, consent_id: UUID, wanted: Wanted, code: str) -> dict[str, Any]:
    return {
        "hash": identity.token_hash(code), "client": wanted.client_id, "consent": consent_id,
        "uri": wanted.redirect_uri, "scopes": list(wanted.scopes), "challenge": wanted.challenge,
        "nonce": wanted.nonce, "address": wanted.address, "auth": wanted.auth_time,
        "now": work.now(),
    }  # fmt: skip
