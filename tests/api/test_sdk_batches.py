"""The SDK's batches against the real app: sent, waited for, read, with and without ``await``."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask

from batching import carry_out
from partner_sdk.lines import async_client, sync_client
from stoa.work import Desk
from stoa_sdk import Batch, RowStatus
from tills import Till


@pytest.fixture
def rows(grocery: Till) -> list[dict[str, Any]]:
    ada = grocery.enrol()
    return [grocery.a_purchase(ada), grocery.a_purchase(ada) | {"store": "nowhere"}]


def test_a_file_is_sent_waited_for_and_read(
    app: APIFlask, desk: Desk, grocery: Till, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = tmp_path / "day.ndjson"
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    seen: list[Batch] = []

    def look(batch: Batch) -> None:
        seen.append(batch)
        carry_out(desk)

    with sync_client(app, grocery) as client:
        batch = client.batches.send(file)
        ended = client.batches.wait(batch, progress=look, every_s=0)
        assert (ended.rows.done, ended.rows.failed, len(seen)) == (1, 1, 2)
        found = list(client.batches.rows(batch))
        assert [row.status for row in found] == [RowStatus.DONE, RowStatus.FAILED]
        assert found[0].answer is not None
        assert found[0].answer["points"] == 100
        failed = list(client.batches.rows(batch.batch_id, status="failed"))
        assert failed == found[1:]
        assert [each.batch_id for each in client.batches.all()] == [batch.batch_id]
        assert client.batches.cancel(batch) == ended


def test_a_table_is_sent_as_one(app: APIFlask, desk: Desk, grocery: Till, tmp_path: Path) -> None:
    file = tmp_path / "day.CSV"
    file.write_text("kind,store\nvoid,main\n")
    with sync_client(app, grocery) as client:
        batch = client.batches.send(str(file), dry_run=True)
        carry_out(desk)
        row = next(client.batches.rows(batch))
    assert batch.dry_run
    assert (row.kind, row.line) == ("void", '{"kind": "void", "store": "main"}')


def test_the_same_with_await(
    app: APIFlask, desk: Desk, grocery: Till, rows: list[dict[str, Any]]
) -> None:
    async def run() -> tuple[Batch, list[str], int, Batch]:
        async with async_client(app, grocery) as client:
            batch = await client.batches.send(rows)
            ended = await client.batches.wait(batch, progress=lambda _: carry_out(desk), every_s=0)
            states = [str(row.status) async for row in client.batches.rows(batch)]
            other = await client.batches.send(rows)
            stopped = await client.batches.cancel(other)
            count = len([each async for each in client.batches.all()])
            return ended, states, count, stopped

    ended, states, count, stopped = asyncio.run(run())
    assert (ended.rows.done, states, count) == (1, ["done", "failed"], 2)
    assert (stopped.status, stopped.rows.waiting) == ("cancelled", 2)
