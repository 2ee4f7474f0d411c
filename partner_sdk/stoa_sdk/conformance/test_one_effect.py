"""Whatever the line does to a deed, it takes effect once."""

import pytest

from stoa_sdk.conformance.counter import Counter
from stoa_sdk.conformance.line import FAULTS
from stoa_sdk.conformance.observer import State
from stoa_sdk.conformance.stories import STORIES, Story

ALONE = [name for name in STORIES if name not in {"a hold", "a void"}]
"""What a till may do without asking first: a hold, and what a sale is called, it has to be told."""


def _undisturbed(counter: Counter, story: Story) -> State:
    member = counter.somebody()
    story(counter, member)()
    counter.till.settle()
    return counter.observer.state(member)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("story", STORIES)
def test_one_effect(counter: Counter, story: str, fault: str) -> None:
    expected = _undisturbed(counter, STORIES[story])
    member = counter.somebody()
    deed = STORIES[story](counter, member)
    counter.till.settle()
    met = counter.line.lost
    counter.line.strike(fault)
    deed()
    counter.till.settle()
    counter.line.mend()
    assert counter.line.lost > met, f"{story} sent no request that the line could spoil"
    assert counter.observer.state(member) == expected


@pytest.mark.parametrize("lost", ["answers", "requests"])
@pytest.mark.parametrize("story", ALONE)
def test_one_effect_though_the_till_loses_its_power(
    counter: Counter, story: str, lost: str
) -> None:
    """No answer comes, the till goes dark, and only its disk knows what was going on."""
    expected = _undisturbed(counter, STORIES[story])
    member = counter.somebody()
    deed = STORIES[story](counter, member)
    counter.till.settle()
    counter.line.cut(lost)
    deed()
    counter.line.mend()
    counter.restart()
    counter.till.settle()
    assert counter.observer.state(member) == expected


@pytest.mark.parametrize("story", ALONE)
def test_what_is_done_is_not_done_again_after_a_restart(counter: Counter, story: str) -> None:
    member = counter.somebody()
    STORIES[story](counter, member)()
    counter.till.settle()
    before = counter.observer.state(member)
    counter.restart()
    counter.till.settle()
    assert counter.observer.state(member) == before
