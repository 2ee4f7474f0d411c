"""``stoa rules``: rules from files, with every mistake named, saved, in force, at rest."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from stoa.cli import cli
from stoa.cli.desk import ACTOR, open_desk
from stoa.config import Settings
from stoa.services import staff

Run = Callable[..., Result]
Write = Callable[..., Path]
PASSWORD = "lantern-river-42-fox"


def a_rule(code: str = "regulars", visits: int = 3, **names: Any) -> dict[str, Any]:
    """Return a segment's file."""
    document = {
        "name": {"en": "Regulars", "zh-Hans": "常客", "zh-Hant": "常客"},
        "condition": {"fact": "visits", "over": "30 days", "is": ">=", "value": visits},
    }
    return {"kind": "segment", "code": code, "document": document, **names}


@pytest.fixture
def run(settings: Settings) -> Run:
    """Return what runs a command of ``stoa rules`` and expects how it ends."""

    def run(*words: str, ends: int = 0, given: str | None = None) -> Result:
        result = CliRunner().invoke(cli, ("rules", *words), input=given)
        assert result.exit_code == ends, result.output
        return result

    return run


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return what writes a file of a rule."""

    def write(rule: object = None, name: str = "rule.json") -> Path:
        path = tmp_path / name
        path.write_text(rule if isinstance(rule, str) else json.dumps(rule or a_rule()), "utf-8")
        return path

    return write


def test_an_empty_alliance_says_where_rules_come_from(run: Run) -> None:
    assert "stoa rules load" in run("list").output


def test_a_rule_is_saved_as_a_draft_and_listed(run: Run, write: Write) -> None:
    assert run("save", str(write())).output == "segment/regulars: version 1\n"
    listed = run("list", "segment").output
    assert "Regulars" in listed
    assert "draft" in listed
    assert "Rulebook 0 holds." in listed


def test_the_same_document_makes_no_new_version(run: Run, write: Write) -> None:
    for told in ("version 1", "version 1"):
        assert told in run("save", str(write())).output
    assert "version 2" in run("save", str(write(a_rule(visits=4)))).output


def test_versions_say_who_when_and_why(run: Run, write: Write) -> None:
    run("save", str(write(a_rule(note="#114"))), "--activate")
    run("save", str(write(a_rule(visits=4))), "--note", "more of them")
    first, second = run("versions", "segment", "regulars").output.splitlines()[1:]
    assert "more of them" in first
    assert "cli" in first
    assert "#114" in second
    assert second.endswith("active")


def test_show_writes_an_outline_or_the_file_again(run: Run, write: Write) -> None:
    run("save", str(write(a_rule(note="#114"))))
    outline = run("show", "segment", "regulars").output
    assert "condition: make at least 3 visits within 30 days" in outline
    assert "name: Regulars" in outline
    chinese = run("show", "segment", "regulars", "--language", "zh-Hans").output
    assert "name: 常客" in chinese
    assert "30 天" in chinese
    assert json.loads(run("show", "segment", "regulars", "--json").output) == a_rule(note="#114")
    run("save", str(write(a_rule(visits=4))))
    told = run("show", "segment", "regulars", "--version", "1").output
    assert "version 1 of 2 (#114); never held" in told
    assert "at least 3 visits" in told


def test_a_rule_holds_rests_and_ends(run: Run, write: Write) -> None:
    run("save", str(write()))
    word = ("segment", "regulars")
    assert "segment/regulars holds from 20" in run("activate", *word).output
    assert "active" in run("list").output
    assert "rests" in run("pause", *word).output
    assert "holds again" in run("resume", *word).output
    run("end", *word, ends=1, given="n\n")
    assert "has ended" in run("end", *word, "--yes").output
    assert "RULE_STATE" in run("activate", *word, ends=1).output


def test_a_version_before_may_hold_again(run: Run, write: Write) -> None:
    run("save", str(write()))
    run("save", str(write(a_rule(visits=4))), "--activate")
    run("activate", "segment", "regulars", "--version", "1")
    assert run("list").output.splitlines()[1].split()[-2:] == ["1", "2"]
    run("activate", "segment", "regulars", "--version", "3", ends=1)
    assert "RULE_UNKNOWN" in run("show", "segment", "strangers", ends=1).output


def test_a_folder_is_loaded_once(run: Run, write: Write, tmp_path: Path) -> None:
    write(name="a.json")
    write(a_rule("guests", 1), name="b.json")
    first = run("load", str(tmp_path)).output
    assert first.count("saved and activated") == 2
    assert "after" in first
    again = run("load", str(tmp_path)).output
    assert again.count("as it was") == 2
    assert "after" not in again


def test_a_folder_is_loaded_whole_or_not_at_all(run: Run, write: Write, tmp_path: Path) -> None:
    write(name="a.json")
    write(a_rule("Wrong Code"), name="b.json")
    told = run("load", str(tmp_path), ends=1).output
    assert "b.json: code: Write a code of small letters" in told
    assert "no rules yet" in run("list").output


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "line 1, column 2: "),
        ("[]", "Write one object with kind, code, document, note."),
        ('{"kind": "tax", "code": "a", "document": {}}', "kind: Write one of ladder, campaign"),
        ('{"kind": "segment", "code": "a", "document": []}', "document: Write the rule's document"),
        ('{"kind": "segment", "code": "a", "document": {"a": 1.5}}', "1.5: Numbers of a rule are"),
        ('{"kind": "segment", "code": "a", "document": {"a": NaN}}', "NaN: Numbers of a rule are"),
        ('{"kind": "segment", "kind": "chance"}', "kind: The name is written twice."),
        ('{"kind": "segment", "code": "a", "document": {}, "x": 1}', "x: There is no such name."),
        ('{"kind": "segment", "code": "a", "document": {}, "note": 1}', "note: Write a text"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_each_mistake_of_a_file_is_named_with_its_place(
    run: Run, write: Write, text: str, told: str
) -> None:
    assert told in run("check", str(write(text)), ends=1).output


def test_a_file_of_other_letters_is_refused(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "rule.json"
    path.write_bytes(b'{"kind": "\xff"}')
    assert "not UTF-8" in run("check", str(path), ends=1).output


def test_two_files_of_one_rule_are_a_mistake(run: Run, write: Write, tmp_path: Path) -> None:
    write(name="a.json")
    write(name="b.json")
    assert "holds segment/regulars already" in run("check", str(tmp_path), ends=1).output


def test_a_folder_without_rules_is_told(run: Run, tmp_path: Path) -> None:
    assert "holds no .json file" in run("check", str(tmp_path), ends=1).output


def test_checking_saves_nothing(run: Run, write: Write) -> None:
    assert run("check", str(write())).output == "The rule is well written.\n"
    assert "no rules yet" in run("list").output


def test_a_large_budget_takes_two_people(run: Run, write: Write, settings: Settings) -> None:
    document = {
        "name": {"en": "Survey"}, "kind": "survey", "proof": "invitation", "points": 30,
        "budget_points": 100_001,
    }  # fmt: skip
    run("save", str(write({"kind": "activity", "code": "survey", "document": document})))
    word = ("activity", "survey")
    assert "FOUR_EYES" in run("activate", *word, ends=1).output
    with open_desk(settings) as desk, desk.work(ACTOR) as work:
        staff.hire(work, "ben@stoa.example", "Ben", role="admin", password=PASSWORD)
    ben = ("--as", "ben@stoa.example", "--password", PASSWORD)
    assert "; by staff:" in run("activate", *word, *ben).output
    document["budget_points"] = 100_000
    run("save", str(write({"kind": "activity", "code": "survey", "document": document})))
    assert "by cli" in run("activate", *word).output
