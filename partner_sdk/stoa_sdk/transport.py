"""How a call travels, the same with and without ``await``: headers, timeouts, retries.

A request is sent again, with the same key, when no answer came, on 429, 502, 503 and 504, and on a
409 that says it is retryable; `Retry-After` is kept to.
"""

import platform
import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import version
from typing import Any, TypedDict

import httpx2

from stoa_sdk.calls import AnswerT, Call
from stoa_sdk.errors import ConnectionFailed, Problem, SdkError
from stoa_sdk.tokens import ClientCredentials, ClientProof, Proofs

__all__ = [
    "ATTEMPTS",
    "Settings",
    "carrying_key",
    "request_options",
    "retries",
    "wait_before_retry",
]

ATTEMPTS = 5
"""How often a request is sent at most, by default."""

_WINDOW_S = 45.0
_LONGEST_WAIT_S = 30.0
_JITTER_S = 0.25
_RETRIED = frozenset({409, 429, 502, 503, 504})


class Retries(TypedDict):
    """What `stamina.retry_context` is told besides the errors."""

    attempts: int
    timeout: float


@dataclass(frozen=True, slots=True)
class Settings:
    """Where to connect and as whom.

    Attributes:
        base_url: of the alliance, such as ``https://points.example.org``.
        client_id: of the partner.
        client_secret: of the partner, or its `PrivateKey`.
        scopes: what to ask for, `None` for all that the partner has.
        timeout_s: how long to wait for a connection or an answer, each time.
        attempts: how often a request is sent at most.
        dpop: bind tokens to a key of this process (RFC 9449).
    """

    base_url: str
    client_id: str
    client_secret: str | ClientProof = field(repr=False)
    scopes: Iterable[str] | None
    timeout_s: float
    attempts: int
    dpop: bool = False

    def http_options(self) -> dict[str, Any]:
        """Return what the sync and the async client of httpx2 are made with.

        Raises:
            ValueError: the base address is no http or https address, or tokens shall be bound and
                the extra ``stoa-sdk[dpop]`` is not installed.
        """
        base_url = httpx2.URL(self.base_url)
        if base_url.scheme not in ("http", "https") or not base_url.host:
            raise ValueError("give a base address such as https://points.example.org")
        scopes = self.scopes.split() if isinstance(self.scopes, str) else self.scopes
        tokens = ClientCredentials(
            f"{self.base_url.rstrip('/')}/oauth/token",
            client_id=self.client_id,
            client_secret=self.client_secret,
            scopes=" ".join(scopes or ()),
            proofs=_proof_key() if self.dpop else None,
        )
        return {
            "base_url": base_url,
            "auth": tokens,
            "timeout": self.timeout_s,
            "headers": {"Accept": "application/json", "User-Agent": _user_agent()},
        }


def request_options(call: Call[AnswerT]) -> dict[str, Any]:
    """Return what `request` of an httpx2 client is called with."""
    headers = {} if call.key is None else {"Idempotency-Key": call.key}
    if call.content is not None:
        headers["Content-Type"] = call.content_type
    return {
        "method": call.method,
        "url": call.path,
        "params": call.query or None,
        "json": call.body,
        "content": call.content,
        "headers": headers,
    }


def retries(attempts: int) -> Retries:
    """Return how often and how long a call is tried."""
    return {"attempts": attempts, "timeout": _WINDOW_S}


def wait_before_retry(error: Exception) -> bool | float:
    """Tell whether to try again after the error: no, yes, or after so many seconds.

    A wait of more than half a minute is left to the caller.
    """
    if isinstance(error, ConnectionFailed):
        return True
    if not isinstance(error, Problem) or error.status not in _RETRIED or not error.retryable:
        return False
    if error.retry_after_s is None:
        return True
    if error.retry_after_s > _LONGEST_WAIT_S:
        return False
    return error.retry_after_s + random.uniform(0, _JITTER_S)  # noqa: S311 - spreads clients only


@contextmanager
def carrying_key(call: Call[AnswerT]) -> Iterator[None]:
    """Give every failure the key of its call, and turn a missing answer into `ConnectionFailed`."""
    try:
        yield
    except httpx2.RequestError as error:
        failure = ConnectionFailed(f"{type(error).__name__}: {error}")
        failure.idempotency_key = call.key
        raise failure from error
    except SdkError as error:
        error.idempotency_key = call.key
        raise


def _proof_key() -> Proofs:
    """Make a key; what that needs is installed only where it is used."""
    try:
        made: Proofs = import_module("stoa_sdk.dpop").ProofKey()
    except ModuleNotFoundError as missing:
        raise ValueError(
            "bound tokens need one more package: pip install stoa-sdk[dpop]"
        ) from missing
    return made


def _user_agent() -> str:
    return f"stoa-sdk/{version('stoa-sdk')} python/{platform.python_version()}"
