"""Batches: `client.batches` sends files of purchases, returns and voids, and tells of them.

    batch = client.batches.send("sales.csv")
    client.batches.wait(batch, progress=lambda seen: print(seen.rows.waiting))
    for row in client.batches.rows(batch, status="failed"):
        print(row.row_no, row.problem["code"])

Each row is done once by a key of its own: send the same file again, or a corrected one.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from stoa_sdk.calls import AsyncSender, Call, Sender, get, post, read_key, segment
from stoa_sdk.paging import async_pages, pages
from stoa_sdk.records import Record

__all__ = [
    "AsyncBatches",
    "Batch",
    "BatchPage",
    "BatchRow",
    "BatchStatus",
    "Batches",
    "RowCounts",
    "RowPage",
    "RowStatus",
]

Rows = str | Path | Iterable[Mapping[str, Any]]
"""The path of a file, ``.csv`` or NDJSON, or the rows themselves."""

Progress = Callable[["Batch"], object]
"""Called with a batch each time it was looked at."""

_NDJSON, _CSV = "application/x-ndjson", "text/csv"
_MOST = 500
_LOOK_EVERY_S = 1.0


class BatchStatus(StrEnum):
    """How far a batch is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class RowStatus(StrEnum):
    """What became of a row."""

    WAITING = "waiting"
    DONE = "done"
    REPEATED = "repeated"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCounts(Record):
    """How many rows came to what; `repeated` ones were done before, `failed` ones had no effect."""

    total: int
    waiting: int
    done: int
    repeated: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch(Record):
    """A batch, and how far it is."""

    batch_id: str
    status: BatchStatus | str
    dry_run: bool
    rows: RowCounts
    made_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def ended(self) -> bool:
        """Nothing more is going to happen."""
        return self.status in (BatchStatus.DONE, BatchStatus.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPage(Record):
    """A page of batches, the latest first."""

    batches: tuple[Batch, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow(Record):
    """A row, and what its own door would have answered.

    Attributes:
        row_no: its line in the file.
        line: the row as it came, where it was not done.
        answer: of what was done.
        problem: of what was refused: its `code`, its `detail`, and more.
    """

    row_no: int
    status: RowStatus | str
    kind: str | None = None
    key: str | None = None
    line: str | None = None
    answer: Mapping[str, object] | None = None
    problem: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPage(Record):
    """A page of rows, in their order."""

    rows: tuple[BatchRow, ...]
    next_cursor: str | None = None


def send(
    path_or_rows: Rows, *, dry_run: bool = False, idempotency_key: str | None = None
) -> Call[Batch]:
    """Send a file of purchases, returns and voids; needs ``earn:write``.

    Args:
        path_or_rows: the path of a file, NDJSON or ``.csv``; or rows, each the body of its own door
            with its `kind` and, if you like, its `key`.
        dry_run: try every row without effect.
        idempotency_key: one that you keep; by default a new one.

    Raises:
        TooManyRequests: ``BATCHES_OPEN``, twenty of your batches are not done.
        Invalid: ``INVALID_BODY``, more than 50,000 rows or none.
    """
    content, kind = _file(path_or_rows)
    return Call(
        method="POST", path="v1/batches", answer=Batch, key=read_key(idempotency_key),
        query={"dry_run": "true"} if dry_run else {}, content=content, content_type=kind,
    )  # fmt: skip


def find(batch: Batch | str) -> Call[Batch]:
    """Return how far a batch is; needs ``earn:write``."""
    return get(f"v1/batches/{segment(_id_of(batch))}", Batch)


def page(*, cursor: str | None = None, limit: int = 100) -> Call[BatchPage]:
    """Return a page of your batches, the latest first; needs ``earn:write``."""
    return get("v1/batches", BatchPage, {"cursor": cursor, "limit": str(limit)})


def row_page(
    batch: Batch | str,
    *,
    status: RowStatus | str | None = None,
    cursor: str | None = None,
    limit: int = _MOST,
) -> Call[RowPage]:
    """Return a page of the rows of a batch, of one status or of all; needs ``earn:write``."""
    query = {"status": None if status is None else str(status), "cursor": cursor}
    path = f"v1/batches/{segment(_id_of(batch))}/rows"
    return get(path, RowPage, query | {"limit": str(limit)})


def cancel(batch: Batch | str, *, idempotency_key: str | None = None) -> Call[Batch]:
    """Leave the rows that wait undone; what was done stays; needs ``earn:write``."""
    return post(f"v1/batches/{segment(_id_of(batch))}/cancel", Batch, {}, idempotency_key)


@dataclass(frozen=True, slots=True)
class Batches:
    """The batches of a `Client`: what `client.batches` is."""

    sender: Sender

    def send(
        self, path_or_rows: Rows, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> Batch:
        """Send a file, or rows; see `stoa_sdk.batches.send`."""
        return self.sender.send(
            send(path_or_rows, dry_run=dry_run, idempotency_key=idempotency_key)
        )

    def find(self, batch: Batch | str) -> Batch:
        """Return how far a batch is."""
        return self.sender.send(find(batch))

    def all(self) -> Iterator[Batch]:
        """Yield your batches, the latest first, page after page as they are needed."""
        for told in pages(self.sender, page()):
            yield from told.batches

    def rows(
        self, batch: Batch | str, *, status: RowStatus | str | None = None
    ) -> Iterator[BatchRow]:
        """Yield rows of a batch in their order, page after page as they are needed."""
        for told in pages(self.sender, row_page(batch, status=status)):
            yield from told.rows

    def wait(
        self,
        batch: Batch | str,
        *,
        progress: Progress | None = None,
        every_s: float = _LOOK_EVERY_S,
    ) -> Batch:
        """Wait until a batch has ended, and return it.

        Args:
            batch: as it was sent, or its id.
            progress: called with the batch each time it was looked at.
            every_s: how often to look.
        """
        pause = threading.Event()
        while True:
            seen = self.find(batch)
            if progress is not None:
                progress(seen)
            if seen.ended:
                return seen
            pause.wait(every_s)

    def cancel(self, batch: Batch | str, *, idempotency_key: str | None = None) -> Batch:
        """Leave the rows that wait undone; what was done stays."""
        return self.sender.send(cancel(batch, idempotency_key=idempotency_key))


@dataclass(frozen=True, slots=True)
class AsyncBatches:
    """The batches of an `AsyncClient`: what `client.batches` is."""

    sender: AsyncSender

    async def send(
        self, path_or_rows: Rows, *, dry_run: bool = False, idempotency_key: str | None = None
    ) -> Batch:
        """Send a file, or rows; see `stoa_sdk.batches.send`."""
        call = await asyncio.to_thread(
            send, path_or_rows, dry_run=dry_run, idempotency_key=idempotency_key
        )
        return await self.sender.send(call)

    async def find(self, batch: Batch | str) -> Batch:
        """Return how far a batch is."""
        return await self.sender.send(find(batch))

    async def all(self) -> AsyncIterator[Batch]:
        """Yield your batches, the latest first, page after page as they are needed."""
        async for told in async_pages(self.sender, page()):
            for each in told.batches:
                yield each

    async def rows(
        self, batch: Batch | str, *, status: RowStatus | str | None = None
    ) -> AsyncIterator[BatchRow]:
        """Yield rows of a batch in their order, page after page as they are needed."""
        async for told in async_pages(self.sender, row_page(batch, status=status)):
            for each in told.rows:
                yield each

    async def wait(
        self,
        batch: Batch | str,
        *,
        progress: Progress | None = None,
        every_s: float = _LOOK_EVERY_S,
    ) -> Batch:
        """Wait until a batch has ended, and return it; the arguments are those of `Batches`."""
        while True:
            seen = await self.find(batch)
            if progress is not None:
                progress(seen)
            if seen.ended:
                return seen
            await asyncio.sleep(every_s)

    async def cancel(self, batch: Batch | str, *, idempotency_key: str | None = None) -> Batch:
        """Leave the rows that wait undone; what was done stays."""
        return await self.sender.send(cancel(batch, idempotency_key=idempotency_key))


def _id_of(batch: Batch | str) -> str:
    return batch.batch_id if isinstance(batch, Batch) else batch


def _file(path_or_rows: Rows) -> tuple[bytes, str]:
    if isinstance(path_or_rows, str | Path):
        path = Path(path_or_rows)
        return path.read_bytes(), _CSV if path.suffix.lower() == ".csv" else _NDJSON
    lines = (json.dumps(dict(row), ensure_ascii=False) for row in path_or_rows)
    return "".join(f"{line}\n" for line in lines).encode(), _NDJSON
