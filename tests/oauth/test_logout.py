"""Signing out at a partner (OpenID Connect RP-Initiated Logout 1.0)."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from apiflask import APIFlask

from shops import Shop, a_shop, query_of
from signers import Signer, app_with_letters
from stoa.config import Settings
from stoa.errors import InvalidBodyError
from stoa.services import authorizations, credentials
from stoa.work import Actor, Desk
from world import Coalition, FixedClock

ADA, BEA = "ada@example.org", "bea@example.org"
BYE = "https://shop.example/bye"


@pytest.fixture
def app(settings: Settings, desk: Desk, coalition: Coalition) -> APIFlask:
    coalition.a_member("Ada", email=ADA)
    coalition.a_member("Bea", email=BEA)
    return app_with_letters(settings, desk)


@pytest.fixture
def shop(app: APIFlask, desk: Desk, coalition: Coalition) -> Shop:
    return a_shop(app, desk, coalition.grocery, post_logout_uris=[BYE])


@pytest.fixture
def ada(app: APIFlask, desk: Desk) -> Signer:
    signer = Signer(app, desk)
    signer.sign_in(ADA)
    return signer


def leaving(**asked: str) -> str:
    return f"/oauth/logout?{urlencode(asked)}"


def signed_in(signer: Signer) -> bool:
    return signer.client.get("/account").status_code == 200


def good(shop: Shop, tokens: dict[str, Any]) -> bool:
    """Tell whether a refresh token still works; it is used up by that."""
    return shop.refreshes(tokens["refresh_token"]).status_code == 200


def test_an_id_token_signs_out_without_a_question(shop: Shop, ada: Signer) -> None:
    tokens = shop.tokens(ada)
    answer = ada.get(
        leaving(id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE, state="s 1")
    )
    assert (answer.status_code, answer.location) == (303, f"{BYE}?state=s+1")
    assert not signed_in(ada)
    assert not good(shop, tokens)


def test_an_expired_id_token_serves(shop: Shop, ada: Signer, clock: FixedClock) -> None:
    tokens = shop.tokens(ada)
    clock.now += timedelta(days=3)
    assert ada.get(leaving(id_token_hint=tokens["id_token"])).status_code == 200
    assert not signed_in(ada)
    assert not good(shop, tokens)


def test_where_no_browser_is_signed_in_the_id_token_ends_its_sign_in(
    app: APIFlask, desk: Desk, shop: Shop, ada: Signer
) -> None:
    tokens = shop.tokens(ada)
    other = Signer(app, desk)
    answer = other.get(leaving(id_token_hint=tokens["id_token"], post_logout_redirect_uri=BYE))
    assert answer.location == BYE
    assert signed_in(ada)
    assert not good(shop, tokens)


def test_without_a_good_hint_the_member_is_asked(
    shop: Shop, ada: Signer, subtests: pytest.Subtests
) -> None:
    token = shop.tokens(ada)["id_token"]
    head, body, mark = token.split(".")
    for hint in ("", "x", f"{head}.{body}.{mark[::-1]}", shop.tokens(ada)["access_token"]):
        with subtests.test(hint=hint[:20]):
            answer = ada.get(leaving(client_id=shop.client_id, id_token_hint=hint))
            assert answer.status_code == 200
            assert "Sign out?" in answer.text
            assert signed_in(ada)


def test_the_answer_counts_from_our_page_alone(shop: Shop, ada: Signer) -> None:
    asked = leaving(client_id=shop.client_id, post_logout_redirect_uri=BYE)
    tokens = shop.tokens(ada)
    ada.get(asked)
    forged = ada.client.post(asked, data={"csrf_token": "x" * 64, "answer": "yes"})
    assert forged.status_code == 400
    assert signed_in(ada)
    other = leaving(client_id=shop.client_id, post_logout_redirect_uri=BYE, state="other")
    assert ada.post(other, answer="yes").status_code == 400, "the token is of what was shown"
    ada.get(asked)
    assert ada.post(ada.action, answer="no").location == "/account"
    assert signed_in(ada)
    ada.get(asked)
    assert ada.post(ada.action, answer="yes").location == BYE
    assert not signed_in(ada)
    assert not good(shop, tokens)


def test_another_members_hint_asks_who_is_signed_in_here(
    app: APIFlask, desk: Desk, shop: Shop, ada: Signer
) -> None:
    bea = Signer(app, desk)
    bea.sign_in(BEA)
    tokens = shop.tokens(bea)
    answer = ada.get(leaving(id_token_hint=tokens["id_token"]))
    assert "Sign out?" in answer.text
    assert ADA in answer.text
    assert signed_in(ada)
    assert signed_in(bea)


def test_nobody_is_sent_to_an_address_that_is_not_registered_for_it(  # noqa: PLR0917 - fixtures
    app: APIFlask, desk: Desk, coalition: Coalition, shop: Shop, ada: Signer,
    subtests: pytest.Subtests,
) -> None:  # fmt: skip
    token = shop.tokens(ada)["id_token"]
    other = a_shop(app, desk, coalition.cinema)
    for asked in (
        {"id_token_hint": token, "post_logout_redirect_uri": f"{BYE}/"},
        {"id_token_hint": token, "post_logout_redirect_uri": shop.back},
        {"post_logout_redirect_uri": BYE},
        {"client_id": other.client_id, "post_logout_redirect_uri": BYE},
        {"client_id": other.client_id, "id_token_hint": token},
        {"client_id": "cli_x", "post_logout_redirect_uri": BYE},
    ):
        with subtests.test(asked=sorted(asked)):
            answer = ada.get(leaving(**asked))
            assert answer.status_code == 400
            assert "Location" not in answer.headers
            assert signed_in(ada)
    assert ada.get(f"{leaving(client_id=shop.client_id)}&client_id=x").status_code == 400


def test_other_clients_and_other_browsers_stay_signed_in(  # noqa: PLR0917 - fixtures
    app: APIFlask, desk: Desk, coalition: Coalition, shop: Shop, ada: Signer, clock: FixedClock
) -> None:
    cinema = a_shop(app, desk, coalition.cinema)
    there = cinema.tokens(ada)
    clock.now += timedelta(seconds=5)
    phone = Signer(app, desk)
    phone.sign_in(ADA)
    elsewhere = shop.tokens(phone)
    ada.get(leaving(id_token_hint=shop.tokens(ada)["id_token"]))
    assert not signed_in(ada)
    assert signed_in(phone)
    assert good(cinema, there)
    assert good(shop, elsewhere)


def test_a_code_that_waits_ends_too(shop: Shop, ada: Signer) -> None:
    hint = shop.tokens(ada)["id_token"]
    code = shop.code(ada)
    ada.get(leaving(id_token_hint=hint))
    assert shop.redeems(*code).status_code == 400


def test_a_client_may_post_and_choose_the_language(shop: Shop, ada: Signer) -> None:
    asked = {"client_id": shop.client_id, "ui_locales": "zh-Hans"}
    answer = ada.client.post("/oauth/logout", data=asked)
    assert answer.status_code == 303
    assert query_of(answer) == asked
    assert "要登出吗" in ada.get(answer.location).text


def test_a_page_that_leads_nowhere_says_why_in_the_members_language(
    shop: Shop, ada: Signer
) -> None:
    for path, why in (
        (leaving(post_logout_redirect_uri=BYE, ui_locales="zh-Hans"), "须同时提供"),
        (leaving(client_id="x", ui_locales="zh-Hant"), "不是使用中的用戶端"),
        (
            shop.asks(redirect_uri="https://x.example/", ui_locales="zh-Hans"),
            "登记的地址不完全一致",
        ),
    ):
        answer = ada.get(path)
        assert answer.status_code == 400
        assert why in answer.text


def test_the_endpoint_is_told_and_unsafe_addresses_are_refused(
    app: APIFlask, desk: Desk, shop: Shop
) -> None:
    told: Any = app.test_client().get("/.well-known/openid-configuration").json
    assert told["end_session_endpoint"] == "http://localhost/oauth/logout"
    with desk.work(Actor("cli")) as work, pytest.raises(InvalidBodyError) as wrong:
        authorizations.allow_sign_in(
            work, shop.client_id, redirect_uris=[shop.back],
            post_logout_uris=["http://shop.example/bye"],
        )  # fmt: skip
    assert wrong.value.members["errors"].keys() == {"post_logout_uris"}
    with desk.work(Actor("cli")) as work:
        authorizations.forbid_sign_in(work, shop.client_id)
    with desk.work(Actor("cli")) as work:
        found = credentials.find_client(work, shop.client_id)
    assert found is not None
    assert found.post_logout_uris == ()
