"""Challenges: completed once a period, rewarded once, undone by what takes the goal away."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

import activities
from stoa.errors import (
    ChallengeClosedError,
    ChallengeUnknownError,
    FourEyesError,
    InvalidRuleError,
    MemberUnknownError,
)
from stoa.models.challenges import ChallengeRun
from stoa.services import (
    challenges,
    earning,
    ledger,
    members,
    mergers,
    outbox,
    partners,
    returns,
    rulebook,
    tiers,
)
from stoa.services.challenges import Standing, documents
from stoa.values.identifiers import new_uuid
from stoa.work import Actor, Desk, Work
from stoa.worker import follow
from world import Coalition, FixedClock, Someone, a_key

STAFF, WORKER = Actor("staff:mei"), Actor("worker")
VISITS: dict[str, Any] = {"fact": "visits", "over": "ever", "is": ">=", "value": 3}
STAMPS: dict[str, Any] = {
    "fact": "stores_collected", "is": "has all", "value": ["grocery/main", "cinema/main"],
}  # fmt: skip
NAME = {"en": "Three visits"}


def a_challenge(desk: Desk, code: str = "three", **changes: Any) -> None:
    """Save a challenge and let it hold."""
    document: dict[str, Any] = {
        "name": NAME, "period": "calendar year", "goal": VISITS, "reward": {"points": 50},
        "budget_points": 1000,
    } | changes  # fmt: skip
    with desk.work(STAFF) as work:
        challenges.save(work, code, document)
        rulebook.activate(work, "challenge", code)


def tell(desk: Desk) -> None:
    """Let the worker follow what happened."""
    with desk.work(WORKER) as work:
        while outbox.tell(work, follow):
            pass


def run_of(desk: Desk, who: Someone, code: str = "three") -> list[ChallengeRun]:
    """Return a member's runs of a challenge, in their order."""
    with desk.work(WORKER) as work:
        rows = work.session.query(ChallengeRun).filter_by(member_id=who.id, challenge=code)
        return sorted(rows, key=lambda run: run.since)


def states(desk: Desk, who: Someone, code: str = "three") -> list[str]:
    """Return the states of a member's runs."""
    return [run.state for run in run_of(desk, who, code)]


def available(desk: Desk, who: Someone) -> int:
    """Return what a member can spend."""
    with desk.work(WORKER) as work:
        return ledger.balance_of(work, who.id, "STAR").balance.available


def standing(desk: Desk, who: Someone, code: str = "three") -> Standing:
    """Return how a member gets on with a challenge."""
    with desk.work(WORKER) as work:
        return next(each for each in challenges.of(work, who.id) if each.held.code == code)


Buy = Callable[..., UUID]


@pytest.fixture
def buy(desk: Desk, coalition: Coalition, clock: FixedClock) -> Buy:
    """Return a deed: a member buys, an hour passes, the worker follows."""

    def deed(who: Someone, total: str = "10.00", *, at: str = "grocery", told: bool = True) -> UUID:
        actor = coalition.as_grocery() if at == "grocery" else coalition.as_cinema()
        with desk.work(actor) as work:
            bought = earning.earn(work, coalition.a_purchase(who, total), key=a_key())
        clock.move(hours=1)
        if told:
            tell(desk)
        return bought.purchase_id

    return deed


@pytest.fixture
def bring_back(desk: Desk, coalition: Coalition) -> Callable[[UUID], None]:
    """Return a deed: a purchase comes back to the grocery as a whole."""

    def deed(purchase_id: UUID) -> None:
        with desk.work(coalition.as_grocery()) as work:
            returns.return_lines(work, purchase_id, None, key=a_key())
        tell(desk)

    return deed


