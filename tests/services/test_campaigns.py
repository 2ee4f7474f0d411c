"""Campaigns in the earn path: what they pay, who pays, and what they may still pay."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from campaigns import OTHER, a_document, hold, left
from stoa.errors import InvalidRuleError
from stoa.services import campaigns, earning, partners, replay
from stoa.services.earning import Earned, ReportLine
from stoa.values.campaigns import held_out
from stoa.values.identifiers import public_id
from stoa.values.replays import Outcome, Suspect
from stoa.work import Desk
from world import Coalition, FixedClock, PlainPlugin, Someone, a_key, points_tender


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


def bought(
    desk: Desk, coalition: Coalition, who: Someone, total: str = "100.00", **rest: Any
) -> Earned:
    """Earn once at the grocery."""
    with desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, coalition.a_purchase(who, total, **rest), key=a_key())


def bonus(earned: Earned, code: str = "may") -> int:
    """Return what a campaign paid of a purchase."""
    return sum(line.points for line in earned.lines if line.reason == f"campaign:{code}")


TIERED = {
    "kind": "tiered",
    "steps": [{"from_minor": 100, "points": 1}, {"from_minor": 200, "points": 3}],
}


@pytest.mark.parametrize(
    ("document", "totals", "points"),
    [
        ({"kind": "multiplier", "times_percent": 300}, ["100.00"], 200),
        ({"kind": "multiplier", "times_percent": 150}, ["0.99", "10.99"], 5),
        ({"kind": "fixed", "points": 7}, ["0.01"], 7),
        ({"kind": "step", "every_minor": 10_000, "points": 5}, ["299.99"], 10),
        ({"kind": "step", "every_minor": 10_000, "points": 5, "most": 12}, ["300.00"], 12),
        (TIERED, ["1.99"], 1),
        (TIERED, ["2.00"], 3),
    ],
)  # fmt: skip
def test_each_kind_of_bonus_pays_what_it_says(
    desk: Desk, coalition: Coalition, document: dict[str, Any], totals: list[str], points: int
) -> None:
    hold(desk, bonus=document)
    ada = coalition.a_member()
    assert bonus(bought(desk, coalition, ada, lines=totals)) == points


def test_only_the_chosen_lines_count(desk: Desk, coalition: Coalition) -> None:
    hold(desk, bonus={"kind": "multiplier", "times_percent": 200}, lines={"categories": ["shoes"]})
    lines = [
        ReportLine(1, "a", "shoes", 1000, "ea", 3_000),
        ReportLine(2, "b", "food", 1000, "ea", 7_000),
    ]
    earned = bought(desk, coalition, coalition.a_member(), lines=lines)
    assert bonus(earned) == 30
    assert earned.lines[1].on == {"1": 30}


def test_what_points_paid_earns_no_bonus(desk: Desk, coalition: Coalition) -> None:
    hold(desk)
    ada = coalition.a_member()
    assert bonus(bought(desk, coalition, ada, "20.00", tenders=points_tender("20.00"))) == 0


def test_an_odd_bonus_is_split_over_its_payers_to_the_point(
    desk: Desk, coalition: Coalition
) -> None:
    payers = [
        {"payer": "operator", "share": 50},
        {"payer": "partner", "share": 25},
        {"payer": "prt:cinema", "share": 25},
    ]
    hold(desk, bonus={"kind": "fixed", "points": 401}, payers=payers)
    earned = bought(desk, coalition, coalition.a_member())
    cinema = public_id("prt", coalition.cinema)
    assert [(line.payer, line.points) for line in earned.lines[1:]] == [
        ("operator", 201), ("partner", 100), (cinema, 100),
    ]  # fmt: skip
    with desk.work(OTHER) as work:
        told = campaigns.results(work, "may")
        assert replay.replay_all(work).counts == {Outcome.EQUAL: 1}
    assert {each.partner: each.points for each in told.payers} == {
        None: 201, "grocery": 100, "cinema": 100,
    }  # fmt: skip


SHANGHAI = ZoneInfo("Asia/Shanghai")
LABOUR_WEEK = {"fact": "holidays", "is": "has any", "value": ["labour-week"]}


@pytest.mark.parametrize(
    ("condition", "at", "holds"),
    [
        ({"fact": "hour", "is": ">=", "value": 23}, "2026-05-01T23:59", True),
        ({"fact": "hour", "is": ">=", "value": 23}, "2026-05-02T00:00", False),
        ({"fact": "weekday", "is": "in", "value": ["friday"]}, "2026-05-01T23:59", True),
        ({"fact": "weekday", "is": "in", "value": ["friday"]}, "2026-05-02T00:00", False),
        ({"fact": "day_of_month", "is": "=", "value": 2}, "2026-05-02T00:00", True),
        (LABOUR_WEEK, "2026-05-05T23:59", True),
        (
            LABOUR_WEEK,
            "2026-05-06T00:00",
            False,
        ),
        (None, "2026-05-31T23:59", True),
        (None, "2026-06-01T00:00", False),
    ],
)
def test_time_is_that_of_the_store(
    desk: Desk,
    coalition: Coalition,
    clock: FixedClock,
    condition: dict[str, Any] | None,
    at: str,
    *,
    holds: bool,
) -> None:
    clock.now = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI)
    hold(desk, condition=condition)
    assert bool(bonus(bought(desk, coalition, coalition.a_member()))) is holds


@pytest.mark.parametrize(
    ("condition", "pays"),
    [
        ({"fact": "partner", "is": "in", "value": ["grocery"]}, True),
        ({"fact": "partner", "is": "not in", "value": ["grocery"]}, False),
        ({"fact": "store", "is": "in", "value": ["grocery/main"]}, True),
        ({"fact": "store", "is": "in", "value": ["cinema/main"]}, False),
        ({"fact": "channel", "is": "in", "value": ["store"]}, True),
        ({"fact": "channel", "is": "in", "value": ["online"]}, False),
        ({"fact": "purchase_total", "is": ">=", "value": 10_000}, True),
        ({"fact": "purchase_total", "is": ">", "value": 10_000}, False),
        ({"fact": "skus", "is": "has any", "value": ["sku-1"]}, True),
        ({"fact": "skus", "is": "has any", "value": ["sku-2"]}, False),
        ({"fact": "categories", "is": "has none", "value": ["shoes"]}, True),
        ({"fact": "tier", "is": "in", "value": ["basic"]}, True),
        ({"fact": "tier", "is": "in", "value": ["gold"]}, False),
        ({"fact": "member_days", "is": "<", "value": 1}, True),
        ({"fact": "segments", "is": "has none", "value": ["vip"]}, True),
        ({"fact": "birthday", "is": "=", "value": True}, False),
        ({"fact": "birthday_month", "is": "=", "value": True}, False),
        ({"fact": "days_since_purchase", "is": ">=", "value": 0}, False),
        ({"fact": "qualifying_points", "over": "ever", "is": ">=", "value": 100}, True),
        ({"fact": "qualifying_points", "over": "ever", "is": ">=", "value": 101}, False),
        ({"fact": "spend", "over": "membership year", "is": "=", "value": 10_000}, True),
    ],
)
def test_where_who_and_what_is_asked(
    desk: Desk, coalition: Coalition, condition: dict[str, Any], *, pays: bool
) -> None:
    hold(desk, condition=condition)
    earned = bought(desk, coalition, coalition.a_member())
    assert bool(bonus(earned)) is pays
    with desk.work(OTHER) as work:
        assert replay.replay_all(work).counts == {Outcome.EQUAL: 1}


def test_a_birthday_is_known(desk: Desk, coalition: Coalition) -> None:
    hold(desk, condition={"fact": "birthday", "is": "=", "value": True})
    ada = coalition.a_member(born_on=date(1990, 5, 1))
    assert bonus(bought(desk, coalition, ada)) == 50


def test_the_first_purchase_is_the_first_only(desk: Desk, coalition: Coalition) -> None:
    hold(desk, condition={"fact": "first_purchase", "is": "=", "value": True})
    ada = coalition.a_member()
    assert [bonus(bought(desk, coalition, ada)) for _ in range(2)] == [50, 0]


@pytest.mark.parametrize(("days", "pays"), [(29, False), (30, True)])
def test_who_was_away_for_thirty_days_is_welcome(
    desk: Desk, coalition: Coalition, clock: FixedClock, days: int, *, pays: bool
) -> None:
    condition = {"fact": "days_since_purchase", "is": ">=", "value": 30}
    hold(desk, condition=condition, until="2026-12-31")
    ada = coalition.a_member()
    assert bonus(bought(desk, coalition, ada)) == 0
    clock.move(days=days)
    assert bool(bonus(bought(desk, coalition, ada))) is pays


def test_the_third_of_three_shops_in_thirty_days_counts(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    hold(
        desk, until="2026-12-31",
        condition={"fact": "stores_visited", "over": "30 days", "is": ">=", "value": 3},
    )  # fmt: skip
    with desk.work(OTHER) as work:
        partners.add_store(work, coalition.grocery, coalition.site, "two", "Two", currency="CNY")
    ada = coalition.a_member()
    assert bonus(bought(desk, coalition, ada)) == 0
    clock.move(days=15)
    assert bonus(bought(desk, coalition, ada, store="two")) == 0
    clock.move(days=14)
    with desk.work(coalition.as_cinema()) as work:
        third = earning.earn(work, coalition.a_purchase(ada), key=a_key())
    assert bonus(third) == 50
    clock.move(days=1)
    assert bonus(bought(desk, coalition, ada, store="two")) == 0


def test_members_left_out_get_nothing_and_are_compared(desk: Desk, coalition: Coalition) -> None:
    hold(desk, holdout_percent=50)
    people = [coalition.a_member(f"M{number}") for number in range(12)]
    out = [who for who in people if held_out("may", str(who.id), 50)]
    assert 0 < len(out) < 12
    for who in people:
        assert (bonus(bought(desk, coalition, who)) == 0) is (who in out)
    with desk.work(OTHER) as work:
        told = campaigns.results(work, "may")
    assert (told.members, told.purchases, told.points) == (
        12 - len(out),
        12 - len(out),
        told.granted - told.left,
    )
    assert told.held_out is not None
    assert (told.held_out.members, told.held_out.spend_each) == (len(out), 10_000)
    assert (told.treated.members, told.treated.spend_each) == (12 - len(out), 10_000)


def test_a_pending_purchase_gets_the_campaigns_of_its_time(
    desk: Desk, coalition: Coalition, plain: PlainPlugin, clock: FixedClock
) -> None:
    hold(desk)
    ada = coalition.a_member()

    def fail() -> None:
        raise ValueError

    plain.wrong = fail
    earned = bought(desk, coalition, ada)
    assert earned.status == "pending"
    plain.wrong = None
    clock.move(hours=1)
    with desk.work(OTHER) as work:
        campaigns.pause(work, "may")
    assert bonus(bought(desk, coalition, ada)) == 0
    with desk.work(OTHER) as work:
        assert bonus(earning.settle(work, ada.id, earned.purchase_id)) == 50


def test_a_campaign_that_was_changed_in_the_books_is_found(
    desk: Desk, coalition: Coalition, database: str
) -> None:
    hold(desk)
    bought(desk, coalition, coalition.a_member())
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE rule_versions SET document = jsonb_set(document, '{bonus,points}', '60')"
        )
    desk._memo.clear()
    with desk.work(OTHER) as work:
        (found,) = replay.replay_all(work).findings
    assert (found.outcome, found.suspect) == (Outcome.DIFFERENT, Suspect.RULES)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE rule_versions SET document = jsonb_set(document, '{bonus,points}', '50')"
        )
    engine.dispose()


def test_purchases_without_campaigns_keep_nothing_of_them(desk: Desk, coalition: Coalition) -> None:
    hold(desk, condition={"fact": "partner", "is": "in", "value": ["cinema"]})
    earned = bought(desk, coalition, coalition.a_member())
    with desk.work(OTHER) as work:
        rows = work.rows(
            "SELECT explanation FROM transactions WHERE id = %s", (earned.purchase_id,)
        )
    assert not {"facts", "rulebook_version", "limits"} & rows[0][0].keys()


def test_an_unknown_payer_is_refused(desk: Desk) -> None:
    with desk.work(OTHER) as work, pytest.raises(InvalidRuleError) as refused:
        campaigns.save(work, "may", a_document(payers=[{"payer": "prt:nobody", "share": 100}]))
    assert refused.value.members["errors"].keys() == {"payers.0.payer"}
