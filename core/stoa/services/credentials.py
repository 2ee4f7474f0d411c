"""Credentials: OAuth clients of partners, and the keys that sign their tokens."""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from joserfc.jwk import ECKey
from sqlalchemy import func, select

from stoa.errors import InvalidBodyError, PartnerUnknownError
from stoa.models.identity import Client, SigningKey
from stoa.models.partners import Partner
from stoa.services import audit, identity
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work

__all__ = [
    "SCOPES",
    "TILL_SCOPES",
    "ClientTerms",
    "SigningTerms",
    "clients_of",
    "find_client",
    "issue_client",
    "revoke_client",
    "rotate_secret",
    "rotate_signing_key",
    "signing_keys",
]

SCOPES = {
    "members:read": "Find a member by card, phone, e-mail or reference.",
    "members:write": "Enrol members.",
    "balance:read": "Read a member's balance and history.",
    "earn:write": "Report purchases, returns and voids; ask for estimates.",
    "redeem:write": "Hold, capture and void points.",
    "redeem:refs": "Spend by a member_ref, without the code: for your own app or shop, signed in.",
    "exchange:write": "Exchange points of one currency for points of another.",
    "transfer:write": "Move points from one member to another.",
    "activities:write": "Report what members do, make the codes that prove it.",
    "households:write": "Found households, pool points in them and read their pools.",
    "rewards:read": "Read the rewards of all partners.",
    "benefits:read": "Read what benefits a member has.",
    "benefits:write": "Claim and release benefits.",
    "codes:write": "Show members' codes and set PINs: for the alliance's own app, never a till.",
    "coupons:read": "Look at coupons, tell whether they are taken.",
    "coupons:write": "Reserve, redeem, release and roll back coupons.",
    "coupons:issue": "Issue coupons of pools that name the partner.",
    "parking:read": "Read the stays in your car parks.",
    "parking:write": "Report what your gates see; quote stays and let cars go.",
}
"""What a token may allow: the scope, and what it is for."""

TILL_SCOPES = tuple(scope for scope in SCOPES if scope not in ("codes:write", "redeem:refs"))
"""What a client may do unless said otherwise: all but what apps do that members sign in to."""

_SIGNING_LOCK = 5702


@dataclass(frozen=True, slots=True)
class ClientTerms:
    """A partner's client as it stands; `revoked_at` is ``None`` while it may ask for tokens."""

    id: str
    partner_id: UUID
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None
    secret_hash: str


@dataclass(frozen=True, slots=True)
class SigningTerms:
    """A key that signs access tokens, private part included; a retired one only verifies."""

    kid: str
    private_jwk: str
    created_at: datetime
    retired_at: datetime | None


def issue_client(
    work: Work, partner_id: UUID, name: str, scopes: Iterable[str] = TILL_SCOPES
) -> tuple[str, str]:
    """Give a partner a client; return its id and its secret, which is told this once.

    Args:
        name: what the partner's people call it, such as ``tills``.
        scopes: what its tokens may allow; `TILL_SCOPES` by default.

    Raises:
        PartnerUnknownError: there is no such partner.
        InvalidBodyError: a scope is unknown, or there is none.
    """
    chosen = _fitting(scopes)
    if work.session.get(Partner, partner_id) is None:
        raise PartnerUnknownError
    client_id, secret = public_id("cli", new_uuid()), identity.new_secret("stoa")
    work.session.add(
        Client(
            id=client_id, partner_id=partner_id, name=name, scopes=chosen,
            secret_hash=identity.hash_secret(secret), created_at=work.now(), revoked_at=None,
        )
    )  # fmt: skip
    audit.record(work, "client.issue", client_id, after={"name": name, "scopes": chosen})
    return client_id, secret


def rotate_secret(work: Work, client_id: str) -> str:
    """Give a client a new secret, told this once; the old one no longer fits.

    Raises:
        InvalidBodyError: there is no such client, or it is revoked.
    """
    client = _live(work, client_id)
    secret = identity.new_secret("stoa")
    client.secret_hash = identity.hash_secret(secret)
    audit.record(work, "client.rotate", client_id)
    return secret


def revoke_client(work: Work, client_id: str) -> None:
    """End a client: it gets no more tokens, and those it has are refused within 60 seconds.

    Raises:
        InvalidBodyError: there is no such client, or it is revoked already.
    """
    _live(work, client_id).revoked_at = work.now()
    audit.record(work, "client.revoke", client_id)


def clients_of(work: Work, partner_id: UUID) -> list[ClientTerms]:
    """Return a partner's clients, newest first, revoked ones included."""
    mine = select(Client).where(Client.partner_id == partner_id)
    rows = work.session.scalars(mine.order_by(Client.created_at.desc(), Client.id))
    return [_terms(client) for client in rows]


_FIND = """
SELECT id, partner_id, name, scopes, created_at, revoked_at, secret_hash FROM clients WHERE id = %s
"""


def find_client(work: Work, client_id: str) -> ClientTerms | None:
    """Return a client by its id; ``None`` where there is none: one statement."""
    for row in work.rows(_FIND, (client_id,)):
        return ClientTerms(row[0], row[1], row[2], tuple(row[3]), *row[4:])
    return None


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


def _make_key(work: Work) -> SigningKey:
    kid = f"{work.now():%Y%m%d%H%M%S}-{secrets.token_hex(4)}"
    jwk = ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"}, private=True)
    key = SigningKey(kid=kid, private_jwk=_text(jwk), created_at=work.now(), retired_at=None)
    work.session.add(key)
    work.session.flush()
    return key


def _text(jwk: ECKey) -> str:
    return json.dumps(jwk.as_dict(private=True))


def _fitting(scopes: Iterable[str]) -> list[str]:
    wanted = set(scopes)
    unknown = sorted(wanted - SCOPES.keys())
    if unknown or not wanted:
        raise InvalidBodyError(errors={"scopes": [f"Choose from {', '.join(SCOPES)}."]})
    return [scope for scope in SCOPES if scope in wanted]


def _live(work: Work, client_id: str) -> Client:
    client = work.session.get(Client, client_id, with_for_update=True)
    if client is None or client.revoked_at is not None:
        raise InvalidBodyError(errors={"client_id": ["There is no such client in use."]})
    return client


def _terms(client: Client) -> ClientTerms:
    return ClientTerms(
        client.id, client.partner_id, client.name, tuple(client.scopes), client.created_at,
        client.revoked_at, client.secret_hash,
    )  # fmt: skip
