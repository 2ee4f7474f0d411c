"""The authorization endpoint: OAU-01 to OAU-05, 11 to 13, 41, 42, and what OpenID asks for."""

from urllib.parse import urlencode, urlsplit

import pytest
from apiflask import APIFlask

from shops import BACK, Shop, a_shop, query_of
from signers import Signer, app_with_letters
from stoa.config import Settings
from stoa.services import authorizations, credentials, partners
from stoa.work import Actor, Desk
from world import Coalition, FixedClock

ADA = "ada@example.org"
EVIL = "https://evil.example/back"


@pytest.fixture
def app(settings: Settings, desk: Desk, coalition: Coalition) -> APIFlask:
    coalition.a_member("Ada", email=ADA)
    return app_with_letters(settings, desk)


@pytest.fixture
def shop(app: APIFlask, desk: Desk, coalition: Coalition) -> Shop:
    return a_shop(app, desk, coalition.grocery)


@pytest.fixture
def ada(app: APIFlask, desk: Desk) -> Signer:
    signer = Signer(app, desk)
    signer.sign_in(ADA)
    return signer


def refused(signer: Signer, path: str, error: str) -> dict[str, str]:
    """Check that the client is told, at its own address, by 303, with state and iss (OAU-41)."""
    answer = signer.get(path)
    assert answer.status_code == 303, answer.text
    assert answer.location.startswith(f"{BACK}&")
    told = query_of(answer)
    assert told["error"] == error
    assert told["iss"] == "http://localhost"
    assert told.get("state") == query_of(path).get("state")
    return told


def unanswered(signer: Signer, path: str) -> None:
    """Check that nobody is redirected anywhere."""
    for answer in (signer.get(path), signer.client.post(path, data={"csrf_token": "x"})):
        assert answer.status_code == 400
        assert "Location" not in answer.headers
        assert "This link does not work" in answer.text


@pytest.mark.parametrize("kind", ["confidential", "public"])
def test_oau_01_without_a_challenge_there_is_no_code(
    app: APIFlask, desk: Desk, coalition: Coalition, ada: Signer, kind: str
) -> None:
    shop = a_shop(app, desk, coalition.grocery)
    with desk.work(Actor("cli")) as work:
        work.rows("UPDATE clients SET kind = %s RETURNING 1", (kind,))
    refused(ada, shop.asks(code_challenge=None, code_challenge_method=None), "invalid_request")


def test_oau_02_only_s256_is_a_challenge(
    shop: Shop, ada: Signer, subtests: pytest.Subtests
) -> None:
    for method, challenge in (
        ("plain", "a" * 43), (None, "a" * 43), ("s256", "a" * 43), ("S256", "a" * 42),
        ("S256", "a" * 44), ("S256", "é" * 43), ("S256", ""),
    ):  # fmt: skip
        with subtests.test(method=method, challenge=challenge):
            path = shop.asks(code_challenge_method=method, code_challenge=challenge)
            refused(ada, path, "invalid_request")


def test_oau_05_a_challenge_serves_once(shop: Shop, ada: Signer) -> None:
    same = {"code_challenge": "A" * 43}
    ada.get(shop.asks(**same))
    first = query_of(ada.post(ada.action, answer="yes"))
    assert shop.redeems(first["code"], "v" * 43).json == {
        "error": "invalid_grant",
        "error_description": "The code_verifier is not that of the code_challenge.",
    }
    for _ in range(4):
        refused(ada, shop.asks(**same), "invalid_request")
    with shop_desk(ada).work(Actor("test")) as work:
        told = "SELECT count(*) FROM audit_records WHERE deed = 'code.challenge_reused'"
        assert work.rows(told) == [(3,)]


def shop_desk(signer: Signer) -> Desk:
    return signer.letters.desk


def test_a_form_that_is_sent_twice_gives_two_codes_and_the_last_is_good(
    shop: Shop, ada: Signer
) -> None:
    path = shop.asks()
    ada.get(path)
    first, second = (query_of(ada.post(ada.action, answer="yes"))["code"] for _ in range(2))
    verifier = shop.verifiers[query_of(path)["state"]]
    assert shop.redeems(first, verifier).status_code == 400
    assert shop.redeems(second, verifier).status_code == 200


