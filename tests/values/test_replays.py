"""Totals of many replays: counted by outcome, bounded in memory, different ones kept first."""

from dataclasses import replace
from uuid import UUID

from stoa.values.replays import Outcome, Replayed, Suspect, Totals, Why

ONE = UUID(int=1)
EQUAL = Replayed(ONE, ONE, ONE, Outcome.EQUAL, partner_version=3)
GONE = Replayed(ONE, ONE, ONE, Outcome.NOT_REPLAYABLE, (Why.PLUGIN_GONE,), ("rank",))
WRONG = Replayed(
    ONE, ONE, ONE, Outcome.DIFFERENT, (Why.LINES_DIFFER,), suspect=Suspect.RULES, partner_version=3
)


def test_each_outcome_is_counted_with_its_reasons() -> None:
    totals = Totals()
    for each in (EQUAL, EQUAL, GONE, WRONG):
        totals.add(each)
    assert totals.done == 4
    assert totals.counts == {Outcome.EQUAL: 2, Outcome.NOT_REPLAYABLE: 1, Outcome.DIFFERENT: 1}
    assert totals.why == {Why.PLUGIN_GONE: 1, Why.LINES_DIFFER: 1}
    assert totals.missing == {"rank": 1}
    assert totals.versions == {(ONE, 3): (1, 3)}
    assert totals.findings == [GONE, WRONG]


def test_different_ones_go_before_those_that_can_not_be_replayed() -> None:
    totals = Totals()
    for _ in range(100):
        totals.add(GONE)
    totals.add(GONE)
    for _ in range(101):
        totals.add(WRONG)
    assert totals.findings == [WRONG] * 100
    assert totals.done == 202


def test_memory_is_bounded() -> None:
    totals = Totals()
    for version in range(1100):
        totals.add(replace(WRONG, partner_version=version))
    assert len(totals.versions) == 1000
    totals.add(replace(WRONG, partner_version=0))
    assert totals.versions[ONE, 0] == (2, 2)
