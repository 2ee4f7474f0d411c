"""The public keys by which clients prove themselves, in place of a secret (RFC 7523 §2.2)."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

from stoa.errors import InvalidBodyError
from stoa.models.credentials import ClientKey
from stoa.services import audit
from stoa.services.credentials.jwks import PublicKey, read_jwk, read_keys
from stoa.services.credentials.secrets import live_client
from stoa.work import Work

__all__ = ["KeyTerms", "add_keys", "end_key", "keys_of", "proving_keys"]

_MOST_KEYS = 8
_MOST_LETTERS = 128


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """A client's public key as it stands; `algorithms` is what it may sign with."""

    kid: str
    algorithms: tuple[str, ...]
    made_at: datetime


def add_keys(work: Work, client_id: str, text: str) -> list[KeyTerms]:
    """Take the public keys of a JWK, a JWK set or a PEM; return them.

    A key without a ``kid`` is named by its thumbprint (RFC 7638). To rotate, add the new key, sign
    with it, end the old one.

    Raises:
        InvalidBodyError: there is no such client in use, a key is private, weak, symmetric or
            known already, or the client would have more than eight.
    """
    live_client(work, client_id)
    try:
        found = read_keys(text)
    except ValueError as wrong:
        raise InvalidBodyError(errors={"keys": [str(wrong)]}) from None
    known = set(work.session.scalars(select(ClientKey.kid).where(ClientKey.client_id == client_id)))
    if len(keys_of(work, client_id)) + len(found) > _MOST_KEYS:
        raise InvalidBodyError(errors={"keys": [f"A client has at most {_MOST_KEYS} keys."]})
    added = []
    for named, algorithms, key in found:
        kid = named or key.thumbprint()
        if not kid.isprintable() or len(kid) > _MOST_LETTERS:
            raise InvalidBodyError(errors={"keys": ["A kid has at most 128 printable letters."]})
        if kid in known:
            raise InvalidBodyError(errors={"keys": [f"There was a key {kid} already."]})
        known.add(kid)
        work.session.add(
            ClientKey(
                client_id=client_id, kid=kid, alg=" ".join(algorithms), made_at=work.now(),
                public_jwk=json.dumps(key.as_dict(private=False)), ends_at=None,
            )
        )  # fmt: skip
        audit.record(work, "client.add_key", client_id, after={"kid": kid})
        added.append(KeyTerms(kid, algorithms, work.now()))
    work.session.flush()
    return added


def end_key(work: Work, client_id: str, kid: str) -> None:
    """End a key now; its name is not given again.

    Raises:
        InvalidBodyError: there is no such client or key in use.
    """
    live_client(work, client_id)
    key = work.session.get(ClientKey, (client_id, kid))
    if key is None or key.ends_at is not None:
        raise InvalidBodyError(errors={"kid": ["There is no such key in use."]})
    key.ends_at = work.now()
    audit.record(work, "client.end_key", client_id, before={"kid": kid})


def keys_of(work: Work, client_id: str) -> list[KeyTerms]:
    """Return the keys of a client that are good now, newest first."""
    mine = select(ClientKey).where(
        ClientKey.client_id == client_id,
        or_(ClientKey.ends_at.is_(None), ClientKey.ends_at > work.now()),
    )
    rows = work.session.scalars(mine.order_by(ClientKey.made_at.desc(), ClientKey.kid))
    return [KeyTerms(row.kid, tuple(row.alg.split()), row.made_at) for row in rows]


_PROVING = """
SELECT kid, alg, public_jwk FROM client_keys
WHERE client_id = %s AND (ends_at IS NULL OR ends_at > %s) ORDER BY made_at DESC
"""


def proving_keys(work: Work, client_id: str, *, kid: str | None, algorithm: str) -> list[PublicKey]:
    """Return the keys that may have signed: the one of the name, or all where none is named."""
    rows = work.rows(_PROVING, (client_id, work.now()))
    return [
        read_jwk(json.loads(jwk))
        for name, algorithms, jwk in rows
        if kid in (None, name) and algorithm in algorithms.split()
    ]