def test_oau_11_a_parameter_that_comes_twice_leads_nowhere(
    shop: Shop, ada: Signer, subtests: pytest.Subtests
) -> None:
    path = shop.asks()
    for name in ("redirect_uri", "client_id", "state", "scope", "code_challenge"):
        for value in (query_of(path)[name], EVIL):
            with subtests.test(name=name, value=value):
                unanswered(ada, f"{path}&{urlencode({name: value})}")


NOWHERE: list[dict[str, str | None]] = [
    {"redirect_uri": EVIL}, {"redirect_uri": None}, {"redirect_uri": ""},
    {"redirect_uri": f"{BACK}x"}, {"redirect_uri": BACK.removesuffix("?from=stoa")},
    {"redirect_uri": BACK.upper()}, {"redirect_uri": f"{BACK}#x"},
    {"redirect_uri": BACK.replace("shop.example", "shop.example@evil.example")},
    {"redirect_uri": EVIL, "response_type": "token"},
    {"redirect_uri": EVIL, "response_type": "code id_token", "scope": "profile"},
    {"redirect_uri": EVIL, "prompt": "none"},
    {"redirect_uri": EVIL, "request_uri": "https://evil.example/r"},
    {"client_id": None}, {"client_id": ""}, {"client_id": "cli_"},
    {"client_id": f"cli_{'0' * 26}"}, {"client_id": "%00"}, {"state": "a\nb"},
    {"state": "s" * 3000},
]  # fmt: skip


def test_oau_12_nobody_is_led_to_an_address_that_is_not_registered(
    shop: Shop, ada: Signer, subtests: pytest.Subtests
) -> None:
    for changes in NOWHERE:
        with subtests.test(**changes):
            unanswered(ada, shop.asks(**changes))


def test_oau_12_an_address_of_another_client_is_none(
    app: APIFlask, desk: Desk, coalition: Coalition, shop: Shop, ada: Signer
) -> None:
    other = a_shop(app, desk, coalition.cinema, redirect_uris=["https://cinema.example/back"])
    unanswered(ada, shop.asks(redirect_uri="https://cinema.example/back"))
    unanswered(ada, other.asks())


def test_oau_13_only_codes_are_given(shop: Shop, ada: Signer, subtests: pytest.Subtests) -> None:
    for kind in ("token", "id_token token", "code token", "code id_token", "none", "CODE"):
        with subtests.test(kind):
            refused(ada, shop.asks(response_type=kind), "unsupported_response_type")


def test_oau_13_no_grant_takes_a_password(shop: Shop) -> None:
    for grant in ("password", "implicit", "urn:ietf:params:oauth:grant-type:device_code"):
        answer = shop.token(grant_type=grant, username=ADA, password="x")
        assert (answer.json or {})["error"] == "unsupported_grant_type"


MISTAKES: list[tuple[dict[str, str | None], str]] = [
    ({"response_type": None}, "invalid_request"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"response_mode": "form_post"}, "invalid_request"),
    ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
    ({"request_uri": "https://shop.example/r"}, "request_uri_not_supported"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"prompt": "create"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "1e3"}, "invalid_request"),
    ({"nonce": "a\nb"}, "invalid_request"),
    ({"scope": None}, "invalid_scope"),
    ({"scope": ""}, "invalid_scope"),
    ({"scope": "openid  profile"}, "invalid_scope"),
    ({"scope": "openid earn:write"}, "invalid_scope"),
    ({"scope": "openid phone"}, "invalid_scope"),
    ({"scope": "openid offline_access"}, "invalid_scope"),
]


def test_oau_14_other_mistakes_go_back_to_the_client(
    shop: Shop, ada: Signer, subtests: pytest.Subtests
) -> None:
    for changes, error in MISTAKES:
        with subtests.test(**changes):
            refused(ada, shop.asks(**changes), error)


def test_oau_14_a_scope_that_the_client_may_not_ask_for_is_refused(
    app: APIFlask, desk: Desk, coalition: Coalition, ada: Signer
) -> None:
    shop = a_shop(app, desk, coalition.grocery, scopes=["openid"])
    assert refused(ada, shop.asks(), "invalid_scope")["error_description"].endswith(" openid.")


