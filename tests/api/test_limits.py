"""Limits: a partner's rate and share, failed proofs of clients, hosts, and a store that is down."""

import threading
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Any
from uuid import UUID

import pytest
from apiflask import APIFlask
from flask import request
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from stoa.api.limits import Gate, Share
from stoa.app import create_app
from stoa.config import Settings
from stoa.errors import InvalidBodyError, OverloadedError, RateLimitedError
from stoa.services import credentials, limits
from stoa.services.limits import Limits
from stoa.work import Actor, Desk
from tills import refused, till_of
from world import Coalition, FixedClock

OPERATOR = Actor("staff:test")
ROOMY = Limits(100_000, 1_000_000, 10_000)


class Ticks:
    """Seconds that only a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


def a_gate(desk: Desk, ticks: Callable[[], float], usual: Limits = ROOMY, **share: int) -> Gate:
    known = {"threads": 8, "processes": 1, "most": 100} | share
    return Gate(desk, Share(usual, **known), ticks)


def let_in(gate: Gate, partner_id: UUID, times: int) -> int:
    """Return how many of so many requests, one after another, come in."""
    count = 0
    for _ in range(times):
        try:
            gate.leave(gate.enter(partner_id, writes=True))
        except RateLimitedError:
            continue
        count += 1
    return count


def as_owner(url: str, statement: str) -> None:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def test_a_partner_has_a_burst_and_then_its_rate(
    desk: Desk, coalition: Coalition, ticks: Ticks, database: str
) -> None:
    gate = a_gate(desk, ticks, Limits(1, 5, 100))
    assert let_in(gate, coalition.grocery, 20) == 5
    assert let_in(gate, coalition.cinema, 20) == 5
    with pytest.raises(RateLimitedError) as told:
        gate.enter(coalition.grocery, writes=False)
    assert told.value.retry_after_s == 1
    as_owner(database, "UPDATE rate_buckets SET at = at - interval '3 seconds'")
    assert let_in(gate, coalition.grocery, 20) == 0  # it was told to wait a second
    ticks.now += 1
    assert let_in(gate, coalition.grocery, 20) == 3


def test_all_processes_together_keep_to_one_rate(
    desk: Desk, coalition: Coalition, ticks: Ticks
) -> None:
    gates = [a_gate(desk, ticks, Limits(1, 12, 100)) for _ in range(4)]
    assert sum(let_in(gate, coalition.grocery, 10) for gate in gates) == 12


def test_a_portion_is_asked_for_once_and_not_for_every_request(
    desk: Desk, coalition: Coalition, ticks: Ticks, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    lease = limits.lease

    def spy(*given: Any) -> limits.Lease:
        asked.append(given)
        return lease(*given)

    monkeypatch.setattr(limits, "lease", spy)
    gate = a_gate(desk, ticks, Limits(200, 400, 32))
    assert let_in(gate, coalition.grocery, 100) == 100
    assert len(asked) == 5
    ticks.now += 11  # an old portion is given up
    assert let_in(gate, coalition.grocery, 1) == 1
    assert len(asked) == 6


def test_a_partner_alone_has_every_thread_and_leaves_a_quarter_to_others(
    desk: Desk, coalition: Coalition, ticks: Ticks
) -> None:
    gate = a_gate(desk, ticks)
    gate.enter(coalition.grocery, writes=True)
    ticks.now += 2
    for _ in range(7):
        gate.enter(coalition.grocery, writes=True)
    with pytest.raises(RateLimitedError, match="same time"):
        gate.enter(coalition.grocery, writes=True)
    gate.enter(coalition.cinema, writes=True)
    gate.leave(coalition.grocery)
    gate.leave(coalition.grocery)
    with pytest.raises(RateLimitedError):
        gate.enter(coalition.grocery, writes=True)
    for _ in range(5):
        gate.enter(coalition.cinema, writes=True)


def test_a_full_house_refuses_at_once(desk: Desk, coalition: Coalition, ticks: Ticks) -> None:
    gate = a_gate(desk, ticks, most=2)
    gate.enter(coalition.grocery, writes=True)
    gate.enter(coalition.cinema, writes=True)
    with pytest.raises(OverloadedError):
        gate.enter(coalition.grocery, writes=False)
    gate.leave(coalition.cinema)
    gate.enter(coalition.grocery, writes=False)


def test_an_operator_agrees_other_limits(desk: Desk, coalition: Coalition, ticks: Ticks) -> None:
    with desk.work(OPERATOR) as work:
        limits.agree(work, coalition.grocery, Limits(2, 3, 1))
    gate = a_gate(desk, ticks)
    assert let_in(gate, coalition.grocery, 9) == 3
    assert let_in(gate, coalition.cinema, 9) == 9
    with desk.work(OPERATOR) as work:
        assert limits.of(work, coalition.grocery) == Limits(2, 3, 1)
        limits.agree(work, coalition.grocery, None)
        assert limits.of(work, coalition.grocery) is None
        with pytest.raises(InvalidBodyError) as wrong:
            limits.agree(work, coalition.grocery, Limits(0, 1_000_001, 1))
    assert wrong.value.members["errors"].keys() == {"rate_per_s", "burst"}


def test_when_nothing_can_be_counted_writing_stops_and_reading_goes_on(
    settings: Settings, desk: Desk, coalition: Coalition, database: str
) -> None:
    app = create_app(replace(settings, partner_rate=50), desk=desk)
    till = till_of(app, desk, coalition.grocery)
    member = till.enrol()
    as_owner(database, "ALTER TABLE rate_buckets RENAME TO gone")
    gate = app.extensions["stoa.lobby"].gate
    for tap in gate._taps.values():
        tap.left = 0
    refused(till.post("/purchases", till.a_purchase(member)), 503, "OVERLOADED")
    assert till.get(f"/members/{member['member_ref']}/balance").status_code == 200
    as_owner(database, "ALTER TABLE gone RENAME TO rate_buckets")
    gate._blind_until = 0.0
    assert till.earn(member)["points"] == 100


def test_a_partner_at_twenty_times_its_rate_takes_nothing_from_another(
    settings: Settings, desk: Desk, coalition: Coalition
) -> None:
    """Eight tills of the grocery ask without a pause; the cinema's one till is never refused."""
    app = create_app(replace(settings, partner_rate=20, partner_burst=20, threads=16), desk=desk)
    noisy, calm = (till_of(app, desk, each) for each in (coalition.grocery, coalition.cinema))
    with desk.work(OPERATOR) as work:
        limits.agree(work, coalition.cinema, Limits(1000, 1000, 32))
    member = calm.enrol()
    ref, ask = member["member_ref"], noisy.ref_of(member)
    done = threading.Event()
    answers: list[int] = []

    def flood() -> None:
        while not done.is_set():
            answers.append(noisy.get(f"/members/{ask}/balance").status_code)

    threads = [threading.Thread(target=flood) for _ in range(8)]
    for each in threads:
        each.start()
    told = [calm.get(f"/members/{ref}/balance").status_code for _ in range(60)]
    done.set()
    for each in threads:
        each.join()
    assert told == [200] * 60
    assert set(answers) == {200, 429}
    assert answers.count(429) > answers.count(200)


