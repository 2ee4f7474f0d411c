"""Members sign in at a partner's shop by `stoa_sdk.sign_in`, at the real app."""

import asyncio
import json
import pickle
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from apiflask import APIFlask
from joserfc.jwk import ECKey
from werkzeug.serving import make_server

from shops import BACK, Shop, a_shop, an_app
from signers import Signer, app_with_letters
from stoa.config import Settings
from stoa.services import authorizations, credentials
from stoa.work import Actor, Desk
from stoa_sdk import ConnectionFailed, Problem
from stoa_sdk.id_tokens import IdTokenRefused, checked
from stoa_sdk.keys import PrivateKey
from stoa_sdk.sign_in import AsyncSignIn, Begun, SignIn, SignInRefused
from world import Coalition, FixedClock

ADA = "ada@example.org"
GUIDE = Path(__file__).parents[2] / "docs" / "sign-in.md"
SCOPES = ("openid", "profile", "email", "wallet:read")


@pytest.fixture
def app(settings: Settings, desk: Desk, coalition: Coalition) -> APIFlask:
    coalition.a_member("Ada", email=ADA)
    return app_with_letters(settings, desk)


@pytest.fixture
def ada(app: APIFlask, desk: Desk) -> Signer:
    signer = Signer(app, desk)
    signer.sign_in(ADA)
    return signer


@pytest.fixture
def shop(app: APIFlask, desk: Desk, coalition: Coalition) -> Shop:
    return a_shop(app, desk, coalition.grocery)


def sign_in_of(shop: Shop, clock: FixedClock, **changes: Any) -> SignIn:
    given: dict[str, Any] = {
        "redirect_uri": shop.back, "scopes": SCOPES, "clock": clock.now.timestamp,
        "transport": httpx2.WSGITransport(app=shop.app),
    }  # fmt: skip
    secret = changes.pop("secret", shop.secret or None)
    return SignIn("http://localhost", shop.client_id, secret, **given | changes)


def agreed(ada: Signer, begun: Begun, *, answer: str = "yes") -> str:
    """Let a member who is signed in answer; return the address that the shop is called at."""
    path = begun.url.removeprefix("http://localhost")
    told = ada.get(path)
    if told.status_code == 200:
        told = ada.post(ada.action, answer=answer)
    assert told.status_code == 303, told.text
    return str(told.location)


@pytest.fixture(params=["secret", "key", "public"])
def any_shop(
    request: pytest.FixtureRequest, app: APIFlask, desk: Desk, coalition: Coalition
) -> tuple[Shop, str]:
    make = an_app if request.param == "public" else a_shop
    return make(app, desk, coalition.grocery), request.param


def test_a_member_signs_in_and_the_shop_asks_in_the_members_name(
    any_shop: tuple[Shop, str], desk: Desk, clock: FixedClock, ada: Signer
) -> None:
    shop, kind = any_shop
    key = PrivateKey(
        bytes(ECKey.generate_key("P-256").as_pem(private=True)).decode(), clock=clock.now.timestamp
    )
    if kind == "key":
        with desk.work(Actor("cli")) as work:
            credentials.add_keys(work, shop.client_id, json.dumps(key.public()))
    how = {"secret": key} if kind == "key" else {}
    with sign_in_of(shop, clock, **how) as stoa:
        begun = stoa.begin(language="zh-Hant", login_hint=ADA)
        asked = parse_qs(urlsplit(begun.url).query)
        assert asked["code_challenge_method"] == ["S256"]
        assert (asked["ui_locales"], "prompt" in asked) == (["zh-Hant"], False)
        assert begun.kept not in repr(begun)
        member = stoa.finish(agreed(ada, begun), begun.kept)
        assert member.ref.startswith("mbr_")
        assert member.tokens.scopes == SCOPES
        assert member.tokens.access_token not in repr(member)
        told = stoa.userinfo(member.tokens.access_token)
        assert (told["sub"], told["name"], told["email"]) == (member.ref, "Ada", ADA)
        path = "/v1/members/me/balance"
        assert shop.get(path, member.tokens.access_token).status_code == 200
        fresh = stoa.refresh(member.tokens.refresh_token or "")
        assert fresh.refresh_token != member.tokens.refresh_token
        assert shop.get(path, fresh.access_token).status_code == 200
        stoa.revoke(fresh.refresh_token or "")
        with pytest.raises(Problem, match="INVALID_GRANT"):
            stoa.refresh(fresh.refresh_token or "")


