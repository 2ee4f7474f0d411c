"""Deliveries: what rewards bring comes with their burn, once, within all limits, and goes back."""

from functools import partial
from uuid import UUID

import pytest

from currencies import found, set_rates
from deliveries import (
    STAFF,
    a_chance_reward,
    a_points_reward,
    a_ticket_reward,
    back,
    brought,
    had,
)
from draws import RAFFLE, a_draw, draw
from ladders import a_ladder, hold
from orders import available, capture, rich, storm, take
from shelves import put
from stoa.errors import (
    ChanceClosedError,
    ChanceLimitError,
    ChanceTopTierError,
    DrawClosedError,
    InvalidRuleError,
    OrderUsedError,
    RewardRefusedError,
    TicketLimitError,
)
from stoa.services import (
    draws,
    fulfilment,
    households,
    ledger,
    mergers,
    positions,
    promotions,
    redemption,
    refunds,
    tiers,
)
from stoa.services.redemption import Ask, Held
from stoa.values.draws import commitment
from stoa.values.exchange import Rate
from stoa.values.identifiers import public_id
from stoa.work import Desk
from stoa_sdk.fairness import verify_draw
from world import Coalition, FixedClock, Someone, a_key, met

SPIN, LEAP, SWAP = "cinema:spin", "cinema:leap", "cinema:swap"


def cine(coalition: Coalition, member_id: UUID) -> int:
    """Return what a member has of the cinema's points."""
    with coalition.desk.work(STAFF) as work:
        return ledger.balance_of(work, member_id, "CINE").balance.available


def test_a_captured_ticket_reward_brings_tickets_and_burns_once(coalition: Coalition) -> None:
    a_ticket_reward(coalition.desk)
    (ada,) = rich(coalition, 1)
    done = had(coalition, ada, SPIN, quantity=3)
    came = brought(coalition, done)
    assert (came.draw, [number for _, number, _ in came.tickets]) == ("wheel", [1, 2, 3])
    assert available(coalition, ada) == 5000 - 3 * 40
    with coalition.desk.work(STAFF) as work:
        assert draws.find(work, "wheel").sold == 3
        assert {each.points for each in draws.of(work, ada.id)} == {0}


def test_the_burn_tells_the_hash_of_what_decides_before_it_is_drawn(coalition: Coalition) -> None:
    a_ticket_reward(coalition.desk)
    (ada,) = rich(coalition, 1)
    done = had(coalition, ada, SPIN, quantity=2)
    with coalition.desk.work(STAFF) as work:
        told = work.rows(
            "SELECT explanation -> 'tickets' FROM transactions WHERE id = %s",
            (done.redemption.id,),
        )[0][0]
        seeds = work.rows("SELECT id, seed FROM tickets WHERE member_id = %s", (ada.id,))
    assert {each["ticket"]: each["commitment"] for each in told} == {
        public_id("tkt", ticket_id): commitment(bytes(seed)).hex() for ticket_id, seed in seeds
    }


def test_a_refund_takes_undrawn_tickets_back_and_a_drawn_one_stays(coalition: Coalition) -> None:
    a_ticket_reward(coalition.desk)
    (ada,) = rich(coalition, 1)
    first, second = (had(coalition, ada, SPIN, quantity=2) for _ in range(2))
    back(coalition, first)
    assert [state for _, _, state in brought(coalition, first).tickets] == ["refunded"] * 2
    assert available(coalition, ada) == 5000 - 80
    draw(coalition.desk, brought(coalition, second).tickets[0][0])
    with pytest.raises(OrderUsedError):
        back(coalition, second)
    assert available(coalition, ada) in (5000 - 80, 5000 - 30)  # it may have won 50 points
    assert [state for _, _, state in brought(coalition, second).tickets][1] == "open"


@pytest.mark.parametrize("limit", ["per_member", "per_member_day"])
def test_ten_captures_of_the_last_ticket_are_one(coalition: Coalition, limit: str) -> None:
    a_ticket_reward(coalition.desk, {limit: 1})
    (ada,) = rich(coalition, 1)
    held = [take(coalition, ada, SPIN) for _ in range(10)]
    answers = storm([partial(capture, coalition, each) for each in held])
    assert sum(isinstance(each, Held) for each in answers) == 1
    refused = {str(each.members["by"]) for each in answers if isinstance(each, TicketLimitError)}
    assert refused == {limit.removeprefix("per_").replace("member_day", "day")}
    assert available(coalition, ada) == 5000 - 10 * 40
    with pytest.raises(TicketLimitError):
        take(coalition, ada, SPIN)


