"""Members' tokens: codes and refresh tokens used once, families revoked, races; OAU-03 to 19."""

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from apiflask import APIFlask
from joserfc import jwt
from joserfc.jwk import KeySet
from werkzeug.test import TestResponse

from keyholders import KeyHolder
from shops import Shop, a_shop, an_app
from signers import Letters, Signer, app_with_letters
from stoa.config import Settings
from stoa.services import authorizations, earning, mail, members, outbox
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from stoa.worker import ACTOR, follow
from world import Coalition, FixedClock, Someone, a_key, met

ADA = "ada@example.org"


@pytest.fixture
def someone(coalition: Coalition) -> Someone:
    return coalition.a_member("Ada Lovelace", email=ADA)


@pytest.fixture
def app(settings: Settings, desk: Desk, someone: Someone) -> APIFlask:
    assert someone
    return app_with_letters(settings, desk)


@pytest.fixture
def shop(app: APIFlask, desk: Desk, coalition: Coalition) -> Shop:
    return a_shop(app, desk, coalition.grocery)


@pytest.fixture
def ada(app: APIFlask, desk: Desk) -> Signer:
    signer = Signer(app, desk)
    signer.sign_in(ADA)
    return signer


def error(answer: TestResponse) -> str:
    """Return the error of an answer of the token endpoint."""
    assert answer.status_code == 400, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    return str((answer.json or {})["error"])


def balance(shop: Shop, tokens: dict[str, Any]) -> int:
    return shop.get("/v1/members/me/balance", tokens["access_token"]).status_code


def at_once(deed: Callable[[], TestResponse], times: int = 24) -> list[TestResponse]:
    """Do something many times at once; nothing may break."""
    with ThreadPoolExecutor(times) as hands:
        answers = list(hands.map(lambda _: deed(), range(times)))
    assert {answer.status_code for answer in answers} <= {200, 400}, [a.text for a in answers]
    return answers


def test_oau_03_a_verifier_is_well_formed_and_the_right_one(
    shop: Shop, ada: Signer, subtests: pytest.Subtests
) -> None:
    for verifier in ("v" * 42, "v" * 129, "é" * 50, "v" * 42 + " ", "", "+" * 43):
        with subtests.test(verifier):
            code, _ = shop.code(ada)
            assert error(shop.redeems(code, verifier)) == "invalid_request"
    code, right = shop.code(ada)
    assert error(shop.redeems(code, "w" * 43)) == "invalid_grant"
    assert error(shop.redeems(code, right)) == "invalid_grant"  # a wrong one uses the code up


def test_oau_04_there_is_no_way_down_to_no_verifier(shop: Shop, ada: Signer) -> None:
    code, verifier = shop.code(ada)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": shop.back}
    assert error(shop.token(**form)) == "invalid_request"
    assert ada.get(shop.asks(code_challenge=None)).location.startswith(f"{shop.back}&error=")
    assert shop.redeems(code, verifier).status_code == 200


def test_oau_06_a_code_that_is_used_twice_ends_what_came_of_it(
    shop: Shop, ada: Signer, clock: FixedClock
) -> None:
    code, verifier = shop.code(ada)
    tokens = dict(shop.redeems(code, verifier).json or {})
    assert balance(shop, tokens) == 200
    assert error(shop.redeems(code, verifier)) == "invalid_grant"
    clock.move(seconds=31)
    assert balance(shop, tokens) == 401
    assert error(shop.refreshes(tokens["refresh_token"])) == "invalid_grant"


def test_oau_07_of_24_uses_of_a_code_at_once_one_gets_tokens(
    app: APIFlask, desk: Desk, coalition: Coalition, ada: Signer
) -> None:
    phone = an_app(app, desk, coalition.grocery)
    for _ in range(20):
        redeems = partial(phone.redeems, *phone.code(ada))
        answers = at_once(redeems)
        assert sorted(answer.status_code for answer in answers) == [200] + [400] * 23
        assert {error(a) for a in answers if a.status_code == 400} == {"invalid_grant"}