def test_a_shop_signs_its_members_out(
    app: APIFlask, desk: Desk, coalition: Coalition, ada: Signer, clock: FixedClock
) -> None:
    bye = "https://shop.example/bye"
    shop = a_shop(app, desk, coalition.grocery, post_logout_uris=[bye])
    with sign_in_of(shop, clock) as stoa:
        begun = stoa.begin()
        member = stoa.finish(agreed(ada, begun), begun.kept)
        assert member.id_token not in repr(member)
        plain = parse_qs(urlsplit(stoa.logout_url()).query)
        assert plain == {"client_id": [shop.client_id]}
        url = stoa.logout_url(member.id_token, back=bye, state="s", language="en")
        answer = ada.get(url.removeprefix("http://localhost"))
        assert answer.location == f"{bye}?state=s"
        with pytest.raises(Problem, match="INVALID_GRANT"):
            stoa.refresh(member.tokens.refresh_token or "")


def test_a_member_who_says_no_is_not_signed_in(shop: Shop, ada: Signer, clock: FixedClock) -> None:
    with sign_in_of(shop, clock) as stoa:
        begun = stoa.begin()
        with pytest.raises(SignInRefused) as refused:
            stoa.finish(agreed(ada, begun, answer="no"), begun.kept)
    assert refused.value.code == "access_denied"
    again = pickle.loads(pickle.dumps(refused.value))  # noqa: S301 - our own
    assert (again.code, str(again)) == (refused.value.code, str(refused.value))


def test_what_comes_back_has_to_fit_what_was_begun(
    shop: Shop, ada: Signer, clock: FixedClock, subtests: pytest.Subtests
) -> None:
    with sign_in_of(shop, clock) as stoa:
        begun, other = stoa.begin(), stoa.begin()
        back = agreed(ada, begun)
        cases = [
            ("another session", back, other.kept, "state"),
            ("no session", back, None, "state"),
            ("half a session", back, begun.kept.rpartition(".")[0], "state"),
            ("no state", re.sub(r"state=[^&]*", "", back), begun.kept, "state"),
            (
                "another server",
                re.sub(r"iss=[^&]*", "iss=https://evil", back),
                begun.kept,
                "issuer",
            ),
            ("no server", re.sub(r"iss=[^&]*", "", back), begun.kept, "issuer"),
            ("no code", re.sub(r"code=[^&]*", "", back), begun.kept, "callback"),
            ("two codes", f"{back}&code=x", begun.kept, "callback"),
        ]
        for name, address, kept, code in cases:
            with subtests.test(name), pytest.raises(SignInRefused) as refused:
                stoa.finish(address, kept)
            assert refused.value.code == code, name
        state, nonce, verifier = begun.kept.split(".")
        with pytest.raises(SignInRefused, match="another sign-in"):
            stoa.finish(back, f"{state}.{nonce}x.{verifier}")
        with pytest.raises(Problem, match="INVALID_GRANT"):  # the code was used up by that
            stoa.finish(back, begun.kept)


def test_a_server_that_says_it_is_another_is_not_asked(shop: Shop, clock: FixedClock) -> None:
    stoa = SignIn(
        "http://127.0.0.1", shop.client_id, shop.secret, redirect_uri=BACK,
        transport=httpx2.WSGITransport(app=shop.app),
    )  # fmt: skip
    with stoa, pytest.raises(SignInRefused) as refused:
        stoa.begin()
    assert refused.value.code == "issuer"
    with pytest.raises(ValueError, match="openid"):
        sign_in_of(shop, clock, scopes=("profile",))


