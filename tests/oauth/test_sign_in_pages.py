"""The pages of the sign-in: tokens of forms, cookies, languages, and nowhere to be led astray."""

from dataclasses import replace

import pytest
from apiflask import APIFlask

from signers import Signer, app_with_letters
from stoa.app import create_app
from stoa.config import Settings
from stoa.oauth.look import local_path, origin_of
from stoa.oauth.words import WORDS, say
from stoa.values.languages import LANGUAGES
from stoa.work import Desk
from world import Coalition

ADA = "ada@example.org"


@pytest.fixture
def app(settings: Settings, desk: Desk, coalition: Coalition) -> APIFlask:
    coalition.a_member(email=ADA)
    return app_with_letters(settings, desk)


@pytest.fixture
def ada(app: APIFlask, desk: Desk) -> Signer:
    return Signer(app, desk)


def test_a_member_signs_in_by_the_code_of_the_letter_and_out_again(ada: Signer) -> None:
    answer = ada.sign_in(ADA)
    assert (answer.status_code, answer.location) == (303, "/account")
    page = ada.get("/account")
    assert "this browser" in page.text
    assert ada.post("/sign-out").location == "/sign-in"
    assert ada.get("/account").location == "/sign-in?next=%2Faccount"


def test_the_answer_is_the_same_for_an_address_that_is_nobodys(app: APIFlask, desk: Desk) -> None:
    told = []
    for email in (ADA, "nobody@example.org"):
        signer = Signer(app, desk)
        signer.get("/sign-in")
        answer = signer.post("/sign-in", email=email)
        page = signer.get(answer.location)
        wrong = signer.post("/sign-in/code", code="x")
        told.append((
            answer.status_code, answer.location, answer.text, page.status_code, len(page.text),
            wrong.status_code, len(wrong.text), sorted(answer.headers.keys()),
        ))  # fmt: skip
    assert told[0] == told[1]


def test_oau_43_the_session_has_a_token_that_the_browser_did_not_have_before(ada: Signer) -> None:
    ada.client.set_cookie("stoa_member", "planted")
    ada.sign_in(ADA)
    first = ada.client.get_cookie("stoa_member")
    ada.sign_in(ADA)
    second = ada.client.get_cookie("stoa_member")
    assert first is not None
    assert second is not None
    assert len({"planted", first.value, second.value}) == 3
    assert ada.client.get_cookie("stoa_browser") is None
    ada.client.set_cookie("stoa_member", first.value)
    assert ada.get("/account").status_code == 303  # the one before has ended


