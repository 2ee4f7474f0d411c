"""DPoP: a token that moves points is worth nothing without its key (RFC 9449; OAU-35, OAU-36)."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from apiflask import APIFlask
from joserfc.jwk import ECKey, OctKey, RSAKey

from keyholders import KeyHolder, holder_of
from stoa.app import create_app
from stoa.config import Settings
from stoa.services import credentials
from stoa.work import Actor, Desk
from tills import Till, refused
from world import FixedClock

TOKEN_URL = "http://localhost/oauth/token"
DOOR = "http://localhost/v1/partner"
GRANT = {"grant_type": "client_credentials"}
CLI = Actor("cli")


class Bound:
    """A client whose token is bound to its key."""

    def __init__(self, app: APIFlask, till: Till, holder: KeyHolder) -> None:
        self.app, self.till, self.holder = app, till, holder
        self.token = ""

    def ask(self, proof: str | None = None, **form: str) -> Any:
        """Ask for a token, with a good proof by default."""
        sent = self.holder.proof("POST", TOKEN_URL) if proof is None else proof
        answer = self.app.test_client().post(
            "/oauth/token", data=GRANT | form, headers={"DPoP": sent} if sent else {},
            auth=(self.till.client_id, self.till.secret),
        )  # fmt: skip
        self.holder.nonce = answer.headers.get("DPoP-Nonce", self.holder.nonce)
        return answer

    def begin(self) -> "Bound":
        """Learn the nonce and get a token."""
        assert self.ask().json["error"] == "use_dpop_nonce"
        answer = self.ask()
        assert answer.status_code == 200, answer.text
        assert answer.json["token_type"] == "DPoP"
        self.token = answer.json["access_token"]
        return self

    def get(self, proof: str | None = None, *, scheme: str = "DPoP", app: Any = None) -> Any:
        """Read the partner, with a good proof by default."""
        sent = self.holder.proof("GET", DOOR, self.token) if proof is None else proof
        return (
            (app or self.app)
            .test_client()
            .get(
                "/v1/partner",
                headers={"Authorization": f"{scheme} {self.token}"}
                | ({"DPoP": sent} if sent else {}),
            )
        )


@pytest.fixture
def bound(app: APIFlask, grocery: Till, clock: FixedClock) -> Bound:
    """Return a client of the grocery with a bound token."""
    return Bound(app, grocery, KeyHolder(clock.now)).begin()


@pytest.mark.parametrize("alg", ["ES256", "PS256", "RS256", "EdDSA"])
def test_a_bound_token_opens_doors_with_a_fresh_proof(
    app: APIFlask, grocery: Till, clock: FixedClock, alg: str
) -> None:
    bound = Bound(app, grocery, holder_of(alg, clock.now)).begin()
    for _ in range(2):
        answer = bound.get()
        assert answer.status_code == 200, answer.text
        assert answer.headers["DPoP-Nonce"] == bound.holder.nonce


def test_a_bound_token_moves_points(bound: Bound, grocery: Till, clock: FixedClock) -> None:
    member = grocery.enrol()
    proof = bound.holder.proof("POST", "http://localhost/v1/purchases", bound.token)
    answer = bound.app.test_client().post(
        "/v1/purchases",
        json=grocery.a_purchase(member),
        headers={
            "Authorization": f"DPoP {bound.token}", "DPoP": proof, "Idempotency-Key": "dpop-1",
        },
    )  # fmt: skip
    assert answer.status_code == 201, answer.text
    assert clock.now == bound.holder.now


def test_oau_35_what_is_no_good_proof_is_refused(
    bound: Bound, clock: FixedClock, subtests: pytest.Subtests
) -> None:
    holder, now = bound.holder, int(clock.now.timestamp())
    other = KeyHolder(clock.now, nonce=holder.nonce)
    private = dict(holder.key.as_dict(private=True))
    symmetric = OctKey.generate_key(256)
    as_jwk = dict(symmetric.as_dict(private=True))
    weak = {"kty": "RSA", "n": "w" * 171, "e": "AQAB"}
    odd = dict(RSAKey.generate_key(2048).as_dict(private=False)) | {"e": "Aw"}
    curve = ECKey.generate_key("P-384")
    cases: dict[str, dict[str, Any]] = {
        "htm of another method": {"htm": "POST"},
        "htm in small letters": {"htm": "get"},
        "no htm": {"drop": "htm"},
        "htu of another door": {"htu": "http://localhost/v1/purchases"},
        "htu of another server": {"htu": "https://evil.example/v1/partner"},
        "htu with a name": {"htu": "http://localhost@evil.example/v1/partner"},
        "htu of another port": {"htu": "http://localhost:8600/v1/partner"},
        "htu of a port that is none": {"htu": "http://localhost:x/v1/partner"},
        "htu over tls": {"htu": "https://localhost/v1/partner"},
        "htu is a list": {"htu": [DOOR]},
        "no htu": {"drop": "htu"},
        "iat 61 s ago": {"iat": now - 61},
        "iat in 61 s": {"iat": now + 61},
        "iat as text": {"iat": str(now)},
        "iat as truth": {"iat": True},
        "iat as fraction": {"iat": now + 0.5},
        "no iat": {"drop": "iat"},
        "no jti": {"drop": "jti"},
        "jti empty": {"jti": ""},
        "jti of a novel": {"jti": "x" * 257},
        "wrong ath": {"ath": "AAAA"},
        "ath of another token": {"ath": holder.proof("GET", DOOR, "another")[:43]},
        "no ath": {"drop": "ath"},
        "typ JWT": {"header": {"typ": "JWT"}},
        "no typ": {"header": {"typ": None}},
        "no jwk": {"header": {"jwk": None}},
        "a kid beside it": {"header": {"kid": "k1"}},
        "crit": {"header": {"crit": ["exp"]}},
        "jku": {"header": {"jku": "https://evil.example/jwks"}},
        "signed with another key": {"key": other.key},
        "the private part": {"header": {"jwk": private}},
        "HS256": {"header": {"alg": "HS256", "jwk": as_jwk}, "key": symmetric},
        "a short RSA key": {"header": {"jwk": weak}},
        "an exponent of three": {"header": {"jwk": odd}},
        "another curve": {
            "header": {"alg": "ES384", "jwk": dict(curve.as_dict(private=False))}, "key": curve,
        },
    }  # fmt: skip
    for name, changes in cases.items():
        with subtests.test(name):
            answer = bound.get(holder.proof("GET", DOOR, bound.token, **changes))
            refused(answer, 401, "DPOP_PROOF_INVALID")
            assert 'error="invalid_dpop_proof"' in answer.headers["WWW-Authenticate"]
            assert answer.headers["WWW-Authenticate"].startswith("DPoP ")
    good = holder.proof("GET", DOOR, bound.token)
    _, body, signature = good.split(".")
    for name, proof in {
        "none at all": "",
        "another's key": other.proof("GET", DOOR, bound.token),
        "two headers": f"{good}, {good}",
        "alg none": f"eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6Im5vbmUifQ.{body}.",
        "cut short": good[:-8],
        "no token": "x.y.z",
        "huge": "a" * 7000,
        "four parts": f"{good}.{signature}",
    }.items():
        with subtests.test(name):
            refused(bound.get(proof), 401, "DPOP_PROOF_INVALID")
    assert bound.get(good).status_code == 200


def test_oau_35_the_address_is_compared_as_addresses_are(bound: Bound) -> None:
    for htu in (f"{DOOR}?q=1", f"{DOOR}#top", "HTTP://LOCALHOST/v1/partner", DOOR.replace(
        "localhost", "localhost:80"
    )):  # fmt: skip
        assert bound.get(bound.holder.proof("GET", DOOR, bound.token, htu=htu)).status_code == 200


def test_oau_35_an_address_with_escapes_is_compared_without_them(bound: Bound) -> None:
    url = "http://localhost/v1/members/%E4%BC%9A%20x"
    proof = bound.holder.proof("GET", url, bound.token)
    answer = bound.app.test_client().get(
        "/v1/members/%E4%BC%9A%20x",
        headers={"Authorization": f"DPoP {bound.token}", "DPoP": proof},
    )
    assert answer.status_code == 404, answer.text


def test_oau_35_a_proof_counts_once_among_all_servers(
    bound: Bound, settings: Settings, desk: Desk
) -> None:
    apps = [bound.app, create_app(settings, desk=desk)]
    proof = bound.holder.proof("GET", DOOR, bound.token)
    with ThreadPoolExecutor(24) as threads:
        answers = list(threads.map(lambda at: bound.get(proof, app=apps[at % 2]), range(24)))
    assert sorted(each.status_code for each in answers) == [200] + [401] * 23
    refused(bound.get(proof), 401, "DPOP_PROOF_INVALID")


def test_oau_35_without_our_nonce_we_tell_it(bound: Bound, clock: FixedClock) -> None:
    for nonce in (None, "", "made-up", 7, "\N{SNOWMAN}"):
        answer = bound.get(bound.holder.proof("GET", DOOR, bound.token, nonce=nonce))
        refused(answer, 401, "DPOP_NONCE_REQUIRED")
        assert 'error="use_dpop_nonce"' in answer.headers["WWW-Authenticate"]
        assert answer.headers["DPoP-Nonce"] == bound.holder.nonce
    clock.move(minutes=5)
    bound.holder.now = clock.now
    answer = bound.get()
    refused(answer, 401, "DPOP_NONCE_REQUIRED")
    bound.holder.nonce = answer.headers["DPoP-Nonce"]
    assert bound.get().status_code == 200


def test_a_nonce_is_good_until_the_next_one_is(bound: Bound, clock: FixedClock) -> None:
    clock.move(seconds=120)
    bound.holder.now = clock.now
    answer = bound.get()
    assert answer.status_code == 200
    assert answer.headers["DPoP-Nonce"] != bound.holder.nonce


def test_another_servers_nonce_is_good(bound: Bound, settings: Settings, desk: Desk) -> None:
    assert bound.get(app=create_app(settings, desk=desk)).status_code == 200


def test_oau_36_a_bound_token_is_no_bearer_token(bound: Bound) -> None:
    for proof in ("", None):
        refused(bound.get(proof, scheme="Bearer"), 401, "TOKEN_INVALID")
    assert bound.get().status_code == 200
    refused(bound.get(scheme="Bearer"), 401, "TOKEN_INVALID")


def test_oau_36_a_bearer_token_is_no_bound_token(bound: Bound, grocery: Till) -> None:
    bound.token = grocery.token
    refused(bound.get(), 401, "TOKEN_INVALID")
    assert grocery.get("/partner").status_code == 200


def test_the_token_door_speaks_oauths_words(bound: Bound) -> None:
    for proof, error in (
        ("x", "invalid_dpop_proof"),
        (bound.holder.proof("GET", TOKEN_URL), "invalid_dpop_proof"),
        (bound.holder.proof("POST", DOOR), "invalid_dpop_proof"),
        (bound.holder.proof("POST", TOKEN_URL, drop="nonce"), "use_dpop_nonce"),
    ):
        answer = bound.ask(proof)
        assert (answer.status_code, answer.json["error"]) == (400, error)
        assert answer.headers["DPoP-Nonce"]
        assert answer.headers["Cache-Control"] == "no-store"
    proof = bound.holder.proof("POST", TOKEN_URL)
    assert [bound.ask(proof).status_code for _ in range(2)] == [200, 400]


def test_a_client_may_have_to_bind_what_moves_points(bound: Bound, desk: Desk) -> None:
    assert bound.ask("").json["token_type"] == "Bearer"
    with desk.work(CLI) as work:
        credentials.change_client(work, bound.till.client_id, dpop="required")
    for scope in ("earn:write", "members:read redeem:write"):
        answer = bound.ask("", scope=scope)
        assert (answer.status_code, answer.json["error"]) == (400, "invalid_dpop_proof")
    assert bound.ask("", scope="members:read").json["token_type"] == "Bearer"
    assert bound.ask(scope="earn:write").json["token_type"] == "DPoP"


def test_the_house_may_bind_all_that_moves_points(
    bound: Bound, settings: Settings, desk: Desk
) -> None:
    bound.app = create_app(replace(settings, require_dpop="points"), desk=desk)
    assert bound.ask("", scope="earn:write").json["error"] == "invalid_dpop_proof"
    assert bound.ask("", scope="balance:read").json["token_type"] == "Bearer"
    assert bound.ask(scope="earn:write").status_code == 200


def test_a_proof_behind_a_proxy_names_the_public_address(
    settings: Settings, desk: Desk, grocery: Till, clock: FixedClock
) -> None:
    app = create_app(replace(settings, public_url="https://stars.example"), desk=desk)
    holder = KeyHolder(clock.now)
    url, kinds = "https://stars.example/oauth/token", []
    for _ in range(2):
        answer = app.test_client().post(
            "/oauth/token", data=GRANT, headers={"DPoP": holder.proof("POST", url)},
            auth=(grocery.client_id, grocery.secret), base_url="http://10.0.0.7:8600",
        )  # fmt: skip
        holder.nonce = answer.headers["DPoP-Nonce"]
        kinds.append((answer.json or {}).get("token_type"))
    assert kinds == [None, "DPoP"]
