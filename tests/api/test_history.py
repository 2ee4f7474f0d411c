"""A member's history as a partner may read it: own trade explained, others' trade unseen."""

from tills import Till, refused


def test_each_line_explains_itself(grocery: Till) -> None:
    member = grocery.enrol()
    earned = grocery.earn(member, "836.00", receipt_no="R-9")
    answer = grocery.get(f"/members/{member['member_ref']}/entries")
    assert answer.json == {
        "entries": [
            {
                "entry": 1,
                "transaction_id": earned["transaction_id"],
                "kind": "earn",
                "points": 836,
                "balance": 836,
                "reason": "base",
                "account": "issued",
                "payer": "partner",
                "partner": "grocery",
                "store": "Main store",
                "reference": "R-9",
                "business_date": "2026-05-01",
                "recorded_at": "2026-05-01T04:00:00+00:00",
                "explanation": "836.00 at 1 per 1.00 (base)",
            }
        ],
        "next_cursor": None,
    }


def test_pages_lead_through_the_whole_history_once(grocery: Till) -> None:
    member = grocery.enrol()
    for _ in range(7):
        grocery.earn(member, "10.00")
    path, seen, cursor = f"/members/{member['member_ref']}/entries", [], None
    while True:
        query = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = grocery.get(path, **query).json
        seen += [entry["entry"] for entry in page["entries"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_another_partners_trade_shows_its_points_alone(grocery: Till, cinema: Till) -> None:
    member = grocery.enrol()
    grocery.earn(member, "836.00", receipt_no="SECRET-1")
    body = {"member": {"type": "card", "value": member["card"]}}
    there = cinema.post("/members/resolve", body).json["member_ref"]
    answer = cinema.get(f"/members/{there}/entries")
    entry = answer.json["entries"][0]
    assert entry["points"] == 836
    hidden = ("partner", "store", "reference", "explanation")
    assert [entry[name] for name in hidden] == [None] * 4
    assert "836.00" not in answer.text
    assert "SECRET" not in answer.text


def test_debt_explains_itself(grocery: Till) -> None:
    member = grocery.enrol()
    earned = grocery.earn(member, "100.00")
    held = grocery.post("/redemptions", grocery.a_hold(member, 60)).json
    grocery.post(f"/redemptions/{held['redemption_id']}/capture")
    grocery.post(f"/purchases/{earned['purchase_id']}/returns", {"receipt_no": "RR"})
    grocery.earn(member, "10.00")
    entries = grocery.get(f"/members/{member['member_ref']}/entries").json["entries"]
    told = {entry["reason"]: entry["explanation"] for entry in entries}
    assert told["debt_booked"] == "points spent before are owed (debt_booked)"
    assert told["debt_repaid"] == "owed points are repaid first (debt_repaid)"


def test_an_empty_history_is_a_page_and_a_missing_member_is_not(grocery: Till) -> None:
    member = grocery.enrol()
    answer = grocery.get(f"/members/{member['member_ref']}/entries")
    assert answer.json == {"entries": [], "next_cursor": None}
    nobody = "mbr_" + "a" * 25 + "e"
    refused(grocery.get(f"/members/{nobody}/entries"), 404, "MEMBER_UNKNOWN")


def test_a_page_has_a_sane_size_and_place(grocery: Till) -> None:
    member = grocery.enrol()
    path = f"/members/{member['member_ref']}/entries"
    for query in (
        {"limit": "0"}, {"limit": "101"}, {"limit": "１"}, {"limit": "1.5"}, {"limit": ""},
        {"cursor": "-1"}, {"cursor": "x"}, {"cursor": "9" * 30}, {"partner_id": "other"},
    ):  # fmt: skip
        refused(grocery.get(path, **query), 422, "INVALID_BODY")
    twice = grocery.client().get(
        f"/v1{path}?limit=1&limit=2", headers={"Authorization": f"Bearer {grocery.token}"}
    )
    assert twice.json["errors"] == {"limit": ["Give it once."]}
