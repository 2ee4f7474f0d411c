"""What counts once: client assertions, DPoP proofs; and tokens that count no more.

Each is a row under a unique key, so that of any number of servers that see the same one at once a
single one takes it. Rows are kept as long as what they stand for could be shown again.
"""

from datetime import datetime, timedelta

from stoa.work import Work

__all__ = [
    "forget_ended",
    "is_revoked",
    "revoke_token",
    "revoked_tokens",
    "take_assertion",
    "take_proof",
]

_ASSERTION = """
INSERT INTO client_assertions (client_id, jti, ends_at) VALUES (%s, %s, %s)
ON CONFLICT DO NOTHING RETURNING jti
"""
_PROOF = """
INSERT INTO dpop_proofs (jkt, jti, ends_at)
SELECT %s, %s, %s FROM set_config('synchronous_commit', 'off', true)
ON CONFLICT DO NOTHING RETURNING jti
"""
_REVOKE = """
INSERT INTO revoked_tokens (jti, ends_at) VALUES (%s, %s) ON CONFLICT DO NOTHING RETURNING jti
"""
_REVOKED = "SELECT jti FROM revoked_tokens WHERE ends_at > %s"
_IS_REVOKED = "SELECT 1 FROM revoked_tokens WHERE jti = %s"
_FORGET = (
    "DELETE FROM client_assertions WHERE ends_at < %s RETURNING 1",
    "DELETE FROM dpop_proofs WHERE ends_at < %s RETURNING 1",
    "DELETE FROM revoked_tokens WHERE ends_at < %s RETURNING 1",
)
_MARGIN = timedelta(minutes=10)  # clocks of servers differ


def take_assertion(work: Work, client_id: str, jti: str, *, ends_at: datetime) -> bool:
    """Take a client assertion; false when it was taken before (RFC 7523 §3, item 7)."""
    return bool(work.rows(_ASSERTION, (client_id, jti, ends_at)))


def take_proof(work: Work, jkt: str, jti: str, *, ends_at: datetime) -> bool:
    """Take a DPoP proof; false when it was taken before (RFC 9449 §11.1).

    Nobody waits for the disk: after a crash of the database the proofs of its last half second
    might be shown again, which the nonce and a minute's life bound as well.
    """
    return bool(work.rows(_PROOF, (jkt, jti, ends_at)))


def revoke_token(work: Work, jti: str, *, ends_at: datetime) -> None:
    """Refuse an access token from now on, everywhere within 60 seconds (RFC 7009 §2).

    Args:
        jti: of the token.
        ends_at: when it would have ended by itself.
    """
    work.rows(_REVOKE, (jti, ends_at))


def revoked_tokens(work: Work) -> frozenset[str]:
    """Return the ``jti`` of every token that was revoked and would still be good."""
    return frozenset(row[0] for row in work.rows(_REVOKED, (work.now(),)))


def is_revoked(work: Work, jti: str) -> bool:
    """Tell whether a token was revoked."""
    return bool(work.rows(_IS_REVOKED, (jti,)))


def forget_ended(work: Work) -> int:
    """Drop what nobody can show again; return how many."""
    before = work.now() - _MARGIN
    return sum(len(work.rows(each, (before,))) for each in _FORGET)