def test_ten_captures_of_one_hold_bring_one_ticket(coalition: Coalition) -> None:
    a_ticket_reward(coalition.desk)
    (ada,) = rich(coalition, 1)
    held, key = take(coalition, ada, SPIN), a_key()
    answers = storm([partial(capture, coalition, held, key=key)] * 10)
    assert {type(each) for each in answers} == {Held}
    assert len(brought(coalition, held).tickets) == 1
    assert available(coalition, ada) == 5000 - 40


def test_a_closed_draw_is_refused_at_the_hold_and_at_the_capture(
    coalition: Coalition, clock: FixedClock
) -> None:
    a_ticket_reward(coalition.desk, {"until": "2026-05-04"})
    (ada,) = rich(coalition, 1)
    held = take(coalition, ada, SPIN, ttl_s=300)
    with coalition.desk.work(STAFF) as work:
        draws.cancel(work, "wheel", reason="a mistake")
    with pytest.raises(DrawClosedError):
        capture(coalition, held)
    with pytest.raises(DrawClosedError):
        take(coalition, ada, SPIN)
    with coalition.desk.work(coalition.as_cinema()) as work:
        redemption.void(work, held.redemption.id, key=a_key())
    assert available(coalition, ada) == 5000


def test_a_quote_tells_that_the_draw_is_against_it(coalition: Coalition) -> None:
    a_ticket_reward(coalition.desk, {"per_member": 1})
    (ada,) = rich(coalition, 1)
    had(coalition, ada, SPIN)
    with coalition.desk.work(coalition.as_cinema()) as work:
        told = redemption.quote(work, Ask(met(work, ada), "main", reward_id=SPIN))
    assert [(each.reason, each.told) for each in told.against] == [
        ("draw", {"code": "TICKET_LIMIT"})
    ]


def test_a_raffle_passes_over_what_was_taken_back_for_all_to_see(
    coalition: Coalition, clock: FixedClock
) -> None:
    a_draw(coalition.desk, RAFFLE, "raffle")
    put(
        coalition.desk, "spin", kind="ticket", draw="raffle", provider="cinema", points=40,
        max_quantity=5,
    )  # fmt: skip
    ada, bob = rich(coalition, 2)
    gone, stays = had(coalition, ada, SPIN, quantity=5), had(coalition, bob, SPIN)
    back(coalition, gone)
    clock.move(days=35)
    with coalition.desk.work(STAFF) as work:
        assert draws.attend(work) == 1
    with pytest.raises(OrderUsedError):
        back(coalition, stays)  # it stands on the list
    while True:
        with coalition.desk.work(STAFF) as work:
            if not draws.attend(work):
                break
    with coalition.desk.work(STAFF) as work:
        told = draws.proof(work, "raffle")
        assert draws.check(work, "raffle") == ""
    assert told["state"] == "revealed"
    assert [each["number"] for each in told["winners"]] == [6]
    assert verify_draw(told).winners == {"bike 1": told["winners"][0]["ticket"]}


def test_a_household_pays_and_the_member_who_ordered_has_the_ticket(coalition: Coalition) -> None:
    a_ticket_reward(coalition.desk)
    (ada,) = rich(coalition, 1)
    with coalition.desk.work(coalition.as_cinema()) as work:
        households.found(work, ada.token, "Ours")
        households.contribute(work, met(work, ada), 1000, "main")
    done = had(coalition, ada, SPIN, household=True)
    assert [each[2] for each in brought(coalition, done).tickets] == ["open"]
    with coalition.desk.work(STAFF) as work:
        assert [each.member_id for each in draws.of(work, ada.id)] == [ada.id]
    assert available(coalition, ada) == 4000
    back(coalition, done)


def test_a_chance_reward_brings_chances_within_their_year(coalition: Coalition) -> None:
    hold(coalition.desk, a_ladder())
    a_chance_reward(coalition.desk, {"most_per_year": 3})
    (ada,) = rich(coalition, 1)
    first = had(coalition, ada, LEAP, quantity=2)
    assert [state for _, state in brought(coalition, first).chances] == ["open", "open"]
    with pytest.raises(ChanceLimitError):
        take(coalition, ada, LEAP, quantity=2)
    held = [take(coalition, ada, LEAP) for _ in range(3)]
    answers = storm([partial(capture, coalition, each) for each in held])
    assert sum(isinstance(each, Held) for each in answers) == 1
    with coalition.desk.work(STAFF) as work, pytest.raises(ChanceClosedError) as refused:
        promotions.undo(work, ada.id, brought(coalition, first).chances[0][0])
    assert refused.value.members == {"state": "ordered"}
    back(coalition, first)
    assert [state for _, state in brought(coalition, first).chances] == ["refunded"] * 2


