"""The page of webhooks tells who hears what, just as the table says; every topic has its place."""

import re
from pathlib import Path

from stoa.values.events import HEARD_BY, TOPICS

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")
ROW = re.compile(r"^\| `(\w+\.\w+)` \| (own|related|agreed|all) \| (.*) \|$", re.MULTILINE)
MEMBERS = ("member", "into")


def test_the_page_tells_who_hears_which_topic_with_which_facts() -> None:
    told = {
        topic: (whom, re.findall(r"`(\w+)`", facts)) for topic, whom, facts in ROW.findall(PAGE)
    }
    heard = {
        topic: (
            hearing.audience,
            [f"{name}_ref" if name in MEMBERS else name for name in hearing.facts],
        )
        for topic, hearing in HEARD_BY.items()
        if hearing.audience != "none"
    }
    assert told == heard


def test_what_nobody_hears_is_told_as_such() -> None:
    silent = {topic for topic, hearing in HEARD_BY.items() if hearing.audience == "none"}
    line = next(line for line in PAGE.splitlines() if line.startswith("To no partner are told"))
    assert set(re.findall(r"`(.+?)`", line)) == silent
    assert set(HEARD_BY) == set(TOPICS)


def test_no_topic_tells_what_all_partners_hear_of_a_member() -> None:
    for hearing in HEARD_BY.values():
        assert not (hearing.audience == "all" and set(MEMBERS) & set(hearing.facts))
