"""What-if of campaigns: what holds comes to zero, a draft to what a live run of it would pay."""

import json
from random import Random
from typing import Any

import pytest

from campaigns import a_document, hold
from stoa.errors import InvalidRuleError
from stoa.services import earning, whatif
from stoa.services.whatif import Run
from stoa.values.whatif import payers, spending
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, a_key

CLI = Actor("cli")

CONDITIONS: dict[str, Any] = {
    "always": None,
    "weekdays": {"fact": "weekday", "is": "in", "value": ["monday", "friday", "saturday"]},
    "hour": {"fact": "hour", "is": ">=", "value": 13},
    "partner": {"fact": "partner", "is": "in", "value": ["cinema"]},
    "first": {"fact": "first_purchase", "is": "=", "value": True},
    "again": {"fact": "days_since_purchase", "is": ">=", "value": 2},
    "spend": {"fact": "spend", "over": "7 days", "is": ">=", "value": 30_000},
    "visits": {"fact": "visits", "over": "calendar month", "is": ">=", "value": 3},
    "points": {"fact": "qualifying_points", "over": "30 days", "is": ">=", "value": 400},
    "total": {"fact": "purchase_total", "is": ">=", "value": 15_000},
}


def history(coalition: Coalition, clock: FixedClock) -> None:
    """Let eight members buy for twelve days, the same whatever holds."""
    random = Random(13)  # noqa: S311 - a history, no secret
    people = [coalition.a_member(f"M{number}") for number in range(8)]
    for _ in range(12):
        for who in people:
            if random.random() < 0.4:
                total = f"{random.randrange(5, 300)}.50"
                actor = random.choice([coalition.as_grocery(), coalition.as_cinema()])
                clock.move(minutes=random.randrange(5, 60))
                with coalition.desk.work(actor) as work:
                    earning.earn(work, coalition.a_purchase(who, total), key=a_key())
        clock.now = clock.now.replace(hour=2, minute=0)
        clock.move(days=1)


def tried(desk: Desk, document: dict[str, Any], *, code: str = "may", **more: Any) -> Run:
    size = more.pop("size", 4000)
    with desk.work(CLI) as work:
        draft = {"code": code, "document": document}
        run_id = whatif.ask(work, "campaign", draft, **more)
    assert whatif.carry_on(desk, size=size) == 1
    with desk.work(CLI) as work:
        return whatif.find(work, run_id)


def paid(desk: Desk, code: str = "may") -> dict[str, int]:
    """Return what a campaign paid, by partner and payer."""
    with desk.work(CLI) as work:
        rows = work.rows(
            """
            SELECT p.code, coalesce(y.code, 'operator'), sum(e.points)::bigint
              FROM postings e JOIN partners p ON p.id = e.partner_id
              LEFT JOIN partners y ON y.id = e.payer_id
             WHERE e.reason = %s GROUP BY 1, 2
            """,
            (f"campaign:{code}",),
        )
    return {f"{partner}|{payer}": points for partner, payer, points in rows}


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_campaign_that_holds_comes_to_what_is_stored(
    coalition: Coalition, clock: FixedClock, name: str
) -> None:
    document = a_document(
        condition=CONDITIONS[name], caps=[{"every": "week", "points": 120}],
        payers=[{"payer": "operator", "share": 50}, {"payer": "prt:cinema", "share": 50}],
    )  # fmt: skip
    hold(coalition.desk, **{k: v for k, v in document.items() if k != "name"})
    history(coalition, clock)
    run = tried(coalition.desk, document, size=15)
    assert run.tally["findings"] == []
    for count in ("drift", "unexplained", "changed"):
        assert count not in run.tally["counts"], count
    lines = payers(run.tally)
    assert all(line.stored == line.current == line.draft for line in lines)
    assert spending(run.tally, 100_000)[0] == sum(paid(coalition.desk).values()) > 0