def test_a_direct_chance_raises_the_tier_and_then_can_not_go_back(coalition: Coalition) -> None:
    hold(coalition.desk, a_ladder())
    a_chance_reward(coalition.desk, {"mode": "direct"})
    (ada,) = rich(coalition, 1, total="500.00")
    done = had(coalition, ada, LEAP)
    with coalition.desk.work(STAFF) as work:
        assert tiers.of(work, ada.id)["main"].tier == "silver"
    with pytest.raises(OrderUsedError):
        back(coalition, done)
    with pytest.raises(ChanceTopTierError):
        had(coalition, ada, LEAP, quantity=2)  # one step is left
    had(coalition, ada, LEAP)
    with pytest.raises(ChanceTopTierError):
        take(coalition, ada, LEAP)


def test_a_drawn_chance_is_committed_to_in_the_burn(coalition: Coalition) -> None:
    hold(coalition.desk, a_ladder())
    a_chance_reward(
        coalition.desk, {"mode": "draw", "odds_per_million": 500_000, "allowed_draw": True}
    )
    (ada,) = rich(coalition, 1)
    done = had(coalition, ada, LEAP)
    ((chance_id, _),) = brought(coalition, done).chances
    with coalition.desk.work(STAFF) as work:
        told = work.rows(
            "SELECT explanation FROM transactions WHERE id = %s", (done.redemption.id,)
        )[0][0]
        drawn = promotions.draw(work, ada.id, chance_id, nonce="heads").bought
    assert drawn.seed is not None
    assert told["odds_per_million"] == 500_000
    assert told["chances"][0]["commitment"] == commitment(drawn.seed).hex()
    with pytest.raises(OrderUsedError):
        back(coalition, done)


def test_points_come_from_the_provider_and_go_back_unspent(coalition: Coalition) -> None:
    found(coalition.desk, "CINE", coalition.cinema)
    a_points_reward(coalition.desk)
    (ada,) = rich(coalition, 1)
    done = had(coalition, ada, SWAP, quantity=2)
    assert (cine(coalition, ada.id), available(coalition, ada)) == (24, 5000 - 80)
    assert brought(coalition, done).points == ("CINE", 24)
    with coalition.desk.work(STAFF) as work:
        issued = positions.position(work, "CINE", account="issued", partner_id=coalition.cinema)
        burned = positions.position(work, "STAR", account="burned", partner_id=coalition.cinema)
    assert (issued.points, burned.points) == (24, -80)
    back(coalition, done)
    assert (cine(coalition, ada.id), available(coalition, ada)) == (0, 5000)


def test_spent_points_of_a_reward_are_not_taken_back_and_nobody_owes_any(
    coalition: Coalition,
) -> None:
    found(coalition.desk, "CINE", coalition.cinema)
    a_points_reward(coalition.desk)
    (ada,) = rich(coalition, 1)
    done = had(coalition, ada, SWAP)
    with coalition.desk.work(coalition.as_cinema()) as work:
        spent = redemption.hold(
            work, Ask(met(work, ada), "main", points=1, currency="CINE"), key=a_key()
        )
    with pytest.raises(OrderUsedError):
        back(coalition, done)
    with coalition.desk.work(coalition.as_cinema()) as work:
        redemption.void(work, spent.redemption.id, key=a_key())
    back(coalition, done)
    assert (cine(coalition, ada.id), available(coalition, ada)) == (0, 5000)


def test_refunds_and_spends_at_once_never_make_points(coalition: Coalition) -> None:
    found(coalition.desk, "CINE", coalition.cinema)
    a_points_reward(coalition.desk)
    (ada,) = rich(coalition, 1)
    done = [had(coalition, ada, SWAP) for _ in range(4)]

    def spend(points: int) -> Held:
        with coalition.desk.work(coalition.as_cinema()) as work:
            ask = Ask(met(work, ada), "main", points=points, currency="CINE")
            return redemption.hold(work, ask, key=a_key())

    answers = storm(
        [partial(back, coalition, each) for each in done] + [partial(spend, 12)] * 4
    )  # fmt: skip
    refunded = sum(isinstance(each, refunds.Refunded) for each in answers)
    held = sum(isinstance(each, Held) for each in answers)
    assert refunded + held == 4
    assert available(coalition, ada) == 5000 - 40 * held


