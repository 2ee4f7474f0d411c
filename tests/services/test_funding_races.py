"""Funding at once: never passed, whoever issues at once; given back to the point."""

import random
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

import funds
from funds import STAFF, bring_back, crowd, fund, meddle, pack, sale, stands
from stoa.errors import PartnerFundingExhaustedError, StoaError
from stoa.models import functions
from stoa.models.funding import STRIPES
from stoa.services import earning, funding, invariants
from stoa.services.earning import Earned
from stoa.services.funding import Issued
from stoa.work import Desk
from world import Coalition, FixedClock, Someone, a_key

__all__ = ["crowd", "meddle"]


def at_once(desk: Desk, coalition: Coalition, people: list[Someone], *points: int) -> list[bool]:
    """Let a till a sale earn, all at once; return which were funded."""
    reports = [
        coalition.a_purchase(people[place % len(people)], f"{each}.00")
        for place, each in enumerate(points)
    ]

    def one(report: earning.Report) -> bool:
        try:
            with desk.work(coalition.as_grocery()) as work:
                earning.earn(work, report, key=a_key())
        except PartnerFundingExhaustedError:
            return False
        return True

    with ThreadPoolExecutor(16) as tills:
        return list(tills.map(one, reports))


def found(desk: Desk) -> set[str]:
    """Return the checks that find something."""
    with desk.work(STAFF) as work:
        return {each.check for each in invariants.check_invariants(work)}


@pytest.mark.parametrize("kind", ["prepaid", "credit"])
def test_two_of_3000_at_once_on_5000_are_exactly_one(
    crowd: Desk, coalition: Coalition, clock: FixedClock, kind: str
) -> None:
    fund(crowd, coalition.grocery, kind, credit_limit="60.00")
    pack(crowd, coalition.grocery, 5_000)
    clock.move(minutes=5)
    people = [coalition.a_member("Ada"), coalition.a_member("Bob")]
    for _ in range(5):
        assert sorted(at_once(crowd, coalition, people, 3_000, 3_000)) == [False, True]
        with crowd.work(STAFF) as work:
            if kind == "credit":
                name = f"pay_{_}"
                funding.refill(work, coalition.grocery, Decimal(36), source="payment", subject=name)
            else:
                funding.buy(work, coalition.grocery, 3_000, price=Decimal("0.011"))
    standing = stands(crowd, coalition.grocery)
    assert (standing.left_points if kind == "prepaid" else standing.exposure) in (5_000, 0)


