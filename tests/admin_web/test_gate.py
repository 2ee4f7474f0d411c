"""The gate: who gets in, what auditors may do, tokens of forms, headers of every answer."""

import re

import pytest
from apiflask import APIFlask
from flask import Flask

import stoa_admin
from stoa.config import Settings
from stoa.services import staff
from stoa.work import Actor, Desk
from visitor import OPERATOR, PASSWORD, Visitor, text_of
from world import Coalition, FixedClock

ELSEWHERE = (
    "https://evil.example/", "//evil.example", "/\\evil.example", "/admin/\\..\\", "/v1/docs",
    "/administrators", "javascript:alert(1)", "/admin/\r\nSet-Cookie: a=b", "", "admin/",
)  # fmt: skip
DOORS = ("/admin/", "/admin/partners", "/admin/members", "/admin/partners/new", "/admin/nothing")


def test_a_stranger_is_led_to_the_sign_in(stranger: Visitor) -> None:
    for path in DOORS:
        answer = stranger.get(path)
        assert answer.status_code == 303, path
        assert answer.location.startswith("/admin/sign-in")


def test_after_signing_in_one_is_where_one_wanted_to_be(stranger: Visitor) -> None:
    led = stranger.get("/admin/members?q=ada")
    assert led.location == "/admin/sign-in?next=/admin/members?q%3Dada"
    page = stranger.get(led.location)
    wanted = re.search(r'name="next" value="([^"]+)"', page.text)
    assert wanted is not None
    answer = stranger.post("/admin/sign-in", email=OPERATOR, password=PASSWORD, next=wanted[1])
    assert (answer.status_code, answer.location) == (303, "/admin/members?q=ada")


def test_a_sign_in_never_leads_elsewhere(app: APIFlask) -> None:
    for elsewhere in ELSEWHERE:
        stranger = Visitor(app)
        answer = stranger.sign_in(next=elsewhere)
        assert (answer.status_code, answer.location) == (303, "/admin/"), elsewhere
        again = stranger.get("/admin/sign-in", query_string={"next": elsewhere})
        assert again.location == "/admin/", elsewhere


def test_wrong_and_unknown_look_the_same(stranger: Visitor) -> None:
    wrong = stranger.sign_in(password="wrong-wrong-wrong")
    unknown = stranger.sign_in("nobody@stoa.example")
    assert wrong.status_code == unknown.status_code == 422
    assert text_of(wrong) == text_of(unknown)
    assert "do not belong together" in text_of(wrong)


def test_a_door_closes_after_ten_failures(stranger: Visitor, clock: FixedClock) -> None:
    for _ in range(10):
        assert stranger.sign_in(password="wrong-wrong-wrong").status_code == 422
    closed = stranger.sign_in()
    assert closed.status_code == 429
    assert closed.headers["Retry-After"] == "300"
    assert "in 5 minutes" in text_of(closed)
    clock.move(minutes=5)
    assert stranger.sign_in().status_code == 303


def test_the_sessions_cookie_is_for_this_web_alone(stranger: Visitor) -> None:
    answer = stranger.sign_in()
    (cookie,) = [each for each in answer.headers.getlist("Set-Cookie") if "stoa_staff" in each]
    assert {"HttpOnly", "Path=/admin", "SameSite=Lax", "Max-Age=43200"} <= set(cookie.split("; "))


def test_cookies_keep_to_tls_where_the_installation_has_it(
    desk: Desk, coalition: Coalition
) -> None:
    class Tls:
        secret_key = "k" * 40
        secure_cookies = True
        public_url = "https://localhost"
        smtp_url = ""
        second_factor_roles = ()

    with desk.work(Actor("cli")) as work:
        staff.hire(work, OPERATOR, "Grace", role="admin", password=PASSWORD)
    app = Flask(__name__)
    stoa_admin.init_app(app, desk, Tls())
    visitor = Visitor(app)
    page = visitor.client.get("/admin/sign-in", base_url="https://localhost")
    assert "Secure" in page.headers["Set-Cookie"]
    assert "max-age" in page.headers["Strict-Transport-Security"]
    assert coalition


def test_signing_in_makes_a_new_session_and_a_new_token(stranger: Visitor) -> None:
    stranger.get("/admin/sign-in")
    before = stranger.token
    stranger.client.set_cookie("stoa_staff", "chosen-by-somebody-else", path="/admin")
    stranger.post("/admin/sign-in", email=OPERATOR, password=PASSWORD)
    cookie = stranger.client.get_cookie("stoa_staff", path="/admin")
    assert cookie is not None
    assert cookie.value != "chosen-by-somebody-else"
    assert stranger.post("/admin/sign-out", token=before).status_code == 400