def test_after_a_merger_points_stay_and_the_order_too(coalition: Coalition) -> None:
    found(coalition.desk, "CINE", coalition.cinema)
    a_points_reward(coalition.desk)
    ada, bob = rich(coalition, 2)
    held, done = take(coalition, ada, SWAP), had(coalition, ada, SWAP)
    with coalition.desk.work(STAFF) as work:
        mergers.merge(work, ada.id, bob.id, reason="one person")
    capture(coalition, held)
    assert cine(coalition, bob.id) == 24
    with pytest.raises(OrderUsedError):
        back(coalition, done)
    back(coalition, held)
    assert cine(coalition, bob.id) == 12


def test_no_document_makes_points_of_nothing(coalition: Coalition) -> None:
    found(coalition.desk, "CINE", coalition.cinema)
    found(coalition.desk, "MART", coalition.grocery)
    for code, says in (("STAR", "same currency"), ("MART", "another partner's")):
        with pytest.raises(InvalidRuleError) as refused:
            a_points_reward(coalition.desk, currency={"code": code, "points": 1})
        assert says in str(refused.value.members["errors"])
    a_points_reward(coalition.desk)  # 12 CINE for 40 STAR
    (ada,) = rich(coalition, 1)
    set_rates(coalition.desk, Rate("CINE", "STAR", 4, 1))  # 12 CINE are 48 STAR
    with pytest.raises(RewardRefusedError) as late:
        take(coalition, ada, SWAP)
    assert late.value.members["reason"] == "currency"
    with pytest.raises(InvalidRuleError) as gains:
        a_points_reward(coalition.desk)
    assert "gains" in str(gains.value.members["errors"])


def test_points_of_the_operators_own_reward_have_no_price(coalition: Coalition) -> None:
    found(coalition.desk, "GEM", None)
    a_points_reward(coalition.desk, provider=None, currency={"code": "GEM", "points": 5})
    (ada,) = rich(coalition, 1)
    had(coalition, ada, "stoa:swap")
    with coalition.desk.work(STAFF) as work:
        rows = work.rows(
            "SELECT points, partner_id, payer_id, price FROM postings WHERE currency = 'GEM'"
        )
    assert [tuple(row) for row in rows] == [(5, None, None, None)]


def test_the_database_gives_nothing_to_an_order_that_did_not_order_it(
    coalition: Coalition, desk: Desk
) -> None:
    a_ticket_reward(desk)
    (ada,) = rich(coalition, 1)
    done = had(coalition, ada, SPIN)

    def give(member: Someone, order_id: UUID, count: int) -> None:
        with desk.work(STAFF) as work:
            ledger.give_tickets(
                work, member.id, "wheel", order_id=order_id, version=1,
                ids=[UUID(int=each) for each in range(count)], seeds=[b"x"] * count, most=0,
                most_day=0, facts={},
            )  # fmt: skip

    for count in (1, 2):
        with pytest.raises(Exception, match=r"order .* (has its tickets|is of something else)"):
            give(ada, done.redemption.id, count)
    held = take(coalition, ada, SPIN)
    with pytest.raises(Exception, match="is of something else"):
        give(ada, held.redemption.id, 1)  # it is not captured


def test_events_of_tickets_name_them_as_we_do(coalition: Coalition, desk: Desk) -> None:
    a_ticket_reward(desk)
    (ada,) = rich(coalition, 1)
    done = had(coalition, ada, SPIN, quantity=2)
    with desk.work(STAFF) as work:
        rows = work.rows("SELECT facts FROM outbox WHERE topic = 'ticket.bought'")
    assert {(row[0]["ticket"], row[0]["number"], row[0]["redemption"]) for row in rows} == {
        (public_id("tkt", each), number, public_id("hld", done.redemption.id))
        for each, number, _ in brought(coalition, done).tickets
    }


def test_orders_of_a_cancelled_draw_go_back_whole_and_once(coalition: Coalition) -> None:
    a_ticket_reward(coalition.desk)
    ada, bob = rich(coalition, 2)
    whole, part = had(coalition, ada, SPIN, quantity=2), had(coalition, bob, SPIN, quantity=2)
    draw(coalition.desk, brought(coalition, part).tickets[0][0])
    with coalition.desk.work(STAFF) as work:
        draws.cancel(work, "wheel", reason="a mistake")

    def attend() -> int:
        with coalition.desk.work(STAFF) as work:
            return fulfilment.give_back(work)

    answers = storm([attend] * 4)
    assert sorted(answers, key=str) == [0, 0, 0, 1]
    assert attend() == 0
    assert available(coalition, ada) == 5000
    assert [state for _, _, state in brought(coalition, whole).tickets] == ["refunded"] * 2
    assert [state for _, _, state in brought(coalition, part).tickets][1] == "open"
    while True:
        with coalition.desk.work(STAFF) as work:
            if not draws.attend(work):
                break
    assert available(coalition, ada) == 5000
