"""What a stay costs and what is free of it: quoted, held, paid with money or points, given back."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from garages import PLATE, Garage, a_garage, cost_of
from stoa.errors import (
    ClaimRefusedError,
    InsufficientPointsError,
    ParkingQuoteChangedError,
    ParkingQuoteClosedError,
    ParkingQuoteExpiredError,
    ParkingQuoteUnknownError,
    StayHeldError,
    StayOddError,
    StayUnknownError,
    StoaError,
)
from stoa.services import benefits, ledger, members, parking, partners, returns, stays
from stoa.services.backs import Back
from stoa.services.parking import Ask, Quote
from stoa.work import Actor
from stoa.worker import ACTOR
from world import NOON, Coalition, FixedClock, Someone, a_key


@pytest.fixture
def garage(coalition: Coalition, clock: FixedClock) -> Garage:
    """Return the mall's car park."""
    return a_garage(coalition, clock)


def minutes(quote: Quote) -> int:
    return sum(each.minutes for each in quote.entitlements)


def available(garage: Garage, who: Someone) -> int:
    with garage.desk.work(Actor("cli")) as work:
        return ledger.balance_of(work, who.id, "STAR").balance.available


def used(garage: Garage, who: Someone) -> int:
    with garage.desk.work(Actor("cli")) as work:
        rows = work.rows(
            "SELECT coalesce(sum(quantity_milli), 0)::bigint FROM claims"
            " WHERE member_id = %s AND state IN ('held', 'used')", (who.id,),
        )  # fmt: skip
        return int(rows[0][0]) // 1000


def test_4_h_10_min_are_50_and_3_free_hours_leave_20_or_1000_points(garage: Garage) -> None:
    ada = garage.driver()
    garage.visits(ada)
    quote = garage.quotes()
    assert (quote.stay_min, quote.fee.amount, quote.due.amount) == (250, "50.00", "20.00")
    assert (minutes(quote), quote.worth.amount, quote.points_option) == (180, "30.00", 1000)
    told = [(each.source, each.minutes, each.payer) for each in quote.entitlements]
    assert told == [("hours_by_tier", 60, "shared"), ("hours_by_spend", 120, "shared")]
    held = garage.applies(quote)
    assert cost_of(garage, held.claim_id) == [("operator", 1500), ("grocery", 900), ("cinema", 600)]
    assert garage.captures(held).state == "paid"
    assert used(garage, ada) == 180


def test_a_thousand_points_pay_the_rest_and_are_burned_when_the_car_leaves(
    garage: Garage,
) -> None:
    ada = garage.driver()
    garage.buys(ada, "2000.00")
    garage.visits(ada)
    before = available(garage, ada)
    held = garage.applies(garage.quotes(), "points", ada)
    assert (held.state, available(garage, ada)) == ("held", before - 1000)
    garage.clock.move(minutes=10)
    stay = garage.sees("OUT")
    assert stay.state == "left"
    assert (garage.reads(held).state, available(garage, ada)) == ("paid", before - 1000)
    assert garage.releases(held).state == "released"
    assert (available(garage, ada), used(garage, ada)) == (before, 0)


def test_what_is_held_comes_back_when_it_is_released(garage: Garage) -> None:
    ada = garage.driver()
    garage.buys(ada, "2000.00")
    garage.visits(ada)
    before = available(garage, ada)
    held = garage.applies(garage.quotes(), "points", ada)
    assert garage.releases(held).state == "released"
    assert (available(garage, ada), used(garage, ada)) == (before, 0)
    with pytest.raises(ParkingQuoteClosedError):
        garage.captures(held)
    with pytest.raises(ParkingQuoteClosedError):
        garage.releases(held)
    assert garage.quotes().due.amount == "20.00"


def test_what_is_held_comes_back_when_its_time_is_over(garage: Garage) -> None:
    ada = garage.driver()
    garage.buys(ada, "2000.00")
    garage.visits(ada)
    before = available(garage, ada)
    held = garage.applies(garage.quotes(), "points", ada)
    garage.clock.move(minutes=20, seconds=1)
    with garage.desk.work(ACTOR) as work:
        benefits.expire_due(work)
        parking.expire_due(work)
    assert garage.reads(held).state == "expired"
    assert (available(garage, ada), used(garage, ada)) == (before, 0)
    for deed in (garage.captures, garage.releases):
        with pytest.raises(ParkingQuoteClosedError):
            deed(held)


