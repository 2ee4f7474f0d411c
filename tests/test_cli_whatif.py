"""``stoa rules what-if``: a draft from a file, tried and told as tables or JSON."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from campaigns import a_document
from histories import a_ladder
from stoa.cli.table import cli
from stoa.config import Settings
from stoa.services import earning, partners, rulebook, tiers
from stoa.work import Actor
from world import Coalition, a_key

CLI = Actor("cli")


@pytest.fixture
def sold(coalition: Coalition, settings: Settings) -> Coalition:
    """Return a coalition on the standard plugin with a gold member, and purchases."""
    with coalition.desk.work(CLI) as work:
        partners.configure(work, coalition.grocery, "standard", {})
        rulebook.save(work, "ladder", "main", a_ladder())
        rulebook.activate(work, "ladder", "main")
    for name, total in (("Ada", "900.00"), ("Bo", "20.00")):
        who = coalition.a_member(name)
        for _ in range(2):
            with coalition.desk.work(coalition.as_grocery()) as work:
                earning.earn(work, coalition.a_purchase(who, total), key=a_key())
    tiers.reassess_all(coalition.desk, CLI)
    return coalition


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["rules", "what-if", "--hands", "1", *arguments])


def words(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return re.sub(r"\s+", " ", result.output)


def test_a_doubled_rate_is_told_as_a_table(sold: Coalition, tmp_path: Path) -> None:
    draft = tmp_path / "rate.json"
    draft.write_text('{"base_rate": "2"}', "utf-8")
    told = words(run("--rate", "grocery", str(draft)))
    assert "4 purchases of 2 members" in told
    assert "a difference of 0" in told
    assert "grocery grocery 1,840 1,840 3,680 +1,840 22.08 44.16 22.08" in told
    assert "4 purchases and 2 members would get other points." in told


def test_a_doubled_gold_threshold_names_who_would_fall(sold: Coalition, tmp_path: Path) -> None:
    draft = tmp_path / "ladder.json"
    document = {"kind": "ladder", "code": "main", "document": a_ladder(3)}
    draft.write_text(json.dumps(document), "utf-8")
    told = words(run("--ladder", str(draft)))
    assert "By the rules of now every member stands where they are kept." in told
    assert "gold basic 1 -1,620" in told
    assert "Ada gold basic -1,620" in told
    assert "Nobody would move." in words(run("--ladder", "main"))


def test_a_campaign_tells_when_its_budget_ends(sold: Coalition, tmp_path: Path) -> None:
    draft = tmp_path / "campaign.json"
    document = {"kind": "campaign", "code": "may", "document": a_document(budget_points=120)}
    draft.write_text(json.dumps(document), "utf-8")
    told = words(run("--campaign", str(draft)))
    assert "It would have paid 120 of its 120 points on 4 purchases; caps bound 0." in told
    assert "ended on 2026-05-01; 200 points were wanted." in told


def test_json_holds_the_whole_tally(sold: Coalition) -> None:
    result = run("--rounding", "up", "--since", "2026-05-01", "--json")
    found = json.loads(result.stdout)
    assert (found["kind"], found["since"]) == ("rate", "2026-05-01")
    assert found["sums"]["grocery|grocery"]["stored"] == 1840


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ((), "Say what is tried"),
        (("--rounding", "up", "--ladder", "main"), "Say what is tried"),
        (("--plugin", "fuel"), "--plugin needs --rate"),
        (("--rate", "grocery", "nowhere.json"), "can't be used"),
        (("--ladder", "nobody"), "No such rule"),
        (("--ladder", "main@x"), "is no file"),
        (("--rounding", "up", "--since", "2026-05-02", "--until", "2026-05-01"), "before"),
    ],
)
def test_what_can_not_be_tried_is_refused(
    sold: Coalition, arguments: tuple[str, ...], text: str
) -> None:
    result = run(*arguments)
    assert result.exit_code != 0
    assert text in result.output
