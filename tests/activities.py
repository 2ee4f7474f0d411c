"""Activities for tests: rules that hold, and reports of them."""

from typing import Any

import pytest

from stoa.errors import StoaError
from stoa.services import activities, ledger
from stoa.services.activities import Done, Reported
from stoa.work import Actor, Desk
from world import Coalition, Someone, a_key

OPERATOR = Actor("staff:stf_1")


def a_rule(**changes: Any) -> dict[str, Any]:
    """Return the document of a check-in by code that earns 5 points a day."""
    document: dict[str, Any] = {
        "name": {"en": "Check in", "zh-Hans": "签到", "zh-Hant": "簽到"}, "kind": "check_in",
        "points": 5, "budget_points": 1000, "once_per": "day",
    }  # fmt: skip
    return {name: each for name, each in (document | changes).items() if each is not None}


def holds(desk: Desk, code: str = "check-in", **changes: Any) -> None:
    """Save a rule and let it hold."""
    with desk.work(OPERATOR) as work:
        activities.save(work, code, a_rule(**changes))
        activities.activate(work, code)


def report(
    coalition: Coalition, who: Someone, proof: str = "", activity: str = "check-in", **more: Any
) -> Reported:
    """Let the grocery report what a member did, in a work of its own."""
    key = more.pop("key", None) or a_key()
    more.setdefault("store", "main")
    with coalition.desk.work(coalition.as_grocery()) as work:
        return activities.report(work, Done(who.token, activity, proof=proof, **more), key=key)


def a_code(coalition: Coalition, activity: str = "check-in", **terms: Any) -> str:
    """Let the grocery make a code; return its text."""
    with coalition.desk.work(coalition.as_grocery()) as work:
        return activities.make(work, activity, **terms).text


def points_of(desk: Desk, who: Someone) -> int:
    """Return a member's points."""
    with desk.work(OPERATOR) as work:
        return ledger.balance_of(work, who.id, "STAR").balance.available


def refused(
    kind: type[StoaError], coalition: Coalition, who: Someone, proof: str = "", **more: Any
) -> StoaError:
    """Report what has to be refused, and has no effect."""
    before = points_of(coalition.desk, who)
    with pytest.raises(kind) as caught:
        report(coalition, who, proof, **more)
    assert type(caught.value) is kind
    assert points_of(coalition.desk, who) == before
    with coalition.desk.work(OPERATOR) as work:
        kept = work.rows("SELECT count(*) FROM activities a LEFT JOIN transactions t ON"
                         " t.id = a.id WHERE t.id IS NULL")[0][0]  # fmt: skip
    assert kept == 0
    return caught.value
