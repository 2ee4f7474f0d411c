"""The command line teaches, does what the deeds do, and says in a line what went wrong."""

import itertools
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

import stoa_migrations
import stoa_standard
from stoa.cli import COMMANDS, cli
from stoa.cli import demo as cli_demo
from stoa.cli import desk as cli_desk
from stoa.cli import processes as cli_processes
from stoa.cli.desk import open_desk
from stoa.cli.processes import Processes
from stoa.config import Settings
from stoa.plugins import Plugins
from stoa.services import earning, identity, invariants, members, partners, rosters
from stoa.services.earning import Report, ReportLine
from stoa.services.invariants import Finding, Walk
from stoa.services.members import Token
from stoa.work import Actor, Key, Work
from stoa_sdk.notes import new_secret

DOCS = Path(__file__).parents[1] / "docs" / "cli.md"

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


def _leaves(
    group: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(group, click.Group):
        yield " ".join(path), group
        return
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield from _leaves(command, (*path, name))


LEAVES = dict(_leaves(cli))


class TestHelp:
    def test_the_first_page_tells_every_command(self) -> None:
        page = CliRunner().invoke(cli, ["--help"]).output
        for name, (_, line) in COMMANDS.items():
            assert f"  {name} " in page
            assert line in page

    @pytest.mark.parametrize("name", LEAVES)
    def test_every_command_teaches_with_examples(self, name: str) -> None:
        page = CliRunner().invoke(cli, [*name.split(), "--help"]).output
        assert "Examples:" in page
        assert f"stoa {name}" in page.partition("Examples:")[2]

    @pytest.mark.parametrize("name", LEAVES)
    def test_every_option_is_explained_in_the_docs(self, name: str) -> None:
        section = DOCS.read_text("utf-8").partition(f"\n## stoa {name}\n")[2].partition("\n## ")[0]
        for option in LEAVES[name].params:
            if isinstance(option, click.Option) and not option.hidden:
                assert f"`{option.opts[0]}" in section, option.opts[0]

    def test_an_unknown_command_is_refused(self) -> None:
        result = CliRunner().invoke(cli, ["frobnicate"])
        assert result.exit_code == 2
        assert "No such command" in result.output


class TestRefusals:
    def test_a_refusal_is_told_with_its_code_and_no_traceback(self, run: Run) -> None:
        run("partner", "add", "grocery", "Corner Grocery")
        output = run("partner", "add", "grocery", "Another", ends=1).output
        assert "Error: This code is in use" in output
        assert "code CODE_TAKEN" in output
        assert "Traceback" not in output

    def test_wrong_settings_are_named_one_by_one(self, run: Run) -> None:
        output = run(
            "partner", "add", "a", "A", "--set", "base_rate=x", "--set", "nonsense=1", ends=1
        ).output
        assert "base_rate: Write a number with at most three decimals." in output
        assert "nonsense: This plugin has no such setting." in output
        assert "code INVALID_SETTINGS" in output

    def test_an_empty_database_is_told_to_be_migrated(self, run: Run, database: str) -> None:
        _execute(database, "DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        _execute(database, "GRANT USAGE ON SCHEMA public TO stoa_app")
        assert "run stoa db upgrade" in run("partner", "list", ends=1).output

    def test_a_database_that_is_away_is_said_to_be_away(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STOA_DATABASE_URL", "postgresql://stoa@127.0.0.1:1/stoa")
        output = run("partner", "list", ends=1).output
        assert "The database can't be reached" in output
        assert "Traceback" not in output

    def test_a_setting_that_is_no_number_is_named(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STOA_POOL_SIZE", "many")
        assert "STOA_POOL_SIZE" in run("partner", "list", ends=1).output

    def test_a_fault_of_ours_keeps_its_traceback(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("stoa.services.rosters.find_partners", _boom)
        assert isinstance(run("partner", "list", ends=1).exception, ZeroDivisionError)

    def test_a_file_that_can_not_be_written_is_a_line(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("stoa.services.rosters.find_partners", _denied)
        assert "Permission denied" in run("partner", "list", ends=1).output


class TestTheDatabase:
    def test_upgrade_founds_the_points_once(self, run: Run) -> None:
        assert "at revision" in run("db", "upgrade").output
        run("programme", "set", "--months", "12")
        run("db", "upgrade")
        assert "month_end, 12 months" in run("programme", "show").output

    def test_status_tells_whether_it_is_that_of_this_release(self, run: Run) -> None:
        output = run("db", "status").output
        assert "your own" in output
        assert "as this release wants it" in output

    def test_status_of_an_older_database_asks_for_the_upgrade(self, run: Run) -> None:
        run("db", "downgrade", "0002", "--yes")
        output = run("db", "status", ends=1).output
        assert "revision  0002" in output
        assert "Run stoa db upgrade" in output
        run("db", "upgrade")
        run("db", "status")

    def test_status_of_an_empty_database_says_so(self, run: Run) -> None:
        run("db", "downgrade", "base", "--yes")
        assert "it is empty" in run("db", "status", ends=1).output

    def test_going_back_asks_first(self, run: Run) -> None:
        assert "Aborted" in run("db", "downgrade", "base", given="n\n", ends=1).output
        run("db", "status")

    def test_without_migrations_installed_it_says_what_to_install(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("stoa.cli.database.entry_points", lambda **_: ())
        assert "pip install stoa-migrations" in run("db", "upgrade", ends=1).output


class TestTheAlliance:
    def test_a_partner_is_onboarded_with_a_store_and_a_client(self, run: Run) -> None:
        table = 'fuel_categories=[{"category": "95"}]'
        run("partner", "add", "pump", "Bright Fuel", "--plugin", "fuel", "--set", table)
        run("partner", "store", "pump", "north", "North", "--site", "m", "--zone", "Asia/Urumqi")
        run("partner", "store", "pump", "south", "South", "--site", "m", "--currency", "HKD")
        line = run("partner", "list").output.splitlines()[1]
        assert line.split() == ["pump", "Bright", "Fuel", "retail", "fuel", "2", "active"]

    def test_credentials_can_be_pasted_into_a_shell(self, run: Run, database: str) -> None:
        run("partner", "add", "grocery", "Corner Grocery")
        output = run(
            "partner", "credentials", "grocery", "--name", "kiosk", "--scope", "earn:write"
        ).output
        pasted = dict(line.removeprefix("export ").split("=", 1) for line in output.splitlines())
        assert pasted["STOA_URL"] == "http://localhost"
        both = "clients JOIN client_secrets ON client_id = clients.id"
        kept = _execute(database, f"SELECT client_id, hash, scopes, name FROM {both}")[0]
        assert (kept[0], kept[2], kept[3]) == (pasted["STOA_CLIENT_ID"], ["earn:write"], "kiosk")
        assert identity.secret_fits(kept[1], pasted["STOA_CLIENT_SECRET"])

    def test_a_client_that_members_sign_in_through_has_its_addresses(
        self, run: Run, database: str
    ) -> None:
        run("partner", "add", "grocery", "Corner Grocery")
        back = "https://shop.example/back"
        output = run("partner", "sign-in", "grocery", "--redirect-uri", back).output
        pasted = dict(line.removeprefix("export ").split("=", 1) for line in output.splitlines())
        assert pasted.keys() == {"STOA_ISSUER", "STOA_CLIENT_ID", "STOA_CLIENT_SECRET"}
        kept = "SELECT redirect_uris, grants, member_scopes, kind FROM clients"
        assert _execute(database, kept) == [(
            [back], ["client_credentials", "authorization_code", "refresh_token"],
            ["openid", "profile", "email", "wallet:read"], "confidential",
        )]  # fmt: skip
        app = run("partner", "sign-in", "grocery", "--public", "--redirect-uri", "com.a.b:/back")
        assert "SECRET" not in app.output
        wrong = run("partner", "sign-in", "grocery", "--redirect-uri", "http://a.example/", ends=1)
        assert "use https" in wrong.output

    def test_settings_come_from_a_file(self, run: Run, tmp_path: Path, database: str) -> None:
        file = tmp_path / "books.json"
        file.write_text(json.dumps({"base_rate": "1.5"}))
        run("partner", "add", "books", "Paper Crane", "--settings", str(file))
        assert _execute(database, "SELECT settings ->> 'base_rate' FROM partners") == [("1500",)]

    @pytest.mark.parametrize(
        ("words", "complaint"),
        [
            (("--set", "base_rate"), "Write NAME=VALUE."),
            (("--settings", "{file}"), "This is no JSON"),
            (("--issue-price", "cheap"), "write a decimal such as 0.012"),
            (("--issue-price", "-1"), "choose between 0 and"),
            (("--plugin", "magic"), "PLUGIN_UNKNOWN"),
        ],
    )
    def test_what_can_not_be_read_is_refused(
        self, run: Run, tmp_path: Path, words: tuple[str, ...], complaint: str
    ) -> None:
        file = tmp_path / "wrong.json"
        file.write_text("{")
        words = tuple(word.format(file=file) for word in words)
        result = CliRunner().invoke(cli, ["partner", "add", "a", "A", *words])
        assert result.exit_code in (1, 2)
        assert complaint in result.output
        assert run("partner", "list").output.count("\n") == 1

    def test_settings_must_be_one_object(self, run: Run, tmp_path: Path) -> None:
        file = tmp_path / "list.json"
        file.write_text("[]")
        output = run("partner", "add", "a", "A", "--settings", str(file), ends=1).output
        assert "Give one JSON object." in output

    def test_a_store_needs_a_partner_and_a_place(self, run: Run) -> None:
        output = run("partner", "store", "nobody", "a", "A", "--site", "m", ends=1).output
        assert "No partner has the code nobody." in output
        run("partner", "add", "a", "A")
        output = run("partner", "store", "a", "a", "A", "--site", "m", ends=1).output
        assert "give --zone" in output

    def test_a_member_is_enrolled_and_shown(self, run: Run) -> None:
        run("db", "upgrade")
        card = run("member", "enrol", "陈雨桐", "--email", "chen@example.org", "--phone",
                   "+86 100 0001 3800", "--locale", "zh-Hans").output.strip()  # fmt: skip
        for token in (card, "chen@example.org", "+8610000013800"):
            output = run("member", "show", token).output
            assert "陈雨桐" in output
            assert "0 available, 0 held, 0 pending, 0 owed" in output

    def test_two_members_are_merged_after_a_question(self, run: Run) -> None:
        run("member", "enrol", "Ada", "--email", "ada@example.org")
        card = run("member", "enrol", "Ada Chen").output.strip()
        merge = ("member", "merge", "ada@example.org", card, "--reason", "one person")
        assert "Ada goes into Ada Chen" in run(*merge, ends=1).output
        assert "Merged." in run(*merge, "--yes").output
        assert "SAME_WALLET" in run(*merge, "--yes", ends=1).output

    def test_a_members_history_explains_itself(self, run: Run, settings: Settings) -> None:
        run("db", "upgrade")
        run("partner", "add", "g", "Grocery")
        run("partner", "store", "g", "main", "Main", "--site", "m", "--zone", "Asia/Shanghai")
        card = run("member", "enrol", "Ada").output.strip()
        _earn(settings, card)
        output = run("member", "show", card).output
        assert "100 available" in output
        assert "100 end on" in output
        assert "100.00 at 1 point per 1.00" in output

    def test_nobody_has_an_unknown_card(self, run: Run) -> None:
        assert "MEMBER_UNKNOWN" in run("member", "show", "9900000000000004", ends=1).output

    def test_staff_are_given_a_password_that_is_kept_as_a_hash(
        self, run: Run, database: str
    ) -> None:
        word = "correct horse battery"
        run("staff", "hire", "ada@example.org", "Ada", given=f"{word}\n{word}\n")
        hashed, role = _execute(database, "SELECT password_hash, role FROM staff")[0]
        assert role == "admin"
        assert identity.secret_fits(hashed, word)

    def test_a_short_password_is_refused(self, run: Run) -> None:
        output = run(
            "staff", "hire", "ada@example.org", "Ada", given="short\nshort\n", ends=1
        ).output
        assert "code INVALID_BODY" in output
        assert "password:" in output

    def test_the_programme_can_be_changed_and_shown(self, run: Run) -> None:
        run("programme", "set", "--name", "Stars", "--expiry", "rolling", "--face-value", "0.02")
        output = run("programme", "show").output
        assert "STAR  Stars" in output
        assert "rolling, 24 months" in output
        assert "0.020000 CNY a point" in output

    def test_a_programme_without_points_says_what_to_run(self, run: Run) -> None:
        assert "stoa db upgrade" in run("programme", "show", ends=1).output


class TestTheLedger:
    def test_a_right_ledger_is_found_right(self, run: Run) -> None:
        result = run("ledger", "verify")
        assert "found nothing" in result.stdout
        assert result.stderr.splitlines()[0] == "  0 %  members"
        assert result.stderr.splitlines()[-1] == "100 %  all"

    def test_a_point_too_many_is_found_and_told(self, run: Run, database: str) -> None:
        run("db", "upgrade")
        run("member", "enrol", "Ada")
        _execute(database, "UPDATE wallets SET available = available + 1")
        output = run("ledger", "verify", ends=1).output
        assert "wallets hold the sum of their postings" in output
        assert "holds 1, its postings bring 0" in output
        assert "mem_" in output
        assert "not right" in output

    def test_findings_can_be_read_by_a_machine(self, run: Run, database: str) -> None:
        run("db", "upgrade")
        run("member", "enrol", "Ada")
        assert json.loads(run("ledger", "verify", "--json").stdout)["findings"] == []
        _execute(database, "UPDATE wallets SET debt = 7")
        told = json.loads(run("ledger", "verify", "--json", ends=1).stdout)
        assert told["complete"] is True
        assert [each["detail"] for each in told["findings"]] == ["owes 7, its postings 0"]
        assert told["findings"][0]["member"].startswith("mem_")

    def test_a_terminal_sees_a_bar(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("FORCE_COLOR", "1")
        result = run("ledger", "verify")
        assert "━" in result.stderr
        assert "100%" in result.stderr
        assert "\x1b[" in result.stderr
        assert "found nothing" in result.stdout

    @pytest.mark.parametrize(("debt", "ends"), [(0, 130), (7, 1)])
    def test_ctrl_c_ends_it_with_what_was_found(
        self, run: Run, database: str, monkeypatch: pytest.MonkeyPatch, debt: int, ends: int
    ) -> None:
        run("db", "upgrade")
        run("member", "enrol", "Ada")
        _execute(database, f"UPDATE wallets SET debt = {debt}")
        go_on = invariants.go_on

        def pressed(work: Work, walk: Walk, **options: int) -> tuple[Walk, list[Finding]]:
            if walk.leg > 0:
                raise KeyboardInterrupt
            return go_on(work, walk, **options)

        monkeypatch.setattr(invariants, "go_on", pressed)
        output = run("ledger", "verify", ends=ends).output
        assert "Stopped before the end" in output
        assert ("owes 7" in output) is (debt == 7)

    def test_the_log_is_signed_kept_outside_and_held_against_that(
        self, run: Run, database: str, settings: Settings, tmp_path: Path
    ) -> None:
        run("db", "upgrade")
        for _ in range(2):
            _earn_something(settings)
        assert run("ledger", "log").output == "2 postings were logged.\n"
        kept = tmp_path / "kept.checkpoint"
        kept.write_text(run("ledger", "checkpoint").output, "utf-8")
        assert kept.read_text("utf-8").startswith("localhost/log\n2\n")
        assert "nor did the log" in run("ledger", "verify", "--checkpoint", str(kept)).output
        _execute(database, "TRUNCATE log_entries, log_heads, log_tiles, log_checkpoints")
        assert run("ledger", "checkpoint", "--now").output.startswith("localhost/log\n2\n")
        assert "nor did the log" in run("ledger", "verify").output
        output = run("ledger", "verify", "--checkpoint", str(kept), ends=1).output
        assert "a checkpoint of the log was rewritten" in output
        assert "has another root" in output

    def test_a_posting_that_was_edited_is_named(
        self, run: Run, database: str, settings: Settings
    ) -> None:
        run("db", "upgrade")
        _earn_something(settings)
        run("ledger", "log")
        _execute(database, "UPDATE postings SET reason = 'tip'")
        output = run("ledger", "verify", ends=1).output
        assert "a logged posting was edited" in output
        assert "entry 0, posting 1" in output

    def test_a_log_without_a_posting_has_no_checkpoint(self, run: Run) -> None:
        run("db", "upgrade")
        assert "code CHECKPOINT_UNKNOWN" in run("ledger", "checkpoint", ends=1).output

    def test_keys_are_rotated_and_listed(self, run: Run) -> None:
        run("db", "upgrade")
        first = run("ledger", "key", "rotate", "--yes").output.strip()
        assert "Aborted" in run("ledger", "key", "rotate", given="n\n", ends=1).output
        second = run("ledger", "key", "rotate", "--yes").output.strip()
        listed = run("ledger", "key", "list").output.splitlines()
        assert [line.split()[0] for line in listed[2:]] == [first, second]

    def test_witnesses_are_added_once_and_listed(self, run: Run) -> None:
        run("db", "upgrade")
        vkey = new_secret("auditor.example/w1").vkey.text
        assert "is a witness" in run("ledger", "witness", "add", vkey).output
        assert vkey in run("ledger", "witness", "list").output
        assert "code CODE_TAKEN" in run("ledger", "witness", "add", vkey, ends=1).output
        for wrong in ("no key", vkey.replace("+B", "+A"), run("ledger", "key", "rotate", "--yes")):
            word = wrong if isinstance(wrong, str) else wrong.output.strip()
            assert "code INVALID_BODY" in run("ledger", "witness", "add", word, ends=1).output


def _earn_something(settings: Settings) -> None:
    """Report a purchase of 10.00 at a partner of its own."""
    code = f"shop-{next(_shops)}"
    with open_desk(settings) as desk:
        with desk.work(Actor("cli")) as work:
            partner = partners.onboard(
                work, code, "Shop", trade="grocery", plugin="standard", settings={}
            )
            site = partners.add_site(work, code, "Mall", zone="Asia/Shanghai")
            partners.add_store(work, partner, site, "main", "Main store", currency="CNY")
        actor = Actor("client:test", partner)
        with desk.work(actor) as work:
            _, card = members.enrol(work, "Ada")
        line = ReportLine(1, "A", "", 1000, "ea", 1000)
        now = datetime.now(UTC)
        report = Report(Token("card", card), "main", "t1", "R-1", now, "CNY", (line,))
        with desk.work(actor) as work:
            earning.earn(work, report, key=Key(code, bytes(16)))


_shops = itertools.count(1)


class TestPlugins:
    def test_the_installed_ones_are_listed(self, run: Run) -> None:
        output = run("plugin", "list").output
        assert {"fuel", "parking", "standard"} <= set(output.split())

    def test_how_they_do_is_listed_with_those_that_are_broken(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        apart = {"good": "beasts.deeds:good", "nowhere": "stoa_of_nowhere"}
        callback = LEAVES["plugin list"].callback
        found = {"standard": stoa_standard}
        assert callback is not None
        monkeypatch.setitem(
            callback.__globals__,
            "Plugins",
            lambda housing: Plugins(found, apart=apart, housing=housing),
        )
        for more in ((), ("--health",)):
            output = run("plugin", "list", *more).output
            assert re.search(r"standard +│? *in place", output)
            assert re.search(r"good +│? *apart", output)
            assert re.search(r"nowhere +│? *broken", output)

    def test_an_installed_one_keeps_the_contract(self, run: Run, tmp_path: Path) -> None:
        assert "keeps the contract" in run("plugin", "check", "standard", "--purchases", "5").output
        file = tmp_path / "settings.json"
        file.write_text(json.dumps({"fee_rate": "1"}))
        run("plugin", "check", "stoa_parking", "--settings", str(file), "--purchases", "5")

    def test_a_broken_one_is_told_how_it_breaks_the_contract(
        self, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "half_a_plugin.py").write_text('"""Half."""\n')
        monkeypatch.syspath_prepend(tmp_path)
        output = run("plugin", "check", "half_a_plugin", ends=1).output
        assert "half_a_plugin breaks the contract" in output
        assert "answers no hook" in output

    def test_what_is_no_plugin_is_refused(self, run: Run, tmp_path: Path) -> None:
        assert "neither an installed plugin" in run("plugin", "check", "nothing", ends=1).output
        file = tmp_path / "wrong.json"
        file.write_text("{")
        wrong = run("plugin", "check", "standard", "--settings", str(file), ends=1)
        assert "can't be read" in wrong.output


class TestTheSecretKey:
    def test_one_is_made_for_the_embedded_database_and_kept_private(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("STOA_SECRET_KEY")
        monkeypatch.delenv("STOA_DATABASE_URL")
        first = cli_desk.found_secret(cli_desk.settings_of())
        path = settings.data_dir / "secret_key"
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.read_text() == first.secret_key
        assert cli_desk.found_secret(cli_desk.settings_of()) == first

    def test_a_database_of_ones_own_needs_one_given(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("STOA_SECRET_KEY")
        assert "Set STOA_SECRET_KEY" in run("serve", ends=1).output

    def test_a_weak_one_is_refused(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("STOA_SECRET_KEY", "secret")
        assert "must not be used" in run("serve", ends=1).output


class TestProcesses:
    def test_a_port_in_use_is_said_before_anything_starts(
        self, run: Run, taken_port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STOA_DATABASE_URL", os.environ["STOA_DATABASE_URL"])
        for command in ("serve", "demo"):
            monkeypatch.setenv("STOA_PORT", str(taken_port))
            assert f"Port {taken_port} is in use" in run(command, ends=1).output

    def test_the_worker_finishes_and_ends_well_when_it_is_told_to(self, settings: Settings) -> None:
        assert settings.database_url
        worker = _start("worker", stderr=subprocess.PIPE)
        assert worker.stderr is not None
        lines = iter(worker.stderr.readline, "")
        assert any("worker.ready" in line for line in lines)
        worker.send_signal(signal.SIGTERM)
        rest = worker.stderr.read()
        worker.stderr.close()
        assert worker.wait(20) == 0
        assert "worker.stopped" in rest

    def test_the_server_answers_and_ends_well_when_it_is_told_to(
        self, settings: Settings, free_port: int
    ) -> None:
        stoa_migrations.upgrade(settings.database_url)
        server = _start("serve", "--port", str(free_port), "--workers", "1", stderr=None)
        try:
            assert _ready(f"http://127.0.0.1:{free_port}/readyz", server)
        finally:
            server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0

    def test_the_demo_tells_the_last_words_of_a_process_that_ended(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cli_processes, "_STOP_S", 0.0)
        processes = Processes(settings)
        processes.start("frobnicate")
        with pytest.raises(click.ClickException, match="No such command 'frobnicate'"):
            processes.wait()
        processes.stop()

    def test_the_demo_kills_what_will_not_end(
        self, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(cli_processes, "_STOP_S", 0.0)
        processes = Processes(settings)
        processes.start("worker")
        processes.stop()
        with pytest.raises(click.ClickException, match="has ended"):
            processes.check()

    def test_one_demo_runs_on_one_place(self, tmp_path: Path) -> None:
        with (
            cli_demo._alone(tmp_path),
            pytest.raises(click.ClickException, match="already"),
            cli_demo._alone(tmp_path),
        ):
            pass


@pytest.fixture
def taken_port() -> Iterator[int]:
    """Return a port at which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    """Return a port at which nobody listened just now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port


def _start(*words: str, stderr: int | None) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-P", "-m", "stoa.cli", *words], text=True, stderr=stderr
    )


def _ready(url: str, server: subprocess.Popen[str]) -> bool:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
                return bool(answer.status == 200)
        except urllib.error.URLError:
            assert server.poll() is None
            Event().wait(0.1)
    return False


def _execute(database: str, statement: str) -> list[tuple[Any, ...]]:
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        return [tuple(row) for row in result] if result.returns_rows else []


def _earn(settings: Settings, card: str) -> None:
    line = ReportLine(1, "BREAD", "", 1000, "ea", 10_000)
    now = datetime.now(UTC)
    report = Report(Token("card", card), "main", "t1", "R-1", now, "CNY", (line,))
    with open_desk(settings) as desk:
        with desk.work(Actor("test")) as work:
            partner_id = rosters.find_partners(work)[0].id
        with desk.work(Actor("test", partner_id)) as work:
            earning.earn(work, report, key=Key("k", b"f"))


def _boom(_: object) -> None:
    raise ZeroDivisionError


def _denied(_: object) -> None:
    raise PermissionError(13, "Permission denied", "/nowhere")
