"""Campaigns in the earn path: what they pay, who pays, and what they may still pay."""

from campaigns import OTHER, hold, left
from stoa.services import earning, replay
from stoa.values.replays import Outcome
from stoa.work import Desk
from world import Coalition, a_key


def test_a_campaign_pays_its_bonus_beside_the_base(desk: Desk, coalition: Coalition) -> None:
    hold(desk)
    ada = coalition.a_member()
    for _ in range(2):
        with desk.work(coalition.as_grocery()) as work:
            earned = earning.earn(work, coalition.a_purchase(ada, "100.00"), key=a_key())
        assert [(line.reason, line.points) for line in earned.lines] == [
            ("base", 100),
            ("campaign:may", 50),
        ]
    assert left(desk) == 100_000 - 100


def test_a_replay_reckons_campaigns_again(desk: Desk, coalition: Coalition) -> None:
    hold(desk, "early", condition={"fact": "spend", "over": "30 days", "is": ">=", "value": 15_000})
    hold(
        desk,
        "shift",
        condition={"not": {"fact": "hour", "is": ">=", "value": 13}},
        budget_points=60,
    )
    ada = coalition.a_member()
    for _ in range(3):
        with desk.work(coalition.as_grocery()) as work:
            earning.earn(work, coalition.a_purchase(ada, "100.00"), key=a_key())
    assert left(desk, "shift") == 0
    with desk.work(OTHER) as work:
        totals = replay.replay_all(work)
    assert totals.counts == {Outcome.EQUAL: 3}
