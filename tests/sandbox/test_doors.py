"""A sandbox is the same API on another database: live data stays, tokens stay, time is its own."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest
from apiflask import APIFlask

import databases
from sandboxes import OPERATOR, Inside, app, ground, inside
from stoa.services import invariants, sandboxes
from stoa.services.sandboxes import PEOPLE, Ground, SandboxClock
from stoa.work import Desk
from stoa_sdk import Client, card, errors
from tills import Till, till_of
from world import Coalition, FixedClock

__all__ = ["app", "ground"]

OWN = ("sandboxes", "audit_records")
"""Live tables that deeds on a sandbox write to: which there are, and who did what."""

ADA, EVE, FINN = "9900000000000010", "9900000000000051", "9900000000000069"
CLEO, DAN, GUS, HANA = (
    "9900000000000036", "9900000000000044", "9900000000000077", "9900000000000085",
)  # fmt: skip


def of_all(desk: Desk) -> dict[str, str]:
    """Return a digest of every row of every live table, but of those that are the sandboxes'."""
    with desk.work(OPERATOR) as work:
        names = [
            row[0]
            for row in work.rows(
                "SELECT relname FROM pg_class WHERE relkind = 'r'"
                " AND relnamespace = 'public'::regnamespace"
            )
            if row[0] not in OWN and not row[0].startswith("procrastinate")
        ]
        return {
            name: work.session.connection()
            .exec_driver_sql(
                f"SELECT count(*) || md5(coalesce(string_agg(t::text, ',' ORDER BY t::text), ''))"
                f' FROM "{name}" t'
            )
            .scalar_one()
            for name in names
        }


def refused(answer: Any, status: int, code: str) -> None:
    """Check that an answer is this problem, live or in a sandbox."""
    assert (answer.status_code, answer.json["code"]) == (status, code), answer.text
    assert answer.json["type"].endswith(f"/problems/{code.lower().replace('_', '-')}")


def ref(till: Till, card: str) -> str:
    """Return the till's name for the member with a card."""
    found = till.post("/members/resolve", {"member": {"type": "card", "value": card}})
    assert found.status_code == 200, found.text
    return str(found.json["member_ref"])


def balance(till: Till, card: str) -> dict[str, int]:
    """Return a member's figures."""
    told = till.get(f"/members/{ref(till, card)}/balance").json
    return {name: told[name] for name in ("available", "pending", "held", "debt")}


def standing(till: Till) -> dict[str, Any]:
    """Return everybody's figures."""
    return {who.card: balance(till, who.card) for who in PEOPLE}


def seeded(**changed: dict[str, int]) -> dict[str, Any]:
    """Return what everybody has in a new sandbox, with changes by card."""
    return {
        who.card: {
            "available": who.available, "pending": who.pending, "held": who.held, "debt": who.debt,
        }
        for who in PEOPLE
    } | changed  # fmt: skip


def test_a_storm_in_a_sandbox_leaves_live_data_as_it_is_and_a_reset_brings_it_back(
    app: APIFlask, ground: Ground, coalition: Coalition, desk: Desk
) -> None:
    live = till_of(app, desk, coalition.grocery)
    live.earn(live.enrol("Live"), "100.00")
    before = of_all(desk)
    opened = sandboxes.open(ground, OPERATOR, coalition.grocery)
    till = inside(app, opened)
    assert standing(till) == seeded()
    assert till.get("/partner").json["stores"][0]["code"] == "main"
    _storm(till)
    assert standing(till) != seeded()
    first = till.post("/sandbox/reset", {}, key="reset-1")
    assert first.status_code == 200, first.text
    refused(till.get("/sandbox"), 401, "TOKEN_INVALID")  # its database is gone
    till = till.renewed()  # the credentials stay
    assert standing(till) == seeded()
    again = till.post("/sandbox/reset", {}, key="reset-1")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json["reset_at"] == first.json["reset_at"]
    assert standing(till) == seeded()  # with the same token: nothing was done again
    now = of_all(desk)
    assert {name for name in now if now[name] != before[name]} == set()
    with desk.work(OPERATOR) as work:
        box = sandboxes.opened(work, coalition.grocery)
    sand = ground.open(box, SandboxClock(wall=desk.clock))
    with sand.work(OPERATOR) as work:
        assert invariants.check_invariants(work) == []
    sand.hang_up()


