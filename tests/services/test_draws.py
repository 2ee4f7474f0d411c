"""Instant draws: a ticket is bought once, drawn once, wins what its seed, text and stock make."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from draws import STAFF, WHEEL, a_draw, buy, draw, left, rich
from stoa.errors import (
    DrawClosedError,
    DrawTierError,
    DrawUnknownError,
    InsufficientPointsError,
    InvalidRuleError,
    MemberFrozenError,
    PrizeClosedError,
    StoreUnknownError,
    TicketClosedError,
    TicketLimitError,
    TicketUnknownError,
)
from stoa.services import draws, ledger, members, mergers, rulebook
from stoa.values.draws import commitment, prize_at, roll
from stoa.values.identifiers import new_uuid
from stoa.work import Desk
from world import Coalition, FixedClock

SURE: dict[str, Any] = WHEEL | {
    "prizes": [WHEEL["prizes"][0] | {"odds_per_million": 1_000_000}], "budget_points": 0,
}  # fmt: skip
POINTS: dict[str, Any] = WHEEL | {
    "prizes": [WHEEL["prizes"][1] | {"odds_per_million": 1_000_000}], "budget_points": 150,
}  # fmt: skip


class TestBuying:
    """Points are burned once; the ticket says what decides it before anybody can know."""

    def test_a_ticket_costs_its_points_and_commits_to_its_seed(
        self, desk: Desk, coalition: Coalition
    ) -> None:
        a_draw(desk)
        ada = rich(coalition, 25)
        bought = buy(desk, ada)
        assert (bought.balance.available, bought.ticket.number, bought.ticket.state) == (
            15, 1, "open",
        )  # fmt: skip
        assert (bought.ticket.seed, bought.ticket.roll) == (None, None)
        with desk.work(STAFF) as work:
            entry = ledger.history(work, ada.id, "STAR")[0]
            told = work.rows(
                "SELECT explanation FROM transactions WHERE id = %s", (bought.ticket.id,)
            )[0][0]
        assert (entry.kind, entry.points, entry.account) == ("ticket", -10, "burned")
        assert told["commitment"] == bought.ticket.commitment.hex()
        assert told["terms_hash"] == bought.ticket.terms_hash.hex()
        assert told["number"] == 1
        buy(desk, ada)
        with pytest.raises(InsufficientPointsError) as refused:
            buy(desk, ada)
        assert refused.value.members == {"available_points": 5, "short_by_points": 5}

    def test_who_has_no_wallet_has_no_points(self, desk: Desk, coalition: Coalition) -> None:
        a_draw(desk)
        with pytest.raises(InsufficientPointsError):
            buy(desk, coalition.a_member())

    def test_selling_begins_and_ends_at_the_very_second(
        self, desk: Desk, coalition: Coalition, clock: FixedClock
    ) -> None:
        a_draw(desk, WHEEL | {"from": "2026-05-10", "until": "2026-05-11"})
        ada = rich(coalition, 100)
        for at, state in (
            (datetime(2026, 5, 9, 15, 59, 59, 999_999, UTC), "soon"),
            (datetime(2026, 5, 9, 16, 0, 0, 0, UTC), ""),
            (datetime(2026, 5, 11, 15, 59, 59, 999_999, UTC), ""),
            (datetime(2026, 5, 11, 16, 0, 0, 0, UTC), "over"),
        ):
            clock.now = at
            if state:
                with pytest.raises(DrawClosedError) as refused:
                    buy(desk, ada)
                assert refused.value.members == {"state": state}
            else:
                buy(desk, ada)
        with desk.work(STAFF) as work:
            assert draws.find(work, "wheel").sold == 2

    def test_the_database_keeps_the_hours_too(
        self, desk: Desk, coalition: Coalition, clock: FixedClock
    ) -> None:
        a_draw(desk)
        ada = rich(coalition, 100)
        for at, state in ((datetime(2026, 4, 30, tzinfo=UTC), "soon"),
                          (datetime(2026, 6, 1, tzinfo=UTC), "over")):  # fmt: skip
            clock.now = at
            with desk.work(STAFF) as work, pytest.raises(DrawClosedError) as refused:
                ledger.buy_ticket(
                    work, ada.id, "wheel", ticket_id=new_uuid(), version=1, points=10, seed=b"x",
                    most=0, most_day=0, net_of_debt=False, explanation={}, facts={},
                )  # fmt: skip
            assert refused.value.members == {"state": state}

    def test_what_is_paused_or_not_there_is_not_sold(
        self, desk: Desk, coalition: Coalition
    ) -> None:
        ada = rich(coalition, 100)
        with pytest.raises(DrawUnknownError):
            buy(desk, ada)
        a_draw(desk)
        with desk.work(STAFF) as work:
            rulebook.pause(work, "draw", "wheel")
        with pytest.raises(DrawClosedError) as refused:
            buy(desk, ada)
        assert refused.value.members == {"state": "paused"}

    def test_a_draw_may_be_for_some_tiers(self, desk: Desk, coalition: Coalition) -> None:
        a_draw(desk, WHEEL | {"tiers": ["gold"]})
        a_draw(desk, WHEEL | {"tiers": ["basic", "gold"]}, "all")
        ada = rich(coalition, 100)
        with pytest.raises(DrawTierError) as refused:
            buy(desk, ada)
        assert refused.value.members == {"tiers": ["gold"]}
        buy(desk, ada, "all")

    def test_who_is_frozen_neither_buys_nor_draws(self, desk: Desk, coalition: Coalition) -> None:
        a_draw(desk)
        ada = rich(coalition, 100)
        bought = buy(desk, ada)
        with desk.work(STAFF) as work:
            members.freeze(work, ada.id, reason="lost card")
        with pytest.raises(MemberFrozenError):
            buy(desk, ada)
        with pytest.raises(MemberFrozenError):
            draw(desk, bought.ticket.id)

    @pytest.mark.parametrize(
        ("limits", "sold", "by"),
        [
            ({"per_member": 5}, 5, {"by": "member", "most": 5}),
            ({"per_member_day": 3}, 3, {"by": "day", "most": 3}),
            ({"tickets": 4}, 4, {"by": "draw", "most": 4}),
        ],
    )
    def test_a_storm_of_buys_never_passes_a_limit(
        self, desk: Desk, coalition: Coalition, limits: dict[str, int], sold: int,
        by: dict[str, Any],
    ) -> None:  # fmt: skip
        a_draw(desk, WHEEL | limits)
        ada = rich(coalition, 1000)

        def one(_: int) -> str:
            try:
                buy(desk, ada)
            except TicketLimitError as refused:
                assert refused.members == by  # noqa: PT017 - of some calls
                return "refused"
            return "sold"

        with ThreadPoolExecutor(8) as pool:
            assert Counter(pool.map(one, range(24))) == {"sold": sold, "refused": 24 - sold}
        with desk.work(STAFF) as work:
            assert ledger.balance_of(work, ada.id, "STAR").balance.available == 1000 - 10 * sold
            numbers = work.rows("SELECT number FROM tickets ORDER BY number")
        assert [row[0] for row in numbers] == list(range(1, sold + 1))

    def test_a_new_day_has_a_new_limit_and_a_merged_member_the_old_one(
        self, desk: Desk, coalition: Coalition, clock: FixedClock
    ) -> None:
        a_draw(desk, WHEEL | {"per_member_day": 1, "per_member": 2})
        ada, ben = rich(coalition, 100), rich(coalition, 100, "Ben")
        buy(desk, ada)
        with desk.work(STAFF) as work:
            mergers.merge(work, ada.id, ben.id, reason="one person")
        with pytest.raises(TicketLimitError):
            buy(desk, ben)
        clock.move(days=1)
        buy(desk, ben)
        clock.move(days=1)
        with pytest.raises(TicketLimitError) as refused:
            buy(desk, ben)
        assert refused.value.members == {"by": "member", "most": 2}


class TestDrawing:
    """A ticket is drawn once; seed, text and stock decide, and all of it is told."""

    def test_the_seed_is_told_after_and_the_result_follows(
        self, desk: Desk, coalition: Coalition
    ) -> None:
        a_draw(desk)
        ada = rich(coalition, 1000)
        stock = [2, 3]
        for turn in range(1, 31):
            bought = buy(desk, ada)
            told = draw(desk, bought.ticket.id, f"text {turn}").ticket
            assert told.seed is not None
            assert told.stock is not None
            assert told.roll is not None
            assert commitment(told.seed) == bought.ticket.commitment
            assert told.roll == roll(told.seed, told.id, f"text {turn}")
            assert (told.turn, list(told.stock)) == (turn, stock)
            place = prize_at(told.roll, [200_000, 300_000], stock)
            assert told.prize == (None if place is None else ["bear", "fifty"][place])
            assert told.state == ("lost" if place is None else "won")
            if place is not None:
                stock[place] -= 1
        assert left(desk) == {"bear": stock[0], "fifty": stock[1]}

    def test_points_are_granted_from_the_budget_once(
        self, desk: Desk, coalition: Coalition
    ) -> None:
        a_draw(desk, POINTS)
        ada = rich(coalition, 1000)
        for _ in range(5):
            draw(desk, buy(desk, ada).ticket.id)
        with desk.work(STAFF) as work:
            assert ledger.balance_of(work, ada.id, "STAR").balance.available == 1000 - 50 + 150
            budget = work.rows("SELECT sum(remaining) FROM campaign_budgets")[0][0]
            told = Counter(each.state for each in draws.of(work, ada.id))
            entry = next(e for e in ledger.history(work, ada.id, "STAR") if e.kind == "bonus")
        assert budget == 0
        assert told == {"won": 3, "lost": 2}
        assert (entry.reason, entry.arithmetic) == ("draw:wheel", "50 points won in wheel")

    def test_a_ticket_drawn_at_ten_terminals_at_once_is_drawn_once(
        self, desk: Desk, coalition: Coalition
    ) -> None:
        a_draw(desk, POINTS)
        ada = rich(coalition, 10)
        ticket = buy(desk, ada).ticket

        def one(place: int) -> str:
            try:
                return draw(desk, ticket.id, f"terminal {place}").ticket.state
            except TicketClosedError as refused:
                return str(refused.members["state"]) + " before"

        with ThreadPoolExecutor(10) as pool:
            assert Counter(pool.map(one, range(10))) == {"won": 1, "won before": 9}
        with desk.work(STAFF) as work:
            assert ledger.balance_of(work, ada.id, "STAR").balance.available == 50

    def test_64_draws_at_once_give_no_prize_beyond_its_stock(
        self, desk: Desk, coalition: Coalition
    ) -> None:
        a_draw(desk, SURE | {"prizes": [SURE["prizes"][0] | {"stock": 7}]})
        people = [rich(coalition, 80, f"P{n}") for n in range(8)]
        tickets = [buy(desk, who).ticket.id for who in people for _ in range(8)]
        with ThreadPoolExecutor(16) as pool:
            told = list(pool.map(lambda each: draw(desk, each).ticket, tickets))
        assert Counter(each.state for each in told) == {"won": 7, "lost": 57}
        assert sorted(each.turn or 0 for each in told) == list(range(1, 65))
        with desk.work(STAFF) as work:
            units = work.rows("SELECT unit FROM draw_wins ORDER BY unit")
        assert [row[0] for row in units] == [1, 2, 3, 4, 5, 6, 7]
        assert left(desk) == {"bear": 0}

    def test_what_is_out_of_stock_falls_to_the_consolation(
        self, desk: Desk, coalition: Coalition
    ) -> None:
        sweet = {"name": {"en": "A sweet"}, "worth_minor": 10, "points": 1}
        a_draw(
            desk,
            SURE | {"consolation": sweet, "tickets": 5, "budget_points": 5,
                    "prizes": [SURE["prizes"][0] | {"stock": 1}]},
        )  # fmt: skip
        ada = rich(coalition, 50)
        told = [draw(desk, buy(desk, ada).ticket.id).ticket for _ in range(3)]
        assert [(each.prize, each.win) for each in told] == [
            ("bear", "waiting"), ("consolation", "given"), ("consolation", "given"),
        ]  # fmt: skip
        with desk.work(STAFF) as work:
            assert ledger.balance_of(work, ada.id, "STAR").balance.available == 22

    def test_there_is_nothing_else_to_draw(self, desk: Desk, coalition: Coalition) -> None:
        with pytest.raises(TicketUnknownError):
            draw(desk, new_uuid())

    def test_a_merged_members_ticket_is_drawn_for_who_goes_on(
        self, desk: Desk, coalition: Coalition
    ) -> None:
        a_draw(desk, POINTS)
        ada, ben = rich(coalition, 100), rich(coalition, 100, "Ben")
        ticket = buy(desk, ada).ticket
        with desk.work(STAFF) as work:
            mergers.merge(work, ada.id, ben.id, reason="one person")
        draw(desk, ticket.id)
        with desk.work(STAFF) as work:
            mergers.sweep(work)
            assert ledger.balance_of(work, ben.id, "STAR").balance.available == 240
            assert [each.prize for each in draws.of(work, ben.id)] == ["fifty"]


class TestClaiming:
    """What is neither points nor a coupon waits in a store, and is handed over once."""

    def test_a_prize_is_handed_over_once(self, desk: Desk, coalition: Coalition) -> None:
        a_draw(desk, SURE)
        ada = rich(coalition, 100)
        ticket = draw(desk, buy(desk, ada).ticket.id).ticket
        assert (ticket.win, str(ticket.claim_until)) == ("waiting", "2026-05-31")

        def one(_: int) -> str:
            try:
                with desk.work(coalition.as_cinema()) as work:
                    return draws.claim(work, ticket.id, "main").state
            except PrizeClosedError as refused:
                return f"refused: {refused.members['state']}"

        with ThreadPoolExecutor(8) as pool:
            told = Counter(pool.map(one, range(8)))
        assert told == {"claimed": 1, "refused: claimed": 7}

    def test_it_is_handed_over_by_its_partner_in_a_store_in_time(
        self, desk: Desk, coalition: Coalition, clock: FixedClock
    ) -> None:
        bear = SURE["prizes"][0] | {"partner": "cinema"}
        a_draw(desk, SURE | {"prizes": [bear], "claim_days": 3})
        ada = rich(coalition, 100)
        first, second, third = (draw(desk, buy(desk, ada).ticket.id).ticket for _ in range(3))
        for who, store, ticket, wrong in (
            (coalition.as_grocery(), "main", first, {"state": "elsewhere"}),
            (coalition.as_cinema(), "main", third, {"state": "none"}),
        ):
            with desk.work(who) as work, pytest.raises(PrizeClosedError) as refused:
                draws.claim(work, ticket.id, store)
            assert refused.value.members == wrong
        for actor, store in ((coalition.as_cinema(), "none"), (STAFF, "main")):
            with desk.work(actor) as work, pytest.raises(StoreUnknownError):
                draws.claim(work, first.id, store)
        clock.move(days=3)
        with desk.work(STAFF) as work:
            assert draws.lapse(work) == 0
        with desk.work(coalition.as_cinema()) as work:
            assert draws.claim(work, first.id, "main").state == "claimed"
        clock.move(days=1)
        with desk.work(coalition.as_cinema()) as work, pytest.raises(PrizeClosedError) as refused:
            draws.claim(work, second.id, "main")
        assert refused.value.members == {"state": "lapsed"}
        with desk.work(STAFF) as work:
            assert draws.lapse(work) == 1
            assert draws.lapse(work) == 0
            assert [each.win for each in draws.of(work, ada.id)] == [None, "lapsed", "claimed"]


class TestTerms:
    """What is promised is fixed when the draw first holds."""

    @pytest.mark.parametrize(
        "changes",
        [
            {"points": 20},
            {"until": "2026-06-30"},
            {"per_member": 3},
            {"prizes": [WHEEL["prizes"][0] | {"odds_per_million": 1}, WHEEL["prizes"][1]]},
            {"prizes": [WHEEL["prizes"][0] | {"stock": 1}, WHEEL["prizes"][1]]},
        ],
    )
    def test_they_do_not_change(
        self, desk: Desk, coalition: Coalition, changes: dict[str, Any]
    ) -> None:
        a_draw(desk)
        with pytest.raises(InvalidRuleError):
            a_draw(desk, WHEEL | changes)
        a_draw(desk, WHEEL | {"about": {"en": "Turn it."}, "budget_points": 1000})
        with desk.work(STAFF) as work:
            assert draws.find(work, "wheel").terms["points"] == 10

    def test_a_draw_whose_days_are_over_is_not_opened(
        self, desk: Desk, coalition: Coalition, clock: FixedClock
    ) -> None:
        clock.move(days=60)
        with pytest.raises(InvalidRuleError):
            a_draw(desk)

    def test_what_it_names_is_there(self, desk: Desk, coalition: Coalition) -> None:
        wrong = WHEEL | {
            "tiers": ["none"],
            "payers": [{"payer": "prt:none", "share": 100}],
            "consolation": {"name": {"en": "A"}, "worth_minor": 1, "coupon": "none"},
            "prizes": [WHEEL["prizes"][0] | {"partner": "none"}, WHEEL["prizes"][1]],
        }
        with desk.work(STAFF) as work, pytest.raises(InvalidRuleError) as refused:
            draws.save(work, "wheel", wrong)
        assert set(refused.value.members["errors"]) == {
            "tiers", "payers.0.payer", "consolation.coupon", "prizes.0.partner",
        }  # fmt: skip
        with desk.work(STAFF) as work, pytest.raises(InvalidRuleError):
            draws.save(work, "wheel", {})
