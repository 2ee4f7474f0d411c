"""OAuth clients of partners: issued, listed, revoked."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from stoa.errors import InvalidBodyError, PartnerUnknownError
from stoa.models.identity import Client
from stoa.models.partners import Partner
from stoa.services import audit
from stoa.services.credentials.scopes import TILL_SCOPES, fitting
from stoa.services.credentials.secrets import add_secret, live_client, put_secret
from stoa.values.identifiers import new_uuid, public_id
from stoa.work import Work

__all__ = [
    "ClientTerms",
    "change_client",
    "clients_of",
    "find_client",
    "issue_client",
    "issue_public_client",
    "put_client",
    "revoke_client",
]


@dataclass(frozen=True, slots=True)
class ClientTerms:
    """A partner's client as it stands.

    Attributes:
        scopes: what its tokens may allow at most.
        revoked_at: ``None`` while it may ask for tokens.
        kind: ``confidential`` when it has secrets or keys, ``public`` when it has none.
        grants: the ``grant_type`` values that it may use.
        redirect_uris: where members may be sent back to, each to be matched exactly.
        dpop: ``required`` when its tokens for moving points are bound to a key (RFC 9449),
            else ``off``.
        member_scopes: what members who sign in through it may be asked for.
        post_logout_uris: where members may go back to once they have signed out, matched exactly.
    """

    id: str
    partner_id: UUID
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None
    kind: str
    grants: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    dpop: str
    member_scopes: tuple[str, ...]
    post_logout_uris: tuple[str, ...] = ()


def issue_public_client(work: Work, partner_id: UUID, name: str) -> str:
    """Give a partner a client that keeps no secret, such as an app on phones; return its id.

    It does nothing in its own name: members sign in through it.

    Raises:
        PartnerUnknownError: there is no such partner.
    """
    client = _added(work, partner_id, name, [])
    client.kind, client.grants = "public", []
    facts = {"name": name, "scopes": [], "kind": "public"}
    audit.record(work, "client.issue", client.id, after=facts)
    return client.id


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
    chosen = fitting(scopes)
    client_id = _added(work, partner_id, name, chosen).id
    work.session.flush()
    secret = add_secret(work, client_id)
    audit.record(work, "client.issue", client_id, after={"name": name, "scopes": chosen})
    return client_id, secret


def put_client(
    work: Work,
    partner_id: UUID,
    client_id: str,
    name: str,
    scopes: Iterable[str],
    *,
    hashed: str,
    prefix: str,
) -> None:
    """Give a partner of a sandbox a client that it had before the sandbox was made anew.

    Args:
        hashed: the hash of its secret.
        prefix: the first letters of it.

    Raises:
        PartnerUnknownError: there is no such partner.
        InvalidBodyError: a scope is unknown, or there is none.
    """
    _added(work, partner_id, name, fitting(scopes), client_id=client_id)
    work.session.flush()
    put_secret(work, client_id, hashed=hashed, prefix=prefix)


def change_client(
    work: Work, client_id: str, *, scopes: Iterable[str] | None = None, dpop: str | None = None
) -> None:
    """Change what a client may do from its next token on; those it has keep their scopes.

    Args:
        scopes: in place of those it has.
        dpop: ``required`` binds its tokens for moving points to a key, ``off`` leaves it free.

    Raises:
        InvalidBodyError: there is no such client in use, a scope is unknown, or there is none.
    """
    client = live_client(work, client_id)
    before = {"scopes": list(client.scopes), "dpop": client.dpop}
    if scopes is not None:
        client.scopes = fitting(scopes)
    if dpop is not None:
        if dpop not in ("off", "required"):
            raise InvalidBodyError(errors={"dpop": ["Choose off or required."]})
        client.dpop = dpop
    after = {"scopes": list(client.scopes), "dpop": client.dpop}
    audit.record(work, "client.change", client_id, before=before, after=after)


def revoke_client(work: Work, client_id: str) -> None:
    """End a client: it gets no more tokens, and those it has are refused within 60 seconds.

    Raises:
        InvalidBodyError: there is no such client, or it is revoked already.
    """
    live_client(work, client_id).revoked_at = work.now()
    audit.record(work, "client.revoke", client_id)


def clients_of(work: Work, partner_id: UUID) -> list[ClientTerms]:
    """Return a partner's clients, newest first, revoked ones included."""
    mine = select(Client).where(Client.partner_id == partner_id)
    rows = work.session.scalars(mine.order_by(Client.created_at.desc(), Client.id))
    return [_terms(client) for client in rows]


_FIND = """
SELECT id, partner_id, name, scopes, created_at, revoked_at, kind, grants, redirect_uris, dpop,
       member_scopes, post_logout_uris
FROM clients WHERE id = %s
"""


def find_client(work: Work, client_id: str) -> ClientTerms | None:
    """Return a client by its id; ``None`` where there is none: one statement."""
    for row in work.rows(_FIND, (client_id,)):
        return ClientTerms(
            row[0], row[1], row[2], tuple(row[3]), row[4], row[5], row[6], tuple(row[7]),
            tuple(row[8]), row[9], tuple(row[10]), tuple(row[11]),
        )  # fmt: skip
    return None


def _added(
    work: Work, partner_id: UUID, name: str, scopes: list[str], *, client_id: str = ""
) -> Client:
    if work.session.get(Partner, partner_id) is None:
        raise PartnerUnknownError
    client = Client(
        id=client_id or public_id("cli", new_uuid()), partner_id=partner_id, name=name,
        scopes=scopes, created_at=work.now(), revoked_at=None,
    )  # fmt: skip
    work.session.add(client)
    return client


def _terms(client: Client) -> ClientTerms:
    return ClientTerms(
        client.id, client.partner_id, client.name, tuple(client.scopes), client.created_at,
        client.revoked_at, client.kind, tuple(client.grants), tuple(client.redirect_uris),
        client.dpop, tuple(client.member_scopes), tuple(client.post_logout_uris),
    )  # fmt: skip