def test_oau_08_a_code_of_another_client_is_burnt(
    app: APIFlask, desk: Desk, coalition: Coalition, shop: Shop, ada: Signer
) -> None:
    thief = a_shop(app, desk, coalition.cinema)
    code, verifier = shop.code(ada)
    assert error(thief.redeems(code, verifier)) == "invalid_grant"
    assert error(shop.redeems(code, verifier)) == "invalid_grant"
    with desk.work(Actor("test")) as work:
        told = work.rows("SELECT subject, after FROM audit_records WHERE deed = 'code.foreign'")
    assert told == [(shop.client_id, {"shown_by": thief.client_id})]


def test_oau_09_a_code_lives_a_minute(shop: Shop, ada: Signer, clock: FixedClock) -> None:
    code, verifier = shop.code(ada)
    clock.move(seconds=59)
    assert shop.redeems(code, verifier).status_code == 200
    code, verifier = shop.code(ada)
    clock.move(seconds=60)
    assert error(shop.redeems(code, verifier)) == "invalid_grant"


def test_a_code_is_redeemed_with_the_address_that_it_was_sent_to(shop: Shop, ada: Signer) -> None:
    code, verifier = shop.code(ada)
    assert error(shop.redeems(code, verifier, redirect_uri=f"{shop.back}/")) == "invalid_grant"
    code, verifier = shop.code(ada)
    assert error(shop.redeems(code, verifier, redirect_uri="")) == "invalid_request"
    assert error(shop.redeems("", verifier)) == "invalid_request"
    assert error(shop.redeems("nonsense", verifier)) == "invalid_grant"


def test_a_client_without_its_secret_gets_nothing_and_the_code_lives(
    shop: Shop, ada: Signer
) -> None:
    code, verifier = shop.code(ada)
    right, shop.secret = shop.secret, "wrong"
    assert shop.redeems(code, verifier).status_code == 401
    shop.secret = ""
    assert shop.redeems(code, verifier).status_code == 401
    shop.secret = right
    assert shop.redeems(code, verifier).status_code == 200


def test_oau_15_a_refresh_widens_nothing_and_may_narrow(shop: Shop, ada: Signer) -> None:
    tokens = shop.tokens(ada, scope="openid wallet:read")
    assert tokens["scope"] == "openid wallet:read"
    token = tokens["refresh_token"]
    for wider in ("openid profile wallet:read", "redeem:self", "earn:write", "openid "):
        assert error(shop.refreshes(token, scope=wider)) == "invalid_scope"
    narrow = shop.refreshes(token, scope="wallet:read").json or {}
    assert narrow["scope"] == "wallet:read"
    assert (shop.refreshes(narrow["refresh_token"]).json or {})["scope"] == "openid wallet:read"


def test_oau_16_a_refresh_token_that_is_used_twice_ends_the_family_and_the_member_is_told(
    shop: Shop, ada: Signer, desk: Desk, clock: FixedClock
) -> None:
    first = shop.tokens(ada)
    second = dict(shop.refreshes(first["refresh_token"]).json or {})
    assert second["refresh_token"] != first["refresh_token"]
    assert balance(shop, second) == 200
    assert error(shop.refreshes(first["refresh_token"])) == "invalid_grant"
    assert error(shop.refreshes(second["refresh_token"])) == "invalid_grant"
    clock.move(seconds=31)
    assert balance(shop, first) == balance(shop, second) == 401
    letters = Letters(desk)
    with desk.work(ACTOR) as work:
        outbox.tell(work, follow)
    assert mail.carry_on(desk, ACTOR, letters) == 1
    assert letters.sent[0].address == ADA
    assert letters.sent[0].subject == "Harbour Grocery has to ask you again"


def test_oau_17_of_24_uses_of_a_refresh_token_at_once_one_succeeds(
    app: APIFlask, desk: Desk, coalition: Coalition, ada: Signer
) -> None:
    phone = an_app(app, desk, coalition.grocery)
    for _ in range(20):
        refreshes = partial(phone.refreshes, phone.tokens(ada)["refresh_token"])
        answers = at_once(refreshes)
        good = [answer for answer in answers if answer.status_code == 200]
        assert len(good) == 1
        assert error(phone.refreshes((good[0].json or {})["refresh_token"])) == "invalid_grant"


