"""Campaigns for tests in one call: a document of few words, saved and let hold."""

from typing import Any

from stoa.services import campaigns
from stoa.work import Actor, Desk

EDITOR, OTHER = Actor("staff:editor"), Actor("staff:other")


def a_document(**changes: Any) -> dict[str, Any]:
    """Return a campaign of May 2026: 50 points a purchase, out of 100,000."""
    return {
        "name": {"en": "May"},
        "from": "2026-05-01",
        "until": "2026-05-31",
        "bonus": {"kind": "fixed", "points": 50},
        "budget_points": 100_000,
    } | changes


def hold(desk: Desk, code: str = "may", **changes: Any) -> None:
    """Save a campaign and let it hold."""
    with desk.work(EDITOR) as work:
        campaigns.save(work, code, a_document(**changes))
    with desk.work(OTHER) as work:
        campaigns.activate(work, code)


def left(desk: Desk, code: str = "may") -> int:
    """Return what is left of a campaign's budget."""
    with desk.work(EDITOR) as work:
        return campaigns.left(work, [code])[code]
