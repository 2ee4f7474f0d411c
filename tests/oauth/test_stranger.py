"""A stranger's OAuth library signs a member in: over a real server, with a real mail server."""

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from requests_oauthlib import OAuth2Session  # type: ignore[import-untyped]
from werkzeug.serving import make_server

from mailboxes import Mailbox, code_in, mailbox
from shops import query_of
from stoa.app import create_app
from stoa.config import Settings
from stoa.post import open_office
from stoa.services import authorizations, credentials, mail
from stoa.work import Actor, Desk
from world import Coalition

ADA = "ada@example.org"
BACK = "http://127.0.0.1:9/back"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as box:
        yield box


@pytest.fixture
def site(settings: Settings, desk: Desk, coalition: Coalition, box: Mailbox) -> Iterator[str]:
    """Serve the app at the address that it says it has."""
    coalition.a_member("Ada Lovelace", email=ADA)
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    server.app = create_app(replace(settings, public_url=url, smtp_url=box.url), desk=desk)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield url
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the library speak http, in its own word for it."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


class Browser:
    """A member's browser: it keeps cookies and sends the forms that it is shown."""

    def __init__(self) -> None:
        self.session = requests.Session()

    def open(self, url: str) -> requests.Response:
        """Open a page; redirects are followed as far as they stay with us."""
        answer = self.session.get(url, allow_redirects=False)
        while answer.is_redirect and not answer.headers["Location"].startswith(BACK):
            answer = self.session.get(
                urljoin(url, answer.headers["Location"]), allow_redirects=False
            )
        return answer

    def send(self, page: requests.Response, **fields: str) -> requests.Response:
        """Send the form of a page."""
        action = re.search(r'<form method="post" action="([^"]*)"', page.text)
        assert action, page.text
        hidden = re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page.text)
        form = {name: unescape(value) for name, value in hidden} | fields
        url = urljoin(page.url, unescape(action[1]))
        answer = self.session.post(url, data=form, allow_redirects=False)
        to = answer.headers.get("Location", "")
        return self.open(urljoin(url, to)) if to and not to.startswith(BACK) else answer


@pytest.mark.usefixtures("plain_http")
@pytest.mark.parametrize("kind", ["confidential", "public"])
def test_a_strangers_library_walks_the_whole_way(
    site: str, desk: Desk, coalition: Coalition, box: Mailbox, kind: str
) -> None:
    public = kind == "public"
    secret = None
    with desk.work(Actor("cli")) as work:
        if public:
            client_id = credentials.issue_public_client(work, coalition.grocery, "App")
        else:
            client_id, secret = credentials.issue_client(work, coalition.grocery, "Shop")
    with desk.work(Actor("cli")) as work:
        authorizations.allow_sign_in(work, client_id, redirect_uris=[BACK])
    told = requests.get(f"{site}/.well-known/openid-configuration", timeout=10).json()
    assert told["issuer"] == site
    scope = ["openid", "profile", "email", "wallet:read"]
    shop = OAuth2Session(client_id, redirect_uri=BACK, scope=scope, pkce="S256")
    address, _ = shop.authorization_url(told["authorization_endpoint"], nonce="n-1")

    ada = Browser()
    page = ada.send(ada.open(address), email=ADA)
    office = open_office(box.url, sender="stoa@stoa.example")
    assert office is not None
    assert mail.carry_on(desk, Actor("worker"), office) == 1
    page = ada.send(page, code=code_in(box.letters[-1]))
    assert "Harbour Grocery asks for your membership" in page.text
    back = ada.send(page, answer="yes").headers["Location"]
    assert query_of(back)["iss"] == site

    tokens = shop.fetch_token(
        told["token_endpoint"], authorization_response=back, client_secret=secret,
        include_client_id=public,
    )  # fmt: skip
    assert {"access_token", "refresh_token", "id_token"} <= tokens.keys()
    claims = shop.get(told["userinfo_endpoint"]).json()
    assert (claims["name"], claims["email"]) == ("Ada Lovelace", ADA)
    assert shop.get(f"{site}/v1/members/me/balance").json()["available"] == 0
    assert shop.get(f"{site}/v1/members/{claims['sub']}/entries").json()["entries"] == []
    proof: Any = {"client_id": client_id} if public else {"auth": (client_id, secret)}
    fresh = shop.refresh_token(told["token_endpoint"], **proof)
    assert fresh["refresh_token"] != tokens["refresh_token"]
    assert shop.get(f"{site}/v1/members/me/balance").status_code == 200
