"""Funding for tests in a few words: limited partners, sales and what is left afterwards.

Run as a program with the URL of a database, a card and points, it is a till of its own.
"""

import os
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from sales import open_plain_desk
from stoa.config import Settings, read_settings
from stoa.database import open_engine
from stoa.errors import StoaError
from stoa.plugins import Plugins
from stoa.services import earning, funding, ledger, returns
from stoa.services.earning import Earned
from stoa.services.funding import FundingTerms, Standing
from stoa.services.members import Token
from stoa.values.identifiers import new_uuid
from stoa.work import Actor, Desk, Work
from world import Coalition, Someone, a_key

__all__ = [
    "STAFF",
    "adjust",
    "bring_back",
    "crowd",
    "fund",
    "meddle",
    "pack",
    "sale",
    "stands",
]

STAFF = Actor("staff:finance")


@pytest.fixture
def crowd(database: str, settings: Settings, plugins: Plugins, desk: Desk) -> Iterator[Desk]:
    """Return a desk with as many connections as a storm has tills."""
    wide = [
        open_engine(database, settings, pool_size=32, autocommit=auto) for auto in (True, False)
    ]
    crowd = Desk(
        hot=wide[0], cold=wide[1], plugins=plugins, programme=desk.programme, clock=desk.clock
    )
    yield crowd
    crowd.close()


@pytest.fixture
def meddle(database: str) -> Iterator[Callable[[str], None]]:
    """Return a way to change the database with its owner's rights."""
    engine = create_engine(database, poolclass=NullPool)

    def run(statement: str) -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)

    yield run
    engine.dispose()


def fund(desk: Desk, partner_id: UUID, kind: str, **terms: Any) -> None:
    """Limit a partner's funding; amounts may be texts."""
    amounts: dict[str, Any] = {
        name: Decimal(value) if isinstance(value, str) and name != "overflow" else value
        for name, value in terms.items()
    }
    with desk.work(STAFF) as work:
        funding.set_terms(work, partner_id, FundingTerms(kind, **amounts))


def pack(desk: Desk, partner_id: UUID, points: int, price: str = "0.011", **more: Any) -> UUID:
    """Let a partner buy a pack; return its id."""
    with desk.work(STAFF) as work:
        return funding.buy(work, partner_id, points, price=Decimal(price), **more).id


def sale(desk: Desk, coalition: Coalition, who: Someone, points: int) -> Earned:
    """Earn so many points at the grocery: one for each whole unit of money."""
    with desk.work(coalition.as_grocery()) as work:
        return earning.earn(work, coalition.a_purchase(who, f"{points}.00"), key=a_key())


def bring_back(desk: Desk, coalition: Coalition, sold: Earned, points: int) -> None:
    """Return goods of a sale that earned so many points."""
    with desk.work(coalition.as_grocery()) as work:
        returns.return_lines(work, sold.purchase_id, {1: 1000 * points // sold.points}, key=a_key())


def stands(desk: Desk, partner_id: UUID) -> Standing:
    """Return where a partner's funding stands."""
    with desk.work(STAFF) as work:
        return funding.standing(work, partner_id)


def adjust(work: Work, who: Someone, points: int, payer_id: UUID) -> UUID:
    """Give points by hand at a partner's cost; return the adjustment's id."""
    adjustment_id = new_uuid()
    ledger.propose(
        work, who.id, "STAR", adjustment_id=adjustment_id, points=points, reason_code="goodwill",
        note="", payer_id=payer_id, price=Decimal("0.012"), expires_on=None, reverses=None,
    )  # fmt: skip
    ledger.adjust(
        work, who.id, "STAR", adjustment_id=adjustment_id, points=points, limit=10**6,
        expires_on=None, decision="", explanation={"lines": [{"arithmetic": "by hand"}]}, facts={},
    )  # fmt: skip
    return adjustment_id


def _sell_when_told(url: str, card: str, points: str) -> None:
    """Sell once, when standard input says so: a till in a process of its own."""
    desk = open_plain_desk(url, read_settings())
    with desk.work(STAFF) as work:
        found = dict(work.rows("SELECT code, id FROM partners"))
    coalition = Coalition(desk, found["grocery"], found["grocery"], found["cinema"])
    who = Someone(found["grocery"], Token("card", card))
    report = coalition.a_purchase(who, f"{points}.00", receipt_no=f"P-{os.getpid()}")
    with desk.work(coalition.as_grocery()) as work:
        earning.estimate(work, report)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    try:
        with desk.work(coalition.as_grocery()) as work:
            earning.earn(work, report, key=a_key())
        sys.stdout.write("issued\n")
    except StoaError as refused:
        sys.stdout.write(f"{refused.code}\n")
    desk.close()


if __name__ == "__main__":
    _sell_when_told(*sys.argv[1:])