class TestCompleting:
    """A goal that is reached is reached once."""

    def test_two_visits_do_not_and_three_do(
        self, desk: Desk, coalition: Coalition, buy: Buy
    ) -> None:
        a_challenge(desk)
        ada = coalition.a_member()
        buy(ada)
        buy(ada)
        assert states(desk, ada) == ["running"]
        assert run_of(desk, ada)[0].progress[0]["missing"] == 1
        assert available(desk, ada) == 20
        buy(ada)
        run = run_of(desk, ada)[0]
        assert (run.state, run.completed_on, run.points) == ("completed", date(2026, 5, 1), 50)
        assert available(desk, ada) == 80

    def test_it_is_completed_once_a_year(
        self, desk: Desk, coalition: Coalition, buy: Buy, clock: FixedClock
    ) -> None:
        a_challenge(desk)
        ada = coalition.a_member()
        for _ in range(7):
            buy(ada)
        assert available(desk, ada) == 70 + 50
        clock.now = datetime(2027, 2, 1, 4, tzinfo=UTC)
        for _ in range(3):
            buy(ada)
        assert available(desk, ada) == 100 + 100
        assert [run.since for run in run_of(desk, ada)] == [date(2026, 1, 1), date(2027, 1, 1)]

    def test_the_event_tells_of_it(self, desk: Desk, coalition: Coalition, buy: Buy) -> None:
        a_challenge(desk)
        ada = coalition.a_member()
        for _ in range(3):
            buy(ada)
        with desk.work(WORKER) as work:
            told = work.rows("SELECT facts FROM outbox WHERE topic = 'challenge.completed'")
        assert [(row[0]["challenge"], row[0]["points"]) for row in told] == [("three", 50)]

    def test_a_stamp_card_is_full_with_all_stores(
        self, desk: Desk, coalition: Coalition, buy: Buy
    ) -> None:
        a_challenge(desk, goal=STAMPS)
        ada = coalition.a_member()
        buy(ada)
        buy(ada)
        step = standing(desk, ada).steps[0]
        assert (step.found, step.missing) == (("grocery/main",), ("cinema/main",))
        assert available(desk, ada) == 20
        buy(ada, at="cinema")
        assert standing(desk, ada).steps[0].missing == ()
        assert available(desk, ada) == 80

    def test_without_a_reward_it_only_counts(
        self, desk: Desk, coalition: Coalition, buy: Buy
    ) -> None:
        a_challenge(desk, reward=None, budget_points=None, grants_eligibility=True)
        ada = coalition.a_member()
        for _ in range(3):
            buy(ada)
        assert states(desk, ada) == ["completed"]
        assert available(desk, ada) == 30

    def test_thrice_a_month_is_thrice_from_scratch(
        self, desk: Desk, coalition: Coalition, buy: Buy, clock: FixedClock
    ) -> None:
        a_challenge(desk, period="calendar month", most_per_period=2, goal=VISITS | {"value": 2})
        ada = coalition.a_member()
        for _ in range(6):
            buy(ada)
            clock.move(days=1)
        assert available(desk, ada) == 60 + 100
        assert [run.since.day for run in run_of(desk, ada)] == [1, 3]
        found = standing(desk, ada)
        assert (found.completed, found.completed_on) == (2, date(2026, 5, 4))

    def test_an_activity_counts(self, desk: Desk, coalition: Coalition) -> None:
        goal = {"fact": "activities", "of": "check_in", "is": ">=", "value": 1}
        a_challenge(desk, goal=goal)
        ada = coalition.a_member()
        with desk.work(WORKER) as work:
            challenges.assess(work, ada.id)
        assert states(desk, ada) == []

    def test_a_frozen_member_completes_nothing(
        self, desk: Desk, coalition: Coalition, buy: Buy
    ) -> None:
        a_challenge(desk)
        ada = coalition.a_member()
        for _ in range(3):
            buy(ada, told=False)
        with desk.work(STAFF) as work:
            members.freeze(work, ada.id, reason="lost card")
        tell(desk)
        assert states(desk, ada) == []

    def test_a_late_purchase_completes_the_period_it_belongs_to(
        self, desk: Desk, coalition: Coalition, buy: Buy, clock: FixedClock
    ) -> None:
        a_challenge(desk, period="calendar month")
        ada = coalition.a_member()
        clock.now = datetime(2026, 5, 31, 2, tzinfo=UTC)
        buy(ada)
        buy(ada)
        sold_at = clock.now
        clock.now = datetime(2026, 6, 1, 4, tzinfo=UTC)
        with desk.work(coalition.as_grocery()) as work:
            report = coalition.a_purchase(ada, "10.00", occurred_at=sold_at)
            earning.earn(work, report, key=a_key())
        tell(desk)
        assert [(run.state, run.completed_on) for run in run_of(desk, ada)] == [
            ("completed", date(2026, 5, 31))
        ]

    def test_a_challenge_that_rests_completes_nobody(
        self, desk: Desk, coalition: Coalition, buy: Buy
    ) -> None:
        a_challenge(desk)
        ada = coalition.a_member()
        buy(ada)
        with desk.work(STAFF) as work:
            rulebook.pause(work, "challenge", "three")
        for _ in range(3):
            buy(ada)
        assert states(desk, ada) == ["running"]


