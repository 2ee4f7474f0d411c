"""A till on the command line, against the app: login, send, queue; and on the newest Python."""

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from joserfc.jwk import ECKey

from partner_sdk.shells import Run, credential, home, logged_in, run
from stoa.services import credentials
from stoa.work import Actor, Desk
from stoa_sdk import tilling
from world import Coalition, Someone

__all__ = ["credential", "home", "logged_in", "run"]

SALE = '{"member": "card:1", "store": "m", "receipt_no": "1", "currency": "CNY", "lines": %s}'
TILL = """
import argparse
from stoa_sdk import logins, tilling
parser = argparse.ArgumentParser()
tilling.add_commands(parser.add_subparsers())
asked = parser.parse_args()
print(*asked.run(asked), sep="\\n")
"""


@pytest.fixture
def sale(coalition: Coalition, tmp_path: Path) -> Path:
    """Return a file with a purchase of a new member."""
    ada: Someone = coalition.a_member()
    file = tmp_path / "sale.json"
    file.write_text(
        json.dumps(
            {
                "member": f"card:{ada.token.value}", "store": "main", "receipt_no": "R-1",
                "currency": "CNY", "occurred_at": "2026-05-01T12:00:00+08:00",
                "lines": [{"sku": "tea", "category": "tea", "net": "88.00"}],
            }
        )
    )  # fmt: skip
    return file


def test_credentials_are_tried_and_kept_for_their_owner(
    home: Path, run: Run, credential: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, told = run("login", *credential)
    file = home / "credentials.json"
    secret = os.environ["STOA_CLIENT_SECRET"]
    assert (status, file.stat().st_mode & 0o777, secret in told) == (0, 0o600, False)
    monkeypatch.delenv("STOA_CLIENT_SECRET")
    assert "main" in run("whoami")[1]
    run("logout")
    assert (run("whoami")[0], file.exists()) == (1, False)


def test_wrong_credentials_are_not_kept(
    home: Path, run: Run, credential: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STOA_CLIENT_SECRET", "wrong")
    status, told = run("login", *credential)
    assert (status, told.startswith("NOT DONE: "), home.exists()) == (1, True, False)


def test_a_purchase_is_sent_once_and_the_balance_shows_it(logged_in: Run, sale: Path) -> None:
    status, told = logged_in("send", str(sale))
    assert (status, "88 points" in told) == (0, True), told
    member = json.loads(sale.read_text())["member"]
    assert logged_in("balance", member)[1].startswith("88 STAR to spend")
    assert logged_in("queue", "list")[1] == "nothing waits\n"


def test_what_is_refused_waits_for_a_person(logged_in: Run, sale: Path) -> None:
    logged_in("send", str(sale))
    told = logged_in("send", str(sale))[1]
    assert "RECEIPT_ALREADY_CLAIMED" in told
    [key] = re.findall(r"refused: (\S+):", told)
    assert "refused" in logged_in("queue", "list")[1]
    assert "refused" in logged_in("queue", "retry", key)[1]
    logged_in("queue", "drop", key)
    assert logged_in("queue", "list")[1] == "nothing waits\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", "JSON object"),
        ("{}", "member is missing"),
        (SALE % '[{"x": 1}]', "can't be read"),
        (SALE % '[1], "tip": 2', "no tip"),
    ],
)  # fmt: skip
def test_a_purchase_that_can_not_be_read_is_not_kept(
    logged_in: Run, sale: Path, text: str, why: str
) -> None:
    sale.write_text(text)
    status, told = logged_in("send", str(sale))
    assert (status, why in told) == (1, True), told
    assert logged_in("queue", "list")[1] == "nothing waits\n"


def test_every_word_of_a_purchase_is_sent(sale: Path) -> None:
    words = {"terminal": "t9", "business_date": "2026-04-30"}
    told = json.dumps(json.loads(sale.read_text()) | words)
    body = tilling._read_sale(told, member="mbr_1").body
    assert body is not None
    assert {name: body[name] for name in words} == words
    assert body["member"] == {"type": "member_ref", "value": "mbr_1"}


def test_a_key_is_kept_by_where_it_lies(
    home: Path, run: Run, credential: tuple[str, str], desk: Desk, tmp_path: Path
) -> None:
    key = ECKey.generate_key("P-256")
    file = tmp_path / "till.pem"
    file.write_bytes(bytes(key.as_pem(private=True)))
    file.chmod(0o644)
    with desk.work(Actor("cli")) as work:
        credentials.add_keys(work, credential[1], json.dumps(key.as_dict(private=False)))
    desk.clock.now = datetime.now(UTC)  # type: ignore[attr-defined]
    os.environ.pop("STOA_CLIENT_SECRET")
    status, told = run("login", *credential, "--key", str(file))
    assert (status, "chmod 600" in told) == (0, True), told
    kept = json.loads((home / "credentials.json").read_text())
    assert (kept["client_key"], "client_secret" in kept) == (str(file), False)
    assert "main" in run("whoami")[1]
    file.write_text("no key")
    assert run("whoami") == (1, "NOT DONE: give a private key: P-256, Ed25519 or RSA\n")


def test_history_and_rewards_are_told_line_by_line(logged_in: Run, sale: Path) -> None:
    logged_in("send", str(sale))
    member = json.loads(sale.read_text())["member"]
    (line,) = logged_in("history", member, "--language", "en")[1].splitlines()
    assert line.split()[1:4] == ["+88", "88", "earn"]
    assert logged_in("history", member, "--limit", "0") == (0, "")
    status, told = logged_in("rewards", "--max-points", "100000", "--limit", "2")
    assert (status, len(told.splitlines()) <= 2) == (0, True), told


def newest_python() -> str | None:
    """Return the newest Python of this machine that is newer than ours."""
    found = {}
    for folder in (Path.home() / ".pyenv/versions", Path("/usr/bin"), Path("/usr/local/bin")):
        for each in (*folder.glob("*/bin/python3.*"), *folder.glob("python3.*")):
            number = re.fullmatch(r"python3\.(\d+)", each.name)
            if number and int(number[1]) > sys.version_info.minor:
                found[int(number[1])] = str(each)
    return found[max(found)] if found else None


def test_the_newest_python_of_the_machine_sends_too(
    credential: tuple[str, str], sale: Path, tmp_path: Path
) -> None:
    newest = newest_python()
    if newest is None:
        pytest.skip("this machine has no Python newer than the one that runs the tests")
    url, client_id = credential
    there = [Path(tilling.__file__).parent.parent, Path(pytest.__file__).parent.parent]
    told = subprocess.run(  # noqa: S603 - our own words
        [newest, "-c", TILL, "send", str(sale), f"--queue={tmp_path / 'q.sqlite'}"],
        env=os.environ
        | {"STOA_URL": url, "STOA_CLIENT_ID": client_id}
        | {"PYTHONPATH": os.pathsep.join(map(str, there)), "XDG_CONFIG_HOME": str(tmp_path)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (told.returncode, "88 points" in told.stdout) == (0, True), told.stdout + told.stderr
