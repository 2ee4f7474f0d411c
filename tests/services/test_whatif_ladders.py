"""What-if of ladders: today's ladder moves nobody, a doubled threshold those whom a day says."""

import json
from collections import Counter, defaultdict
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from histories import GOLD_DAY, GOLD_MONTH, SILVER_VISITS, a_ladder
from stoa.errors import InvalidBodyError, InvalidRuleError, RuleUnknownError
from stoa.services import earning, returns, rulebook, tiers, whatif
from stoa.services.whatif import Run
from stoa.values.whatif import payers
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, a_key

CLI = Actor("cli")


@pytest.fixture
def people(coalition: Coalition, clock: FixedClock) -> list[Someone]:
    """Return 24 members who bought now and then for six weeks; then all were assessed."""
    desk, random = coalition.desk, Random(57)  # noqa: S311 - a history, no secret
    with desk.work(CLI) as work:
        rulebook.save(work, "ladder", "main", a_ladder())
        rulebook.activate(work, "ladder", "main")
    found = [coalition.a_member(f"M{number}") for number in range(24)]
    for _ in range(42):
        clock.move(days=1)
        for number, who in enumerate(found):
            if random.random() > 0.03 * (number % 8):
                continue
            total = f"{random.randrange(10, 90 * (1 + number % 12))}.{random.randrange(100):02}"
            clock.move(seconds=90)
            with desk.work(coalition.as_grocery()) as work:
                bought = earning.earn(work, coalition.a_purchase(who, total), key=a_key())
            if random.random() < 0.05:
                with desk.work(coalition.as_grocery()) as work:
                    returns.return_lines(work, bought.purchase_id, None, key=a_key())
    tiers.reassess_all(desk, CLI)
    return found


def tried(desk: Desk, document: dict[str, Any], *, size: int = 4000, **more: Any) -> Run:
    with desk.work(CLI) as work:
        run_id = whatif.ask(work, "ladder", {"code": "main", "document": document}, **more)
    assert whatif.carry_on(desk, size=size) == 1
    with desk.work(CLI) as work:
        return whatif.find(work, run_id)


def naive(desk: Desk, factor: int) -> dict[UUID, str]:
    """Place each member by a loop over days, as one would by hand."""
    with desk.work(CLI) as work:
        ids = [row[0] for row in work.rows("SELECT id FROM members")]
        rows = work.rows("""
            SELECT member_id, business_date, total_minor FROM purchases WHERE status = 'posted'
        """)
    bought: dict[UUID, list[tuple[date, int]]] = defaultdict(list)
    for member_id, day, minor in rows:
        bought[member_id].append((day, minor))
    placed = {}
    for member_id in ids:
        mine = bought[member_id]
        tier = "basic"
        months = Counter((day.year, day.month) for day, _ in mine)
        if any(visits >= SILVER_VISITS for visits in months.values()):
            tier = "silver"
        for end, _ in mine:
            day = sum(minor for on, minor in mine if on == end)
            month = sum(m for on, m in mine if end - timedelta(days=30) < on <= end)
            if day >= GOLD_DAY * factor or month >= GOLD_MONTH * factor:
                tier = "gold"
        placed[member_id] = tier
    return placed


def stored(desk: Desk, people: list[Someone]) -> dict[UUID, str]:
    with desk.work(CLI) as work:
        rows = dict(work.rows("SELECT member_id, tier FROM standings WHERE ladder = 'main'"))
    return {who.id: rows.get(who.id, "basic") for who in people}


@pytest.mark.parametrize("size", [10, 4000])
def test_the_ladder_that_holds_moves_nobody(
    coalition: Coalition, people: list[Someone], size: int
) -> None:
    run = tried(coalition.desk, a_ladder(), size=size)
    moves, counts = run.tally["moves"], run.tally["counts"]
    standing = Counter(stored(coalition.desk, people).values())
    assert {key: row["members"] for key, row in moves.items()} == {
        f"{tier}|{tier}": number for tier, number in standing.items()
    }
    assert len(standing) == 3, "the history reaches every tier"
    for name in ("moved", "standing_drift", "unexplained", "changed"):
        assert name not in counts
    assert all(line.change == 0 for line in payers(run.tally))
    with coalition.desk.work(CLI) as work:
        assert whatif.members(work, run.id) == []


def test_a_doubled_gold_threshold_moves_exactly_whom_a_naive_model_moves(
    coalition: Coalition, people: list[Someone]
) -> None:
    desk = coalition.desk
    before, after = naive(desk, 1), naive(desk, 2)
    assert before == stored(desk, people)
    run = tried(desk, a_ladder(2), size=15)
    with desk.work(CLI) as work:
        moved = {each.member_id: each for each in whatif.members(work, run.id)}
    expected = {member for member in before if before[member] != after[member]}
    assert set(moved) == expected
    assert 3 <= len(expected) < len(people)
    for member_id, each in moved.items():
        assert (each.before, each.after) == (before[member_id], after[member_id])
        assert each.rise == ("basic", "silver", "gold").index(each.after) - 2
        assert each.missing["kind"] == "any"
        for part in each.missing["parts"]:
            assert part["found"] < part["wanted"]