class TestBudget:
    """Nobody mints by configuration."""

    def test_what_the_budget_does_not_pay_is_completed_without_points(
        self, desk: Desk, coalition: Coalition, buy: Buy
    ) -> None:
        a_challenge(desk, goal=VISITS | {"value": 1}, budget_points=120)
        people = [coalition.a_member(name) for name in ("Ada", "Ben", "Cai")]
        for who in people:
            buy(who)
        assert [run_of(desk, who)[0].points for who in people] == [50, 50, 0]
        assert [states(desk, who) for who in people] == [["completed"]] * 3

    def test_a_work_that_fails_takes_no_budget_with_it(
        self, desk: Desk, coalition: Coalition, buy: Buy
    ) -> None:
        a_challenge(desk, goal=VISITS | {"value": 1})
        ada, ben = coalition.a_member(), coalition.a_member("Ben")
        with desk.work(coalition.as_grocery()) as work:
            earning.earn(work, coalition.a_purchase(ada), key=a_key())
        with desk.work(WORKER) as work:
            challenges.assess(work, ada.id)
            work.session.rollback()
        buy(ben)
        assert [run_of(desk, who)[0].points for who in (ada, ben)] == [50, 50]

    def test_payers_share_a_reward(self, desk: Desk, coalition: Coalition, buy: Buy) -> None:
        payers = [{"payer": "operator", "share": 50}, {"payer": "prt:cinema", "share": 50}]
        a_challenge(desk, goal=VISITS | {"value": 1}, reward={"points": 51, "payers": payers})
        ada = coalition.a_member()
        buy(ada)
        with desk.work(WORKER) as work:
            rows = work.rows(
                "SELECT points, payer_id FROM postings"
                " WHERE reason = 'challenge:three' ORDER BY seq"
            )
        assert [tuple(row) for row in rows] == [(26, None), (25, coalition.cinema)]

    def test_a_large_budget_needs_a_second_person(self, desk: Desk) -> None:
        document = {
            "name": NAME, "period": "once", "goal": VISITS, "reward": {"points": 50},
            "budget_points": 100_001,
        }  # fmt: skip
        with desk.work(STAFF) as work:
            challenges.save(work, "large", document)
        with desk.work(STAFF) as work, pytest.raises(FourEyesError):
            challenges.activate(work, "large")
        with desk.work(Actor("staff:ben")) as work:
            challenges.activate(work, "large")
            assert list(challenges.held(work)) == ["large"]

    def test_a_larger_budget_pays_more(self, desk: Desk, coalition: Coalition, buy: Buy) -> None:
        people = [coalition.a_member(name) for name in ("Ada", "Ben", "Cai")]
        for budget in (50, 100):
            document = {
                "name": NAME, "period": "calendar year", "goal": VISITS | {"value": 1},
                "reward": {"points": 50}, "budget_points": budget,
            }  # fmt: skip
            with desk.work(STAFF) as work:
                challenges.save(work, "three", document)
                challenges.activate(work, "three")
            buy(people.pop())
        last = people.pop()
        buy(last)
        assert run_of(desk, last)[0].points == 0
        with desk.work(WORKER) as work:
            paid = work.rows("SELECT sum(points)::int FROM challenge_runs")[0][0]
        assert paid == 100


