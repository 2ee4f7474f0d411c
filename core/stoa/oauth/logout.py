"""Members sign out at a partner, and here with it (OpenID Connect RP-Initiated Logout 1.0).

Who holds an id token of the sign-in may end it without a question, expired or not: its signature
says that we gave it to this client for this member. Everybody else is asked here first, by a form
that only this browser could have been shown. What ends is the session in this browser, and the
codes and tokens that this client had of this sign-in; other partners' and other browsers' go on.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, request
from joserfc import jwt
from joserfc.errors import JoseError
from werkzeug import Response as AnyResponse
from werkzeug.datastructures import MultiDict

from stoa.config import Settings
from stoa.oauth.keys import ALGORITHM, KeyRing
from stoa.oauth.look import HOME, Look
from stoa.oauth.sign_in import MEMBER, session_here
from stoa.oauth.signed import header_of
from stoa.services import authorizations, credentials, identity, partners, sign_in
from stoa.services.credentials import ClientTerms
from stoa.services.sign_in import Session
from stoa.values.identifiers import uuid_of
from stoa.work import Actor, Desk

__all__ = ["LOGOUT", "create_blueprint"]

LOGOUT = "/oauth/logout"
"""Where partners send members who sign out."""

_OAUTH = Actor("oauth")
_MOST_HINT = 8192
_MOST_STATE = 2048
_HEADER = {"alg", "typ", "kid"}
_LAST_SECOND = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())
_KEPT = (
    "id_token_hint", "logout_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales",
)  # fmt: skip


class _Wrong(Exception):  # noqa: N818 - it never leaves the module
    """Nothing is done, nobody is redirected; the text ends the key of the words that say why."""


@dataclass(frozen=True, slots=True)
class _Hint:
    """An id token of ours: which sign-in of which member at which client."""

    client_id: str
    subject: str
    auth_time: datetime


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request to sign out.

    Attributes:
        client: who asks; ``None`` where the request does not say.
        back: where the member goes then; empty for a page of ours.
        member_id: whom the hint names; ``None`` without one that is good.
    """

    client: ClientTerms | None
    partner: str
    back: str
    hint: _Hint | None
    member_id: UUID | None
    query: str

    def names(self, here: Session) -> bool:
        """Tell whether the hint is of the sign-in in this browser."""
        return self.hint is not None and (self.member_id, self.hint.auth_time) == (
            here.member_id,
            here.made_at.replace(microsecond=0),
        )


def create_blueprint(desk: Desk, keys: KeyRing, settings: Settings) -> Blueprint:
    """Return the blueprint of the door; its pages are those of the sign-in."""
    blueprint = Blueprint("logout", __name__)
    door = _Door(desk, Look.of(settings), keys, issuer=settings.public_url)
    blueprint.add_url_rule(LOGOUT, "ask", door.ask, methods=["GET"])
    blueprint.add_url_rule(LOGOUT, "answer", door.answer, methods=["POST"])
    return blueprint