def _storm(till: Inside) -> None:
    """Do much of what a partner does."""
    for member in ({"card": each} for each in (ADA, CLEO, EVE)):
        till.earn(member, "500.00")
        held = till.post("/redemptions", till.a_hold(member, 50))
        assert held.status_code == 201, held.text
        till.post(f"/redemptions/{held.json['redemption_id']}/capture", {})
    till.enrol("Somebody")
    till.post("/sandbox/clock", {"advance_s": 40 * 86_400})


def test_the_clock_lets_points_mature_and_end_and_reviews_tiers(
    app: APIFlask, ground: Ground, coalition: Coalition, clock: FixedClock
) -> None:
    till = inside(app, sandboxes.open(ground, OPERATOR, coalition.grocery))
    assert _tier(till, CLEO) == "gold"
    both = {"advance_s": 1, "to": "2027-01-01T00:00:00Z"}
    refused(till.post("/sandbox/clock", both), 422, "INVALID_BODY")
    refused(till.post("/sandbox/clock", {"to": "2026-04-30T00:00:00Z"}), 422, "INVALID_BODY")
    refused(till.post("/sandbox/clock", {"to": "2036-07-01T00:00:00Z"}), 422, "INVALID_BODY")
    moved = till.post("/sandbox/clock", {"advance_s": 8 * 86_400}, key="week").json
    assert moved["done"]["expire_points"] == 1
    assert moved["done"]["expire_holds"] == 1
    assert moved["finished"] is True
    assert standing(till) == seeded() | {
        EVE: {"available": 700, "pending": 0, "held": 0, "debt": 0},
        HANA: {"available": 2000, "pending": 0, "held": 0, "debt": 0},
    }
    again = till.post("/sandbox/clock", {"advance_s": 8 * 86_400}, key="week").json
    assert again["ahead_s"] == moved["ahead_s"] == till.get("/sandbox/clock").json["ahead_s"]
    later = datetime(2026, 6, 15, tzinfo=clock.now.tzinfo)
    moved = till.post("/sandbox/clock", {"to": later.isoformat()}).json
    assert datetime.fromisoformat(moved["now"]) == later
    assert moved["done"]["mature_points"] == 1
    assert balance(till, FINN)["available"] == 400
    assert _tier(till, CLEO) == "basic"  # nobody keeps gold without points of the year
    member = {"card": ADA}
    sold = till.post("/purchases", till.a_purchase(member, "10.00", occurred_at=later.isoformat()))
    assert sold.status_code == 201, sold.text
    clock.move(seconds=30)
    assert till.get("/sandbox/clock").json["now"] == (later + timedelta(seconds=30)).isoformat()
    till = till.renewed()
    assert till.get("/sandbox/clock").json["now"] == (later + timedelta(seconds=30)).isoformat()


def _tier(till: Till, card: str) -> str:
    return str(
        till.post("/members/resolve", {"member": {"type": "card", "value": card}}).json["tier"]
    )


def test_tokens_live_and_of_each_sandbox_are_good_for_nothing_else(
    app: APIFlask, ground: Ground, coalition: Coalition, desk: Desk, clock: FixedClock
) -> None:
    live = till_of(app, desk, coalition.grocery)
    mine = sandboxes.open(ground, OPERATOR, coalition.grocery)
    own = inside(app, mine)
    beside = inside(app, mine, own=False)
    other = inside(app, sandboxes.open(ground, OPERATOR, coalition.cinema))
    assert [each.get("/partner").json["code"] for each in (live, own, beside, other)] == [
        "grocery", "grocery", "sandbox-grocery", "cinema",
    ]  # fmt: skip
    for at, of in ((own, live), (other, live), (other, own), (own, other), (live, own)):
        stranger = at.__class__(**{**vars(at), "token": of.token})
        refused(stranger.get("/partner"), 401, "TOKEN_INVALID")
        wrong = at.client().post(
            "/oauth/token", data={"grant_type": "client_credentials"},
            auth=(of.client_id, of.secret),
        )  # fmt: skip
        assert (wrong.status_code, wrong.json["error"]) == (401, "invalid_client")
    issuer = own.client().get("/.well-known/oauth-authorization-server").json
    assert issuer["issuer"] == "http://localhost/sandbox/grocery"
    assert issuer["token_endpoint"] == "http://localhost/sandbox/grocery/oauth/token"
    # Credentials go by the real clock: time in the sandbox ends no token.
    own.post("/sandbox/clock", {"advance_s": 365 * 86_400})
    assert own.get("/partner").status_code == 200
    clock.move(seconds=601)
    refused(own.get("/partner"), 401, "TOKEN_INVALID")
    assert own.renewed().get("/partner").status_code == 200
    refused(live.renewed().get("/sandbox/clock"), 404, "DOOR_UNKNOWN")
    refused(live.renewed().post("/sandbox/reset"), 404, "DOOR_UNKNOWN")
    nobody = app.test_client().get("/sandbox/nobody/v1/partner", headers={"Authorization": "x"})
    refused(nobody, 404, "DOOR_UNKNOWN")


