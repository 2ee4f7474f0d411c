"""Rules that somebody spoilt: refused with places, or they hold, and a purchase goes through."""

import pytest

from mutants import mutant
from stoa.errors import InvalidRuleError
from stoa.services import campaigns, challenges, earning, outbox, programmes, segments, tiers
from stoa.values.rulefiles import RuleFile
from stoa.work import Actor, Desk
from stoa.worker import ACTOR, follow
from world import Coalition, FixedClock, a_key

AUTHOR, OTHER = Actor("staff:author"), Actor("staff:other")


def let_hold(desk: Desk, rule: RuleFile) -> bool:
    """Save a rule and let it hold; tell whether it was accepted."""
    try:
        with desk.work(AUTHOR) as work:
            programmes.save(work, rule)
        with desk.work(OTHER) as work:
            programmes.activate(work, rule.kind, rule.code)
    except InvalidRuleError as wrong:
        return not wrong.members["errors"]
    return True


@pytest.mark.parametrize("seed", range(4))
def test_whatever_holds_lets_purchases_through(
    desk: Desk, coalition: Coalition, clock: FixedClock, seed: int
) -> None:
    ada = coalition.a_member()
    held = 0
    for number in range(120):
        kind, document = mutant(seed * 1000 + number)
        if kind == "ladder":
            document["main"] = False
        held += let_hold(desk, RuleFile(kind, f"c{number}", document))
        if number % 10 == 9:
            report = coalition.a_purchase(ada, "123.45")
            with desk.work(coalition.as_grocery()) as work:
                told = earning.estimate(work, report)
                assert earning.earn(work, report, key=a_key()).lines == told.lines
            with desk.work(ACTOR) as work:
                outbox.tell(work, follow)
            clock.move(days=1)
    with desk.work(ACTOR) as work:
        tiers.reassess(work, ada.id)
        segments.refresh(work)
        campaigns.note_exhausted(work)
        challenges.assess(work, ada.id)
    clock.move(days=400)
    with desk.work(ACTOR) as work:
        campaigns.end_past(work)
    assert held > 10
