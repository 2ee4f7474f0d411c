"""The partner's access token: fetched when needed, kept, renewed before it ends and once on 401.

OAuth 2 client credentials (RFC 6749 §4.4); the client proves itself by its secret with HTTP Basic
(§2.3.1) or by what it signs (`stoa_sdk.keys`).
"""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from typing import Protocol

import httpx2

from stoa_sdk.answers import document_of, problem_of
from stoa_sdk.errors import ConnectionFailed

__all__ = ["ClientCredentials", "ClientProof", "Proofs", "proven"]

_UNAUTHORIZED = 401
_STEP_UP = "insufficient_user_authentication"
_LEEWAY_S = 30.0
_LEEWAY_SHARE = 10


class ClientProof(Protocol):
    """What `stoa_sdk.keys.PrivateKey` does, so that it is needed only where it is used."""

    def form(self, client_id: str, audience: str) -> Mapping[str, str]:
        """Return the fields that prove the client to an audience, made anew for each request."""
        ...


class Proofs(Protocol):
    """What `stoa_sdk.dpop.ProofKey` does, so that it is needed only where tokens are bound."""

    def sign(self, request: httpx2.Request, token: str = "") -> None:
        """Give a request a proof."""

    def hears(self, response: httpx2.Response) -> bool:
        """Take the nonce of an answer; tell whether the request wants a new proof."""
        ...


class ClientCredentials(httpx2.Auth):
    """Signs every request of an httpx2 client, sync or async, with the partner's token.

    Args:
        token_url: where tokens are given out.
        client_id: of the partner.
        client_secret: of the partner; kept here only. Or its `PrivateKey`.
        scopes: what to ask for; empty asks for all that the partner has.
        clock: seconds that only grow.
        proofs: the key that tokens are bound to (RFC 9449); without one they are bearer tokens.
    """

    def __init__(
        self,
        token_url: str,
        *,
        client_id: str,
        client_secret: str | ClientProof,
        scopes: str = "",
        clock: Callable[[], float] = time.monotonic,
        proofs: Proofs | None = None,
    ) -> None:
        self._token_url = token_url
        self._client_id = client_id
        self._secret = client_secret
        self._scopes = scopes
        self._clock = clock
        self._proofs = proofs
        self._token = ""
        self._renew_at = 0.0
        self._threads = threading.Lock()
        self._tasks = asyncio.Lock()

    def sync_auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Send the request with a token; on 401, renew the token and send it once more."""
        refused, asked_again = "", False
        while True:
            with self._threads:
                if self._needs_renewal(refused):
                    answer = yield self._token_request()
                    answer.read()
                    if self._is_for_a_nonce(answer):
                        answer = yield self._token_request()
                        answer.read()
                    self._keep(answer)
            token = self._token
            response = yield self._signed(request, token)
            if self._is_for_a_nonce(response) and not asked_again:
                asked_again = True
                continue
            if refused or not _is_of_the_token(response):
                return
            refused = token

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """Do the same for tasks of one event loop."""
        refused, asked_again = "", False
        while True:
            async with self._tasks:
                if self._needs_renewal(refused):
                    answer = yield self._token_request()
                    await answer.aread()
                    if self._is_for_a_nonce(answer):
                        answer = yield self._token_request()
                        await answer.aread()
                    self._keep(answer)
            token = self._token
            response = yield self._signed(request, token)
            if self._is_for_a_nonce(response) and not asked_again:
                asked_again = True
                continue
            if refused or not _is_of_the_token(response):
                return
            refused = token

    def _needs_renewal(self, refused: str) -> bool:
        return self._token in ("", refused) or self._clock() >= self._renew_at

    def _token_request(self) -> httpx2.Request:
        form = {"grant_type": "client_credentials"}
        if self._scopes:
            form["scope"] = self._scopes
        request = proven(self._token_url, form, client_id=self._client_id, secret=self._secret)
        if self._proofs is not None:
            self._proofs.sign(request)
        return request

    def _signed(self, request: httpx2.Request, token: str) -> httpx2.Request:
        if self._proofs is None:
            request.headers["Authorization"] = f"Bearer {token}"
            return request
        request.headers["Authorization"] = f"DPoP {token}"
        self._proofs.sign(request, token)
        return request

    def _is_for_a_nonce(self, response: httpx2.Response) -> bool:
        return self._proofs is not None and self._proofs.hears(response)

    def _keep(self, answer: httpx2.Response) -> None:
        document = document_of(answer)
        if not answer.is_success:
            raise problem_of(answer)
        token, life_s = (document or {}).get("access_token"), (document or {}).get("expires_in")
        if not isinstance(token, str) or not isinstance(life_s, int):
            raise ConnectionFailed("the token address answered with something that is no token")
        if self._proofs is not None and str((document or {}).get("token_type")).lower() != "dpop":
            raise ConnectionFailed("the token address gave a token that is not bound to our key")
        self._token = token
        self._renew_at = self._clock() + life_s - min(_LEEWAY_S, life_s / _LEEWAY_SHARE)


def proven(
    url: str,
    form: Mapping[str, str],
    *,
    client_id: str,
    secret: str | ClientProof | None,
    audience: str | None = None,
) -> httpx2.Request:
    """Return the request to a door of OAuth by which a client also proves itself.

    Args:
        url: of the door.
        form: what is asked there.
        client_id: who asks.
        secret: its secret or key; `None` for a public client, which only names itself.
        audience: whom a signature is meant for; by default the door.
    """
    fields = dict(form)
    if secret is None:
        fields["client_id"] = client_id
    elif not isinstance(secret, str):
        fields |= secret.form(client_id, audience or url)
    request = httpx2.Request("POST", url, data=fields, headers={"Accept": "application/json"})
    if isinstance(secret, str):
        return next(httpx2.BasicAuth(client_id, secret).auth_flow(request))
    return request


def _is_of_the_token(response: httpx2.Response) -> bool:
    """Tell whether another token may help; not where the member has to confirm (RFC 9470)."""
    if response.status_code != _UNAUTHORIZED:
        return False
    return _STEP_UP not in response.headers.get("WWW-Authenticate", "")
