"""Agreements, terms, rates and taxes from the command line: one proposes, another approves."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stoa.cli import cli
from stoa.cli.desk import open_desk
from stoa.config import Settings
from stoa.models.identity import Staff
from stoa.services import identity
from stoa.values.identifiers import new_uuid
from stoa.work import Actor

PASSWORD = "lantern-river-42-fox"
Run = Callable[..., str]


@pytest.fixture
def run(settings: Settings) -> Run:
    """Return what runs a command on a database with a partner and two people."""

    def run(*words: str, ends: int = 0) -> str:
        result: Result = CliRunner().invoke(cli, words)
        assert result.exit_code == ends, result.output
        return result.output

    run("programme", "set", "--name", "Stars")
    run("partner", "add", "grocery", "Corner Grocery")
    hashed = identity.hash_secret(PASSWORD)
    with open_desk(settings) as desk, desk.work(Actor("cli")) as work:
        work.session.add_all(
            Staff(
                id=new_uuid(), email=f"{name}@stoa.example", name=name.title(), role="finance",
                active=True, password_hash=hashed, created_at=work.now(),
            )
            for name in ("ann", "ben")
        )  # fmt: skip
    return run


def by(name: str) -> tuple[str, ...]:
    """Return the options of a person."""
    return ("--as", f"{name}@stoa.example", "--password", PASSWORD)


def proposal_in(told: str) -> str:
    """Return the id of the proposal that is told of."""
    return str(re.findall(r"agp_\w+", told)[0])


def test_a_price_is_proposed_and_approved_by_two(run: Run) -> None:
    made = proposal_in(run("partner", "agree", "grocery", "--issue-price", "0.0132", *by("ann")))
    assert "0.0132 / 0.009" in run("partner", "proposals")
    assert "FOUR_EYES" in run("partner", "approve", made, *by("ann"), ends=1)
    assert run("partner", "approve", made, *by("ben")) == "Version 2 is agreed.\n"
    assert run("partner", "proposals") == "Nothing waits.\n"
    assert "Ann / Ben" in run("partner", "proposals", "grocery")
    assert "PROPOSAL_CLOSED" in run(
        "partner", "decline", made, "--reason", "no", *by("ben"), ends=1
    )


def test_clauses_come_from_a_file_and_the_rest_stays(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "terms.toml"
    file.write_text('funding = "credit"\ncredit_limit_minor = 20000\nreturn_days = 60\n')
    made = proposal_in(run("partner", "agree", "grocery", "--terms", str(file)))
    run("partner", "approve", made, *by("ben"))
    again = run("partner", "agree", "grocery", "--reimbursement-rate", "0.01", *by("ann"))
    run("partner", "decline", proposal_in(again), "--reason", "too dear", *by("ben"))
    own = proposal_in(run("partner", "agree", "grocery", "--issue-price", "1", *by("ben")))
    run("partner", "decline", own, "--reason", "mine", *by("ben"))
    states = run("partner", "proposals", "grocery")
    assert all(state in states for state in ("approved", "declined", "withdrawn"))
    run("partner", "add", "cinema", "Reel", "--terms", str(file), ends=1)  # days are options there
    file.write_text('funding = "credit"\nfees = 1\n')
    told = run("partner", "agree", "grocery", "--terms", str(file), ends=1)
    assert "fees: There is no such name here" in told
    assert "This is no TOML" in _of(run, file, "funding = credit")
    assert "issue_price: Write a number" in run(
        "partner", "agree", "grocery", "--issue-price", "much", ends=1
    )
    run("partner", "approve", "adj_x", *by("ben"), ends=1)


def _of(run: Run, file: Path, text: str) -> str:
    file.write_text(text)
    return run("partner", "agree", "grocery", "--terms", str(file), ends=1)


def test_a_partner_comes_in_with_clauses(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "clauses.toml"
    file.write_text('settlement_currency = "HKD"\nfee_redeeming = "0.001"\n')
    run("partner", "add", "cinema", "Reel", "--terms", str(file))


def test_terms_are_founded_once_and_then_changed_by_two(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "terms.toml"
    file.write_text('mode = "POOL"\nseries = "HM"\n[operator]\nname = "Harbour Mall Ltd"\n')
    assert "holds from" in run("settle", "terms", "propose", str(file))
    assert "Harbour Mall Ltd" in run("settle", "terms", "show")
    file.write_text('mode = "ISSUER_PAYS"\neffective_from = "2999-01"\n')
    assert "Version 2 waits" in run("settle", "terms", "propose", str(file), *by("ann"))
    assert "FOUR_EYES" in run("settle", "terms", "approve", "2", *by("ann"), ends=1)
    run("settle", "terms", "approve", "2", *by("ben"))
    run("settle", "terms", "propose", str(file), *by("ann"))
    run("settle", "terms", "decline", "3", *by("ben"))
    told = run("settle", "terms", "show")
    assert "mode         POOL" in told
    assert "ISSUER_PAYS" in told
    assert "declined" in told
    file.write_text('mode = "BOTH"\n')
    assert "mode: Choose one of" in run("settle", "terms", "propose", str(file), ends=1)
    file.write_text("mode = BOTH")
    run("settle", "terms", "propose", str(file), ends=1)


def test_rates_are_imported_all_or_none(run: Run, tmp_path: Path) -> None:
    assert run("settle", "rates", "list") == "No rates yet.\n"
    file = tmp_path / "rates.csv"
    head = "business_date,base,quote,rate,source\n2026-05-29,CNY,HKD,1.0800,HKMA\n"
    file.write_text(f"{head}2026-05-30,CNY,HKD,none,HKMA\n")
    told = run("settle", "rates", "import", str(file), ends=1)
    assert "line 3: Write the rate as a plain number" in told
    assert run("settle", "rates", "list") == "No rates yet.\n"
    file.write_text(head)
    assert run("settle", "rates", "import", str(file)) == "1 rates are kept.\n"
    assert "1.08 HKD" in run("settle", "rates", "list")


def test_taxes_are_entered_from_a_day_on(run: Run) -> None:
    assert run("settle", "taxes", "list") == "No taxes yet.\n"
    run("settle", "taxes", "set", "VAT6", "Value added tax", "6", "--since", "2026-01-01")
    assert "2026-01-01" in run("settle", "taxes", "list")
    run("settle", "taxes", "set", "VAT6", "Value added tax", "six", ends=1)
    run("settle", "taxes", "set", "VAT6", "Value added tax", "9", "--since", "2026-01-01", ends=1)