def test_signing_out_ends_the_session_everywhere(operator: Visitor) -> None:
    cookie = operator.client.get_cookie("stoa_staff", path="/admin")
    assert cookie is not None
    answer = operator.post("/admin/sign-out")
    assert answer.location == "/admin/sign-in"
    assert "You are signed out." in text_of(operator.get("/admin/sign-in"))
    operator.client.set_cookie("stoa_staff", cookie.value, path="/admin")
    assert operator.get("/admin/").status_code == 303


def test_a_revoked_session_is_refused_at_once(operator: Visitor, desk: Desk) -> None:
    assert operator.get("/admin/members").status_code == 200
    with desk.work(Actor("cli")) as work:
        grace = next(each for each in staff.everyone(work) if each.email == OPERATOR)
        staff.dismiss(work, grace.id)
    assert operator.get("/admin/members").status_code == 303


def test_a_script_whose_session_is_over_is_sent_to_the_sign_in(stranger: Visitor) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/admin/members?q=a"}
    answer = stranger.get("/admin/members?q=ad", headers=headers)
    assert answer.status_code == 204
    assert answer.headers["HX-Redirect"] == "/admin/sign-in?next=/admin/members?q%3Da"


FOR_EVERYBODY = (
    "/admin/sign-", "/admin/language", "/admin/account", "/admin/welcome", "/admin/x",
    "/admin/lists/",  # each deed asks for the permission of its own
)  # fmt: skip


def changing_doors(app: Flask) -> list[str]:
    """Return an address of each door that changes something."""
    return sorted(
        re.sub(r"<[^>]+>", "x", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/admin") and "POST" in (rule.methods or ())
    )


def test_every_form_wants_its_token(operator: Visitor, app: APIFlask) -> None:
    for path in changing_doors(app):
        for token in ("", "wrong"):
            answer = operator.post(path, token=token)
            assert answer.status_code == 400, path
            assert "open for too long" in text_of(answer)
            operator.get("/admin/members")


def test_a_token_of_another_session_does_not_fit(operator: Visitor, auditor: Visitor) -> None:
    assert auditor.post("/admin/language", token=operator.token, language="en").status_code == 400
    assert auditor.get("/admin/members").status_code == 200


def test_an_auditor_is_refused_at_every_changing_door(auditor: Visitor, app: APIFlask) -> None:
    doors = changing_doors(app)
    assert len(doors) >= 12
    for path in doors:
        if not path.startswith(FOR_EVERYBODY):
            assert auditor.post(path).status_code == 403, path
    assert "Your role does not let you in here" in text_of(auditor.post("/admin/partners/new"))


def test_an_auditor_sees_the_pages_without_the_buttons(
    auditor: Visitor, operator: Visitor, coalition: Coalition
) -> None:
    assert coalition
    page = auditor.get("/admin/partners")
    assert page.status_code == 200
    assert "Add a partner" not in page.text
    assert "Add a partner" in operator.get("/admin/partners").text


def test_every_answer_carries_the_strict_policy(operator: Visitor) -> None:
    for path in (*DOORS, "/admin/sign-in", "/admin/static/admin.css"):
        answer = operator.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "style-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"


def test_pages_are_not_kept_and_have_nothing_inline(operator: Visitor) -> None:
    for path in DOORS:
        answer = operator.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<[^>]+\sstyle=|<style|\son\w+=\"|javascript:", answer.text)
        assert not re.search(r"<script(?![^>]*\ssrc=)", answer.text)


def test_the_rest_of_the_house_is_left_alone(stranger: Visitor) -> None:
    answer = stranger.client.get("/livez")
    assert answer.status_code == 200
    assert "script-src" not in answer.headers.get("Content-Security-Policy", "")
    assert "Set-Cookie" not in answer.headers


def test_the_root_leads_to_the_admin_web_when_nothing_else_is_there(
    desk: Desk, settings: Settings
) -> None:
    empty, full = Flask("empty"), Flask("full")
    full.add_url_rule("/", "own", lambda: "our own")
    for app in (empty, full):
        stoa_admin.init_app(app, desk, settings)
    assert empty.test_client().get("/").location == "/admin/"
    assert full.test_client().get("/").text == "our own"


def test_too_large_a_form_is_refused(operator: Visitor) -> None:
    answer = operator.post("/admin/partners/new", name="x" * 600_000)
    assert answer.status_code == 413


def test_what_breaks_is_told_without_details(
    operator: Visitor, app: APIFlask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("stoa.services.tables.page", broken)
    assert not app.testing
    answer = operator.get("/admin/members")
    assert answer.status_code == 500
    assert "<h1>Something went wrong on our side</h1>" in answer.text
    assert answer.headers["X-Request-Id"] in answer.text
    assert "secret detail" not in answer.text
