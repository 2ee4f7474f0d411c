"""Raffles: the list is published, then the seed; winners follow once, whatever breaks between."""

import hashlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from draws import RAFFLE, STAFF, WHEEL, WORKER, a_draw, buy, draw, rich
from stoa.errors import DrawClosedError, DrawUnknownError, RuleStateError
from stoa.services import coupons, draws, invariants, ledger, mergers, positions, rulebook
from stoa.services.draws import Ticket
from stoa.work import Desk
from stoa_sdk.fairness import Unfair, verify_draw
from world import Coalition, FixedClock, Someone

CLOSED = datetime(2026, 5, 31, 16, tzinfo=UTC)
DRAWN = datetime(2026, 6, 2, 12, tzinfo=UTC)


def attend(desk: Desk) -> int:
    """Let the worker do all that is due; return how many steps it took."""
    steps = 0
    while True:
        with desk.work(WORKER) as work:
            if not draws.attend(work):
                return steps
        steps += 1


def proof(desk: Desk, code: str = "summer") -> dict[str, Any]:
    """Return what is published of a draw."""
    with desk.work(STAFF) as work:
        return draws.proof(work, code)


def tickets(desk: Desk, who: Someone) -> list[Ticket]:
    """Return a member's tickets."""
    with desk.work(STAFF) as work:
        return draws.of(work, who.id)


def points(desk: Desk, who: Someone) -> int:
    """Return a member's points."""
    with desk.work(STAFF) as work:
        return ledger.balance_of(work, who.id, "STAR").balance.available


@pytest.fixture
def people(desk: Desk, coalition: Coalition) -> list[Someone]:
    """Return five members with some tickets each of a raffle."""
    a_draw(desk, RAFFLE, "summer")
    people = [rich(coalition, 100, f"P{n}") for n in range(5)]
    for number, who in enumerate(people):
        for _ in range(number + 1):
            buy(desk, who, "summer")
    return people


class TestDrawing:
    """Close, publish, reveal: each once."""

    def test_a_raffle_is_what_it_promised(
        self, desk: Desk, people: list[Someone], clock: FixedClock
    ) -> None:
        announced = proof(desk)
        assert (announced["root"], announced["seed"], announced["tickets"]) == (None, None, [])
        clock.now = CLOSED
        assert attend(desk) == 1
        listed = proof(desk)
        assert (listed["state"], listed["seed"], listed["winners"]) == ("closed", None, [])
        assert [number for number, _, _ in listed["tickets"]] == list(range(1, 16))
        assert len({holder for _, _, holder in listed["tickets"]}) == 5
        clock.now = DRAWN
        assert attend(desk) == 3
        told = proof(desk)
        assert told["root"] == listed["root"]
        assert hashlib.sha256(bytes.fromhex(told["seed"])).hexdigest() == announced["commitment"]
        fair = verify_draw(told, kept=[announced, listed])
        assert fair.drawn == 15
        assert list(fair.winners) == ["bike 1", "hundred 1", "hundred 2"]
        every = [each for who in people for each in tickets(desk, who)]
        assert Counter(each.state for each in every) == {"won": 3, "lost": 12}
        assert Counter(each.win for each in every if each.win) == {"waiting": 1, "given": 2}
        winners = [who for who in people if any(t.state == "won" for t in tickets(desk, who))]
        assert len(winners) == 3
        bought = sum(5 * (n + 1) for n in range(5))
        assert sum(points(desk, who) for who in people) == 500 - bought + 200
        assert attend(desk) == 0

    def test_buying_ends_with_the_list_whatever_a_clock_says(
        self, desk: Desk, people: list[Someone], clock: FixedClock
    ) -> None:
        clock.now = CLOSED
        attend(desk)
        clock.now = CLOSED.replace(day=30)
        with pytest.raises(DrawClosedError) as refused:
            buy(desk, people[4], "summer")
        assert refused.value.members == {"state": "closed"}

    def test_tickets_of_merged_members_have_one_holder_and_one_prize(
        self, desk: Desk, people: list[Someone], clock: FixedClock
    ) -> None:
        with desk.work(STAFF) as work:
            mergers.merge(work, people[0].id, people[1].id, reason="one person")
        clock.now = CLOSED
        attend(desk)
        assert len({holder for _, _, holder in proof(desk)["tickets"]}) == 4
        clock.now = DRAWN
        attend(desk)
        assert sum(each.state == "won" for each in tickets(desk, people[1])) <= 1
        verify_draw(proof(desk))

    def test_more_prizes_than_tickets_leave_some(
        self, desk: Desk, coalition: Coalition, clock: FixedClock
    ) -> None:
        a_draw(desk, RAFFLE, "summer")
        a_draw(desk, RAFFLE, "empty")
        ada = rich(coalition, 100)
        buy(desk, ada, "summer")
        buy(desk, ada, "summer")
        clock.now = DRAWN
        attend(desk)
        assert list(verify_draw(proof(desk)).winners) == ["bike 1"]
        assert verify_draw(proof(desk, "empty")).winners == {}

    def test_a_member_may_win_twice_where_the_rule_says_so(
        self, desk: Desk, coalition: Coalition, clock: FixedClock
    ) -> None:
        a_draw(desk, RAFFLE | {"once": False}, "summer")
        ada = rich(coalition, 100)
        for _ in range(3):
            buy(desk, ada, "summer")
        clock.now = DRAWN
        attend(desk)
        assert Counter(each.prize for each in tickets(desk, ada)) == {"bike": 1, "hundred": 2}
        verify_draw(proof(desk))


