"""The partner's access token: fetched when needed, kept, renewed before it ends and once on 401.

OAuth 2 client credentials with HTTP Basic (RFC 6749 §4.4, §2.3.1).
"""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator

import httpx2

from stoa_sdk.answers import document_of, problem_of
from stoa_sdk.errors import ConnectionFailed

__all__ = ["ClientCredentials"]

_UNAUTHORIZED = 401
_STEP_UP = "insufficient_user_authentication"
_LEEWAY_S = 30.0
_LEEWAY_SHARE = 10


class ClientCredentials(httpx2.Auth):
    """Signs every request of an httpx2 client, sync or async, with the partner's token.

    Args:
        token_url: where tokens are given out.
        client_id: of the partner.
        client_secret: of the partner; kept here only.
        scopes: what to ask for; empty asks for all that the partner has.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        token_url: str,
        *,
        client_id: str,
        client_secret: str,
        scopes: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._token_url = token_url
        self._basic = httpx2.BasicAuth(client_id, client_secret)
        self._scopes = scopes
        self._clock = clock
        self._token = ""
        self._renew_at = 0.0
        self._threads = threading.Lock()
        self._tasks = asyncio.Lock()

    def sync_auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        """Send the request with a token; on 401, renew the token and send it once more."""
        refused = ""
        for _ in range(2):
            with self._threads:
                if self._needs_renewal(refused):
                    answer = yield self._token_request()
                    answer.read()
                    self._keep(answer)
            refused = self._token
            response = yield _signed(request, refused)
            if response.status_code != _UNAUTHORIZED or _is_of_the_member(response):
                return

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """Do the same for tasks of one event loop."""
        refused = ""
        for _ in range(2):
            async with self._tasks:
                if self._needs_renewal(refused):
                    answer = yield self._token_request()
                    await answer.aread()
                    self._keep(answer)
            refused = self._token
            response = yield _signed(request, refused)
            if response.status_code != _UNAUTHORIZED or _is_of_the_member(response):
                return

    def _needs_renewal(self, refused: str) -> bool:
        return self._token in ("", refused) or self._clock() >= self._renew_at

    def _token_request(self) -> httpx2.Request:
        form = {"grant_type": "client_credentials"}
        if self._scopes:
            form["scope"] = self._scopes
        request = httpx2.Request(
            "POST", self._token_url, data=form, headers={"Accept": "application/json"}
        )
        return next(self._basic.auth_flow(request))

    def _keep(self, answer: httpx2.Response) -> None:
        document = document_of(answer)
        if not answer.is_success:
            raise problem_of(answer)
        token, life_s = (document or {}).get("access_token"), (document or {}).get("expires_in")
        if not isinstance(token, str) or not isinstance(life_s, int):
            raise ConnectionFailed("the token address answered with something that is no token")
        self._token = token
        self._renew_at = self._clock() + life_s - min(_LEEWAY_S, life_s / _LEEWAY_SHARE)


def _signed(request: httpx2.Request, token: str) -> httpx2.Request:
    request.headers["Authorization"] = f"Bearer {token}"
    return request


def _is_of_the_member(response: httpx2.Response) -> bool:
    """Tell whether the member has to confirm, which no other token would do (RFC 9470)."""
    return _STEP_UP in response.headers.get("WWW-Authenticate", "")
