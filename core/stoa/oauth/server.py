"""The authorization server: Authlib's, with its soft defaults made hard.

Against the defaults (reliability §3.6): a scope that is not the client's is refused and never
dropped; secrets are argon2 hashes; a client that is unknown costs the same time and gives the same
answer as a wrong secret; parameters come from the form alone, once each; tokens live ten minutes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from authlib.integrations.flask_oauth2 import (  # type: ignore[import-untyped]
    AuthorizationServer,
)
from authlib.oauth2.rfc6749 import OAuth2Error  # type: ignore[import-untyped]
from flask import Request, Response

from stoa.config import Settings
from stoa.errors import DpopNonceError, DpopProofError
from stoa.oauth.client_auth import METHODS, PRIVATE_KEY_JWT, Assertions
from stoa.oauth.clients import OAuthClient
from stoa.oauth.code_grant import CodeGrant, RefreshGrant
from stoa.oauth.dpop import NONCE, Proof, Proofs
from stoa.oauth.grants import ClientCredentials
from stoa.oauth.held import Held, refresh_token
from stoa.oauth.introspection import Introspection
from stoa.oauth.requests import FormRequest, check_form, check_grant
from stoa.oauth.revocation import Revocation
from stoa.oauth.throttle import Throttle
from stoa.oauth.tokens import Tokens
from stoa.oauth.verify import Verifier
from stoa.services import credentials
from stoa.values.identifiers import uuid_of
from stoa.work import Actor, Desk

__all__ = ["GRANTS", "TokenServer"]

GRANTS: tuple[Any, ...] = (ClientCredentials, CodeGrant, RefreshGrant)
"""The grants of the token endpoint: implicit, hybrid and password are none of them."""

_OAUTH = Actor("oauth")


class TokenServer(AuthorizationServer):  # type: ignore[misc]
    """Gives access tokens to partners' clients.

    Attributes:
        desk: where its grants open their works.
        tokens: what makes access tokens.
    """

    def __init__(
        self, desk: Desk, settings: Settings, tokens: Tokens, proofs: Proofs, verifier: Verifier
    ) -> None:
        super().__init__()
        self.desk = desk
        self.tokens = tokens
        self._proofs = proofs
        self._verifier = verifier
        self._url = settings.public_url
        self._all_bound = settings.require_dpop == "points"
        assertions = Assertions(desk, (self._url, f"{self._url}/oauth/token"))
        self.register_client_auth_method(PRIVATE_KEY_JWT, assertions)
        self._throttle = Throttle(desk)
        for grant in GRANTS:
            self.register_grant(grant)
        for endpoint in (Revocation, Introspection):
            self.register_endpoint(endpoint)

    def answer(self, request: Request) -> Response:
        """Answer a request for a token, in the words of RFC 6749 §5."""

        def token() -> Response:
            check_grant(request, [grant.GRANT_TYPE for grant in GRANTS])
            return cast("Response", self.create_token_response(request))

        return self._told(request, token)

    def answer_at(self, endpoint: str, request: Request) -> Response:
        """Answer at another endpoint: ``revocation`` (RFC 7009) or ``introspection`` (RFC 7662)."""

        def deed() -> Response:
            return cast("Response", self.create_endpoint_response(endpoint, request))

        return self._told(request, deed)

    def bind(self, request: FormRequest, scope: str) -> str | None:
        """Let the proof of a token request count; return the key to bind the token to, if any.

        Raises:
            OAuth2Error: the token moves points, its client must bind it and sent no proof; or the
                proof was used before.
        """
        proof = request.proof
        if proof is not None:
            with _in_oauths_words():
                self._proofs.take(proof)
            return proof.jkt
        client: Any = request.client
        required = self._all_bound or client.terms.dpop == "required"
        if required and not credentials.MOVES_POINTS.isdisjoint(scope.split()):
            raise OAuth2Error(
                "This token moves points and must be bound to a key: send a DPoP proof.",
                error="invalid_dpop_proof",
                status_code=400,
            )
        return None

    def find_held(self, token: str) -> Held | None:
        """Return a token that somebody holds out, if it is one of ours and has not ended."""
        held = self._verifier.held(token)
        if held is not None:
            return held
        with self.desk.work(_OAUTH) as work:
            return refresh_token(work, token)

    def is_good(self, held: Held) -> bool:
        """Tell whether a token was not revoked, nor its client."""
        with self.desk.work(_OAUTH) as work:
            return held.is_good(work)

    def revoke(self, held: Held) -> None:
        """End a token: here at once, at other servers within 60 seconds."""
        with self.desk.work(_OAUTH) as work:
            held.revoke(work)
        self._verifier.forget()

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
        return FormRequest(request, self._url + request.path, proof=self._proof_of(request))

    def _proof_of(self, request: Request) -> Proof | None:
        header = request.headers.get("DPoP")
        if header is None:
            return None
        request.environ[NONCE] = self._proofs.nonce()
        with _in_oauths_words():
            return self._proofs.read(header, request.method, request.path)

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


@contextmanager
def _in_oauths_words() -> Iterator[None]:
    """Turn what is wrong with a proof into an error of the token endpoint (RFC 9449 §5, §8)."""
    try:
        yield
    except DpopNonceError as wrong:
        raise OAuth2Error(wrong.title, error="use_dpop_nonce", status_code=400) from None
    except DpopProofError as wrong:
        raise OAuth2Error(wrong.title, error="invalid_dpop_proof", status_code=400) from None
