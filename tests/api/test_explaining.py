"""A purchase explained at the door: in the member's language, with other partners' secrets kept."""

from campaigns import hold
from stoa.work import Desk
from tills import Till, refused

MAY = {"en": "May days", "zh-Hans": "五月礼遇"}


def test_a_purchase_is_explained_line_by_line(desk: Desk, grocery: Till) -> None:
    hold(desk, "may", name=MAY)
    bought = grocery.earn(grocery.enrol(locale="zh-Hans"), "836.00", receipt_no="R-9")
    path = f"/purchases/{bought['purchase_id']}/explanation"
    told = grocery.get(path).json
    (deed,) = told.pop("deeds")
    base, bonus = deed["lines"]
    assert told == {
        "purchase_id": bought["purchase_id"], "member_ref": bought["member_ref"],
        "language": "zh-Hans", "status": "posted", "store": "Main store", "receipt_no": "R-9",
        "business_date": "2026-05-01", "tier": "Basic", "facts": [],
    }  # fmt: skip
    assert (deed["kind"], deed["points"], deed["currency"]) == ("earn", 886, "STAR")
    assert base == {
        "entry": 1, "points": 836, "account": "issued", "reason": "base",
        "headline": "消费于 Harbour Grocery, Main store", "arithmetic": "836.00 at 1 per 1.00",
        "rule": "partner:grocery", "rule_version": 2, "rule_name": "Harbour Grocery",
        "wants": None, "payer": "partner", "available_on": "2026-05-01",
        "expires_on": "2027-05-31",
    }  # fmt: skip
    assert (bonus["rule_name"], bonus["arithmetic"], bonus["payer"]) == (
        "五月礼遇", "加赠 50 积分", "operator",
    )  # fmt: skip
    english = grocery.get(path, language="en").json["deeds"][0]["lines"][1]
    assert (english["rule_name"], english["arithmetic"]) == ("May days", "50 points extra")


def test_what_the_member_did_elsewhere_is_not_told_to_a_partner(desk: Desk, grocery: Till) -> None:
    facts = [
        {"fact": "tier", "is": "in", "value": ["basic"]},
        {"fact": "spend", "over": "30 days", "is": ">=", "value": 1},
    ]
    hold(desk, "may", condition={"all": facts})
    bought = grocery.earn(grocery.enrol(), "10.00")
    told = grocery.get(f"/purchases/{bought['purchase_id']}/explanation").json
    assert told["facts"] == [{"key": "tier", "text": "tier: Basic"}]


def test_another_partners_purchase_is_unknown(grocery: Till, cinema: Till) -> None:
    bought = grocery.earn(grocery.enrol(), "10.00")
    refused(cinema.get(f"/purchases/{bought['purchase_id']}/explanation"), 404, "PURCHASE_UNKNOWN")


def test_an_unknown_language_is_refused(grocery: Till) -> None:
    bought = grocery.earn(grocery.enrol(), "10.00")
    path = f"/purchases/{bought['purchase_id']}/explanation"
    refused(grocery.get(path, language="de"), 422, "INVALID_BODY")


def test_a_history_is_told_in_the_language_asked_for(grocery: Till) -> None:
    member = grocery.enrol()
    bought = grocery.earn(member, "10.00", receipt_no="R-7")
    grocery.post(f"/purchases/{bought['purchase_id']}/returns", {"receipt_no": "RR-1"})
    path = f"/members/{member['member_ref']}/entries"
    told = grocery.get(path, language="zh-Hant").json["entries"]
    assert [entry["explanation"] for entry in told] == [
        "退貨至 Main store：收據 R-7 退貨：收回 10 積分",
        "消費於 Main store：10.00 at 1 per 1.00",
    ]
    one = grocery.get(f"{path}/1/explain", language="zh-Hans").json
    assert one["explanation"] == "消费于 Main store：10.00 at 1 per 1.00"
    assert one["brought"]["explanation"] == one["explanation"]
    assert grocery.get(f"{path}/1/explain").json["explanation"] == "10.00 at 1 per 1.00 (base)"
