"""An entry's page: burned points lead to lot, issuer, payer, rules and price, with links."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from logs import Owner, sign
from stoa.services import earning, redemption, returns, tiers
from stoa.services.redemption import Ask
from stoa.values.identifiers import public_id
from stoa.work import Actor, Desk
from visitor import Visitor, text_of
from world import Coalition, Someone, a_key, met


@pytest.fixture
def ada(desk: Desk, coalition: Coalition) -> Someone:
    """Return a gold member who bought for 100.00, spent 150 points, and gave half of it back."""
    someone = coalition.a_member("Ada Lovelace")
    with desk.work(Actor("cli")) as work:
        tiers.assign(work, someone.id, "gold", reason="test")
    with desk.work(coalition.as_grocery()) as work:
        report = coalition.a_purchase(someone, "100.00", receipt_no="R-7")
        bought = earning.earn(work, report, key=a_key())
    with desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, someone), "main", 150), key=a_key())
        redemption.capture(work, held.redemption.id, points=None, key=a_key())
    with desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, bought.purchase_id, None, key=a_key())
    return someone


def address(someone: Someone, seq: int) -> str:
    return f"/admin/members/{public_id('mem', someone.id)}/entries/{seq}"


def test_each_line_of_the_history_leads_to_its_entry(operator: Visitor, ada: Someone) -> None:
    page = operator.get(f"/admin/members/{public_id('mem', ada.id)}").text
    for seq in range(1, 7):
        assert f'href="{address(ada, seq)}"' in page


def test_burned_points_lead_to_lot_issuer_payer_price_and_rules(
    operator: Visitor, coalition: Coalition, ada: Someone
) -> None:
    answer = operator.get(address(ada, 3))
    page = text_of(answer)
    assert "Redeemed at Star Cinema, Main store" in page
    assert "paid for at 0.009 CNY a point" in page
    assert (
        "Purchase at Harbour Grocery, Main store 100.00 at 1 per 1.00"
        " — Harbour Grocery, version 2 — paid by the partner"
        " May 1, 2026 · receipt R-7 · valid to May 31, 2027 Issued by Harbour Grocery"
        " Paid by Harbour Grocery Price of a point 0.012 CNY Plugin plain Settings version 2"
        " Agreement version 1 Terms of the points version 1 Points 100"
    ) in page
    assert "Gold bonus for a purchase" in page
    assert "Issued by Harbour Grocery Paid by the operator" in page
    grocery = public_id("prt", coalition.grocery)
    assert f'href="/admin/partners/{grocery}"' in answer.text
    assert f'href="/admin/partners/{grocery}/changes"' in answer.text
    assert f'href="{address(ada, 1)}"' in answer.text


def test_points_that_came_tell_what_became_of_them(operator: Visitor, ada: Someone) -> None:
    page = text_of(operator.get(address(ada, 2)))
    assert "Where these points came from Issued by Harbour Grocery Paid by the operator" in page
    assert "What became of them Redeemed 50 Taken back with goods 50" in page
    assert "50 in entry 3" in page
    assert "Left 0" in page


def test_points_that_are_owed_are_told(operator: Visitor, ada: Someone) -> None:
    page = text_of(operator.get(address(ada, 5)))
    assert "Owed 50 were spent before" in page
    booked = text_of(operator.get(address(ada, 4)))
    assert "these points were spent before the goods came back" in booked
    assert "Which points these were" not in booked


def test_a_lot_from_another_wallet_shows_its_way(
    operator: Visitor, desk: Desk, coalition: Coalition, ada: Someone, database: str
) -> None:
    ben = coalition.a_member("Ben")
    with desk.work(coalition.as_cinema()) as work:
        earning.earn(work, coalition.a_purchase(ben, "30.00"), key=a_key())
    engine = create_engine(database, poolclass=NullPool)
    for origin, told in ((ben.id, "Purchase at Star Cinema"), (coalition.site, "not followed")):
        with engine.begin() as connection:
            connection.execute(
                text(
                    "UPDATE postings SET origin_member_id = :origin, origin_currency = 'STAR',"
                    " origin_seq = 1 WHERE member_id = :member AND seq = 1"
                ),
                {"origin": origin, "member": ada.id},
            )
        answer = operator.get(address(ada, 3))
        assert f"From another wallet {told}" in text_of(answer)
        assert (f'href="{address(ben, 1)}"' in answer.text) == (origin == ben.id)
    engine.dispose()


def test_an_entry_shows_its_verified_proof_and_its_neighbours(
    operator: Visitor, desk: Desk, ada: Someone, database: str
) -> None:
    assert "Not signed yet" in text_of(operator.get(address(ada, 1)))
    sign(desk)
    answer = operator.get(address(ada, 2))
    page = text_of(answer)
    assert "Verified just now" in page
    assert "Entry and path give the root fits Signature is the log's own fits" in page
    assert 'rel="prev" href="' + address(ada, 1) in answer.text
    assert 'rel="next" href="' + address(ada, 3) in answer.text
    owner = Owner(database)
    kept = owner.ask("SELECT price FROM postings WHERE seq = 2")
    for lie, undo in (
        ("points = points + 1", "points = points - 1"),
        ("price = 9", f"price = {kept}"),
        ("balance = balance + 1", "balance = balance - 1"),
    ):
        owner.do(f"UPDATE postings SET {lie} WHERE seq = 2")
        assert "Entry and path give the root does not fit" in text_of(operator.get(address(ada, 2)))
        owner.do(f"UPDATE postings SET {undo} WHERE seq = 2")
    assert "Verified just now" in text_of(operator.get(address(ada, 2)))
    signed = owner.ask("SELECT note FROM log_checkpoints")
    forged = (signed.replace("— ", "- "), signed[:-6] + "AAAA=\n")
    for note in (*forged, signed):
        owner.do("UPDATE log_checkpoints SET note = %(note)s", note=note)
        told = "Signature is the log's own " + ("fits" if note == signed else "does not fit")
        assert told in text_of(operator.get(address(ada, 1)))
    owner.do("CREATE TABLE kept AS SELECT * FROM log_tiles", "DELETE FROM log_tiles")
    assert "The proof does not hold" in text_of(operator.get(address(ada, 1)))
    owner.do("INSERT INTO log_tiles SELECT * FROM kept", "DROP TABLE kept")
    last = operator.get(address(ada, 6)).text
    assert 'rel="next"' not in last


def test_an_entry_that_is_none_is_not_there(operator: Visitor, ada: Someone) -> None:
    assert operator.get(address(ada, 99)).status_code == 404
    assert operator.get("/admin/members/x/entries/1").status_code == 404
    nobody = public_id("mem", ada.id)[:-1] + "0"
    assert operator.get(f"/admin/members/{nobody}/entries/1").status_code == 404


@pytest.mark.parametrize("language", ["zh-CN", "zh-HK"])
def test_an_entry_is_told_in_chinese(operator: Visitor, ada: Someone, language: str) -> None:
    for seq in (1, 3, 5):
        page = operator.get(address(ada, seq), headers={"Accept-Language": language})
        told = text_of(page)
        for word in ("Issued", "Paid", "Settings", "Which", "became", "Left", "Owed"):
            assert word not in told
