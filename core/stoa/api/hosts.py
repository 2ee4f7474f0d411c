"""Whom a request may name as its host, and whose word is believed about who sent it (INP-14).

Nobody's by default: ``X-Forwarded-…`` counts only when the operator says how many proxies stand in
front, and then the last so many entries, which those proxies wrote themselves.
"""

from collections.abc import Sequence

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.sansio.utils import host_is_trusted

from stoa.errors import HostUnknownError

__all__ = ["init_app"]

_ANY_HOST = ("health.livez", "health.readyz", "health.page")
"""What a probe asks for by the address of a machine."""


def init_app(app: Flask, *, hosts: Sequence[str], hops: int) -> None:
    """Refuse other hosts, and believe so many proxies.

    Args:
        hosts: that requests may name, ``.example.org`` with all below it; none for any.
        hops: proxies in front that each add to ``X-Forwarded-For``, ``-Proto`` and ``-Host``.
    """
    if hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops
        )
    if not hosts:
        return

    def refuse_others() -> None:
        if request.endpoint in _ANY_HOST or host_is_trusted(request.host, hosts):
            return
        raise HostUnknownError

    app.before_request(refuse_others)