def test_a_quote_holds_nothing_and_ends_after_a_quarter_of_an_hour(garage: Garage) -> None:
    ada = garage.driver()
    garage.visits(ada)
    quote = garage.quotes()
    assert used(garage, ada) == 0
    garage.clock.move(minutes=15)
    with pytest.raises(ParkingQuoteExpiredError):
        garage.applies(quote)
    with garage.desk.work(ACTOR) as work:
        assert parking.expire_due(work) == 1
    assert garage.reads(quote).state == "expired"
    assert garage.quotes().fee.amount == "50.00"  # of 4 h 25 min


def test_a_plate_alone_never_spends_points(garage: Garage) -> None:
    ada = garage.driver()
    garage.buys(ada, "2000.00")
    garage.visits(ada)
    quote = garage.quotes()
    before = available(garage, ada)
    with pytest.raises(StoaError) as refused:
        garage.applies(quote, "points")
    assert refused.value.slug == "static-token"
    assert available(garage, ada) == before
    eve = garage.coalition.a_member("Eve")
    garage.buys(eve, "2000.00")
    with pytest.raises(ParkingQuoteChangedError):
        garage.applies(quote, "points", eve)
    assert garage.reads(quote).state == "quoted"


def test_without_the_points_nothing_is_held(garage: Garage) -> None:
    ada = garage.driver("basic")
    garage.visits(ada, ("300.00", "200.00"))
    quote = garage.quotes()
    with pytest.raises(InsufficientPointsError):
        garage.applies(quote, "points", ada)
    assert (garage.reads(quote).state, used(garage, ada)) == ("quoted", 0)
    assert garage.applies(quote).state == "held"


def test_a_receipt_returned_between_quote_and_apply_is_noticed(garage: Garage) -> None:
    ada = garage.driver()
    garage.sees("IN")
    purchase = garage.buys(ada, "500.00")
    garage.clock.move(hours=4, minutes=10)
    quote = garage.quotes()
    assert quote.due.amount == "20.00"
    with garage.desk.work(garage.coalition.as_grocery()) as work:
        returns.take_back(work, purchase, Back("RR-1"), key=a_key())
    with pytest.raises(ParkingQuoteChangedError):
        garage.applies(quote)
    assert used(garage, ada) == 0
    assert garage.quotes().due.amount == "40.00"


def test_one_vehicle_with_two_members_is_freed_once(garage: Garage) -> None:
    ada, bob = garage.driver(), garage.driver(name="Bob")
    garage.visits(ada)
    garage.buys(bob, "900.00")
    assert garage.captures(garage.applies(garage.quotes(who=ada))).due.amount == "20.00"
    again = garage.quotes(who=bob)
    assert (minutes(again), again.due.amount) == (0, "0.00")
    assert again.paid.amount == "20.00"
    garage.sees("OUT")
    garage.clock.move(hours=1)
    garage.sees("IN")
    garage.clock.move(hours=1)
    for who in (ada, bob):
        assert minutes(garage.quotes(who=who)) == 0