@pytest.mark.parametrize("name", ["spend", "hour", "again"])
def test_a_draft_comes_to_what_it_pays_when_it_holds(
    coalition: Coalition, clock: FixedClock, name: str
) -> None:
    """The prediction on a history without the campaign is what the same history pays with it."""
    began = clock.now
    history(coalition, clock)
    document = a_document(
        condition=CONDITIONS[name], bonus={"kind": "multiplier", "times_percent": 250},
        caps=[{"every": "day", "points": 150}],
    )  # fmt: skip
    run = tried(coalition.desk, document)
    assert run.tally["counts"]["changed"]["n"] == run.tally["counts"]["reached"]["n"] > 0
    assert "drift" not in run.tally["counts"]
    predicted = spending(run.tally, 10**9)[0]
    clock.now = began
    hold(coalition.desk, **{k: v for k, v in document.items() if k != "name"})
    again = Coalition(coalition.desk, coalition.site, coalition.grocery, coalition.cinema, 1000)
    history(again, clock)
    assert predicted == sum(paid(coalition.desk).values())
    change = sum(line.change for line in payers(run.tally))
    assert change == predicted


def test_the_day_on_which_the_budget_ends_is_told(coalition: Coalition, clock: FixedClock) -> None:
    history(coalition, clock)
    run = tried(coalition.desk, a_document())
    days = {day: row["paid"] for day, row in run.tally["days"].items() if "paid" in row}
    first_two = sum(days[day] for day in sorted(days)[:2])
    paid_points, wanted, ended = spending(run.tally, first_two - 10)
    assert (paid_points, ended) == (first_two - 10, sorted(days)[1])
    assert wanted == sum(days.values())
    assert spending(run.tally, wanted + 1) == (wanted, wanted, None)


def test_caps_that_bind_are_counted(coalition: Coalition, clock: FixedClock) -> None:
    history(coalition, clock)
    free = tried(coalition.desk, a_document())
    capped = tried(coalition.desk, a_document(caps=[{"every": "campaign", "points": 70}]))
    assert "capped" not in free.tally["counts"]
    assert capped.tally["counts"]["capped"]["n"] > 0
    members = capped.tally["counts"]["members_changed"]["n"]
    assert spending(capped.tally, 10**9)[0] <= 70 * members


def test_a_campaign_of_days_to_come_is_tried_on_the_days_of_the_span(
    coalition: Coalition, clock: FixedClock
) -> None:
    history(coalition, clock)
    ahead = a_document() | {"from": "2027-01-01", "until": "2027-01-31"}
    run = tried(coalition.desk, ahead)
    assert run.draft["document"]["until"] == clock().date().isoformat()
    assert run.tally["counts"]["reached"]["n"] == run.tally["counts"]["purchases"]["n"]


def test_purchases_of_before_the_campaign_are_drift(
    coalition: Coalition, clock: FixedClock
) -> None:
    history(coalition, clock)
    hold(coalition.desk)
    run = tried(coalition.desk, a_document())
    counts = run.tally["counts"]
    assert counts["drift"]["n"] == counts["purchases"]["n"]
    assert "unexplained" not in counts
    assert "changed" not in counts


def test_the_draft_stacks_with_what_holds(coalition: Coalition, clock: FixedClock) -> None:
    group = {"group": "spring", "stacks": "highest", "priority": 5}
    hold(coalition.desk, "holding", **group)
    history(coalition, clock)
    weaker = a_document(bonus={"kind": "fixed", "points": 10}, group="spring", stacks="highest")
    run = tried(coalition.desk, json.loads(json.dumps(weaker)))
    assert "changed" not in run.tally["counts"], "the one that holds goes first"
    run = tried(coalition.desk, weaker | {"priority": 9})
    assert run.tally["counts"]["changed"]["n"] == run.tally["counts"]["purchases"]["n"]
    assert {line.payer for line in payers(run.tally) if line.change < 0} == {"operator"}


def test_a_campaign_that_can_not_be_is_refused(coalition: Coalition) -> None:
    with coalition.desk.work(CLI) as work:
        with pytest.raises(InvalidRuleError):
            whatif.ask(work, "campaign", {"code": "may", "document": {"name": 7}})
        with pytest.raises(InvalidRuleError):
            whatif.ask(
                work, "campaign", {"code": "quiz", "document": a_document(trigger="activity:quiz")}
            )
