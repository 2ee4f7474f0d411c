"""The one place that turns what was raised into a problem document (RFC 9457)."""

import json
from collections.abc import Iterator
from typing import Any

import structlog
from flask import Flask, Response, request
from marshmallow import ValidationError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from stoa.api.access import PROBLEM, REQUEST_ID
from stoa.errors import (
    BodyTooLargeError,
    DatabaseUnavailableError,
    DoorUnknownError,
    DpopNonceError,
    DpopProofError,
    InvalidBodyError,
    JsonRequiredError,
    MalformedJsonError,
    MethodRefusedError,
    ScopeRequiredError,
    StepUpRequiredError,
    StoaError,
    TokenInvalidError,
    TokenRequiredError,
)
from stoa.services.credentials import ALGORITHMS

__all__ = ["MEDIA_TYPE", "document", "init_app", "refusal_of"]

MEDIA_TYPE = "application/problem+json"

_log = structlog.get_logger("stoa.problems")
_MOST_ERRORS = 100
_BY_STATUS: dict[int | None, type[StoaError]] = {
    400: MalformedJsonError,
    404: DoorUnknownError,
    405: MethodRefusedError,
    413: BodyTooLargeError,
    415: JsonRequiredError,
}
_DPOP = f'algs="{" ".join(ALGORITHMS)}", error='
_CHALLENGES: dict[type[StoaError], str] = {  # RFC 6750 §3, RFC 9470 §3
    TokenRequiredError: 'Bearer realm="stoa"',
    TokenInvalidError: 'Bearer realm="stoa", error="invalid_token"',
    ScopeRequiredError: 'Bearer realm="stoa", error="insufficient_scope"',
    StepUpRequiredError: 'Bearer realm="stoa", error="insufficient_user_authentication"',
    DpopProofError: f'DPoP {_DPOP}"invalid_dpop_proof"',  # RFC 9449 §7.1
    DpopNonceError: f'DPoP {_DPOP}"use_dpop_nonce"',  # RFC 9449 §9
}


def init_app(app: Flask, *, public_url: str) -> None:
    """Answer every refusal and every fault of the app with a problem document."""

    def answer(raised: Exception) -> Response | HTTPException:
        if isinstance(raised, HTTPException) and raised.code not in _BY_STATUS:
            return raised  # a redirect, or what the server itself refuses before any door
        refusal = refusal_of(raised)
        request_id = str(request.environ.get(REQUEST_ID, ""))
        if type(refusal) is StoaError:
            _log.error("request.failed", request_id=request_id, exc_info=raised)
        body = document(refusal, public_url=public_url, request_id=request_id)
        request.environ[PROBLEM] = body
        response = Response(json.dumps(body), refusal.status, mimetype=MEDIA_TYPE)
        response.headers.extend(_headers(refusal))
        if isinstance(raised, HTTPException):
            response.headers.extend(each for each in raised.get_headers() if each[0] == "Allow")
        return response

    app.register_error_handler(Exception, answer)


def refusal_of(raised: Exception) -> StoaError:
    """Return the refusal that tells what was raised; a plain `StoaError` for a fault of ours."""
    if isinstance(raised, StoaError):
        return raised
    if isinstance(raised, ValidationError):
        errors: dict[str, list[str]] = {}
        for path, text in _texts(raised.messages, ""):
            if len(errors) < _MOST_ERRORS or path in errors:
                errors.setdefault(path, []).append(text)
        return InvalidBodyError(errors=errors)
    if isinstance(raised, OperationalError | InterfaceError | PoolTimeoutError):
        return DatabaseUnavailableError()
    if isinstance(raised, DBAPIError) and raised.connection_invalidated:
        return DatabaseUnavailableError()
    if isinstance(raised, HTTPException) and raised.code in _BY_STATUS:
        return _BY_STATUS[raised.code]()
    return StoaError()


def document(refusal: StoaError, *, public_url: str, request_id: str) -> dict[str, Any]:
    """Return the problem document of a refusal."""
    page = f"{public_url}/problems/{refusal.slug}"
    known = {
        "type": page,
        "title": refusal.title,
        "status": refusal.status,
        "detail": str(refusal),
        "code": refusal.code,
        "retryable": refusal.retryable,
        "doc_url": page,
        "request_id": request_id,
    }
    return known | {name: fact for name, fact in refusal.members.items() if name not in known}


def _headers(refusal: StoaError) -> Iterator[tuple[str, str]]:
    if refusal.retry_after_s is not None:
        yield "Retry-After", str(refusal.retry_after_s)
    challenge = _CHALLENGES.get(type(refusal))
    if challenge is not None:
        scope = f', scope="{refusal.members["scope"]}"' if "scope" in refusal.members else ""
        yield "WWW-Authenticate", f"{challenge}{scope}"


def _texts(messages: Any, path: str) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - nested
    """Give marshmallow's nested messages as ``("lines.0.net", "This is too much.")``."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            step = "" if name == "_schema" else str(name)
            yield from _texts(inner, f"{path}.{step}".strip("."))
    elif isinstance(messages, list):
        for inner in messages:
            yield from _texts(inner, path)
    else:
        yield path, str(messages)
