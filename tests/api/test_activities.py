"""The doors of activities and referrals: what they answer, and what they never tell."""

from typing import Any

import pytest
from apiflask import APIFlask

from activities import OPERATOR, holds
from stoa.services import outbox, referrals
from stoa.values.codes import new_code
from stoa.work import Actor
from stoa.worker import follow
from tills import Till, refused, state, till_of
from world import Coalition


def a_report(member: dict[str, Any], proof: str = "", **changes: Any) -> dict[str, Any]:
    who = {"type": "card", "value": member["card"]}
    return {"member": who, "activity": "check-in", "store": "main", "proof": proof} | changes


def a_code(till: Till, **terms: Any) -> Any:
    return till.post("/activities/codes", {"activity": "check-in"} | terms).json


def test_a_check_in_is_answered_again_by_its_key(coalition: Coalition, grocery: Till) -> None:
    holds(coalition.desk)
    ada, code = grocery.enrol(), a_code(grocery)["code"]
    first = grocery.post("/activities", a_report(ada, code), key="here")
    assert first.status_code == 201
    assert (first.json["points"], first.json["balance"]["available"]) == (5, 5)
    assert first.json["member_ref"] == ada["member_ref"]
    again = grocery.post("/activities", a_report(ada, code), key="here")
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.text == first.text
    entry = grocery.get(f"/members/{ada['member_ref']}/entries").json["entries"][0]
    assert (entry["kind"], entry["reason"], entry["payer"]) == (
        "bonus", "activity:check-in", "operator",
    )  # fmt: skip
    assert entry["transaction_id"] == first.json["activity_id"]
    told = grocery.get(f"/members/{ada['member_ref']}/entries/{entry['entry']}/explain")
    assert told.status_code == 200


def test_open_activities_are_told_in_the_members_language(
    coalition: Coalition, grocery: Till
) -> None:
    holds(coalition.desk, until="2026-05-31")
    ada = grocery.enrol()
    path = f"/members/{ada['member_ref']}/activities"
    assert grocery.get(path).json["activities"] == [
        {
            "activity": "check-in", "name": "Check in", "kind": "check_in", "proof": "code",
            "points": 5, "once_per": "day", "until": "2026-05-31", "done": False,
        }
    ]  # fmt: skip
    grocery.post("/activities", a_report(ada, a_code(grocery)["code"]))
    listed = grocery.get(path, language="zh-Hant").json["activities"]
    assert [(each["name"], each["done"]) for each in listed] == [("簽到", True)]
    refused(grocery.get("/members/mbr_1/activities"), 404, "MEMBER_UNKNOWN")
    refused(grocery.get(path, language="fr"), 422, "INVALID_BODY")


def test_a_changing_code_is_read_by_its_partner_alone(
    coalition: Coalition, grocery: Till, cinema: Till
) -> None:
    holds(coalition.desk)
    made = a_code(grocery, step_s=30)
    path = f"/activities/codes/{made['code_id']}"
    assert grocery.get(path).json == made
    for other in (cinema.get(path), grocery.get("/activities/codes/acd_1")):
        refused(other, 404, "CODE_UNKNOWN")


def test_links_and_invitations_are_a_members(coalition: Coalition, grocery: Till) -> None:
    holds(coalition.desk, "share", kind="share", once_per="subject")
    holds(coalition.desk, "survey", kind="survey", once_per="subject")
    ada = grocery.enrol()
    who = {"type": "card", "value": ada["card"]}
    link = grocery.post("/activities/links", {"member": who, "activity": "share", "device": "a"})
    until = {"valid_until": "2026-06-01T00:00:00Z"}
    asked = {"member": who, "activity": "survey"} | until
    survey = grocery.post("/activities/invitations", asked)
    opened = a_report(ada, link.json["code"], activity="share", device="b")
    filled = a_report(ada, survey.json["code"], activity="survey")
    for body in (opened, filled):
        assert grocery.post("/activities", body).status_code == 201


