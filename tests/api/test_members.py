"""Members at their doors: joined, found, their balance read."""

from stoa.services import members
from stoa.values.identifiers import is_card_number
from stoa.work import Actor, Desk
from tills import Till, refused
from world import FixedClock


def test_an_enrolled_member_has_a_card_and_an_empty_wallet(grocery: Till) -> None:
    answer = grocery.post("/members", {"display_name": "张伟", "locale": "zh-Hans"})
    assert answer.status_code == 201
    assert is_card_number(answer.json["card"])
    assert answer.json["display"] == "张*"
    assert answer.json["tier"] == "basic"
    assert answer.json["status"] == "active"
    assert answer.json["enrolled_at"] == "2026-05-01T04:00:00+00:00"
    assert answer.json["balance"] == {
        "currency": "STAR",
        "available": 0,
        "pending": 0,
        "held": 0,
        "debt": 0,
    }


def test_a_printed_card_is_bound_at_enrolment(grocery: Till) -> None:
    member = grocery.enrol(card="9900000000000002")
    assert member["card"] == "9900000000000002"


def test_a_member_is_found_by_every_name(grocery: Till) -> None:
    member = grocery.enrol(phone="+86 138 0013 8000", email="Ada+x@Example.org", partner_ref="C-7")
    names = {
        "card": member["card"],
        "phone": "0086 138 0013 8000",
        "email": "ada@example.org",
        "partner_ref": "C-7",
        "member_ref": member["member_ref"],
    }
    for kind, value in names.items():
        answer = grocery.post("/members/resolve", {"member": {"type": kind, "value": value}})
        assert answer.status_code == 200
        assert answer.json["member_ref"] == member["member_ref"], kind


def test_a_till_sees_a_masked_name_and_what_can_be_spent(grocery: Till) -> None:
    member = grocery.enrol("Grace Hopper")
    grocery.earn(member, "120.00")
    body = {"member": {"type": "card", "value": member["card"]}, "store": "main"}
    answer = grocery.post("/members/resolve", body).json
    assert answer["display"] == "G*"
    assert answer["balance"] == {"available": 120}
    assert answer["can_earn"]
    assert answer["can_redeem"]


def test_a_frozen_member_is_found_but_can_do_nothing(grocery: Till, desk: Desk) -> None:
    member = grocery.enrol()
    with desk.work(_staff()) as work:
        found = members.find(work, members.Token("card", member["card"]))
        members.freeze(work, found.id, reason="lost card")
    body = {"member": {"type": "card", "value": member["card"]}}
    answer = grocery.post("/members/resolve", body).json
    assert answer["status"] == "frozen"
    assert not answer["can_earn"]
    assert not answer["can_redeem"]


def test_each_partner_has_its_own_name_of_a_member(grocery: Till, cinema: Till) -> None:
    member = grocery.enrol()
    body = {"member": {"type": "card", "value": member["card"]}}
    there = cinema.post("/members/resolve", body).json["member_ref"]
    assert there != member["member_ref"]
    assert cinema.get(f"/members/{there}/balance").status_code == 200


def test_the_balance_says_what_expires_and_what_it_is_worth(
    grocery: Till, clock: FixedClock
) -> None:
    member = grocery.enrol()
    grocery.earn(member, "836.00")
    answer = grocery.get(f"/members/{member['member_ref']}/balance")
    assert answer.json == {
        "currency": "STAR",
        "available": 836,
        "pending": 0,
        "held": 0,
        "debt": 0,
        "maturing": [],
        "expiring": [{"points": 836, "on": "2027-05-31"}],
        "money_value": {"amount": "8.36", "currency": "CNY"},
        "as_of": clock.now.isoformat(),
        "ledger_position": 1,
    }


def test_an_identifier_of_another_member_enrols_nobody(grocery: Till) -> None:
    grocery.enrol(phone="+8613800138000")
    body = {"display_name": "Eve", "phone": "+8613800138000", "card": "9900000000000002"}
    problem = refused(grocery.post("/members", body), 409, "IDENTIFIER_TAKEN")
    assert problem["identifier"] == "phone"
    look = {"member": {"type": "card", "value": "9900000000000002"}}
    refused(grocery.post("/members/resolve", look), 404, "MEMBER_UNKNOWN")


def test_names_with_hidden_marks_are_refused(grocery: Till) -> None:
    for name in ("evil\u202eadA", "a\u2066b", "\ufeffAda", "two\nlines", "zero\u0000", "x\u2028y"):
        refused(grocery.post("/members", {"display_name": name}), *_wrong(name))


def test_names_of_the_world_are_taken(grocery: Till) -> None:
    for name in ("欧阳娜娜", "Zoë Ångström", "نور", "می‌خواهم", "👩‍🚀 Sally"):
        assert grocery.post("/members", {"display_name": name}).status_code == 201


def _wrong(name: str) -> tuple[int, str]:
    return (400, "MALFORMED_JSON") if "\0" in name else (422, "INVALID_BODY")


def _staff() -> Actor:
    return Actor("staff:test")


def test_a_birthday_is_taken_and_never_told(grocery: Till) -> None:
    body = {"display_name": "Ada", "born_on": "1956-05-17"}
    answer = grocery.post("/members", body)
    assert answer.status_code == 201
    assert "1956" not in answer.get_data(as_text=True)
    wrong = grocery.post("/members", body | {"born_on": "2026-05-02"})
    assert refused(wrong, 422, "INVALID_BODY")["errors"].keys() == {"born_on"}
