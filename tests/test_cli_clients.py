"""``stoa partner client``, ``secret``, ``key`` and ``stoa signing-key``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from joserfc.jwk import ECKey

from stoa.cli import cli
from stoa.config import Settings

Run = Callable[..., Result]


@pytest.fixture
def run(settings: Settings) -> Run:
    """Return what runs a command on this test's database; it must end as expected."""
    assert settings.secret_key

    def run(*words: str, ends: int = 0, given: str | None = None) -> Result:
        result = CliRunner().invoke(cli, words, input=given)
        assert result.exit_code == ends, result.output
        return result

    return run


@pytest.fixture
def pair(run: Run) -> tuple[str, str]:
    """Return the id and the secret of a client."""
    run("partner", "add", "grocery", "Corner Grocery")
    output = run("partner", "credentials", "grocery", "--scope", "earn:write").output
    told = dict(line.removeprefix("export ").split("=", 1) for line in output.splitlines())
    return told["STOA_CLIENT_ID"], told["STOA_CLIENT_SECRET"]


def test_a_secret_is_rotated_and_the_leaked_one_is_found_and_ended(
    run: Run, pair: tuple[str, str]
) -> None:
    client, secret = pair
    fresh = run("partner", "secret", "rotate", client, "--overlap-hours", "2").output
    assert fresh.startswith("export STOA_CLIENT_SECRET=stoa_sk_live_")
    lines = run("partner", "secret", "list", client).output.splitlines()[1:]
    assert len(lines) == 2
    assert secret[:17] in lines[1]
    told = run("partner", "secret", "leaked", given=f"{secret}\n").output
    assert client in told
    assert "no longer fits" in run("partner", "secret", "leaked", "--end", given=secret).output
    assert "dead" in run("partner", "secret", "leaked", given=secret).output
    assert "no secret of ours" in run("partner", "secret", "leaked", given="x" * 62, ends=1).output
    (line,) = run("partner", "secret", "list", client).output.splitlines()[1:]
    run("partner", "secret", "end", client, line.split()[0])
    assert "no such secret" in run("partner", "secret", "end", client, "sec_x", ends=1).output


def test_a_key_is_added_listed_and_ended(run: Run, pair: tuple[str, str], tmp_path: Path) -> None:
    client, _ = pair
    key = ECKey.generate_key("P-256")
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [key.as_dict(private=False) | {"kid": "2026"}]}))
    assert run("partner", "key", "add", client, str(file)).output == "2026\n"
    assert "2026  ES256" in run("partner", "key", "list", client).output
    assert "already" in run("partner", "key", "add", client, str(file), ends=1).output
    run("partner", "key", "end", client, "2026")
    assert "2026" not in run("partner", "key", "list", client).output
    file.write_bytes(key.as_pem(private=True))
    assert "private part" in run("partner", "key", "add", client, str(file), ends=1).output


def test_a_client_is_changed_and_revoked(run: Run, pair: tuple[str, str]) -> None:
    client, _ = pair
    run("partner", "client", "change", client, "--dpop", "required", "--scope", "balance:read")
    (line,) = run("partner", "client", "list", "grocery").output.splitlines()[1:]
    assert line.split()[-2:] == ["required", "balance:read"]
    run("partner", "client", "revoke", client, ends=1, given="n\n")
    run("partner", "client", "revoke", client, given="y\n")
    assert "revoked" in run("partner", "client", "list", "grocery").output
    run("partner", "client", "change", client, "--dpop", "off", ends=1)
    assert "nobody" in run("partner", "client", "list", "nobody", ends=1).output


def test_a_signing_key_is_rotated_and_removed(run: Run) -> None:
    first = run("signing-key", "list").output.splitlines()[1].split()[0]
    fresh = run("signing-key", "rotate").output.strip()
    assert len(run("signing-key", "list").output.splitlines()) == 3
    run("signing-key", "remove", first, "--yes")
    (line,) = run("signing-key", "list").output.splitlines()[1:]
    assert line.startswith(fresh)
    run("signing-key", "remove", fresh, given="y\n")
    (line,) = run("signing-key", "list").output.splitlines()[1:]
    assert not line.startswith(fresh)
    run("signing-key", "remove", fresh, "--yes", ends=1)
