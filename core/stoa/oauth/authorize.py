"""The authorization endpoint: partners send members here, and get a code back (RFC 6749 §4.1).

A request that does not name a client and one of its own addresses, letter by letter, is never
redirected anywhere: it ends on a page of ours. All other mistakes go back to the client, with
``state`` and ``iss`` (RFC 9207), by 303 and nothing else (RFC 9700 §4.12).
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Request, Response, request
from werkzeug import Response as AnyResponse

from stoa.config import Settings
from stoa.oauth import asking
from stoa.oauth.asking import Asked, RefusedError, UnansweredError
from stoa.oauth.look import AUTHORIZE, Look
from stoa.oauth.sign_in import MEMBER, session_here, to_sign_in
from stoa.oauth.words import TEXT_VERSION
from stoa.services import authorizations, credentials, partners
from stoa.services.authorizations import Wanted
from stoa.services.credentials import ClientTerms
from stoa.services.sign_in import Session
from stoa.values.identifiers import uuid_of
from stoa.work import Actor, Desk

__all__ = ["create_blueprint"]

_OAUTH = Actor("oauth")


def create_blueprint(desk: Desk, settings: Settings) -> Blueprint:
    """Return the blueprint of the door; its pages are those of the sign-in."""
    blueprint = Blueprint("authorize", __name__)
    door = _Door(desk, Look.of(settings), issuer=settings.public_url)
    blueprint.add_url_rule(AUTHORIZE, "ask", door.ask, methods=["GET"])
    blueprint.add_url_rule(AUTHORIZE, "answer", door.answer, methods=["POST"])
    return blueprint


@dataclass(frozen=True, slots=True)
class _Door:
    desk: Desk
    look: Look
    issuer: str

    def ask(self) -> AnyResponse:
        """Ask the member, unless the member is to sign in first or agreed to all of it before."""
        return self._heard(request, self._ask)

    def answer(self) -> AnyResponse:
        """Take the member's answer; a client that posts its request is led to ask with GET."""
        if "csrf_token" not in request.form:
            pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
            return _see_other(f"{AUTHORIZE}?{urlencode(pairs)}")
        return self._heard(request, self._answer)

    def _heard(
        self, asked_by: Request, deed: Callable[[Asked, Session | None], AnyResponse]
    ) -> AnyResponse:
        try:
            asked = asking.read(asked_by.args, self._client)
        except UnansweredError as wrong:
            return self.look.page("error", status=400, why=str(wrong))
        except RefusedError as refused:
            return self._back(refused.redirect_uri, refused.state, refused.facts())
        with self.desk.work(_OAUTH) as work:
            status = partners.terms(work, asked.client.partner_id, version=-1).status
        if status != "active":
            return self._refuse(asked, "access_denied", "The partner is suspended.")
        return deed(asked, session_here(self.desk, self.look))

    def _ask(self, asked: Asked, here: Session | None) -> AnyResponse:
        if here is None or asked.wants_proof(here.made_at, self.desk.clock()):
            if asked.silent:
                return self._refuse(asked, "login_required")
            return to_sign_in(f"{AUTHORIZE}?{asked.query(again=True)}", hint=asked.hint)
        consent = self._remembered(asked, here)
        if consent is not None and not asked.wants_consent:
            return self._granted(asked, here, consent)
        if asked.silent:
            return self._refuse(asked, "consent_required")
        return self._page(asked, here)

    def _answer(self, asked: Asked, here: Session | None) -> AnyResponse:
        if here is None:
            return to_sign_in(f"{AUTHORIZE}?{asked.query()}", hint=asked.hint)
        token = request.form.get("csrf_token", "")
        if not self.look.signed(token, self.look.cookie(MEMBER), "consent", asked.query()):
            return self._page(asked, here, status=400)
        if request.form.get("answer") != "yes":
            return self._refuse(asked, "access_denied")
        with self.desk.work(_OAUTH) as work:
            consent = authorizations.give(
                work, here.member_id, asked.client.partner_id, asked.client.id, asked.scopes,
                text_version=TEXT_VERSION,
            )  # fmt: skip
        return self._granted(asked, here, consent)

    def _remembered(self, asked: Asked, here: Session) -> UUID | None:
        with self.desk.work(_OAUTH) as work:
            return authorizations.remembered(
                work, here.member_id, asked.client.id, asked.scopes, text_version=TEXT_VERSION
            )

    def _granted(self, asked: Asked, here: Session, consent: UUID) -> AnyResponse:
        wanted = Wanted(
            client_id=asked.client.id,
            redirect_uri=asked.redirect_uri,
            scopes=asked.scopes,
            challenge=asked.challenge,
            nonce=asked.nonce,
            address=here.address,
            auth_time=here.made_at,
        )
        with self.desk.work(_OAUTH) as work:
            code = authorizations.issue_code(work, consent, wanted)
        if code is None:
            return self._refuse(
                asked, "invalid_request", "Make a new code_challenge for every request."
            )
        return self._back(asked.redirect_uri, asked.state, {"code": code})

    def _page(self, asked: Asked, here: Session, *, status: int = 200) -> Response:
        with self.desk.work(_OAUTH) as work:
            partner = partners.terms(work, asked.client.partner_id, version=-1).name
        query = asked.query()
        return self.look.page(
            "consent",
            status=status,
            to=asked.redirect_uri,
            partner=partner,
            client=asked.client.name,
            scopes=asked.scopes,
            address=here.address,
            action=f"{AUTHORIZE}?{query}",
            token=self.look.sign(self.look.cookie(MEMBER), "consent", query),
            other=f"/sign-in?{urlencode({'next': f'{AUTHORIZE}?{query}'})}",
        )

    def _refuse(self, asked: Asked, error: str, why: str = "") -> AnyResponse:
        facts = {"error": error} | ({"error_description": why} if why else {})
        return self._back(asked.redirect_uri, asked.state, facts)

    def _back(self, uri: str, state: str | None, facts: dict[str, str]) -> AnyResponse:
        told = facts | ({"state": state} if state is not None else {}) | {"iss": self.issuer}
        return _see_other(f"{uri}{'&' if '?' in uri else '?'}{urlencode(told)}")

    def _client(self, client_id: str) -> ClientTerms | None:
        if uuid_of("cli", client_id) is None:
            return None
        with self.desk.work(_OAUTH) as work:
            return credentials.find_client(work, client_id)


def _see_other(address: str) -> Response:
    return Response(status=303, headers={"Location": address})
