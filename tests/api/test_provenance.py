"""An entry explained: own lots in full, others' as bare points, and no way to another's secrets."""

import re
from uuid import UUID

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from tills import Till, refused


def ref_at(till: Till, member: dict[str, str]) -> str:
    body = {"member": {"type": "card", "value": member["card"]}}
    return str(till.post("/members/resolve", body).json["member_ref"])


def burn(till: Till, member: dict[str, str], points: int, reference: str = "B-1") -> None:
    held = till.post("/redemptions", till.a_hold(member, points)).json
    body = {"receipt_no": reference}
    assert till.post(f"/redemptions/{held['redemption_id']}/capture", body).status_code == 201


def test_a_burned_point_leads_to_lot_issuer_payer_price_and_rules(grocery: Till) -> None:
    member = grocery.enrol()
    earned = grocery.earn(member, "836.00", receipt_no="R-9")
    burn(grocery, member, 300, "B-7")
    path = f"/members/{member['member_ref']}/entries"
    rules = {
        "plugin": "plain", "plugin_version": None, "partner_version": 2, "agreement_version": 1,
        "currency_version": 1,
    }  # fmt: skip
    lot = {
        "entry": 1, "points": 300, "whose": "yours", "issuer": "grocery", "payer": "partner",
        "price": {"amount": "0.012", "currency": "CNY"}, "reason": "base",
        "explanation": "836.00 at 1 per 1.00 (base)", "store": "Main store", "reference": "R-9",
        "business_date": "2026-05-01", "available_on": "2026-05-01", "expires_on": "2027-05-31",
        "moved": False, "rules": rules,
    }  # fmt: skip
    told = grocery.get(f"{path}/2/explain").json
    assert told.pop("transaction_id").startswith("txn_")
    assert told == {
        "entry": 2, "kind": "redeem", "points": -300, "balance": 536, "account": "burned",
        "whose": "yours", "actor": "partner", "reason": "tender",
        "explanation": "300 points worth 3.00 CNY (tender)", "store": "Main store",
        "reference": "B-7", "business_date": "2026-05-01",
        "recorded_at": "2026-05-01T04:00:00+00:00",
        "price": {"amount": "0.009", "currency": "CNY"},
        "rules": dict.fromkeys(rules) | {"agreement_version": 1},
        "brought": None, "fate": None, "lots": [lot], "owed": 0,
    }  # fmt: skip
    came = grocery.get(f"{path}/1/explain").json
    assert came["transaction_id"] == earned["transaction_id"]
    assert came["brought"] == lot | {"points": 836}
    assert came["rules"] == rules
    assert (came["lots"], came["price"]) == ([], None)
    assert came["fate"] == {
        "left": 536, "held": 0, "taken": [{"account": "burned", "points": 300}],
        "uses": [
            {
                "entry": 2, "points": 300, "kind": "redeem", "whose": "yours",
                "store": "Main store", "reference": "B-7", "business_date": "2026-05-01",
            }
        ],
    }  # fmt: skip


CANARIES = ("CANARY", "836", "0.012", "0.009", "grocery", "plain", "Main store", "base", "tender")


def test_another_partners_trade_leaves_no_trace_but_points_and_dates(
    grocery: Till, cinema: Till
) -> None:
    member = grocery.enrol()
    grocery.earn(member, "836.00", receipt_no="CANARY-1", terminal="CANARY-2")
    burn(grocery, member, 300, "CANARY-3")
    burn(cinema, member, 100, "MINE")
    there = ref_at(cinema, member)
    for entry in (1, 2):
        answer = cinema.get(f"/members/{there}/entries/{entry}/explain")
        told = answer.json
        assert told["whose"] == "another_partner"
        hidden = ("actor", "reason", "explanation", "store", "reference", "price", "rules", "fate")
        assert [told[name] for name in hidden] == [None] * 8
        balance = '"points":836,"balance":836' if entry == 1 else ""
        seen = answer.text.replace(balance, "").replace('"points":836', "").replace(":536", "")
        for canary in CANARIES:
            assert canary not in seen, canary
    bare = {
        "entry": 1, "whose": "another_partner", "business_date": "2026-05-01",
        "available_on": "2026-05-01", "expires_on": "2027-05-31", "moved": False,
    } | dict.fromkeys(
        ("issuer", "payer", "price", "reason", "explanation", "store", "reference", "rules")
    )  # fmt: skip
    assert cinema.get(f"/members/{there}/entries/1/explain").json["brought"] == bare | {
        "points": 836
    }
    assert cinema.get(f"/members/{there}/entries/2/explain").json["lots"] == [
        bare | {"points": 300}
    ]
    own = cinema.get(f"/members/{there}/entries/3/explain").json
    assert (own["whose"], own["reference"], own["lots"]) == (
        "yours",
        "MINE",
        [bare | {"points": 100}],
    )


