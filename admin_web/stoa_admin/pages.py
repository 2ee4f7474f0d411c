"""The pages for what goes wrong: not found, refused, worn out, broken."""

import structlog
from flask import Blueprint, render_template, request
from werkzeug.exceptions import HTTPException

from stoa.errors import FourEyesError, NotFoundError, StoaError
from stoa_admin.language import gettext
from stoa_admin.room import SIGNED_IN, asks

__all__ = ["handle_errors"]

_log = structlog.get_logger(__name__)


def handle_errors(admin: Blueprint) -> None:
    """Answer every error of the admin web with a page of its own, unknown addresses included."""
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    admin.add_url_rule("/<path:unknown>", "unknown", _unknown, methods=methods)
    admin.register_error_handler(HTTPException, _http)
    admin.register_error_handler(StoaError, _refusal)
    admin.register_error_handler(Exception, _broken)


@asks(SIGNED_IN)
def _unknown(unknown: str) -> tuple[str, int]:  # noqa: ARG001 - the address itself does not matter
    return _page(404)


def _http(error: HTTPException) -> tuple[str, int]:
    return _page(error.code or 500, worn_out=error.description == "csrf")


def _refusal(error: StoaError) -> tuple[str, int]:
    if isinstance(error, FourEyesError):
        return _page(error.status, alone=True)
    return _page(404 if isinstance(error, NotFoundError) else error.status)


def _broken(error: Exception) -> tuple[str, int]:
    _log.error("request.failed", request_id=_request_id(), exc_info=error)
    return _page(500)


def _page(status: int, *, worn_out: bool = False, alone: bool = False) -> tuple[str, int]:
    titles = {
        403: (
            gettext("Your role does not let you in here"),
            gettext("Nothing was changed. Ask an administrator if you need this for your work."),
        ),
        404: (
            gettext("There is nothing at this address"),
            gettext("It may have been moved, or the link was cut short."),
        ),
        413: (
            gettext("That was too much at once"),
            gettext("A form may have at most 512 KiB, a file for an import 16 MiB."),
        ),
        500: (
            gettext("Something went wrong on our side"),
            gettext("It was written into the log. Nothing was changed; try again in a moment."),
        ),
        503: (
            gettext("Something that is needed can't be reached just now"),
            gettext("Nothing was changed; try again in a moment."),
        ),
    }
    title, text = titles.get(
        status,
        (gettext("This did not work"), gettext("Nothing was changed. Go back and try again.")),
    )
    if worn_out:
        title = gettext("This page was open for too long")
        text = gettext("Nothing was changed. Go back, reload the page and send it again.")
    if alone:
        title = gettext("A second person has to decide this")
        text = gettext("Nobody approves what they proposed themselves. Nothing was changed.")
    page = render_template(
        "admin/error.html",
        status=status,
        title=title,
        text=text,
        request_id=_request_id(),
    )
    return page, status


def _request_id() -> str:
    # The house gives each request its number; an app of somebody else may not.
    return str(request.environ.get("stoa.request_id", ""))
