"""What an HTTP response means: a record, a problem, or nothing that Stoa would have said."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from stoa_sdk.calls import AnswerT, Call
from stoa_sdk.errors import ConnectionFailed, Problem, problem
from stoa_sdk.proofs import LogText

__all__ = ["document_of", "problem_of", "read_answer"]


def read_answer(call: Call[AnswerT], response: httpx2.Response) -> AnswerT:
    """Return the record that the response carries.

    Raises:
        Problem: Stoa, or something on the way, refused.
        ConnectionFailed: success, but no JSON object: something else answered in Stoa's place.
        AnswerUnreadable: success, but a field is missing.
    """
    if not response.is_success:
        raise problem_of(response)
    document = _text_of(response) if call.answer is LogText else document_of(response)
    if document is None:
        kind = response.headers.get("Content-Type", "nothing")
        raise ConnectionFailed(f"{kind} came, not what Stoa answers")
    return call.answer.read(document)


def problem_of(response: httpx2.Response) -> Problem:
    """Return the problem that an unsuccessful response describes (RFC 9457, or RFC 6749 §5.2)."""
    document = dict(document_of(response) or {})
    if isinstance(document.get("error"), str):
        document |= {
            "code": document["error"].upper(),
            "detail": document.get("error_description") or document["error"],
        }
    document.setdefault("title", response.reason_phrase)
    document.setdefault("request_id", response.headers.get("X-Request-Id"))
    return problem(
        document,
        status=response.status_code,
        retry_after_s=_seconds(response.headers.get("Retry-After")),
    )


def document_of(response: httpx2.Response) -> Mapping[str, Any] | None:
    """Return the JSON object of a response, `None` where it carries none."""
    try:
        document = response.json()
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _text_of(response: httpx2.Response) -> Mapping[str, Any] | None:
    """Return a plain text as the object of a record, `None` where something else came."""
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    return {"text": response.text} if kind == "text/plain" else None


def _seconds(retry_after: str | None) -> float | None:
    """Read ``Retry-After``: whole seconds or a date (RFC 9110 §10.2.3)."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (until.astimezone(UTC) - datetime.now(UTC)).total_seconds())