def test_counting_a_request_costs_microseconds(desk: Desk, coalition: Coalition) -> None:
    gate = a_gate(desk, perf_counter)
    gate.leave(gate.enter(coalition.grocery, writes=True))
    began = perf_counter()
    for _ in range(5000):
        gate.leave(gate.enter(coalition.grocery, writes=True))
    assert (perf_counter() - began) / 5000 < 100e-6


def test_a_refusal_says_how_long_to_wait(
    settings: Settings, desk: Desk, coalition: Coalition, database: str
) -> None:
    app = create_app(replace(settings, partner_rate=1, partner_burst=1), desk=desk)
    till = till_of(app, desk, coalition.grocery)
    till.get("/partner")
    as_owner(database, "UPDATE rate_buckets SET tokens = -4, at = at + interval '1 hour'")
    problem = refused(till.get("/partner"), 429, "RATE_LIMITED")
    assert problem["retry_after_s"] == 5


def ask(app: APIFlask, pair: tuple[str, str], address: str = "192.0.2.1") -> Any:
    form = {"grant_type": "client_credentials"}
    client: Any = app.test_client()
    environ = {"REMOTE_ADDR": address}
    return client.post("/oauth/token", data=form, auth=pair, environ_overrides=environ)


def test_a_secret_that_is_tried_out_closes_the_door(
    app: APIFlask, desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    with desk.work(Actor("cli")) as work:
        pairs = [credentials.issue_client(work, coalition.grocery, "till") for _ in range(3)]
    tried, other, third = pairs
    for number in range(10):
        answer = ask(app, (tried[0], f"wrong-{number}"), f"192.0.2.{number}")
        assert answer.status_code == 401
    closed = ask(app, tried, "192.0.2.99")
    assert (closed.status_code, closed.json["error"]) == (429, "slow_down")
    assert closed.headers["Retry-After"] == "300"
    assert ask(app, other, "192.0.2.99").status_code == 200
    for number in range(9):
        ask(app, (f"cli_{number}", "x"), "192.0.2.7")  # that address has failed once before
    assert ask(app, third, "192.0.2.7").status_code == 429
    assert ask(app, third, "192.0.2.8").status_code == 200
    clock.move(minutes=5)
    assert ask(app, tried, "192.0.2.99").status_code == 200
    assert ask(app, third, "192.0.2.7").status_code == 200


def test_slow_bodies_of_strangers_leave_half_of_the_threads(
    settings: Settings, desk: Desk, coalition: Coalition
) -> None:
    app = create_app(replace(settings, partner_rate=100, threads=4), desk=desk)
    till = till_of(app, desk, coalition.grocery)
    wait = threading.Event()
    arrived = threading.Barrier(3)

    class Slow:
        """A body that does not come before the test lets it."""

        def read(self, _size: int = -1) -> bytes:
            if not wait.is_set():
                arrived.wait(5)
                wait.wait(5)
            return b""

    def knock() -> Any:
        client: Any = app.test_client()
        kind = "application/x-www-form-urlencoded"
        body = {"wsgi.input": Slow(), "CONTENT_LENGTH": "9"}
        return client.post("/oauth/token", content_type=kind, environ_overrides=body)

    threads = [threading.Thread(target=knock) for _ in range(2)]
    for each in threads:
        each.start()
    arrived.wait(5)
    third: Any = app.test_client()
    refusal = third.post("/oauth/token", data={"grant_type": "client_credentials"})
    assert (refusal.status_code, refusal.json["code"]) == (503, "OVERLOADED")
    assert refusal.headers["Retry-After"] == "1"
    assert till.get("/partner").status_code == 200
    wait.set()
    for each in threads:
        each.join()
    assert till.renewed().get("/partner").status_code == 200


def test_only_so_many_proxies_are_believed(
    settings: Settings, desk: Desk, coalition: Coalition
) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.9, 198.51.100.4", "X-Forwarded-Host": "evil.example"}
    seen = {}
    assert coalition
    for hops in (0, 1, 2):
        app = create_app(replace(settings, trusted_hops=hops), desk=desk)
        app.add_url_rule("/who", "who", _who)
        client: Any = app.test_client()
        seen[hops] = client.get("/who", headers=forwarded).text
    assert seen == {0: "127.0.0.1", 1: "198.51.100.4", 2: "203.0.113.9"}


def _who() -> str:
    return str(request.remote_addr)


def test_another_host_is_not_answered_in_public(
    settings: Settings, desk: Desk, coalition: Coalition
) -> None:
    public = replace(settings, public_url="https://stars.example", trusted_hosts=("stars.example",))
    app = create_app(public, desk=desk)
    assert coalition
    client: Any = app.test_client()
    for host in ("evil.example", "stars.example.evil.example", "10.0.0.7:8600", ""):
        answer = client.get("/v1/partner", base_url="https://stars.example", headers={"Host": host})
        assert answer.status_code in (400, 421), host
        assert "evil" not in answer.text
    assert client.get("/livez", headers={"Host": "10.0.0.7"}).status_code == 200
    answer = client.get("/v1/partner", base_url="https://stars.example")
    assert (answer.status_code, answer.json["code"]) == (401, "TOKEN_REQUIRED")
