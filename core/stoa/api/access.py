"""What happens around every request: its id, headers that harden browsers, a log line, metrics.

It stands around the app as WSGI and not as hooks in it, for it runs at every earn of every till.
"""

import json
import secrets
import sys
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, request

from stoa.api.metrics import Metrics
from stoa.oauth.dpop import NONCE
from stoa.work import system_clock

__all__ = ["CALL", "CALLER", "PROBLEM", "REQUEST_ID", "ROUTE", "TOLD", "Note", "init_app"]

REQUEST_ID = "stoa.request_id"
"""Where the environment of a request keeps its id."""

CALLER = "stoa.caller"
"""Where it keeps who is calling, once that is known."""

CALL = "stoa.call"
"""Where it keeps the actor of a partner, from the moment that its token was found good."""

TOLD = "stoa.told"
"""Where it keeps the JSON object of its body, once that was read."""

PROBLEM = "stoa.problem"
"""Where it keeps the document by which it was refused."""

ROUTE = "stoa.route"
"""Where it keeps the template of its path, which names no member and no purchase."""

_QUIET = {"/livez", "/readyz", "/metrics"}
_SAME_ORIGIN = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
_HEADERS = (
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
_HSTS = ("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
_CSP = "Content-Security-Policy"

Line = Callable[[dict[str, Any]], str]

Note = Callable[[WSGIEnvironment, Iterable[bytes], int, float], None]
"""Takes a request that was answered: its environment, the answer, the status, the seconds."""


def init_app(
    app: Flask, metrics: Metrics, *, tls: bool, log_json: bool, note: Note | None = None
) -> None:
    """Watch every request of the app.

    Args:
        note: told of every request of a partner.
        tls: the public address is https, so that browsers may be told to stay there.
        log_json: log lines for machines, or else for people.
    """

    def remember_route() -> None:
        rule = request.url_rule
        if rule is not None:
            request.environ[ROUTE] = rule.rule

    app.before_request(remember_route)
    headers = (*_HEADERS, _HSTS) if tls else _HEADERS
    watched = _Watched(app.wsgi_app, metrics, headers, _as_json if log_json else _as_words, note)
    app.wsgi_app = watched  # type: ignore[method-assign]


class _Watched:
    """The app with everything around it."""

    def __init__(
        self,
        app: WSGIApplication,
        metrics: Metrics,
        headers: tuple[tuple[str, str], ...],
        line: Line,
        note: Note | None,
    ) -> None:
        self._app = app
        self._metrics = metrics
        self._headers = headers
        self._line = line
        self._note = note

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        arrived = perf_counter()
        environ[REQUEST_ID] = f"req_{secrets.token_hex(10)}"

        known = "000"

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:  # noqa: ANN401 - PEP 3333
            nonlocal known
            known = status[:3]
            self._tell(environ, known, perf_counter() - arrived)
            return start_response(status, headers + self._more(environ, headers), *rest)

        answer = self._app(environ, start)
        if self._note is not None and CALL in environ:
            self._note(environ, answer, int(known), perf_counter() - arrived)
        return answer

    def _more(
        self, environ: WSGIEnvironment, headers: list[tuple[str, str]]
    ) -> list[tuple[str, str]]:
        there = dict(headers)
        more = [pair for pair in self._headers if pair[0] not in there]
        more.append(("X-Request-Id", environ[REQUEST_ID]))
        if NONCE in environ:
            more.append(("DPoP-Nonce", environ[NONCE]))
        if _CSP not in there:
            page = there.get("Content-Type", "").startswith("text/html")
            more.append((_CSP, _SAME_ORIGIN if page else _NOTHING))
        return more

    def _tell(self, environ: WSGIEnvironment, status: str, seconds: float) -> None:
        route, method = environ.get(ROUTE, "-"), environ["REQUEST_METHOD"]
        self._metrics.saw(method, route, status, seconds)
        if route in _QUIET:
            return
        told = {
            "timestamp": system_clock().isoformat(),
            "event": "request",
            "method": method,
            "route": f"{environ.get('SCRIPT_NAME', '')}{route}",
            "status": int(status),
            "ms": round(seconds * 1000, 1),
            "caller": environ.get(CALLER, "-"),
            "request_id": environ[REQUEST_ID],
        }
        sys.stderr.write(self._line(told))


def _as_json(told: dict[str, Any]) -> str:
    return f"{json.dumps(told)}\n"


def _as_words(told: dict[str, Any]) -> str:
    return (
        f"{told['timestamp']} {told['method']} {told['route']} {told['status']} {told['ms']} ms"
        f" {told['caller']} {told['request_id']}\n"
    )
