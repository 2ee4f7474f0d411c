"""A partner's shop in which members sign in: it asks for codes and redeems them."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from apiflask import APIFlask
from werkzeug.test import TestResponse

from keyholders import KeyHolder
from signers import Signer
from stoa.services import authorizations, credentials
from stoa.services.credentials import MEMBER_SCOPES
from stoa.work import Actor, Desk

__all__ = ["BACK", "Shop", "a_shop", "an_app", "query_of"]

BACK = "https://shop.example/back?from=stoa"
SCOPE = "openid profile email wallet:read"


@dataclass
class Shop:
    """A client; `secret` is empty for an app on phones."""

    app: APIFlask
    client_id: str
    secret: str
    back: str = BACK
    verifiers: dict[str, str] = field(default_factory=dict)

    def asks(self, **changes: str | None) -> str:
        """Return the path to send a member to; a change to ``None`` leaves a parameter out."""
        verifier = secrets.token_urlsafe(32)
        state = secrets.token_urlsafe(8)
        self.verifiers[state] = verifier
        digest = hashlib.sha256(verifier.encode()).digest()
        asked: dict[str, str | None] = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": self.back,
            "scope": SCOPE, "state": state, "nonce": "n-1", "code_challenge_method": "S256",
            "code_challenge": urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }  # fmt: skip
        pairs = {name: value for name, value in (asked | changes).items() if value is not None}
        return f"/oauth/authorize?{urlencode(pairs)}"

    def code(self, signer: Signer, **changes: str | None) -> tuple[str, str]:
        """Let a signed-in member agree; return the code and the verifier."""
        path = self.asks(**changes)
        answer = signer.get(path)
        if answer.status_code == 200:
            answer = signer.post(signer.action, answer="yes")
        assert answer.status_code == 303, answer.text
        told = query_of(answer)
        return told["code"], self.verifiers[query_of(path)["state"]]

    def token(self, **form: str) -> TestResponse:
        """Ask the token endpoint, with the client's own credentials."""
        if self.secret:
            return self.app.test_client().post(
                "/oauth/token", data=form, auth=(self.client_id, self.secret)
            )
        return self.app.test_client().post(
            "/oauth/token", data=form | {"client_id": self.client_id}
        )

    def redeems(self, code: str, verifier: str, **changes: str) -> TestResponse:
        """Redeem a code."""
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": self.back,
            "code_verifier": verifier,
        }  # fmt: skip
        return self.token(**form | changes)

    def tokens(self, signer: Signer, **changes: str | None) -> dict[str, Any]:
        """Return the tokens of a member who signs in and agrees."""
        answer = self.redeems(*self.code(signer, **changes))
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})

    def refreshes(self, token: str, **more: str) -> TestResponse:
        """Use a refresh token."""
        return self.token(grant_type="refresh_token", refresh_token=token, **more)

    def bound(self, holder: KeyHolder, **form: str) -> TestResponse:
        """Ask the token endpoint as an app that has a key."""
        proof = holder.proof("POST", "http://localhost/oauth/token")
        return self.app.test_client().post(
            "/oauth/token", data=form | {"client_id": self.client_id}, headers={"DPoP": proof}
        )

    def get(self, path: str, token: str) -> TestResponse:
        """Ask a door with a token."""
        return self.app.test_client().get(path, headers={"Authorization": f"Bearer {token}"})


def a_shop(app: APIFlask, desk: Desk, partner_id: Any, **changes: Any) -> Shop:
    """Issue a client through which members may sign in."""
    with desk.work(Actor("cli")) as work:
        pair = credentials.issue_client(work, partner_id, "Web shop")
    given = {"redirect_uris": [BACK], "scopes": MEMBER_SCOPES} | changes
    with desk.work(Actor("cli")) as work:
        authorizations.allow_sign_in(work, pair[0], **given)
    return Shop(app, *pair)


def an_app(app: APIFlask, desk: Desk, partner_id: Any) -> Shop:
    """Issue a client without a secret."""
    back = "com.example.app:/back"
    with desk.work(Actor("cli")) as work:
        client_id = credentials.issue_public_client(work, partner_id, "Phone app")
    with desk.work(Actor("cli")) as work:
        authorizations.allow_sign_in(work, client_id, redirect_uris=[back], scopes=MEMBER_SCOPES)
    return Shop(app, client_id, "", back)


def query_of(answer: TestResponse | str) -> dict[str, str]:
    """Return the query that an answer leads to, or a path has."""
    address = answer if isinstance(answer, str) else answer.location
    found = parse_qs(urlsplit(address).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in found.values())
    return {name: values[0] for name, values in found.items()}
