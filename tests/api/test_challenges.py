"""Challenges and chances at their doors: what partners see, buy and draw, each once."""

from typing import Any

import pytest
from apiflask import APIFlask

from stoa.services import challenges, chances, outbox, rulebook
from stoa.values.draws import roll
from stoa.values.identifiers import uuid_of
from stoa.work import Actor, Desk
from stoa.worker import follow
from tills import Till, refused, till_of
from world import Coalition

STAFF, WORKER = Actor("staff:mei"), Actor("worker")
STAMPS: dict[str, Any] = {
    "name": {"en": "Two stamps", "zh-Hans": "两个印章"}, "period": "calendar month",
    "goal": {"fact": "stores_collected", "is": "has all",
             "value": ["grocery/main", "cinema/main"]},
    "reward": {"points": 50}, "budget_points": 500,
}  # fmt: skip
WEEKS: dict[str, Any] = {
    "name": {"en": "Four weeks"}, "about": {"en": "A purchase in each."}, "join": "opt-in",
    "period": {"from": "2026-05-01", "until": "2026-08-31"},
    "goal": {"fact": "weeks_in_a_row", "is": ">=", "value": 4}, "grants_eligibility": True,
}  # fmt: skip
STEP: dict[str, Any] = {
    "name": {"en": "Step up"}, "ladder": "main", "points": 100, "most_per_year": 3,
}  # fmt: skip


@pytest.fixture(autouse=True)
def rules(desk: Desk, coalition: Coalition) -> None:
    """Let two challenges and three chances hold."""
    draw = {"mode": "draw", "odds_per_million": 999_999, "allowed_draw": True}
    with desk.work(STAFF) as work:
        challenges.save(work, "stamps", STAMPS)
        challenges.save(work, "weeks", WEEKS)
        chances.save(work, "step", STEP)
        chances.save(work, "try", STEP | {"mode": "attempt"})
        chances.save(work, "lucky", STEP | draw)
        for kind, code in (
            ("challenge", "stamps"), ("challenge", "weeks"), ("chance", "step"),
            ("chance", "try"), ("chance", "lucky"),
        ):  # fmt: skip
            rulebook.activate(work, kind, code)


@pytest.fixture
def ref(grocery: Till, desk: Desk) -> str:
    """Return the reference of a member with 400 points at the grocery."""
    member = grocery.enrol()
    grocery.earn(member, "400.00")
    with desk.work(WORKER) as work:
        outbox.tell(work, follow)
    return str(member["member_ref"])


def test_challenges_are_told_with_their_goals_in_words(grocery: Till) -> None:
    stamps, weeks = grocery.get("/challenges").json["challenges"]
    assert stamps["name"] == {
        "en": "Two stamps", "zh-Hans": "两个印章", "zh-Hant": "两个印章",
    }  # fmt: skip
    assert (stamps["since"], stamps["until"]) == ("2026-05-01", "2026-05-31")
    assert (stamps["reward_points"], stamps["join"]) == (50, "automatic")
    assert set(stamps["goal"]) == {"en", "zh-Hans", "zh-Hant"}
    assert (weeks["period"], weeks["until"]) == ("between two days", "2026-08-31")
    assert weeks["about"]["zh-Hans"] == "A purchase in each."
    assert stamps["about"] == {"en": "", "zh-Hans": "", "zh-Hant": ""}
    assert (weeks["reward_points"], weeks["grants_eligibility"]) == (0, True)


def test_a_partner_sees_its_own_stamps_and_counts_the_others(
    grocery: Till, cinema: Till, ref: str, coalition: Coalition
) -> None:
    told = grocery.get(f"/members/{ref}/challenges").json["challenges"][0]
    assert told["steps"] == [{
        "fact": "stores_collected", "target": 2, "found": 1, "missing": 1, "reached": False,
        "now": None, "stamps": [{"place": "grocery/main", "collected": True}],
    }]  # fmt: skip
    assert "cinema" not in str(told)


