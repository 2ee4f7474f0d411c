"""Periods that are closed, disputed, paid and closed again: all positions add up to nothing."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from click.testing import CliRunner

from clearings import WORKER, Alliance, an_alliance
from stoa.cli import cli
from stoa.services import clearing, disputes, journal, payments
from stoa.services.disputes import Claim
from stoa.values.clearing.statements import Statement
from stoa.values.identifiers import public_id
from stoa.work import Actor
from world import Coalition, FixedClock

ANN, BOB = Actor("staff:ann"), Actor("staff:bob")


@pytest.fixture
def alliance(coalition: Coalition, database: str, clock: FixedClock) -> Alliance:
    """Return the closed May of A, who issued 10,000, and C, where 8,000 were redeemed."""
    found = an_alliance(coalition, database)
    ada = coalition.a_member()
    found.issue("A", ada, 10_000)
    found.burn("C", ada, 8_000)
    found.log()
    close(found, clock, "2026-05")
    return found


def close(alliance: Alliance, clock: FixedClock, period: str) -> None:
    """Close a month on the fifth day after it."""
    year, month = int(period[:4]), int(period[5:])
    clock.now = datetime(year, month + 1, 5, 4, 0, tzinfo=UTC)
    with alliance.desk.work(WORKER) as work:
        clearing.close(work, period)


def paper(alliance: Alliance, period: str, letter: str) -> Statement:
    with alliance.desk.work(WORKER) as work:
        for each in clearing.statements_of(work, period=period):
            if each.partner_id == alliance.partners[letter]:
                return Statement.read(public_id("stm", each.id), clearing_document(each.document))
    raise AssertionError(letter)


def clearing_document(text: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(text)
    return found


def nothing_is_lost(alliance: Alliance) -> None:
    with alliance.desk.work(WORKER) as work:
        assert list(journal.replay(work)) == []
        for each in clearing.periods(work, "STAR"):
            assert list(clearing.verify(work, each.period, currency="STAR")) == []
            sums = journal.trial_balance(work, "STAR", period=each.period)
            assert sum((one.debit - one.credit for one in sums), Decimal(0)) == 0
    closings = [
        sum(each.closing_minor for each in statements)
        for statements in by_period(alliance).values()
    ]
    assert closings == [0] * len(closings)


def by_period(alliance: Alliance) -> dict[str, list[Statement]]:
    found: dict[str, list[Statement]] = {}
    with alliance.desk.work(WORKER) as work:
        for each in clearing.statements_of(work):
            found.setdefault(each.period, []).append(
                Statement.read(public_id("stm", each.id), clearing_document(each.document))
            )
    return found


@pytest.mark.parametrize(("outcome", "opening"), [("upheld", -450), ("credited", 0)])
def test_a_disputed_period_is_paid_and_the_next_one_settles_the_rest(
    alliance: Alliance, clock: FixedClock, outcome: str, opening: int
) -> None:
    with alliance.desk.work(ANN) as work:
        c_owed = paper(alliance, "2026-05", "C")
        (statement_id,) = [
            each.id for each in clearing.statements_of(work, period="2026-05")
            if each.no == c_owed.no
        ]  # fmt: skip
        claim = Claim("burned", points=500, reason="points", text="Not at our tills.")
        opened = disputes.open_dispute(work, statement_id, claim)
    with alliance.desk.work(ANN) as work:
        paid = {each.partner_code: each for each in payments.propose(work, "STAR", "2026-05")}
        assert {code: each.minor for code, each in paid.items()} == {"a": 12_000, "c": 6_750}
        for each in paid.values():
            payments.record(work, each.id, bank_date=date(2026, 6, 5))
    with alliance.desk.work(BOB) as work:
        disputes.resolve(work, opened.id, outcome, note="looked at")
    close(alliance, clock, "2026-06")
    june = paper(alliance, "2026-06", "C")
    assert (june.opening_minor, june.closing_minor) == (-7_200, opening)
    with alliance.desk.work(ANN) as work:
        rest = list(payments.propose(work, "STAR", "2026-06"))
    assert [(each.direction, each.minor) for each in rest] == ([("out", 450)] if opening else [])
    nothing_is_lost(alliance)


def test_a_lie_about_a_payment_or_a_dispute_is_replayed_and_found(alliance: Alliance) -> None:
    with alliance.desk.work(ANN) as work:
        statement = next(each for each in clearing.statements_of(work) if each.closing_minor < 0)
        claim = Claim("burned", points=500, reason="points", text="Not at our tills.")
        opened = disputes.open_dispute(work, statement.id, claim)
        paid = payments.propose(work, "STAR", "2026-05")[0]
        payments.record(work, paid.id, bank_date=date(2026, 6, 5))
    assert alliance.differences() == []
    payment, dispute = f"payment {paid.reference}", f"dispute {opened.id}"
    for lie, truth, where, wrongs in (
        ("payments SET cleared_minor = 1", "payments SET cleared_minor = cash_minor", payment,
         {"missing", "foreign"}),
        ("disputes SET owes = true", "disputes SET owes = false", dispute, {"missing", "foreign"}),
        ("disputes SET state = 'upheld', decided_at = now()",
         "disputes SET state = 'open', decided_at = NULL", dispute, {"missing"}),
        ("money_entries SET period = '2026-07' WHERE source = 'payment' AND n = 0",
         "money_entries SET period = '2026-06' WHERE source = 'payment'", payment, {"misplaced"}),
    ):  # fmt: skip
        alliance.tamper(f"UPDATE {lie}")
        found = alliance.differences()
        assert {(each.where, each.wrong) for each in found} >= {(where, one) for one in wrongs}
        assert {each.where for each in found} <= {payment, dispute, where}
        alliance.tamper(f"UPDATE {truth}")
    assert alliance.differences() == []


def test_the_command_line_pays_records_and_lists(
    alliance: Alliance, settings: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    run = _runner()
    with alliance.desk.work(ANN) as work:
        waiting = payments.propose(work, "STAR", "2026-05")
    assert waiting[0].reference in run("settle", "pay", "2026-05")
    reference = waiting[0].reference
    bank = tmp_path_factory.mktemp("bank") / "bank.csv"
    bank.write_text(f"date,amount,reference\n2026-05-31,120.00,{reference}\n")
    assert "matched" in run("settle", "record", str(bank), "--dry-run")
    assert "is settled on 2026-05-31" in run("settle", "record", reference, "--on", "2026-05-31")
    assert "twice" in run("settle", "record", str(bank))
    assert "statement" in run("settle", "disputes", "--state", "open")
    assert "PAYMENT_UNKNOWN" in run("settle", "record", "STOA", good=False)


def _runner() -> Callable[..., str]:
    def run(*words: str, good: bool = True) -> str:
        done = CliRunner().invoke(cli, list(words))
        assert (done.exit_code == 0) == good, done.output
        return done.output

    return run
