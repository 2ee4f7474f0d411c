"""How members' pages look and are kept safe: language, cookies, tokens of forms, headers.

The pages work without scripts. A browser sends a form's answer only to us, and from there only to
the partner that the page is about: Chromium holds redirects against ``form-action`` too.
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Response, make_response, render_template, request
from werkzeug import Response as AnyResponse

from stoa.config import Settings
from stoa.oauth.words import NAMES, say
from stoa.values.languages import LANGUAGES, closest

__all__ = ["AUTHORIZE", "HOME", "Look", "keep_language", "language", "local_path", "origin_of"]

HOME = "/account"
"""Where a member goes who signed in for nothing else."""

AUTHORIZE = "/oauth/authorize"
"""Where partners send members to."""

_LANGUAGE_COOKIE = "stoa_words"
_YEAR_S = 365 * 24 * 3600
_MOST_PATH = 8000
_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'{more};"
    " frame-ancestors 'none'; base-uri 'none'"
)
_ORIGIN = re.compile(r"https?://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?", re.ASCII).fullmatch
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.ASCII).fullmatch


@dataclass(frozen=True, slots=True)
class Look:
    """What all members' pages share in one process."""

    key: bytes
    secure: bool
    place: str = ""

    @classmethod
    def of(cls, settings: Settings) -> "Look":
        """Return the look of an installation; forms are signed under a key of their own."""
        key = hmac.digest(settings.secret_key.encode(), b"members' forms", "sha256")
        path = urlsplit(settings.public_url).path  # a sandbox's: its cookies are its own
        place = hashlib.sha256(path.encode()).hexdigest()[:8] + "_" if path else ""
        return cls(key, settings.secure_cookies, place)

    def page(self, name: str, *, status: int = 200, to: str = "", **facts: object) -> Response:
        """Return a page.

        Args:
            name: of the template.
            to: where a form of the page may lead besides to us, as a partner's redirect URI.
        """
        spoken = language()
        text = render_template(
            f"member/{name}.html",
            t=lambda key, **more: say(key, spoken, **more),
            language=spoken,
            languages=[(code, NAMES[code], _in_language(code)) for code in LANGUAGES],
            **facts,
        )
        response = make_response(text, status)
        origin = origin_of(to)
        response.headers["Content-Security-Policy"] = _CSP.format(
            more=f" {origin}" if origin else ""
        )
        response.headers["Vary"] = "Cookie, Accept-Language"
        if request.args.get("ui_locales"):
            keep_language(response, spoken, secure=self.secure)
        return response

    def cookie(self, name: str) -> str:
        """Return what the browser keeps under one of our names; empty for nothing."""
        return request.cookies.get(self._named(name), "")

    def keep(self, response: AnyResponse, name: str, value: str, *, life_s: int) -> None:
        """Let the browser keep a secret for us alone (``__Host-``, RFC 6265bis §4.1.3.2)."""
        response.set_cookie(
            self._named(name), value, max_age=life_s, secure=self.secure, httponly=True,
            samesite="Lax", path="/",
        )  # fmt: skip

    def drop(self, response: AnyResponse, name: str) -> None:
        """Let the browser forget it."""
        response.delete_cookie(
            self._named(name), secure=self.secure, httponly=True, samesite="Lax", path="/"
        )

    def sign(self, secret: str, *facts: str) -> str:
        """Return the token of a form: good for this browser's secret and these facts alone."""
        told = "\n".join([secret, *(fact.replace("\n", " ") for fact in facts)])
        return hmac.new(self.key, told.encode(), hashlib.sha256).hexdigest()

    def signed(self, given: str, secret: str, *facts: str) -> bool:
        """Tell whether a form came from a page of ours, shown to this browser for these facts."""
        right = self.sign(secret, *facts)
        return bool(secret) and secrets.compare_digest(right.encode(), given.encode())

    def _named(self, name: str) -> str:
        return f"__Host-stoa_{self.place}{name}" if self.secure else f"stoa_{self.place}{name}"


def language() -> str:
    """Return the language that the browser asks for: by the page, by its choice, or by itself."""
    asked = request.args.get("ui_locales", "").split(" ")[0] or _of_next()
    kept = request.cookies.get(_LANGUAGE_COOKIE, "")
    liked = next(iter(request.accept_languages.values()), "en")
    return closest(asked or kept or liked)


def keep_language(response: AnyResponse, spoken: str, *, secure: bool) -> None:
    """Let the browser keep the language that was chosen."""
    response.set_cookie(
        _LANGUAGE_COOKIE, spoken, max_age=_YEAR_S, secure=secure, httponly=True, samesite="Lax"
    )


def local_path(path: str | None) -> str:
    """Return where to go after signing in: on with an authorization, or home.

    No other address is ever gone to (reliability OAU-43).
    """
    given = path or ""
    ours = given.startswith(f"{AUTHORIZE}?") and given.isprintable() and "\\" not in given
    return given if ours and len(given) <= _MOST_PATH else HOME


def origin_of(uri: str) -> str:
    """Return the part of an address that ``form-action`` names; empty where it has none."""
    parts = urlsplit(uri)
    if parts.scheme in ("http", "https"):
        origin = f"{parts.scheme}://{parts.netloc}"
        return origin if _ORIGIN(origin) else ""
    return f"{parts.scheme}:" if _SCHEME(parts.scheme) and "." in parts.scheme else ""


def _of_next() -> str:
    query = urlsplit(local_path(request.args.get("next"))).query
    return parse_qs(query).get("ui_locales", [""])[0].split(" ")[0]


def _in_language(code: str) -> str:
    """Return the address of this page in a language."""
    query = [(name, value) for name, value in request.args.items(multi=True)]
    query = [pair for pair in query if pair[0] != "ui_locales"]
    return f"{request.script_root}{request.path}?{urlencode([*query, ('ui_locales', code)])}"
