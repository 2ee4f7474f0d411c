"""Another version of a ladder moves everybody by itself: in batches, once, wherever it stopped."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from ladders import SILVER, a_ladder, buy, hold, listen, tier
from stoa.services import rulebook, tiers
from stoa.services.tiers import assessing
from stoa.work import Actor, Desk
from stoa.worker import ACTOR, BEATS
from world import Coalition, FixedClock, Someone

EASIER = {"fact": "spend", "over": "day", "is": ">=", "value": 400_00}


def _beat(desk: Desk, limit: int = 2) -> int:
    with desk.work(ACTOR) as work:
        return tiers.sweep(work, limit=limit)


def _sweep(desk: Desk) -> list[int]:
    done = []
    while step := _beat(desk):
        done.append(step)
    return done


@pytest.fixture
def people(coalition: Coalition) -> list[Someone]:
    """Return five members who spent 500.00 each, by a ladder that asks for more."""
    hold(coalition.desk, a_ladder())
    found = [coalition.a_member(f"M{number}") for number in range(5)]
    for who in found:
        buy(coalition, who, "500.00")
    _sweep(coalition.desk)
    return found


def test_a_new_version_lifts_whoever_fits_it(coalition: Coalition, people: list[Someone]) -> None:
    hold(coalition.desk, a_ladder(SILVER, EASIER))
    assert _sweep(coalition.desk) == [2, 2, 1]
    assert [tier(coalition.desk, who) for who in people] == ["gold"] * 5
    assert _sweep(coalition.desk) == []


def test_the_worker_does_it(coalition: Coalition, people: list[Someone]) -> None:
    hold(coalition.desk, a_ladder(SILVER, EASIER))
    beat = next(each for each in BEATS if each.name == "sweep_tiers")
    with coalition.desk.work(ACTOR) as work:
        assert beat.deed(work, lambda: False) == 5
    assert {tier(coalition.desk, who) for who in people} == {"gold"}


def test_a_saved_draft_moves_nobody(coalition: Coalition, people: list[Someone]) -> None:
    with coalition.desk.work(Actor("staff:test")) as work:
        tiers.save(work, "main", a_ladder(SILVER, EASIER))
    assert _sweep(coalition.desk) == []
    assert {tier(coalition.desk, who) for who in people} == {"basic"}


def test_nobody_moves_before_the_book_holds(
    coalition: Coalition, people: list[Someone], clock: FixedClock
) -> None:
    hold(coalition.desk, a_ladder(SILVER, EASIER))
    clock.now -= timedelta(seconds=1)
    assert _sweep(coalition.desk) == []
    clock.now += timedelta(seconds=1)
    assert sum(_sweep(coalition.desk)) == len(people)


def test_a_broken_off_sweep_goes_on_where_it_was(
    coalition: Coalition, people: list[Someone], monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(coalition.desk, a_ladder(SILVER, EASIER))
    _beat(coalition.desk)
    with monkeypatch.context() as killed:
        killed.setattr(assessing, "settle", _die)
        with pytest.raises(RuntimeError):
            _beat(coalition.desk)
    with coalition.desk.work(Actor("test")) as work:
        assert tiers.sweeping(work) == tiers.Progress(2, 5, 2)
    assert _sweep(coalition.desk) == [2, 1]
    assert {tier(coalition.desk, who) for who in people} == {"gold"}
    with coalition.desk.work(Actor("test")) as work:
        assert tiers.sweeping(work) is None


def _die(*_: object) -> int:
    raise RuntimeError("killed")


def test_a_version_that_comes_meanwhile_begins_anew(
    coalition: Coalition, people: list[Someone]
) -> None:
    hold(coalition.desk, a_ladder(SILVER, EASIER | {"value": 600_00}))
    _beat(coalition.desk)
    hold(coalition.desk, a_ladder(SILVER, EASIER))
    assert _sweep(coalition.desk) == [2, 2, 1]
    assert {tier(coalition.desk, who) for who in people} == {"gold"}


def test_other_rules_begin_nothing(coalition: Coalition, people: list[Someone]) -> None:
    with coalition.desk.work(Actor("staff:test")) as work:
        rulebook.save(work, "segment", "vips", {"any": "thing"})
        rulebook.activate(work, "segment", "vips")
    assert _sweep(coalition.desk) == []
    hold(coalition.desk, a_ladder(SILVER, EASIER))
    _beat(coalition.desk)
    with coalition.desk.work(Actor("staff:test")) as work:
        rulebook.pause(work, "segment", "vips")
    assert _sweep(coalition.desk) == [2, 1]
    assert {tier(coalition.desk, who) for who in people} == {"gold"}


def test_a_ladder_beside_the_main_one_is_looked_at_alone(
    coalition: Coalition, people: list[Someone]
) -> None:
    hold(coalition.desk, a_ladder(EASIER, main=False), "vip")
    assert _sweep(coalition.desk) == [2, 2, 1]
    assert {tier(coalition.desk, who, "vip") for who in people} == {"silver"}
    assert {tier(coalition.desk, who) for who in people} == {"basic"}


def test_what_was_bought_while_a_ladder_was_paused_counts(
    coalition: Coalition, people: list[Someone]
) -> None:
    with coalition.desk.work(Actor("staff:test")) as work:
        rulebook.pause(work, "ladder", "main")
    assert _sweep(coalition.desk) == []
    buy(coalition, people[0], "900.00")
    with coalition.desk.work(Actor("staff:test")) as work:
        rulebook.resume(work, "ladder", "main")
    assert tier(coalition.desk, people[0]) == "basic"
    _sweep(coalition.desk)
    assert tier(coalition.desk, people[0]) == "gold"


def test_a_worker_whose_clock_is_behind_undoes_no_sweep(
    coalition: Coalition, people: list[Someone], clock: FixedClock
) -> None:
    clock.move(minutes=1)
    hold(coalition.desk, a_ladder(SILVER, EASIER))
    _beat(coalition.desk)
    clock.now -= timedelta(minutes=1)
    assert _sweep(coalition.desk) == []
    clock.move(minutes=1)
    assert _sweep(coalition.desk) == [2, 1]
    assert {tier(coalition.desk, who) for who in people} == {"gold"}


def test_of_many_workers_one_has_it_and_tills_go_on(
    coalition: Coalition, people: list[Someone]
) -> None:
    hold(coalition.desk, a_ladder(SILVER, EASIER))
    looked: list[int] = []

    def beats() -> None:
        looked.extend(_beat(coalition.desk, 1) for _ in range(6))

    deeds: list[Any] = [beats] * 4
    deeds += [partial(buy, coalition, who, "10.00") for who in people]
    with ThreadPoolExecutor(6) as crew:
        for done in [crew.submit(deed) for deed in deeds]:
            done.result()
    _sweep(coalition.desk)
    listen(coalition.desk)
    assert sum(looked) <= len(people)
    assert {tier(coalition.desk, who) for who in people} == {"gold"}
    with coalition.desk.work(Actor("test")) as work:
        for who in people:
            assert [each.tier for each in tiers.changes(work, who.id)] == ["gold"]
