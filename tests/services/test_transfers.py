"""Transfers: points change hands, and stay what they were."""

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from stoa.errors import (
    IdempotencyMismatchError,
    InsufficientPointsError,
    MemberFrozenError,
    MemberUnknownError,
    SameWalletError,
    StoaError,
    StoreUnknownError,
    TransferLimitError,
)
from stoa.services import earning, invariants, ledger, members, redemption, returns, transfers
from stoa.services.ledger import Balance
from stoa.services.members import Token
from stoa.services.redemption import Ask
from stoa.services.transfers import Gift, Transferred
from stoa.work import Actor
from world import Coalition, FixedClock, Someone, a_key, met

LOTS = """
SELECT l.expires_on, l.remaining, p.payer_id, p.price, p.origin_member_id, p.origin_seq, p.reason
  FROM lots l JOIN postings p USING (member_id, currency, seq)
 WHERE l.member_id = %s ORDER BY l.expires_on, l.seq
"""


@pytest.fixture
def ada(coalition: Coalition) -> Someone:
    """Return a member with 100 points of May and 50 of June."""
    ada = coalition.a_member()
    earned(coalition, ada, "100.00")
    clock = coalition.desk.clock
    assert isinstance(clock, FixedClock)
    clock.move(days=31)
    earned(coalition, ada, "50.00")
    return ada


@pytest.fixture
def bob(coalition: Coalition) -> Someone:
    """Return a member without points."""
    return coalition.a_member("Bob")


def earned(coalition: Coalition, who: Someone, total: str) -> earning.Earned:
    with coalition.desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, coalition.a_purchase(who, total), key=a_key())


def give(
    coalition: Coalition, giver: Someone, to: Someone, points: int, text: str | None = None
) -> Transferred:
    with coalition.desk.work(coalition.as_cinema()) as work:
        gift = Gift(met(work, giver), to.token, points, "main")
        return transfers.transfer(work, gift, key=a_key(text, f"{points}"))


def balance(coalition: Coalition, who: Someone) -> Balance:
    with coalition.desk.work(Actor("test")) as work:
        return ledger.balance_of(work, who.id, "STAR").balance


def lots(coalition: Coalition, who: Someone) -> list[Any]:
    with coalition.desk.work(Actor("test")) as work:
        return [tuple(row) for row in work.rows(LOTS, (who.id,))]


