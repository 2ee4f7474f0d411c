"""The main job, end to end, as a till sees it: over HTTP, from an empty programme to a return."""

from typing import Any

from stoa.app import create_app
from stoa.config import Settings
from stoa.services import credentials, invariants, member_codes, members
from stoa.services.members import Token
from stoa.work import Actor, Desk
from world import Coalition

CLERK = Actor("cli")


class Till:
    """A partner's client that knows the contract and nothing of the server's insides."""

    def __init__(self, client: Any, client_id: str, secret: str) -> None:
        self._client = client
        self._keys = 0
        form = {"grant_type": "client_credentials"}
        answer = client.post("/oauth/token", data=form, auth=(client_id, secret))
        self._token = answer.json["access_token"]

    def post(self, path: str, **body: Any) -> Any:
        self._keys += 1
        headers = self._headers() | {"Idempotency-Key": f"{id(self)}-{self._keys}"}
        answer = self._client.post(f"/v1{path}", json=body, headers=headers)
        assert answer.status_code in (200, 201), answer.text
        return answer.json

    def get(self, path: str) -> Any:
        answer = self._client.get(f"/v1{path}", headers=self._headers())
        assert answer.status_code == 200, answer.text
        return answer.json

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._token}"}


def test_the_main_job_end_to_end(settings: Settings, desk: Desk, coalition: Coalition) -> None:
    client = create_app(settings, desk=desk).test_client()
    with desk.work(CLERK) as work:
        pairs = [
            credentials.issue_client(work, partner, "till")
            for partner in (coalition.grocery, coalition.cinema)
        ]
    grocery, cinema = (Till(client, *pair) for pair in pairs)

    member = grocery.post("/members", display_name="张伟", phone="+8613800138000")
    card = {"type": "card", "value": member["card"]}
    wallet = f"/members/{member['member_ref']}"

    report = {
        "member": card,
        "store": "main",
        "receipt_no": "R-1001",
        "occurred_at": "2026-05-01T12:00:00+08:00",
        "currency": "CNY",
        "lines": [
            {"line_no": 1, "sku": "rice", "quantity": "2", "net": "100.00"},
            {"line_no": 2, "sku": "tea", "quantity": "1", "net": "736.00"},
        ],
    }
    assert grocery.post("/estimates", **report)["points"]["total"] == 836
    purchase = grocery.post("/purchases", **report)
    assert purchase["points"] == 836
    assert grocery.get(f"{wallet}/balance")["available"] == 836
    assert grocery.get(f"{wallet}/entries")["entries"][0]["explanation"] == (
        "836.00 at 1 per 1.00 (base)"
    )

    phone = {"type": "phone", "value": "0086 138 0013 8000"}
    seen = cinema.post("/members/resolve", member=phone)
    assert (seen["display"], seen["balance"]) == ("张*", {"available": 836})
    assert seen["member_ref"] != member["member_ref"]
    with desk.work(CLERK) as work:
        member_id = members.find(work, Token("phone", "+8613800138000")).id
        shown = {"type": "qr", "value": member_codes.show(work, member_id).text}
    held = cinema.post("/redemptions", member=shown, store="main", points=800)
    assert held["balance"]["available"] == 36
    taken = cinema.post(
        f"/redemptions/{held['redemption_id']}/capture", points=500, receipt_no="T-7"
    )
    assert (taken["released"], taken["worth"]["amount"]) == (300, "5.00")
    assert cinema.get(f"/redemptions/{held['redemption_id']}")["status"] == "captured"

    back = grocery.post(
        f"/purchases/{purchase['purchase_id']}/returns",
        receipt_no="RR-1",
        lines=[{"line_no": 1, "quantity": "1"}],
    )
    assert (back["clawed_back"], back["debt_booked"]) == (50, 0)
    back = grocery.post(f"/purchases/{purchase['purchase_id']}/returns", receipt_no="RR-2")
    assert (back["status"], back["clawed_back"], back["debt_booked"]) == ("returned", 786, 500)
    assert grocery.get(f"/purchases/{purchase['purchase_id']}")["status"] == "returned"

    second = grocery.post("/purchases", **report | {"receipt_no": "R-1002"})
    assert second["balance"] == {
        "currency": "STAR",
        "available": 336,
        "pending": 0,
        "held": 0,
        "debt": 0,
    }
    undone = grocery.post(f"/purchases/{second['purchase_id']}/void", reason="wrong card")
    assert (undone["status"], undone["balance"]["debt"]) == ("voided", 500)

    history = grocery.get(f"{wallet}/entries")["entries"]
    assert [(entry["kind"], entry["points"]) for entry in reversed(history)] == [
        ("earn", 836),
        ("redeem", -500),
        ("return", -50),
        ("return", 500),
        ("return", -786),
        ("earn", 836),
        ("earn", -500),
        ("void", 500),
        ("void", -836),
    ]
    assert sum(entry["points"] for entry in history) == 0
    with desk.work(Actor("test")) as work:
        assert invariants.check_invariants(work) == []
