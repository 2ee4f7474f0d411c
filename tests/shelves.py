"""Rewards for tests: documents of rewards, saved and let hold."""

from typing import Any

from stoa.services import programmes
from stoa.values.rulefiles import RuleFile
from stoa.work import Actor, Desk

EDITOR = Actor("staff:editor")


def a_document(**changes: Any) -> dict[str, Any]:
    """Return a gift's document with changes; ``None`` takes a name away."""
    whole: dict[str, Any] = {
        "name": {"en": "A mug"}, "kind": "gift", "points": 500, "worth_minor": 2500,
    }  # fmt: skip
    return {name: value for name, value in (whole | changes).items() if value is not None}


def put(desk: Desk, code: str, **changes: Any) -> None:
    """Let a reward hold."""
    with desk.work(EDITOR) as work:
        rule = RuleFile("reward", code, a_document(**changes))
        programmes.save(work, rule)
        programmes.activate(work, "reward", code)
