"""Rules that hold later: two servers, each with what it remembers, change over at one instant."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from campaigns import EDITOR, OTHER, a_document
from stoa.config import Settings
from stoa.database import open_engine
from stoa.plugins import Plugins
from stoa.services import campaigns, earning, replay
from stoa.values.replays import Outcome
from stoa.work import Desk
from world import Coalition, FixedClock, a_key


@pytest.fixture
def servers(
    database: str, settings: Settings, plugins: Plugins, desk: Desk
) -> Iterator[tuple[Desk, Desk]]:
    """Return two desks on one database, where a rule holds a quarter of an hour later."""
    programme = replace(desk.programme, rule_delay_s=900)
    desks = [
        Desk(
            hot=open_engine(database, settings, pool_size=4, autocommit=True),
            cold=open_engine(database, settings, pool_size=4),
            plugins=plugins, programme=programme, clock=desk.clock,
        )
        for _ in range(2)
    ]  # fmt: skip
    yield desks[0], desks[1]
    for each in desks:
        each.close()


def test_nobody_uses_the_old_book_once_the_new_one_holds(
    servers: tuple[Desk, Desk], coalition: Coalition, clock: FixedClock
) -> None:
    ada, paid = coalition.a_member(), []

    def buy() -> None:
        for each in servers:
            with each.work(coalition.as_grocery()) as work:
                earned = earning.earn(work, coalition.a_purchase(ada), key=a_key())
            paid.append(sum(line.points for line in earned.lines if line.rule == "campaign:may"))

    for points in (50, 70):
        bonus = {"kind": "fixed", "points": points}
        with servers[0].work(EDITOR) as work:
            campaigns.save(work, "may", a_document(bonus=bonus))
        with servers[1].work(OTHER) as work:
            campaigns.activate(work, "may")
        buy()
        clock.move(seconds=899)
        buy()
        clock.move(seconds=1)
        buy()
    with servers[0].work(OTHER) as work:
        campaigns.pause(work, "may")
    buy()
    clock.move(seconds=900)
    buy()
    assert paid == [0, 0, 0, 0, 50, 50, 50, 50, 50, 50, 70, 70, 70, 70, 0, 0]
    for each in servers:
        with each.work(OTHER) as work:
            totals = replay.replay_all(work)
        assert totals.counts == {Outcome.EQUAL: 16}
