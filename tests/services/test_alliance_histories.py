"""Wild histories of an alliance: many rules that change, mergers, returns; all of it adds up.

After each, purchases replay without a difference, every line is told in three languages, and every
invariant holds, the last by the desk's own fixture.
"""

import random
from typing import Any
from uuid import UUID

import pytest

from campaigns import EDITOR, OTHER, a_document
from stoa.errors import StoaError
from stoa.services import (
    campaigns,
    earning,
    explaining,
    invitations,
    members,
    mergers,
    outbox,
    parked,
    programmes,
    referrals,
    replay,
    returns,
    rulebook,
)
from stoa.values.facts import Tender, TenderKind
from stoa.values.languages import LANGUAGES
from stoa.values.replays import Outcome
from stoa.values.rulefiles import RuleFile
from stoa.work import Desk
from stoa.worker import ACTOR, follow
from world import Coalition, FixedClock, PlainPlugin, Someone, a_key

_CONDITIONS = (
    None,
    {"fact": "first_purchase", "is": "=", "value": True},
    {"fact": "days_since_purchase", "is": ">=", "value": 5},
    {"fact": "visits", "over": "30 days", "is": ">=", "value": 3},
    {"any": [
        {"fact": "tier", "is": "in", "value": ["gold", "silver"]},
        {"fact": "partners_visited", "over": "7 days", "is": ">=", "value": 2},
    ]},
    {"not": {"fact": "weekday", "is": "in", "value": ["monday", "sunday"]}},
    {"all": [
        {"fact": "purchase_total", "is": ">=", "value": 5_000},
        {"fact": "qualifying_points", "over": "30 days", "is": "<", "value": 900},
    ]},
)  # fmt: skip
_BONUSES = (
    {"kind": "fixed", "points": 7},
    {"kind": "fixed", "points": 401},
    {"kind": "multiplier", "times_percent": 333},
    {"kind": "step", "every_minor": 1_700, "points": 3, "most": 20},
    {"kind": "tiered",
     "steps": [{"from_minor": 100, "points": 1}, {"from_minor": 9_000, "points": 50}]},
)  # fmt: skip
_PAYERS = (
    [{"payer": "operator", "share": 50}, {"payer": "partner", "share": 50}],
    [{"payer": "operator", "share": 33}, {"payer": "partner", "share": 33},
     {"payer": "prt:cinema", "share": 34}],
    [{"payer": "prt:grocery", "share": 100}],
)  # fmt: skip
_CAPS: tuple[list[dict[str, Any]], ...] = (
    [], [{"every": "day", "points": 60}], [{"every": "week", "uses": 2}],
    [{"every": "month", "points": 300, "uses": 5}, {"every": "campaign", "uses": 9}],
)  # fmt: skip


