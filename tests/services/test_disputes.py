"""Disputes: the worked numbers of economics §3.10, who may do what, and who wins a race."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from clearings import WORKER, Alliance, an_alliance
from settlements import PERIOD, Settlement, a_line
from stoa.errors import (
    CreditNoteUnknownError,
    DisputeClosedError,
    DisputeUnknownError,
    DisputeWindowError,
    FourEyesError,
    InvalidBodyError,
    StatementUnknownError,
)
from stoa.services import disputes, payments
from stoa.services.disputes import Claim, Dispute
from stoa.values.clearing.statements import minor_of
from stoa.work import Actor
from world import Coalition, FixedClock

D = Decimal
ANN, BOB = Actor("staff:ann"), Actor("staff:bob")
JUNE = datetime(2026, 6, 5, 4, 0, tzinfo=UTC)


@pytest.fixture
def alliance(coalition: Coalition, database: str, clock: FixedClock) -> Alliance:
    """Return partners A, B and C; A issued 10,000, of which 8,000 were redeemed at C in May."""
    found = an_alliance(coalition, database)
    ada = coalition.a_member()
    found.issue("A", ada, 10_000)
    found.burn("C", ada, 8_000)
    found.book()
    clock.now = JUNE
    return found


@pytest.fixture
def settlement(alliance: Alliance) -> Settlement:
    """Return the closed May: A owes 120.00, C is owed 72.00."""
    found = Settlement(alliance)
    found.close(
        {"A": [a_line("issued", 10_000, "0.012", 12_000)],
         "C": [a_line("burned", -8_000, "0.009", -7_200)]}
    )  # fmt: skip
    return found


def dispute(settlement: Settlement, who: Actor, letter: str = "C", **claim: Any) -> Dispute:
    given: dict[str, Any] = {
        "line": "burned", "points": 500, "reason": "points", "text": "Never seen."
    } | claim  # fmt: skip
    with settlement.alliance.desk.work(who) as work:
        return disputes.open_dispute(work, settlement.statements[letter], Claim(**given))


def resolve(settlement: Settlement, who: Actor, opened: Dispute, outcome: str) -> Dispute:
    with settlement.alliance.desk.work(who) as work:
        return disputes.resolve(work, opened.id, outcome, note="looked at")


def to_pay(settlement: Settlement, period: str = PERIOD) -> dict[str, tuple[str, int, str]]:
    with settlement.alliance.desk.work(ANN) as work:
        return {
            each.partner_code: (each.direction, each.minor, each.state)
            for each in payments.propose(work, "STAR", period)
            if each.state != "cancelled"
        }


def test_a_dispute_holds_4_50_and_67_50_are_paid_now(settlement: Settlement) -> None:
    assert to_pay(settlement)["c"] == ("out", 7_200, "proposed")
    opened = dispute(settlement, ANN)
    assert (opened.minor, opened.points, opened.state) == (450, 500, "open")
    with settlement.alliance.desk.work(ANN) as work:
        (paid,) = payments.listed(work, partner_id=settlement.alliance.partners["C"])
    assert (paid.minor, paid.held_minor) == (6_750, -450)
    assert to_pay(settlement) == {
        "a": ("in", 12_000, "proposed"),
        "c": ("out", 6_750, "proposed"),
    }
    assert settlement.settling() == ["disputes AP:C LIAB:dispute_hold:C +0 4.5"]


def pay(settlement: Settlement, clock: FixedClock) -> None:
    to_pay(settlement)
    with settlement.alliance.desk.work(BOB) as work:
        for each in payments.listed(work, state="proposed"):
            payments.record(work, each.id, bank_date=work.today())


def test_upheld_it_pays_4_50_with_the_next_period(
    settlement: Settlement, clock: FixedClock
) -> None:
    opened = dispute(settlement, ANN)
    pay(settlement, clock)
    assert resolve(settlement, BOB, opened, "upheld").state == "upheld"
    assert settlement.settling()[-1] == "disputes LIAB:dispute_hold:C AP:C +0 4.5"
    assert settlement.alliance.nets()["C"] == D("-4.5")
    settlement.close(
        {"C": [a_line("payments", 0, "0", 6_750)]}, period="2026-06", opening={"C": -7_200}
    )
    assert to_pay(settlement, "2026-06")["c"] == ("out", 450, "proposed")
    assert settlement.balance() == 0


def test_credited_it_gives_a_credit_note_of_4_50_and_nothing_is_paid_again(
    settlement: Settlement, clock: FixedClock
) -> None:
    opened = dispute(settlement, ANN)
    pay(settlement, clock)
    resolve(settlement, BOB, opened, "credited")
    assert settlement.settling()[-1] == "disputes LIAB:dispute_hold:C COST:redemption +500 4.5"
    assert "C" not in settlement.alliance.nets()
    with settlement.alliance.desk.work(ANN) as work:
        (note,) = disputes.notes(work)
        assert (note.no, note.minor, note.partner_code) == ("CN-2026-000001", -450, "c")
        paper = note.paper
        assert (paper.net_minor, paper.statement, paper.owes) == (-450, "STM-2026-05-0002", False)
        assert (paper.sha256, paper.canonical.decode()) == (note.sha256, note.document)
        for language, title in (("en", "Credit note"), ("zh-Hant", "貸項通知單")):
            assert title in disputes.note_paper(note, "csv", language=language).content.decode()
        for kind, magic in (("xlsx", b"PK"), ("json", b"{")):
            assert disputes.note_paper(note, kind, language="zh-Hans").content.startswith(magic)
    settlement.close(
        {"C": [a_line("disputes", 500, "0.009", 450), a_line("payments", 0, "0", 6_750)]},
        period="2026-06", opening={"C": -7_200},
    )  # fmt: skip
    assert "c" not in to_pay(settlement, "2026-06")
    assert settlement.balance() == 0


def test_what_was_credited_after_the_close_is_not_paid_for_it(settlement: Settlement) -> None:
    resolve(settlement, BOB, dispute(settlement, ANN), "credited")
    assert to_pay(settlement)["c"] == ("out", 6_750, "proposed")


def test_a_charge_that_is_disputed_is_not_collected(settlement: Settlement) -> None:
    mine = settlement.alliance.at("A")
    opened = dispute(settlement, mine, "A", line="issued", points=1_000)
    assert to_pay(settlement)["a"] == ("in", 10_800, "proposed")
    resolve(settlement, ANN, opened, "credited")
    assert settlement.settling() == [
        "disputes LIAB:dispute_hold:A AR:A +0 12",
        "disputes LIAB:deferred_points LIAB:dispute_hold:A +1000 12",
    ]
    assert settlement.alliance.nets()["A"] == D("108")
    assert settlement.balance() == 0


def test_a_line_between_partners_is_held_on_both_sides_and_settled_between_them(
    alliance: Alliance,
) -> None:
    settlement = Settlement(alliance)
    settlement.close(
        {"A": [a_line("burned", -8_000, "0.009", 7_200, counterparty="c")],
         "C": [a_line("burned", -8_000, "0.009", -7_200, counterparty="a")]}
    )  # fmt: skip
    to_pay(settlement)
    opened = dispute(settlement, alliance.at("A"), "A", counterparty="c")
    assert to_pay(settlement) == {"a": ("in", 6_750, "proposed"), "c": ("out", 6_750, "proposed")}
    with pytest.raises(InvalidBodyError):
        dispute(settlement, alliance.at("C"), counterparty="a", points=7_501)
    with alliance.desk.work(alliance.at("C")) as work:
        assert [each.id for each in disputes.listed(work)] == [opened.id]
    resolve(settlement, ANN, opened, "credited")
    assert settlement.settling() == [
        "disputes LIAB:dispute_hold:A AR:A +0 4.5",
        "disputes AP:C LIAB:dispute_hold:C +0 4.5",
        "disputes LIAB:dispute_hold:C LIAB:dispute_hold:A +500 4.5",
    ]
    with alliance.desk.work(ANN) as work:
        told = [(each.no, each.partner_code, each.paper.owes) for each in disputes.notes(work)]
    assert told == [("CN-2026-000002", "c", False), ("CN-2026-000001", "a", True)]
    assert settlement.balance() == 0


def test_tax_follows_its_line(alliance: Alliance) -> None:
    """§3.10: 6 % of 108.00 are 6.48; of a disputed 54.00 they are 3.24."""
    settlement = Settlement(alliance)
    settlement.close(
        {"A": [a_line("issued", 9_000, "0.012", 10_800, tax_code="VAT6", tax_rate=D("0.06"),
                      tax_minor=648)]}
    )  # fmt: skip
    assert to_pay(settlement)["a"] == ("in", 11_448, "proposed")
    opened = dispute(settlement, alliance.at("A"), "A", line="issued", points=4_500)
    assert (opened.minor, opened.tax_minor) == (5_400, 324)
    assert to_pay(settlement)["a"] == ("in", 5_724, "proposed")
    resolve(settlement, ANN, opened, "credited")
    assert settlement.settling()[-1] == "tax TAX:output LIAB:dispute_hold:A +0 3.24"
    with alliance.desk.work(ANN) as work:
        (note,) = disputes.notes(work)
    assert (note.minor, note.paper.tax_code, note.paper.tax_minor) == (-5_724, "VAT6", -324)


def test_no_more_than_the_line_can_be_disputed(settlement: Settlement) -> None:
    dispute(settlement, ANN, points=7_000)
    withdrawn = dispute(settlement, ANN, points=1_000)
    claims: list[dict[str, Any]] = [
        {"points": 1}, {"points": None, "minor": 1}, {"points": 8_001}, {"points": 0}
    ]  # fmt: skip
    for claim in claims:
        with pytest.raises(InvalidBodyError):
            dispute(settlement, ANN, **claim)
    with settlement.alliance.desk.work(ANN) as work:
        disputes.withdraw(work, withdrawn.id)
    assert dispute(settlement, ANN, points=None, minor=900).minor == 900


@pytest.mark.parametrize(
    "claim",
    [
        {"reason": "mood"}, {"text": " "}, {"line": "closing"}, {"counterparty": "b"},
        {"minor": 100}, {"points": -5}, {"reference": "x" * 201},
    ],
)  # fmt: skip
def test_a_dispute_that_can_t_be_has_no_effect(
    settlement: Settlement, claim: dict[str, Any]
) -> None:
    with pytest.raises(InvalidBodyError):
        dispute(settlement, ANN, **claim)
    with settlement.alliance.desk.work(ANN) as work:
        assert disputes.listed(work) == []
    assert settlement.settling() == []


def test_a_partner_sees_and_disputes_its_own_statements_only(settlement: Settlement) -> None:
    with pytest.raises(StatementUnknownError):
        dispute(settlement, settlement.alliance.at("B"))
    opened = dispute(settlement, settlement.alliance.at("C"))
    with settlement.alliance.desk.work(settlement.alliance.at("B")) as work:
        assert disputes.listed(work) == []
        assert disputes.notes(work) == []
        assert payments.listed(work) == []
        with pytest.raises(DisputeUnknownError):
            disputes.withdraw(work, opened.id)


def test_whoever_opened_it_takes_it_back_and_another_person_decides(
    settlement: Settlement,
) -> None:
    of_c = settlement.alliance.at("C")
    asked = dispute(settlement, of_c)
    contested = dispute(settlement, ANN)
    with settlement.alliance.desk.work(of_c) as work:
        with pytest.raises(FourEyesError):
            disputes.resolve(work, asked.id, "credited", note="mine")
        with pytest.raises(FourEyesError):
            disputes.withdraw(work, contested.id)
    with settlement.alliance.desk.work(ANN) as work:
        with pytest.raises(FourEyesError):
            disputes.resolve(work, contested.id, "credited", note="mine")
        with pytest.raises(FourEyesError):
            disputes.withdraw(work, asked.id)
        for outcome, note in (("lapsed", "x"), ("upheld", " ")):
            with pytest.raises(InvalidBodyError):
                disputes.resolve(work, asked.id, outcome, note=note)
    with settlement.alliance.desk.work(of_c) as work:
        assert disputes.withdraw(work, asked.id).state == "withdrawn"
        with pytest.raises(DisputeClosedError):
            disputes.withdraw(work, asked.id)
        with pytest.raises(DisputeClosedError):
            disputes.add_evidence(work, asked.id, "late.txt", b"late")


def test_silence_accepts_a_statement_and_a_dispute_without_evidence_lapses(
    settlement: Settlement, clock: FixedClock
) -> None:
    silent, said = dispute(settlement, ANN), dispute(settlement, ANN, reference="ticket 7")
    shown = dispute(settlement, ANN, evidence=("till.csv", b"receipt,points\n7,500\n"))
    clock.now = datetime(2026, 6, 30, 15, 59, tzinfo=UTC)  # the last minute in Shanghai
    with settlement.alliance.desk.work(WORKER) as work:
        assert disputes.lapse(work) == 0
    clock.now = datetime(2026, 6, 30, 16, 0, tzinfo=UTC)
    with settlement.alliance.desk.work(WORKER) as work:
        assert disputes.lapse(work) == 1
        states = [disputes.find(work, each.id).state for each in (silent, said, shown)]
        assert states == ["lapsed", "open", "open"]
        until = shown.window_ends
        assert not disputes.accepted(work, settlement.statements["C"], until)
        assert disputes.accepted(work, settlement.statements["A"], until)
    with pytest.raises(DisputeWindowError):
        dispute(settlement, ANN, points=1)
    assert settlement.settling()[-1] == "disputes LIAB:dispute_hold:C AP:C +0 4.5"


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("a.pdf", b"%PDF-1.7 ...", "application/pdf"),
        ("a.png", b"\x89PNG\r\n\x1a\n.", "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0", "image/jpeg"), ("a.CSV", b"a,b\n", "text/csv"),
        ("page.html", b"<script>alert(1)</script>", "text/plain"), ("a.exe", b"MZ\x00\x01", None),
        ("a.txt", b"\xfe\xff", None), ("empty.pdf", b"", None), ("big", b"a" * 5_000_001, None),
    ],
)  # fmt: skip
def test_evidence_is_what_its_bytes_say(
    settlement: Settlement, name: str, data: bytes, media_type: str | None
) -> None:
    of_c = settlement.alliance.at("C")
    opened = dispute(settlement, of_c)
    with settlement.alliance.desk.work(of_c) as work:
        if media_type is None:
            with pytest.raises(InvalidBodyError):
                disputes.add_evidence(work, opened.id, name, data)
            return
        assert disputes.add_evidence(work, opened.id, f"../{name}", data) == 1
        assert disputes.add_evidence(work, opened.id, "again", data) == 1
        kept = disputes.evidence_of(work, opened.id, 1)
        assert (kept.name, kept.media_type, kept.content) == (f"..{name}", media_type, data)
    with (
        settlement.alliance.desk.work(settlement.alliance.at("B")) as work,
        pytest.raises(DisputeUnknownError),
    ):
        disputes.evidence_of(work, opened.id, 1)


def test_asked_twice_it_is_opened_once(settlement: Settlement) -> None:
    claim = Claim("burned", points=500, reason="points", text="Never seen.")
    opened = dispute(settlement, ANN)
    with settlement.alliance.desk.work(ANN) as work:
        again = disputes.open_dispute(work, settlement.statements["C"], claim, dispute_id=opened.id)
    assert again == opened
    assert len(settlement.settling()) == 1


def test_of_two_people_who_decide_at_once_one_wins(settlement: Settlement) -> None:
    """A storm over four disputes: one outcome each, and no number is missing."""
    opened = [dispute(settlement, ANN) for _ in range(4)]

    def decide(each: Dispute, who: str, outcome: str) -> Callable[[], str]:
        def one() -> str:
            try:
                return resolve(settlement, Actor(f"staff:{who}"), each, outcome).state
            except DisputeClosedError:
                return "late"

        return one

    deeds = [
        decide(each, f"{n}", outcome)
        for each in opened
        for n, outcome in enumerate(("upheld", "credited", "credited"))
    ]
    with ThreadPoolExecutor(6) as pool:
        came = list(pool.map(lambda deed: deed(), deeds))
    for n, each in enumerate(opened):
        won = [state for state in came[3 * n : 3 * n + 3] if state != "late"]
        with settlement.alliance.desk.work(ANN) as work:
            assert won == [disputes.find(work, each.id).state]
    with settlement.alliance.desk.work(ANN) as work:
        numbers = sorted(each.no for each in disputes.notes(work))
        with pytest.raises(CreditNoteUnknownError):
            disputes.note_of(work, opened[0].id)
    assert numbers == [f"CN-2026-{n + 1:06d}" for n in range(came.count("credited"))]
    assert len(settlement.settling()) == 8
    assert settlement.balance() == 0


def test_both_sides_are_told(settlement: Settlement) -> None:
    resolve(settlement, BOB, dispute(settlement, ANN), "upheld")
    with settlement.alliance.desk.work(WORKER) as work:
        told = work.rows(
            "SELECT topic, facts->>'amount', facts->>'state', partner_id FROM outbox"
            " WHERE topic LIKE 'dispute.%%' ORDER BY id"
        )
    of_c = settlement.alliance.partners["C"]
    assert [tuple(row) for row in told] == [
        ("dispute.opened", "4.50", "open", of_c),
        ("dispute.resolved", "4.50", "upheld", of_c),
    ]
    assert minor_of(D("4.5"), "CNY") == 450
