"""Documents of benefits: who is due what, metered by the period, the vehicle and the receipt."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from stoa.errors import BenefitUnknownError, ClaimRefusedError, InvalidRuleError, StoaError
from stoa.services import benefits, earning, partners, rulebook, tiers
from stoa.services.benefits import Claimed, Wish
from stoa.values.periods import Period
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, a_key

_CLI = Actor("cli")


def a_document(**changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "name": {"en": "Lounge"}, "unit": "ea", "gives": [{"amount_milli": 1000}],
        "worth": {"unit_minor": 3000},
    }  # fmt: skip
    return {name: value for name, value in (document | changes).items() if value is not None}


def put(desk: Desk, code: str, **changes: Any) -> None:
    with desk.work(_CLI) as work:
        benefits.save(work, code, a_document(**changes))
        rulebook.activate(work, "benefit", code)


def claim(desk: Desk, actor: Actor, who: Someone, code: str, **changes: Any) -> Claimed:
    with desk.work(actor) as work:
        return benefits.claim(work, Wish(who.token, "main", code, **changes))


def refusal(deed: Callable[[], object]) -> str:
    with pytest.raises(ClaimRefusedError) as refused:
        deed()
    return str(refused.value.members["reason"])


def test_what_a_tier_is_due_is_told_and_used(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    put(
        desk, "lounge", combine="adds",
        gives=[
            {"name": {"en": "Silver"}, "amount_milli": 1000,
             "when": {"fact": "tier", "is": "in", "value": ["silver", "gold"]}},
            {"name": {"en": "Gold"}, "amount_milli": 1000,
             "when": {"fact": "tier", "is": "in", "value": ["gold"]}},
        ],
    )  # fmt: skip
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    cinema = coalition.as_cinema()
    assert refusal(lambda: claim(desk, cinema, ada, "lounge")) == "not_entitled"
    for who, tier in ((ada, "gold"), (bob, "silver")):
        with desk.work(_CLI) as work:
            tiers.assign(work, who.id, tier, reason="test")
    with desk.work(cinema) as work:
        listed = {each.code: each for each in benefits.list_benefits(work, ada.token)}
        assert (listed["lounge"].available_milli, listed["lounge"].reason) == (
            2000, "Silver and Gold",
        )  # fmt: skip
        both = benefits.everywhere(work, ada.id)
        assert [each.partner_name for each in both if each.benefit.code == "lounge"] == [
            "Harbour Grocery", "Star Cinema",
        ]  # fmt: skip
    done = claim(desk, cinema, ada, "lounge")
    assert (done.quantity_milli, done.worth.amount, done.due.amount) == (1000, "30.00", "0.00")
    assert claim(desk, coalition.as_grocery(), ada, "lounge").state == "used"  # over all partners
    assert refusal(lambda: claim(desk, cinema, ada, "lounge")) == "used_up"
    claim(desk, cinema, bob, "lounge")
    assert refusal(lambda: claim(desk, cinema, bob, "lounge")) == "used_up"


@pytest.mark.parametrize(
    ("every", "edge"),
    [
        ("day", "2026-05-02T00:00:00+08:00"),
        ("week", "2026-05-04T00:00:00+08:00"),
        ("month", "2026-06-01T00:00:00+08:00"),
        ("year", "2027-01-01T00:00:00+08:00"),
    ],
)
def test_a_meter_begins_anew_at_the_midnight_of_the_store(
    desk: Desk, coalition: Coalition, clock: FixedClock, every: str, edge: str
) -> None:
    put(desk, "lounge", meter={"every": every})
    ada, cinema = coalition.a_member(), coalition.as_cinema()
    claim(desk, cinema, ada, "lounge")
    midnight = datetime.fromisoformat(edge).astimezone(UTC)
    clock.now = midnight - timedelta(microseconds=1)
    assert refusal(lambda: claim(desk, cinema, ada, "lounge")) == "used_up"
    clock.now = midnight
    assert claim(desk, cinema, ada, "lounge").state == "used"


@pytest.mark.parametrize(
    ("day", "hours"), [("2027-03-14", 23), ("2026-11-01", 25), ("2026-05-01", 24)]
)
def test_a_day_on_which_clocks_change_is_one_day(
    desk: Desk, coalition: Coalition, clock: FixedClock, day: str, hours: int
) -> None:
    with desk.work(_CLI) as work:
        site = partners.add_site(work, "ny", "New York", zone="America/New_York")
        partners.add_store(work, coalition.cinema, site, "ny", "New York", currency="CNY")
    put(desk, "lounge")
    ada = coalition.a_member()

    def at(instant: datetime) -> Claimed:
        clock.now = instant
        with desk.work(coalition.as_cinema()) as work:
            return benefits.claim(work, Wish(ada.token, "ny", "lounge"))

    offset = timedelta(hours=4 if day != "2027-03-14" else 5)
    midnight = datetime.fromisoformat(f"{day}T00:00:00+00:00") + offset
    at(midnight)
    end = midnight + timedelta(hours=hours)
    assert refusal(lambda: at(end - timedelta(seconds=1))) == "used_up"
    assert at(end).state == "used"


def test_the_spend_of_the_day_decides(desk: Desk, coalition: Coalition, clock: FixedClock) -> None:
    spend = {"fact": "spend", "over": "day", "is": ">=", "value": 20_000}
    put(desk, "parking", unit="min", worth=None,
        gives=[{"when": spend, "amount_milli": 60_000},
               {"when": spend | {"value": 50_000}, "amount_milli": 120_000}])  # fmt: skip
    ada, cinema = coalition.a_member(), coalition.as_cinema()
    for total, free in (("199.99", None), ("0.01", 60_000), ("300.00", 60_000)):
        with desk.work(coalition.as_grocery()) as work:
            earning.earn(work, coalition.a_purchase(ada, total), key=a_key())
        if free is None:
            assert refusal(lambda: claim(desk, cinema, ada, "parking")) == "not_entitled"
        else:
            assert claim(desk, cinema, ada, "parking").quantity_milli == free
    assert refusal(lambda: claim(desk, cinema, ada, "parking")) == "used_up"


def test_a_benefit_is_once_a_vehicle_whoever_comes_with_it(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    put(desk, "wash", subject={"kind": "vehicle", "most_milli": 1000, "every": "week"})
    ada, bob, cinema = coalition.a_member(), coalition.a_member("Bob"), coalition.as_cinema()
    assert refusal(lambda: claim(desk, cinema, ada, "wash")) == "subject_needed"
    claim(desk, cinema, ada, "wash", subject="沪A·12345")
    assert refusal(lambda: claim(desk, cinema, bob, "wash", subject="沪a 12345")) == "used_up"
    clock.move(days=2)
    assert refusal(lambda: claim(desk, cinema, bob, "wash", subject="沪A12345")) == "used_up"
    clock.move(days=1)  # Monday
    claim(desk, cinema, bob, "wash", subject="沪A12345")


def test_of_a_group_one_is_enjoyed_in_a_period(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    for code in ("gift", "cake"):
        put(desk, code, group="birthday", meter={"every": "year"})
    ada, cinema = coalition.a_member(), coalition.as_cinema()
    first = claim(desk, cinema, ada, "gift")
    assert refusal(lambda: claim(desk, cinema, ada, "cake")) == "grouped"
    with desk.work(cinema) as work:
        benefits.release(work, first.id)
    claim(desk, cinema, ada, "cake")
    assert refusal(lambda: claim(desk, cinema, ada, "gift")) == "grouped"


def test_receipts_serve_a_document_once(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    """Two of the day at most, 200.00 together; who sold pays half (economics §3.9)."""
    put(
        desk, "parking", gives=[{"amount_milli": 10_000}],
        receipts={"most": 2, "min_minor": 20_000},
        payers=[{"payer": "operator", "share": 50}, {"payer": "receipts", "share": 50}],
    )  # fmt: skip
    ada, cinema = coalition.a_member(), coalition.as_cinema()
    with desk.work(coalition.as_grocery()) as work:
        for total in ("90.00", "60.00"):
            earning.earn(work, coalition.a_purchase(ada, total), key=a_key())
    assert refusal(lambda: claim(desk, cinema, ada, "parking")) == "receipts"
    with desk.work(cinema) as work:
        earning.earn(work, coalition.a_purchase(ada, "120.00"), key=a_key())
    done = claim(desk, cinema, ada, "parking")
    with desk.work(_CLI) as work:
        rows = work.rows("SELECT payer_id, minor FROM claim_costs WHERE claim_id = %s", (done.id,))
    assert {tuple(row) for row in rows} == {
        (None, 1500), (coalition.cinema, 857), (coalition.grocery, 643)
    }  # fmt: skip
    assert refusal(lambda: claim(desk, cinema, ada, "parking")) == "receipts"


def test_a_document_holds_at_its_places_on_its_days(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    places = {"partners": ["grocery"]}
    put(desk, "lounge", at=places, **{"from": "2026-05-01", "until": "2026-05-02"})
    ada = coalition.a_member()
    assert claim(desk, coalition.as_grocery(), ada, "lounge").state == "used"
    for actor, days in ((coalition.as_cinema(), 0), (coalition.as_grocery(), 2)):
        clock.move(days=days)
        with pytest.raises(BenefitUnknownError):
            claim(desk, actor, ada, "lounge")


def test_less_is_captured_of_a_document_too(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    put(desk, "fuel", unit="L", gives=[{"amount_milli": 150_000}], worth={"unit_minor": 4})
    ada, cinema = coalition.a_member(), coalition.as_cinema()
    held = claim(desk, cinema, ada, "fuel", quantity_milli=160_000, unit_price_minor=800, hold_s=60)
    assert (held.worth.amount, held.due.amount) == ("6.00", "1274.00")  # 4 c on 150 of 160 l
    with desk.work(cinema) as work:
        used = benefits.capture(work, held.id, quantity_milli=37_800)
    assert (used.quantity_milli, used.worth.amount, used.due.amount) == (37_800, "1.51", "300.89")


_FRIDAY = {"days": ["friday"], "from": "10:00", "until": "12:00"}
_HOURS = {"resource": "lounge", "minutes": 60, "places": 2, "open": [_FRIDAY]}


def test_places_are_booked_cancelled_used_and_missed(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    clock.now = datetime(2026, 5, 7, 4, tzinfo=UTC)
    put(desk, "lounge", booking=_HOURS | {"ahead_days": 7})
    people = [coalition.a_member(f"Member {number}") for number in range(3)]
    cinema = coalition.as_cinema()
    with desk.work(cinema) as work:
        places = benefits.slots(work, "lounge", "main", date(2026, 5, 8))
        assert benefits.slots(work, "lounge", "main", date(2026, 5, 15)) == []  # too far ahead
        assert benefits.slots(work, "lounge", "main", date(2026, 5, 9)) == []  # closed
    assert [place.slot.starts.hour for place in places] == [2, 3]
    slot = places[0].slot.starts
    first, _ = [claim(desk, cinema, each, "lounge", slot=slot) for each in people[:2]]
    assert (first.state, first.slot, first.held_until) == ("held", slot, places[0].slot.ends)
    assert refusal(lambda: claim(desk, cinema, people[2], "lounge", slot=slot)) == "slot_full"
    with desk.work(cinema) as work:
        benefits.release(work, first.id)
    third = claim(desk, cinema, people[2], "lounge", slot=slot)
    wrong = slot + timedelta(minutes=30)
    assert refusal(lambda: claim(desk, cinema, people[0], "lounge", slot=wrong)) == "no_slot"
    assert refusal(lambda: claim(desk, cinema, people[0], "lounge")) == "no_slot"
    clock.now = slot + timedelta(minutes=5)
    with desk.work(cinema) as work:
        assert benefits.capture(work, third.id).state == "used"
    clock.now = places[0].slot.ends
    with desk.work(Actor("worker")) as work:
        assert benefits.expire_due(work) == 1  # nobody came


@pytest.mark.parametrize("shared", ["member", "vehicle", "receipt", "slot"])
def test_many_at_once_never_pass_a_cap(
    desk: Desk, coalition: Coalition, clock: FixedClock, shared: str
) -> None:
    """Sixty-four claims at once: of one member, one vehicle, one receipt or one slot of two."""
    changes: dict[str, dict[str, Any]] = {
        "member": {"gives": [{"amount_milli": 3000}]},
        "vehicle": {"subject": {"kind": "vehicle", "most_milli": 3000}},
        "receipt": {"gives": [{"amount_milli": 64_000}], "receipts": {"most": 1}},
        "slot": {"booking": _HOURS | {"places": 3}},
    }
    clock.now = datetime(2026, 5, 8, 1, tzinfo=UTC)
    put(desk, "one", **changes[shared])
    alone = shared in ("member", "receipt")
    people = [coalition.a_member(f"Member {n}") for n in range(1 if alone else 64)]
    with desk.work(coalition.as_grocery()) as work:
        for _ in range(3):
            earning.earn(work, coalition.a_purchase(people[0], "10.00"), key=a_key())
    slot = datetime(2026, 5, 8, 2, tzinfo=UTC) if shared == "slot" else None
    queue, answers = list(range(64)), []
    start = threading.Barrier(6)

    def run() -> None:
        start.wait()
        while queue:
            try:
                number = queue.pop()
            except IndexError:
                return
            try:
                done = claim(
                    desk, coalition.as_cinema(), people[number % len(people)], "one",
                    subject="A 1" if shared == "vehicle" else "", slot=slot,
                )  # fmt: skip
                answers.append(done.state)
            except StoaError as refused:
                answers.append(refused.code)

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = "held" if shared == "slot" else "used"
    assert sorted(answers) == ["CLAIM_REFUSED"] * 61 + [won] * 3


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"unit": ""}, "unit"),
        ({"gives": []}, "gives"),
        ({"gives": [{"amount_milli": 0}]}, "gives.0.amount_milli"),
        ({"gives": [{"amount_milli": 1, "when": {"fact": "moon"}}]}, "gives.0.when.fact"),
        ({"meter": {"every": "eon"}}, "meter.every"),
        ({"meter": {"every": "day", "most_milli": 0}}, "meter.most_milli"),
        ({"subject": {"kind": "none", "most_milli": 1}}, "subject.most_milli"),
        ({"subject": {"kind": "vehicle", "every": "day"}}, "subject.every"),
        ({"receipts": {"most": 0}}, "receipts.most"),
        ({"receipts": {"same_day": False}}, "receipts.same_day"),
        ({"payers": [{"payer": "receipts", "share": 100}]}, "payers"),
        ({"payers": [{"payer": "prt:nobody", "share": 100}]}, "payers.0.payer"),
        ({"at": {"partners": ["nobody"]}}, "at.partners"),
        ({"at": {"partners": "all", "stores": ["cinema/moon"]}}, "at.stores"),
        ({"booking": _HOURS | {"open": []}}, "booking.open"),
        ({"booking": _HOURS | {"open": [_FRIDAY | {"days": ["someday"]}]}}, "booking.open.0.days"),
        ({"booking": _HOURS | {"open": [_FRIDAY, _FRIDAY]}}, "booking.open.1.days"),
        ({"booking": _HOURS | {"open": [_FRIDAY | {"until": "24:00"}]}}, "booking.open.0.until"),
        ({"from": "2026-05-02", "until": "2026-05-01"}, "until"),
        ({"points": 5}, "points"),
    ],
)
def test_what_is_wrong_in_a_document_is_named(
    desk: Desk, coalition: Coalition, changes: dict[str, Any], place: str
) -> None:
    assert coalition.cinema
    with desk.work(_CLI) as work, pytest.raises(InvalidRuleError) as refused:
        benefits.save(work, "wrong", a_document(**changes))
    assert place in refused.value.members["errors"]


def test_the_report_is_what_a_recount_gives(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    put(desk, "lounge", gives=[{"amount_milli": 9000}])
    put(desk, "cake")
    people = [coalition.a_member(f"Member {number}") for number in range(3)]
    cinema = coalition.as_cinema()
    done = [claim(desk, cinema, each, "lounge") for each in (*people, people[0])]
    claim(desk, cinema, people[0], "tea")
    claim(desk, cinema, people[1], "lounge", hold_s=60)
    with desk.work(cinema) as work:
        benefits.release(work, done[2].id)
    today = date(2026, 5, 1)
    days = Period(today, today + timedelta(days=1))
    with desk.work(_CLI) as work:
        found = {each.benefit: each for each in benefits.report(work, days)}
        assert benefits.by_day(work, days) == [(today, 4)]
        later = Period(today + timedelta(days=1), today + timedelta(days=2))
        assert [each.used for each in benefits.report(work, later)] == [0, 0]
    lounge, tea, cake = found["lounge"], found["tea"], found["cake"]
    assert (lounge.used, lounge.held, lounge.released, lounge.members) == (3, 1, 1, 2)
    assert (lounge.worth_minor, lounge.quantity_milli) == (9000, 3000)
    assert [(each.name, each.minor) for each in lounge.costs] == [("", 9000)]
    assert (tea.partner, tea.source) == ("Star Cinema", "plugin")
    assert [(each.name, each.minor) for each in tea.costs] == [("Star Cinema", 800)]
    assert (cake.used, cake.last_used, cake.unused_since(today)) == (0, None, None)
    assert lounge.unused_since(today + timedelta(days=30)) == 30


def test_a_paused_document_is_no_benefit(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    put(desk, "lounge")
    ada = coalition.a_member()
    with desk.work(_CLI) as work:
        rulebook.pause(work, "benefit", "lounge")
    with pytest.raises(BenefitUnknownError):
        claim(desk, coalition.as_cinema(), ada, "lounge")
