"""English, 简体中文, 繁體中文: which one a page speaks, and the words of plugins.

A browser's ``zh-HK`` must become exactly ``zh_Hant``: catalogs are found by ``xx_Yyyy`` or ``xx``,
never by falling back from a territory to a script.
"""

from importlib.resources import files
from itertools import takewhile
from typing import Any

from babel import Locale, UnknownLocaleError
from flask import Flask, g, has_request_context, redirect, request
from flask_babel import Babel, Domain  # type: ignore[import-untyped]
from flask_babel import gettext as _gettext
from flask_babel import ngettext as _ngettext
from werkzeug import Response

from stoa_admin import gate
from stoa_admin.front import front
from stoa_admin.room import ANYBODY, Room

__all__ = [
    "COOKIE",
    "LANGUAGES",
    "doors",
    "fitting",
    "gettext",
    "init_app",
    "language",
    "locale",
    "ngettext",
    "noted",
    "remember",
    "word",
]

LANGUAGES = {"en": "English", "zh_Hans": "简体中文", "zh_Hant": "繁體中文"}
"""The catalogs, each in its own words."""

COOKIE = "stoa_language"
"""Remembers the choice; its value is one of `LANGUAGES`."""

doors = Room("language", __name__, reads=ANYBODY, changes=ANYBODY)

_TRADITIONAL = ("HK", "MO", "TW")
_YEAR_S = 31_536_000
_words = Domain(domain="words", translation_directories=[str(files("stoa_admin") / "translations")])


def init_app(app: Flask) -> None:
    """Give the app's templates their catalogs; addresses outside the admin web stay English."""
    catalogs = str(files("stoa_admin") / "translations")
    Babel(app, default_translation_directories=catalogs, locale_selector=language)


@doors.post("/language")
def choose() -> Response:
    """Remember a language and go back to the page."""
    response = redirect(gate.local_path(request.form.get("next")), code=303)
    remember(response, request.form.get("language", ""))
    return response


def remember(response: Response, tag: str) -> None:
    """Let the browser keep a language, if pages are written in it."""
    chosen = tag.replace("-", "_")
    if chosen in LANGUAGES:
        response.set_cookie(
            COOKIE,
            chosen,
            max_age=_YEAR_S,
            path="/admin",
            samesite="Lax",
            httponly=True,
            secure=front().settings.secure_cookies,
        )


def fitting(tag: str) -> str | None:
    """Return the catalog for a language tag such as ``zh-HK``; ``None`` where there is none."""
    parts = takewhile(lambda part: len(part) > 1, tag.replace("_", "-").split("-"))
    try:
        found = Locale.parse("-".join(parts), sep="-")  # without extensions such as -u-nu-latn
    except (ValueError, UnknownLocaleError, TypeError):
        return None
    if found.language != "zh":
        return found.language if found.language in LANGUAGES else None
    if found.script in ("Hans", "Hant"):
        return f"zh_{found.script}"
    return "zh_Hant" if found.territory in _TRADITIONAL else "zh_Hans"


def language() -> str:
    """Return the catalog of this page: the one chosen, else the first that the browser asks for."""
    if not has_request_context() or not request.path.startswith("/admin"):
        return "en"
    if "stoa_language" not in g:
        wanted = [request.cookies.get(COOKIE, ""), *request.accept_languages.values()]
        found = (fitting(tag) for tag in wanted if tag)
        g.stoa_language = next((each for each in found if each), "en")
    return str(g.stoa_language)


def locale() -> Locale:
    """Return the locale by which this page writes numbers and dates."""
    return Locale.parse(language())


def gettext(message: str, **values: Any) -> str:  # noqa: ANN401 - anything that can be written
    """Return a message in the page's language."""
    return str(_gettext(message, **values))


def ngettext(one: str, many: str, num: int, **values: Any) -> str:  # noqa: ANN401 - likewise
    """Return a message for a number, as ``num``, in the page's language."""
    return str(_ngettext(one, many, num, **values))


def noted(message: str) -> str:
    """Mark a message for the catalogs that is translated later, when it is shown."""
    return message


def word(text: str) -> str:
    """Return a plugin's label, unit or help in the page's language where its catalog has it."""
    return str(_words.gettext(text)) if text else text