def test_oau_19_a_refresh_token_ends_after_30_days_without_use_and_90_in_all(
    shop: Shop, ada: Signer, clock: FixedClock
) -> None:
    token = shop.tokens(ada)["refresh_token"]
    clock.move(days=29, hours=23)
    idle = (shop.refreshes(token).json or {})["refresh_token"]
    clock.move(days=30)
    assert error(shop.refreshes(idle)) == "invalid_grant"
    ada.sign_in(ADA)
    token = shop.tokens(ada)["refresh_token"]
    for _ in range(4):
        clock.move(days=22)
        token = (shop.refreshes(token).json or {})["refresh_token"]
    clock.move(days=2)
    assert error(shop.refreshes(token)) == "invalid_grant"


def test_a_refresh_token_of_another_client_ends_its_family(
    app: APIFlask, desk: Desk, coalition: Coalition, shop: Shop, ada: Signer
) -> None:
    thief = a_shop(app, desk, coalition.cinema)
    token = shop.tokens(ada)["refresh_token"]
    assert error(thief.refreshes(token)) == "invalid_grant"
    assert error(shop.refreshes(token)) == "invalid_grant"
    assert error(shop.refreshes("nonsense")) == "invalid_grant"
    assert error(shop.token(grant_type="refresh_token")) == "invalid_request"


def test_only_hashes_of_codes_and_refresh_tokens_are_kept(
    shop: Shop, ada: Signer, desk: Desk
) -> None:
    code, verifier = shop.code(ada)
    tokens = shop.redeems(code, verifier).json or {}
    with desk.work(Actor("test")) as work:
        kept = str(
            work.rows(
                "SELECT c::text, f::text, r::text"
                " FROM authorization_codes c, token_families f, refresh_tokens r"
            )
        )
    for secret in (code, verifier, tokens["refresh_token"], tokens["access_token"]):
        assert secret not in kept


def test_a_consent_that_is_taken_back_ends_codes_and_tokens(
    shop: Shop, ada: Signer, desk: Desk, clock: FixedClock, someone: Someone
) -> None:
    tokens = shop.tokens(ada)
    code, verifier = shop.code(ada)
    with desk.work(Actor("sign-in")) as work:
        (consent,) = authorizations.consents_of(work, someone.id)
        assert authorizations.withdraw(work, someone.id, consent.id)
    with desk.work(Actor("sign-in")) as work:
        assert not authorizations.withdraw(work, someone.id, consent.id)
        (gone,) = authorizations.consents_of(work, someone.id, ever=True)
        assert gone.withdrawn_at == clock.now
    assert error(shop.redeems(code, verifier)) == "invalid_grant"
    assert error(shop.refreshes(tokens["refresh_token"])) == "invalid_grant"
    clock.move(seconds=31)
    assert balance(shop, tokens) == 401
    with desk.work(ACTOR) as work:
        told = work.rows("SELECT facts FROM outbox WHERE topic = 'consent.withdrawn'")
    assert told == [({"member": public_id("mem", someone.id), "client": shop.client_id},)]


def test_a_client_that_may_not_sign_members_in_any_more_refreshes_nothing(
    shop: Shop, ada: Signer, desk: Desk
) -> None:
    token = shop.tokens(ada)["refresh_token"]
    with desk.work(Actor("cli")) as work:
        authorizations.forbid_sign_in(work, shop.client_id)
    assert error(shop.refreshes(token)) == "unauthorized_client"


def test_a_member_who_left_has_no_tokens(
    shop: Shop, ada: Signer, desk: Desk, clock: FixedClock, someone: Someone
) -> None:
    tokens = shop.tokens(ada)
    with desk.work(Actor("cli")) as work:
        members.freeze(work, someone.id, reason="lost")
    clock.move(seconds=31)
    assert balance(shop, tokens) == 200  # a frozen member looks on
    with desk.work(Actor("cli")) as work:
        work.rows("UPDATE members SET status = 'closed' WHERE id = %s RETURNING 1", (someone.id,))
    clock.move(seconds=31)
    assert balance(shop, tokens) == 401
    assert error(shop.refreshes(tokens["refresh_token"])) == "invalid_grant"