def test_over_tls_the_cookies_are_the_hosts_alone(settings: Settings, desk: Desk) -> None:
    tls = replace(settings, public_url="https://stoa.example", secure_cookies=True)
    cookies = app_with_letters(tls, desk).test_client().get("/sign-in").headers.getlist(
        "Set-Cookie"
    )  # fmt: skip
    (cookie,) = cookies
    name, *parts = cookie.split("; ")
    assert name.startswith("__Host-stoa_browser=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(parts)
    assert not any(part.startswith("Domain") for part in parts)


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/code"])
def test_oau_43_a_form_from_elsewhere_does_nothing(ada: Signer, path: str) -> None:
    """OAU-43: neither the form of another site nor that of another browser signs anybody in."""
    ada.get("/sign-in")
    ada.get(ada.post("/sign-in", email=ADA).location)
    code = ada.letters.code()
    for token in ("", "0" * 64, "é"):
        answer = ada.client.post(path, data={"csrf_token": token, "email": ADA, "code": code})
        assert answer.status_code == 400
    assert ada.client.get_cookie("stoa_member") is None
    assert ada.post("/sign-in/code", code=code).status_code == 303


def test_the_account_does_nothing_for_a_form_from_elsewhere(app: APIFlask, desk: Desk) -> None:
    ada, other = Signer(app, desk), Signer(app, desk)
    ada.sign_in(ADA)
    other.sign_in(ADA)
    page = other.get("/account").text
    (end,) = {part.split('"')[0] for part in page.split('action="') if "/sessions/" in part[:40]}
    assert other.client.post(end, data={"csrf_token": "no"}).status_code == 303
    assert ada.get("/account").status_code == 200
    assert "Signed out there." in other.post(end).text
    assert ada.get("/account").status_code == 303
    other.client.post("/sign-out", data={"csrf_token": "no"})
    assert other.get("/account").status_code == 200


@pytest.mark.parametrize(
    "astray",
    [
        "//evil.example", "https://evil.example", "/\\evil.example", "/oauth/authorize",
        "/oauth/authorize?x\\", "/oauth/authorize?a\nb", "/account/../admin", "javascript:alert(1)",
        "/oauth/authorized?x=1", f"/oauth/authorize?{'x' * 8000}", "", None,
    ],
)  # fmt: skip
def test_oau_43_signing_in_leads_to_no_other_address(astray: str | None) -> None:
    """OAU-43: `next` is one of two paths of ours."""
    assert local_path(astray) == "/account"


def test_signing_in_leads_on_with_an_authorization(ada: Signer) -> None:
    on = "/oauth/authorize?client_id=cli_1&redirect_uri=https%3A%2F%2Fshop.example%2Fback"
    assert local_path(on) == on
    page = ada.get("/sign-in", query_string={"next": on})
    assert "form-action 'self' https://shop.example;" in page.headers["Content-Security-Policy"]
    assert ada.sign_in(ADA, next=on).location == on
    assert ada.sign_in(ADA, next="//evil.example").location == "/account"


@pytest.mark.parametrize(
    ("uri", "origin"),
    [
        ("https://shop.example:8443/back?x=1", "https://shop.example:8443"),
        ("http://127.0.0.1:5000/cb", "http://127.0.0.1:5000"),
        ("com.example.app:/cb", "com.example.app:"),
        ("https://a.example; script-src *", ""),
        ("https://ada@a.example/", ""),
        ("javascript:alert(1)", ""),
        ("https://*/", ""),
        ("", ""),
    ],
)
def test_a_policy_names_an_origin_and_nothing_else(uri: str, origin: str) -> None:
    assert origin_of(uri) == origin


def test_pages_are_framed_by_nobody_and_run_no_script(ada: Signer) -> None:
    """OAU-42: `frame-ancestors 'none'`."""
    answer = ada.get("/sign-in")
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert policy.startswith("default-src 'none'; style-src 'self'")
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "<script" not in answer.text
    with ada.client.get("/sign-in/of/member.css") as style:
        assert (style.status_code, style.mimetype) == (200, "text/css")


def test_what_the_address_bar_says_is_escaped(ada: Signer) -> None:
    answer = ada.get("/sign-in", query_string={"login_hint": '"><script>alert(1)</script>'})
    assert "<script" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_wrong_codes_and_addresses_are_told_in_words(ada: Signer) -> None:
    ada.get("/sign-in")
    assert ada.post("/sign-in", email="ada").status_code == 422
    ada.get(ada.post("/sign-in", email=ADA).location)
    answer = ada.post("/sign-in/code", code="abc")
    assert answer.status_code == 422
    assert "4 more times" in answer.text
    for _ in range(4):
        answer = ada.post("/sign-in/code", code="abc")
    answer = ada.post("/sign-in/code", code=ada.letters.code())
    assert answer.status_code == 422
    assert "does not work any more" in answer.text


def test_too_many_codes_are_told_when_to_come_back(ada: Signer) -> None:
    for _ in range(5):
        ada.get("/sign-in")
        ada.post("/sign-in", email=ADA)
    ada.get("/sign-in")
    answer = ada.post("/sign-in", email=ADA)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "900")
    assert "15 minutes" in answer.text


def test_the_code_is_asked_for_after_the_address(ada: Signer) -> None:
    assert ada.get("/sign-in/code").location.startswith("/sign-in?")


def test_without_a_mail_server_nobody_is_asked(settings: Settings, desk: Desk) -> None:
    answer = create_app(settings, desk=desk).test_client().get("/sign-in")
    assert answer.status_code == 503
    assert "No letters can be sent" in answer.text


@pytest.mark.parametrize(
    ("accepts", "words"), [("zh-CN,zh;q=0.9", "登录"), ("zh-HK", "登入"), ("fr", "Sign in")]
)
def test_pages_and_letters_speak_the_browsers_language(
    ada: Signer, accepts: str, words: str
) -> None:
    ada.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = accepts
    assert f"<h1>{words}</h1>" in ada.get("/sign-in").text
    ada.sign_in(ADA)
    assert ada.letters.sent[-1].subject == {
        "登录": "您的登录验证码", "登入": "您的登入驗證碼", "Sign in": "Your sign-in code",
    }[words]  # fmt: skip


def test_a_language_that_is_chosen_stays(ada: Signer) -> None:
    assert 'lang="zh-Hant"' in ada.get("/sign-in?ui_locales=zh-Hant").text
    assert '<html lang="zh-Hant">' in ada.get("/sign-in").text


def test_a_partner_may_name_the_language(ada: Signer) -> None:
    on = "/oauth/authorize?client_id=x&ui_locales=zh-CN%20en"
    assert '<html lang="zh-Hans">' in ada.get("/sign-in", query_string={"next": on}).text


@pytest.mark.parametrize("key", WORDS)
def test_every_text_stands_in_every_language_with_the_same_facts(key: str) -> None:
    texts = WORDS[key]
    assert len(texts) == len(LANGUAGES)
    assert len({tuple(sorted(_facts(text))) for text in texts}) == 1
    assert len(set(texts)) > 1
    facts = dict.fromkeys(_facts(texts[0]), "x")
    assert all(say(key, language, **facts) for language in LANGUAGES)


def _facts(text: str) -> list[str]:
    return [part.split("}")[0] for part in text.split("{")[1:]]