def test_of_sixteen_quotes_and_applies_at_once_one_frees_the_vehicle(garage: Garage) -> None:
    ada, bob = garage.driver(), garage.driver(name="Bob")
    garage.visits(ada)
    garage.buys(bob, "900.00")
    told: list[str] = []
    start = threading.Barrier(16)

    def go(who: Someone) -> None:
        start.wait()
        try:
            told.append(garage.applies(garage.quotes(who=who)).state)
        except StoaError as refused:
            told.append(refused.slug)

    threads = [threading.Thread(target=go, args=((ada, bob)[n % 2],)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told.count("held") == 1
    assert set(told) <= {"held", "stay-held", "parking-quote-changed", "wallet-busy"}
    assert used(garage, ada) + used(garage, bob) in (120, 180)


def test_two_vehicles_of_one_member_use_no_receipt_twice(garage: Garage) -> None:
    ada = garage.driver()
    garage.bind(ada, "AB 1234")
    garage.sees("IN", "AB 1234")
    garage.visits(ada)
    first, second = garage.quotes(), garage.quotes("AB 1234")
    assert (minutes(first), minutes(second)) == (180, 180)
    garage.applies(first)
    with pytest.raises(ParkingQuoteChangedError):
        garage.applies(second)
    assert minutes(garage.quotes("AB 1234")) == 0
    garage.buys(ada, "200.00")
    assert minutes(garage.quotes("AB 1234")) == 60


def test_five_hours_are_the_most_of_an_entry(garage: Garage) -> None:
    with garage.desk.work(Actor("cli")) as work:
        many = {"tier_hours": [{"tier": "gold", "hours": 9}]}
        partners.configure(work, garage.id, "parking", many)
    garage.driver()
    garage.sees("IN")
    garage.clock.move(hours=8)
    first = garage.quotes()
    assert (minutes(first), first.due.amount) == (300, "30.00")
    garage.captures(garage.applies(first))
    garage.clock.move(hours=1)
    later = garage.quotes()
    assert (minutes(later), later.paid.amount, later.due.amount) == (0, "30.00", "10.00")
    assert later.points_option is None


def test_a_driver_who_stays_on_pays_only_what_comes_on_top(garage: Garage) -> None:
    ada = garage.driver()
    garage.visits(ada)
    garage.captures(garage.applies(garage.quotes()))
    garage.clock.move(minutes=60)
    more = garage.quotes()
    assert (more.stay_min, more.fee.amount) == (310, "30.00")
    assert (more.paid.amount, more.due.amount, minutes(more)) == ("20.00", "10.00", 0)
    garage.captures(garage.applies(more))
    assert garage.quotes().due.amount == "0.00"


def test_a_car_of_nobody_pays_the_whole_fee(garage: Garage) -> None:
    garage.sees("IN", "AB 9")
    garage.clock.move(hours=4, minutes=10)
    quote = garage.quotes("AB 9")
    assert (quote.member_id, quote.due.amount, quote.points_option) == (None, "50.00", None)
    with pytest.raises(ClaimRefusedError):
        garage.applies(quote, "points")
    assert garage.captures(garage.applies(quote)).state == "paid"
    assert garage.quotes("AB 9").due.amount == "0.00"


def test_a_frozen_driver_pays_as_anybody(garage: Garage) -> None:
    ada = garage.driver()
    garage.visits(ada)
    with garage.desk.work(Actor("staff:test")) as work:
        members.freeze(work, ada.id, reason="test")
    assert garage.quotes().due.amount == "50.00"


def test_only_one_quote_of_a_stay_is_held(garage: Garage) -> None:
    ada = garage.driver()
    garage.visits(ada)
    first, second = garage.quotes(), garage.quotes()
    garage.applies(first)
    with pytest.raises(StayHeldError):
        garage.applies(second)
    with pytest.raises(ParkingQuoteClosedError):
        garage.applies(first)


def test_an_odd_stay_is_not_quoted(garage: Garage) -> None:
    stay = garage.sees("OUT")
    with garage.desk.work(garage.actor()) as work, pytest.raises(StayOddError):
        parking.quote(work, Ask(stay.id))


def test_a_partner_knows_nothing_of_anothers_stays_and_quotes(garage: Garage) -> None:
    ada = garage.driver()
    garage.visits(ada)
    quote = garage.quotes()
    with garage.desk.work(garage.coalition.as_cinema()) as work:
        for ask in (Ask(quote.stay_id), Ask(plate=PLATE)):
            with pytest.raises(StayUnknownError):
                parking.quote(work, ask)
        with pytest.raises(ParkingQuoteUnknownError):
            parking.find(work, quote.id)
        with pytest.raises(ParkingQuoteUnknownError):
            parking.apply(work, quote.id, pay="money")
        assert parking.listed(work) == []


@pytest.mark.parametrize(("hour", "free"), [(22, 120), (23, 0)])
def test_receipts_are_of_the_day_on_which_the_car_leaves(
    garage: Garage, hour: int, free: int
) -> None:
    """It leaves 90 minutes after the purchase: at half past eleven, or after midnight."""
    garage.clock.now = datetime(2026, 5, 1, hour - 8, tzinfo=UTC) - timedelta(hours=2)
    ada = garage.driver("basic")
    garage.sees("IN")
    garage.clock.move(hours=2)
    garage.buys(ada, "500.00")
    garage.clock.move(minutes=90)
    assert minutes(garage.quotes()) == free


def test_an_out_that_is_heard_late_takes_what_was_held(garage: Garage) -> None:
    ada = garage.driver()
    garage.visits(ada)
    held = garage.applies(garage.quotes())
    left_at = garage.clock() + timedelta(minutes=5)
    garage.clock.move(hours=2)
    with garage.desk.work(ACTOR) as work:
        benefits.expire_due(work)
        parking.expire_due(work)
    assert (garage.reads(held).state, used(garage, ada)) == ("expired", 0)
    stay = garage.sees("OUT", at=left_at)
    assert (stay.state, used(garage, ada), stay.own_minor) == ("left", 180, 0)


def test_an_out_that_is_heard_after_the_hours_went_elsewhere_costs_the_car_park(
    garage: Garage,
) -> None:
    ada = garage.driver()
    garage.visits(ada)
    garage.applies(garage.quotes())
    left_at = garage.clock() + timedelta(minutes=5)
    garage.clock.move(hours=2)
    with garage.desk.work(ACTOR) as work:
        benefits.expire_due(work)
        parking.expire_due(work)
    garage.bind(ada, "AB 1234")
    garage.sees("IN", "AB 1234", at=left_at - timedelta(hours=4))
    garage.captures(garage.applies(garage.quotes("AB 1234")))
    before = (available(garage, ada), used(garage, ada))
    stay = garage.sees("OUT", at=left_at)
    assert (stay.own_minor, before) == (30_00, (available(garage, ada), used(garage, ada)))


def test_an_offline_gate_goes_by_its_list_and_is_settled_by_the_rules(garage: Garage) -> None:
    ada = garage.driver()
    garage.visits(ada)
    garage.sees("IN", "AB 9", at=garage.clock() - timedelta(hours=1))
    with garage.desk.work(garage.actor()) as work:
        until, cars = parking.offline(work, "garage")
    assert [(each.stay.plate, each.free_min, each.paid) for each in cars] == [(PLATE, 180, False)]
    assert until == garage.clock() + timedelta(minutes=15)
    stay = garage.sees("OUT", offline=True, let_go_min=180)
    assert (stay.own_minor, stay.settled_at is not None) == (0, True)
    assert used(garage, ada) == 180


@pytest.mark.parametrize(
    ("given_min", "used_min", "own_minor"),
    [(0, 0, 0), (60, 60, 0), (180, 180, 0), (250, 180, 20_00), (10_000, 180, 20_00)],
)
def test_what_an_offline_gate_gave_beyond_the_rules_is_the_car_parks_own(
    garage: Garage, given_min: int, used_min: int, own_minor: int
) -> None:
    ada = garage.driver()
    garage.buys(ada, "2000.00", at="cinema")
    garage.clock.move(minutes=1)
    garage.visits(ada)
    before = available(garage, ada)
    stay = garage.sees("OUT", offline=True, let_go_min=given_min)
    assert (used(garage, ada), stay.own_minor) == (used_min, own_minor)
    assert available(garage, ada) == before


def test_two_offline_gates_that_give_the_same_hours_cost_the_car_park(garage: Garage) -> None:
    """FRD-16: two cars of one member left by two gates that knew nothing of each other."""
    ada = garage.driver()
    garage.bind(ada, "AB 1234")
    garage.sees("IN", "AB 1234")
    garage.visits(ada)
    before = available(garage, ada)
    first = garage.sees("OUT", offline=True, let_go_min=180)
    second = garage.sees("OUT", "AB 1234", offline=True, let_go_min=180)
    assert (first.own_minor, second.own_minor) == (0, 30_00)
    assert (used(garage, ada), available(garage, ada)) == (180, before)
    again = garage.sees("OUT", "AB 1234", offline=True, let_go_min=180)
    assert again == second


def test_an_offline_gates_gift_to_a_car_of_nobody_is_its_own(garage: Garage) -> None:
    garage.sees("IN", "AB 9")
    garage.clock.move(hours=2)
    stay = garage.sees("OUT", "AB 9", offline=True, let_go_min=60)
    assert stay.own_minor == 10_00


def test_quotes_are_forgotten(garage: Garage) -> None:
    ada = garage.driver()
    garage.visits(ada)
    quote, held = garage.quotes(), garage.applies(garage.quotes())
    garage.captures(held)
    garage.clock.move(days=7, seconds=1)
    with garage.desk.work(ACTOR) as work:
        parking.expire_due(work)
        assert parking.forget(work) == 1
    with pytest.raises(ParkingQuoteUnknownError):
        garage.reads(quote)
    garage.clock.move(days=393)
    with garage.desk.work(ACTOR) as work:
        assert parking.forget(work) == 1


def test_a_car_that_left_unpaid_is_still_quoted_by_its_stay(garage: Garage) -> None:
    ada = garage.driver()
    garage.visits(ada)
    stay = garage.sees("OUT")
    garage.clock.move(hours=1)
    with garage.desk.work(garage.actor()) as work:
        quote = parking.quote(work, Ask(stay.id))
        assert (quote.stay_min, quote.due.amount) == (250, "20.00")
        assert stays.find(work, stay.id).state == "left"
    assert quote.at > NOON
