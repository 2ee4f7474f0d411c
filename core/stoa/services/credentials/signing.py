"""The keys that sign access tokens: made, published, retired."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime

from joserfc.jwk import ECKey
from sqlalchemy import func, select

from stoa.errors import InvalidBodyError
from stoa.models.identity import SigningKey
from stoa.services import audit
from stoa.work import Work

__all__ = ["SigningTerms", "remove_signing_key", "rotate_signing_key", "signing_keys"]

_SIGNING_LOCK = 5702


@dataclass(frozen=True, slots=True)
class SigningTerms:
    """A key that signs access tokens, private part included; a retired one only verifies."""

    kid: str
    private_jwk: str
    created_at: datetime
    retired_at: datetime | None


def signing_keys(work: Work) -> list[SigningTerms]:
    """Return the keys of access tokens, the one that signs first; the first call makes one.

    Servers that start together make one key, for the making is serialised.
    """
    newest = select(SigningKey).order_by(SigningKey.retired_at.nulls_first(), SigningKey.kid.desc())
    keys = work.session.scalars(newest).all()
    if not keys or keys[0].retired_at is not None:
        work.session.execute(select(func.pg_advisory_xact_lock(_SIGNING_LOCK)))
        keys = work.session.scalars(newest.execution_options(populate_existing=True)).all()
    if not keys or keys[0].retired_at is not None:
        keys = [_make_key(work), *keys]
    return [SigningTerms(key.kid, key.private_jwk, key.created_at, key.retired_at) for key in keys]


def rotate_signing_key(work: Work) -> str:
    """Sign with a new key from now on; return its id. Tokens of the old keys stay good."""
    work.session.execute(select(func.pg_advisory_xact_lock(_SIGNING_LOCK)))
    for key in work.session.scalars(select(SigningKey).where(SigningKey.retired_at.is_(None))):
        key.retired_at = work.now()
    fresh = _make_key(work)
    audit.record(work, "signing_key.rotate", fresh.kid)
    return fresh.kid


def remove_signing_key(work: Work, kid: str) -> None:
    """Remove a key that is no longer trusted: its tokens are refused within 60 seconds.

    If it was the one that signs, another is made at once.

    Raises:
        InvalidBodyError: there is no such key.
    """
    work.session.execute(select(func.pg_advisory_xact_lock(_SIGNING_LOCK)))
    key = work.session.get(SigningKey, kid)
    if key is None:
        raise InvalidBodyError(errors={"kid": ["There is no such key."]})
    work.session.delete(key)
    work.session.flush()
    audit.record(work, "signing_key.remove", kid)
    if key.retired_at is None:
        _make_key(work)


def _make_key(work: Work) -> SigningKey:
    kid = f"{work.now():%Y%m%d%H%M%S}-{secrets.token_hex(4)}"
    jwk = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"}, private=True)
    key = SigningKey(kid=kid, private_jwk=_text(jwk), created_at=work.now(), retired_at=None)
    work.session.add(key)
    work.session.flush()
    return key


def _text(jwk: ECKey) -> str:
    return json.dumps(jwk.as_dict(private=True))