def test_the_id_token_says_who_signed_in_when_and_with_which_token(
    app: APIFlask, shop: Shop, ada: Signer, clock: FixedClock
) -> None:
    signed_in = clock.now
    clock.move(seconds=90)
    tokens = shop.tokens(ada, nonce="n-0S6_WzA2Mj")
    published: Any = app.test_client().get("/.well-known/jwks.json").json
    keys = KeySet.import_key_set(published)
    told = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"])
    access = jwt.decode(tokens["access_token"], keys, algorithms=["ES256"])
    half = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert told.header["typ"] == "JWT"
    assert told.claims == {
        "iss": "http://localhost", "aud": shop.client_id, "sub": access.claims["sub"],
        "nonce": "n-0S6_WzA2Mj", "auth_time": int(signed_in.timestamp()),
        "iat": int(clock.now.timestamp()), "exp": int(clock.now.timestamp()) + 600,
        "at_hash": urlsafe_b64encode(half).rstrip(b"=").decode(),
    }  # fmt: skip
    assert shop.get("/v1/members/me/balance", tokens["id_token"]).status_code == 401


def test_without_openid_there_is_no_id_token_and_no_userinfo(shop: Shop, ada: Signer) -> None:
    tokens = shop.tokens(ada, scope="wallet:read")
    assert "id_token" not in tokens
    answer = shop.get("/oauth/userinfo", tokens["access_token"])
    assert answer.status_code == 403
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="insufficient_scope"'


def test_each_partner_knows_the_member_by_its_own_name(
    app: APIFlask, desk: Desk, coalition: Coalition, shop: Shop, ada: Signer
) -> None:
    again = a_shop(app, desk, coalition.grocery)
    cinema = a_shop(app, desk, coalition.cinema)
    subs = [
        (each.get("/oauth/userinfo", each.tokens(ada)["access_token"]).json or {})["sub"]
        for each in (shop, again, cinema)
    ]
    assert subs[0] == subs[1] != subs[2]


@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("openid", {}),
        ("openid profile", {"name": "Ada Lovelace", "locale": "en"}),
        ("openid email", {"email": ADA, "email_verified": True}),
    ],
)
def test_userinfo_tells_what_the_member_agreed_to(
    shop: Shop, ada: Signer, scope: str, claims: dict[str, Any]
) -> None:
    token = shop.tokens(ada, scope=scope)["access_token"]
    told = shop.get("/oauth/userinfo", token).json or {}
    assert told.pop("sub").startswith("mbr_")
    assert told == claims


def test_userinfo_wants_a_members_token(shop: Shop) -> None:
    client = shop.token(grant_type="client_credentials").json or {}
    assert shop.get("/oauth/userinfo", client["access_token"]).status_code == 403
    assert shop.get("/oauth/userinfo", "nonsense").status_code == 401
    answer = shop.app.test_client().get("/oauth/userinfo")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_an_address_that_is_the_members_no_more_is_not_told(
    shop: Shop, ada: Signer, desk: Desk
) -> None:
    token = shop.tokens(ada)["access_token"]
    with desk.work(Actor("cli")) as work:
        work.rows("DELETE FROM identifiers WHERE kind = 'email' RETURNING 1")
    assert "email" not in (shop.get("/oauth/userinfo", token).json or {})


def test_the_two_documents_agree_and_name_what_is_served(app: APIFlask) -> None:
    client = app.test_client()
    server = client.get("/.well-known/oauth-authorization-server").json or {}
    openid = client.get("/.well-known/openid-configuration").json or {}
    assert server.items() <= openid.items()
    assert server["response_types_supported"] == ["code"]
    assert server["code_challenge_methods_supported"] == ["S256"]
    assert server["authorization_response_iss_parameter_supported"] is True
    assert {"authorization_code", "refresh_token"} <= set(server["grant_types_supported"])
    assert openid["subject_types_supported"] == ["pairwise"]
    served = {rule.rule for rule in app.url_map.iter_rules()}
    named = {name: url for name, url in openid.items() if name.endswith(("_endpoint", "jwks_uri"))}
    assert {url.removeprefix("http://localhost") for url in named.values()} <= served
    assert "authorization_endpoint" in named
    assert "userinfo_endpoint" in named


