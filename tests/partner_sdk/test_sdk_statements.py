"""Statements and positions by the SDK, waiting and async, against the real app."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

from clearings import WORKER
from partner_sdk.lines import async_client, sync_client
from stoa.services import clearing
from stoa.work import Desk
from stoa_sdk import MoneyEntry, Statement
from tills import Till, app, cinema, grocery, till_of
from world import Coalition, FixedClock

__all__ = ["app", "cinema", "grocery"]


def test_an_office_reads_its_month_its_entries_and_what_it_owes_by_now(
    grocery: Till, desk: Desk, coalition: Coalition, clock: FixedClock
) -> None:
    grocery.earn(grocery.enrol(), "10000.00")
    clock.now = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
    with desk.work(WORKER) as work:
        clearing.close(work, "2026-05")
    office = till_of(grocery.app, desk, coalition.grocery)
    with sync_client(grocery.app, office) as client:
        (summary,) = client.statements.all()
        assert client.statements.list(period="2026-05").statements == (summary,)
        statement = client.statements.get(summary.statement_id)
        (entry,) = client.statements.entries(summary.statement_id, line="issued")
        position = client.positions.now()
    assert summary.closing == Decimal(120)
    assert statement.document.lines[0].amount == Decimal(120)
    assert statement.document.lines[0].rates[0].rate == Decimal("0.012")
    assert entry.subject is not None
    assert entry.subject.startswith("pur_")
    assert (position.opening, position.net) == (Decimal(120), Decimal(120))
    assert position.points.closing == 10_000

    async def waited() -> tuple[Statement, MoneyEntry, Decimal]:
        async with async_client(grocery.app, office) as client:
            (found,) = [each async for each in client.statements.all()]
            assert (await client.statements.list()).statements == (found,)
            (one,) = [each async for each in client.statements.entries(found.statement_id)]
            return (
                await client.statements.get(found.statement_id), one,
                (await client.positions.now()).net,
            )  # fmt: skip

    assert asyncio.run(waited()) == (statement, entry, Decimal(120))
