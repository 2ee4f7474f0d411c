"""Ladders for tests, and members who shop on given days while a worker listens."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from stoa import worker
from stoa.services import earning, outbox, returns, rulebook, tiers
from stoa.services.earning import Report
from stoa.values.footings import Footing
from stoa.work import Actor, Desk
from world import Coalition, Someone, a_key

GOLD: dict[str, Any] = {
    "any": [
        {"fact": "spend", "over": "day", "is": ">=", "value": 800_00},
        {"fact": "spend", "over": "30 days", "is": ">=", "value": 2000_00},
    ]
}
"""#1: 800.00 on a day or 2,000.00 within 30 days."""

SILVER: dict[str, Any] = {"fact": "visits", "over": "calendar month", "is": ">=", "value": 3}
"""#2: three visits a month."""

REVIEW = {"every": "12 months", "grace_days": 30, "soft_landing": True}


def a_ladder(*qualify: dict[str, Any] | None, **changes: Any) -> dict[str, Any]:
    """Return a main ladder of basic, silver and gold, or of as many tiers as there are trees."""
    codes = ("basic", "silver", "gold", "jade")
    trees = (None, *(qualify or (SILVER, GOLD)))
    document: dict[str, Any] = {
        "name": {"en": "Members"},
        "main": True,
        "tiers": [
            {
                "code": code, "name": {"en": code.title(), "zh-Hans": f"{code}卡"},
                "uplift_percent": uplift, "discount_basis_points": discount, "qualify": tree,
            }
            for code, uplift, discount, tree in zip(
                codes, (10, 20, 100, 150), (0, 200, 500, 800), trees, strict=False
            )
        ],
    }  # fmt: skip
    return document | changes


def hold(desk: Desk, document: dict[str, Any], code: str = "main") -> None:
    """Save a ladder and let it hold."""
    with desk.work(Actor("staff:test")) as work:
        tiers.save(work, code, document)
        rulebook.activate(work, "ladder", code)


def buy(coalition: Coalition, who: Someone, total: str, **changes: Any) -> UUID:
    """Let a member buy something at the grocery, and let the worker hear of it."""
    bought = _buy(coalition, who, coalition.a_purchase(who, total, **changes))
    listen(coalition.desk)
    return bought


def buy_on(coalition: Coalition, who: Someone, total: str, day: date, **changes: Any) -> UUID:
    """Let a member buy at noon, Shanghai time, of a day; a day of before arrives late."""
    at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    return buy(coalition, who, total, occurred_at=at, **changes)


def give_back(coalition: Coalition, purchase_id: UUID) -> None:
    """Let a purchase come back whole, and let the worker hear of it."""
    with coalition.desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, purchase_id, None, key=a_key())
    listen(coalition.desk)


def listen(desk: Desk) -> None:
    """Let the worker tell all events and look at all whom they concern."""
    while True:
        with desk.work(worker.ACTOR) as work:
            told = outbox.tell(work, worker.follow)
        with desk.work(worker.ACTOR) as work:
            looked = tiers.recheck_due(work)
        if not told and not looked:
            return


def review(desk: Desk) -> None:
    """Let the worker take the steps that are due."""
    while True:
        with desk.work(worker.ACTOR) as work:
            if not tiers.review_due(work):
                break
    listen(desk)


def footing(desk: Desk, who: Someone, ladder: str = "main") -> Footing | None:
    """Return where a member stands; ``None`` for who never left the lowest tier."""
    with desk.work(Actor("test")) as work:
        return tiers.of(work, who.id).get(ladder)


def tier(desk: Desk, who: Someone, ladder: str = "main") -> str:
    """Return the code of a member's tier."""
    found = footing(desk, who, ladder)
    return found.tier if found else "basic"


def move_to(desk: Desk, day: date) -> None:
    """Move the clock to noon, Shanghai time, of a day."""
    clock: Any = desk.clock
    clock.now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def after(day: date, days: int) -> date:
    """Return the day so many days later."""
    return day + timedelta(days=days)


def _buy(coalition: Coalition, who: Someone, report: Report) -> UUID:
    with coalition.desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, report, key=a_key()).purchase_id