class Town:
    """Some members who buy, bring back and are merged while the rules change under them."""

    def __init__(
        self, desk: Desk, coalition: Coalition, plain: PlainPlugin, chance: random.Random
    ) -> None:
        self.desk, self.coalition, self.plain, self.chance = desk, coalition, plain, chance
        self.people = [coalition.a_member(f"M{number}") for number in range(6)]
        self.bought: list[tuple[Someone, UUID, str]] = []

    def act(self) -> None:
        """Do one thing; what is refused is part of the history."""
        deed = self.chance.choice(
            (*[self.buy] * 8, *[self.bring_back] * 4, *[self.change] * 3, self.rest, self.merge,
             self.invite, self.settle, self.tell)
        )  # fmt: skip
        try:
            deed()
        except StoaError as refusal:
            assert refusal.status < 500, refusal  # noqa: PT017 - refusals of a caller's fault only

    def buy(self) -> None:
        """Buy somewhere for some money, partly with points' worth, sometimes unpriced."""
        who, store = self.chance.choice(self.people), self.chance.choice(("grocery", "cinema"))
        total = self.chance.choice(("0.01", "0.99", "33.33", "100.00", "250.50", "1999.99"))
        report = self.coalition.a_purchase(who, total)
        whole = report.lines[0].net_minor
        if self.chance.random() < 0.2 and whole > 2:
            part = whole // 3
            tenders = (Tender(TenderKind.GIFT_CARD, part), Tender(TenderKind.OTHER, whole - part))
            report = self.coalition.a_purchase(who, total, tenders=tenders)
        actor = self.coalition.as_grocery() if store == "grocery" else self.coalition.as_cinema()
        self.plain.wrong = ValueError if self.chance.random() < 0.1 else None
        with self.desk.work(actor) as work:
            earned = earning.earn(work, report, key=a_key())
        self.plain.wrong = None
        self.bought.append((who, earned.purchase_id, store))

    def bring_back(self) -> None:
        """Bring back a part, or all of a purchase, or void it."""
        if not self.bought:
            return
        _, purchase_id, store = self.chance.choice(self.bought)
        actor = self.coalition.as_grocery() if store == "grocery" else self.coalition.as_cinema()
        with self.desk.work(actor) as work:
            match self.chance.randrange(3):
                case 0:
                    returns.void(work, purchase_id, key=a_key())
                case 1:
                    part = self.chance.choice((100, 333, 500))
                    returns.return_lines(work, purchase_id, {1: part}, key=a_key())
                case _:
                    returns.return_lines(work, purchase_id, None, key=a_key())

    def change(self) -> None:
        """Change what holds: a campaign's next version, a pause, an end, a ladder."""
        code = self.chance.choice(("one", "two", "three", "four"))
        with self.desk.work(EDITOR) as work:
            match self.chance.randrange(6):
                case 0:
                    campaigns.pause(work, code)
                case 1:
                    campaigns.resume(work, code)
                case _:
                    stacks = self.chance.choice(("adds", "highest", "alone", "adds"))
                    document = a_document(
                        until="2026-12-31", bonus=self.chance.choice(_BONUSES),
                        payers=self.chance.choice(_PAYERS), caps=self.chance.choice(_CAPS),
                        stacks=stacks, group="g", priority=self.chance.randrange(3),
                        holdout_percent=self.chance.choice((0, 0, 50)),
                        budget_points=self.chance.choice((50, 500, 5_000)),
                    )  # fmt: skip
                    condition = self.chance.choice(_CONDITIONS)
                    if condition is not None:
                        document["condition"] = condition
                    if not document["caps"]:
                        del document["caps"]
                    campaigns.save(work, code, document)
                    campaigns.activate(work, code)

    def rest(self) -> None:
        """Let hours or days pass."""
        assert isinstance(self.desk.clock, FixedClock)
        self.desk.clock.move(hours=self.chance.choice((1, 5, 24, 72)))

    def merge(self) -> None:
        """Make one of two."""
        old, new = self.chance.sample(self.people, 2)
        if len(self.people) > 3:
            with self.desk.work(OTHER) as work:
                mergers.merge(work, old.id, new.id, reason="one person")
            self.people.remove(old)

    def invite(self) -> None:
        """Let somebody come by a member's code."""
        inviter = self.chance.choice(self.people)
        with self.desk.work(self.coalition.as_grocery()) as work:
            found, card = members.enrol(work, "Friend")
            invitations.join(work, found.id, invitations.code_of(work, inviter.id))
        self.people.append(Someone(found.id, members.Token("card", card)))

    def settle(self) -> None:
        """Settle what is pending."""
        for _, purchase_id, _ in self.bought:
            with self.desk.work(ACTOR) as work:
                rows = work.rows(
                    "SELECT member_id FROM purchases WHERE id = %s AND status = 'pending'",
                    (purchase_id,),
                )
            if rows:
                with self.desk.work(ACTOR) as work:
                    earning.settle(work, rows[0][0], purchase_id)

    def tell(self) -> None:
        """Let the worker do all that is due."""
        with self.desk.work(ACTOR) as work:
            outbox.tell(work, follow, limit=1000)
        for deed in (referrals.reward, referrals.take_back, parked.match, mergers.sweep):
            with self.desk.work(ACTOR) as work:
                deed(work)


@pytest.mark.parametrize("seed", range(5))
def test_a_wild_history_adds_up_replays_and_is_told(
    desk: Desk, coalition: Coalition, plain: PlainPlugin, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - no secret
    town = Town(desk, coalition, plain, chance)
    with desk.work(EDITOR) as work:
        for kind, document in (
            ("referral", {"name": {"en": "Friends"}, "budget_points": 900,
                          "reward": {"inviter_points": 101, "invitee_points": 50}}),
            ("challenge", {"name": {"en": "Three"}, "period": "calendar month",
                           "budget_points": 500, "reward": {"points": 33}, "most_per_period": 2,
                           "goal": {"fact": "visits", "over": "ever", "is": ">=", "value": 3}}),
        ):  # fmt: skip
            programmes.save(work, RuleFile(kind, "all", document))
            rulebook_version = programmes.activate(work, kind, "all").version
    for _ in range(150):
        town.act()
    town.tell()
    town.settle()
    town.tell()
    with desk.work(EDITOR) as work:
        totals = replay.replay_all(work)
        assert rulebook.current(work).version > rulebook_version
    assert [each for each in totals.findings if each.outcome is Outcome.DIFFERENT] == []
    assert totals.done > 40
    bonuses = 0
    for _, purchase_id, _ in town.bought:
        for language in LANGUAGES:
            with desk.work(EDITOR) as work:
                story = explaining.explain_purchase(work, purchase_id, language=language)
            for deed in story.deeds:
                assert all(line.headline for line in deed.lines)
                bonuses += sum(line.reason.startswith("campaign:") for line in deed.lines)
    assert bonuses > 10
