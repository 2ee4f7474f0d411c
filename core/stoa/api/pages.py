"""Pages for people: the API to browse, and every problem explained."""

import json
from functools import cache
from html import escape
from importlib.resources import files
from typing import cast

from apiflask import APIFlask
from flask import Blueprint, Response, current_app
from markdown_it import MarkdownIt

from stoa.errors import DoorUnknownError, StoaError, refusals

__all__ = ["create_blueprint", "problem_page"]

_SHELL = files("stoa.api").joinpath("static/shell.html").read_text("utf-8")
_PAGES = files("stoa.api").joinpath("problem_pages")
_MINUTE = "public, max-age=60"
_BROWSABLE = """
<link rel="stylesheet" href="/v1/docs/of/swagger-ui.css">
<div id="swagger-ui"></div>
<script src="/v1/docs/of/swagger-ui-bundle.js"></script>
<script src="/v1/docs/of/docs.js"></script>
"""


def create_blueprint() -> Blueprint:
    """Return the blueprint of the pages; the assets of the browsable one are vendored."""
    blueprint = Blueprint("pages", __name__, static_folder="static", static_url_path="/v1/docs/of")

    @blueprint.get("/v1/openapi.json")
    def spec() -> Response:
        return _kept(Response(_spec(), mimetype="application/json"), _MINUTE)

    @blueprint.get("/v1/docs")
    def docs() -> Response:
        return _page("API", _BROWSABLE)

    @blueprint.get("/problems")
    def problem_list() -> Response:
        return _page("Problems", _listed())

    @blueprint.get("/problems/<slug>")
    def problem(slug: str) -> Response:
        page = problem_page(slug)
        if page is None:
            raise DoorUnknownError
        return _page(slug, page)

    return blueprint


@cache
def problem_page(slug: str) -> str | None:
    """Return the page of a problem as HTML; ``None`` where there is no such problem."""
    known = {kind.slug for kind in refusals()} | {StoaError.slug}
    if slug not in known:
        return None
    text = _PAGES.joinpath(f"{slug}.md").read_text("utf-8")
    return str(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))


def _spec() -> str:
    """Return the OpenAPI document, drawn up once an app."""
    known: dict[str, str] = current_app.extensions
    if "stoa.openapi" not in known:
        app = cast("APIFlask", current_app)
        known["stoa.openapi"] = json.dumps(app.spec, ensure_ascii=False)
    return known["stoa.openapi"]


@cache
def _listed() -> str:
    kinds: list[type[StoaError]] = [*refusals(), StoaError]
    rows = [
        f'<tr><td><a href="/problems/{kind.slug}"><code>{kind.slug}</code></a></td>'
        f"<td>{kind.status}</td><td>{escape(kind.title)}</td></tr>"
        for kind in kinds
    ]
    head = "<tr><th>problem</th><th>status</th><th>what happened</th></tr>"
    return (
        "<h1>Problems</h1><p>Every refusal has a stable code, and a page that says what to do."
        f"</p><table><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _page(title: str, body: str) -> Response:
    text = _SHELL.replace("<!-- title -->", escape(title)).replace("<!-- body -->", body)
    return _kept(Response(text, mimetype="text/html"), _MINUTE)


def _kept(response: Response, how: str) -> Response:
    response.headers["Cache-Control"] = how
    return response
