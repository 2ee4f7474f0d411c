"""Clients through which members sign in: where they go back to, what they may be asked for."""

import re
from collections.abc import Iterable, Sequence
from urllib.parse import SplitResult, urlsplit

from stoa.errors import InvalidBodyError
from stoa.models.identity import Client
from stoa.services import audit
from stoa.services.credentials import MEMBER_SCOPES
from stoa.work import Work

__all__ = ["allow_sign_in", "check_redirect_uri", "forbid_sign_in", "is_private"]

MOST_URIS = 10
_MOST_LETTERS = 512
_LOCAL = ("localhost", "127.0.0.1", "::1")
_PLAIN = re.compile(r"[!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]+", re.ASCII).fullmatch
_PRIVATE = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+", re.ASCII).fullmatch
_SIGN_IN = ("authorization_code", "refresh_token")


def allow_sign_in(
    work: Work,
    client_id: str,
    *,
    redirect_uris: Sequence[str],
    scopes: Iterable[str] = ("openid", "profile", "email", "wallet:read"),
    post_logout_uris: Sequence[str] = (),
) -> None:
    """Let members sign in through a client; what it was allowed before is replaced.

    Args:
        redirect_uris: where they may be sent back to; each has to be matched letter by letter.
        scopes: what they may be asked for, of `MEMBER_SCOPES`.
        post_logout_uris: where they may go back to once they have signed out; none is needed.

    Raises:
        InvalidBodyError: there is no such client in use; an address or a scope can't be used.
    """
    client = _client(work, client_id)
    public = client.kind == "public"
    uris, wrong = _read_uris(redirect_uris, public=public)
    after, wrong_after = _read_uris(post_logout_uris, public=public)
    if not 0 < len(uris) <= MOST_URIS:
        wrong.append(f"Give one to {MOST_URIS} addresses.")
    if len(after) > MOST_URIS:
        wrong_after.append(f"Give {MOST_URIS} addresses at most.")
    if wrong or wrong_after:
        told = {"redirect_uris": wrong, "post_logout_uris": wrong_after}
        raise InvalidBodyError(errors={name: lines for name, lines in told.items() if lines})
    wanted = set(scopes)
    if not wanted or not wanted <= MEMBER_SCOPES.keys():
        raise InvalidBodyError(
            errors={"member_scopes": [f"Choose from {', '.join(MEMBER_SCOPES)}."]}
        )
    before = _told(client)
    client.redirect_uris, client.post_logout_uris = uris, after
    client.member_scopes = [scope for scope in MEMBER_SCOPES if scope in wanted]
    own = [] if public else ["client_credentials"]
    client.grants = [*own, *_SIGN_IN]
    audit.record(work, "client.sign_in", client_id, before=before, after=_told(client))


def forbid_sign_in(work: Work, client_id: str) -> None:
    """Let nobody sign in through a client any more; its refresh tokens are refused.

    Raises:
        InvalidBodyError: there is no such client in use.
    """
    client = _client(work, client_id)
    before = _told(client)
    client.redirect_uris, client.post_logout_uris, client.member_scopes = [], [], []
    client.grants = [grant for grant in client.grants if grant not in _SIGN_IN]
    audit.record(work, "client.sign_in", client_id, before=before, after=_told(client))


def check_redirect_uri(uri: str, *, public: bool) -> str:
    """Tell why an address can't be one to send members back to; empty where it can.

    It is https; http on the machine itself, for development; or, of an app without a secret, a
    scheme of its own that is a name backwards (RFC 8252 §7.1, RFC 9700 §2.1).
    """
    parts = _split(uri)
    if parts is None:
        return "this is no address in plain letters, without #, @ and *"
    host = parts.hostname or ""
    if parts.scheme == "https" or (parts.scheme == "http" and host in _LOCAL):
        return "" if host else "name a host"
    if parts.scheme == "http" or not public:
        return "use https"
    fits = _PRIVATE(parts.scheme) and not parts.netloc and parts.path.startswith("/")
    return "" if fits else "use a scheme such as com.example.app:/back"


def is_private(uri: str) -> bool:
    """Tell whether any app on a phone could claim an address, so that members are always asked."""
    return not uri.startswith("https://")


def _read_uris(given: Sequence[str], *, public: bool) -> tuple[list[str], list[str]]:
    """Return addresses, each once, and what is wrong with them."""
    uris = list(dict.fromkeys(uri.strip() for uri in given if uri.strip()))
    return uris, [
        f"{uri}: {why}" for uri in uris if (why := check_redirect_uri(uri, public=public))
    ]


def _split(uri: str) -> SplitResult | None:
    if not _PLAIN(uri) or len(uri) > _MOST_LETTERS or not {"#", "*"}.isdisjoint(uri):
        return None
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return None if "@" in parts.netloc else parts


def _client(work: Work, client_id: str) -> Client:
    client = work.session.get(Client, client_id, with_for_update=True)
    if client is None or client.revoked_at is not None:
        raise InvalidBodyError(errors={"client_id": ["There is no such client in use."]})
    return client


def _told(client: Client) -> dict[str, list[str]]:
    return {
        "redirect_uris": list(client.redirect_uris),
        "post_logout_uris": list(client.post_logout_uris),
        "member_scopes": list(client.member_scopes),
        "grants": list(client.grants),
    }