def test_a_challenge_is_joined_once(grocery: Till, ref: str) -> None:
    path = f"/members/{ref}/challenges"
    assert not grocery.get(path).json["challenges"][1]["joined"]
    assert grocery.post(f"{path}/weeks/join").json == {"challenge": "weeks", "joined": True}
    grocery.post(f"{path}/weeks/join")
    found = grocery.get(path).json["challenges"][1]
    assert (found["joined"], found["steps"][0]["target"]) == (True, 4)
    refused(grocery.post(f"{path}/stamps/join"), 409, "CHALLENGE_CLOSED")
    refused(grocery.post(f"{path}/none/join"), 404, "CHALLENGE_UNKNOWN")


def test_a_chance_raises_a_tier_once_for_a_key(grocery: Till, ref: str) -> None:
    first = grocery.post(f"/members/{ref}/chances", {"chance": "step"}, key="step")
    assert first.status_code == 201
    assert (first.json["tier"], first.json["state"]) == ("silver", "used")
    assert first.json["balance"]["available"] == 300
    again = grocery.post(f"/members/{ref}/chances", {"chance": "step"}, key="step")
    assert again.json == first.json
    assert again.headers["Idempotent-Replayed"] == "true"
    told = grocery.get(f"/members/{ref}/chances").json
    assert [each["chance"] for each in told["offers"]] == ["lucky", "step", "try"]
    assert len(told["chances"]) == 1
    entry = grocery.get(f"/members/{ref}/entries").json["entries"][0]
    assert (entry["kind"], entry["points"], entry["account"]) == ("chance", -100, "burned")


def test_an_unused_chance_is_given_back(grocery: Till, ref: str) -> None:
    bought = grocery.post(f"/members/{ref}/chances", {"chance": "try"}).json
    assert (bought["state"], bought["tier"]) == ("open", None)
    path = f"/members/{ref}/chances/{bought['chance_id']}/undo"
    done = grocery.post(path).json
    assert (done["state"], done["balance"]["available"]) == ("refunded", 400)
    assert refused(grocery.post(path), 409, "CHANCE_CLOSED")["state"] == "refunded"


def test_a_draw_can_be_reckoned_from_what_was_told(grocery: Till, ref: str) -> None:
    bought = grocery.post(f"/members/{ref}/chances", {"chance": "lucky"}).json
    assert bought["seed"] is None
    path = f"/members/{ref}/chances/{bought['chance_id']}/draw"
    drawn = grocery.post(path, {"nonce": "seven swans"}).json
    chance_id = uuid_of("chn", bought["chance_id"])
    assert chance_id is not None
    assert drawn["roll"] == roll(bytes.fromhex(drawn["seed"]), chance_id, "seven swans")
    assert drawn["commitment"] == bought["commitment"]
    assert (drawn["state"], drawn["tier"]) == ("won", "silver")
    refused(grocery.post(path, {"nonce": "again"}), 409, "CHANCE_CLOSED")


def test_refusals_take_no_points(grocery: Till, ref: str) -> None:
    path = f"/members/{ref}/chances"
    for _ in range(2):
        grocery.post(path, {"chance": "step"})
    assert refused(grocery.post(path, {"chance": "step"}), 409, "CHANCE_TOP_TIER")["tier"] == "gold"
    refused(grocery.post(path, {"chance": "none"}), 404, "CHANCE_UNKNOWN")
    refused(grocery.post(f"{path}/chn_1/undo"), 404, "CHANCE_UNKNOWN")
    poor = grocery.enrol("Poor")["member_ref"]
    answer = grocery.post(f"/members/{poor}/chances", {"chance": "step"})
    assert refused(answer, 409, "INSUFFICIENT_POINTS")["short_by_points"] == 100
    assert grocery.get(f"/members/{ref}/balance").json["available"] == 200


def test_another_partners_reference_leads_to_nobody(cinema: Till, ref: str) -> None:
    for path in ("challenges", "chances"):
        refused(cinema.get(f"/members/{ref}/{path}"), 404, "MEMBER_UNKNOWN")


def test_a_token_without_the_scope_is_refused(
    app: APIFlask, coalition: Coalition, ref: str
) -> None:
    till = till_of(app, coalition.desk, coalition.grocery, scope="members:read")
    refused(till.get("/challenges"), 403, "SCOPE_REQUIRED")
    refused(till.post(f"/members/{ref}/chances", {"chance": "step"}), 403, "SCOPE_REQUIRED")