def test_ones_own_lot_burned_elsewhere_shows_when_but_not_where(
    grocery: Till, cinema: Till
) -> None:
    member = grocery.enrol()
    grocery.earn(member, "100.00")
    burn(cinema, member, 40, "CANARY")
    path = f"/members/{member['member_ref']}/entries"
    answer = grocery.get(f"{path}/1/explain")
    assert answer.json["fate"]["taken"] == [{"account": "burned", "points": 40}]
    assert answer.json["fate"]["uses"] == [
        {
            "entry": 2, "points": 40, "kind": "redeem", "whose": "another_partner",
            "store": None, "reference": None, "business_date": "2026-05-01",
        }
    ]  # fmt: skip
    there = grocery.get(f"{path}/2/explain")
    assert there.json["lots"][0]["whose"] == "yours"
    assert there.json["lots"][0]["explanation"] == "100.00 at 1 per 1.00 (base)"
    assert there.json["price"] is None
    for text_ in (answer.text, there.text):
        assert "CANARY" not in text_
        assert "cinema" not in text_


def test_points_owed_are_told(grocery: Till) -> None:
    member = grocery.enrol()
    earned = grocery.earn(member, "100.00")
    burn(grocery, member, 60)
    grocery.post(f"/purchases/{earned['purchase_id']}/returns", {"receipt_no": "RR"})
    path = f"/members/{member['member_ref']}/entries"
    booked = grocery.get(f"{path}/3/explain").json
    assert booked["explanation"] == "points spent before are owed (debt_booked)"
    assert (booked["brought"], booked["lots"]) == (None, [])
    back = grocery.get(f"{path}/4/explain").json
    assert (back["points"], back["owed"]) == (-100, 60)
    assert [lot["points"] for lot in back["lots"]] == [40]
    assert (back["rules"]["partner_version"], back["rules"]["plugin"]) == (2, None)


def test_a_lot_from_another_wallet_leads_to_no_other_member(
    grocery: Till, cinema: Till, database: str
) -> None:
    ada, ben = grocery.enrol("Ada"), grocery.enrol("Ben")
    grocery.earn(ben, "77.00", receipt_no="CANARY-1")
    grocery.earn(ada, "50.00", receipt_no="MOVED")
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        order = "SELECT member_id FROM transactions ORDER BY reference"
        giver, taker = (row[0] for row in connection.execute(text(order)))
        assert isinstance(giver, UUID)
        connection.execute(
            text(
                "UPDATE postings SET origin_member_id = :giver, origin_currency = 'STAR',"
                " origin_seq = 1, partner_id = NULL, price = NULL WHERE member_id = :taker"
            ),
            {"giver": giver, "taker": taker},
        )
    engine.dispose()
    answer = grocery.get(f"/members/{ada['member_ref']}/entries/1/explain")
    lot = answer.json["brought"]
    assert (lot["moved"], lot["whose"], lot["issuer"], lot["points"]) == (
        True,
        "yours",
        "grocery",
        50,
    )
    assert (lot["price"]["amount"], lot["rules"]["partner_version"]) == ("0.012", 2)
    assert (lot["explanation"], lot["reference"], lot["store"]) == (None, None, None)
    assert "CANARY" not in answer.text
    assert not re.search(r"\b77\b", answer.text)  # within an id it is chance
    there = cinema.get(f"/members/{ref_at(cinema, ada)}/entries/1/explain").json
    assert there["brought"]["whose"] == "another_partner"
    assert there["brought"]["price"] is None


def test_a_missing_entry_is_refused_and_a_missing_member_is_missing(grocery: Till) -> None:
    member = grocery.enrol()
    where = f"/members/{member['member_ref']}/entries/1/explain"
    refused(grocery.get(where), 404, "ENTRY_UNKNOWN")
    refused(grocery.get("/members/mbr_" + "a" * 25 + "e/entries/1/explain"), 404, "MEMBER_UNKNOWN")
