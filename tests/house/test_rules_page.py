"""The page on rules keeps up: every fact, window, operator and feast, and examples that can be."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stoa.services.calendars import KNOWN
from stoa.services.programmes import ROOMS
from stoa.values.activities import read_activity
from stoa.values.benefits import read_benefit
from stoa.values.campaigns import read_campaign
from stoa.values.challenges import read_challenge
from stoa.values.chances import read_chance
from stoa.values.conditions import (
    CAMPAIGN,
    CHALLENGE,
    REWARD,
    SEGMENT,
    TIER,
    Fact,
    FactKind,
    Unit,
    read_condition,
    read_window,
)
from stoa.values.coupons import read_pool
from stoa.values.ladders import read_ladder
from stoa.values.lotteries import read_lottery
from stoa.values.referrals import read_referral
from stoa.values.rewards import read_reward
from stoa.values.rulefiles import read_rule_file
from stoa.values.segments import read_segment

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
VOCABULARIES = {"T": TIER, "C": CAMPAIGN, "Ch": CHALLENGE, "S": SEGMENT, "R": REWARD}
KINDS = {
    FactKind.WHOLE: "number", FactKind.WORD: "word", FactKind.WORDS: "words",
    FactKind.FLAG: "yes or no",
}  # fmt: skip
EXAMPLES = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


def section(heading: str) -> str:
    """Return what stands below a heading, up to the next one."""
    return re.split(r"^#+ ", PAGE.split(f"# {heading}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def rows(heading: str) -> list[list[str]]:
    """Return the rows of a section's table as cells."""
    lines = [line for line in section(heading).splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def _told(fact: Fact) -> list[str]:
    unit = "" if fact.unit is Unit.NONE else f" of {fact.unit}"
    where = [short for short, words in VOCABULARIES.items() if fact.name in words]
    window = "a window" if fact.spans else ""
    return [f"`{fact.name}`", KINDS[fact.kind] + unit, window, fact.of, ", ".join(where)]


def test_every_fact_stands_on_the_page_as_it_is() -> None:
    facts = {name: fact for words in VOCABULARIES.values() for name, fact in words.items()}
    told = [[row[0], *row[2:]] for row in rows("Facts")]
    assert sorted(told) == sorted(_told(fact) for fact in facts.values())


def test_every_window_can_be_read() -> None:
    assert len(rows("Windows")) == 7
    for window in rows("Windows"):
        assert read_window(window[0].strip("`"))


def test_every_feast_stands_on_the_page() -> None:
    assert [row[0].strip("`") for row in rows("Holidays")] == list(KNOWN)


KINDS_OF_RULES = tuple(ROOMS)

READERS: dict[str, Callable[[Any], object]] = {
    "activity": read_activity,
    "campaign": read_campaign,
    "challenge": read_challenge,
    "chance": read_chance,
    "draw": read_lottery,
    "coupon": read_pool,
    "referral": read_referral,
    "benefit": read_benefit,
    "reward": read_reward,
    "segment": read_segment,
    "ladder": read_ladder,
}  # fmt: skip


def test_every_kind_has_an_example() -> None:
    assert {example["kind"] for example in EXAMPLES if "kind" in example} == set(KINDS_OF_RULES)
    assert set(READERS) == set(KINDS_OF_RULES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example)[:40])
def test_every_example_of_the_page_can_be_read(example: dict[str, Any]) -> None:
    if "kind" in example:
        rule = read_rule_file(json.dumps(example), kinds=KINDS_OF_RULES)
        assert READERS[rule.kind](rule.document)
    else:
        assert read_condition(example, {**TIER, **CHALLENGE, **SEGMENT, **CAMPAIGN, **REWARD})
