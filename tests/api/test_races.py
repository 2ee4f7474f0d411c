"""Many at once at the real doors: nothing is spent twice, and nobody sees a 5xx."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tills import Till

CLIENTS = 64


def test_64_clients_take_exactly_100_of_100_points(grocery: Till, cinema: Till) -> None:
    member = grocery.enrol()
    grocery.earn(member, "100.00")

    def redeem(number: int) -> list[str]:
        till = (grocery, cinema)[number % 2]
        told = []
        for _ in range(3):
            held = till.post("/redemptions", till.a_hold(member, 1))
            told.append(_word(held))
            if held.status_code == 201:
                path = f"/redemptions/{held.json['redemption_id']}/capture"
                told.append(till.post(path).json["status"])
        return told

    with ThreadPoolExecutor(CLIENTS) as threads:
        told = Counter(word for words in threads.map(redeem, range(CLIENTS)) for word in words)
    assert told["captured"] == told["held"] == 100
    assert told["INSUFFICIENT_POINTS"] == CLIENTS * 3 - 100
    assert set(told) == {"held", "captured", "INSUFFICIENT_POINTS"}
    wallet = grocery.get(f"/members/{member['member_ref']}/balance").json
    assert (wallet["available"], wallet["held"], wallet["debt"]) == (0, 0, 0)


def test_64_clients_give_each_way_at_once_and_the_sum_is_kept(grocery: Till) -> None:
    pair = [grocery.enrol(), grocery.enrol("Bob")]
    for member in pair:
        grocery.earn(member, "500.00")

    def give(number: int) -> str:
        giver, to = pair if number % 2 else pair[::-1]
        tokens = [{"type": "member_ref", "value": each["member_ref"]} for each in (giver, to)]
        gift = {"from": tokens[0], "to": tokens[1], "points": 7, "store": "main"}
        answer = grocery.post("/transfers", gift)
        return str(answer.json.get("code", answer.status_code))

    with ThreadPoolExecutor(CLIENTS) as threads:
        told = Counter(threads.map(give, range(CLIENTS * 2)))
    assert told == {"201": CLIENTS * 2}
    paths = [f"/members/{each['member_ref']}/balance" for each in pair]
    assert sum(grocery.get(path).json["available"] for path in paths) == 1000


def test_one_receipt_reported_by_16_tills_earns_once(grocery: Till) -> None:
    member = grocery.enrol()
    body = grocery.a_purchase(member, "100.00")
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: grocery.post("/purchases", body), range(16)))
    told = Counter(_word(answer) for answer in answers)
    assert told == {"posted": 1, "RECEIPT_ALREADY_CLAIMED": 15}
    assert grocery.get(f"/members/{member['member_ref']}/balance").json["available"] == 100


def test_one_phone_enrolled_16_times_is_one_member(grocery: Till) -> None:
    body = {"display_name": "Ada", "phone": "+8613800138000"}
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: grocery.post("/members", body), range(16)))
    told = Counter(answer.json.get("code", "enrolled") for answer in answers)
    assert told["enrolled"] == 1
    assert set(told) <= {"enrolled", "IDENTIFIER_TAKEN"}


def test_capture_and_void_at_once_end_a_hold_once(grocery: Till) -> None:
    member = grocery.enrol()
    grocery.earn(member, "100.00")
    hold_id = grocery.post("/redemptions", grocery.a_hold(member, 60)).json["redemption_id"]

    def finish(number: int) -> str:
        way = ("capture", "void")[number % 2]
        answer = grocery.post(f"/redemptions/{hold_id}/{way}")
        return _word(answer)

    with ThreadPoolExecutor(16) as threads:
        told = Counter(threads.map(finish, range(16)))
    assert told["HOLD_ALREADY_RESOLVED"] == 15
    available = grocery.get(f"/members/{member['member_ref']}/balance").json["available"]
    assert available == (40 if told["captured"] else 100)


def _word(answer: Any) -> str:
    return str(answer.json["status"] if answer.status_code == 201 else answer.json["code"])
