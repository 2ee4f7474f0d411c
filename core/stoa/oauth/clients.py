"""A client as Authlib asks for it: its scopes, grants, addresses and secrets."""

import secrets
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any

from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]
    ClientMixin,
    InvalidRequestError,
)

from stoa.services import identity
from stoa.services.credentials import ClientTerms

__all__ = ["OAuthClient"]


class OAuthClient(ClientMixin):  # type: ignore[misc]
    """A client; without terms it is a decoy that no secret fits.

    Args:
        hashes: gives the hashes that a secret may belong to.
        methods: how clients may prove themselves, by kind of client and endpoint.
    """

    def __init__(
        self,
        terms: ClientTerms | None,
        hashes: Callable[[str], list[str]],
        methods: Mapping[tuple[str, str], Collection[str]],
    ) -> None:
        self._terms = terms
        self._hashes = hashes
        self._methods = methods

    @property
    def terms(self) -> ClientTerms:
        """Who the client is; only ever asked after it has proved itself."""
        if self._terms is None:
            raise InvalidRequestError
        return self._terms

    @property
    def in_use(self) -> bool:
        """Whether there is such a client and it is not revoked."""
        return self._terms is not None and self._terms.revoked_at is None

    def get_client_id(self) -> str:
        """Return its id."""
        return self.terms.id

    def get_default_redirect_uri(self) -> Any:  # noqa: ANN401 - text, or None
        """Return where members go back to if the request does not say: only if there is one."""
        uris = self.terms.redirect_uris if self.in_use else ()
        return uris[0] if len(uris) == 1 else None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Tell whether an address is registered, letter by letter (RFC 9700 §4.1.3)."""
        return self.in_use and redirect_uri in self.terms.redirect_uris

    def check_response_type(self, response_type: str) -> bool:
        """Tell whether it may ask for a code, which is all there is to ask for."""
        return response_type == "code" and self.check_grant_type("authorization_code")

    def get_allowed_scope(self, scope: Any) -> Any:  # noqa: ANN401 - text, or None, both ways
        """Return the scope to grant, all of the client's where none was asked for.

        ``None`` refuses: the client asked for more than it has (RFC 6749 §3.3).
        """
        if scope is None:
            return " ".join(self.terms.scopes)
        wanted = scope.split(" ")
        if not set(wanted) <= set(self.terms.scopes):
            return None
        return " ".join(dict.fromkeys(wanted))

    def check_client_secret(self, client_secret: str) -> bool:
        """Tell whether a secret is the client's; a decoy takes as long to say no."""
        hashes = self._hashes(client_secret) if self.in_use else []
        fits = [identity.secret_fits(each, client_secret) for each in hashes or [_decoy_hash()]]
        return any(fits) and bool(hashes)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Tell whether a client may prove itself like this at a door."""
        return self.in_use and method in self._methods.get((self.terms.kind, endpoint), ())

    def check_grant_type(self, grant_type: str) -> bool:
        """Tell whether it may use a grant; a public client never has one in its own name."""
        if not self.in_use or grant_type not in self.terms.grants:
            return False
        return grant_type != "client_credentials" or self.terms.kind == "confidential"


@cache
def _decoy_hash() -> str:
    return identity.hash_secret(secrets.token_hex(16))