def test_no_answer_is_told_as_such(shop: Shop, clock: FixedClock) -> None:
    def down(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("down", request=request)

    for answer in (down, lambda _request: httpx2.Response(200, text="<html>")):
        transport = httpx2.MockTransport(answer)
        with sign_in_of(shop, clock, transport=transport) as stoa, pytest.raises(ConnectionFailed):
            stoa.begin()


class TestAnIdTokenIsNotBelieved:
    """Each claim of OpenID Connect Core §3.1.3.7 by itself, and the signature."""

    @pytest.fixture
    def given(self, app: APIFlask, shop: Shop, ada: Signer, clock: FixedClock) -> dict[str, Any]:
        tokens = shop.tokens(ada)
        return {
            "token": tokens["id_token"],
            "keys": app.test_client().get("/.well-known/jwks.json").json,
            "issuer": "http://localhost",
            "client_id": shop.client_id,
            "nonce": "n-1",
            "access_token": tokens["access_token"],
            "now": clock.now.timestamp(),
        }

    def test_unless_all_of_it_fits(
        self, given: dict[str, Any], clock: FixedClock, subtests: pytest.Subtests
    ) -> None:
        assert checked(**given)["sub"].startswith("mbr_")
        head, body, sign = given["token"].split(".")
        stranger = ECKey.generate_key("P-256").as_dict(private=False)
        changes: dict[str, dict[str, Any]] = {
            "another issuer": {"issuer": "https://evil"},
            "another client": {"client_id": "cli_other"},
            "another nonce": {"nonce": "n-2"},
            "another access token": {"access_token": "x"},
            "too late": {"now": clock.now.timestamp() + 700},
            "too early": {"now": clock.now.timestamp() - 100},
            "a changed signature": {"token": f"{head}.{body}.{sign[::-1]}"},
            "no signature": {"token": f"eyJhbGciOiJub25lIn0.{body}."},
            "no token": {"token": ""},
            "keys of a stranger": {"keys": {"keys": [stranger]}},
            "no keys": {"keys": {}},
        }
        for name, wrong in changes.items():
            with subtests.test(name), pytest.raises(IdTokenRefused):
                checked(**given | wrong)


def test_tasks_sign_members_in_too(shop: Shop, ada: Signer, clock: FixedClock) -> None:
    inside = httpx2.WSGITransport(app=shop.app)

    def pass_on(request: httpx2.Request) -> httpx2.Response:
        answer = inside.handle_request(request)
        return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.read())

    async def do() -> str:
        async with AsyncSignIn(
            "http://localhost", shop.client_id, shop.secret, redirect_uri=BACK,
            clock=clock.now.timestamp, transport=httpx2.MockTransport(pass_on),
        ) as stoa:  # fmt: skip
            begun = await stoa.begin()
            member = await stoa.finish(agreed(ada, begun), begun.kept)
            assert (await stoa.userinfo(member.tokens.access_token))["sub"] == member.ref
            fresh = await stoa.refresh(member.tokens.refresh_token or "")
            await stoa.revoke(fresh.access_token)
            return member.ref

    assert asyncio.run(do()).startswith("mbr_")


@pytest.fixture
def site(settings: Settings, desk: Desk, clock: FixedClock) -> Iterator[tuple[str, APIFlask]]:
    """Serve the app at the address that it says it has, at the time of this machine."""
    clock.now = datetime.now(UTC)
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    server.app = app_with_letters(replace(settings, public_url=url), desk)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield url, server.app
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_shop_of_the_manual_signs_members_in(
    coalition: Coalition, site: tuple[str, APIFlask], desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, app = site
    coalition.a_member("Ada", email=ADA)
    with desk.work(Actor("cli")) as work:
        client_id, secret = credentials.issue_client(work, coalition.grocery, "Shop")
    back = "https://shop.example/stoa/back"
    with desk.work(Actor("cli")) as work:
        authorizations.allow_sign_in(work, client_id, redirect_uris=[back])
    told = {"URL": url, "CLIENT_ID": client_id, "CLIENT_SECRET": secret}
    for name, value in told.items():
        monkeypatch.setenv(f"STOA_{name}", value)
    monkeypatch.setenv("SHOP_SECRET_KEY", "of a test")
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    made: dict[str, Any] = {"__name__": "shop"}
    exec(compile(code, str(GUIDE), "exec"), made)  # noqa: S102 - the manual's own example
    ada = Signer(app, desk)
    ada.sign_in(ADA)
    visitor = made["app"].test_client()
    with made["stoa"]:
        away = visitor.get("/sign-in", base_url="https://shop.example")
        told_back = agreed(ada, Begun(away.location.removeprefix(url), ""))
        home = visitor.get(
            told_back.removeprefix("https://shop.example"), base_url="https://shop.example"
        )
        assert home.text == "Welcome, Ada"
        again = visitor.get(
            told_back.removeprefix("https://shop.example"), base_url="https://shop.example"
        )
        assert again.status_code == 400