class TestEligibility:
    """A challenge makes a member eligible; the tier asks for what else it wants (#12)."""

    @pytest.mark.parametrize("grants", [True, False])
    def test_it_opens_the_way_and_is_not_the_tier(
        self, desk: Desk, coalition: Coalition, buy: Buy, *, grants: bool
    ) -> None:  # fmt: skip
        done = {"fact": "challenges_done", "of": "three", "over": "calendar year", "is": ">=",
                "value": 1}  # fmt: skip
        spend = {"fact": "spend", "over": "ever", "is": ">=", "value": 4000}
        document = {
            "name": {"en": "Club"},
            "tiers": [
                {"code": "basic", "name": {"en": "Basic"}},
                {"code": "vip", "name": {"en": "VIP"}, "qualify": {"all": [done, spend]}},
            ],
        }
        with desk.work(STAFF) as work:
            tiers.save(work, "club", document)
            rulebook.activate(work, "ladder", "club")
        a_challenge(desk, grants_eligibility=grants)
        ada = coalition.a_member()

        def club() -> str:
            with desk.work(WORKER) as work:
                tiers.recheck_due(work)
            with desk.work(WORKER) as work:
                found = tiers.of(work, ada.id).get("club")
                return found.tier if found else "basic"

        for _ in range(3):
            buy(ada)
        assert club() == "basic"
        buy(ada)
        assert club() == ("vip" if grants else "basic")


class TestUndoing:
    """A return undoes what it takes the goal of, while the period lasts."""

    def test_a_return_undoes_the_run_and_the_reward(
        self, desk: Desk, coalition: Coalition, buy: Buy, bring_back: Callable[[UUID], None]
    ) -> None:
        a_challenge(desk)
        ada = coalition.a_member()
        bought = [buy(ada) for _ in range(3)]
        bring_back(bought[1])
        assert states(desk, ada) == ["undone"]
        assert available(desk, ada) == 20
        buy(ada)
        assert states(desk, ada) == ["completed"]
        assert available(desk, ada) == 80
        assert run_of(desk, ada)[0].times == 2

    def test_cycles_of_buying_and_returning_leave_the_budget_as_before(
        self, desk: Desk, coalition: Coalition, buy: Buy, bring_back: Callable[[UUID], None]
    ) -> None:
        a_challenge(desk, goal=VISITS | {"value": 1}, budget_points=70)
        ada = coalition.a_member()
        for _ in range(5):
            bought = buy(ada)
            assert run_of(desk, ada)[0].points == 50
            bring_back(bought)
        assert available(desk, ada) == 0
        with desk.work(WORKER) as work:
            left = work.rows("SELECT sum(remaining) FROM campaign_budgets")
        assert left[0][0] == 70

    def test_a_return_that_leaves_the_goal_changes_nothing(
        self, desk: Desk, coalition: Coalition, buy: Buy, bring_back: Callable[[UUID], None]
    ) -> None:
        a_challenge(desk)
        ada = coalition.a_member()
        bought = [buy(ada) for _ in range(4)]
        bring_back(bought[0])
        assert states(desk, ada) == ["completed"]
        assert available(desk, ada) == 30 + 50

    def test_of_two_runs_the_last_one_is_undone(
        self, desk: Desk, coalition: Coalition, buy: Buy, bring_back: Callable[[UUID], None],
        clock: FixedClock,
    ) -> None:  # fmt: skip
        a_challenge(desk, most_per_period=2, goal=VISITS | {"value": 2})
        ada = coalition.a_member()
        bought = []
        for _ in range(4):
            bought.append(buy(ada))
            clock.move(days=1)
        assert states(desk, ada) == ["completed", "completed"]
        bring_back(bought[0])
        assert states(desk, ada) == ["completed", "undone"]
        assert available(desk, ada) == 30 + 50

    def test_what_ended_stays(
        self, desk: Desk, coalition: Coalition, buy: Buy, bring_back: Callable[[UUID], None],
        clock: FixedClock,
    ) -> None:  # fmt: skip
        a_challenge(desk, period="calendar month")
        ada = coalition.a_member()
        clock.now = datetime(2026, 5, 31, 2, tzinfo=UTC)
        bought = [buy(ada) for _ in range(3)]
        clock.now = datetime(2026, 6, 1, 4, tzinfo=UTC)
        bring_back(bought[0])
        assert states(desk, ada) == ["completed"]

    def test_a_stricter_version_undoes_nothing(
        self, desk: Desk, coalition: Coalition, buy: Buy
    ) -> None:
        a_challenge(desk)
        ada = coalition.a_member()
        for _ in range(3):
            buy(ada)
        a_challenge(desk, goal=VISITS | {"value": 9})
        buy(ada)
        assert states(desk, ada) == ["completed"]

    def test_a_challenge_that_rests_is_undone_all_the_same(
        self, desk: Desk, coalition: Coalition, buy: Buy, bring_back: Callable[[UUID], None]
    ) -> None:
        a_challenge(desk)
        ada = coalition.a_member()
        bought = [buy(ada) for _ in range(3)]
        with desk.work(STAFF) as work:
            rulebook.end(work, "challenge", "three")
        bring_back(bought[0])
        assert states(desk, ada) == ["undone"]
        assert available(desk, ada) == 20


