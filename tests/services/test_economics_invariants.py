"""The invariants of economics §3.12 that the points ledger can keep, over a random year.

Numbers 2, 7 and 8 are about money, statements and clearing modes, which the ledger does not have.
"""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest

from stoa.errors import IdempotencyExpiredError, StoaError
from stoa.services import clockwork, earning, invariants, ledger, redemption, returns
from stoa.services.redemption import Ask
from stoa.work import Actor, Desk
from world import Coalition, FixedClock, Someone, a_key, met

_STEPS = 160


@dataclass
class Year:
    """What was asked for in a random year, and what was served at each time."""

    people: list[Someone]
    served: list[tuple[datetime, UUID, int]]
    again: list[tuple[Any, Any]]


@pytest.fixture
def year(desk: Desk, coalition: Coalition, clock: FixedClock) -> Year:
    """Live a random year of three members at two partners."""
    random = Random(31)  # noqa: S311 - a seed, not a secret
    people = [coalition.a_member(name) for name in ("Ada", "Bob", "Eve")]
    lived = Year(people, [], [])
    bought: list[tuple[UUID, Actor, int]] = []
    for _ in range(_STEPS):
        who, actor = random.choice(people), random.choice(
            (coalition.as_grocery(), coalition.as_cinema())
        )  # fmt: skip
        clock.move(days=random.choice((0, 1, 5)), minutes=1)
        key = a_key()
        with desk.work(actor) as work:
            try:
                match random.randrange(4):
                    case 0 | 1:
                        report = coalition.a_purchase(who, lines=["30.00", "12.50"])
                        bought.append((earning.earn(work, report, key=key).purchase_id, actor, 2))
                        lived.again.append(((actor, report), key))
                    case 2:
                        points = random.randint(1, 90)
                        held = redemption.hold(
                            work, Ask(met(work, who), "main", points), key=a_key()
                        )
                        part = random.randint(1, points)
                        redemption.capture(work, held.redemption.id, points=part, key=a_key())
                    case _ if bought:
                        purchase, seller, lines = random.choice(bought)
                        line = random.randint(1, lines)
                        with desk.work(seller) as at_seller:
                            returns.return_lines(
                                at_seller, purchase, {line: random.randint(1, 1000)}, key=key
                            )
            except StoaError:
                pass  # too few points, or too much comes back: a refusal is part of a year
        with desk.work(Actor("worker")) as work:
            clockwork.expire_points(work)
        with desk.work(coalition.as_grocery()) as work:
            for each in people:
                balance = ledger.balance_of(work, each.id, "STAR").balance
                total = balance.available + balance.pending + balance.held
                lived.served.append((clock.now, each.id, total))
    return lived


def test_1_what_opened_and_moved_is_what_closes(desk: Desk, year: Year) -> None:
    with desk.work(Actor("test")) as work:
        moved = work.rows(
            "SELECT member_id, account, coalesce(partner_id::text, ''), sum(points)::bigint"
            " FROM postings GROUP BY 1, 2, 3"
        )
        wallets = dict(
            work.rows("SELECT member_id, available + pending + held FROM wallets WHERE debt >= 0")
        )
    closing: dict[UUID, int] = defaultdict(int)
    accounts: dict[str, int] = defaultdict(int)
    for member_id, account, partner, points in moved:
        closing[member_id] += points
        accounts[f"{account}:{partner}"] += points
    assert closing == {each: points for each, points in wallets.items() if each in closing}
    assert sum(accounts.values()) == sum(wallets.values())
    assert {name.split(":")[0] for name in accounts} >= {"issued", "burned"}


def test_3_lots_are_what_wallets_hold(desk: Desk, year: Year) -> None:
    with desk.work(Actor("test")) as work:
        rows = work.rows(
            "SELECT w.available + w.pending + w.held, coalesce(sum(l.remaining), 0)::bigint"
            " FROM wallets w LEFT JOIN lots l USING (member_id, currency) GROUP BY 1, w.member_id"
        )
    assert all(held == left for held, left in rows)


def test_4_every_burned_point_leads_to_a_lot_and_its_issuer(desk: Desk, year: Year) -> None:
    with desk.work(Actor("test")) as work:
        rows = work.rows(
            "SELECT -p.points, sum(u.points)::bigint, bool_and(b.partner_id IS NOT NULL)"
            "  FROM postings p JOIN lot_uses u USING (member_id, currency, seq)"
            "  JOIN postings b ON b.member_id = p.member_id AND b.currency = p.currency"
            "   AND b.seq = u.lot_seq"
            " WHERE p.account = 'burned' GROUP BY p.member_id, p.seq, p.points"
        )
        burned = work.rows("SELECT count(*) FROM postings WHERE account = 'burned'")[0][0]
    assert len(rows) == burned > 0
    assert all(took == found and issued for took, found, issued in rows)


def test_5_nothing_comes_back_that_was_not_bought(desk: Desk, year: Year) -> None:
    with desk.work(Actor("test")) as work:
        rows = work.rows("SELECT lines, returned FROM purchases WHERE returned <> '{}'")
    assert rows
    for lines, returned in rows:
        bought = {str(line["line_no"]): line["quantity_milli"] for line in lines}
        assert all(0 < back <= bought[line_no] for line_no, back in returned.items())


def test_6_a_request_asked_again_changes_nothing(desk: Desk, year: Year) -> None:
    with desk.work(Actor("test")) as work:
        before = work.rows("SELECT count(*), sum(points) FROM postings")
    replayed = 0
    for (actor, report), key in year.again:
        with desk.work(actor) as work, suppress(IdempotencyExpiredError):  # after thirty days
            replayed += earning.earn(work, report, key=key).replayed
    assert replayed > 1
    with desk.work(Actor("test")) as work:
        assert work.rows("SELECT count(*), sum(points) FROM postings") == before


def test_9_a_balance_replayed_at_any_time_is_the_one_served_then(desk: Desk, year: Year) -> None:
    with desk.work(Actor("test")) as work:
        rows = work.rows(
            "SELECT t.recorded_at, p.member_id, p.points FROM postings p JOIN transactions t"
            " ON t.member_id = p.member_id AND t.id = p.transaction_id"
        )
        assert invariants.check_invariants(work) == []
    for at, member_id, total in year.served:
        replayed = sum(row[2] for row in rows if row[1] == member_id and row[0] <= at)
        assert replayed == total
