"""Bonus points: given once, repaying debt first, taken back whole and once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from sales import open_plain_desk
from stoa.config import Settings
from stoa.errors import BalanceLimitError, EntryUnknownError, StoaError
from stoa.models import functions as ledger_functions
from stoa.services import (
    earning,
    invariants,
    ledger,
    log,
    mergers,
    positions,
    provenance,
    redemption,
    returns,
)
from stoa.services.ledger import Balance, KeyUsedError, Leg
from stoa.services.redemption import Ask
from stoa.values.identifiers import new_uuid
from stoa.work import Actor, Desk, Work
from world import Coalition, FixedClock, Someone, a_coalition, a_key, met

WORKER = Actor("worker")


def give(work: Work, who: Someone, *points: int, **changes: Any) -> Balance:
    """Grant a leg for each number of points, all paid by the operator."""
    values: dict[str, Any] = {
        "transaction_id": new_uuid(),
        "reason_code": "test",
        "legs": [Leg(each, "activity:walk", None) for each in points],
        "expires_on": None,
        "explanation": {"lines": [{"arithmetic": f"{each} points"} for each in points]},
        "facts": {"points": sum(points)},
    }
    return ledger.grant(work, who.id, "STAR", **(values | changes))


def take(work: Work, who: Someone, bonus: UUID, **changes: Any) -> Balance:
    """Take a bonus back."""
    return ledger.ungrant(
        work, who.id, "STAR", transaction_id=bonus, reason_code="referral_undone",
        explanation={"lines": [{"arithmetic": "the purchase came back"}] * 2}, facts={}, **changes,
    )  # fmt: skip


def in_debt(coalition: Coalition, points: str) -> Someone:
    """Return a member who owes points: earned, spent, and the goods brought back."""
    ada = coalition.a_member()
    with coalition.desk.work(coalition.as_grocery()) as work:
        sale = earning.earn(work, coalition.a_purchase(ada, points), key=a_key())
        held = redemption.hold(work, Ask(met(work, ada), "main", int(float(points))), key=a_key())
        redemption.capture(work, held.redemption.id, points=held.redemption.points, key=a_key())
        returns.return_lines(work, sale.purchase_id, None, key=a_key())
    return ada


def test_a_grant_is_a_posting_and_a_lot_for_each_leg(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    with desk.work(WORKER) as work:
        legs = [Leg(30, "activity:walk", None), Leg(20, "activity:walk", coalition.grocery)]
        after = give(work, ada, 30, 20, legs=legs, partner_id=coalition.grocery)
        page = ledger.history(work, ada.id, "STAR")
        told = provenance.explain(work, ada.id, "STAR", 2)
        issued = positions.position(work, "STAR", account="issued", payer_id=coalition.grocery)
    assert (after.available, after.pending, after.debt, after.seq) == (50, 0, 0, 2)
    assert [(each.kind, each.points, each.payer_id, each.account) for each in page] == [
        ("bonus", 20, coalition.grocery, "issued"),
        ("bonus", 30, None, "issued"),
    ]
    assert page[0].arithmetic == "20 points"
    assert (told.entry.kind, told.lot and told.lot.points) == ("bonus", 20)
    assert issued.points == 20


def test_the_operator_issues_a_grant_that_no_partner_does(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    with desk.work(WORKER) as work:
        give(work, ada, 7)
        entry = ledger.history(work, ada.id, "STAR")[0]
    assert (entry.partner_id, entry.issuer_id, entry.payer_id) == (None, None, None)


def test_a_grant_repays_what_is_owed_first(desk: Desk, coalition: Coalition) -> None:
    ada = in_debt(coalition, "80.00")
    with desk.work(WORKER) as work:
        assert give(work, ada, 30).debt == 50
        after = give(work, ada, 40, 30)
    assert (after.available, after.debt) == (20, 0)


def test_one_transaction_is_granted_once(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    bonus = new_uuid()
    with desk.work(WORKER) as work:
        first = give(work, ada, 30, transaction_id=bonus)
        assert give(work, ada, 30, transaction_id=bonus) == first
        events = work.rows("SELECT count(*) FROM outbox WHERE topic = 'points.earned'")[0][0]
    assert events == 1


def test_many_who_grant_the_same_at_once_grant_it_once(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    bonus = new_uuid()

    def one(_: int) -> int:
        with desk.work(WORKER) as work:
            return give(work, ada, 30, transaction_id=bonus).available

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(one, range(16))) == {30}


def test_one_key_grants_once_and_its_figures_are_kept(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    key = a_key("walk")
    with desk.work(coalition.as_grocery()) as work:
        give(work, ada, 30, key=key, partner_id=coalition.grocery)
        with pytest.raises(KeyUsedError):
            give(work, ada, 30, key=key, partner_id=coalition.grocery)
        kept = work.rows("SELECT available FROM keys WHERE key = 'walk'")
    assert [row[0] for row in kept] == [30]


@pytest.mark.parametrize("points", [(), (0,), (5, -5)])
def test_a_grant_brings_points_or_is_none(
    desk: Desk, coalition: Coalition, points: tuple[int, ...]
) -> None:
    ada = coalition.a_member()
    with desk.work(WORKER) as work, pytest.raises(DBAPIError, match="a bonus brings points"):
        give(work, ada, *points)


def test_a_wallet_that_is_full_takes_no_grant(
    desk: Desk, coalition: Coalition, database: str
) -> None:
    ada = coalition.a_member()
    legs = [Leg(10**12, "activity:walk", None)] * 9000
    with desk.work(WORKER) as work:
        give(work, ada, 1, legs=legs)
        with pytest.raises(BalanceLimitError):
            give(work, ada, 1)


def test_pending_points_of_a_grant_wait_for_their_day(
    desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    ada = coalition.a_member()
    with desk.work(WORKER) as work:
        after = give(work, ada, 9, available_on=work.today().replace(day=3))
        assert (after.available, after.pending) == (0, 9)
        clock.move(days=2)
        assert ledger.mature(work, ada.id, "STAR") == 9


def test_a_bonus_is_taken_back_whole_and_once(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    bonus, other = new_uuid(), new_uuid()
    with desk.work(WORKER) as work:
        give(work, ada, 100, transaction_id=other)
        give(work, ada, 30, 20, transaction_id=bonus)
        assert take(work, ada, bonus).available == 100
        assert take(work, ada, bonus).available == 100
        left = work.rows("SELECT seq, remaining FROM lots")
        void = ledger.history(work, ada.id, "STAR")[0]
    assert [tuple(row) for row in left] == [(1, 100)]
    assert (void.kind, void.points, void.reason) == ("void", -20, "activity:walk")


@pytest.mark.parametrize(
    ("policy", "figures"),
    [("debt", (0, 0, 30)), ("negative", (0, 0, 30)), ("floor", (0, 0, 0))],
)
def test_spent_points_of_a_bonus_are_owed_by_the_policy(
    desk: Desk, coalition: Coalition, database: str, policy: str, figures: tuple[int, ...]
) -> None:
    ada = coalition.a_member()
    bonus = new_uuid()
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE currencies SET debt_policy = %s", (policy,))
    with desk.work(WORKER) as work:
        give(work, ada, 50, transaction_id=bonus)
    with desk.work(coalition.as_cinema()) as work:
        held = redemption.hold(work, Ask(met(work, ada), "main", 30), key=a_key())
        redemption.capture(work, held.redemption.id, points=30, key=a_key())
    with desk.work(WORKER) as work:
        after = take(work, ada, bonus)
        taken = work.rows("SELECT facts ->> 'points' FROM outbox"
                          " WHERE topic = 'points.clawed_back'")[0][0]  # fmt: skip
    assert (after.available, after.held, after.debt) == figures
    assert int(taken) == (20 if policy == "floor" else 50)
    engine.dispose()


def test_pending_points_of_a_bonus_go_back_too(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    bonus = new_uuid()
    with desk.work(WORKER) as work:
        give(work, ada, 9, transaction_id=bonus, available_on=work.today().replace(day=9))
        after = take(work, ada, bonus)
    assert (after.available, after.pending, after.debt) == (0, 0, 0)


def test_what_is_no_bonus_is_not_taken_back(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    with desk.work(coalition.as_grocery()) as work:
        sale = earning.earn(work, coalition.a_purchase(ada), key=a_key())
    with desk.work(WORKER) as work:
        for each in (sale.purchase_id, new_uuid()):
            with pytest.raises(EntryUnknownError):
                take(work, ada, each)


def test_a_bonus_of_a_merged_member_is_owed_by_the_heir(desk: Desk, coalition: Coalition) -> None:
    ada, bob = coalition.a_member(), coalition.a_member("Bob")
    bonus = new_uuid()
    with desk.work(WORKER) as work:
        give(work, ada, 50, transaction_id=bonus)
        mergers.merge(work, ada.id, bob.id, reason="one person")
        after = mergers.passed_on(work, ada.id, lambda: take(work, ada, bonus))
    assert (after.available, after.debt) == (0, 0)


def test_the_log_has_a_bonus_and_its_partner_a_receipt(desk: Desk, coalition: Coalition) -> None:
    ada = coalition.a_member()
    with desk.work(WORKER) as work:
        give(work, ada, 50, partner_id=coalition.grocery)
        assert log.append(work) == 1
    with desk.work(WORKER) as work:
        log.append(work, at_once=True)
        receipt = log.receipt_of(work, ada.id, "STAR", 1, partner_id=coalition.grocery)
    assert '"kind":"bonus"' in receipt.entry


RUN: dict[str, Any] = {
    "legs": [Leg(40, "activity:run", None), Leg(20, "activity:run", None)],
    "uses": [{
        "campaign": "activity:run", "points": 60,
        "caps": [{"every": "month", "since": "2026-05-01", "points": None, "uses": 1}],
    }],
}  # fmt: skip


def fund(work: Work) -> None:
    """Give runs a budget of 100 points."""
    work.rows("SELECT stoa_fund_campaign('activity:run', 100)")


def budget(work: Work) -> tuple[int, int, int]:
    """Return what is left of it, and what one member used of the cap."""
    left = work.rows("SELECT sum(remaining) FROM campaign_budgets")[0][0]
    used = work.rows("SELECT sum(points), sum(uses) FROM campaign_uses")[0]
    return int(left), int(used[0]), int(used[1])


@pytest.mark.parametrize("spent", [0, 45])
def test_what_is_taken_back_goes_back_to_budget_and_cap_once(
    desk: Desk, coalition: Coalition, spent: int
) -> None:
    ada, bonus = coalition.a_member(), new_uuid()
    with desk.work(WORKER) as work:
        fund(work)
        give(work, ada, 40, 20, transaction_id=bonus, **RUN)
        assert budget(work) == (40, 60, 1)
    if spent:
        with desk.work(coalition.as_grocery()) as work:
            held = redemption.hold(work, Ask(met(work, ada), "main", spent), key=a_key())
            redemption.capture(work, held.redemption.id, points=spent, key=a_key())

    def again(_: int) -> int:
        with desk.work(WORKER) as work:
            return take(work, ada, bonus).debt

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(again, range(8))) == {spent}
    with desk.work(WORKER) as work:
        assert budget(work) == (100, 0, 0)
        assert invariants.check_invariants(work) == []
    with desk.work(WORKER) as work:
        assert give(work, ada, 40, 20, **RUN).debt == 0
        assert budget(work) == (40, 60, 1)


SABOTEURS = {
    "a budget that stays paid": ("remaining = b.remaining + leg.points", "remaining = b.remaining"),
    "a cap that stays used": ("greatest(u.points - leg.points, 0)", "u.points"),
    "a use that stays used": ("greatest(u.uses - (taken + owed = total)::int, 0)", "u.uses"),
    "a way back that is not noted": ("p_member, undoing, leg.reason, p_bonus, leg.points,",
                                     "p_member, undoing, leg.reason, p_bonus, 1,"),
    "a grant that mints": ("available + CASE WHEN p_pending THEN 0 ELSE total END",
                           "available + CASE WHEN p_pending THEN 0 ELSE total + 1 END"),
    "a grant that comes twice": ("AND t.id = p_transaction;\n    IF FOUND THEN",
                                 "AND t.id = p_transaction;\n    IF false THEN"),
    "a debt that stays": ("IF wallet.debt > 0 THEN", "IF false THEN"),
    "a bonus that is taken twice": (
        "md5('void ' || p_bonus)::uuid", "gen_random_uuid()",
    ),
    "a bonus of nobody": ("AND t.kind = 'bonus' AND", "AND"),
    "a lot of another": ("ORDER BY l.seq <> leg.seq, NOT", "ORDER BY NOT"),
    "spent points forgotten": ("debt = w.debt + owed, seq = place", "seq = place"),
    "pending counted as free": ("ripe := ripe + CASE WHEN lot.pending THEN used ELSE 0 END",
                                "ripe := ripe"),
}  # fmt: skip


@pytest.fixture
def broken_desk(database: str, settings: Settings, clock: FixedClock) -> Iterator[Desk]:
    """Return a desk whose ledger a saboteur may have touched: nothing is checked at its end."""
    desk = open_plain_desk(database, settings)
    desk.clock = clock
    yield desk
    desk.close()


def _trial(desk: Desk) -> None:
    coalition = a_coalition(desk)
    ada = in_debt(coalition, "80.00")
    first, second, late, key = new_uuid(), new_uuid(), new_uuid(), a_key()
    with desk.work(WORKER) as work:
        give(work, ada, 90, transaction_id=first)
        assert give(work, ada, 90, transaction_id=first).available == 10
        give(work, ada, 40, transaction_id=second, key=key, expires_on=work.today())
        with pytest.raises(KeyUsedError):
            give(work, ada, 40, key=key)
        assert take(work, ada, first).debt == 40
        take(work, ada, first)
        fund(work)
        ripe = work.today().replace(day=9)
        give(work, ada, 40, 20, transaction_id=late, available_on=ripe, **RUN)
        take(work, ada, late)
        take(work, ada, late)
        assert budget(work) == (100, 0, 0)
        bob = coalition.a_member("Bob")
        give(work, bob, 30, transaction_id=second)
        give(work, bob, 40, expires_on=work.today())
        take(work, bob, second)
        left = work.rows("SELECT seq FROM lots WHERE member_id = %s", (bob.id,))
        assert [row[0] for row in left] == [2]
        with pytest.raises(EntryUnknownError):
            take(work, ada, work.rows("SELECT id FROM transactions WHERE kind = 'earn'")[0][0])
        assert invariants.check_invariants(work) == []


def test_the_trial_passes_on_the_ledger_as_it_is(broken_desk: Desk) -> None:
    _trial(broken_desk)


@pytest.mark.parametrize("name", SABOTEURS)
def test_the_trial_notices(broken_desk: Desk, database: str, name: str) -> None:
    text = ledger_functions("grants")
    assert text.count(SABOTEURS[name][0]) == 1, "the saboteur finds no place, or more than one"
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(text.replace(*SABOTEURS[name]).replace("%", "%%"))
    engine.dispose()
    with pytest.raises(
        (AssertionError, StoaError, DBAPIError, KeyUsedError, pytest.fail.Exception)
    ):
        _trial(broken_desk)
