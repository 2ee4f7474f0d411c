"""Client secrets: several of a client may be live at once, so that one is changed without downtime.

A secret reads ``stoa_sk_live_`` + 43 letters + 6 letters of checksum: leak scanners find it by its
prefix, and by its checksum know that it is one of ours. Only an argon2 hash and the first letters
are kept; the letters tell people, and the check, which secret is meant.
"""

import secrets
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, or_, select

from stoa.errors import InvalidBodyError
from stoa.models.credentials import ClientSecret
from stoa.models.identity import Client
from stoa.services import audit, identity
from stoa.values.identifiers import new_uuid, public_id, uuid_of
from stoa.work import Work

__all__ = [
    "OVERLAP",
    "SecretTerms",
    "add_secret",
    "end_secret",
    "is_ours",
    "leaked_secret",
    "live_client",
    "live_hashes",
    "new_client_secret",
    "put_secret",
    "rotate_secret",
    "secrets_of",
    "test_secret",
]

OVERLAP = timedelta(hours=24)
"""How long a secret stays good after another one has taken its place, unless said otherwise."""

_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BRAND = "stoa_sk_"
_RANDOM_LETTERS = 43  # 256 bits
_CHECK_LETTERS = 6  # a CRC-32
_SHOWN = 17  # the brand, "live_", and four letters


@dataclass(frozen=True, slots=True)
class SecretTerms:
    """A secret as it stands; `ends_at` is ``None`` until another takes its place.

    `prefix` is its first letters, empty for one that was made before they were kept.
    """

    id: str
    prefix: str
    made_at: datetime
    ends_at: datetime | None


def new_client_secret(environment: str = "live") -> str:
    """Return a new secret of 256 random bits, with its checksum."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_RANDOM_LETTERS))
    body = f"{_BRAND}{environment}_{letters}"
    return body + _checksum(body)


def test_secret() -> tuple[str, str, str]:
    """Return a new secret of a sandbox, the hash of it, and its first letters."""
    secret = new_client_secret("test")
    return secret, identity.hash_secret(secret), _shown(secret)


def put_secret(work: Work, client_id: str, *, hashed: str, prefix: str) -> None:
    """Give a client a secret that was made before, by its hash."""
    work.session.add(
        ClientSecret(
            client_id=client_id, id=new_uuid(), hash=hashed, prefix=prefix, made_at=work.now(),
            ends_at=None,
        )
    )  # fmt: skip


def add_secret(work: Work, client_id: str) -> str:
    """Give a client one more secret; return it, which is told this once."""
    secret, _ = _add(work, client_id)
    return secret


def rotate_secret(work: Work, client_id: str, *, overlap: timedelta = OVERLAP) -> str:
    """Give a client a new secret, told this once; those it had stay good for the overlap.

    Raises:
        InvalidBodyError: there is no such client, or it is revoked.
    """
    live_client(work, client_id)
    ends_at = work.now() + overlap
    for old in work.session.scalars(_live(work, client_id)):
        old.ends_at = ends_at if old.ends_at is None else min(old.ends_at, ends_at)
    secret, secret_id = _add(work, client_id)
    after = {"secret": secret_id, "overlap_s": int(overlap.total_seconds())}
    audit.record(work, "client.rotate", client_id, after=after)
    return secret


def end_secret(work: Work, client_id: str, secret_id: str) -> None:
    """End a secret now; the client keeps its others.

    Raises:
        InvalidBodyError: there is no such client or secret, or it has ended already.
    """
    live_client(work, client_id)
    for secret in work.session.scalars(_live(work, client_id)):
        if secret.id == uuid_of("sec", secret_id):
            secret.ends_at = work.now()
            audit.record(work, "client.end_secret", client_id, before={"secret": secret_id})
            return
    raise InvalidBodyError(errors={"secret": ["There is no such secret in use."]})


def secrets_of(work: Work, client_id: str) -> list[SecretTerms]:
    """Return the secrets of a client that are good now, newest first."""
    rows = work.session.scalars(
        _live(work, client_id).order_by(ClientSecret.made_at.desc(), ClientSecret.id.desc())
    )
    return [SecretTerms(_name(row.id), row.prefix, row.made_at, row.ends_at) for row in rows]


_HASHES = """
SELECT hash FROM client_secrets
WHERE client_id = %s AND prefix IN (%s, '') AND (ends_at IS NULL OR ends_at > %s)
ORDER BY prefix DESC, made_at DESC
"""


def live_hashes(work: Work, client_id: str, secret: str) -> list[str]:
    """Return the hashes that a secret may belong to, as its first letters tell: one statement."""
    values = (client_id, _shown(secret).replace("\0", ""), work.now())
    return [row[0] for row in work.rows(_HASHES, values)]


def is_ours(secret: str) -> bool:
    """Tell whether a text is a secret that we made, by its prefix and checksum alone."""
    body, check = secret[:-_CHECK_LETTERS], secret[-_CHECK_LETTERS:]
    return secret.startswith(_BRAND) and _checksum(body) == check


_LEAKED = """
SELECT s.client_id, s.id, s.hash FROM client_secrets s JOIN clients c ON c.id = s.client_id
WHERE s.prefix = %s AND c.revoked_at IS NULL AND (s.ends_at IS NULL OR s.ends_at > %s)
"""


def leaked_secret(work: Work, secret: str) -> tuple[str, str] | None:
    """Return the client and the id of a secret that was found somewhere; ``None`` if it is dead."""
    for client_id, secret_id, hashed in work.rows(_LEAKED, (_shown(secret), work.now())):
        if identity.secret_fits(hashed, secret):
            return client_id, _name(secret_id)
    return None


def live_client(work: Work, client_id: str) -> Client:
    """Return the row of a client in use, locked.

    Raises:
        InvalidBodyError: there is no such client, or it is revoked.
    """
    client = work.session.get(Client, client_id, with_for_update=True)
    if client is None or client.revoked_at is not None:
        raise InvalidBodyError(errors={"client_id": ["There is no such client in use."]})
    return client


def _add(work: Work, client_id: str) -> tuple[str, str]:
    secret, secret_id = new_client_secret(), new_uuid()
    work.session.add(
        ClientSecret(
            client_id=client_id, id=secret_id, hash=identity.hash_secret(secret),
            prefix=_shown(secret), made_at=work.now(), ends_at=None,
        )
    )  # fmt: skip
    return secret, _name(secret_id)


def _live(work: Work, client_id: str) -> Select[ClientSecret]:
    in_use = or_(ClientSecret.ends_at.is_(None), ClientSecret.ends_at > work.now())
    return select(ClientSecret).where(ClientSecret.client_id == client_id, in_use)


def _name(secret_id: UUID) -> str:
    return public_id("sec", secret_id)


def _shown(secret: str) -> str:
    return secret[:_SHOWN]


def _checksum(body: str) -> str:
    rest, letters = zlib.crc32(body.encode()), []
    for _ in range(_CHECK_LETTERS):
        rest, digit = divmod(rest, len(_LETTERS))
        letters.append(_LETTERS[digit])
    return "".join(reversed(letters))
