"""``stoa ledger replay``: what comes out equal, what differs and is named, what is refused."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from stoa import hookimpl
from stoa.cli import cli
from stoa.cli.desk import open_desk
from stoa.config import Settings
from stoa.services import earning, rosters
from stoa.services.earning import Report, ReportLine
from stoa.services.members import Token
from stoa.values.facts import EarnLine, Purchase
from stoa.values.identifiers import public_id
from stoa.work import Actor, Key

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings) -> Run:
    """Return what runs a command on this test's database; it must end as expected."""
    assert settings.secret_key

    def run(*words: str, ends: int = 0) -> Result:
        result = CliRunner().invoke(cli, words)
        assert result.exit_code == ends, result.output
        return result

    return run


@pytest.fixture
def earned(run: Run, settings: Settings, database: str) -> str:
    """Return the public id of a purchase of 100.00 at a partner g."""
    run("db", "upgrade")
    run("partner", "add", "g", "Grocery")
    run("partner", "store", "g", "main", "Main", "--site", "m", "--zone", "Asia/Shanghai")
    _earn(settings, run("member", "enrol", "Ada").output.strip())
    found: UUID = _execute(database, "SELECT id FROM purchases")[0][0]
    return public_id("pur", found)


def test_what_was_earned_comes_out_again(run: Run, earned: str) -> None:
    run("partner", "store", "g", "other", "Other", "--site", "m")
    run("programme", "set", "--months", "1")
    told = "1 purchases: 1 come out as they stand, 0 differ, 0 can't be replayed."
    assert told in run("ledger", "replay", earned).output
    assert told in run("ledger", "replay", "--all", "--partner", "g").output
    later = run("ledger", "replay", "--all", "--since", "2099-01-01").output
    assert "0 purchases:" in later


def test_a_point_too_many_is_found_and_named(run: Run, earned: str, database: str) -> None:
    _execute(
        database,
        "UPDATE transactions SET explanation = jsonb_set(explanation, '{lines,0}',"
        ' explanation #> \'{lines,0}\' || \'{"points": 101, "reason": "[/b]"}\')',
    )
    output = run("ledger", "replay", earned, ends=1).output
    assert earned in output
    assert "explanation 1" in output
    assert "101" in output
    assert "the explanation was changed" in output
    assert "[/b]" in output
    assert "1 purchases come out otherwise than they stand." in output


def test_changed_rules_are_named_with_their_version(
    run: Run, earned: str, settings: Settings, database: str
) -> None:
    _earn(settings, _execute(database, "SELECT value FROM identifiers")[0][0], "R-2")
    _execute(
        database,
        "UPDATE partner_versions SET settings = settings || '{\"base_rate\": 2000}',"
        " plugin_version = '0.0.1'",
    )
    output = run("ledger", "replay", "--all", ends=1).output
    assert "Every purchase of g at version 2 differs: look there." in output
    assert "standard was 0.0.1 and is" in output


def test_plg_16_a_broken_upgrade_is_seen_before_it_serves(
    run: Run, earned: str, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("plugin", "try", "standard", "--days", "366")
    good = "g: 1 purchases asked again, 1 come out as they stand, 0 differ, 0 fail."
    assert good in run(*asked).output
    with monkeypatch.context() as upgraded:
        upgraded.setattr("stoa_standard.earn_lines", _broken)
        output = run(*asked, ends=1).output
    assert "0 differ, 1 fail." in output
    assert "1 purchases would come out otherwise, or not at all." in output
    with monkeypatch.context() as upgraded:
        upgraded.setattr("stoa_standard.earn_lines", _generous)
        output = run(*asked, ends=1).output
    assert "1 differ, 0 fail." in output
    assert earned in output
    assert "777" in output
    counted = _execute(database, "SELECT sum(points) FROM postings WHERE account = 'issued'")
    assert counted != [(777,)], "nothing was written"
    assert "No plugin magic" in run("plugin", "try", "magic", ends=1).output


@hookimpl
def _broken(purchase: Purchase) -> list[EarnLine]:
    raise RuntimeError(purchase.store)


@hookimpl
def _generous(purchase: Purchase) -> list[EarnLine]:
    return [EarnLine(777, "base", f"{len(purchase.lines)} lines")]


def test_a_machine_reads_it_as_json(run: Run, earned: str, database: str) -> None:
    told = json.loads(run("ledger", "replay", "--all", "--json").output)
    assert (told["purchases"], told["equal"], told["findings"]) == (1, 1, [])
    _execute(database, "UPDATE postings SET price = 1 WHERE seq = 1")
    told = json.loads(run("ledger", "replay", "--all", "--json", ends=1).output)
    (finding,) = told["findings"]
    assert (finding["purchase"], finding["suspect"]) == (earned, "postings")
    assert finding["differences"] == [
        {
            "where": "postings", "line": 1, "field": "price",
            "stored": "1.000000", "recomputed": "0.012000",
        }
    ]  # fmt: skip


def test_what_can_not_be_replayed_is_told_and_is_no_failure(
    run: Run, earned: str, database: str
) -> None:
    _execute(database, "UPDATE partner_versions SET plugin = 'magic'")
    output = run("ledger", "replay", earned).output
    assert "1 can't be replayed" in output
    assert "its plugin is not installed any more" in output
    _execute(database, "UPDATE partner_versions SET plugin = 'standard'")
    _execute(database, "UPDATE transactions SET explanation = explanation - 'rank'")
    assert "1 of before rank was kept" in run("ledger", "replay", earned).output


def test_what_is_asked_for_must_be_clear(run: Run) -> None:
    assert "give --all" in run("ledger", "replay", ends=2).output
    assert "give --all" in run("ledger", "replay", "pur_1", "--all", ends=2).output
    assert "PURCHASE_UNKNOWN" in run("ledger", "replay", "pur_1", ends=1).output
    missing = run("ledger", "replay", "--all", "--partner", "x", ends=1).output
    assert "No partner has the code x." in missing


def _execute(database: str, statement: str) -> list[tuple[Any, ...]]:
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        rows = [tuple(row) for row in result] if result.returns_rows else []
    engine.dispose()
    return rows


def _earn(settings: Settings, card: str, receipt: str = "R-1") -> None:
    line = ReportLine(1, "BREAD", "", 1000, "ea", 10_000)
    report = Report(Token("card", card), "main", "t1", receipt, datetime.now(UTC), "CNY", (line,))
    with open_desk(settings) as desk:
        with desk.work(Actor("test")) as work:
            partner_id = rosters.find_partners(work)[0].id
        with desk.work(Actor("test", partner_id)) as work:
            earning.earn(work, report, key=Key(receipt, b"f"))
