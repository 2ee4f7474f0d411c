"""``stoa staff``: people of both houses get an account, another role, and lose it."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from pyotp.totp import TOTP

from stoa.cli import cli
from stoa.config import Settings
from stoa.services import staff
from stoa.services.staff import Person
from stoa.work import Actor
from world import Coalition

WORD = "correct horse battery"
Run = Callable[..., Result]


@pytest.fixture
def run(coalition: Coalition, settings: Settings) -> Run:
    """Return what runs a command on this test's database."""
    assert coalition
    assert settings.secret_key

    def called(*words: str, given: str = "", ends: int = 0) -> Result:
        result = CliRunner().invoke(cli, words, input=given)
        assert result.exit_code == ends, result.output
        return result

    return called


def everyone(coalition: Coalition) -> dict[str, Person]:
    """Return the accounts by their addresses."""
    with coalition.desk.work(Actor("cli")) as work:
        return {each.email: each for each in staff.everyone(work)}


def test_people_of_both_houses_are_hired_listed_and_dismissed(
    run: Run, coalition: Coalition
) -> None:
    given = f"{WORD}\n{WORD}\n"
    run("staff", "hire", "fin@stoa.example", "Fin", "--role", "finance", given=given)
    words = ("staff", "hire", "li@shop.example", "Li Na", "--role", "partner_admin")
    assert "role: Choose one of admin" in run(*words, given=given, ends=1).output
    run(*words, "--partner", "moon", given=given, ends=1)
    run(*words, "--partner", "grocery", given=given)
    assert everyone(coalition)["li@shop.example"].partner_id == coalition.grocery
    listed = run("staff", "list").output
    for word in ("Li Na", "partner_admin", "grocery", "finance", "open"):
        assert word in listed
    run("staff", "role", "fin@stoa.example", "auditor")
    assert everyone(coalition)["fin@stoa.example"].role == "auditor"
    run("staff", "role", "LI@shop.example", "admin", ends=1)
    run("staff", "dismiss", "li@shop.example")
    assert "dismissed" in run("staff", "list").output
    assert "Nobody" in run("staff", "dismiss", "none@stoa.example", ends=1).output


def test_who_has_a_second_factor_shows_it_at_the_command_line_too(
    run: Run, coalition: Coalition, settings: Settings
) -> None:
    run("staff", "hire", "eve@stoa.example", "Eve", given=f"{WORD}\n{WORD}\n")
    eve = everyone(coalition)["eve@stoa.example"]
    desk = coalition.desk
    with desk.work(eve.actor) as work:
        fresh = staff.begin_factor(work, eve, key=settings.secret_key, issuer="Stoa")
        totp = TOTP(fresh.secret)
        shown = totp.at(int(work.now().timestamp()))
        assert staff.prove_factor(work, eve.id, shown, key=settings.secret_key)
        (recovery, *_) = staff.renew_codes(work, eve.id)
    card = run("member", "enrol", "Ada").output.strip()
    words = ("member", "adjust", card, "5", "--reason", "goodwill", "--note", "late")
    who = ("--as", "eve@stoa.example", "--password", WORD)
    assert "don't belong together" in run(*words, *who, given="123456\n", ends=1).output
    assert "5" in run(*words, *who, given=f"{recovery}\n").output
