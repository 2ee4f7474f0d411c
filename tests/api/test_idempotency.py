"""The same request twice has one effect (reliability IDM)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stoa.services import credentials, earning, members
from stoa.services.credentials import clients_of
from stoa.services.members import Token
from stoa.values.identifiers import uuid_of
from stoa.work import Actor, Desk
from tills import Till, refused, state
from world import FixedClock, PlainPlugin

Post = Callable[[Till, dict[str, Any]], tuple[str, dict[str, Any]]]


def purchase(till: Till, member: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "/purchases", till.a_purchase(member)


def enrolment(_till: Till, _member: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return "/members", {"display_name": "Grace", "phone": "+8613900139000"}


def hold(till: Till, member: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    till.earn(member)
    return "/redemptions", till.a_hold(member, 60)


def capture(till: Till, member: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    path, body = hold(till, member)
    hold_id = till.post(path, body).json["redemption_id"]
    return f"/redemptions/{hold_id}/capture", {"points": 30}


def void_hold(till: Till, member: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    path, body = hold(till, member)
    return f"/redemptions/{till.post(path, body).json['redemption_id']}/void", {}


def goods_back(till: Till, member: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    purchase_id = till.earn(member)["purchase_id"]
    return f"/purchases/{purchase_id}/returns", {"receipt_no": "RR-1"}


def void_purchase(till: Till, member: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    return f"/purchases/{till.earn(member)['purchase_id']}/void", {}


def claim(_till: Till, member: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    card = {"type": "card", "value": member["card"]}
    return "/benefits/claims", {"member": card, "store": "main", "benefit": "tea"}


def release(till: Till, member: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    path, body = claim(till, member)
    return f"/benefits/claims/{till.post(path, body).json['claim_id']}/release", {}


POSTS = [
    purchase, enrolment, hold, capture, void_hold, goods_back, void_purchase, claim, release,
]  # fmt: skip
every_post = pytest.mark.parametrize("post", POSTS, ids=lambda post: post.__name__)


@every_post
def test_16_in_a_row_have_one_effect_and_one_answer(grocery: Till, desk: Desk, post: Post) -> None:
    path, body = post(grocery, grocery.enrol())
    first = grocery.post(path, body, key="the-key")
    after = state(desk)
    assert first.status_code == 201
    assert "Idempotent-Replayed" not in first.headers
    for _ in range(15):
        again = grocery.post(path, body, key="the-key")
        assert again.status_code == 201
        assert again.data == first.data
        assert again.headers["Idempotent-Replayed"] == "true"
    assert state(desk) == after


@every_post
def test_16_at_once_have_one_effect(grocery: Till, desk: Desk, post: Post) -> None:
    path, body = post(grocery, grocery.enrol())
    before = state(desk)
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: grocery.post(path, body, key="the-key"), range(16)))
    first = [each for each in answers if "Idempotent-Replayed" not in each.headers]
    done = [each for each in first if each.status_code == 201]
    assert len(done) == 1
    for answer in answers:
        busy = answer.status_code == 409 and answer.json["code"] == "IDEMPOTENCY_IN_FLIGHT"
        assert busy or answer.data == done[0].data
    keys = {name: int(rows.split()[0]) for name, rows in state(desk).items()}
    assert keys["keys"] == int(before["keys"].split()[0]) + 1


@every_post
def test_another_body_under_the_key_is_refused(grocery: Till, desk: Desk, post: Post) -> None:
    path, body = post(grocery, grocery.enrol())
    assert grocery.post(path, body, key="the-key").status_code == 201
    after = state(desk)
    other = body | {name: _other(path) for name in (_field(path),)}
    refused(grocery.post(path, other, key="the-key"), 422, "IDEMPOTENCY_MISMATCH")
    assert state(desk) == after


def _field(path: str) -> str:
    if path == "/members":
        return "display_name"
    names = {"capture": "receipt_no", "returns": "terminal", "void": "reason", "release": "reason"}
    return names.get(path.rsplit("/", 1)[1], "store")


def _other(path: str) -> str:
    return "another" if path else ""


def test_a_post_without_a_key_is_refused(grocery: Till) -> None:
    headers = {"Authorization": f"Bearer {grocery.token}"}
    answer = grocery.client().post("/v1/members", json={"display_name": "Ada"}, headers=headers)
    problem = refused(answer, 400, "IDEMPOTENCY_KEY_REQUIRED")
    assert problem["doc_url"].endswith("/problems/idempotency-key-required")


ODD_KEYS = [
    "", '""', "a" * 256, "naïve", "🔑", "tab\tinside", "\x7f", "key\r\nX-Evil: 1", "nul\0",
    "line\n",
]  # fmt: skip


def test_a_key_is_printable_and_short(grocery: Till, subtests: pytest.Subtests) -> None:
    for key in ODD_KEYS:
        with subtests.test(repr(key)):
            answer = grocery.client().post(
                "/v1/members",
                json={"display_name": "Ada"},
                headers={"Authorization": f"Bearer {grocery.token}"},
                environ_overrides={"HTTP_IDEMPOTENCY_KEY": key.encode().decode("latin-1")},
            )
            refused(answer, 400, "IDEMPOTENCY_KEY_INVALID")


def test_a_key_of_255_characters_is_taken(grocery: Till) -> None:
    assert grocery.post("/members", {"display_name": "Ada"}, key="~" * 255).status_code == 201


def test_quoted_and_bare_are_one_key(grocery: Till) -> None:
    body = {"display_name": "Ada"}
    first = grocery.post("/members", body, key='"abc"')
    again = grocery.post("/members", body, key="abc")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.data == first.data


def test_the_order_of_names_makes_no_difference(grocery: Till) -> None:
    text = '{"display_name": "Ada", "locale": "en"}'
    turned = '{ "locale":"en" ,"display_name":"\\u0041da"}'
    first = grocery.post("/members", key="abc", data=text, content_type="application/json")
    again = grocery.post("/members", key="abc", data=turned, content_type="application/json")
    assert again.data == first.data


def test_another_partners_same_key_is_another_key(grocery: Till, cinema: Till) -> None:
    body = {"display_name": "Ada"}
    here = grocery.post("/members", body, key="abc")
    there = cinema.post("/members", body, key="abc")
    assert there.status_code == 201
    assert there.json["card"] != here.json["card"]


def test_a_key_belongs_to_one_door_and_one_thing(grocery: Till, desk: Desk) -> None:
    member = grocery.enrol()
    grocery.earn(member)
    holds = [grocery.post("/redemptions", grocery.a_hold(member, 10)).json for _ in range(2)]
    first, second = (each["redemption_id"] for each in holds)
    assert grocery.post(f"/redemptions/{first}/capture", key="abc").status_code == 201
    after = state(desk)
    for path in (f"/redemptions/{second}/capture", f"/redemptions/{first}/void"):
        refused(grocery.post(path, key="abc"), 422, "IDEMPOTENCY_MISMATCH")
    refused(
        grocery.post("/members", {"display_name": "Ada"}, key="abc"), 422, "IDEMPOTENCY_MISMATCH"
    )
    assert state(desk) == after


def test_a_refusal_leaves_its_key_free(grocery: Till) -> None:
    member = grocery.enrol()
    body = grocery.a_hold(member, 100)
    refused(grocery.post("/redemptions", body, key="abc"), 409, "INSUFFICIENT_POINTS")
    grocery.earn(member)
    assert grocery.post("/redemptions", body, key="abc").status_code == 201


def test_a_new_token_of_the_same_partner_gets_the_first_answer(
    grocery: Till, clock: FixedClock
) -> None:
    body = {"display_name": "Ada"}
    first = grocery.post("/members", body, key="abc")
    clock.move(minutes=20)
    again = grocery.renewed().post("/members", body, key="abc")
    assert again.data == first.data


def test_a_new_client_of_the_same_partner_gets_the_first_answer(grocery: Till, desk: Desk) -> None:
    body = {"display_name": "Ada"}
    first = grocery.post("/members", body, key="abc")
    with desk.work(Actor("cli")) as work:
        client = credentials.find_client(work, grocery.client_id)
        assert client is not None
        pair = credentials.issue_client(work, client.partner_id, "second")
        assert len(clients_of(work, client.partner_id)) == 2
    other = Till(grocery.app, *pair, "").renewed()
    assert other.post("/members", body, key="abc").data == first.data


def test_after_30_days_an_answer_is_gone_and_the_effect_stays_one(
    grocery: Till, clock: FixedClock, desk: Desk
) -> None:
    body = {"display_name": "Ada"}
    grocery.post("/members", body, key="abc")
    clock.move(days=29)
    again = grocery.renewed().post("/members", body, key="abc")
    assert again.headers["Idempotent-Replayed"] == "true"
    clock.move(days=2)
    till = grocery.renewed()
    before = state(desk)
    refused(till.post("/members", body, key="abc"), 409, "KEY_EXPIRED")
    assert state(desk) == before


def test_a_sale_that_was_pending_is_answered_so_again(
    grocery: Till, desk: Desk, clock: FixedClock, plain: PlainPlugin
) -> None:
    member = grocery.enrol()
    body = grocery.a_purchase(member)
    plain.wrong = lambda: 1 / 0
    first = grocery.post("/purchases", body, key="abc")
    assert first.json["status"] == "pending"
    plain.wrong = None
    clock.move(minutes=1)
    with desk.work(Actor("worker")) as work:
        member_id = members.find(work, Token("card", member["card"])).id
        purchase_id = uuid_of("pur", first.json["purchase_id"])
        assert purchase_id is not None
        assert earning.settle(work, member_id, purchase_id).points == 100
    assert grocery.post("/purchases", body, key="abc").data == first.data
    assert grocery.get(f"/members/{member['member_ref']}/balance").json["available"] == 100


def test_reading_remembers_no_key(grocery: Till, desk: Desk) -> None:
    member = grocery.enrol()
    before = state(desk)
    body = {"member": {"type": "card", "value": member["card"]}}
    for path, sent in (("/members/resolve", body), ("/estimates", grocery.a_purchase(member))):
        for _ in range(2):
            answer = grocery.post(path, sent, key="abc")
            assert answer.status_code == 200
            assert "Idempotent-Replayed" not in answer.headers
    assert state(desk) == before
