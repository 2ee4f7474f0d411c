"""Codes of activities: random, for a time, for a place; guesses are counted (FRD-06, FRD-08)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from activities import OPERATOR, a_code, holds, refused, report
from stoa.errors import (
    ActivityDoneError,
    ActivityUnknownError,
    CodeUnknownError,
    InvalidBodyError,
    ProofRefusedError,
    StoreUnknownError,
    TooManyGuessesError,
)
from stoa.services import activities, guesses, partners
from stoa.values.codes import new_code
from stoa.work import Desk
from world import Coalition, FixedClock

CODE = "check-in"


@pytest.mark.parametrize(
    ("terms", "wait"),
    [
        ({"valid_from": timedelta(hours=1)}, 0),
        ({"valid_until": timedelta(hours=1)}, 1),
        ({"most_uses": 1}, 0),
    ],
)
def test_a_code_outside_its_time_or_used_up_answers_like_one_that_never_was(
    desk: Desk, coalition: Coalition, clock: FixedClock, terms: dict[str, Any], wait: int
) -> None:
    holds(desk)
    given: dict[str, Any] = {
        name: clock.now + each if isinstance(each, timedelta) else each
        for name, each in terms.items()
    }
    code = a_code(coalition, **given)
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    if "most_uses" in terms:
        report(coalition, bob, code)
    clock.move(hours=wait)
    known = refused(ProofRefusedError, coalition, ada, code)
    unknown = refused(ProofRefusedError, coalition, ada, new_code())
    garbage = refused(ProofRefusedError, coalition, ada, "?")
    assert str(known) == str(unknown) == str(garbage)
    assert known.members == unknown.members == garbage.members == {}


def test_a_code_of_another_store_partner_or_activity_proves_nothing(
    desk: Desk, coalition: Coalition
) -> None:
    holds(desk)
    holds(desk, "talk", kind="event", once_per="ever")
    with desk.work(OPERATOR) as work:
        partners.add_store(work, coalition.grocery, coalition.site, "two", "Two", currency="CNY")
    with desk.work(coalition.as_cinema()) as work:
        theirs = activities.make(work, CODE).text
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        elsewhere = activities.make(work, CODE, store="two").text
    for code in (theirs, elsewhere, a_code(coalition, "talk")):
        refused(ProofRefusedError, coalition, ada, code)
    assert report(coalition, ada, elsewhere, store="two").points == 5


def test_the_operators_code_is_reported_by_any_partner(desk: Desk, coalition: Coalition) -> None:
    holds(desk, once_per="subject")
    with desk.work(OPERATOR) as work:
        code = activities.make(work, CODE)
    ada = coalition.a_member()
    spaced = f" {code.text[:4].lower()}-{code.text[4:]} "
    assert report(coalition, ada, spaced).points == 5
    refused(ActivityDoneError, coalition, ada, code.text)


def test_a_changing_code_is_worth_nothing_after_the_next_one(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    holds(desk)
    with desk.work(coalition.as_grocery()) as work:
        made = activities.make(work, CODE, step_s=30)
        assert activities.shown(work, made.id) == made
    clock.now = made.until or clock.now
    ada, bob, eve = (coalition.a_member(name) for name in ("Ada", "Bob", "Eve"))
    assert report(coalition, ada, made.text).points == 5  # one step old
    with desk.work(coalition.as_grocery()) as work:
        fresh = activities.shown(work, made.id)
    assert fresh.text != made.text
    assert report(coalition, bob, fresh.text).points == 5
    clock.move(seconds=30)
    refused(ProofRefusedError, coalition, eve, made.text)
    refused(ProofRefusedError, coalition, eve, made.text[:8] + new_code())


def test_a_code_is_shown_to_its_partner_while_it_lasts(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    holds(desk)
    with desk.work(coalition.as_grocery()) as work:
        until = clock.now + timedelta(hours=1)
        made = activities.make(work, CODE, step_s=30, valid_until=until)
        plain = activities.make(work, CODE)
        with pytest.raises(CodeUnknownError):
            activities.shown(work, plain.id)
        with pytest.raises(CodeUnknownError):
            activities.shown(work, UUID(int=7))
    for actor in (coalition.as_cinema(), OPERATOR):
        with desk.work(actor) as work, pytest.raises(CodeUnknownError):
            activities.shown(work, made.id)
    clock.move(hours=1)
    with desk.work(coalition.as_grocery()) as work, pytest.raises(CodeUnknownError):
        activities.shown(work, made.id)


@pytest.mark.parametrize(
    ("terms", "place"),
    [
        ({"most_uses": 0}, "most_uses"),
        ({"step_s": 9}, "step_s"),
        ({"step_s": 3601}, "step_s"),
        ({"valid_until": timedelta(0)}, "valid_until"),
    ],
)
def test_a_code_that_can_not_be_is_not_made(
    desk: Desk, coalition: Coalition, clock: FixedClock, terms: dict[str, Any], place: str
) -> None:
    holds(desk)
    if "valid_until" in terms:
        terms = {"valid_until": clock.now}
    with desk.work(coalition.as_grocery()) as work:
        with pytest.raises(InvalidBodyError) as caught:
            activities.make(work, CODE, **terms)
        with pytest.raises(StoreUnknownError):
            activities.make(work, CODE, store="nowhere")
        with pytest.raises(ActivityUnknownError):
            activities.make(work, "nothing")
    assert set(caught.value.members["errors"]) == {place}


def test_ten_wrong_codes_shut_out_the_right_one_for_a_while(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    holds(desk)
    ada, code = coalition.a_member(), a_code(coalition)
    for _ in range(10):
        refused(ProofRefusedError, coalition, ada, new_code())
    shut = refused(TooManyGuessesError, coalition, ada, code)
    assert shut.retry_after_s == shut.members["retry_after_s"] == 300
    clock.move(seconds=299)
    assert refused(TooManyGuessesError, coalition, ada, code).retry_after_s == 1
    assert report(coalition, coalition.a_member("Bob"), code).points == 5
    clock.move(seconds=1)
    with desk.work(OPERATOR) as work:
        assert guesses.forget(work) == 2
    assert report(coalition, ada, code).points == 5


def test_a_hundred_wrong_codes_shut_out_a_partner(desk: Desk, coalition: Coalition) -> None:
    holds(desk)
    code = a_code(coalition)
    for number in range(10):
        who = coalition.a_member(f"M{number}")
        for _ in range(10):
            with pytest.raises(ProofRefusedError):
                report(coalition, who, new_code())
    refused(TooManyGuessesError, coalition, coalition.a_member("Last"), code)