class TestBreaking:
    """Whatever ends between two steps, the rest is done once."""

    @pytest.mark.parametrize("place", ["stoa_name_holders", "stoa_reveal_draw", "stoa_grant"])
    def test_a_worker_that_dies_in_a_step_leaves_it_to_the_next(
        self, desk: Desk, people: list[Someone], clock: FixedClock, database: str, place: str
    ) -> None:
        clock.now = DRAWN
        owner = create_engine(database, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with owner.connect() as connection:
            connection.exec_driver_sql(
                "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'killed'; END $$"
            )
            table = {"stoa_name_holders": "tickets", "stoa_reveal_draw": "draw_wins",
                     "stoa_grant": "lots"}[place]  # fmt: skip
            connection.exec_driver_sql(
                f"CREATE TRIGGER die BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW"
                " EXECUTE FUNCTION die()"
            )
        for _ in range(4):
            with pytest.raises(Exception, match="killed"):
                attend(desk)
        with owner.connect() as connection:
            connection.exec_driver_sql(f"DROP TRIGGER die ON {table}")
        owner.dispose()
        attend(desk)
        told = proof(desk)
        assert told["state"] == "revealed"
        assert verify_draw(told).drawn == 15
        every = [each for who in people for each in tickets(desk, who)]
        assert Counter(each.win for each in every if each.win) == {"waiting": 1, "given": 2}

    def test_workers_side_by_side_make_one_result(
        self, desk: Desk, people: list[Someone], clock: FixedClock
    ) -> None:
        clock.now = DRAWN
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(lambda _: attend(desk), range(6)))
        attend(desk)
        assert len(verify_draw(proof(desk)).winners) == 3
        bought = sum(5 * (n + 1) for n in range(5))
        assert sum(points(desk, who) for who in people) == 500 - bought + 200

    def test_a_list_that_was_changed_after_its_publication_draws_nobody(
        self, desk: Desk, people: list[Someone], clock: FixedClock, database: str
    ) -> None:
        clock.now = CLOSED
        attend(desk)
        owner = create_engine(database, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with owner.connect() as connection:
            connection.exec_driver_sql("UPDATE tickets SET holder = 'friend' WHERE number = 3")
        owner.dispose()
        clock.now = DRAWN
        assert attend(desk) == 0
        assert proof(desk)["state"] == "closed"
        with pytest.raises(Unfair, match="root"):
            verify_draw(proof(desk))


def _swap(told: dict[str, Any]) -> None:
    told["winners"][1]["ticket"], told["winners"][2]["ticket"] = (
        told["winners"][2]["ticket"], told["winners"][1]["ticket"],
    )  # fmt: skip
    told["winners"][1]["number"], told["winners"][2]["number"] = (
        told["winners"][2]["number"], told["winners"][1]["number"],
    )  # fmt: skip


def _add(told: dict[str, Any]) -> None:
    told["tickets"].append([16, "tkt_00nv3r6hm1evzvdqkqd3kj5d8s", "ff"])
    told["sold"] = 16


CHEATS: dict[str, Callable[[dict[str, Any]], object]] = {
    "another seed": lambda told: told.update(seed="00" * 32),
    "another seed and its hash": lambda told: told.update(
        seed="00" * 32, commitment=hashlib.sha256(bytes(32)).hexdigest()
    ),
    "another list": lambda told: told["tickets"][4].__setitem__(2, "ff" * 16),
    "a ticket dropped": lambda told: told["tickets"].pop(7),
    "the last ticket dropped": lambda told: (told["tickets"].pop(), told.update(sold=14)),
    "a ticket added": _add,
    "a ticket twice": lambda told: told["tickets"].__setitem__(3, [4, *told["tickets"][4][1:]]),
    "winners in another order": _swap,
    "a winner left out": lambda told: told["winners"].pop(),
    "another winner": lambda told: told["winners"][0].update(
        number=told["tickets"][0][0], ticket=told["tickets"][0][1]
    ) if told["winners"][0]["number"] != 1 else told["winners"][0].update(number=2),
    "other terms": lambda told: told["terms"]["prizes"][1].update(points=1),
    "other terms and their hash": lambda told: (
        told["terms"].update(once=False), told.update(terms_hash="00" * 32)
    ),
    "the seed kept back": lambda told: told.update(seed=None),
    "another root": lambda told: told.update(root="00" * 32),
}  # fmt: skip


@pytest.mark.parametrize("name", CHEATS)
def test_a_cheating_server_is_found(
    desk: Desk, people: list[Someone], clock: FixedClock, name: str
) -> None:
    announced = proof(desk)
    clock.now = DRAWN
    attend(desk)
    told = proof(desk)
    verify_draw(told, kept=[announced])
    cheat = deepcopy(told)
    CHEATS[name](cheat)
    with pytest.raises(Unfair):
        verify_draw(cheat, kept=[announced])


def _reroll(told: dict[str, Any]) -> None:
    drawn = [each for each in told["tickets"] if each["turn"]]
    drawn[0]["turn"], drawn[1]["turn"] = drawn[1]["turn"], drawn[0]["turn"]


def _odds(told: dict[str, Any]) -> None:
    told["terms"]["prizes"][0]["odds_per_million"] = 1


INSTANT_CHEATS: dict[str, Callable[[dict[str, Any]], object]] = {
    "another seed": lambda told: told["tickets"][2].update(seed="00" * 32),
    "another seed and its hash": lambda told: told["tickets"][2].update(
        seed="00" * 32, commitment=hashlib.sha256(bytes(32)).hexdigest()
    ),
    "other odds": _odds,
    "another stock": lambda told: told["tickets"][3].update(stock=[0, 0]),
    "another text": lambda told: told["tickets"][1].update(nonce="mine"),
    "another roll": lambda told: told["tickets"][1].update(roll=999_999),
    "another prize": lambda told: told["tickets"][4].update(
        prize=None if told["tickets"][4]["prize"] else "bear"
    ),
    "a ticket dropped": lambda told: told["tickets"].pop(2),
    "a draw hidden": lambda told: told["tickets"][5].update(turn=None),
    "drawn in another order": _reroll,
    "sold fewer": lambda told: (told["tickets"].pop(), told.update(sold=7)),
}


@pytest.mark.parametrize("name", INSTANT_CHEATS)
def test_a_cheating_wheel_is_found(desk: Desk, coalition: Coalition, name: str) -> None:
    a_draw(desk)
    ada = rich(coalition, 100)
    for turn in range(8):
        draw(desk, buy(desk, ada).ticket.id, f"text {turn}")
    told = proof(desk, "wheel")
    verify_draw(told, kept=[deepcopy(told)])
    cheat = deepcopy(told)
    INSTANT_CHEATS[name](cheat)
    with pytest.raises(Unfair):
        verify_draw(cheat, kept=[told])


class TestVerifying:
    """What is no result is told apart from what is unfair."""

    @pytest.mark.parametrize("told", [{}, {"v": "stoa-draw/1"}, {"v": "stoa-draw/2"}])
    def test_anything_else_is_no_result(self, told: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="result of a draw"):
            verify_draw(told)

    def test_what_was_kept_of_another_draw_is_no_proof(
        self, desk: Desk, people: list[Someone]
    ) -> None:
        a_draw(desk)
        with pytest.raises(Unfair):
            verify_draw(proof(desk), kept=[proof(desk, "wheel")])


class TestCancelling:
    """Tickets of a cancelled draw go back whole, to the lots they came from, once."""

    def test_every_ticket_goes_back_once(
        self, desk: Desk, people: list[Someone], clock: FixedClock
    ) -> None:
        with desk.work(STAFF) as work:
            before = work.rows("SELECT member_id, expires_on, seq FROM lots ORDER BY 1, 2, 3")
            assert draws.cancel(work, "summer", reason="the bike was stolen") == 15
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: attend(desk), range(4)))
        assert [points(desk, who) for who in people] == [100] * 5
        with desk.work(STAFF) as work:
            after = work.rows("SELECT member_id, expires_on, seq FROM lots ORDER BY 1, 2, 3")
            entry = ledger.history(work, people[0].id, "STAR")[0]
            budget = work.rows("SELECT sum(remaining) FROM campaign_budgets")[0][0]
        assert [tuple(row) for row in after] == [tuple(row) for row in before]
        assert (entry.kind, entry.points, budget) == ("refund", 5, 0)
        assert {each.state for who in people for each in tickets(desk, who)} == {"refunded"}
        clock.now = DRAWN
        assert attend(desk) == 0
        assert verify_draw(proof(desk)).state == "cancelled"

    def test_a_draw_ends_once(self, desk: Desk, people: list[Someone], clock: FixedClock) -> None:
        with desk.work(STAFF) as work, pytest.raises(DrawUnknownError):
            draws.cancel(work, "none", reason="x")
        with desk.work(STAFF) as work:
            draws.cancel(work, "summer", reason="x")
        with desk.work(STAFF) as work, pytest.raises(DrawClosedError) as refused:
            draws.cancel(work, "summer", reason="x")
        assert refused.value.members == {"state": "cancelled"}
        with pytest.raises(DrawClosedError):
            buy(desk, people[0], "summer")
        with pytest.raises(RuleStateError):
            a_draw(desk, RAFFLE, "summer")

    def test_what_was_won_before_stays_won(self, desk: Desk, coalition: Coalition) -> None:
        sure = WHEEL | {"prizes": [WHEEL["prizes"][1] | {"odds_per_million": 1_000_000}]}
        a_draw(desk, sure)
        ada = rich(coalition, 100)
        drawn, held = buy(desk, ada), buy(desk, ada)
        draw(desk, drawn.ticket.id)
        with desk.work(STAFF) as work:
            draws.cancel(work, "wheel", reason="x")
        with pytest.raises(DrawClosedError):
            draw(desk, held.ticket.id)
        attend(desk)
        assert points(desk, ada) == 140
        assert [each.state for each in tickets(desk, ada)] == ["refunded", "won"]
        verify_draw(proof(desk, "wheel"))

    def test_an_ended_rule_sells_no_more_and_still_draws(
        self, desk: Desk, people: list[Someone], clock: FixedClock
    ) -> None:
        with desk.work(STAFF) as work:
            rulebook.end(work, "draw", "summer")
        with pytest.raises(DrawClosedError):
            buy(desk, people[0], "summer")
        clock.now = DRAWN
        attend(desk)
        assert proof(desk)["state"] == "revealed"


