"""Signing keys: one is made on first use, a new one is published before it signs."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from apiflask import APIFlask

from stoa.config import Settings
from stoa.oauth.doors import open_oauth
from stoa.oauth.keys import KeyRing
from stoa.services import credentials
from stoa.work import Actor, Desk
from tills import Till
from world import Coalition, FixedClock

STAFF = Actor("staff:test")


def kid_of(till: Till) -> str:
    return till.token.split(".")[0]


def published(app: APIFlask) -> list[dict[str, Any]]:
    document: Any = app.test_client().get("/.well-known/jwks.json").json
    return list(document["keys"])


def test_servers_that_start_together_make_one_key(desk: Desk) -> None:
    rings = [KeyRing(desk) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        kids = set(threads.map(lambda ring: ring.signing().kid, rings))
    assert len(kids) == 1


def test_the_public_part_alone_is_published(app: APIFlask) -> None:
    keys = published(app)
    assert len(keys) == 1
    assert set(keys[0]) == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert (keys[0]["kty"], keys[0]["crv"], keys[0]["alg"]) == ("EC", "P-256", "ES256")


def test_a_new_key_is_known_before_it_signs(
    app: APIFlask, grocery: Till, desk: Desk, clock: FixedClock, settings: Settings
) -> None:
    first = kid_of(grocery)
    with desk.work(STAFF) as work:
        fresh = credentials.rotate_signing_key(work)
    clock.move(seconds=61)
    assert fresh in {key["kid"] for key in published(app)}
    renewed = grocery.renewed()
    assert kid_of(renewed) == first
    clock.move(seconds=121)
    late = grocery.renewed()
    assert kid_of(late) != first
    other_server = open_oauth(desk, settings).verifier
    for till in (renewed, late):
        assert till.get("/partner").status_code == 200
        other_server.caller(f"Bearer {till.token}")


def test_a_retired_key_is_forgotten_after_an_hour(
    app: APIFlask, grocery: Till, desk: Desk, clock: FixedClock
) -> None:
    with desk.work(STAFF) as work:
        credentials.rotate_signing_key(work)
    clock.move(minutes=59)
    assert len(published(app)) == 2
    clock.move(minutes=2)
    assert len(published(app)) == 1
    assert grocery.renewed().get("/partner").status_code == 200


def test_keys_are_read_once_a_minute(desk: Desk, clock: FixedClock) -> None:
    ring = KeyRing(desk)
    first = ring.signing()
    with desk.work(STAFF) as work:
        credentials.rotate_signing_key(work)
    assert len(ring.published()["keys"]) == 1
    clock.move(seconds=60)
    assert len(ring.published()["keys"]) == 2
    assert ring.signing() is first
    assert ring.verifying("nobody") is None


def test_a_clock_that_goes_back_reads_the_keys_again(
    desk: Desk, clock: FixedClock, coalition: Coalition
) -> None:
    ring = KeyRing(desk)
    ring.signing()
    with desk.work(STAFF) as work:
        credentials.rotate_signing_key(work)
    clock.move(hours=-1)
    assert len(ring.published()["keys"]) == 2
