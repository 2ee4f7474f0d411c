"""Draws for tests: documents, members with points, deeds in a line."""

from typing import Any
from uuid import UUID

from stoa.services import adjustments, draws, rulebook
from stoa.services.draws import Bought
from stoa.work import Actor, Desk
from world import Coalition, Someone

STAFF, WORKER = Actor("staff:mei"), Actor("worker")
WHEEL: dict[str, Any] = {
    "name": {"en": "Lucky wheel"}, "mode": "instant", "points": 10, "allowed_draw": True,
    "from": "2026-05-01", "until": "2026-05-31", "budget_points": 150,
    "prizes": [
        {"code": "bear", "name": {"en": "A bear"}, "worth_minor": 4900, "stock": 2,
         "odds_per_million": 200_000},
        {"code": "fifty", "name": {"en": "50 points"}, "worth_minor": 50, "stock": 3,
         "odds_per_million": 300_000, "points": 50},
    ],
}  # fmt: skip
RAFFLE: dict[str, Any] = {
    "name": {"en": "Summer raffle"}, "mode": "raffle", "points": 5, "allowed_draw": True,
    "from": "2026-05-01", "until": "2026-05-31", "draws_at": "2026-06-02T20:00",
    "budget_points": 200,
    "prizes": [
        {"code": "bike", "name": {"en": "A bike"}, "worth_minor": 99_900, "stock": 1},
        {"code": "hundred", "name": {"en": "100 points"}, "worth_minor": 100, "stock": 2,
         "points": 100},
    ],
}  # fmt: skip


def a_draw(desk: Desk, document: dict[str, Any] | None = None, code: str = "wheel") -> None:
    """Save a draw and let it hold."""
    with desk.work(STAFF) as work:
        draws.save(work, code, document or WHEEL)
        draws.activate(work, code)
        rulebook.current(work)


def rich(coalition: Coalition, points: int, name: str = "Ada") -> Someone:
    """Return a member with points."""
    who = coalition.a_member(name)
    with coalition.desk.work(STAFF) as work:
        adjustments.adjust(work, who.id, points, reason_code="goodwill", note="for the test")
    return who


def buy(desk: Desk, who: Someone, code: str = "wheel") -> Bought:
    """Let a member buy a ticket."""
    with desk.work(STAFF) as work:
        return draws.buy(work, who.id, code)


def draw(desk: Desk, ticket_id: UUID, nonce: str = "n") -> Bought:
    """Draw a ticket."""
    with desk.work(STAFF) as work:
        return draws.draw(work, ticket_id, nonce=nonce)


def left(desk: Desk, code: str = "wheel") -> dict[str, int]:
    """Return how many of each prize are left."""
    with desk.work(STAFF) as work:
        return {each.code: each.remaining for each in draws.prizes_of(work, code)}
