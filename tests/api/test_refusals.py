"""Every problem that the doors tell of comes as told, and has no effect."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from apiflask import APIFlask
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from stoa.services import members, partners
from stoa.services.credentials import TILL_SCOPES
from stoa.services.members import Token
from stoa.work import Actor, Desk
from tills import Till, refused, spec, state
from world import Coalition, PlainPlugin
from world import code as code_shown_by

STAFF = Actor("staff:test")


@dataclass
class Scene:
    """A day at the grocery: a member with 1,000 points, purchases and holds in every state."""

    desk: Desk
    coalition: Coalition
    plain: PlainPlugin
    till: Till
    other: Till
    member: dict[str, Any]
    frozen: dict[str, Any]
    friend: dict[str, Any]
    purchase: str
    returned: str
    voided: str
    hold: str
    captured: str
    claim: str
    foreign: dict[str, str]
    code: str
    used_code: str

    def path(self, kind: str, way: str = "") -> str:
        return f"/{kind}s/{getattr(self, kind)}{way}"

    def purchase_of(self, **changes: Any) -> dict[str, Any]:
        return self.till.a_purchase(self.member) | changes

    def hold_of(self, points: int = 10, **changes: Any) -> dict[str, Any]:
        return self.till.a_hold(self.member, points) | changes

    def claim_of(self, **changes: Any) -> dict[str, Any]:
        card = {"type": "card", "value": self.member["card"]}
        return {"member": card, "store": "main", "benefit": "tea"} | changes


@pytest.fixture
def scene(grocery: Till, cinema: Till, coalition: Coalition, plain: PlainPlugin) -> Scene:
    """Play the day."""
    member, frozen, friend = grocery.enrol(phone="+8613800138000"), grocery.enrol(), grocery.enrol()
    ids = [grocery.earn(member, "500.00")["purchase_id"] for _ in range(4)]
    grocery.post(f"/purchases/{ids[1]}/returns", {"receipt_no": "RR-0"})
    grocery.post(f"/purchases/{ids[2]}/void")
    holds = [grocery.post("/redemptions", grocery.a_hold(member, 100)).json for _ in range(2)]
    held, captured = (each["redemption_id"] for each in holds)
    grocery.post(f"/redemptions/{captured}/capture")
    card = {"type": "card", "value": member["card"]}
    tea = {"member": card, "store": "main", "benefit": "tea"}
    claim = grocery.post("/benefits/claims", tea).json["claim_id"]
    with coalition.desk.work(STAFF) as work:
        found = members.find(work, Token("card", frozen["card"]))
        members.freeze(work, found.id, reason="test")
    codes = [_code_of(coalition, each) for each in (friend, member)]
    shown = {"member": {"type": "qr", "value": codes[1]}}
    hold = cinema.post("/redemptions", cinema.a_hold(member, 5) | shown).json
    foreign = {
        "purchase": cinema.earn(member)["purchase_id"],
        "redemption": hold["redemption_id"],
        "claim": cinema.post("/benefits/claims", tea).json["claim_id"],
        "member": hold["member_ref"],
    }
    return Scene(
        coalition.desk, coalition, plain, grocery, cinema, member, frozen, friend,
        ids[0], ids[1], ids[2], held, captured, claim, foreign, *codes,
    )  # fmt: skip


def _code_of(coalition: Coalition, member: dict[str, Any]) -> str:
    with coalition.desk.work(STAFF) as work:
        found = members.find(work, Token("card", member["card"]))
        return code_shown_by(work, found.id).value


Refusal = tuple[str, int, str, Any]


def members_refuse(scene: Scene) -> Iterator[Refusal]:
    post = scene.till.post
    eve = {"display_name": "Eve"}
    yield (
        "a phone that another has", 409, "IDENTIFIER_TAKEN",
        post("/members", eve | {"phone": "0086 138-0013-8000"}),
    )  # fmt: skip
    for field, value in {
        "card": "9900000000000003",
        "phone": "13800138000",
        "email": "no address",
        "locale": "fr",
        "display_name": "",
    }.items():
        yield f"a bad {field}", 422, "INVALID_BODY", post("/members", eve | {field: value})
    nobody = {"member": {"type": "card", "value": "9900000000000002"}}
    yield "a card of nobody", 404, "MEMBER_UNKNOWN", post("/members/resolve", nobody)
    odd = {"member": {"type": "phone", "value": "no number at all"}}
    yield "a phone that is none", 404, "MEMBER_UNKNOWN", post("/members/resolve", odd)
    card = {"type": "card", "value": scene.member["card"]}
    yield (
        "a store of nobody", 404, "STORE_UNKNOWN",
        post("/members/resolve", {"member": card, "store": "moon"}),
    )  # fmt: skip
    for ref in ("mbr_" + "a" * 26, "mbr_x", "mem_x", "%00", "..", "mbr_" + "A" * 26):
        for part in ("balance", "entries", "entries/1/explain", "entries/1/proof", "benefits"):
            yield (
                f"{part} of {ref}",
                404,
                "MEMBER_UNKNOWN",
                scene.till.get(f"/members/{ref}/{part}"),
            )
    for entry in ("0", "999", "x", "-1", "%00", "9" * 30, "１", "1.0"):
        where = f"/members/{scene.member['member_ref']}/entries/{entry}/explain"
        yield f"the entry {entry}", 404, "ENTRY_UNKNOWN", scene.till.get(where)

    whose = scene.member["member_ref"]
    for number in ("0", "99", "-1", "01", "1.0", "x", "%00", "9" * 16, "１"):
        answer = scene.till.get(f"/members/{whose}/entries/{number}/proof")
        yield f"the proof of entry {number}", 404, "ENTRY_UNKNOWN", answer
    answer = scene.till.get(f"/members/{whose}/entries/1/proof")
    yield "a proof that is not ready", 409, "PROOF_NOT_READY", answer


def purchases_refuse(scene: Scene) -> Iterator[Refusal]:
    yield from sales_refuse(scene, "/purchases")
    yield from sales_refuse(scene, "/estimates")
    first = scene.till.get(scene.path("purchase")).json
    again = scene.purchase_of(receipt_no=first["receipt_no"])
    refusal = 409, "RECEIPT_ALREADY_CLAIMED", scene.till.post("/purchases", again)
    yield "a receipt that was reported", *refusal
    stolen = again | {"member": {"type": "card", "value": scene.friend["card"]}}
    yield (
        "a receipt that another member has", 409, "RECEIPT_ALREADY_CLAIMED",
        scene.till.post("/purchases", stolen),
    )  # fmt: skip
    for odd in ("pur_x", "pur_" + "z" * 26, "mem_" + "0" * 26, "%00", "1"):
        yield f"purchase {odd}", 404, "PURCHASE_UNKNOWN", scene.till.get(f"/purchases/{odd}")


def sales_refuse(scene: Scene, path: str) -> Iterator[Refusal]:
    def refusal(name: str, status: int, code: str, **changes: Any) -> Refusal:
        return f"{path}: {name}", status, code, scene.till.post(path, scene.purchase_of(**changes))

    nobody = {"type": "card", "value": "9900000000000002"}
    frozen = {"type": "card", "value": scene.frozen["card"]}
    foreign = {"type": "member_ref", "value": scene.foreign["member"]}
    yield refusal("a member that is none", 404, "MEMBER_UNKNOWN", member=nobody)
    yield refusal("another partner's name", 404, "MEMBER_UNKNOWN", member=foreign)
    yield refusal("a frozen member", 423, "MEMBER_FROZEN", member=frozen)
    yield refusal("a store that is none", 404, "STORE_UNKNOWN", store="moon")
    tenders = [{"kind": "card", "amount": "99.99"}]
    yield refusal("tenders that differ", 422, "LINES_DO_NOT_SUM", tenders=tenders)
    yield refusal("long ago", 422, "BACKDATE_TOO_OLD", occurred_at="2026-03-01T12:00:00+08:00")
    yield refusal("to come", 422, "OCCURS_IN_FUTURE", occurred_at="2026-05-01T12:05:01+08:00")
    yield refusal("a day to come", 422, "OCCURS_IN_FUTURE", business_date="2026-05-03")
    stolen = [{"kind": "points", "amount": "1.00", "redemption_id": scene.foreign["redemption"]}]
    yield refusal("points of others", 404, "REDEMPTION_UNKNOWN", tenders=stolen)
    paid = [{"kind": "card", "amount": "1.00", "redemption_id": scene.captured}]
    yield refusal("a card of a redemption", 422, "INVALID_BODY", tenders=paid)
    line = {"line_no": 1, "sku": "forbidden", "quantity": "1", "net": "1.00"}
    yield refusal("what the partner refuses", 422, "PURCHASE_REFUSED", lines=[line])


def returns_refuse(scene: Scene) -> Iterator[Refusal]:
    def back(kind: str, **body: Any) -> Any:
        path = f"/purchases/{getattr(scene, kind)}/returns"
        return scene.till.post(path, {"receipt_no": "RR-9"} | body)

    two = [{"line_no": 1, "quantity": "2"}]
    yield "more than was bought", 422, "EXCEEDS_PURCHASE", back("purchase", lines=two)
    line = [{"line_no": 9, "quantity": "1"}]
    yield "a line that is none", 422, "INVALID_BODY", back("purchase", lines=line)
    one = [{"line_no": 1, "quantity": "1"}]
    yield "a line named twice", 422, "INVALID_BODY", back("purchase", lines=one * 2)
    both = [{"line_no": 1, "quantity": "1", "amount": "1.00"}]
    yield "goods and money at once", 422, "INVALID_BODY", back("purchase", lines=both)
    yield "lines and an amount", 422, "INVALID_BODY", back("purchase", lines=one, amount="1.00")
    yield "money of no value", 422, "INVALID_BODY", back("purchase", amount="0.00")
    much = back("purchase", amount="500.01")
    yield "more money than was paid", 422, "EXCEEDS_PURCHASE", much
    tenders = [{"kind": "other", "amount": "499.99"}]
    odd = back("purchase", lines=one, tenders=tenders)
    yield "tenders that differ", 422, "LINES_DO_NOT_SUM", odd
    tenders = [{"kind": "points", "amount": "1.00"}]
    yield "points that never paid", 422, "EXCEEDS_PURCHASE", back("purchase", tenders=tenders)
    yield "what is back", 409, "ALREADY_RETURNED", back("returned")
    yield "a line that is back", 409, "ALREADY_RETURNED", back("returned", lines=one)
    yield "what is void", 409, "PURCHASE_CLOSED", back("voided")
    yield (
        "a receipt of a return",
        409,
        "RECEIPT_ALREADY_CLAIMED",
        back("purchase", receipt_no="RR-0"),
    )

    def by_receipt(**original: Any) -> Any:
        where = {"store": "main", "receipt_no": "R-none", "business_date": "2026-05-01"} | original
        return scene.till.post("/returns", {"original": where, "receipt_no": "RR-9"})

    yield "a return on the moon", 404, "STORE_UNKNOWN", by_receipt(store="moon")
    old = by_receipt(business_date="2026-03-01")
    yield "a return of long ago", 409, "PURCHASE_CLOSED", old
    for odd in ("ret_x", "ret_" + "0" * 26, "%00"):
        yield f"return {odd}", 404, "RETURN_UNKNOWN", scene.till.get(f"/returns/{odd}")
        drop = scene.till.post(f"/returns/{odd}/drop")
        yield f"no drop of {odd}", 404, "RETURN_UNKNOWN", drop
    yield "a cursor of nothing", 422, "INVALID_BODY", scene.till.get("/returns", cursor="7")
    for kind in ("returned", "voided"):
        answer = scene.till.post(f"/purchases/{getattr(scene, kind)}/void")
        yield f"a void of what is {kind}", 409, "PURCHASE_CLOSED", answer


def redemptions_refuse(scene: Scene) -> Iterator[Refusal]:
    def hold(name: str, status: int, code: str, **changes: Any) -> Refusal:
        return name, status, code, scene.till.post("/redemptions", scene.hold_of(**changes))

    frozen = {"type": "member_ref", "value": scene.frozen["member_ref"]}
    reward = scene.hold_of() | {"reward_id": "grocery:mug"}
    del reward["points"]
    yield hold("more than there is", 409, "INSUFFICIENT_POINTS", points=10**12)
    yield hold("a frozen member", 423, "MEMBER_FROZEN", member=frozen)
    for kind, value in (("card", scene.member["card"]), ("phone", "+8613800138000")):
        static = {"type": kind, "value": value}
        yield hold(f"spending by {kind}", 403, "STATIC_TOKEN", member=static)
    now = scene.code
    for odd in (now[:-1], now + "0", now[:13], "U" + now[1:], "00000000" + now[8:]):
        strange = {"type": "qr", "value": odd}
        yield hold(f"the code {odd}", 404, "MEMBER_UNKNOWN", member=strange)
    forged = {"type": "qr", "value": now[:-1] + ("1" if now[-1] != "1" else "2")}
    yield hold("a forged code", 410, "CODE_EXPIRED", member=forged)
    shown = {"type": "qr", "value": now}
    yield hold("more, by code", 409, "INSUFFICIENT_POINTS", points=10**12, member=shown)
    yield hold("a store that is none, by code", 404, "STORE_UNKNOWN", store="moon", member=shown)
    used = {"type": "qr", "value": scene.used_code}
    yield hold("a code that paid", 409, "CODE_USED", member=used)
    yield hold("a store that is none", 404, "STORE_UNKNOWN", store="moon")
    yield hold("too short", 422, "INVALID_BODY", ttl_s=9)
    yield hold("too long", 422, "INVALID_BODY", ttl_s=901)
    yield hold("points and a reward", 422, "INVALID_BODY", reward_id="grocery:mug")
    yield hold("so many points twice", 422, "INVALID_BODY", quantity=2)
    post = scene.till.post
    nothing = {name: value for name, value in reward.items() if name != "reward_id"}
    yield "neither points nor reward", 422, "INVALID_BODY", post("/redemptions", nothing)
    for odd in ("grocery:none", "stoa:mug", "mug", ""):
        code = "REWARD_UNKNOWN" if odd else "INVALID_BODY"
        answer = post("/redemptions", reward | {"reward_id": odd})
        yield f"the reward {odd}", 404 if odd else 422, code, answer
    elsewhere = post("/redemptions", reward | {"reward_id": "cinema:mug"})
    yield "a reward of elsewhere", 409, "REWARD_REFUSED", elsewhere
    many = reward | {"quantity": 4}
    yield "more rewards than may be", 404, "REWARD_UNKNOWN", post("/redemptions", many)
    capture = f"/redemptions/{scene.hold}/capture"
    yield "more than is held", 422, "EXCEEDS_HOLD", post(capture, {"points": 101})
    for way in ("capture", "void"):
        answer = post(f"/redemptions/{scene.captured}/{way}")
        yield f"{way} of what is captured", 409, "HOLD_ALREADY_RESOLVED", answer
    refund = f"/redemptions/{scene.captured}/refund"
    more = post(refund, {"points": 101, "receipt_no": "RF-1"})
    yield "more than was captured", 422, "EXCEEDS_REDEMPTION", more
    never = post(f"/redemptions/{scene.hold}/refund", {"receipt_no": "RF-1"})
    yield "what was never captured", 409, "HOLD_ALREADY_RESOLVED", never
    late = post(f"/redemptions/{scene.captured}/extend", {"ttl_s": 60})
    yield "more time for what is captured", 409, "HOLD_ALREADY_RESOLVED", late
    for path in ("/redemptions", "/purchases"):
        answer = scene.till.get(path, store="moon", receipt_no="R-1")
        yield f"{path} on the moon", 404, "STORE_UNKNOWN", answer
        yield f"{path} of nothing", 422, "INVALID_BODY", scene.till.get(path, store="main")
    for odd in ("hld_x", "hld_" + "0" * 26, "%00"):
        yield f"redemption {odd}", 404, "REDEMPTION_UNKNOWN", scene.till.get(f"/redemptions/{odd}")


def benefits_refuse(scene: Scene) -> Iterator[Refusal]:
    def claim(name: str, status: int, code: str, **changes: Any) -> Refusal:
        return name, status, code, scene.till.post("/benefits/claims", scene.claim_of(**changes))

    frozen = {"type": "card", "value": scene.frozen["card"]}
    nobody = {"type": "card", "value": "9900000000000002"}
    yield claim("a second cup", 422, "CLAIM_REFUSED")
    yield claim("caviar", 404, "BENEFIT_UNKNOWN", benefit="caviar")
    yield claim("nobody's tea", 404, "MEMBER_UNKNOWN", member=nobody)
    yield claim("a frozen member's tea", 423, "MEMBER_FROZEN", member=frozen)
    yield claim("tea on the moon", 404, "STORE_UNKNOWN", store="moon")
    for odd in ("clm_x", "clm_" + "0" * 26, "%00"):
        yield f"claim {odd}", 404, "CLAIM_UNKNOWN", scene.till.get(f"/benefits/claims/{odd}")


ROOMS = [members_refuse, purchases_refuse, returns_refuse, redemptions_refuse, benefits_refuse]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.__name__)
def test_a_refusal_has_no_effect(
    scene: Scene, room: Callable[[Scene], Iterator[Refusal]], subtests: pytest.Subtests
) -> None:
    before = state(scene.desk)
    for name, status, code, answer in room(scene):
        with subtests.test(name):
            refused(answer, status, code)
            assert state(scene.desk) == before


def test_another_partners_things_answer_like_missing_ones(
    scene: Scene, subtests: pytest.Subtests
) -> None:
    missing = {
        "purchase": "pur_" + "0" * 26,
        "redemption": "hld_" + "0" * 26,
        "claim": "clm_" + "0" * 26,
        "member": "mbr_" + "a" * 26,
    }
    doors = [
        ("GET", "/purchases/{purchase}", None),
        ("GET", "/purchases/{purchase}/explanation", None),
        ("POST", "/purchases/{purchase}/returns", {"receipt_no": "X"}),
        ("POST", "/purchases/{purchase}/void", {}),
        ("GET", "/redemptions/{redemption}", None),
        ("POST", "/redemptions/{redemption}/capture", {}),
        ("POST", "/redemptions/{redemption}/void", {}),
        ("POST", "/redemptions/{redemption}/refund", {"receipt_no": "X"}),
        ("POST", "/redemptions/{redemption}/extend", {"ttl_s": 60}),
        ("GET", "/benefits/claims/{claim}", None),
        ("POST", "/benefits/claims/{claim}/release", {}),
        ("GET", "/members/{member}/balance", None),
        ("GET", "/members/{member}/entries", None),
        ("GET", "/members/{member}/entries/1/explain", None),
        ("GET", "/members/{member}/entries/1/proof", None),
        ("GET", "/members/{member}/benefits", None),
    ]
    before = state(scene.desk)
    for method, path, body in doors:
        with subtests.test(f"{method} {path}"):
            answers = []
            for ids in (scene.foreign, missing):
                where = path.format(**ids)
                answer = scene.till.get(where) if body is None else scene.till.post(where, body)
                assert answer.status_code == 404
                answers.append({**answer.json, "request_id": None})
            assert answers[0] == answers[1]
    assert state(scene.desk) == before


def test_a_suspended_partner_issues_nothing(scene: Scene) -> None:
    with scene.desk.work(STAFF) as work:
        partners.suspend(work, scene.coalition.grocery)
    before = state(scene.desk)
    for path in ("/purchases", "/estimates"):
        refused(scene.till.post(path, scene.purchase_of()), 403, "PARTNER_SUSPENDED")
    assert state(scene.desk) == before


def test_a_plugin_that_fails_refuses_what_can_not_wait(scene: Scene) -> None:
    scene.plain.wrong = lambda: 1 / 0
    before = state(scene.desk)
    problem = refused(scene.till.post("/estimates", scene.purchase_of()), 503, "PLUGIN_FAILED")
    assert problem["retryable"]
    assert state(scene.desk) == before


def test_a_wallet_has_a_limit(scene: Scene, database: str) -> None:
    _run_as_owner(database, "UPDATE wallets SET pending = 9000000000000000 - available - held")
    answer = scene.till.post("/purchases", scene.purchase_of())
    refused(answer, 422, "BALANCE_LIMIT")
    _run_as_owner(database, "UPDATE wallets SET pending = 0")


def test_each_door_wants_its_scope(app: APIFlask, scene: Scene, subtests: pytest.Subtests) -> None:
    before = state(scene.desk)
    for path, doors in spec(app)["paths"].items():
        for method, operation in doors.items():
            needed = operation["security"][0]["oauth2"]
            if not needed:
                continue
            rest = [each for each in TILL_SCOPES if each not in needed]
            till = scene.till.renewed(scope=" ".join(rest))
            with subtests.test(f"{method} {path}"):
                where = path.removeprefix("/v1").format(
                    member_ref="x",
                    purchase_id="x",
                    batch_id="x",
                    dispute_id="x",
                    statement_id="x",
                    redemption_id="x",
                    claim_id="x",
                    challenge="x",
                    chance_id="x",
                    draw="x",
                    ticket_id="x",
                    reward_id="x",
                    entry="1",
                    return_id="x",
                    code_id="x",
                    code="x",
                    stay_id="x",
                    quote_id="x",
                    webhook_id="x",
                )
                answer = till.get(where) if method == "get" else till.post(where, {})
                problem = refused(answer, 403, "SCOPE_REQUIRED")
                assert problem["scope"] == needed[0]
                told = answer.headers["WWW-Authenticate"]
                assert told == (
                    f'Bearer realm="stoa", error="insufficient_scope", scope="{needed[0]}"'
                )
    after = state(scene.desk)
    assert {name: after[name] for name in MOVED} == {name: before[name] for name in MOVED}


MOVED = ("wallets", "postings", "transactions", "holds", "purchases", "claims", "keys", "members")


def _run_as_owner(url: str, statement: str) -> None:
    engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