class TestJoining:
    """Some challenges ask who wants to take part."""

    def test_who_did_not_join_completes_nothing(
        self, desk: Desk, coalition: Coalition, buy: Buy, clock: FixedClock
    ) -> None:
        a_challenge(desk, join="opt-in")
        ada = coalition.a_member()
        for _ in range(3):
            buy(ada)
        assert states(desk, ada) == []
        assert not standing(desk, ada).joined
        clock.move(days=1)
        with desk.work(STAFF) as work:
            challenges.join(work, ada.id, "three")
            challenges.join(work, ada.id, "three")
        found = standing(desk, ada)
        assert (found.joined, found.since, found.steps[0].found) == (True, date(2026, 5, 2), 0)
        for _ in range(3):
            buy(ada)
        assert states(desk, ada) == ["completed"]

    def test_what_is_not_on_or_needs_no_joining_is_refused(
        self, desk: Desk, coalition: Coalition
    ) -> None:
        a_challenge(desk)
        span = {"from": "2026-06-01", "until": "2026-06-30"}
        a_challenge(desk, "june", period=span, join="opt-in")
        ada = coalition.a_member()
        for code, refusal in (
            ("three", ChallengeClosedError),
            ("june", ChallengeClosedError),
            ("none", ChallengeUnknownError),
        ):
            with desk.work(STAFF) as work, pytest.raises(refusal):
                challenges.join(work, ada.id, code)
        with desk.work(STAFF) as work, pytest.raises(MemberUnknownError):
            challenges.join(work, new_uuid(), "three")


class TestSaving:
    """A document names only what there is."""

    def test_unknown_stores_partners_and_activities_are_refused_with_the_place(
        self, desk: Desk, coalition: Coalition
    ) -> None:
        goal = {"all": [
            STAMPS | {"value": ["grocery/main", "tower/main"]},
            {"fact": "partners_collected", "is": "has any", "value": ["cinema", "tower"]},
            {"fact": "activities", "of": "dancing", "is": ">=", "value": 1},
            {"fact": "activities", "of": "check_in", "is": ">=", "value": 1},
        ]}  # fmt: skip
        payers = [{"payer": "prt:tower", "share": 100}]
        document = {
            "name": NAME, "period": "once", "goal": goal, "budget_points": 50,
            "reward": {"points": 50, "payers": payers},
        }  # fmt: skip
        with desk.work(STAFF) as work, pytest.raises(InvalidRuleError) as refused:
            challenges.save(work, "odd", document)
        assert set(refused.value.members["errors"]) == {
            "goal.all.0.value", "goal.all.1.value", "goal.all.2.of", "reward.payers.0.payer",
        }  # fmt: skip
        with desk.work(STAFF) as work, pytest.raises(InvalidRuleError):
            challenges.save(work, "odd", {})


