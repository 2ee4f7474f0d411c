"""What happens around every request: its id, headers that harden browsers, a log line, metrics."""

import secrets
import sys
from collections.abc import Callable, Iterable
from time import perf_counter
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from flask import Flask, Response, g, request

from stoa.api.metrics import Metrics

__all__ = ["init_app"]

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


def init_app(app: Flask, metrics: Metrics, *, tls: bool, log_json: bool) -> None:
    """Watch every request of the app.

    Args:
        tls: the public address is https, so that browsers may be told to stay there.
        log_json: log lines for machines, or else for people.
    """
    log = _access_log(log_json=log_json)

    def arrive() -> None:
        g.request_id = f"req_{secrets.token_hex(10)}"
        g.arrived = perf_counter()

    def leave(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.request_id
        seconds = perf_counter() - g.arrived
        route = request.url_rule.rule if request.url_rule else "-"
        metrics.saw(request.method, route, response.status_code, seconds)
        if route not in _QUIET:
            log(
                "request", method=request.method, route=route, status=response.status_code,
                ms=round(seconds * 1000, 1), caller=g.get("caller", "-"), request_id=g.request_id,
            )  # fmt: skip
        return response

    app.before_request(arrive)
    app.after_request(leave)
    hardened = _Hardened(app.wsgi_app, (*_HEADERS, _HSTS) if tls else _HEADERS)
    app.wsgi_app = hardened  # type: ignore[method-assign]


def _access_log(*, log_json: bool) -> Callable[..., Any]:
    """Return what writes a line: a short chain of its own, for it runs at every request."""
    line = structlog.processors.JSONRenderer() if log_json else _line
    logger = structlog.wrap_logger(
        _StandardError(),
        processors=[structlog.processors.TimeStamper(fmt="iso", utc=True), line],
    )
    write: Callable[..., Any] = logger.bind().info
    return write


class _StandardError:
    """Writes lines where standard error is at that moment."""

    def info(self, line: str) -> None:
        sys.stderr.write(f"{line}\n")


def _line(_logger: object, _name: str, told: structlog.typing.EventDict) -> str:
    return (
        f"{told['timestamp']} {told['method']} {told['route']} {told['status']} {told['ms']} ms"
        f" {told['caller']} {told['request_id']}"
    )


class _Hardened:
    """Adds the headers that every answer has, to those that have them not already."""

    def __init__(self, app: WSGIApplication, headers: tuple[tuple[str, str], ...]) -> None:
        self._app = app
        self._headers = headers

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:  # noqa: ANN401 - PEP 3333
            there = dict(headers)
            more = [pair for pair in self._headers if pair[0] not in there]
            if _CSP not in there:
                page = there.get("Content-Type", "").startswith("text/html")
                more.append((_CSP, _SAME_ORIGIN if page else _NOTHING))
            return start_response(status, headers + more, *rest)

        return self._app(environ, start)