POOL: dict[str, Any] = {
    "name": {"en": "Five off"}, "worth": {"kind": "amount", "minor": 500},
    "accepted_at": {"partners": "all"}, "from": "2026-05-01", "until": "2026-12-31",
    "supply": 1, "payers": [{"payer": "operator", "share": 100}],
}  # fmt: skip


class TestCoupons:
    """A coupon is issued with the prize; where none can be, it is owed until one is."""

    def _supply(self, desk: Desk, supply: int) -> None:
        with desk.work(STAFF) as work:
            coupons.save(work, "five", POOL | {"supply": supply})
        with desk.work(STAFF) as work:
            coupons.activate(work, "five")

    def test_it_is_given_at_once_or_when_there_is_one(
        self, desk: Desk, coalition: Coalition, clock: FixedClock
    ) -> None:
        self._supply(desk, 1)
        prize = {"code": "five", "name": {"en": "Five off"}, "worth_minor": 500, "stock": 3,
                 "odds_per_million": 1_000_000, "coupon": "five"}  # fmt: skip
        a_draw(desk, WHEEL | {"prizes": [prize], "budget_points": 0})
        ada = rich(coalition, 100)
        won = [draw(desk, buy(desk, ada).ticket.id).ticket.win for _ in range(2)]
        assert won == ["given", "owed"]
        clock.move(seconds=60)
        attend(desk)
        assert [each.win for each in tickets(desk, ada)] == ["owed", "given"]
        self._supply(desk, 2)
        clock.move(hours=2)
        attend(desk)
        assert [each.win for each in tickets(desk, ada)] == ["given", "given"]
        with desk.work(STAFF) as work:
            assert len(coupons.of(work, ada.id)) == 2


def test_the_books_are_right_after_all_of_it(
    desk: Desk, people: list[Someone], clock: FixedClock
) -> None:
    clock.now = DRAWN
    attend(desk)
    with desk.work(WORKER) as work:
        positions.fold(work)
    with desk.work(WORKER) as work:
        assert invariants.check_invariants(work) == []
