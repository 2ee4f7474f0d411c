"""The clearing room: positions, a close, a statement down to a posting, disputes, payments."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from clearings import WORKER, Alliance, an_alliance
from stoa.services import clearing, disputes, earning, entities, payments
from stoa.values.clearing.clauses import Clauses
from stoa.values.clearing.statements import Entity
from stoa.values.identifiers import public_id
from stoa.work import Actor
from visitor import Visitor, text_of
from world import Coalition, FixedClock, a_key

ROOM = "/admin/clearing"


@pytest.fixture
def alliance(coalition: Coalition, database: str) -> Alliance:
    """Return May: A and the grocery issued 10,000 each, C redeemed 8,000; nothing is closed."""
    found = an_alliance(coalition, database)
    ada = coalition.a_member()
    found.issue("A", ada, 10_000)
    with coalition.desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(coalition.a_member("Bo"), "10000.00"), key=a_key())
    found.burn("C", ada, 8_000)
    found.book()
    return found


@pytest.fixture
def june(alliance: Alliance, clock: FixedClock) -> Alliance:
    """Return the alliance on 5 June, before anybody has closed May."""
    clock.now = datetime(2026, 6, 5, 4, 0, tzinfo=UTC)
    return alliance


@pytest.fixture
def closed(june: Alliance) -> Alliance:
    """Return the alliance with May closed."""
    with june.desk.work(WORKER) as work:
        clearing.close(work, "2026-05")
    return june


def statement_of(alliance: Alliance, partner_id: object) -> str:
    """Return the address of a partner's statement."""
    with alliance.desk.work(WORKER) as work:
        for each in clearing.statements_of(work):
            if each.partner_id == partner_id:
                return f"{ROOM}/statements/{each.statement.id}"
    raise AssertionError(partner_id)


def test_live_positions_say_in_words_who_owes_and_come_to_nothing(
    operator: Visitor, alliance: Alliance
) -> None:
    page = text_of(operator.get(ROOM))
    assert "Open period May 2026 pool" in page
    assert "Partner A CN¥0.00 CN¥120.00 CN¥120.00 owes CN¥120.00" in page
    assert "Partner C CN¥0.00 -CN¥72.00 -CN¥72.00 gets CN¥72.00" in page
    assert "Operator CN¥0.00 -CN¥168.00 -CN¥168.00 gets CN¥168.00" in page
    assert "All together 0.0000" in page
    csv = operator.get(f"{ROOM}/positions.csv")
    assert csv.data.startswith(b"\xef\xbb\xbf")
    assert "Partner A,0.0000,120.0000,120.0000,10000,-8000,2000" in csv.data.decode()
    assert operator.client.get(f"{ROOM}/positions.xlsx").data.startswith(b"PK")
    assert operator.get(f"{ROOM}/positions.exe").status_code == 404
    own = f"{ROOM}/positions/{public_id('prt', alliance.partners['A'])}"
    assert "Points issued Operator 10,000 1 120.0000" in text_of(operator.get(own))


def test_an_empty_room_teaches(operator: Visitor) -> None:
    for path, told in (
        ("", "Nothing to clear yet"),
        ("/periods", "Nothing to clear yet"),
        ("/statements", "No statements yet"),
        ("/disputes", "No disputes"),
        ("/payments", "No payments yet"),
        ("/liability", "No report yet"),
        ("/stress", "No month is closed yet"),
        ("/journal", "Nothing is booked yet"),
        ("/journal/entries", "No entries"),
    ):
        assert told in text_of(operator.get(f"{ROOM}{path}")), path