def test_two_processes_of_3000_at_once_on_5000_are_exactly_one(
    desk: Desk, coalition: Coalition, database: str
) -> None:
    fund(desk, coalition.grocery, "prepaid")
    pack(desk, coalition.grocery, 5_000)
    cards = [coalition.a_member(name).token.value for name in ("Ada", "Bob")]
    command = [sys.executable, str(Path(funds.__file__)), database]
    tills = [
        subprocess.Popen(  # noqa: S603 - our own program
            [*command, card, "3000"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for card in cards
    ]
    for till in tills:
        assert till.stdout is not None
        assert till.stdout.readline() == "ready\n"
    for till in tills:
        assert till.stdin is not None
        till.stdin.write("go\n")
        till.stdin.flush()
    said = sorted(till.communicate(timeout=30)[0] for till in tills)
    assert said == ["PARTNER_FUNDING_EXHAUSTED\n", "issued\n"]
    assert stands(desk, coalition.grocery).left_points == 2_000


def test_a_pack_is_issued_to_the_last_point_by_a_storm(
    crowd: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    fund(crowd, coalition.grocery, "prepaid")
    pack(crowd, coalition.grocery, 1_000)
    clock.move(minutes=5)
    people = [coalition.a_member(f"M{number}") for number in range(20)]
    funded = at_once(crowd, coalition, people, *[7] * 160)
    assert sum(funded) == 1_000 // 7
    assert stands(crowd, coalition.grocery).left_points == 1_000 % 7


@pytest.mark.parametrize("overflow", ["refuse", "member_first", "reserve_pack", "credit"])
def test_earns_and_returns_at_once_leave_what_was_bought_less_what_was_issued(
    crowd: Desk, coalition: Coalition, clock: FixedClock, overflow: str
) -> None:
    grocery = coalition.grocery
    fund(crowd, grocery, "prepaid", overflow=overflow, credit_limit="9.00")
    pack(crowd, grocery, 2_000)
    pack(crowd, grocery, 500, reserve=True)
    clock.move(minutes=5)
    people = [coalition.a_member(f"M{number}") for number in range(16)]

    def till(number: int) -> tuple[int, int, int]:
        dice = random.Random(number)  # noqa: S311 - repeatable on purpose
        sold: list[Earned] = []
        issued = returned = refused = 0
        for _ in range(12):
            try:
                if sold and dice.random() < 0.4:
                    bought = sold.pop()
                    bring_back(crowd, coalition, bought, bought.points)
                    returned += bought.points
                else:
                    sold.append(sale(crowd, coalition, people[number], dice.randint(1, 120)))
                    issued += sold[-1].points
            except PartnerFundingExhaustedError:
                refused += 1
        return issued, returned, refused

    with ThreadPoolExecutor(16) as tills:
        told = list(tills.map(till, range(16)))
    issued, returned, refused = (sum(each) for each in zip(*told, strict=True))
    after = stands(crowd, grocery)
    spare = 0
    if overflow == "member_first":
        spare = after.carried_points
        assert refused == 0
    elif overflow == "reserve_pack":
        spare = 500 - after.reserve_points
    elif overflow == "credit":
        assert after.exposure is not None
        spare = int(after.exposure / Decimal("0.012"))
    assert after.left_points == 2_000 - issued + returned + spare
    with crowd.work(STAFF) as work:
        stripes = work.rows(
            "SELECT count(*), min(remaining) FROM partner_funds WHERE pool = 'packs'"
        )
    assert stripes == [(STRIPES + 1, stripes[0][1])]
    assert stripes[0][1] >= 0
    assert found(crowd) == set()


def test_packs_pay_in_the_order_of_the_log_whatever_was_checked_first(
    crowd: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    """1,200 points from packs of 500, 400 and 300 at three prices; 150 of them come back."""
    grocery = coalition.grocery
    fund(crowd, grocery, "prepaid")
    for points, price in ((500, "0.011"), (400, "0.010"), (300, "0.009")):
        pack(crowd, grocery, points, price)
    clock.move(minutes=5)
    ada = coalition.a_member()
    sold = [sale(crowd, coalition, ada, 300) for _ in range(4)]
    bring_back(crowd, coalition, sold[1], 150)
    postings = [Issued(ada.id, "STAR", seq) for seq in range(1, 6)]
    with crowd.work(STAFF) as work:
        drawn = funding.draw(work, postings[:2]) + funding.draw(work, postings[2:])
        assert funding.draw(work, postings) == drawn
        assert found(crowd) == set()
    assert [(each.issued.seq, each.points, f"{each.price:f}") for each in drawn] == [
        (1, 300, "0.011000"), (2, 200, "0.011000"), (2, 100, "0.010000"), (3, 300, "0.010000"),
        (4, 300, "0.009000"), (5, -50, "0.011000"), (5, -100, "0.010000"),
    ]  # fmt: skip
    assert sum(each.amount for each in drawn) == Decimal("5.50") + 4 + Decimal("2.70") - Decimal(
        "1.55"
    )


@pytest.mark.parametrize(
    "lie",
    [
        (
            "funds are what was bought or lent, less what was drawn",
            "SET remaining = s.remaining - CASE fund.kind",
            "SET remaining = s.remaining - 0 * CASE fund.kind",
        ),
        (
            "funds are what was bought or lent, less what was drawn",
            "s.remaining + back.change",
            "s.remaining + 2 * back.change",
        ),
        (
            "points of a limited payer are drawn from its funding",
            "WHERE f.partner_id = ANY (p_payers) ORDER BY",
            "WHERE f.partner_id = ANY ('{}') ORDER BY",
        ),
        (
            "what was drawn of funding is what postings moved",
            "SET returned = d.returned + used",
            "SET returned = d.returned + 0",
        ),
    ],
)
def test_a_ledger_that_funds_falsely_is_caught(
    crowd: Desk,
    coalition: Coalition,
    clock: FixedClock,
    meddle: Callable[[str], None],
    lie: tuple[str, str, str],
) -> None:
    check, before, after = lie
    text = functions("funding")
    assert before in text
    fund(crowd, coalition.grocery, "prepaid")
    pack(crowd, coalition.grocery, 10_000)
    clock.move(minutes=5)
    ada = coalition.a_member()
    meddle(text.replace(before, after).replace("%", "%%"))
    try:
        sold = sale(crowd, coalition, ada, 100)
        bring_back(crowd, coalition, sold, 50)
    except StoaError:
        pass
    assert check in found(crowd)
    meddle(
        "TRUNCATE partner_funds, funding_draws, funding_packs, partner_funding, pack_draws CASCADE"
    )
    meddle(text.replace("%", "%%"))
