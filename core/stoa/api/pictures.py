"""The door of pictures: for anybody, and for ever, since a picture's id is the digest of it."""

from flask import Blueprint, Response, request

from stoa.api import http
from stoa.errors import DoorUnknownError
from stoa.services import pictures
from stoa.values.rewards import is_picture
from stoa.work import Actor, Desk

__all__ = ["create_public"]

_ANYBODY = Actor("public")
_FOR_EVER = "public, max-age=31536000, immutable"


def create_public(desk: Desk) -> Blueprint:
    """Return the blueprint of what everybody may see."""
    blueprint = Blueprint("pictures", __name__, url_prefix="/pictures")

    @blueprint.get("/<picture_id>")
    def picture(picture_id: str) -> Response:
        http.read_no_query(request)
        found = None
        if is_picture(picture_id):
            with desk.work(_ANYBODY) as work:
                found = pictures.find(work, picture_id)
        if found is None:
            raise DoorUnknownError
        response = Response(found.bytes, mimetype=found.type)
        response.headers["Cache-Control"] = _FOR_EVER
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response

    return blueprint
