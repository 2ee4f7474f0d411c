"""The OpenAPI document, and a page on which the API can be tried in the browser."""

import json
from html import escape
from importlib.resources import files
from typing import cast

from apiflask import APIFlask
from flask import Blueprint, Response, current_app

__all__ = ["create_blueprint", "spec_text"]

_SHELL = files("stoa.api").joinpath("static/shell.html").read_text("utf-8")
_MINUTE = "public, max-age=60"
_BROWSABLE = """
<link rel="stylesheet" href="/v1/docs/of/swagger-ui.css">
<div id="swagger-ui"></div>
<script src="/v1/docs/of/swagger-ui-bundle.js"></script>
<script src="/v1/docs/of/docs.js"></script>
"""


def create_blueprint() -> Blueprint:
    """Return the blueprint of both; the assets of the page are vendored."""
    blueprint = Blueprint("pages", __name__, static_folder="static", static_url_path="/v1/docs/of")

    @blueprint.get("/v1/openapi.json")
    def spec() -> Response:
        return _kept(Response(spec_text(), mimetype="application/json"), _MINUTE)

    @blueprint.get("/v1/docs")
    def docs() -> Response:
        return _page("API", _BROWSABLE)

    return blueprint


def spec_text() -> str:
    """Return the OpenAPI document, drawn up once an app."""
    known: dict[str, str] = current_app.extensions
    if "stoa.openapi" not in known:
        app = cast("APIFlask", current_app)
        known["stoa.openapi"] = json.dumps(app.spec, ensure_ascii=False)
    return known["stoa.openapi"]


def _page(title: str, body: str) -> Response:
    text = _SHELL.replace("<!-- title -->", escape(title)).replace("<!-- body -->", body)
    return _kept(Response(text, mimetype="text/html"), _MINUTE)


def _kept(response: Response, how: str) -> Response:
    response.headers["Cache-Control"] = how
    return response