def test_codes_and_families_are_forgotten_a_week_after_their_end(
    shop: Shop, ada: Signer, desk: Desk, clock: FixedClock
) -> None:
    first = shop.tokens(ada)
    shop.refreshes(first["refresh_token"])
    clock.move(days=8)
    with desk.work(ACTOR) as work:
        assert authorizations.forget(work) == 1  # the code
    assert error(shop.refreshes(first["refresh_token"])) == "invalid_grant"  # and ends the family
    clock.move(days=8)
    with desk.work(ACTOR) as work:
        assert authorizations.forget(work) == 2  # its two refresh tokens
    clock.move(days=90)
    with desk.work(ACTOR) as work:
        assert authorizations.forget(work) == 1
        assert work.rows("SELECT count(*) FROM token_families") == [(0,)]


def test_a_client_revokes_and_looks_into_its_own_refresh_tokens(
    app: APIFlask, desk: Desk, coalition: Coalition, shop: Shop, ada: Signer
) -> None:
    thief = a_shop(app, desk, coalition.cinema)
    tokens = shop.tokens(ada)
    ref = (shop.get("/oauth/userinfo", tokens["access_token"]).json or {})["sub"]
    for each, active in ((shop, True), (thief, False)):
        told = asks(each, "introspect", tokens["refresh_token"])
        assert told["active"] is active
        assert asks(each, "introspect", tokens["access_token"])["active"] is active
    assert asks(shop, "introspect", tokens["refresh_token"])["sub"] == ref
    asks(thief, "revoke", tokens["refresh_token"])
    assert asks(shop, "introspect", tokens["refresh_token"])["active"]
    asks(shop, "revoke", tokens["refresh_token"])
    for name in ("refresh_token", "access_token"):
        assert asks(shop, "introspect", tokens[name]) == {"active": False}
    assert error(shop.refreshes(tokens["refresh_token"])) == "invalid_grant"


def asks(shop: Shop, door: str, token: str) -> dict[str, Any]:
    answer = shop.app.test_client().post(
        f"/oauth/{door}", data={"token": token}, auth=(shop.client_id, shop.secret)
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json or {})


def test_an_app_without_a_secret_has_members_tokens_and_none_of_its_own(
    app: APIFlask, desk: Desk, coalition: Coalition, ada: Signer
) -> None:
    phone = an_app(app, desk, coalition.grocery)
    tokens = phone.tokens(ada)
    assert balance(phone, tokens) == 200
    assert phone.refreshes(tokens["refresh_token"]).status_code == 200
    assert phone.token(grant_type="client_credentials").status_code == 401
    phone.secret = "any"
    assert phone.refreshes(tokens["refresh_token"]).status_code == 401


def test_refresh_tokens_of_an_app_are_bound_to_its_key(
    app: APIFlask, desk: Desk, coalition: Coalition, ada: Signer, clock: FixedClock
) -> None:
    phone, owner, thief = (
        an_app(app, desk, coalition.grocery),
        KeyHolder(clock.now),
        KeyHolder(clock.now),
    )
    for holder in (owner, thief):
        holder.nonce = phone.bound(holder, grant_type="refresh_token").headers["DPoP-Nonce"]
    code, verifier = phone.code(ada)
    tokens = phone.bound(
        owner, grant_type="authorization_code", code=code, redirect_uri=phone.back,
        code_verifier=verifier,
    ).json or {}  # fmt: skip
    assert tokens["token_type"] == "DPoP"
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert error(phone.token(**form)) == "invalid_grant"
    assert error(phone.bound(thief, **form)) == "invalid_grant"
    assert phone.get("/v1/members/me/balance", tokens["access_token"]).status_code == 401
    assert phone.bound(owner, **form).status_code == 200  # nobody else could use it up


