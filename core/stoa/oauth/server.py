"""The authorization server: Authlib's, with one grant and its soft defaults made hard.

Against the defaults (reliability §3.6): a scope that is not the client's is refused and never
dropped; secrets are argon2 hashes; a client that is unknown costs the same time and gives the same
answer as a wrong secret; parameters come from the form alone, once each; tokens live ten minutes.
"""

import secrets
from functools import cache
from typing import Any, cast

from authlib.integrations.flask_oauth2 import (  # type: ignore[import-untyped]
    AuthorizationServer,
)
from authlib.integrations.flask_oauth2.requests import (  # type: ignore[import-untyped]
    FlaskOAuth2Payload,
    FlaskOAuth2Request,
)
from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]
    ClientMixin,
    InvalidRequestError,
    OAuth2Error,
    OAuth2Request,
    grants,
)
from authlib.oauth2.rfc6750 import BearerTokenGenerator  # type: ignore[import-untyped]
from flask import Request, Response
from joserfc import jwt

from stoa.config import Settings
from stoa.oauth.keys import ALGORITHM, KeyRing
from stoa.oauth.verify import MAX_LIFE_S, TOKEN_TYPE
from stoa.services import credentials, identity
from stoa.services.credentials import ClientTerms
from stoa.values.identifiers import public_id, uuid_of
from stoa.work import Actor, Desk

__all__ = ["AUTH_METHODS", "GRANT", "TokenServer"]

AUTH_METHODS = ["client_secret_basic", "client_secret_post"]
"""How a client may prove itself at the token endpoint (RFC 6749 §2.3.1)."""

GRANT = "client_credentials"
"""The one grant."""

_OAUTH = Actor("oauth")


class TokenServer(AuthorizationServer):  # type: ignore[misc]
    """Gives access tokens to partners' clients.

    Args:
        audience: the ``aud`` of all tokens.
    """

    def __init__(self, desk: Desk, settings: Settings, keys: KeyRing, *, audience: str) -> None:
        super().__init__()
        self._desk = desk
        self._url = f"{settings.public_url}/oauth/token"
        life_s = min(settings.token_ttl_s, MAX_LIFE_S)

        def access_token(client: Any, scope: str, **_context: Any) -> str:  # noqa: ANN401 - Authlib's
            now = int(desk.clock().timestamp())
            key = keys.signing()
            claims = {
                "iss": settings.public_url,
                "aud": audience,
                "sub": client.terms.id,
                "client_id": client.terms.id,
                "partner": public_id("prt", client.terms.partner_id),
                "scope": scope,
                "iat": now,
                "exp": now + life_s,
                "jti": secrets.token_urlsafe(16),
            }
            header = {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": key.kid}
            return jwt.encode(header, claims, key, algorithms=[ALGORITHM])

        generator = BearerTokenGenerator(access_token, expires_generator=lambda *_: life_s)
        self.register_token_generator("default", generator)
        self.register_grant(_ClientCredentials)

    def answer(self, request: Request) -> Response:
        """Answer a request for a token, in the words of RFC 6749 §5."""
        try:
            _check_form(request)
            return self._told(self.create_token_response(request))
        except OAuth2Error as error:
            return self._told(self.handle_response(*error()))

    def query_client(self, client_id: str) -> "_Client":
        """Return a client, or a decoy that no secret fits."""
        if uuid_of("cli", client_id) is None:
            return _Client(None)
        with self._desk.work(_OAUTH) as work:
            return _Client(credentials.find_client(work, client_id))

    def save_token(self, token: dict[str, Any], request: object) -> None:
        """Keep nothing: tokens speak for themselves and are short."""

    def create_oauth2_request(self, request: Request) -> "_TokenRequest":
        """Judge the transport by the public address: behind a proxy the inner one is plain."""
        return _TokenRequest(request, self._url)

    @staticmethod
    def _told(answer: object) -> Response:
        response = cast("Response", answer)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Pragma"] = "no-cache"
        return response


class _TokenRequest(FlaskOAuth2Request):  # type: ignore[misc]
    """A request as if it had come to the public address, which Authlib wants to be https."""

    def __init__(self, request: Request, url: str) -> None:
        headers: Any = request.headers
        OAuth2Request.__init__(self, request.method, url, headers=headers)
        self._request = request
        self.payload = FlaskOAuth2Payload(request)


class _ClientCredentials(grants.ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS


class _Client(ClientMixin):  # type: ignore[misc]
    """A client as Authlib asks for it; without terms it is a decoy."""

    def __init__(self, terms: ClientTerms | None) -> None:
        self._terms = terms

    @property
    def terms(self) -> ClientTerms:
        """Who the client is; only ever asked after its secret was right."""
        if self._terms is None:
            raise InvalidRequestError
        return self._terms

    def get_client_id(self) -> str:
        return self.terms.id

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
        hashed = self._terms.secret_hash if self._terms else _decoy_hash()
        fits = identity.secret_fits(hashed, client_secret)
        return fits and self._terms is not None and self._terms.revoked_at is None

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and method in AUTH_METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == GRANT


@cache
def _decoy_hash() -> str:
    return identity.hash_secret(secrets.token_hex(16))


def _check_form(request: Request) -> None:
    """Refuse what RFC 6749 §3.2 and §2.3 forbid and Authlib lets pass."""
    if request.args:
        raise InvalidRequestError("Send parameters in the body, not in the address.")
    if request.mimetype != "application/x-www-form-urlencoded":
        raise InvalidRequestError("Send application/x-www-form-urlencoded.")
    form = request.form
    if any(len(values) > 1 for _, values in form.lists()):
        raise InvalidRequestError("Send each parameter once.")
    if "grant_type" not in form:
        raise InvalidRequestError("Missing 'grant_type' in request.")
    if form["grant_type"] != GRANT:
        raise OAuth2Error(
            "Use grant_type=client_credentials.", error="unsupported_grant_type", status_code=400
        )
    authorization = request.headers.get("Authorization")
    if authorization is not None and "client_secret" in form:
        raise InvalidRequestError("Prove the client in one way, not in two.")
    if authorization is not None and request.authorization is None:
        raise OAuth2Error("Send Basic credentials.", error="invalid_client", status_code=401)
