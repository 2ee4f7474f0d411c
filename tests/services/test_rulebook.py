"""The rulebook: versions never change, books follow each other and hold from a while ahead."""

from dataclasses import replace
from datetime import timedelta

import pytest

from stoa.errors import RuleStateError, RuleUnknownError
from stoa.services import rulebook
from stoa.work import Actor, Desk
from world import FixedClock

STAFF = Actor("staff:mei")
ONE = {"name": {"en": "Double points"}, "times": 2}
TWO = {"name": {"en": "Double points"}, "times": 3}


def _saved(desk: Desk, document: dict[str, object], code: str = "double") -> int:
    with desk.work(STAFF) as work:
        return rulebook.save(work, "campaign", code, document)


def _holding(desk: Desk) -> dict[str, int]:
    with desk.work(STAFF) as work:
        book = rulebook.current(work)
        return {code: kept.version for code, kept in book.of("campaign").items()}


def test_what_is_saved_is_a_draft_until_it_is_activated(desk: Desk) -> None:
    assert _saved(desk, ONE) == 1
    assert _holding(desk) == {}
    with desk.work(STAFF) as work:
        rulebook.activate(work, "campaign", "double")
    assert _holding(desk) == {"double": 1}


def test_a_new_version_holds_only_when_it_is_activated(desk: Desk) -> None:
    _saved(desk, ONE)
    with desk.work(STAFF) as work:
        rulebook.activate(work, "campaign", "double")
    assert _saved(desk, TWO) == 2
    assert _saved(desk, TWO) == 2
    assert _holding(desk) == {"double": 1}
    with desk.work(STAFF) as work:
        rulebook.activate(work, "campaign", "double")
        rulebook.activate(work, "campaign", "double", 1)
    assert _holding(desk) == {"double": 1}


def test_a_rule_begins_to_hold_a_while_after_its_activation(desk: Desk, clock: FixedClock) -> None:
    desk.programme = replace(desk.programme, rule_delay_s=900)
    _saved(desk, ONE)
    with desk.work(STAFF) as work:
        book = rulebook.activate(work, "campaign", "double")
    assert book.effective_at == clock.now + timedelta(minutes=15)
    clock.move(seconds=899)
    assert _holding(desk) == {}
    clock.move(seconds=1)
    assert _holding(desk) == {"double": 1}


def test_no_later_book_holds_before_an_earlier_one(desk: Desk, clock: FixedClock) -> None:
    desk.programme = replace(desk.programme, rule_delay_s=900)
    _saved(desk, ONE)
    with desk.work(STAFF) as work:
        first = rulebook.activate(work, "campaign", "double")
    desk.programme = replace(desk.programme, rule_delay_s=0)
    with desk.work(STAFF) as work:
        second = rulebook.pause(work, "campaign", "double")
    assert second.effective_at == first.effective_at
    assert second.version > first.version


def test_a_paused_rule_holds_again_and_an_ended_one_never(desk: Desk) -> None:
    _saved(desk, ONE)
    with desk.work(STAFF) as work:
        rulebook.activate(work, "campaign", "double")
        rulebook.pause(work, "campaign", "double")
    assert _holding(desk) == {}
    with desk.work(STAFF) as work:
        rulebook.resume(work, "campaign", "double")
    assert _holding(desk) == {"double": 1}
    with desk.work(STAFF) as work:
        rulebook.end(work, "campaign", "double")
    assert _holding(desk) == {}
    with desk.work(STAFF) as work, pytest.raises(RuleStateError) as refused:
        rulebook.activate(work, "campaign", "double")
    assert refused.value.members == {"state": "ended"}


def test_a_book_of_the_past_is_what_it_was(desk: Desk) -> None:
    _saved(desk, ONE)
    with desk.work(STAFF) as work:
        first = rulebook.activate(work, "campaign", "double")
    _saved(desk, TWO)
    with desk.work(STAFF) as work:
        rulebook.activate(work, "campaign", "double")
    with desk.work(STAFF) as work:
        assert rulebook.at(work, first.version).of("campaign")["double"].document["times"] == 2
        assert rulebook.current(work).of("campaign")["double"].document["times"] == 3


def test_a_book_that_was_undone_is_nobodys(desk: Desk) -> None:
    _saved(desk, ONE)
    undone = 0

    def activate_and_fail() -> None:
        nonlocal undone
        with desk.work(STAFF) as work:
            rulebook.activate(work, "campaign", "double")
            undone = rulebook.current(work).version
            rulebook.activate(work, "campaign", "nothing")

    with pytest.raises(RuleUnknownError):
        activate_and_fail()
    _saved(desk, TWO)
    with desk.work(STAFF) as work:
        done = rulebook.activate(work, "campaign", "double")
    assert undone not in (0, done.version)
    assert _holding(desk) == {"double": 2}


def test_a_list_shows_what_holds_first(desk: Desk) -> None:
    _saved(desk, ONE, "alpha")
    _saved(desk, ONE, "beta")
    with desk.work(STAFF) as work:
        rulebook.activate(work, "campaign", "beta")
    with desk.work(STAFF) as work:
        lines = rulebook.listed(work, "campaign")
    assert [(line.code, line.state) for line in lines] == [("beta", "active"), ("alpha", "draft")]


def test_what_is_not_there_is_refused(desk: Desk) -> None:
    _saved(desk, ONE)
    with desk.work(STAFF) as work:
        for refused in (
            lambda: rulebook.find(work, "campaign", "other"),
            lambda: rulebook.document(work, "campaign", "double", 7),
            lambda: rulebook.activate(work, "campaign", "double", 7),
            lambda: rulebook.at(work, 99),
        ):
            with pytest.raises(RuleUnknownError):
                refused()
        with pytest.raises(RuleStateError):
            rulebook.pause(work, "campaign", "double")