def test_a_client_without_the_grant_or_that_is_revoked_gets_nobody(
    shop: Shop, ada: Signer, desk: Desk
) -> None:
    with desk.work(Actor("cli")) as work:
        work.rows("UPDATE clients SET grants = '{client_credentials}' RETURNING 1")
    refused(ada, shop.asks(), "unauthorized_client")
    with desk.work(Actor("cli")) as work:
        authorizations.forbid_sign_in(work, shop.client_id)
    unanswered(ada, shop.asks())
    with desk.work(Actor("cli")) as work:
        credentials.revoke_client(work, shop.client_id)
    unanswered(ada, shop.asks())


def test_a_suspended_partner_gets_nobody(
    shop: Shop, ada: Signer, desk: Desk, coalition: Coalition
) -> None:
    with desk.work(Actor("cli")) as work:
        partners.suspend(work, coalition.grocery)
    refused(ada, shop.asks(), "access_denied")


def test_oau_41_the_answer_says_who_gave_it_and_keeps_the_state(shop: Shop, ada: Signer) -> None:
    path = shop.asks(state="a b&c=d/é")
    ada.get(path)
    answer = ada.post(ada.action, answer="yes")
    assert answer.status_code == 303
    assert answer.location.startswith(f"{BACK}&code=")
    assert query_of(answer).keys() == {"from", "code", "state", "iss"}
    assert query_of(answer)["state"] == "a b&c=d/é"
    assert query_of(answer)["iss"] == "http://localhost"
    ada.get(shop.asks(state=None, scope="openid"))  # remembered: no page
    assert "state" not in query_of(ada.get(shop.asks(state=None)))


def test_a_member_who_says_no_is_led_back_without_a_code(shop: Shop, ada: Signer) -> None:
    path = shop.asks()
    ada.get(path)
    told = query_of(ada.post(ada.action, answer="no"))
    assert told["error"] == "access_denied"
    assert told["state"] == query_of(path)["state"]


def test_the_page_names_the_partner_and_what_it_may_see(shop: Shop, ada: Signer) -> None:
    page = ada.get(shop.asks()).text
    assert "<h1>Harbour Grocery asks for your membership</h1>" in page
    for words in ("see your name", "see your e-mail address", "see your points", "“Web shop”", ADA):
        assert words in page
    assert "set points aside" not in page
    zh = ada.get(shop.asks(ui_locales="zh-Hant")).text
    assert "Harbour Grocery請求使用您的會員身分" in zh


def test_oau_42_the_page_can_not_be_framed_and_leads_to_us_and_the_client(
    shop: Shop, ada: Signer
) -> None:
    policy = ada.get(shop.asks()).headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self' https://shop.example;" in policy


def test_oau_42_a_consent_without_its_token_is_none(shop: Shop, ada: Signer) -> None:
    path = shop.asks()
    ada.get(path)
    for token in ("", "0" * 64):
        answer = ada.client.post(path, data={"csrf_token": token, "answer": "yes"})
        assert answer.status_code == 400
        assert "Location" not in answer.headers
    assert consents(shop, ada) == []


def test_oau_42_a_consent_is_for_what_was_shown_alone(
    shop: Shop, ada: Signer, subtests: pytest.Subtests
) -> None:
    for change in (
        {"scope": "openid profile email wallet:read redeem:self"}, {"state": "other"},
        {"nonce": "other"}, {"code_challenge": "B" * 43},
    ):  # fmt: skip
        shown = query_of(shop.asks())
        ada.get(f"/oauth/authorize?{urlencode(shown)}")
        other = f"/oauth/authorize?{urlencode(shown | change)}"
        with subtests.test(**change):
            assert ada.post(other, answer="yes").status_code == 400
    assert consents(shop, ada) == []


def test_oau_42_a_token_of_another_member_is_none(
    app: APIFlask, desk: Desk, coalition: Coalition, shop: Shop, ada: Signer
) -> None:
    coalition.a_member("Bob", email="bob@example.org")
    bob = Signer(app, desk)
    bob.sign_in("bob@example.org")
    path = shop.asks()
    bob.get(path)
    ada.get(path)
    ada.form = bob.form
    assert ada.post(path, answer="yes").status_code == 400


