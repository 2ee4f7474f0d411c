"""The developers' site at ``/developers``, and the pages of problems with the same look."""

import gzip
import json
from functools import lru_cache
from typing import Any

from flask import Blueprint, Response, current_app, request

from stoa.api.pages import spec_text
from stoa.config import Settings
from stoa.errors import DoorUnknownError
from stoa.oauth import look
from stoa.portal import Site

__all__ = ["create_blueprint", "site_of"]

_MINUTE = "public, max-age=60"
_YEAR = "public, max-age=31536000, immutable"
_PACKED = ("text/css", "text/javascript", "application/json")


def create_blueprint(settings: Settings) -> Blueprint:
    """Return the blueprint of the site; it is drawn page by page, as each is asked for."""
    blueprint = Blueprint("developers", __name__)

    @blueprint.get("/developers/")
    def home() -> Response:
        return _page("/developers/", secure=settings.secure_cookies)

    @blueprint.get("/developers/<path:name>")
    def page(name: str) -> Response:
        path = f"/developers/{name}"
        return _asset(path) or _page(path, secure=settings.secure_cookies)

    @blueprint.get("/problems")
    def problem_list() -> Response:
        return _page("/problems", secure=settings.secure_cookies)

    @blueprint.get("/problems/<slug>")
    def problem(slug: str) -> Response:
        return _page(f"/problems/{slug}", secure=settings.secure_cookies)

    return blueprint


def site_of() -> Site:
    """Return the site of the current app, read and laid out once."""
    known: dict[str, Any] = current_app.extensions
    if "stoa.site" not in known:
        known["stoa.site"] = Site(json.loads(spec_text()))
    site: Site = known["stoa.site"]
    return site


def _page(path: str, *, secure: bool) -> Response:
    spoken = look.language()
    text = site_of().draw(path, spoken)
    if text is None:
        raise DoorUnknownError
    response = Response(text, mimetype="text/html")
    response.headers["Cache-Control"] = _MINUTE
    response.headers["Vary"] = "Cookie, Accept-Language"
    if request.args.get("ui_locales"):
        look.keep_language(response, spoken, secure=secure)
    return response


def _asset(path: str) -> Response | None:
    """Return a file of the site, packed where the browser can unpack it."""
    asset = site_of().assets.get(path)
    if asset is None:
        return None
    packed = asset.media_type in _PACKED and request.accept_encodings["gzip"] > 0
    data = _gzip(asset.data) if packed else asset.data
    response = Response(data, mimetype=asset.media_type)
    response.headers["Cache-Control"] = _YEAR if request.query_string else _MINUTE
    response.headers["Vary"] = "Accept-Encoding"
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    return response


@lru_cache(maxsize=16)
def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)