class TestMerging:
    """Two memberships of one person complete a challenge once."""

    def test_what_one_completed_the_other_does_not_again(
        self, desk: Desk, coalition: Coalition, buy: Buy
    ) -> None:
        a_challenge(desk)
        ada, ben = coalition.a_member(), coalition.a_member("Ben")
        for _ in range(3):
            buy(ada)
        buy(ben)
        with desk.work(STAFF) as work:
            mergers.merge(work, ada.id, ben.id, reason="one person")
        tell(desk)
        buy(ben)
        assert states(desk, ben) == ["completed"]
        assert available(desk, ben) == 50 + 50

    def test_two_halves_make_a_whole(self, desk: Desk, coalition: Coalition, buy: Buy) -> None:
        a_challenge(desk)
        ada, ben = coalition.a_member(), coalition.a_member("Ben")
        for who in (ada, ben, ben):
            buy(who)
        with desk.work(STAFF) as work:
            mergers.merge(work, ada.id, ben.id, reason="one person")
        tell(desk)
        assert states(desk, ben) == ["completed"]


class TestWhatCounts:
    """Visits are those of the main ladder; activities are those that were reported."""

    @pytest.mark.parametrize(("gap", "visits"), [(90, 1), (59, 2)])
    def test_the_main_ladder_says_which_receipts_are_one_visit(
        self, desk: Desk, coalition: Coalition, buy: Buy, gap: int, visits: int
    ) -> None:
        with desk.work(STAFF) as work:
            (kept,) = rulebook.current(work).of("ladder").values()
            tiers.save(work, kept.code, {**kept.document, "visit_gap_minutes": gap})
            rulebook.activate(work, "ladder", kept.code)
        a_challenge(desk)
        ada = coalition.a_member()
        buy(ada)
        buy(ada)
        assert standing(desk, ada).steps[0].found == visits
        assert run_of(desk, ada)[0].progress[0]["found"] == visits

    def test_activities_that_were_reported_complete_it(
        self, desk: Desk, coalition: Coalition, clock: FixedClock
    ) -> None:
        activities.holds(desk)
        goal = {"fact": "activities", "of": "check-in", "is": ">=", "value": 2}
        a_challenge(desk, goal=goal)
        ada, code = coalition.a_member(), activities.a_code(coalition)
        activities.report(coalition, ada, code)
        tell(desk)
        assert states(desk, ada) == ["running"]
        assert run_of(desk, ada)[0].progress[0]["missing"] == 1
        clock.move(days=1)
        activities.report(coalition, ada, activities.a_code(coalition))
        tell(desk)
        assert run_of(desk, ada)[0].completed_on == date(2026, 5, 2)
        assert available(desk, ada) == 5 + 5 + 50

    def test_many_members_are_reckoned_together(
        self, desk: Desk, coalition: Coalition, buy: Buy
    ) -> None:
        a_challenge(desk)
        people = [coalition.a_member(f"M{number}") for number in range(6)]
        for who in people[:5]:
            for _ in range(3):
                buy(who, told=False)
        with desk.work(WORKER) as work:
            challenges.assess_all(work, [who.id for who in people])
        assert [states(desk, who) for who in people] == [["completed"]] * 5 + [[]]