def test_points_that_end_first_go_first_and_keep_day_payer_and_price(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    before = lots(coalition, ada)
    done = give(coalition, ada, bob, 120)
    assert (done.balance.available, done.received.available) == (30, 120)
    got, left = lots(coalition, bob), lots(coalition, ada)
    assert [row[:4] for row in got] == [before[0][:4], (before[1][0], 20, *before[1][2:4])]
    assert [row[4:6] for row in got] == [(ada.id, 1), (ada.id, 2)]
    assert [row[1] for row in left] == [30]


def test_points_given_twice_lead_back_step_by_step(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    eve = coalition.a_member("Eve")
    give(coalition, ada, bob, 40)
    give(coalition, bob, eve, 40)
    assert lots(coalition, eve)[0][4:6] == (bob.id, 1)
    assert lots(coalition, eve)[0][0] == lots(coalition, ada)[0][0]


def test_a_gift_ends_on_the_day_it_would_have_ended(
    coalition: Coalition, clock: FixedClock, ada: Someone, bob: Someone
) -> None:
    give(coalition, ada, bob, 120)
    clock.now = datetime(2027, 5, 31, 16, 0, tzinfo=UTC)
    with coalition.desk.work(Actor("worker")) as work:
        assert ledger.expire(work, bob.id, "STAR") == 100
    assert balance(coalition, bob).available == 20


def test_points_past_their_last_day_cannot_be_given(
    coalition: Coalition, clock: FixedClock, ada: Someone, bob: Someone
) -> None:
    clock.now = datetime(2027, 5, 31, 16, 0, tzinfo=UTC)
    with pytest.raises(InsufficientPointsError) as refused:
        give(coalition, ada, bob, 51)
    assert refused.value.members == {"available_points": 50, "short_by_points": 1}
    assert give(coalition, ada, bob, 50).received.available == 50


def test_held_points_cannot_be_given(coalition: Coalition, ada: Someone, bob: Someone) -> None:
    with coalition.desk.work(coalition.as_cinema()) as work:
        redemption.hold(work, Ask(met(work, ada), "main", 60), key=a_key())
    with pytest.raises(InsufficientPointsError):
        give(coalition, ada, bob, 91)
    assert give(coalition, ada, bob, 90).balance.held == 60


def test_what_is_owed_cannot_be_given_and_a_gift_repays_nothing(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    sale = earned(coalition, bob, "30.00")
    give(coalition, bob, ada, 30)
    with coalition.desk.work(coalition.as_grocery()) as work:
        assert returns.return_lines(work, sale.purchase_id, None, key=a_key()).debt_booked == 30
    received = give(coalition, ada, bob, 50).received
    assert (received.available, received.debt) == (50, 30)
    with pytest.raises(InsufficientPointsError) as refused:
        give(coalition, bob, ada, 21)
    assert refused.value.members["available_points"] == 20
    assert earned(coalition, bob, "30.00").balance == Balance("STAR", 50, 0, 0, 0, 7)


def test_nobody_gives_to_oneself(coalition: Coalition, ada: Someone) -> None:
    with pytest.raises(SameWalletError):
        give(coalition, ada, ada, 10)
    assert balance(coalition, ada).available == 150


def test_a_frozen_member_neither_gives_nor_receives(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    with coalition.desk.work(Actor("staff:test")) as work:
        members.freeze(work, bob.id, reason="test")
    for giver, to in ((ada, bob), (bob, ada)):
        with pytest.raises(MemberFrozenError):
            give(coalition, giver, to, 10)


def test_a_transfer_names_members_and_a_store_that_are_there(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    nobody = Someone(uuid4(), Token("card", "9900000000000002"))
    for giver, to in ((ada, nobody), (nobody, ada)):
        with pytest.raises(MemberUnknownError):
            give(coalition, giver, to, 10)
    with pytest.raises(StoreUnknownError), coalition.desk.work(coalition.as_cinema()) as work:
        transfers.transfer(work, Gift(met(work, ada), bob.token, 1, "moon"), key=a_key())


def test_a_key_gives_once_and_answers_alike(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    first = give(coalition, ada, bob, 120, "k")
    earned(coalition, bob, "5.00")
    again = give(coalition, ada, bob, 120, "k")
    assert again.replayed
    seen = replace(again, replayed=False, balance=replace(again.balance, seq=first.balance.seq))
    assert seen == first
    with pytest.raises(IdempotencyMismatchError):
        give(coalition, ada, bob, 1, "k")


def test_a_day_has_its_limit_and_the_next_day_another(
    coalition: Coalition, clock: FixedClock, ada: Someone, bob: Someone
) -> None:
    coalition.desk.programme = replace(coalition.desk.programme, transfer_daily_points=100)
    give(coalition, ada, bob, 70)
    with pytest.raises(TransferLimitError) as refused:
        give(coalition, ada, bob, 31)
    assert refused.value.members == {"left_points": 30}
    give(coalition, ada, bob, 30)
    clock.move(days=1)
    assert give(coalition, ada, bob, 31).balance.available == 19


def test_the_limit_holds_for_many_at_once(coalition: Coalition, ada: Someone, bob: Someone) -> None:
    coalition.desk.programme = replace(coalition.desk.programme, transfer_daily_points=50)
    with ThreadPoolExecutor(8) as threads:
        told = Counter(threads.map(lambda _: _tried(coalition, ada, bob, 10), range(8)))
    assert told == {"given": 5, "TRANSFER_LIMIT": 3}


def test_64_gifts_each_way_at_once_lose_nothing_and_nobody_sees_a_deadlock(
    coalition: Coalition, ada: Someone, bob: Someone
) -> None:
    earned(coalition, bob, "100.00")
    start = threading.Barrier(16)

    def swap(number: int) -> Counter[str]:
        pair = (ada, bob) if number % 2 else (bob, ada)
        start.wait()
        return Counter(_tried(coalition, *pair, 3) for _ in range(8))

    with ThreadPoolExecutor(16) as threads:
        told = sum(threads.map(swap, range(16)), Counter[str]())
    assert told == {"given": 128}
    assert balance(coalition, ada).available + balance(coalition, bob).available == 250


def _tried(coalition: Coalition, giver: Someone, to: Someone, points: int) -> str:
    try:
        give(coalition, giver, to, points)
    except StoaError as refused:
        return refused.code
    return "given"


@pytest.mark.parametrize("seed", range(6))
def test_random_gifts_mint_nothing_and_lose_nothing(
    coalition: Coalition, ada: Someone, bob: Someone, seed: int
) -> None:
    luck = random.Random(seed)  # noqa: S311 - draws lots
    people = [ada, bob, coalition.a_member("Eve")]
    wallets = [150, 0, 0]
    for _ in range(25):
        giver, to = luck.sample(range(3), 2)
        points = luck.randint(1, 90)
        told = _tried(coalition, people[giver], people[to], points)
        assert told == ("given" if points <= wallets[giver] else "INSUFFICIENT_POINTS")
        if told == "given":
            wallets[giver] -= points
            wallets[to] += points
    assert [balance(coalition, each).available for each in people] == wallets
    ends: Counter[object] = Counter()
    for row in [row for each in people for row in lots(coalition, each)]:
        ends[row[0]] += row[1]
    assert sorted(ends.values()) == [50, 100]


@pytest.mark.parametrize(
    ("lie", "check"),
    [
        ("expires_on = expires_on - 1", "points that changed hands stayed what they were"),
        ("price = price + 1", "points that changed hands stayed what they were"),
        ("payer_id = NULL", "points that changed hands stayed what they were"),
        ("origin_seq = 99", "points that changed hands stayed what they were"),
        ("points = points + 1", "what one member gives another one gets"),
    ],
)
def test_the_check_names_a_gift_that_was_tampered_with(
    database: str, coalition: Coalition, ada: Someone, bob: Someone, *, lie: str, check: str
) -> None:
    give(coalition, ada, bob, 40)
    owner = create_engine(database, poolclass=NullPool)
    with owner.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE kept AS TABLE postings")
        connection.exec_driver_sql(
            f"UPDATE postings SET {lie} WHERE account = 'transferred' AND points > 0"
        )
    with coalition.desk.work(Actor("test")) as work:
        assert check in {finding.check for finding in invariants.check_invariants(work)}
    with owner.begin() as connection:
        connection.exec_driver_sql("TRUNCATE postings")
        connection.exec_driver_sql("INSERT INTO postings TABLE kept")
        connection.exec_driver_sql("DROP TABLE kept")
    owner.dispose()