@dataclass(frozen=True, slots=True)
class _Door:
    desk: Desk
    look: Look
    keys: KeyRing
    issuer: str

    def ask(self) -> AnyResponse:
        """Sign out, or ask whether to."""
        try:
            asked = self._read(request.args)
        except _Wrong as wrong:
            return self.look.page("error", status=400, why=str(wrong))
        here = session_here(self.desk, self.look)
        if here is not None and not asked.names(here):
            return self._page(asked, here)
        return self._out(asked, here)

    def answer(self) -> AnyResponse:
        """Take the member's answer; a client that posts its request is led to ask with GET."""
        if "csrf_token" not in request.form:
            pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
            return _see_other(f"{LOGOUT}?{urlencode(pairs)}")
        try:
            asked = self._read(request.args)
        except _Wrong as wrong:
            return self.look.page("error", status=400, why=str(wrong))
        here = session_here(self.desk, self.look)
        if here is None:
            return self._out(asked, None)
        token = request.form["csrf_token"]
        if not self.look.signed(token, self.look.cookie(MEMBER), "leave", asked.query):
            return self._page(asked, here, status=400)
        if request.form.get("answer") != "yes":
            return _see_other(HOME)
        return self._out(asked, here)

    def _out(self, asked: _Asked, here: Session | None) -> AnyResponse:
        with self.desk.work(_OAUTH) as work:
            if asked.client is not None and asked.hint is not None and asked.member_id is not None:
                named, when = asked.member_id, asked.hint.auth_time
                authorizations.end_sign_in(work, named, asked.client.id, when)
            if here is not None:
                if asked.client is not None:
                    client_id = asked.client.id
                    authorizations.end_sign_in(work, here.member_id, client_id, here.made_at)
                sign_in.end(work, here.member_id, here.id)
        response = _see_other(asked.back) if asked.back else self.look.page("left")
        self.look.drop(response, MEMBER)
        return response

    def _page(self, asked: _Asked, here: Session, *, status: int = 200) -> Response:
        return self.look.page(
            "leave", status=status, to=asked.back, partner=asked.partner, address=here.address,
            action=f"{LOGOUT}?{asked.query}",
            token=self.look.sign(self.look.cookie(MEMBER), "leave", asked.query),
        )  # fmt: skip

    def _read(self, sent: MultiDict[str, str]) -> _Asked:
        if any(len(values) > 1 for _, values in sent.lists()):
            raise _Wrong("twice")
        hint = self._hint(sent.get("id_token_hint", ""))
        named = sent.get("client_id", "") or (hint.client_id if hint else "")
        if hint is not None and hint.client_id != named:
            raise _Wrong("hint")
        client = self._client(named) if named else None
        if named and (client is None or client.revoked_at is not None):
            raise _Wrong("client")
        uri, state = sent.get("post_logout_redirect_uri", ""), sent.get("state")
        if uri and client is None:
            raise _Wrong("nobody")
        if uri and client is not None and uri not in client.post_logout_uris:
            raise _Wrong("after")
        if state is not None and (len(state) > _MOST_STATE or not state.isprintable()):
            raise _Wrong("state")
        query = urlencode([(name, sent[name]) for name in _KEPT if name in sent])
        return self._with_member(client, hint, _back(uri, state), query)

    def _with_member(
        self, client: ClientTerms | None, hint: _Hint | None, back: str, query: str
    ) -> _Asked:
        if client is None:
            return _Asked(None, "", back, hint, None, query)
        with self.desk.work(_OAUTH) as work:
            terms = partners.terms(work, client.partner_id, version=-1)
        member_id = identity.member_of(terms.ref_key, hint.subject) if hint else None
        return _Asked(client, terms.name, back, hint, member_id, query)

    def _hint(self, token: str) -> _Hint | None:
        """Return what an id token of ours says, expired or not; ``None`` for any other text."""
        try:
            claims = self._claims(token)
            facts = claims["iss"], claims["aud"], claims["sub"], claims["auth_time"]
        except (ValueError, KeyError, JoseError):
            return None
        issuer, audience, subject, when = facts
        texts = isinstance(audience, str) and isinstance(subject, str) and issuer == self.issuer
        if not texts or type(when) is not int or not 0 <= when < _LAST_SECOND:
            return None
        return _Hint(audience, subject, datetime.fromtimestamp(when, UTC))

    def _claims(self, token: str) -> dict[str, Any]:
        if not token or len(token) > _MOST_HINT:
            raise ValueError("no id token is so long")
        header = header_of(token)
        if header.keys() != _HEADER or header["alg"] != ALGORITHM or header["typ"] != "JWT":
            raise ValueError("no id token of ours has this header")
        key = self.keys.verifying(header["kid"])
        if key is None:
            raise ValueError("the key is none of ours")
        return jwt.decode(token, key, algorithms=[ALGORITHM]).claims

    def _client(self, client_id: str) -> ClientTerms | None:
        if uuid_of("cli", client_id) is None:
            return None
        with self.desk.work(_OAUTH) as work:
            return credentials.find_client(work, client_id)


def _back(uri: str, state: str | None) -> str:
    if not uri or state is None:
        return uri
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode({'state': state})}"


def _see_other(address: str) -> Response:
    return Response(status=303, headers={"Location": address})
