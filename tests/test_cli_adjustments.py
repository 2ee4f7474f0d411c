"""``stoa member adjust``, ``stoa adjustment`` and ``stoa import openings``: told, done, refused."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from openings import a_file, a_line
from stoa.cli import cli
from stoa.cli.desk import open_desk
from stoa.config import Settings
from stoa.models.identity import Staff
from stoa.services import identity
from stoa.values.identifiers import new_uuid
from stoa.work import Actor

PASSWORD = "lantern-river-42-fox"
CARD = "9900000000000002"
Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings) -> Run:
    """Return what runs a command on a database with points, a member and three people."""

    def run(*words: str, ends: int = 0, given: str | None = None) -> Result:
        result = CliRunner().invoke(cli, words, input=given)
        assert result.exit_code == ends, result.output
        return result

    run("programme", "set", "--name", "Stars")
    run("member", "enrol", "Ada", "--card", CARD)
    hashed = identity.hash_secret(PASSWORD)
    with open_desk(settings) as desk, desk.work(Actor("cli")) as work:
        work.session.add_all(
            Staff(
                id=new_uuid(), email=f"{name}@stoa.example", name=name.title(), role=role,
                active=True, password_hash=hashed, created_at=work.now(),
            )
            for name, role in (("eve", "admin"), ("ben", "admin"), ("oskar", "auditor"))
        )  # fmt: skip
    return run


def by(name: str) -> tuple[str, ...]:
    """Return the options of a person."""
    return ("--as", f"{name}@stoa.example", "--password", PASSWORD)


def test_few_points_are_posted_at_once(run: Run) -> None:
    why = ("--reason", "goodwill", "--note", "late bus")
    told = run("member", "adjust", CARD, "500", *why, *by("eve")).output
    assert told == "+500 STAR; 500 are available now.\n"
    told = run("member", "adjust", CARD, "-20", *why, *by("eve")).output
    assert told == "-20 STAR; 480 are available now.\n"
    assert (
        "INSUFFICIENT_POINTS"
        in run("member", "adjust", CARD, "-481", *why, *by("eve"), ends=1).output
    )
    assert "goodwill: late bus" in run("adjustment", "list", "--decided").output


def test_many_points_wait_for_a_second_person(run: Run) -> None:
    assert run("adjustment", "list").output == "Nothing waits.\n"
    assert run("adjustment", "list", "--decided").output == "Nothing yet.\n"
    why = ("--reason", "campaign", "--note", "a prize")
    told = run("member", "adjust", CARD, "9000", *why, *by("eve")).output
    adjustment = told.split()[-1]
    assert re.fullmatch(r"adj_\w+", adjustment)
    assert adjustment in run("adjustment", "list").output
    own = run("adjustment", "approve", adjustment, *by("eve"), ends=1).output
    assert "code FOUR_EYES" in own
    told = run("adjustment", "approve", adjustment, "--note", "seen", *by("ben")).output
    assert told == f"{adjustment} is posted: +9000 STAR for Ada.\n"
    again = run("adjustment", "reject", adjustment, "--reason", "no", *by("ben"), ends=1).output
    assert "code ADJUSTMENT_CLOSED" in again
    told = run("adjustment", "reverse", adjustment, "--note", "no prize", *by("ben")).output
    reversal = told.split()[0]
    told = run("adjustment", "reject", reversal, "--reason", "it was one", *by("eve")).output
    assert "is rejected: -9000 STAR" in told


@pytest.mark.parametrize(
    ("name", "password", "told"),
    [
        ("oskar", PASSWORD, "The role auditor may not"),
        ("eve", "wrong", "don't belong together"),
        ("nobody", PASSWORD, "don't belong together"),
    ],
)
def test_only_operators_who_say_who_they_are_adjust(
    run: Run, name: str, password: str, told: str
) -> None:
    words = ("member", "adjust", CARD, "1", "--reason", "other", "--note", "x")
    refused = run(*words, "--as", f"{name}@stoa.example", given=f"{password}\n", ends=1)
    assert told in refused.output


def test_too_many_failures_close_the_door(run: Run) -> None:
    words = ("adjustment", "approve", "adj_1", "--as", "eve@stoa.example", "--password", "wrong")
    for _ in range(10):
        run(*words, ends=1)
    assert "Too many failures" in run(*words, ends=1).output


def test_what_is_no_id_is_told(run: Run) -> None:
    assert "begins with adj_" in run("adjustment", "approve", "1", *by("eve"), ends=1).output


def test_balances_are_rehearsed_opened_and_known(run: Run, tmp_path: Path) -> None:
    wrong = [a_line(f"nobody{number}@stoa.example") for number in range(22)]
    lines = [a_line(CARD, 70, kind="card", expires_on=""), *wrong]
    path, report = a_file(tmp_path, *lines), tmp_path / "wrong.csv"
    words = ("import", "openings", str(path), "--currency", "STAR")
    told = run(*words, "--dry-run").output
    assert "This would be opened; nothing was written." in told
    assert "0 available" in run("member", "show", CARD).output
    told = run(*words, "--report", str(report)).output
    assert "The file is read." in told
    assert "70 points of the operator" in told
    assert "line 3: MEMBER_UNKNOWN: Nobody has this email." in told
    assert "and 2 more; --report writes all of them" in told
    assert report.read_text("utf-8").count("MEMBER_UNKNOWN") == 22
    assert "70 available" in run("member", "show", CARD).output
    assert "0 members" in run(*words).output
    assert "70 available" in run("member", "show", CARD).output
