"""The authorization server: Authlib's, with its soft defaults made hard.

Against the defaults (reliability §3.6): a scope that is not the client's is refused and never
dropped; secrets are argon2 hashes; a client that is unknown costs the same time and gives the same
answer as a wrong secret; parameters come from the form alone, once each; tokens live ten minutes.
"""

from collections.abc import Callable
from typing import Any, cast

from authlib.integrations.flask_oauth2 import (  # type: ignore[import-untyped]
    AuthorizationServer,
)
from authlib.oauth2.rfc6749 import OAuth2Error  # type: ignore[import-untyped]
from flask import Request, Response

from stoa.config import Settings
from stoa.oauth.client_auth import METHODS
from stoa.oauth.clients import OAuthClient
from stoa.oauth.grants import ClientCredentials
from stoa.oauth.requests import FormRequest, check_form, check_grant
from stoa.oauth.throttle import Throttle
from stoa.oauth.tokens import Tokens
from stoa.services import credentials
from stoa.values.identifiers import uuid_of
from stoa.work import Actor, Desk

__all__ = ["GRANTS", "TokenServer"]

GRANTS: tuple[Any, ...] = (ClientCredentials,)
"""The grants of the token endpoint: implicit, hybrid and password are none of them."""

_OAUTH = Actor("oauth")


class TokenServer(AuthorizationServer):  # type: ignore[misc]
    """Gives access tokens to partners' clients.

    Attributes:
        desk: where its grants open their works.
        tokens: what makes access tokens.
    """

    def __init__(self, desk: Desk, settings: Settings, tokens: Tokens) -> None:
        super().__init__()
        self.desk = desk
        self.tokens = tokens
        self._url = settings.public_url
        self._throttle = Throttle(desk)
        for grant in GRANTS:
            self.register_grant(grant)

    def answer(self, request: Request) -> Response:
        """Answer a request for a token, in the words of RFC 6749 §5."""

        def token() -> Response:
            check_grant(request, [grant.GRANT_TYPE for grant in GRANTS])
            return cast("Response", self.create_token_response(request))

        return self._told(request, token)

    def query_client(self, client_id: str) -> OAuthClient:
        """Return a client, or a decoy that no secret fits."""
        terms = None
        if uuid_of("cli", client_id) is not None:
            with self.desk.work(_OAUTH) as work:
                terms = credentials.find_client(work, client_id)
        return OAuthClient(terms, lambda secret: self._hashes(client_id, secret), METHODS)

    def save_token(self, token: dict[str, Any], request: object) -> None:
        """Keep nothing: tokens speak for themselves and are short."""

    def create_oauth2_request(self, request: Request) -> FormRequest:
        """Judge the transport by the public address: behind a proxy the inner one is plain."""
        return FormRequest(request, self._url + request.path)

    def _hashes(self, client_id: str, secret: str) -> list[str]:
        with self.desk.work(_OAUTH) as work:
            return credentials.live_hashes(work, client_id, secret)

    def _told(self, request: Request, deed: Callable[[], Response]) -> Response:
        response = self._throttle.closed(request)
        if response is None:
            try:
                check_form(request)
                response = deed()
            except OAuth2Error as error:
                response = cast("Response", self.handle_response(*error()))
            self._throttle.saw(request, response)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Pragma"] = "no-cache"
        return response