def test_refusals_have_no_effect(coalition: Coalition, grocery: Till) -> None:
    holds(coalition.desk)
    holds(coalition.desk, "once", proof="none", once_per="ever", budget_points=5)
    ada, bob = grocery.enrol(), grocery.enrol("Bob")
    grocery.post("/activities", a_report(ada, activity="once"))
    before = state(coalition.desk)
    for body, status, code in (
        (a_report(ada, activity="once"), 409, "ACTIVITY_DONE"),
        (a_report(bob, activity="once"), 409, "ACTIVITY_LIMIT"),
        (a_report(ada, activity="moon"), 404, "ACTIVITY_UNKNOWN"),
        (a_report(ada, store="moon"), 404, "STORE_UNKNOWN"),
        (a_report({"card": "9900000000000002"}), 404, "MEMBER_UNKNOWN"),
        (a_report(ada, surprise=1), 422, "INVALID_BODY"),
    ):
        refused(grocery.post("/activities", body), status, code)
    codes = {"activity": "once"}
    refused(grocery.post("/activities/codes", codes), 404, "ACTIVITY_UNKNOWN")
    assert state(coalition.desk) == before


def test_wrong_codes_answer_alike_and_shut_the_door(coalition: Coalition, grocery: Till) -> None:
    holds(coalition.desk)
    ada, code = grocery.enrol(), a_code(grocery)["code"]
    told = []
    for wrong in [new_code() for _ in range(8)] + ["", "?"]:
        answer = refused(grocery.post("/activities", a_report(ada, wrong)), 422, "PROOF_REFUSED")
        told.append({name: each for name, each in answer.items() if name != "request_id"})
    assert all(each == told[0] for each in told)
    shut = grocery.post("/activities", a_report(ada, code))
    refused(shut, 429, "TOO_MANY_GUESSES")
    assert shut.headers["Retry-After"] == "300"
    assert shut.json["retry_after_s"] == 300


def test_a_token_without_the_scope_reports_nothing(
    app: APIFlask, coalition: Coalition, grocery: Till
) -> None:
    ada = grocery.enrol()
    till = till_of(app, coalition.desk, coalition.grocery, scope="members:read")
    refused(till.post("/activities", a_report(ada)), 403, "SCOPE_REQUIRED")
    refused(till.post("/activities/codes", {"activity": "x"}), 403, "SCOPE_REQUIRED")


def an_enrolment(grocery: Till, name: str, **changes: Any) -> Any:
    answer = grocery.post("/members", {"display_name": name} | changes)
    assert answer.status_code == 201
    return answer.json


def test_a_friend_is_enrolled_by_a_code_and_seen_without_a_name(
    coalition: Coalition, grocery: Till, cinema: Till
) -> None:
    ada = grocery.enrol()
    path = f"/members/{ada['member_ref']}/referrals"
    code = grocery.get(path).json["code"]
    bob = an_enrolment(grocery, "Bob", referral_code=code.lower(), device="bob-phone")
    an_enrolment(grocery, "Bob again", referral_code=code, device="bob-phone")
    grocery.earn(bob, "100.00")
    with coalition.desk.work(Actor("worker")) as work:
        outbox.tell(work, follow, limit=100)
        referrals.reward(work)
    told = grocery.get(path)
    assert told.json["code"] == code
    assert (told.json["purchasing"], told.json["rewarded"]) == (1, 0)
    states = {(each["state"], each["reason"]) for each in told.json["invitations"]}
    assert states == {("purchased", ""), ("refused", "shared_device")}
    for secret in (bob["member_ref"], bob["card"], "Bob", "bob-phone"):
        assert secret not in told.text
    refused(cinema.get(path), 404, "MEMBER_UNKNOWN")


@pytest.mark.parametrize("kind", ["good", "nobody's", "garbage", "frozen"])
def test_an_enrolment_tells_nothing_about_a_code(
    coalition: Coalition, grocery: Till, kind: str
) -> None:
    ada = grocery.enrol()
    good = grocery.get(f"/members/{ada['member_ref']}/referrals").json["code"]
    codes = {"good": good, "nobody's": new_code(), "garbage": "\u00e9?", "frozen": good}
    if kind == "frozen":
        with coalition.desk.work(OPERATOR) as work:
            work.rows("UPDATE members SET status = 'frozen' RETURNING 1")
    plain = an_enrolment(grocery, "Bob")
    told = an_enrolment(grocery, "Bob", referral_code=codes[kind])
    assert told.keys() == plain.keys()
    same = ("display", "tier", "status", "balance")
    assert {name: told[name] for name in same} == {name: plain[name] for name in same}