def test_of_resets_at_once_one_is_done_and_a_killed_one_leaves_what_opens_again(
    app: APIFlask,
    ground: Ground,
    coalition: Coalition,
    server_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened = sandboxes.open(ground, OPERATOR, coalition.grocery)
    tills = [inside(app, opened) for _ in range(4)]
    with ThreadPoolExecutor(4) as threads:
        told = list(threads.map(lambda each: each.post("/sandbox/reset"), tills))
    codes = sorted(each.status_code for each in told)
    assert codes[0] == 200
    assert set(codes) <= {200, 401, 409, 503}, [each.text for each in told]
    assert {each.json["code"] for each in told if each.status_code == 409} <= {"SANDBOX_BUSY"}
    with ground.desk.work(OPERATOR) as work:
        before = sandboxes.opened(work, coalition.grocery)

    def killed(*_: object) -> None:
        raise SystemExit(9)

    monkeypatch.setattr("stoa.services.sandboxes.databases.drop", killed)
    monkeypatch.setattr("stoa.services.sandboxes.seeding.sow", killed)
    following = before.database.removesuffix(str(before.generation)) + str(before.generation + 1)
    databases.create(server_url, following, "template1")  # as one killed a moment earlier left it
    with pytest.raises(SystemExit):
        sandboxes.reset(ground, OPERATOR, coalition.grocery)
    monkeypatch.undo()
    till = inside(app, opened)
    assert standing(till) == seeded()
    sandboxes.reset(ground, OPERATOR, coalition.grocery)
    assert standing(till.renewed()) == seeded()
    stem = before.database.removesuffix(str(before.generation))
    there = [row[0] for row in databases.run(server_url, "SELECT datname::text FROM pg_database")]
    assert [name for name in there if name.startswith(stem)] == [following]
    sandboxes.close(ground, OPERATOR, coalition.grocery)
    there = [row[0] for row in databases.run(server_url, "SELECT datname::text FROM pg_database")]
    assert [name for name in there if name.startswith(stem)] == []
    refused(till.get("/partner"), 404, "DOOR_UNKNOWN")


def test_a_process_keeps_the_apps_of_the_sandboxes_used_last(
    app: APIFlask, ground: Ground, coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    mount = app.extensions["stoa.sandboxes"]
    monkeypatch.setattr(mount, "_most_open", 1)
    first = inside(app, sandboxes.open(ground, OPERATOR, coalition.grocery))
    assert mount.kept == ["grocery"]
    second = inside(app, sandboxes.open(ground, OPERATOR, coalition.cinema))
    assert mount.kept == ["cinema"]
    assert first.get("/partner").json["code"] == "grocery"  # its token outlives its app
    assert mount.kept == ["grocery"]
    assert second.get("/partner").status_code == 200


def test_the_sdk_needs_nothing_but_the_address(
    app: APIFlask, ground: Ground, coalition: Coalition
) -> None:
    opened = sandboxes.open(ground, OPERATOR, coalition.grocery)
    client_id, secret = next(iter(opened.secrets.items()))
    transport = httpx2.WSGITransport(app=app)
    address = ground.address("grocery")
    client = Client(address, client_id, secret, transport=transport)
    assert client.sandbox.show().members[0].card == ADA
    ada = client.resolve(card(ADA))
    assert client.balance(ada.member_ref).available == 1000
    assert client.sandbox.advance(days=8).finished
    later = client.sandbox.clock().now + timedelta(days=1)
    assert client.sandbox.move_to(later).now == later
    assert client.sandbox.reset().ahead_s == 0
    assert client.balance(card(ADA)).available == 1000  # it fetches a token by itself
    live = Client("http://localhost", client_id, secret, transport=transport)
    with pytest.raises(errors.AuthenticationFailed):
        live.sandbox.clock()
