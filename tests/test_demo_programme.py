"""The demo's programme: every file is a rule that can be, and the owners' rows are all there."""

import re

from stoa.demo.rules import read_programme
from stoa.services.rulebook import KINDS


def test_every_file_is_a_rule_of_its_own() -> None:
    rules = read_programme()
    assert len({rule.place for rule in rules}) == len(rules) > 20
    assert {rule.kind for rule in rules} <= set(KINDS)


def test_names_are_in_every_language() -> None:
    for rule in read_programme():
        assert set(rule.document["name"]) == {"en", "zh-Hans", "zh-Hant"}, rule.place


def test_every_rule_says_why_it_is_there() -> None:
    assert [rule.place for rule in read_programme() if not rule.note] == []


def test_the_rows_on_tiers_are_told() -> None:
    told = " ".join(rule.note for rule in read_programme())
    rows = {int(number) for number in re.findall(r"#(\d+)", told)}
    for first, last in re.findall(r"#(\d+)-#(\d+)", told):
        rows |= set(range(int(first), int(last) + 1))
    assert set(range(1, 17)) <= rows