def test_a_month_is_closed_once_it_is_over_and_only_once(
    operator: Visitor, alliance: Alliance, clock: FixedClock
) -> None:
    assert "not over yet" in text_of(operator.get(f"{ROOM}/periods/2026-05"))
    operator.post(f"{ROOM}/periods/2026-05/close")
    assert "This month is not over yet" in text_of(operator.get(f"{ROOM}/periods"))
    clock.now = datetime(2026, 6, 5, 4, 0, tzinfo=UTC)
    operator.sign_in()
    page = text_of(operator.get(f"{ROOM}/periods/2026-05"))
    assert "No bank account is known of these partners" in page
    assert "Close the period" in page
    led = operator.post(f"{ROOM}/periods/2026-05/close")
    told = text_of(operator.get(led.location))
    assert "Closed. The statements are frozen." in told
    assert "partners owe CN¥240.00 and are owed CN¥72.00" in told
    operator.post(f"{ROOM}/periods/2026-05/close")
    assert "It was closed before; nothing changed." in text_of(operator.get(f"{ROOM}/periods"))
    with alliance.desk.work(WORKER) as work:
        assert [each.state for each in clearing.periods(work, "STAR")] == ["closed"]


def test_what_a_close_lacks_is_named_with_a_link(
    operator: Visitor, alliance: Alliance, clock: FixedClock
) -> None:
    clauses = Clauses(settlement_currency="HKD", tax_issue="VAT6")
    alliance.agree("A", clauses=clauses)
    clock.now = datetime(2026, 6, 5, 4, 0, tzinfo=UTC)
    operator.sign_in()
    page = operator.get(f"{ROOM}/periods/2026-05")
    assert "No rate of exchange CNY/HKD Enter a rate" in text_of(page)
    assert "No tax of the code VAT6 Enter a tax" in text_of(page)
    assert "Close the period" not in page.text
    operator.post(f"{ROOM}/periods/2026-05/close")
    assert "A rate or a tax is missing" in text_of(operator.get(f"{ROOM}/periods"))


