"""Periods close by ledger position, statements freeze, positions add up to zero (economics §3)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from clearings import WORKER, Alliance, an_alliance
from stoa.errors import (
    FxRateMissingError,
    PeriodNotNextError,
    PeriodNotOverError,
    StatementUnknownError,
)
from stoa.services import clearing, journal, rates
from stoa.services.rates import Quote
from stoa.values.clearing.clauses import Clauses, Mode
from stoa.values.clearing.statements import Statement
from stoa.work import Actor
from world import Coalition, FixedClock, Someone

D = Decimal
MAY, JUNE = "2026-05", "2026-06"


@pytest.fixture
def alliance(coalition: Coalition, database: str) -> Alliance:
    return an_alliance(coalition, database)


@pytest.fixture
def lived(alliance: Alliance, clock: FixedClock) -> Iterator[Alliance]:
    """Live the May of §3.3, and let June begin."""
    a_may(alliance, clock)
    clock.now = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
    yield alliance
    assert alliance.differences() == []


def a_may(alliance: Alliance, clock: FixedClock) -> Someone:
    ada = alliance.coalition.a_member()
    alliance.issue("A", ada, 10_000)
    clock.move(days=1)
    alliance.issue("B", ada, 9_000)
    alliance.take_back("B", alliance.issue("B", ada, 1_000))
    alliance.burn("C", ada, 8_000)
    alliance.burn("A", ada, 4_000)
    return ada


def close(alliance: Alliance, period: str = MAY) -> dict[str, Statement]:
    """Close a period; return its statements by letters, ``O`` for the operator."""
    alliance.log()
    with alliance.desk.work(WORKER) as work:
        done = clearing.close(work, period)
    return {alliance.letter(each.partner_id): each.statement for each in done.statements}


def told(statement: Statement) -> list[str]:
    """Return the lines of a statement in words."""
    return [
        f"{each.line} {each.counterparty or 'operator'} {each.points:+d} "
        f"{each.minor / 100:.2f}{' memo' if each.memo else ''}"
        for each in statement.lines
    ]


def test_the_statements_of_3_3(lived: Alliance) -> None:
    found = close(lived)
    assert {name: told(each) for name, each in found.items()} == {
        "A": ["issued operator +10000 120.00", "burned operator -4000 -36.00"],
        "B": ["issued operator +10000 120.00", "clawback operator -1000 -12.00"],
        "C": ["burned operator -8000 -72.00"],
        "O": [
            "issued a +10000 -120.00",
            "issued b +10000 -120.00",
            "clawback b -1000 12.00",
            "burned a -4000 36.00",
            "burned c -8000 72.00",
        ],
    }
    closings = {name: each.closing_minor for name, each in found.items()}
    assert closings == {"A": 8400, "B": 10800, "C": -7200, "O": -12000}
    assert sum(closings.values()) == 0
    assert found["B"].points.closing == 7_000
    assert found["A"].lines[0].rate == D("0.012")
    assert found["A"].lines[0].first_place == 0
    assert found["A"].due == date(2026, 7, 1)
    debits = {name: each[0] - each[1] for name, each in lived.balances().items()}
    assert debits == {
        "AR:A": 120, "AR:B": 108, "COST:redemption": 108, "AP:A": -36, "AP:C": -72,
        "LIAB:deferred_points": -48, "REV:points": -180,
    }  # fmt: skip
    assert sum(each for each in debits.values() if each > 0) == 336
    assert [each.no for each in found.values()] == [
        f"STM-2026-00000{n}" for n in range(1, 5)
    ]  # fmt: skip


def test_issuers_pay_each_other_in_3_5(lived: Alliance) -> None:
    lived.clear_by(Mode.ISSUER_PAYS)
    found = close(lived)
    assert told(found["A"]) == [
        "issued operator +10000 0.00",
        "burned b -2000 -18.00",
        "burned c -8000 72.00",
        "burned a -2000 0.00 memo",
    ] or told(found["A"]) == [
        "issued operator +10000 0.00",
        "burned a -2000 0.00 memo",
        "burned b -2000 -18.00",
        "burned c -8000 72.00",
    ]
    assert {name: each.closing_minor for name, each in found.items()} == {
        "A": 5400, "B": 1800, "C": -7200, "O": 0,
    }  # fmt: skip


def test_closing_again_changes_nothing_and_tells_the_same(lived: Alliance) -> None:
    first = close(lived)
    with lived.desk.work(WORKER) as work:
        again = clearing.close(work, MAY)
        entries = work.rows("SELECT count(*) FROM money_entries")[0][0]
    assert again.again
    assert [each.document for each in again.statements] == [
        each.canonical.decode() for each in first.values()
    ]
    with lived.desk.work(WORKER) as work:
        assert list(clearing.verify(work, MAY)) == []
        clearing.close(work, MAY)
        assert work.rows("SELECT count(*) FROM money_entries")[0][0] == entries


def test_what_comes_late_falls_into_the_next_period_with_its_own_day(
    lived: Alliance, clock: FixedClock
) -> None:
    bob = lived.coalition.a_member("Bob")
    early = close(lived)
    late = clock.now
    clock.now = datetime(2026, 6, 2, 4, 0, tzinfo=UTC)
    lived.issue_on("A", bob, 100, datetime(2026, 5, 30, 4, 0, tzinfo=UTC))
    clock.now = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)
    found = close(lived, JUNE)
    assert late
    assert found["A"].opening_minor == early["A"].closing_minor == 8400
    assert told(found["A"]) == ["issued operator +100 1.20"]
    assert found["A"].lines[0].late == (date(2026, 5, 30),)
    assert found["C"].opening_minor == found["C"].closing_minor == -7200
    assert found["A"].points.opening == early["A"].points.closing
    assert sum(each.closing_minor for each in found.values()) == 0
    with lived.desk.work(WORKER) as work:
        assert list(clearing.verify(work, MAY)) == []
        assert list(clearing.verify(work, JUNE)) == []


def test_periods_close_in_their_order_and_after_their_end(
    alliance: Alliance, clock: FixedClock
) -> None:
    a_may(alliance, clock)
    with pytest.raises(PeriodNotOverError):
        close(alliance)
    clock.now = datetime(2026, 7, 2, 4, 0, tzinfo=UTC)
    with pytest.raises(PeriodNotNextError) as refused:
        close(alliance, JUNE)
    assert refused.value.members == {"next_period": MAY}
    close(alliance)
    assert close(alliance, JUNE)["A"].lines == ()


def test_lines_are_rounded_once_and_the_rest_is_on_one_account_in_3_13(
    coalition: Coalition, database: str, clock: FixedClock
) -> None:
    alliance = an_alliance(coalition, database, issue_price=D("0.0123"))
    ada = coalition.a_member()
    for _ in range(3):
        alliance.issue("A", ada, 37)
    clock.now = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
    found = close(alliance)
    assert (found["A"].lines[0].amount, found["A"].closing_minor) == (D("1.3653"), 137)
    assert alliance.balances()["ROUNDING"] == (D(0), D("0.0047"))
    assert alliance.nets() == {"A": D("1.37"), "O": D("-1.37")}


def test_tax_is_reckoned_on_each_line_in_3_10(
    coalition: Coalition, database: str, clock: FixedClock
) -> None:
    """6 % of 108.00 are 6.48, together 114.48; the redeemer's tax is the operator's to pay."""
    taxed = Clauses(tax_issue="vat6", tax_redemption="vat6")
    alliance = an_alliance(coalition, database, dict.fromkeys("BC", taxed))
    with alliance.desk.work(Actor("cli")) as work:
        rates.enter_tax(work, "vat6", "VAT", D("0.06"), effective_from=date(2026, 1, 1))
    ada = coalition.a_member()
    alliance.issue("B", ada, 9_000)
    alliance.burn("C", ada, 1_000)
    clock.now = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
    found = close(alliance)
    assert told(found["B"]) == ["issued operator +9000 108.00", "tax operator +0 6.48"]
    assert found["B"].closing_minor == 114_48
    assert [each.tax_code for each in found["B"].lines] == ["vat6", "vat6"]
    assert told(found["C"]) == ["burned operator -1000 -9.00", "tax operator +0 -0.54"]
    assert alliance.balances()["TAX:output"] == (D(0), D("6.48"))
    assert alliance.balances()["TAX:input"] == (D("0.54"), D(0))
    assert sum(each.closing_minor for each in found.values()) == 0


def test_a_partner_settles_in_its_money_at_the_rate_of_the_last_day_in_3_10(
    coalition: Coalition, database: str, clock: FixedClock
) -> None:
    clauses = {"B": Clauses(settlement_currency="HKD")}
    alliance = an_alliance(coalition, database, clauses)
    alliance.issue("B", coalition.a_member(), 9_000)
    clock.now = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
    with pytest.raises(FxRateMissingError):
        close(alliance)
    with alliance.desk.work(Actor("cli")) as work:
        rates.enter_rates(work, [Quote("CNY", "HKD", D("1.0800"), date(2026, 5, 29), "test")])
    found = close(alliance)["B"]
    assert (found.closing_minor, found.settlement_minor) == (108_00, 116_64)
    assert found.fx is not None
    assert found.fx.rate == D("1.08")


def test_statements_are_the_same_in_whatever_batches_the_log_was_booked(
    lived: Alliance,
) -> None:
    lived.book(limit=1)
    one_by_one = {name: each.sha256 for name, each in close(lived).items()}
    lived.forget_money()
    lived.book(limit=1000)
    assert {name: each.sha256 for name, each in close(lived).items()} == one_by_one


def test_positions_follow_before_anything_is_closed(lived: Alliance) -> None:
    lived.book()
    with lived.desk.work(WORKER) as work:
        live = {lived.letter(each.partner_id): each for each in clearing.positions(work)}
        owed = [
            (lived.letter(each.debtor), lived.letter(each.creditor), each.amount)
            for each in clearing.matrix(work)
        ]
    assert {name: each.net for name, each in live.items()} == {
        "A": 84, "B": 108, "C": -72, "O": -120,
    }  # fmt: skip
    assert live["A"].opening == 0
    assert live["A"].behind == 0
    assert owed == [
        ("A", "O", D(120)), ("B", "O", D(120)), ("O", "A", D(36)), ("O", "B", D(12)),
        ("O", "C", D(72)),
    ]  # fmt: skip
    close(lived)
    with lived.desk.work(WORKER) as work:
        after = clearing.position_of(work, lived.partners["A"])
    assert (after.period, after.opening, after.net, after.lines) == (JUNE, D(84), D(84), ())


def test_a_partner_sees_its_own_statements_and_sides_only(lived: Alliance) -> None:
    frozen = close(lived)
    with lived.desk.work(lived.at("A")) as work:
        mine = clearing.statements_of(work)
        assert [each.no for each in mine] == [frozen["A"].no]
        assert clearing.statement(work, frozen["A"].id).sha256 == frozen["A"].sha256
        for other in ("C", "O"):
            with pytest.raises(StatementUnknownError):
                clearing.statement(work, frozen[other].id)
        with pytest.raises(StatementUnknownError):
            clearing.statement(work, "stm_none")
        entries = journal.entries_of(work, "STAR", MAY)
        assert {lived.partners["A"]} == {each.debtor or each.creditor for each in entries}
        assert clearing.position_of(work, lived.partners["A"]).net == 84


def test_a_statement_that_was_tampered_with_is_named(lived: Alliance) -> None:
    close(lived)
    lived.tamper("UPDATE statements SET document = replace(document, '84.00', '48.00')")
    with lived.desk.work(WORKER) as work:
        assert {each.no for each in clearing.verify(work, MAY)} == {
            "STM-2026-000001",
        }  # fmt: skip
    lived.tamper("UPDATE statements SET document = replace(document, '48.00', '84.00')")
    lived.tamper("UPDATE money_entries SET amount = amount + 1 WHERE line = 'burned'")
    with lived.desk.work(WORKER) as work:
        assert list(clearing.verify(work, MAY))
    lived.tamper("UPDATE money_entries SET amount = amount - 1 WHERE line = 'burned'")


def test_a_frozen_statement_keeps_the_name_of_its_day(lived: Alliance) -> None:
    close(lived)
    lived.tamper("UPDATE partners SET name = 'Renamed'")
    with lived.desk.work(WORKER) as work:
        assert list(clearing.verify(work, MAY)) == []
        again = clearing.close(work, MAY)
    assert again.statements[0].statement.partner.name == "Partner A"
    assert replace(again.statements[0].statement, id="x").sha256 == again.statements[0].sha256
