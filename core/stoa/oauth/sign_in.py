"""The pages on which members sign in by a code, see where they are signed in, and sign out."""

import secrets
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Blueprint, Response, redirect, request
from werkzeug import Response as AnyResponse

from stoa.config import Settings
from stoa.errors import InvalidBodyError, TooManyGuessesError
from stoa.oauth.look import HOME, Look, language, local_path
from stoa.oauth.words import say
from stoa.services import authorizations, sign_in
from stoa.services.authorizations import ConsentLine
from stoa.services.sign_in import Session
from stoa.values.identifiers import public_id, uuid_of
from stoa.values.letters import Letter, sign_in_code
from stoa.work import Actor, Desk

__all__ = ["BROWSER", "MEMBER", "create_blueprint", "session_here", "to_sign_in"]

BROWSER, MEMBER = "browser", "member"
"""What the browser keeps: a name of its own while somebody signs in; the session's token."""

_ACTOR = Actor("sign-in")
_BROWSER_LIFE_S = 3600
_MINUTES = int(sign_in.CODE_LIFE.total_seconds()) // 60
_MINUTE_S = 60
_MOST_HINT = 254
_BROWSERS = (
    ("MicroMessenger", "WeChat"), ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"),
    ("Chrom", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def create_blueprint(desk: Desk, settings: Settings) -> Blueprint:
    """Return the blueprint of the pages."""
    blueprint = Blueprint(
        "sign_in", __name__, template_folder="templates", static_folder="static",
        static_url_path="/sign-in/of",
    )  # fmt: skip
    pages = _Pages(desk, Look.of(settings), letters=bool(settings.smtp_url))
    blueprint.add_url_rule("/sign-in", "email", pages.email, methods=["GET"])
    blueprint.add_url_rule("/sign-in", "ask", pages.ask, methods=["POST"])
    blueprint.add_url_rule("/sign-in/code", "code", pages.code, methods=["GET"])
    blueprint.add_url_rule("/sign-in/code", "prove", pages.prove, methods=["POST"])
    blueprint.add_url_rule("/sign-out", "leave", pages.leave, methods=["POST"])
    blueprint.add_url_rule(HOME, "account", pages.account, methods=["GET"])
    blueprint.add_url_rule(
        f"{HOME}/sessions/<session>/end", "end_session", pages.end_session, methods=["POST"]
    )
    blueprint.add_url_rule(
        f"{HOME}/consents/<consent>/withdraw", "withdraw", pages.withdraw, methods=["POST"]
    )
    return blueprint


def session_here(desk: Desk, look: Look) -> Session | None:
    """Return the session of the member who looks at a page; ``None`` where nobody is signed in."""
    token = look.cookie(MEMBER)
    if not token:
        return None
    with desk.work(_ACTOR) as work:
        return sign_in.session_of(work, token)


def to_sign_in(path: str, *, hint: str = "") -> AnyResponse:
    """Lead to the sign-in, and from there to a path of ours.

    Args:
        hint: the address that the member is thought to have.
    """
    query = {"next": path} | ({"login_hint": hint} if hint else {})
    return redirect(f"/sign-in?{urlencode(query)}", code=303)


class _Pages:
    """The pages of one process."""

    def __init__(self, desk: Desk, look: Look, *, letters: bool) -> None:
        self._desk = desk
        self._look = look
        self._letters = letters

    def email(self) -> AnyResponse:
        """Ask for the address."""
        return self._email(request.args.get("login_hint", "")[:_MOST_HINT])

    def ask(self) -> AnyResponse:
        """Send a code; the answer is the same whoever has the address."""
        browser, email = self._look.cookie(BROWSER), request.form.get("email", "")
        if not self._letters:
            return self._email(email)
        if not self._ours("email", browser):
            return self._email(email, wrong=say("stale", language()), status=400)

        def letter(code: str) -> Letter:
            return sign_in_code(code, minutes=_MINUTES, language=language())

        try:
            with self._desk.work(_ACTOR) as work:
                sign_in.ask(work, email, browser=browser, network=_network(), letter=letter)
        except InvalidBodyError:
            return self._email(email, wrong=say("email.wrong", language()), status=422)
        except TooManyGuessesError as many:
            return _later(self._email(email, wrong=_patience(many), status=429), many)
        response = redirect(f"/sign-in/code?{urlencode({'next': _next()})}", code=303)
        self._look.keep(response, BROWSER, browser, life_s=_BROWSER_LIFE_S)
        return response

    def code(self) -> AnyResponse:
        """Ask for the code."""
        if not self._look.cookie(BROWSER):
            return to_sign_in(_next())
        return self._code()

    def prove(self) -> AnyResponse:
        """Open a session for the right code, under a name that the browser did not have before."""
        browser = self._look.cookie(BROWSER)
        if not self._ours("code", browser):
            return self._code(wrong=say("stale", language()), status=400)
        try:
            with self._desk.work(_ACTOR) as work:
                told = sign_in.prove(
                    work, request.form.get("code", ""), browser=browser, network=_network(),
                    agent=_agent(), old=self._look.cookie(MEMBER),
                )  # fmt: skip
        except TooManyGuessesError as many:
            return _later(self._code(wrong=_patience(many), status=429), many)
        if not told.token:
            key = "code.wrong" if told.left_tries else "code.over"
            return self._code(wrong=say(key, language(), left=told.left_tries), status=422)
        response = redirect(_next(), code=303)
        life_s = int(sign_in.SESSION_LIFE.total_seconds())
        self._look.keep(response, MEMBER, told.token, life_s=life_s)
        self._look.drop(response, BROWSER)
        return response

    def leave(self) -> AnyResponse:
        """Sign out here."""
        token = self._look.cookie(MEMBER)
        if not self._look.signed(_token(), token, "account"):
            return redirect(HOME, code=303)
        with self._desk.work(_ACTOR) as work:
            sign_in.sign_out(work, token)
        response = redirect("/sign-in", code=303)
        self._look.drop(response, MEMBER)
        return response

    def account(self) -> AnyResponse:
        """Show where the member is signed in."""
        here = session_here(self._desk, self._look)
        return to_sign_in(HOME) if here is None else self._account(here)

    def end_session(self, session: str) -> AnyResponse:
        """Sign out in another browser."""
        here, session_id = self._owner(), uuid_of("mss", session)
        if here is None or session_id is None:
            return redirect(HOME, code=303)
        with self._desk.work(_ACTOR) as work:
            sign_in.end(work, here.member_id, session_id)
        return self._account(here, said="account.ended")

    def withdraw(self, consent: str) -> AnyResponse:
        """Take a consent back."""
        here, consent_id = self._owner(), uuid_of("cns", consent)
        if here is None or consent_id is None:
            return redirect(HOME, code=303)
        with self._desk.work(_ACTOR) as work:
            authorizations.withdraw(work, here.member_id, consent_id)
        return self._account(here, said="account.withdrawn")

    def _email(self, email: str, *, wrong: str = "", status: int = 200) -> Response:
        browser = self._look.cookie(BROWSER) or secrets.token_urlsafe(32)
        response = self._look.page(
            "email", status=status if self._letters else 503, to=_uri_of_next(), email=email,
            wrong=wrong, next=_next(), closed=not self._letters,
            token=self._look.sign(browser, "email"),
        )  # fmt: skip
        self._look.keep(response, BROWSER, browser, life_s=_BROWSER_LIFE_S)
        return response

    def _code(self, *, wrong: str = "", status: int = 200) -> Response:
        return self._look.page(
            "code", status=status, to=_uri_of_next(), wrong=wrong, next=_next(), minutes=_MINUTES,
            token=self._look.sign(self._look.cookie(BROWSER), "code"),
            back=f"/sign-in?{urlencode({'next': _next()})}",
        )  # fmt: skip

    def _account(self, here: Session, *, said: str = "") -> Response:
        with self._desk.work(_ACTOR) as work:
            found = sign_in.sessions(work, here.member_id)
            consents = authorizations.consents_of(work, here.member_id)
        return self._look.page(
            "account", said=say(said, language()) if said else "",
            consents=[_agreed(each) for each in consents],
            token=self._look.sign(self._look.cookie(MEMBER), "account"),
            sessions=[_shown(each, here) for each in found],
        )  # fmt: skip

    def _owner(self) -> Session | None:
        """Return the session in which a form of the account was shown."""
        ours = self._look.signed(_token(), self._look.cookie(MEMBER), "account")
        return session_here(self._desk, self._look) if ours else None

    def _ours(self, form: str, browser: str) -> bool:
        return self._look.signed(_token(), browser, form)


def _shown(session: Session, here: Session) -> dict[str, Any]:
    return {
        "name": public_id("mss", session.id),
        "agent": session.agent,
        "here": session.id == here.id,
        "seen": f"{session.seen_at:%Y-%m-%d}",
    }


def _agreed(consent: ConsentLine) -> dict[str, Any]:
    return {
        "name": public_id("cns", consent.id),
        "partner": consent.partner,
        "scopes": consent.scopes,
        "since": f"{consent.given_at:%Y-%m-%d}",
    }


def _next() -> str:
    return local_path(request.form.get("next") or request.args.get("next"))


def _uri_of_next() -> str:
    """Return where the authorization that this is for leads in the end."""
    query = parse_qs(urlsplit(_next()).query)
    return query.get("redirect_uri", [""])[0]


def _agent() -> str:
    """Return what the browser is called: one it says it is, and what it runs on."""
    told = request.user_agent.string
    browser = next((name for mark, name in _BROWSERS if mark in told), "")
    system = next((name for mark, name in _SYSTEMS if mark in told), "")
    return " · ".join(each for each in (browser, system) if each)


def _token() -> str:
    return request.form.get("csrf_token", "")


def _network() -> str:
    return request.remote_addr or "unknown"


def _patience(many: TooManyGuessesError) -> str:
    return say("many", language(), minutes=-(-(many.retry_after_s or 0) // _MINUTE_S))


def _later(response: Response, many: TooManyGuessesError) -> Response:
    response.headers["Retry-After"] = str(many.retry_after_s)
    return response
