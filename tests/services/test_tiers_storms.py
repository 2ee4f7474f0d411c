"""Side by side: however many shop and look at once, a member ends where the diary says."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest

from ladders import REVIEW, SILVER, a_ladder, footing, hold, listen, tier
from stoa import worker
from stoa.services import earning, mergers, outbox, returns, tiers
from stoa.services.tiers import assessing
from stoa.work import Actor
from world import Coalition, Someone, a_key


def _earn(coalition: Coalition, who: Someone, total: str) -> Any:
    report = coalition.a_purchase(who, total)
    with coalition.desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, report, key=a_key()).purchase_id


def _worker(coalition: Coalition) -> None:
    with coalition.desk.work(worker.ACTOR) as work:
        outbox.tell(work, worker.follow, limit=7)
    with coalition.desk.work(worker.ACTOR) as work:
        tiers.recheck_due(work, limit=5)


def _storm(deeds: list[Callable[[], Any]]) -> None:
    with ThreadPoolExecutor(6) as crew:
        for done in [crew.submit(deed) for deed in deeds]:
            done.result()


def test_parallel_purchases_and_looks_end_in_the_tier_of_the_diary(coalition: Coalition) -> None:
    hold(coalition.desk, a_ladder(review=REVIEW))
    people = [coalition.a_member(f"M{number}") for number in range(6)]
    deeds: list[Callable[[], Any]] = []
    for who in people:
        deeds += [partial(_earn, coalition, who, "200.00")] * 4
        deeds += [partial(_worker, coalition)] * 2
    deeds += [partial(tiers.reassess_all, coalition.desk, Actor("test"))] * 2
    _storm(deeds)
    listen(coalition.desk)
    assert [tier(coalition.desk, who) for who in people] == ["gold"] * 6
    with coalition.desk.work(Actor("test")) as work:
        for who in people:
            moves = [change.tier for change in tiers.changes(work, who.id)]
            assert moves.count("gold") == 1


def test_parallel_returns_and_purchases_end_in_the_tier_of_the_diary(coalition: Coalition) -> None:
    hold(coalition.desk, a_ladder())
    people = [coalition.a_member(f"M{number}") for number in range(4)]
    bought = {who.id: _earn(coalition, who, "812.00") for who in people}
    listen(coalition.desk)

    def give_back(who: Someone) -> None:
        with coalition.desk.work(coalition.as_grocery()) as work:
            returns.return_lines(work, bought[who.id], None, key=a_key())

    deeds: list[Callable[[], Any]] = []
    for place, who in enumerate(people):
        deeds += [partial(give_back, who), partial(_worker, coalition)]
        if place % 2:
            deeds += [partial(_earn, coalition, who, "900.00")]
        deeds += [partial(_worker, coalition)] * 2
    _storm(deeds)
    listen(coalition.desk)
    assert [tier(coalition.desk, who) for who in people] == ["basic", "gold", "basic", "gold"]


def test_purchases_returns_mergers_and_sweeps_at_once_end_where_the_diary_says(
    coalition: Coalition,
) -> None:
    hold(coalition.desk, a_ladder())
    people = [coalition.a_member(f"M{number}") for number in range(8)]
    bought = {who.id: _earn(coalition, who, "812.00") for who in people}
    listen(coalition.desk)
    easier = {"fact": "spend", "over": "day", "is": ">=", "value": 500_00}
    hold(coalition.desk, a_ladder(SILVER, easier))

    def give_back(who: Someone) -> None:
        with coalition.desk.work(coalition.as_grocery()) as work:
            returns.return_lines(work, bought[who.id], None, key=a_key())

    def merge(old: Someone, new: Someone) -> None:
        with coalition.desk.work(Actor("staff:test")) as work:
            mergers.merge(work, old.id, new.id, reason="the same person")

    def sweep() -> None:
        with coalition.desk.work(worker.ACTOR) as work:
            tiers.sweep(work, limit=3)

    deeds: list[Callable[[], Any]] = []
    for old, new in zip(people[::2], people[1::2], strict=True):
        deeds += [partial(give_back, old), partial(_worker, coalition), partial(give_back, new)]
        deeds += [partial(merge, old, new), sweep, partial(_worker, coalition)]
    deeds += [partial(_earn, coalition, who, "250.00") for who in people[:4]]
    deeds += [partial(tiers.reassess_all, coalition.desk, Actor("test"))] * 2
    deeds += [sweep] * 6
    _storm(deeds)
    listen(coalition.desk)
    for _ in range(4):
        sweep()
    heirs = people[1::2]
    assert [tier(coalition.desk, who) for who in heirs] == ["gold", "gold", "basic", "basic"]
    with coalition.desk.work(Actor("test")) as work:
        assert tiers.sweeping(work) is None
        assert work.rows("SELECT count(*) FROM reassessments")[0][0] == 0


def test_a_saboteur_who_does_not_hold_the_member_is_found(
    coalition: Coalition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the lock a look that began before a purchase undoes what the purchase won."""
    hold(coalition.desk, a_ladder())
    ada = coalition.a_member()
    first = _earn(coalition, ada, "812.00")
    listen(coalition.desk)
    with coalition.desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, first, None, key=a_key())
    monkeypatch.setattr(assessing, "lock", lambda *_: None)
    read, bought = threading.Event(), threading.Event()
    real = assessing.settle

    def slow(work: Any, all_cases: Any, step: Any) -> int:
        found = list(all_cases)
        if threading.current_thread().name == "slow":
            read.set()
            bought.wait(10)
        return real(work, found, step)

    monkeypatch.setattr(assessing, "settle", slow)

    def look() -> None:
        with coalition.desk.work(Actor("worker")) as work:
            tiers.reassess(work, ada.id, lowers=True)

    thread = threading.Thread(target=look, name="slow")
    thread.start()
    read.wait(10)
    _earn(coalition, ada, "900.00")
    with coalition.desk.work(Actor("worker")) as work:
        tiers.reassess(work, ada.id)
    bought.set()
    thread.join()
    found = footing(coalition.desk, ada)
    assert found
    assert found.tier == "basic"
    monkeypatch.undo()
    listen(coalition.desk)
    assert tier(coalition.desk, ada) == "gold"