def test_it_says_what_the_fall_would_save(coalition: Coalition, people: list[Someone]) -> None:
    desk = coalition.desk
    before, after = naive(desk, 1), naive(desk, 2)
    percent = {"basic": 10, "silver": 20, "gold": 100}
    with desk.work(CLI) as work:
        rows = work.rows("""
            SELECT t.member_id, e.points FROM transactions t
              JOIN postings e ON e.member_id = t.member_id AND e.transaction_id = t.id
             WHERE t.kind = 'earn' AND e.reason = 'base'
        """)
    current = sum(base * percent[before[member]] // 100 for member, base in rows)
    draft = sum(base * percent[after[member]] // 100 for member, base in rows)
    run = tried(desk, a_ladder(2))
    (line,) = payers(run.tally)
    assert (line.partner, line.payer) == ("grocery", "operator")
    assert (line.current, line.draft) == (current, draft)
    assert draft < current
    assert line.change_micros == (draft - current) * 12_000
    with desk.work(CLI) as work:
        assert sum(each.points for each in whatif.members(work, run.id)) == draft - current


def test_members_come_a_page_at_a_time_those_who_fall_furthest_first(
    coalition: Coalition, people: list[Someone]
) -> None:
    run = tried(coalition.desk, a_ladder(2))
    with coalition.desk.work(CLI) as work:
        everybody = whatif.members(work, run.id)
        paged, after = [], None
        while page := whatif.members(work, run.id, after=after, most=2):
            paged += page
            after = (page[-1].rise, page[-1].member_id)
        assert paged == everybody
        assert [each.rise for each in paged] == sorted(each.rise for each in paged)
        assert whatif.members(work, run.id, falls=True) == everybody
        assert whatif.members(work, run.id, falls=False) == []


def test_a_lower_threshold_lets_members_rise(coalition: Coalition, people: list[Someone]) -> None:
    document = json.loads(json.dumps(a_ladder()))
    document["tiers"][1]["qualify"]["value"] = 1
    run = tried(coalition.desk, document)
    with coalition.desk.work(CLI) as work:
        risen = whatif.members(work, run.id, falls=False)
    assert risen
    assert {(each.before, each.after, each.rise) for each in risen} == {("basic", "silver", 1)}


def test_a_tier_given_by_hand_stays_in_both(coalition: Coalition, people: list[Someone]) -> None:
    who = next(each for each in people if stored(coalition.desk, people)[each.id] == "basic")
    with coalition.desk.work(CLI) as work:
        tiers.assign(work, who.id, "gold", reason="a friend of the house")
    run = tried(coalition.desk, a_ladder(2))
    with coalition.desk.work(CLI) as work:
        assert who.id not in {each.member_id for each in whatif.members(work, run.id)}
    assert "standing_drift" not in run.tally["counts"]


def test_a_standing_that_is_not_what_the_rules_say_is_counted(
    coalition: Coalition, people: list[Someone], clock: FixedClock
) -> None:
    who = next(each for each in people if stored(coalition.desk, people)[each.id] == "basic")
    with coalition.desk.work(coalition.as_grocery()) as work:
        earning.earn(work, coalition.a_purchase(who, "900.00"), key=a_key())
    run = tried(coalition.desk, a_ladder())  # before the worker has assessed it
    assert run.tally["counts"]["standing_drift"] == {"n": 1}


def test_another_day_is_looked_at_as_it_was(
    coalition: Coalition, people: list[Someone], clock: FixedClock
) -> None:
    first = (clock() - timedelta(days=50)).date()
    run = tried(coalition.desk, a_ladder(2), day=first)
    assert {key: row["members"] for key, row in run.tally["moves"].items()} == {"basic|basic": 24}


def test_a_new_ladder_is_compared_with_nobody_having_risen(
    coalition: Coalition, people: list[Someone]
) -> None:
    with coalition.desk.work(CLI) as work:
        rulebook.save(work, "ladder", "vip", a_ladder(main=False))
        run_id = whatif.ask(work, "ladder", {"code": "vip"})
        assert whatif.find(work, run_id).draft["version"] == 1
    whatif.carry_on(coalition.desk)
    with coalition.desk.work(CLI) as work:
        moves = whatif.find(work, run_id).tally["moves"]
    standing = Counter(stored(coalition.desk, people).values())
    assert {key: row["members"] for key, row in moves.items()} == {
        f"basic|{tier}": number for tier, number in standing.items()
    }


@pytest.mark.parametrize(
    ("draft", "error"),
    [
        ({"code": "main", "document": {"tiers": []}}, InvalidRuleError),
        ({"code": "main", "document": 7}, InvalidBodyError),
        ({"code": "main", "version": "1"}, InvalidBodyError),
        ({"document": a_ladder()}, InvalidBodyError),
        ({"code": "main", "rate": 2}, InvalidBodyError),
        ({"code": "nobody"}, RuleUnknownError),
        ({"code": "main", "version": 99}, RuleUnknownError),
    ],
)
def test_a_ladder_that_can_not_be_is_refused(
    coalition: Coalition, draft: dict[str, Any], error: type[Exception]
) -> None:
    with coalition.desk.work(CLI) as work, pytest.raises(error):
        whatif.ask(work, "ladder", draft)