class TestManyAtOnce:
    """Workers side by side complete a run once."""

    def test_parallel_follows_reward_once(self, desk: Desk, coalition: Coalition, buy: Buy) -> None:
        a_challenge(desk)
        ada = coalition.a_member()
        for _ in range(3):
            buy(ada, told=False)

        def assess(_: int) -> None:
            with desk.work(WORKER) as work:
                challenges.assess(work, ada.id)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(assess, range(16)))
        assert available(desk, ada) == 30 + 50
        assert run_of(desk, ada)[0].times == 1
        with desk.work(WORKER) as work:
            told = work.rows("SELECT count(*) FROM outbox WHERE topic = 'challenge.completed'")
        assert told[0][0] == 1

    def test_a_budget_is_never_passed_by_many_members(
        self, desk: Desk, coalition: Coalition, buy: Buy
    ) -> None:
        a_challenge(desk, goal=VISITS | {"value": 1}, budget_points=220)
        people = [coalition.a_member(f"M{number}") for number in range(12)]
        for who in people:
            buy(who, told=False)

        def assess(who: Someone) -> None:
            with desk.work(WORKER) as work:
                challenges.assess(work, who.id)

        with ThreadPoolExecutor(6) as pool:
            list(pool.map(assess, people))
        assert sum(run_of(desk, who)[0].points for who in people) == 200


@pytest.fixture
def berlin(desk: Desk, coalition: Coalition) -> Coalition:
    """Return the coalition with the grocery's second store in Berlin, code ``mitte``."""
    with desk.work(STAFF) as work:
        site = partners.add_site(work, "mitte", "Mitte", zone="Europe/Berlin")
        partners.add_store(work, coalition.grocery, site, "mitte", "Mitte", currency="CNY")
    return coalition


@pytest.mark.parametrize(
    ("second", "row"),
    [
        # The clocks go back on 25 October: Sunday in Berlin ends at 23:00 UTC, not at 22:00.
        (datetime(2026, 10, 25, 22, 1, tzinfo=UTC), 1),
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), 1),
        (datetime(2026, 10, 25, 23, 1, tzinfo=UTC), 2),
    ],
)
def test_weeks_are_those_of_the_store(
    desk: Desk, berlin: Coalition, clock: FixedClock, second: datetime, row: int
) -> None:
    goal = {"fact": "weeks_in_a_row", "is": ">=", "value": 3}
    clock.now = datetime(2026, 10, 20, 12, tzinfo=UTC)
    a_challenge(desk, goal=goal)
    ada = berlin.a_member()
    for at in (clock.now, second):
        clock.now = at
        with desk.work(berlin.as_grocery()) as work:
            earning.earn(work, berlin.a_purchase(ada, store="mitte"), key=a_key())
    tell(desk)
    assert standing(desk, ada).steps[0].now == row


def test_a_streak_goes_over_the_end_of_the_year(
    desk: Desk, coalition: Coalition, buy: Buy, clock: FixedClock
) -> None:
    a_challenge(desk, period="once", goal={"fact": "weeks_in_a_row", "is": ">=", "value": 3})
    ada = coalition.a_member()
    for day in (date(2026, 12, 27), date(2026, 12, 31), date(2027, 1, 4)):
        clock.now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        assert states(desk, ada) != ["completed"]
        buy(ada)
    assert states(desk, ada) == ["completed"]


def test_a_version_whose_save_was_rolled_back_is_forgotten(
    desk: Desk, coalition: Coalition
) -> None:
    class ChangedMindError(Exception):
        """Somebody stops half-way."""

    def said(work: Work, text: str) -> str:
        document = {
            "name": {"en": text}, "period": "calendar year", "goal": VISITS,
            "reward": {"points": 50}, "budget_points": 1000,
        }  # fmt: skip
        number = challenges.save(work, "three", document)
        return documents.version(work, "three", number).challenge.name.of("en")

    def stop() -> None:
        with desk.work(Actor("staff:editor")) as work:
            assert said(work, "One") == "One"
            raise ChangedMindError

    with pytest.raises(ChangedMindError):
        stop()
    with desk.work(Actor("staff:editor")) as work:
        assert said(work, "Another") == "Another"