class TestOnTheApi:
    """A member's token reads this member and nobody else, and moves points where agreed."""

    def test_it_reads_the_members_own_wallet(
        self, shop: Shop, ada: Signer, coalition: Coalition
    ) -> None:
        bob = coalition.a_member("Bob")
        token = shop.tokens(ada)["access_token"]
        ref = (shop.get("/oauth/userinfo", token).json or {})["sub"]
        other = member_ref(coalition, bob)
        for door in ("balance", "wallets", "entries", "standing"):
            mine = shop.get(f"/v1/members/me/{door}", token)
            assert mine.status_code == 200, mine.text
            named = shop.get(f"/v1/members/{ref}/{door}", token)
            assert named.status_code == 200
            for nobody in (other, "mbr_nonsense", f"mbr_{'a' * 26}"):
                told = shop.get(f"/v1/members/{nobody}/{door}", token)
                assert (told.status_code, (told.json or {})["code"]) == (404, "MEMBER_UNKNOWN")

    def test_it_opens_no_other_door(self, app: APIFlask, shop: Shop, ada: Signer) -> None:
        token = shop.tokens(ada, scope=ALL)["access_token"]
        opened = {
            "/v1/members/<member_ref>/balance", "/v1/members/<member_ref>/wallets",
            "/v1/members/<member_ref>/entries", "/v1/members/<member_ref>/standing",
            "/v1/redemptions",
        }  # fmt: skip
        paths = json.loads(app.test_client().get("/v1/openapi.json").text)["paths"]
        client = app.test_client()
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
        tried = 0
        for path, doors in paths.items():
            rule = path.replace("{", "<").replace("}", ">")
            if rule in opened:
                continue
            for method, door in doors.items():
                if not door.get("security"):
                    continue
                address = path.replace("{", "").replace("}", "")
                answer = client.open(address, method=method.upper(), headers=headers, json={})
                assert answer.status_code in (401, 403), f"{method} {path}: {answer.text}"
                tried += 1
        assert tried > 50

    def test_it_needs_the_scope(self, shop: Shop, ada: Signer) -> None:
        token = shop.tokens(ada, scope="openid")["access_token"]
        told = shop.get("/v1/members/me/balance", token)
        assert (told.status_code, (told.json or {})["scope"]) == (403, "wallet:read")

    def test_a_clients_own_token_knows_no_me(self, shop: Shop) -> None:
        token = (shop.token(grant_type="client_credentials").json or {})["access_token"]
        assert shop.get("/v1/members/me/balance", token).status_code == 404

    def test_a_clients_own_token_never_has_members_scopes(self, shop: Shop) -> None:
        whole = shop.token(grant_type="client_credentials").json or {}
        assert set(whole["scope"].split()).isdisjoint(ALL.split())
        answer = shop.token(grant_type="client_credentials", scope="wallet:read")
        assert error(answer) == "invalid_scope"

    def test_it_holds_the_members_own_points_and_no_others(
        self, shop: Shop, ada: Signer, coalition: Coalition, someone: Someone
    ) -> None:
        rich(coalition, someone)
        bob = coalition.a_member("Bob")
        rich(coalition, bob)
        token = shop.tokens(ada, scope=ALL)["access_token"]
        mine, other = member_ref(coalition, someone), member_ref(coalition, bob)
        assert hold(shop, token, mine).status_code == 201
        assert hold(shop, token, other).json["code"] == "MEMBER_UNKNOWN"
        card = hold(shop, token, someone.token.value, kind="card")
        assert card.json["code"] == "STATIC_TOKEN"
        reading = shop.tokens(ada, scope="openid wallet:read")["access_token"]
        assert hold(shop, reading, mine).status_code == 403


ALL = "openid profile email wallet:read redeem:self"


def member_ref(coalition: Coalition, who: Someone) -> str:
    with coalition.desk.work(coalition.as_grocery()) as work:
        return met(work, who).value


def rich(coalition: Coalition, who: Someone) -> None:
    with coalition.desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(who), key=a_key())


def hold(shop: Shop, token: str, value: str, *, kind: str = "member_ref") -> Any:
    return shop.app.test_client().post(
        "/v1/redemptions",
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": f"k-{value}-{token[-9:]}"},
        json={"member": {"type": kind, "value": value}, "store": "main", "points": 10},
    )
