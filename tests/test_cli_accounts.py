"""Legal entities from the command line: said, shown, refused."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner

from stoa.cli import cli
from stoa.config import Settings
from world import Coalition


@pytest.fixture
def run(settings: Settings, coalition: Coalition) -> Callable[..., str]:
    """Return what runs ``stoa partner account`` on this test's coalition."""
    assert settings.secret_key
    assert coalition.cinema

    def run(*words: str, ends: int = 0) -> str:
        result = CliRunner().invoke(cli, ["partner", "account", *words], env={"COLUMNS": "200"})
        assert result.exit_code == ends, result.output
        return result.output

    return run


def test_an_account_is_named_shown_and_refused(run: Callable[..., str]) -> None:
    said = ("--name", "Harbour Grocery Ltd", "--address", "1 Quay", "--address", "Shanghai")
    assert "(version 1)" in run("set", "grocery", *said)
    iban = "DE89 3704 0044 0532 0130 00"
    assert "Harbour Grocery Ltd" in run("set", "grocery", "--account", iban, "--bic", "cobadeff")
    assert "check digits" in run("set", "grocery", "--account", iban[:-1] + "1", ends=1)
    listed = run("show")
    assert "DE89370400440532013000 COBADEFF" in listed
    assert "cinema" in listed
    assert run("show", "grocery").count("Harbour Grocery Ltd") == 2