def consents(shop: Shop, signer: Signer) -> list[tuple[object, ...]]:
    with shop_desk(signer).work(Actor("test")) as work:
        mine = "SELECT scopes FROM consents WHERE client_id = %s"
        return list(work.rows(mine, (shop.client_id,)))


def test_a_consent_is_remembered_for_these_scopes_in_these_words(
    shop: Shop, ada: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.code(ada, scope="openid profile")
    assert ada.get(shop.asks(scope="openid")).status_code == 303
    assert ada.get(shop.asks(scope="openid email")).status_code == 200
    shop.code(ada, scope="openid email")
    assert ada.get(shop.asks(scope="openid profile email")).status_code == 303
    assert ada.get(shop.asks(prompt="consent", scope="openid")).status_code == 200
    monkeypatch.setattr("stoa.oauth.authorize.TEXT_VERSION", "another")
    assert ada.get(shop.asks(scope="openid")).status_code == 200
    assert len(consents(shop, ada)) == 1


def test_an_address_that_any_app_could_claim_is_asked_for_each_time(
    app: APIFlask, desk: Desk, coalition: Coalition, ada: Signer
) -> None:
    here = "http://127.0.0.1:8000/back"
    shop = a_shop(app, desk, coalition.grocery, redirect_uris=[here])
    shop.back = here
    shop.code(ada)
    assert ada.get(shop.asks()).status_code == 200


def test_who_is_not_signed_in_signs_in_first_and_goes_on(
    app: APIFlask, desk: Desk, shop: Shop
) -> None:
    signer = Signer(app, desk)
    path = shop.asks(login_hint=ADA)
    answer = signer.get(path)
    assert answer.status_code == 303
    assert urlsplit(answer.location).path == "/sign-in"
    page = signer.get(answer.location)
    assert f'value="{ADA}"' in page.text
    signer.get(signer.post("/sign-in", email=ADA).location)
    on = signer.post("/sign-in/code", code=signer.letters.code())
    assert query_of(on.location) == query_of(path)
    assert "asks for your membership" in signer.get(on.location).text


def test_prompt_none_shows_nothing(app: APIFlask, desk: Desk, shop: Shop, ada: Signer) -> None:
    nobody = Signer(app, desk)
    refused(nobody, shop.asks(prompt="none"), "login_required")
    refused(ada, shop.asks(prompt="none"), "consent_required")
    shop.code(ada)
    assert "code" in query_of(ada.get(shop.asks(prompt="none")))


def test_prompt_login_and_max_age_ask_for_a_fresh_sign_in(
    shop: Shop, ada: Signer, clock: FixedClock
) -> None:
    shop.code(ada)
    for changes in ({"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}):
        clock.move(seconds=1)
        on = query_of(ada.get(shop.asks(**changes)))["next"]
        assert ada.sign_in(ADA, next=on).location == on
        answer = ada.get(on)
        assert answer.status_code == 303, answer.text
        assert "code" in query_of(answer)
        clock.move(minutes=16)
    assert "code" in query_of(ada.get(shop.asks(max_age="3600")))
    clock.move(hours=1)
    refused(ada, shop.asks(max_age="3600", prompt="none"), "login_required")


def test_a_client_may_post_its_request(shop: Shop, ada: Signer) -> None:
    path = shop.asks()
    answer = ada.client.post("/oauth/authorize", data=query_of(path))
    assert answer.status_code == 303
    assert query_of(answer) == query_of(path)
    assert urlsplit(answer.location).path == "/oauth/authorize"


def test_members_take_consents_back_at_their_account(shop: Shop, ada: Signer) -> None:
    tokens = shop.tokens(ada)
    page = ada.get("/account")
    assert "Harbour Grocery" in page.text
    (withdraw,) = {part.split('"')[0] for part in page.text.split('action="') if "withdraw" in part}
    assert ada.client.post(withdraw, data={"csrf_token": "no"}).status_code == 303
    assert "Harbour Grocery" in ada.get("/account").text
    assert "Taken back." in ada.post(withdraw).text
    assert "Harbour Grocery" not in ada.get("/account").text
    assert shop.refreshes(tokens["refresh_token"]).status_code == 400
    assert ada.get(shop.asks()).status_code == 200
