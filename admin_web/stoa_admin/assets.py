"""The files of the pages: addressed by what is in them, so that browsers keep them for ever."""

import gzip
import hashlib
import mimetypes
from functools import cache
from importlib.resources import files

from flask import Response, abort, request, url_for

from stoa_admin.room import ANYBODY, Room

__all__ = ["doors", "file", "url"]

doors = Room("assets", __name__, reads=ANYBODY)

_SUFFIXES = (".css", ".js", ".svg", ".woff2")
_FOR_EVER = "public, max-age=31536000, immutable"


@doors.get("/static/<path:name>")
def file(name: str) -> Response:
    """Answer with a file, compressed where the browser takes that."""
    if not name.endswith(_SUFFIXES) or ".." in name.split("/"):
        abort(404)
    try:
        plain, small, digest = _read(name)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        abort(404)
    kind = "font/woff2" if _is_font(name) else mimetypes.guess_type(name)[0]
    response = Response(plain, mimetype=kind)
    if not _is_font(name) and request.accept_encodings.best_match(["gzip"]):
        response.data = small
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    kept = _is_font(name) or request.args.get("v") == digest
    response.headers["Cache-Control"] = _FOR_EVER if kept else "no-cache"
    response.set_etag(digest)
    response.make_conditional(request)
    return response


def url(name: str) -> str:
    """Return the address of a file with the version of its content."""
    return url_for("admin.assets.file", name=name, v=_read(name)[2])


def _is_font(name: str) -> bool:
    # Fonts are small already, and their names carry their version.
    return name.endswith(".woff2")


@cache
def _read(name: str) -> tuple[bytes, bytes, str]:
    plain = files("stoa_admin").joinpath("static", *name.split("/")).read_bytes()
    return plain, gzip.compress(plain, 9, mtime=0), hashlib.sha256(plain).hexdigest()[:12]