def test_a_statement_leads_from_its_lines_to_the_postings(
    operator: Visitor, closed: Alliance
) -> None:
    operator.sign_in()
    found = operator.get(f"{ROOM}/statements?period=2026-05&code=a")
    assert "Partner A CN¥120.00 owes CN¥120.00 May be disputed" in text_of(found)
    assert "gets CN¥72.00" not in text_of(found)
    address = statement_of(closed, closed.partners["A"])
    page = operator.get(address)
    assert "Points issued Operator 10,000 0.012 120.0000 CN¥120.00" in text_of(page)
    (line,) = re.findall(r'href="([^"]+/lines/1)"', page.text)
    entries = operator.get(line)
    assert "AR Partner A LIAB:deferred_points 10,000 0.012 120.0000 posting" in text_of(entries)
    posting = re.findall(r'href="(/admin/members/[^"]+/entries/1)"', entries.text)[0]
    assert operator.get(posting).status_code == 200
    assert operator.get(f"{address}/lines/99").status_code == 404
    operator.get(f"{address}/verified")
    assert "the same, byte for byte" in text_of(operator.get(address))
    for kind, start in (("json", b"{"), ("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        assert operator.client.get(f"{address}/paper.{kind}").data.startswith(start)
    with closed.desk.work(WORKER) as work:
        kept = clearing.statement(work, address.rpartition("/")[2])
    assert operator.get(f"{address}/paper.json").data == kept.document.encode()
    operators = statement_of(closed, None)
    assert "Points issued Partner A 10,000" in text_of(operator.get(operators))
    assert "AR Partner A" in text_of(operator.get(f"{operators}/lines/1"))


def test_verify_finds_a_statement_that_the_journal_does_not_say(
    operator: Visitor, closed: Alliance
) -> None:
    operator.sign_in()
    closed.tamper("UPDATE money_entries SET amount = amount + 1 WHERE line = 'issued'")
    address = statement_of(closed, closed.partners["A"])
    operator.get(f"{address}/verified")
    assert "It comes out otherwise" in text_of(operator.get(address))
    closed.tamper("UPDATE money_entries SET amount = amount - 1 WHERE line = 'issued'")


def test_a_line_is_disputed_with_evidence_and_decided_by_another(
    operator: Visitor, enter: Callable[[str], Visitor], closed: Alliance
) -> None:
    operator.sign_in()
    address = statement_of(closed, closed.partners["C"])
    form = {
        "line": "1", "points": "500", "amount": "", "reason": "points", "text": "The till was down",
    }  # fmt: skip
    for wrong, told in (
        ({"line": "9"}, "Choose from the list."),
        ({"points": ""}, "Write either points or an amount."),
        ({"points": "90000"}, "So many points of this line"),
        ({"points": "", "amount": "1.234"}, "Write an amount such as"),
        ({"text": " "}, "Say why."),
        ({"evidence": (io.BytesIO(b"\xff\x00ELF"), "x.csv")}, "Hand in a PDF"),
    ):
        fields: dict[str, Any] = {**form, **wrong}
        answer = operator.post(f"{address}/disputes", **fields)
        assert answer.status_code == 422
        assert told in text_of(answer)
    led = operator.post(
        f"{address}/disputes", **form, evidence=(io.BytesIO(b"day,points\n"), "till.csv")
    )
    page = operator.get(led.location)
    assert "Held back now CN¥4.50" in text_of(page)
    assert "The till was down" in text_of(page)
    assert "Decide it" not in text_of(page)  # its own
    operator.post(f"{led.location}/resolve", outcome="credited", reason="so")
    assert "ask a second person" in text_of(operator.get(led.location))
    handed = operator.get(f"{led.location}/evidence/1")
    assert handed.data == b"day,points\n"
    assert handed.headers["Content-Type"] == "application/octet-stream"
    assert "Points redeemed Partner C" in text_of(operator.get(f"{ROOM}/disputes?state=open"))
    assert "Nothing matches" in text_of(operator.get(f"{ROOM}/disputes?state=upheld"))
    finance = enter("finance")
    finance.post(f"{led.location}/resolve", outcome="credited", reason="The log says so")
    told = text_of(finance.get(led.location))
    assert "Credited" in told
    assert "The log says so" in told
    (note,) = re.findall(
        rf'href="({ROOM}/credit-notes/[^"]+\.csv)"', finance.get(led.location).text
    )
    assert finance.get(note).data.startswith(b"\xef\xbb\xbf")


def test_what_was_opened_is_withdrawn_by_its_side(operator: Visitor, closed: Alliance) -> None:
    operator.sign_in()
    address = statement_of(closed, closed.partners["A"])
    led = operator.post(
        f"{address}/disputes", line="1", points="", amount="20.00", reason="other", text="Because"
    )
    operator.post(f"{led.location}/withdraw", reason="a mistake")
    assert "Withdrawn" in text_of(operator.get(led.location))
    operator.post(f"{led.location}/withdraw", reason="again")
    assert "It is not open any more" in text_of(operator.get(led.location))


def test_payments_are_proposed_filed_and_reconciled(
    operator: Visitor, enter: Callable[[str], Visitor], closed: Alliance
) -> None:
    with closed.desk.work(Actor("cli")) as work:
        entities.change(
            work, closed.partners["C"],
            Entity("Partner C Ltd", account="DE89370400440532013000", bic="COBADEFFXXX"),
        )  # fmt: skip
    finance = enter("finance")
    led = finance.post(f"{ROOM}/payments/propose", period="2026-05")
    page = text_of(finance.get(led.location))
    assert "3 payments are proposed." in page
    assert "Comes in CN¥240.00 not settled yet" in page
    assert "Goes out CN¥72.00 not settled yet" in page
    finance.post(f"{ROOM}/payments/file", period="2026-05", currency="CNY", execute_on="2026-06-06")
    assert "No account, or a wrong one, is known of: Operator" in text_of(
        finance.get(f"{ROOM}/payments")
    )
    with closed.desk.work(WORKER) as work:
        (mine,) = payments.listed(work, partner_id=closed.partners["A"])
    bank = f"date,amount,reference\n2026-06-05,120.00,{mine.reference}\n2026-06-05,7.00,rent\n"

    def upload(deed: str) -> str:
        return text_of(
            finance.post(
                f"{ROOM}/payments/bank", deed=deed, file=(io.BytesIO(bank.encode()), "bank.csv")
            )
        )

    tried = upload("try")
    assert "tried only: nothing is recorded" in tried
    assert "Matched" in tried
    assert "Nobody's" in tried.replace("&#39;", "'")
    assert "1 payments are recorded" in upload("record")
    assert "Recorded before" in upload("record")
    shown = text_of(finance.get(f"{ROOM}/payments/{mine.public_id}"))
    assert "The bank moved CN¥120.00" in shown
    with closed.desk.work(WORKER) as work:
        (theirs,) = payments.listed(work, partner_id=closed.partners["C"])
    finance.post(f"{ROOM}/payments/{theirs.public_id}/end", reason="later")
    assert "Cancelled" in text_of(finance.get(f"{ROOM}/payments/{theirs.public_id}"))
    with closed.desk.work(WORKER) as work:
        (grocers,) = payments.listed(work, partner_id=closed.coalition.grocery)
    hand = f"{ROOM}/payments/{grocers.public_id}"
    finance.post(f"{hand}/record", bank_date="2026-06-05", amount="1.2.3")
    assert "Write a day, and an amount" in text_of(finance.get(hand))
    finance.post(f"{hand}/record", bank_date="2026-06-05", amount="100.00")
    assert "The bank moved CN¥100.00" in text_of(finance.get(hand))


def test_the_liability_of_a_closed_month_and_a_low_reserve(
    operator: Visitor, closed: Alliance
) -> None:
    operator.sign_in()
    page = text_of(operator.get(f"{ROOM}/liability"))
    assert "The reserve is lower than agreed" in page
    assert "May 2026 20,000 8,000 0 12,000" in page
    assert operator.get(f"{ROOM}/liability/2026-05.csv").data.startswith(b"\xef\xbb\xbf")
    assert operator.get(f"{ROOM}/liability/2026-04.csv").status_code == 404
    assert operator.get(f"{ROOM}/liability?period=2026-04").status_code == 404
    # What the reserve is made of, and what is behind a month, down to its postings.
    assert "by issuer Partner Points Harbour Grocery 10,000 Partner A 2,000" in page
    month = f"{ROOM}/liability/2026-05/cohorts/2026-05"
    assert month in operator.get(f"{ROOM}/liability").text
    found = operator.get(month)
    assert "May 2026 20,000 8,000 0 240.0000 72.0000" in text_of(found)
    assert "AR Partner A LIAB:deferred_points 10,000 0.012 120.0000 posting" in text_of(found)
    assert "AP Partner C -8,000 0.009 72.0000 posting , lot" in text_of(found)
    assert operator.get(f"{ROOM}/liability/2026-05/cohorts/2026-04").status_code == 404
    assert operator.get(f"{month}?in=2026-06").status_code == 404


def test_what_if_it_goes_badly(operator: Visitor, closed: Alliance) -> None:
    operator.sign_in()
    assert "What if it goes badly" in text_of(operator.get(f"{ROOM}/liability"))
    page = text_of(operator.get(f"{ROOM}/stress"))
    # 240.00 are owed and 72.00 to be paid; 12,000 points are left, 8,000 of them expected.
    assert "As expected 8,000 CN¥168.00 CN¥72.00 233.3% 0%" in page
    assert "A run on all points 12,000 CN¥168.00 CN¥108.00 155.6% 0%" in page
    own = text_of(operator.get(f"{ROOM}/stress?run=100&default=a&exchange=5"))
    assert "Missing CN¥60.00 not everybody could be paid" in own
    assert "Partner A does not pay -CN¥120.00" in own
    assert "Your figures 12,000 CN¥48.00 CN¥108.00 44.4%" in own
    csv = operator.get(f"{ROOM}/stress.csv?run=100&default=a").data.decode()
    assert "Your figures,12000,108.0000,48.0000,44.4,0.0,60.0000" in csv
    assert "Partner A,120.0000,0.0000,0.0000,0.0000,120.0000," in csv
    assert operator.client.get(f"{ROOM}/stress.xlsx").data.startswith(b"PK")
    assert operator.get(f"{ROOM}/stress?period=2026-04").status_code == 404
    for wrong in ("run=101", "run=-1", "run=x", "exchange=NaN", "default=nobody"):
        found = operator.get(f"{ROOM}/stress?{wrong}")
        assert found.status_code == 422, wrong
        assert "is-invalid" in found.text


def test_the_journal_is_in_balance_and_replays(operator: Visitor, closed: Alliance) -> None:
    operator.sign_in()
    page = text_of(operator.get(f"{ROOM}/journal?period=2026-05"))
    assert "AR Partner A 120.0000 0.0000 120.0000" in page
    assert re.search(r"All together ([\d.,]+) \1 0.0000", page)
    found = text_of(operator.get(f"{ROOM}/journal/entries?period=2026-05&line=burned&code=c"))
    assert "COST:redemption AP Partner C" in found
    operator.get(f"{ROOM}/journal/replayed")
    assert "every entry is as it stands" in text_of(operator.get(f"{ROOM}/journal"))
    closed.tamper("UPDATE money_entries SET points = points + 1 WHERE line = 'issued'")
    operator.get(f"{ROOM}/journal/replayed")
    assert "The journal is not what follows from the log: place" in text_of(
        operator.get(f"{ROOM}/journal")
    )
    closed.tamper("UPDATE money_entries SET points = points - 1 WHERE line = 'issued'")


def test_a_partners_people_see_their_own_and_foreign_ones_are_not_there(
    enter: Callable[[str], Visitor], closed: Alliance
) -> None:
    coalition = closed.coalition
    own, foreign = (
        statement_of(closed, each) for each in (coalition.grocery, closed.partners["A"])
    )
    missing = f"{ROOM}/statements/stm_{'0' * 26}"
    staff, admin = enter("partner_staff"), enter("partner_admin")
    for visitor in (staff, admin):
        listed = text_of(visitor.get(f"{ROOM}/statements"))
        assert "Harbour Grocery CN¥120.00" in listed
        assert "Partner A" not in listed
        for part in ("", "/lines/1", "/verified", "/paper.csv"):
            assert visitor.get(f"{own}{part}").status_code in (200, 303), part
            answers = [visitor.get(f"{each}{part}") for each in (foreign, missing)]
            assert [each.status_code for each in answers] == [404, 404]
        position = f"{ROOM}/positions/{public_id('prt', coalition.grocery)}"
        assert "Harbour Grocery: live position" in text_of(visitor.get(position))
        assert visitor.get(ROOM).status_code == 403
        assert "owes CN¥120.00" not in text_of(visitor.get(f"{ROOM}/payments"))
    form = {"line": "1", "points": "", "amount": "1.00", "reason": "rate", "text": "Too much"}
    assert staff.post(f"{own}/disputes", **form).status_code == 403
    assert admin.post(f"{foreign}/disputes", **form).status_code == 404
    led = admin.post(f"{own}/disputes", **form)
    assert "Held back now CN¥1.00" in text_of(admin.get(led.location))
    assert "Decide it" not in text_of(admin.get(led.location))
    admin.post(f"{led.location}/withdraw", reason="it fits")
    assert "Withdrawn" in text_of(admin.get(led.location))
    with closed.desk.work(WORKER) as work:
        assert [each.state for each in disputes.listed(work)] == ["withdrawn"]
