"""Bodies of strangers: who has no token yet may hold up half of a process's threads, and no more.

The server hands a request to a thread before its body is there, and waits for it as long as the
caller likes. At ``/v1`` a token is asked for before the body is read, and a partner has its share
(`api/limits.py`); the other doors read forms of anybody (INP-05, OPS-09).
"""

import json
from collections.abc import Iterable
from threading import BoundedSemaphore
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask

from stoa.api.problems import MEDIA_TYPE, document
from stoa.errors import OverloadedError

__all__ = ["init_app"]

_BODYLESS = ("GET", "HEAD", "OPTIONS")


def init_app(app: Flask, *, most: int, public_url: str) -> None:
    """Answer so many requests with a body from outside ``/v1`` at a time, and refuse the rest."""
    app.wsgi_app = _Strangers(app.wsgi_app, most, public_url)  # type: ignore[method-assign]


class _Strangers:
    """The app, with so many places for strangers."""

    def __init__(self, app: WSGIApplication, most: int, public_url: str) -> None:
        self._app = app
        self._places = BoundedSemaphore(most)
        self._public_url = public_url

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] in _BODYLESS or environ["PATH_INFO"].startswith("/v1/"):
            return self._app(environ, start_response)
        if not self._places.acquire(blocking=False):
            return self._refuse(start_response)
        try:
            return self._app(environ, start_response)
        finally:
            self._places.release()

    def _refuse(self, start_response: StartResponse) -> Iterable[bytes]:
        refusal = OverloadedError()
        told = document(refusal, public_url=self._public_url, request_id="")
        body = json.dumps(told).encode()
        headers = [
            ("Content-Type", MEDIA_TYPE),
            ("Content-Length", str(len(body))),
            ("Retry-After", str(refusal.retry_after_s)),
            ("Cache-Control", "no-store"),
            ("Connection", "close"),
        ]
        start_response("503 Service Unavailable", headers)
        return [body]
